"""Times in policy are refused with their place and what was probably meant, before any reader meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentic.authoring.review import check_files
from agentic.authoring.signal_documents import WindowsRead
from agentic.authoring.times import known_countries, known_zones

HEAD = "version: 1\nsignals:\n  - signal: freeze.active\n    reads:\n"


def told(tmp_path: Path, read: str) -> list[str]:
    """The diagnostics of one read, which begins in line 5, column 7."""
    file = tmp_path / "p.yaml"
    file.write_text(f"{HEAD}      - {{{read}}}\n")
    return [str(found).replace(f"{tmp_path}/", "") for found in check_files([str(file)])]


WINDOW = '{start: "0 18 * * 5", end: "0 8 * * 1", because: the weekend is quiet}'


def windows(window: str = WINDOW, more: str = "") -> str:
    return f"kind: windows, zone: UTC, windows: [{window}]{more}"


def cron(start: str) -> str:
    return windows(f'{{start: "{start}", end: "0 8 * * 1", because: the weekend is quiet}}')


def also(start: str, until: str) -> str:
    because = "because: the board said so"
    return f'kind: windows, zone: UTC, also: [{{from: "{start}", until: "{until}", {because}}}]'


def holidays(country: str, more: str = "") -> str:
    return f"kind: holidays, zone: UTC, country: {country}{more}"


WRONG = "[policy.wrong-value]"


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (
            "kind: windows, zone: Europe/Berln, windows: []",
            (
                f"p.yaml:5:31: `zone` names the unknown time zone `Europe/Berln` {WRONG}\n"
                "  help: did you mean `Europe/Berlin`?"
            ),
        ),
        (
            "kind: windows, zone: europe/berlin, also: []",
            (
                f"p.yaml:5:31: `zone` names the unknown time zone `europe/berlin` {WRONG}\n"
                "  help: did you mean `Europe/Berlin`?"
            ),
        ),
        (
            'kind: clock, zone: ../etc, days: [Mon], start: "08:00", end: "18:00"',
            f"p.yaml:5:29: `zone` names the unknown time zone `../etc` {WRONG}",
        ),
        (
            "kind: calendar, source: x, zone: localtime",
            f"p.yaml:5:43: `zone` names the unknown time zone `localtime` {WRONG}",
        ),
        (
            "kind: windows, zone: UTC",
            f"p.yaml:5:9: this needs `windows` or `also`, else it is never raised {WRONG}",
        ),
        (
            cron("0 18 * *"),
            (
                "p.yaml:5:54: `start` needs the five fields of cron "
                f"(minute, hour, day, month, weekday), not `0 18 * *` {WRONG}"
            ),
        ),
        (
            cron("@daily"),
            (
                "p.yaml:5:54: `start` needs the five fields of cron "
                f"(minute, hour, day, month, weekday), not `@daily` {WRONG}"
            ),
        ),
        (
            cron("0 0 0 18 * *"),
            (
                "p.yaml:5:54: `start` needs the five fields of cron "
                f"(minute, hour, day, month, weekday), not `0 0 0 18 * *` {WRONG}"
            ),
        ),
        (
            cron("0 25 * * 5"),
            f"p.yaml:5:54: `start` is no cron expression: bad hour in `0 25 * * 5` {WRONG}",
        ),
        (
            cron("0 18 * * Fryday"),
            (
                "p.yaml:5:54: `start` is no cron expression: bad day-of-week "
                f"in `0 18 * * Fryday` {WRONG}"
            ),
        ),
        (
            cron("0 0 30 2 *"),
            f"p.yaml:5:54: `start` is no cron expression: bad day-of-month in `0 0 30 2 *` {WRONG}",
        ),
        (
            also("2026-02-30", "2026-03-01"),
            f"p.yaml:5:50: `from` is no date or time that exists: `2026-02-30` {WRONG}",
        ),
        (
            also("2026-02-01T25:00", "2026-03-01"),
            f"p.yaml:5:50: `from` is no date or time that exists: `2026-02-01T25:00` {WRONG}",
        ),
        (
            also("1066-10-14", "2026-03-01"),
            f"p.yaml:5:50: `from` is not between 1970 and 9998: `1066-10-14` {WRONG}",
        ),
        (
            also("tomorrow", "2026-03-01"),
            f"p.yaml:5:50: `tomorrow` is not a valid from {WRONG}",
        ),
        (
            also("2026-03-02", "2026-03-01"),
            f"p.yaml:5:43: this ends before it begins {WRONG}",
        ),
        (
            also("2026-03-01T18:00", "2026-03-01T18:00"),
            f"p.yaml:5:43: this ends before it begins {WRONG}",
        ),
        (
            also("2026-03-01T18:00Z", "2026-03-02"),
            f"p.yaml:5:43: this needs an offset in both `from` and `until`, or in neither {WRONG}",
        ),
        (
            holidays("XX"),
            f"p.yaml:5:46: `country` names a country without known holidays: `XX` {WRONG}",
        ),
        (
            holidays("de"),
            f"p.yaml:5:46: `de` is not a valid country {WRONG}",
        ),
        (
            holidays("GB", ", subdivision: ENGL"),
            (
                f"p.yaml:5:63: `subdivision` names an unknown part of `GB`: `ENGL` {WRONG}\n"
                "  help: did you mean `ENG`?"
            ),
        ),
        (
            holidays("GB", ", subdivision: Mars"),
            (
                f"p.yaml:5:63: `subdivision` names an unknown part of `GB`: `Mars` {WRONG}\n"
                "  help: it is one of `ENG`, `NIR`, `SCT`, `WLS`"
            ),
        ),
        (
            holidays("XX", ", subdivision: ENG"),
            f"p.yaml:5:46: `country` names a country without known holidays: `XX` {WRONG}",
        ),
    ],
)
def test_messages(read: str, expected: str, tmp_path: Path) -> None:
    assert told(tmp_path, read) == [expected]


@pytest.mark.parametrize(
    "read",
    [
        windows(),
        windows(
            more=', exceptions: [{from: "2026-12-24", until: "2026-12-24", because: the release day}]'
        ),
        cron("*/10 5-7 1,15 JAN-MAR mon#2"),
        cron("0 0 L * *"),
        cron("0 0 29 2 *"),
        also("2026-12-24", "2026-12-24"),
        also("2026-12-24T18:00", "2026-12-25"),
        also("2026-12-24T18:00:00+05:45", "2026-12-24T18:00:00Z"),
        holidays("DE", ", subdivision: BY"),
        holidays("NP"),
        'kind: clock, zone: Asia/Kathmandu, days: [Sun], start: "08:00", end: "18:00"',
    ],
)
def test_what_is_right_is_accepted(read: str, tmp_path: Path) -> None:
    assert told(tmp_path, read) == []


def test_the_words_are_those_of_the_packages() -> None:
    assert {"UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"} <= known_zones()
    assert not {"localtime", "posixrules", "Factory"} & known_zones()
    assert {"ENG", "SCT"} <= set(known_countries()["GB"])
    assert all(len(code) == 2 for code in known_countries())


def test_a_range_is_written_with_from_and_held_as_start() -> None:
    read = WindowsRead.model_validate(
        {
            "kind": "windows",
            "zone": "UTC",
            "also": [{"from": "2026-12-24", "until": "2026-12-26", "because": "it is Christmas"}],
        }
    )
    assert read.model_dump()["also"] == [
        {"start": "2026-12-24", "until": "2026-12-26", "because": "it is Christmas"}
    ]
