"""The shipped instructions as tests see them: the manifest, the bodies, the commands and tables in them.

A body makes three kinds of claim that can be checked. A line of a ``sh`` block ends in the mode that the
command gets (``kubectl diff … # AUTO``). A table headed ``edit of`` gives the mode of editing a file.
A table headed ``operation`` gives the mode of a kind in each environment under the role of that body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from agentic.core.decide import judge
from agentic.core.patterns import matches
from agentic.core.values import MODES, Decision, Operation, ToolCall
from agentic.govern import govern
from agentic.instructions.documents import (
    SECTIONS,
    Automation,
    Entry,
    Manifest,
    Role,
    parse_manifest,
)
from agentic.ports import Readings
from agentic.shipped import INSTRUCTIONS, POLICIES, shipped_folder
from agentic.signals.interface import World
from tests.fakes import ROOT
from tests.instructions.churn_repository import churn_workspace
from tests.ports_fakes import NOON, make_ports, shell, shipped_policy

FOLDER = Path(shipped_folder(INSTRUCTIONS))

#: The columns of a table headed `operation`.
TABLE_ENVIRONMENTS = ("local", "dev", "staging", "production")
#: What a row for a pattern of kinds says where the role leaves each kind its own mode.
OWN_MODE = "own mode"

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CLAIMED = re.compile(rf"(?P<command>\S.*?)  # (?P<mode>{'|'.join(MODES)})")


class Body(NamedTuple):
    """One Markdown body with what the manifest says of it."""

    section: str
    entry: Entry
    text: str

    @property
    def role(self) -> str:
        """The role whose permissions hold for the commands of this body; empty for the person's own."""
        return self.entry.role if isinstance(self.entry, Role) else ""


class Claim(NamedTuple):
    """A command or an edited path, and the mode that a body says it gets at a moment (Unix seconds)."""

    source: str
    subject: str
    mode: str
    role: str
    at: int = NOON


class Row(NamedTuple):
    """One kind (or a pattern of kinds) of a table, with its modes in `TABLE_ENVIRONMENTS`."""

    source: str
    kind: str
    modes: list[str]
    role: str


@cache
def manifest() -> Manifest:
    """The shipped manifest."""
    found, _ = parse_manifest((FOLDER / "manifest.yaml").read_bytes(), "instructions/manifest.yaml")
    return found


def entries() -> Iterator[tuple[str, Entry]]:
    """Every entry that has a body, with the section it stands in."""
    for section in SECTIONS:
        for entry in getattr(manifest(), section):
            yield section, entry


@cache
def bodies() -> tuple[Body, ...]:
    """Every body that the manifest names, in its order."""
    return tuple(
        Body(section, entry, (FOLDER / entry.source).read_text(encoding="utf-8"))
        for section, entry in entries()
    )


def block_lines(text: str) -> Iterator[str]:
    """The lines of all `sh` blocks of a body."""
    for block in _BLOCK.findall(text):
        yield from block.splitlines()


def claimed_commands() -> list[Claim]:
    """Every command of every body with its claimed mode; a line without one has the mode `none`."""
    claims = []
    for body in bodies():
        for line in block_lines(body.text):
            found = _CLAIMED.fullmatch(line)
            command, mode = (found["command"], found["mode"]) if found else (line, "none")
            claims.append(Claim(body.entry.source, command, mode, body.role, moment_of(body.entry)))
    return claims


def moment_of(entry: Entry) -> int:
    """When an entry's commands are judged: an automation's at its schedule's hour, all others at noon."""
    if not isinstance(entry, Automation):
        return NOON
    minute, hour = entry.schedule.split()[:2]
    midnight = NOON - 12 * 3600
    return midnight + int(hour.partition("-")[0]) * 3600 + int(minute) * 60


def claimed_edits() -> list[Claim]:
    """Every path of every table headed `edit of`, with its claimed mode."""
    return [
        Claim(body.entry.source, path.strip("`"), mode, body.role)
        for body in bodies()
        for path, mode in rows_of(body.text, "edit of")
    ]


def table_rows() -> list[Row]:
    """Every kind of every table headed `operation`, with its modes; a row may name several kinds."""
    return [
        Row(body.entry.source, kind.strip().strip("`"), modes, body.role)
        for body in bodies()
        for kinds, *modes in rows_of(body.text, "operation")
        for kind in kinds.split(",")
    ]


def modes_of(pattern: str, role: str = "") -> list[str]:
    """The mode of a kind in each of `TABLE_ENVIRONMENTS` under a role, before any signal.

    A pattern (`kubernetes.*`) gives the one mode of all its kinds where a cell of the role names the
    pattern, else `OWN_MODE`.
    """
    policy = shipped_policy()
    modes = []
    for environment in TABLE_ENVIRONMENTS:
        if pattern.endswith("*") and not _is_named(role, pattern, environment):
            modes.append(OWN_MODE)
            continue
        kinds = [kind for kind in policy.kinds if matches(pattern, kind)]
        found = {
            judge(policy, [Operation(kind, environment=environment)], role).base_mode
            for kind in kinds
        }
        modes.append(found.pop() if len(found) == 1 else f"{len(found)} modes")
    return modes


def role_cells(role: str) -> list[dict[str, Any]]:
    """The cells of one role, as `policies/permissions.yaml` has them."""
    with open(f"{shipped_folder(POLICIES)}/permissions.yaml", encoding="utf-8") as file:
        rows = yaml.safe_load(file)["roles"]
    return next(row["cells"] for row in rows if row["role"] == role)  # type: ignore[no-any-return]


def _is_named(role: str, pattern: str, environment: str) -> bool:
    return any(
        pattern in cell["kinds"] and environment in cell.get("environments", TABLE_ENVIRONMENTS)
        for cell in role_cells(role)
    )


def rows_of(text: str, heading: str) -> Iterator[tuple[str, ...]]:
    """The rows, as cells, of every table whose first column is called `heading`."""
    is_inside = False
    for line in text.splitlines():
        if not line.startswith("|"):
            is_inside = False
            continue
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if cells[0] == heading:
            is_inside = True
        elif is_inside and set(cells[0]) != {"-"}:
            yield cells


def decided(call: ToolCall, at: int = NOON) -> Decision:
    """What the shipped policy answers in the repository of the instructions, on a Monday.

    The clock, the call's own text and an empty journal are read as a hook would read them.
    """
    world = World("", lambda start, now, words: ((), ""))
    ports = make_ports(workspace=churn_workspace(), now=at)
    return govern(call, ports._replace(readings=Readings(world)), "ASK")


def decided_command(claim: Claim) -> Decision:
    """The answer to a claimed command."""
    return decided(shell(claim.subject, can_ask=True, role=claim.role), claim.at)


def decided_edit(claim: Claim) -> Decision:
    """The answer to an edit of a claimed path."""
    given = {"path": f"{ROOT}/{claim.subject}", "old": "a", "new": "b"}
    return decided(ToolCall("edit", given, ROOT, can_ask=True, role=claim.role))
