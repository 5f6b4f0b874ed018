"""Gemini CLI's payloads in neutral words, and decisions in its own: the adapter alone, no process."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from agentic.adapters import gemini_cli as adapter
from agentic.adapters.interface import Event, Reply, Surroundings
from agentic.core.reason import parse
from agentic.core.values import AUTO, CONSULT, RUN, STOP
from agentic.errors import HostPayloadInvalid
from tests.adapters.made import ANY_JSON, KINDS, changes_to, decision, read, recorded

AT_HOME = Surroundings({"GEMINI_PROJECT_DIR": "/home/ada/churn"})
CALL = Event("call", "BeforeTool")


def payload(tool: str = "run_shell_command", given: object = None, **more: Any) -> dict[str, Any]:
    return {
        "session_id": "s1",
        "transcript_path": "/home/ada/.gemini/tmp/t.jsonl",
        "cwd": "/home/ada/churn",
        "hook_event_name": "BeforeTool",
        "timestamp": "2026-11-21T08:24:43.597Z",
        "tool_name": tool,
        "tool_input": {"command": "git status"} if given is None else given,
        **more,
    }


@pytest.mark.parametrize(
    ("tool", "given", "neutral"),
    [
        ("run_shell_command", {"command": "ls"}, ("shell", {"command": "ls"})),
        ("read_file", {"file_path": "/w/a", "start_line": 1}, ("read", {"path": "/w/a"})),
        (
            "write_file",
            {"file_path": "a", "content": ""},
            ("write", {"path": "a", "content": ""}),
        ),
        (
            "replace",
            {"file_path": "a", "instruction": "i", "old_string": "x", "new_string": ""},
            ("edit", {"path": "a", "old": "x", "new": ""}),
        ),
        ("list_directory", {"dir_path": "/etc"}, ("search", {"path": "/etc"})),
        ("glob", {"pattern": "*.py"}, ("search", {"path": "", "pattern": "*.py"})),
        (
            "glob",
            {"pattern": "/home/ada/.ssh/*"},
            ("search", {"path": "/home/ada/.ssh", "pattern": "/home/ada/.ssh/*"}),
        ),
        (
            "glob",
            {"pattern": "../.aws/*", "dir_path": "/w"},
            ("search", {"path": "/w/../.aws", "pattern": "../.aws/*"}),
        ),
        (
            "grep_search",
            {"pattern": "key", "dir_path": "src", "include_pattern": "*.pem"},
            ("search", {"path": "src", "pattern": "key", "glob": "*.pem"}),
        ),
        (
            "read_many_files",
            {"include": ["src/*.py", "/etc/*"]},
            ("search", {"paths": ["src", "/etc"], "pattern": "", "glob": ["src/*.py", "/etc/*"]}),
        ),
        ("web_fetch", {"prompt": "see https://x.org"}, ("fetch", {"prompt": "see https://x.org"})),
        ("web_fetch", {"url": "https://x.org"}, ("fetch", {"url": "https://x.org"})),
        ("google_web_search", {"query": "drift"}, ("browse", {"query": "drift"})),
        (
            "invoke_agent",
            {"agent_name": "generalist", "prompt": "do"},
            ("agent", {"agent": "generalist", "prompt": "do"}),
        ),
        (
            "mcp_gh_create_issue",
            {"title": "T"},
            ("mcp", {"server": "gh", "tool": "create_issue", "arguments": {"title": "T"}}),
        ),
        ("save_memory", {"fact": "x"}, ("other", {"name": "save_memory", "input": {"fact": "x"}})),
        ("Run_shell_command", {}, ("other", {"name": "Run_shell_command", "input": {}})),
    ],
)
def test_each_tool_in_neutral_words(
    tool: str, given: dict[str, Any], neutral: tuple[str, dict[str, Any]]
) -> None:
    call = adapter.event_of(payload(tool, given), AT_HOME).call
    assert call is not None
    assert (call.tool, dict(call.input)) == neutral
    assert (call.raw_tool, call.raw_input) == (tool, given)
    assert not call.can_ask


def test_what_the_client_tells_of_a_server_counts_more_than_the_tools_name() -> None:
    context = {"server_name": "my_board", "tool_name": "list_items", "command": "python3"}
    made = payload("mcp_my_board_list_items", {}, mcp_context=context)
    call = adapter.event_of(made, AT_HOME).call
    assert call is not None
    assert call.input == {"server": "my_board", "tool": "list_items", "arguments": {}}


@pytest.mark.parametrize(
    ("folder", "cwd"), [("sub", "/home/ada/churn/sub"), ("/etc", "/etc"), (None, "/home/ada/churn")]
)
def test_a_commands_own_folder_is_where_it_is_judged(folder: str | None, cwd: str) -> None:
    event = adapter.event_of(payload(given={"command": "ls", "dir_path": folder}), AT_HOME)
    assert event.call is not None
    assert (event.call.cwd, event.cwd, event.project) == (cwd, "/home/ada/churn", "/home/ada/churn")


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ({"llmContent": "Output: (empty)"}, "succeeded"),
        ({"llmContent": "Output: x\nExit Code: 3\nProcess Group PGID: 7"}, "failed"),
        ({"llmContent": "Exit Code: 3 said a file\nOutput: x"}, "succeeded"),
        ({"llmContent": [{"text": "x"}], "error": {"message": "m", "type": "t"}}, "failed"),
        ("text", "succeeded"),
        (None, "succeeded"),
    ],
)
def test_outcomes(response: object, status: str) -> None:
    made = payload(hook_event_name="AfterTool", tool_response=response)
    event = adapter.event_of(made, AT_HOME)
    assert event.outcome is not None
    assert event.outcome.status == status
    before = adapter.event_of(payload(), AT_HOME).call
    assert event.call == before


@pytest.mark.parametrize("event", sorted(adapter._OTHER_EVENTS))
def test_other_events_decide_nothing(event: str) -> None:
    assert adapter.event_of(payload(hook_event_name=event), AT_HOME).kind == "none"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hook_event_name": "PreToolUse"}, "unknown event `PreToolUse` about a tool"),
        ({"tool_input": "ls"}, "`tool_input` is not an object"),
        ({"tool_name": None}, "`tool_name` is missing"),
        ({"mcp_context": {}}, "`server_name` is missing"),
    ],
)
def test_what_has_changed_is_refused_in_the_clients_name(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(HostPayloadInvalid) as caught:
        adapter.event_of(payload(**change), AT_HOME)
    assert caught.value.message == f"Gemini CLI (it does not tell its version): {message}"


@pytest.mark.parametrize("path", recorded(adapter.HOST), ids=lambda path: path.stem)
def test_recorded_payloads_have_the_shape_that_is_read(path: Path) -> None:
    event = adapter.event_of(read(path), AT_HOME)
    assert (
        event.kind
        == {"Bef": "call", "Aft": "outcome", "Ses": "session", "Not": "none"}[path.stem[:3]]
    )
    if event.call is not None:
        assert event.call.tool != "other"


@pytest.mark.parametrize("answer", ["allow", "none"])
def test_what_may_run_gets_no_reply(answer: Any) -> None:
    assert adapter.reply_of(CALL, decision(AUTO, RUN, "read"), answer) == Reply()


@pytest.mark.parametrize("answer", ["ask", "deny"])
def test_a_refusal_is_an_exit_code_and_never_a_question(answer: Any) -> None:
    reply = adapter.reply_of(CALL, decision(CONSULT, "BLOCK", "read"), answer)
    assert (reply.status, reply.stdout) == (2, b"")
    assert parse(reply.stderr.decode()).mode == CONSULT


def test_a_refusal_is_never_read_as_json() -> None:
    """The client takes a document on standard error, too, for the hook's answer."""
    for because in ('{"decision":"allow"}', '"x"', "1"):
        reply = adapter.reply_of(CALL, decision(STOP, "BLOCK", "read", because=because), "deny")
        with pytest.raises(ValueError, match=r"Expecting|Extra"):
            json.loads(reply.stderr)


@given(ANY_JSON)
def test_any_json_is_an_event_or_refused_in_one_way(value: Any) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of(value, AT_HOME).kind in KINDS


@given(changes_to(payload(mcp_context={}, tool_response={})))
def test_any_change_to_a_payload_is_an_event_or_refused(changes: dict[str, Any]) -> None:
    for event in ("BeforeTool", "AfterTool"):
        with contextlib.suppress(HostPayloadInvalid):
            made = {**payload(hook_event_name=event), **changes}
            assert adapter.event_of(made, AT_HOME).kind in KINDS
