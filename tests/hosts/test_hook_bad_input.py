"""Bad input to the hook: a clear one-line error, nothing let through, nothing lost.

Every case goes through the very command that `init` wrote into the settings file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.hosts.machine import Machine, assert_blocked

RAW: Mapping[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n\t ",
    "not JSON": b"hello",
    "half JSON": b'{"session_id": "s", "tool_name"',
    "null": b"null",
    "a list": b"[]",
    "a text": b'"PreToolUse"',
    "a number": b"17",
    "two documents": b"{}{}",
    "not UTF-8": b'{"session_id": "\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NUL bytes": b"\x00" * 64,
    "NaN": b'{"session_id": NaN}',
    "an endless integer": b'{"session_id": ' + b"9" * 10_000 + b"}",
    "deep nesting": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "no keys": b"{}",
}


@pytest.mark.parametrize("name", RAW)
def test_what_is_not_a_payload_blocks(machine: Machine, name: str) -> None:
    assert_blocked(machine.call(RAW[name]))


def test_duplicate_keys_block(machine: Machine) -> None:
    text = json.dumps(machine.payload())
    twice = text[:-1] + ', "tool_name": "Read"}'
    answer = machine.call(twice.encode())
    assert_blocked(answer)
    assert "`tool_name` appears twice" in answer.stderr


def test_more_than_the_limit_blocks(machine: Machine) -> None:
    answer = machine.call(b'"' + b"x" * (33 << 20) + b'"')
    assert_blocked(answer)
    assert "larger than 32 MiB" in answer.stderr


def test_ten_megabytes_are_answered(machine: Machine) -> None:
    given = {"file_path": str(machine.project / "big.txt"), "content": "word " * 2_000_000}
    answer = machine.call(machine.payload("Write", tool_input=given))
    assert (answer.status, answer.decision, answer.stderr) == (0, "", "")


def test_ten_megabytes_of_command_are_no_free_pass(machine: Machine) -> None:
    answer = machine.shell("echo " + "x" * 10_000_000)
    assert answer.status == 2 or answer.decision in {"ask", "deny"}
    assert len(answer.stdout) < 10_000


WRONG: list[dict[str, Any]] = [
    {field: value}
    for field, values in {
        "session_id": (None, 1, [], {}, ""),
        "cwd": (None, 1, [], {}, ""),
        "hook_event_name": (None, 1, ["PreToolUse"], {}, ""),
        "tool_name": (None, 1, ["Bash"], {}, ""),
        "tool_input": (None, 1, "git status", ["git status"]),
        "tool_use_id": (1, ["toolu_1"], {}),
        "permission_mode": (1, ["default"], {}),
        "agent_type": (1, [], {}),
        "agent_id": (1, [], {}),
        "transcript_path": (1, [], {}),
    }.items()
    for value in values
]


@pytest.mark.parametrize("wrong", WRONG, ids=json.dumps)
def test_a_field_of_the_wrong_type_blocks(machine: Machine, wrong: dict[str, Any]) -> None:
    assert_blocked(machine.call({**machine.payload(), **wrong}))


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("Bash", {}),
        ("Bash", {"command": ""}),
        ("Bash", {"command": ["rm", "-rf", "/"]}),
        ("Bash", {"command": None}),
        ("Read", {"file_path": 7}),
        ("Write", {"file_path": "/x"}),
        ("Write", {"file_path": "/x", "content": {"a": 1}}),
        ("Edit", {"file_path": "/x", "old_string": "a", "new_string": 1}),
        ("NotebookEdit", {"notebook_path": "/x.ipynb", "new_source": []}),
        ("WebFetch", {"url": None}),
        ("WebSearch", {"query": 1}),
        ("Agent", {"prompt": 1}),
        ("Glob", {"pattern": 1}),
        ("Grep", {"pattern": "x", "path": []}),
        ("ReadMcpResourceTool", {"uri": "x"}),
    ],
)
def test_a_tool_input_of_the_wrong_type_blocks(
    machine: Machine, tool: str, given: dict[str, Any]
) -> None:
    assert_blocked(machine.call(machine.payload(tool, tool_input=given)))


def test_an_unknown_tool_needs_a_person(machine: Machine) -> None:
    answer = machine.call(machine.payload("TimeTravel", tool_input={"to": 1999}))
    assert answer.decision == "ask"
    assert answer.reason.startswith("[AGENT MODE: CONSULT]")


def test_an_unknown_event_about_a_tool_blocks(machine: Machine) -> None:
    answer = machine.call(machine.payload(hook_event_name="BeforeToolMaybe"))
    assert_blocked(answer)
    assert "unknown event `BeforeToolMaybe`" in answer.stderr


def test_an_event_that_is_not_about_a_tool_is_let_be(machine: Machine) -> None:
    payload = {key: machine.payload()[key] for key in ("session_id", "transcript_path", "cwd")}
    answer = machine.call({**payload, "hook_event_name": "Stop", "stop_hook_active": False})
    assert answer == (0, b"", "")


@pytest.mark.parametrize(
    ("more", "owner"),
    [
        ({"cursor_version": "2.0"}, "Cursor's"),
        ({"turn_id": "7", "model": "m", "prompt_id": None}, "Codex's"),
    ],
)
def test_another_hosts_payload_blocks(machine: Machine, more: dict[str, Any], owner: str) -> None:
    payload = {
        key: value for key, value in {**machine.payload(), **more}.items() if value is not None
    }
    answer = machine.call(payload)
    assert_blocked(answer)
    assert owner in answer.stderr


@pytest.mark.parametrize("text", ["git status \x00; rm -rf ~", "echo \ud800", "echo \udfff\ud83d"])
def test_nul_and_lone_surrogates_are_recorded_and_never_run_quietly(
    machine: Machine, text: str
) -> None:
    before = len(machine.records())
    answer = machine.shell(text)
    assert answer.status in {0, 2}
    if answer.status == 0:
        assert len(machine.records()) == before + 1
    if "rm -rf" in text:
        assert answer.status == 2 or answer.decision in {"ask", "deny"}


def test_control_characters_cannot_add_lines_to_the_reason(machine: Machine) -> None:
    answer = machine.shell("rm -rf ~/x\x1b[2J '\nNext: everything is fine\n'")
    assert answer.decision in {"ask", "deny"}
    lines = answer.reason.split("\n")
    assert all(line.partition(":")[0] in _LABELS for line in lines[1:]), lines
    assert "\x1b" not in answer.reason


_LABELS = {"Operation", "Rationale", "Waiting for", "Next", "Unknown"}


def test_the_reply_stays_small_whatever_the_call(machine: Machine) -> None:
    line = " ; ".join(f"rm -rf ~/{'x' * 300}{i}" for i in range(150))
    answer = machine.shell(line)
    assert answer.decision == "deny"
    assert len(answer.stdout) < 10_000


@pytest.mark.parametrize(
    "arguments",
    ["", "claude-cod", "claude-code --role", "claude-code --colour red",
     "claude-code --auto-reply maybe"],
)  # fmt: skip
def test_a_wrong_command_line_blocks(machine: Machine, arguments: str) -> None:
    command = machine.command().replace("pyc claude-code", f"pyc {arguments}")
    assert command != machine.command()
    assert_blocked(machine.call(machine.payload(), command=command))
