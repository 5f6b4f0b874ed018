"""Deployments at GitHub: which of them were rollbacks, for how long and where that counts."""

from __future__ import annotations

from typing import Any

import pytest

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from tests.signals.github_ask import failure, only, rollbacks
from tests.signals.github_fake import GithubFake, Told


def test_a_repository_without_deployments_is_unknown(forge: GithubFake) -> None:
    assert "has no deployments" in only(rollbacks(forge), UNKNOWN).because


def test_deployments_without_a_rollback_are_clear(forge: GithubFake) -> None:
    forge.deploy("production", minutes_ago=30)
    forge.deploy("production", minutes_ago=10, description="the rollbacks page, rolled out")
    reading = only(rollbacks(forge), CLEAR)
    assert reading.because == ("no deployment of `acme/fraud` in the last 360 min was a rollback")


@pytest.mark.parametrize(
    ("marks", "sign"),
    [
        ({"task": "rollback"}, "its task is `rollback`"),
        ({"task": "Rollback"}, "its task is `Rollback`"),
        ({"description": "Rollback of v1.2 by hubot"}, "its description says `rollback`"),
        ({"payload": {"kind": "rollback"}}, "its payload says `rollback`"),
        ({"payload": {"options": [{"rollback": True}]}}, "its payload says `rollback`"),
        ({"payload": "a rollback, again"}, "its payload says `rollback`"),
        ({"payload": '{"rollback": "v1.2"}'}, "its payload says `rollback`"),
        ({"payload": "{rollback"}, "its payload says `rollback`"),
    ],
)
def test_a_rollback_is_told_by_task_description_or_payload(
    forge: GithubFake, marks: dict[str, Any], sign: str
) -> None:
    forge.deploy("prod", minutes_ago=35, **marks)
    forge.deploy("prod", minutes_ago=5)
    reading = only(rollbacks(forge), RAISED)
    assert reading.because == (
        f"a rollback to `prod` ({sign}), 35 min ago in `acme/fraud`, less than 360 min"
    )
    assert (reading.value, reading.unit, reading.threshold) == ("35", "min", "360")
    assert reading.environments == ("production",)


@pytest.mark.parametrize(
    "marks",
    [
        {"task": "deploy:rollback-test"},
        {"description": "no_rollback_needed"},
        {"payload": {"rollback": False, "rollback_of": None}},
        {"payload": '{"rollback": false}'},
        {"payload": {"auto_rollback": True}},
    ],
)
def test_what_only_looks_like_a_rollback_is_none(forge: GithubFake, marks: dict[str, Any]) -> None:
    forge.deploy("prod", minutes_ago=35, **marks)
    only(rollbacks(forge), CLEAR)


def test_rollbacks_are_told_for_each_environment_by_the_newest(forge: GithubFake) -> None:
    forge.deploy("staging", minutes_ago=60, task="revert")
    forge.deploy("prod", minutes_ago=50, task="rollback")
    forge.deploy("production", minutes_ago=20, task="rollback")
    forge.deploy("github-pages", minutes_ago=10, task="rollback")
    found = {r.environments: r.value for r in rollbacks(forge, words=["rollback", "revert"])}
    assert found == {("staging",): "60", ("production",): "20", (): "10"}


def test_a_rollback_is_forgotten_after_the_time(forge: GithubFake) -> None:
    forge.deploy("prod", minutes_ago=30, task="rollback")
    only(rollbacks(forge, within="30m"), RAISED)
    only(rollbacks(forge, within="29m"), CLEAR)


def test_a_rollback_from_a_clock_ahead_of_ours_counts(forge: GithubFake) -> None:
    forge.deploy("prod", minutes_ago=-10, task="rollback")
    assert only(rollbacks(forge), RAISED).value == "0"


def test_more_deployments_than_are_read_are_unknown(forge: GithubFake) -> None:
    for _ in range(1001):
        forge.deploy("prod", minutes_ago=5)
    reading = only(rollbacks(forge), UNKNOWN)
    assert "more than 1000 deployments in 360 min" in reading.because
    only(rollbacks(forge, within="4m"), CLEAR)


@pytest.mark.parametrize("created", [None, 5, "yesterday", "2026-11-20T11:00:00"])
def test_a_deployment_without_its_time_is_a_fault(forge: GithubFake, created: Any) -> None:
    forge.instead = {"/deployments": Told(200, [{"id": 1, "created_at": created}])}
    assert "does not tell when it was created" in failure(rollbacks, forge)
