"""Takes here-documents and joined lines out of shell text before it is parsed.

The grammar behind the parser loses its way in two heredocs on one line and in words joined by a
backslash at the end of a line, and it is slow on long bodies. So each `<<EOF` becomes a redirection from
a placeholder, its body is kept apart, and joined lines are joined, exactly where bash does so. Where
that is not certain the text is left as it is.

Source: https://www.gnu.org/software/bash/manual/bash.html#Here-Documents (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

#: Begins the placeholder of a body; text that already holds it is not prepared.
MARK = "⁂"
#: Characters before which a `#` begins a comment.
_WORD_ENDS = frozenset(" \t\n;&|()<>")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=:,")
#: Words that mean something where a command begins.
_LEADING = frozenset(("case", "esac", "time", "coproc"))
#: What stands before a word that may be a keyword.
_COMMAND_STARTS = ("\n", ";", "&", "|", "(", ")", "{", "then", "else", "do")


class Heredoc(NamedTuple):
    """One body; `is_quoted` when nothing in it is expanded."""

    body: str
    is_quoted: bool


class Prepared(NamedTuple):
    """Text without heredocs; `⁂0` stands for the first of `bodies`."""

    text: str
    bodies: tuple[Heredoc, ...]


class _Unsure(Exception):
    """The text cannot be taken apart with certainty."""


def prepare(text: str) -> Prepared | None:
    """The text with its heredocs and joined lines taken out, or None where that is not certain."""
    if MARK in text:
        return None
    has_group = "{" in text and ("time" in text or "coproc" in text)
    if "<<" not in text and "\\\n" not in text and not has_group:
        return Prepared(text, ())
    scanner = _Scanner(text)
    try:
        scanner.scan()
    except _Unsure:
        return None
    return Prepared("".join(scanner.pieces), tuple(scanner.bodies))


class _Scanner:
    """The open quotes and brackets, and the heredocs whose bodies have not been reached."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.kept_to = 0
        self.pieces: list[str] = []
        self.bodies: list[Heredoc] = []
        self.pending: list[tuple[int, str, bool, bool]] = []
        self.open: list[str] = ["list"]

    def scan(self) -> None:
        """Go through the whole text."""
        size = len(self.text)
        while self.at < size:
            inside = self.open[-1]
            if inside == '"':
                self.in_double_quotes()
            elif inside == "arithmetic":
                self.in_arithmetic()
            elif inside == "${":
                self.in_parameter()
            else:
                self.in_list()
        self.keep(size)
        if self.pending or len(self.open) > 1:
            raise _Unsure

    def keep(self, end: int) -> None:
        """Copy the text up to here."""
        self.pieces.append(self.text[self.kept_to : end])
        self.kept_to = end

    def in_list(self) -> None:
        """One character where commands stand: the line itself, `$(…)`, `(…)`."""
        text, at = self.text, self.at
        character = text[at]
        if character == "\\":
            self.backslash()
        elif character == "'":
            self.at = self.closing("'", at + 1)
        elif character == '"':
            self.enter('"', 1)
        elif character == "$":
            self.dollar(is_quoted=False)
        elif character == "`":
            self.backquotes()
        elif character == "#" and (at == 0 or text[at - 1] in _WORD_ENDS):
            end = text.find("\n", at)
            self.at = len(text) if end < 0 else end
        elif text.startswith("<<", at):
            self.heredoc()
        elif character == "\n":
            self.at = at + 1
            if self.pending:
                self.keep(self.at)
                self.read_bodies()
        elif text.startswith("((", at):
            self.enter("arithmetic", 2)
        elif character == "(":
            self.enter("(", 1)
        elif character == ")":
            self.leave_list()
        elif character in _LETTERS:
            self.letters()
        else:
            self.at = at + 1

    def leave_list(self) -> None:
        """A closing bracket: of a subshell or substitution, or of a pattern of `case`."""
        if self.open[-1] in {"(", "$("}:
            self.open.pop()
        self.at += 1

    def letters(self) -> None:
        """A word; `case` and `esac` hold brackets that close nothing."""
        text, start = self.text, self.at
        at = start + 1
        while at < len(text) and text[at] in _LETTERS:
            at += 1
        word = text[start:at]
        self.at = at
        if word not in _LEADING or (at < len(text) and text[at] not in _WORD_ENDS):
            return
        before = text[max(0, start - 64) : start].rstrip(" \t")
        if before and not before.endswith(_COMMAND_STARTS):
            return
        if word in {"time", "coproc"}:
            self.before_group(start, word)
        elif word == "case":
            self.open.append("case")
        elif self.open[-1] == "case":
            self.open.pop()

    def before_group(self, start: int, word: str) -> None:
        """`time {` and `coproc NAME {`, which the grammar does not know, become the group alone."""
        text, at = self.text, self.at
        while at < len(text) and text[at] in " \t":
            at += 1
        if word == "time" and text.startswith("-p", at):
            at += 2
        elif word == "coproc":
            while at < len(text) and text[at] in _LETTERS:
                at += 1
        while at < len(text) and text[at] in " \t":
            at += 1
        if text.startswith(("{ ", "{\n", "{\t"), at):
            self.keep(start)
            self.kept_to = self.at = at

    def enter(self, what: str, width: int) -> None:
        """Open a quote or bracket."""
        self.open.append(what)
        self.at += width

    def backslash(self) -> None:
        """A backslash: a joined line disappears, anything else is kept."""
        if self.text.startswith("\\\n", self.at):
            self.keep(self.at)
            self.kept_to = self.at + 2
        self.at += 2

    def closing(self, quote: str, start: int) -> int:
        """The position after a closing quote."""
        end = self.text.find(quote, start)
        if end < 0:
            raise _Unsure
        return end + 1

    def dollar(self, *, is_quoted: bool) -> None:
        """A dollar sign and what it opens."""
        text, at = self.text, self.at
        if text.startswith("$((", at):
            self.enter("arithmetic", 3)
        elif text.startswith("$(", at):
            self.enter("$(", 2)
        elif text.startswith("${", at):
            self.enter("${", 2)
        elif not is_quoted and text.startswith("$'", at):
            at += 2
            while at < len(text) and text[at] != "'":
                at += 2 if text[at] == "\\" else 1
            self.at = at + 1
        else:
            self.at = at + 1

    def backquotes(self) -> None:
        """An old-style substitution is kept whole; a heredoc inside makes all uncertain."""
        start = at = self.at + 1
        text, size = self.text, len(self.text)
        while at < size and text[at] != "`":
            at += 2 if text[at] == "\\" else 1
        if at >= size or "<<" in text[start:at] or "\\\n" in text[start:at]:
            raise _Unsure
        self.at = at + 1

    def in_double_quotes(self) -> None:
        """One character in double quotes."""
        character = self.text[self.at]
        if character == "\\":
            self.backslash()
        elif character == '"':
            self.open.pop()
            self.at += 1
        elif character == "$":
            self.dollar(is_quoted=True)
        elif character == "`":
            self.backquotes()
        else:
            self.at += 1

    def in_parameter(self) -> None:
        """One character in `${…}`."""
        character = self.text[self.at]
        if character == "\\":
            self.backslash()
        elif character == "}":
            self.open.pop()
            self.at += 1
        elif character == '"':
            self.enter('"', 1)
        elif character == "'" and '"' not in self.open:
            self.at = self.closing("'", self.at + 1)
        elif character == "$":
            self.dollar(is_quoted=True)
        elif character in "`'":
            raise _Unsure
        else:
            self.at += 1

    def in_arithmetic(self) -> None:
        """One character in `((…))`, where `<<` is a shift."""
        text, at = self.text, self.at
        if text.startswith("))", at):
            self.open.pop()
            self.at = at + 2
        elif text[at] == "(":
            self.enter("arithmetic(", 1)
        elif text[at] == "$":
            self.dollar(is_quoted=False)
        elif text[at] in "\\'\"`":
            raise _Unsure
        elif text.startswith("<<", at):
            shifted = text[at + 2 : at + 8].lstrip("= \t")[:1]
            if not shifted or shifted not in "0123456789$(":  # two subshells and a heredoc, perhaps
                raise _Unsure
            self.at = at + 2
        else:
            self.at = at + 1

    def heredoc(self) -> None:
        """`<<WORD` or `<<-WORD`: a placeholder is left, the body is read at the end of the line."""
        text, at = self.text, self.at
        if text.startswith("<<<", at):
            self.at = at + 3
            return
        if self.open[-1] == "arithmetic(":
            raise _Unsure
        self.keep(at)
        at += 2
        strips_tabs = text.startswith("-", at)
        at += strips_tabs
        while at < len(text) and text[at] in " \t":
            at += 1
        word, is_quoted, at = self.delimiter(at)
        self.pieces.append(f"< {MARK}{len(self.bodies)} ")
        self.pending.append((len(self.bodies), word, is_quoted, strips_tabs))
        self.bodies.append(Heredoc("", is_quoted))
        self.at = self.kept_to = at

    def delimiter(self, at: int) -> tuple[str, bool, int]:
        """The word that ends a body, whether any of it was quoted, and the position after it."""
        text, size = self.text, len(self.text)
        pieces: list[str] = []
        is_quoted = False
        while at < size and text[at] not in _WORD_ENDS:
            character = text[at]
            if character in "'\"":
                end = self.closing(character, at + 1)
                pieces.append(text[at + 1 : end - 1])
                is_quoted, at = True, end
                if character == '"' and "\\" in pieces[-1]:
                    raise _Unsure
                continue
            if character == "\\":
                is_quoted, at = True, at + 1
                character = text[at : at + 1]
            if not character or character in "$`\n":
                raise _Unsure
            pieces.append(character)
            at += 1
        if not pieces:
            raise _Unsure
        return "".join(pieces), is_quoted, at

    def read_bodies(self) -> None:
        """The bodies of all heredocs of the line that ends here."""
        text = self.text
        for number, word, is_quoted, strips_tabs in self.pending:
            lines: list[str] = []
            while True:
                if self.at >= len(text):
                    if len(self.open) > 1:
                        raise _Unsure
                    break  # bash takes what there is, with a warning
                end = text.find("\n", self.at)
                end = len(text) if end < 0 else end
                line = text[self.at : end]
                if strips_tabs:
                    line = line.lstrip("\t")
                self.at = min(end + 1, len(text))
                if line == word:
                    break
                lines.append(line + "\n")
            self.bodies[number] = Heredoc("".join(lines), is_quoted)
        self.pending = []
        self.kept_to = self.at
