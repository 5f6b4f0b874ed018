"""A small process that ends what the gateway started, also when the gateway is killed.

It reads `+GROUP` and `-GROUP` lines (process groups) from standard input. When that ends, for whatever
reason, it ends every group that is still on its list: first asked, a second later killed. It runs as a
script with `-I -S`, so it imports nothing of agentic.
"""

from __future__ import annotations

import os
import signal
import sys
import time

GRACE_S = 1.0


def groups_left(lines: object) -> set[int]:
    """The groups that were named and not taken back, once the lines end."""
    groups: set[int] = set()
    for line in lines:  # type: ignore[attr-defined]  # a file of bytes, or a list in a test
        number = int(line[1:])
        if line[:1] == b"+":
            groups.add(number)
        else:
            groups.discard(number)
    return groups


def end(groups: set[int]) -> None:
    """End every process of these groups."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        for group in groups:
            try:
                os.killpg(group, kind)
            except (ProcessLookupError, PermissionError):
                continue
        if kind == signal.SIGTERM and groups:
            time.sleep(GRACE_S)


if __name__ == "__main__":
    # The gateway's terminal, or a host that ends its whole session, must not end the keeper first.
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    end(groups_left(sys.stdin.buffer))
