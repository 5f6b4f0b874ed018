"""Kiro's payloads in neutral words, and decisions in exit codes: the adapter alone, no process.

The payloads below payloads/kiro are written after the documentation; the client was not seen.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.adapters import host_of
from agentic.adapters import kiro as adapter
from agentic.adapters.interface import SAME_WITHIN_S, Event, Reply, Surroundings
from agentic.core.reason import parse
from agentic.core.values import AUTO, RUN, STOP
from agentic.errors import HostPayloadInvalid
from tests.adapters.test_claude_code import decision

NOWHERE = Surroundings({})
CALL = Event("call", "PreToolUse")
KINDS = {"call", "permission", "outcome", "session", "none"}
DOCUMENTED = sorted(Path(__file__).with_name("payloads").glob("kiro/*.json"))


def payload(tool: str = "execute_bash", given: object = None, **more: Any) -> dict[str, Any]:
    return {
        "hook_event_name": "PreToolUse",
        "session_id": "sess_1",
        "cwd": "/home/ada/churn",
        "tool_name": tool,
        "tool_input": {"command": "git status"} if given is None else given,
        **more,
    }


@pytest.mark.parametrize(
    ("tool", "given", "expected"),
    [
        ("execute_bash", {"command": "ls"}, ("shell", {"command": "ls"})),
        ("shell", {"command": "ls", "working_dir": "/tmp"}, ("shell", {"command": "ls"})),
        ("control_bash_process", {"action": "start", "command": "npm run dev"},
         ("shell", {"command": "npm run dev"})),
        ("control_bash_process", {"action": "stop"},
         ("other", {"name": "control_bash_process", "input": {"action": "stop"}})),
        ("fs_write", {"path": "a", "text": "x"}, ("write", {"path": "a", "content": "x"})),
        ("fs_write", {"command": "create", "path": "a", "file_text": "x"},
         ("write", {"path": "a", "content": "x"})),
        ("write", {"command": "create", "path": "a", "content": "x"},
         ("write", {"path": "a", "content": "x"})),
        ("fs_write", {"command": "str_replace", "path": "a", "old_str": "x", "new_str": "y"},
         ("edit", {"path": "a", "old": "x", "new": "y"})),
        ("fs_write", {"command": "append", "path": "a", "new_str": "y"},
         ("edit", {"path": "a", "old": "", "new": "y"})),
        ("fs_write", {"command": "shred", "path": "a"},
         ("other", {"name": "fs_write", "input": {"command": "shred", "path": "a"}})),
        ("str_replace", {"path": "a", "oldStr": "x", "newStr": "y"},
         ("edit", {"path": "a", "old": "x", "new": "y"})),
        ("fs_append", {"path": "a", "text": "y"}, ("edit", {"path": "a", "old": "", "new": "y"})),
        ("delete_file", {"targetFile": "a"}, ("delete", {"path": "a"})),
        ("fs_read", {"operations": [{"mode": "Line", "path": "a"}, {"mode": "Image", "image_paths": ["b"]}]},
         ("read", {"paths": ["a", "b"]})),
        ("read_file", {"path": "a"}, ("read", {"path": "a"})),
        ("read_files", {"paths": ["a", "b"]}, ("read", {"paths": ["a", "b"]})),
        ("grep", {"pattern": "key", "path": "src", "include": "*.pem"},
         ("search", {"path": "src", "pattern": "key", "glob": "*.pem"})),
        ("glob", {"pattern": "/home/ada/.ssh/*"},
         ("search", {"path": "/home/ada/.ssh", "pattern": "/home/ada/.ssh/*"})),
        ("web_fetch", {"url": "https://x.org"}, ("fetch", {"url": "https://x.org"})),
        ("use_aws", {"service_name": "s3", "operation_name": "ls", "region": "eu-west-1"},
         ("shell", {"command": "aws s3 ls --region eu-west-1"})),
        ("use_aws", {"service_name": "s3; id", "operation_name": "ls"},
         ("other", {"name": "use_aws", "input": {"service_name": "s3; id", "operation_name": "ls"}})),
        ("use_subagent", {"agent_name": "review", "prompt": "do"},
         ("agent", {"agent": "review", "prompt": "do"})),
        ("@postgres/query", {"sql": "select 1"},
         ("mcp", {"server": "postgres", "tool": "query", "arguments": {"sql": "select 1"}})),
        ("todo_list", {}, ("other", {"name": "think", "input": {}})),
        ("knowledge", {"a": 1}, ("other", {"name": "knowledge", "input": {"a": 1}})),
    ],
)  # fmt: skip
def test_each_tool_in_neutral_words(tool: str, given: Any, expected: Any) -> None:
    event = adapter.event_of(payload(tool, given), NOWHERE)
    assert event.call is not None
    assert (event.call.tool, dict(event.call.input)) == expected


def test_a_call_is_known_for_a_moment_and_runs_in_its_own_folder() -> None:
    told = adapter.event_of(payload("shell", {"command": "ls", "working_dir": "sub"}), NOWHERE).call
    assert told is not None
    assert (told.cwd, told.same_within_s, told.can_ask) == (
        "/home/ada/churn/sub",
        SAME_WITHIN_S,
        False,
    )
    assert (told.session, told.raw_tool) == ("sess_1", "shell")
    old = payload()
    del old["session_id"]
    assert adapter.event_of({**old, "hook_event_name": "preToolUse"}, NOWHERE).kind == "call"


def test_whose_payload_it_is_is_told_by_the_command() -> None:
    assert host_of(payload(), {}, "kiro") == "kiro"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("agentSpawn", "session"),
        ("SessionStart", "session"),
        ("stop", "none"),
        ("PreTaskExec", "none"),
    ],
)
def test_other_events(name: str, kind: str) -> None:
    assert adapter.event_of({"hook_event_name": name, "cwd": "/w"}, NOWHERE).kind == kind


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ({"success": True}, "succeeded"),
        ({"success": False}, "failed"),
        (None, "unknown"),
        ("x", "unknown"),
    ],
)
def test_outcomes(response: object, status: str) -> None:
    told = adapter.event_of(payload(hook_event_name="PostToolUse", tool_response=response), NOWHERE)
    assert told.outcome == (status, -1, response, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"hook_event_name": "PreToolUseV2"},
        {"hook_event_name": None},
        {"cwd": ""},
        {"tool_name": 5},
        {"tool_input": "ls"},
        {"session_id": 5},
        {"tool_name": "fs_read", "tool_input": {}},
        {"tool_name": "fs_read", "tool_input": {"operations": [{"mode": "Line"}]}},
        {"tool_name": "execute_bash", "tool_input": {"command": ["ls"]}},
    ],
)
def test_a_changed_field_is_a_refusal_that_names_the_client(changes: dict[str, Any]) -> None:
    with pytest.raises(HostPayloadInvalid, match=r"Kiro \(it tells no version\): "):
        adapter.event_of(payload(**changes), NOWHERE)


def test_each_answer() -> None:
    refused = decision(STOP, "BLOCK", ("destroy-shared",))
    for answer in ("deny", "ask"):
        reply = adapter.reply_of(CALL, refused, answer)  # type: ignore[arg-type]
        assert (reply.status, reply.stdout) == (2, b"")
        assert parse(reply.stderr.decode()).mode == STOP
    for answer in ("allow", "none"):
        made = decision(AUTO, RUN, ("read",))
        assert adapter.reply_of(CALL, made, answer) == Reply()  # type: ignore[arg-type]
    assert adapter.none_reply(CALL) == Reply()
    assert adapter.session_reply("rules") == Reply(b"rules\n")
    assert adapter.unrecorded_reply("full").status == 0


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
        max_leaves=20,
    ),
    st.sampled_from((*adapter._TOOLS, "new", "@a/b", "@")),
)
def test_any_json_is_an_event_or_refused_in_one_way(value: Any, tool: str) -> None:
    for told in (value, payload(tool, value)):
        with contextlib.suppress(HostPayloadInvalid):
            assert adapter.event_of(told, NOWHERE).kind in KINDS


@given(
    st.sampled_from(tuple(adapter._TOOLS)),
    st.dictionaries(
        st.sampled_from("path command operations text content paths url query pattern".split()),
        st.none() | st.integers() | st.text(max_size=9) | st.lists(st.none() | st.text(max_size=3)),
    ),
)
def test_any_input_is_a_call_or_refused(tool: str, given: dict[str, Any]) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of(payload(tool, given), NOWHERE).kind in KINDS


@pytest.mark.parametrize("path", DOCUMENTED, ids=lambda path: path.stem)
def test_documented_payloads_have_the_shape_that_is_read(path: Path) -> None:
    told = adapter.event_of(json.loads(path.read_text()), NOWHERE)
    assert told.kind in {"call", "outcome", "session"}
    assert told.call is None or told.call.tool != "other"
