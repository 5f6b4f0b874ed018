"""Python files and modules of the workspace: run, judged by their text and told by their name.

What a script of the workspace says in plain words counts as if it stood on the line; what it computes
is what running the workspace's own code stands for.
"""

from __future__ import annotations

from agentic.core.paths import joined
from agentic.recognize.entry_points import add_entry_point
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.python.walk import judge_code
from agentic.recognize.shell.scripts import KEPT, run_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.core.values import Operation
    from agentic.recognize.context import Context

#: Source encodings that mean what the text says when it is read as UTF-8.
_PLAIN_ENCODINGS = ("utf-8", "utf8", "ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1")
#: Reasons for `unknown.shell` that honest code of a project hardly gives: they stay, whoever wrote it.
_HIDING = (
    "a text that is decoded first",
    "the script is written in the encoding",
    "the code reaches into the interpreter",
    "a function is looked up under a name",
    "the Python code cannot be parsed",
    "the Python code is nested too deep",
    "the Python code is too long to be followed",
    "code inside the Python code cannot be parsed",
)
#: How a text shows a value that is not known (see `values.word_of`).
_NOT_KNOWN = "${value}"


def run_python_file(
    context: Context, word: Word, args: Sequence[Word], stdin: Stdin | None = None
) -> None:
    """Add the running of a Python file with `args`; a folder stands for its `__main__.py`."""
    if word.literal and context.workspace.kind(context.path(word.text)) == "directory":
        word = word._replace(text=word.text.rstrip("/") + "/__main__.py")

    hidden: list[Operation] = []

    def judge(text: str, origin: str) -> None:
        first = len(context.operations)
        judge_source(context, text, word, args, is_kept=origin == KEPT, stdin=stdin)
        hidden.extend(hidings(context, first))

    run_file(context, word, judge, args)
    for operation in hidden:
        context.unknown(operation.because, target=operation.target)


def hidings(context: Context, first: int) -> list[Operation]:
    """The operations since `first` that say that a script hides what it does."""
    return [
        operation
        for operation in context.operations[first:]
        if operation.kind == "unknown.shell"
        and (
            operation.because.startswith(_HIDING)
            or (operation.target == "exec" and operation.because.startswith("a text made at run"))
        )
    ]


def judge_source(
    context: Context,
    text: str,
    word: Word,
    args: Sequence[Word],
    *,
    is_kept: bool,
    stdin: Stdin | None = None,
) -> None:
    """Add what the text of a script does."""
    encoding = source_encoding(text)
    if encoding and encoding not in _PLAIN_ENCODINGS:
        context.unknown(f"the script is written in the encoding {encoding[:40]}", target=word.text)
        return
    before = len(context.operations)
    path = context.path(word.text) if word.literal else ""
    judge_code(context, text, arguments=(word, *args), file=path, is_kept=is_kept, stdin=stdin)
    if is_kept:
        # What acts on a value of which nothing is known is what running the script stands for.
        context.operations[before:] = [
            operation
            for operation in context.operations[before:]
            if not operation.target.startswith(_NOT_KNOWN)
        ]


def source_encoding(text: str) -> str:
    """The encoding that one of the first two lines declares, else empty.

    Source: https://peps.python.org/pep-0263 (checked 2026-11-21)
    """
    for line in text.split("\n", 2)[:2]:
        if not line.lstrip(" \t\f").startswith("#"):
            if line.strip():
                break
            continue
        for mark in ("coding:", "coding="):
            _, found, rest = line.partition(mark)
            if found:
                name = rest.strip().split(" ")[0].rstrip("-*;,").lower().replace("_", "-")
                return name.removesuffix("-unix").removesuffix("-dos")
    return ""


def module_file(context: Context, module: str) -> str:
    """The file of the workspace that `python -m module` would run, or empty."""
    inner = module.replace(".", "/")
    for folder in (context.cwd, joined(context.cwd, "src")):
        for name in (f"{inner}.py", f"{inner}/__main__.py", f"{inner}/__init__.py"):
            path = joined(folder, name)
            if path in context.written or context.workspace.kind(path):
                return path
    return ""


def run_python_module(
    context: Context, module: str, args: Sequence[Word], stdin: Stdin | None = None
) -> None:
    """Add the running of a module that no table knows: its file where the workspace has it."""
    path = module_file(context, module)
    if path:
        run_python_file(context, Word(path), args, stdin)
    else:
        add_entry_point(context, module, args, f"python -m {module}")
