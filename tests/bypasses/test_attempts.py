"""Every known way around the guard goes through the one path and does not get through.

Attempts are data (attempts.yaml); the world is in memory, the policy is the shipped one, the clock real
signals code at a fixed moment.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from agentic.core.values import RANK, ToolCall
from agentic.govern import govern
from agentic.ports import Readings
from agentic.signals.interface import World
from tests.fakes import ROOT, FakeWorkspace
from tests.ports_fakes import NOON, make_ports

ATTEMPTS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "attempts.yaml").read_text()
)["attempts"]


def call_of(attempt: dict[str, Any]) -> ToolCall:
    if "command" in attempt:
        return ToolCall("shell", {"command": attempt["command"]}, ROOT)
    return ToolCall(attempt["tool"], attempt["input"], ROOT)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=[attempt["id"] for attempt in ATTEMPTS])
def test_the_attempt_does_not_get_through(attempt: dict[str, Any]) -> None:
    files = {f"{ROOT}/{name}": text.encode() for name, text in attempt.get("files", {}).items()}
    now = int(attempt["at"].timestamp()) if isinstance(attempt.get("at"), datetime) else NOON
    ports = make_ports(workspace=FakeWorkspace(files), now=now)._replace(
        readings=Readings(World("", lambda _count: ()))
    )
    decision = govern(call_of(attempt), ports)
    seen = {operation.kind for operation in decision.operations}
    assert RANK[decision.mode] >= RANK[attempt["at_least"]], (decision.mode, seen)
    assert set(attempt.get("kinds", ())) <= seen
    assert (
        decision.permission == "RUN" if decision.mode == "AUTO" else decision.permission == "BLOCK"
    )


def test_no_key_of_an_attempt_is_ignored() -> None:
    known = {"id", "command", "tool", "input", "at_least", "kinds", "files", "at"}
    for attempt in ATTEMPTS:
        assert set(attempt) <= known, attempt["id"]
        assert ("command" in attempt) != ("tool" in attempt)
    ids = [attempt["id"] for attempt in ATTEMPTS]
    assert len(ids) == len(set(ids))
