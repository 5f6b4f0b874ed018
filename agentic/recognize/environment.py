"""Names to environments: `prod-eu`, `overlays/staging`, `acme-dev` -> production, staging, dev.

Exact patterns that policy gives for a source (`context`, `namespace`, `project`...) come first; then the
name is cut into words and each word is looked up in policy's aliases. Of several, the strictest wins.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.interface import Facts

_RANK = {"": 0, "local": 1, "dev": 2, "staging": 3, "production": 4, "unknown": 5}
_SEPARATORS = str.maketrans(dict.fromkeys("-_./:@ ,=+~", " "))


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern with `*` wildcards covers the whole text."""
    if "*" not in pattern:
        return pattern == text
    pieces = pattern.split("*")
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return False
    if len(text) < len(pieces[0]) + len(pieces[-1]):
        return False
    at, end = len(pieces[0]), len(text) - len(pieces[-1])
    for piece in pieces[1:-1]:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def named(source: str, name: str, facts: Facts) -> str:
    """The environment that a name tells, or empty."""
    lowered = name.lower()
    for pattern, environment in facts.environment_names.get(source, ()):
        if matches(pattern, lowered):
            return environment
    words = lowered.translate(_SEPARATORS).split()
    aliases = facts.environment_words
    best = ""
    index, count = 0, len(words)
    while index < count:
        joined = f"{words[index]}-{words[index + 1]}" if index + 1 < count else ""
        if joined in aliases:
            found, index = aliases[joined], index + 2
        else:
            found, index = aliases.get(words[index].rstrip("0123456789"), ""), index + 1
        if _RANK.get(found, 0) > _RANK[best]:
            best = found
    return best


def strictest_named(candidates: Sequence[tuple[str, str, str]], facts: Facts) -> tuple[str, str]:
    """The strictest environment told by (source, name, shown) candidates, and what told it."""
    best, told_by = "", ""
    for source, name, shown in candidates:
        if not name:
            continue
        environment = named(source, name, facts)
        if _RANK.get(environment, 0) > _RANK[best]:
            best, told_by = environment, shown
    return (best, told_by) if best else ("unknown", "")
