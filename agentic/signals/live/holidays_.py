"""Public holidays by the package `holidays`: whole local days, the observed ones included.

A year for which the package knows no holiday at all proves nothing: what lies in it is not known.
Source: https://holidays.readthedocs.io/ (checked 2026-11-21).
"""

from __future__ import annotations

from datetime import date, timedelta

import holidays

from agentic.errors import quoted
from agentic.signals.live import timetables
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.live.timetables import DAY_S, Known, Span
from agentic.signals.snapshot import Timetable

#: A year ahead: holidays are few, and a snapshot that nobody refreshes still knows them.
HORIZON_S = 400 * DAY_S


def read_holidays(read: Read, round: Round) -> list[Timetable]:
    """The holidays of a country around now: one timetable. Raises SourceFailed where none are known."""
    settings = read.settings
    country, subdivision = settings["country"], settings["subdivision"]
    zone = timetables.zone_of(settings["zone"])
    known = timetables.known_around(round.now, HORIZON_S)
    first = timetables.local_day(known.start, zone)
    last = timetables.local_day(known.end, zone)
    place = f"{country}-{subdivision}" if subdivision else country
    blank = _first_blank_year(country, subdivision, first.year, last.year)
    if blank is not None:
        known = Known(known.start, min(known.end, timetables.day_start(date(blank, 1, 1), zone)))
    if known.end <= round.now:
        raise SourceFailed(f"no holiday of {quoted(place)} is known for {blank}")
    spans = timetables.ranges(settings["also"], zone)
    for day, name in _names(country, subdivision, range(first.year - 1, last.year + 2)).items():
        if first <= day <= last:
            start = timetables.day_start(day, zone)
            end = timetables.day_start(day + timedelta(days=1), zone)
            spans.append(Span(start, end, f"{quoted(name, 60)} is a holiday in {place}"))
    return [
        timetables.timetable(
            read,
            round,
            zone,
            timetables.without(spans, timetables.exceptions(settings["exceptions"], zone)),
            known,
            f"it is no public holiday in {place}",
            max_age_s=0,
        )
    ]


def _names(country: str, subdivision: str | None, years: range) -> dict[date, str]:
    """Name by day. Raises SourceFailed for a country or subdivision that is not known."""
    try:
        found = holidays.country_holidays(
            country, subdiv=subdivision, years=years, expand=False, observed=True
        )
    except NotImplementedError:
        place = f"{country}-{subdivision}" if subdivision else country
        raise SourceFailed(f"the holidays of {quoted(place)} are not known") from None
    return dict(found.items())


def _first_blank_year(country: str, subdivision: str | None, first: int, last: int) -> int | None:
    """The first of the years for which no holiday is known, or None."""
    for year in range(first, last + 1):
        if not any(day.year == year for day in _names(country, subdivision, range(year, year + 1))):
            return year
    return None
