"""GitHub Copilot on this machine: its command line, its coding agent and VS Code, and their hook files.

The command line runs the hooks of every file that it finds: machine-wide policy, the user's, the
repository's, also those for Claude Code. The coding agent and VS Code read the repository's. Sources:
https://docs.github.com/en/copilot/reference/hooks-reference and
https://code.visualstudio.com/docs/agent-customization/hooks (checked 2026-11-21), and runs of 1.0.102.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentic.errors import quoted
from agentic.hosts import launcher
from agentic.hosts.copilot_facts import CELLS as CELLS  # noqa: PLC0414 - part of the contract `Host`
from agentic.hosts.edits import HookEntries
from agentic.hosts.exposed import exposed
from agentic.hosts.interface import (
    PROBE_SESSION,
    Finding,
    HostFile,
    Lack,
    LoadedFile,
    Probe,
    Ran,
    Scope,
    Target,
)
from agentic.hosts.json_files import Values, broken, files_in, inside, read_values, verdict_of_text
from agentic.places import Places

HOST = "copilot"
TITLE = "GitHub Copilot"
PROGRAMS: tuple[str, ...] = ("copilot",)

SCOPES: tuple[Scope, ...] = ("user", "local", "project", "managed")

#: Seconds (the client's own default is 30). A hook that runs into it lets the call through, whatever the
#: scope; our own deadline of 25 s comes first.
TIMEOUT_S = 60
FILE = "agentic.json"

#: event, in the spelling that brings the command line's own payload -> whether a failure can still block
EVENTS: dict[str, bool] = {
    "preToolUse": True,
    "permissionRequest": True,
    "postToolUse": False,
    "postToolUseFailure": False,
    "sessionStart": False,
}

LACKS: tuple[Lack, ...] = (
    Lack((1, 0, 102), "what it does with our replies was not seen, so CONSULT is refused"),
)

_POLICY_FOLDER = "/etc/github-copilot/policy.d"
#: Settings of VS Code under which its agent asks for nothing, or runs no hooks -> the value that does so.
_EDITOR_SWITCHES: dict[str, tuple[object, str]] = {
    "chat.useHooks": (False, "switches hooks off"),
    "chat.tools.global.autoApprove": (True, "lets every tool run without a question"),
    "chat.tools.autoApprove": (True, "lets every tool run without a question"),
}


def user_folder(places: Places, environment: Mapping[str, str]) -> str:
    """The folder of this user's settings."""
    return (environment.get("COPILOT_HOME", "") or f"{places.home}/.copilot").rstrip("/")


def is_used(places: Places, environment: Mapping[str, str]) -> bool:
    """Whether the client has a folder of this user's."""
    return os.path.isdir(user_folder(places, environment))


def hooks_path(target: Target) -> str:
    """The file of one scope that holds our hooks."""
    if target.scope == "user":
        return f"{user_folder(target.places, target.environment)}/hooks/{FILE}"
    if target.scope == "managed":
        return f"{target.managed_dir or _POLICY_FOLDER}/{FILE}"
    if target.scope == "local":
        return f"{target.root}/.github/copilot/settings.local.json"
    return f"{target.root}/.github/hooks/{FILE}"


# --- what installing writes


def entries(target: Target) -> dict[str, dict[str, Any]]:
    """Event -> our handler. `timeout` is for VS Code, which does not know `timeoutSec`."""
    return {
        event: {
            "type": "command",
            "command": _command(target, event),
            "timeoutSec": TIMEOUT_S,
            "timeout": TIMEOUT_S,
        }
        for event in EVENTS
    }


def _command(target: Target, event: str) -> str:
    """The payload that this spelling brings does not name its event, so the command does."""
    options = ("--event", event)
    return launcher.command_for(target, HOST, options=options, can_block=EVENTS[event])


def files(target: Target) -> tuple[HostFile, ...]:
    """A hooks file of our own; a clone's own hooks stand in its local settings."""
    needed = {} if target.scope == "local" else {"version": 1}
    edit = HookEntries(entries(target), is_grouped=False, needed=needed)
    return (HostFile(hooks_path(target), edit),)


def commands(target: Target) -> tuple[str, ...]:
    """The command for calls."""
    return (_command(target, "preToolUse"),)


# --- does it answer


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`; a call has no id here, so each probe is described otherwise."""
    payload = {
        "sessionId": PROBE_SESSION,
        "timestamp": 1_795_219_200_000,
        "cwd": "/",
        "toolName": "bash",
        "toolArgs": {"command": line, "description": call_id},
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`: a refusal is exit code 2 and a document that says the same."""
    try:
        answer = inside(json.loads(ran.stdout), "permissionDecision")
    except ValueError:
        answer = None
    if (ran.status, answer) in {(2, "deny"), (0, "allow"), (0, "ask")}:
        return str(answer)
    return "refused without a reason for the model" if _is_mute(ran) else verdict_of_text(ran)


def _is_mute(ran: Ran) -> bool:
    """Whether it refuses, but the client would show the model no reason."""
    return ran.status == 2 and ran.stderr.startswith(b"[AGENT MODE: ")


def version_of(words: Sequence[str]) -> str:
    """The version in `GitHub Copilot CLI 1.0.102.`."""
    told = [word.rstrip(".") for word in words if word[:1].isdigit()]
    return told[0] if told else ""


# --- what stands against us


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """Every hook file, in the client's own order: policy, user, repository, Claude Code's settings."""
    policy = target.managed_dir or _POLICY_FOLDER
    user = user_folder(target.places, target.environment)
    found = files_in(policy, "managed")
    found += [*files_in(f"{user}/hooks", "user"), LoadedFile("user", f"{user}/settings.json")]
    if target.root:
        found += files_in(f"{target.root}/.github/hooks", "project")
        for name, scope in (("settings.json", "project"), ("settings.local.json", "local")):
            found.append(LoadedFile(scope, f"{target.root}/.github/copilot/{name}"))
        for name, scope in (("settings.json", "project"), ("settings.local.json", "local")):
            found.append(LoadedFile(scope, f"{target.root}/.claude/{name}", "claude-code"))
    expected = [hooks_path(target._replace(scope=scope)) for scope in _scopes(target)]
    known = {file.path for file in found}
    missing = zip(_scopes(target), expected, strict=True)
    return (*found, *(LoadedFile(scope, path) for scope, path in missing if path not in known))


def _scopes(target: Target) -> list[Scope]:
    return [scope for scope in SCOPES if target.root or scope not in {"local", "project"}]


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    found = [read_values(file) for file in loaded_files(target)]
    for values in found:
        yield from broken(values, f"{HOST}.settings", "the client ignores it without a word")
        yield from exposed(values.file.path, f"{HOST}.permissions")
        yield from _switches(values)
        if values.file.scope == "managed" and values.is_ours:
            yield from _policy_file(values.file.path, is_default=not target.managed_dir)
    yield from _trust(target, found)
    if target.environment.get("COPILOT_ALLOW_ALL", "").lower() == "true":
        text = "`COPILOT_ALLOW_ALL` lets every tool run without the client's question"
        yield Finding("warn", f"{HOST}.bypass", text, "unset it")
    yield from _editor(target)
    text = "no hook sees: commands typed with `!`; the coding agent runs only what the repository holds"
    yield Finding("ok", f"{HOST}.client", text)


def _switches(found: Values) -> Iterator[Finding]:
    """`disableAllHooks`: in a repository's settings it drops the user's hooks as well, in a file its own."""
    if not found.values.get("disableAllHooks") or found.file.scope == "managed":
        return
    path = quoted(found.file.path, 300)
    if found.file.scope == "user" and not found.is_ours:
        return  # it was seen to switch nothing of ours off
    yield Finding(
        "fail",
        f"{HOST}.switches",
        f"`disableAllHooks` in {path} switches agentic off",
        "take it out",
    )


def _policy_file(path: str, *, is_default: bool) -> Iterator[Finding]:
    """The client ignores a policy file that is not root's, or that others may write."""
    try:
        status = os.stat(path)
    except OSError:
        return
    if status.st_mode & 0o022 or (is_default and status.st_uid != 0):
        text = (
            f"{quoted(path, 300)} must be root's, and nobody else's to write: the client ignores it"
        )
        yield Finding("fail", f"{HOST}.managed", text, f"`chown root {path}; chmod go-w {path}`")


def _trust(target: Target, found: Sequence[Values]) -> Iterator[Finding]:
    """A repository's hooks run in trusted folders only; the user's and the machine's always do."""
    ours = {values.file.scope for values in found if values.is_ours and not values.file.owner}
    if not ours or ours & {"user", "managed"}:
        return
    user = user_folder(target.places, target.environment)
    for name in ("config.json", "settings.json"):
        values = read_values(LoadedFile("user", f"{user}/{name}")).values
        trusted = values.get("trusted_folders") or values.get("trustedFolders") or []
        if isinstance(trusted, list) and target.root in trusted:
            yield Finding("ok", f"{HOST}.trust", f"the client trusts {target.root}")
            return
    text = "only the repository's files hold agentic, and the client runs their hooks in trusted folders only"
    yield Finding("warn", f"{HOST}.trust", text, f"`agentic hosts install {HOST}`")


def _editor(target: Target) -> Iterator[Finding]:
    """What the workspace's settings of VS Code say against us."""
    if not target.root:
        return
    found = read_values(LoadedFile("project", f"{target.root}/.vscode/settings.json"))
    path = quoted(found.file.path, 300)
    for name, (value, effect) in _EDITOR_SWITCHES.items():
        if found.values.get(name) is value:
            yield Finding("warn", f"{HOST}.editor", f"`{name}` in {path} {effect}", "take it out")
    places = found.values.get("chat.hookFilesLocations")
    if isinstance(places, dict) and places.get(".github/hooks") is False:
        text = f"`chat.hookFilesLocations` in {path} leaves the repository's hooks out"
        yield Finding("warn", f"{HOST}.editor", text, "take `.github/hooks` out of it")
    approved = found.values.get("chat.tools.terminal.autoApprove")
    if isinstance(approved, dict) and any(value is True for value in approved.values()):
        text = f"`chat.tools.terminal.autoApprove` in {path} lets commands run without a question"
        yield Finding("warn", f"{HOST}.editor", text, "compare it with `agentic check`")
