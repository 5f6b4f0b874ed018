"""What arrives from Codex, Cursor and Windsurf: whatever it is, nothing is let through, nothing lost.

The rows are those of tests/hook/test_bad_input.py; every payload begins as one that runs, so that an answer
other than a run is due to what was done to it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from agentic.hook import MAX_PAYLOAD_BYTES
from tests.cli.conftest import Ran
from tests.hook.machine import BLOCKED, DENY, DOCTOR, NONE, REFUSED_LINE, Guarded
from tests.hook.test_bad_input import NOT_PAYLOADS, ODD_TEXTS, WRONG, assert_nothing_lost

HELD = (DENY, BLOCKED)
#: Variables of the host for which the machine was set up.
_CLAUDES = ("CLAUDE", "AI_AGENT")

Payload = dict[str, Any]


class Sender(NamedTuple):
    """A host: its harmless shell call, the fields it cannot do without, calls of its other tools."""

    name: str
    title: str
    shell: Callable[[str, str], Payload]
    needed: tuple[str, ...]
    optional: tuple[str, ...]
    #: complete calls as (fields of the payload), of which each text inside is spoiled in turn
    calls: tuple[Payload, ...]
    #: where those texts stand
    inside: str
    event: str

    def payload(self, guarded: Guarded, command: str = "git status", **changed: Any) -> Payload:
        """A call of the shell as the client sends it, with some of its members changed."""
        return {**self.shell(str(guarded.project), command), **changed}

    def ask(self, guarded: Guarded, payload: object) -> str:
        """The hook's answer, held to the contract; anything but a well-formed one fails the test."""
        told = {k: v for k, v in guarded.environment.items() if not k.startswith(_CLAUDES)}
        done = subprocess.run(
            ["/bin/sh", "-c", guarded.command().replace(" claude-code", f" {self.name}", 1)],
            input=payload if isinstance(payload, bytes) else json.dumps(payload).encode(),
            cwd=guarded.project,
            env=told,
            capture_output=True,
            timeout=50,
            check=False,
        )
        return self.word(Ran(done.returncode, done.stdout.decode(), done.stderr.decode()))

    def word(self, ran: Ran) -> str:
        """What the client makes of a hook's end."""
        assert ran.code in (0, 2), ran
        if ran.code == 2 and ran.err.startswith("[AGENT MODE: "):
            assert self.name != "cursor", "its refusals are documents"
            assert ran.out == "", ran
            return DENY
        if ran.code == 2:
            assert ran.out == "", ran
            assert ran.err.startswith("agentic: blocked: "), ran.err
            assert ran.err.count("\n") == 1, ran.err
            assert DOCTOR in ran.err
            return BLOCKED
        assert ran.err == "", ran
        if self.name != "cursor":
            assert ran.out == "", ran
            return NONE
        told = json.loads(ran.out).get("permission", "allow")
        assert told in {"allow", "deny"}
        return NONE if told == "allow" else DENY


def _codex(project: str, command: str) -> Payload:
    return {
        "session_id": "s-1",
        "turn_id": "t-1",
        "transcript_path": None,
        "cwd": project,
        "hook_event_name": "PreToolUse",
        "model": "m",
        "permission_mode": "default",
        "tool_name": "Bash",
        "tool_input": {"command": command},
        "tool_use_id": f"call_{uuid4().hex}",
    }


def _cursor(project: str, command: str) -> Payload:
    return {
        "hook_event_name": "preToolUse",
        "conversation_id": "c-1",
        "generation_id": "g-1",
        "model": "m",
        "cursor_version": "2.6.11",
        "workspace_roots": [project],
        "tool_name": "Shell",
        "tool_input": {"command": command, "cwd": project},
        "tool_use_id": f"t-{uuid4().hex}",
    }


def _windsurf(project: str, command: str) -> Payload:
    return {
        "agent_action_name": "pre_run_command",
        "trajectory_id": f"t-{uuid4().hex}",
        "execution_id": "e-1",
        "timestamp": "2026-11-21T09:00:00Z",
        "tool_info": {"command_line": command, "cwd": project},
    }


PATCH = "*** Begin Patch\n*** Add File: src/a.py\n+x\n*** End Patch"
SENDERS = (
    Sender(
        "codex",
        "Codex",
        _codex,
        ("session_id", "cwd", "hook_event_name", "tool_name", "tool_input", "tool_use_id"),
        ("transcript_path", "permission_mode", "model", "agent_id", "agent_type"),
        (
            {"tool_name": "Bash", "tool_input": {"command": "git status"}},
            {"tool_name": "apply_patch", "tool_input": {"command": PATCH}},
            {"tool_name": "view_image", "tool_input": {"path": "a.png"}},
        ),
        "tool_input",
        "hook_event_name",
    ),
    Sender(
        "cursor",
        "Cursor",
        _cursor,
        ("hook_event_name", "workspace_roots", "tool_name", "tool_input", "tool_use_id"),
        ("conversation_id", "model", "parent_tool_call_id"),
        (
            {"tool_name": "Shell", "tool_input": {"command": "git status", "cwd": ""}},
            {"tool_name": "Read", "tool_input": {"file_path": "README.md"}},
            {"tool_name": "Write", "tool_input": {"file_path": "src/a.py", "content": "x"}},
            {"tool_name": "Delete", "tool_input": {"file_path": "README.md"}},
            {"tool_name": "Fetch", "tool_input": {"url": "https://example.com/"}},
            {"tool_name": "Task", "tool_input": {"subagent_type": "explore", "prompt": "x"}},
        ),
        "tool_input",
        "hook_event_name",
    ),
    Sender(
        "windsurf",
        "Windsurf",
        _windsurf,
        ("agent_action_name", "trajectory_id", "tool_info"),
        ("execution_id", "model_name"),
        (
            {
                "agent_action_name": "pre_run_command",
                "tool_info": {"command_line": "git status", "cwd": ""},
            },
            {"agent_action_name": "pre_read_code", "tool_info": {"file_path": "README.md"}},
            {
                "agent_action_name": "pre_mcp_tool_use",
                "tool_info": {"mcp_server_name": "s", "mcp_tool_name": "list"},
            },
        ),
        "tool_info",
        "agent_action_name",
    ),
)


@pytest.fixture(params=SENDERS, ids=lambda sender: sender.name)
def sender(request: pytest.FixtureRequest) -> Sender:
    found: Sender = request.param
    return found


def decisions(guarded: Guarded) -> list[dict[str, Any]]:
    return [record for record in guarded.records() if record["event"] == "decision"]


def harmless(sender: Sender, guarded: Guarded) -> bytes:
    return json.dumps(sender.payload(guarded)).encode()


def test_what_is_no_payload_is_blocked(guarded: Guarded, sender: Sender) -> None:
    for name, data in NOT_PAYLOADS.items():
        assert sender.ask(guarded, data) == BLOCKED, name
    assert_nothing_lost(guarded, new_records=0)


def test_the_harmless_payload_runs_and_the_refused_one_does_not(
    guarded: Guarded, sender: Sender
) -> None:
    assert sender.ask(guarded, sender.payload(guarded)) == NONE
    assert sender.ask(guarded, sender.payload(guarded, REFUSED_LINE)) == DENY
    before = len(decisions(guarded))
    for fields in sender.calls:
        expected = DENY if fields.get("tool_name") == "Delete" else NONE  # what is gone is gone
        assert sender.ask(guarded, sender.payload(guarded, **fields)) == expected, fields
    assert len(decisions(guarded)) == before + len(sender.calls)
    assert_nothing_lost(guarded)


def test_spoiled_bytes_are_blocked(guarded: Guarded, sender: Sender) -> None:
    data = harmless(sender, guarded)
    first, _, rest = data.decode().partition(",")
    for spoiled in (
        b"\xef\xbb\xbf" + data,
        data.decode().encode("utf-16"),
        data.replace(b"git status", b"git status \xff"),
        data.replace(b"git", b"\xed\xa0\x80git"),
        data.replace(b"git status", b"git\0status"),
        data.replace(b"git status", b"git\nstatus"),
        data + b"\0",
        data + data,
        data[:-1],
        f"{first},{first.lstrip('{')},{rest}".encode(),
        data.replace(b'"command', b'"command": "rm -rf /", "command', 1)
        if sender.name != "windsurf"
        else data.replace(b'"command_line":', b'"command_line": "rm -rf /", "command_line":'),
    ):
        assert spoiled != data
        assert sender.ask(guarded, spoiled) == BLOCKED, spoiled[:200]
    assert_nothing_lost(guarded, new_records=0)


def test_a_wrong_or_missing_needed_field_is_blocked(guarded: Guarded, sender: Sender) -> None:
    for field in sender.needed:
        for name, value in WRONG.items():
            given = sender.payload(guarded, **{field: value})
            if sender.name == "cursor" and field == "workspace_roots" and name == "list":
                given[field] = [5]
            assert sender.ask(guarded, given) == BLOCKED, (field, name)
        missing = sender.payload(guarded)
        del missing[field]
        assert sender.ask(guarded, missing) == BLOCKED, field
    assert_nothing_lost(guarded, new_records=0)


def test_a_wrong_type_in_an_optional_field_is_blocked(guarded: Guarded, sender: Sender) -> None:
    for field in sender.optional:
        for value in (5, ["x"], {"a": "b"}, True):
            given = sender.payload(guarded, **{field: value})
            assert sender.ask(guarded, given) == BLOCKED, (field, value)
    assert_nothing_lost(guarded, new_records=0)


def test_a_call_is_judged_without_its_optional_fields(guarded: Guarded, sender: Sender) -> None:
    """The opposite case: a refused line stays refused, and a harmless one is not lost."""
    for command, expected in (("git status", NONE), (REFUSED_LINE, DENY)):
        for field in sender.optional:
            given = sender.payload(guarded, command, **{field: None})
            assert sender.ask(guarded, given) == expected, field
        missing = sender.payload(guarded, command)
        for field in sender.optional:
            missing.pop(field, None)
        assert sender.ask(guarded, missing) == expected
    assert_nothing_lost(guarded)


def spoiled_calls(sender: Sender, guarded: Guarded) -> Iterator[Payload]:
    for fields in sender.calls:
        given = fields[sender.inside]
        for key in given:
            for value in (5, ["x"], {"a": "b"}, True):
                yield sender.payload(guarded, **{**fields, sender.inside: {**given, key: value}})
        yield sender.payload(guarded, **{**fields, sender.inside: {}})


def test_a_wrong_type_inside_the_input_is_never_let_through(
    guarded: Guarded, sender: Sender
) -> None:
    for payload in spoiled_calls(sender, guarded):
        is_vague_agent = payload.get("tool_name") == "Task" and payload["tool_input"] == {}
        if not is_vague_agent:  # who names no agent and no task starts none that could do more
            assert sender.ask(guarded, payload) in HELD, payload
    assert_nothing_lost(guarded)


def test_an_unknown_event_or_tool_waits_for_a_person(guarded: Guarded, sender: Sender) -> None:
    for name in ("pre_everything", "BeforeToolUse", "\udfff", "x" * 10_000):
        given = sender.payload(guarded, **{sender.event: name})
        if sender.name != "windsurf" or name.startswith("pre_"):
            assert sender.ask(guarded, given) == BLOCKED, name[:20]
    if sender.inside == "tool_input":
        for tool in ("Teleport", "bash", "Bash ", "\uff22ash", "\0", "mcp__", "x" * 10_000):
            given = sender.payload(guarded, tool_name=tool, tool_input={"command": "git status"})
            assert sender.ask(guarded, given) in HELD, tool[:20]
    assert_nothing_lost(guarded)


def test_a_refusal_of_the_payload_names_the_client(guarded: Guarded, sender: Sender) -> None:
    data = sender.payload(guarded, **{sender.inside: None})
    told = {k: v for k, v in guarded.environment.items() if not k.startswith(_CLAUDES)}
    ran = guarded.hook(data, environment=told)  # the shape tells whose it is; its name may not
    assert ran.code == 2
    if sender.name != "codex" or "turn_id" in data:
        assert sender.title in ran.err


def test_odd_text_anywhere_is_answered_and_recorded(guarded: Guarded, sender: Sender) -> None:
    before = len(decisions(guarded))
    count = 0
    for text in ODD_TEXTS.values():
        for command in (f"frobnicate {text}", f"{REFUSED_LINE} # {text}"):
            assert sender.ask(guarded, sender.payload(guarded, command)) in HELD
            count += 1
    assert len(decisions(guarded)) == before + count
    assert_nothing_lost(guarded)


def test_too_much_of_it(guarded: Guarded, sender: Sender) -> None:
    data = harmless(sender, guarded)
    fits = data + b" " * (MAX_PAYLOAD_BYTES - len(data))
    assert sender.ask(guarded, fits) == NONE
    assert sender.ask(guarded, fits + b" ") == BLOCKED
    for command in ("a|" * 60_000, "$(" * 300_000):
        assert sender.ask(guarded, sender.payload(guarded, command)) in HELD
    assert_nothing_lost(guarded)
