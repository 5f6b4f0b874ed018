"""`check --live` and `explain --live`: the sources themselves are asked, only where they can matter."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from tests.cli.conftest import Machine, batch
from tests.cli.monitoring import (
    API_DOWN,
    WATCHDOG,
    Stub,
    alertmanager_layer,
    monitoring,
    trust,
    write_layer,
)

STAGING = "kubectl --context staging apply -f k.yaml"


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with monitoring() as found:
        yield found


@pytest.fixture(scope="module")
def guarded(make_machine: Callable[[], Machine], stub: Stub) -> Machine:
    """A machine whose layer, trusted by a person, has an Alertmanager."""
    made = make_machine()
    write_layer(made, alertmanager_layer(stub.url))
    trust(made)
    return made


@pytest.fixture(autouse=True)
def _quiet(stub: Stub) -> None:
    stub.alerts = [WATCHDOG]
    stub.delay_s = 0.0
    stub.answers = {}
    stub.asked.clear()


def test_all_clear_leaves_the_mode_as_it_is(guarded: Machine) -> None:
    ran = guarded.run("check", "--live", "--json", "--", STAGING)
    assert ran.code == 10, ran.out
    states = {r["signal"]: (r["state"], r["source"]) for r in ran.json["readings"]}
    assert states["incident.active"] == ("CLEAR", "alerts")


def test_an_incident_climbs_and_is_named_and_when_it_is_over_it_falls_back(
    guarded: Machine, stub: Stub
) -> None:
    stub.alerts = [WATCHDOG, API_DOWN]
    ran = guarded.run("check", "--live", "--", STAGING)
    assert ran.code == 20
    assert "ApiDown" in ran.out
    stub.alerts = [WATCHDOG]
    assert guarded.run("check", "--live", "--", STAGING).code == 10


def test_the_sources_count_and_not_a_snapshot_that_says_clear(
    make_machine: Callable[[], Machine], stub: Stub
) -> None:
    machine = make_machine()
    write_layer(machine, alertmanager_layer(stub.url))
    trust(machine)
    assert machine.run("signals", "refresh").code == 0
    assert machine.run("check", "--", STAGING).code == 10
    stub.alerts = [WATCHDOG, API_DOWN]
    assert machine.run("check", "--", STAGING).code == 10, "the snapshot is still fresh"
    assert machine.run("check", "--live", "--", STAGING).code == 20


def test_without_live_nobody_is_asked(guarded: Machine, stub: Stub) -> None:
    assert guarded.run("check", "--", STAGING).code == 20, "there is no snapshot, so it is unknown"
    assert stub.asked == []


@pytest.mark.parametrize("line", ["git status", "ls", "git push --force origin main"])
def test_where_no_signal_can_matter_nobody_is_asked(
    guarded: Machine, stub: Stub, line: str
) -> None:
    guarded.run("check", "--live", "--", line)
    assert stub.asked == []


def test_what_is_not_answered_in_time_is_unknown(guarded: Machine, stub: Stub) -> None:
    stub.delay_s = 5.0
    started = time.monotonic()
    ran = guarded.run("check", "--live", "--deadline", "500ms", "--json", "--", STAGING)
    assert time.monotonic() - started < 4.5
    assert ran.code == 20
    found = {r["signal"]: r for r in ran.json["readings"]}
    assert found["incident.active"]["state"] == "UNKNOWN"
    assert "within 0." in found["incident.active"]["because"]


def test_a_source_that_is_gone_is_unknown(make_machine: Callable[[], Machine]) -> None:
    machine = make_machine()
    with monitoring() as gone:
        url = gone.url
    write_layer(machine, alertmanager_layer(url))
    trust(machine)
    ran = machine.run("check", "--live", "--", STAGING)
    assert ran.code == 20
    assert "refuses the connection" in ran.out


def test_a_batch_asks_each_signal_once(guarded: Machine, stub: Stub) -> None:
    calls = [{"id": i, "tool": "shell", "command": STAGING} for i in range(5)]
    ran = batch(guarded, calls, "--live")
    assert ran.code == 0
    assert [answer["mode"] for answer in ran.lines] == ["CONSULT"] * 5
    once = len(stub.asked)
    stub.asked.clear()
    assert batch(guarded, calls[:1], "--live").code == 0
    assert len(stub.asked) == once


def test_a_signal_told_by_the_call_is_told_for_each_call_of_a_batch(guarded: Machine) -> None:
    secret = "AKIA" + "Q3EGRIZL5TNBVX7M"
    calls = [
        {"id": 1, "tool": "shell", "command": "git commit -m fine"},
        {"id": 2, "tool": "shell", "command": f"git commit -m {secret}"},
        {"id": 3, "tool": "shell", "command": "git commit -m fine"},
    ]
    ran = batch(guarded, calls, "--live")
    states = [
        {r["signal"]: r["state"] for r in answer["readings"]}["credential.detected"]
        for answer in ran.lines
    ]
    assert states == ["CLEAR", "RAISED", "CLEAR"]


def test_explain_live_names_source_and_moment(guarded: Machine, stub: Stub) -> None:
    stub.alerts = [WATCHDOG, API_DOWN]
    ran = guarded.run("explain", "--live", "--", STAGING)
    assert ran.code == 0
    assert "incident.active is RAISED (alerts, 20" in ran.out
    assert "CONSULT -> STOP by escalation." in ran.out


def test_a_layer_that_nobody_trusted_is_not_asked(
    make_machine: Callable[[], Machine], stub: Stub
) -> None:
    machine = make_machine()
    write_layer(machine, alertmanager_layer(stub.url))
    machine.run("check", "--live", "--", STAGING)
    assert stub.asked == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--live", "--at", "2026-11-21T12:00Z"], "`--at` is hypothetical and `--live` asks now"),
        (["--deadline", "5s"], "`--deadline` goes together with `--live`"),
        (["--live", "--deadline", "5"], "write it like 500ms, 5s or 1m"),
        (["--live", "--deadline", "0s"], "write it like 500ms, 5s or 1m"),
        (["--live", "--deadline", "2h"], "write it like 500ms, 5s or 1m"),
    ],
)
@pytest.mark.parametrize("command", ["check", "explain"])
def test_wrong_usage(machine: Machine, command: str, arguments: list[str], says: str) -> None:
    ran = machine.run(command, *arguments, "--", "ls")
    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_the_json_has_who_said_it_and_when(guarded: Machine) -> None:
    ran = guarded.run("check", "--live", "--json", "--", STAGING)
    found = json.loads(ran.out)["readings"][0]
    assert set(found) >= {"signal", "state", "because", "severity", "source", "observed_at"}
