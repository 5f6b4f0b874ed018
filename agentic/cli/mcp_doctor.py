"""`agentic mcp doctor`: the MCP servers of every host against policy, and mending what can be mended."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentic import exit_codes
from agentic.cli.audit import here
from agentic.cli.output import choice, counted, reported, say, say_json, table, usage
from agentic.core.values import PURPOSE_ASK, ToolCall
from agentic.errors import quoted
from agentic.govern import govern
from agentic.places import places_of
from agentic.ports import CliPorts
from agentic.shipped import INSTRUCTIONS, shipped_folder
from agentic.workspace import workspace_root
from agentic.yaml_reader import parse_yaml

if TYPE_CHECKING:
    from agentic.mcp.configurations import Configurations
    from agentic.mcp.doctor_values import Finding, Judged, Scene

MANIFEST = ".agentic/instructions/manifest.yaml"
_SIGNS = {"fail": "FAIL", "warn": "warn", "note": "note"}
#: The sections of the manifest whose entries may need servers.
_USERS = ("skills", "workflows", "prompts", "automations")


def doctor(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE…", help="Look at these configurations instead of all."),
    ] = None,
    host: Annotated[
        list[str] | None, typer.Option("--host", help="Only this host; may be repeated.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Show what would be mended, and ask before writing it.")
    ] = False,
    gateway: Annotated[
        bool, typer.Option("--gateway", help="With --fix: put started servers behind the gateway.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --fix: show the changes and write nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --fix, at a terminal: write without asking.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Put the files back as they were before --fix.")
    ] = False,
    capabilities: Annotated[
        bool, typer.Option("--capabilities", help="Print what each host can do, and who needs it.")
    ] = False,
    manifest: Annotated[
        str, typer.Option("--manifest", help=f"The manifest of instructions ({MANIFEST}).")
    ] = "",
) -> None:
    """Compare the MCP servers of every host with policy. Exit 0: nothing fails, 4: something does."""
    if (dry_run or yes or gateway) and not fix:
        usage("`--dry-run`, `--yes` and `--gateway` go with `--fix`")
    with reported():
        if capabilities:
            _print_capabilities(host or [], manifest, as_json=json)
            return
        ports = CliPorts(os.environ, int(time.time()))
        if undo:
            raise typer.Exit(_undo(ports.places.state))
        found, scene = _looked_at(files or [], host or [], ports, manifest)
        from agentic.mcp.doctor import examined

        findings = examined(scene, found)
        if fix:
            _fix(findings, scene, ports.places.state, dry_run=dry_run, yes=yes, gateway=gateway)
            found, scene = _looked_at(files or [], host or [], ports, manifest)
            findings = examined(scene, found)
        if not dry_run:
            _print(findings, found, as_json=json)
        has_failed = any(finding.level == "fail" for finding in findings)
    raise typer.Exit(exit_codes.CHECK_FAILED if has_failed else exit_codes.OK)


def _looked_at(
    files: Sequence[str], hosts: Sequence[str], ports: CliPorts, manifest: str
) -> tuple[Configurations, Scene]:
    """The configurations that a person asks about, and the scene for examining them."""
    from agentic.mcp.configuration_files import HOSTS, source_of, sources
    from agentic.mcp.configurations import configurations
    from agentic.mcp.doctor_values import Scene, known_servers

    for name in hosts:
        choice(name, HOSTS, "host")
    cwd = here()
    root = ports.root(cwd)
    if files:
        for path in files:
            if not os.path.isfile(path):
                usage(f"there is no file {quoted(path)}")
        wanted = tuple(s for path in files for s in source_of(path, os.environ, root))
    else:
        wanted = sources(os.environ, root or cwd)
    wanted = tuple(source for source in wanted if not hosts or source.host in hosts)
    found = configurations(wanted, root or cwd)
    scene = Scene(
        found.servers,
        known_servers(ports.policy(cwd).mcp_servers()),
        _Judge(ports, cwd),
        root or cwd,
        ports.places.home,
        {} if files else _required(manifest or f"{root or cwd}/{MANIFEST}", given=bool(manifest)),
    )
    return found, scene


def summary_of_servers() -> tuple[str, str, str]:
    """(level, message, help) for `agentic doctor`: the MCP servers of every host in one line."""
    from agentic.mcp.doctor import examined

    found, scene = _looked_at((), (), CliPorts(os.environ, int(time.time())), "")
    findings = examined(scene, found)
    if not found.servers and not findings:
        return "ok", "no MCP server is configured", ""
    outside = sum(finding.code == "mcp.outside-gateway" for finding in findings)
    failing = sum(finding.level == "fail" for finding in findings)
    warned = sum(finding.level == "warn" for finding in findings)
    text = (
        f"{counted(len(found.servers), 'MCP server')}, {outside} outside the gateway; "
        f"{counted(failing, 'fault')}, {counted(warned, 'warning')}"
    )
    return "warn" if failing or warned or outside else "ok", text, "`agentic mcp doctor` names each"


class _Judge:
    """What policy says of a tool, asked once for each."""

    def __init__(self, ports: CliPorts, cwd: str) -> None:
        self._ports = ports
        self._cwd = cwd
        self._known: dict[tuple[str, str], Judged] = {}

    def __call__(self, server: str, tool: str) -> Judged:
        from agentic.mcp.doctor_values import Judged

        if (server, tool) not in self._known:
            given = {"server": server, "tool": tool, "arguments": {}}
            call = ToolCall("mcp", given, self._cwd, can_ask=True)
            decision = govern(call, self._ports.for_call(call), PURPOSE_ASK)
            kinds = [operation.kind for operation in decision.operations]
            kind = "unknown.mcp" if "unknown.mcp" in kinds else kinds[0]
            self._known[server, tool] = Judged(decision.base_mode, kind)
        return self._known[server, tool]


def _required(path: str, *, given: bool) -> dict[str, tuple[str, ...]]:
    """The servers that each entry of a manifest needs; without a manifest nothing is needed.

    Raises InvalidDocument for YAML that cannot be read; what is wrong with its shape is `sync`'s to say.
    """
    try:
        document = _parsed_manifest(path)
    except OSError:
        if given:
            usage(f"there is no manifest {quoted(path)}")
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for section in _USERS:
        rows = document.get(section) if isinstance(document, dict) else None
        for row in rows if isinstance(rows, list) else ():
            needed = row.get("requires_mcp") if isinstance(row, dict) else None
            names = [n for n in needed if isinstance(n, str)] if isinstance(needed, list) else []
            if names:
                found[str(row.get("id", section))] = tuple(names)
    return found


# Mending


def _fix(
    findings: Sequence[Finding],
    scene: Scene,
    state: str,
    *,
    dry_run: bool,
    yes: bool,
    gateway: bool,
) -> None:
    """Show the diff of every file that can be mended; write it after a person's yes at a terminal."""
    from agentic.hosts.launcher import write_atomically
    from agentic.mcp.doctor_fix import behind_gateway, mended, shown_diff
    from agentic.mcp.doctor_secrets import secrets_of
    from agentic.mcp.doctor_store import apply

    wanted = [*findings, *(behind_gateway(scene) if gateway else ())]
    files = mended(wanted)
    hidden = secrets_of(scene)
    for file in files:
        sys.stdout.write(shown_diff(file, hidden))
    if not files:
        say("nothing that can be mended here")
        return
    if dry_run:
        return
    if not sys.stdin.isatty():
        usage(
            "mending is a person's decision, made at a terminal",
            "run it in your own terminal, or look with `--dry-run`",
        )
    if not yes and not typer.confirm(f"write {len(files)} file(s)?", default=False):
        say("nothing was written")
        return
    for file in files:
        apply(file, state, write_atomically)
        say(f"mended {quoted(file.path, 300)}; `agentic mcp doctor --undo` takes it back")


def _undo(state: str) -> int:
    from agentic.hosts.launcher import write_atomically
    from agentic.mcp.doctor_store import taken_back

    if not sys.stdin.isatty():
        usage("taking back is a person's decision, made at a terminal")
    code = exit_codes.OK
    count = 0
    for path, why_not in taken_back(state, write_atomically):
        count += 1
        say(f"{quoted(path, 300)} {'is not taken back: ' + why_not if why_not else 'is as it was'}")
        code = exit_codes.CHECK_FAILED if why_not else code
    if not count:
        say("nothing was mended that could be taken back")
    return code


# Answers


def _print(findings: Sequence[Finding], found: Configurations, *, as_json: bool) -> None:
    if as_json:
        for server in found.servers:
            say_json({"server": _server_json(server)})
        for finding in findings:
            say_json({"finding": {**finding._asdict(), "edits": len(finding.edits)}})
        return
    for finding in findings:
        say(_shown(finding))
    counts = {level: sum(f.level == level for f in findings) for level in _SIGNS}
    hosts = sorted({server.host for server in found.servers})
    seen = f"{len(found.servers)} servers of {len(hosts)} hosts in {len(found.files)} files"
    mendable = sum(bool(finding.edits) for finding in findings)
    more = f"; `agentic mcp doctor --fix` can mend {mendable}" if mendable else ""
    say(f"{seen}: {counts['fail']} fail, {counts['warn']} warnings, {counts['note']} notes{more}")


def _shown(finding: Finding) -> str:
    place = f"{finding.where}: " if finding.where else ""
    place = "".join(c if c.isprintable() else "\ufffd" for c in place)
    message = f"{_SIGNS[finding.level]}  {place}{finding.message} [{finding.code}]"
    return f"{message}\n      help: {finding.help}" if finding.help else message


def _server_json(server: Any) -> dict[str, Any]:
    """A server without a value of any variable or header, and without arguments that could hold one."""
    return {
        "host": server.host,
        "scope": server.scope,
        "file": server.file,
        "line": server.line,
        "name": server.name,
        "transport": server.transport,
        "command": server.command,
        "environment": [{"name": s.name, "literal": s.is_literal} for s in server.environment],
        "headers": [{"name": s.name, "literal": s.is_literal} for s in server.headers],
        "enabled": server.enabled,
        "applies": server.applies,
        "allowed": list(server.allowed),
        "approved": list(server.approved),
    }


def _print_capabilities(hosts: Sequence[str], manifest: str, *, as_json: bool) -> None:
    """What each host can do, and which entries of the manifest lack something there."""
    from agentic.mcp.capabilities import (
        CAPABILITIES,
        SURFACES,
        lacking,
        needs_of,
        page_of,
        standing_of,
    )

    names = [choice(name, SURFACES, "host") for name in hosts] or list(SURFACES)
    needs = needs_of(_manifest(manifest))
    if as_json:
        for name in names:
            pages = {key: page_of(name, key) for key in CAPABILITIES}
            standing = {key: standing_of(name, key) for key in CAPABILITIES}
            say_json({"host": name, "pages": pages, "standing": standing})
        for entry, needed in needs.items():
            missing = {name: lacking(name, needed) for name in names}
            say_json({"entry": entry, "needs": needed, "lacking": missing})
        return
    rows = [
        (words, *(standing_of(name, key) or "-" for name in names))
        for key, words in CAPABILITIES.items()
    ]
    say(table(("capability", *names), rows))
    if needs:
        told = [
            (
                entry,
                ", ".join(CAPABILITIES[key] for key in needed),
                ", ".join(name for name in names if lacking(name, needed)) or "-",
            )
            for entry, needed in needs.items()
        ]
        say("\n" + table(("entry", "needs", "not on"), told))


def _manifest(given: str) -> Any:
    """The manifest of this workspace, else the one that ships, as plain values."""
    root = workspace_root("", here(), places_of(os.environ).home)
    shipped = f"{shipped_folder(INSTRUCTIONS)}/manifest.yaml"
    for path in (given, f"{root}/{MANIFEST}" if root else "", "" if given else shipped):
        if path and os.path.isfile(path):
            return _parsed_manifest(path)
    return usage(f"there is no manifest {quoted(given)}") if given else {}


def _parsed_manifest(path: str) -> Any:
    with open(path, "rb") as file:
        return parse_yaml(file.read(), path).value
