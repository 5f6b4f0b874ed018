"""`agentic hosts`: which coding agents are here, put agentic in front of them, take it away, look."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from agentic import exit_codes
from agentic.cli.host_plan import (
    AutoReplyOption,
    DryRunOption,
    HostsArgument,
    InsideOption,
    ManagedDirOption,
    PackageOption,
    Plan,
    RoleOption,
    ScopeOption,
    ToOption,
    carry_out,
    check_installation,
    folder,
    found_or_refused,
)
from agentic.cli.output import choice, reported, say, say_json, table
from agentic.errors import AgenticError
from agentic.hosts import launcher
from agentic.hosts.clients import client_of
from agentic.hosts.host_health import Where, found_files, hosts_here, scopes_of
from agentic.hosts.install import refuse_windows
from agentic.hosts.interface import Finding, Host
from agentic.hosts.registry import HOSTS
from agentic.hosts.seen import last_calls
from agentic.hosts.settings import read_settings
from agentic.places import places_of
from agentic.workspace import workspace_root

if TYPE_CHECKING:
    from agentic.hosts.interface import Scope

hosts_app = typer.Typer(
    help="The coding agents of this machine: list, install, uninstall, status.",
    invoke_without_command=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for each row.")]


@hosts_app.callback()
def list_hosts(context: typer.Context, json: JsonOption = False) -> None:
    """Every host: found here, installed, active, version, last call seen."""
    if context.invoked_subcommand is not None:
        return
    where = _where()
    seen = last_calls(where.places)
    here = hosts_here(where)
    rows = [
        _row(name, host, where, seen.get(name, ""), name in here) for name, host in HOSTS.items()
    ]
    if json:
        for row in rows:
            say_json(row)
        return
    headings = ("host", "found", "version", "installed", "active", "last call")
    shown = [[_shown(value) for value in row.values()] for row in rows]
    say(table(headings, shown))
    unguarded = [str(row["host"]) for row in rows if row["found"] and not row["installed"]]
    if unguarded:
        say(f"not guarded: {', '.join(unguarded)}; `agentic hosts install` guards what is found")


def _row(name: str, host: Host, where: Where, seen: str, is_here: bool) -> dict[str, Any]:
    client = client_of(host, where.environment)
    installed: list[str] = []
    faults = 0
    try:
        for found in found_files(host, where):
            if found.state != "absent" and found.scope not in installed:
                installed.append(found.scope)
            faults += found.state == "changed"
        if installed:
            target = where.target(cast("Scope", installed[0]))
            faults += sum(finding.level == "fail" for finding in host.findings(target))
            faults += bool(launcher.freshness(where.places))
    except AgenticError:
        faults += 1
    return {
        "host": name,
        "found": is_here or client is not None,
        "version": client.version if client else "",
        "installed": installed,
        "active": bool(installed) and not faults,
        "last_call": seen,
    }


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return str(value) or "-"


@hosts_app.command("install")
def install_hosts(
    host: HostsArgument = None,
    scope: ScopeOption = "user",
    auto_reply: AutoReplyOption = "",
    role: RoleOption = "",
    managed_dir: ManagedDirOption = "",
    to: ToOption = "",
    package: PackageOption = False,
    dry_run: DryRunOption = False,
    allow_inside_workspace: InsideOption = False,
) -> None:
    """Put agentic in front of every tool call of the hosts, and prove that it answers."""
    plan = Plan(
        host,
        scope,
        auto_reply=auto_reply,
        role=role,
        managed_dir=managed_dir,
        to=to,
        is_package=package,
    )
    with reported():
        refuse_windows()
        names = plan.names or plan.of_found(
            found_or_refused(plan.places, "agentic hosts install claude-code")
        )
        check_installation(plan.root, scope, is_accepted=allow_inside_workspace)
        carry_out(plan, names, is_removal=False, is_dry_run=dry_run)


@hosts_app.command("uninstall")
def uninstall_hosts(
    host: HostsArgument = None,
    scope: ScopeOption = "user",
    managed_dir: ManagedDirOption = "",
    package: PackageOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Take agentic out of the hosts' files again; what was there before is restored."""
    plan = Plan(host, scope, managed_dir=managed_dir, is_package=package)
    with reported():
        names = plan.of_found(tuple(hosts_here(_where(managed_dir))))
        if not names:
            say("nothing to take out: no host of this machine has agentic in its files")
        carry_out(plan, names, is_removal=True, is_dry_run=dry_run)


@hosts_app.command("status")
def status_of_hosts(
    host: HostsArgument = None,
    managed_dir: ManagedDirOption = "",
    json: JsonOption = False,
) -> None:
    """Every file from which a host loads hooks, what of ours is in it, and what stands against us."""
    for name in host or ():
        choice(name, HOSTS, "host")
    where = _where(managed_dir)
    names = tuple(host or ()) or tuple(hosts_here(where))
    has_failed = False
    for name in names:
        rows = list(_files_of(name, where))
        findings = _findings_of(name, where)
        has_failed = has_failed or any(finding.level == "fail" for finding in findings)
        if json:
            for row in rows:
                say_json({"host": name, **row})
            for finding in findings:
                say_json({"host": name, **finding._asdict()})
            continue
        say(f"{HOSTS[name].TITLE} ({name})")
        headings = ("scope", "agentic", "there", "file")
        lines = table(headings, [[str(value) for value in row.values()] for row in rows])
        say("\n".join(f"  {line}" for line in lines.splitlines()))
        for finding in findings:
            say(f"  {finding.level}: {finding.message}")
            if finding.help and finding.level != "ok":
                say(f"    help: {finding.help}")
    if not names:
        say("no coding agent that agentic knows was found on this machine")
    raise typer.Exit(exit_codes.CHECK_FAILED if has_failed else exit_codes.OK)


def _files_of(name: str, where: Where) -> list[dict[str, str]]:
    """Rows of the files that a host loads: ours, others', and those that are not there."""
    host = HOSTS[name]
    ours: dict[str, str] = {}
    with suppress(AgenticError):  # a broken file is named by the findings
        ours = {found.file.path: found.state for found in found_files(host, where)}
    rows = []
    paths: set[str] = set()
    for scope in scopes_of(host, where)[:1]:
        for file in host.loaded_files(where.target(scope)):
            paths.add(file.path)
            rows.append(_file_row(file.scope, file.path, ours, file.owner))
    listed = [
        _file_row(found, path, ours, "")
        for path, found in ((path, "-") for path in ours)
        if path not in paths
    ]
    return [*rows, *listed]


def _file_row(scope: str, path: str, ours: dict[str, str], owner: str) -> dict[str, str]:
    try:
        data = read_settings(path)
    except AgenticError:
        data = b""
    there = f"{owner}'s" if owner and data is not None else "-" if data is None else "yes"
    return {"scope": scope, "agentic": ours.get(path, "-"), "there": there, "file": path}


def _findings_of(name: str, where: Where) -> list[Finding]:
    try:
        return list(HOSTS[name].findings(where.target(scopes_of(HOSTS[name], where)[0])))
    except AgenticError as problem:
        return [Finding("fail", name, problem.message, problem.help)]


def _where(managed_dir: str = "") -> Where:
    places = places_of(os.environ)
    root = workspace_root("", folder(), places.home)
    return Where(places, root, os.environ, os.path.abspath(managed_dir) if managed_dir else "")
