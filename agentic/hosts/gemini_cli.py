"""Gemini CLI on this machine: where its settings lie, what ours look like in them, what could switch us off.

Settings are JSON with comments; system settings win over a project's, a project's over a user's, and hooks
of all of them run. The client replaces `$NAME` and `${NAME:-…}` in every text of them before it is used.
Sources: https://geminicli.com/docs/reference/configuration, https://geminicli.com/docs/hooks and
https://geminicli.com/docs/cli/trusted-folders (checked 2026-11-21), and runs of 0.61.0.
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
from agentic.hosts.gemini_rules import rules_file
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
from agentic.hosts.opencode import rules as packaged_rules
from agentic.places import Places

HOST = "gemini-cli"
TITLE = "Gemini CLI"
PROGRAMS: tuple[str, ...] = ("gemini",)

SCOPES: tuple[Scope, ...] = ("user", "project", "managed")

#: Milliseconds. A hook that runs into it lets the call through; our own deadline of 25 s comes first.
TIMEOUT_MS = 60_000
#: The name by which `hooksConfig.disabled` knows our hooks.
NAME = "agentic"

#: event -> whether a failure can still block the call
EVENTS: dict[str, bool] = {"BeforeTool": True, "AfterTool": False, "SessionStart": False}

LACKS: tuple[Lack, ...] = (Lack((0, 61, 0), "what it does with our replies was not seen"),)

_MANAGED_LINUX = "/etc/gemini-cli"
_MANAGED_MACOS = "/Library/Application Support/GeminiCli"

#: Variables that change which settings count -> what they do.
SWITCHES: dict[str, str] = {
    "GEMINI_CLI_SYSTEM_SETTINGS_PATH": "puts another file in the place of the system's settings",
    "GEMINI_CLI_HOME": "puts another folder in the place of the user's",
}


def settings_path(target: Target) -> str:
    """The settings file of one scope."""
    if target.scope == "user":
        return f"{user_folder(target.places, target.environment)}/settings.json"
    if target.scope == "managed":
        return f"{target.managed_dir or managed_folder()}/settings.json"
    return f"{target.root}/.gemini/settings.json"


def user_folder(places: Places, environment: Mapping[str, str]) -> str:
    """The folder of this user's settings."""
    home = environment.get("GEMINI_CLI_HOME", "") or places.home
    return f"{home.rstrip('/')}/.gemini"


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
    """The settings file of the scope; the system's keeps hooks switched on and has rules behind it."""
    edit = HookEntries(entries(target), has_comments=True)
    if target.scope != "managed":
        return (HostFile(settings_path(target), edit),)
    edit = edit._replace(needed={"hooksConfig": {"enabled": True}})
    rules = f"{target.managed_dir or managed_folder()}/policies/agentic.toml"
    return (
        HostFile(settings_path(target), edit),
        HostFile(rules, rules_file(packaged_rules()), "rules"),
    )


def commands(target: Target) -> tuple[str, ...]:
    """The command for calls."""
    return (launcher.command_for(target, HOST),)


# --- does it answer


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`; a call has no id here, so each probe is described otherwise."""
    payload = {
        "session_id": PROBE_SESSION,
        "transcript_path": "",
        "cwd": "/",
        "hook_event_name": "BeforeTool",
        "timestamp": "2026-11-21T00:00:00.000Z",
        "tool_name": "run_shell_command",
        "tool_input": {"command": line, "description": call_id},
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`."""
    return verdict_of_text(ran)


def version_of(words: Sequence[str]) -> str:
    """The version in `0.61.0`."""
    return words[0] if words and words[0][:1].isdigit() else ""


# --- what stands against us


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """The settings of every scope, in the order in which they win; extensions bring hooks of their own."""
    scopes: list[Scope] = ["user", "project", "managed"]
    found = [
        LoadedFile(scope, settings_path(target._replace(scope=scope)))
        for scope in scopes
        if target.root or scope != "project"
    ]
    defaults = f"{target.managed_dir or managed_folder()}/system-defaults.json"
    extensions = f"{user_folder(target.places, target.environment)}/extensions"
    try:
        names = sorted(os.listdir(extensions))
    except OSError:
        names = []
    hooks = [LoadedFile("user", f"{extensions}/{name}/hooks/hooks.json") for name in names]
    return (LoadedFile("managed", defaults), *found, *hooks)


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    for name, effect in SWITCHES.items():
        if target.environment.get(name):
            yield Finding("warn", f"{HOST}.switches", f"`{name}` is set: it {effect}", "unset it")
    found = [read_values(file) for file in loaded_files(target)]
    for values in found:
        yield from broken(values, f"{HOST}.settings", "the client stops at it or goes without it")
        yield from exposed(values.file.path, f"{HOST}.permissions")
        yield from _switches(values)
        yield from _bypasses(values)
    yield from _trust(target, found)
    yield Finding(
        "ok", f"{HOST}.client", "no hook sees: commands typed with `!`, `@file` in a prompt"
    )


def _switches(found: Values) -> Iterator[Finding]:
    """Settings that switch hooks off, all of them or ours by its name."""
    check, path = f"{HOST}.switches", quoted(found.file.path, 300)
    if inside(found.values, "hooksConfig", "enabled") is False:
        yield Finding(
            "fail", check, f"`hooksConfig.enabled` in {path} switches hooks off", "take it out"
        )
    disabled = inside(found.values, "hooksConfig", "disabled")
    if isinstance(disabled, list) and NAME in disabled:
        text = (
            f"`hooksConfig.disabled` in {path} switches agentic off, also in the system's settings"
        )
        yield Finding("fail", check, text, f"take `{NAME}` out of it")


def _bypasses(found: Values) -> Iterator[Finding]:
    """Settings under which the client asks for nothing; a refusal of ours holds all the same."""
    check, path = f"{HOST}.bypass", quoted(found.file.path, 300)
    mode = inside(found.values, "general", "defaultApprovalMode")
    if mode in {"yolo", "auto_edit"}:
        text = (
            f"{path} starts the client in mode {quoted(mode)}: only agentic's refusals hold there"
        )
        yield Finding("warn", check, text, "take `general.defaultApprovalMode` out")
    allowed = inside(found.values, "tools", "allowed")
    if isinstance(allowed, list) and any("shell" in str(tool).lower() for tool in allowed):
        text = f"`tools.allowed` in {path} lets shell commands run without the client's question"
        yield Finding("warn", check, text, "take the shell out of it")


def _trust(target: Target, found: Sequence[Values]) -> Iterator[Finding]:
    """A project's hooks do not run in a folder that is not trusted; the user's and the system's do."""
    ours = [values.file.scope for values in found if values.is_ours]
    if ours != ["project"]:
        return
    trusted = f"{user_folder(target.places, target.environment)}/trustedFolders.json"
    folders = read_values(LoadedFile("user", trusted)).values
    if folders.get(target.root) == "TRUST_FOLDER":
        yield Finding("ok", f"{HOST}.trust", f"the client trusts {target.root}")
        return
    text = "only the project's settings hold agentic, and the client runs their hooks in trusted folders only"
    yield Finding("warn", f"{HOST}.trust", text, f"`agentic hosts install {HOST}`")


_DOCS = "https://geminicli.com/docs/hooks/reference"
_E2E = "tests/e2e/test_gemini_cli.py"
_READ = "2026-11-21"
CELLS: dict[str, Cell] = {
    "events": Cell(
        "BeforeTool and AfterTool for every tool, MCP and sub-agents' calls as well; SessionStart for the "
        "short rules; there is no event before the client's own question",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "deny": Cell(
        "exit code 2 with the reason on standard error: noise on standard output cannot undo it, as it "
        "does with a JSON refusal",
        _DOCS,
        _READ,
        f"{_E2E}::test_noise_does_not_undo_a_refusal",
    ),
    "ask": Cell(
        "a hook's `ask` shows a question at a terminal and hangs where nobody is there; nothing tells a "
        "hook which it is, so CONSULT is a block with the next step",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "change-input": Cell("yes, `hookSpecificOutput.tool_input` is merged into it", _DOCS, _READ),
    "crash": Cell(
        "exit code 1, a kill and silence let the call through, a missing program blocks by the shell's own "
        "complaint; our command turns each into exit code 2 with a reason",
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
        "`hooksConfig.enabled: false` in a user's or project's settings (the system's `true` wins over it) "
        "and `hooksConfig.disabled` with our name, also against the system's settings",
        _DOCS,
        _READ,
        f"{_E2E}::test_what_switches_hooks_off",
    ),
    "escape": Cell(
        "its settings files and extensions, and the hook's own files: each is STOP to write",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "answer": Cell(
        "user settings hold in every folder, trusted or not; managed scope adds rules to the client's own "
        "policy engine, which hold where the hook is switched off; the doctor finds both switches",
        "https://geminicli.com/docs/reference/policy-engine",
        _READ,
        f"{_E2E}::test_rules_hold_where_the_hook_is_switched_off",
    ),
}
