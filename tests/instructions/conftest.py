"""A sample repository, and a judge under the shipped policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentic.admission.judge import Judge, judge_of
from tests.instructions.sample import repository
from tests.ports_fakes import make_ports


@pytest.fixture(scope="session")
def judge() -> Judge:
    """What policy says, as shipped."""
    return judge_of(make_ports())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The sample, not synced yet."""
    return repository(tmp_path / "repository")
