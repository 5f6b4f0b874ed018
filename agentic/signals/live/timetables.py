"""From spans of time to a `Timetable`, and from wall clocks to moments: what all calendars share.

Spans may overlap and touch; a timetable's windows do neither, and each says who raises it and until when.
All arithmetic is in Unix seconds, so that no clock change can hide an hour. Where a wall clock is in doubt
the strict answer counts: an hour that it shows twice begins with the first and ends with the second.

A state inside [known_from, known_until) is the same whenever the timetable was made
(tests/signals/test_calendars.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from agentic.errors import quoted
from agentic.signals import zones
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.snapshot import Timetable

DAY_S = 86_400
#: How far ahead calendars are worked out. A snapshot that nobody refreshes still raises for so long.
HORIZON_S = 35 * DAY_S
#: How far back: a clock that is set back a little finds its moment still known.
PAST_S = DAY_S
#: Windows of one timetable; what is beyond is not known yet.
MAX_WINDOWS = 500
#: Names shown where several things raise at once.
_SHOWN = 2


class Span(NamedTuple):
    """From `start` to before `end` (Unix seconds), and why."""

    start: int
    end: int
    because: str


class Known(NamedTuple):
    """The time for which a timetable is made: [start, end) in Unix seconds."""

    start: int
    end: int


# Wall clocks


def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises SourceFailed when this system does not know it."""
    try:
        return zones.zone_of(name)
    except (OSError, KeyError, ValueError):
        raise SourceFailed(f"the time zone {quoted(name)} is not known to this system") from None


def moments_of(wall: datetime, zone: tzinfo) -> tuple[int, ...]:
    """When clocks in a zone show a time (Unix seconds): once, or twice where the hour repeats.

    A time that clocks skip is the moment after the gap.
    """
    first = int(wall.replace(tzinfo=zone, fold=0).timestamp())
    second = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    if first == second:
        return (first,)
    if first < second:
        return (first, second)
    before, after = second, first  # a gap: the change lies in between
    offset = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return (after,)


def _offset(moment: int, zone: tzinfo) -> timedelta | None:
    return datetime.fromtimestamp(moment, zone).utcoffset()


def day_start(day: date, zone: ZoneInfo) -> int:
    """The first moment of a local day, which is not always 00:00."""
    return moments_of(datetime(day.year, day.month, day.day), zone)[0]  # noqa: DTZ001 - a wall clock


def local_day(moment: int, zone: ZoneInfo) -> date:
    """The date that a zone's calendars show at a moment."""
    return datetime.fromtimestamp(moment, zone).date()


# Ranges that policy names


def ranges(entries: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> list[Span]:
    """Dated ranges that raise; in doubt about a wall clock they are longer."""
    return [
        Span(_edge(entry["start"], zone)[0], _end(entry["until"], zone)[-1], entry["because"])
        for entry in entries
    ]


def exceptions(entries: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> list[Span]:
    """Dated ranges in which nothing is raised; in doubt about a wall clock they are shorter."""
    return [
        Span(_edge(entry["start"], zone)[-1], _end(entry["until"], zone)[0], entry["because"])
        for entry in entries
    ]


def _edge(text: str, zone: ZoneInfo) -> tuple[int, ...]:
    """The moment that policy writes as `2026-12-24`, `2026-12-24T18:00` or with an offset."""
    if "T" not in text:
        return (day_start(date.fromisoformat(text), zone),)
    told = datetime.fromisoformat(text)
    return moments_of(told, zone) if told.tzinfo is None else (int(told.timestamp()),)


def _end(text: str, zone: ZoneInfo) -> tuple[int, ...]:
    """As `_edge`, but a date without a time includes that day."""
    if "T" in text:
        return _edge(text, zone)
    return (day_start(date.fromisoformat(text) + timedelta(days=1), zone),)


# Spans


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What is left of spans outside all holes."""
    left = list(spans)
    for hole in holes:
        if hole.start >= hole.end:
            continue
        left = [
            piece
            for span in left
            for piece in (
                span._replace(end=min(span.end, hole.start)),
                span._replace(start=max(span.start, hole.end)),
            )
            if piece.start < piece.end
        ]
    return left


def segments(spans: Iterable[Span]) -> list[tuple[int, int, tuple[str, ...]]]:
    """(start, end, reasons) without overlap, in order: each segment has all reasons that hold in it.

    Touching segments with the same reasons are one.
    """
    edges: dict[int, tuple[list[str], list[str]]] = {}
    for span in spans:
        if span.start < span.end:
            edges.setdefault(span.start, ([], []))[0].append(span.because)
            edges.setdefault(span.end, ([], []))[1].append(span.because)
    found: list[tuple[int, int, tuple[str, ...]]] = []
    holding: dict[str, int] = {}
    since = 0
    for moment in sorted(edges):
        reasons = tuple(sorted(holding))
        if reasons:
            if found and found[-1][1] == since and found[-1][2] == reasons:
                found[-1] = (found[-1][0], moment, reasons)
            else:
                found.append((since, moment, reasons))
        begun, ended = edges[moment]
        for because in begun:
            holding[because] = holding.get(because, 0) + 1
        for because in ended:
            holding[because] -= 1
            if not holding[because]:
                del holding[because]
        since = moment
    return found


# Timetables


def known_around(now: int, horizon_s: int = HORIZON_S) -> Known:
    """The time for which a timetable that is made at `now` is known."""
    return Known(max(now - PAST_S, 0), now + horizon_s)


def timetable(
    read: Read,
    round: Round,
    zone: ZoneInfo,
    spans: Iterable[Span],
    known: Known,
    clear_because: str,
    *,
    max_age_s: int,
    doubt: str = "",
    query: str = "",
) -> Timetable:
    """The answer of a read: raised in `spans`, as far as they touch the known time.

    `spans` hold everything that raises inside `known`. `max_age_s` is 0 where policy itself is the source.
    """
    near = [span for span in spans if span.end > known.start and span.start < known.end]
    found = segments(near)
    known_until = known.end
    if len(found) > MAX_WINDOWS:
        known_until = min(known.end, found[MAX_WINDOWS][0])
        found = found[:MAX_WINDOWS]
    return Timetable(
        read.signal,
        tuple(_windows(found, known_until, zone)),
        known_until,
        clear_because,
        severity=read.severity,
        environments=tuple(read.settings.get("environments") or ()),
        source=read.settings.get("source") or read.settings["kind"],
        query=query,
        observed_at=round.now,
        max_age_s=max_age_s,
        known_from=known.start,
        doubt=doubt,
    )


def _windows(
    found: Sequence[tuple[int, int, tuple[str, ...]]], known_until: int, zone: ZoneInfo
) -> list[tuple[int, int, str]]:
    """Segments with one sentence each, which names the end of the unbroken row that they are in."""
    windows: list[tuple[int, int, str]] = []
    row_end = 0
    for start, end, reasons in reversed(found):
        row_end = row_end if end == (windows[-1][0] if windows else -1) else end
        shown = "; ".join(reasons[:_SHOWN])
        more = f" and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
        least = "at least " if row_end >= known_until else ""
        windows.append((start, end, f"{shown}{more}, until {least}{_shown(row_end, zone)}"))
    windows.reverse()
    return windows


def _shown(moment: int, zone: ZoneInfo) -> str:
    try:
        return f"{datetime.fromtimestamp(moment, zone):%a %Y-%m-%d %H:%M} {zone.key}"
    except (ValueError, OverflowError, OSError):  # beyond what a calendar can show
        return "the end of time"


def utc(moment: int) -> datetime:
    """A moment as an aware time in UTC."""
    return datetime.fromtimestamp(moment, UTC)
