"""What is wrong with a text that agents will read: hidden characters, credentials, run-on-load marks.

In: a body and how messages call its file. Out: diagnostics with line and column. Also the headings of a
Markdown page and its fenced blocks, which other judgements need.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from agentic.errors import Diagnostic, quoted
from agentic.recognize.credentials import find_credentials
from agentic.recognize.secret_prefilter import may_hold_secret

#: Categories of characters that a reader cannot see and a model can.
_HIDDEN = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))
#: Letters that show as nothing: fillers of Hangul and Braille, and the joiner of Mongolian.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0"
_SELECTORS = range(0xE0100, 0xE01F0)
#: What needs a second look: nearly every text is plain ASCII.
_UNUSUAL = re.compile(r"[^\n\t\x20-\x7e]")

#: What a host would run or read in while it loads the file, before any tool call could be judged.
#: Sources: https://code.claude.com/docs/en/skills (``!`command` ``),
#: https://geminicli.com/docs/cli/custom-commands (`!{command}`, `@{file}`) (checked 2026-11-21)
_RUNS = re.compile(r"(?:^|(?<=\s))!`|!\{|@\{|^```!", re.MULTILINE)

#: The marks with which Windsurf and its kin run the next command, or all of a file, unasked.
TURBO = re.compile(r"^[ \t>*+-]*(?:<!--\s*)?//\s*(turbo(?:-all)?)\b.*$", re.MULTILINE)

_FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n`]*$")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*$")


class Block(NamedTuple):
    """A fenced block: its language, its text, and the number of its opening and closing line (1-based)."""

    language: str
    text: str
    start: int
    end: int


def normalised(data: bytes) -> str:
    """A body's text with Unix line ends and one at the end. Raises UnicodeDecodeError."""
    return unix_text(data).strip("\n") + "\n"


def unix_text(data: bytes) -> str:
    """A file's text without byte order mark and with Unix line ends. Raises UnicodeDecodeError."""
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def text_problems(text: str, name: str) -> Iterator[Diagnostic]:
    """Everything in a text that must not be given to an agent."""
    yield from _hidden(text, name)
    yield from _credentials(text, name)
    for found in _RUNS.finditer(text):
        yield Diagnostic(
            "instructions.runs-on-load",
            f"{quoted(found[0].strip())} makes some hosts run or read something while they load the file",
            place(text, found.start(), name),
            "write the command in a fenced block, so that running it is a tool call that is judged",
        )


def _hidden(text: str, name: str) -> Iterator[Diagnostic]:
    for found in _UNUSUAL.finditer(text):
        at, character = found.start(), found[0]
        code = ord(character)
        if unicodedata.category(character) in _HIDDEN or character in _BLANK or code in _SELECTORS:
            told = unicodedata.name(character, "a control character").lower()
            yield Diagnostic(
                "instructions.hidden-character",
                f"U+{code:04X} ({told}) cannot be seen by whoever reviews this",
                place(text, at, name),
                "delete it; a model would read what people cannot",
            )
            return  # one says enough: such texts hold hundreds


def _credentials(text: str, name: str) -> Iterator[Diagnostic]:
    if not may_hold_secret(text):
        return
    for kind, start, _ in find_credentials(text):
        yield Diagnostic(
            "instructions.secret",
            f"this looks like a credential ({kind})",
            place(text, start, name),
            "name the variable that holds it, like `$PROMETHEUS_TOKEN`, and rotate it if it was real",
        )


def place(text: str, at: int, name: str) -> str:
    """`file:line:column` of an offset."""
    line = text.count("\n", 0, at) + 1
    return f"{name}:{line}:{at - text.rfind(chr(10), 0, at)}"


def headings(text: str) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them; a repeated one gets `-1`, `-2`."""
    seen: dict[str, int] = {}
    found: set[str] = set()
    for line in outside_blocks(text):
        heading = _HEADING.match(line)
        if heading:
            slug = anchor(heading[1])
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            found.add(f"{slug}-{count}" if count else slug)
    return frozenset(found)


def anchor(heading: str) -> str:
    """A heading's anchor: small letters, blanks to hyphens, punctuation gone."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return kept.strip().replace(" ", "-")


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order; one without an end reaches to the last line."""
    found: list[Block] = []
    opened: tuple[str, str, int] | None = None
    held: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if opened is None and fence:
            opened, held = (fence[2], fence[3].lower(), number), []
        elif opened is not None and fence and not fence[3] and fence[2].startswith(opened[0]):
            found.append(Block(opened[1], "\n".join(held), opened[2], number))
            opened = None
        elif opened is not None:
            held.append(line)
    if opened is not None:
        found.append(Block(opened[1], "\n".join(held), opened[2], len(lines)))
    return found


def outside_blocks(text: str) -> list[str]:
    """A page's lines without those of fenced blocks."""
    inside: set[int] = set()
    for block in blocks(text):
        inside.update(range(block.start, block.end + 1))
    return [line for number, line in enumerate(text.split("\n"), 1) if number not in inside]


#: What a fenced block of commands may call itself.
SHELLS = frozenset(("", "bash", "sh", "shell", "zsh", "console"))


def commands(block: Block) -> str:
    """The commands of a block: a transcript's prompts and outputs taken off; empty when it is no shell."""
    if block.language not in SHELLS:
        return ""
    lines = block.text.split("\n")
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    return "\n".join(lines).strip()


_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def parted(text: str) -> tuple[str, str]:
    """(front matter without its fences or empty, the rest) of a Markdown file."""
    found = _FRONT.match(text)
    return (found[1], text[found.end() :].lstrip("\n")) if found else ("", text)


def is_copy(text: str, body: str) -> bool:
    """Whether a file says what a body says: most lines of each stand in the other."""
    mine, theirs = (_telling_lines(each) for each in (parted(text)[1], body))
    if len(theirs) < 3 or len(mine) < 3:
        return bool(mine) and mine == theirs
    both = len(mine & theirs)
    return both >= 0.8 * len(theirs) and both >= 0.6 * len(mine)


def is_held_in(text: str, page: str) -> bool:
    """Whether nearly all that a file says stands in a page."""
    mine = _telling_lines(parted(text)[1])
    return bool(mine) and len(mine & _telling_lines(page)) >= 0.9 * len(mine)


def _telling_lines(text: str) -> set[str]:
    lines = (" ".join(line.split()).lower() for line in _COMMENT.sub("", text).split("\n"))
    return {line for line in lines if line.strip("#-*_`=| ")}
