"""`agentic doctor`: is the guard in place and sound, and how to mend what is not."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Annotated, cast

import typer

from agentic import exit_codes
from agentic.cli.output import counted
from agentic.hosts.health import World, examined, repaired
from agentic.hosts.interface import Finding
from agentic.hosts.reach import Machine, powers
from agentic.places import places_of
from agentic.workspace import workspace_root

if TYPE_CHECKING:
    from agentic.hosts.interface import Level

_SIGNS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


def doctor(
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Rebuild launcher, compiled policy and our entries first."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per finding.")
    ] = False,
    managed_dir: Annotated[
        str,
        typer.Option(
            "--managed-dir", help="Where managed settings lie, when not in the usual place."
        ),
    ] = "",
    reach: Annotated[
        bool,
        typer.Option(
            "--reach",
            help="List what this session could do whatever policy says, and how to take it away.",
        ),
    ] = False,
) -> None:
    """Look at everything the guard needs. Exit 0: sound (perhaps with warnings), 4: something failed."""
    places = places_of(os.environ)
    try:
        cwd = os.getcwd()
    except OSError:
        cwd = ""
    root = workspace_root("", cwd, places.home)
    if reach:
        _tell_powers(Machine(places, root, os.environ), is_json=as_json)
        return
    world = World(places, root, os.environ, int(time.time()), managed_dir)
    findings: list[Finding] = []
    if repair:
        findings += [f._replace(check=f"repair.{f.check}") for f in repaired(world)]
    findings += [*examined(world), _mcp_finding()]
    for finding in findings:
        print(json.dumps(finding._asdict(), ensure_ascii=True) if as_json else shown(finding))
    has_failed = any(finding.level == "fail" for finding in findings)
    if not as_json:
        print(summary(findings))
    sys.stdout.flush()
    raise typer.Exit(exit_codes.CHECK_FAILED if has_failed else exit_codes.OK)


def _mcp_finding() -> Finding:
    """The MCP servers of every host in one line; `agentic mcp doctor` has the rest."""
    from agentic.cli.mcp_doctor import summary_of_servers

    try:
        level, message, mend = summary_of_servers()
    except Exception as problem:  # noqa: BLE001 - the other findings must be told
        text = f"could not be checked: {type(problem).__name__}: {problem}"
        return Finding("warn", "mcp", text, "`agentic mcp doctor` says more")
    return Finding(cast("Level", level), "mcp", message, mend)


def _tell_powers(machine: Machine, *, is_json: bool) -> None:
    """What is in reach, kind by kind; nothing of it is a fault, so this never fails."""
    found = powers(machine)
    for power in found:
        if is_json:
            print(json.dumps(power._asdict(), ensure_ascii=True))
            continue
        place = f" ({power.where})" if power.where else ""
        print(f"{power.kind:<11} {power.what}{place}\n            help: {power.mend}")
    if not is_json:
        print(
            f"{len(found)} powers in reach of whoever runs as this user, whatever policy says; "
            "a sandbox or a user of its own takes them away from an agent"
            if found
            else "nothing was found that policy does not govern"
        )
    sys.stdout.flush()


def shown(finding: Finding) -> str:
    """A finding as one line, and how to mend it as a second."""
    text = f"{_SIGNS[finding.level]}  {finding.check:<18} {finding.message}"
    return f"{text}\n      help: {finding.help}" if finding.help and finding.level != "ok" else text


def summary(findings: list[Finding]) -> str:
    """The last line: how many of each."""
    failed = sum(finding.level == "fail" for finding in findings)
    warned = sum(finding.level == "warn" for finding in findings)
    if failed:
        told = f"{failed} failed, {counted(warned, 'warning')}"
        return f"{told}; `agentic doctor --repair` rebuilds what it can"
    return f"sound, {counted(warned, 'warning')}" if warned else "sound"
