"""Gate reports: the signals they feed, which report counts, and who is believed."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from agentic.authoring.build import shipped_documents
from agentic.authoring.validate import reference_problems, vocabulary_of
from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.shipped import POLICIES, shipped_folder
from agentic.signals.live.documents import parse_document, schema_of
from agentic.signals.live.interface import Read
from tests.signals.report_files import (
    MODELS,
    NOW,
    POLICY,
    SCHEMAS,
    Reports,
    above,
    bounded,
    read_of,
    report,
    sample,
)


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(tmp_path)


# The example policy and the samples


def test_the_example_policy_has_no_problem() -> None:
    shipped = shipped_documents(shipped_folder(POLICIES))
    assert reference_problems([POLICY], vocabulary_of(shipped, [POLICY])) == []


@pytest.mark.parametrize(
    "signal",
    [e.signal for e in POLICY.document.signals if e.reads[0].kind == "gate-report"],
)
def test_the_sample_reports_clear_every_signal(reports: Reports, signal: str) -> None:
    for name in ("evaluation", "fairness", "tests", "canary", "freshness", "cost", "deploy"):
        reports.put(sample(name), f"{name}.json")
    readings = reports.ask(read_of(signal))
    assert {reading.state for reading in readings} == {CLEAR}
    assert {reading.service for reading in readings} == {"churn"}


@pytest.mark.parametrize(
    ("signal", "name", "value", "state"),
    [
        ("quality.suspicious", "evaluation", 0.99, CLEAR),
        ("quality.suspicious", "evaluation", 0.9901, RAISED),
        ("fairness.marginal", "fairness", 0.7999, CLEAR),  # the gate itself fails there
        ("fairness.marginal", "fairness", 0.8, RAISED),
        ("fairness.marginal", "fairness", 0.85, RAISED),
        ("fairness.marginal", "fairness", 0.8501, CLEAR),
        ("fairness.low", "fairness", 0.7, RAISED),
        ("fairness.low", "fairness", 0.85, RAISED),
        ("fairness.low", "fairness", 0.8501, CLEAR),
        ("test.regressed", "tests", 0, CLEAR),
        ("test.regressed", "tests", 1, RAISED),
        ("canary.degraded", "canary", 1.5, CLEAR),
        ("canary.degraded", "canary", 1.51, RAISED),
        ("data.stale", "freshness", 86400, CLEAR),
        ("data.stale", "freshness", 86401, RAISED),
        ("cost.over-budget", "cost", 1.2, CLEAR),
        ("cost.over-budget", "cost", 1.2001, RAISED),
        ("metric.regression", "evaluation", 0.95, CLEAR),
        ("metric.regression", "evaluation", 0.9499, RAISED),
        ("metric.slice-drop", "evaluation", 5, CLEAR),
        ("metric.slice-drop", "evaluation", 5.1, RAISED),
    ],
)
def test_the_bounds_of_the_example_signals(
    reports: Reports, signal: str, name: str, value: float, state: str
) -> None:
    read = read_of(signal)
    document = sample(name)
    for result in document["results"]:
        if result["measurement"] == read.settings["measurement"]:
            result["value"] = value
            result["verdict"] = "fail"  # the gate's own verdict does not matter here
    reports.put(document)
    (reading,) = reports.ask(read)
    assert reading.state == state
    assert reading.value == str(value)
    if state == RAISED:
        assert str(value) in reading.because


@pytest.mark.parametrize("signal", ["deploy.unhealthy", "gate.failed"])
def test_a_verdict_decides_where_policy_has_no_bound(reports: Reports, signal: str) -> None:
    document = sample("deploy")
    document["results"][0] |= {"verdict": "fail", "because": "2 of 6 replicas are not ready"}
    reports.put(document)
    (reading,) = reports.ask(read_of(signal))
    assert reading.state == RAISED
    assert "`health` fails" in reading.because
    assert "2 of 6 replicas" in reading.because
    assert reading.environments == ("production",)


@pytest.mark.parametrize("kind", MODELS)
def test_the_samples_meet_the_schema(kind: str) -> None:
    schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text())
    assert schema == schema_of(MODELS[kind], kind)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    names = {"drift-report": ["drift"], "incident-file": ["incidents"]}.get(
        kind, ["evaluation", "fairness", "tests", "canary", "freshness", "cost", "deploy"]
    )
    for name in names:
        assert list(validator.iter_errors(sample(name))) == []
        # What a Python producer dumps, with every null, is the same document.
        dumped = parse_document(MODELS[kind], json.dumps(sample(name)).encode(), name)
        assert list(validator.iter_errors(json.loads(dumped.model_dump_json()))) == []


# One measurement


@pytest.mark.parametrize("verdict", ["error", "inconclusive"])
@pytest.mark.parametrize("read", [above(), read_of("gate.failed")], ids=["measured", "verdicts"])
def test_what_proves_nothing_is_unknown(reports: Reports, verdict: str, read: Read) -> None:
    reports.put(report(0.995, verdict=verdict))
    assert reports.state(read) == UNKNOWN


def test_a_missing_value_is_unknown(reports: Reports) -> None:
    reports.put(report(None))
    assert reports.state(above()) == UNKNOWN


def test_a_measurement_that_no_report_holds_is_unknown(reports: Reports) -> None:
    reports.put(report(0.5, "other"))
    (reading,) = reports.ask(above())
    assert reading.state == UNKNOWN
    assert "no report holds `m`" in reading.because


def test_each_service_and_environment_has_its_own_reading(reports: Reports) -> None:
    reports.put(report(0.995, service="churn", environment="PROD"), "a.json")
    reports.put(report(0.5, service="churn", environment="staging"), "b.json")
    reports.put(report(0.999, service="fraud", environment="cluster-7"), "c.json")
    reports.put(report(0.5, service="tags", environment=None), "d.json")
    readings = {(r.service, r.environments): r.state for r in reports.ask(above())}
    assert readings == {
        ("churn", ("production",)): RAISED,
        ("churn", ("staging",)): CLEAR,
        ("fraud", ()): RAISED,
        ("tags", ()): CLEAR,
    }


def test_the_worst_of_a_scope_is_told_and_the_others_are_counted(reports: Reports) -> None:
    document = report(0.991)
    for value in (0.999, 0.5, 0.992):
        document["results"].append({**document["results"][0], "value": value})
    reports.put(document)
    (reading,) = reports.ask(above())
    assert reading.because == "`m` is 0.999, above 0.99, and 2 more"
    assert (reading.value, reading.threshold) == ("0.999", "above 0.99")


def test_the_lowest_is_the_worst_below_a_bound(reports: Reports) -> None:
    document = report(0.9)
    document["results"].append({**document["results"][0], "value": 0.2, "slice": {"age": "65+"}})
    reports.put(document)
    (reading,) = reports.ask(above(raised_when=bounded(below=0.95)))
    assert reading.because.startswith("`m` of `age=65+` is 0.2, below 0.95")


def test_many_scopes_become_one_that_covers_everything(reports: Reports) -> None:
    for number in range(30):
        value = 0.995 if number == 17 else 0.5
        reports.put(report(value, service=f"s{number}"), f"{number}.json")
    states = {reading.state: reading for reading in reports.ask(above())}
    assert set(states) == {RAISED, CLEAR}
    assert (states[RAISED].service, states[RAISED].environments) == ("", ())


# Which report counts


def test_the_newest_report_of_a_producer_counts(reports: Reports) -> None:
    reports.put(report(0.995, at="2026-11-20T06:00:00Z"), "z-old.json")
    reports.put(report(0.5, at="2026-11-21T06:00:00+00:00"), "a-new.json")
    assert reports.state(above()) == CLEAR
    reports.put(report(0.996, at="2026-11-21T08:30:00+02:00"), "newest.json")
    assert reports.state(above()) == RAISED


@pytest.mark.parametrize("other", [{"producer": "q"}, {"model": "second"}])
def test_another_producer_or_model_replaces_nothing(reports: Reports, other: Any) -> None:
    reports.put(report(0.995, at="2026-11-20T06:00:00Z"), "a.json")
    reports.put(report(0.5, **other), "b.json")
    assert reports.state(above()) == RAISED


def test_a_newer_report_that_leaves_the_measurement_out_takes_nothing_back(
    reports: Reports,
) -> None:
    reports.put(report(0.995, at="2026-11-20T06:00:00Z"), "a.json")
    reports.put(report(0.5, "other"), "b.json")
    assert reports.state(above()) == RAISED


def test_a_report_from_the_future_hides_nothing(reports: Reports) -> None:
    reports.put(report(0.995), "a.json")
    reports.put(report(0.5, at="2099-01-01T00:00:00Z"), "b.json")
    assert reports.state(above()) == RAISED


def test_a_report_that_anybody_could_write_replaces_none_that_may_clear(reports: Reports) -> None:
    reports.put(report(0.995, at="2026-11-20T06:00:00Z"), "a.json")
    newer = reports.put(report(0.5), "b.json", in_workspace=True)
    (reports.outside / "b.json").symlink_to(newer)
    assert reports.state(above()) == RAISED


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-11-14T08:00:00Z", CLEAR),  # seven days old, to the second
        ("2026-11-14T07:59:59Z", UNKNOWN),
        ("2026-11-21T08:02:00Z", CLEAR),  # 120 seconds of skew
        ("2026-11-21T08:02:01Z", UNKNOWN),
        ("0001-01-01T00:00:00Z", UNKNOWN),
        ("9999-12-31T23:59:59Z", UNKNOWN),
    ],
)
def test_an_old_report_or_one_from_the_future_does_not_clear(
    reports: Reports, at: str, state: str
) -> None:
    reports.put(report(0.5, at=at))
    assert reports.state(above()) == state
    reports.put(report(0.995, at=at))
    assert reports.state(above()) == RAISED


def test_a_clear_ages_from_when_it_was_read(reports: Reports) -> None:
    """How old a report may be is one question, how long a hook believes what was read another."""
    reports.put(report(0.5, at="2026-11-19T06:00:00Z"))
    (reading,) = reports.ask(above())
    assert (reading.state, reading.observed_at) == (CLEAR, NOW)


# Who could have written it


def test_a_report_in_the_workspace_raises_and_does_not_clear(reports: Reports) -> None:
    reports.put(report(0.995), in_workspace=True)
    assert reports.state(above(), path="a.json") == RAISED
    path = reports.put(report(0.5), in_workspace=True)
    (reading,) = reports.ask(above(), path="a.json")
    assert reading.state == UNKNOWN
    assert "could have written it" in reading.because
    reason = {"because": "CI alone writes it"}
    assert reports.state(above(), path="a.json", may_clear=reason) == CLEAR
    pin = sha256(path.read_bytes()).hexdigest()
    assert reports.state(above(), path="a.json", sha256=pin) == CLEAR
    assert reports.state(above(), path="a.json", sha256="0" * 64) == UNKNOWN


EXPLAINED = {
    "text": "the target is nearly deterministic, see the review of the feature list",
    "by": "Ada Lovelace",
    "at": "2026-11-21T07:00:00Z",
}


def test_a_persons_explanation_clears(reports: Reports) -> None:
    reports.put(report(0.995, explanation=EXPLAINED))
    (reading,) = reports.ask(above(unless_explained=True))
    assert reading.state == CLEAR
    assert "explained by `Ada Lovelace`" in reading.because
    assert reports.state(above(unless_explained=False)) == RAISED


def test_an_explanation_that_anybody_could_write_does_not_clear(reports: Reports) -> None:
    reports.put(report(0.995, explanation=EXPLAINED), in_workspace=True)
    (reading,) = reports.ask(above(unless_explained=True), path="a.json")
    assert reading.state == RAISED
    assert "whoever works here" in reading.because


@pytest.mark.parametrize(
    "other", [{"by": "Evaluate"}, {"by": "renovate[bot]"}, {"at": "2026-11-21T09:00:00Z"}]
)
def test_no_program_explains_itself_and_nobody_tomorrow(reports: Reports, other: Any) -> None:
    reports.put(report(0.995, producer="evaluate", explanation={**EXPLAINED, **other}))
    assert reports.state(above(unless_explained=True)) == RAISED


def test_an_explanation_does_not_make_an_old_report_young(reports: Reports) -> None:
    reports.put(report(0.995, at="2026-11-01T06:00:00Z", explanation=EXPLAINED))
    assert reports.state(above(unless_explained=True)) == UNKNOWN


def test_an_explained_gate_is_not_a_failed_one(reports: Reports) -> None:
    reports.put(report(0.7, verdict="fail", explanation=EXPLAINED))
    assert reports.state(read_of("gate.failed")) == RAISED
    assert reports.state(read_of("gate.failed", unless_explained=True)) == CLEAR
