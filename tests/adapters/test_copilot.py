"""Copilot's payloads of three shapes in neutral words, and decisions in its own: the adapter alone.

The payloads of VS Code are made from its documentation; those of the command line were recorded.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from agentic.adapters import copilot as adapter
from agentic.adapters.copilot_tools import CLAUDE_NAMES
from agentic.adapters.interface import Event, Reply, Surroundings
from agentic.core.reason import parse
from agentic.core.values import AUTO, CONSULT, RUN, STOP
from agentic.errors import HostPayloadInvalid
from tests.adapters.made import ANY_JSON, KINDS, changes_to, decision, read, recorded

CLI = {"COPILOT_CLI_BINARY_VERSION": "1.0.102", "COPILOT_PROJECT_DIR": "/home/ada/churn"}
CALL = Event("call", "PreToolUse")
QUESTION = Event("permission", "PermissionRequest")


def at(event: str = "", **variables: str) -> Surroundings:
    """The surroundings of a hook whose command names this event."""
    return Surroundings({**CLI, **variables}, event)


def payload(tool: str = "bash", given: object = None, **more: Any) -> dict[str, Any]:
    return {
        "sessionId": "s1",
        "timestamp": 1_795_249_312_291,
        "cwd": "/home/ada/churn",
        "toolName": tool,
        "toolArgs": {"command": "git status"} if given is None else given,
        **more,
    }


def claude_payload(tool: str, given: object, **more: Any) -> dict[str, Any]:
    return {
        "hook_event_name": "PreToolUse",
        "session_id": "s1",
        "timestamp": "2026-11-21T08:21:52.291Z",
        "cwd": "/home/ada/churn",
        "tool_name": tool,
        "tool_input": given,
        **more,
    }


def editor_payload(tool: str, given: object, **more: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-02-09T10:30:00.000Z",
        "cwd": "/home/ada/churn",
        "sessionId": "s1",
        "hookEventName": "PreToolUse",
        "transcript_path": "/home/ada/t.json",
        "tool_name": tool,
        "tool_input": given,
        "tool_use_id": "tool-123",
        **more,
    }


PATCH = "*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** End Patch\n"
CHANGES = [
    {"change": "write", "path": "a", "content": "x"},
    {"change": "delete", "path": "b"},
]
TOOLS: list[tuple[str, Any, tuple[str, dict[str, Any]]]] = [
    ("bash", {"command": "ls", "mode": "async"}, ("shell", {"command": "ls"})),
    ("view", {"path": "a", "view_range": [1, 2]}, ("read", {"path": "a"})),
    ("create", {"path": "a", "file_text": ""}, ("write", {"path": "a", "content": ""})),
    (
        "edit",
        {"path": "a", "old_str": "x", "new_str": ""},
        ("edit", {"path": "a", "old": "x", "new": ""}),
    ),
    (
        "str_replace_editor",
        {"command": "create", "path": "a", "file_text": "x"},
        ("write", {"path": "a", "content": "x"}),
    ),
    (
        "str_replace_editor",
        {"command": "view", "path": "a"},
        ("read", {"path": "a"}),
    ),
    (
        "str_replace_editor",
        {"command": "insert", "path": "a", "insert_line": 3, "new_str": "x"},
        ("edit", {"path": "a", "old": "", "new": "x"}),
    ),
    ("apply_patch", {"input": PATCH}, ("edit", {"changes": CHANGES})),
    (
        "grep",
        {"pattern": "key", "paths": ["src", "/etc"], "glob": "*.pem"},
        ("search", {"paths": ["src", "/etc"], "pattern": "key", "glob": "*.pem"}),
    ),
    ("rg", {"pattern": "key"}, ("search", {"paths": [], "pattern": "key", "glob": ""})),
    (
        "glob",
        {"pattern": "/home/ada/.ssh/*"},
        ("search", {"paths": ["/home/ada/.ssh"], "pattern": "/home/ada/.ssh/*"}),
    ),
    ("web_fetch", {"url": "https://x.org"}, ("fetch", {"url": "https://x.org"})),
    ("web_search", {"query": "drift"}, ("browse", {"query": "drift"})),
    (
        "task",
        {"agent_type": "explore", "prompt": "do", "name": "n"},
        ("agent", {"agent": "explore", "prompt": "do"}),
    ),
    ("no_such_tool", {"a": 1}, ("other", {"name": "no_such_tool", "input": {"a": 1}})),
]


@pytest.mark.parametrize(("tool", "given", "neutral"), TOOLS)
def test_each_tool_in_neutral_words_and_the_same_in_both_shapes(
    tool: str, given: Any, neutral: tuple[str, dict[str, Any]]
) -> None:
    own = adapter.event_of(payload(tool, given), at("preToolUse")).call
    other = adapter.event_of(claude_payload(CLAUDE_NAMES.get(tool, tool), given), at()).call
    assert own is not None
    assert (own.tool, dict(own.input)) == neutral
    assert own == other


@pytest.mark.parametrize(
    ("name", "server", "tool"),
    [
        ("board-list_items", "board", "list_items"),
        ("github-mcp-server-list_issues", "github-mcp-server", "list_issues"),
        ("context7-resolve-library-id", "context7", "resolve-library-id"),
        ("files-delete", "files", "delete"),
    ],
)
def test_the_server_and_the_tool_of_a_name(name: str, server: str, tool: str) -> None:
    call = adapter.event_of(payload(name, {"a": 1}), at("preToolUse")).call
    assert call is not None
    assert call.input == {"server": server, "tool": tool, "arguments": {"a": 1}}


@pytest.mark.parametrize(
    ("tool", "given", "neutral"),
    [
        ("run_in_terminal", {"command": "ls", "explanation": "e"}, ("shell", {"command": "ls"})),
        ("read_file", {"filePath": "/w/a"}, ("read", {"path": "/w/a"})),
        (
            "create_file",
            {"filePath": "/w/a", "content": "x"},
            ("write", {"path": "/w/a", "content": "x"}),
        ),
        (
            "replace_string_in_file",
            {"filePath": "/w/a", "oldString": "x", "newString": "y"},
            ("edit", {"path": "/w/a", "old": "x", "new": "y"}),
        ),
        (
            "multi_replace_string_in_file",
            {
                "replacements": [
                    {"filePath": "a", "oldString": "x", "newString": "y"},
                    {"filePath": "b", "oldString": "", "newString": "z"},
                ]
            },
            (
                "edit",
                {
                    "changes": [
                        {"change": "write", "path": "a", "content": "y"},
                        {"change": "write", "path": "b", "content": "z"},
                    ]
                },
            ),
        ),
        ("apply_patch", {"input": PATCH, "explanation": "e"}, ("edit", {"changes": CHANGES})),
        ("file_search", {"query": "/etc/*"}, ("search", {"path": "/etc", "pattern": "/etc/*"})),
        ("fetch_webpage", {"urls": ["https://x.org"]}, ("fetch", {"urls": ["https://x.org"]})),
        (
            "mcp_github_create_issue",
            {"a": 1},
            ("mcp", {"server": "github", "tool": "create_issue", "arguments": {"a": 1}}),
        ),
        (
            "runSubagent",
            {"prompt": "do", "description": "d"},
            ("agent", {"agent": "", "prompt": "do"}),
        ),
        (
            "run_notebook_cell",
            {"filePath": "n"},
            ("other", {"name": "run_notebook_cell", "input": {"filePath": "n"}}),
        ),
    ],
)
def test_the_editors_tools(
    tool: str, given: dict[str, Any], neutral: tuple[str, dict[str, Any]]
) -> None:
    call = adapter.event_of(editor_payload(tool, given), Surroundings({})).call
    assert call is not None
    assert (call.tool, dict(call.input), call.call_id) == (*neutral, "tool-123")
    assert call.can_ask


def test_arguments_may_come_as_text() -> None:
    for arguments in ('{"command": "git status"}', {"command": "git status"}):
        call = adapter.event_of(payload(given=arguments), at("preToolUse")).call
        assert call is not None
        assert call.input == {"command": "git status"}
    patch = adapter.event_of(payload("apply_patch", PATCH), at("preToolUse")).call
    assert patch is not None
    assert patch.input == {"changes": CHANGES}


def test_the_question_of_the_client_is_about_the_same_call() -> None:
    """Its session is the parent's where a sub-agent calls; the tool of a server has another hyphen."""
    inner = {"agentId": "a1", "agentType": "explore", "parentAgentId": "s1"}
    for tool, args, asked, agent in (
        ("bash", {"command": "ls", "description": "d"}, "bash", {}),
        ("bash", {"command": "ls", "description": "d"}, "bash", inner),
        ("board-list_items", {"path": "x"}, "board/list_items", {}),
    ):
        session = "a1" if agent else "s1"
        call = adapter.event_of(
            payload(tool, args, **{"sessionId": session, **agent}), at("preToolUse")
        ).call
        shown = {key: value for key, value in args.items() if key != "description"}
        question = {"hookName": "permissionRequest", "toolInput": shown, **agent}
        made = {**payload(asked), **question}
        del made["toolArgs"]
        event = adapter.event_of(made, at())
        assert event.kind == "permission"
        assert call is not None
        assert event.call == call._replace(can_ask=True)


def test_a_question_about_a_file_decides_nothing() -> None:
    made = {
        "hookName": "permissionRequest",
        "sessionId": "s1",
        "cwd": "/w",
        "toolName": "edit",
        "toolInput": {"file_path": "a", "diff": "+x"},
    }
    assert adapter.event_of(made, at("permissionRequest")).kind == "none"


@pytest.mark.parametrize(
    ("variables", "more", "expected"),
    [
        ({"COPILOT_LOADER_PID": "7"}, {}, True),
        ({"COPILOT_LOADER_PID": "7"}, {"agentId": "a1"}, False),
        ({}, {}, False),
        ({"COPILOT_LOADER_PID": "7", "COPILOT_CLI_BINARY_VERSION": "1.0.101"}, {}, False),
        ({"COPILOT_LOADER_PID": "7", "COPILOT_CLI_BINARY_VERSION": "new"}, {}, False),
    ],
)
def test_a_question_is_asked_only_where_it_is_known_to_appear(
    variables: dict[str, str], more: dict[str, str], expected: bool
) -> None:
    call = adapter.event_of(payload(**more), at("preToolUse", **variables)).call
    assert call is not None
    assert call.can_ask is expected


@pytest.mark.parametrize(
    ("more", "event", "status"),
    [
        (
            {"toolResult": {"resultType": "success", "textResultForLlm": "x"}},
            "postToolUse",
            "succeeded",
        ),
        (
            {
                "toolResult": {
                    "resultType": "success",
                    "textResultForLlm": "x\n<shellId: 0 completed with exit code 2>",
                }
            },
            "postToolUse",
            "failed",
        ),
        ({"toolResult": {"resultType": "failure"}}, "postToolUse", "failed"),
        ({"error": "no"}, "postToolUseFailure", "failed"),
    ],
)
def test_outcomes(more: dict[str, Any], event: str, status: str) -> None:
    for named in (event, ""):
        told = adapter.event_of(payload(**more), at(named))
        assert told.kind == "outcome"
        assert told.outcome is not None
        assert told.outcome.status == status
        assert told.call == adapter.event_of(payload(), at("preToolUse")).call


@pytest.mark.parametrize(
    ("made", "where", "message"),
    [
        (
            payload(),
            at("postToolUse"),
            "is `preToolUse`, and the hook's command says `postToolUse`",
        ),
        (payload(toolResult={}), at("preToolUse"), "its event is `postToolUse`"),
        (payload(toolArgs=None), at("preToolUse"), "the tool's input is not an object"),
        (payload(given="{"), at("preToolUse"), "the tool's input"),
        (payload(hookName="beforeTool"), at(), "unknown event `beforeTool` about a tool"),
        (claude_payload("Bash", {}, toolName="x"), at(), "of different shapes"),
        (claude_payload("Bash", {"command": ""}), at(), "`command` is empty"),
        (payload("apply_patch", {"input": "x"}), at("preToolUse"), "the patch names no file"),
    ],
)
def test_what_has_changed_is_refused_with_the_version(
    made: dict[str, Any], where: Surroundings, message: str
) -> None:
    with pytest.raises(HostPayloadInvalid) as caught:
        adapter.event_of(made, where)
    assert caught.value.message.startswith("GitHub Copilot `1.0.102`: ")
    assert message in caught.value.message


@pytest.mark.parametrize("path", recorded(adapter.HOST), ids=lambda path: path.stem)
def test_recorded_payloads_have_the_shape_that_is_read(path: Path) -> None:
    name = path.stem.removeprefix("claude-").partition("-")[0]
    is_named = path.stem.startswith("claude-")
    event = adapter.event_of(read(path), at("" if is_named else name))
    kinds = {
        "pretooluse": "call",
        "posttooluse": "outcome",
        "posttoolusefailure": "outcome",
        "permissionrequest": "none" if path.stem.endswith("edit") else "permission",
        "sessionstart": "session",
        "notification": "none",
    }
    assert event.kind == kinds[name.lower()]


def test_no_decision_is_an_empty_reply() -> None:
    assert adapter.reply_of(CALL, decision(AUTO, RUN, "write-workspace"), "none") == Reply()
    assert adapter.reply_of(QUESTION, decision(AUTO, RUN, "read"), "allow") == Reply()


@pytest.mark.parametrize(("answer", "status"), [("allow", 0), ("ask", 0), ("deny", 2)])
def test_a_reply_is_one_document_in_every_shapes_words(answer: Any, status: int) -> None:
    reply = adapter.reply_of(CALL, decision(CONSULT, "BLOCK", "read"), answer)
    told = json.loads(reply.stdout)
    assert (reply.status, told["permissionDecision"]) == (status, answer)
    assert told["hookSpecificOutput"]["permissionDecision"] == answer
    assert (
        told["permissionDecisionReason"] == told["hookSpecificOutput"]["permissionDecisionReason"]
    )
    if answer == "deny":
        assert parse(told["permissionDecisionReason"]) == parse(reply.stderr.decode())


def test_the_clients_question_is_answered_with_no() -> None:
    reply = adapter.reply_of(QUESTION, decision(STOP, "BLOCK", "read"), "deny")
    told = json.loads(reply.stdout)
    assert (reply.status, told["behavior"], parse(told["message"]).mode) == (2, "deny", STOP)


@given(ANY_JSON)
def test_any_json_is_an_event_or_refused_in_one_way(value: Any) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of(value, at("preToolUse")).kind in KINDS


@given(changes_to({**payload(), "toolResult": {}, "toolInput": {}, "hookName": "", "agentId": ""}))
def test_any_change_to_a_payload_is_an_event_or_refused(changes: dict[str, Any]) -> None:
    for event in ("", "preToolUse", "postToolUse", "permissionRequest"):
        with contextlib.suppress(HostPayloadInvalid):
            assert adapter.event_of({**payload(), **changes}, at(event)).kind in KINDS


@given(changes_to(editor_payload("run_in_terminal", {})), changes_to(claude_payload("Bash", {})))
def test_any_change_to_the_other_shapes_as_well(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    for made in (
        {**editor_payload("run_in_terminal", {"command": "ls"}), **first},
        {**claude_payload("Bash", {"command": "ls"}), **second},
    ):
        with contextlib.suppress(HostPayloadInvalid):
            assert adapter.event_of(made, at()).kind in KINDS
