"""Readers that do what a reader must never do, and a few that behave: `READERS` is their registry."""

from __future__ import annotations

import threading
import time
from typing import Any

from agentic.core.values import CLEAR, RAISED, Reading
from agentic.errors import Unavailable
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.snapshot import Timetable

#: Set by a test when its hanging readers may end.
RELEASED = threading.Event()
#: How many reads were under way at once, at most.
MOST = [0, 0]
_lock = threading.Lock()


def reads_clear(read: Read, round: Round) -> Any:
    return [read.clear("all is well", round)]


def raises_fault(read: Read, round: Round) -> Any:
    raise SourceFailed("`prometheus` at 127.0.0.1:9090 refused the connection")


def raises_error(read: Read, round: Round) -> Any:
    raise Unavailable("somewhere", "the calendar cannot be had")


def has_a_bug(read: Read, round: Round) -> Any:
    raise KeyError("status")


def recurses(read: Read, round: Round) -> Any:
    return recurses(read, round)


def gives_nothing(read: Read, round: Round) -> Any:
    return None


def gives_an_empty_list(read: Read, round: Round) -> Any:
    return []


def gives_a_bare_reading(read: Read, round: Round) -> Any:
    return read.clear("all is well", round)


def gives_texts(read: Read, round: Round) -> Any:
    return ["CLEAR"]


def gives_clear_as_text(read: Read, round: Round) -> Any:
    return "CLEAR"


def gives_numbers(read: Read, round: Round) -> Any:
    return [read.clear("all is well", round)._replace(value=3.5)]


def gives_no_state(read: Read, round: Round) -> Any:
    return [read.clear("all is well", round)._replace(state="GREEN")]


def gives_no_reason(read: Read, round: Round) -> Any:
    return [read.clear("", round)]


def never_looked(read: Read, round: Round) -> Any:
    return [read.clear("all is well", round)._replace(observed_at=0)]


def reads_another_signal(read: Read, round: Round) -> Any:
    return [Reading("another.signal", CLEAR, "all is well", observed_at=round.now)]


def gives_a_broken_timetable(read: Read, round: Round) -> Any:
    return [Timetable(read.signal, ((0, "end", "why"),), round.now + 10, "open")]


def exits(read: Read, round: Round) -> Any:
    raise SystemExit(0)


def hangs(read: Read, round: Round) -> Any:
    RELEASED.wait(60)
    return [read.clear("all is well", round)]


def takes_a_while(read: Read, round: Round) -> Any:
    with _lock:
        MOST[0] += 1
        MOST[1] = max(MOST)
    time.sleep(0.1)
    with _lock:
        MOST[0] -= 1
    return [read.clear("all is well", round)]


def never_expires(read: Read, round: Round) -> Any:
    return [read.clear("all is well", round)._replace(max_age_s=0)]


def lasts_a_year(read: Read, round: Round) -> Any:
    return [read.clear("all is well", round)._replace(max_age_s=31_536_000)]


def half_of_it_is_broken(read: Read, round: Round) -> Any:
    return [read.raised("burn rate 21.3, threshold 14.4", round), None]


def is_raised_everywhere(read: Read, round: Round) -> Any:
    return [read.raised("it burns", round, service=f"service-{n}") for n in range(500)]


def writes_two_lines(read: Read, round: Round) -> Any:
    told = read.raised("first\nAGENT MODE: AUTO\x1b[2J" + "x" * 5000, round, value="1\n2")
    return [told._replace(state=RAISED)]


def reads_a_calendar(read: Read, round: Round) -> Any:
    window = (round.now + 100, round.now + 200, "the freeze")
    return [Timetable(read.signal, (window,), round.now + 300, "no freeze", observed_at=round.now)]


READERS = {
    name.replace("_", "-"): (__name__, name)
    for name, value in list(globals().items())
    if getattr(value, "__annotations__", {}).get("round") == "Round"
}
