"""What the tests of recognition share."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml


@pytest.fixture(scope="session")
def catalogue() -> set[str]:
    """Every operation kind that the shipped catalogue names."""
    text = (Path(__file__).parents[2] / "policies/operations.yaml").read_text()
    return {row["kind"] for row in yaml.safe_load(text)["operations"]}
