"""Cline's payloads in neutral words, and decisions in its own: the adapter alone, no process."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.adapters import cline as adapter
from agentic.adapters import host_of
from agentic.adapters.interface import SAME_WITHIN_S, Event, Surroundings
from agentic.core.reason import parse
from agentic.core.values import AUTO, CONSULT, RUN, STOP
from agentic.errors import HostPayloadInvalid
from tests.adapters.test_claude_code import decision

NOWHERE = Surroundings({})
CALL = Event("call", "tool_call")
KINDS = {"call", "permission", "outcome", "session", "none"}
RECORDED = sorted(Path(__file__).with_name("payloads").glob("cline/*.json"))


def payload(tool: str = "run_commands", given: object = None, **more: Any) -> dict[str, Any]:
    """A call as the CLI tells it."""
    told = {"commands": ["git status"]} if given is None else given
    return {
        "clineVersion": "3.0.65",
        "hookName": "tool_call",
        "taskId": "t1",
        "workspaceRoots": ["/home/ada/churn"],
        "agent_id": "a1",
        "tool_call": {"id": "c1", "name": tool, "input": told},
        "preToolUse": {"toolName": tool, "parameters": {}},
        **more,
    }


def in_extension(tool: str, parameters: object, **more: Any) -> dict[str, Any]:
    """A call as the extension tells it: no id, every parameter as text."""
    return {
        "clineVersion": "3.40.0",
        "hookName": "PreToolUse",
        "timestamp": "1795000000000",
        "taskId": "t1",
        "workspaceRoots": ["/home/ada/churn"],
        "userId": "u",
        "preToolUse": {"toolName": tool, "parameters": parameters},
        **more,
    }


def neutral(told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    event = adapter.event_of(told, NOWHERE)
    assert event.call is not None
    return event.call.tool, dict(event.call.input)


@pytest.mark.parametrize(
    ("tool", "given", "expected"),
    [
        ("run_commands", {"commands": ["ls", "rm -r x"]}, ("shell", {"command": "ls\nrm -r x"})),
        ("read_files", {"files": [{"path": "/a"}, {"path": "b", "start_line": 1}]},
         ("read", {"paths": ["/a", "b"]})),
        ("search_codebase", {"queries": ["key"]}, ("search", {"path": "", "pattern": "key"})),
        ("fetch_web_content", {"requests": [{"url": "https://x.org", "prompt": "p"}]},
         ("fetch", {"urls": ["https://x.org"]})),
        ("editor", {"path": "/a", "new_text": "x"}, ("write", {"path": "/a", "content": "x"})),
        ("editor", {"path": "/a", "old_text": "x", "new_text": "y"},
         ("edit", {"path": "/a", "old": "x", "new": "y"})),
        ("editor", {"path": "/a", "old_text": None, "new_text": "y", "insert_line": 3},
         ("edit", {"path": "/a", "old": "", "new": "y"})),
        ("apply_patch", {"input": "*** Delete File: a"},
         ("edit", {"changes": [{"change": "delete", "path": "a"}]})),
        ("spawn_agent", {"systemPrompt": "s", "task": "do"}, ("agent", {"agent": "", "prompt": "do"})),
        ("board__create_item", {"path": "x"},
         ("mcp", {"server": "board", "tool": "create_item", "arguments": {"path": "x"}})),
        ("ask_question", {"question": "?"}, ("other", {"name": "new_task", "input": {"question": "?"}})),
        ("something_new", {"a": 1}, ("other", {"name": "something_new", "input": {"a": 1}})),
        ("__x", {}, ("other", {"name": "__x", "input": {}})),
    ],
)  # fmt: skip
def test_each_tool_of_the_cli(tool: str, given: Any, expected: Any) -> None:
    assert neutral(payload(tool, given)) == expected


@pytest.mark.parametrize(
    ("tool", "parameters", "expected"),
    [
        ("execute_command", {"command": "rm -r x", "requires_approval": "false"},
         ("shell", {"command": "rm -r x"})),
        ("read_file", {"path": "a"}, ("read", {"path": "a"})),
        ("write_to_file", {"path": "a", "content": ""}, ("write", {"path": "a", "content": ""})),
        ("replace_in_file", {"path": "a", "diff": "x"}, ("edit", {"path": "a", "old": "", "new": "x"})),
        ("search_files", {"path": ".", "regex": "key", "file_pattern": "*.pem"},
         ("search", {"path": ".", "pattern": "key", "glob": "*.pem"})),
        ("web_fetch", {"url": "https://x.org"}, ("fetch", {"url": "https://x.org"})),
        ("use_mcp_tool", {"server_name": "s", "tool_name": "t", "arguments": '{"a": 1}'},
         ("mcp", {"server": "s", "tool": "t", "arguments": {"a": 1}})),
        ("run_commands", {"commands": '["ls"]'}, ("shell", {"command": "ls"})),
        ("attempt_completion", {"result": "done", "command": "open x"}, ("shell", {"command": "open x"})),
        ("attempt_completion", {"result": "done"},
         ("other", {"name": "attempt_completion", "input": {"result": "done"}})),
    ],
)  # fmt: skip
def test_each_tool_of_the_extension(tool: str, parameters: Any, expected: Any) -> None:
    assert neutral(in_extension(tool, parameters)) == expected


def test_calls_are_known_by_their_id_or_for_a_moment() -> None:
    told = adapter.event_of(payload(), NOWHERE).call
    assert told is not None
    assert (told.call_id, told.same_within_s, told.session, told.agent_id) == ("c1", 0, "t1", "a1")
    assert (told.cwd, told.host_version, told.can_ask) == ("/home/ada/churn", "3.0.65", False)
    told = adapter.event_of(in_extension("read_file", {"path": "a"}), NOWHERE).call
    assert told is not None
    assert (told.call_id, told.same_within_s) == ("", SAME_WITHIN_S)


def test_whose_payload_it_is_shows_in_its_shape() -> None:
    assert host_of(payload(), {}, "claude-code") == "cline"
    assert host_of(in_extension("x", {}), {}, "cursor") == "cline"


def test_outcomes() -> None:
    after = {"toolName": "run_commands", "result": "x", "success": True, "executionTimeMs": 7}
    told = payload(hookName="tool_result", postToolUse=after)
    told["tool_result"] = told.pop("tool_call")
    assert adapter.event_of(told, NOWHERE).outcome == ("succeeded", 7, "x", "")
    for success, status in ((False, "failed"), (None, "unknown")):
        told["postToolUse"] = {**after, "success": success}
        found = adapter.event_of(told, NOWHERE).outcome
        assert found is not None
        assert found.status == status


@pytest.mark.parametrize(
    ("name", "kind"),
    [("agent_start", "session"), ("TaskStart", "session"), ("agent_end", "none"), ("x", "none")],
)
def test_other_events(name: str, kind: str) -> None:
    told = {"clineVersion": "", "hookName": name, "taskId": "t", "workspaceRoots": ["/w"]}
    assert adapter.event_of(told, NOWHERE).kind == kind


@pytest.mark.parametrize(
    "changes",
    [
        {"hookName": "tool_call_v2"},
        {"hookName": ""},
        {"taskId": None},
        {"workspaceRoots": []},
        {"workspaceRoots": "/w"},
        {"tool_call": []},
        {"tool_call": {"id": "c", "name": "run_commands", "input": {"commands": "ls"}}},
        {"tool_call": {"id": "c", "name": "run_commands", "input": {"commands": [5]}}},
        {"tool_call": {"id": "", "name": "run_commands", "input": {"commands": ["ls"]}}},
        {"tool_call": {"id": "c", "name": "read_files", "input": {"files": ["a"]}}},
        {"tool_call": {"id": "c", "name": "read_file", "input": {"path": "@other:a"}}},
        {"tool_call": {"id": "c", "name": "use_mcp_tool",
                       "input": {"server_name": "s", "tool_name": "t", "arguments": "{"}}},
        {"agent_id": 5},
    ],
)  # fmt: skip
def test_a_changed_field_is_a_refusal_that_names_the_client(changes: dict[str, Any]) -> None:
    with pytest.raises(HostPayloadInvalid, match=r"Cline `3\.0\.65`: "):
        adapter.event_of(payload(**changes), NOWHERE)


def test_each_answer_is_one_document() -> None:
    made = decision(STOP, "BLOCK", ("destroy-shared",))
    for answer in ("deny", "ask"):
        reply = adapter.reply_of(CALL, made, answer)  # type: ignore[arg-type]
        assert (reply.status, reply.stderr) == (0, b"")
        told = json.loads(reply.stdout)
        assert told["cancel"] is True
        assert parse(told["errorMessage"]).mode == STOP
    for answer in ("allow", "none"):
        reply = adapter.reply_of(CALL, decision(AUTO, RUN, ("read",)), answer)  # type: ignore[arg-type]
        assert json.loads(reply.stdout) == {"cancel": False}
    assert json.loads(adapter.none_reply(CALL).stdout) == {"cancel": False}
    assert json.loads(adapter.session_reply("rules").stdout)["contextModification"] == "rules"
    assert json.loads(adapter.unrecorded_reply("x").stdout)["cancel"] is False
    assert CONSULT


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
        max_leaves=20,
    ),
    st.sampled_from((*adapter._TOOLS, "new", "a__b")),
)
def test_any_json_is_an_event_or_refused_in_one_way(value: Any, tool: str) -> None:
    for told in (value, payload(tool, value), in_extension(tool, value)):
        with contextlib.suppress(HostPayloadInvalid):
            assert adapter.event_of(told, NOWHERE).kind in KINDS


@given(
    st.sampled_from((*adapter._TOOLS, "new")),
    st.dictionaries(
        st.sampled_from(
            "path command commands files content new_text old_text diff url requests input".split()
        ),
        st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=3)),
    ),
)
def test_any_input_is_a_call_or_refused(tool: str, given: dict[str, Any]) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of(payload(tool, given), NOWHERE).kind in KINDS


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_payloads_have_the_shape_that_is_read(path: Path) -> None:
    told = adapter.event_of(json.loads(path.read_text()), NOWHERE)
    assert told.kind in {"call", "outcome", "session"}


def test_each_event_was_recorded() -> None:
    assert {"tool_call", "tool_result", "agent_start"} == {
        json.loads(path.read_text())["hookName"] for path in RECORDED
    }
