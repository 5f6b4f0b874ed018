"""Whose payload it is: every recorded payload is known for its host's, whatever the hook's command names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentic.adapters import ADAPTERS, host_of

PAYLOADS = Path(__file__).with_name("payloads")
MINE = ("copilot", "gemini-cli", "qwen-code")
RECORDED = sorted(path for host in MINE for path in (PAYLOADS / host).rglob("*.json"))
CLAUDE = Path(__file__).parents[2] / "demo/payloads"
#: What each host sets for its hooks.
VARIABLES = {"qwen-code": {"QWEN_PROJECT_DIR": "/home/ada/churn"}}


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def id_of(path: Path) -> str:
    return str(path.relative_to(PAYLOADS))


@pytest.mark.parametrize("path", RECORDED, ids=id_of)
def test_a_hook_of_the_host_itself_knows_its_payload(path: Path) -> None:
    host = path.relative_to(PAYLOADS).parts[0]
    assert host_of(read(path), VARIABLES.get(host, {}), host) == host


@pytest.mark.parametrize("path", [p for p in RECORDED if p.name.startswith("claude-")], ids=id_of)
def test_copilot_is_known_behind_a_command_for_claude_code(path: Path) -> None:
    """It reads Claude Code's settings, so that this is what really happens."""
    assert host_of(read(path), {}, "claude-code") == "copilot"


@pytest.mark.parametrize(
    "path", [p for p in RECORDED if "Tool" in p.name and "qwen-code" in p.parts], ids=id_of
)
@pytest.mark.parametrize("named", sorted(ADAPTERS))
def test_a_call_of_qwen_code_is_known_behind_any_command(path: Path, named: str) -> None:
    assert host_of(read(path), VARIABLES["qwen-code"], named) == "qwen-code"


@pytest.mark.parametrize("path", sorted(CLAUDE.glob("*.json")), ids=lambda path: path.stem)
@pytest.mark.parametrize("named", sorted(ADAPTERS))
def test_claude_code_is_never_taken_for_one_of_them(path: Path, named: str) -> None:
    """Also where its own variables were inherited from another client that started it."""
    payload = read(path)
    if "prompt_id" in payload:
        assert host_of(payload, {"QWEN_PROJECT_DIR": "/w"}, named) == "claude-code"
