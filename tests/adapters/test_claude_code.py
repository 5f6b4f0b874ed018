"""Claude Code's payloads in neutral words, and decisions in its own: the adapter alone, no process."""

from __future__ import annotations

import contextlib
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.adapters import ADAPTERS
from agentic.adapters import claude_code as adapter
from agentic.adapters.answers import answer_of
from agentic.adapters.interface import Event, Reply, Surroundings
from agentic.core.reason import parse
from agentic.core.values import (
    AUTO,
    CONSULT,
    RUN,
    STOP,
    Decision,
    Grant,
    Judged,
    Reading,
)
from agentic.errors import HostPayloadInvalid

if TYPE_CHECKING:
    from agentic.core.values import Mode, Permission

AT_A_TERMINAL = Surroundings(
    {
        "CLAUDE_CODE_ENTRYPOINT": "cli",
        "CLAUDE_CODE_SESSION_ATTENDED": "1",
        "AI_AGENT": "claude-code_2-1-329_harness",
        "CLAUDE_PROJECT_DIR": "/home/ada/churn",
    }
)
NOWHERE = Surroundings({})
CALL = Event("call", "PreToolUse")
KINDS = {"call", "permission", "outcome", "session", "none"}


def payload(tool: str = "Bash", given: object = None, **more: Any) -> dict[str, Any]:
    return {
        "session_id": "s1",
        "transcript_path": "/home/ada/.claude/t.jsonl",
        "cwd": "/home/ada/churn",
        "prompt_id": "p1",
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": {"command": "git status"} if given is None else given,
        "tool_use_id": "toolu_1",
        **more,
    }


def call(tool: str, given: dict[str, Any], **more: Any) -> tuple[str, dict[str, Any]]:
    event = adapter.event_of(payload(tool, given, **more), AT_A_TERMINAL)
    assert event.call is not None
    return event.call.tool, dict(event.call.input)


# --- tools


@pytest.mark.parametrize(
    ("tool", "given", "neutral"),
    [
        ("Bash", {"command": "ls", "timeout": 5}, ("shell", {"command": "ls"})),
        ("Monitor", {"command": "tail -f x", "timeout_ms": 1}, ("shell", {"command": "tail -f x"})),
        ("Read", {"file_path": "/w/a", "limit": 5}, ("read", {"path": "/w/a"})),
        ("Write", {"file_path": "/w/a", "content": ""}, ("write", {"path": "/w/a", "content": ""})),
        (
            "Edit",
            {"file_path": "/w/a", "old_string": "x", "new_string": "", "replace_all": True},
            ("edit", {"path": "/w/a", "old": "x", "new": ""}),
        ),
        (
            "NotebookEdit",
            {"notebook_path": "/w/n.ipynb", "cell_id": "a", "new_source": "x"},
            ("notebook", {"path": "/w/n.ipynb", "content": "x"}),
        ),
        (
            "NotebookEdit",
            {"notebook_path": "/w/n.ipynb", "cell_id": "a", "edit_mode": "delete"},
            ("notebook", {"path": "/w/n.ipynb", "content": ""}),
        ),
        ("Glob", {"pattern": "**/*.py"}, ("search", {"path": "", "pattern": "**/*.py"})),
        (
            "Glob",
            {"pattern": "/home/ada/.ssh/*"},
            ("search", {"path": "/home/ada/.ssh", "pattern": "/home/ada/.ssh/*"}),
        ),
        (
            "Glob",
            {"pattern": "../../.aws/*", "path": "/w"},
            ("search", {"path": "/w/../../.aws", "pattern": "../../.aws/*"}),
        ),
        (
            "Grep",
            {"pattern": "key", "path": "/w", "glob": "*.pem"},
            ("search", {"path": "/w", "pattern": "key", "glob": "*.pem"}),
        ),
        ("WebFetch", {"url": "https://x.org", "prompt": "p"}, ("fetch", {"url": "https://x.org"})),
        ("WebSearch", {"query": "drift"}, ("browse", {"query": "drift"})),
        (
            "Agent",
            {"prompt": "do", "description": "d", "subagent_type": "Explore"},
            ("agent", {"agent": "Explore", "prompt": "do"}),
        ),
        ("Task", {"prompt": "do"}, ("agent", {"agent": "", "prompt": "do"})),
        (
            "mcp__github__create_issue",
            {"title": "T"},
            ("mcp", {"server": "github", "tool": "create_issue", "arguments": {"title": "T"}}),
        ),
        (
            "mcp__a__b__c",
            {},
            ("mcp", {"server": "a", "tool": "b__c", "arguments": {}}),
        ),
        (
            "ReadMcpResourceTool",
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
    ],
)
def test_each_tool_in_neutral_words(
    tool: str, given: dict[str, Any], neutral: tuple[str, dict[str, Any]]
) -> None:
    assert call(tool, given) == neutral


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("TodoWrite", {"todos": []}),
        ("PowerShell", {"command": "rm -r x"}),
        ("SomethingNew", {"a": 1}),
        ("bash", {"command": "ls"}),
        ("Agent", {"prompt": "do", "isolation": "remote"}),
        ("Monitor", {"ws": {"url": "wss://x"}, "timeout_ms": 1}),
        ("MCP__a__b", {}),
    ],
)
def test_what_is_not_known_keeps_its_whole_input(tool: str, given: dict[str, Any]) -> None:
    assert call(tool, given) == ("other", {"name": tool, "input": given})


def test_the_hosts_own_words_are_kept_exactly() -> None:
    given = {"command": "ls", "description": "List", "run_in_background": True}
    event = adapter.event_of(
        payload("Bash", given, agent_type="Explore", agent_id="a7"), AT_A_TERMINAL
    )
    assert event.call is not None
    assert event.call.raw_tool == "Bash"
    assert event.call.raw_input == given
    assert (event.call.agent, event.call.agent_id) == ("Explore", "a7")
    assert (event.call.session, event.call.call_id) == ("s1", "toolu_1")
    assert (event.call.host, event.call.host_version) == ("claude-code", "2.1.329")
    assert event.project == "/home/ada/churn"


# --- where a question appears


@pytest.mark.parametrize(
    ("mode", "version", "entrypoint", "attended", "expected"),
    [
        ("default", "2-1-329", "cli", "1", True),
        ("acceptEdits", "2-1-329", "cli", "1", True),
        ("plan", "2-1-329", "cli", "1", True),
        ("auto", "2-1-211", "cli", "1", True),
        ("auto", "2-1-210", "cli", "1", False),
        ("auto", "", "cli", "1", False),
        ("dontAsk", "2-1-329", "cli", "1", True),
        ("dontAsk", "2-1-328", "cli", "1", False),
        ("bypassPermissions", "2-1-329", "cli", "1", True),
        ("bypassPermissions", "2-1-200", "cli", "1", False),
        ("default", "", "cli", None, True),
        ("default", "2-1-329", "cli", "0", False),
        ("default", "2-1-329", "cli", "", False),
        ("default", "2-1-329", "sdk-cli", "1", False),
        ("default", "2-1-329", "sdk-py", None, False),
        ("default", "2-1-329", "claude-vscode", "1", False),
        ("default", "2-1-329", None, "1", False),
        ("somethingNew", "2-1-329", "cli", "1", False),
        ("", "2-1-329", "cli", "1", False),
    ],
)
def test_a_question_is_asked_only_where_it_is_known_to_appear(
    mode: str, version: str, entrypoint: str | None, attended: str | None, expected: bool
) -> None:
    environment = {
        name: value
        for name, value in {
            "AI_AGENT": f"claude-code_{version}_harness" if version else None,
            "CLAUDE_CODE_ENTRYPOINT": entrypoint,
            "CLAUDE_CODE_SESSION_ATTENDED": attended,
        }.items()
        if value is not None
    }
    more = {"permission_mode": mode} if mode else {"permission_mode": None}
    event = adapter.event_of(payload(**more), Surroundings(environment))
    assert event.call is not None
    assert event.call.can_ask is expected


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("claude-code_2-1-329_harness", (2, 1, 329)),
        ("claude-code/2.1.197/agent", (2, 1, 197)),
        ("claude-code_2-1_harness", (0, 0, 0)),
        ("claude-code", (0, 0, 0)),
        ("claude-code_2--1_x", (0, 0, 0)),
        ("codex_9-9-9_x", (0, 0, 0)),
        ("", (0, 0, 0)),
    ],
)
def test_the_clients_version(told: str, version: tuple[int, int, int]) -> None:
    assert adapter.version_of({"AI_AGENT": told}) == version


# --- replies


def decision(
    mode: Mode,
    permission: Permission,
    *effects: tuple[str, ...],
    grant: Grant | None = None,
    **more: Any,
) -> Decision:
    operations = tuple(
        Judged("git.discard", "", "local", effect, "stash drop", base_mode=mode)
        for effect in effects
    )
    fields = {
        "trace": (),
        "rules": ("modes.x",),
        "readings": (),
        "because": "uncommitted work would be lost",
        "way": "commit it first",
        "waiting_for": "",
        **more,
    }
    return Decision(
        mode=mode,
        base_mode=mode,
        permission=permission,
        operations=operations,
        call_digest="c" * 64,
        action_digest="a" * 64,
        policy_digest="p" * 64,
        purpose="ACT",
        grant=grant,
        **fields,
    )


GRANT = Grant("g-1", "a" * 64, "r" * 64, "p" * 64, "ada", "local", 0, 900)


@pytest.mark.parametrize(
    ("made", "auto_reply", "answer"),
    [
        (decision(AUTO, RUN, ("read",)), "none", "allow"),
        (decision(AUTO, RUN, ("read",), ("read",)), "none", "allow"),
        (decision(AUTO, RUN, ("read",), ("write-workspace",)), "none", "none"),
        (decision(AUTO, RUN, ("read", "network")), "none", "none"),
        (decision(AUTO, RUN, ("write-workspace",)), "allow", "allow"),
        (decision(AUTO, RUN), "none", "none"),
        (decision(CONSULT, "ASK", ("read",)), "allow", "ask"),
        (decision(CONSULT, "BLOCK", ("read",)), "allow", "deny"),
        (decision(CONSULT, RUN, ("destroy-workspace",), grant=GRANT), "none", "allow"),
        (decision(STOP, "BLOCK", ("destroy-shared",)), "allow", "deny"),
    ],
)
def test_the_answer_to_each_decision(made: Decision, auto_reply: str, answer: str) -> None:
    assert answer_of(made, auto_reply) == answer


def test_no_decision_is_an_empty_reply() -> None:
    assert adapter.reply_of(CALL, decision(AUTO, RUN, ("write-workspace",)), "none") == Reply()


@pytest.mark.parametrize("answer", ["allow", "ask", "deny"])
def test_a_reply_is_one_document_with_the_reason_block(answer: Any) -> None:
    made = decision(CONSULT, "BLOCK", ("destroy-workspace",), waiting_for="a person's yes")
    reply = json.loads(adapter.reply_of(CALL, made, answer).stdout)
    assert reply["hookSpecificOutput"]["hookEventName"] == "PreToolUse"
    assert reply["hookSpecificOutput"]["permissionDecision"] == answer
    if answer != "allow":
        block = parse(reply["hookSpecificOutput"]["permissionDecisionReason"])
        assert block.mode == CONSULT
        assert block.operations == ("git.discard: stash drop",)
        assert block.waiting_for == "a person's yes"
        assert block.next == "commit it first"


def test_an_allow_under_a_grant_names_it() -> None:
    made = decision(CONSULT, RUN, ("destroy-workspace",), grant=GRANT)
    reply = json.loads(adapter.reply_of(CALL, made, "allow").stdout)
    assert "grant g-1" in reply["hookSpecificOutput"]["permissionDecisionReason"]


@given(st.lists(st.text(max_size=500), max_size=60), st.text(max_size=3000))
def test_whatever_the_texts_the_reply_is_small_and_valid(names: list[str], because: str) -> None:
    readings = tuple(Reading(f"s{i}", "UNKNOWN", name) for i, name in enumerate(names))
    made = decision(STOP, "BLOCK", ("read",), because=because, readings=readings)
    data = adapter.reply_of(CALL, made, "deny").stdout
    assert len(data.decode()) < 10_000
    assert data.count(b"\n") == 1
    reply = json.loads(data)
    assert reply["hookSpecificOutput"]["permissionDecision"] == "deny"
    assert parse(reply["hookSpecificOutput"]["permissionDecisionReason"]).mode == STOP


# --- events


@pytest.mark.parametrize("event", sorted(adapter._OTHER_EVENTS))
def test_other_events_decide_nothing(event: str) -> None:
    told = adapter.event_of(payload(hook_event_name=event), AT_A_TERMINAL)
    assert told.kind == "none"


def test_outcomes() -> None:
    done = adapter.event_of(
        payload(hook_event_name="PostToolUse", tool_response={"stdout": "x"}, duration_ms=7),
        NOWHERE,
    )
    assert done.kind == "outcome"
    assert done.outcome == ("succeeded", 7, {"stdout": "x"}, "")
    failed = adapter.event_of(
        payload(hook_event_name="PostToolUseFailure", error="Exit code 3", duration_ms=7.9), NOWHERE
    )
    assert failed.outcome == ("failed", 7, None, "Exit code 3")
    with pytest.raises(HostPayloadInvalid, match="duration_ms"):
        adapter.event_of(payload(hook_event_name="PostToolUse", duration_ms="7"), NOWHERE)


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
        assert adapter.event_of(value, AT_A_TERMINAL).kind in KINDS


@given(
    st.fixed_dictionaries(
        {},
        optional={
            key: st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=3))
            for key in payload()
        },
    ),
    st.sampled_from(("Bash", "Read", "Write", "Edit", "Glob", "mcp__a__b", "New")),
)
def test_any_change_to_a_payload_is_an_event_or_refused(changes: dict[str, Any], tool: str) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of({**payload(tool), **changes}, AT_A_TERMINAL).kind in KINDS


def test_every_registered_adapter_answers_to_its_name() -> None:
    for host, module in ADAPTERS.items():
        loaded = importlib.import_module(module)
        assert host == str(loaded.HOST)
        for name in (
            "event_of",
            "reply_of",
            "none_reply",
            "session_reply",
            "unrecorded_reply",
        ):
            assert callable(getattr(loaded, name))


PAYLOADS = sorted((Path(__file__).parents[2] / "demo/payloads").glob("*.json"))


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_recorded_payloads_have_the_shape_that_is_read(path: Path) -> None:
    event = adapter.event_of(json.loads(path.read_text()), AT_A_TERMINAL)
    if event.name == "PreToolUse":
        assert event.call is not None
        assert event.call.call_id.startswith("toolu_")
        assert event.call.cwd == "/home/ada/churn"
