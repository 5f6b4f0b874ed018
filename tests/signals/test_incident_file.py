"""The incident file: what is open, for whom, and when an empty list proves something."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from tests.signals.report_files import (
    INCIDENTS,
    Reports,
    incidents,
    sample,
)


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(tmp_path)


def test_an_empty_list_is_clear(reports: Reports) -> None:
    reports.put(incidents())
    assert reports.state(INCIDENTS) == CLEAR
    reports.put(sample("incidents"))  # one that is over
    assert reports.state(INCIDENTS) == CLEAR


@pytest.mark.parametrize(
    ("until", "state"),
    [
        (None, RAISED),
        ("2026-11-21T08:00:01Z", RAISED),
        ("2026-11-21T08:00:00Z", CLEAR),
    ],
)
def test_an_incident_is_open_until_its_end(reports: Reports, until: str, state: str) -> None:
    reports.put(incidents({"until": until}))
    assert reports.state(INCIDENTS) == state


def test_an_incident_that_begins_in_the_future_is_open(reports: Reports) -> None:
    """Nobody knows of an incident before it is there: a clock is wrong."""
    reports.put(incidents({"since": "2027-01-01T00:00:00Z"}))
    assert reports.state(INCIDENTS) == RAISED


def test_each_incident_has_its_scope_and_severity(reports: Reports) -> None:
    reports.put(
        incidents(
            {"service": "checkout", "environment": "prod", "severity": "SEV-3", "id": "A"},
            {"service": "checkout", "environment": "prod", "severity": "P1", "id": "B"},
            {"service": "search", "severity": "weird"},
        )
    )
    checkout, search = reports.ask(INCIDENTS)
    assert (checkout.service, checkout.environments) == ("checkout", ("production",))
    assert checkout.severity == "critical"
    assert checkout.because == (
        "incident `B` (critical) is open since 2026-11-21T07:55:00Z: `502`, and 1 more"
    )
    assert (search.service, search.severity) == ("search", "critical")


def test_an_old_file_proves_nothing_but_what_it_lists(reports: Reports) -> None:
    reports.put(incidents(updated_at="2026-11-21T06:59:59Z"))
    assert reports.state(INCIDENTS) == UNKNOWN
    reports.put(incidents({"service": "search"}, updated_at="2026-11-21T06:59:59Z"))
    states = {reading.service: reading.state for reading in reports.ask(INCIDENTS)}
    assert states == {"search": RAISED, "": UNKNOWN}


def test_a_file_in_the_workspace_raises_and_does_not_clear(reports: Reports) -> None:
    reports.put(incidents(), in_workspace=True)
    assert reports.state(INCIDENTS, path="a.json") == UNKNOWN
    assert reports.state(INCIDENTS, path="a.json", may_clear={"because": "it may"}) == CLEAR
    reports.put(incidents({}), in_workspace=True)
    readings = reports.ask(INCIDENTS, path="a.json")
    assert RAISED in {reading.state for reading in readings}
