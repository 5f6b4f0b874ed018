from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from agentic.authoring.effective import effective_policy
from agentic.core.policy import Policy
from agentic.core.values import ENVIRONMENTS, RANK


class Place(NamedTuple):
    """A workspace with its state and configuration folders."""

    root: Path
    state: Path
    config: Path

    def write(self, text: str, name: str = "policy.yaml") -> Path:
        folder = self.root / ".agentic"
        folder.mkdir(exist_ok=True)
        file = folder / name
        file.write_text("version: 1\n" + text)
        return file

    def policy(self) -> Policy:
        return effective_policy(str(self.root), str(self.state), str(self.config))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path / "workspace", tmp_path / "state", tmp_path / "config")
    made.root.mkdir()
    made.config.mkdir()
    return made


@pytest.fixture(scope="session")
def shipped_modes() -> dict[tuple[str, str], str]:
    from agentic.authoring.build import built_policy
    from agentic.shipped import POLICIES, shipped_folder

    return modes_of(built_policy(shipped_folder(POLICIES), [], ""))


def modes_of(policy: Policy) -> dict[tuple[str, str], str]:
    """The strictest mode by kind and environment."""
    return {
        (kind, environment): max(
            (rule[1] for rule in policy.rules_of(kind)[4][environment]), key=RANK.__getitem__
        )
        for kind in policy.kinds
        for environment in ENVIRONMENTS
    }


@pytest.fixture
def modes() -> Callable[[Policy], dict[tuple[str, str], str]]:
    return modes_of
