"""Filling in what is known: variables with literal values, substitutions with known output.

A word that stays partly unknown is shown as written and marked as not literal. Where a variable may
hold several values, every combination is given back, up to a bound.

Source: https://www.gnu.org/software/bash/manual/bash.html#Shell-Expansions (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize.interface import Part, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.shell.interpret import Shell

#: Ways of filling in one command's words; beyond it the rest counts as computed.
MAX_VARIANTS = 32
#: Characters that filling in may make of one word.
MAX_TEXT = 65_536
#: Parameters that are always a number, whose value changes nothing about what a path or word means.
_NUMBERS = frozenset("$ ! RANDOM SECONDS LINENO PPID BASHPID UID EUID EPOCHSECONDS SRANDOM".split())
_SOME_NUMBER = Word("12345")
_GLOBBING = ("*", "?", "[")

Fields = tuple[Word, ...]


def expanded(words: Sequence[Word], shell: Shell) -> list[Fields]:
    """Every way in which the words may be filled in; at least one."""
    variants: list[Fields] = [()]
    for word in words:
        if not word.parts:
            choices: list[Fields] = [(word,)]
        else:
            choices = fields_of(word, shell)
        if len(variants) * len(choices) > MAX_VARIANTS:
            choices = [(*choices[0],), (as_written(word),)]
            variants = variants[: MAX_VARIANTS // 2]
        variants = [before + after for before in variants for after in choices]
    return variants


def values_of(word: Word, shell: Shell) -> tuple[Word, ...]:
    """The values an assignment or a quoted text may give: never split, never a glob."""
    if not word.parts:
        return (word,)
    quoted = tuple([part._replace(quoted=True) for part in word.parts])
    found = [
        joined_text(fields) for fields in fields_of(word._replace(parts=quoted, glob=False), shell)
    ]
    return tuple(dict.fromkeys(found))


def joined_text(fields: Fields) -> Word:
    """Several fields as one word, separated by blanks."""
    if len(fields) == 1:
        return fields[0]
    return Word(
        " ".join([field.text for field in fields]),
        literal=all(field.literal for field in fields),
        fetched=any(field.fetched for field in fields),
    )


def as_written(word: Word) -> Word:
    """The word with nothing filled in."""
    return Word(word.text, literal=False, glob=word.glob, fetched=word.fetched)


def fields_of(word: Word, shell: Shell) -> list[Fields]:
    """Every way in which one word may be filled in; each is the list of fields that it makes."""
    if len(word.parts) == 1 and word.parts[0].name in {"@", "*"} and shell.arguments is not None:
        whole = word.parts[0]
        if whole.name == "*" and whole.quoted:
            return [(joined_text(shell.arguments),)]
        return [shell.arguments]
    if len(word.parts) == 1 and word.parts[0].name.endswith("[@]"):
        elements = shell.now.variables.get(word.parts[0].name)
        return [(as_written(word),)] if elements is None else [elements]
    ways: list[tuple[Word, ...]] = [()]
    for part in word.parts:
        choices = pieces_of(part, shell)
        if len(ways) * len(choices) > MAX_VARIANTS:
            return [(as_written(word),)]
        ways = [(*way, choice) for way in ways for choice in choices]
    if any(sum([len(piece.text) for piece in way]) > MAX_TEXT for way in ways):
        return [(as_written(word),)]
    return [_fields(word, way) for way in ways]


def pieces_of(part: Part, shell: Shell) -> tuple[Word, ...]:
    """What one part may be."""
    if part.kind == "text":
        return (Word(part.text),)
    if part.kind in {"substitution", "process"}:
        return (shell.results.get(part.name, Word(part.text, literal=False)),)
    if part.kind == "number":
        return (_SOME_NUMBER,)
    if part.kind == "home":  # where that user's home most likely is, if there is such a user
        return (Word("/root" if part.name == "root" else "/home/" + part.name),)
    if part.kind != "variable":
        return (Word(part.text, literal=False),)
    if part.name.endswith("[@]"):
        return (Word(part.text, literal=False),)
    values = shell.parameter(part.name)
    if part.default is not None:
        return _with_default(part, values)
    if values is None:
        if part.name in _NUMBERS:
            return (_SOME_NUMBER,)
        return (Word(part.text, literal=False),)
    if not part.quoted and "IFS" in shell.now.variables:
        return tuple([value._replace(literal=False) for value in values])  # split who knows where
    return values


def _with_default(part: Part, values: tuple[Word, ...] | None) -> tuple[Word, ...]:
    """`${name:-default}`: the value where it is set, else the default, else either."""
    default = Word(part.default or "")
    if values is None:
        return (default, Word(part.text, literal=False))
    return tuple([value if value.text else default for value in values])


def _fields(word: Word, way: tuple[Word, ...]) -> Fields:
    """The fields that the parts of one word make once each has its value."""
    fields: list[Word] = []
    text, literal, glob, fetched = "", True, word.glob, word.fetched
    is_started = False
    for part, value in zip(word.parts, way, strict=True):
        fetched = fetched or value.fetched
        if part.kind == "text" or part.quoted:
            text += value.text
            literal = literal and value.literal
            glob = glob or value.glob
            is_started = True
            continue
        if not value.literal:
            text += value.text
            literal, glob, is_started = False, glob or value.glob, True
            continue
        glob = glob or any(character in value.text for character in _GLOBBING)
        pieces = value.text.split()
        if not pieces:
            continue
        if value.text[0] in " \t\n" and is_started:
            fields.append(_field(text, literal, glob, fetched))
            text, literal = "", True
        for piece in pieces[:-1]:
            fields.append(_field(text + piece, literal, glob, fetched))
            text, literal = "", True
        text += pieces[-1]
        is_started = True
        if value.text[-1] in " \t\n":
            fields.append(_field(text, literal, glob, fetched))
            text, literal, is_started = "", True, False
    if is_started:
        fields.append(_field(text, literal, glob, fetched))
    return tuple(fields)


def _field(text: str, literal: bool, glob: bool, fetched: bool) -> Word:  # noqa: FBT001
    return Word._make((text, literal and not glob, glob, (), fetched))
