"""What does not fit into a record, made to fit: heads, sizes and digests instead of long texts.

Loaded only for a record with a long text in it; `agentic.audit.record.prepared` says in which order
things give way.
"""

from __future__ import annotations

from agentic.audit.record import MAX_FIELD_BYTES, MAX_LINE_BYTES, line_size
from agentic.core.canonical import canonical
from agentic.core.native import sha256_hex
from agentic.errors import AgenticError
from agentic.recognize.secret_prefilter import may_hold_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.audit.record import KeyOf

#: A secret that begins before the cut is still seen whole this far behind it.
_MARGIN_CHARACTERS = 4_096
_LONG_TEXT = 512
_MOST_MEMBERS = 40
_FEWEST_MEMBERS = 12
_SHORTEST_TEXT_BYTES = 48


def bounded(value: Any, text: str, key_of: KeyOf | None, names: set[str]) -> Any:
    """A value with its long texts cut to heads, the longest heads that fit; else one head of it."""
    long_texts = _long_texts_in(value)
    for head_characters in (1_024, 256, 64):
        if long_texts * (head_characters + 100) <= MAX_FIELD_BYTES:
            shorter = _with_short_texts(value, head_characters, key_of, names)
            if len(canonical(shorter)) <= MAX_FIELD_BYTES:
                return shorter
    return _head_of(text, 1_024, key_of, names)


def _long_texts_in(value: Any) -> int:
    if isinstance(value, str):
        return len(value) > _LONG_TEXT
    if isinstance(value, dict):
        return sum([_long_texts_in(item) for item in value.values()])
    return sum([_long_texts_in(item) for item in value]) if isinstance(value, list) else 0


def _with_short_texts(
    value: Any, head_characters: int, key_of: KeyOf | None, names: set[str]
) -> Any:
    if isinstance(value, str):
        is_long = len(value) > max(head_characters, _LONG_TEXT)
        return _head_of(value, head_characters, key_of, names) if is_long else value
    if isinstance(value, dict):
        return {
            name: _with_short_texts(item, head_characters, key_of, names)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_with_short_texts(item, head_characters, key_of, names) for item in value]
    return value


def _head_of(
    text: str, head_characters: int, key_of: KeyOf | None, names: set[str]
) -> dict[str, Any]:
    """A long text as its redacted beginning, its size and the digest of all its bytes."""
    data = text.encode("utf-8", "surrogatepass")
    head = beginning_of(text, head_characters, key_of, names)
    return {"$head": head, "size_bytes": len(data), "sha256": sha256_hex(data)}


def beginning_of(text: str, limit: int, key_of: KeyOf | None, names: set[str]) -> str:
    """The beginning of a text without its secrets, also without one that the cut would halve."""
    window = text[: limit + _MARGIN_CHARACTERS]
    if may_hold_secret(window):
        from agentic.audit.redact import redact

        window, found = redact(window, key_of)
        names.update(found)
    return window[:limit]


def shrunk(
    header: dict[str, Any], texts: dict[str, str], cut: list[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What still does not fit gives way step by step, the least telling first."""
    header, texts = dict(header), dict(texts)
    for step in (_shorten_explanations, _shorten_lists, _shorten_everything):
        step(header, texts, cut)
        if line_size(canonical(header).decode(), texts) <= MAX_LINE_BYTES:
            return header, texts
    raise AgenticError("record.size", "a record has too many fields to stay under 16 KiB")


def _shorten_explanations(header: dict[str, Any], texts: dict[str, str], cut: list[str]) -> None:
    for name in ("reasons", "input", "targets"):
        _shorten_field(texts, name, 2_000, cut)


def _shorten_lists(header: dict[str, Any], texts: dict[str, str], cut: list[str]) -> None:
    header["operations"] = len(header.get("kinds", ()))
    for name, value in header.items():
        if isinstance(value, list) and len(value) > _MOST_MEMBERS:
            header[name] = value[:_MOST_MEMBERS]
            cut.append(name)


def _shorten_everything(header: dict[str, Any], texts: dict[str, str], cut: list[str]) -> None:
    for name in texts:
        _shorten_field(texts, name, 300, cut)
    for name, value in header.items():
        short = _short_value(value)
        if short != value:
            header[name] = short
            cut.append(name)


def _shorten_field(texts: dict[str, str], name: str, limit_bytes: int, cut: list[str]) -> None:
    """A sensitive field over the limit becomes the head, size and digest of its own JSON text."""
    text = texts.get(name, "")
    if len(text.encode()) > limit_bytes:
        # a quarter: one character may take four bytes, and quotes are escaped once more
        head = {"$head": text[: limit_bytes // 4]}
        data = text.encode()
        texts[name] = canonical(
            {**head, "size_bytes": len(data), "sha256": sha256_hex(data)}
        ).decode()
        cut.append(name)


def _short_value(value: Any) -> Any:
    if isinstance(value, str):
        short = value[:_SHORTEST_TEXT_BYTES]
        while len(canonical(short)) > _SHORTEST_TEXT_BYTES + 2:
            short = short[: len(short) * 3 // 4]
        # A digest is worth more whole than any other text, and is short enough.
        return value if len(value) == 64 and value.isalnum() and value.isascii() else short
    if isinstance(value, list):
        return [_short_value(item) for item in value[:_FEWEST_MEMBERS]]
    if isinstance(value, dict):
        members = list(value.items())[:_FEWEST_MEMBERS]
        return {_short_value(name): _short_value(item) for name, item in members}
    return value
