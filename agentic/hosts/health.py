"""Is the guard in place and sound: every check gives findings, and none keeps another from being made.

Each check imports what it needs by itself, because this is what a person runs when something is broken.
Nothing is changed here but by `repaired`, and the journal is never touched.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.errors import AgenticError, quoted
from agentic.hosts.interface import Finding
from agentic.places import Places

if TYPE_CHECKING:
    from agentic.hosts.host_health import Where

_OLDEST_PYTHON = (3, 11)
#: Unix seconds: this version is no older than that, so a clock before it is wrong.
_BUILT_AT = 1_795_000_000
_LOW_SPACE_BYTES = 50_000_000


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
    from agentic.hosts.host_health import setting_findings

    yield from setting_findings(_where(world))


def _where(world: World) -> Where:
    from agentic.hosts.host_health import Where

    return Where(world.places, world.root, world.environment, world.managed_dir)


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
    from agentic.hosts.host_health import answer_findings

    yield from answer_findings(_where(world))


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
    from agentic.hosts.host_health import client_findings

    yield from client_findings(_where(world))


def _switches(world: World) -> Iterator[Finding]:
    from agentic.hosts.host_health import switch_findings

    yield from switch_findings(_where(world))


def _place(world: World) -> Iterator[Finding]:
    from agentic.hosts.install import own_folders_inside

    inside = own_folders_inside(world.root)
    if inside:
        text = (
            f"{quoted(inside[0], 200)} lies in this workspace: its agent could change or remove it"
        )
        mend = "install it elsewhere: `pipx install agentic-governance && agentic init`"
        yield Finding("warn", "place", text, mend)


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
    from agentic.hosts.host_health import repaired_settings

    yield from repaired_settings(_where(world))
