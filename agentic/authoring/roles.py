"""Role entries to cells: what each agent role may do with each kind in each environment.

A role can only tighten: its cell joins as one more rule. A kind without a cell gets the shipped default of
its effects, and of several cells the strictest holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentic.authoring.validate import kinds_in_scope
from agentic.core.values import ENVIRONMENTS, RANK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentic.authoring.documents import RoleEntry
    from agentic.authoring.layers import LayerPart
    from agentic.authoring.validate import ParsedFile, Vocabulary
    from agentic.core.values import Mode

#: (rule id, mode, because)
CellRow = tuple[str, "Mode", str]


def role_tables(
    shipped: Sequence[ParsedFile], parts: Iterable[LayerPart], words: Vocabulary
) -> tuple[dict[str, dict[str, dict[str, CellRow]]], dict[str, str]]:
    """Cells by role, kind and environment; and the other names of roles.

    A layer's cell joins the shipped cell or default and the stricter holds; new roles and aliases
    count only from a trusted layer, because an unknown role is CONSULT.
    """
    tables: dict[str, dict[str, dict[str, CellRow]]] = {}
    aliases: dict[str, str] = {}
    defaults = _default_cells(shipped, words)
    for file in shipped:
        for entry in file.document.roles:
            tables[entry.role] = _role_table(entry, words, defaults, "permissions")
            aliases.update(_aliases(entry))
    for part in parts:
        for file in part.files:
            for entry in file.document.roles:
                if entry.role in tables:
                    _tighten(tables[entry.role], _cells(entry, words, part.layer))
                elif part.is_trusted:
                    tables[entry.role] = _role_table(entry, words, defaults, part.layer)
                if part.is_trusted and entry.role in tables:
                    aliases.update(_aliases(entry))
    return tables, aliases


def _aliases(entry: RoleEntry) -> dict[str, str]:
    """Every other name of a role; `Agent-<role>` always is one."""
    return dict.fromkeys((*entry.aliases, f"Agent-{entry.role}"), entry.role)


def _default_cells(shipped: Iterable[ParsedFile], words: Vocabulary) -> dict[str, CellRow]:
    """kind -> the cell of a role that names no cell for it."""
    cells: dict[str, CellRow] = {}
    for file in shipped:
        for entry in file.document.role_defaults:
            row: CellRow = ("permissions.no-cell", entry.mode, entry.because)
            for kind in kinds_in_scope(None, entry.effects, words):
                if kind not in cells or RANK[entry.mode] > RANK[cells[kind][1]]:
                    cells[kind] = row
    return cells


def _role_table(
    entry: RoleEntry, words: Vocabulary, defaults: dict[str, CellRow], prefix: str
) -> dict[str, dict[str, CellRow]]:
    cells = _cells(entry, words, prefix)
    whole: dict[int, dict[str, CellRow]] = {}
    table: dict[str, dict[str, CellRow]] = {}
    for kind in words.effects_of:
        own = cells.get(kind, {})
        default = defaults.get(kind)
        if default is not None and len(own) < len(ENVIRONMENTS):
            if not own:  # one shared object for all such kinds keeps the compiled file small
                own = whole.setdefault(id(default), dict.fromkeys(ENVIRONMENTS, default))
            else:
                own = {environment: own.get(environment, default) for environment in ENVIRONMENTS}
        if own:
            table[kind] = own
    return table


def _cells(entry: RoleEntry, words: Vocabulary, prefix: str) -> dict[str, dict[str, CellRow]]:
    """The strictest of a role's own cells, by kind and environment."""
    found: dict[str, dict[str, CellRow]] = {}
    role = entry.role.lower()
    for cell in entry.cells:
        environments = set(cell.environments or ENVIRONMENTS)
        if "production" in environments:
            environments.add("unknown")
        for pattern in cell.kinds:
            stem = f"{prefix}.{role}-{pattern.replace('*', 'any').replace('.', '-')}"
            rows: dict[str, CellRow] = {}
            for environment in environments:
                rule_id = f"{stem}-{environment}" if cell.environments else stem
                rows[environment] = (rule_id, cell.mode, cell.because)
            for kind in words.matching(pattern):
                _tighten(found, {kind: rows})
    return found


def _tighten(table: dict[str, dict[str, CellRow]], further: dict[str, dict[str, CellRow]]) -> None:
    for kind, by_environment in further.items():
        mine = dict(table.get(kind, {}))
        for environment, row in by_environment.items():
            if environment not in mine or RANK[row[1]] > RANK[mine[environment][1]]:
                mine[environment] = row
        table[kind] = mine
