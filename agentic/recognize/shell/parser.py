"""The parser behind the fast lexer: any shell text to steps, by tree-sitter.

1. Heredocs and joined lines are taken out (heredocs.py); often a lexer can then read the rest.
2. Text that is too long or has too many parts is not parsed (the parser is quadratic on a pipeline that
   never ends): what the lexer can split is kept, and the rest is `unknown`.
3. The tree is walked (walk.py), and the steps are linked: every `open` learns where its `close` is, every
   loop which variables its body sets.
"""

from __future__ import annotations

from agentic.recognize.interface import Part, Redirect, Word
from agentic.recognize.shell import steps as kinds
from agentic.recognize.shell.commands import lex_widely
from agentic.recognize.shell.heredocs import MARK, Heredoc, prepare
from agentic.recognize.shell.lexer import lex
from agentic.recognize.shell.steps import OPERATORS, Step
from agentic.recognize.shell.words import decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Text that is given to the parser, after heredocs are taken out.
MAX_BYTES = 65_536
#: Pipes, list operators and brackets that are given to the parser.
MAX_OPERATORS = 1_000
#: Commands whose arguments are names of variables that they set.
_SETTING = frozenset(
    ("read", "mapfile", "readarray", "getopts", "export", "declare", "typeset", "local", "readonly",
     "unset", "let", kinds.ARRAY)
)  # fmt: skip


def parse(text: str, prefix: str) -> tuple[Step, ...]:
    """The steps of any shell text. Never raises; what cannot be parsed is an `unknown` step.

    `prefix` makes the numbers of this text's substitutions unlike those of any other text.
    """
    prepared = prepare(text)
    is_joined = prepared is not None
    bodies: tuple[Heredoc, ...] = ()
    if prepared is not None and prepared.text != text:
        text, bodies = prepared
        steps = lex(text)
        if steps is not None:
            return linked(_with_bodies(steps, bodies, prefix))
    if is_joined:
        steps = lex_widely(text)
        if steps is not None:
            return linked(_with_bodies(steps, bodies, prefix))
    if len(text) > MAX_BYTES or _operators_in(text) > MAX_OPERATORS:
        because = "the line is too long or has too many parts to be parsed"
        return (*_with_bodies(salvaged(text), bodies, prefix), Step("unknown", text=because))
    from agentic.recognize.shell.walk import steps_of

    try:
        steps_found = steps_of(text, prefix, is_joined=is_joined)
    except ImportError:
        steps_found = [*salvaged(text), Step("unknown", text="the shell parser is not installed")]
    return linked(_with_bodies(steps_found, bodies, prefix))


def _operators_in(text: str) -> int:
    return text.count("|") + text.count("&") + text.count(";") + text.count("(")


def salvaged(text: str) -> list[Step]:
    """What the lexer can prove of text that is not parsed, cut at the ends of lines and at operators."""
    steps: list[Step] = []
    for line in text.split("\n"):
        whole = lex(line)
        for piece in [whole] if whole is not None else [lex(cut) for cut in _cut(line)]:
            if piece:
                steps.extend((*piece, OPERATORS[";"]))
        if len(steps) > MAX_OPERATORS * 4:
            break
    return steps


def _cut(line: str) -> list[str]:
    for operator in ("&&", "||", "|", "&"):
        line = line.replace(operator, ";")
    return line.split(";")


def _with_bodies(steps: Iterable[Step], bodies: Sequence[Heredoc], prefix: str) -> list[Step]:
    """The steps with the body of every heredoc in its place, what runs inside the body before it."""
    if not bodies:
        return list(steps)
    found: list[Step] = []
    for step in steps:
        redirects: list[Redirect] = []
        for redirect in step.command.redirects:
            number = redirect.target.text.removeprefix(MARK)
            if redirect.target.text.startswith(MARK) and number.isdecimal():
                word, inner = body_word(bodies[int(number)], f"{prefix}h{number}.")
                found.extend(inner)
                redirect = Redirect("<<", word, redirect.descriptor)
            redirects.append(redirect)
        if redirects:
            step = step._replace(command=step.command._replace(redirects=tuple(redirects)))
        found.append(step)
    return found


def body_word(heredoc: Heredoc, prefix: str) -> tuple[Word, list[Step]]:
    """A heredoc's body as a word, and the steps of the substitutions in it."""
    body = heredoc.body
    if heredoc.is_quoted or not any(character in body for character in "$`\\"):
        return Word(body), []
    if "`" not in body and "$(" not in body and "${" not in body:
        return decoded(body, 0, len(body), {}, is_heredoc=True)[0], []
    if len(body) > MAX_BYTES or _operators_in(body) > MAX_OPERATORS * 4:
        shown = body[:200]
        because = "a heredoc that computes its text is too long to be read"
        return Word(shown, literal=False, parts=(Part("computed", shown),)), [
            Step("unknown", text=because)
        ]
    from agentic.recognize.shell.walk import body_of

    return body_of(body, prefix)


def linked(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with the place of each `close` in its `open`, and what loops set in theirs."""
    found = list(steps)
    open_at: list[int] = []
    names: list[dict[str, None]] = []
    for index, step in enumerate(found):
        if step.op == "open":
            open_at.append(index)
            names.append({step.name: None} if step.text == kinds.LOOP and step.name else {})
        elif step.op == "close" and open_at:
            start, inner = open_at.pop(), names.pop()
            opened = found[start]
            if opened.text == kinds.LOOP:
                command = opened.command._replace(
                    assignments=tuple([(name, Word("")) for name in inner])
                )
                opened = opened._replace(command=command)
            found[start] = opened._replace(to=index)
            if names:
                names[-1].update(inner)
        elif step.op == "run" and names:
            names[-1].update(dict.fromkeys(_names_set(step)))
    while open_at:  # an unfinished compound ends where the text ends
        found.append(OPERATORS["close"])
        start = open_at.pop()
        found[start] = found[start]._replace(to=len(found) - 1)
    return tuple(found)


def _names_set(step: Step) -> list[str]:
    command = step.command
    found = [name.rstrip("+") for name, _ in command.assignments]
    if command.words and command.words[0].text in _SETTING:
        arguments = (
            command.words[1:2] if command.words[0].text == kinds.ARRAY else command.words[1:]
        )
        found.extend([word.text.partition("=")[0].rstrip("+-") for word in arguments])
    return found
