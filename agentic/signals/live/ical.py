"""An iCalendar document to the spans of its events. Never "no event" for what cannot be understood.

In doubt an event is longer:

- an event counts whether it is opaque or transparent (3.8.2.7: that says whether somebody's time is taken,
  and programs often write days as free), confirmed or tentative; CANCELLED does not;
- a time that clocks show twice begins with the first and ends with the second; a DURATION is at least so
  many seconds; a DTEND on the day of its DTSTART is that whole day; a local UNTIL is taken as local;
- events that share a UID, and are not changed occurrences of one of them, all count.

An event with neither DTEND nor DURATION takes no time, unless it is a day. Days are local to the read's
zone; floating times are, too, where the calendar has no X-WR-TIMEZONE of its own. The library's `at` misses
an hour over the end of daylight saving time, so `between` is asked with a margin and all is compared in
Unix seconds.

Untrusted text may take any time here, and icalendar remembers VTIMEZONEs for the whole process: see
`agentic.signals.live.occurrences`, which is how to call it.

Source: https://www.rfc-editor.org/rfc/rfc5545 (checked 2026-11-21).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from math import prod
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]  # it ships no types
from icalendar import Calendar, vDDDTypes
from x_wr_timezone import to_standard  # type: ignore[import-untyped]  # as above

from agentic.errors import quoted
from agentic.signals.live.timetables import Known, Span, day_start, moments_of

#: Occurrences in the time that is asked for.
MAX_OCCURRENCES = 2000
#: Recurrences so fine are no calendar that people keep, and take for ever.
_TOO_FINE = ("SECONDLY", "MINUTELY")
_TIMES_OF_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
MAX_TIMES_A_DAY = 96
#: Around the time asked for: local days and floating times are placed in a zone only afterwards.
_MARGIN = timedelta(days=2)
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
#: On our copy of an event: how many seconds it lasts where it has a DURATION.
_LASTS = "X-AGENTIC-LASTS"

#: A component or property of icalendar, whose types say less than is known here.
Part = Any


class Faulty(Exception):
    """The calendar cannot be understood; the text says why, after "the calendar"."""


class Found(NamedTuple):
    """The spans that touch the time asked for, by the events' summaries, and how many events there are."""

    spans: list[Span]
    events: int


def spans_of(data: bytes, zone: ZoneInfo, words: Sequence[str], known: Known) -> Found:
    """What a calendar says about the known time; `words` limit which events count.

    Raises: Faulty, or whatever the libraries raise for what they do not understand.
    """
    spans: list[Span] = []
    events = 0
    for calendar in _calendars(data):
        for event in calendar.walk("VEVENT"):
            _must_be_placed(event)
        # Floating times become times of X-WR-TIMEZONE; what is placed in no zone after this is local.
        placed = to_standard(calendar)
        inside = placed.walk("VEVENT")
        events += len(inside)
        longest = max((_settled(event, zone) for event in inside), default=timedelta())
        _tell_apart(inside)
        found = _occurrences(placed, known, longest)
        spans.extend(_span(event, zone) for event in found if _counts(event, words))
    if not events:
        raise Faulty("holds no event at all, so it proves nothing: enter one, even a past one")
    near = [span for span in spans if span.start < known.end and span.end > known.start]
    return Found(near, events)


def _occurrences(calendar: Part, known: Known, longest: timedelta) -> list[Part]:
    """The events of a calendar around a time, recurrences worked out."""
    first = datetime.fromtimestamp(known.start, UTC)
    margin = longest + _MARGIN
    found = recurring_ical_events.CalendarQuery(calendar).between(
        first - margin if first - _EARLIEST > margin else _EARLIEST,
        datetime.fromtimestamp(known.end, UTC) + _MARGIN,
    )
    if len(found) > MAX_OCCURRENCES:
        raise Faulty(f"has more than {MAX_OCCURRENCES} occurrences in the time looked at")
    return list(found)


# The document


def _calendars(data: bytes) -> list[Part]:
    """The VCALENDARs of a document, when all of it could be read."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Faulty("is not UTF-8 text") from None
    begun, ended = _marks(text, "BEGIN"), _marks(text, "END")
    if not begun["VCALENDAR"]:
        raise Faulty("is no iCalendar: it has no VCALENDAR")
    found = Calendar.from_ical(text, multiple=True)
    # The parser gives what it has, without a word, when a document ends in the middle.
    for name in ("VCALENDAR", "VEVENT"):
        complete = sum(len(calendar.walk(name)) for calendar in found)
        if not complete == begun[name] == ended[name]:
            raise Faulty(f"ends in the middle: not every {name} is complete")
    for calendar in found:
        for part in calendar.walk():
            if part.name in _PARTS and part.errors:
                raise Faulty(f"{_named(part)} cannot be read: {_shown(part.errors[0][1])}")
    return list(found)


#: The components in which every line has to be understood.
_PARTS = ("VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT")


def _marks(text: str, mark: str) -> Counter[str]:
    """How many components of each name begin, or end."""
    names = re.findall(rf"^{mark}:(\S+)\s*$", text, re.MULTILINE | re.IGNORECASE)
    return Counter(name.upper() for name in names)


def _named(part: Part) -> str:
    summary = part.get("SUMMARY")
    return f"its event {_shown(summary)}" if part.name == "VEVENT" else f"its {part.name}"


def _shown(text: object) -> str:
    return quoted("without a summary" if text is None else str(text), 60)


# One event


def _must_be_placed(event: Part) -> None:
    """Nothing, or Faulty where an event has no single start, or a time in an unknown time zone.

    icalendar takes such a time for a floating one.
    """
    for name in ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"):
        if isinstance(event.get(name), list):
            raise Faulty(f"{_named(event)} has more than one {name}")
    if "DTSTART" not in event:
        raise Faulty(f"{_named(event)} has no DTSTART")
    for value, zone in _placed_times(event):
        if zone and isinstance(value, datetime) and value.tzinfo is None:
            raise Faulty(f"{_named(event)} is in the time zone {_shown(zone)}, which is not known")


def _settled(event: Part, zone: ZoneInfo) -> timedelta:
    """How long an event lasts, its end and its rules brought into one unmistakable form.

    Raises: Faulty where its times contradict each other.
    """
    start = event["DTSTART"].dt
    end = _end(event, start)
    if _kind(start) != _kind(end):
        raise Faulty(f"{_named(event)} has an end of another kind than its start")
    if isinstance(start, datetime) and start.tzinfo is not None:
        # The library takes what lies between them on the wall clock of the start.
        end = end.astimezone(start.tzinfo)
        lasts: timedelta = end.astimezone(UTC) - start.astimezone(UTC)
    else:
        lasts = end - start
    if lasts < timedelta():
        raise Faulty(f"{_named(event)} ends before it starts")
    if "DTEND" not in event and "DURATION" in event and isinstance(start, datetime):
        event[_LASTS] = str(int(lasts.total_seconds()))
    event.pop("DURATION", None)
    event["DTEND"] = vDDDTypes(end)
    for rule in _listed(event.get("RRULE")):
        _settle_rule(event, rule, start, zone)
    return lasts


def _end(event: Part, start: Any) -> Any:
    one_day = timedelta(days=1)
    if "DTEND" in event:
        end = event["DTEND"].dt
        return end + one_day if end == start and not isinstance(start, datetime) else end
    if "DURATION" in event:
        lasts = event["DURATION"].dt
        if not isinstance(start, datetime) and lasts.seconds:
            raise Faulty(f"{_named(event)} has days, and a DURATION that is not of days")
        if isinstance(start, datetime) and start.tzinfo is not None:
            exact = (start.astimezone(UTC) + lasts).astimezone(start.tzinfo)
            on_the_clock = start + lasts
            return max(exact, on_the_clock, key=datetime.timestamp)
        return start + lasts
    return start if isinstance(start, datetime) else start + one_day


def _kind(value: Any) -> str:
    if not isinstance(value, datetime):
        return "date"
    return "floating" if value.tzinfo is None else "placed"


def _placed_times(event: Part) -> Iterator[tuple[Any, str]]:
    """Every time of an event with the TZID that it is given in, or an empty text."""
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        if name in event:
            yield event[name].dt, event[name].params.get("TZID", "")
    for name in ("RDATE", "EXDATE"):
        for row in _listed(event.get(name)):
            for moment in row.dts:
                first = moment.dt[0] if isinstance(moment.dt, tuple) else moment.dt
                yield first, row.params.get("TZID", "")


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _settle_rule(event: Part, rule: Any, start: Any, zone: ZoneInfo) -> None:
    """Refuse what is too fine, and give UNTIL the kind of the start, as it was meant.

    The library would take a local UNTIL for one in UTC, and one in UTC for a local one.
    """
    times_a_day = prod(len(rule.get(part, ())) or 1 for part in _TIMES_OF_DAY)
    if str(rule.get("FREQ", [""])[0]).upper() in _TOO_FINE or times_a_day > MAX_TIMES_A_DAY:
        raise Faulty(f"{_named(event)} recurs by the minute or finer")
    until = rule.get("UNTIL", [None])[0]
    if until is None:
        return
    if not isinstance(until, datetime):
        until = datetime(until.year, until.month, until.day, 23, 59, 59)  # noqa: DTZ001 - a wall clock
    if not isinstance(start, datetime):
        rule["UNTIL"] = [_local(until, zone).date()]
    elif start.tzinfo is None:
        rule["UNTIL"] = [_local(until, zone)]
    elif until.tzinfo is None:
        rule["UNTIL"] = [until.replace(tzinfo=start.tzinfo).astimezone(UTC)]


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in a zone show; a time without a zone is that already."""
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _tell_apart(events: Sequence[Part]) -> None:
    """Give events that share a UID by mistake one of their own, so that the library drops none."""
    seen: set[tuple[str, str]] = set()
    for number, event in enumerate(events):
        if "UID" not in event:
            continue
        uid = str(event["UID"])
        which = event["RECURRENCE-ID"].to_ical().decode() if "RECURRENCE-ID" in event else ""
        if (uid, which) in seen:
            event["UID"] = f"{uid} {number}"
            event.pop("RECURRENCE-ID", None)
        seen.add((uid, which))


# One occurrence


def _counts(event: Part, words: Sequence[str]) -> bool:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return False
    texts = [str(event.get("SUMMARY", ""))]
    for row in _listed(event.get("CATEGORIES")):
        texts.extend(str(category) for category in getattr(row, "cats", [row]))
    folded = [text.casefold() for text in texts]
    return not words or any(word.casefold() in text for word in words for text in folded)


def _span(event: Part, zone: ZoneInfo) -> Span:
    start = min(_moments(event["DTSTART"].dt, zone))
    end = max(_moments(event["DTEND"].dt, zone))
    if _LASTS in event:
        end = max(end, start + int(str(event[_LASTS])))
    return Span(start, end, str(event.get("SUMMARY", "an event without a summary")))


def _moments(value: Any, zone: ZoneInfo) -> tuple[int, ...]:
    """What a date or time can mean: days and floating times are local to `zone`."""
    if not isinstance(value, datetime):
        day: date = value
        return (day_start(day, zone),)
    told = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    wall = value.replace(tzinfo=None)
    return (int(told.timestamp()), *moments_of(wall, told.tzinfo or UTC))
