r"""Canonical bytes of plain values: what every digest and every hash in the journal is taken over.

RFC 8785 (JCS) for text, integers, booleans, null, arrays and objects. Three limits of our own:

- no floats: a float has no place in a digest that a person approves; callers convert (`exact` does)
- integers stay within +-(2**53 - 1), so that any JSON reader sees the same number
- a lone surrogate (a file name that is not UTF-8) is written as its \udxxx escape, in lower case

Source: https://www.rfc-editor.org/rfc/rfc8785 sections 3.2.2 and 3.2.3 (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.native import encode_string, sha256_hex
from agentic.errors import AgenticError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGEST_INTEGER = 2**53 - 1

_JSON_OF = {True: "true", False: "false", None: "null"}


def canonical(value: Any) -> bytes:
    """The canonical JSON bytes of a value made of str, int, bool, None, list, tuple and dict.

    Tuples (and records) are arrays. Raises AgenticError `canonical.*` for a float, an integer
    beyond 2**53 - 1, a key that is not text, any other type, or nesting beyond the recursion limit.
    """
    try:
        text = _text(value)
    except RecursionError:
        raise AgenticError("canonical.depth", "the value is nested too deeply") from None
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Two surrogates that belong together are one character to every JSON reader: join them.
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return joined.encode("utf-8", "backslashreplace")


def digest(value: Any) -> str:
    """The sha256 (hex) of a value's canonical bytes. Raises as `canonical` does."""
    return sha256_hex(canonical(value))


def exact(value: Any) -> Any:
    """The same value in canonical terms, so that different inputs stay different.

    A float or a too large integer becomes `{"$number": "1.5"}`; a key that starts with `$` gets a
    second `$`, so that nothing else can be written as a number. Everything else is unchanged.
    Raises as `canonical` does for nesting and keys.
    """
    try:
        return _exact(value)
    except RecursionError:
        raise AgenticError("canonical.depth", "the value is nested too deeply") from None


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {_exact_key(key): _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    if isinstance(value, float) or (
        isinstance(value, int) and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER
    ):
        return {"$number": repr(value)}
    return value


def _exact_key(key: Any) -> str:
    if type(key) is not str:
        raise AgenticError("canonical.key", f"the key {quoted(key)} is not text")
    return "$" + key if key.startswith("$") else key


def _text(value: Any) -> str:
    # The exact types first: they are nearly every value of a record.
    kind = type(value)
    if kind is str:
        return encode_string(value)
    if kind is dict:
        return _object(value)
    if kind is int:
        if -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            return str(value)
        raise AgenticError("canonical.integer", f"the integer {quoted(value)} does not fit 53 bits")
    if value is None or kind is bool:
        return _JSON_OF[value]
    if isinstance(value, list | tuple):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    if kind is float:
        raise AgenticError("canonical.float", f"the number {quoted(value)} is not an integer")
    raise AgenticError("canonical.type", f"{quoted(kind.__name__)} has no canonical form")


def _object(value: dict[str, Any]) -> str:
    names = list(value)
    for name in names:
        if type(name) is not str:
            raise AgenticError("canonical.key", f"the key {quoted(name)} is not text")
    if "".join(names).isascii():
        names.sort()
    else:
        names.sort(key=_utf16_units)
    return "{" + ",".join([encode_string(name) + ":" + _text(value[name]) for name in names]) + "}"


def _utf16_units(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")
