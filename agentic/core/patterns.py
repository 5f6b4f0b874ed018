"""Names with `*` wildcards, compared without a pattern engine: the hook's path never imports one."""

from __future__ import annotations


def tool_key(name: str) -> str:
    """An MCP tool's name, or a pattern of one, in the spelling in which tables are looked up."""
    return name.lower().replace("-", "_")


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
