"""Script files: what a file holds that a shell is about to run, and the operation of running it.

A readable script of the workspace is judged by its text, and the sha256 of what was read goes into the
operation's `inputs`, so that an approval is bound to it. What such a script computes at run time is
what `code.run` stands for; what it does in plain words counts as if it stood on the line.
"""

from __future__ import annotations

from agentic.core.native import sha256_hex
from agentic.recognize.context import MAX_DEPTH, Written
from agentic.recognize.entry_points import add_entry_point
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.paths import is_secret
from agentic.recognize.project import run_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.shell.interpret import Shell

#: The largest script that is read.
MAX_SCRIPT_BYTES = 65_536
#: Kinds of operations that put a file of another machine somewhere.
_DOWNLOADS = frozenset(("network.download", "cloud.download"))
#: Files that stand for the standard input.
STANDARD_INPUT = frozenset(("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"))
#: Where a script's text comes from: written by this very call, or kept in the workspace.
FRESH = "fresh"
KEPT = "kept"


def script_text(context: Context, path: str) -> tuple[str | None, str]:
    """The text of a script of this machine and its sha256, or None and an empty text."""
    if context.remote:
        return None, ""
    data = context.workspace.read(path, MAX_SCRIPT_BYTES + 1)
    if data is None or len(data) > MAX_SCRIPT_BYTES or b"\0" in data:
        return None, ""
    return data.decode("utf-8", "replace"), sha256_hex(data)


def written_before(context: Context, word: Word) -> Written | None:
    """What an earlier part of this call put where the word points, if anything did."""
    if word.text.startswith("<("):
        return context.written.get(word.text, Written(None))
    written = context.written.get(context.path(word.text))
    return Written(None, fetched=True) if written is None and word.fetched else written


def run_file(
    context: Context,
    word: Word,
    judge: Callable[[str, str], None],
    args: Sequence[Word] = (),
) -> None:
    """Add the running of a script file with `args`; `judge` gets its text and FRESH or KEPT.

    A file that this call fetched is `code.execute-remote`; a computed path is `unknown.shell`.
    """
    written = written_before(context, word)
    shown = context.path(word.text) if word.literal else word.text
    if written is not None:
        _run_written(context, written, shown, judge, args)
        return
    if not word.literal:
        context.unknown("the script is computed at run time", target=shown)
        return
    text, digest = script_text(context, shown)
    if text is None:
        if _was_downloaded(context, shown):
            context.add("code.execute-remote", shown)
        else:
            add_entry_point(context, shown, args, shown)
            if "git.clone" in context.trail and context.workspace.kind(shown) == "":
                context.unknown("a script that came with this very call", target=shown)
        return
    add_entry_point(context, shown, args, shown, ((shown, digest),))
    if context.depth >= MAX_DEPTH:
        context.unknown(f"scripts nested deeper than {MAX_DEPTH}")
        return
    found = text
    context.depth += 1
    try:
        run_kept(context, shown, found, lambda: judge(found, KEPT))
    finally:
        context.depth -= 1


def _run_written(
    context: Context,
    written: Written,
    shown: str,
    judge: Callable[[str, str], None],
    args: Sequence[Word],
) -> None:
    """Add the running of a file that an earlier part of this call has written."""
    if written.fetched:
        context.add("code.execute-remote", shown)
        return
    add_entry_point(context, shown, args, shown)
    if written.text is None:
        context.unknown("a script that this same call writes", target=shown)
    elif context.depth >= MAX_DEPTH:
        context.unknown(f"scripts nested deeper than {MAX_DEPTH}")
    else:
        context.depth += 1
        try:
            judge(written.text, FRESH)
        finally:
            context.depth -= 1


def _was_downloaded(context: Context, path: str) -> bool:
    """Whether a file that is not in the workspace yet may come from a download of this call."""
    if _DOWNLOADS.isdisjoint(context.trail) or context.remote:
        return False
    return context.workspace.kind(path) == ""


def judge_sourced(shell: Shell, word: Word, stdin: Stdin) -> None:
    """`source FILE`: the file's text runs in this very shell."""
    context = shell.context
    context.program = "source"
    if word.text in STANDARD_INPUT:
        _judge_sourced_stdin(shell, stdin)
        return
    before = shell.now.variables
    if word.literal and is_secret(context.path(word.text)):
        context.notes["secrets"] = ""

    def judge(text: str, origin: str) -> None:
        outer, kept = shell.is_file, dict(shell.uncalled)
        shell.is_file = origin == KEPT
        try:
            shell.nested(text, stdin)
        finally:
            shell.is_file = outer
            if origin == KEPT:
                shell.uncalled = kept

    if "/" in word.text or not word.literal or word.text.startswith("<("):
        run_file(context, word, judge)
    else:
        run_file(context, Word("./" + word.text, fetched=word.fetched), judge)
    if word.literal and is_secret(context.path(word.text)):
        now = shell.now.variables
        context.notes["secrets"] = " ".join([name for name in now if now[name] != before.get(name)])


def _judge_sourced_stdin(shell: Shell, stdin: Stdin) -> None:
    """`source /dev/stdin`: what the shell reads is what it runs."""
    context = shell.context
    if stdin.known:
        shell.nested(stdin.text, Stdin("closed"))
    elif stdin.fetched:
        context.add("code.execute-remote", " | ".join([" ".join(ws) for ws in stdin.upstream]))
    elif stdin.origin == "file" and stdin.path:
        judge_sourced(shell, Word(stdin.path), Stdin("closed"))
    elif stdin.origin == "closed":
        context.add("shell.inert", "source")
    else:
        context.unknown("commands are read from standard input and cannot be told")
