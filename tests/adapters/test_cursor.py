"""Cursor's payloads in neutral words, and decisions in its own: documented, for the client cannot run here.

The payloads are written after its documentation and the hook runner in @cursor/sdk 1.0.32; the replies are
held to what that runner accepts of each event.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.adapters import cursor as adapter
from agentic.adapters import host_of
from agentic.adapters.interface import SAME_WITHIN_S, Event, Surroundings
from agentic.core.reason import parse
from agentic.core.values import ToolCall
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

HERE = Surroundings({"CURSOR_PROJECT_DIR": PROJECT})
#: The hook of Claude Code's settings, which this client runs, too.
IMPORTED = Surroundings({"CURSOR_PROJECT_DIR": PROJECT}, is_own=False)
PAYLOADS = payloads_of("cursor")
SHELL = PAYLOADS["preToolUse-Shell"]

#: What the client's runner takes as `permission` of each event that we answer with one.
PERMISSIONS = {
    "preToolUse": {"allow", "deny", "ask"},
    "beforeShellExecution": {"allow", "deny", "ask"},
    "beforeMCPExecution": {"allow", "deny", "ask"},
    "subagentStart": {"allow", "deny", "ask"},
    "beforeReadFile": {"allow", "deny"},
    "beforeTabFileRead": {"allow", "deny"},
}

TOLD: dict[str, tuple[str, str, dict[str, Any]]] = {
    "preToolUse-Shell": ("call", "shell", {"command": "make test"}),
    "beforeShellExecution": ("call", "shell", {"command": "make test"}),
    "preToolUse-Write": (
        "call",
        "write",
        {"path": f"{PROJECT}/src/a.py", "content": "import os\n"},
    ),
    "preToolUse-Read": ("call", "read", {"path": f"{PROJECT}/README.md"}),
    "beforeReadFile": ("call", "read", {"path": f"{PROJECT}/README.md"}),
    "beforeTabFileRead": ("call", "read", {"path": f"{PROJECT}/src/a.py"}),
    "preToolUse-Delete": ("call", "delete", {"path": f"{PROJECT}/old.py"}),
    "preToolUse-Grep": ("call", "search", {"path": PROJECT, "glob": "*.py"}),
    "preToolUse-Fetch": ("call", "fetch", {"url": "https://example.com/"}),
    "preToolUse-MCP": ("none", "", {}),
    "beforeMCPExecution": (
        "call",
        "mcp",
        {"server": "github", "tool": "create_issue", "arguments": {"title": "T"}},
    ),
    "afterMCPExecution": ("outcome", "mcp", {"server": "github", "tool": "create_issue"}),
    "preToolUse-WriteShellStdin": ("call", "other", {"name": "WriteShellStdin"}),
    "preToolUse-ComputerUse": ("call", "other", {"name": "ComputerUse"}),
    "preToolUse-Task": ("call", "agent", {"agent": "explore", "prompt": "find the leak"}),
    "subagentStart": ("call", "agent", {"agent": "explore", "prompt": "find the leak"}),
    "preToolUse-FetchMcpResource": ("call", "write", {"path": f"{PROJECT}/a.md"}),
    "postToolUse-Shell": ("outcome", "shell", {"command": "make test"}),
    "postToolUseFailure": ("outcome", "shell", {"command": "make test"}),
    "sessionStart": ("session", "", {}),
    "stop": ("none", "", {}),
    "beforeSubmitPrompt": ("none", "", {}),
    "afterFileEdit": ("none", "", {}),
}


def event_of(payload: dict[str, Any], **changed: Any) -> Event:
    return adapter.event_of({**payload, **changed}, HERE)


def call_of(name: str, **changed: Any) -> ToolCall:
    call = event_of(PAYLOADS[name], **changed).call
    assert call is not None
    return call


def test_every_payload_is_told() -> None:
    assert set(TOLD) == set(PAYLOADS)


@pytest.mark.parametrize("name", TOLD)
def test_each_payload(name: str) -> None:
    kind, tool, part = TOLD[name]
    event = event_of(PAYLOADS[name])
    assert (event.kind, event.project) == (kind, PROJECT)
    if tool:
        assert event.call is not None
        assert event.call.tool == tool
        assert part.items() <= dict(event.call.input).items()
        assert (event.call.host, event.call.host_version) == ("cursor", "2.6.11")
        assert event.call.cwd == PROJECT
        assert not event.call.can_ask


@pytest.mark.parametrize("name", TOLD)
def test_it_shows_in_the_payload_whose_it_is(name: str) -> None:
    assert host_of(PAYLOADS[name], {}, "claude-code") == "cursor"


# --- one call, several events


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("preToolUse-Shell", "beforeShellExecution"),
        ("preToolUse-Shell", "postToolUse-Shell"),
        ("preToolUse-Shell", "postToolUseFailure"),
        ("preToolUse-Read", "beforeReadFile"),
        ("preToolUse-Task", "subagentStart"),
        ("beforeMCPExecution", "afterMCPExecution"),
    ],
)
def test_events_about_one_call_have_one_digest(first: str, second: str) -> None:
    before, after = call_of(first), call_of(second)
    assert call_digest(before) == call_digest(after)
    assert before.session == after.session
    assert after.call_id in {"", before.call_id}
    assert after.same_within_s == SAME_WITHIN_S


def test_calls_of_two_servers_are_two_calls() -> None:
    first = call_of("beforeMCPExecution")
    second = call_of("beforeMCPExecution", mcp_server_name="another")
    assert call_digest(first) != call_digest(second)


def test_in_anothers_settings_the_wider_event_judges_mcp_calls() -> None:
    """Nothing narrower is imported from there, so nothing may run unjudged."""
    event = adapter.event_of(PAYLOADS["preToolUse-MCP"], IMPORTED)
    assert event.kind == "call"
    assert event.call is not None
    told = {"server": "", "tool": "create_issue", "arguments": {"title": "T"}}
    assert event.call.input == told


def test_where_the_wider_event_does_not_judge_the_narrower_does() -> None:
    assert event_of(PAYLOADS["preToolUse-MCP"]).kind == "none"
    assert event_of(PAYLOADS["beforeMCPExecution"]).kind == "call"


@pytest.mark.parametrize(
    ("folder", "cwd"), [("", PROJECT), ("sub", f"{PROJECT}/sub"), ("/tmp", "/tmp")]
)
def test_a_commands_folder(folder: str, cwd: str) -> None:
    call = call_of("beforeShellExecution", cwd=folder)
    assert call.cwd == cwd
    assert call.raw_input == {"command": "make test", "cwd": folder}


@pytest.mark.parametrize(
    ("given", "neutral"),
    [
        (
            {"file_path": "a", "old_string": "x", "new_string": ""},
            ("edit", {"path": "a", "old": "x", "new": ""}),
        ),
        ({"path": "a"}, ("write", {"path": "a", "content": ""})),
    ],
)
def test_a_piece_of_a_file_is_written_by_the_same_tool(
    given: dict[str, Any], neutral: tuple[str, dict[str, Any]]
) -> None:
    call = call_of("preToolUse-Write", tool_input=given)
    assert (call.tool, dict(call.input)) == neutral


def test_outcomes() -> None:
    def outcome(name: str) -> tuple[str, int]:
        told = event_of(PAYLOADS[name]).outcome
        assert told is not None
        return told.status, told.duration_ms

    assert outcome("postToolUse-Shell") == ("succeeded", 81)
    assert outcome("postToolUseFailure") == ("refused", 0)
    assert outcome("afterMCPExecution") == ("unknown", 12)


# --- what changes, and what is spoilt


def test_unknown_fields_are_ignored() -> None:
    assert event_of(SHELL, brand_new={"a": 1}) == event_of(SHELL)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("preToolUse-Shell", {"hook_event_name": "beforeEverything"}),
        ("beforeReadFile", {"hook_event_name": "beforeImageRead"}),
        ("preToolUse-Shell", {"tool_input": {"cmd": "ls"}}),
        ("preToolUse-Shell", {"tool_input": "ls"}),
        ("preToolUse-Shell", {"tool_use_id": None}),
        ("preToolUse-MCP", {"tool_use_id": None}),
        ("beforeShellExecution", {"command": ""}),
        ("beforeMCPExecution", {"tool_input": "{"}),
        ("beforeMCPExecution", {"tool_input": "[]"}),
        ("beforeMCPExecution", {"mcp_server_name": None}),
        ("beforeReadFile", {"file_path": None}),
        ("preToolUse-Delete", {"tool_input": {}}),
    ],
)
def test_a_changed_field_is_refused_with_the_clients_version(
    name: str, changed: dict[str, Any]
) -> None:
    with pytest.raises(HostPayloadInvalid, match=r"^Cursor `2\.6\.11`: "):
        event_of(PAYLOADS[name], **changed)


def test_without_a_workspace_a_call_is_refused() -> None:
    with pytest.raises(HostPayloadInvalid, match="names no folder"):
        adapter.event_of({**SHELL, "workspace_roots": []}, Surroundings({}))


@given(JSON)
def test_any_json_is_an_event_or_refused_in_one_way(value: Any) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of(value, HERE).kind in KINDS


@given(st.sampled_from(sorted(PAYLOADS)).flatmap(lambda name: changes_to(PAYLOADS[name])))
def test_any_change_to_a_payload_is_an_event_or_refused(changes: dict[str, Any]) -> None:
    for payload in PAYLOADS.values():
        for surroundings in (HERE, IMPORTED):
            with contextlib.suppress(HostPayloadInvalid):
                assert adapter.event_of({**payload, **changes}, surroundings).kind in KINDS


# --- replies


def accepted(name: str, reply: bytes) -> dict[str, Any]:
    """The reply as the client's runner takes it: one object, with values of the right type."""
    told: dict[str, Any] = json.loads(reply)
    assert isinstance(told, dict)
    if "permission" in told:
        assert told["permission"] in PERMISSIONS[name]
    for key in ("user_message", "agent_message", "additional_context"):
        assert isinstance(told.get(key, ""), str)
    assert len(told.get("additional_context", "")) <= 10_000
    return told


@pytest.mark.parametrize("name", [n for n, (kind, _, _) in TOLD.items() if kind == "call"])
def test_replies_are_what_the_client_accepts(name: str) -> None:
    event = event_of(PAYLOADS[name])
    for answer in ("allow", "none"):
        reply = adapter.reply_of(event, RUNS, answer)  # type: ignore[arg-type]
        assert accepted(event.name, reply.stdout) == {"permission": "allow"}
        assert (reply.status, reply.stderr) == (0, b"")
    for made, answer in ((STOPS, "deny"), (WAITS, "deny"), (ASKS, "ask")):
        reply = adapter.reply_of(event, made, answer)  # type: ignore[arg-type]
        told = accepted(event.name, reply.stdout)
        assert told["permission"] == "deny"
        assert told["user_message"] == told["agent_message"]
        assert parse(told["agent_message"]).mode == made.mode


@pytest.mark.parametrize("name", ["preToolUse-MCP", "stop", "beforeSubmitPrompt"])
def test_no_decision_is_told_in_words(name: str) -> None:
    """An entry with `failClosed` takes an empty reply for a failure."""
    event = event_of(PAYLOADS[name])
    told = accepted(event.name, adapter.none_reply(event).stdout)
    assert told == ({"permission": "allow"} if event.name == "preToolUse" else {})


def test_the_short_rules_and_what_was_not_recorded() -> None:
    assert accepted("sessionStart", adapter.session_reply("rules").stdout) == {
        "additional_context": "rules"
    }
    reply = adapter.unrecorded_reply("not recorded")
    assert (accepted("postToolUse", reply.stdout), reply.stderr) == ({}, b"not recorded\n")


@given(st.text(max_size=3000))
def test_whatever_the_reason_the_reply_is_small_and_valid(because: str) -> None:
    event = Event("call", "preToolUse")
    reply = adapter.reply_of(event, decision("STOP", "BLOCK", because), "deny")
    assert len(reply.stdout.decode()) < 20_000
    assert reply.stdout.count(b"\n") == 1
    assert accepted("preToolUse", reply.stdout)["permission"] == "deny"
