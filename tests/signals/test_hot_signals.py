"""The signals of the call and the journal through the installed hook, as a session meets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.hosts.machine import Answer, Machine, new_machine

TOKEN = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
REFUSED = "rm -rf ~/Documents"
PUSH = "git push origin agent/work"
DEV = "kubectl --context dev apply -f k8s/api.yaml"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = new_machine(tmp_path)
    made.install()
    return made


def last(machine: Machine) -> dict[str, Any]:
    return machine.records()[-1]


def modes(machine: Machine) -> list[object]:
    return [record["mode"] for record in machine.records() if record["event"] == "decision"]


def test_a_session_that_is_refused_again_and_again_asks_before_it_pushes(machine: Machine) -> None:
    machine.shell(PUSH)
    assert last(machine)["mode"] == "AUTO"
    for number in range(8):
        assert machine.shell(REFUSED, call_id=f"toolu_{number}").decision == "deny"
    answer = machine.shell(PUSH)
    assert answer.decision == "ask"
    assert "the session was refused 8 times within 5 min, threshold 8" in answer.reason
    assert last(machine)["rules"] == ["escalation.runaway", "modes.git-push"]
    # and it can still look, edit and test, and other sessions are not touched
    assert machine.shell("git status").decision == "allow"
    assert machine.shell("pytest -q") == Answer(0, b"", "")
    assert machine.shell(PUSH, session_id="another") == Answer(0, b"", "")


def test_ordinary_repetition_stops_nobody(machine: Machine) -> None:
    for number in range(22):
        machine.shell("curl -s https://example.org/health", call_id=f"toolu_{number}")
    machine.shell(PUSH)
    assert set(modes(machine)) == {"AUTO"}


def test_a_credential_stops_what_would_spread_it_and_never_stands_in_the_journal(
    machine: Machine,
) -> None:
    answer = machine.shell(f"git commit -m 'log in with {TOKEN}'")
    assert answer.decision == "deny"
    assert "the call holds a credential in plain text (github-token)" in answer.reason
    assert last(machine)["rules"] == [
        "escalation.secret-doubt",
        "escalation.secret-found",
        "modes.git-commit",
    ]
    assert TOKEN not in (machine.project / "ops/audit.jsonl").read_text()
    assert machine.shell("git commit -m 'log in with the token'") == Answer(0, b"", "")
    assert machine.shell(f"pytest --token {TOKEN}") == Answer(0, b"", "")


def test_two_sessions_that_change_one_target_at_once_ask(machine: Machine) -> None:
    assert machine.shell(DEV, session_id="first", call_id="toolu_a") == Answer(0, b"", "")
    answer = machine.shell(DEV, session_id="second", call_id="toolu_b")
    assert answer.decision == "ask"
    assert "session `first` began to change" in answer.reason
    done = machine.payload(
        call_id="toolu_a",
        session_id="first",
        hook_event_name="PostToolUse",
        duration_ms=12,
        tool_response={"stdout": "", "stderr": "", "interrupted": False},
    )
    machine.call(done, event="PostToolUse")
    assert (
        machine.shell(DEV, session_id="third", call_id="toolu_c").decision == "ask"
    )  # the second's


def test_a_journal_that_was_emptied_climbs(machine: Machine) -> None:
    machine.shell("git status")
    (machine.project / "ops/audit.jsonl").write_text("")
    answer = machine.shell(DEV)
    assert answer.decision == "ask"
    assert "is not what was written last" in answer.reason
    states = {told["signal"]: told["state"] for told in last(machine)["readings"]}
    assert states == {"agent.runaway": "UNKNOWN", "change.conflicting": "UNKNOWN"}


def test_plain_work_reads_no_journal(machine: Machine) -> None:
    for command in ("git status", "pytest -q", "touch new.txt", "curl -s https://example.org"):
        machine.shell(command)
        assert "readings" not in last(machine), command
