"""Recurring windows by cron expressions, and dated ranges: deploy freezes without a calendar file.

A window lasts from each time that `start` names to the next time after it that `end` names, so a start
inside an open window does not end it early. GitLab computed that wrongly once, for windows that overlap
themselves. Source: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/97474 (checked 2026-11-21).

cronsim parses the expressions and matches their days. The moments are found here, because it steps through
the day from where it was started, which a clock change of half an hour (Lord Howe) puts off its grid. A
start in an hour that clocks show twice counts in both, an end in the last only; what they skip is the
moment after the gap.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from agentic.errors import quoted
from agentic.signals.live import timetables
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.live.timetables import Known, Span
from agentic.signals.snapshot import Timetable

#: Days in which an expression that ever fires does: a leap day on one day of the week, across 2100.
_SEARCH_DAYS = 41 * 366
_ONE_DAY = timedelta(days=1)


class Firing(NamedTuple):
    """When an expression names a time; `wall` orders what a gap in the clock moves to one moment."""

    moment: int
    wall: datetime


def read_windows(read: Read, round: Round) -> list[Timetable]:
    """When the windows and ranges of a read are open: one timetable, that policy alone tells."""
    zone = timetables.zone_of(read.settings["zone"])
    known = timetables.known_around(round.now)
    spans = timetables.ranges(read.settings["also"], zone)
    for window in read.settings["windows"]:
        for start, end in open_between(window["start"], window["end"], zone, known):
            spans.append(Span(start, end, window["because"]))
    return [
        timetables.timetable(
            read,
            round,
            zone,
            timetables.without(spans, timetables.exceptions(read.settings["exceptions"], zone)),
            known,
            "no window of policy is open",
            max_age_s=0,
        )
    ]


def open_between(start: str, end: str, zone: ZoneInfo, known: Known) -> Iterator[tuple[int, int]]:
    """The (start, end) of every window that touches the known time, in order and without overlap.

    Raises: SourceFailed for an expression that is none, or that never names a time.
    """
    starts = _days_of(start, zone, is_end=False)
    ends = _days_of(end, zone, is_end=True)
    closed = _last_by(ends, known.start, zone, end)
    while True:
        opened = _next(starts, closed, zone, start, is_after=False)
        if opened.moment >= known.end:
            return
        closed = _next(ends, opened, zone, end, is_after=True)
        yield opened.moment, closed.moment


def _days_of(expression: str, zone: ZoneInfo, *, is_end: bool) -> Callable[[date], list[Firing]]:
    """A function from a local day to the times that an expression names on it, in order."""
    if len(expression.split()) != 5:
        raise SourceFailed(f"{quoted(expression)} does not have the five fields of cron")
    try:
        cron = CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as problem:
        raise SourceFailed(f"{quoted(expression)} is no cron expression: {problem}") from None
    times = [time(hour, minute) for hour in sorted(cron.hours) for minute in sorted(cron.minutes)]
    seen: dict[date, list[Firing]] = {}

    def firings(day: date) -> list[Firing]:
        if day not in seen:
            is_named = day.month in cron.months and cron.match_day(day)
            walls = [datetime.combine(day, at) for at in times] if is_named else []
            seen[day] = sorted(
                Firing(moment, wall)
                for wall in walls
                for moment in timetables.moments_of(wall, zone)[-1 if is_end else 0 :]
            )
        return seen[day]

    return firings


def _last_by(
    firings: Callable[[date], list[Firing]], moment: int, zone: ZoneInfo, expression: str
) -> Firing:
    """The last firing at or before a moment."""
    day = timetables.local_day(moment, zone) + _ONE_DAY
    for _ in range(_SEARCH_DAYS):
        found = [firing for firing in firings(day) if firing.moment <= moment]
        if found:
            return found[-1]
        day -= _ONE_DAY
    raise _never(expression)


def _next(
    firings: Callable[[date], list[Firing]],
    since: Firing,
    zone: ZoneInfo,
    expression: str,
    *,
    is_after: bool,
) -> Firing:
    """The first firing at or after another one; strictly after it where `is_after`."""
    day = min(timetables.local_day(since.moment, zone), since.wall.date()) - _ONE_DAY
    for _ in range(_SEARCH_DAYS):
        named = firings(day)
        place = bisect_right(named, since) if is_after else bisect_left(named, since)
        if place < len(named):
            return named[place]
        day += _ONE_DAY
    raise _never(expression)


def _never(expression: str) -> SourceFailed:
    return SourceFailed(f"the cron expression {quoted(expression)} never names a time")
