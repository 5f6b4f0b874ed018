"""Signals: the clock in every zone, and any failure is a reading that says so."""

from __future__ import annotations

from datetime import UTC, datetime
from marshal import dumps
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.authoring.signal_documents import AnyRead
from agentic.core.policy import Policy
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading, ToolCall
from agentic.signals import clock, interface
from agentic.signals.registry import HOT, LIVE

ON_HOURS: dict[str, Any] = {
    "kind": "clock",
    "environments": None,
    "zone": "UTC",
    "days": [0, 1, 2, 3, 4],
    "start": "08:00",
    "end": "18:00",
}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


CALL = ToolCall("shell", {"command": "true"}, "/")
NO_WORLD = interface.World("", lambda _count: ())


def configured(*reads: Any, **fields: Any) -> bytes:
    return dumps({"meaning": "", "severity": "high", "max_age_s": 300, "reads": reads, **fields})


def read(policy: Policy, names: list[str], now: int) -> tuple[Reading, ...]:
    return interface.read_signals(NO_WORLD, policy, names, CALL, now)


def policy_with(signals: dict[str, bytes]) -> Policy:
    return Policy("0" * 64, {}, {}, {}, signals, dumps(()), {})


@pytest.mark.parametrize(
    ("when", "state"),
    [
        ("2026-11-20T08:00:00+00:00", CLEAR),  # a Friday, first minute
        ("2026-11-20T07:59:59+00:00", RAISED),
        ("2026-11-20T17:59:59+00:00", CLEAR),
        ("2026-11-20T18:00:00+00:00", RAISED),  # the end is exclusive
        ("2026-11-21T12:00:00+00:00", RAISED),  # a Saturday
        ("2026-11-23T12:00:00+00:00", CLEAR),
        ("1969-12-31T12:00:00+00:00", CLEAR),  # before the epoch, a Wednesday
    ],
)
def test_on_hours(when: str, state: str) -> None:
    reading = clock.reading_at("clock", ON_HOURS, at(when))
    assert reading.state == state
    assert reading.observed_at == at(when)
    assert "Mon-Fri 08:00-18:00 UTC" in reading.because


@given(st.integers(-(2**33), 2**33))
def test_utc_by_arithmetic_is_utc_by_the_calendar(now: int) -> None:
    there = datetime.fromtimestamp(now, UTC)
    assert clock.local_minute("UTC", now) == (there.weekday(), there.hour * 60 + there.minute)


@given(
    st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia")),
    st.integers(0, 2**32),
)
def test_a_named_zone_is_its_local_calendar(zone: str, now: int) -> None:
    there = datetime.fromtimestamp(now, ZoneInfo(zone))
    assert clock.local_minute(zone, now) == (there.weekday(), there.hour * 60 + there.minute)


@pytest.mark.parametrize(
    ("when", "state"),
    [
        # Berlin leaves daylight saving on 25 October 2026: 18:00 local is 16:00 UTC, then 17:00 UTC.
        ("2026-10-23T15:59:00+00:00", CLEAR),
        ("2026-10-23T16:00:00+00:00", RAISED),
        ("2026-10-26T16:59:00+00:00", CLEAR),
        ("2026-10-26T17:00:00+00:00", RAISED),
        # and enters it on 29 March 2026: 08:00 local is 07:00 UTC, then 06:00 UTC.
        ("2026-03-27T06:59:00+00:00", RAISED),
        ("2026-03-30T06:00:00+00:00", CLEAR),
    ],
)
def test_daylight_saving_is_the_zones_business(when: str, state: str) -> None:
    assert clock.reading_at("clock", {**ON_HOURS, "zone": "Europe/Berlin"}, at(when)).state == state


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "", "../../etc/passwd", "/etc/localtime", "Europe", "a\nb", "\x00"]
)
def test_a_zone_that_the_system_does_not_know_is_unknown(zone: str) -> None:
    reading = read(policy_with({"clock": configured({**ON_HOURS, "zone": zone})}), ["clock"], 0)[0]
    assert reading.state == UNKNOWN
    assert reading.because
    assert "\n" not in reading.because


def test_days_are_shown_as_a_range_or_a_list() -> None:
    some = clock.reading_at("clock", {**ON_HOURS, "days": [0, 2]}, at("2026-11-24T12:00:00+00:00"))
    assert some.state == RAISED
    assert "Mon, Wed" in some.because


@pytest.mark.parametrize("text", ["8", "25:00", "08:99:00", "-1:00", "noon", ""])
def test_a_time_of_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        clock.minutes(text)


def test_the_end_of_the_day_can_be_named() -> None:
    assert clock.minutes("24:00") == 1440
    assert clock.minutes("00:00") == 0


@pytest.mark.parametrize(
    "settings",
    [
        b"",
        b"not marshalled",
        dumps(None),
        dumps({}),
        configured({}),
        configured({"kind": "nothing-of-that-name"}),
        configured({"kind": ["clock"]}),
        configured({"kind": "clock"}),
        configured({**ON_HOURS, "days": 3}),
        configured({**ON_HOURS, "start": "late"}),
        configured({**ON_HOURS, "end": None}),
        configured({**ON_HOURS, "zone": 5}),
    ],
)
def test_any_failure_is_unknown(settings: bytes) -> None:
    readings = read(policy_with({"clock": settings}), ["clock"], 1000)
    assert [(r.signal, r.state, r.observed_at) for r in readings] == [("clock", UNKNOWN, 1000)]
    assert readings[0].because


def test_a_signal_without_a_source_has_no_reading() -> None:
    assert read(policy_with({}), ["clock", "freeze"], 0) == ()


@pytest.mark.parametrize(("module", "function"), [*HOT.values(), *LIVE.values()])
def test_every_kind_of_read_resolves(module: str, function: str) -> None:
    assert callable(getattr(__import__(module, fromlist=[function]), function))


def test_policy_knows_the_kinds_that_are_registered() -> None:
    shapes = get_args(get_args(AnyRead)[0])
    kinds = {get_args(shape.model_fields["kind"].annotation)[0] for shape in shapes}
    assert {*HOT, *LIVE} <= kinds
