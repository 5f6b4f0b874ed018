"""OpenCode's payloads in neutral words, and decisions in the plugin's: the adapter alone, no process."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.adapters import host_of
from agentic.adapters import opencode as adapter
from agentic.adapters.interface import Event, Surroundings
from agentic.core.reason import parse
from agentic.core.values import AUTO, CONSULT, RUN, STOP
from agentic.errors import HostPayloadInvalid
from tests.adapters.test_claude_code import GRANT, decision

NOWHERE = Surroundings({})
CALL = Event("call", "tool.execute.before")
KINDS = {"call", "permission", "outcome", "session", "none"}
RECORDED = sorted(Path(__file__).with_name("payloads").glob("opencode/*.json"))


def payload(tool: str = "bash", args: object = None, **more: Any) -> dict[str, Any]:
    return {
        "opencodeVersion": "1.18.33",
        "event": "tool.execute.before",
        "sessionID": "ses_1",
        "agent": "build",
        "directory": "/home/ada/churn",
        "worktree": "/home/ada/churn",
        "callID": "call_1",
        "tool": tool,
        "args": {"command": "git status"} if args is None else args,
        **more,
    }


def call(tool: str, args: dict[str, Any], **more: Any) -> tuple[str, dict[str, Any]]:
    event = adapter.event_of(payload(tool, args, **more), NOWHERE)
    assert event.call is not None
    return event.call.tool, dict(event.call.input)


@pytest.mark.parametrize(
    ("tool", "args", "neutral"),
    [
        ("bash", {"command": "ls", "description": "d"}, ("shell", {"command": "ls"})),
        ("read", {"filePath": "/w/a", "limit": 5}, ("read", {"path": "/w/a"})),
        ("write", {"filePath": "a", "content": ""}, ("write", {"path": "a", "content": ""})),
        (
            "edit",
            {"filePath": "a", "oldString": "x", "newString": "", "replaceAll": True},
            ("edit", {"path": "a", "old": "x", "new": ""}),
        ),
        (
            "multiedit",
            {"filePath": "a", "edits": [{"oldString": "x", "newString": "y"}]},
            ("edit", {"path": "a", "edits": [{"old": "x", "new": "y"}]}),
        ),
        (
            "apply_patch",
            {"patchText": "*** Begin Patch\n*** Delete File: a\n*** Add File: b\n+x\n*** End Patch"},
            (
                "edit",
                {
                    "changes": [
                        {"change": "delete", "path": "a"},
                        {"change": "write", "path": "b", "content": "x"},
                    ]
                },
            ),
        ),
        ("glob", {"pattern": "../k/*"}, ("search", {"path": "../k", "pattern": "../k/*"})),
        (
            "grep",
            {"pattern": "key", "path": "/w", "include": "*.pem"},
            ("search", {"path": "/w", "pattern": "key", "glob": "*.pem"}),
        ),
        ("list", {}, ("search", {"path": ""})),
        ("webfetch", {"url": "https://x.org", "format": "text"}, ("fetch", {"url": "https://x.org"})),
        ("websearch", {"query": "drift"}, ("browse", {"query": "drift"})),
        ("codesearch", {"query": "drift"}, ("browse", {"query": "drift"})),
        (
            "task",
            {"prompt": "do", "description": "d", "subagent_type": "general"},
            ("agent", {"agent": "general", "prompt": "do"}),
        ),
        (
            "read_mcp_resource",
            {"server": "s", "uri": "file:///x"},
            (
                "mcp",
                {
                    "server": "s",
                    "tool": "resources/read",
                    "arguments": {"server": "s", "uri": "file:///x"},
                },
            ),
        ),
        (
            "list_mcp_resources",
            {},
            ("mcp", {"server": "", "tool": "resources/list", "arguments": {}}),
        ),
    ],
)  # fmt: skip
def test_each_tool_in_neutral_words(
    tool: str, args: dict[str, Any], neutral: tuple[str, dict[str, Any]]
) -> None:
    assert call(tool, args) == neutral


def test_a_tool_of_an_mcp_server_is_told_by_the_plugin() -> None:
    origin = {"server": "github", "tool": "create_issue"}
    assert call("github_create_issue", {"title": "T"}, mcp=origin) == (
        "mcp",
        {**origin, "arguments": {"title": "T"}},
    )
    assert call("bash", {"command": "ls"}, mcp=origin)[0] == "shell"


@pytest.mark.parametrize("tool", ["github_create_issue", "batch", "Bash", "skill", "todowrite"])
def test_what_is_not_known_keeps_its_whole_input(tool: str) -> None:
    assert call(tool, {"a": 1}) == ("other", {"name": tool, "input": {"a": 1}})


@pytest.mark.parametrize(
    ("workdir", "cwd"),
    [("", "/home/ada/churn"), ("/tmp", "/tmp"), ("../other", "/home/ada/churn/../other")],
)
def test_a_command_runs_in_its_own_folder(workdir: str, cwd: str) -> None:
    event = adapter.event_of(payload("bash", {"command": "ls", "workdir": workdir}), NOWHERE)
    assert event.call is not None
    assert (event.call.cwd, event.cwd) == (cwd, "/home/ada/churn")


def test_the_hosts_own_words_are_kept_and_nothing_is_asked() -> None:
    args = {"command": "ls", "description": "List"}
    event = adapter.event_of(payload("bash", args, agent="general"), NOWHERE)
    told = event.call
    assert told is not None
    assert (told.raw_tool, told.raw_input, told.agent) == ("bash", args, "general")
    assert (told.session, told.call_id, told.can_ask) == ("ses_1", "call_1", False)
    assert (told.host, told.host_version) == ("opencode", "1.18.33")
    assert event.project == "/home/ada/churn"
    assert adapter.event_of(payload(worktree="/"), NOWHERE).project == ""


def test_whose_payload_it_is_shows_in_its_shape() -> None:
    assert host_of(payload(), {}, "claude-code") == "opencode"


# --- events


def test_outcomes() -> None:
    output = {"title": "ls", "output": "x", "metadata": {"exit": 0}}
    done = adapter.event_of(
        payload(event="tool.execute.after", output=output, durationMs=7), NOWHERE
    )
    assert (done.kind, done.outcome) == ("outcome", ("succeeded", 7, output, ""))
    output = {"output": "x", "metadata": {"exit": 3}}
    done = adapter.event_of(payload(event="tool.execute.after", output=output), NOWHERE)
    assert done.outcome == ("failed", -1, output, "")
    content = {"content": [{"type": "text", "text": "x"}]}
    done = adapter.event_of(payload(event="tool.execute.after", output=content), NOWHERE)
    assert done.outcome is not None
    assert done.outcome.status == "succeeded"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("File not found: a", "failed"),
        ("", "failed"),
        ("The user rejected permission to use this specific tool call.", "refused"),
        ("The user has specified a rule which prevents you from using it", "refused"),
    ],
)
def test_a_call_that_ended_in_an_error(error: str, status: str) -> None:
    told = adapter.event_of(payload(event="tool.execute.failed", error=error), NOWHERE)
    assert told.outcome == (status, -1, None, error)


def test_the_start_of_a_session() -> None:
    told = adapter.event_of(
        {"opencodeVersion": "", "event": "session.start", "sessionID": "s", "directory": "/w"},
        NOWHERE,
    )
    assert (told.kind, told.session, told.cwd) == ("session", "s", "/w")


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "tool.execute.later"},
        {"event": "chat.message"},
        {"tool": None},
        {"args": []},
        {"callID": ""},
        {"sessionID": 5},
        {"directory": None},
        {"mcp": "github", "tool": "github_x"},
        {"mcp": {"server": "github"}, "tool": "github_x"},
        {"durationMs": "7", "event": "tool.execute.after"},
        {"tool": "multiedit", "args": {"filePath": "a", "edits": []}},
    ],
)
def test_a_changed_field_is_a_refusal_that_names_the_client(changes: dict[str, Any]) -> None:
    with pytest.raises(HostPayloadInvalid, match=r"OpenCode `1\.18\.33`: "):
        adapter.event_of(payload(**changes), NOWHERE)


@pytest.mark.parametrize("version", [None, "", 5])
def test_a_missing_version_is_said(version: object) -> None:
    with pytest.raises(HostPayloadInvalid, match="OpenCode of an unknown version: "):
        adapter.event_of(payload(opencodeVersion=version, tool=5), NOWHERE)


# --- replies


def reply(mode: Any, permission: Any, answer: Any, **more: Any) -> dict[str, str]:
    made = adapter.reply_of(
        CALL, decision(mode, permission, ("destroy-workspace",), **more), answer
    )
    assert (made.stderr, made.status, made.stdout.count(b"\n")) == (b"", 0, 1)
    document: dict[str, str] = json.loads(made.stdout)
    return document


def test_each_answer_is_one_document() -> None:
    assert reply(AUTO, RUN, "none") == {"decision": "none"}
    assert reply(AUTO, RUN, "allow")["decision"] == "allow"
    assert "grant g-1" in reply(CONSULT, RUN, "allow", grant=GRANT)["reason"]
    denied = reply(STOP, "BLOCK", "deny")
    assert (denied["decision"], parse(denied["reason"]).mode) == ("deny", STOP)


def test_a_question_that_cannot_be_asked_is_a_refusal() -> None:
    asked = reply(CONSULT, "ASK", "ask")
    assert asked["decision"] == "deny"
    assert parse(asked["reason"]).next == "commit it first"


def test_other_replies_are_documents_without_a_decision() -> None:
    assert json.loads(adapter.none_reply(CALL).stdout) == {}
    assert json.loads(adapter.session_reply('a "rule"').stdout) == {"context": 'a "rule"'}
    assert json.loads(adapter.unrecorded_reply("full").stdout) == {"problem": "full"}


# --- whatever comes


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_any_json_is_an_event_or_refused_in_one_way(value: Any) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of(value, NOWHERE).kind in KINDS


@given(
    st.fixed_dictionaries(
        {},
        optional={
            key: st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=3))
            for key in (*payload(), "mcp", "durationMs", "output", "error")
        },
    ),
    st.sampled_from((*adapter._ROWS, *adapter._TOOLS, "new")),
)
def test_any_change_to_a_payload_is_an_event_or_refused(changes: dict[str, Any], tool: str) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of({**payload(tool), **changes}, NOWHERE).kind in KINDS


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_payloads_have_the_shape_that_is_read(path: Path) -> None:
    told = adapter.event_of(json.loads(path.read_text()), NOWHERE)
    assert told.kind in {"call", "outcome", "session"}
    assert told.call is None or told.call.tool != "other"


def test_every_event_was_recorded() -> None:
    names = {json.loads(path.read_text())["event"] for path in RECORDED}
    assert names == {
        "session.start", "tool.execute.before", "tool.execute.after", "tool.execute.failed",
    }  # fmt: skip
