"""A calendar worked out in a process of its own, with limits of time and memory.

Whoever writes a calendar chooses how long its recurrences take, and a thread cannot be stopped. A process
can; it also keeps one calendar's VTIMEZONE from naming another one's zone, which icalendar remembers for as
long as the process lives. `occurrences` starts it; run as a file, this module is it::

    stdin   {"path": [...], "zone": "Europe/Berlin", "words": [...], "start": s, "end": s}, a newline,
            the document
    stdout  {"spans": [[start_s, end_s, "summary"], ...], "events": 12} or {"fault": "has no VCALENDAR"}
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from agentic.signals.zones import zone_of

if TYPE_CHECKING:
    from agentic.signals.live.ical import Found
    from agentic.signals.live.timetables import Known

#: Seconds of the clock and of the processor, and address space, that one calendar may take.
TIMEOUT_S = 12.0
PROCESSOR_S = 10
MEMORY_BYTES = 1_073_741_824
_OUT_OF_TIME = "takes too long to work out: are its recurrences sane"


def occurrences(
    data: bytes, zone: str, words: Sequence[str], known: Known, deadline: float
) -> Found:
    """The spans of a calendar's events that touch the known time; `words` limit which events.

    `deadline` is a `time.monotonic()` moment. Raises: SourceFailed with what is wrong, after "the calendar".
    """
    from agentic.signals.live.ical import Found
    from agentic.signals.live.interface import SourceFailed
    from agentic.signals.live.timetables import Span

    asked = {
        "path": [folder for folder in sys.path if folder.startswith("/")],
        "zone": zone,
        "words": list(words),
        "start": known.start,
        "end": known.end,
    }
    left_s = min(TIMEOUT_S, deadline - monotonic())
    if left_s <= 0:
        raise SourceFailed("could not be worked out: the time of this round is over")
    try:
        ran = subprocess.run(
            [sys.executable, "-I", __file__],
            input=json.dumps(asked).encode() + b"\n" + data,
            capture_output=True,
            check=False,
            timeout=left_s,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise SourceFailed(_OUT_OF_TIME) from None
    except OSError as problem:
        why = (problem.strerror or "unknown").lower()
        raise SourceFailed(f"could not be worked out: no process can be started: {why}") from None
    if ran.returncode < 0:  # one of its limits ended it
        raise SourceFailed(_OUT_OF_TIME)
    try:
        told = json.loads(ran.stdout)
        if "fault" in told:
            raise SourceFailed(told["fault"])
        return Found([Span(*row) for row in told["spans"]], told["events"])
    except (ValueError, KeyError, TypeError):
        raise SourceFailed("could not be worked out: its process gave no answer") from None


# In the process of its own


def main() -> None:
    """Answer the question on stdin. Never raises for what a calendar holds."""
    for limit, value in (
        (resource.RLIMIT_CPU, PROCESSOR_S),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # a system without it, or with a stricter one
            resource.setrlimit(limit, (value, value))
    asked = json.loads(sys.stdin.buffer.readline())
    sys.path[:] = asked["path"]
    sys.stdout.write(json.dumps(_answer(sys.stdin.buffer.read(), asked)))


def _answer(data: bytes, asked: dict[str, Any]) -> dict[str, Any]:
    from agentic.errors import quoted
    from agentic.signals.live import ical
    from agentic.signals.live.timetables import Known

    known = Known(asked["start"], asked["end"])
    try:
        found = ical.spans_of(data, zone_of(asked["zone"]), asked["words"], known)
    except ical.Faulty as fault:
        return {"fault": str(fault)}
    except MemoryError:
        return {"fault": "takes too much memory to work out: are its recurrences sane"}
    except Exception as problem:  # noqa: BLE001 - libraries raise anything; FAIL-SAFE: tests/signals/test_calendars.py::test_what_cannot_be_understood_is_a_failure
        return {"fault": f"cannot be understood: {quoted(str(problem) or 'no reason', 100)}"}
    return {"spans": found.spans, "events": found.events}


if __name__ == "__main__":
    main()
