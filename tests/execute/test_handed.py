"""A hook and `run` in front of one command: one yes is enough, and it is good for this one command."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from demo.sandbox import AT_A_TERMINAL
from tests.execute.conftest import AGENTIC, Runner

COMMAND = "git push --force origin topic"
WORDS = tuple(COMMAND.split())


def hook(
    runner: Runner,
    event: str,
    command: str,
    call_id: str = "toolu_1",
    options: tuple[str, ...] = (),
    **variables: str,
) -> dict[str, Any]:
    """What the host's hook answers, by default with nobody in front of the session."""
    payload = {
        "session_id": "s1",
        "transcript_path": "/dev/null",
        "cwd": str(runner.folder),
        "permission_mode": "default",
        "hook_event_name": event,
        "tool_name": "Bash",
        "tool_input": {"command": command},
        "tool_use_id": call_id,
    }
    if event == "PostToolUse":
        payload["tool_response"] = {"stdout": "", "stderr": ""}
    done = subprocess.run(
        [*AGENTIC, "hook", "claude-code", *options],
        input=json.dumps(payload).encode(),
        env={**runner.environment, "CLAUDE_CODE_SESSION_ATTENDED": "0", **variables},
        cwd=runner.folder,
        capture_output=True,
        check=True,
    )
    reply: dict[str, Any] = json.loads(done.stdout or b"{}")
    return reply


def is_denied(reply: dict[str, Any]) -> bool:
    return reply.get("hookSpecificOutput", {}).get("permissionDecision") == "deny"


def approve(runner: Runner) -> None:
    (request,) = runner.machine.run("requests", "list", "--json").lines
    done = runner.machine.run(
        "requests", "approve", request["id"], "--digest", request["request_digest"][:8]
    )
    assert done.code == 0, done.err


@pytest.fixture
def hooked(runner: Runner) -> Runner:
    runner.program("git", f"#!/bin/sh\necho ran >> {runner.machine.home}/ran\n")
    return runner


def times_run(runner: Runner) -> int:
    path = runner.machine.home / "ran"
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.mark.parametrize("command", [COMMAND, f"agentic run -- {COMMAND}"])
def test_one_yes_leads_through_both(hooked: Runner, command: str) -> None:
    assert is_denied(hook(hooked, "PreToolUse", command, "toolu_0"))
    approve(hooked)
    assert not is_denied(hook(hooked, "PreToolUse", command))
    assert hooked.run("--", *WORDS).returncode == 0
    assert times_run(hooked) == 1
    decisions = [
        r for r in hooked.records if r["event"] == "decision" and "grant" in r.get("links", {})
    ]
    assert [record["host"] for record in decisions] == ["claude-code", "cli"]
    assert len({record["links"]["grant"] for record in decisions}) == 1
    assert hooked.run("--", *WORDS).returncode == 10, "a second start needs a yes of its own"
    assert times_run(hooked) == 1


def test_of_many_at_once_one_goes_on(hooked: Runner) -> None:
    hook(hooked, "PreToolUse", COMMAND, "toolu_0")
    approve(hooked)
    hook(hooked, "PreToolUse", COMMAND)
    running = [hooked.start("--", *WORDS, stderr=subprocess.DEVNULL) for _ in range(5)]
    assert sorted(one.wait(60) for one in running) == [0, 10, 10, 10, 10]
    assert times_run(hooked) == 1


def test_after_the_calls_end_it_is_over(hooked: Runner) -> None:
    hook(hooked, "PreToolUse", COMMAND, "toolu_0")
    approve(hooked)
    hook(hooked, "PreToolUse", COMMAND)
    hook(hooked, "PostToolUse", COMMAND)
    assert hooked.run("--", *WORDS).returncode == 10
    assert times_run(hooked) == 0


def test_another_action_is_not_meant(hooked: Runner) -> None:
    hook(hooked, "PreToolUse", COMMAND, "toolu_0")
    approve(hooked)
    hook(hooked, "PreToolUse", COMMAND)
    assert hooked.run("--", "git", "push", "--force", "origin", "other").returncode == 10
    assert times_run(hooked) == 0


def test_a_yes_that_a_run_has_used_is_not_handed_on(hooked: Runner) -> None:
    hooked.run("--", *WORDS)
    approve(hooked)
    assert hooked.run("--", *WORDS).returncode == 0
    assert hooked.run("--", *WORDS).returncode == 10
    assert times_run(hooked) == 1


def test_a_yes_in_the_hosts_dialog_is_not_handed_on(hooked: Runner) -> None:
    reply = hook(hooked, "PreToolUse", COMMAND, **AT_A_TERMINAL)
    assert reply["hookSpecificOutput"]["permissionDecision"] == "ask"
    assert hooked.run("--", *WORDS).returncode == 10
    assert times_run(hooked) == 0
