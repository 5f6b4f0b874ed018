"""A fast lexer that proves a shell line simple and splits it, or answers None.

It accepts plain words, quotes, backslashes, comments, `&&` `||` `;` newline `|` `|&` `&`, redirections
to words, leading assignments, `$NAME` `${NAME}` `$?` `$1`, and globs. Everything else (substitutions,
heredocs, subshells, groups, keywords, functions, `!`, arithmetic, arrays, `$'…'`, brace expansion) is
left to the parser: None is never wrong, an answer must be what bash itself would see.

Source: https://www.gnu.org/software/bash/manual/bash.html#Shell-Syntax (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize.interface import Command, Part, Redirect, Stdin, Word
from agentic.recognize.shell.steps import OPERATORS, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from agentic.recognize.shell.words import Span

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
_NAME_START: Final = frozenset(_LETTERS)
_NAME: Final = frozenset(_LETTERS + "0123456789")
#: Characters that mean nothing to the shell wherever they stand in a word.
_PLAIN: Final = frozenset(_LETTERS + "0123456789-./:=,+@%^]")
#: Characters that end a word.
_BREAKS: Final = frozenset(" \t\n;&|<>()")
#: Inside double quotes these end a plain stretch.
_QUOTED_SPECIAL: Final = frozenset('"\\$`')
_SPECIAL_PARAMETERS: Final = frozenset("?$!#@*-0123456789")
_KEYWORDS: Final = frozenset(
    "if then else elif fi for while until do done case esac select function time coproc in"
    " { } {} ! [[ ]]".split()
)
_REDIRECTS: Final = ("&>>", "<<<", ">>", ">|", ">&", "<&", "<>", "&>", "<<", ">", "<")
_INHERIT: Final = Stdin()


class NotSimple(Exception):
    """The line is not provably simple."""


def lex(text: str) -> tuple[Step, ...] | None:
    """The steps of a simple line, or None when it cannot be proved simple. Never raises.

    `cd a && ls >f` -> run, `&&`, run. An empty line or a lone comment gives no steps.
    """
    if "\0" in text:
        return None
    scanner = Scanner(text)
    try:
        return scanner.steps()
    except NotSimple:
        return None


#: Words of the shell after which a group may begin.
_BEFORE_GROUPS = frozenset(("time", "coproc"))


class Scanner:
    """The text, the position in it, and the pieces of the word that is being read.

    The parser's splitter (commands.py) builds on it: `spans` tells it where substitutions lie, and
    `more` holds the further words that braces make; here both are always empty.
    """

    keywords: frozenset[str] = _KEYWORDS

    def __init__(self, text: str) -> None:
        self.text = text
        self.size = len(text)
        self.spans: Mapping[int, Span] = {}
        self.more: tuple[Word, ...] = ()
        self.at = 0
        self.quoted = False
        self.pieces: list[str] = []
        self.parts: list[Part] = []
        self.glob = False

    # Lists and pipelines

    def steps(self) -> tuple[Step, ...]:
        """Every command of the line with the operators between them."""
        steps: list[Step] = []
        wanting = False  # the last operator still needs a command after it
        while True:
            command = self.command()
            operator = self.operator()
            if command is None:
                if operator == "\n":
                    continue
                if operator or wanting:
                    raise NotSimple
                break
            if operator == "&":
                command = command._replace(background=True)
            steps.append(Step("run", command))
            if not operator:
                break
            wanting = operator in {"&&", "||", "|", "|&"}
            steps.append(OPERATORS[";" if operator == "\n" else operator])
        if steps and steps[-1].op == ";":
            steps.pop()
        return tuple(steps)

    def operator(self) -> str:
        """The operator at this position; empty at the end of the text."""
        if self.at == self.size:
            return ""
        text, at = self.text, self.at
        first = text[at]
        if first not in "\n;&|":
            raise NotSimple
        pair = text[at : at + 2]
        operator = pair if pair in {"&&", "||", "|&"} else first
        if pair in {";;", ";&"}:
            raise NotSimple
        self.at = at + len(operator)
        return operator

    def command(self) -> Command | None:
        """The simple command at this position, or None where there is none."""
        words: list[Word] = []
        assignments: list[tuple[str, Word]] = []
        redirects: list[Redirect] = []
        text, size = self.text, self.size
        while True:
            self.blanks()
            if self.at == size:
                break
            first = text[self.at]
            if first in _BREAKS and self.at not in self.spans:
                if first in "<>" or text.startswith("&>", self.at):
                    redirects.append(self.redirect(-1))
                    continue
                if first in "()":
                    raise NotSimple
                break
            if not words:
                name = self.assigned_name()
                if name:
                    assignments.append((name, self.value()))
                    continue
            start = self.at
            word = self.word()
            if self.at < size and text[self.at] in "<>" and self.is_descriptor(start):
                redirects.append(self.redirect(int(text[start : self.at])))
                continue
            if not words and not self.quoted and word.text in self.keywords:
                raise NotSimple
            if word.text == "{" and not self.quoted and words and words[0].text in _BEFORE_GROUPS:
                raise NotSimple
            words.append(word)
            if self.more:
                words.extend(self.more)
                self.more = ()
        if not words and not assignments and not redirects:
            return None
        return Command._make((tuple(words), tuple(assignments), tuple(redirects), _INHERIT, False))

    def is_descriptor(self, start: int) -> bool:
        """Whether the word that ends here is the number before a redirection."""
        number = self.text[start : self.at]
        if not (number.isascii() and number.isdecimal()):
            return False
        if len(number) > 3:
            raise NotSimple
        return True

    def blanks(self) -> None:
        """Skip blanks, joined lines and a comment."""
        text, size, at = self.text, self.size, self.at
        while at < size:
            character = text[at]
            if character == " " or character == "\t":  # noqa: PLR1714 - twice as fast as `in`
                at += 1
            elif character == "\\" and text.startswith("\\\n", at):
                at += 2
            elif character == "#":
                end = text.find("\n", at)
                at = size if end < 0 or end > size else end
            else:
                break
        self.at = at

    def redirect(self, descriptor: int) -> Redirect:
        """The redirection at this position."""
        for operator in _REDIRECTS:
            if self.text.startswith(operator, self.at):
                break
        if operator in {"<<", "<<<"}:
            raise NotSimple
        self.at += len(operator)
        if self.text.startswith(("&", "|"), self.at):
            raise NotSimple
        closed = self.text[self.at : self.at + 2] if operator[-1] == "&" else ""
        if closed[:1] == "-" and closed[1:] and closed[1] not in _BREAKS:
            raise NotSimple  # `>&-x` is `>&-` and a word
        return Redirect._make((operator, self.target(), descriptor))

    def target(self) -> Word:
        """The word that a redirection goes to."""
        self.blanks_only()
        if self.at == self.size or self.text[self.at] == "#":
            raise NotSimple
        if self.text[self.at] in _BREAKS and self.at not in self.spans:
            raise NotSimple
        start = self.at
        word = self.word()
        is_quoted = self.text[start] in "'\""
        if ("=" in word.text and not is_quoted) or (word.glob and "[" in word.text):
            raise NotSimple  # bash may take it for an assignment
        # `2>2>&1`: a number before another redirection is never a target.
        if self.at < self.size and self.text[self.at] in "<>" and self.is_descriptor(start):
            raise NotSimple
        return word

    def blanks_only(self) -> None:
        """Skip blanks between a redirection and its target."""
        while self.at < self.size:
            if self.text[self.at] in " \t":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            else:
                break

    def assigned_name(self) -> str:
        """The name when `NAME=` stands here (and skip it), else empty."""
        text, size, start = self.text, self.size, self.at
        if text[start] not in _NAME_START:
            return ""
        at = start + 1
        while at < size and text[at] in _NAME:
            at += 1
        if at == size:
            return ""
        if text[at] == "=":
            self.at = at + 1
            return text[start:at]
        if text[at] == "[" or text.startswith(("+=", "\\\n"), at):
            raise NotSimple
        return ""

    def value(self) -> Word:
        """The value of an assignment: no globs, and it may be empty."""
        if self.at == self.size or self.text[self.at] in _BREAKS:
            if self.text.startswith("(", self.at):
                raise NotSimple
            return Word("")
        word = self.word()
        if ":~" in word.text:
            raise NotSimple
        return word._replace(glob=False, literal=not word.parts) if word.glob else word

    # Words

    def word(self) -> Word:
        """The word at this position; `quoted` tells whether any of it stood in quotes."""
        text, size, start = self.text, self.size, self.at
        at = start
        while at < size and text[at] in _PLAIN:
            at += 1
        self.at = at
        self.quoted = False
        if at > start and (at == size or text[at] in _BREAKS):
            return Word._make((text[start:at], True, False, (), False))
        self.pieces = [text[start:at]]
        self.parts = []
        self.glob = False
        while self.at < size and text[self.at] not in _BREAKS:
            self.piece(text[self.at], start)
        return self.finished()

    def finished(self) -> Word:
        """The word that the pieces read so far make."""
        if not self.parts:
            whole = "".join(self.pieces)
            if not whole and not self.quoted:
                raise NotSimple
            glob = self.glob and whole != "["
            return Word._make((whole, not glob, glob, (), False))
        self.flush(quoted=False)
        shown = "".join([part.text for part in self.parts])
        return Word._make((shown, False, self.glob, tuple(self.parts), False))

    def flush(self, *, quoted: bool) -> None:
        """Turn the text read so far into a part."""
        if self.pieces:
            kept = "".join(self.pieces)
            if kept:
                self.parts.append(Part("text", kept, "", quoted))
            self.pieces = []

    def piece(self, first: str, start: int) -> None:
        """One more piece of an unquoted stretch."""
        text, at = self.text, self.at
        if first in _PLAIN:
            self.plain()
        elif first == "'":
            end = text.find("'", at + 1)
            if end < 0:
                raise NotSimple
            self.quoted = True
            self.pieces.append(text[at + 1 : end])
            self.at = end + 1
        elif first == '"':
            self.double_quoted()
        elif first == "\\":
            self.escaped()
        elif first == "$":
            self.parameter(quoted=False)
        elif first in "*?[":
            self.glob = True
            self.pieces.append(first)
            self.at = at + 1
        elif first == "{" and text.startswith("{}", at):
            self.pieces.append("{}")
            self.at = at + 2
        elif first == "~" or first == "#" or first == "!":  # noqa: PLR1714 - as fast as it gets
            self.positional(first, start)
        elif first > "\x7f" and first.isprintable() and not first.isspace():
            self.pieces.append(first)
            self.at = at + 1
        else:
            raise NotSimple

    def plain(self) -> None:
        """A stretch without meaning to the shell."""
        text, size, start = self.text, self.size, self.at
        at = start + 1
        while at < size and text[at] in _PLAIN:
            at += 1
        self.pieces.append(text[start:at])
        self.at = at

    def escaped(self) -> None:
        """A backslash outside quotes."""
        following = self.text[self.at + 1 : self.at + 2]
        if not following or (following < " " and following not in "\n\t") or following == "\x7f":
            raise NotSimple
        if following != "\n":
            self.quoted = True
            self.pieces.append(following)
        self.at += 2

    def positional(self, first: str, start: int) -> None:
        """A character that means something at the start of a word only: `~` and `!`."""
        if self.at == start and first != "#":
            following = self.text[self.at + 1 : self.at + 2]
            if first == "!" or (following and following != "/" and following not in _BREAKS):
                raise NotSimple
        self.pieces.append(first)
        self.at += 1

    def double_quoted(self) -> None:
        """A stretch in double quotes."""
        text, size = self.text, self.size
        self.quoted = True
        at = self.at + 1
        while at < size:
            start = at
            while at < size and text[at] not in _QUOTED_SPECIAL:
                at += 1
            if at > start:
                self.pieces.append(text[start:at])
            if at == size:
                break
            special = text[at]
            if special == '"':
                self.at = at + 1
                return
            if special == "`":
                raise NotSimple
            if special == "$":
                self.at = at
                self.parameter(quoted=True)
                at = self.at
                continue
            following = text[at + 1 : at + 2]
            if following != "\n":
                self.pieces.append(following if following in '$`"\\' else "\\" + following)
            at += 2
        raise NotSimple

    def parameter(self, *, quoted: bool) -> None:
        """`$NAME`, `${NAME}` or a special parameter."""
        text, size, start = self.text, self.size, self.at
        at = start + 1
        following = text[at : at + 1]
        if following in _NAME_START:
            at += 1
            while at < size and text[at] in _NAME:
                at += 1
            name = text[start + 1 : at]
        elif following in _SPECIAL_PARAMETERS:
            at += 1
            name = following
        elif following == "{":
            at, name = self.braced_name(at + 1)
        else:
            raise NotSimple
        self.flush(quoted=quoted)
        self.parts.append(Part("variable", text[start:at], name, quoted))
        self.at = at

    def braced_name(self, start: int) -> tuple[int, str]:
        """The position after `${NAME}` and the name."""
        end = self.text.find("}", start)
        name = self.text[start:end]
        if end < 0 or not name:
            raise NotSimple
        is_name = name[0] in _NAME_START and all(character in _NAME for character in name)
        is_number = name.isascii() and name.isdecimal()
        if not is_name and not is_number and name not in {"?", "@", "*"}:
            raise NotSimple
        return end + 1, name
