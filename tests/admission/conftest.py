"""A judge under the shipped policy."""

from __future__ import annotations

import pytest

from agentic.admission.judge import Judge, judge_of
from tests.ports_fakes import make_ports


@pytest.fixture(scope="session")
def judge() -> Judge:
    """What policy says, as shipped."""
    return judge_of(make_ports())
