"""Machines to start hooks on: one that tests share, and new ones for those who break theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hosts.machine import Machine, new_machine


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """An installed machine that no test may break."""
    made = new_machine(tmp_path_factory.mktemp("machine"))
    made.install()
    return made


@pytest.fixture
def fresh(tmp_path: Path) -> Machine:
    """An installed machine of this test's own."""
    made = new_machine(tmp_path)
    made.install()
    return made


@pytest.fixture
def bare(tmp_path: Path) -> Callable[[str], Machine]:
    """Makes a machine without agentic, its project called as given."""
    return lambda name="churn": new_machine(tmp_path, name)
