"""Readings from the sources themselves: what asking could not tell is never covered up by what a hook can."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from agentic.core.policy import Policy
from agentic.core.values import CLEAR, UNKNOWN, Reading, ToolCall
from agentic.ports import LiveReadings
from agentic.signals.interface import World
from agentic.signals.live import ask as ask_
from agentic.signals.live.interface import Answer
from tests.signals.configured import policy_of

CALL = ToolCall("shell", {"command": "kubectl apply -f x.yaml"}, "/w")
TWO_READS = """signals:
  - signal: incident.active
    meaning: an incident is open
    reads:
      - {kind: call-credentials}
      - {kind: incident-file, source: log}
sources:
  - {source: log, kind: file, path: /nowhere/incident.json}
"""


def readings(tmp_path: Path) -> tuple[Reading, ...]:
    def newest(start: int, now: int, words: tuple[str, ...]) -> NoReturn:
        raise AssertionError("no read here is about the journal")

    live = LiveReadings(World(str(tmp_path), newest), "", 1.0)
    return live(policy_of(TWO_READS), ["incident.active"], CALL, 1_795_255_800)


def test_each_read_answers_for_itself(tmp_path: Path) -> None:
    assert [reading.state for reading in readings(tmp_path)] == [CLEAR, UNKNOWN]


def test_a_question_that_failed_as_a_whole_stays_unknown_beside_a_clear_hot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(policy: Policy, names: object, **_: object) -> dict[str, list[list[Answer]]]:
        raise RuntimeError("a bug in asking")

    monkeypatch.setattr(ask_, "reads_of", failing)
    assert sorted(reading.state for reading in readings(tmp_path)) == [CLEAR, UNKNOWN]
