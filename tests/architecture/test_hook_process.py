"""What the installed hook's process really imports while it serves a call, told by the interpreter.

agentic's own modules come out of the launcher's bundle and are not seen here; what they need from
elsewhere is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from demo.sandbox import Sandbox, sandbox

#: Each of these costs a noticeable share of the hook's whole time; none is needed for a plain call.
SLOW = {
    "ast", "asyncio", "collections", "dataclasses", "datetime", "enum", "functools", "hashlib", "inspect",
    "json", "logging", "os", "pathlib", "pydantic", "random", "re", "rich", "shutil", "site", "subprocess",
    "tempfile", "tree_sitter", "typer", "typing", "yaml",
}  # fmt: skip


@pytest.fixture(scope="module")
def machine() -> Iterator[Sandbox]:
    with sandbox() as made:
        made.agentic("init", "--host", "claude-code", "--scope", "user")
        yield made


def imported(machine: Sandbox, command: str) -> set[str]:
    """The modules that a hook process imports on one call, its own launcher included."""
    hook = machine.hook_command("user")
    watched = hook.replace(" -I -S ", " -I -S -X importtime ", 1)
    assert watched != hook, "the launcher no longer starts with -I -S"
    payload = {
        "session_id": "s",
        "transcript_path": "/dev/null",
        "cwd": str(machine.project),
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": command},
        "tool_use_id": "toolu_1",
    }
    answer = machine.call(watched, json.dumps(payload))
    assert answer.status == 0, answer.complaint
    lines = [line for line in answer.complaint.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines[1:]}


@pytest.mark.parametrize(
    "command",
    [
        "git status --short",
        "rm -rf build",
        "kubectl apply -k k8s/overlays/production",
        "cat ~/.aws/credentials",
        "git push --force origin main",
        "pip install left-pad-py",
        "git log --oneline | head -3 && echo done",
    ],
)
def test_a_plain_call_imports_nothing_slow(machine: Sandbox, command: str) -> None:
    loaded = imported(machine, command)
    assert "marshal" in loaded, "the interpreter told nothing"
    assert loaded & SLOW == set()


def test_a_hard_line_loads_the_parser_and_what_it_needs(machine: Sandbox) -> None:
    """The opposite case, so that the test above could fail."""
    loaded = imported(machine, 'for f in *.py; do echo "$(wc -l < "$f")"; done')
    assert {"re", "enum"} <= loaded
    assert "typing" not in loaded
