"""Every case shipped beside the policies comes out as it says."""

from __future__ import annotations

from agentic.authoring.cases import LocatedCase, run_cases
from agentic.core.policy import Policy
from tests.policies.answers import answer_from_policy


def test_every_case_with_operations_comes_out_as_it_says(
    policy: Policy, cases: list[LocatedCase]
) -> None:
    asked = [located for located in cases if located.case.operations]
    results = run_cases(asked, lambda case: answer_from_policy(policy, case))
    wrong = [f"{r.where} {r.id}: {'; '.join(r.problems)}" for r in results if r.problems]
    assert not wrong, "\n".join(wrong)
    assert len(results) >= 300


def test_a_case_that_expects_something_else_is_told(
    policy: Policy, cases: list[LocatedCase]
) -> None:
    located = next(c for c in cases if c.case.id == "matrix.terraform-plan-dev")
    expect = located.case.expect.model_copy(
        update={"mode": "STOP", "rules": ["modes.no-such-rule"]}
    )
    changed = located._replace(case=located.case.model_copy(update={"expect": expect}))
    (result,) = run_cases([changed], lambda case: answer_from_policy(policy, case))
    assert result.problems == (
        "expected STOP, got AUTO by modes.terraform-plan",
        "expected the rule `modes.no-such-rule`",
    )


def test_every_kind_stands_in_some_case(policy: Policy, cases: list[LocatedCase]) -> None:
    named = {o.kind for located in cases for o in located.case.operations}
    assert named == set(policy.kinds)
