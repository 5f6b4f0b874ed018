"""Interpreters of programming languages: code on the command line, on standard input, or in a file.

Every call runs code (`code.run-inline`, or `code.run` for a file of the workspace); what is added beyond
that is what the code can be seen to do. Python is read by its syntax tree, the others by their words.

Sources (checked 2026-11-21): https://docs.python.org/3/using/cmdline.html,
https://nodejs.org/api/cli.html, https://docs.deno.com/runtime/reference/cli,
https://perldoc.perl.org/perlrun, https://docs.ruby-lang.org/en/3.4/ruby/options_md.html,
https://www.php.net/manual/features.commandline.options.php.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

#: Letters of Python's options that take a value, and long options that do.
_VALUED_LETTERS = "WXQ"
_INFORMS = frozenset("--version -V -VV -h -? --help --help-env --help-xoptions --help-all".split())


class Start(NamedTuple):
    """How an interpreter is started: `code`, `module`, `file`, `stdin`, or `inform`.

    `word` is the code, the module or the file, `rest` the arguments that it gets.
    """

    sort: str
    word: Word = Word("")
    rest: tuple[Word, ...] = ()


def python_start(args: Sequence[Word]) -> Start:
    """What a python command line runs."""
    index, count = 0, len(args)
    while index < count:
        word = args[index]
        text = word.text
        index += 1
        if text == "-":
            return Start("stdin", word, tuple(args[index:]))
        if text[:1] != "-" or (not word.literal and text[:1] in "$`"):
            return Start("file", word, tuple(args[index:]))
        if text in _INFORMS:
            return Start("inform", word)
        if text == "--":
            continue
        if text[1] == "-":
            index += text == "--check-hash-based-pycs"
            continue
        for position in range(1, len(text)):
            letter = text[position]
            if letter in "cm":
                attached = text[position + 1 :]
                if attached:
                    value = word._replace(text=attached, parts=())
                else:
                    value = args[index] if index < count else Word("")
                    index += 1
                sort = "code" if letter == "c" else "module"
                return Start(sort, value, tuple(args[index:]))
            if letter in _VALUED_LETTERS:
                index += position == len(text) - 1
                break
            if letter in "Vh?":
                return Start("inform", word)
    return Start("stdin", Word("-"))


def python(invocation: Invocation, context: Context) -> None:
    """`python -c CODE`, `python -m MODULE`, `python FILE`, `python < FILE`."""
    start = python_start(invocation.args)
    if start.sort == "inform":
        context.add("shell.inert", f"{invocation.name} {start.word.text}")
    elif start.sort == "code":
        _run_code(invocation, context, start)
    elif start.sort == "module":
        from agentic.recognize.python.modules import run_module

        run_module(invocation, context, start.word, start.rest)
    elif start.sort == "file":
        from agentic.recognize.python.scripts import run_python_file

        if start.word.text == "/dev/stdin":
            _run_python_stdin(invocation, context, start)
        else:
            run_python_file(context, start.word, start.rest, invocation.stdin)
    else:
        _run_python_stdin(invocation, context, start)


def _run_code(invocation: Invocation, context: Context, start: Start) -> None:
    """Code on the command line."""
    from agentic.recognize.python.walk import judge_code

    word = start.word
    if word.fetched:
        context.add("code.execute-remote", word.text)
        return
    context.add("code.run-inline", word.text[:200])
    text = word.text
    if not word.literal:
        context.unknown("the code is computed at run time", target=text[:200])
        text = _with_placeholders(word)
    judge_code(
        context,
        text,
        arguments=(Word("-c"), *start.rest),
        stdin=invocation.stdin,
        variables=invocation.variables,
    )


def _with_placeholders(word: Word) -> str:
    """Code with a name in place of what is computed, so that the rest of it can be read."""
    if not word.parts:
        return word.text
    return "".join([part.text if part.kind == "text" else "computed" for part in word.parts])


def _run_python_stdin(invocation: Invocation, context: Context, start: Start) -> None:
    """Code on standard input."""
    from agentic.recognize.python.scripts import judge_source, run_python_file

    stdin = invocation.stdin
    if stdin.origin == "file" and stdin.path and not stdin.known:
        run_python_file(context, Word(stdin.path), start.rest)
        return
    text = known_code(invocation, context)
    if text is not None:
        judge_source(context, text, Word("-"), start.rest, is_kept=False, stdin=Stdin("closed"))


def known_code(invocation: Invocation, context: Context) -> str | None:
    """The code on standard input where it is known; else what reading it means is added."""
    stdin = invocation.stdin
    name = invocation.name
    if stdin.known:
        context.add("code.run-inline", stdin.text[:200])
        return stdin.text
    if stdin.fetched:
        context.add("code.execute-remote", " | ".join([" ".join(each) for each in stdin.upstream]))
        return None
    context.add("code.run-inline", name)
    if stdin.origin not in {"inherit", "closed"}:
        context.unknown(f"`{name}` reads code that cannot be told", target=name)
    return stdin.text or None  # a here-document with computed parts: the rest of it still counts


def judge_script(
    context: Context,
    interpreter: str,
    text: str,
    word: Word,
    args: Sequence[Word],
    *,
    is_kept: bool,
) -> None:
    """Add what the text of a script does whose first line names its interpreter."""
    if interpreter.startswith(("python", "pypy")):
        from agentic.recognize.python.scripts import judge_source

        judge_source(context, text, word, args, is_kept=is_kept)
        return
    from agentic.recognize.programs.other_code import LANGUAGES

    language = LANGUAGES.get(interpreter)
    if language is not None:
        from agentic.recognize.code_words import judge_text

        judge_text(context, language.name, text, args, is_kept=is_kept)


def other(invocation: Invocation, context: Context) -> None:
    """An interpreter of another language."""
    from agentic.recognize.programs.other_code import judge_interpreter

    judge_interpreter(invocation, context)


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    **dict.fromkeys(
        "python python2 python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13"
        " python3.14 python3.15 pypy pypy3".split(),
        python,
    ),
    **dict.fromkeys(
        "node nodejs deno ruby perl php Rscript R lua luajit julia osascript".split(), other
    ),
}
