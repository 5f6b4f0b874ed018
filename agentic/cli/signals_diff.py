"""`agentic signals check --diff`: a diff that somebody hands over, searched for credentials."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext
from pathlib import Path

from agentic.cli.output import usage
from agentic.core.values import CLEAR, RAISED, Reading
from agentic.errors import quoted

SIGNAL = "credential.detected"
#: A diff above this is refused: what is not searched must not pass for clear.
MAX_DIFF_BYTES = 64 << 20
_HUNK = re.compile(rb"^@@+ ", re.MULTILINE)
_NAMED = 3


def read_diff(source: str) -> bytes:
    """A unified diff from a file, or from standard input for `-`; a usage error for anything else.

    An empty one is a diff that adds nothing. Text without a hunk is none: nobody may take it for clear.
    """
    try:
        with nullcontext(sys.stdin.buffer) if source == "-" else Path(source).open("rb") as file:
            data = file.read(MAX_DIFF_BYTES + 1)
    except OSError as problem:
        usage(f"{quoted(source)} cannot be read: {(problem.strerror or 'unknown').lower()}")
    if len(data) > MAX_DIFF_BYTES:
        told = f"{quoted(source)} is larger than {MAX_DIFF_BYTES >> 20} MiB"
        usage(told, "hand it over in parts: `git diff BASE... -- PATH`")
    if data.strip() and not _HUNK.search(data):
        usage(f"{quoted(source)} is not a unified diff", "write it with `git diff` or `diff -u`")
    return data


def diff_reading(data: bytes, now: int) -> Reading:
    """Whether what a diff adds holds a credential; names kinds, files and lines, never the text."""
    from agentic.signals.live.diff_credentials import scan_diff

    found = list(dict.fromkeys(scan_diff(data)))
    if not found:
        because = "no credential is known in what the diff adds"
        return Reading(SIGNAL, CLEAR, because, value="0", source="the diff", observed_at=now)
    named = [f"{one.kind} in {quoted(one.path, 60)} line {one.line}" for one in found[:_NAMED]]
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return Reading(
        SIGNAL,
        RAISED,
        "; ".join(named) + more,
        severity="critical",
        value=str(len(found)),
        unit="credentials",
        threshold="0",
        source="the diff",
        observed_at=now,
    )
