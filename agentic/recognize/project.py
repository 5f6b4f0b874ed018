"""What the project's own files say, for handlers: scripts to judge, paths that matter, task names.

Goes in: a `Context` (its workspace port is the only way to a file). Comes out: operations added to it.
Never executes anything; what cannot be read adds an `unknown.*`, it is never taken as harmless.
"""

from __future__ import annotations

from agentic.core.native import sha256_hex
from agentic.core.paths import folder_of, joined
from agentic.recognize import paths
from agentic.recognize.interface import Stdin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Word

#: Folders that are looked through upwards for a project file.
MAX_CLIMB = 32
#: Bytes of a project file that are read; a longer file is not understood.
MAX_BYTES = 262_144

#: What touching an ordinary path of the work tree amounts to; the caller's own kind already says it.
_ORDINARY = (
    "file.read",
    "file.write",
    "file.write-temporary",
    "file.delete",
    "file.delete-tree",
    "file.clean-build",
    "file.permissions",
    "docs.write",
)

#: Words in the name of a task, target or workflow -> what it does when nothing better is known.
_TASK_WORDS = {
    "rollback": "deploy.rollback",
    "revert": "deploy.rollback",
    "deploy": "deploy.run",
    "deployment": "deploy.run",
    "promote": "deploy.run",
    "destroy": "deploy.run",
    "teardown": "deploy.run",
    "provision": "deploy.run",
    "ship": "deploy.run",
    "rollout": "deploy.run",
    "retrain": "model.retrain",
    "publish": "package.publish",
    "release": "package.publish",
    "upload": "package.publish",
}
_SEPARATORS = str.maketrans(dict.fromkeys("-_./: @+", " "))


def touch(context: Context, action: str, word: Word) -> tuple[str, ...]:
    """Add what an action on a path means beyond an ordinary file of the work tree; the kinds added.

    `action` is `read`, `write`, `delete`, `delete-tree` or `permissions` (see `paths.operations`). A
    computed path that is only read may be any ordinary file, so it adds nothing.
    """
    added: list[str] = []
    for operation in paths.operations(
        action, word, context.cwd, context.workspace, context.facts, None, context.remote
    ):
        if operation[0] in _ORDINARY or (action == "read" and operation[0] == "unknown.shell"):
            continue
        context.add(*operation)
        added.append(operation[0])
    return tuple(added)


def run_command(context: Context, words: Sequence[Word]) -> None:
    """Judge the command that another program starts; without one that program only prints its usage."""
    command = words[1:] if words and words[0].text == "--" else words
    if command:
        context.run_words(command, Stdin())
    else:
        context.add("shell.inert", f"{context.program} without a command")


def run_text(context: Context, word: Word) -> None:
    """Judge shell text that another program runs; what is computed in it stays unknown."""
    if not word.literal:
        why = f"the command that `{context.program}` runs is computed at run time"
        context.unknown(why, target=word.text)
    elif word.text.strip():
        context.run_script(word.text, Stdin())
    else:
        context.add("shell.inert", f"{context.program} with an empty command")


def found_upwards(context: Context, names: tuple[str, ...], start: str = "") -> str:
    """The nearest file of these names in the working folder or above it, else empty."""
    folder = start or context.cwd
    for _ in range(MAX_CLIMB):
        for name in names:
            path = joined(folder, name)
            if path in context.written or context.workspace.kind(path):
                return path
        if folder == "/":
            break
        folder = folder_of(folder)
    return ""


def read_text(context: Context, path: str) -> str | None:
    """The text of a project file, or None when it is absent, too long or not text.

    What an earlier part of this call wrote there is what will be read.
    """
    written = context.written.get(path)
    if written is not None:
        return written.text
    data = context.workspace.read(path, MAX_BYTES)
    if data is None or len(data) >= MAX_BYTES or b"\0" in data:
        return None
    return data.decode("utf-8", "replace")


def shaped_by(context: Context, path: str, text: str, judge: Callable[[], None]) -> None:
    """Run `judge` and note on every operation it adds that this file shaped it."""
    first = len(context.operations)
    judge()
    shown = (path, sha256_hex(text.encode("utf-8", "surrogateescape")))
    for index in range(first, len(context.operations)):
        operation = context.operations[index]
        if shown not in operation.inputs:
            context.operations[index] = operation._replace(inputs=(*operation.inputs, shown))


def run_kept(context: Context, path: str, text: str, judge: Callable[[], None]) -> None:
    """Like `shaped_by`, for scripts that a file of the workspace holds.

    What such a script computes, or sets for itself, cannot be told apart from what any program of the
    workspace may do: `code.run` stands for it. Where this very call wrote the file, it stays unknown.
    """
    first = len(context.operations)
    shaped_by(context, path, text, judge)
    if path not in context.written:
        context.operations[first:] = [
            operation
            for operation in context.operations[first:]
            if operation.kind != "unknown.shell"
        ]


def task_kind(name: str) -> str:
    """What the name of a task says it does (`deploy-staging` -> `deploy.run`), else empty."""
    found = ""
    for part in name.lower().translate(_SEPARATORS).split():
        kind = _TASK_WORDS.get(part, "")
        if kind == "deploy.rollback":
            return kind
        found = found or kind
    return found


def add_task(context: Context, name: str, ordinary: str, *hints: str) -> None:
    """Add a task that can only be judged by its name: deployment, release, or the `ordinary` kind.

    `hints` are further words of the call that may name the environment (`ENV=prod`).
    """
    kind = task_kind(name)
    if not kind:
        context.add(ordinary, name)
        return
    candidates = [("name", text, text) for text in (name, *hints)]
    environment, told_by = context.environment_of(candidates)
    if kind == "package.publish":
        context.add(kind, name)
    else:
        context.add(kind, name, environment, told_by)
