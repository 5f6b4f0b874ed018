"""`agentic signals lint`: each fault that a definition can have, on a real Prometheus, with its place."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator

import pytest

from tests.cli.conftest import Machine, Ran
from tests.cli.monitoring import Stub, monitoring, write_layer
from tests.signals.servers import Platform, eventually, platform

__all__ = ["platform"]

METRICS = """\
# TYPE lint_requests_total counter
lint_requests_total{code="200",service="api"} 10
# TYPE lint_latency_seconds gauge
lint_latency_seconds{service="api"} 0.25
"""


@pytest.fixture(scope="module")
def prometheus(platform: Platform) -> Iterator[str]:
    """A Prometheus that knows our metrics."""
    platform.push("lint", METRICS)
    eventually(lambda: platform.values("lint_requests_total"), "our metrics are scraped")
    yield platform.prometheus
    platform.take_back("lint")


def sources(url: str, more: str = "") -> str:
    return f"sources:\n  - {{source: metrics, kind: prometheus, url: '{url}'}}\n{more}"


def promql(query: str, more: str = "") -> str:
    return (
        "signals:\n  - signal: deploy.unhealthy\n    reads:\n      - kind: promql\n"
        f"        source: metrics\n        query: '{query}'\n        raised_when: {{above: 1}}\n{more}"
    )


@pytest.fixture
def lint(fresh: Machine) -> Callable[..., Ran]:
    """Writes a layer, trusts it and lints it."""

    def run(layer: str, *options: str, is_trusted: bool = True) -> Ran:
        write_layer(fresh, layer)
        before = [("policy", "check"), ("policy", "trust", "--yes")][: 1 + is_trusted]
        *prepared, ran = fresh.run_many(*before, ("signals", "lint", *options))
        assert [each.code for each in prepared] == [0] * len(before), prepared
        return ran

    return run


def test_as_shipped_there_is_no_fault(machine: Machine) -> None:
    ran = machine.run("signals", "lint")
    assert (ran.code, ran.err) == (0, "")
    assert "are sound" in ran.out
    assert "signals that rules name have no source yet" in ran.out


@pytest.mark.parametrize(
    "query",
    [
        "lint_latency_seconds",
        'sum by (service) (rate(lint_requests_total{code=~"2.."}[5m])) > 0',
        'lint_requests_total{job=""}',
        "vector(1)",
        "absent(up)",
    ],
)
def test_what_is_sound(lint: Callable[..., Ran], prometheus: str, query: str) -> None:
    ran = lint(sources(prometheus) + promql(query))
    assert (ran.code, ran.err) == (0, ""), ran.err


@pytest.mark.parametrize(
    ("query", "code", "says"),
    [
        ("lint_latency_second", "unknown-metric", "did you mean `lint_latency_seconds`?"),
        (
            "1 + nobody_exports_this_at_all",
            "unknown-metric",
            "no metric `nobody_exports_this_at_all`",
        ),
        ('lint_requests_total{cod="200"}', "unknown-label", "did you mean `code`?"),
        ('rate(lint_requests_total{pod!="x"}[5m])', "unknown-label", "has no label `pod`"),
        ("sum(lint_latency_seconds", "refused", "the server refuses the query"),
        ("rate(lint_latency_seconds)", "refused", "expected type range vector"),
    ],
)
def test_what_a_query_can_get_wrong(
    lint: Callable[..., Ran], prometheus: str, query: str, code: str, says: str
) -> None:
    ran = lint(sources(prometheus) + promql(query))
    assert ran.code == 4
    assert f"[signals.{code}]" in ran.err
    assert says in ran.err
    assert "/.agentic/signals.yaml:9:16: " in ran.err


def test_a_label_of_the_scope_that_the_query_aggregates_away(
    lint: Callable[..., Ran], prometheus: str
) -> None:
    labels = "        labels: {service: service}\n"
    query = "sum(lint_latency_seconds)"
    ran = lint(sources(prometheus) + promql(query, labels))
    assert (ran.code, "keep it in the query: `by (service)`" in ran.err) == (4, True)
    kept = "sum by (service) (lint_latency_seconds)"
    assert lint(sources(prometheus) + promql(kept, labels)).code == 0


def test_the_queries_beside_the_query_are_looked_at(
    lint: Callable[..., Ran], prometheus: str
) -> None:
    more = "        samples: {query: gone_total, at_least: 5}\n"
    more += "        freshness: {query: also_gone, at_most: 5m}\n"
    ran = lint(sources(prometheus) + promql("lint_latency_seconds", more))
    assert "`gone_total`" in ran.err
    assert "`also_gone`" in ran.err


def test_slos_inline_and_in_a_file(
    lint: Callable[..., Ran], fresh: Machine, prometheus: str
) -> None:
    inline = (
        "signals:\n  - signal: error-budget.burn\n    reads:\n      - kind: burn-rate\n"
        "        source: metrics\n        slo:\n          name: api\n          objective: 0.9\n"
        "          errors: 'sum(rate(lint_requests_total{code=~\"5..\"}[$window]))'\n"
        "          total: 'sum(rate(lint_request_total[$window]))'\n"
    )
    ran = lint(sources(prometheus) + inline)
    assert ran.code == 4
    assert "never raises [signals.unreachable]" in ran.err
    assert "did you mean `lint_requests_total`?" in ran.err
    (fresh.repository / "slo.yaml").write_text(
        "version: prometheus/v1\nservice: api\nslos:\n  - name: availability\n    objective: 99\n"
        "    sli:\n      events:\n"
        '        error_query: sum(rate(lint_requests_total{status=~"5.."}[{{.window}}]))\n'
        "        total_query: sum(rate(lint_requests_total[{{.window}}]))\n"
        "    alerting: {page_alert: {disable: true}, ticket_alert: {disable: true}}\n"
    )
    from_file = (
        "signals:\n  - signal: error-budget.burn\n    reads:\n"
        "      - {kind: burn-rate, source: metrics, definition: slo}\n"
    )
    more = "  - {source: slo, kind: file, path: slo.yaml}\n"
    ran = lint(sources(prometheus, more) + from_file)
    assert ran.code == 4
    assert "slo.yaml:" in ran.err
    assert "has no label `status`" in ran.err


def test_a_pin_that_no_longer_fits(lint: Callable[..., Ran], fresh: Machine) -> None:
    path = fresh.repository / "freezes.ics"
    path.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    read = (
        "sources:\n  - source: days\n    kind: file\n    path: freezes.ics\n    sha256: PIN\n"
        "signals:\n  - signal: freeze.active\n    reads: [{kind: calendar, source: days, zone: UTC}]\n"
    )
    assert lint(read.replace("PIN", f"'{digest}'")).code == 0
    ran = lint(read.replace("PIN", f"'{'0' * 64}'"))
    assert ran.code == 4
    assert (
        "signals.yaml:6:13: `freezes.ics` is not the pinned file any more [signals.pin]" in ran.err
    )
    assert f"pin it anew: sha256 {digest}" in ran.err
    path.unlink()
    assert "[signals.file]" in lint(read.replace("PIN", f"'{digest}'")).err


def test_what_nothing_uses(lint: Callable[..., Ran], prometheus: str) -> None:
    layer = sources(prometheus) + (
        "signals:\n  - signal: ours.queue\n    meaning: our queue is too long to be worked off\n"
        "    reads: [{kind: clock, zone: UTC, days: [Mon], start: '00:00', end: '24:00'}]\n"
        "  - signal: ours.idle\n    meaning: nobody has looked at this one so far\n"
        "escalation:\n  - id: ours.idle-climbs\n    signal: ours.idle\n    to: climb\n"
        "    effects: [write-shared]\n    because: nobody knows how it is doing\n"
    )
    ran = lint(layer)
    assert ran.code == 4
    assert "signals.yaml:3:14: no read uses the source `metrics` yet" in ran.out
    assert "no rule names the signal `ours.queue`" in ran.err
    assert "waits for `ours.idle`, which has no source [signals.not-configured]" in ran.err
    found = lint(layer, "--json")
    assert {row["code"] for row in found.lines} == {"signals.no-rule", "signals.not-configured"}
    assert set(found.lines[0]) == {"code", "message", "where", "help"}


def test_a_source_that_is_down_is_a_fault_and_offline_it_is_not_asked(
    lint: Callable[..., Ran],
) -> None:
    with monitoring() as gone:
        url = gone.url
    layer = sources(url) + promql("up")
    ran = lint(layer)
    assert (ran.code, "[signals.source]" in ran.err) == (4, True)
    assert lint(layer, "--offline").code == 0


def test_a_source_that_hangs_costs_no_more_than_the_deadline(lint: Callable[..., Ran]) -> None:
    with monitoring() as slow:
        slow.delay_s = 5.0
        started = time.monotonic()
        ran = lint(sources(slow.url) + promql("up"), "--deadline", "500ms")
        assert time.monotonic() - started < 4.5
    assert (ran.code, "[signals.source]" in ran.err) == (4, True)


def test_a_layer_that_nobody_trusted_is_told_and_not_asked(lint: Callable[..., Ran]) -> None:
    with monitoring() as stub:
        ran = lint(sources(stub.url) + promql("up"), is_trusted=False)
        assert stub.asked == []
    assert "note: the workspace layer is not trusted" in ran.out


def of_tree(metric: str, *matchers: dict[str, str]) -> dict[str, object]:
    """A parsed query as Prometheus 3 answers it."""
    name = {"name": "__name__", "type": "=", "value": metric}
    return {
        "type": "call",
        "func": {"name": "rate"},
        "args": [{"type": "matrixSelector", "name": metric, "matchers": [name, *matchers]}],
    }


@pytest.mark.parametrize(("label", "code"), [("", 0), ("code", 0), ("cod", 4)])
def test_where_the_server_parses_its_tree_counts(
    lint: Callable[..., Ran], label: str, code: int
) -> None:
    matchers = [{"name": label, "type": "=", "value": "2"}] if label else []
    with monitoring() as stub:
        stub.answers = answers_of_prometheus_3(of_tree("anything_total", *matchers))
        ran = lint(sources(stub.url) + promql("rate(anything_total[5m])"))
        assert "/api/v1/parse_query" in stub.asked
        assert "/api/v1/query" not in stub.asked
    assert ran.code == code, ran.err


def answers_of_prometheus_3(tree: dict[str, object]) -> dict[str, object]:
    return {
        "/api/v1/parse_query": {"status": "success", "data": tree},
        "/api/v1/labels": {"status": "success", "data": ["__name__", "code", "service"]},
        "/api/v1/label/__name__/values": {"status": "success", "data": ["anything_total"]},
    }


def test_the_servers_own_words_are_quoted(lint: Callable[..., Ran]) -> None:
    words = "1:4: parse error:\n unexpected \x1b[31m`end`"
    with monitoring() as stub:
        stub.answers = {
            "/api/v1/parse_query": {"status": "error", "errorType": "bad_data", "error": words}
        }
        ran = lint(sources(stub.url) + promql("rate("))
    assert ran.code == 4
    assert "refuses the query: `1:4: parse error:\\n unexpected \\x1b[31m'end'`" in ran.err


@pytest.fixture
def stub() -> Iterator[Stub]:
    with monitoring() as found:
        yield found


@pytest.mark.parametrize(
    "answer", [b"[]", b"7", b"null", b"{}", b'{"status":"success","data":{"a":1}}', b"<html>", b""]
)
def test_a_strange_answer_is_a_fault_and_never_a_bug(
    lint: Callable[..., Ran], stub: Stub, answer: bytes
) -> None:
    for path in ("parse_query", "query", "labels", "label/__name__/values"):
        stub.answers[f"/api/v1/{path}"] = answer
    ran = lint(sources(stub.url) + promql("up"))
    assert ran.code == 4, ran
    assert "Traceback" not in ran.err
