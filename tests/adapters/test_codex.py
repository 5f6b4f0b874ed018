"""Codex's payloads in neutral words, and decisions in its own: the adapter alone, no process.

The payloads were recorded from 0.169.0; names and ids in them are made up.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.adapters import codex as adapter
from agentic.adapters import host_of
from agentic.adapters.interface import SAME_WITHIN_S, Event, Reply, Surroundings
from agentic.core.reason import parse
from agentic.errors import HostPayloadInvalid
from agentic.govern import call_digest
from tests.adapters.decided import (
    ASKS,
    JSON,
    KINDS,
    PROJECT,
    RUNS,
    STOPS,
    WAITS,
    changes_to,
    decision,
    payloads_of,
)

HERE = Surroundings({}, folder=PROJECT)
PAYLOADS = payloads_of("codex")
SHELL = PAYLOADS["PreToolUse-Bash"]
CALL = Event("call", "PreToolUse")

#: recorded payload -> (kind of event, neutral tool, a part of the neutral input)
RECORDED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Interrupt": ("none", "", {}),
    "PostToolUse-Bash": ("outcome", "shell", {"command": "git status --short"}),
    "PostToolUse-Bash-inner": ("outcome", "shell", {"command": "ls"}),
    "PostToolUse-apply-patch": ("outcome", "edit", {}),
    "PostToolUse-collaborationspawn-agent": ("outcome", "agent", {"agent": "default"}),
    "PostToolUse-collaborationwait-agent": ("outcome", "other", {"name": "wait_agent"}),
    "PostToolUse-create-goal": ("outcome", "other", {"name": "create_goal"}),
    "PostToolUse-mcp-board-list-items": ("outcome", "mcp", {"server": "board"}),
    "PreToolUse-Bash": ("call", "shell", {"command": "git status --short"}),
    "PreToolUse-Bash-inner": ("call", "shell", {"command": "ls"}),
    "PreToolUse-apply-patch": (
        "call",
        "edit",
        {
            "changes": [
                {"change": "write", "path": "new.txt", "content": "hello"},
                {"change": "write", "path": "a.txt", "content": "new"},
                {"change": "delete", "path": "gone.txt"},
            ]
        },
    ),
    "PreToolUse-collaborationspawn-agent": (
        "call",
        "agent",
        {"agent": "default", "prompt": "INNER do"},
    ),
    "PreToolUse-collaborationwait-agent": ("call", "other", {"name": "wait_agent"}),
    "PreToolUse-create-goal": ("call", "other", {"name": "create_goal"}),
    "PreToolUse-list-mcp-resources": (
        "call",
        "mcp",
        {"server": "board", "tool": "resources/list"},
    ),
    "PreToolUse-mcp-board-list-items": (
        "call",
        "mcp",
        {"server": "board", "tool": "list_items", "arguments": {"path": "x"}},
    ),
    "PreToolUse-view-image": ("call", "read", {"path": "plot.png"}),
    "SessionEnd": ("none", "", {}),
    "SessionStart": ("session", "", {}),
    "Stop": ("none", "", {}),
    "SubagentStart": ("none", "", {}),
    "SubagentStop": ("none", "", {}),
    "UserPromptSubmit": ("none", "", {}),
}


def event_of(payload: dict[str, Any], **changed: Any) -> Event:
    return adapter.event_of({**payload, **changed}, HERE)


def test_every_recorded_payload_is_told() -> None:
    assert set(RECORDED) == set(PAYLOADS)


@pytest.mark.parametrize("name", RECORDED)
def test_each_recorded_payload(name: str) -> None:
    kind, tool, part = RECORDED[name]
    event = event_of(PAYLOADS[name])
    assert event.kind == kind
    assert event.cwd == PROJECT
    if tool:
        assert event.call is not None
        assert event.call.tool == tool
        assert part.items() <= dict(event.call.input).items()
        assert event.call.raw_tool == PAYLOADS[name]["tool_name"]
        assert event.call.call_id.startswith("call_")
        assert event.call.model == "gpt-5.5"
        assert not event.call.can_ask


@pytest.mark.parametrize("name", RECORDED)
def test_it_shows_in_the_payload_whose_it_is(name: str) -> None:
    named = "claude-code" if "turn_id" in PAYLOADS[name] else "codex"
    assert host_of(PAYLOADS[name], {}, named) == "codex"


def test_a_call_has_its_own_folder_and_the_session_keeps_its() -> None:
    event = event_of(SHELL)
    assert event.call is not None
    assert (event.call.cwd, event.cwd) == (f"{PROJECT}/src", PROJECT)


def test_without_a_folder_of_the_hook_the_calls_own_counts() -> None:
    assert adapter.event_of(SHELL, Surroundings({})).cwd == f"{PROJECT}/src"


def test_a_sub_agents_call_says_whose_it_is() -> None:
    event = event_of(PAYLOADS["PreToolUse-Bash-inner"])
    assert event.call is not None
    assert event.call.agent == "default"
    assert event.call.agent_id


def test_outcomes() -> None:
    def outcome(name: str, **changed: Any) -> str:
        told = event_of(PAYLOADS[name], **changed).outcome
        assert told is not None
        return told.status

    assert outcome("PostToolUse-Bash") == "unknown"
    assert outcome("PostToolUse-apply-patch") == "succeeded"
    failed = {"content": [], "isError": True}
    assert outcome("PostToolUse-mcp-board-list-items", tool_response=failed) == "failed"


@pytest.mark.parametrize("name", ["PreToolUse-Bash", "PreToolUse-apply-patch"])
def test_the_clients_question_is_about_the_same_call(name: str) -> None:
    """It brings the model's reason along and no id, and comes right after the call."""
    asked = dict(PAYLOADS[name])
    del asked["tool_use_id"]
    given = {**asked["tool_input"], "description": "because"}
    event = event_of(asked, hook_event_name="PermissionRequest", tool_input=given)
    call = event_of(PAYLOADS[name]).call
    assert event.kind == "permission"
    assert event.call is not None
    assert call is not None
    assert call_digest(event.call) == call_digest(call)
    assert (event.call.session, event.call.call_id) == (call.session, "")
    assert (event.call.same_within_s, call.same_within_s) == (SAME_WITHIN_S, 0)


def test_after_a_call_its_outcome_has_the_same_digest() -> None:
    for before in (name for name in PAYLOADS if name.startswith("PreToolUse")):
        after = before.replace("Pre", "Post")
        if after in PAYLOADS:
            digests = {call_digest(event_of(PAYLOADS[n]).call) for n in (before, after)}  # type: ignore[arg-type]
            assert len(digests) == 1


# --- what changes, and what is spoilt


def test_unknown_fields_are_ignored() -> None:
    assert event_of(SHELL, brand_new={"a": 1}) == event_of(SHELL)


def test_an_unknown_tool_keeps_its_whole_input() -> None:
    event = event_of(SHELL, tool_name="teleport", tool_input={"to": "production"})
    assert event.call is not None
    assert event.call.tool == "other"
    assert event.call.input == {"name": "teleport", "input": {"to": "production"}}


@pytest.mark.parametrize(
    "changed",
    [
        {"hook_event_name": "BeforeTool"},
        {"tool_input": None},
        {"tool_input": {"cmd": "ls"}},
        {"tool_input": {"command": ["ls"]}},
        {"tool_use_id": None},
        {"cwd": ""},
        {"session_id": 5},
        {"tool_name": "apply_patch", "tool_input": {"command": "nothing"}},
        {"tool_name": "view_image", "tool_input": {}},
    ],
    ids=str,
)
def test_a_changed_field_is_refused_with_the_name_of_the_client(changed: dict[str, Any]) -> None:
    with pytest.raises(HostPayloadInvalid, match=r"^Codex, of a version that it does not tell: "):
        event_of(SHELL, **changed)


@given(JSON)
def test_any_json_is_an_event_or_refused_in_one_way(value: Any) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of(value, HERE).kind in KINDS


@given(st.sampled_from(sorted(PAYLOADS)).flatmap(lambda name: changes_to(PAYLOADS[name])))
def test_any_change_to_a_payload_is_an_event_or_refused(changes: dict[str, Any]) -> None:
    for payload in PAYLOADS.values():
        with contextlib.suppress(HostPayloadInvalid):
            assert event_of(payload, **changes).kind in KINDS


# --- replies


@pytest.mark.parametrize("kind", ["call", "permission"])
def test_what_may_run_hears_nothing(kind: Any) -> None:
    for answer in ("allow", "none"):
        assert adapter.reply_of(Event(kind, ""), RUNS, answer) == Reply()  # type: ignore[arg-type]


@pytest.mark.parametrize(("made", "answer"), [(STOPS, "deny"), (WAITS, "deny"), (ASKS, "ask")])
def test_a_refusal_is_exit_code_two_with_the_reason(made: Any, answer: Any) -> None:
    reply = adapter.reply_of(CALL, made, answer)
    assert (reply.status, reply.stdout) == (2, b"")
    block = parse(reply.stderr.decode())
    assert (block.mode, block.next) == (made.mode, "commit it first")


@given(st.text(max_size=3000))
def test_whatever_the_reason_there_is_one_and_it_is_short(because: str) -> None:
    reply = adapter.reply_of(CALL, decision("STOP", "BLOCK", because), "deny")
    assert reply.status == 2
    assert 20 < len(reply.stderr.decode()) < 5_000


def test_other_replies_have_the_keys_that_the_client_knows() -> None:
    told = json.loads(adapter.session_reply("rules").stdout)
    assert told == {
        "hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": "rules"}
    }
    assert json.loads(adapter.unrecorded_reply("not recorded").stdout) == {
        "systemMessage": "not recorded"
    }
    assert adapter.none_reply(Event("none", "Stop")) == Reply()
