"""Whether the MCP servers of this machine's hosts are configured as policy wants it, and how to mend them.

1. each server is examined by itself (`doctor_checks`);
2. servers of one name are compared over hosts and scopes;
3. the files are looked at: who may write them, what could not be read;
4. servers that a skill needs are looked for.

Findings come worst first. Nothing is started, nothing is asked over a network, nothing is changed.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator

from agentic.errors import Diagnostic, quoted
from agentic.mcp.configurations import Configurations, ConfiguredServer
from agentic.mcp.doctor_checks import ALWAYS, CHECKS
from agentic.mcp.doctor_values import (
    LEVELS,
    Edit,
    Finding,
    Scene,
    is_behind_gateway,
    known_by_package,
    launch,
)
from agentic.recognize.environment import words_of

#: Which scope of a host wins where two give one name, the winner first.
_WINNERS: dict[str, tuple[str, ...]] = {
    "claude-code": ("managed", "local", "project", "user"),
    "codex": ("project", "user", "system"),
    "gemini-cli": ("system", "project", "user"),
    "qwen-code": ("system", "project", "user"),
    "opencode": ("managed", "project", "user"),
}
_DEFAULT_WINNERS = ("managed", "system", "local", "project", "user")


def examined(scene: Scene, found: Configurations) -> tuple[Finding, ...]:
    """Every finding, worst first, then by place."""
    findings = [_unread(problem) for problem in found.problems]
    for server in scene.servers:
        checks = CHECKS if server.enabled and server.applies else ()
        for check in (*ALWAYS, *checks):
            findings.extend(check(scene, server))
    findings.extend(_differences(scene))
    findings.extend(_files(dict.fromkeys(source.path for source in found.files)))
    findings.extend(_missing(scene))
    unique = list(dict.fromkeys((*f[:5], f.host, f.server) for f in findings))
    kept = {(*f[:5], f.host, f.server): f for f in reversed(findings)}
    return tuple(sorted((kept[key] for key in unique), key=_order))


def _order(finding: Finding) -> tuple[int, str, int, str]:
    path, _, rest = finding.where.partition(":")
    line = rest.partition(":")[0]
    return LEVELS.index(finding.level), path, int(line) if line.isdigit() else 0, finding.code


def _unread(problem: Diagnostic) -> Finding:
    return Finding("fail", problem.code, problem.where, problem.message, problem.help)


# Servers of one name


def _differences(scene: Scene) -> Iterator[Finding]:
    """Servers that are called alike and are not the same; of one host, which of them counts."""
    by_name: dict[str, list[ConfiguredServer]] = defaultdict(list)
    for server in scene.servers:
        if server.enabled and server.applies:
            by_name["-".join(words_of(server.name))].append(server)
    for servers in by_name.values():
        ranked = sorted(servers, key=_rank)
        yield from _shadows(ranked)
        first = ranked[0]
        for other in ranked[1:]:
            what = _what_differs(first, other)
            if what and (other.file, other.keys) != (first.file, first.keys):
                message = (
                    f"{quoted(other.name)} of {other.host} ({other.scope}) is not the one of "
                    f"{first.host} ({first.scope}): {what}"
                )
                way = f"make it as in {first.where()}, or give it another name"
                yield Finding(
                    "warn", "mcp.differs", other.where(), message, way, other.host, other.name
                )


def _rank(server: ConfiguredServer) -> tuple[str, int, str]:
    order = _WINNERS.get(server.host, _DEFAULT_WINNERS)
    place = order.index(server.scope) if server.scope in order else len(order)
    return server.host, place, server.file


def _shadows(ranked: list[ConfiguredServer]) -> Iterator[Finding]:
    winner: dict[str, ConfiguredServer] = {}
    for server in ranked:
        first = winner.setdefault(server.host, server)
        if first is not server and first.file != server.file:
            message = (
                f"{quoted(server.name)} ({server.scope}) is hidden by the one of the same name "
                f"({first.scope}) in {first.where()}"
            )
            yield Finding(
                "note",
                "mcp.shadowed",
                server.where(),
                message,
                "remove one of them",
                server.host,
                server.name,
            )


def _what_differs(first: ConfiguredServer, second: ConfiguredServer) -> str:
    """In words, in what two servers differ; never a value of a variable."""
    if is_behind_gateway(first) != is_behind_gateway(second):
        return "one of them is behind the gateway"
    one, two = launch(first), launch(second)
    if first.url != second.url:
        return "another address"
    if (one.kind, one.name) != (two.kind, two.name):
        return f"{quoted(one.name or first.url)} and {quoted(two.name or second.url)}"
    if one.version != two.version:
        return f"version {quoted(one.version or 'none')} and {quoted(two.version or 'none')}"
    if one.rest != two.rest:
        return "other arguments"
    names = {setting.name for setting in first.environment}
    others = {setting.name for setting in second.environment}
    if names != others:
        return f"other variables: {', '.join(sorted(quoted(name) for name in names ^ others))}"
    return ""


# Files


def _files(paths: Iterable[str]) -> Iterator[Finding]:
    for path in paths:
        try:
            status = os.stat(path)
            above = os.stat(os.path.dirname(path))
        except OSError:
            continue
        if stat.S_IMODE(status.st_mode) & stat.S_IWOTH:
            message = f"everybody on this machine may write {quoted(path)}, and so choose what runs"
            edits = (Edit(path, "json", "mode"),)
            yield Finding(
                "fail", "mcp.file-writable", f"{path}:1", message, "chmod o-w", edits=edits
            )
        if is_foreign(status.st_uid, os.geteuid()):
            message = f"{quoted(path)} belongs to somebody else, who chooses what runs"
            yield Finding("fail", "mcp.file-foreign", f"{path}:1", message, "make it yours")
        mode = stat.S_IMODE(above.st_mode)
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            message = f"everybody on this machine may replace {quoted(path)}"
            way = f"chmod o-w {os.path.dirname(path)}"
            yield Finding("fail", "mcp.folder-writable", f"{path}:1", message, way)


def is_foreign(owner: int, own: int) -> bool:
    """Whether a file belongs to neither this user nor root."""
    return owner not in (own, 0)


# What skills need


def _missing(scene: Scene) -> Iterator[Finding]:
    present = [server for server in scene.servers if server.enabled and server.applies]
    for needed, users in sorted(_users(scene).items()):
        if any(_is_that(scene, server, needed) for server in present):
            continue
        listed = ", ".join(quoted(user) for user in users[:4])
        more = f" and {len(users) - 4} more" if len(users) > 4 else ""
        message = f"no host has the server {quoted(needed)}, which {listed}{more} needs"
        way = "a person adds it: adding a server is an operation of its own"
        yield Finding("warn", "mcp.missing", "", message, way, server=needed)


def _users(scene: Scene) -> dict[str, list[str]]:
    users: dict[str, list[str]] = defaultdict(list)
    for user, servers in scene.required.items():
        for server in servers:
            users[server].append(user)
    return users


def _is_that(scene: Scene, server: ConfiguredServer, needed: str) -> bool:
    wanted = set(words_of(needed))
    known = known_by_package(scene, server)
    if wanted & set(words_of(server.name)) or (known is not None and known.server == needed):
        return True
    entry = next((k for k in scene.known if k.server == needed or needed in k.words), None)
    return entry is not None and bool(set(entry.words) & set(words_of(server.name)))
