"""Figures in the instructions that policy has as well are policy's."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest
import yaml

from agentic.shipped import POLICIES, WORKFLOWS, shipped_folder
from tests.instructions.content import bodies


class Figure(NamedTuple):
    """A figure as bodies write it (one group), and where policy has it: a signal's meaning, or a setting.

    `policy` finds it in that text; `least` is how many bodies say it at least.
    """

    written: str
    signal: str
    policy: str
    least: int


FIGURES = (
    Figure(r"above (0\.99)\b", "quality.suspicious", r"above (0\.\d+)", 8),
    Figure(r"0\.80 (?:to|and) (0\.85)", "fairness.marginal", r"between 0\.80 and (0\.\d+)", 5),
    Figure(
        r"([\d.]+) times (?:the|its) (?:month's|monthly) budget",
        "cost.over-budget",
        r"above ([\d.]+) times",
        5,
    ),
    Figure(
        r"more than (\d+) percent below\s+production",
        "metric.regression",
        r"more than (\d+) percent below",
        3,
    ),
    Figure(
        r"more than\s+(\d+) percentage\s+points",
        "metric.slice-drop",
        r"more than (\d+) percentage points",
        5,
    ),
    Figure(
        r"(?:success|reported|heartbeat|nothing|none|result)[^.|]{0,30}within (\d+) hours",
        "drift.heartbeat-missing",
        r"within (\d+) hours",
        4,
    ),
)


def _yaml(folder: str, name: str) -> Any:
    with open(f"{shipped_folder(folder)}/{name}", encoding="utf-8") as file:
        return yaml.safe_load(file)


def _signal(name: str) -> dict[str, Any]:
    rows = _yaml(POLICIES, "signals.yaml")["signals"]
    return next(row for row in rows if row["signal"] == name)  # type: ignore[no-any-return]


def _written(pattern: str) -> list[str]:
    """What every body says, one entry a match; line breaks and list marks do not matter."""
    texts = [re.sub(r"\s+", " ", body.text) for body in bodies()]
    return [found for text in texts for found in re.findall(pattern, text)]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.signal)
def test_a_figure_is_the_one_that_policy_has(figure: Figure) -> None:
    told = re.search(figure.policy, _signal(figure.signal)["meaning"])
    assert told is not None
    found = _written(figure.written)
    assert set(found) == {told[1]}
    assert len(found) >= figure.least


def test_the_working_hours_are_the_clock_s() -> None:
    (clock,) = _signal("clock.off-hours")["reads"]
    found = _written(r"(\d\d:\d\d) to (\d\d:\d\d) UTC")
    assert set(found) == {(clock["start"], clock["end"])}
    assert clock["zone"] == "UTC"
    assert clock["days"] == ["Mon", "Tue", "Wed", "Thu", "Fri"]


def test_a_rollback_is_recent_as_long_as_policy_says() -> None:
    (read,) = _signal("rollback.recent")["reads"]
    found = [
        *_written(r"[Ff]or (\d+) hours after"),
        *_written(r"rollback (?:was )?within (?:the last )?(\d+) hours"),
    ]
    assert {f"{hours}h" for hours in found} == {read["within"]}
    assert len(found) >= 4


def test_a_yes_holds_as_long_as_the_settings_say() -> None:
    found = _written(r"holds for (\d+) minutes")
    assert {int(minutes) * 60 for minutes in found} == {
        _yaml(POLICIES, "settings.yaml")["settings"]["grant_ttl_s"]
    }


@pytest.mark.parametrize("name", ["release", "rollback", "retrain", "secret-breach"])
def test_the_governed_workflows_that_ask_two_people_are_told_so(name: str) -> None:
    rows = _yaml(WORKFLOWS, "index.yaml")["workflows"]
    assert next(row["people"] for row in rows if row["name"] == name) == 2
    body = next(b for b in bodies() if b.section == "workflows" and b.entry.id == name)
    assert re.search(r"two\s+(?:people|approvals)", body.text)


def test_the_objective_thresholds_agree_between_the_bodies() -> None:
    """One number for one thing: PSI, labelled rows of a slice, availability."""
    assert set(_written(r"([\d,]+) labelled rows")) == {"50", "1,000"}
    assert set(_written(r"([\d.]+) % (?:of requests answered|available)")) == {"99.5"}
    assert set(_written(r"alert (0\.\d+);? above twice")) == {"0.20"}
