"""What arrives from Gemini CLI, Qwen Code and Copilot: whatever it is, nothing is let through, nothing lost.

The rows are those of tests/hook/test_bad_input.py; the command is what is written for these hosts.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from agentic.hook import MAX_PAYLOAD_BYTES
from tests.cli.conftest import Ran
from tests.hook.machine import BLOCKED, DENY, DOCTOR, NONE, REFUSED_LINE, Guarded
from tests.hook.test_bad_input import NOT_PAYLOADS, ODD_TEXTS, WRONG, assert_nothing_lost

HELD = (DENY, BLOCKED)
#: Variables of the host for which the machine was set up.
_CLAUDES = ("CLAUDE", "AI_AGENT")


class Sender(NamedTuple):
    """A host: how its hook is started, the names of its fields and tools, and what it cannot do without."""

    name: str
    options: str
    base: Mapping[str, Any]
    #: session, tool, input
    fields: tuple[str, str, str]
    optional: tuple[str, ...]
    #: tool -> a complete input, of which each text is spoiled in turn
    inputs: Mapping[str, Mapping[str, Any]]
    #: variables that hold the project's folder
    variables: tuple[str, ...]
    after: Mapping[str, Any]

    def payload(
        self, guarded: Guarded, command: str = "git status", **changed: Any
    ) -> dict[str, Any]:
        """A call of the shell as the client sends it, with some of its members changed."""
        session, _, given = self.fields
        made = {session: "s-1", "cwd": str(guarded.project), given: {"command": command}}
        return {**self.base, **made, **changed}

    def call(self, guarded: Guarded, tool: str, given: object, **changed: Any) -> dict[str, Any]:
        """A call of any tool."""
        return self.payload(guarded, **{self.fields[1]: tool, self.fields[2]: given, **changed})

    def ask(self, guarded: Guarded, payload: object, options: str | None = None) -> str:
        """The hook's answer, held to the contract; anything but a well-formed one fails the test."""
        chosen = self.options if options is None else options
        told = {k: v for k, v in guarded.environment.items() if not k.startswith(_CLAUDES)}
        done = subprocess.run(
            [
                "/bin/sh",
                "-c",
                guarded.command().replace(" claude-code", f" {self.name}{chosen}", 1),
            ],
            input=payload if isinstance(payload, bytes) else json.dumps(payload).encode(),
            cwd=guarded.project,
            env={**told, **dict.fromkeys(self.variables, str(guarded.project))},
            capture_output=True,
            timeout=50,
            check=False,
        )
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert ran.code in (0, 2), ran
        if ran.code == 0:
            assert ran.err == "", ran
            if ran.out:
                json.loads(ran.out)
            return NONE
        if ran.err.startswith("[AGENT MODE: "):
            return DENY
        assert ran.out == "", ran
        assert ran.err.startswith("agentic: blocked: "), ran.err
        assert ran.err.count("\n") == 1, ran.err
        assert DOCTOR in ran.err
        return BLOCKED


_FILE = {"file_path": "src/a.py"}
GEMINI = Sender(
    "gemini-cli",
    "",
    {
        "transcript_path": "/dev/null",
        "hook_event_name": "BeforeTool",
        "timestamp": "2026-11-21T08:24:43.597Z",
        "tool_name": "run_shell_command",
    },
    ("session_id", "tool_name", "tool_input"),
    ("transcript_path",),
    {
        "run_shell_command": {"command": "git status", "dir_path": "src"},
        "read_file": _FILE,
        "write_file": {**_FILE, "content": "x"},
        "replace": {**_FILE, "old_string": "x", "new_string": "y"},
        "glob": {"pattern": "*.py", "dir_path": "src"},
        "grep_search": {"pattern": "x", "dir_path": "src"},
        "web_fetch": {"prompt": "see https://example.com/"},
        "google_web_search": {"query": "x"},
        "invoke_agent": {"agent_name": "generalist", "prompt": "x"},
    },
    (),
    {"hook_event_name": "AfterTool", "tool_response": {"llmContent": "x"}},
)
QWEN = Sender(
    "qwen-code",
    "",
    {
        "transcript_path": "/dev/null",
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "timestamp": "2026-11-21T08:26:16.048Z",
        "tool_name": "run_shell_command",
        "tool_use_id": "",
    },
    ("session_id", "tool_name", "tool_input"),
    ("transcript_path", "tool_use_id", "agent_id", "agent_type"),
    {
        "run_shell_command": {"command": "git status", "directory": "src"},
        "read_file": _FILE,
        "write_file": {**_FILE, "content": "x"},
        "edit": {**_FILE, "old_string": "x", "new_string": "y"},
        "notebook_edit": {"notebook_path": "a.ipynb", "new_source": "x"},
        "glob": {"pattern": "*.py", "path": "src"},
        "web_fetch": {"url": "https://example.com/"},
        "agent": {"subagent_type": "Explore", "prompt": "x"},
    },
    ("QWEN_PROJECT_DIR",),
    {"hook_event_name": "PostToolUse", "tool_response": {"llmContent": "x"}},
)
COPILOT = Sender(
    "copilot",
    " --event preToolUse",
    {"timestamp": 1_795_249_312_291, "toolName": "bash"},
    ("sessionId", "toolName", "toolArgs"),
    ("agentId", "agentType"),
    {
        "bash": {"command": "git status"},
        "view": {"path": "src/a.py"},
        "create": {"path": "src/a.py", "file_text": "x"},
        "edit": {"path": "src/a.py", "old_str": "x", "new_str": "y"},
        "apply_patch": {"input": "*** Begin Patch\n*** Delete File: a\n*** End Patch"},
        "grep": {"pattern": "x", "glob": "*.py"},
        "web_fetch": {"url": "https://example.com/"},
        "task": {"agent_type": "explore", "prompt": "x"},
    },
    (),
    {"toolResult": {"resultType": "success", "textResultForLlm": "x"}},
)
SENDERS = (GEMINI, QWEN, COPILOT)


@pytest.fixture(params=SENDERS, ids=[sender.name for sender in SENDERS])
def sender(request: pytest.FixtureRequest) -> Sender:
    found: Sender = request.param
    return found


@pytest.fixture(autouse=True)
def _nothing_is_lost(guarded: Guarded) -> Iterator[None]:
    """Whatever was sent, the journal is whole afterwards and the guard works."""
    yield
    assert_nothing_lost(guarded)


def test_the_harmless_call_runs_and_the_refused_one_does_not(
    guarded: Guarded, sender: Sender
) -> None:
    """Each row below spoils the first, so that an answer other than `none` is due to the spoiling."""
    assert sender.ask(guarded, sender.payload(guarded)) == NONE
    assert sender.ask(guarded, sender.payload(guarded, REFUSED_LINE)) == DENY
    for tool, given in sender.inputs.items():
        assert sender.ask(guarded, sender.call(guarded, tool, given)) in (NONE, DENY), tool


def test_what_is_no_payload_is_blocked(guarded: Guarded, sender: Sender) -> None:
    for name, data in NOT_PAYLOADS.items():
        assert sender.ask(guarded, data) == BLOCKED, name


def test_spoiled_bytes_are_blocked(guarded: Guarded, sender: Sender) -> None:
    data = json.dumps(sender.payload(guarded), ensure_ascii=False).encode()
    for spoiled in (
        b"\xef\xbb\xbf" + data,
        data.decode().encode("utf-16"),
        data.replace(b"git status", b"git status \xff"),
        data.replace(b"git status", b"git\0status"),
        data + data,
        data[:-1],
        data.replace(b'"command":', b'"command": "rm -rf /", "command":'),
        b"{" + data[1:-1] + b', "cwd": "/"}',
        data + b" " * (MAX_PAYLOAD_BYTES - len(data) + 1),
    ):
        assert sender.ask(guarded, spoiled) == BLOCKED, spoiled[:80]


def test_a_wrong_or_missing_field_is_blocked(guarded: Guarded, sender: Sender) -> None:
    needed = (*sender.fields, "cwd", *(["hook_event_name"] if sender is not COPILOT else []))
    for field in needed:
        for name, value in WRONG.items():
            changed = {field: value}
            if field == sender.fields[2] and name == "object":
                continue  # an object is what this field is
            assert sender.ask(guarded, sender.payload(guarded, **changed)) == BLOCKED, (field, name)
        missing = sender.payload(guarded)
        del missing[field]
        assert sender.ask(guarded, missing) == BLOCKED, field
    for field in sender.optional:
        for value in (5, ["x"], {"a": "b"}, True):
            assert sender.ask(guarded, sender.payload(guarded, **{field: value})) == BLOCKED, field
        for value in (None, ""):
            assert (
                sender.ask(guarded, sender.payload(guarded, REFUSED_LINE, **{field: value})) == DENY
            )


def test_a_wrong_type_inside_the_input_is_never_let_through(
    guarded: Guarded, sender: Sender
) -> None:
    for tool, given in sender.inputs.items():
        assert sender.ask(guarded, sender.call(guarded, tool, {})) == BLOCKED, tool
        for field in given:
            for value in (5, ["x"], {"a": "b"}, True):
                made = sender.call(guarded, tool, {**given, field: value})
                assert sender.ask(guarded, made) in HELD, (tool, field, value)


def test_an_unknown_tool_waits_for_a_person(guarded: Guarded, sender: Sender) -> None:
    for tool in ("Teleport", "Run_Shell_Command", "b\uff41sh", "x\n", "\0", "\ud800", "x" * 10_000):
        assert sender.ask(guarded, sender.call(guarded, tool, {"to": "production"})) in HELD, tool


def test_an_unknown_event_about_a_tool_is_blocked(guarded: Guarded, sender: Sender) -> None:
    for name in ("BeforeToolUse", "beforetool", "PreToolUse\0", "\udfff"):
        if sender is COPILOT:
            assert sender.ask(guarded, sender.payload(guarded, hookName=name)) == BLOCKED, name
        else:
            assert sender.ask(guarded, sender.payload(guarded, hook_event_name=name)) == BLOCKED, (
                name
            )


def test_an_event_that_the_command_names_otherwise_is_blocked(guarded: Guarded) -> None:
    """A call must not pass for an outcome, whatever stands in the settings."""
    for event in ("postToolUse", "sessionStart", "agentStop"):
        made = COPILOT.payload(guarded, REFUSED_LINE)
        assert COPILOT.ask(guarded, made, f" --event {event}") == BLOCKED
    assert COPILOT.ask(guarded, COPILOT.payload(guarded, REFUSED_LINE), "") == DENY


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_odd_text_anywhere_is_answered(guarded: Guarded, sender: Sender, text: str) -> None:
    session = sender.fields[0]
    assert sender.ask(guarded, sender.payload(guarded, f"{REFUSED_LINE} # {text}")) in HELD
    assert sender.ask(guarded, sender.payload(guarded, f"frobnicate {text}")) in HELD
    assert sender.ask(guarded, sender.payload(guarded, "frobnicate", **{session: text})) in HELD
    assert sender.ask(guarded, sender.call(guarded, "mcp_demo_mark", {text: [text]})) in HELD


def test_an_odd_working_directory_lets_nothing_through(guarded: Guarded, sender: Sender) -> None:
    for folder in ("relative", "~", "/no/such/folder", "/" + "x" * 5000, "/a\0b", "/\ud800", "//"):
        for command in (REFUSED_LINE, "frobnicate"):
            made = sender.payload(guarded, command, cwd=folder)
            assert sender.ask(guarded, made) in HELD, (folder, command)


def test_whatever_a_tool_answered_is_recorded(guarded: Guarded, sender: Sender) -> None:
    key = next(name for name in sender.after if "esponse" in name or "esult" in name)
    for response in (
        {"a": "\ud800\0"},
        "text",
        [],
        5,
        "x" * 1_000_000,
        {"llmContent": "\nExit Code: x"},
    ):
        made = sender.payload(guarded, **{**sender.after, key: response})
        options = " --event postToolUse" if sender is COPILOT else None
        assert sender.ask(guarded, made, options) == NONE, response
    outcomes = [record for record in guarded.records() if record["event"] == "outcome"]
    assert len(outcomes) == 6
    assert {record["host"] for record in outcomes} == {sender.name}
