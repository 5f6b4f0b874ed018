"""The one file that reaches CPython's C modules for JSON and sha256.

A hook starts a process for every tool call, and `import json, hashlib` would double its time. The
modules behind them (`_json`, `_sha256` or `_sha2`) are already built in. Where one is missing or has
changed, the public module does the same work, only slower: tests/core/test_native.py runs every case
through both.

Pure: text and bytes in, values out.
"""

from __future__ import annotations

from agentic.errors import Diagnostic, InvalidDocument, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Never

    Scan = Callable[[str, int], tuple[Any, int]]

#: Nesting that `parse_json` accepts; tool inputs of real hosts stay below 20.
MAX_DEPTH = 128

_WHITESPACE = " \t\n\r"
_INFINITE = (float("inf"), float("-inf"))


class _RefusedError(ValueError):
    """A rule of ours that the scanner's hooks found broken: (code, message)."""


def _unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedError("json.duplicate-key", f"the key {quoted(key)} appears twice")
            seen.add(key)
    return found


def _finite_float(text: str) -> float:
    number = float(text)
    if number in _INFINITE:
        raise _RefusedError("json.number", f"the number {quoted(text)} is too large")
    return number


def _no_constant(text: str) -> Never:
    raise _RefusedError("json.number", f"{quoted(text)} is not a JSON number")


class _Strict:
    """The context that the scanner reads its settings from; used as a class, never instantiated."""

    strict = True
    object_hook = None
    object_pairs_hook = _unique_object
    parse_float = _finite_float
    parse_int = int
    parse_constant = _no_constant


def _public_scan() -> Scan:
    from json import JSONDecoder

    decoder = JSONDecoder(
        object_pairs_hook=_unique_object,
        parse_float=_finite_float,
        parse_constant=_no_constant,
        strict=True,
    )
    scan: Scan = decoder.scan_once  # type: ignore[attr-defined]  # in no type stub, in every release
    return scan


try:
    from _json import make_scanner as _make_scanner

    _scan: Scan = _make_scanner(_Strict)  # type: ignore[arg-type]
except (ImportError, AttributeError, TypeError):  # another build or a later Python
    _scan = _public_scan()

try:
    from _json import encode_basestring as _encode_string
except ImportError:
    from json.encoder import encode_basestring as _encode_string

try:
    from _sha2 import sha256 as _sha256  # type: ignore[import-not-found]  # from 3.12
except ImportError:
    try:
        from _sha256 import sha256 as _sha256  # type: ignore[import-not-found]  # 3.11
    except ImportError:
        from hashlib import sha256 as _sha256


#: From here on OpenSSL's faster code repays the 3 ms that importing it costs.
_LARGE_BYTES = 2_000_000


def sha256_hex(data: bytes) -> str:
    """The sha256 of bytes, 64 lower-case hex digits."""
    if len(data) >= _LARGE_BYTES:
        from hashlib import sha256

        return sha256(data).hexdigest()
    digest: str = _sha256(data).hexdigest()
    return digest


def encode_string(text: str) -> str:
    r"""A JSON string with its quotes; escapes only what JSON must: `"`, `\` and control characters.

    Lone surrogates stay as they are (`agentic.core.canonical` escapes them).
    """
    encoded: str = _encode_string(text)
    return encoded


def parse_json(text: str, max_depth: int = MAX_DEPTH, what: str = "") -> Any:
    """The value of one strict JSON text: dict, list, str, int, float, bool or None.

    Refused: duplicate keys, NaN and infinities (also as 1e999), control characters in strings,
    anything before or after the value but white space, a byte order mark, nesting beyond
    `max_depth`, integers longer than Python converts. `what` names the text in the message.

    Raises: InvalidDocument with one diagnostic (`where` is line:column), never anything else.
    """
    body = text.strip(_WHITESPACE)
    try:
        value, end = _scanned(body)
    except StopIteration as stop:
        position = stop.value if isinstance(stop.value, int) else 0
        _refuse(text, body, position, "json.syntax", "a value is missing here", what)
    except _RefusedError as refused:
        _refuse(text, body, -1, refused.args[0], refused.args[1], what)
    except RecursionError:
        _refuse(text, body, -1, "json.depth", f"nested deeper than {max_depth} levels", what)
    except ValueError as error:  # JSONDecodeError, or an integer beyond Python's digit limit
        position = getattr(error, "pos", -1)
        code = "json.syntax" if position >= 0 else "json.number"
        message = getattr(error, "msg", "an integer is too long")
        _refuse(text, body, position, code, message[:1].lower() + message[1:], what)
    if end != len(body):
        _refuse(text, body, end, "json.syntax", "something follows the end of the value", what)
    # Only a text with that many brackets can be that deep: the walk is almost never needed.
    if body.count("[") + body.count("{") > max_depth and _is_deeper(value, max_depth):
        _refuse(text, body, -1, "json.depth", f"nested deeper than {max_depth} levels", what)
    return value


def parse_own_json(text: str) -> Any:
    """The value of a JSON text that agentic wrote and whose digest was right: the same, in half the time.

    Duplicate keys and nesting are not looked for: whoever could add them could change the digest as well.
    Raises: ValueError, StopIteration or RecursionError for what is no JSON text.
    """
    try:
        from _json import make_scanner

        scan: Scan = make_scanner(type("_Own", (_Strict,), {"object_pairs_hook": None}))  # type: ignore[arg-type]
    except (ImportError, AttributeError, TypeError):
        scan = _scan  # slower, for the same values
    value, end = _scanned(text, scan)
    if end != len(text):
        raise ValueError("something follows the end of the value")
    return value


def _scanned(body: str, scan: Scan = _scan) -> tuple[Any, int]:
    try:
        return scan(body, 0)
    except SystemError:
        # CPython's scanner cannot raise a syntax error before `json.decoder` is loaded: it returns
        # NULL without an exception (seen on 3.11.7; 3.12.1 and 3.13.0 import it themselves).
        import json.decoder  # noqa: F401 - loading it is the point

        return scan(body, 0)


def _is_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in _containers_in(outer)]
        if not level:
            return False
    return True


def _containers_in(outer: Any) -> list[Any]:
    items = outer.values() if isinstance(outer, dict) else outer
    return [item for item in items if isinstance(item, dict | list)]


def _refuse(text: str, body: str, position: int, code: str, message: str, what: str) -> Never:
    where = ""
    if position >= 0:
        at = min(position, len(body)) + len(text) - len(text.lstrip(_WHITESPACE))
        before = text[:at]
        where = f"{before.count(chr(10)) + 1}:{at - before.rfind(chr(10))}"
    subject = f"{what} is not valid JSON: " if what else "not valid JSON: "
    raise InvalidDocument((Diagnostic(code, subject + message, where),)) from None
