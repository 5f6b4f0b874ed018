"""What arrives on standard input: whatever it is, one answer, nothing let through, nothing lost.

Each row goes through the very command that `agentic init` wrote into the settings.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from agentic.audit.record import MAX_LINE_BYTES
from agentic.hook import MAX_PAYLOAD_BYTES
from tests.hook.machine import ALLOW, BLOCKED, HELD, NONE, NOT_ALLOWED, REFUSED_LINE, Guarded

MISSING = object()


def assert_nothing_lost(guarded: Guarded, new_records: int | None = None) -> None:
    """The journal is whole, the guard still works, and it has grown as it should have."""
    found = guarded.verified()
    assert found.problems == ()
    if new_records is not None:
        assert found.records == 2 + new_records
    assert guarded.ask(guarded.payload()).word == ALLOW


# Not a payload at all

NOT_PAYLOADS = {
    "empty": b"",
    "blank": b" \n\t\r\n ",
    "not-json": b"rm -rf /",
    "half-a-payload": b'{"session_id": "s-1", "cwd": "/", "hook_event_name": "PreTool',
    "null": b"null",
    "true": b"true",
    "list": b"[]",
    "number": b"42",
    "string": b'"PreToolUse"',
    "empty-object": b"{}",
    "two-documents": b"{}{}",
    "trailing-comma": b'{"session_id": "s-1",}',
    "not-a-number": b'{"session_id": NaN}',
    "infinity": b'{"session_id": -Infinity}',
    "too-large-a-float": b'{"session_id": 1e999}',
    "an-endless-integer": b'{"session_id": ' + b"9" * 100_000 + b"}",
    "single-quotes": b"{'session_id': 's-1'}",
    "a-nul-byte": b"\0",
    "many-nul-bytes": b"\0" * 4096,
    "deep-list": b"[" * 100_000,
    "deep-closed-list": b"[" * 100_000 + b"]" * 100_000,
    "deep-object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}


@pytest.mark.parametrize("data", NOT_PAYLOADS.values(), ids=NOT_PAYLOADS)
def test_what_is_no_payload_is_blocked(guarded: Guarded, data: bytes) -> None:
    assert guarded.ask(data).word == BLOCKED
    assert_nothing_lost(guarded, new_records=0)


def harmless(guarded: Guarded) -> bytes:
    return json.dumps(guarded.payload(), ensure_ascii=False).encode()


def test_the_harmless_payload_is_allowed(guarded: Guarded) -> None:
    """Each row below spoils this one, so that an answer other than `allow` is due to the spoiling."""
    assert guarded.ask(harmless(guarded)).word == ALLOW


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'"tool_name": "Bash"', b'"tool_name": "Read", "tool_name": "Bash"', id="tool"),
        pytest.param(b'"session_id": "s-1"', b'"session_id": "s-1", "session_id": "s-1"', id="same"),
        pytest.param(b'"command":', b'"command": "rm -rf /", "command":', id="command"),
        pytest.param(b'"command":', b'"comm\\u0061nd": "rm -rf /", "command":', id="escaped-key"),
        pytest.param(
            b'"hook_event_name"', b'"hook_event_name": "Stop", "hook_event_name"', id="event"
        ),
    ],
)  # fmt: skip
def test_duplicate_keys_are_blocked(guarded: Guarded, old: bytes, new: bytes) -> None:
    data = harmless(guarded)
    assert data.count(old) == 1
    assert guarded.ask(data.replace(old, new)).word == BLOCKED
    assert_nothing_lost(guarded, new_records=0)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="byte-order-mark"),
        pytest.param(lambda data: data.decode().encode("utf-16"), id="utf-16"),
        pytest.param(lambda data: data.decode().encode("utf-32-le"), id="utf-32"),
        pytest.param(lambda data: data.replace(b"git status", b"git status \xff"), id="stray-byte"),
        pytest.param(lambda data: data.replace(b"git", b"\xed\xa0\x80git"), id="raw-surrogate"),
        pytest.param(lambda data: data.replace(b"git", b"\xc0\xafgit"), id="overlong"),
        pytest.param(lambda data: data.replace(b"git status", b"git\0status"), id="raw-nul"),
        pytest.param(lambda data: data.replace(b"git status", b"git\nstatus"), id="raw-newline"),
        pytest.param(lambda data: data + b"\0", id="nul-behind"),
        pytest.param(lambda data: data + data, id="twice"),
        pytest.param(lambda data: data[:-1], id="one-byte-short"),
    ],
)
def test_spoiled_bytes_are_blocked(guarded: Guarded, spoil: Any) -> None:
    assert guarded.ask(spoil(harmless(guarded))).word == BLOCKED
    assert_nothing_lost(guarded, new_records=0)


# Fields of the wrong type, and fields that are not there

WRONG = {"number": 5, "list": ["x"], "null": None, "object": {"a": "b"}, "true": True, "empty": ""}
#: What the call cannot be told without.
NEEDED = ("session_id", "cwd", "hook_event_name", "tool_name", "tool_input")
#: What may be absent (null counts as absent): the call is told without it.
OPTIONAL = ("permission_mode", "tool_use_id", "transcript_path", "agent_id", "agent_type")


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("field", NEEDED)
def test_a_wrong_type_in_a_needed_field_is_blocked(
    guarded: Guarded, field: str, value: Any
) -> None:
    assert guarded.ask(guarded.payload(**{field: value})).word == BLOCKED
    assert_nothing_lost(guarded, new_records=0)


@pytest.mark.parametrize("value", [5, ["x"], {"a": "b"}, True], ids=str)
@pytest.mark.parametrize("field", OPTIONAL)
def test_a_wrong_type_in_an_optional_field_is_blocked(
    guarded: Guarded, field: str, value: Any
) -> None:
    assert guarded.ask(guarded.payload(**{field: value})).word == BLOCKED
    assert_nothing_lost(guarded, new_records=0)


@pytest.mark.parametrize("field", NEEDED)
def test_a_missing_needed_field_is_blocked(guarded: Guarded, field: str) -> None:
    payload = guarded.payload()
    del payload[field]
    assert guarded.ask(payload).word == BLOCKED
    assert_nothing_lost(guarded, new_records=0)


@pytest.mark.parametrize("value", [MISSING, None, ""], ids=["missing", "null", "empty"])
@pytest.mark.parametrize("field", OPTIONAL)
def test_a_call_is_judged_without_its_optional_fields(
    guarded: Guarded, field: str, value: object
) -> None:
    """The opposite case: a refused line stays refused, and a harmless one is not lost."""
    for command, expected in (("git status", {ALLOW}), (REFUSED_LINE, {"deny"})):
        payload = guarded.payload(command, **{field: value})
        if value is MISSING:
            del payload[field]
        assert guarded.ask(payload).word in expected
    assert_nothing_lost(guarded, new_records=2)


def test_without_a_permission_mode_nobody_is_known_to_be_asked(guarded: Guarded) -> None:
    asked = guarded.payload("git reset --hard")
    assert guarded.ask(asked).word == "ask"
    for mode in (None, "", "some-new-mode"):
        another = guarded.payload("git reset --hard", permission_mode=mode)
        assert guarded.ask(another).word == "deny"
    assert_nothing_lost(guarded)


#: tool -> a complete input, of which each text is spoiled in turn
INPUTS: dict[str, dict[str, Any]] = {
    "Bash": {"command": "git status"},
    "Read": {"file_path": "README.md"},
    "Write": {"file_path": "src/a.py", "content": "x"},
    "Edit": {"file_path": "src/a.py", "old_string": "x", "new_string": "y"},
    "NotebookEdit": {"notebook_path": "a.ipynb", "new_source": "x"},
    "Glob": {"pattern": "*.py"},
    "Grep": {"pattern": "x", "path": "src"},
    "WebFetch": {"url": "https://example.com/"},
    "WebSearch": {"query": "x"},
    "Agent": {"subagent_type": "Explore", "prompt": "x"},
}
SPOILED = [(tool, field) for tool, given in INPUTS.items() for field in given]


@pytest.mark.parametrize(("tool", "field"), SPOILED)
def test_a_wrong_type_inside_the_input_is_never_let_through(
    guarded: Guarded, tool: str, field: str
) -> None:
    for value in (5, ["x"], {"a": "b"}, True):
        given = {**INPUTS[tool], field: value}
        answer = guarded.ask(guarded.payload(tool_name=tool, tool_input=given))
        assert answer.word == BLOCKED, value
    assert_nothing_lost(guarded, new_records=0)


@pytest.mark.parametrize("tool", INPUTS)
def test_an_empty_input_is_never_allowed(guarded: Guarded, tool: str) -> None:
    assert guarded.ask(guarded.payload(tool_name=tool, tool_input={})).word == BLOCKED
    assert_nothing_lost(guarded, new_records=0)


# Well-formed, and not understood


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("Teleport", {"to": "production"}),
        ("bash", {"command": "git status"}),
        ("Bash ", {"command": "git status"}),
        ("\uff22ash", {"command": "git status"}),
        ("Bash\n", {"command": "git status"}),
        ("\0", {}),
        ("\ud800", {"command": "git status"}),
        ("x" * 100_000, {}),
        ("mcp__", {}),
        ("mcp____", {"a": 1}),
        ("mcp__demo__mark", {}),
        ("Read\0", {"file_path": "README.md"}),
    ],
    ids=lambda value: repr(value)[:20] if isinstance(value, str) else "",
)
def test_an_unknown_tool_waits_for_a_person(guarded: Guarded, tool: str, given: object) -> None:
    answer = guarded.ask(guarded.payload(tool_name=tool, tool_input=given))
    assert answer.word in HELD
    assert_nothing_lost(guarded)


def test_an_unknown_event_about_a_tool_is_blocked(guarded: Guarded) -> None:
    for name in ("BeforeToolUse", "pretooluse", "PreToolUse ", "PreToolUse\0", "\udfff"):
        answer = guarded.ask(guarded.payload(hook_event_name=name))
        assert answer.word == BLOCKED, name
        assert "unknown event" in answer.because
    assert_nothing_lost(guarded, new_records=0)


def test_an_event_without_a_tool_is_none_of_our_business(guarded: Guarded) -> None:
    """There is no call that could be let through, so a newer client's event is not in its way."""
    for name in ("Stop", "SomethingNewer"):
        payload = {"session_id": "s-1", "cwd": str(guarded.project), "hook_event_name": name}
        assert guarded.ask(payload).word == NONE
    assert_nothing_lost(guarded, new_records=0)


def test_a_payload_of_another_host_is_blocked(guarded: Guarded) -> None:
    for key in ("cursor_version", "toolName", "agent_action_name", "hookName"):
        assert guarded.ask(guarded.payload(**{key: "x"})).word == BLOCKED
    assert_nothing_lost(guarded, new_records=0)


# Text that trips over itself

ODD_TEXTS = {
    "nul": "a\0b",
    "high-surrogate": "\ud800",
    "low-surrogate": "\udc80",
    "swapped-pair": "\udc00\ud800",
    "controls": "".join(map(chr, range(1, 32))),
    "separators": "\u2028\u2029\x85",
    "right-to-left": "\u202egnp.exe",
    "not-a-character": "\uffff\U0010ffff",
    "terminal-codes": "\x1b]0;owned\x07\x1b[2J",
}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_odd_text_anywhere_is_answered_and_recorded(guarded: Guarded, text: str) -> None:
    calls = [
        guarded.payload(f"frobnicate {text}"),
        guarded.payload(f"{REFUSED_LINE} # {text}"),
        guarded.payload(tool_name="Write", tool_input={"file_path": "a.py", "content": text}),
        guarded.payload(tool_name="Write", tool_input={"file_path": f"/etc/{text}", "content": ""}),
        guarded.payload(tool_name="mcp__demo__mark", tool_input={text: [text]}),
        guarded.payload("frobnicate", session_id=text, tool_use_id=text, agent_id=text),
        guarded.payload("frobnicate", agent_type=text),
    ]
    words = [guarded.ask(call).word for call in calls]
    assert set(words) <= set(NOT_ALLOWED)
    assert words[1] in HELD
    assert words[3] in HELD
    assert_nothing_lost(guarded, new_records=len(calls))


@pytest.mark.parametrize(
    "folder",
    ["relative", ".", "~", "/no/such/folder", "/" + "x" * 5000, "/a\0b", "/\ud800", "//", "/proc/self/cwd"],
    ids=lambda folder: repr(folder)[:20],
)  # fmt: skip
def test_an_odd_working_directory_lets_nothing_through(guarded: Guarded, folder: str) -> None:
    environment = {k: v for k, v in guarded.environment.items() if k != "CLAUDE_PROJECT_DIR"}
    for command in (REFUSED_LINE, "rm -rf .", "frobnicate"):
        payload = guarded.payload(command, cwd=folder)
        assert guarded.ask(payload, environment=environment).word in HELD, command
        assert guarded.ask(payload).word in HELD, command
    assert_nothing_lost(guarded)


# Too much of it


def test_a_file_of_ten_megabytes_is_judged_and_its_record_is_bounded(guarded: Guarded) -> None:
    text = "0123456789abcde\n" * 655_360
    for path, expected in (("src/a.txt", {NONE}), ("/etc/cron.d/a", {"deny"})):
        given = {"file_path": path, "content": text}
        answer = guarded.ask(guarded.payload(tool_name="Write", tool_input=given))
        assert answer.word in expected
    journal = Path(guarded.journal().path)
    assert max(map(len, journal.read_bytes().splitlines())) < MAX_LINE_BYTES
    assert_nothing_lost(guarded, new_records=2)


def test_a_command_that_is_far_too_long_waits_for_a_person(guarded: Guarded) -> None:
    for command in ("a|" * 60_000, "echo " + "x" * 1_000_000 + "; frobnicate", "$(" * 300_000):
        started = time.monotonic()
        assert guarded.ask(guarded.payload(command)).word in HELD
        assert time.monotonic() - started < 20
    assert_nothing_lost(guarded)


def test_just_under_the_limit_is_judged_and_just_over_it_is_blocked(guarded: Guarded) -> None:
    data = harmless(guarded)
    fits = data + b" " * (MAX_PAYLOAD_BYTES - len(data))
    assert guarded.ask(fits).word == ALLOW
    answer = guarded.ask(fits + b" ")
    assert answer.word == BLOCKED
    assert "larger than 32 MiB" in answer.because
    assert_nothing_lost(guarded, new_records=1)


# Outcomes: the tool has run, so nothing can be blocked, and what cannot be recorded is told


def outcome(guarded: Guarded, **changed: Any) -> dict[str, Any]:
    return guarded.payload(
        **{"hook_event_name": "PostToolUse", "tool_response": {"stdout": "x"}, **changed}
    )


@pytest.mark.parametrize(
    "response", [None, 5, "text", [], {"a": "\ud800\0"}, "x" * 5_000_000, {"deep": []}]
)
def test_whatever_a_tool_answered_is_recorded(guarded: Guarded, response: object) -> None:
    ran = guarded.hook(outcome(guarded, tool_response=response), event="PostToolUse")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert_nothing_lost(guarded, new_records=1)


@pytest.mark.parametrize("event", ["PostToolUse", "PostToolUseFailure", "SessionStart"])
@pytest.mark.parametrize("data", [b"", b"null", b"[" * 100_000, b'{"hook_event_name": 5}'])
def test_a_broken_outcome_is_told_on_one_line(guarded: Guarded, event: str, data: bytes) -> None:
    ran = guarded.hook(data, event=event)
    told = json.loads(ran.out)["systemMessage"] if ran.out else ran.err
    assert ran.code in (0, 2)
    assert "agentic" in told
    assert "doctor" in told
    assert len(ran.err.splitlines()) <= 1
    assert_nothing_lost(guarded, new_records=0)
