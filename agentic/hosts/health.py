"""Is the guard in place and sound: every check gives findings, and none keeps another from being made.

Each check imports what it needs by itself, because this is what a person runs when something is broken.
Nothing is changed here but by `repaired`, and the journal is never touched.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from agentic.errors import AgenticError, quoted
from agentic.places import Places

Level = Literal["ok", "warn", "fail"]

_OLDEST_PYTHON = (3, 11)
#: Unix seconds: this version is no older than that, so a clock before it is wrong.
_BUILT_AT = 1_795_000_000
_LOW_SPACE_BYTES = 50_000_000

_NOT_COVERED = (
    "no hook sees: `claude --bare` and `--safe-mode` (they start no hooks), `@file` in a prompt, "
    "commands typed with `!`"
)


class Finding(NamedTuple):
    """One thing that was looked at; `help` says how to mend what is not ok."""

    level: Level
    check: str
    message: str
    help: str = ""


class World(NamedTuple):
    """What the checks look at. `root` is the workspace of the current folder, or empty."""

    places: Places
    root: str
    environment: Mapping[str, str]
    now: int
    managed_dir: str = ""


def examined(world: World) -> tuple[Finding, ...]:
    """All findings, in the order in which a person should read them. Never raises."""
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            found.extend(check(world))
        except AgenticError as problem:
            found.append(Finding("fail", name, problem.message, problem.help))
        except Exception as problem:  # noqa: BLE001 - a broken installation is what this looks for
            text = f"could not be checked: {type(problem).__name__}: {problem}"
            found.append(Finding("fail", name, text, "install agentic again, then `agentic init`"))
    return tuple(found)


# --- the checks


def _interpreter(world: World) -> Iterator[Finding]:
    from agentic.hosts import launcher

    version = ".".join(map(str, sys.version_info[:3]))
    path = launcher.interpreter()
    if sys.version_info[:2] < _OLDEST_PYTHON:
        yield Finding("fail", "interpreter", f"Python {version} is too old", "use 3.11 or newer")
    elif not os.access(path, os.X_OK):
        yield Finding("fail", "interpreter", f"{quoted(path)} cannot be run", "run `agentic init`")
    else:
        yield Finding("ok", "interpreter", f"Python {version} at {path}")


def _state(world: World) -> Iterator[Finding]:
    path = world.places.state
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        yield Finding("warn", "state", f"{quoted(path)} is not there yet", "run `agentic init`")
        return
    mend = f"make it yours and mode 0700: {path}"
    if not stat.S_ISDIR(found.st_mode):
        yield Finding("fail", "state", f"{quoted(path)} is not a folder", mend)
    elif found.st_uid != os.geteuid():
        yield Finding("fail", "state", f"{quoted(path)} belongs to somebody else", mend)
    elif found.st_mode & 0o077:
        yield Finding("fail", "state", f"{quoted(path)} is open to others", mend)
    elif not os.access(path, os.W_OK | os.X_OK):
        yield Finding("fail", "state", f"{quoted(path)} cannot be written", mend)
    else:
        free = os.statvfs(path)
        if free.f_bavail * free.f_frsize < _LOW_SPACE_BYTES:
            yield Finding(
                "warn", "state", f"the disk of {quoted(path)} is nearly full", "make room"
            )
        else:
            yield Finding("ok", "state", path)


def _settings(world: World) -> Iterator[Finding]:
    from agentic.hosts import claude_code, settings

    is_guarding = False
    for scope in claude_code.SCOPES:
        if scope in {"local", "project"} and not world.root:
            continue
        path = _settings_path(world, scope)
        data = settings.read_settings(path)
        record = settings.remembered_of(world.places, path)
        check = f"settings.{scope}"
        if not settings.has_entries(data, claude_code.is_ours, path):
            if record is not None:
                yield Finding(
                    "fail",
                    check,
                    f"{quoted(path)} lost the entries that `init` wrote",
                    f"run `agentic init --scope {scope}`",
                )
            continue
        is_guarding = True
        options = record.options if record is not None else _options_in(data)
        wanted = claude_code.entries(world.places, scope, options)
        if settings.holds_exactly(data, wanted, claude_code.is_ours, path):
            yield Finding("ok", check, path)
        else:
            yield Finding(
                "fail",
                check,
                f"the entries in {quoted(path)} are not the ones that `init` writes",
                f"look at them, then run `agentic init --scope {scope}`",
            )
    if not is_guarding:
        yield Finding("fail", "settings", "no host calls agentic here", "run `agentic init`")


def _options_in(data: bytes | None) -> tuple[str, ...]:
    """The options that a committed command carries (this clone did not write it itself)."""
    import re

    found = re.search(r"set -- (\S+)((?: --\S+ \S+)*);", _command_in(data))
    return tuple(found[2].split()) if found else ()


def _launcher(world: World) -> Iterator[Finding]:
    from agentic.hosts import launcher

    path = launcher.launcher_path(world.places)
    why = launcher.freshness(world.places)
    if not why:
        yield Finding("ok", "launcher", path)
    elif os.path.exists(path) and "have changed" in why:
        text = f"every call is slower than it could be: {why}"
        yield Finding("warn", "launcher", text, "run `agentic init` or `agentic doctor --repair`")
    else:
        yield Finding("fail", "launcher", why, "run `agentic init` or `agentic doctor --repair`")


def _answer(world: World) -> Iterator[Finding]:
    from agentic.hosts import claude_code, settings
    from agentic.hosts.install import probe

    for scope in claude_code.SCOPES:
        if scope in {"local", "project"} and not world.root:
            continue
        command = _command_in(settings.read_settings(_settings_path(world, scope)))
        if command:
            probe(command, world.environment)
            yield Finding("ok", "answer", f"the hook of scope {scope} answers as it should")


def _command_in(data: bytes | None) -> str:
    import json

    from agentic.hosts.claude_code import is_ours

    groups = json.loads(data or b"{}").get("hooks", {}).get("PreToolUse", [])
    handlers = [handler for group in groups for handler in group.get("hooks", [])]
    return next((str(handler["command"]) for handler in handlers if is_ours(handler)), "")


def _policy(world: World) -> Iterator[Finding]:
    from agentic.authoring.effective import effective_policy
    from agentic.places import private_folder

    state = private_folder(world.places.state)
    policy = effective_policy(world.root, state, world.places.config)
    yield Finding("ok", "policy", f"compiled, {policy.digest[:12]}")
    for notice in policy.notices:
        yield Finding("warn", "policy", notice, "`agentic policy check` says more")
    told = str(policy.settings.get("auto_reply", "none"))
    yield Finding("ok", "answers", f"policy's reply to AUTO beyond reading is `{told}`")
    yield from _roles(world, policy)


def _signals(world: World) -> Iterator[Finding]:
    from agentic.hosts.signal_health import signal_findings

    yield from signal_findings(world)


def _roles(world: World, policy: Any) -> Iterator[Finding]:
    from agentic.hosts import settings

    for record in settings.remembered(world.places):
        options = dict(zip(record.options[::2], record.options[1::2], strict=True))
        role = options.get("--role", "")
        if role and role not in policy.roles and role not in policy.role_aliases:
            text = f"the role {quoted(role)} of scope {record.scope} is unknown: all is CONSULT"
            yield Finding("warn", "role", text, "`agentic init --role` with a role of the matrix")
        if options.get("--auto-reply") == "allow":
            text = f"scope {record.scope} answers the host's own questions with yes for AUTO"
            yield Finding("warn", "answers", text, "`agentic init --auto-reply none` stops that")


def _journal(world: World) -> Iterator[Finding]:
    from agentic.audit.journal import open_journal
    from agentic.audit.verify import verify_journal
    from agentic.workspace import main_work_tree

    if not os.path.isdir(world.places.state):
        return
    journal = open_journal(main_work_tree(world.root), world.places.state)
    head = journal.read_head()
    result = verify_journal(journal.path, head)
    if result.is_whole:
        yield Finding("ok", "journal", f"{journal.path}: {result.records} records, whole")
    for problem in result.problems:
        yield Finding("fail", "journal", problem.message, "`agentic audit verify` says more")
    target = journal.path if os.path.exists(journal.path) else os.path.dirname(journal.path)
    while not os.path.exists(target):
        target = os.path.dirname(target)
    if not os.access(target, os.W_OK):
        text = f"{quoted(target)} cannot be written, so every call is blocked"
        yield Finding("fail", "journal", text, "make it writable for this user")
    holder = _holder_of(journal.lock)
    if holder:
        text = f"process {holder} holds the journal's lock; while it does, every call is blocked"
        yield Finding("warn", "journal", text, f"if it hangs, end it: `kill {holder}`")


def _holder_of(lock: str) -> int:
    """The process that holds a POSIX record lock on a file, or 0."""
    import fcntl
    import struct

    try:
        with open(lock, "r+b") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if sys.platform == "darwin":
                    return -1
                asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
                answer = fcntl.fcntl(file, fcntl.F_GETLK, asked)
                return int(struct.unpack("hhqqi4x", answer)[4])
    except OSError:
        pass
    return 0


def _approvals(world: World) -> Iterator[Finding]:
    from agentic.approvals.requests import PENDING, listed

    if os.path.isdir(world.places.state):
        waiting = [r for r in listed(world.places.state, world.now) if r.state == PENDING]
        text = f"{len(waiting)} requests wait for a person" if waiting else "nothing waits"
        yield Finding("ok", "requests", text)


def _clock(world: World) -> Iterator[Finding]:
    if world.now < _BUILT_AT:
        text = "the clock is before this version was made: hours and grants cannot be judged"
        yield Finding("fail", "clock", text, "set the machine's clock")
    else:
        yield Finding("ok", "clock", "plausible")


def _clients(world: World) -> Iterator[Finding]:
    from agentic.hosts import claude_code

    versions = claude_code.client_versions(world.environment)
    if not versions:
        yield Finding("ok", "client", "no `claude` on PATH")
    for path, version in versions:
        if not version:
            yield Finding("warn", "client", f"{quoted(path)} does not tell its version")
            continue
        lacks = claude_code.lacks_of(version)
        if not lacks:
            yield Finding("ok", "client", f"Claude Code {version} at {path}")
        for lack in lacks:
            text = f"Claude Code {version} lacks something we rely on; {lack}"
            yield Finding("warn", "client", text, "update it: `claude update`")
    yield Finding("ok", "client", _NOT_COVERED)


def _switches(world: World) -> Iterator[Finding]:
    """Settings of the host that switch hooks off, and what else hooks into its calls."""
    import json

    from agentic.hosts import claude_code, settings

    for scope in claude_code.SCOPES:
        if scope in {"local", "project"} and not world.root:
            continue
        path = _settings_path(world, scope)
        data = settings.read_settings(path)
        try:
            found = json.loads(data or b"{}")
        except ValueError:
            text = f"{quoted(path)} is not valid JSON, so the host may ignore it"
            yield Finding("fail", "switches", text, "mend it by hand")
            continue
        if found.get("disableAllHooks"):
            text = f"`disableAllHooks` in {quoted(path)} switches agentic off"
            yield Finding("fail", "switches", text, "take it out")
        is_guarding = settings.has_entries(data, claude_code.is_ours, path)
        if scope == "managed" and found.get("allowManagedHooksOnly") and not is_guarding:
            text = f"`allowManagedHooksOnly` in {quoted(path)} switches agentic off"
            yield Finding("fail", "switches", text, "ask for `agentic init --scope managed`")
        others = [
            handler
            for group in found.get("hooks", {}).get("PreToolUse", [])
            for handler in group.get("hooks", [])
            if not claude_code.is_ours(handler)
        ]
        if others:
            text = f"{len(others)} other hooks before tool calls in {path}; theirs cannot undo a refusal"
            yield Finding("ok", "switches", text)


def _place(world: World) -> Iterator[Finding]:
    from agentic.hosts.install import own_folders_inside

    inside = own_folders_inside(world.root)
    if inside:
        text = (
            f"{quoted(inside[0], 200)} lies in this workspace: its agent could change or remove it"
        )
        mend = "install it elsewhere: `pipx install agentic-governance && agentic init`"
        yield Finding("warn", "place", text, mend)


def _settings_path(world: World, scope: str) -> str:
    from agentic.hosts import claude_code

    return claude_code.settings_path(
        scope, world.root, world.places, world.environment, world.managed_dir
    )


CHECKS: dict[str, Callable[[World], Iterator[Finding]]] = {
    "interpreter": _interpreter,
    "state": _state,
    "settings": _settings,
    "switches": _switches,
    "launcher": _launcher,
    "answer": _answer,
    "policy": _policy,
    "signals": _signals,
    "journal": _journal,
    "requests": _approvals,
    "clock": _clock,
    "client": _clients,
    "place": _place,
}


# --- repair


def repaired(world: World) -> tuple[Finding, ...]:
    """Rebuild what can be rebuilt: state folder, compiled policy, launcher, our entries. Never raises.

    The journal, grants and trust are left as they are.
    """
    steps: dict[str, Callable[[World], Iterator[Finding]]] = {
        "state": _repaired_state,
        "policy": _repaired_policy,
        "launcher": _repaired_launcher,
        "settings": _repaired_settings,
    }
    found: list[Finding] = []
    for name, step in steps.items():
        try:
            found.extend(step(world))
        except AgenticError as problem:
            found.append(Finding("fail", name, problem.message, problem.help))
        except Exception as problem:  # noqa: BLE001 - the other steps may still help
            found.append(Finding("fail", name, f"could not be repaired: {problem}"))
    return tuple(found)


def _repaired_state(world: World) -> Iterator[Finding]:
    from agentic.places import private_folder

    yield Finding("ok", "state", f"{private_folder(world.places.state)} is private")


def _repaired_policy(world: World) -> Iterator[Finding]:
    from agentic.authoring.effective import compile_now, forget_compiled

    forget_compiled(world.places.state)  # those of other workspaces may be damaged, too
    policy, path = compile_now(world.root, world.places.state, world.places.config)
    yield Finding("ok", "policy", f"compiled anew, {policy.digest[:12]} ({path})")


def _repaired_launcher(world: World) -> Iterator[Finding]:
    from agentic.hosts import launcher

    built = launcher.build(world.places)
    yield Finding(
        "ok", "launcher", f"{built.path} " + ("built anew" if built.is_new else "is fine")
    )


def _repaired_settings(world: World) -> Iterator[Finding]:
    from agentic.hosts import settings
    from agentic.hosts.claude_code import entries, is_ours

    for record in settings.remembered(world.places):
        wanted = entries(world.places, record.scope, record.options)
        change = settings.installed(
            world.places,
            record.path,
            wanted,
            is_ours,
            host=record.host,
            scope=record.scope,
            options=record.options,
        )
        if change.is_needed:
            yield Finding("ok", "settings", f"entries restored in {record.path}")
