"""The reference is carried whole: every row mapped, proven by a case, never looser; the table current."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from agentic.authoring.cases import LocatedCase
from agentic.authoring.reference import ReferenceRow, read_reference, rendered_reference
from agentic.authoring.validate import ParsedFile
from agentic.core.policy import Policy
from agentic.errors import InvalidDocument

ROLES = (
    "Orchestrator EDAProfiler DataValidator MLTrainer APIBuilder DockerBuilder K8sBuilder "
    "TerraformBuilder CICDBuilder SecurityAuditor MonitoringSetup DriftSetup DocumentationAI "
    "TestGenerator DriftMonitor RetrainingAgent CostAuditor DocUpdater"
).split()
WORKFLOWS = (
    "cost-review drift-check eda load-test new-adr new-service performance-review "
    "incident release retrain rollback secret-breach"
).split()
SKILLS = {
    "batch-inference": 3,
    "concept-drift-analysis": 3,
    "cost-audit": 4,
    "debug-ml-inference": 6,
    "deploy-aws": 3,
    "deploy-gke": 3,
    "drift-detection": 5,
    "eda-analysis": 5,
    "model-retrain": 3,
    "new-service": 5,
    "performance-degradation-rca": 3,
    "release-checklist": 6,
    "rollback": 4,
    "rule-audit": 3,
    "secret-breach-response": 4,
    "security-audit": 3,
}


def in_section(rows: list[ReferenceRow], section: str) -> list[ReferenceRow]:
    return [row for row in rows if row.section == section]


def test_the_twenty_rows_of_the_matrix_are_there(rows: list[ReferenceRow]) -> None:
    covered: set[int] = set()
    for row in in_section(rows, "matrix"):
        first, _, last = row.says.split()[0].partition("-")
        covered.update(range(int(first), int(last or first) + 1))
        assert {cell.environment for cell in row.cells} == {"dev", "staging", "production"}
    assert covered == set(range(1, 21))


def test_every_sub_operation_of_every_skill_is_there(rows: list[ReferenceRow]) -> None:
    skills = Counter(row.says.partition(":")[0] for row in in_section(rows, "skills"))
    assert dict(skills) == SKILLS
    assert sum(SKILLS.values()) == 63


def test_the_twelve_workflows_are_there(rows: list[ReferenceRow]) -> None:
    assert [row.says for row in in_section(rows, "workflows")] == [
        f"workflow {w}" for w in WORKFLOWS
    ]


def test_every_role_has_a_row(rows: list[ReferenceRow], policy: Policy) -> None:
    assert {row.role for row in in_section(rows, "permissions")} == {*ROLES, "CIRepair"}
    assert set(policy.roles) == {*ROLES, "CIRepair"}


def test_every_automatic_stop_is_there(rows: list[ReferenceRow]) -> None:
    triggers = {row.says.split()[0]: row for row in in_section(rows, "triggers")}
    assert all(triggers[f"E{n}"].cells[0].mode == "STOP" for n in range(1, 7))


def test_the_table_is_current(rows: list[ReferenceRow], folder: str) -> None:
    written = Path(folder).parent / "docs/REFERENCE.md"
    assert written.read_text() == rendered_reference(rows), (
        "run `python -m agentic.authoring.reference`"
    )


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (
            "case: matrix.terraform-plan-dev",
            "case: matrix.terraform-plan-moon",
            "reference.no-case",
        ),
        ("case: matrix.terraform-plan-dev", "case: matrix.dvc-add-dev", "reference.other-case"),
        ("reference: AUTO", "reference: STOP", "reference.looser"),
        ("    note: in a production registry", "    #", "reference.unexplained"),
        ("id: matrix.dvc-add", "id: matrix.run-tests", "reference.duplicate"),
    ],
)
def test_a_broken_map_is_refused(
    folder: str, cases: list[LocatedCase], tmp_path: Path, before: str, after: str, code: str
) -> None:
    text = (Path(folder) / "reference.yaml").read_text()
    assert before in text
    broken = tmp_path / "reference.yaml"
    broken.write_text(text.replace(before, after, 1))
    with pytest.raises(InvalidDocument) as caught:
        read_reference(str(broken), {c.case.id: c.case for c in cases})
    assert code in {d.code for d in caught.value.diagnostics}


def test_an_unmapped_row_is_refused(folder: str, cases: list[LocatedCase], tmp_path: Path) -> None:
    broken = tmp_path / "reference.yaml"
    broken.write_text(
        "version: 1\nrows:\n"
        "  - {id: a.b, section: matrix, says: one more row, kind: file.read, cells: []}\n"
    )
    with pytest.raises(InvalidDocument) as caught:
        read_reference(str(broken), {c.case.id: c.case for c in cases})
    assert caught.value.diagnostics[0].code == "reference.unmapped"


def test_the_catalogue_names_what_later_work_needs(documents: list[ParsedFile]) -> None:
    kinds = {o.kind for f in documents for o in f.document.operations}
    assert kinds >= {
        "workspace.provision",
        "data.publish",
        "access.change",
        "baseline.update",
        "prompt.change",
        "safety-filter.change",
        "index.swap",
        "deploy.traffic-weight",
        "alert.silence",
        "model.alias",
        "template.publish",
        "mcp.install-server",
        "waiver.grant",
        "model.route-change",
    }
