"""The shipped policy as the deciding function sees it: care never makes anything looser."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from agentic.authoring.build import shipped_documents
from agentic.authoring.compile import compile_policy
from agentic.core.decide import decide, judge, wanted_signals
from agentic.core.policy import Policy
from agentic.core.values import RAISED, RANK, UNKNOWN, Operation, Reading

CARE = ("", "local", "dev", "staging", "production")


@pytest.fixture(scope="module")
def policy() -> Policy:
    return compile_policy(shipped_documents(str(Path(__file__).parents[2] / "policies")))


def mode_of(
    policy: Policy, kind: str, declared: str = "", readings: tuple[Reading, ...] = ()
) -> str:
    judgement = judge(policy, [Operation(kind, environment="local")], declared=declared)
    return decide(judgement, readings).mode


def test_declaring_a_stricter_environment_never_lowers_a_mode(policy: Policy) -> None:
    looser = [
        (kind, less, more)
        for kind in policy.kinds
        for less, more in pairwise(CARE)
        if RANK[mode_of(policy, kind, more)] < RANK[mode_of(policy, kind, less)]
    ]
    assert looser == []


@pytest.mark.parametrize("state", [RAISED, UNKNOWN])
def test_off_hours_or_an_unreadable_clock_climbs_deployments_to_shared_places(
    policy: Policy, state: str
) -> None:
    late = (Reading("clock.off-hours", state, "it is late"),)  # type: ignore[arg-type]
    assert mode_of(policy, "kubernetes.apply", "staging") == "CONSULT"
    assert mode_of(policy, "kubernetes.apply", "staging", late) == "STOP"
    assert mode_of(policy, "kubernetes.apply", "local", late) == "AUTO"
    assert mode_of(policy, "file.read", "staging", late) == "AUTO"


def test_the_clock_is_not_read_where_it_cannot_matter(policy: Policy) -> None:
    reading = judge(policy, [Operation("file.read")])
    assert wanted_signals(reading, policy.signals) == ()
    deploying = judge(policy, [Operation("kubernetes.apply", environment="staging")])
    assert wanted_signals(deploying, ["clock.off-hours"]) == ("clock.off-hours",)
    assert wanted_signals(deploying, policy.signals) == tuple(sorted(policy.signals))


def test_a_climb_says_to_wait_and_then_what_the_calm_answer_says(policy: Policy) -> None:
    judgement = judge(policy, [Operation("kubernetes.apply", environment="staging")])
    calm = decide(judgement, ()).way
    late = decide(judgement, [Reading("clock.off-hours", RAISED, "it is late")]).way
    assert calm
    assert late == f"wait until `clock.off-hours` is clear again, then {calm}"


def test_what_runs_has_nothing_to_wait_for(policy: Policy) -> None:
    assert decide(judge(policy, [Operation("file.read")]), ()).way == ""
