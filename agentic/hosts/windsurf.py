"""Windsurf on this machine: its hooks files, which entries are ours, what stands against us.

Hooks of all files run, those of the system first; a refusal of any of them blocks.

Files and format: https://docs.windsurf.com/windsurf/cascade/hooks.md (checked 2026-11-21).
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentic.errors import InvalidDocument, quoted
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
from agentic.json_text import parsed
from agentic.places import Places

HOST = "windsurf"
TITLE = "Windsurf"
PROGRAMS: tuple[str, ...] = ("windsurf",)
SCOPES: tuple[Scope, ...] = ("user", "project", "managed")
LACKS: tuple[Lack, ...] = ()

#: event -> whether a failure can still block the action
EVENTS: dict[str, bool] = {
    "pre_run_command": True,
    "pre_write_code": True,
    "pre_read_code": True,
    "pre_mcp_tool_use": True,
    "post_run_command": False,
    "post_write_code": False,
    "post_read_code": False,
    "post_mcp_tool_use": False,
}

_MANAGED_LINUX = "/etc/windsurf"
_MANAGED_MACOS = "/Library/Application Support/Windsurf"
_AUTO_RUN = "// turbo"

_NOT_COVERED = (
    "no hook sees: web searches, what is read to answer a prompt, and hooks of the dashboard"
)


def hooks_path(target: Target) -> str:
    """The hooks file of one scope."""
    if target.scope == "managed":
        managed = _MANAGED_MACOS if sys.platform == "darwin" else _MANAGED_LINUX
        return f"{target.managed_dir or managed}/hooks.json"
    if target.scope == "project":
        return f"{target.root}/.windsurf/hooks.json"
    return f"{target.places.home}/.codeium/windsurf/hooks.json"


def is_used(places: Places, environment: Mapping[str, str]) -> bool:
    """Whether the client has a folder of this user's."""
    return os.path.isdir(f"{places.home}/.codeium/windsurf")


def entries(target: Target) -> dict[str, dict[str, Any]]:
    """Event -> the one entry that we add to it; a refusal is shown to the person."""
    return {
        event: {"command": _command(target, can_block=can_block), "show_output": can_block}
        for event, can_block in EVENTS.items()
    }


def _command(target: Target, *, can_block: bool = True) -> str:
    """The command as one simple command, whatever shell the client takes for it."""
    command = launcher.command_for(target, HOST, can_block=can_block)
    return f"exec /bin/sh -c {shlex.quote(command)}"


def files(target: Target) -> tuple[HostFile, ...]:
    """The one hooks file of the scope."""
    return (HostFile(hooks_path(target), HookEntries(entries(target), is_grouped=False)),)


def commands(target: Target) -> tuple[str, ...]:
    """The command for calls."""
    return (_command(target),)


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """The hooks files of every scope, in the order in which they run."""
    scopes: tuple[Scope, ...] = (
        ("managed", "user", "project") if target.root else ("managed", "user")
    )
    return tuple(LoadedFile(scope, hooks_path(target._replace(scope=scope))) for scope in scopes)


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`; a call has no id here, so each probe is a turn of its own."""
    payload = {
        "agent_action_name": "pre_run_command",
        "trajectory_id": f"{PROBE_SESSION}-{call_id}",
        "execution_id": call_id,
        "timestamp": "2026-11-21T00:00:00Z",
        "tool_info": {"command_line": line, "cwd": "/"},
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`; a refusal is told from a broken guard by its reason."""
    told = ran.stderr.decode("utf-8", "replace").strip()
    if ran.status == 2:
        return "deny" if told.startswith("[AGENT MODE: ") else told or "exit 2 without a reason"
    return "none" if ran.status == 0 else told or f"exit {ran.status}, which lets the action go on"


def version_of(words: Sequence[str]) -> str:
    """The version in what `windsurf --version` prints first: `1.13.5`."""
    return words[0] if words and words[0][:1].isdigit() else ""


# --- what stands against us


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    for file in loaded_files(target):
        yield from _hooks_findings(file)
    yield from _auto_run(target)
    yield Finding("ok", f"{HOST}.client", _NOT_COVERED)


def _hooks_findings(file: LoadedFile) -> Iterator[Finding]:
    check = f"{HOST}.hooks"
    data = read_settings(file.path)
    if data is None:
        return
    shown = quoted(file.path, 300)
    try:
        found = parsed(data.decode("utf-8-sig"), "the file").value
    except (InvalidDocument, UnicodeDecodeError):
        yield Finding(
            "fail", check, f"{shown} is not valid JSON, so its hooks do not run", "mend it by hand"
        )
        return
    hooks = found.get("hooks", {}) if isinstance(found, dict) else {}
    if not isinstance(hooks, dict):
        return
    rows = [hooks.get(event, []) for event, can_block in EVENTS.items() if can_block]
    others = [entry for row in rows if isinstance(row, list) for entry in row if not is_ours(entry)]
    if others:
        text = f"{len(others)} other hooks before actions in {shown}; theirs cannot undo a refusal"
        yield Finding("ok", check, text)


def _auto_run(target: Target) -> Iterator[Finding]:
    """Workflows whose steps are marked to run without the client's own question."""
    if not target.root:
        return
    for folder in (".windsurf/workflows", ".agent/workflows"):
        path = f"{target.root}/{folder}"
        names = sorted(os.listdir(path)) if os.path.isdir(path) else []
        for name in names:
            data = read_settings(f"{path}/{name}") if name.endswith(".md") else None
            marks = (data or b"").decode("utf-8", "replace").count(_AUTO_RUN)
            if marks:
                text = f"{marks} steps in {quoted(f'{folder}/{name}')} run without the client's own question"
                mend = "the hook judges them all the same; take the marks out to be asked, too"
                yield Finding("warn", f"{HOST}.auto-run", text, mend)


_DOCS = "https://docs.windsurf.com/windsurf/cascade/hooks.md"
_READ = "2026-11-21"

CELLS: dict[str, Cell] = {
    "events": Cell(
        "`pre_run_command`, `pre_write_code`, `pre_read_code` and `pre_mcp_tool_use` before an action, "
        "their `post_` events after it; no session start, no sub-agents, no web searches",
        _DOCS,
        _READ,
    ),
    "deny": Cell(
        "exit code 2 with the reason on standard error, which the agent reads", _DOCS, _READ
    ),
    "ask": Cell(
        "no: a hook answers with its exit code alone; CONSULT is a block with the next step",
        _DOCS,
        _READ,
    ),
    "change-input": Cell("no", _DOCS, _READ),
    "crash": Cell(
        "any exit code but 2 lets the action go on; our command turns every failure into exit code 2",
        _DOCS,
        _READ,
    ),
    "time-out": Cell(
        "not documented; our own deadline of 25 s ends the hook with a refusal", _DOCS, _READ
    ),
    "switched-off-by": Cell(
        "whoever edits the hooks files of user and workspace; a file that is not valid JSON",
        _DOCS,
        _READ,
    ),
    "escape": Cell(
        "`.windsurf/hooks.json`, `~/.codeium/windsurf/hooks.json` and the hook's own files: each is STOP to "
        "write",
        _DOCS,
        _READ,
    ),
    "answer": Cell(
        "a hooks file of the system runs first and is its administrator's; doctor names steps of workflows "
        "that are marked to run without a question",
        _DOCS,
        _READ,
    ),
}
