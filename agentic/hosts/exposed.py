"""Files that others could change: what a host loads from must be in its owner's hands."""

from __future__ import annotations

import os
from collections.abc import Iterator

from agentic.errors import quoted
from agentic.hosts.interface import Finding

#: Groups are left out: many systems give every user a group of their own, and files writable by it.
_OTHERS_WRITE = 0o002
_STICKY = 0o1000


def exposed(path: str, check: str) -> Iterator[Finding]:
    """A finding where others may write a file, or put another one in its place."""
    for place in (path, os.path.dirname(path)):
        try:
            status = os.stat(place)
        except OSError:
            continue
        if status.st_mode & _OTHERS_WRITE and not status.st_mode & _STICKY:
            mode = f"{status.st_mode & 0o7777:04o}"
            text = f"others may write {quoted(place, 300)} (mode {mode})"
            yield Finding("fail", check, text, f"`chmod o-w {place}`")
