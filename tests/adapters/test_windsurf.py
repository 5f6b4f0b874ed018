"""Windsurf's payloads in neutral words, and decisions in exit codes: documented, it cannot run here."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.adapters import host_of
from agentic.adapters import windsurf as adapter
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
PAYLOADS = payloads_of("windsurf")
RUN = PAYLOADS["pre_run_command"]
ACTIONS = ("run_command", "write_code", "read_code", "mcp_tool_use")

TOLD: dict[str, tuple[str, dict[str, Any]]] = {
    "run_command": ("shell", {"command": "make test"}),
    "write_code": (
        "edit",
        {"path": f"{PROJECT}/src/a.py", "edits": [{"old": "", "new": "import os\n"}]},
    ),
    "read_code": ("read", {"path": f"{PROJECT}/README.md"}),
    "mcp_tool_use": (
        "mcp",
        {"server": "github", "tool": "create_issue", "arguments": {"title": "T"}},
    ),
}


def event_of(payload: dict[str, Any], **changed: Any) -> Event:
    return adapter.event_of({**payload, **changed}, HERE)


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_before_and_after(action: str) -> None:
    before, after = (event_of(PAYLOADS[f"{moment}_{action}"]) for moment in ("pre", "post"))
    assert (before.kind, after.kind) == ("call", "outcome")
    assert before.call is not None
    assert after.call is not None
    assert (before.call.tool, dict(before.call.input)) == TOLD[action]
    assert call_digest(before.call) == call_digest(after.call)
    assert (before.call.session, before.call.same_within_s) == ("t-1", SAME_WITHIN_S)
    assert (before.cwd, before.call.cwd) == (PROJECT, PROJECT)
    assert not before.call.can_ask
    assert after.outcome is not None
    assert after.outcome.status == "unknown"


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_it_shows_in_the_payload_whose_it_is(name: str) -> None:
    assert host_of(PAYLOADS[name], {}, "cursor") == "windsurf"


@pytest.mark.parametrize(
    "name", ["pre_user_prompt", "post_cascade_response", "post_setup_worktree"]
)
def test_other_events_decide_nothing(name: str) -> None:
    assert event_of(PAYLOADS[name]).kind == "none"


@pytest.mark.parametrize(
    ("folder", "cwd"), [("", PROJECT), ("sub", f"{PROJECT}/sub"), ("/tmp", "/tmp")]
)
def test_a_commands_folder(folder: str, cwd: str) -> None:
    event = event_of(RUN, tool_info={"command_line": "ls", "cwd": folder})
    assert event.call is not None
    assert (event.call.cwd, event.cwd) == (cwd, PROJECT)


def test_an_edit_tells_every_piece() -> None:
    edits = [{"old_string": str(n), "new_string": f"new {n}"} for n in range(3)]
    event = event_of(PAYLOADS["pre_write_code"], tool_info={"file_path": "a", "edits": edits})
    assert event.call is not None
    assert [piece["new"] for piece in event.call.input["edits"]] == ["new 0", "new 1", "new 2"]


def test_unknown_fields_are_ignored() -> None:
    assert event_of(RUN, brand_new={"a": 1}) == event_of(RUN)


@pytest.mark.parametrize(
    "changed",
    [
        {"agent_action_name": "pre_browser_action"},
        {"agent_action_name": ""},
        {"trajectory_id": None},
        {"execution_id": 5},
        {"tool_info": None},
        {"tool_info": {"command": "ls"}},
        {"agent_action_name": "pre_write_code", "tool_info": {"file_path": "a"}},
        {"agent_action_name": "pre_read_code", "tool_info": {}},
        {"agent_action_name": "pre_mcp_tool_use", "tool_info": {"mcp_tool_name": "x"}},
    ],
    ids=str,
)
def test_a_changed_field_is_refused_with_the_name_of_the_client(changed: dict[str, Any]) -> None:
    with pytest.raises(
        HostPayloadInvalid, match=r"^Windsurf, of a version that it does not tell: "
    ):
        event_of(RUN, **changed)


def test_without_any_folder_a_call_is_refused() -> None:
    with pytest.raises(HostPayloadInvalid, match="in no folder"):
        adapter.event_of(PAYLOADS["pre_read_code"], Surroundings({}))


@given(JSON)
def test_any_json_is_an_event_or_refused_in_one_way(value: Any) -> None:
    with contextlib.suppress(HostPayloadInvalid):
        assert adapter.event_of(value, HERE).kind in KINDS


@given(st.sampled_from(sorted(PAYLOADS)).flatmap(lambda name: changes_to(PAYLOADS[name])))
def test_any_change_to_a_payload_is_an_event_or_refused(changes: dict[str, Any]) -> None:
    for payload in PAYLOADS.values():
        with contextlib.suppress(HostPayloadInvalid):
            assert event_of(payload, **changes).kind in KINDS


@given(st.dictionaries(st.text(max_size=20), JSON, max_size=4))
def test_anything_about_an_action_is_a_call_or_refused(info: dict[str, Any]) -> None:
    for action in ACTIONS:
        with contextlib.suppress(HostPayloadInvalid):
            assert event_of(RUN, agent_action_name=f"pre_{action}", tool_info=info).kind == "call"


# --- replies


def test_what_may_run_hears_nothing() -> None:
    for answer in ("allow", "none"):
        assert adapter.reply_of(event_of(RUN), RUNS, answer) == Reply()  # type: ignore[arg-type]


@pytest.mark.parametrize(("made", "answer"), [(STOPS, "deny"), (WAITS, "deny"), (ASKS, "ask")])
def test_a_refusal_is_exit_code_two_with_the_reason(made: Any, answer: Any) -> None:
    reply = adapter.reply_of(event_of(RUN), made, answer)
    assert (reply.status, reply.stdout) == (2, b"")
    assert parse(reply.stderr.decode()).mode == made.mode


@given(st.text(max_size=3000))
def test_whatever_the_reason_there_is_one_and_it_is_short(because: str) -> None:
    reply = adapter.reply_of(event_of(RUN), decision("STOP", "BLOCK", because), "deny")
    assert 20 < len(reply.stderr.decode()) < 5_000


def test_other_replies_are_empty() -> None:
    assert adapter.none_reply(event_of(PAYLOADS["pre_user_prompt"])) == Reply()
    assert adapter.session_reply("rules") == Reply()
    assert adapter.unrecorded_reply("not recorded") == Reply(b"", b"not recorded\n")
