"""Freeze calendars: every event to the second in every zone, and never "no freeze" by accident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, UNKNOWN, ToolCall
from agentic.signals.interface import World, read_signals
from agentic.signals.live import ical, occurrences, timetables
from agentic.signals.live.ask import ask
from agentic.signals.live.calendars import read_calendar
from agentic.signals.live.http import Pool
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.live.store import write_snapshot
from agentic.signals.snapshot import Timetable
from tests.signals.configured import policy_of
from tests.signals.hostile import Stub, answer

NEW_YORK = "America/New_York"
NOW = int(datetime(2026, 10, 28, 12, tzinfo=UTC).timestamp())
WEEKEND = (
    "SUMMARY:Release freeze",
    "DTSTART;TZID=America/New_York:20261030T180000",
    "DTEND;TZID=America/New_York:20261102T080000",
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def event(*lines: str, uid: str = "1") -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"]


def calendar(*events: Sequence[str], head: Sequence[str] = ()) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *head]
    for one in events:
        lines.extend(one)
    return ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()


def settings(**given: Any) -> dict[str, Any]:
    return {
        "kind": "calendar",
        "environments": None,
        "source": "freezes",
        "zone": NEW_YORK,
        "words": [],
        "exceptions": [],
        **given,
    }


class Asked(NamedTuple):
    """A calendar file outside any workspace, to be read."""

    path: Path

    def read(self, data: bytes, now: int = NOW, **given: Any) -> Timetable:
        self.path.write_bytes(data)
        self.path.chmod(0o600)
        source = {"kind": "file", "source": "freezes", "path": str(self.path)}
        turn = Round(now, monotonic() + 60, {"freezes": source}, lambda _: None, "", {})
        (made,) = read_calendar(Read("freeze.active", settings(**given), "high", 300), turn)
        return made


@pytest.fixture
def file(tmp_path: Path) -> Asked:
    return Asked(tmp_path / "freezes.ics")


def made(data: bytes, now: int, zone: str = NEW_YORK, words: Sequence[str] = ()) -> Timetable:
    """The timetable of a calendar without a file and a process."""
    known = timetables.known_around(now)
    found = ical.spans_of(data, ZoneInfo(zone), words, known)
    turn = Round(now, float("inf"), {}, lambda _: None, "", {})
    return timetables.timetable(
        Read("freeze.active", settings(zone=zone), "high", 300),
        turn,
        ZoneInfo(zone),
        found.spans,
        known,
        "nothing is on",
        max_age_s=300,
    )


def windows(*lines: str, zone: str = NEW_YORK, now: int = NOW) -> list[tuple[str, str]]:
    return spans(calendar(event(*lines)), zone=zone, now=now)


def spans(data: bytes, zone: str = NEW_YORK, now: int = NOW) -> list[tuple[str, str]]:
    """(start, end) in UTC of all windows."""
    return [
        (f"{timetables.utc(start):%m-%d %H:%M}", f"{timetables.utc(end):%m-%d %H:%M}")
        for start, end, _ in made(data, now, zone).windows
    ]


# A calendar file, as policy has it


def test_a_freeze_holds_to_the_second_over_the_end_of_daylight_saving(file: Asked) -> None:
    table = file.read(calendar(event(*WEEKEND)))
    for when, expected in (
        ("2026-10-30T21:59:59+00:00", CLEAR),
        ("2026-10-30T22:00:00+00:00", RAISED),
        ("2026-11-02T12:59:59+00:00", RAISED),  # 07:59:59 in New York, which has left summer time
        ("2026-11-02T13:00:00+00:00", CLEAR),
    ):
        assert table.at(at(when)).state == expected


def test_a_reading_says_which_event_and_until_when(file: Asked) -> None:
    table = file.read(calendar(event(*WEEKEND)), environments=["production"])
    raised = table.at(at("2026-10-31T12:00:00+00:00"))
    assert raised.because == "`Release freeze`, until Mon 2026-11-02 08:00 America/New_York"
    assert (raised.signal, raised.severity, raised.source) == ("freeze.active", "high", "freezes")
    assert raised.environments == ("production",)
    assert (raised.observed_at, raised.max_age_s) == (NOW, 300)
    assert table.at(NOW).because == "none of the 1 events of `freezes` is on"


def test_overlapping_and_touching_events_are_one_row_that_keeps_its_reasons() -> None:
    data = calendar(
        event("SUMMARY:A", "DTSTART:20261101T000000Z", "DTEND:20261103T000000Z"),
        event("SUMMARY:B", "DTSTART:20261102T000000Z", "DTEND:20261104T000000Z", uid="2"),
        event("SUMMARY:B", "DTSTART:20261104T000000Z", "DTEND:20261105T000000Z", uid="3"),
        event("SUMMARY:C", "DTSTART:20261106T000000Z", "DTEND:20261107T000000Z", uid="4"),
    )
    day = 86_400
    first = at("2026-11-01T00:00:00+00:00")
    assert [(s - first, e - first, why) for s, e, why in made(data, NOW, "UTC").windows] == [
        (0, day, "A, until Thu 2026-11-05 00:00 UTC"),
        (day, 2 * day, "A; B, until Thu 2026-11-05 00:00 UTC"),
        (2 * day, 4 * day, "B, until Thu 2026-11-05 00:00 UTC"),
        (5 * day, 6 * day, "C, until Sat 2026-11-07 00:00 UTC"),
    ]


def test_many_reasons_are_counted() -> None:
    data = calendar(
        *(
            event(f"SUMMARY:{name}", "DTSTART:20261101T000000Z", "DURATION:PT1H", uid=name)
            for name in "ABCDE"
        )
    )
    ((_, _, why),) = made(data, NOW, "UTC").windows
    assert why == "A; B and 3 more, until Sun 2026-11-01 01:00 UTC"


def test_exceptions_are_taken_out(file: Asked) -> None:
    exception = {
        "start": "2026-10-31T10:00",
        "until": "2026-10-31T12:00",
        "because": "the fix was agreed",
    }
    table = file.read(calendar(event(*WEEKEND)), exceptions=[exception])
    for when, expected in (
        ("2026-10-31T09:59:59-04:00", RAISED),
        ("2026-10-31T10:00:00-04:00", CLEAR),
        ("2026-10-31T11:59:59-04:00", CLEAR),
        ("2026-10-31T12:00:00-04:00", RAISED),
    ):
        assert table.at(at(when)).state == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], 3),
        (["freeze"], 2),
        (["FREEZE", "party"], 3),
        (["blackout"], 1),
        (["nothing"], 0),
    ],
)
def test_words_choose_by_summary_or_category(words: list[str], expected: int) -> None:
    times = "DTSTART:2026110{}T000000Z", "DURATION:PT1H"
    data = calendar(
        event("SUMMARY:Code Freeze", times[0].format(1), times[1]),
        event("SUMMARY:Office party", times[0].format(2), times[1], uid="2"),
        event("CATEGORIES:Blackout,Deploy-Freeze", times[0].format(3), times[1], uid="3"),
    )
    assert len(made(data, NOW, "UTC", words).windows) == expected


def test_a_calendar_of_the_past_is_readable_and_clear(file: Asked) -> None:
    table = file.read(calendar(event("DTSTART:20160101T000000Z", "DTEND:20160102T000000Z")))
    assert table.at(NOW).state == CLEAR


def test_a_file_in_the_workspace_may_raise_and_not_clear(tmp_path: Path) -> None:
    data = calendar(event(*WEEKEND))
    (tmp_path / "freezes.ics").write_bytes(data)
    (tmp_path / "freezes.ics").chmod(0o600)
    inside, outside = at("2026-10-31T12:00:00+00:00"), NOW
    for more, state in (
        ({}, UNKNOWN),
        ({"sha256": sha256(data).hexdigest()}, CLEAR),
        ({"may_clear": {"because": "only the release team may write it"}}, CLEAR),
    ):
        source = {"kind": "file", "source": "freezes", "path": "freezes.ics", **more}
        sources = {"freezes": source}
        turn = Round(NOW, monotonic() + 60, sources, lambda _: None, str(tmp_path), {})
        (table,) = read_calendar(Read("freeze.active", settings(), "high", 300), turn)
        assert table.at(inside).state == RAISED
        assert table.at(outside).state == state


def test_a_doubt_is_told(tmp_path: Path) -> None:
    (tmp_path / "freezes.ics").write_bytes(calendar(event(*WEEKEND)))
    (tmp_path / "freezes.ics").chmod(0o600)
    source = {"kind": "file", "source": "freezes", "path": "freezes.ics"}
    turn = Round(NOW, monotonic() + 60, {"freezes": source}, lambda _: None, str(tmp_path), {})
    (table,) = read_calendar(Read("freeze.active", settings(), "high", 300), turn)
    assert table.at(NOW).because.startswith("`freezes.ics` says clear, but whoever works here")


# What an event is


def test_days_are_days_of_the_reads_zone_and_their_end_is_exclusive() -> None:
    days = ("DTSTART;VALUE=DATE:20261031", "DTEND;VALUE=DATE:20261102")
    assert windows(*days) == [("10-31 04:00", "11-02 05:00")]
    assert windows(*days, zone="Asia/Kathmandu") == [("10-30 18:15", "11-01 18:15")]
    assert windows(*days, zone="UTC") == [("10-31 00:00", "11-02 00:00")]


def test_a_day_is_the_local_day_however_long_it_is() -> None:
    """2027-01-04T00:30Z is still 3 January in New York; the day of the change has 25 hours."""
    now = at("2027-01-02T12:00:00+00:00")
    table = made(calendar(event("DTSTART;VALUE=DATE:20270103")), now)
    assert table.at(at("2027-01-04T00:30:00+00:00")).state == RAISED
    assert table.at(at("2027-01-03T04:59:59+00:00")).state == CLEAR
    assert windows("DTSTART;VALUE=DATE:20261101") == [("11-01 04:00", "11-02 05:00")]


@pytest.mark.parametrize(
    ("zone", "inside"),
    [
        (NEW_YORK, "2026-11-02T04:59:59+00:00"),  # the end of 1 November, five hours after UTC's
        ("Asia/Kathmandu", "2026-10-31T18:15:00+00:00"),  # its beginning, long before UTC's
    ],
)
def test_a_day_at_either_end_of_the_known_time_is_found(zone: str, inside: str) -> None:
    data = calendar(event("DTSTART;VALUE=DATE:20261101"))
    for now in (at(inside) + timetables.PAST_S, at(inside) - timetables.HORIZON_S + 1):
        table = made(data, now, zone)
        assert table.known_from <= at(inside) < table.known_until
        assert table.at(at(inside)).state == RAISED


def test_floating_times_are_local_to_the_read_or_to_the_calendars_own_zone() -> None:
    lines = event("DTSTART:20261031T180000", "DTEND:20261101T080000")
    assert spans(calendar(lines)) == [("10-31 22:00", "11-01 13:00")]
    own = calendar(lines, head=["X-WR-TIMEZONE:Europe/Berlin"])
    assert spans(own) == [("10-31 17:00", "11-01 07:00")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # Recurring weekends over the end of daylight saving time.
        (
            (*WEEKEND[1:], "RRULE:FREQ=WEEKLY;COUNT=3"),
            [
                ("10-30 22:00", "11-02 13:00"),
                ("11-06 23:00", "11-09 13:00"),
                ("11-13 23:00", "11-16 13:00"),
            ],
        ),
        # An end that is given in UTC is an end on the wall clock of the start.
        (
            (WEEKEND[1], "DTEND:20261102T130000Z", "RRULE:FREQ=WEEKLY;COUNT=2"),
            [("10-30 22:00", "11-02 13:00"), ("11-06 23:00", "11-09 13:00")],
        ),
        # All-day, every day, over the change.
        (
            ("DTSTART;VALUE=DATE:20261031", "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=2"),
            [("10-31 04:00", "11-01 04:00"), ("11-02 05:00", "11-03 05:00")],
        ),
        # EXDATE takes one out, RDATE puts one in.
        (
            (
                "DTSTART:20261101T100000Z",
                "DURATION:PT1H",
                "RRULE:FREQ=DAILY;COUNT=3",
                "EXDATE:20261102T100000Z",
                "RDATE:20261110T100000Z",
            ),
            [
                ("11-01 10:00", "11-01 11:00"),
                ("11-03 10:00", "11-03 11:00"),
                ("11-10 10:00", "11-10 11:00"),
            ],
        ),
        (
            (
                "DTSTART:20261101T100000Z",
                "DURATION:PT1H",
                "RDATE;VALUE=PERIOD:20261110T100000Z/PT5H",
            ),
            [("11-01 10:00", "11-01 11:00"), ("11-10 10:00", "11-10 15:00")],
        ),
        # A DURATION of hours is so many hours, or until that time of the clock, whichever is later.
        (
            ("DTSTART;TZID=America/New_York:20261031T180000", "DURATION:PT24H"),
            [("10-31 22:00", "11-01 23:00")],
        ),
        # Some programs write a day's DTEND as the day itself.
        (
            ("DTSTART;VALUE=DATE:20261031", "DTEND;VALUE=DATE:20261031"),
            [("10-31 04:00", "11-01 04:00")],
        ),
        # A date in UNTIL includes that day, and a local UNTIL is local.
        (
            (
                "DTSTART;TZID=America/New_York:20261101T200000",
                "DURATION:PT1H",
                "RRULE:FREQ=DAILY;UNTIL=20261102",
            ),
            [("11-02 01:00", "11-02 02:00"), ("11-03 01:00", "11-03 02:00")],
        ),
        (
            (
                "DTSTART;TZID=America/New_York:20261101T200000",
                "DURATION:PT1H",
                "RRULE:FREQ=DAILY;UNTIL=20261102T200000",
            ),
            [("11-02 01:00", "11-02 02:00"), ("11-03 01:00", "11-03 02:00")],
        ),
        # A last occurrence that lies on the next day in UTC.
        (
            ("DTSTART:20261101T200000", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20261103T010000Z"),
            [("11-02 01:00", "11-02 02:00"), ("11-03 01:00", "11-03 02:00")],
        ),
        # Free, tentative and classified events are freezes as well.
        (
            (*WEEKEND[1:], "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"),
            [("10-30 22:00", "11-02 13:00")],
        ),
        ((*WEEKEND[1:], "STATUS:TENTATIVE"), [("10-30 22:00", "11-02 13:00")]),
        ((*WEEKEND[1:], "CLASS:PRIVATE"), [("10-30 22:00", "11-02 13:00")]),
        ((*WEEKEND[1:], "STATUS:CANCELLED"), []),
        # Names of time zones as Windows and Evolution write them.
        (
            (
                "DTSTART;TZID=W. Europe Standard Time:20261101T120000",
                "DTEND;TZID=W. Europe Standard Time:20261101T130000",
            ),
            [("11-01 11:00", "11-01 12:00")],
        ),
        # A moment takes no time.
        (("DTSTART:20261101T100000Z",), []),
    ],
)
def test_what_an_event_says(lines: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert windows(*lines) == expected


@pytest.mark.parametrize(
    ("zone", "lines", "now", "expected"),
    [
        # 02:30 does not exist on 8 March 2026 in New York: from when clocks jump, or an hour later.
        (
            NEW_YORK,
            (
                "DTSTART;TZID=America/New_York:20260308T023000",
                "DTEND;TZID=America/New_York:20260308T120000",
            ),
            "2026-03-07T00:00:00+00:00",
            [("03-08 07:00", "03-08 16:00")],
        ),
        (
            NEW_YORK,
            (
                "DTSTART;TZID=America/New_York:20260308T000000",
                "DTEND;TZID=America/New_York:20260308T023000",
            ),
            "2026-03-07T00:00:00+00:00",
            [("03-08 05:00", "03-08 07:30")],
        ),
        # 01:30 comes twice on 1 November: the first begins, the second ends.
        (
            NEW_YORK,
            (
                "DTSTART;TZID=America/New_York:20261101T013000",
                "DTEND;TZID=America/New_York:20261101T014500",
            ),
            "2026-10-30T00:00:00+00:00",
            [("11-01 05:30", "11-01 06:45")],
        ),
        # Weekends over the beginning of daylight saving time.
        (
            "Europe/Berlin",
            (
                "DTSTART;TZID=Europe/Berlin:20260327T180000",
                "DTEND;TZID=Europe/Berlin:20260330T080000",
                "RRULE:FREQ=WEEKLY;COUNT=2",
            ),
            "2026-03-26T00:00:00+00:00",
            [("03-27 17:00", "03-30 06:00"), ("04-03 16:00", "04-06 06:00")],
        ),
        (
            NEW_YORK,
            ("DTSTART;TZID=America/New_York:20260306T180000", "DTEND:20260309T120000Z"),
            "2026-03-05T00:00:00+00:00",
            [("03-06 23:00", "03-09 12:00")],
        ),
        # Sixty-two hours from Friday 18:00 end an hour later on Monday's clock.
        (
            NEW_YORK,
            ("DTSTART;TZID=America/New_York:20260306T180000", "DURATION:PT62H"),
            "2026-03-05T00:00:00+00:00",
            [("03-06 23:00", "03-09 13:00")],
        ),
        (
            "Australia/Lord_Howe",
            ("DTSTART;VALUE=DATE:20260405",),
            "2026-04-03T00:00:00+00:00",
            [("04-04 13:00", "04-05 13:30")],
        ),
        (
            "Australia/Lord_Howe",
            ("DTSTART;VALUE=DATE:20261004",),
            "2026-10-02T00:00:00+00:00",
            [("10-03 13:30", "10-04 13:00")],
        ),
        (
            "Asia/Kathmandu",
            (
                "DTSTART;TZID=Asia/Kathmandu:20261031T000000",
                "DTEND;TZID=Asia/Kathmandu:20261101T000000",
                "RRULE:FREQ=DAILY;COUNT=2",
            ),
            "2026-10-30T00:00:00+00:00",
            [("10-30 18:15", "11-01 18:15")],
        ),
    ],
)
def test_events_over_changes_of_the_clock(
    zone: str, lines: tuple[str, ...], now: str, expected: list[tuple[str, str]]
) -> None:
    assert windows(*lines, zone=zone, now=at(now)) == expected


SERIES = ("DTSTART:20261101T100000Z", "DTEND:20261101T110000Z", "RRULE:FREQ=DAILY;COUNT=3")


def test_one_occurrence_can_be_moved_or_cancelled() -> None:
    moved = event(
        "RECURRENCE-ID:20261102T100000Z", "DTSTART:20261102T150000Z", "DTEND:20261102T160000Z"
    )
    cancelled = event(
        "RECURRENCE-ID:20261103T100000Z",
        "DTSTART:20261103T100000Z",
        "DTEND:20261103T110000Z",
        "STATUS:CANCELLED",
    )
    assert spans(calendar(event(*SERIES), moved, cancelled)) == [
        ("11-01 10:00", "11-01 11:00"),
        ("11-02 15:00", "11-02 16:00"),
    ]


def test_an_occurrence_moved_into_the_known_time_from_far_outside_is_found() -> None:
    series = event("DTSTART:20260101T100000Z", "DTEND:20260101T110000Z", "RRULE:FREQ=YEARLY")
    moved = event(
        "RECURRENCE-ID:20270101T100000Z", "DTSTART:20261102T150000Z", "DTEND:20261102T160000Z"
    )
    assert spans(calendar(series, moved)) == [("11-02 15:00", "11-02 16:00")]


def test_this_and_future_occurrences_move() -> None:
    later = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261102T100000Z",
        "DTSTART:20261102T120000Z",
        "DTEND:20261102T140000Z",
    )
    assert spans(calendar(event(*SERIES), later)) == [
        ("11-01 10:00", "11-01 11:00"),
        ("11-02 12:00", "11-02 14:00"),
        ("11-03 12:00", "11-03 14:00"),
    ]


def test_events_that_share_a_uid_all_count() -> None:
    other = event("DTSTART:20261110T000000Z", "DTEND:20261111T000000Z")
    newer = event("DTSTART:20261120T000000Z", "DTEND:20261121T000000Z", "SEQUENCE:4")
    assert spans(calendar(event(*WEEKEND), other, newer)) == [
        ("10-30 22:00", "11-02 13:00"),
        ("11-10 00:00", "11-11 00:00"),
        ("11-20 00:00", "11-21 00:00"),
    ]


def test_two_versions_of_one_occurrence_both_count() -> None:
    versions = [
        event(
            "RECURRENCE-ID:20261102T100000Z",
            f"DTSTART:20261102T{hour}0000Z",
            f"DTEND:20261102T{hour}3000Z",
        )
        for hour in (15, 17)
    ]
    assert spans(calendar(event(*SERIES), *versions))[1:3] == [
        ("11-02 15:00", "11-02 15:30"),
        ("11-02 17:00", "11-02 17:30"),
    ]


def test_a_zone_of_the_calendars_own_is_used_and_forgotten(file: Asked) -> None:
    zone = [
        "BEGIN:VTIMEZONE",
        "TZID:Moon/Base",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0330",
        "TZOFFSETTO:+0330",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    lines = event("DTSTART;TZID=Moon/Base:20261101T120000", "DURATION:PT1H")
    for data in (calendar(lines, head=zone), calendar(lines, zone)):
        ((start, end, _),) = file.read(data).windows
        assert (start, end) == (at("2026-11-01T08:30:00+00:00"), at("2026-11-01T09:30:00+00:00"))
    with pytest.raises(SourceFailed, match="time zone `Moon/Base`, which is not known"):
        file.read(calendar(lines))


def test_a_freeze_longer_than_the_horizon_is_known_from_its_middle(file: Asked) -> None:
    table = file.read(calendar(event("DTSTART:20250101T000000Z", "DTEND:20301231T000000Z")))
    for moment in (NOW, table.known_until, at("2030-12-30T00:00:00+00:00")):
        assert table.at(moment).state == RAISED
    assert table.at(at("2031-01-01T00:00:00+00:00")).state == UNKNOWN


def test_nothing_is_known_outside_the_horizon(file: Asked) -> None:
    table = file.read(calendar(event(*WEEKEND)))
    assert table.at(table.known_from).state == CLEAR
    assert table.at(table.known_from - 1).state == UNKNOWN
    assert table.at(table.known_until - 1).state == CLEAR
    assert table.at(table.known_until).state == UNKNOWN


# What is no calendar


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


WHOLE = calendar(event(*WEEKEND), event(*SERIES, uid="2"))

BROKEN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "has no VCALENDAR"),
    "a web page": (b"<!doctype html><title>Sign in</title>", "has no VCALENDAR"),
    "no text": (bytes(range(256)), "is not UTF-8 text"),
    "another encoding": (
        changed(WHOLE, b"Release", "Pr\xe9".encode("latin-1")),
        "is not UTF-8 text",
    ),
    "an event alone": ("\r\n".join(event(*WEEKEND)).encode(), "has no VCALENDAR"),
    "no event": (calendar(), "holds no event at all"),
    "only a task": (calendar(["BEGIN:VTODO", "UID:1", "END:VTODO"]), "holds no event at all"),
    "cut at the end": (WHOLE[:-8], "ends in the middle: not every VCALENDAR"),
    "cut in an event": (WHOLE[: WHOLE.rindex(b"DTEND")], "ends in the middle"),
    "cut after a whole event": (
        WHOLE[: WHOLE.index(b"END:VEVENT") + 12],
        "ends in the middle",
    ),
    "a second one cut": (WHOLE + WHOLE[:-20], "ends in the middle"),
    "a line that is none": (
        changed(WHOLE, b"SUMMARY", b"what is this\r\nSUMMARY"),
        "its event `Release freeze` cannot be read",
    ),
    "a start that is none": (
        changed(WHOLE, b"DTSTART:20261101T100000Z", b"DTSTART:2026-11-01"),
        "its event `without a summary` cannot be read",
    ),
    "no start": (
        changed(WHOLE, b"DTSTART:20261101T100000Z\r\n", b""),
        "its event `without a summary` has no DTSTART",
    ),
    "two starts": (
        changed(WHOLE, b"SUMMARY", b"DTSTART:20261101T100000Z\r\nSUMMARY"),
        "its event `Release freeze` has more than one DTSTART",
    ),
    "an end before the start": (
        calendar(event("DTSTART:20261101T100000Z", "DTEND:20261031T100000Z")),
        "ends before it starts",
    ),
    "a duration that goes back": (
        calendar(event("DTSTART:20261101T100000Z", "DURATION:-PT1H")),
        "ends before it starts",
    ),
    "a day that ends at a time": (
        calendar(event("DTSTART;VALUE=DATE:20261101", "DTEND:20261102T100000Z")),
        "has an end of another kind than its start",
    ),
    "a floating start with an end in UTC": (
        calendar(event("DTSTART:20261101T100000", "DTEND:20261102T100000Z")),
        "has an end of another kind than its start",
    ),
    "a day of some hours": (
        calendar(event("DTSTART;VALUE=DATE:20261101", "DURATION:PT30H")),
        "a DURATION that is not of days",
    ),
    "an unknown zone": (
        changed(WHOLE, b"America/New_York", b"America/New_Yrok"),
        "is in the time zone `America/New_Yrok`, which is not known",
    ),
    "an unknown zone of an exception": (
        calendar(event(*SERIES, "EXDATE;TZID=Mars/Base:20261101T100000")),
        "is in the time zone `Mars/Base`, which is not known",
    ),
    "an unknown zone of the calendar": (
        calendar(event(*WEEKEND), head=["X-WR-TIMEZONE:Mars/Base"]),
        "cannot be understood",
    ),
    "an unknown frequency": (
        calendar(event(*WEEKEND, "RRULE:FREQ=WEAKLY")),
        "cannot be read",
    ),
    "a rule without a frequency": (
        calendar(event(*WEEKEND, "RRULE:BYDAY=MO")),
        "cannot be understood",
    ),
    "an exception that is none": (calendar(event(*SERIES, "EXDATE:never")), "cannot be read"),
    "another calendar's days": (
        calendar(event(*WEEKEND), head=["CALSCALE:HEBREW"]),
        "cannot be understood",
    ),
    "every second": (
        calendar(event("DTSTART:20000101T000000Z", "RRULE:FREQ=SECONDLY")),
        "recurs by the minute or finer",
    ),
    "every minute": (
        calendar(event("DTSTART:20000101T000000Z", "RRULE:FREQ=minutely")),
        "recurs by the minute or finer",
    ),
    "every minute in other words": (
        calendar(
            event(
                "DTSTART:20000101T000000Z",
                "RRULE:FREQ=YEARLY;BYHOUR=1,2;BYMINUTE="
                + ",".join(str(minute) for minute in range(60)),
            )
        ),
        "recurs by the minute or finer",
    ),
    "too many occurrences": (
        calendar(
            *(
                event("DTSTART:20261020T000000Z", "DURATION:PT1M", "RRULE:FREQ=HOURLY", uid=uid)
                for uid in "123"
            )
        ),
        "has more than 2000 occurrences",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_understood_is_a_failure(name: str, file: Asked) -> None:
    data, told = BROKEN[name]
    with pytest.raises(SourceFailed) as failed:
        file.read(data)
    message = str(failed.value)
    assert message.startswith("the calendar `freezes` ")
    assert told in message
    assert "\n" not in message
    assert len(message) < 300


def test_recurrences_that_take_too_long_are_ended() -> None:
    """A 30 February is looked for until the year 9999, some seconds for each event."""
    never = [
        event("DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=str(n))
        for n in range(20)
    ]
    began = monotonic()
    with pytest.raises(SourceFailed, match="takes too long to work out"):
        occurrences.occurrences(
            calendar(*never), "UTC", [], timetables.known_around(NOW), monotonic() + 1.5
        )
    assert monotonic() - began < 10


def test_there_is_no_time_after_the_deadline() -> None:
    known = timetables.known_around(NOW)
    with pytest.raises(SourceFailed, match="the time of this round is over"):
        occurrences.occurrences(WHOLE, "UTC", [], known, monotonic() - 1)


def test_the_process_says_what_is_said_without_it() -> None:
    known = timetables.known_around(NOW)
    words = ["freeze", "a;b\n`c`"]
    apart = occurrences.occurrences(WHOLE, NEW_YORK, words, known, monotonic() + 60)
    assert apart == ical.spans_of(WHOLE, ZoneInfo(NEW_YORK), words, known)


def test_a_summary_cannot_write_on_the_screen(file: Asked) -> None:
    hostile = changed(WHOLE, b"Release freeze", "\x1b[2J\\n`rm`\u202e".encode() + b"x" * 500)
    (window,) = file.read(hostile, words=["rm"]).windows
    assert window[2].startswith("`\\x1b[2J\\n'rm'\\u202exxx")
    assert len(window[2]) < 150


# A calendar behind a URL


def web(url: str) -> Timetable:
    sources = {"freezes": {"kind": "web-calendar", "source": "freezes", "url": url}}
    pool = Pool(sources, monotonic() + 20, NOW)
    try:
        turn = Round(NOW, monotonic() + 20, sources, pool.connect, "", {})
        (table,) = read_calendar(Read("freeze.active", settings(), "high", 300), turn)
        return table
    finally:
        pool.close()


def test_a_calendar_behind_a_url_raises_and_clears() -> None:
    with Stub(answer(WHOLE, Content_Type="text/calendar")) as stub:
        table = web(f"{stub.url}/freezes.ics?key=1")
    assert stub.requests[0].startswith(b"GET /freezes.ics?key=1 HTTP/1.1")
    assert b"text/calendar" in stub.requests[0]
    assert table.at(NOW).state == CLEAR
    assert table.at(at("2026-10-31T12:00:00+00:00")).state == RAISED


@pytest.mark.parametrize(
    "status", ["204 No Content", "304 Not Modified", "403 Forbidden", "500 No"]
)
def test_a_status_is_no_calendar(status: str) -> None:
    with (
        Stub(answer(b"" if status[0] in "23" else WHOLE, status)) as stub,
        pytest.raises(
            SourceFailed, match=f"answers with status {status[:3]} instead of a calendar"
        ),
    ):
        web(stub.url)


def test_a_web_page_is_no_calendar() -> None:
    with (
        Stub(answer(b"<html>Sign in</html>", Content_Type="text/html")) as stub,
        pytest.raises(SourceFailed, match="it has no VCALENDAR"),
    ):
        web(stub.url)


# Against a plain computation


class Plain(NamedTuple):
    """An event whose start and end are wall clocks of a zone (or days of the read's)."""

    zone: str
    start: datetime
    lasts: timedelta
    every: timedelta
    count: int
    is_days: bool

    def lines(self) -> list[str]:
        end = self.start + self.lasts
        if self.is_days:
            shown = [f"DTSTART;VALUE=DATE:{self.start:%Y%m%d}", f"DTEND;VALUE=DATE:{end:%Y%m%d}"]
        else:
            shown = [
                f"{name};TZID={self.zone}:{moment:%Y%m%dT%H%M%S}"
                for name, moment in (("DTSTART", self.start), ("DTEND", end))
            ]
        return [*shown, f"RRULE:FREQ=DAILY;INTERVAL={self.every.days};COUNT={self.count}"]

    def is_on(self, moment: int, days_zone: str) -> bool:
        """Whether a clock of its zone shows a time in any of its occurrences."""
        zone = ZoneInfo(days_zone if self.is_days else self.zone)
        wall = datetime.fromtimestamp(moment, zone).replace(tzinfo=None, fold=0)
        return any(
            start <= wall < start + self.lasts
            for start in (self.start + number * self.every for number in range(self.count))
        )


def is_near_a_change(moment: int, zones: set[str]) -> bool:
    return any(
        len(
            {timetables.utc(moment + near).astimezone(ZoneInfo(zone)).utcoffset() for near in hours}
        )
        > 1
        for zone in zones
        for hours in [(-7200, 0, 7200)]
    )


ZONES = ("UTC", NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
#: Around changes of the clock, so that most examples meet one.
first_days = st.sampled_from(
    [date(2026, 3, 7), date(2026, 3, 28), date(2026, 4, 3), date(2026, 10, 2), date(2026, 10, 30)]
)


@st.composite
def plain_events(draw: st.DrawFn) -> Plain:
    is_days = draw(st.booleans())
    day = draw(first_days) - timedelta(days=draw(st.integers(0, 3)))
    minutes = 0 if is_days else draw(st.integers(0, 95)) * 15
    lasts = draw(st.integers(1, 4)) * 1440 if is_days else draw(st.integers(1, 400)) * 15
    return Plain(
        draw(st.sampled_from(ZONES)),
        datetime(day.year, day.month, day.day) + timedelta(minutes=minutes),  # noqa: DTZ001
        timedelta(minutes=lasts),
        timedelta(days=draw(st.integers(1, 8))),
        draw(st.integers(1, 5)),
        is_days,
    )


@given(st.lists(plain_events(), min_size=1, max_size=3), st.sampled_from(ZONES), st.data())
def test_it_is_the_plain_computation(plain: list[Plain], zone: str, data: st.DataObject) -> None:
    document = calendar(*(event(*one.lines(), uid=str(n)) for n, one in enumerate(plain)))
    now = int(plain[0].start.replace(tzinfo=UTC).timestamp()) + data.draw(
        st.integers(-5 * 86_400, 10 * 86_400)
    )
    table = made(document, now, zone)
    edges = [moment + near for window in table.windows for moment in window[:2] for near in (-1, 0)]
    asked = [
        *data.draw(st.lists(st.integers(table.known_from, table.known_until - 1), max_size=10)),
        *(moment for moment in edges if table.known_from <= moment < table.known_until),
    ]
    for moment in asked:
        expected = any(one.is_on(moment, zone) for one in plain)
        is_raised = table.at(moment).state == RAISED
        if expected or not is_near_a_change(moment, {zone, *(one.zone for one in plain)}):
            assert is_raised == expected


@given(
    st.lists(plain_events(), min_size=1, max_size=3),
    st.sampled_from(ZONES),
    st.integers(-20 * 86_400, 20 * 86_400),
    st.sampled_from([-3600, 3600, 61, 7 * 86_400]),
)
def test_when_it_was_worked_out_changes_no_state(
    plain: list[Plain], zone: str, offset_s: int, later_s: int
) -> None:
    document = calendar(*(event(*one.lines(), uid=str(n)) for n, one in enumerate(plain)))
    now = int(plain[0].start.replace(tzinfo=UTC).timestamp()) + offset_s
    one, other = made(document, now, zone), made(document, now + later_s, zone)
    first = max(one.known_from, other.known_from)
    last = min(one.known_until, other.known_until)
    edges = {edge for t in (one, other) for w in t.windows for edge in (w[0] - 1, *w[:2])}
    for moment in {first, last - 1, *(edge for edge in edges if first <= edge < last)}:
        assert one.at(moment).state == other.at(moment).state


intervals = st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from("abc"))


@given(st.lists(intervals, max_size=8), st.lists(intervals, max_size=4))
def test_spans_become_windows_that_say_all_that_holds(
    raw: list[tuple[int, int, str]], holes: list[tuple[int, int, str]]
) -> None:
    given_spans = [timetables.Span(*row) for row in raw]
    left = timetables.without(given_spans, [timetables.Span(*row) for row in holes])
    found = timetables.segments(left)
    for (_, end, reasons), (start, _, next_reasons) in zip(found, found[1:], strict=False):
        assert end < start or (end == start and reasons != next_reasons)
    for moment in range(61):
        is_out = any(start <= moment < end for start, end, _ in holes)
        expected = {why for start, end, why in raw if start <= moment < end and not is_out}
        holding = [set(reasons) for start, end, reasons in found if start <= moment < end]
        assert holding == ([expected] if expected else [])


# Through a snapshot, as a hook reads it

POLICY = """
sources:
  - {{kind: file, source: freezes, path: {path}}}
signals:
  - signal: freeze.active
    max_age: 10m
    reads:
      - {{kind: calendar, source: freezes, zone: America/New_York, words: [freeze]}}
      - kind: windows
        zone: Europe/Berlin
        windows: [{{start: "0 18 * * 5", end: "0 8 * * 1", because: the weekend is quiet}}]
  - signal: holiday
    reads:
      - {{kind: holidays, country: US, zone: America/New_York}}
"""


def test_a_hook_computes_the_state_of_its_own_moment(tmp_path: Path) -> None:
    file = tmp_path / "freezes.ics"
    file.write_bytes(calendar(event(*WEEKEND)))
    file.chmod(0o600)
    policy = policy_of(POLICY.format(path=file))
    names = ["freeze.active", "holiday"]
    answers = ask(policy, names, now=NOW, deadline_s=30, workspace="", environment_words={})
    write_snapshot(str(tmp_path / "state"), policy.signals_digest, answers, NOW)
    world = World(str(tmp_path / "state"), lambda _count: ())
    call = ToolCall("shell", {"command": "true"}, "/")

    def states(when: str) -> list[str]:
        return [r.state for r in read_signals(world, policy, names, call, at(when))]

    assert states("2026-10-28T12:05:00+00:00") == [CLEAR, CLEAR, CLEAR]
    # The calendar could have changed since it was read; policy and the holidays could not.
    assert states("2026-10-29T12:00:00+00:00") == [UNKNOWN, CLEAR, CLEAR]
    assert states("2026-10-30T16:59:59+00:00") == [UNKNOWN, CLEAR, CLEAR]
    assert states("2026-10-30T17:00:00+00:00") == [UNKNOWN, RAISED, CLEAR]
    assert states("2026-10-30T22:00:00+00:00") == [RAISED, RAISED, CLEAR]
    assert states("2026-11-02T12:59:59+00:00") == [RAISED, CLEAR, CLEAR]
    assert states("2026-11-26T12:00:00+00:00") == [UNKNOWN, CLEAR, RAISED]
    assert states("2027-06-01T12:00:00+00:00") == [UNKNOWN, UNKNOWN, CLEAR]
