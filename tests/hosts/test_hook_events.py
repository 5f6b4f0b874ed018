"""What the hook does with each event of a call's life: before, after, failed, session start."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from agentic.adapters.rules import RULES
from agentic.errors import AgenticError
from tests.hosts.machine import Machine

CONSULT = "git stash drop"
STOP = "rm -rf ~/Documents"


def outcome(
    machine: Machine, call_id: str, event: str = "PostToolUse", **more: Any
) -> dict[str, Any]:
    """The payload that follows a call of the Bash tool."""
    told: dict[str, Any] = {"duration_ms": 12}
    if event == "PostToolUse":
        told["tool_response"] = {"stdout": "secret output", "stderr": "", "interrupted": False}
    else:
        told.update({"error": "Exit code 3", "is_interrupt": False})
    return machine.payload(call_id=call_id, hook_event_name=event, **{**told, **more})


def test_auto_that_only_reads_is_allowed(fresh: Machine) -> None:
    answer = fresh.shell("git status")
    assert answer.reply == {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "allow",
            "permissionDecisionReason": "agentic: AUTO",
        }
    }
    assert answer.stdout.count(b"\n") == 1


def test_auto_that_writes_leaves_the_hosts_own_question(fresh: Machine) -> None:
    answer = fresh.shell("touch new.txt")
    assert answer == (0, b"", "")
    (record,) = fresh.records()
    assert (record["mode"], record["permission"], record["answer"]) == ("AUTO", "RUN", "none")


def test_auto_reply_allow_is_explicit(fresh: Machine) -> None:
    fresh.install(auto_reply="allow")
    assert fresh.shell("touch new.txt").decision == "allow"
    assert fresh.records()[-1]["answer"] == "allow"
    assert fresh.shell(CONSULT).decision == "ask"
    assert fresh.shell(STOP).decision == "deny"


def test_consult_asks_where_a_person_sees_it(fresh: Machine) -> None:
    answer = fresh.shell(CONSULT)
    assert answer.decision == "ask"
    assert answer.reason.startswith("[AGENT MODE: CONSULT]\nOperation: git.discard")
    (record,) = fresh.records()
    assert (record["permission"], record["answer"]) == ("ASK", "ask")


@pytest.mark.parametrize(
    "change",
    [
        {"CLAUDE_CODE_ENTRYPOINT": "sdk-cli"},
        {"CLAUDE_CODE_ENTRYPOINT": "sdk-py"},
        {"CLAUDE_CODE_SESSION_ATTENDED": "0"},
    ],
)
def test_consult_is_refused_where_nobody_sees_a_question(
    fresh: Machine, change: dict[str, str]
) -> None:
    payload = fresh.payload(tool_input={"command": CONSULT})
    answer = fresh.call(payload, variables={**fresh.variables, **change})
    assert answer.decision == "deny"
    assert "Waiting for: a person's yes to " in answer.reason
    record = next(r for r in fresh.records() if r["event"] == "decision")
    assert (record["permission"], record["answer"]) == ("BLOCK", "deny")


@pytest.mark.parametrize(
    "mode", ["default", "acceptEdits", "plan", "auto", "dontAsk", "bypassPermissions"]
)
def test_stop_is_denied_in_every_permission_mode(machine: Machine, mode: str) -> None:
    answer = machine.shell(STOP, permission_mode=mode)
    assert answer.decision == "deny"
    assert answer.reason.startswith("[AGENT MODE: STOP]\n")
    assert "\nNext: " in answer.reason


def test_an_unknown_permission_mode_cannot_ask(machine: Machine) -> None:
    assert machine.shell(CONSULT, permission_mode="whatever").decision == "deny"


@pytest.mark.parametrize(
    ("event", "status"), [("PostToolUse", "succeeded"), ("PostToolUseFailure", "failed")]
)
def test_an_outcome_is_recorded_and_linked(fresh: Machine, event: str, status: str) -> None:
    fresh.shell("git status", call_id="toolu_a")
    fresh.shell("git status", call_id="toolu_b")
    answer = fresh.call(outcome(fresh, "toolu_a", event), event=event)
    assert answer == (0, b"", "")
    record = fresh.records()[-1]
    assert (record["event"], record["status"]) == ("outcome", status)
    assert record["links"] == {"decision": 1}
    assert record["call_digest"] == fresh.records()[0]["call_digest"]
    assert record["duration_ms"] == 12
    assert "assurance" not in record
    text = (fresh.project / "ops/audit.jsonl").read_text()
    assert "secret output" not in text
    assert ("output" in record) is (event == "PostToolUse")


def test_a_run_after_a_question_is_a_yes_in_the_dialog(fresh: Machine) -> None:
    assert fresh.shell(CONSULT, call_id="toolu_q").decision == "ask"
    fresh.call(outcome(fresh, "toolu_q"), event="PostToolUse")
    record = fresh.records()[-1]
    assert record["assurance"] == "host-dialog"
    assert record["links"] == {"decision": 1}


def test_an_outcome_without_its_decision_is_recorded_too(fresh: Machine) -> None:
    fresh.call(outcome(fresh, "toolu_unseen"), event="PostToolUse")
    (record,) = fresh.records()
    assert record["event"] == "outcome"
    assert "links" not in record


def test_an_outcome_that_cannot_be_recorded_is_told_and_blocks_nothing(fresh: Machine) -> None:
    (fresh.project / "ops/audit.jsonl").mkdir(parents=True)
    answer = fresh.call(outcome(fresh, "toolu_a"), event="PostToolUse")
    assert answer.status == 0
    assert list(answer.reply) == ["systemMessage"]
    assert "not recorded" in answer.reply["systemMessage"]
    assert "`agentic doctor`" in answer.reply["systemMessage"]


@pytest.mark.parametrize("payload", [b"", b"null", b"[1]"])
def test_a_broken_outcome_is_told_and_blocks_nothing(machine: Machine, payload: bytes) -> None:
    answer = machine.call(payload, event="PostToolUse")
    assert answer.status == 0
    assert "agentic doctor" in answer.reply["systemMessage"]


def test_a_session_starts_with_the_short_rules(fresh: Machine) -> None:
    payload = {key: fresh.payload()[key] for key in ("session_id", "transcript_path", "cwd")}
    payload |= {"hook_event_name": "SessionStart", "source": "startup"}
    answer = fresh.call(payload, event="SessionStart")
    assert answer.reply == {
        "hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": RULES}
    }
    (record,) = fresh.records()
    assert (record["event"], record["session"]) == ("session", fresh.payload()["session_id"])


def test_the_rules_name_what_an_agent_must_not_do() -> None:
    assert len(RULES) < 1_500
    for word in ("AUTO", "CONSULT", "STOP", "Next:", "ops/audit.jsonl", "agentic explain"):
        assert word in RULES


def test_a_role_on_the_command_line_tightens(fresh: Machine) -> None:
    """An unknown role is CONSULT; `init` would not have written it."""
    command = fresh.command().replace("pyc claude-code", "pyc claude-code --role nobody")
    assert fresh.call(fresh.payload(), command=command).decision == "ask"
    assert fresh.records()[-1]["role"] == "nobody"


def test_a_role_of_the_matrix_is_on_record(fresh: Machine) -> None:
    fresh.install(role="MLTrainer")
    assert fresh.shell("git status").decision == "allow"
    assert fresh.records()[-1]["role"] == "MLTrainer"


def test_a_role_outside_the_matrix_is_not_installed(fresh: Machine) -> None:
    with pytest.raises(AgenticError, match="unknown role `MLTrainr`") as refused:
        fresh.install(role="MLTrainr")
    assert "did you mean `MLTrainer`?" in refused.value.help


def test_an_agent_type_that_policy_does_not_map_has_no_role(fresh: Machine) -> None:
    answer = fresh.shell("git status", agent_type="general-purpose", agent_id="a1")
    assert answer.decision == "allow"
    record = fresh.records()[-1]
    assert (record["agent"], record["agent_id"]) == ("general-purpose", "a1")
    assert "role" not in record


def test_who_and_what_is_on_record(fresh: Machine) -> None:
    fresh.shell("git status", call_id="toolu_who")
    (record,) = fresh.records()
    for field, value in {
        "host": "claude-code",
        "host_version": "2.1.329",
        "host_mode": "default",
        "host_tool": "Bash",
        "tool": "shell",
        "call_id": "toolu_who",
        "session": fresh.payload()["session_id"],
    }.items():
        assert record[field] == value
    assert record["sensitive"]["user"]["value"] == "ada"
    assert record["sensitive"]["input"]["value"] == {"command": "git status"}


PAYLOADS = sorted((Path(__file__).parents[2] / "demo/payloads").glob("*.json"))


def test_there_are_payloads_of_many_kinds() -> None:
    texts = [json.loads(path.read_text()) for path in PAYLOADS]
    assert len(texts) >= 45
    assert len({t.get("tool_name") for t in texts}) >= 10
    assert len({t["hook_event_name"] for t in texts}) >= 4
    assert len({t.get("permission_mode") for t in texts}) >= 5


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_a_recorded_payload_is_understood(machine: Machine, path: Path) -> None:
    """No recorded payload is refused for its shape: each gets a decision, or needs none."""
    text = path.read_text().replace("/home/ada/churn", str(machine.project))
    text = text.replace("/home/ada", str(machine.home))
    event = json.loads(text)["hook_event_name"]
    answer = machine.call(text.encode(), event=event)
    assert (answer.status, answer.stderr) == (0, "")
    assert set(answer.reply) <= {"hookSpecificOutput"}
    if event == "PreToolUse":
        assert answer.decision in {"", "allow", "ask", "deny"}
    assert os.path.isdir(machine.project)
