"""The tables of docs/HOSTS.md, from what every host module says of itself."""

from __future__ import annotations

from agentic.hosts.interface import COLUMNS, Cell, Host
from agentic.hosts.registry import HOSTS


def hosts_overview() -> str:
    """One line a host: its scopes, and how many of its facts a test here has seen."""
    rows = ["| host | name in commands | scopes | seen by a test here |", "|---|---|---|---|"]
    for name, host in HOSTS.items():
        seen = sum(bool(cell.seen) for cell in host.CELLS.values())
        scopes = ", ".join(host.SCOPES)
        told = f"{seen} of {len(COLUMNS)}" if seen else "none: documented only"
        rows.append(f"| {host.TITLE} | `{name}` | {scopes} | {told} |")
    return "\n".join(rows)


def hosts_facts() -> str:
    """A section a host: every column with its fact and where it comes from."""
    return "\n\n".join(_section(name, host) for name, host in HOSTS.items())


def _section(name: str, host: Host) -> str:
    lines = [f"### {host.TITLE}", "", "| what | fact | how known |", "|---|---|---|"]
    for column, meaning in COLUMNS.items():
        cell = host.CELLS[column]
        lines.append(f"| {meaning} | {_escaped(cell.text)} | {_evidence(cell)} |")
    for lack in host.LACKS:
        version = ".".join(map(str, lack.since))
        lines.append(f"| before {version} | {_escaped(lack.what)} | the client's changelog |")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _evidence(cell: Cell) -> str:
    if cell.seen:
        path, _, test = cell.seen.partition("::")
        return f"*seen*: [{test}](../{path})"
    return f"*documented*: {cell.source} ({cell.date})"
