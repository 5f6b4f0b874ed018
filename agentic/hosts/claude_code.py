"""Claude Code on this machine: where its settings lie, which entries are ours, which client is there.

Settings files and their order: https://code.claude.com/docs/en/settings (checked 2026-11-21). Entries
of all files are merged by the client; ours never replace others.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentic.errors import quoted
from agentic.hosts import launcher
from agentic.hosts.edits import HookEntries, is_ours
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
from agentic.hosts.settings import read_settings
from agentic.places import Places

HOST = "claude-code"
TITLE = "Claude Code"
PROGRAMS: tuple[str, ...] = ("claude",)

SCOPES: tuple[Scope, ...] = ("user", "local", "project", "managed")

#: Seconds. The client's own default is ten minutes; hooks were seen killed at 10 to 15 s on busy
#: machines, and a hook that is killed lets the call through.
TIMEOUT_S = 60

#: event -> (matcher or empty, whether a failure can still block the call)
EVENTS: dict[str, tuple[str, bool]] = {
    "PreToolUse": ("*", True),
    "PermissionRequest": ("*", True),
    "PostToolUse": ("*", False),
    "PostToolUseFailure": ("*", False),
    "SessionStart": ("", False),
}

_NOT_COVERED = (
    "no hook sees: `claude --bare` and `--safe-mode` (they start no hooks), `@file` in a prompt, "
    "commands typed with `!`"
)
_MANAGED_LINUX = "/etc/claude-code"
_MANAGED_MACOS = "/Library/Application Support/ClaudeCode"


#: Source: the client's changelog and the runs of tests/e2e (checked 2026-11-21).
LACKS: tuple[Lack, ...] = (
    Lack(
        (2, 1, 214),
        "a hook that ends with exit code 2 and a JSON document may not block: do not rely on it alone",
    ),
    Lack(
        (2, 1, 211),
        "in permission mode `auto` a question may be answered without a person, so CONSULT is refused there",
    ),
    Lack(
        (2, 1, 295),
        "`onFailure` is unknown: a hook that runs into its time-out, or whose shell cannot start, "
        "lets the call through",
    ),
)


def settings_path(target: Target) -> str:
    """The settings file of one scope."""
    if target.scope == "user":
        return f"{_user_folder(target.places, target.environment)}/settings.json"
    if target.scope == "managed":
        return f"{target.managed_dir or managed_folder()}/managed-settings.json"
    name = "settings.local.json" if target.scope == "local" else "settings.json"
    return f"{target.root}/.claude/{name}"


def _user_folder(places: Places, environment: Mapping[str, str]) -> str:
    folder = environment.get("CLAUDE_CONFIG_DIR", "") or f"{places.home}/.claude"
    return folder.rstrip("/")


def is_used(places: Places, environment: Mapping[str, str]) -> bool:
    """Whether the client has a folder of this user's."""
    return os.path.isdir(_user_folder(places, environment))


def managed_folder() -> str:
    """Where this system keeps settings that users cannot change."""
    return _MANAGED_MACOS if sys.platform == "darwin" else _MANAGED_LINUX


def entries(target: Target) -> dict[str, dict[str, Any]]:
    """Event -> the one matcher group that we add to it. Shared files get the portable command."""
    found: dict[str, dict[str, Any]] = {}
    for event, (matcher, can_block) in EVENTS.items():
        command = _command(target, can_block=can_block)
        handler: dict[str, Any] = {"type": "command", "command": command, "timeout": TIMEOUT_S}
        if can_block:
            handler["onFailure"] = "block"
        group: dict[str, Any] = {"matcher": matcher} if matcher else {}
        found[event] = {**group, "hooks": [handler]}
    return found


def _command(target: Target, *, can_block: bool = True) -> str:
    """The command as one command: Cursor, which runs these hooks too, hangs the payload on its end.

    Source: `executeCommandScript` in @cursor/sdk 1.0.32 (checked 2026-11-21).
    """
    return f"{{ {launcher.command_for(target, HOST, can_block=can_block)}; }}"


def files(target: Target) -> tuple[HostFile, ...]:
    """The one settings file of the scope."""
    return (HostFile(settings_path(target), HookEntries(entries(target))),)


def commands(target: Target) -> tuple[str, ...]:
    """The command for calls."""
    return (_command(target),)


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """The settings files of every scope; plugins bring hooks of their own."""
    scopes = [scope for scope in SCOPES if target.root or scope not in {"local", "project"}]
    return tuple(LoadedFile(scope, settings_path(target._replace(scope=scope))) for scope in scopes)


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`."""
    payload = {
        "session_id": PROBE_SESSION,
        "transcript_path": "",
        "cwd": "/",
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": line},
        "tool_use_id": call_id,
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`."""
    if ran.status == 2:
        return ran.stderr.decode("utf-8", "replace").strip() or "exit 2 without a reason"
    if ran.status == 0 and not ran.stdout.strip():
        return "none"
    try:
        answer = json.loads(ran.stdout)["hookSpecificOutput"]["permissionDecision"]
    except (ValueError, KeyError, TypeError):
        return ran.stdout.decode("utf-8", "replace") or f"exit {ran.status}"
    return str(answer)


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    for file in loaded_files(target):
        yield from _switches(file)
        yield from _permissions(file, target)
    yield Finding("ok", f"{HOST}.client", _NOT_COVERED)


def _permissions(file: LoadedFile, target: Target) -> Iterator[Finding]:
    """What the settings let through without a question.

    Sources: https://code.claude.com/docs/en/permissions, https://code.claude.com/docs/en/settings
    (checked 2026-11-21)
    """
    check = f"{HOST}.permissions"
    found = _settings(read_settings(file.path)) or {}
    permissions = found.get("permissions")
    permissions = permissions if isinstance(permissions, dict) else {}
    if permissions.get("defaultMode") == "bypassPermissions":
        text = (
            f"`bypassPermissions` in {quoted(file.path, 300)}: the host itself asks about nothing"
        )
        yield Finding("warn", check, text, "set `permissions.defaultMode` to `default`")
    if found.get("skipDangerousModePermissionPrompt"):
        text = f"`skipDangerousModePermissionPrompt` in {quoted(file.path, 300)}: nobody is warned"
        yield Finding("warn", check, text, "take it out")
    allowed = permissions.get("allow")
    if isinstance(allowed, list) and allowed:
        from agentic.hosts.allow_lists import contradictions, judge_for

        yield from contradictions(check, file.path, allowed, judge_for(target))


def _settings(data: bytes | None) -> dict[str, Any] | None:
    """What a settings file holds, or None where it is no JSON object."""
    try:
        found = json.loads(data or b"{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _switches(file: LoadedFile) -> Iterator[Finding]:
    """Settings that switch hooks off, and what else hooks into tool calls."""
    check = f"{HOST}.switches"
    data = read_settings(file.path)
    found = _settings(data)
    if found is None:
        text = f"{quoted(file.path)} is not valid JSON, so the host may ignore it"
        yield Finding("fail", check, text, "mend it by hand")
        return
    if found.get("disableAllHooks"):
        text = f"`disableAllHooks` in {quoted(file.path)} switches agentic off"
        yield Finding("fail", check, text, "take it out")
    is_guarding = HookEntries({}).state(data, file.path) != "absent"
    if file.scope == "managed" and found.get("allowManagedHooksOnly") and not is_guarding:
        text = f"`allowManagedHooksOnly` in {quoted(file.path)} switches agentic off"
        mend = f"ask for `agentic hosts install {HOST} --scope managed`"
        yield Finding("fail", check, text, mend)
    others = [
        handler
        for group in found.get("hooks", {}).get("PreToolUse", [])
        for handler in group.get("hooks", [])
        if not is_ours(handler)
    ]
    if others:
        text = (
            f"{len(others)} other hooks before tool calls in {file.path}; "
            "theirs cannot undo a refusal"
        )
        yield Finding("ok", check, text)


def version_of(words: Sequence[str]) -> str:
    """The version in `2.1.329 (Claude Code)`."""
    return words[0] if words and words[0][:1].isdigit() else ""


_DOCS = "https://code.claude.com/docs/en/hooks"
_E2E = "tests/e2e/test_claude_code.py"
_READ = "2026-11-21"
CELLS: dict[str, Cell] = {
    "events": Cell(
        "`PreToolUse` and `PermissionRequest` before a call, `PostToolUse` and `PostToolUseFailure` "
        "after it, `SessionStart`; sub-agents' calls as well",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_sub_agents_calls_are_judged_one_by_one",
    ),
    "deny": Cell(
        "a JSON document with `permissionDecision: deny` and the reason, which the model reads",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_denied_command_leaves_nothing_and_the_model_is_told_why",
    ),
    "ask": Cell(
        "yes, its own dialog with our reason, in every permission mode at an attended terminal; "
        "under `claude -p` and the SDKs CONSULT is a block with the next step",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_question_appears_in_every_mode_that_the_table_names",
    ),
    "change-input": Cell("yes, `updatedInput` replaces the whole input", _DOCS, _READ),
    "crash": Cell(
        "exit code 1, a missing program and a kill let the call through; our command turns each into "
        "exit code 2, and `onFailure: block` (from 2.1.295) closes what a shell cannot",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_killed_hook_blocks",
    ),
    "time-out": Cell(
        "the call goes through (600 s where nothing is set, 60 s in our entries); closed by "
        "`onFailure: block`, and our own deadline of 25 s comes first",
        _DOCS,
        _READ,
    ),
    "switched-off-by": Cell(
        "`--bare`, `--safe-mode`, `disableAllHooks` in any settings but managed ones, "
        "`--setting-sources`; `--bare` drops managed hooks, too",
        _DOCS,
        _READ,
    ),
    "escape": Cell(
        "its settings files, plugins, and the hook's own files: each is STOP to write",
        _DOCS,
        _READ,
        f"{_E2E}::test_files_of_the_guard_cannot_be_written",
    ),
    "answer": Cell(
        "managed settings hold against projects and users; a harmed guard blocks",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_harmed_guard_blocks_everything",
    ),
}
