from __future__ import annotations

import pytest

from agentic.authoring.build import built_policy, shipped_documents
from agentic.authoring.cases import LocatedCase, read_cases
from agentic.authoring.reference import ReferenceRow, read_reference
from agentic.authoring.validate import ParsedFile
from agentic.core.policy import Policy
from agentic.shipped import POLICIES, shipped_folder


@pytest.fixture(scope="session")
def folder() -> str:
    return shipped_folder(POLICIES)


@pytest.fixture(scope="session")
def documents(folder: str) -> list[ParsedFile]:
    return shipped_documents(folder)


@pytest.fixture(scope="session")
def policy(folder: str) -> Policy:
    return built_policy(folder, [], "")


@pytest.fixture(scope="session")
def cases(folder: str, policy: Policy) -> list[LocatedCase]:
    return read_cases(f"{folder}/cases", policy.kinds)


@pytest.fixture(scope="session")
def rows(folder: str, cases: list[LocatedCase]) -> list[ReferenceRow]:
    return read_reference(f"{folder}/reference.yaml", {c.case.id: c.case for c in cases})
