"""The specification as data: every case of the YAML files beside this one, through the real recogniser.

A case is `{id, because, command | tool + input, cwd?, variables?, files?, expect}`; `expect` holds
`kinds` (the exact set), and perhaps `environment` (kind -> environment) and `not_kinds`. `files` are paths
below the workspace (absolute ones lie elsewhere). A file without cases, an unknown key, an unknown kind
and an id that is used twice are failures.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from agentic.core.paths import joined
from agentic.core.values import Recognition, ToolCall
from agentic.recognize.recognize import recognize
from tests.fakes import FACTS, ROOT, FakeWorkspace

HERE = Path(__file__).parent
KEYS = {"id", "because", "command", "tool", "input", "cwd", "variables", "files", "expect"}
EXPECTED_KEYS = {"kinds", "environment", "not_kinds"}
FILES = sorted(HERE.glob("*.yaml"))

Case = dict[str, Any]


def cases_of(path: Path) -> list[Case]:
    """The cases of one file."""
    found = yaml.safe_load(path.read_text())
    return found if isinstance(found, list) else []


CASES = [(path.stem, case) for path in FILES for case in cases_of(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_holds_cases(path: Path) -> None:
    assert cases_of(path), f"{path.name} is empty"


def test_ids_are_told_apart() -> None:
    repeated = [
        name for name, count in Counter(case["id"] for _, case in CASES).items() if count > 1
    ]
    assert not repeated


def test_keys_are_known() -> None:
    unknown = {
        case["id"]: sorted(map(str, keys))
        for _, case in CASES
        if (keys := (set(case) - KEYS) | (set(case["expect"]) - EXPECTED_KEYS))
    }
    assert not unknown


def test_every_case_gives_one_call_and_a_reason() -> None:
    wrong = [
        case["id"]
        for _, case in CASES
        if ("command" in case) == ("tool" in case)
        or ("tool" in case) != ("input" in case)
        or not case.get("because")
        or not case["expect"].get("kinds")
    ]
    assert not wrong


def test_kinds_are_of_the_catalogue() -> None:
    text = (HERE.parents[1] / "policies/operations.yaml").read_text()
    catalogue = {row["kind"] for row in yaml.safe_load(text)["operations"]}
    unknown = {
        case["id"]: sorted(kinds)
        for _, case in CASES
        if (kinds := set(case["expect"]["kinds"]) - catalogue)
    }
    assert not unknown


def recognised(case: Case) -> Recognition:
    """What recognition says of a case."""
    files = {joined(ROOT, name): text.encode() for name, text in case.get("files", {}).items()}
    workspace = FakeWorkspace(files, case.get("variables"))
    tool = case.get("tool", "shell")
    given = case["input"] if "input" in case else {"command": case["command"]}
    return recognize(ToolCall(tool, given, case.get("cwd", ROOT), raw_tool=tool), FACTS, workspace)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for _, case in CASES])
def test_case(case: Case) -> None:
    operations = recognised(case).operations
    expected = case["expect"]
    kinds = {operation.kind for operation in operations}
    shown = [f"{o.kind} {o.target} {o.environment} {o.because}".rstrip() for o in operations]
    assert kinds == set(expected["kinds"]), shown
    assert not kinds & set(expected.get("not_kinds", ()))
    for kind, environment in expected.get("environment", {}).items():
        assert {o.environment for o in operations if o.kind == kind} == {environment}, shown
