"""Every shipped policy case, its commands recognised and all of them decided by the one path."""

from __future__ import annotations

import pytest

from agentic.authoring.cases import LocatedCase, read_cases, run_cases
from agentic.cli.policy import answered
from agentic.shipped import POLICIES, shipped_folder
from tests.ports_fakes import make_ports, shipped_policy

CASES = read_cases(f"{shipped_folder(POLICIES)}/cases", shipped_policy().kinds)


@pytest.mark.parametrize("located", CASES, ids=[located.case.id for located in CASES])
def test_the_case_is_answered_as_it_says(located: LocatedCase) -> None:
    (result,) = run_cases([located], lambda case: answered(case, make_ports()))
    assert result.problems == ()
