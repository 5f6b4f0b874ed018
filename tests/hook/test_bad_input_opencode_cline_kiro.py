"""What arrives from OpenCode, Cline and Kiro: whatever it is, nothing is let through, nothing lost.

The rows are those of tests/hook/test_bad_input.py; the command is what is written for these hosts, and
what the client makes of the reply is what their modules say (`Host.verdict`).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from agentic.adapters import ADAPTERS
from agentic.hook import MAX_PAYLOAD_BYTES
from agentic.hosts import cline, kiro, opencode
from agentic.hosts.interface import Ran
from agentic.hosts.registry import HOSTS
from tests.hook.machine import REFUSED_LINE, Guarded
from tests.hook.test_bad_input import NOT_PAYLOADS, ODD_TEXTS, WRONG, assert_nothing_lost

#: What a client does with a call: it runs it, or keeps it with a decision or for a fault of the guard.
RUN, DENY, BLOCKED = "run", "deny", "blocked"
HELD = (DENY, BLOCKED)


class Sender(NamedTuple):
    """A host: a call of its shell, its needed and optional fields, its tools with complete inputs."""

    host: str
    shell: Callable[[str, str], dict[str, Any]]
    tool: Callable[[dict[str, Any], str, object], dict[str, Any]]
    needed: tuple[str, ...]
    optional: tuple[str, ...]
    inputs: Mapping[str, Mapping[str, Any]]


def _opencode(folder: str, line: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(opencode.probe(line, "c1").payload)
    return {**told, "directory": folder, "worktree": folder, "sessionID": "s-1"}


def _cline(folder: str, line: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(cline.probe(line, "c1").payload)
    return {**told, "workspaceRoots": [folder], "taskId": "s-1"}


def _kiro(folder: str, line: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(kiro.probe(line, "c1").payload)
    return {**told, "cwd": folder, "session_id": f"s-{line[:20]}"}


SENDERS = {
    "opencode": Sender(
        "opencode",
        _opencode,
        lambda base, tool, given: {**base, "tool": tool, "args": given},
        ("event", "sessionID", "callID", "tool", "args", "directory"),
        ("worktree", "agent"),
        {
            "bash": {"command": "git status"},
            "read": {"filePath": "README.md"},
            "write": {"filePath": "src/a.py", "content": "x"},
            "edit": {"filePath": "src/a.py", "oldString": "x", "newString": "y"},
            "apply_patch": {"patchText": "*** Delete File: a"},
            "webfetch": {"url": "https://example.com/"},
            "task": {"prompt": "x"},
        },
    ),
    "cline": Sender(
        "cline",
        _cline,
        lambda base, tool, given: {**base, "tool_call": {"id": "c1", "name": tool, "input": given}},
        ("hookName", "taskId", "workspaceRoots", "tool_call"),
        ("agent_id", "clineVersion"),
        {
            "execute_command": {"command": "git status"},
            "read_file": {"path": "README.md"},
            "write_to_file": {"path": "src/a.py", "content": "x"},
            "editor": {"path": "src/a.py", "new_text": "x"},
            "apply_patch": {"input": "*** Delete File: a"},
            "web_fetch": {"url": "https://example.com/"},
        },
    ),
    "kiro": Sender(
        "kiro",
        _kiro,
        lambda base, tool, given: {**base, "tool_name": tool, "tool_input": given},
        ("hook_event_name", "cwd", "tool_name", "tool_input"),
        ("session_id", "tool_use_id", "agent_name"),
        {
            "execute_bash": {"command": "git status"},
            "read_file": {"path": "README.md"},
            "fs_write": {"path": "src/a.py", "text": "x"},
            "str_replace": {"path": "src/a.py", "oldStr": "x", "newStr": "y"},
            "delete_file": {"path": "src/a.py"},
            "web_fetch": {"url": "https://example.com/"},
        },
    ),
}
EACH = pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)


def ask(sender: Sender, guarded: Guarded, payload: object) -> str:
    """What the client makes of the very command's reply, which is held to the contract."""
    command = guarded.command().replace(" claude-code", f" {sender.host}", 1)
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    if sender.host == "cline":
        command = cline.script(command, can_block=True)
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        input=data,
        cwd=guarded.project,
        env=guarded.machine.environment,
        capture_output=True,
        timeout=50,
        check=False,
    )
    told = HOSTS[sender.host].verdict(Ran(done.returncode, done.stdout, done.stderr))
    if told in {"allow", "none"}:
        return RUN
    if told == DENY:
        return DENY
    assert "agentic" in told, done
    assert "agentic doctor" in told, done
    assert len(told.splitlines()) == 1, done
    return BLOCKED


def call(
    sender: Sender, guarded: Guarded, line: str = "git status", **changed: Any
) -> dict[str, Any]:
    return {**sender.shell(str(guarded.project), line), **changed}


def test_the_adapters_of_these_hosts_are_registered() -> None:
    assert set(SENDERS) <= set(ADAPTERS)


@EACH
def test_a_harmless_call_runs_and_a_refused_one_is_held(sender: Sender, guarded: Guarded) -> None:
    """Each row below spoils the first, so that an answer other than `run` is due to the spoiling."""
    assert ask(sender, guarded, call(sender, guarded)) == RUN
    assert ask(sender, guarded, call(sender, guarded, REFUSED_LINE)) == DENY
    assert_nothing_lost(guarded, new_records=2)


@EACH
def test_what_is_no_payload_is_blocked(sender: Sender, guarded: Guarded) -> None:
    for name, data in NOT_PAYLOADS.items():
        assert ask(sender, guarded, data) == BLOCKED, name
    assert_nothing_lost(guarded, new_records=0)


@EACH
def test_spoiled_bytes_are_blocked(sender: Sender, guarded: Guarded) -> None:
    data = json.dumps(call(sender, guarded)).encode()
    spoiled = (
        b"\xef\xbb\xbf" + data,
        data.decode().encode("utf-16"),
        data.replace(b"git status", b"git status \xff"),
        data.replace(b"git status", b"git\0status"),
        data.replace(b"git status", b"git\nstatus"),
        data + b"\0",
        data + data,
        data[:-1],
        data.replace(b'"command', b'"x": 1, "x": 2, "command', 1),
    )
    for number, bad in enumerate(spoiled):
        assert ask(sender, guarded, bad) == BLOCKED, number
    assert_nothing_lost(guarded, new_records=0)


@EACH
def test_a_needed_field_that_is_missing_or_of_another_type_is_blocked(
    sender: Sender, guarded: Guarded
) -> None:
    for field in sender.needed:
        payload = call(sender, guarded)
        del payload[field]
        assert ask(sender, guarded, payload) == BLOCKED, field
        for name, value in WRONG.items():
            if field == "workspaceRoots" and name == "list":
                continue  # a list of one folder is what it should be
            answer = ask(sender, guarded, call(sender, guarded, **{field: value}))
            assert answer == BLOCKED, (field, name)
    assert_nothing_lost(guarded, new_records=0)


@EACH
def test_an_optional_field_of_another_type_is_blocked(sender: Sender, guarded: Guarded) -> None:
    for field in sender.optional:
        for value in (5, ["x"], {"a": "b"}, True):
            answer = ask(sender, guarded, call(sender, guarded, **{field: value}))
            assert answer == BLOCKED, (field, value)
    assert_nothing_lost(guarded, new_records=0)


@EACH
def test_a_wrong_type_inside_the_input_is_never_let_through(
    sender: Sender, guarded: Guarded
) -> None:
    base = call(sender, guarded)
    for tool, given in sender.inputs.items():
        assert ask(sender, guarded, sender.tool(base, tool, {})) == BLOCKED, tool
        for field in given:
            for value in (5, ["x"], {"a": "b"}, True):
                spoilt = sender.tool(base, tool, {**given, field: value})
                assert ask(sender, guarded, spoilt) == BLOCKED, (tool, field, value)
    assert_nothing_lost(guarded, new_records=0)


@EACH
def test_an_unknown_tool_waits_for_a_person(sender: Sender, guarded: Guarded) -> None:
    base = call(sender, guarded)
    for tool in ("teleport", "Bash ", "\uff22ash", "\0", "\ud800", "x" * 100_000, "@", "a__b"):
        answer = ask(sender, guarded, sender.tool(base, tool, {"a": 1}))
        assert answer in HELD, tool[:20]
    assert_nothing_lost(guarded)


@EACH
def test_odd_text_anywhere_is_answered_and_recorded(sender: Sender, guarded: Guarded) -> None:
    for name, text in ODD_TEXTS.items():
        assert ask(sender, guarded, call(sender, guarded, f"{REFUSED_LINE} # {text}")) in HELD, name
        assert ask(sender, guarded, call(sender, guarded, f"frobnicate {text}")) in HELD, name
    assert_nothing_lost(guarded)


@EACH
def test_too_much_of_it_is_blocked(sender: Sender, guarded: Guarded) -> None:
    data = json.dumps(call(sender, guarded)).encode()
    fits = data + b" " * (MAX_PAYLOAD_BYTES - len(data))
    assert ask(sender, guarded, fits) == RUN
    assert ask(sender, guarded, fits + b" ") == BLOCKED
    assert ask(sender, guarded, call(sender, guarded, "$(" * 300_000)) in HELD
    assert_nothing_lost(guarded)
