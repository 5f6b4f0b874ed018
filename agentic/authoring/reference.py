"""The map from each row of the reference to what this policy makes of it, and the table generated from it.

`policies/reference.yaml` names for every row a kind or a signal, and for each of its environments the mode
of the reference, the mode that holds here and the case that proves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agentic.authoring.validate import meant, shaped
from agentic.authoring.vocabulary import (
    Closed,
    Environment,
    Mode,
    RuleId,
    Sentence,
    VersionOne,
    Word,
)
from agentic.core.values import RANK
from agentic.errors import Diagnostic, InvalidDocument, quoted
from agentic.yaml_reader import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentic.authoring.cases import Case
    from agentic.yaml_reader import YamlTree

Section = Literal["matrix", "permissions", "triggers", "skills", "workflows", "further"]

_TITLES = {
    "matrix": "The matrix of operations",
    "permissions": "What each agent role may do",
    "triggers": "What raised signals do",
    "skills": "The sub-operations of the skills",
    "workflows": "The workflows",
    "further": "Further rules in the text",
}


class ReferenceCell(Closed):
    """One row in one environment: the mode there, the mode here, and the case that proves it."""

    environment: Environment
    reference: Mode
    mode: Mode
    case: RuleId


class ReferenceRow(Closed):
    """One row of the reference."""

    id: RuleId
    section: Section
    says: Sentence
    kind: Word
    signal: Word | None = None
    role: Word | None = None
    cells: list[ReferenceCell]
    note: Sentence | None = None


class ReferenceFile(Closed):
    """All rows of the reference."""

    version: VersionOne
    rows: list[ReferenceRow]


def read_reference(path: str, cases: Mapping[str, Case]) -> list[ReferenceRow]:
    """All rows. Raises: InvalidDocument with every row that is unmapped, unproven or unexplained."""
    with open(path, "rb") as file:
        tree = parse_yaml(file.read(), "policies/reference.yaml")
    rows = shaped(ReferenceFile, tree).rows
    problems = list(_problems(rows, tree, cases))
    if problems:
        raise InvalidDocument(problems)
    return rows


def _problems(
    rows: list[ReferenceRow], tree: YamlTree, cases: Mapping[str, Case]
) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for i, row in enumerate(rows):
        where = tree.where(("rows", i))
        if row.id in seen:
            yield Diagnostic(
                "reference.duplicate", f"the row {quoted(row.id)} is given twice", where
            )
        seen.add(row.id)
        if not row.cells:
            yield Diagnostic("reference.unmapped", f"the row {quoted(row.id)} has no cell", where)
        for j, cell in enumerate(row.cells):
            at = tree.where(("rows", i, "cells", j))
            case = cases.get(cell.case)
            if case is None:
                message = f"the case {quoted(cell.case)} does not exist"
                yield Diagnostic("reference.no-case", message, at, meant(cell.case, cases))
            elif case.expect.mode != cell.mode or row.kind not in {o.kind for o in case.operations}:
                message = f"the case {quoted(cell.case)} does not prove {row.kind} {cell.mode}"
                yield Diagnostic("reference.other-case", message, at)
            if RANK[cell.mode] < RANK[cell.reference]:
                message = f"{quoted(row.id)} is looser than the reference in {cell.environment}"
                yield Diagnostic("reference.looser", message, at)
            if cell.mode != cell.reference and row.note is None:
                message = f"{quoted(row.id)} is stricter than the reference and does not say why"
                yield Diagnostic("reference.unexplained", message, at, "add a `note`")


def rendered_reference(rows: list[ReferenceRow]) -> str:
    """docs/REFERENCE.md: one table for each section."""
    lines = [
        "# The reference, row by row",
        "",
        "Generated from `policies/reference.yaml` by `python -m agentic.authoring.reference`; do not edit.",
        "",
        "Each row of the reference's matrices with the operation it became, the mode the reference gives",
        "it, the mode that holds here, and the case in `policies/cases/` that proves it. Where both differ,",
        "ours is the stricter one and the last column says why.",
    ]
    for section, title in _TITLES.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| reference | operation | environment | there | here | case | why |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in rows:
            if row.section == section:
                lines += _table_lines(row)
    return "\n".join(lines) + "\n"


def _table_lines(row: ReferenceRow) -> Iterator[str]:
    subject = f"`{row.kind}`"
    if row.role:
        subject += f" by {row.role}"
    if row.signal:
        subject += f" while `{row.signal}`"
    for cell in row.cells:
        why = row.note if row.note and cell.mode != cell.reference else ""
        columns = (
            row.says.replace("|", "\\|"),
            subject,
            cell.environment,
            cell.reference,
            cell.mode,
            f"`{cell.case}`",
            why,
        )
        yield "| " + " | ".join(columns) + " |"


def main() -> None:
    """Write docs/REFERENCE.md of this checkout."""
    from agentic.authoring.build import shipped_documents
    from agentic.authoring.cases import read_cases
    from agentic.authoring.validate import vocabulary_of
    from agentic.shipped import POLICIES, shipped_folder

    folder = shipped_folder(POLICIES)
    kinds = vocabulary_of(shipped_documents(folder)).effects_of
    cases = {located.case.id: located.case for located in read_cases(f"{folder}/cases", kinds)}
    rows = read_reference(f"{folder}/reference.yaml", cases)
    with open(f"{folder.rpartition('/')[0]}/docs/REFERENCE.md", "w", encoding="utf-8") as file:
        file.write(rendered_reference(rows))


if __name__ == "__main__":
    main()
