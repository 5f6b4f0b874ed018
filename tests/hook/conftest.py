"""One real installation a worker; before each test its home is put back as `init` left it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hook.machine import Guarded, Installation, made_installation, replace_tree, set_up


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return made_installation(tmp_path_factory.mktemp("installation"))


@pytest.fixture(scope="session")
def _original(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Guarded, Path]:
    """The machine, and a copy of its home. Its paths hold what a careless command line trips over."""
    base = tmp_path_factory.mktemp("machine")
    made = set_up(base, installation, home='ada\'s "home" $é', project="my project")
    replace_tree(made.home, base / "copy")
    return made, base / "copy"


@pytest.fixture
def guarded(_original: tuple[Guarded, Path]) -> Guarded:
    """The machine as `init` and two harmless calls left it."""
    made, copy = _original
    replace_tree(copy, made.home)
    return made
