"""Qwen Code's payloads in neutral words, and decisions in its own: the adapter alone, no process."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from agentic.adapters import qwen_code as adapter
from agentic.adapters.interface import Event, Reply, Surroundings
from agentic.core.reason import parse
from agentic.core.values import AUTO, CONSULT, RUN, STOP
from agentic.errors import HostPayloadInvalid
from tests.adapters.made import ANY_JSON, KINDS, changes_to, decision, read, recorded

AT_A_TERMINAL = Surroundings(
    {
        "QWEN_PROJECT_DIR": "/home/ada/churn",
        "QWEN_CODE_STARTUP_VERSION": "0.24.4",
        "QWEN_CODE_MESSAGING_SOCKET": "/run/x.sock",
    }
)
NOWHERE = Surroundings({"QWEN_PROJECT_DIR": "/home/ada/churn"})
CALL = Event("call", "PreToolUse")
QUESTION = Event("permission", "PermissionRequest")


def payload(tool: str = "run_shell_command", given: object = None, **more: Any) -> dict[str, Any]:
    return {
        "session_id": "s1",
        "transcript_path": "/home/ada/.qwen/t.jsonl",
        "cwd": "/home/ada/churn",
        "hook_event_name": "PreToolUse",
        "timestamp": "2026-11-21T08:26:16.048Z",
        "permission_mode": "yolo",
        "tool_name": tool,
        "tool_input": {"command": "git status"} if given is None else given,
        "tool_use_id": "toolu_1",
        **more,
    }


SHELL = ("shell", {"command": "ls"})


@pytest.mark.parametrize(
    ("tool", "given", "neutral"),
    [
        ("run_shell_command", {"command": "ls", "is_background": False}, SHELL),
        ("monitor", {"command": "ls", "max_events": 3}, SHELL),
        ("tool_call", {"name": "monitor", "arguments": {"command": "ls"}}, SHELL),
        ("read_file", {"file_path": "/w/a", "offset": 1}, ("read", {"path": "/w/a"})),
        ("zoom_image", {"file_path": "/w/a.png", "x1": 0}, ("read", {"path": "/w/a.png"})),
        ("write_file", {"file_path": "a", "content": ""}, ("write", {"path": "a", "content": ""})),
        (
            "edit",
            {"file_path": "a", "old_string": "x", "new_string": "", "replace_all": True},
            ("edit", {"path": "a", "old": "x", "new": ""}),
        ),
        (
            "notebook_edit",
            {"notebook_path": "n.ipynb", "cell_id": "a", "new_source": "x"},
            ("notebook", {"path": "n.ipynb", "content": "x"}),
        ),
        (
            "notebook_edit",
            {"notebook_path": "n.ipynb", "edit_mode": "delete"},
            ("notebook", {"path": "n.ipynb", "content": ""}),
        ),
        ("list_directory", {"path": "/etc"}, ("search", {"path": "/etc"})),
        (
            "glob",
            {"pattern": "/home/ada/.ssh/*"},
            ("search", {"path": "/home/ada/.ssh", "pattern": "/home/ada/.ssh/*"}),
        ),
        (
            "grep_search",
            {"pattern": "key", "path": "src", "glob": "*.pem"},
            ("search", {"path": "src", "pattern": "key", "glob": "*.pem"}),
        ),
        ("web_fetch", {"url": "https://x.org", "prompt": "p"}, ("fetch", {"url": "https://x.org"})),
        ("web_search", {"query": "drift"}, ("browse", {"query": "drift"})),
        (
            "agent",
            {"subagent_type": "Explore", "prompt": "do", "isolation": "worktree"},
            ("agent", {"agent": "Explore", "prompt": "do"}),
        ),
        (
            "agent",
            {"prompt": "do", "isolation": "remote"},
            ("other", {"name": "agent", "input": {"prompt": "do", "isolation": "remote"}}),
        ),
        (
            "mcp__github__create_issue",
            {"title": "T"},
            ("mcp", {"server": "github", "tool": "create_issue", "arguments": {"title": "T"}}),
        ),
        (
            "read_mcp_resource",
            {"server_name": "s", "uri": "u"},
            (
                "mcp",
                {
                    "server": "s",
                    "tool": "resources/read",
                    "arguments": {"server_name": "s", "uri": "u"},
                },
            ),
        ),
        ("exec", {"code": "x"}, ("other", {"name": "exec", "input": {"code": "x"}})),
    ],
)
def test_each_tool_in_neutral_words(
    tool: str, given: dict[str, Any], neutral: tuple[str, dict[str, Any]]
) -> None:
    call = adapter.event_of(payload(tool, given), NOWHERE).call
    assert call is not None
    assert (call.tool, dict(call.input)) == neutral
    assert (call.raw_tool, call.raw_input, call.call_id) == (tool, given, "toolu_1")


def test_a_commands_own_folder_is_where_it_is_judged() -> None:
    event = adapter.event_of(payload(given={"command": "ls", "directory": "/etc"}), NOWHERE)
    assert event.call is not None
    assert (event.call.cwd, event.cwd) == ("/etc", "/home/ada/churn")


@pytest.mark.parametrize(
    ("mode", "version", "socket", "agent_id", "expected"),
    [
        ("yolo", "0.24.4", True, "", True),
        ("default", "0.25.0", True, "", True),
        ("auto-edit", "1.0.0", True, "", True),
        ("auto", "0.24.4", True, "", False),
        ("plan", "0.24.4", True, "", False),
        ("yolo", "0.24.3", True, "", False),
        ("yolo", "", True, "", False),
        ("yolo", "0.24", True, "", False),
        ("yolo", "0.24.4-nightly", True, "", False),
        ("yolo", "0.24.4", False, "", False),
        ("yolo", "0.24.4", True, "a1", False),
        ("", "0.24.4", True, "", False),
    ],
)
def test_a_question_is_asked_only_where_it_is_known_to_appear(
    mode: str, version: str, socket: bool, agent_id: str, expected: bool
) -> None:
    told = {"QWEN_CODE_STARTUP_VERSION": version, "QWEN_CODE_MESSAGING_SOCKET": "/x"}
    variables = {name: value for name, value in told.items() if value and (socket or value != "/x")}
    for event in ("PreToolUse", "PermissionRequest"):
        made = payload(permission_mode=mode, agent_id=agent_id, hook_event_name=event)
        call = adapter.event_of(made, Surroundings(variables)).call
        assert call is not None
        assert call.can_ask is expected


def test_the_question_of_the_client_is_about_the_same_call() -> None:
    asked = payload(hook_event_name="PermissionRequest")
    del asked["tool_use_id"]
    question = adapter.event_of(asked, NOWHERE)
    call = adapter.event_of(payload(), NOWHERE).call
    assert question.kind == "permission"
    assert question.call is not None
    assert call is not None
    assert question.call.same_within_s > 0
    same = ("raw_tool", "raw_input", "cwd", "session")
    assert [getattr(question.call, name) for name in same] == [getattr(call, name) for name in same]


def test_outcomes() -> None:
    failed = payload(hook_event_name="PostToolUseFailure", error="Exit code 3")
    assert adapter.event_of(failed, NOWHERE).outcome == ("failed", -1, None, "Exit code 3")
    told = {"llmContent": "Command: ls\nExit Code: 2\nSignal: 0", "returnDisplay": ""}
    done = adapter.event_of(payload(hook_event_name="PostToolUse", tool_response=told), NOWHERE)
    assert done.outcome == ("failed", -1, told, "")
    told = {"llmContent": [{"text": "done"}]}
    done = adapter.event_of(payload(hook_event_name="PostToolUse", tool_response=told), NOWHERE)
    assert done.outcome == ("succeeded", -1, told, "")


@pytest.mark.parametrize("event", sorted(adapter._OTHER_EVENTS))
def test_other_events_decide_nothing(event: str) -> None:
    assert adapter.event_of(payload(hook_event_name=event), NOWHERE).kind == "none"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hook_event_name": "BeforeToolUse"}, "unknown event `BeforeToolUse` about a tool"),
        ({"tool_input": None}, "`tool_input` is not an object"),
        (
            {"tool_name": "tool_call", "tool_input": {"name": "tool_call", "arguments": {}}},
            "`tool_call` calls itself",
        ),
    ],
)
def test_what_has_changed_is_refused_with_the_version(change: dict[str, Any], message: str) -> None:
    for where, version in ((AT_A_TERMINAL, "`0.24.4`"), (NOWHERE, "(before 0.24)")):
        with pytest.raises(HostPayloadInvalid) as caught:
            adapter.event_of(payload(**change), where)
        assert caught.value.message == f"Qwen Code {version}: {message}"


@pytest.mark.parametrize(
    "path", recorded(adapter.HOST), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_recorded_payloads_have_the_shape_that_is_read(path: Path) -> None:
    event = adapter.event_of(read(path), NOWHERE)
    kinds = {
        "PreT": "call",
        "Perm": "permission",
        "Post": "outcome",
        "Sess": "session",
        "Noti": "none",
    }
    assert event.kind == kinds[path.stem[:4]]
    if event.call is not None:
        assert event.call.tool != "other"


def test_no_decision_is_an_empty_reply() -> None:
    assert adapter.reply_of(CALL, decision(AUTO, RUN, "write-workspace"), "none") == Reply()


@pytest.mark.parametrize("answer", ["allow", "ask"])
def test_a_reply_is_one_document(answer: Any) -> None:
    reply = adapter.reply_of(CALL, decision(CONSULT, "ASK", "read"), answer)
    told = json.loads(reply.stdout)["hookSpecificOutput"]
    assert (reply.status, told["hookEventName"], told["permissionDecision"]) == (
        0,
        "PreToolUse",
        answer,
    )


@pytest.mark.parametrize("event", [CALL, QUESTION])
def test_a_refusal_is_an_exit_code(event: Event) -> None:
    reply = adapter.reply_of(event, decision(STOP, "BLOCK", "read"), "deny")
    assert (reply.status, reply.stdout) == (2, b"")
    assert parse(reply.stderr.decode()).mode == STOP


def test_the_clients_question_is_left_to_its_person() -> None:
    for answer in ("none", "allow", "ask"):
        made = decision(CONSULT, "ASK", "read")
        assert adapter.reply_of(QUESTION, made, answer) == Reply()  # type: ignore[arg-type]  # each answer


@given(ANY_JSON)
def test_any_json_is_an_event_or_refused_in_one_way(value: Any) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of(value, AT_A_TERMINAL).kind in KINDS


@given(changes_to(payload(agent_id="", agent_type="", tool_response={}, error="", duration_ms=1)))
def test_any_change_to_a_payload_is_an_event_or_refused(changes: dict[str, Any]) -> None:
    for event in ("PreToolUse", "PermissionRequest", "PostToolUse", "PostToolUseFailure"):
        with contextlib.suppress(HostPayloadInvalid):
            made = {**payload(hook_event_name=event), **changes}
            assert adapter.event_of(made, AT_A_TERMINAL).kind in KINDS
