"""Codex on this machine: its hooks, the pins without which it skips them, what stands against us.

Hooks of every layer are merged by the client; ours never replace others. They are run by the user's own
login shell, so that the command brings its own.

Files and trust: https://developers.openai.com/codex/hooks.md; managed files:
https://developers.openai.com/codex/enterprise/managed-configuration (checked 2026-11-21).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentic.errors import AgenticError, Unavailable, quoted
from agentic.hosts import codex_facts, launcher
from agentic.hosts.codex_trust import Listed, listed_hooks, pins, snake
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
from agentic.hosts.toml_edits import TomlHooks, TomlTables, document_of
from agentic.places import Places

HOST = "codex"
TITLE = "Codex"
PROGRAMS: tuple[str, ...] = ("codex",)
SCOPES: tuple[Scope, ...] = ("user", "project", "managed")
LACKS: tuple[Lack, ...] = ()
CELLS: dict[str, Cell] = codex_facts.CELLS

#: Where the desktop app carries the same program, for those who have no other.
_APP_FOLDER = "/Applications/Codex.app/Contents/Resources"

#: Seconds. The client's own default is ten minutes; a hook that is killed lets the call through.
TIMEOUT_S = 60

#: event -> (matcher or empty, whether a failure can still block the call)
EVENTS: dict[str, tuple[str, bool]] = {
    "PreToolUse": ("*", True),
    "PermissionRequest": ("*", True),
    "PostToolUse": ("*", False),
    "SessionStart": ("", False),
}

_MANAGED_FOLDER = "/etc/codex"
_HOOKS_NEEDED: dict[tuple[str, ...], Any] = {("features", "hooks"): True}

_NOT_COVERED = (
    "no hook sees: web searches of the provider, text typed into a program that runs already "
    "(`write_stdin`), commands typed with `!`"
)


def codex_home(target: Target) -> str:
    """The user's folder of the client."""
    folder = target.environment.get("CODEX_HOME", "") or f"{target.places.home}/.codex"
    return folder.rstrip("/")


def hooks_path(target: Target) -> str:
    """The file that holds the hooks of one scope."""
    if target.scope == "managed":
        return f"{target.managed_dir or _MANAGED_FOLDER}/requirements.toml"
    if target.scope == "project":
        return f"{target.root}/.codex/hooks.json"
    return f"{codex_home(target)}/hooks.json"


def config_path(target: Target) -> str:
    """The user's settings, where the client also keeps what it trusts."""
    return f"{codex_home(target)}/config.toml"


def is_used(places: Places, environment: Mapping[str, str]) -> bool:
    """Whether the client has a folder of this user's."""
    return os.path.isdir(codex_home(Target("user", "", places, environment)))


def entries(target: Target) -> dict[str, dict[str, Any]]:
    """Event -> the one matcher group that we add to it."""
    found: dict[str, dict[str, Any]] = {}
    for event, (matcher, can_block) in EVENTS.items():
        handler = {
            "type": "command",
            "command": _command(target, can_block=can_block),
            "timeout": TIMEOUT_S,
        }
        group: dict[str, Any] = {"matcher": matcher} if matcher else {}
        found[event] = {**group, "hooks": [handler]}
    return found


def _command(target: Target, *, can_block: bool = True) -> str:
    """The command in a shell of its own: the client takes the user's, which may be fish."""
    command = launcher.command_for(target, HOST, can_block=can_block)
    return f"exec /bin/sh -c {shlex.quote(command)}"


def files(target: Target) -> tuple[HostFile, ...]:
    """The hooks of the scope; for the user's own the pins by which the client runs them."""
    path = hooks_path(target)
    if target.scope == "managed":
        return (HostFile(path, TomlHooks(entries(target), _HOOKS_NEEDED)),)
    hooks = HostFile(path, HookEntries(entries(target)))
    if target.scope == "project":
        return (hooks,)
    return hooks, HostFile(config_path(target), _trust(target), "trust")


def _trust(target: Target) -> TomlTables:
    """The pins of the user's hooks, as they will stand once ours are in the file."""
    wanted, path = entries(target), hooks_path(target)
    named = f"{os.path.realpath(os.path.dirname(path))}/{os.path.basename(path)}"

    def pinned(program: str | None) -> dict[str, dict[str, str | None]]:
        text = HookEntries(wanted).applied(read_settings(path), path)
        search = target.environment.get("PATH", os.defpath)
        return pins(json.loads(text.decode("utf-8-sig"))["hooks"], wanted, named, program, search)

    return TomlTables(
        ("hooks", "state"),
        lambda: pinned(None),
        lambda: pinned(_program(target)),
        Unavailable(
            "codex.trust",
            "Codex skips a hook that it has not pinned, and only its own program tells the pin",
            f"put `codex` on PATH (its app has it in {_APP_FOLDER}), or use `--scope managed`",
        ),
        lambda key, value: key == "enabled" and value is True,
    )


def _program(target: Target) -> str | None:
    search = target.environment.get("PATH", os.defpath)
    return shutil.which(PROGRAMS[0], path=f"{search}:{_APP_FOLDER}")


def commands(target: Target) -> tuple[str, ...]:
    """The command for calls."""
    return (_command(target),)


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """Each layer has its hooks in `hooks.json` or in its settings; plugins bring hooks of their own."""
    found = [LoadedFile("managed", hooks_path(target._replace(scope="managed")))]
    system = target.managed_dir or _MANAGED_FOLDER
    found += [LoadedFile("managed", f"{system}/{name}") for name in ("config.toml", "hooks.json")]
    found += [LoadedFile("user", hooks_path(target._replace(scope="user")))]
    found += [LoadedFile("user", config_path(target))]
    if target.root:
        folder = f"{target.root}/.codex"
        found += [LoadedFile("project", f"{folder}/{n}") for n in ("hooks.json", "config.toml")]
    return tuple(found)


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`."""
    payload = {
        "session_id": PROBE_SESSION,
        "turn_id": PROBE_SESSION,
        "transcript_path": None,
        "cwd": "/",
        "hook_event_name": "PreToolUse",
        "model": "",
        "permission_mode": "default",
        "tool_name": "Bash",
        "tool_input": {"command": line},
        "tool_use_id": call_id,
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`; a refusal is told from a broken guard by its reason."""
    told = ran.stderr.decode("utf-8", "replace").strip()
    if ran.status == 2:
        is_refusal = told.startswith("[AGENT MODE: ")
        return "deny" if is_refusal else told or "exit 2 without a reason, which lets the call run"
    if ran.status == 0 and not ran.stdout.strip():
        return "none"
    return ran.stdout.decode("utf-8", "replace") or f"exit {ran.status}, which lets the call run"


def version_of(words: Sequence[str]) -> str:
    """The version in `codex-cli 0.169.0`."""
    return words[1] if len(words) > 1 and words[1][:1].isdigit() else ""


# --- what stands against us


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    yield from _trust_findings(target)
    for file in loaded_files(target):
        if file.path.endswith(".toml"):
            yield from _settings_findings(file)
    yield Finding("ok", f"{HOST}.client", _NOT_COVERED)


def _trust_findings(target: Target) -> Iterator[Finding]:
    """Whether the client runs our hooks: it skips those that it has not pinned without a word."""
    check = f"{HOST}.trust"
    ours = [scope for scope in SCOPES if _is_in(target._replace(scope=scope))]
    if not ours:
        return
    program = _program(target)
    if program is None:
        text = "whether Codex trusts the hook cannot be told without its program"
        yield Finding("warn", check, text, "put `codex` on PATH, or look at `/hooks` in the client")
        return
    home, search = codex_home(target), target.environment.get("PATH", os.defpath)
    try:
        listed = listed_hooks(program, home, target.places.home, target.root or "/", search)
    except Unavailable as problem:
        yield Finding("warn", check, problem.message, problem.help)
        return
    for text in listed.problems:
        yield Finding("fail", check, f"Codex says: {quoted(text, 300)}", "mend the file it names")
    for scope in ours:
        yield _scope_finding(listed, target._replace(scope=scope), check)
    others = [hook for hook in listed.hooks if not is_ours(hook) and hook.get("enabled")]
    if others:
        text = f"{len(others)} other hooks in Codex; theirs cannot undo a refusal"
        yield Finding("ok", check, text)


def _is_in(target: Target) -> bool:
    """Whether something of ours is in the file of a scope."""
    if target.scope == "project" and not target.root:
        return False
    path = hooks_path(target)
    data = read_settings(path)
    if data is None:
        return False
    edit: HookEntries | TomlHooks = HookEntries({})
    if target.scope == "managed":
        edit = TomlHooks({}, {})
    return edit.state(data, path) != "absent"


def _scope_finding(listed: Listed, target: Target, check: str) -> Finding:
    """Whether the hooks of one scope are live, by the client's own words."""
    path, scope = hooks_path(target), target.scope
    mend = f"`agentic hosts install {HOST} --scope {scope}`"
    real = f"{os.path.realpath(os.path.dirname(path))}/{os.path.basename(path)}"
    source = {real, path}
    found = {
        str(hook.get("eventName", "")).lower(): hook
        for hook in listed.hooks
        if is_ours(hook) and (hook.get("sourcePath") in source or _is_managed(hook, scope))
    }
    missing = [event for event in EVENTS if snake(event).replace("_", "") not in found]
    if missing and scope == "project":
        text = f"Codex does not load {quoted(path, 300)}: the project is not trusted"
        return Finding(
            "fail", check, text, "start `codex` in the folder once and answer its question"
        )
    if missing:
        text = f"Codex does not load the hook for `{missing[0]}` from {quoted(path, 300)}"
        return Finding("fail", check, text, mend)
    skipped = sorted(
        event
        for event, hook in found.items()
        if not hook.get("enabled") or hook.get("trustStatus") not in {"trusted", "managed"}
    )
    if skipped:
        text = f"Codex skips {len(skipped)} of our hooks of scope {scope}: not reviewed, or switched off"
        accept = "accept them in `/hooks` of the client"
        return Finding("fail", check, text, accept if scope == "project" else mend)
    return Finding("ok", check, f"Codex runs our hooks of scope {scope}")


def _is_managed(hook: Mapping[str, Any], scope: str) -> bool:
    return scope == "managed" and bool(hook.get("isManaged"))


def _settings_findings(file: LoadedFile) -> Iterator[Finding]:
    """Switches that turn hooks off, and settings that leave nothing but our hook."""
    check = f"{HOST}.switches"
    data = read_settings(file.path)
    if data is None:
        return
    try:
        found = document_of(data, file.path).unwrap()
    except AgenticError as problem:
        yield Finding("fail", check, problem.message, "mend it by hand")
        return
    profiles = found.get("profiles", {})
    rows = [("", found), *(profiles.items() if isinstance(profiles, dict) else ())]
    for name, row in rows:
        if isinstance(row, dict):
            where = f"{quoted(file.path, 300)}" + (f", profile {quoted(name)}" if name else "")
            yield from _switch_findings(row, where, check)
    if file.path.endswith("requirements.toml"):
        yield from _managed_findings(found, data, file.path, check)


def _switch_findings(row: Mapping[str, Any], where: str, check: str) -> Iterator[Finding]:
    features = row.get("features", {})
    for name in ("hooks", "codex_hooks"):
        if isinstance(features, dict) and features.get(name) is False:
            text = f"`features.{name} = false` in {where} switches agentic off"
            yield Finding("fail", check, text, "take it out")
    if row.get("approval_policy") == "never" and row.get("sandbox_mode") == "danger-full-access":
        text = f"{where} takes away both the client's questions and its sandbox; the hook alone is left"
        yield Finding("warn", check, text, 'set `sandbox_mode = "workspace-write"`')
    if row.get("approvals_reviewer") not in {None, "user"}:
        text = f"`approvals_reviewer` in {where} lets a model answer the client's own questions"
        yield Finding("warn", check, text, "take it out; CONSULT does not wait for that question")


def _managed_findings(
    found: Mapping[str, Any], data: bytes, path: str, check: str
) -> Iterator[Finding]:
    is_guarding = TomlHooks({}, {}).state(data, path) != "absent"
    if found.get("allow_managed_hooks_only") and not is_guarding:
        text = f"`allow_managed_hooks_only` in {quoted(path, 300)} switches agentic off"
        mend = f"ask for `agentic hosts install {HOST} --scope managed`"
        yield Finding("fail", check, text, mend)
