"""One shell word from its source text: quotes, escapes, `$'…'`, braces, tildes, and what is computed.

The parser says where a word lies and where its substitutions begin and end; what the word means is
decided here, so that both ways of reading a line agree on every character.

Source: https://www.gnu.org/software/bash/manual/bash.html#Quoting (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Part, Word
from agentic.recognize.shell.output import unescaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Words that one brace expansion may make; beyond it the word counts as computed.
MAX_BRACE_WORDS = 64
#: Pieces of a word whose braces are expanded.
MAX_BRACE_PARTS = 200
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
_NAME = frozenset(_LETTERS + "0123456789")
_SPECIAL_PARAMETERS = frozenset("?$!#@*-0123456789")


class Span(NamedTuple):
    """A computed stretch of the source: `kind` is a Part's kind, `name` a substitution's number."""

    end: int
    kind: str
    name: str = ""


def decoded(
    source: str,
    start: int,
    end: int,
    spans: Mapping[int, Span],
    *,
    is_assignment: bool = False,
    is_heredoc: bool = False,
) -> tuple[Word, ...]:
    """The word, or words where braces expand, that a stretch of source stands for."""
    reader = _Reader(source, start, end, spans)
    if is_heredoc:
        reader.quoted(start, "")
    else:
        reader.read(is_assignment=is_assignment)
    shown = source[start:end]
    if reader.has_braces and not is_assignment:
        found = _braces_expanded(reader.parts)
        if found is None:
            return (Word(shown, literal=False, parts=(Part("computed", shown),)),)
        kept = [parts for parts in found if any(part.text or part.quoted for part in parts)]
        return tuple([_word(parts, shown) for parts in kept]) or (Word(""),)
    return (_word(reader.parts, shown, is_assignment=is_assignment),)


def _word(parts: list[Part], shown: str, *, is_assignment: bool = False) -> Word:
    """The parts as one word: literal where nothing of it is computed."""
    glob = not is_assignment and any(part.name == "glob" for part in parts)
    if all(part.kind == "text" for part in parts):
        text = "".join([part.text for part in parts])
        glob = glob and text != "["
        return Word(text, literal=not glob, glob=glob)
    plain = tuple(
        [part._replace(name="") if part.kind == "text" else part for part in parts if part.text]
    )
    return Word(
        "".join([part.text for part in plain]) or shown, literal=False, glob=glob, parts=plain
    )


class _Reader:
    """Reads one word into parts; `is_uncertain` when the parser did not see what stands here."""

    def __init__(self, source: str, start: int, end: int, spans: Mapping[int, Span]) -> None:
        self.source = source
        self.at = start
        self.start = start
        self.end = end
        self.spans = spans
        self.parts: list[Part] = []
        self.has_braces = False

    def text(self, piece: str, name: str = "", *, quoted: bool = False) -> None:
        """Add literal text."""
        self.parts.append(Part("text", piece, name, quoted))

    def read(self, *, is_assignment: bool) -> None:
        """Read unquoted text to the end."""
        source = self.source
        if source.startswith("~", self.at):
            self.tilde()
        while self.at < self.end:
            character = source[self.at]
            if self.at in self.spans:
                self.span(quoted=False)
            elif character == "'":
                close = source.find("'", self.at + 1)
                close = self.end if close < 0 else close
                self.text(source[self.at + 1 : close], quoted=True)
                self.at = close + 1
            elif character == '"':
                self.at = self.quoted(self.at + 1, '"')
            elif character == "\\":
                following = source[self.at + 1 : self.at + 2]
                if following != "\n":
                    self.text(following or "\\", quoted=True)
                self.at += 2
            elif character == "$":
                self.dollar()
            elif character in "*?[":
                self.text(character, "" if is_assignment else "glob")
                self.at += 1
            elif character in "{,}":
                self.brace(character)
            elif character in "`()<>":
                self.parts.append(Part("computed", character))
                self.at += 1
            else:
                self.plain()

    def plain(self) -> None:
        """A stretch without meaning to the shell."""
        at = self.at
        while at < self.end and self.source[at] not in "'\"\\$*?[{,}`()<>" and at not in self.spans:
            at += 1
        self.text(self.source[self.at : at])
        self.at = at

    def brace(self, character: str) -> None:
        """A character that may belong to a brace expansion."""
        if self.source.startswith("{}", self.at):
            self.text("{}")
            self.at += 2
            return
        self.has_braces = self.has_braces or character == "{"
        self.text(character, "brace")
        self.at += 1

    def tilde(self) -> None:
        """`~/x` stays as it is; `~user` is that user's home; `~+` and `~-` are folders of the shell."""
        at = self.at + 1
        while at < self.end and self.source[at] not in "/'\"\\$*?[{,}`:":
            at += 1
        user = self.source[self.at + 1 : at]
        is_whole = at == self.end or self.source[at] in "/:"
        if not user or not is_whole:
            self.text("~")
            self.at += 1
            return
        names = {"+": "PWD", "-": "OLDPWD"}
        if user in names:
            self.parts.append(Part("variable", "~" + user, names[user], quoted=True))
        else:
            self.parts.append(Part("home", "~" + user, user, quoted=True))
        self.at = at

    def span(self, *, quoted: bool) -> None:
        """A stretch that the parser has found to be computed."""
        span = self.spans[self.at]
        shown = self.source[self.at : span.end]
        if span.kind == "expansion":
            self.parts.append(parameter_part(shown, quoted=quoted))
        else:
            self.parts.append(Part(span.kind, shown, span.name, quoted))
        self.at = span.end

    def dollar(self) -> None:
        """A dollar sign outside double quotes that the parser says nothing about."""
        source, at = self.source, self.at
        following = source[at + 1 : at + 2]
        if following == "'":
            self.ansi(at + 2)
        elif following == '"':
            self.at = at + 1
        else:
            self.named(quoted=False)

    def named(self, *, quoted: bool) -> None:
        """`$NAME` that the parser did not mark, or a dollar sign on its own."""
        source, at = self.source, self.at
        following = source[at + 1 : at + 2]
        end = at + 1
        if following and following in _SPECIAL_PARAMETERS:
            end += 1
        else:
            while end < self.end and source[end] in _NAME:
                end += 1
        if end > at + 1:
            self.parts.append(Part("variable", source[at:end], source[at + 1 : end], quoted))
        elif following and following in "({[":
            self.parts.append(Part("computed", "$"))
        else:
            self.text("$", quoted=quoted)
        self.at = end

    def ansi(self, start: int) -> None:
        """`$'…'` decoded."""
        source, at = self.source, start
        while at < self.end and source[at] != "'":
            at += 2 if source[at] == "\\" else 1
        raw = source[start:at]
        if "\\c" in raw:
            self.parts.append(Part("computed", source[start - 2 : at + 1]))
        else:
            self.text(unescaped(raw)[0].partition("\0")[0], quoted=True)
        self.at = at + 1

    def quoted(self, start: int, close: str) -> int:
        """Read double-quoted text, or a heredoc's body where `close` is empty."""
        source, at = self.source, start
        special = '"\\$`' if close else "\\$`"
        while at < self.end:
            if at in self.spans:
                self.at = at
                self.span(quoted=True)
                at = self.at
                continue
            character = source[at]
            if close and character == close:
                self.text("", quoted=True)
                return at + 1
            if character == "\\":
                following = source[at + 1 : at + 2]
                if following == "\n":
                    pass
                elif following and following in special:
                    self.text(following, quoted=True)
                else:
                    self.text("\\" + following, quoted=True)
                at += 2
            elif character == "$":
                self.at = at
                self.named(quoted=True)
                at = self.at
            elif character == "`":
                self.parts.append(Part("computed", character))
                at += 1
            else:
                begin = at
                while at < self.end and source[at] not in special and at not in self.spans:
                    at += 1
                self.text(source[begin:at], quoted=True)
        return at


def parameter_part(shown: str, *, quoted: bool) -> Part:
    """`$NAME` or `${…}` as a part; what cannot be filled in is `computed`."""
    inner = shown[2:-1] if shown.startswith("${") else shown[1:]
    end = 0
    while end < len(inner) and inner[end] in _NAME:
        end += 1
    name, rest = inner[:end], inner[end:]
    if not name:
        if inner in _SPECIAL_PARAMETERS:
            return Part("variable", shown, inner, quoted)
        return Part("number" if inner.startswith("#") else "computed", shown, "", quoted)
    if name == "BASH_SOURCE" and rest in {"", "[0]"}:
        return Part("variable", shown, "0", quoted)
    if rest in {"[@]", "[*]"}:
        return Part("variable", shown, name + "[@]", quoted)
    if not rest or rest.startswith((":?", "?")):
        return Part("variable", shown, name, quoted)
    for operator in (":-", ":=", "-", "="):
        if rest.startswith(operator):
            default = rest[len(operator) :]
            if len(default) > 1 and default[0] == default[-1] and default[0] in "'\"":
                default = default[1:-1]
            if not any(character in default for character in "$`\\'\""):
                return Part("variable", shown, name, quoted, default)
    return Part("computed", shown, "", quoted)


def _braces_expanded(parts: list[Part]) -> list[list[Part]] | None:
    """Every word that the braces among these parts make; None where they are too many."""
    if len(parts) > MAX_BRACE_PARTS:
        return None
    opened = next(
        (i for i, part in enumerate(parts) if part.name == "brace" and part.text == "{"), -1
    )
    if opened < 0:
        return [parts]
    depth, commas, close = 0, [], -1
    for index in range(opened, len(parts)):
        if parts[index].name != "brace":
            continue
        text = parts[index].text
        depth += (text == "{") - (text == "}")
        if text == "," and depth == 1:
            commas.append(index)
        if depth == 0:
            close = index
            break
    if close < 0:
        after = _braces_expanded(parts[opened + 1 :])
        literal = Part("text", "{")
        return None if after is None else [[*parts[:opened], literal, *rest] for rest in after]
    choices = _choices(parts, opened, commas, close)
    endings = _braces_expanded(parts[close + 1 :])
    if choices is None or endings is None or len(choices) * len(endings) > MAX_BRACE_WORDS:
        return None
    return [[*parts[:opened], *choice, *ending] for choice in choices for ending in endings]


def _choices(
    parts: list[Part], opened: int, commas: list[int], close: int
) -> list[list[Part]] | None:
    """What stands between one pair of braces, choice by choice."""
    if not commas:
        inner = parts[opened + 1 : close]
        if all(part.kind == "text" and not part.quoted for part in inner):
            found = _range("".join([part.text for part in inner]))
            if found is None:
                return None
            if found:
                return [[Part("text", text)] for text in found]
        nested = _braces_expanded(inner)
        if nested is None:
            return None
        return [[Part("text", "{"), *choice, Part("text", "}")] for choice in nested]
    choices: list[list[Part]] = []
    bounds = [opened, *commas, close]
    for first, last in zip(bounds, bounds[1:], strict=False):
        nested = _braces_expanded(parts[first + 1 : last])
        if nested is None:
            return None
        choices.extend(nested)
        if len(choices) > MAX_BRACE_WORDS:
            return None
    return choices


def _range(text: str) -> list[str] | None:
    """The members of `1..3` or `a..e`; empty when it is no range, None when it is too long."""
    ends = text.split("..")
    if len(ends) not in {2, 3}:
        return []
    first, last = ends[0], ends[1]
    step_text = ends[2] if len(ends) == 3 else "1"
    if not step_text.lstrip("-").isdecimal() or len(step_text) > 6:
        return []
    step = abs(int(step_text)) or 1
    if len(first) == len(last) == 1 and first.isalpha() and last.isalpha():
        low, high, width = ord(first), ord(last), -1
    elif first.lstrip("-").isdecimal() and last.lstrip("-").isdecimal() and len(text) < 40:
        low, high = int(first), int(last)
        is_padded = any(end.lstrip("-").startswith("0") and len(end) > 1 for end in (first, last))
        width = max(len(first), len(last)) if is_padded else 0
    else:
        return []
    if abs(high - low) // step >= MAX_BRACE_WORDS:
        return None
    numbers = range(low, high + 1, step) if low <= high else range(low, high - 1, -step)
    return [chr(number) if width < 0 else str(number).zfill(width) for number in numbers]
