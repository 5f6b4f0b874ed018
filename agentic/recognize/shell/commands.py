"""One simple command from its source text, with everything that the fast lexer refuses.

The syntax tree says where a command begins and ends and where its substitutions lie; its words,
assignments and redirections are read here, by the lexer's own rules, because the grammar behind the tree
splits some hostile spellings differently from bash. Where the two do not fit together the answer says so.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Command, Redirect, Word
from agentic.recognize.shell.lexer import NotSimple, Scanner
from agentic.recognize.shell.words import Span, decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentic.recognize.shell.steps import Step

_BREAKS = frozenset(" \t\n;&|<>()")
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789")


class Split(NamedTuple):
    """A command, the arrays that stand before or behind it, and whether all of the text was read.

    `arrays` are (name, elements); the name ends with `+` where elements are added.
    """

    command: Command
    arrays: tuple[tuple[str, tuple[Word, ...]], ...]
    is_whole: bool


def command_from(text: str, start: int, end: int, spans: Mapping[int, Span]) -> Split:
    """The simple command that a stretch of text holds. Never raises."""
    splitter = _Splitter(text, start, end, spans)
    try:
        command = splitter.command()
    except NotSimple:
        return Split(Command(splitter.rest_as_words(start)), (), is_whole=False)
    splitter.blanks()
    names = [name for name, _ in splitter.arrays]
    if command is None:
        command = Command(())
    elif names:
        plain = tuple([pair for pair in command.assignments if pair[0] not in names])
        command = command._replace(assignments=plain)
    return Split(command, tuple(splitter.arrays), is_whole=not text[splitter.at : end].strip())


def lex_widely(text: str) -> tuple[Step, ...] | None:
    """The steps of a list of commands with braces, `$'…'`, `~user` or here-strings, else None.

    Like the fast lexer it never guesses: substitutions and compounds are the parser's.
    """
    if "`" in text or "(" in text or "${" in text:
        return None
    if not text.replace("\n", "").replace("\t", "").isprintable():
        return None
    try:
        return _ListSplitter(text, 0, len(text), {}).steps()
    except NotSimple:
        return None


class _Splitter(Scanner):
    """The lexer with substitutions, arrays, here-strings, braces and `$'…'`."""

    keywords: frozenset[str] = frozenset()

    def __init__(self, text: str, start: int, end: int, spans: Mapping[int, Span]) -> None:
        super().__init__(text)
        self.at = start
        self.size = end
        self.spans = spans
        self.name = ""
        self.arrays: list[tuple[str, tuple[Word, ...]]] = []

    def word(self) -> Word:
        """The word at this position; further ones that braces make are kept in `more`."""
        return self.decoded_word(is_assignment=False)

    def decoded_word(self, *, is_assignment: bool) -> Word:
        """The word at this position."""
        start = self.at
        self.quoted = False
        end = self.word_end()
        if end == start:
            raise NotSimple
        equals = self.text.find("=", start, end)
        if not is_assignment and self.text.startswith("(", end) and self.text[end - 1] == "=":
            return self.array_argument(start, equals)
        words = decoded(self.text, start, end, self.spans, is_assignment=is_assignment)
        self.at = end
        self.more = words[1:]
        return words[0]

    def word_end(self) -> int:
        """Where the word at this position ends."""
        text, at = self.text, self.at
        while at < self.size:
            span = self.spans.get(at)
            character = text[at]
            if span is not None:
                at = span.end
            elif character in _BREAKS:
                break
            elif character == "\\":
                self.quoted = True
                at += 2
            elif character == "'":
                self.quoted = True
                at = self.after("'", at + 1)
            elif character == '"':
                self.quoted = True
                at = self.after_double_quotes(at + 1)
            elif text.startswith("$'", at):
                self.quoted = True
                at = self.after_ansi(at + 2)
            else:
                at += 1
        return min(at, self.size)

    def after(self, quote: str, start: int) -> int:
        """The position after a closing quote."""
        end = self.text.find(quote, start, self.size)
        if end < 0:
            raise NotSimple
        return end + 1

    def after_double_quotes(self, at: int) -> int:
        """The position after the double quote that closes."""
        while at < self.size:
            span = self.spans.get(at)
            if span is not None:
                at = span.end
            elif self.text[at] == '"':
                return at + 1
            else:
                at += 2 if self.text[at] == "\\" else 1
        raise NotSimple

    def after_ansi(self, at: int) -> int:
        """The position after the quote that closes `$'…'`."""
        while at < self.size:
            if self.text[at] == "'":
                return at + 1
            at += 2 if self.text[at] == "\\" else 1
        raise NotSimple

    def assigned_name(self) -> str:
        """The name where `NAME=`, `NAME+=` or `NAME[…]=` stands here (and skip it), else empty."""
        text, start = self.text, self.at
        at = start
        while at < self.size and text[at] in _NAME:
            at += 1
        if at == start or text[start].isdigit():
            return ""
        if at < self.size and text[at] == "[":
            close = text.find("]", at, self.size)
            at = close + 1 if close > 0 and text.startswith(("]=", "]+="), close) else self.size
        sign = 2 if text.startswith("+=", at) else 1 if text.startswith("=", at) else 0
        if not sign or at >= self.size:
            return ""
        self.at = at + sign
        self.name = text[start:at] + ("+" if sign == 2 else "")
        return self.name

    def value(self) -> Word:
        """The value of an assignment; an array is kept apart."""
        if self.text.startswith("(", self.at) and self.at < self.size:
            self.at += 1
            self.arrays.append((self.name, self.elements()))
            return Word("")
        if self.at >= self.size or (self.text[self.at] in _BREAKS and self.at not in self.spans):
            return Word("")
        return self.decoded_word(is_assignment=True)

    def array_argument(self, start: int, equals: int) -> Word:
        """`declare -a NAME=(…)`: the array is kept apart, the name stays an argument."""
        name = self.text[start:equals]
        self.at = self.word_end() + 1
        self.arrays.append((name, self.elements()))
        return Word(name)

    def elements(self) -> tuple[Word, ...]:
        """The words up to the closing bracket of an array."""
        found: list[Word] = []
        while True:
            while self.at < self.size and self.text[self.at] in " \t\n":
                self.at += 1
            self.blanks()
            if self.at >= self.size:
                raise NotSimple
            if self.text[self.at] == ")":
                self.at += 1
                return tuple(found)
            if self.text[self.at] in " \t\n":
                continue
            found.append(self.decoded_word(is_assignment=False))
            found.extend(self.more)
            self.more = ()

    def redirect(self, descriptor: int) -> Redirect:
        """The redirection at this position, here-strings too."""
        if self.text.startswith("<<<", self.at):
            self.at += 3
            return Redirect("<<<", self.target(), descriptor)
        return super().redirect(descriptor)

    def rest_as_words(self, start: int) -> tuple[Word, ...]:
        """All words from here on, whatever stands between them: for text that could not be split."""
        found: list[Word] = []
        self.at = start
        while self.at < self.size:
            if self.text[self.at] in _BREAKS and self.at not in self.spans:
                self.at += 1
                continue
            try:
                end = self.word_end()
            except NotSimple:
                break
            found.extend(decoded(self.text, self.at, end, self.spans))
            self.at = max(end, self.at + 1)
        return tuple(found)


class _ListSplitter(_Splitter):
    """The splitter for a whole line: keywords are not its business."""

    keywords = Scanner.keywords
