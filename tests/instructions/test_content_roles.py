"""Each role's body tells all that policies/permissions.yaml gives it, and the chain of handoffs closes."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from agentic.instructions.documents import Role
from tests.instructions.content import Body, bodies, manifest, role_cells, table_rows
from tests.ports_fakes import shipped_policy

ROLES = [body for body in bodies() if body.section == "roles"]
BODY = {body.entry.id: body for body in ROLES}

#: Roles of permissions.yaml that are no sub-agent of the reference's eighteen.
WITHOUT_BODY = {"CIRepair"}

SECTIONS = ["May do", "Input", "Work", "Output", "Stops when"]


class Handoff(NamedTuple):
    """A typed document between two roles; the last one goes to CI."""

    name: str
    producer: str
    consumer: str
    fields: str


HANDOFFS = (
    Handoff(
        "EDAHandoff",
        "eda-profiler",
        "ml-trainer",
        "service_name dataset_path target_column baseline_distributions_path feature_proposals_path "
        "schema_proposal_path leakage_gate_passed blocked_features n_rows n_features created_at",
    ),
    Handoff(
        "TrainingArtifact",
        "ml-trainer",
        "docker-builder",
        "service_name model_path model_sha256 mlflow_run_id metrics fairness_dir "
        "quality_gates_passed created_at",
    ),
    Handoff(
        "BuildArtifact",
        "docker-builder",
        "security-auditor",
        "service_name image_ref image_digest sbom_path trivy_report_path training_artifact created_at",
    ),
    Handoff(
        "SecurityAuditResult",
        "security-auditor",
        "k8s-builder",
        "service_name image_ref signature_verified sbom_attested trivy_critical trivy_high "
        "gitleaks_findings iam_least_privilege_verified passed findings created_at",
    ),
    Handoff(
        "DeploymentRequest",
        "k8s-builder",
        "",
        "service_name environment image_ref kustomize_overlay security_audit required_mode created_at",
    ),
)


def part_of(body: Body, heading: str) -> str:
    """The text below a heading, up to the next one."""
    return body.text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_every_role_of_the_permissions_has_a_body() -> None:
    named = {role.role for role in manifest().roles}
    assert named == set(shipped_policy().roles) - WITHOUT_BODY
    assert len(named) == len(ROLES)


def test_a_host_that_starts_a_role_by_its_id_gets_that_role() -> None:
    for body in ROLES:
        assert isinstance(body.entry, Role)
        assert shipped_policy().role_aliases[body.entry.id] == body.entry.role


@pytest.mark.parametrize("body", ROLES, ids=lambda body: body.entry.id)
def test_a_body_has_its_five_parts(body: Body) -> None:
    assert re.findall(r"^## (.+)$", body.text, re.MULTILINE) == SECTIONS
    assert all(part_of(body, heading).strip() for heading in SECTIONS)


@pytest.mark.parametrize("body", ROLES, ids=lambda body: body.entry.id)
def test_every_permission_of_the_role_is_told(body: Body) -> None:
    """What the rows say is compared with policy in test_content_modes."""
    told = [row.kind for row in table_rows() if row.source == body.entry.source]
    given = dict.fromkeys(kind for cell in role_cells(body.role) for kind in cell["kinds"])
    assert sorted(told) == sorted(given)


@pytest.mark.parametrize("handoff", HANDOFFS, ids=lambda handoff: handoff.name)
def test_a_handoff_is_told_by_who_gives_it_and_who_takes_it(handoff: Handoff) -> None:
    output = part_of(BODY[handoff.producer], "Output")
    assert output.startswith(f"\n`{handoff.name}`")
    assert set(re.findall(r"`([a-z_0-9]+)`", output)) >= set(handoff.fields.split())
    if handoff.consumer:
        assert f"`{handoff.consumer}`" in output
        taken = part_of(BODY[handoff.consumer], "Input")
        assert handoff.name in taken
        assert f"`{handoff.producer}`" in taken


def test_the_orchestrator_knows_the_whole_chain_in_order() -> None:
    work = part_of(BODY["orchestrator"], "Work")
    places = [work.index(f"`{handoff.name}`") for handoff in HANDOFFS]
    assert places == sorted(places)
