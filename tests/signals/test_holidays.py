"""Public holidays: whole local days by name, observed days, and nothing known where the package is blank."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.signals.live.holidays_ import HORIZON_S, read_holidays
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.snapshot import Timetable


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def timetable(country: str, zone: str, now: int, **given: Any) -> Timetable:
    settings = {
        "kind": "holidays",
        "environments": None,
        "country": country,
        "subdivision": None,
        "zone": zone,
        "also": [],
        "exceptions": [],
        **given,
    }
    turn = Round(now, float("inf"), {}, lambda _name: None, "", {})
    (made,) = read_holidays(Read("holiday", settings, "warning", 300), turn)
    return made


def state(country: str, zone: str, when: str, **given: Any) -> str:
    return timetable(country, zone, at(when), **given).at(at(when)).state


@pytest.mark.parametrize(
    ("country", "zone", "when", "expected"),
    [
        # Thanksgiving 2026 from midnight to midnight in New York, which is UTC-5 then.
        ("US", "America/New_York", "2026-11-26T04:59:59+00:00", CLEAR),
        ("US", "America/New_York", "2026-11-26T05:00:00+00:00", RAISED),
        ("US", "America/New_York", "2026-11-27T04:59:59+00:00", RAISED),
        ("US", "America/New_York", "2026-11-27T05:00:00+00:00", CLEAR),
        # 3 July 2026, because the fourth is a Saturday; and New Year 2028, observed the year before.
        ("US", "America/New_York", "2026-07-03T12:00:00-04:00", RAISED),
        ("US", "America/New_York", "2027-12-31T12:00:00-05:00", RAISED),
        # 28 March 2027 in Germany: Easter Sunday is one in Brandenburg only, and has 23 hours.
        ("DE", "Europe/Berlin", "2027-03-29T12:00:00+02:00", RAISED),
        ("DE", "Europe/Berlin", "2027-03-30T00:00:00+02:00", CLEAR),
        ("AU", "Australia/Lord_Howe", "2026-04-25T00:00:00+10:30", RAISED),
        ("AU", "Australia/Lord_Howe", "2026-04-24T23:59:59+10:30", CLEAR),
        ("NP", "Asia/Kathmandu", "2026-09-18T18:14:59+00:00", CLEAR),
        ("NP", "Asia/Kathmandu", "2026-09-18T18:15:00+00:00", RAISED),  # Constitution Day
    ],
)
def test_a_holiday_is_the_local_day(country: str, zone: str, when: str, expected: str) -> None:
    assert state(country, zone, when) == expected


def test_a_part_of_a_country_has_days_of_its_own() -> None:
    noon = "2026-01-06T12:00:00+01:00"  # Epiphany
    assert state("DE", "Europe/Berlin", noon) == CLEAR
    assert state("DE", "Europe/Berlin", noon, subdivision="BY") == RAISED


def test_a_day_with_a_change_of_the_clock_is_shorter() -> None:
    """Easter Sunday 2027 is the day on which Germany's clocks are set forward."""
    now = at("2027-03-27T12:00:00+00:00")
    made = timetable("DE", "Europe/Berlin", now, subdivision="BB")
    start, end, why = next(w for w in made.windows if "Easter Sunday" in w[2])
    assert end - start == 23 * 3600
    assert why == (
        "`Easter Sunday` is a holiday in DE-BB, until Tue 2027-03-30 00:00 Europe/Berlin"
    )


def test_it_names_the_holiday_and_says_when_there_is_none() -> None:
    made = timetable("US", "America/New_York", at("2026-11-20T00:00:00+00:00"))
    assert made.at(at("2026-11-26T12:00:00+00:00")).because == (
        "`Thanksgiving Day` is a holiday in US, until Fri 2026-11-27 00:00 America/New_York"
    )
    assert made.at(at("2026-11-24T12:00:00+00:00")).because == "it is no public holiday in US"
    assert made.max_age_s == 0


def test_days_of_ones_own_and_exceptions() -> None:
    also = [{"start": "2026-12-28", "until": "2026-12-30", "because": "the office is closed"}]
    exceptions = [{"start": "2026-12-25T12:00", "until": "2026-12-25", "because": "we launch"}]
    given = {"also": also, "exceptions": exceptions}
    for when, expected in (
        ("2026-12-25T11:59:59-05:00", RAISED),
        ("2026-12-25T12:00:00-05:00", CLEAR),
        ("2026-12-27T12:00:00-05:00", CLEAR),
        ("2026-12-28T00:00:00-05:00", RAISED),
        ("2026-12-30T23:59:59-05:00", RAISED),
        ("2026-12-31T00:00:00-05:00", CLEAR),
    ):
        assert state("US", "America/New_York", when, **given) == expected


def test_a_year_ahead_is_known() -> None:
    now = at("2026-06-10T00:00:00+00:00")
    made = timetable("US", "UTC", now)
    assert made.known_until == now + HORIZON_S
    assert made.at(made.known_until - 1).state == CLEAR
    assert made.at(made.known_until).state == UNKNOWN


def test_a_year_that_the_package_does_not_know_is_not_known() -> None:
    """The package's tables end with the year 2100."""
    made = timetable("DE", "Europe/Berlin", at("2100-11-01T00:00:00+00:00"))
    assert made.known_until == at("2101-01-01T00:00:00+01:00")
    assert made.at(at("2100-12-26T12:00:00+01:00")).state == RAISED
    assert made.at(at("2101-12-25T12:00:00+01:00")).state == UNKNOWN
    with pytest.raises(SourceFailed, match="no holiday of `DE` is known for 2101"):
        timetable("DE", "Europe/Berlin", at("2101-06-01T00:00:00+00:00"))


@pytest.mark.parametrize(
    ("country", "subdivision", "told"),
    [
        ("XX", None, "the holidays of `XX` are not known"),
        ("DE", "ZZ", "the holidays of `DE-ZZ` are not known"),
    ],
)
def test_an_unknown_country_is_a_failure(country: str, subdivision: str | None, told: str) -> None:
    with pytest.raises(SourceFailed) as failed:
        timetable(country, "UTC", at("2026-06-01T00:00:00+00:00"), subdivision=subdivision)
    assert str(failed.value) == told


def test_an_unknown_zone_is_a_failure() -> None:
    with pytest.raises(SourceFailed, match="the time zone `Mars/Olympus` is not known"):
        timetable("DE", "Mars/Olympus", at("2026-06-01T00:00:00+00:00"))


PLACES = [
    ("US", "America/New_York"),
    ("DE", "Europe/Berlin"),
    ("AU", "Australia/Lord_Howe"),
    ("NP", "Asia/Kathmandu"),
    ("GB", "UTC"),
]
moments = st.integers(at("2020-01-01T00:00:00+00:00"), at("2030-01-01T00:00:00+00:00"))


@given(st.sampled_from(PLACES), moments, st.integers(-86_400, HORIZON_S - 1))
def test_it_is_the_plain_computation(place: tuple[str, str], now: int, later_s: int) -> None:
    country, zone = place
    moment = now + later_s
    local = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone))
    is_holiday = local.date() in holidays.country_holidays(country)
    made = timetable(country, zone, now)
    assert (made.at(moment).state == RAISED) == is_holiday
    assert made.at(moment).state != UNKNOWN


@given(st.sampled_from(PLACES), moments, st.integers(-86_400, 86_400))
def test_when_it_was_worked_out_changes_no_state(
    place: tuple[str, str], now: int, later_s: int
) -> None:
    one, other = (timetable(*place, moment) for moment in (now, now + later_s))
    first = max(one.known_from, other.known_from)
    last = min(one.known_until, other.known_until)
    edges = {edge for t in (one, other) for w in t.windows for edge in (w[0] - 1, *w[:2])}
    for moment in {first, last - 1, *(edge for edge in edges if first <= edge < last)}:
        assert one.at(moment).state == other.at(moment).state


def test_holidays_do_not_overlap() -> None:
    made = timetable("AU", "Australia/Lord_Howe", at("2026-01-01T00:00:00+00:00"))
    for window, after in zip(made.windows, made.windows[1:], strict=False):
        assert window[0] < window[1] <= after[0]
    assert len(made.windows) > 5
