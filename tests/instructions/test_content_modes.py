"""What the instructions say of modes is what the shipped policy answers."""

from __future__ import annotations

import pytest
import yaml

from agentic.core.decide import judge
from agentic.core.values import MODES, RANK, STOP, Operation
from agentic.instructions.documents import Judged
from agentic.shipped import POLICIES, WORKFLOWS, shipped_folder
from tests.instructions.content import (
    Claim,
    claimed_commands,
    claimed_edits,
    decided_command,
    decided_edit,
    entries,
    modes_of,
    table_rows,
)
from tests.ports_fakes import shipped_policy

COMMANDS = claimed_commands()
EDITS = claimed_edits()
#: Skills that are called differently here, because workflows of the reference have their names and hosts keep
#: skills and commands in one space of names.
RENAMED = {"new-service": "scaffold-service", "rollback": "prepare-rollback"}
JUDGED = [(section, entry) for section, entry in entries() if isinstance(entry, Judged)]


@pytest.mark.parametrize("source", dict.fromkeys(claim.source for claim in COMMANDS))
def test_each_command_is_understood_and_gets_the_mode_that_its_line_claims(source: str) -> None:
    wrong = []
    for claim in COMMANDS:
        if claim.source != source:
            continue
        decision = decided_command(claim)
        kinds = [operation.kind for operation in decision.operations]
        if decision.mode != claim.mode or not kinds or any(k.startswith("unknown.") for k in kinds):
            wrong.append((claim.subject, claim.mode, decision.mode, kinds, decision.because))
    assert wrong == []


@pytest.mark.parametrize("claim", EDITS, ids=lambda claim: f"{claim.source}: {claim.subject}")
def test_an_edit_gets_the_mode_that_its_row_claims(claim: Claim) -> None:
    assert decided_edit(claim).mode == claim.mode


def test_every_mode_is_shown_by_a_command_and_an_edit() -> None:
    assert {claim.mode for claim in COMMANDS} == set(MODES)
    assert {claim.mode for claim in EDITS} == set(MODES)


def strictest_of(entry: Judged) -> str:
    """The strictest mode that policy gives an entry's operations in its environments."""
    policy = shipped_policy()
    return max(
        (
            judge(policy, [Operation(kind, environment=environment)]).base_mode
            for kind in entry.operations
            for environment in entry.environments or [""]
        ),
        key=RANK.__getitem__,
    )


@pytest.mark.parametrize(("section", "entry"), JUDGED, ids=[f"{s}/{e.id}" for s, e in JUDGED])
def test_a_declared_mode_is_the_strictest_of_its_operations(section: str, entry: Judged) -> None:
    assert entry.mode == strictest_of(entry)


def test_a_workflow_is_as_strict_as_the_index_says() -> None:
    """The session's part of a workflow is no looser than its start and no stricter than its last step."""
    with open(f"{shipped_folder(WORKFLOWS)}/index.yaml", encoding="utf-8") as file:
        index = {row["name"]: row for row in yaml.safe_load(file)["workflows"]}
    found = {entry.id: entry.mode for section, entry in JUDGED if section == "workflows"}
    assert found.keys() == index.keys()
    for name, mode in found.items():
        assert RANK[index[name]["mode"]] <= RANK[mode] <= RANK[index[name]["strictest"]], name


@pytest.mark.parametrize("source", dict.fromkeys(row.source for row in table_rows()))
def test_the_rows_of_modes_are_what_policy_says(source: str) -> None:
    rows = [row for row in table_rows() if row.source == source]
    assert [row for row in rows if row.modes != modes_of(row.kind, row.role)] == []


def test_every_skill_and_workflow_says_the_mode_of_each_of_its_operations() -> None:
    shown = {(row.source, row.kind) for row in table_rows()}
    for section, entry in JUDGED:
        if section in ("skills", "workflows"):
            assert not [k for k in entry.operations if (entry.source, k) not in shown], entry.source


def test_a_skill_covers_what_the_reference_gives_it() -> None:
    """A sub-operation of the reference's skill is declared, or its table says that it is STOP somewhere."""
    with open(f"{shipped_folder(POLICIES)}/reference.yaml", encoding="utf-8") as file:
        rows = [row for row in yaml.safe_load(file)["rows"] if row["section"] == "skills"]
    skills = {entry.id: entry for section, entry in JUDGED if section == "skills"}
    stopped = {(row.source, row.kind) for row in table_rows() if STOP in row.modes}
    named = [(RENAMED.get(name, name), row) for row in rows for name in [row["says"].split(":")[0]]]
    assert {name for name, _ in named} == skills.keys()
    for name, row in named:
        skill = skills[name]
        is_declared = row["kind"] in skill.operations
        assert is_declared or (skill.source, row["kind"]) in stopped, row["says"]
