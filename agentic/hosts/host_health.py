"""What doctor looks at for every host: our part in its files, whether the hook answers, what is against us.

A host counts when something of ours is, or was, in its files, or when it seems to be used here.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from agentic.errors import AgenticError, quoted
from agentic.hosts import settings
from agentic.hosts.clients import client_of, lacks_of
from agentic.hosts.install import hosts_found, probe
from agentic.hosts.interface import Finding, Host, HostFile, Level, Scope, Target
from agentic.hosts.registry import HOSTS
from agentic.workspace import resolved

if TYPE_CHECKING:
    from agentic.places import Places

#: A hook answers in a few hundredths of a second; a login shell or a busy machine may take longer.
_SLOW_S = 2.0
_OPTIONS = re.compile(r"set -- (\S+)((?: --(?:role|auto-reply) [^\s;]+)*)")


class Where(NamedTuple):
    """The machine as the checks of hosts see it; `root` is the workspace, or empty."""

    places: Places
    root: str
    environment: Mapping[str, str]
    managed_dir: str = ""

    def target(self, scope: Scope, options: tuple[str, ...] = ()) -> Target:
        """One scope of it."""
        return Target(scope, self.root, self.places, self.environment, options, self.managed_dir)


class Found(NamedTuple):
    """One file of a host with what is known of our part in it."""

    scope: Scope
    file: HostFile
    state: str
    record: settings.Installed | None


def scopes_of(host: Host, where: Where) -> tuple[Scope, ...]:
    """The scopes that can be looked at from here."""
    return tuple(s for s in host.SCOPES if where.root or s not in {"local", "project"})


def found_files(host: Host, where: Where) -> Iterator[Found]:
    """Every file that we would write for a host, with the state of our part in it."""
    for scope in scopes_of(host, where):
        for file in host.files(where.target(scope)):
            record = settings.remembered_of(where.places, file.path)
            data = settings.read_settings(file.path)
            options = record.options if record is not None else _options_in(data)
            wanted = _file_with(host, where.target(scope, options), file.path)
            yield Found(scope, wanted, wanted.edit.state(data, file.path), record)


def _file_with(host: Host, target: Target, path: str) -> HostFile:
    return next(file for file in host.files(target) if file.path == path)


def _options_in(data: bytes | None) -> tuple[str, ...]:
    """The options that a committed command carries (this clone did not write it itself)."""
    found = _OPTIONS.search((data or b"").decode("utf-8", "replace"))
    return tuple(found[2].split()) if found else ()


def is_guarded(host: Host, where: Where) -> bool:
    """Whether our part is in some file of the host. Raises as `Edit.state`."""
    return any(found.state != "absent" for found in found_files(host, where))


def hosts_here(where: Where) -> dict[str, Host]:
    """The hosts that are used here, or that something of ours is or was installed for."""
    used = set(hosts_found(where.places, where.environment))
    used |= {record.host for record in settings.remembered(where.places)}
    return {name: host for name, host in HOSTS.items() if name in used or _has_ours(host, where)}


def _has_ours(host: Host, where: Where) -> bool:
    try:
        return is_guarded(host, where)
    except AgenticError:
        return True  # a file that cannot be read is looked at below, and said


def setting_findings(where: Where) -> Iterator[Finding]:
    """Whether our part is in the files, as it should be."""
    is_guarding = False
    for name, host in hosts_here(where).items():
        found: list[Finding] = []
        try:
            found.extend(_settings_of(name, host, where))
        except AgenticError as problem:
            found.append(Finding("fail", f"{name}.settings", problem.message, problem.help))
        yield from found
        is_guarding = is_guarding or any(finding.level != "warn" for finding in found)
    if not is_guarding:
        yield Finding("fail", "settings", "no host calls agentic here", "run `agentic init`")


def _settings_of(name: str, host: Host, where: Where) -> Iterator[Finding]:
    is_guarded = False
    for found in found_files(host, where):
        check = f"{name}.{found.scope}"
        mend = f"`agentic hosts install {name} --scope {found.scope}`"
        path = found.file.path
        if found.state == "exact":
            is_guarded = True
            yield Finding("ok", check, path)
        elif found.state == "changed":
            is_guarded = True
            text = f"what is in {quoted(path, 300)} is not what agentic writes"
            yield Finding("fail", check, text, f"look at it, then run {mend}")
        elif found.record is not None:
            text = f"{quoted(path, 300)} lost what agentic wrote"
            yield Finding("fail", check, text, f"run {mend}")
    if not is_guarded:
        text = f"{host.TITLE} is used here, and agentic does not guard it"
        yield Finding("warn", name, text, f"`agentic hosts install {name}`")


def answer_findings(where: Where) -> Iterator[Finding]:
    """Whether the very commands in the files answer a harmless and a refused call, and how fast."""
    for name, host in hosts_here(where).items():
        seen: set[str] = set()
        for found in found_files(host, where):
            if found.state == "absent":
                continue
            options = found.record.options if found.record is not None else ()
            for command in host.commands(where.target(found.scope, options)):
                if command in seen:
                    continue
                seen.add(command)
                started = time.monotonic()
                probe(host, command, where.environment)
                took_s = (time.monotonic() - started) / 2
                text = f"the hook of scope {found.scope} answers as it should, in {took_s:.2f} s"
                level: Level = "warn" if took_s > _SLOW_S else "ok"
                yield Finding(level, f"{name}.answer", text)


def switch_findings(where: Where) -> Iterator[Finding]:
    """What stands against us in each host: see `Host.findings`."""
    for host in hosts_here(where).values():
        yield from host.findings(where.target("user"))


def client_findings(where: Where) -> Iterator[Finding]:
    """Which clients are here, and what their versions lack."""
    for name, host in hosts_here(where).items():
        client = client_of(host, where.environment)
        check = f"{name}.client"
        if client is None:
            yield Finding("ok", check, f"no `{host.PROGRAMS[0]}` on PATH")
        elif not client.version:
            yield Finding("warn", check, f"{quoted(client.path)} does not tell its version")
        else:
            lacks = lacks_of(host, client.version)
            if not lacks:
                yield Finding("ok", check, f"{host.TITLE} {client.version} at {client.path}")
            for lack in lacks:
                text = f"{host.TITLE} {client.version} lacks something we rely on; {lack}"
                yield Finding("warn", check, text, f"update {host.TITLE}")


def repaired_settings(where: Where) -> Iterator[Finding]:
    """Our part put back into every file of which it is remembered."""
    for record in settings.remembered(where.places):
        host = HOSTS.get(record.host)
        if host is None or record.scope not in host.SCOPES:
            continue
        target = where.target(record.scope, record.options)
        for file in host.files(target):
            if resolved(file.path) != resolved(record.path) or not os.path.isabs(file.path):
                continue
            change = settings.installed(
                where.places, file, host=record.host, scope=record.scope, options=record.options
            )
            if change.is_needed:
                yield Finding("ok", "settings", f"entries restored in {record.path}")
