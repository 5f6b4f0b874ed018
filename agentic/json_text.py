"""JSON text edited in place: what is not ours keeps every byte of its formatting and order.

`parsed` gives the values of a strict JSON text with their positions; the edits return new text. A
host's settings file belongs to its user, who keeps it in a dotfiles repository and reads its diffs. A text
with comments and trailing commas is read through `without_comments`, in which every position is the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agentic.core.native import parse_json

_BLANK = " \t\r\n"
_DEFAULT_UNIT = "  "
_STRING = r'"(?:[^"\\]|\\.)*"?'
_COMMENT = re.compile(_STRING + r"|//[^\r\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_TRAILING_COMMA = re.compile(_STRING + r"|,(?=[ \t\r\n]*[}\]])", re.DOTALL)


@dataclass(frozen=True)
class Node:
    """A value and the span of its text; `members` of an object are (key, span start, value)."""

    start: int
    end: int
    value: Any
    members: tuple[tuple[str, int, Node], ...] = ()
    items: tuple[Node, ...] = field(default=())

    def member(self, key: str) -> Node | None:
        """The value of one key of an object, or None."""
        return next((node for name, _, node in self.members if name == key), None)


def parsed(text: str, what: str) -> Node:
    """The value of a JSON text with positions. Raises InvalidDocument, `where` is line:column."""
    parse_json(text, what=what)  # strict: no duplicate keys, nothing behind the value
    return _value(text, _skipped(text, 0))


def _value(text: str, start: int) -> Node:
    if text[start] == "{":
        return _object(text, start)
    if text[start] == "[":
        return _array(text, start)
    value, end = json.JSONDecoder().raw_decode(text, start)
    return Node(start, end, value)


def _object(text: str, start: int) -> Node:
    members: list[tuple[str, int, Node]] = []
    at = _skipped(text, start + 1)
    while text[at] != "}":
        key, after = json.JSONDecoder().raw_decode(text, at)
        node = _value(text, _skipped(text, _skipped(text, after) + 1))
        members.append((key, at, node))
        at = _skipped(text, node.end)
        if text[at] == ",":
            at = _skipped(text, at + 1)
    return Node(start, at + 1, {key: node.value for key, _, node in members}, tuple(members))


def _array(text: str, start: int) -> Node:
    items: list[Node] = []
    at = _skipped(text, start + 1)
    while text[at] != "]":
        node = _value(text, at)
        items.append(node)
        at = _skipped(text, node.end)
        if text[at] == ",":
            at = _skipped(text, at + 1)
    return Node(start, at + 1, [node.value for node in items], (), tuple(items))


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


# --- comments


def without_comments(text: str) -> str:
    """The same text with blanks in place of `//` and `/* */` comments and of trailing commas.

    It is as long as it was and has the same lines, so that positions in it are positions in the original.
    What stands in strings stays.
    """
    return _TRAILING_COMMA.sub(_blanked, _COMMENT.sub(_blanked, text))


def _blanked(found: re.Match[str]) -> str:
    piece = found[0]
    if piece.startswith('"'):
        return piece
    return "".join(c if c in "\r\n" else " " for c in piece)


# --- edits


def with_value(text: str, keys: Sequence[str | int], value: Any) -> str:
    """The text with another value in the place that `keys` lead to; comments are kept.

    Raises KeyError where there is none, InvalidDocument for what is not JSON even without its comments.
    """
    node = parsed(without_comments(text), "the text")
    for key in keys:
        node = _child(node, key)
    shown = json.dumps(value, ensure_ascii=False)
    return text[: node.start] + shown + text[node.end :]


def with_appended(text: str, keys: Sequence[str], element: Any) -> str:
    """The text with `element` as last item of the array at `keys`; missing parents are made.

    The keys on the way must lead through objects to an array where they exist (the caller checks).
    """
    node = parsed(without_comments(text), "the text")
    for depth, key in enumerate(keys):
        child = node.member(key)
        if child is None:
            value: Any = [element]
            for missing in reversed(keys[depth + 1 :]):
                value = {missing: value}
            return _with_child(text, node, value, key)
        node = child
    return _with_child(text, node, element, None)


def with_member(text: str, key: str, value: Any, inside: Sequence[str | int] = ()) -> str:
    """The text with one more member at the end of the object that `inside` leads to; comments are kept.

    Raises KeyError where that leads nowhere.
    """
    node = parsed(without_comments(text), "the text")
    for step in inside:
        node = _child(node, step)
    return _with_child(text, node, value, key)


def _with_child(text: str, node: Node, value: Any, key: str | None) -> str:
    """The text with one more child at the end of an object (`key`) or an array."""
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text)
    children = [start for _, start, _ in node.members] or [item.start for item in node.items]
    ends = [child.end for _, _, child in node.members] or [item.end for item in node.items]
    is_inline = bool(children) and "\n" not in text[node.start : children[0]]
    if is_inline:
        tight = ", " not in text and '": ' not in text
        shown = json.dumps(value, ensure_ascii=False, separators=(",", ":") if tight else None)
        label = (
            "" if key is None else json.dumps(key, ensure_ascii=False) + (":" if tight else ": ")
        )
        return text[: ends[-1]] + ("," if tight else ", ") + label + shown + text[ends[-1] :]
    outer = _indent_of_line(text, node.start)
    inner = _indent_of_line(text, children[0]) if children else outer + unit
    shown = json.dumps(value, ensure_ascii=False, indent=unit).replace("\n", newline + inner)
    label = "" if key is None else json.dumps(key, ensure_ascii=False) + ": "
    if children:
        noted = _end_of_note(text, ends[-1], node.end - 1)
        note = _without_comma(text[ends[-1] : noted])
        return f"{text[: ends[-1]]},{note}{newline}{inner}{label}{shown}{text[noted:]}"
    opening = text[: node.start + 1] + _notes(text[node.start + 1 : node.end - 1]).rstrip()
    return f"{opening}{newline}{inner}{label}{shown}{newline}{outer}{text[node.end - 1 :]}"


def _end_of_note(text: str, at: int, stop: int) -> int:
    """Where the comment ends that stands behind a value on its line; `at` where there is none."""
    end = text.find("\n", at, stop)
    line = text[at : stop if end < 0 else end].rstrip("\r")
    return at + len(line) if "//" in line or line.rstrip().endswith("*/") else at


def _notes(gap: str) -> str:
    """What stands between values (blanks, a comma, comments) without the comma; nothing without comments."""
    return _without_comma(gap) if "/" in gap else ""


def _without_comma(gap: str) -> str:
    """The gap without its first comma outside comments."""
    at = _COMMENT.sub(_blanked, gap).find(",")
    return gap if at < 0 else gap[:at] + gap[at + 1 :]


def _unit(text: str) -> str:
    """The indentation that the text uses for its first level, or two blanks."""
    for line in text.splitlines():
        stripped = line.lstrip(" \t")
        if stripped and stripped != line:
            return line[: len(line) - len(stripped)]
    return _DEFAULT_UNIT


def _indent_of_line(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    line = text[start:at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def without_item(text: str, keys: Sequence[str | int]) -> str:
    """The text without the member or item that `keys` lead to, and without its comma."""
    node = parsed(without_comments(text), "the text")
    for key in keys[:-1]:
        node = _child(node, key)
    last = keys[-1]
    if isinstance(last, int):
        spans = [(item.start, item.end) for item in node.items]
        position = last
    else:
        spans = [(start, child.end) for _, start, child in node.members]
        position = [name for name, _, _ in node.members].index(last)
    start, end = spans[position]
    if len(spans) == 1:
        rest = _notes(text[node.start + 1 : start]) + _notes(text[end : node.end - 1])
        return text[: node.start + 1] + rest + text[node.end - 1 :]
    if position == 0:
        return text[:start] + _notes(text[end : spans[1][0]]).lstrip() + text[spans[1][0] :]
    before = spans[position - 1][1]
    return text[:before] + _notes(text[before:start]) + text[end:]


def _child(node: Node, key: str | int) -> Node:
    found = node.items[key] if isinstance(key, int) else node.member(key)
    if found is None:
        raise KeyError(key)
    return found
