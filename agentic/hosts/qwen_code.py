"""Qwen Code on this machine: where its settings lie, what ours look like in them, what could switch us off.

Settings are JSON with comments; hooks of all scopes run. The client replaces `$NAME` and `${NAME}` in every
text of them before it is used. Sources: https://qwenlm.github.io/qwen-code-docs/en/users/features/hooks and
https://qwenlm.github.io/qwen-code-docs/en/users/configuration/settings (checked 2026-11-21), and runs of
0.15.10 and 0.24.4.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentic.errors import quoted
from agentic.hosts import launcher
from agentic.hosts.edits import HookEntries
from agentic.hosts.exposed import exposed
from agentic.hosts.interface import (
    PROBE_SESSION,
    Cell,
    Finding,
    HostFile,
    Lack,
    LoadedFile,
    Probe,
    Ran,
    Scope,
    Target,
)
from agentic.hosts.json_files import Values, broken, inside, read_values, verdict_of_text
from agentic.places import Places

HOST = "qwen-code"
TITLE = "Qwen Code"
PROGRAMS: tuple[str, ...] = ("qwen",)

SCOPES: tuple[Scope, ...] = ("user", "project", "managed")

#: Milliseconds. A hook that runs into it lets the call through; our own deadline of 25 s comes first.
TIMEOUT_MS = 60_000
NAME = "agentic"

#: event -> whether a failure can still block the call
EVENTS: dict[str, bool] = {
    "PreToolUse": True,
    "PermissionRequest": True,
    "PostToolUse": False,
    "PostToolUseFailure": False,
    "SessionStart": False,
}

#: Source: runs of both versions (tests/e2e/test_qwen_code.py).
LACKS: tuple[Lack, ...] = (
    Lack((0, 15, 10), "what it does with our replies was not seen"),
    Lack(
        (0, 24, 4),
        "a hook cannot ask, so CONSULT is refused; the short rules do not reach a session without a "
        "person; a failing command is told as a success",
    ),
)

_MANAGED_LINUX = "/etc/qwen-code"
_MANAGED_MACOS = "/Library/Application Support/QwenCode"

#: Variables that change which settings count -> what they do.
SWITCHES: dict[str, str] = {
    "QWEN_CODE_SYSTEM_SETTINGS_PATH": "puts another file in the place of the system's settings",
    "QWEN_HOME": "puts another folder in the place of the user's",
}


def settings_path(target: Target) -> str:
    """The settings file of one scope."""
    if target.scope == "user":
        return f"{user_folder(target.places, target.environment)}/settings.json"
    if target.scope == "managed":
        return f"{target.managed_dir or managed_folder()}/settings.json"
    return f"{target.root}/.qwen/settings.json"


def user_folder(places: Places, environment: Mapping[str, str]) -> str:
    """The folder of this user's settings."""
    return (environment.get("QWEN_HOME", "") or f"{places.home}/.qwen").rstrip("/")


def managed_folder() -> str:
    """Where this system keeps settings that users cannot write."""
    return _MANAGED_MACOS if sys.platform == "darwin" else _MANAGED_LINUX


def is_used(places: Places, environment: Mapping[str, str]) -> bool:
    """Whether the client has a folder of this user's."""
    return os.path.isdir(user_folder(places, environment))


# --- what installing writes


def entries(target: Target) -> dict[str, dict[str, Any]]:
    """Event -> the one group that we add to it; a group without a matcher sees every tool."""
    return {
        event: {
            "hooks": [
                {
                    "name": NAME,
                    "type": "command",
                    "command": launcher.command_for(target, HOST, can_block=can_block),
                    "timeout": TIMEOUT_MS,
                }
            ]
        }
        for event, can_block in EVENTS.items()
    }


def files(target: Target) -> tuple[HostFile, ...]:
    """The one settings file of the scope."""
    return (HostFile(settings_path(target), HookEntries(entries(target), has_comments=True)),)


def commands(target: Target) -> tuple[str, ...]:
    """The command for calls."""
    return (launcher.command_for(target, HOST),)


# --- does it answer


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`."""
    payload = {
        "session_id": PROBE_SESSION,
        "transcript_path": "",
        "cwd": "/",
        "hook_event_name": "PreToolUse",
        "timestamp": "2026-11-21T00:00:00.000Z",
        "permission_mode": "default",
        "tool_name": "run_shell_command",
        "tool_input": {"command": line},
        "tool_use_id": call_id,
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`: a refusal is text, an `allow` or `ask` a document."""
    if ran.status == 0 and ran.stdout.strip():
        try:
            found = json.loads(ran.stdout)
        except ValueError:
            found = None
        told = inside({"": found}, "", "hookSpecificOutput", "permissionDecision")
        if told in {"allow", "ask"}:
            return str(told)
    return verdict_of_text(ran)


def version_of(words: Sequence[str]) -> str:
    """The version in `0.24.4`."""
    return words[0] if words and words[0][:1].isdigit() else ""


# --- what stands against us


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """The settings of every scope, in the order in which they win."""
    scopes: list[Scope] = ["user", "project", "managed"]
    found = [
        LoadedFile(scope, settings_path(target._replace(scope=scope)))
        for scope in scopes
        if target.root or scope != "project"
    ]
    defaults = f"{target.managed_dir or managed_folder()}/system-defaults.json"
    return (LoadedFile("managed", defaults), *found)


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    for name, effect in SWITCHES.items():
        if target.environment.get(name):
            yield Finding("warn", f"{HOST}.switches", f"`{name}` is set: it {effect}", "unset it")
    for file in loaded_files(target):
        found = read_values(file)
        yield from broken(found, f"{HOST}.settings", "the client stops at it or goes without it")
        yield from exposed(file.path, f"{HOST}.permissions")
        yield from _switches(found)
    yield Finding(
        "ok",
        f"{HOST}.client",
        "no hook sees: `qwen --bare`, commands typed with `!`, `@file` in a prompt",
    )


def _switches(found: Values) -> Iterator[Finding]:
    """Settings that switch hooks off, and those under which the client asks for nothing."""
    path = quoted(found.file.path, 300)
    if found.values.get("disableAllHooks"):
        text = f"`disableAllHooks` in {path} switches agentic off, also in the system's settings"
        yield Finding("fail", f"{HOST}.switches", text, "take it out")
    mode = inside(found.values, "tools", "approvalMode")
    if mode in {"yolo", "auto", "auto-edit", "auto_edit"}:
        text = (
            f"{path} starts the client in mode {quoted(mode)}: only agentic's refusals hold there"
        )
        yield Finding("warn", f"{HOST}.bypass", text, "take `tools.approvalMode` out")
    allowed = inside(found.values, "permissions", "allow") or inside(
        found.values, "tools", "allowed"
    )
    if isinstance(allowed, list) and any("shell" in str(rule).lower() for rule in allowed):
        text = f"{path} lets shell commands run without the client's question"
        yield Finding("warn", f"{HOST}.bypass", text, "take the shell out of its allow list")


_DOCS = "https://qwenlm.github.io/qwen-code-docs/en/users/features/hooks"
_E2E = "tests/e2e/test_qwen_code.py"
_READ = "2026-11-21"
CELLS: dict[str, Cell] = {
    "events": Cell(
        "PreToolUse, PostToolUse and PostToolUseFailure for every tool, MCP and sub-agents' calls as well; "
        "PermissionRequest before the client's own question; SessionStart for the short rules",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "deny": Cell(
        "exit code 2 with the reason on standard error: standard output is not read then, so noise on it "
        "cannot undo the refusal",
        _DOCS,
        _READ,
        f"{_E2E}::test_noise_does_not_undo_a_refusal",
    ),
    "ask": Cell(
        "from 0.24.4 on at a terminal, with our reason; before that, without a person and for sub-agents, "
        "CONSULT is a block with the next step",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_question_appears_at_a_terminal",
    ),
    "change-input": Cell("documented (`updatedInput`), without effect in 0.15.10", _DOCS, _READ),
    "crash": Cell(
        "exit code 1, a kill, a missing program and silence let the call through; our command turns each "
        "into exit code 2 with a reason",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_harmed_guard_blocks",
    ),
    "time-out": Cell(
        "the call goes through (60 s in our entries, in milliseconds); our own deadline of 25 s comes first",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_hook_that_never_ends_lets_the_call_through",
    ),
    "switched-off-by": Cell(
        "`disableAllHooks` in any settings, a project's included, also against the system's; `--bare`",
        _DOCS,
        _READ,
        f"{_E2E}::test_what_switches_hooks_off",
    ),
    "escape": Cell(
        "its settings files, and the hook's own files: each is STOP to write",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "answer": Cell(
        "the doctor finds the switches in every file; nothing in the client holds against `disableAllHooks`",
        _DOCS,
        _READ,
        f"{_E2E}::test_each_scope_holds",
    ),
}
