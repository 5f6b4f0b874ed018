"""Report files all the way: a live question about the example policy, and what is decided on its answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentic.core.policy import Policy
from agentic.core.values import CLEAR, CONSULT, RAISED, STOP, UNKNOWN, Decision, Reading
from agentic.signals.live.ask import ask, environment_words_of, readings_at
from tests.signals.asking import STAGING, decided
from tests.signals.configured import policy_of
from tests.signals.report_files import NOW, SAMPLES, drift, incidents, report, sample

PRODUCERS = ("evaluation", "fairness", "tests", "canary", "freshness", "cost", "deploy")


class Platform:
    """A machine whose producers have all handed over good documents about staging, and its policy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("reports", "drift", "work/ops"):
            (folder / part).mkdir(parents=True)
        for name in PRODUCERS:
            document = sample(name)
            document["subject"]["environment"] = "staging"
            self.put(f"reports/{name}.json", document)
        self.put("drift/churn.json", drift(("age", 0.1, 0.25), environment="staging"))
        self.put("work/ops/incidents.json", incidents())
        text = (SAMPLES / "signals.yaml").read_text().replace("/var/lib/gates", str(folder))
        self.policy: Policy = policy_of(text.partition("version: 1\n")[2])

    def put(self, name: str, document: Any) -> None:
        path = self.folder / name
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        path.chmod(0o644)

    def readings(self) -> tuple[Reading, ...]:
        answers = ask(
            self.policy,
            self.policy.signals,
            now=NOW,
            deadline_s=20,
            workspace=str(self.folder / "work"),
            environment_words=environment_words_of(self.policy),
        )
        return readings_at(answers, NOW)

    def decided(self) -> Decision:
        return decided(self.policy, self.readings(), STAGING)


@pytest.fixture
def platform_files(tmp_path: Path) -> Platform:
    return Platform(tmp_path)


def test_all_is_well(platform_files: Platform) -> None:
    readings = platform_files.readings()
    assert {reading.signal for reading in readings} == set(platform_files.policy.signals)
    assert {(r.signal, r.state) for r in readings if r.state != CLEAR} == set()
    assert platform_files.decided().mode == CONSULT


def test_a_failed_gate_stops_a_deploy_and_is_named(platform_files: Platform) -> None:
    document = report(0.7, "auc", "fail", environment="staging", bound={"at_least": 0.8})
    platform_files.put("reports/evaluation-2.json", document)
    decision = platform_files.decided()
    assert decision.mode == STOP
    told = [step for step in decision.trace if step.signal == "gate.failed"]
    assert "gate `g` fails: `auc` is 0.7, wanted at least 0.8" in told[0].because


def test_a_gate_of_production_does_not_stop_staging(platform_files: Platform) -> None:
    document = report(0.7, "auc", "fail", environment="production")
    platform_files.put("reports/evaluation-2.json", document)
    assert RAISED in {reading.state for reading in platform_files.readings()}
    assert platform_files.decided().mode == CONSULT


def test_severe_drift_stops_a_deploy(platform_files: Platform) -> None:
    document = drift(("age", 0.51, 0.25), environment="staging")
    platform_files.put("drift/churn.json", document)
    decision = platform_files.decided()
    assert decision.mode == STOP
    assert "`age` 0.51 (threshold 0.25)" in decision.because


def test_an_open_incident_climbs_one_step(platform_files: Platform) -> None:
    platform_files.put("work/ops/incidents.json", incidents({"environment": "staging"}))
    decision = platform_files.decided()
    assert (decision.base_mode, decision.mode) == (CONSULT, STOP)
    assert "`INC-7`" in decision.because


BREAKING: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[:-2],
    "empty": lambda data: b"",
    "html": lambda data: b"<html><h1>502</h1></html>",
    "nan": lambda data: data.replace(b'"version": 1', b'"version": NaN'),
    "next version": lambda data: data.replace(b'"version": 1', b'"version": 2'),
}


@pytest.mark.parametrize("breaking", BREAKING)
@pytest.mark.parametrize(
    "name", ["reports/deploy.json", "drift/churn.json", "work/ops/incidents.json"]
)
def test_what_breaks_is_unknown_and_never_lowers_a_decision(
    platform_files: Platform, name: str, breaking: str
) -> None:
    path = platform_files.folder / name
    platform_files.put(name, BREAKING[breaking](path.read_bytes()))
    assert UNKNOWN in {reading.state for reading in platform_files.readings()}
    assert platform_files.decided().mode == STOP


@pytest.mark.parametrize(
    "moment", ["2026-10-21T06:00:00Z", "2027-10-21T06:00:00Z", "1960-01-01T00:00:00Z"]
)
def test_age_turns_clear_into_unknown_and_leaves_raised_raised(
    platform_files: Platform, moment: str
) -> None:
    good = report(0.9, "deploy_health", environment="staging", at=moment, producer="deploy")
    bad = report(0.9, "deploy_health", "fail", environment="staging", at=moment, producer="deploy")
    states = {}
    for name, document in (("good", good), ("bad", bad)):
        platform_files.put("reports/deploy.json", document)
        states[name] = [
            r.state for r in platform_files.readings() if r.signal == "deploy.unhealthy"
        ]
        assert platform_files.decided().mode == STOP
    assert states == {"good": [UNKNOWN], "bad": [RAISED]}
