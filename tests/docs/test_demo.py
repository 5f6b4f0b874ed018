"""The demo runs as a newcomer would see it, and the benchmarks measure what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bench import corpus
from bench.run import Row, shown
from demo.run import PAYLOADS

ROOT = Path(__file__).resolve().parent.parent.parent
CALLS = [
    path.stem
    for path in PAYLOADS
    if json.loads(path.read_text())["hook_event_name"] == "PreToolUse"
]


def test_the_demo_ends_as_expected() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo.run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NOT AS EXPECTED" not in done.stdout
    for part in ("agentic audit verify", "[exit 4]", "[exit 10]", "[exit 20]", "as expected, in"):
        assert part in done.stdout


def test_every_recorded_call_has_an_expectation() -> None:
    expected = yaml.safe_load((ROOT / "demo/expected.yaml").read_text())["payloads"]
    assert sorted(expected) == sorted(CALLS)
    assert len(CALLS) >= 40


@pytest.mark.parametrize("rules", [30, 300, 3_000])
def test_the_measured_policies_have_the_rules_they_say(rules: int) -> None:
    policy = corpus.policy_of(rules)
    count = sum(len(rows) for kind in policy.kinds for rows in policy.rules_of(kind).modes.values())
    assert count == rules


def test_the_mixed_batch_is_half_hard() -> None:
    lines = corpus.mixed_commands(100)
    assert len(lines) == 100
    assert sum(line in corpus.HARD for line in lines) == 50


def test_a_missed_bar_is_said() -> None:
    assert "MISSED" in shown(Row("x", 2.0, "x", 1.5))
    assert "MISSED" in shown(Row("x", 2.0, "/s", 3.0, at_most=False))
    assert "  met" in shown(Row("x", 1.0, "x", 1.5))
    assert "bar" not in shown(Row("x", 1.0, "ms"))
