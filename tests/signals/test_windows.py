"""Cron windows: from each start to the next end after it, on every clock, whenever it is worked out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.signals.live import timetables
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.live.windows import read_windows
from agentic.signals.snapshot import Timetable

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
)
NIGHT = {"start": "0 22 * * *", "end": "0 6 * * *", "because": "nobody is awake"}
WEEKEND = {"start": "0 18 * * 5", "end": "0 8 * * 1", "because": "the weekend is quiet"}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def round_at(now: int) -> Round:
    return Round(now, float("inf"), {}, lambda _name: None, "", {})


def timetable(*windows: dict[str, str], now: int, **settings: Any) -> Timetable:
    given = {
        "kind": "windows",
        "environments": None,
        "zone": "UTC",
        "windows": list(windows),
        "also": [],
        "exceptions": [],
        **settings,
    }
    (made,) = read_windows(Read("freeze.active", given, "high", 300), round_at(now))
    return made


def state(text: str, *windows: dict[str, str], **settings: Any) -> str:
    moment = at(text)
    return timetable(*windows, now=moment, **settings).at(moment).state


def between(start: str, until: str) -> dict[str, str]:
    return {"start": start, "until": until, "because": "the board said so"}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-20T17:59:59-05:00", CLEAR),  # a Friday
        ("2026-11-20T18:00:00-05:00", RAISED),
        ("2026-11-22T12:00:00-05:00", RAISED),
        ("2026-11-23T07:59:59-05:00", RAISED),
        ("2026-11-23T08:00:00-05:00", CLEAR),
        # Over the end of daylight saving time, when 18:00 is 22:00 UTC and 08:00 is 13:00 UTC.
        ("2026-10-30T21:59:59+00:00", CLEAR),
        ("2026-10-30T22:00:00+00:00", RAISED),
        ("2026-11-02T12:59:59+00:00", RAISED),
        ("2026-11-02T13:00:00+00:00", CLEAR),
        # Over its beginning: 23:00 UTC to 12:00 UTC.
        ("2026-03-06T22:59:59+00:00", CLEAR),
        ("2026-03-06T23:00:00+00:00", RAISED),
        ("2026-03-09T11:59:59+00:00", RAISED),
        ("2026-03-09T12:00:00+00:00", CLEAR),
    ],
)
def test_a_weekend_begins_and_ends_by_the_local_clock(when: str, expected: str) -> None:
    assert state(when, WEEKEND, zone="America/New_York") == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        # 02:30 is skipped: the window opens when clocks jump to 03:00, 07:00 UTC.
        ("2026-03-08T06:59:59+00:00", CLEAR),
        ("2026-03-08T07:00:00+00:00", RAISED),
        ("2026-03-08T07:59:59+00:00", RAISED),
        ("2026-03-08T08:00:00+00:00", CLEAR),
    ],
)
def test_a_start_that_clocks_skip_is_when_they_jump(when: str, expected: str) -> None:
    hour = {"start": "30 2 * * *", "end": "0 4 * * *", "because": "the backup runs"}
    assert state(when, hour, zone="America/New_York") == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        # 01:30 comes twice, at 05:30 and 06:30 UTC: the window opens with the first ...
        ("2026-11-01T05:29:59+00:00", CLEAR),
        ("2026-11-01T05:30:00+00:00", RAISED),
        # ... and an end at 01:45 is the second, at 06:45 UTC.
        ("2026-11-01T05:45:00+00:00", RAISED),
        ("2026-11-01T06:44:59+00:00", RAISED),
        ("2026-11-01T06:45:00+00:00", CLEAR),
    ],
)
def test_an_hour_that_clocks_show_twice_makes_a_window_longer(when: str, expected: str) -> None:
    quarter = {"start": "30 1 * * *", "end": "45 1 * * *", "because": "the backup runs"}
    assert state(when, quarter, zone="America/New_York") == expected


def test_a_window_inside_the_skipped_hour_does_not_last_until_tomorrow() -> None:
    skipped = {"start": "10 2 * * *", "end": "40 2 * * *", "because": "the backup runs"}
    made = timetable(skipped, now=at("2026-03-08T12:00:00+00:00"), zone="America/New_York")
    day = at("2026-03-08T00:00:00-05:00"), at("2026-03-09T00:00:00-04:00")
    assert [w for w in made.windows if day[0] <= w[0] < day[1]] == []


def test_half_an_hour_of_daylight_saving_moves_no_start_off_its_minute() -> None:
    """Lord Howe goes from 02:00 back to 01:30 on 5 April 2026; every ten minutes from 05:00."""
    window = {"start": "*/10 5 * * *", "end": "0 7 * * *", "because": "the backup runs"}
    zone = "Australia/Lord_Howe"
    assert state("2026-04-05T04:59:59+10:30", window, zone=zone) == CLEAR
    assert state("2026-04-05T05:00:00+10:30", window, zone=zone) == RAISED
    assert state("2026-04-05T06:59:59+10:30", window, zone=zone) == RAISED
    assert state("2026-04-05T07:00:00+10:30", window, zone=zone) == CLEAR


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-07-31T23:59:59+00:00", CLEAR),
        ("2026-08-01T00:00:00+00:00", RAISED),
        ("2026-08-15T12:34:56+00:00", RAISED),  # the next minute starts it again
        ("2026-09-15T00:00:00+00:00", RAISED),
        ("2026-10-01T00:00:00+00:00", CLEAR),
        ("2027-01-01T00:00:00+00:00", CLEAR),
    ],
)
def test_a_window_that_overlaps_itself_ends_at_its_end(when: str, expected: str) -> None:
    summer = {"start": "* * * 8 *", "end": "* * * 10 *", "because": "everybody is away"}
    assert state(when, summer) == expected


def test_a_window_longer_than_the_horizon_is_known_from_its_middle() -> None:
    year = {"start": "0 0 1 1 *", "end": "0 0 31 12 *", "because": "the year is frozen"}
    made = timetable(year, now=at("2026-06-01T00:00:00+00:00"))
    assert made.windows == (
        (
            at("2026-01-01T00:00:00+00:00"),
            at("2026-12-31T00:00:00+00:00"),
            "the year is frozen, until at least Thu 2026-12-31 00:00 UTC",
        ),
    )
    assert made.at(made.known_until).state == RAISED


def test_the_same_start_and_end_is_always_open() -> None:
    always = {"start": "0 8 * * *", "end": "0 8 * * *", "because": "nothing is released"}
    for hour in range(24):
        assert state(f"2026-11-20T{hour:02d}:00:00+00:00", always) == RAISED


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-12-23T22:59:59+00:00", CLEAR),  # a date begins at 00:00 in Berlin
        ("2026-12-23T23:00:00+00:00", RAISED),
        ("2026-12-26T22:59:59+00:00", RAISED),  # and the last date is in it
        ("2026-12-26T23:00:00+00:00", CLEAR),
        ("2027-01-04T16:59:59+00:00", CLEAR),
        ("2027-01-04T17:00:00+00:00", RAISED),
        ("2027-01-05T05:29:59+00:00", RAISED),
        ("2027-01-05T05:30:00+00:00", CLEAR),
    ],
)
def test_dated_ranges_are_dates_or_times(when: str, expected: str) -> None:
    ranges = [
        between("2026-12-24", "2026-12-26"),
        between("2027-01-04T18:00", "2027-01-05T06:30:00"),
    ]
    assert state(when, zone="Europe/Berlin", also=ranges) == expected


def test_a_range_with_offsets_needs_no_zone() -> None:
    ranges = [between("2026-12-24T18:00:00+05:45", "2026-12-25T06:00:00Z")]
    made = timetable(now=at("2026-12-20T00:00:00+00:00"), zone="America/New_York", also=ranges)
    ((start, end, _),) = made.windows
    assert (start, end) == (at("2026-12-24T12:15:00+00:00"), at("2026-12-25T06:00:00+00:00"))


def test_in_doubt_a_range_is_longer_and_an_exception_shorter() -> None:
    """01:30 on 1 November 2026 in New York is 05:30 and 06:30 UTC."""
    now = at("2026-10-30T00:00:00+00:00")
    twice = "2026-11-01T01:30"
    first, second = at("2026-11-01T05:30:00+00:00"), at("2026-11-01T06:30:00+00:00")
    long = timetable(now=now, zone="America/New_York", also=[between(twice, twice)])
    assert [window[:2] for window in long.windows] == [(first, second)]
    short = timetable(
        now=now,
        zone="America/New_York",
        also=[between("2026-11-01", "2026-11-01")],
        exceptions=[between("2026-11-01T00:30", twice), between(twice, "2026-11-01T03:00")],
    )
    assert short.at(first - 1).state == CLEAR
    assert short.at(first).state == RAISED
    assert short.at(second - 1).state == RAISED
    assert short.at(second).state == CLEAR


def test_an_exception_carves_its_time_out() -> None:
    exceptions = [between("2026-11-21T10:00", "2026-11-21T12:00")]
    for when, expected in (
        ("2026-11-21T09:59:59+00:00", RAISED),
        ("2026-11-21T10:00:00+00:00", CLEAR),
        ("2026-11-21T11:59:59+00:00", CLEAR),
        ("2026-11-21T12:00:00+00:00", RAISED),
    ):
        assert state(when, WEEKEND, exceptions=exceptions) == expected


def test_a_window_says_why_and_until_when_it_is_over() -> None:
    now = at("2026-11-21T12:00:00+00:00")
    made = timetable(WEEKEND, now=now, also=[between("2026-11-23", "2026-11-24")])
    assert made.at(now).because == "the weekend is quiet, until Wed 2026-11-25 00:00 UTC"
    assert made.at(at("2026-11-23T01:00:00+00:00")).because == (
        "the board said so; the weekend is quiet, until Wed 2026-11-25 00:00 UTC"
    )
    assert made.at(at("2026-11-26T00:00:00+00:00")).because == "no window of policy is open"


def test_nothing_is_known_outside_the_horizon() -> None:
    now = at("2026-11-25T12:00:00+00:00")
    made = timetable(NIGHT, now=now)
    assert made.at(now).state == CLEAR
    assert made.at(made.known_from).state == CLEAR
    assert made.at(made.known_from - 1).state == UNKNOWN
    assert made.at(made.known_until - 1).state == CLEAR
    assert made.at(made.known_until).state == UNKNOWN
    assert made.known_until - now == timetables.HORIZON_S


def test_policy_is_its_own_source_so_its_clear_does_not_age() -> None:
    assert timetable(NIGHT, now=1_800_000_000).max_age_s == 0


def test_too_many_windows_are_known_less_far_ahead() -> None:
    pulse = {"start": "*/10 * * * *", "end": "5-59/10 * * * *", "because": "five by five"}
    now = at("2026-11-21T00:00:00+00:00")
    made = timetable(pulse, now=now)
    assert len(made.windows) == timetables.MAX_WINDOWS
    assert now < made.known_until < now + timetables.HORIZON_S
    assert made.at(made.known_until - 1).state == CLEAR
    assert made.at(made.known_until).state == UNKNOWN


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("0 0 30 2 *", "`0 0 30 2 *` is no cron expression: Bad day-of-month"),
        ("0 0 31 4,6 *", "`0 0 31 4,6 *` is no cron expression: Bad day-of-month"),
        ("61 * * * *", "`61 * * * *` is no cron expression: Bad minute"),
        ("@daily", "`@daily` does not have the five fields of cron"),
        ("0 0 0 * * *", "`0 0 0 * * *` does not have the five fields of cron"),
    ],
)
def test_an_expression_that_is_none_is_a_failure(start: str, told: str) -> None:
    with pytest.raises(SourceFailed) as failed:
        timetable({**NIGHT, "start": start}, now=1_800_000_000)
    assert str(failed.value) == told


def test_a_leap_day_on_one_weekday_is_found() -> None:
    """29 February on a Monday: last in 2016, next in 2044."""
    rare = {"start": "0 0 29 2 */7", "end": "0 0 1 3 *", "because": "it is a rare day"}
    for when, expected in (
        ("2032-02-29T12:00:00+00:00", RAISED),  # a Sunday
        ("2028-02-29T12:00:00+00:00", CLEAR),
    ):
        assert state(when, rare) == expected


def test_an_unknown_zone_is_a_failure() -> None:
    with pytest.raises(SourceFailed, match="the time zone `Mars/Olympus` is not known"):
        timetable(NIGHT, now=0, zone="Mars/Olympus")


# Against a plain computation: every minute of the clock, one after the other


def named(expression: str) -> Callable[[datetime], bool]:
    """Whether an expression of stars, numbers and lists names a minute of a wall clock."""
    minute, hour, _, _, weekday = (
        range(60) if field == "*" else {int(number) for number in field.split(",")}
        for field in expression.split()
    )
    return lambda wall: (
        wall.minute in minute and wall.hour in hour and wall.isoweekday() % 7 in weekday
    )


@cache
def minutes(zone: str, first: int, last: int) -> list[tuple[int, list[datetime], bool]]:
    """(moment, the walls that it stands for, whether clocks show it for the last time).

    A moment after a gap stands for the walls that were skipped, too.
    """
    found = []
    before = datetime.fromtimestamp(first - 60, ZoneInfo(zone)).replace(tzinfo=None)
    shown: dict[datetime, int] = {}
    for moment in range(first, last, 60):
        wall = datetime.fromtimestamp(moment, ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        walls = [wall]
        while walls[0] - before > timedelta(minutes=1):
            walls.insert(0, walls[0] - timedelta(minutes=1))
        before = wall
        shown[wall] = moment
        found.append((moment, walls))
    return [(moment, walls, shown[walls[-1]] == moment) for moment, walls in found]


def plain_states(window: dict[str, str], zone: str, first: int, last: int) -> dict[int, bool]:
    """Whether a window is open in each minute: any start that no later end has closed."""
    begins, ends = named(window["start"]), named(window["end"])
    is_open, states = False, {}
    for moment, walls, is_last in minutes(zone, first, last):
        for wall in walls:
            # An end closes what began before it; a start of the same minute begins anew.
            if is_last and ends(wall):
                is_open = False
            if begins(wall):
                is_open = True
        states[moment] = is_open
    return states


field = st.one_of(
    st.just("*"),
    st.lists(st.sampled_from([0, 1, 2, 3, 12, 23]), min_size=1, max_size=2).map(
        lambda numbers: ",".join(map(str, numbers))
    ),
)
minute = st.lists(st.sampled_from([0, 15, 30, 45, 59]), min_size=1, max_size=2).map(
    lambda numbers: ",".join(map(str, numbers))
)
weekday = st.one_of(st.just("*"), st.sampled_from(["0", "1", "5", "0,6"]))
expression = st.builds("{} {} * * {}".format, minute, field, weekday)
#: Changes of clocks, both ways, in zones that have them; an ordinary week in those that do not.
changes = st.sampled_from(
    [
        ("America/New_York", "2026-03-08T07:00:00+00:00"),
        ("America/New_York", "2026-11-01T06:00:00+00:00"),
        ("Europe/Berlin", "2026-03-29T01:00:00+00:00"),
        ("Europe/Berlin", "2026-10-25T01:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00+00:00"),
        ("Asia/Kathmandu", "2026-11-21T00:00:00+00:00"),
        ("UTC", "2026-11-21T00:00:00+00:00"),
    ]
)


@given(expression, expression, changes)
def test_it_is_the_plain_computation(start: str, end: str, change: tuple[str, str]) -> None:
    zone, moment = change[0], at(change[1])
    window = {"start": start, "end": end, "because": "it is a window"}
    # A start and an end of every week lie in the two weeks before what is compared.
    states = plain_states(window, zone, moment - 16 * 86_400, moment + 2 * 86_400)
    made = timetable(window, now=moment, zone=zone)
    compared = range(moment - 86_400, moment + 86_400, 300)
    assert {m: made.at(m).state == RAISED for m in compared} == {m: states[m] for m in compared}


@given(
    expression,
    expression,
    st.sampled_from(ZONES),
    st.integers(at("2026-01-01T00:00:00+00:00"), at("2027-06-01T00:00:00+00:00")),
    st.integers(-30 * 3600, 30 * 3600),
)
def test_when_it_was_worked_out_changes_no_state(
    start: str, end: str, zone: str, now: int, later_s: int
) -> None:
    window = {"start": start, "end": end, "because": "it is a window"}
    one, other = (timetable(window, now=moment, zone=zone) for moment in (now, now + later_s))
    first = max(one.known_from, other.known_from)
    last = min(one.known_until, other.known_until)
    edges = {edge for made in (one, other) for w in made.windows for edge in (w[0] - 1, *w[:2])}
    for moment in {first, last - 1, *(edge for edge in edges if first <= edge < last)}:
        assert one.at(moment).state == other.at(moment).state


@given(expression, expression, st.sampled_from(ZONES), st.integers(1_700_000_000, 1_900_000_000))
def test_windows_are_in_order_and_do_not_overlap(start: str, end: str, zone: str, now: int) -> None:
    made = timetable(
        {"start": start, "end": end, "because": "it is a window"},
        WEEKEND,
        now=now,
        zone=zone,
        also=[between("2026-11-21", "2026-12-01")],
    )
    for window, after in zip(made.windows, made.windows[1:], strict=False):
        assert window[0] < window[1] <= after[0]


# Wall clocks


@given(
    st.sampled_from((*ZONES, "Pacific/Apia", "America/Havana", "Africa/Cairo", "Asia/Beirut")),
    st.integers(at("1975-01-01T00:00:00+00:00"), at("2036-01-01T00:00:00+00:00")),
)
def test_a_moment_is_among_the_moments_of_its_own_wall_clock(zone: str, moment: int) -> None:
    key = ZoneInfo(zone)
    wall = datetime.fromtimestamp(moment, key).replace(tzinfo=None, fold=0)
    assert moment in timetables.moments_of(wall, key)


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("America/New_York", "2026-03-08T02:30", ["2026-03-08T07:00:00+00:00"]),
        ("America/New_York", "2026-03-08T02:00", ["2026-03-08T07:00:00+00:00"]),
        ("America/New_York", "2026-03-08T03:00", ["2026-03-08T07:00:00+00:00"]),
        (
            "America/New_York",
            "2026-11-01T01:00",
            ["2026-11-01T05:00:00+00:00", "2026-11-01T06:00:00+00:00"],
        ),
        ("America/New_York", "2026-11-01T02:00", ["2026-11-01T07:00:00+00:00"]),
        ("Australia/Lord_Howe", "2026-10-04T02:15", ["2026-10-03T15:30:00+00:00"]),
        (
            "Australia/Lord_Howe",
            "2026-04-05T01:45",
            ["2026-04-04T14:45:00+00:00", "2026-04-04T15:15:00+00:00"],
        ),
        ("Asia/Kathmandu", "2026-11-21T05:45", ["2026-11-21T00:00:00+00:00"]),
        ("Pacific/Apia", "2011-12-30T12:00", ["2011-12-30T10:00:00+00:00"]),  # no such day
        ("UTC", "2026-11-21T05:45", ["2026-11-21T05:45:00+00:00"]),
    ],
)
def test_wall_clocks_are_moments(zone: str, wall: str, expected: list[str]) -> None:
    found = timetables.moments_of(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert [datetime.fromtimestamp(moment, UTC).isoformat() for moment in found] == expected
