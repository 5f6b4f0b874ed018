"""Drift reports: a feature beyond its own threshold, and reports that stopped coming."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from tests.signals.report_files import (
    HEARTBEAT,
    SEVERE,
    Reports,
    drift,
    read_of,
)


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(tmp_path)


@pytest.mark.parametrize(
    ("value", "threshold", "multiple", "state"),
    [
        (0.5, 0.25, 2.0, CLEAR),  # twice the threshold is not above it
        (0.5000001, 0.25, 2.0, RAISED),
        (0.6, 0.2, 3.0, CLEAR),
        (0.027, 0.009, 3.0, CLEAR),  # in binary 3 x 0.009 is a little less than that
        (0.31, 0.1, 3.0, RAISED),
        (0, 0.25, 2.0, CLEAR),
    ],
)
def test_drift_is_severe_strictly_above_the_multiple(
    reports: Reports, value: float, threshold: float, multiple: float, state: str
) -> None:
    reports.put(drift(("age", value, threshold)))
    assert reports.state(read_of("drift.severe", multiple=multiple)) == state


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 100))
def test_drift_is_compared_as_people_wrote_it(value: int, threshold: int, multiple: int) -> None:
    from agentic.signals.live.drift_report import Feature, _is_beyond

    feature = Feature(feature="f", value=value / 1000, threshold=threshold / 1000)
    assert _is_beyond(feature, multiple / 10) == (value * 10 > threshold * multiple)


def test_each_feature_has_its_own_threshold_and_the_worst_are_named(reports: Reports) -> None:
    features = [("tenure", 0.9, 0.5), ("age", 0.71, 0.25), ("job", 0.55, 0.25), ("zip", 0.4, 0.1)]
    reports.put(drift(*features, ("sex", 0.9, 0.1), ("day", 0.9, 0.1)))
    (reading,) = reports.ask(SEVERE)
    assert reading.state == RAISED
    assert reading.because == (
        "drift (PSI) above 2 x threshold: `sex` 0.9 (threshold 0.1), `day` 0.9 (threshold 0.1), "
        "`zip` 0.4 (threshold 0.1) and 2 more"
    )
    assert (reading.value, reading.threshold, reading.unit) == ("0.9", "2 x 0.1", "PSI")
    assert (reading.service, reading.environments) == ("churn", ("production",))


def test_drift_is_of_one_service(reports: Reports) -> None:
    reports.put(drift(("age", 0.9, 0.25)), "a.json")
    reports.put(drift(("age", 0.1, 0.25), service="fraud"), "b.json")
    assert {r.service: r.state for r in reports.ask(SEVERE)} == {"churn": RAISED, "fraud": CLEAR}


def test_the_newest_drift_report_counts(reports: Reports) -> None:
    reports.put(drift(("age", 0.9, 0.25), produced_at="2026-11-20T06:00:00Z"), "a.json")
    reports.put(drift(("age", 0.1, 0.25)), "b.json")
    assert reports.state(SEVERE) == CLEAR
    reports.put(drift(("age", 0.1, 0.25), produced_at="2026-11-18T06:00:00Z"), "b.json")
    assert reports.state(SEVERE) == RAISED


def test_an_old_drift_report_is_unknown_unless_it_raises(reports: Reports) -> None:
    reports.put(drift(("age", 0.1, 0.25), produced_at="2026-11-18T06:00:00Z"))
    assert reports.state(SEVERE) == UNKNOWN
    reports.put(drift(("age", 0.9, 0.25), produced_at="2026-11-18T06:00:00Z"))
    assert reports.state(SEVERE) == RAISED


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-11-19T08:00:00Z", CLEAR),  # 48 hours, to the second
        ("2026-11-19T07:59:59Z", RAISED),
        ("2026-11-21T08:02:01Z", UNKNOWN),
    ],
)
def test_a_heartbeat_is_about_age_alone(reports: Reports, at: str, state: str) -> None:
    reports.put(drift(("age", 9.9, 0.25), produced_at=at))
    assert reports.state(HEARTBEAT) == state


def test_a_missing_heartbeat_is_of_one_service(reports: Reports) -> None:
    reports.put(drift(("age", 0.1, 0.25)), "a.json")
    reports.put(
        drift(("age", 0.1, 0.25), service="fraud", produced_at="2026-11-01T06:00:00Z"), "b.json"
    )
    readings = {r.service: r for r in reports.ask(HEARTBEAT)}
    assert readings["churn"].state == CLEAR
    assert readings["fraud"].state == RAISED
    assert readings["fraud"].because == "the newest drift report is 20 d old, more than 2 d"


@pytest.mark.parametrize("path", ["nowhere/*.json", "nowhere.json"])
def test_reports_that_never_came_raise_the_heartbeat_only(reports: Reports, path: str) -> None:
    where = f"{reports.outside}/{path}"
    (reading,) = reports.ask(HEARTBEAT, path=where)
    assert reading.state == RAISED
    assert "no drift report has come" in reading.because
    assert reports.state(SEVERE, path=where) == UNKNOWN


def test_whoever_works_here_cannot_keep_the_heart_beating(reports: Reports) -> None:
    reports.put(drift(("age", 0.1, 0.25)), in_workspace=True)
    assert reports.state(HEARTBEAT, path="a.json") == UNKNOWN
    assert reports.state(SEVERE, path="a.json") == UNKNOWN
    reports.put(drift(("age", 0.9, 0.25)), in_workspace=True)
    assert reports.state(SEVERE, path="a.json") == RAISED
