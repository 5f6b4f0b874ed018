"""Gate reports, drift reports and incident files: every state both ways, and nothing broken is ever clear.

`reports/` holds one good document of each producer and `signals.yaml`, the policy that reads them.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agentic.authoring.build import shipped_documents
from agentic.authoring.signals import read_settings
from agentic.authoring.validate import parse_policy, reference_problems, vocabulary_of
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.errors import InvalidDocument
from agentic.shipped import POLICIES, shipped_folder
from agentic.signals.live.documents import parse_document, schema_of, unix_s
from agentic.signals.live.drift_report import DriftReport, read_drift_reports
from agentic.signals.live.gate_report import GateReport, parse_gate_report
from agentic.signals.live.incident_file import IncidentFile, read_incident_file
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.live.reports import read_gate_reports

SAMPLES = Path(__file__).parent / "reports"
SCHEMAS = Path(__file__).parent.parent.parent / "docs/schemas"
NOW = unix_s("2026-11-21T08:00:00Z")
WORDS = {"prod": "production", "production": "production", "staging": "staging", "dev": "dev"}
READERS: dict[str, Callable[[Read, Round], Any]] = {
    "gate-report": read_gate_reports,
    "drift-report": read_drift_reports,
    "incident-file": read_incident_file,
}
POLICY = parse_policy((SAMPLES / "signals.yaml").read_bytes(), "signals.yaml")
MODELS = {
    "gate-report": GateReport,
    "drift-report": DriftReport,
    "incident-file": IncidentFile,
}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def read_of(signal: str, **settings: Any) -> Read:
    """The read of one signal as the example policy holds it, perhaps with other settings."""
    entry = next(entry for entry in POLICY.document.signals if entry.signal == signal)
    told = {**read_settings(entry.reads[0]), **settings}
    return Read(signal, told, entry.severity, entry.max_age)


def bounded(**limit: Any) -> dict[str, Any]:
    return {**dict.fromkeys(("above", "at_least", "below", "at_most", "between")), **limit}


class Reports:
    """Report files, in a folder that may clear or in a workspace, and the answers of reads of them."""

    def __init__(self, folder: Path) -> None:
        self.outside, self.workspace = folder / "reports", folder / "work"
        self.outside.mkdir()
        self.workspace.mkdir()

    def put(self, document: Any, name: str = "a.json", *, in_workspace: bool = False) -> Path:
        path = (self.workspace if in_workspace else self.outside) / name
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        path.write_bytes(data)
        path.chmod(0o644)
        return path

    def ask(self, read: Read, *, now: int = NOW, **source: Any) -> list[Reading]:
        """What `ask` makes of a reader: a failed source is one UNKNOWN reading."""
        settings = {"kind": "file", "path": f"{self.outside}/*.json", **source}
        sources = {read.settings["source"]: settings}
        deadline = time.monotonic() + 10
        this = Round(now, deadline, sources, _no_network, str(self.workspace), WORDS)
        try:
            readings = list(READERS[read.settings["kind"]](read, this))
        except SourceFailed as failure:
            readings = [read.unknown(str(failure), this)]
        for reading in readings:
            assert reading.because
            assert "\n" not in reading.because
            assert len(reading.because) <= 300
            assert reading.signal == read.signal
            assert reading.observed_at > 0
        assert readings
        return readings

    def state(self, read: Read, **options: Any) -> str:
        """The state of the only reading."""
        (reading,) = self.ask(read, **options)
        return reading.state


def _no_network(name: str) -> Any:
    raise AssertionError(f"a file source asked for the connection {name!r}")


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(tmp_path)


def report(
    value: Any = 0.5,
    measurement: str = "m",
    verdict: str = "pass",
    *,
    at: str = "2026-11-21T06:00:00Z",
    service: str = "churn",
    environment: str | None = "production",
    producer: str = "p",
    model: str | None = None,
    **result: Any,
) -> dict[str, Any]:
    return {
        "version": 1,
        "kind": "gate-report",
        "produced_at": at,
        "producer": {"name": producer},
        "subject": {"service": service, "environment": environment, "model": model},
        "results": [
            {
                "gate": "g",
                "measurement": measurement,
                "value": value,
                "verdict": verdict,
                **result,
            }
        ],
    }


ABOVE = {"measurement": "m", "raised_when": bounded(above=0.99)}


def above(**settings: Any) -> Read:
    return read_of("quality.suspicious", **{**ABOVE, **settings})


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


def test_a_bound_without_a_measurement_is_unknown(reports: Reports) -> None:
    reports.put(report())
    assert reports.state(above(measurement=None)) == UNKNOWN


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
    assert reading.because == "`m` is 0.999, raised above 0.99, and 2 more"
    assert (reading.value, reading.threshold) == ("0.999", "above 0.99")


def test_the_lowest_is_the_worst_below_a_bound(reports: Reports) -> None:
    document = report(0.9)
    document["results"].append({**document["results"][0], "value": 0.2, "slice": {"age": "65+"}})
    reports.put(document)
    (reading,) = reports.ask(above(raised_when=bounded(below=0.95)))
    assert reading.because.startswith("`m` of `age=65+` is 0.2, raised below 0.95")


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


def test_a_clear_is_as_old_as_its_oldest_report(reports: Reports) -> None:
    reports.put(report(0.5, at="2026-11-19T06:00:00Z", producer="p"), "a.json")
    reports.put(report(0.5, at="2026-11-21T06:00:00Z", producer="q"), "b.json")
    (reading,) = reports.ask(above())
    assert reading.observed_at == unix_s("2026-11-19T06:00:00Z")


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


# Drift


def drift(*features: tuple[str, Any, Any], **top: Any) -> dict[str, Any]:
    listed = [{"feature": n, "value": v, "threshold": t} for n, v, t in features]
    return {**sample("drift"), "features": listed, **top}


SEVERE = read_of("drift.severe")
HEARTBEAT = read_of("drift.heartbeat-missing")


@pytest.mark.parametrize(
    ("value", "threshold", "multiple", "state"),
    [
        (0.5, 0.25, 2.0, CLEAR),  # twice the threshold is not above it
        (0.5000001, 0.25, 2.0, RAISED),
        (0.6, 0.2, 3.0, CLEAR),  # in binary 3 x 0.2 is a little more, in the next row a little less
        (0.7, 0.1, 7.0, CLEAR),
        (0.31, 0.1, 3.0, RAISED),
        (0, 0.25, 2.0, CLEAR),
    ],
)
def test_drift_is_severe_strictly_above_the_multiple(
    reports: Reports, value: float, threshold: float, multiple: float, state: str
) -> None:
    reports.put(drift(("age", value, threshold)))
    assert reports.state(read_of("drift.severe", multiple=multiple)) == state


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 100))
def test_drift_is_compared_as_people_wrote_it(value: int, threshold: int, multiple: int) -> None:
    from agentic.signals.live.drift_report import Feature, _is_beyond

    feature = Feature(feature="f", value=value / 1000, threshold=threshold / 1000)
    assert _is_beyond(feature, multiple / 10) == (value * 10 > threshold * multiple)


def test_each_feature_has_its_own_threshold_and_the_worst_are_named(reports: Reports) -> None:
    features = [("tenure", 0.9, 0.5), ("age", 0.71, 0.25), ("job", 0.55, 0.25), ("zip", 0.4, 0.1)]
    reports.put(drift(*features, ("sex", 0.9, 0.1), ("day", 0.9, 0.1)))
    (reading,) = reports.ask(SEVERE)
    assert reading.state == RAISED
    assert reading.because == (
        "drift (PSI) above 2 x threshold: `sex` 0.9 (threshold 0.1), `day` 0.9 (threshold 0.1), "
        "`zip` 0.4 (threshold 0.1) and 2 more"
    )
    assert (reading.value, reading.threshold, reading.unit) == ("0.9", "2 x 0.1", "PSI")
    assert (reading.service, reading.environments) == ("churn", ("production",))


def test_drift_is_of_one_service(reports: Reports) -> None:
    reports.put(drift(("age", 0.9, 0.25)), "a.json")
    reports.put(drift(("age", 0.1, 0.25), service="fraud"), "b.json")
    assert {r.service: r.state for r in reports.ask(SEVERE)} == {"churn": RAISED, "fraud": CLEAR}


def test_the_newest_drift_report_counts(reports: Reports) -> None:
    reports.put(drift(("age", 0.9, 0.25), produced_at="2026-11-20T06:00:00Z"), "a.json")
    reports.put(drift(("age", 0.1, 0.25)), "b.json")
    assert reports.state(SEVERE) == CLEAR
    reports.put(drift(("age", 0.1, 0.25), produced_at="2026-11-18T06:00:00Z"), "b.json")
    assert reports.state(SEVERE) == RAISED


def test_an_old_drift_report_is_unknown_unless_it_raises(reports: Reports) -> None:
    reports.put(drift(("age", 0.1, 0.25), produced_at="2026-11-18T06:00:00Z"))
    assert reports.state(SEVERE) == UNKNOWN
    reports.put(drift(("age", 0.9, 0.25), produced_at="2026-11-18T06:00:00Z"))
    assert reports.state(SEVERE) == RAISED


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-11-19T08:00:00Z", CLEAR),  # 48 hours, to the second
        ("2026-11-19T07:59:59Z", RAISED),
        ("2026-11-21T08:02:01Z", UNKNOWN),
    ],
)
def test_a_heartbeat_is_about_age_alone(reports: Reports, at: str, state: str) -> None:
    reports.put(drift(("age", 9.9, 0.25), produced_at=at))
    assert reports.state(HEARTBEAT) == state


def test_a_missing_heartbeat_is_of_one_service(reports: Reports) -> None:
    reports.put(drift(("age", 0.1, 0.25)), "a.json")
    reports.put(
        drift(("age", 0.1, 0.25), service="fraud", produced_at="2026-11-01T06:00:00Z"), "b.json"
    )
    readings = {r.service: r for r in reports.ask(HEARTBEAT)}
    assert readings["churn"].state == CLEAR
    assert readings["fraud"].state == RAISED
    assert readings["fraud"].because == "the newest drift report is 20 d old, more than 2 d"


@pytest.mark.parametrize("path", ["nowhere/*.json", "nowhere.json"])
def test_reports_that_never_came_raise_the_heartbeat_only(reports: Reports, path: str) -> None:
    where = f"{reports.outside}/{path}"
    (reading,) = reports.ask(HEARTBEAT, path=where)
    assert reading.state == RAISED
    assert "no drift report has come" in reading.because
    assert reports.state(SEVERE, path=where) == UNKNOWN


def test_whoever_works_here_cannot_keep_the_heart_beating(reports: Reports) -> None:
    reports.put(drift(("age", 0.1, 0.25)), in_workspace=True)
    assert reports.state(HEARTBEAT, path="a.json") == UNKNOWN
    assert reports.state(SEVERE, path="a.json") == UNKNOWN
    reports.put(drift(("age", 0.9, 0.25)), in_workspace=True)
    assert reports.state(SEVERE, path="a.json") == RAISED


# Incidents


INCIDENTS = read_of("incident.active")


def incidents(*listed: dict[str, Any], updated_at: str = "2026-11-21T07:55:00Z") -> dict[str, Any]:
    entries = [
        {"id": "INC-7", "title": "502", "severity": "P1", "since": updated_at, **one}
        for one in listed
    ]
    return {"version": 1, "kind": "incidents", "updated_at": updated_at, "incidents": entries}


def test_an_empty_list_is_clear(reports: Reports) -> None:
    reports.put(incidents())
    assert reports.state(INCIDENTS) == CLEAR
    reports.put(sample("incidents"))  # one that is over
    assert reports.state(INCIDENTS) == CLEAR


@pytest.mark.parametrize(
    ("until", "state"),
    [
        (None, RAISED),
        ("2026-11-21T08:00:01Z", RAISED),
        ("2026-11-21T08:00:00Z", CLEAR),
    ],
)
def test_an_incident_is_open_until_its_end(reports: Reports, until: str, state: str) -> None:
    reports.put(incidents({"until": until}))
    assert reports.state(INCIDENTS) == state


def test_an_incident_that_begins_in_the_future_is_open(reports: Reports) -> None:
    """Nobody knows of an incident before it is there: a clock is wrong."""
    reports.put(incidents({"since": "2027-01-01T00:00:00Z"}))
    assert reports.state(INCIDENTS) == RAISED


def test_each_incident_has_its_scope_and_severity(reports: Reports) -> None:
    reports.put(
        incidents(
            {"service": "checkout", "environment": "prod", "severity": "SEV-3", "id": "A"},
            {"service": "checkout", "environment": "prod", "severity": "P1", "id": "B"},
            {"service": "search", "severity": "weird"},
        )
    )
    checkout, search = reports.ask(INCIDENTS)
    assert (checkout.service, checkout.environments) == ("checkout", ("production",))
    assert checkout.severity == "critical"
    assert checkout.because == (
        "incident `B` (critical) is open since 2026-11-21T07:55:00Z: `502`, and 1 more"
    )
    assert (search.service, search.severity) == ("search", "critical")


def test_an_old_file_proves_nothing_but_what_it_lists(reports: Reports) -> None:
    reports.put(incidents(updated_at="2026-11-21T06:59:59Z"))
    assert reports.state(INCIDENTS) == UNKNOWN
    reports.put(incidents({"service": "search"}, updated_at="2026-11-21T06:59:59Z"))
    states = {reading.service: reading.state for reading in reports.ask(INCIDENTS)}
    assert states == {"search": RAISED, "": UNKNOWN}


def test_a_file_in_the_workspace_raises_and_does_not_clear(reports: Reports) -> None:
    reports.put(incidents(), in_workspace=True)
    assert reports.state(INCIDENTS, path="a.json") == UNKNOWN
    assert reports.state(INCIDENTS, path="a.json", may_clear={"because": "it may"}) == CLEAR
    reports.put(incidents({}), in_workspace=True)
    readings = reports.ask(INCIDENTS, path="a.json")
    assert RAISED in {reading.state for reading in readings}


# Malformed: never clear, whatever it is

CLEARING = {
    "gate-report": (above(), report(0.5)),
    "drift-report": (SEVERE, drift(("age", 0.1, 0.25))),
    "incident-file": (INCIDENTS, incidents()),
}
DUPLICATE = {
    "gate-report": b'"results"',
    "drift-report": b'"features"',
    "incident-file": b'"incidents"',
}


def _nested(kind: str, data: bytes) -> bytes:
    return data[:-1] + b', "x": ' + b"[" * 5000 + b"]" * 5000 + b"}"


BROKEN: dict[str, Callable[[str, bytes], bytes]] = {
    "empty": lambda kind, data: b"",
    "truncated": lambda kind, data: data[: len(data) // 2],
    "truncated by one": lambda kind, data: data[:-1],
    "html": lambda kind, data: b"<!doctype html><title>502 Bad Gateway</title>",
    "a list": lambda kind, data: b"[" + data + b"]",
    "null": lambda kind, data: b"null",
    "two documents": lambda kind, data: data + data,
    "not utf-8": lambda kind, data: data.replace(b"churn", b"ch\xffrn")[:-1] + b',"\xff":1}',
    "utf-16": lambda kind, data: data.decode().encode("utf-16"),
    "byte order mark": lambda kind, data: b"\xef\xbb\xbf" + data,
    "deep nesting": _nested,
    "duplicate key": lambda kind, data: data[:-1] + b", " + DUPLICATE[kind] + b": []}",
    "other version": lambda kind, data: data.replace(b'"version": 1', b'"version": 2'),
    "version as text": lambda kind, data: data.replace(b'"version": 1', b'"version": "1"'),
    "version true": lambda kind, data: data.replace(b'"version": 1', b'"version": true'),
    "version 1.0": lambda kind, data: data.replace(b'"version": 1', b'"version": 1.0'),
    "other kind": lambda kind, data: data.replace(b'"kind": "', b'"kind": "x-'),
    "unknown key": lambda kind, data: data[:-1] + b', "active": "false"}',
    "no moment": lambda kind, data: data.replace(b"2026-11-21T0", b"2026-11-31T0"),
    "no offset": lambda kind, data: data.replace(b':00Z"', b':00"'),
    "moment as number": lambda kind, data: data.replace(b'"2026-11-21T0', b'1795000000, "x": "'),
    "arabic digits": lambda kind, data: data.replace(b"2026-", "٢٠٢٦-".encode()),
}


@pytest.mark.parametrize("kind", CLEARING)
def test_the_intact_document_is_clear(reports: Reports, kind: str) -> None:
    read, document = CLEARING[kind]
    reports.put(document)
    assert reports.state(read) == CLEAR


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("kind", CLEARING)
def test_a_broken_document_is_unknown(reports: Reports, kind: str, broken: str) -> None:
    read, document = CLEARING[kind]
    intact = json.dumps(document).encode()
    data = BROKEN[broken](kind, intact)
    assert data != intact
    reports.put(data)
    assert reports.state(read) == UNKNOWN


RESULT: tuple[tuple[str, Any], ...] = (
    ("value", "0.5"),
    ("value", True),
    ("value", [0.5]),
    ("value", ...),
    ("verdict", "PASS"),
    ("verdict", "warning"),
    ("verdict", ...),
    ("measurement", ""),
    ("measurement", ["m"]),
    ("gate", "two words"),
    ("gate", ...),
    ("unit", 3),
    ("unit", "a\u202eb"),
    ("samples", -1),
    ("samples", 1.5),
    ("bound", {}),
    ("bound", {"above": 1, "below": 2}),
    ("bound", {"between": [2, 1]}),
    ("bound", {"between": [1]}),
    ("bound", {"over": 1}),
    ("slice", {"country": 49}),
    ("slice", ["DE"]),
    ("slice", {str(number): "x" for number in range(9)}),
    ("explanation", "fine"),
    ("explanation", {"text": "it is fine, believe me", "by": "A", "at": "2026-11-21T07:00:00Z"}),
    ("explanation", {"text": "it is fine, believe me", "at": "2026-11-21T07:00:00Z"}),
    ("because", "x"),
    ("note", "unknown key"),
)


@pytest.mark.parametrize(("key", "value"), RESULT)
def test_a_malformed_result_is_refused_by_parser_and_schema(
    reports: Reports, key: str, value: Any
) -> None:
    document = report(0.5)
    if value is ...:
        del document["results"][0][key]
    else:
        document["results"][0][key] = value
    reports.put(document)
    assert reports.state(above()) == UNKNOWN
    schema = json.loads((SCHEMAS / "gate-report.schema.json").read_text())
    is_beyond_schemas = key == "bound" and value == {"between": [2, 1]}
    assert bool(list(Draft202012Validator(schema).iter_errors(document))) != is_beyond_schemas


@pytest.mark.parametrize(
    "text", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1" * 400, b"1" * 5000]
)
@pytest.mark.parametrize("kind", ["gate-report", "drift-report"])
def test_only_finite_numbers_are_numbers(reports: Reports, kind: str, text: bytes) -> None:
    read, document = CLEARING[kind]
    data = json.dumps(document).encode()
    number = b'"value": 0.5' if kind == "gate-report" else b'"value": 0.1'
    assert number in data
    reports.put(data.replace(number, b'"value": ' + text))
    assert reports.state(read) == UNKNOWN


@pytest.mark.parametrize(
    "features",
    [
        [],
        [{"feature": "age", "value": 0.1, "threshold": 0}],
        [{"feature": "age", "value": 0.1, "threshold": -0.25}],
        [{"feature": "age", "value": -0.1, "threshold": 0.25}],
        [{"feature": "age", "value": None, "threshold": 0.25}],
        [{"feature": "age", "value": 0.1}],
        [{"feature": "", "value": 0.1, "threshold": 0.25}],
        {"age": 0.1},
        None,
    ],
)
@pytest.mark.parametrize("read", [SEVERE, HEARTBEAT], ids=["severe", "heartbeat"])
def test_malformed_features_are_unknown(reports: Reports, features: Any, read: Read) -> None:
    reports.put({**sample("drift"), "features": features})
    assert reports.state(read) == UNKNOWN


@pytest.mark.parametrize(
    "incident",
    [
        {"active": "false"},
        {"until": "2026-11-20T00:00:00Z"},  # before it began
        {"until": False},
        {"severity": 1},
        {"since": None},
        {"title": ""},
    ],
)
def test_a_malformed_incident_is_unknown(reports: Reports, incident: dict[str, Any]) -> None:
    reports.put(incidents(incident))
    assert reports.state(INCIDENTS) == UNKNOWN


def test_a_pass_that_contradicts_its_own_bound_is_refused(reports: Reports) -> None:
    reports.put(report(0.7, bound={"at_least": 0.8}))
    (reading,) = reports.ask(above())
    assert reading.state == UNKNOWN
    assert "its value does not meet its bound" in reading.because
    reports.put(report(None, bound={"at_least": 0.8}))
    assert reports.state(read_of("gate.failed")) == UNKNOWN


@pytest.mark.parametrize("kind", CLEARING)
@pytest.mark.parametrize("odd", ["fifo", "world-writable", "huge", "link out", "folder", "absent"])
def test_an_odd_file_is_unknown(reports: Reports, kind: str, odd: str) -> None:
    read, document = CLEARING[kind]
    path = reports.put(document, in_workspace=True)
    options: dict[str, Any] = {"path": "a.json", "may_clear": {"because": "it may"}}
    assert reports.state(read, **options) == CLEAR
    if odd == "world-writable":
        path.chmod(0o646)
    elif odd == "huge":
        options["max_bytes"] = path.stat().st_size - 1
    else:
        path.unlink()
        if odd == "fifo":
            os.mkfifo(path, 0o600)
        elif odd == "link out":
            path.symlink_to(reports.put(document))
        elif odd == "folder":
            path.mkdir()
    assert reports.state(read, **options) == UNKNOWN


@pytest.mark.parametrize("kind", CLEARING)
def test_one_broken_file_is_unknown_beside_the_others(reports: Reports, kind: str) -> None:
    read, document = CLEARING[kind]
    reports.put(document, "a.json")
    reports.put(b"<html>", "b.json")
    readings = reports.ask(read)
    assert UNKNOWN in {reading.state for reading in readings if not reading.service}


def test_a_broken_file_does_not_silence_a_raised_one(reports: Reports) -> None:
    reports.put(report(0.995), "a.json")
    reports.put(b"{", "b.json")
    assert {reading.state for reading in reports.ask(above())} == {RAISED, UNKNOWN}


def test_all_problems_are_told_in_one_line_each() -> None:
    document = deepcopy(sample("evaluation"))
    document["producer"]["nam"] = document["producer"].pop("name")
    document["results"][0]["verdict"] = "PASS"
    document["results"][1]["value"] = "high"
    document["results"][2]["slice"] = {"a b": "x"}
    with pytest.raises(InvalidDocument) as caught:
        parse_gate_report(json.dumps(document).encode(), "evaluation.json")
    problems = {d.message: d.help for d in caught.value.diagnostics}
    assert problems == {
        "the key `producer.name` is missing": "",
        "unknown key `producer.nam`": "did you mean `name`?",
        "`results[0].verdict` is not `PASS`": "it is `pass`, `fail`, `inconclusive` or `error`",
        "`results[1].value` must be a number, not `high`": "",
        "`results[2].slice.a b` is not valid here": "",
    }
    assert all("\n" not in d.message and d.where for d in caught.value.diagnostics)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_the_bytes_are_a_parser_refuses_or_accepts(data: bytes) -> None:
    with pytest.raises(InvalidDocument):
        parse_gate_report(data, "x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(["version", "kind", "produced_at", "producer", "subject", "results"]), JSON)
def test_any_part_replaced_is_refused_or_still_a_report(key: str, value: Any) -> None:
    document = {**report(0.5), key: value}
    if key == "version" and value == 1:
        return
    with pytest.raises(InvalidDocument):
        parse_gate_report(json.dumps(document).encode(), "x")


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_value_raises_exactly_beyond_its_bound(value: float, limit: float) -> None:
    from agentic.signals.live.gate_report import meets

    assert meets(bounded(above=limit), value) == (value > limit)
    assert meets(bounded(at_least=limit), value) == (value >= limit)
    assert meets(bounded(below=limit), value) == (value < limit)
    assert meets(bounded(at_most=limit), value) == (value <= limit)
    low, high = sorted((value, limit))
    assert meets(bounded(between=[low, high]), value)
    with pytest.raises(ValueError, match="without a limit"):
        meets(bounded(), value)
