"""The claims file and the check that holds it to the tests that ran."""

from __future__ import annotations

import re

import pytest

from scripts import claims
from scripts.claims import Claim

EXISTING = "tests/docs/test_claims.py::test_a_claim_without_an_executed_test_is_a_problem"


def claim(*tests: str, later: str = "") -> Claim:
    return Claim("claims", "x", "It holds.", "README", tests, later)


def test_every_claim_names_existing_tests() -> None:
    assert claims.problems_of(claims.read_claims(), report=None) == []


def test_a_claim_without_an_executed_test_is_a_problem() -> None:
    ran = {EXISTING: "passed"}
    assert claims.problems_of([claim(EXISTING)], ran) == []
    assert "did not run" in claims.problems_of([claim(EXISTING)], {})[0]
    assert "failed" in claims.problems_of([claim(EXISTING)], {EXISTING: "failed"})[0]
    assert "skipped" in claims.problems_of([claim(EXISTING)], {EXISTING: "skipped"})[0]


@pytest.mark.parametrize(
    "proof",
    [
        "tests/no/such_file.py",
        "tests/docs/test_claims.py::test_no_such_function",
        "tests/docs/test_claims.py::TestNoSuchClass::test_x",
        "case:no.such-case",
    ],
)
def test_a_proof_that_does_not_exist_is_a_problem(proof: str) -> None:
    assert "does not exist" in claims.problems_of([claim(proof)], None)[0]


def test_a_parametrised_test_counts_when_all_its_cases_passed() -> None:
    ran = {f"{EXISTING}[a]": "passed", f"{EXISTING}[b]": "passed"}
    assert claims.problems_of([claim(EXISTING)], ran) == []
    assert claims.problems_of([claim(EXISTING)], {**ran, f"{EXISTING}[c]": "failed"}) != []


def test_a_test_whose_name_only_starts_alike_is_no_proof() -> None:
    assert not claims.is_proved_by("tests/a.py::test_x", "tests/a.py::test_x_and_more")


def test_the_fourteen_bypasses_and_the_attacks_are_all_there() -> None:
    found = claims.read_claims()
    bypasses = [c.id for c in found if c.section == "bypasses"]
    attacks = [c.id for c in found if c.section == "attacks"]
    assert bypasses == [f"B{number}" for number in range(1, 15)]
    assert attacks == ["E1", "E2", "E3", "E4", "E5", "F1", "F2", "F3"]


def test_claims_are_sentences() -> None:
    for found in claims.read_claims():
        assert re.fullmatch(r"[A-Z`].*[.]", found.says), found.id
