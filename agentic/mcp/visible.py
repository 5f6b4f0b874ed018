"""Text of other people's servers, before a person or a model reads it: what is hidden, what commands.

Pure: text in, text and names out. Finding something here only ever adds a mark. Not finding anything
clears nothing: words that persuade a model cannot be listed, so an unmarked text is still not trusted.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, NamedTuple

#: Unicode categories without a shape of their own: control, format, surrogate, private, unassigned.
_SHAPELESS = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
#: Shapeless, but ordinary in text.
_ORDINARY = frozenset("\n\t\r")
#: Drawn as nothing although they count as letters or marks: Hangul fillers, Khmer vowels, blanks.
_BLANKS = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\u034f")

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u180e")

#: What a text to a model looks like: how it is called in front of a person, the small letters of which a text
#: must hold one before the pattern is worth its time, and the pattern.
_CLASSES: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (name, tuple(needs.split(",")), re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for name, needs, pattern in (
        (
            "asks to set other instructions aside",
            "ignore,disregard,forget,override,bypass",
            (
                r"\b(ignore|disregard|forget|override|bypass)\b.{0,40}"
                r"\b(previous|prior|earlier|above|other|all|any|your|system|user|safety)\b.{0,30}"
                r"\b(instruction|prompt|rule|guideline|message|polic|direction)"
            ),
        ),
        (
            "speaks as the system",
            "<,[inst,[/inst,system,assistant",
            (
                r"<\s*/?\s*(system|important|instructions?|secret|admin|assistant|user)\s*>|\[/?INST\]"
                r"|<\|[a-z_]{2,20}\|>|(^|\n)[ \t]{0,8}#{0,4}[ \t]{0,8}(system|assistant)( prompt| message)?:"
            ),
        ),
        (
            "asks to hide something from the person",
            "do not,don't,dont,never,without",
            (
                r"\b(do not|don'?t|never|without)\b.{0,30}"
                r"\b(tell|mention|inform|reveal|show|notify|alert|telling|mentioning|informing|asking)\b.{0,40}"
                r"\b(user|human|person|anyone|them|operator)"
            ),
        ),
        (
            "asks for secrets or private files",
            ".ssh,id_,.env,.aws,.netrc,.kube,mcp.json,/etc/,key,token,credential,password,environment var",
            (
                r"\b(read|open|cat|fetch|include|send|pass|provide|attach|load|copy|get|extract|print)\b.{0,60}"
                r"(\.ssh\b|id_rsa|id_ed25519|\.env\b|\.aws\b|\.netrc|\.kube\b|mcp\.json|/etc/passwd"
                r"|api[ _-]?keys?|access[ _-]?tokens?|credentials?\b|passwords?\b|private[ _-]?keys?"
                r"|environment variables)"
            ),
        ),
        (
            "orders one call before or after another",
            "before,after,whenever,every time,each time,prior to",
            (
                r"\b(before|after|whenever|every time|each time|prior to)\b.{0,50}"
                r"\b(using|calling|call|invok\w{1,4}|use|run|running|respond\w{0,4}|answer\w{0,4})\b.{0,80}"
                r"\b(must|always|first|also|need to|have to|require)"
            ),
        ),
        (
            "is about other tools",
            "instead of,rather than,do not use,don't use,dont use,never use,in place of",
            (
                r"\b(instead of|rather than|do not use|don'?t use|never use|in place of)\b.{0,40}"
                r"\b(tool|tools|function|server)\b"
            ),
        ),
        (
            "changes who the model is",
            "you are now,you must act as,from now on,new instruction,your new",
            (
                r"\b(you are now|you must act as|from now on,? you|new instructions?:"
                r"|your new (role|task|goal))"
            ),
        ),
        (
            "sends data elsewhere",
            "http,to the,@",
            (
                r"\b(send|post|upload|forward|exfiltrat\w{1,5}|submit|bcc|email)\b.{0,60}"
                r"(https?://|\bto the (url|address|endpoint|server)\b|[\w.+-]{1,64}@[\w-]{1,64}\.\w)"
            ),
        ),
    )
)
#: A pattern looks at this much of a text at most, from its beginning; longer text is told as such.
MOST_CHARACTERS = 200_000


class Marks(NamedTuple):
    """What was found in a text: kinds of hidden characters, kinds of instructions to a model."""

    hidden: tuple[str, ...]
    instructions: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Both kinds, as words for a person."""
        return (*(f"holds {name}" for name in self.hidden), *self.instructions)


def visible(text: str, limit: int = 0) -> str:
    """The text without characters that cannot be seen or that move others; cut to `limit` if given.

    Line breaks and tabs stay. A stripped character leaves nothing behind.
    """
    shown = text if text.isascii() and text.isprintable() else "".join(filter(_is_visible, text))
    return shown if not limit or len(shown) <= limit else shown[: limit - 1] + "…"


def visible_line(text: str, limit: int = 0) -> str:
    """As `visible`, on one line."""
    return visible(" ".join(visible(text).split()), limit)


def _is_visible(character: str) -> bool:
    if character in _ORDINARY:
        return True
    return character not in _BLANKS and unicodedata.category(character) not in _SHAPELESS


def mixes_alphabets(name: str) -> bool:
    """Whether a name holds letters of ASCII and letters of elsewhere, as one that poses as another does."""
    letters = [c for c in name.partition(":")[2] or name if c.isalpha()]
    return len({c.isascii() for c in letters}) > 1


def hidden_in(text: str) -> tuple[str, ...]:
    """The kinds of characters in a text that a person would not see, sorted."""
    if text.isascii() and text.isprintable():
        return ()
    return tuple(sorted({_hidden_kind(c) for c in set(text) if not _is_visible(c)}))


def _hidden_kind(character: str) -> str:
    if character in _BIDI:
        return "characters that turn the direction of text"
    if character in _ZERO_WIDTH:
        return "zero-width characters"
    if "\U000e0000" <= character <= "\U000e007f":
        return "tag characters"
    if character in _BLANKS:
        return "letters that are drawn as nothing"
    return "control characters"


def instructions_in(text: str) -> tuple[str, ...]:
    """The kinds of instructions to a model that a text seems to hold."""
    # What stands between invisible characters is read as the model may read it: without them.
    read = visible(text[:MOST_CHARACTERS])
    if not read.isascii():
        read = unicodedata.normalize("NFKC", read).replace("\u2019", "'")
    small = read.lower()
    found = tuple(
        name
        for name, needs, pattern in _CLASSES
        if any(need in small for need in needs) and pattern.search(read)
    )
    return found if len(text) <= MOST_CHARACTERS else (*found, "is too long to be read whole")


def marks_of(value: Any) -> Marks:
    """The marks of every text in a JSON value, names of members included."""
    text = "\n".join(texts_in(value))
    return Marks(hidden_in(text), instructions_in(text))


def texts_in(value: Any) -> list[str]:
    """Every text in a JSON value, names of members included, in order."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            waiting.extend(reversed([part for pair in item.items() for part in pair]))
        elif isinstance(item, list | tuple):
            waiting.extend(reversed(item))
    return found
