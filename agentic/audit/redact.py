"""Text and values without the secrets in them.

`agentic.recognize.secrets` says where they are; here a mark takes their place, which names the kind and,
with a key, lets equal secrets be seen as equal. A hook loads this file only after
`agentic.recognize.secret_prefilter.may_hold_secret` has said that it may be needed.

Pure: text in, text out; never raises.
"""

from __future__ import annotations

from agentic.core.native import sha256_hex
from agentic.recognize.secret_prefilter import may_hold_secret
from agentic.recognize.secrets import find_secrets, named_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def redact(text: str, key_of: Callable[[], bytes] | None = None) -> tuple[str, tuple[str, ...]]:
    """The text with each secret replaced by `[redacted:<name>]`, and the names found.

    `key_of` is asked only when a secret is found. With a key, eight hex digits of a keyed digest
    follow the name (`[redacted:password:1f3a90c2]`): equal secrets show as equal, and nobody can
    guess them from the digits without the key. Marks are never redacted again.
    """
    spans = find_secrets(text)
    if not spans:
        return text, ()
    key = key_of() if key_of is not None else b""
    pieces: list[str] = []
    at = 0
    for name, start, end in spans:
        pieces.append(text[at:start])
        pieces.append(placeholder(name, text[start:end], key))
        at = end
    pieces.append(text[at:])
    return "".join(pieces), tuple(sorted({name for name, _, _ in spans}))


def redact_values(value: Any, key_of: Callable[[], bytes] | None, names: set[str]) -> Any:
    """The same value with every text in it redacted, keys too; adds the names found to `names`.

    A member whose own name is telling (`{"password": "x"}`) is a secret as a whole.
    """
    if isinstance(value, str):
        if not may_hold_secret(value):
            return value
        text, found = redact(value, key_of)
        names.update(found)
        return text
    if isinstance(value, dict):
        return {
            redact_values(name, key_of, names): _redacted_member(name, item, key_of, names)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_values(item, key_of, names) for item in value]
    return value


def _redacted_member(
    name: str, item: Any, key_of: Callable[[], bytes] | None, names: set[str]
) -> Any:
    if isinstance(item, str):
        kind = named_secret(name, item)
        if kind:
            names.add(kind)
            return placeholder(kind, item, key_of() if key_of is not None else b"")
    return redact_values(item, key_of, names)


def placeholder(name: str, secret: str, key: bytes) -> str:
    """What stands in a record instead of a secret; the digest is HMAC-SHA256, cut to 8 digits."""
    if not key:
        return f"[redacted:{name}]"
    block = key.ljust(64, b"\0")
    inner = sha256_hex(bytes([b ^ 0x36 for b in block]) + secret.encode("utf-8", "surrogatepass"))
    outer = sha256_hex(bytes([b ^ 0x5C for b in block]) + bytes.fromhex(inner))
    return f"[redacted:{name}:{outer[:8]}]"
