"""Shells as programs: `bash -c TEXT`, `sh script.sh`, `curl … | sh`, `sh <(…)`.

What a shell is given to run is judged as if it stood on the line. Text that came over the network is
`code.execute-remote`; text that cannot be told is `unknown.shell`.

Sources: https://www.gnu.org/software/bash/manual/bash.html#Invoking-Bash,
https://zsh.sourceforge.io/Doc/Release/Invocation.html,
https://fishshell.com/docs/current/cmds/fish.html (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

_LONG_VALUES = frozenset(("--rcfile", "--init-file", "--init-command", "--features", "--profile"))
_START_FILES = frozenset(("--rcfile", "--init-file"))
_INFORMING = frozenset(("--version", "--help", "-v1", "--dump-strings", "--dump-po-strings"))


class Call(NamedTuple):
    """A shell's command line: its option letters, texts to run, start-up files, and operands.

    `computed` is the first word that is not literal where an option could stand.
    """

    letters: str
    texts: tuple[Word, ...]
    files: tuple[Word, ...]
    operands: tuple[Word, ...]
    informs: bool = False
    computed: str = ""


def shell(invocation: Invocation, context: Context) -> None:
    """A shell and what it runs."""
    call = shell_call(invocation.args)
    if call.computed and not call.operands:
        judge_text(invocation, context, Word(call.computed, literal=False))
        return
    if call.informs:
        context.add("shell.inert", " ".join(invocation.texts))
        return
    for word in call.files:
        run_script_file(invocation, context, word, ())
    for text in call.texts:
        judge_text(invocation, context, text)
    if "c" in call.letters:
        _run_command(invocation, context, call)
    elif call.operands and "s" not in call.letters:
        if "n" in call.letters:
            context.add("shell.inert", call.operands[0].text)
            return
        run_script_file(invocation, context, call.operands[0], call.operands[1:])
    elif not call.texts:
        run_stdin(invocation, context, invocation.stdin, call.operands)


def shell_call(args: Sequence[Word]) -> Call:
    """A shell's command line, read by the rules that shells share."""
    letters = ""
    texts: list[Word] = []
    files: list[Word] = []
    informs = False
    index, count = 0, len(args)
    while index < count:
        word = args[index]
        text = word.text
        if not word.literal and text[:1] not in {"-", "+"}:
            if text.startswith("$") and not word.fetched:
                return Call(letters, tuple(texts), tuple(files), tuple(args[index:]), informs, text)
            break
        if len(text) < 2 or text[0] not in "-+":
            break
        index += 1
        if text in {"--", "-"}:
            break
        if text.startswith("--"):
            name, equals, value = text.partition("=")
            informs = informs or name in _INFORMING
            if name == "--command":
                texts.append(word._replace(text=value) if equals else _at(args, index))
                index += not equals
            elif name in _LONG_VALUES:
                found = word._replace(text=value) if equals else _at(args, index)
                index += not equals
                (files if name in _START_FILES else texts).append(found)
            continue
        if text[0] == "-":
            letters += text[1:]
        # `-o pipefail`, `-O extglob`, also inside a cluster: each takes one further word.
        index += text[1:].count("o") + text[1:].count("O")
    return Call(letters, tuple(texts), tuple(files), tuple(args[index:]), informs)


def _at(args: Sequence[Word], index: int) -> Word:
    return args[index] if index < len(args) else Word("")


def _run_command(invocation: Invocation, context: Context, call: Call) -> None:
    """`-c TEXT NAME ARGUMENTS`."""
    if not call.operands:
        context.unknown("a shell is given no command to run")
        return
    text, rest = call.operands[0], call.operands[1:]
    if "n" in call.letters and text.literal and "i" not in call.letters:
        context.add("shell.inert", text.text[:120])
        return
    judge_text(invocation, context, text, rest[1:], rest[0].text if rest else "")


def judge_text(
    invocation: Invocation,
    context: Context,
    text: Word,
    arguments: tuple[Word, ...] = (),
    name: str = "",
) -> None:
    """Judge a word as shell text."""
    if text.literal:
        run_text(invocation, context, text.text, arguments, name)
    elif text.fetched:
        context.add("code.execute-remote", text.text)
    else:
        context.unknown(f"what `{invocation.name}` runs is computed at run time", target=text.text)


def run_text(
    invocation: Invocation,
    context: Context,
    text: str,
    arguments: tuple[Word, ...] = (),
    name: str = "",
    stdin: Stdin | None = None,
) -> None:
    """Judge shell text in a child shell of this call."""
    from agentic.recognize.context import MAX_DEPTH
    from agentic.recognize.shell.interpret import run_child

    if context.depth >= MAX_DEPTH:
        context.unknown(f"shells nested deeper than {MAX_DEPTH}")
        return
    context.depth += 1
    cwd, program = context.cwd, context.program
    try:
        feed = invocation.stdin if stdin is None else stdin
        run_child(context, text, feed, invocation.variables, arguments, name)
    finally:
        context.depth -= 1
        context.cwd, context.program = cwd, program


def run_script_file(
    invocation: Invocation, context: Context, word: Word, arguments: tuple[Word, ...]
) -> None:
    """`sh FILE ARGUMENTS`: the file's text where it can be read."""
    from agentic.recognize.paths import is_secret
    from agentic.recognize.shell.interpret import run_child
    from agentic.recognize.shell.scripts import KEPT, STANDARD_INPUT, run_file

    if word.text in STANDARD_INPUT:
        run_stdin(invocation, context, invocation.stdin, arguments)
        return
    if word.literal and is_secret(context.path(word.text)):
        context.read_path(word)  # its lines come back as error messages

    def judge(text: str, origin: str) -> None:
        name = context.path(word.text)
        run_child(
            context, text, invocation.stdin, invocation.variables, arguments, name,
            is_file=origin == KEPT,
        )  # fmt: skip

    run_file(context, word, judge, arguments)


def run_stdin(
    invocation: Invocation, context: Context, stdin: Stdin, arguments: tuple[Word, ...]
) -> None:
    """A shell that reads its commands: known text is judged, fetched text is remote code."""
    if stdin.known:
        run_text(invocation, context, stdin.text, arguments, stdin=Stdin("closed"))
    elif stdin.fetched:
        upstream = " | ".join([" ".join(words) for words in stdin.upstream])
        context.add("code.execute-remote", upstream)
    elif stdin.origin == "file" and stdin.path:
        run_script_file(invocation, context, Word(stdin.path), arguments)
    elif stdin.origin == "closed":
        context.add("shell.inert", invocation.name)
    else:
        context.unknown(f"`{invocation.name}` reads commands that cannot be told")


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = dict.fromkeys(
    "sh bash dash zsh ksh mksh ash fish rbash csh tcsh".split(), shell
)
