"""Signals in layers: which sources and reads count, and what is said about those that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentic.authoring.review import check_files, trust_here
from agentic.authoring.sources import ORGANISATION
from agentic.authoring.vocabulary import duration_s
from agentic.errors import InvalidDocument
from tests.authoring.conftest import Place

PROMETHEUS = (
    "sources:\n  - {source: metrics, kind: prometheus, url: 'https://prometheus.example'}\n"
)
LATENCY = (
    "signals:\n  - signal: deploy.unhealthy\n    max_age: 2m\n    reads:\n"
    "      - kind: promql\n        source: metrics\n        query: max(latency_seconds)\n"
    "        raised_when: {above: 0.5}\n        unit: s\n        for: 5m\n"
)


def trust(place: Place) -> None:
    trust_here(str(place.root), str(place.state), str(place.config), 1_763_000_000)


def test_a_trusted_layers_reads_are_compiled(place: Place) -> None:
    place.write(PROMETHEUS + LATENCY)
    before = place.policy()
    assert "deploy.unhealthy" not in before.signals
    assert dict(before.sources.items()) == {}
    trust(place)
    policy = place.policy()
    settings = policy.signal_settings("deploy.unhealthy")
    assert settings["max_age_s"] == 120
    (read,) = settings["reads"]
    assert (read["kind"], read["source"], read["for_s"]) == ("promql", "metrics", 300)
    assert read["raised_when"]["above"] == 0.5
    assert policy.source_settings("metrics")["url"] == "https://prometheus.example"
    assert policy.signals_digest != before.signals_digest


def test_a_layer_replaces_the_shipped_reads_of_the_same_kind_only(place: Place) -> None:
    place.write(
        "signals:\n  - signal: clock.off-hours\n    reads:\n"
        '      - {kind: clock, zone: Europe/Berlin, days: [Mon], start: "09:00", end: "17:00"}\n'
        "  - signal: rollback.recent\n    reads:\n      - {kind: incident-file, source: log}\n"
        "sources:\n  - {source: log, kind: file, path: ops/rollbacks.json}\n"
    )
    shipped = place.policy()
    trust(place)
    policy = place.policy()
    (clock,) = policy.signal_settings("clock.off-hours")["reads"]
    assert clock["zone"] == "Europe/Berlin"
    kinds = [read["kind"] for read in policy.signal_settings("rollback.recent")["reads"]]
    own = "rollback.recent" in shipped.signals
    assert kinds == (["rollbacks"] if own else []) + ["incident-file"]


def test_reads_of_two_layers_join(place: Place) -> None:
    (place.config / "signals.yaml").write_text("version: 1\n" + PROMETHEUS + LATENCY)
    place.write(LATENCY.replace("0.5", "0.2"))
    trust(place)
    reads = place.policy().signal_settings("deploy.unhealthy")["reads"]
    assert [read["raised_when"]["above"] for read in reads] == [0.5, 0.2]


def test_a_layer_cannot_point_a_source_of_the_organisation_elsewhere(place: Place) -> None:
    (place.config / "signals.yaml").write_text("version: 1\n" + PROMETHEUS + LATENCY)
    place.write(PROMETHEUS.replace("prometheus.example", "elsewhere.example"))
    with pytest.raises(InvalidDocument, match="given by a layer below"):
        trust(place)
    trust_here(str(place.root), str(place.state), str(place.config), 1_763_000_000, [ORGANISATION])
    policy = place.policy()
    assert policy.source_settings("metrics")["url"] == "https://prometheus.example"
    assert any("given by a layer below" in notice for notice in policy.notices)


def test_declared_services_count_when_trusted(place: Place) -> None:
    place.write("services:\n  - {service: fraud, targets: [deployment/fraud-*]}\n")
    assert place.policy().services == ()
    trust(place)
    assert place.policy().services == (("fraud", ("deployment/fraud-*",)),)


@pytest.mark.parametrize("covering", ["*", "**", "*/*", " * "])
def test_a_service_that_is_everything_is_refused(place: Place, covering: str) -> None:
    place.write(f"services:\n  - {{service: decoy, targets: ['{covering}']}}\n")
    with pytest.raises(InvalidDocument, match="covers every target"):
        trust(place)
    place.write("services:\n  - {service: '*'}\n")
    with pytest.raises(InvalidDocument, match="covers every target"):
        trust(place)


def test_a_second_file_of_a_layer_cannot_point_a_source_elsewhere(place: Place) -> None:
    place.write(PROMETHEUS + LATENCY, "a.yaml")
    place.write(PROMETHEUS.replace("prometheus.example", "elsewhere.example"), "b.yaml")
    with pytest.raises(InvalidDocument, match="given by another file of this layer"):
        trust(place)


def test_of_several_layers_the_shortest_age_and_the_worst_severity_count(place: Place) -> None:
    told = LATENCY.replace("max_age: 2m", "max_age: 2m\n    severity: critical")
    (place.config / "signals.yaml").write_text("version: 1\n" + PROMETHEUS + told)
    place.write(
        LATENCY.replace("max_age: 2m", "max_age: 30d\n    severity: info").replace("0.5", "9000")
    )
    trust(place)
    settings = place.policy().signal_settings("deploy.unhealthy")
    assert (settings["max_age_s"], settings["severity"]) == (120, "critical")
    assert len(settings["reads"]) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            PROMETHEUS + LATENCY.replace("source: metrics", "source: metrcs"),
            "p.yaml:9:17: unknown source `metrcs` [policy.unknown-source]\n  help: did you mean `metrics`?",
        ),
        (
            PROMETHEUS.replace("kind: prometheus", "kind: alertmanager") + LATENCY,
            (
                "p.yaml:9:17: the source `metrics` is of kind `alertmanager`, and `promql` needs "
                "`prometheus` [policy.wrong-source]"
            ),
        ),
        (
            PROMETHEUS + LATENCY.replace("kind: promql", "kind: promq"),
            "p.yaml:8:15: unknown kind `promq` [policy.wrong-value]\n  help: did you mean `promql`?",
        ),
        (
            PROMETHEUS + LATENCY.replace("- kind: promql\n        source", "- source"),
            "p.yaml:8:9: the key `kind` is missing [policy.missing-key]",
        ),
        (
            PROMETHEUS + LATENCY.replace("for: 5m", "fo: 5m"),
            "p.yaml:13:9: unknown key `fo` [policy.unknown-key]\n  help: did you mean `for`?",
        ),
        (
            PROMETHEUS + LATENCY.replace("for: 5m", "for: 5 minutes"),
            (
                "p.yaml:13:14: `for` is not a duration like `30s`, `5m`, `6h`, `30d` or `4w` "
                "[policy.wrong-value]"
            ),
        ),
        (
            PROMETHEUS + LATENCY.replace("{above: 0.5}", "{above: 0.5, below: 1}"),
            (
                "p.yaml:11:22: `raised_when` needs exactly one of `above`, `at_least`, `below`, "
                "`at_most`, `between` [policy.wrong-value]"
            ),
        ),
        (
            (
                "sources:\n  - {source: gates, kind: file, path: /reports/*.json}\n"
                "signals:\n  - signal: gate.failed\n    reads:\n"
                "      - {kind: gate-report, source: gates, raised_when: {above: 1}}\n"
            ),
            "p.yaml:7:9: this needs a `measurement` for its `raised_when` [policy.wrong-value]",
        ),
        (
            PROMETHEUS + LATENCY.replace("deploy.unhealthy", "acme.slow"),
            "p.yaml:5:5: the signal `acme.slow` has no `meaning` [policy.missing-key]",
        ),
        (
            PROMETHEUS.replace("https://", "https://ada:hunter2@"),
            (
                "p.yaml:3:46: `url` is not an address like `https://host:9090`, without user, password "
                "and query [policy.wrong-value]"
            ),
        ),
        (
            "sources:\n  - {source: metrics, kind: promtheus, url: 'https://p.example'}\n",
            "p.yaml:3:29: unknown kind `promtheus` [policy.wrong-value]\n  help: did you mean `prometheus`?",
        ),
        (
            "sources:\n  - {source: m, kind: prometheus, url: 'https://p.example', token: {}}\n",
            "p.yaml:3:68: `token` needs either `env` or `file` [policy.wrong-value]",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("version: 1\n" + text)
    found = [str(d).replace(f"{tmp_path}/", "") for d in check_files([str(file)])]
    assert len(found) == 1, found
    assert found[0].startswith(expected)
    assert "hunter2" not in found[0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("6h", 21_600), ("30d", 2_592_000), ("4w", 2_419_200)],
)
def test_durations(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "m", "-5m", "0s", "5M", "\u0665m", "5 m", "400d", "1.5h", 5, None]
)
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        duration_s(text)
