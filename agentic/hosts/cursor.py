"""Cursor on this machine: its hooks files, which entries are ours, what stands against us.

Hooks of all files run and the strictest answer counts; ours never replace others. One event that a version
does not know, or one bad entry, makes the client skip the whole file without a word.

Files and format: https://cursor.com/docs/hooks.md and the loader in @cursor/sdk 1.0.32 (checked 2026-11-21).
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentic.errors import AgenticError, quoted
from agentic.hosts import cursor_facts, launcher
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
    handler_command,
)
from agentic.hosts.settings import read_settings
from agentic.json_text import parsed, without_comments
from agentic.places import Places

HOST = "cursor"
TITLE = "Cursor"
PROGRAMS: tuple[str, ...] = ("cursor", "cursor-agent")
SCOPES: tuple[Scope, ...] = ("user", "project", "managed")
CELLS: dict[str, Cell] = cursor_facts.CELLS
LACKS: tuple[Lack, ...] = cursor_facts.LACKS

#: Seconds; what the client's own default is, too.
TIMEOUT_S = 60

#: event -> whether a failure can still block the call
EVENTS: dict[str, bool] = {
    "preToolUse": True,
    "beforeShellExecution": True,
    "beforeMCPExecution": True,
    "beforeReadFile": True,
    "beforeTabFileRead": True,
    "subagentStart": True,
    "postToolUse": False,
    "postToolUseFailure": False,
    "afterMCPExecution": False,
    "sessionStart": False,
}
#: Every event of the client; it skips a file that names another.
KNOWN_EVENTS = frozenset(EVENTS) | frozenset(
    """sessionEnd subagentStop afterShellExecution afterFileEdit afterTabFileEdit beforeSubmitPrompt
    preCompact stop afterAgentResponse afterAgentThought workspaceOpen""".split()
)

_MANAGED_LINUX = "/etc/cursor"
_MANAGED_MACOS = "/Library/Application Support/Cursor"

_NOT_COVERED = (
    "no hook sees what is typed into a program that runs already and what is clicked on a screen: both are "
    "refused; team hooks come from the dashboard"
)


def hooks_path(target: Target) -> str:
    """The hooks file of one scope."""
    if target.scope == "managed":
        managed = _MANAGED_MACOS if sys.platform == "darwin" else _MANAGED_LINUX
        return f"{target.managed_dir or managed}/hooks.json"
    folder = target.root if target.scope == "project" else target.places.home
    return f"{folder}/.cursor/hooks.json"


def is_used(places: Places, environment: Mapping[str, str]) -> bool:
    """Whether the client has a folder of this user's."""
    return os.path.isdir(f"{places.home}/.cursor")


def entries(target: Target) -> dict[str, dict[str, Any]]:
    """Event -> the one entry that we add to it; without a matcher it is for every tool."""
    found: dict[str, dict[str, Any]] = {}
    for event, can_block in EVENTS.items():
        entry = {"command": _command(target, can_block=can_block), "timeout": TIMEOUT_S}
        found[event] = {**entry, "failClosed": True} if can_block else entry
    return found


def _command(target: Target, *, can_block: bool = True) -> str:
    """The command as one simple command: the client hangs a here-document with the payload on its end.

    Source: `executeCommandScript` in @cursor/sdk 1.0.32 (checked 2026-11-21).
    """
    command = launcher.command_for(target, HOST, can_block=can_block)
    return f"exec /bin/sh -c {shlex.quote(command)}"


def files(target: Target) -> tuple[HostFile, ...]:
    """The one hooks file of the scope."""
    wanted = entries(target)
    edit = HookEntries(wanted, is_grouped=False, needed={"version": 1}, has_comments=True)
    return (HostFile(hooks_path(target), edit),)


def commands(target: Target) -> tuple[str, ...]:
    """The command for calls."""
    return (_command(target),)


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """Its own files, and Claude Code's, whose hooks it takes over; plugins bring hooks of their own."""
    scopes = [
        scope for scope in ("managed", "project", "user") if target.root or scope != "project"
    ]
    found = [LoadedFile(s, hooks_path(target._replace(scope=_scope(s)))) for s in scopes]
    if target.root:
        local, shared = (f"{target.root}/.claude/settings{end}" for end in (".local.json", ".json"))
        found += [LoadedFile("local", local, "claude-code")]
        found += [LoadedFile("project", shared, "claude-code")]
    found += [LoadedFile("user", f"{target.places.home}/.claude/settings.json", "claude-code")]
    return tuple(found)


def _scope(name: str) -> Scope:
    return next(scope for scope in SCOPES if scope == name)


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`."""
    payload = {
        "hook_event_name": "preToolUse",
        "conversation_id": PROBE_SESSION,
        "generation_id": PROBE_SESSION,
        "model": "",
        "cursor_version": "",
        "workspace_roots": ["/"],
        "tool_name": "Shell",
        "tool_input": {"command": line, "cwd": "/"},
        "tool_use_id": call_id,
        "cwd": "/",
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`; `allow` is the client's way to say nothing."""
    told = ran.stdout.decode("utf-8", "replace").strip()
    if ran.status == 2:
        return told or ran.stderr.decode("utf-8", "replace").strip() or "exit 2 without a reason"
    try:
        permission = json.loads(told)["permission"]
    except (ValueError, KeyError, TypeError):
        return told or f"exit {ran.status} without a reply"
    return "none" if permission == "allow" and ran.status == 0 else str(permission)


def version_of(words: Sequence[str]) -> str:
    """The version in what `cursor --version` prints first: `2.6.11`."""
    return words[0] if words and words[0][:1].isdigit() else ""


# --- what stands against us


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    for file in loaded_files(target):
        if file.owner:
            yield from _imported(file)
        else:
            yield from _own(file)
    yield from _auto_run(target)
    yield Finding("ok", f"{HOST}.client", _NOT_COVERED)


def _own(file: LoadedFile) -> Iterator[Finding]:
    """What makes the client skip a hooks file, and what else hooks into tool calls."""
    check = f"{HOST}.hooks"
    data = read_settings(file.path)
    if data is None:
        return
    shown = quoted(file.path, 300)
    try:
        found = _document(data)
    except (AgenticError, UnicodeDecodeError):
        text = f"{shown} is not valid JSON, so the client skips it without a word"
        yield Finding("fail", check, text, "mend it by hand")
        return
    hooks = found.get("hooks")
    if not isinstance(found.get("version"), int) or not isinstance(hooks, dict):
        text = f"{shown} has no `version` or no `hooks`, so the client skips it without a word"
        yield Finding("fail", check, text, "mend it by hand")
        return
    unknown = sorted(set(hooks) - KNOWN_EVENTS)
    if unknown:
        text = f"{shown} names the event {quoted(unknown[0])}, so the client skips the whole file"
        yield Finding("fail", check, text, "take it out, or update the client")
    entries = [entry for event in EVENTS for entry in hooks.get(event, ()) if not is_ours(entry)]
    if entries:
        text = f"{len(entries)} other hooks in {shown}; theirs cannot undo a refusal"
        yield Finding("ok", check, text)


def _document(data: bytes) -> dict[str, Any]:
    found = parsed(without_comments(data.decode("utf-8-sig")), "the file").value
    return found if isinstance(found, dict) else {}


def _imported(file: LoadedFile) -> Iterator[Finding]:
    """Our hook in Claude Code's settings, which the client runs too, without `failClosed`."""
    data = read_settings(file.path)
    if data is None or not _has_ours(data):
        return
    text = (
        f"Cursor also runs the hook for Claude Code in {quoted(file.path, 300)}; it judges MCP calls "
        "without their server, so some wait for a person that need not"
    )
    yield Finding("ok", f"{HOST}.imported", text)


def _has_ours(data: bytes) -> bool:
    try:
        hooks = _document(data).get("hooks", {})
    except (AgenticError, UnicodeDecodeError):
        return False
    groups = hooks.get("PreToolUse", []) if isinstance(hooks, dict) else []
    handlers = [h for group in groups if isinstance(group, dict) for h in group.get("hooks", [])]
    return any(is_ours(handler) for handler in handlers if handler_command(handler))


def _auto_run(target: Target) -> Iterator[Finding]:
    """Settings of the command line client that let calls run without its own question."""
    check = f"{HOST}.auto-run"
    paths = [f"{target.places.home}/.cursor/cli-config.json"]
    paths += [f"{target.root}/.cursor/cli.json"] if target.root else []
    for path in paths:
        data = read_settings(path)
        if data is None:
            continue
        try:
            found = _document(data)
        except (AgenticError, UnicodeDecodeError):
            yield Finding(
                "warn", check, f"{quoted(path, 300)} is not valid JSON", "mend it by hand"
            )
            continue
        permissions = found.get("permissions", {})
        allowed = permissions.get("allow", []) if isinstance(permissions, dict) else []
        wide = [rule for rule in allowed if isinstance(rule, str) and _is_wide(rule)]
        if wide:
            text = f"{quoted(wide[0])} in {quoted(path, 300)} takes the client's own question away"
            yield Finding("warn", check, text, "name the commands that need no question")
        if found.get("approvalMode") in {"unrestricted", "auto"}:
            text = (
                f"`approvalMode` in {quoted(path, 300)} lets every call run; the hook alone is left"
            )
            yield Finding("warn", check, text, 'set `"approvalMode": "allowlist"`')


def _is_wide(rule: str) -> bool:
    """Whether a rule of the client's allow list stands for programs that can do anything."""
    inner = rule.partition("(")[2].rstrip(")").strip()
    return inner in {"*", "**", "**/*", "sh", "bash", "zsh", "sudo", "python", "python3", "node"}
