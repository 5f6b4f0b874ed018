"""The clock in every zone, at each boundary, in hours that repeat or do not exist, and without tzdata."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED
from agentic.signals import clock

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def hours(zone: str, start: str, end: str, days: list[int] | None = None) -> dict[str, Any]:
    return {
        "kind": "clock",
        "environments": None,
        "zone": zone,
        "days": EVERY_DAY if days is None else days,
        "start": start,
        "end": end,
    }


@pytest.mark.parametrize(
    ("zone", "start", "end", "when", "state"),
    [
        # New York, 1 November 2026: 01:00 to 02:00 is there at 05:00 and again at 06:00 UTC.
        ("America/New_York", "01:00", "01:30", "2026-11-01T04:59:59+00:00", RAISED),
        ("America/New_York", "01:00", "01:30", "2026-11-01T05:00:00+00:00", CLEAR),
        ("America/New_York", "01:00", "01:30", "2026-11-01T05:30:00+00:00", RAISED),
        ("America/New_York", "01:00", "01:30", "2026-11-01T06:00:00+00:00", CLEAR),
        ("America/New_York", "01:00", "01:30", "2026-11-01T06:29:59+00:00", CLEAR),
        ("America/New_York", "01:00", "01:30", "2026-11-01T06:30:00+00:00", RAISED),
        # 8 March 2026: nobody's clock shows 02:00 to 03:00.
        ("America/New_York", "02:00", "03:00", "2026-03-08T06:59:59+00:00", RAISED),
        ("America/New_York", "02:00", "03:00", "2026-03-08T07:00:00+00:00", RAISED),
        ("America/New_York", "02:30", "03:30", "2026-03-08T07:00:00+00:00", CLEAR),
        ("America/New_York", "02:30", "03:30", "2026-03-08T07:30:00+00:00", RAISED),
        # Berlin, 25 October 2026: 02:00 to 03:00 twice; 29 March: not at all.
        ("Europe/Berlin", "02:30", "03:00", "2026-10-25T00:30:00+00:00", CLEAR),
        ("Europe/Berlin", "02:30", "03:00", "2026-10-25T01:00:00+00:00", RAISED),
        ("Europe/Berlin", "02:30", "03:00", "2026-10-25T01:30:00+00:00", CLEAR),
        ("Europe/Berlin", "02:30", "03:00", "2026-10-25T02:00:00+00:00", RAISED),
        ("Europe/Berlin", "02:00", "03:00", "2026-03-29T00:59:59+00:00", RAISED),
        ("Europe/Berlin", "02:00", "03:00", "2026-03-29T01:00:00+00:00", RAISED),
        # Lord Howe, half an hour: 5 April 2026, 01:30 to 02:00 twice; 4 October, 02:00 to 02:30 never.
        ("Australia/Lord_Howe", "01:30", "02:00", "2026-04-04T14:30:00+00:00", CLEAR),
        ("Australia/Lord_Howe", "01:30", "02:00", "2026-04-04T14:59:59+00:00", CLEAR),
        ("Australia/Lord_Howe", "01:30", "02:00", "2026-04-04T15:00:00+00:00", CLEAR),
        ("Australia/Lord_Howe", "01:30", "02:00", "2026-04-04T15:29:59+00:00", CLEAR),
        ("Australia/Lord_Howe", "01:30", "02:00", "2026-04-04T15:30:00+00:00", RAISED),
        ("Australia/Lord_Howe", "02:00", "02:30", "2026-10-03T15:29:59+00:00", RAISED),
        ("Australia/Lord_Howe", "02:00", "02:30", "2026-10-03T15:30:00+00:00", RAISED),
        # Kathmandu is three quarters of an hour off.
        ("Asia/Kathmandu", "08:00", "18:00", "2026-11-20T02:14:59+00:00", RAISED),
        ("Asia/Kathmandu", "08:00", "18:00", "2026-11-20T02:15:00+00:00", CLEAR),
        ("Asia/Kathmandu", "08:00", "18:00", "2026-11-20T12:14:59+00:00", CLEAR),
        ("Asia/Kathmandu", "08:00", "18:00", "2026-11-20T12:15:00+00:00", RAISED),
        ("UTC", "08:00", "24:00", "2026-11-20T23:59:59+00:00", CLEAR),
        ("UTC", "08:00", "24:00", "2026-11-21T00:00:00+00:00", RAISED),
    ],
)
def test_off_hours_at_a_boundary(zone: str, start: str, end: str, when: str, state: str) -> None:
    assert clock.reading_at("clock.off-hours", hours(zone, start, end), at(when)).state == state


def test_the_day_is_the_local_day() -> None:
    """Monday begins in Kathmandu on Sunday at 18:15 UTC, and in New York at 05:00 UTC."""
    mondays = [0]
    sunday_evening = at("2026-11-22T18:15:00+00:00")
    there = hours("Asia/Kathmandu", "00:00", "24:00", mondays)
    here = hours("America/New_York", "00:00", "24:00", mondays)
    assert clock.reading_at("c", there, sunday_evening).state == CLEAR
    assert clock.reading_at("c", there, sunday_evening - 1).state == RAISED
    assert clock.reading_at("c", here, sunday_evening).state == RAISED
    assert clock.reading_at("c", here, at("2026-11-23T05:00:00+00:00")).state == CLEAR


@given(
    st.sampled_from(ZONES),
    st.integers(at("2020-01-01T00:00:00+00:00"), at("2035-01-01T00:00:00+00:00")),
    st.integers(0, 47),
    st.integers(1, 48),
)
def test_it_is_what_a_clock_on_the_wall_shows(zone: str, now: int, first: int, length: int) -> None:
    """By arithmetic on the zone's offset, which knows nothing of folds and gaps."""
    last = min(first + length, 48)
    shown = [f"{half // 2:02d}:{half % 2 * 30:02d}" for half in (first, last)]
    offset = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert isinstance(offset, timedelta)
    wall = datetime.fromtimestamp(now, UTC) + offset
    minute = wall.hour * 60 + wall.minute
    is_on = first * 30 <= minute < last * 30 and wall.weekday() < 5
    reading = clock.reading_at("c", hours(zone, *shown, [0, 1, 2, 3, 4]), now)
    assert (reading.state == CLEAR) == is_on


#: A reading in a process like the hook's: isolated, without `site`, its folders appended by hand.
_IN_A_HOOK = """
import sys
sys.path.extend(eval(sys.argv[1]))
import zoneinfo
zoneinfo.reset_tzpath(to=())
from agentic.signals import clock
settings = dict(zone="Europe/Berlin", days=[0, 1, 2, 3, 4], start="08:00", end="18:00")
reading = clock.reading_at("clock.off-hours", settings, 1795158000)
print(reading.state, reading.because)
"""


def in_a_hook(folders: list[str]) -> str:
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _IN_A_HOOK, repr(folders)],
        capture_output=True,
        text=True,
        check=True,
        env={},
        cwd="/",
    )
    return ran.stdout.strip()


def test_a_system_without_zones_uses_the_packaged_ones() -> None:
    from agentic.hosts.launcher import module_folders

    told = in_a_hook(list(module_folders()))
    assert told == ("CLEAR it is Fri 08:00 Europe/Berlin, within Mon-Fri 08:00-18:00 Europe/Berlin")


def test_without_any_zones_it_is_unknown() -> None:
    package = Path(clock.__file__).parents[2]
    told = in_a_hook([str(package)])
    assert told == "UNKNOWN the time zone `Europe/Berlin` is not known to this system"


def test_the_hooks_folders_hold_what_it_may_load() -> None:
    """Each package is found from the folders alone, wherever each of them was installed."""
    from agentic.hosts.launcher import _PACKAGES, module_folders

    assert {"tzdata", "cronsim", "holidays"} <= set(_PACKAGES)
    for name in _PACKAGES:
        assert any((Path(folder) / name).is_dir() for folder in module_folders()), name


@pytest.mark.parametrize("module", ["agentic.signals.zones", "agentic.signals.live.timetables"])
def test_zone_files_that_the_session_names_are_not_read(tmp_path: Path, module: str) -> None:
    forged = tmp_path / "Europe" / "Berlin"
    forged.parent.mkdir()
    forged.write_bytes(_zone_file("Pacific/Kiritimati"))
    script = (
        "import sys, zoneinfo; from importlib import import_module; from datetime import datetime\n"
        "forged = zoneinfo.ZoneInfo('Europe/Berlin')\n"
        f"zone = import_module({module!r}).zone_of('Europe/Berlin')\n"
        "print(*(datetime(2026, 1, 1, tzinfo=z).utcoffset() for z in (forged, zone)))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONTZPATH": str(tmp_path)},
    )
    assert ran.stdout.strip() == "14:00:00 1:00:00"


def _zone_file(name: str) -> bytes:
    return files("tzdata.zoneinfo").joinpath(name).read_bytes()
