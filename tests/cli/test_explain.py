"""What `explain` tells of live signals, in a decision and in a record."""

from __future__ import annotations

import json

from agentic.audit.query import Entry
from agentic.audit.record import line_of, prepared, record_of_decision
from agentic.cli.check import decision_json
from agentic.cli.explain import explained, explained_entry
from agentic.core.values import Reading
from tests.audit.samples import NOW, call, decision

SEEN = int(NOW) - 180
BURNS = Reading(
    "error-budget.burn",
    "RAISED",
    "burn rate 21.3",
    "critical",
    "21.3",
    "",
    "14.4",
    source="prometheus",
    observed_at=SEEN,
)
LOST = Reading("data.stale", "UNKNOWN", "prometheus did not answer within 5 s")
CLEAR = Reading("clock.off-hours", "CLEAR", "it is Wed", source="clock", observed_at=int(NOW))


def entry(*readings: Reading) -> Entry:
    made = record_of_decision(
        call(), decision(readings=readings), answer="deny", user="ada", now=NOW
    )
    line, hashed = line_of(prepared(made), 7, "0" * 64)
    read = json.loads(line)
    sensitive = {name: member["value"] for name, member in read.pop("sensitive").items()}
    return Entry(read, sensitive, hashed)


def test_a_decision_tells_who_said_it_and_how_long_ago() -> None:
    told = explained(decision(readings=(BURNS, LOST, CLEAR)), int(NOW)).splitlines()
    start = told.index("Live signals")
    assert told[start + 1 : start + 4] == [
        "  error-budget.burn is RAISED (prometheus, 2026-11-21T10:07:00Z, 3 min ago): burn rate 21.3",
        "  data.stale is UNKNOWN: prometheus did not answer within 5 s",
        "  clock.off-hours is CLEAR (clock, 2026-11-21T10:10:00Z): it is Wed",
    ]


def test_a_record_tells_it_too() -> None:
    told = explained_entry(entry(CLEAR, LOST, BURNS)).splitlines()
    assert [line for line in told if "signal" in line] == [
        "  signal error-budget.burn was RAISED (from prometheus, 3 min before): burn rate 21.3",
        "  signal data.stale was UNKNOWN: prometheus did not answer within 5 s",
        "  clear signals: clock.off-hours",
    ]


def test_a_record_whose_reasons_were_removed_still_tells_the_states() -> None:
    known = entry(BURNS)
    told = explained_entry(known._replace(sensitive={})).splitlines()
    assert "  signal error-budget.burn was RAISED (from prometheus, 3 min before)" in told


def test_very_many_signals_are_counted() -> None:
    many = [BURNS._replace(signal=f"slo.{number}") for number in range(100)]
    assert "  and 60 more signals were not clear" in explained_entry(entry(*many)).splitlines()


def test_a_decision_as_json_leaves_out_what_says_nothing() -> None:
    burns, lost = decision_json(decision(readings=(BURNS, LOST)))["readings"]
    assert burns == {
        "signal": "error-budget.burn",
        "state": "RAISED",
        "because": "burn rate 21.3",
        "severity": "critical",
        "value": "21.3",
        "threshold": "14.4",
        "source": "prometheus",
        "observed_at": SEEN,
    }
    assert set(lost) == {"signal", "state", "because", "severity", "source", "observed_at"}
