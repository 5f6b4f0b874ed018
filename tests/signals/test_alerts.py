"""Alerts on a real Alertmanager and a real Prometheus: what fires counts, and a silence hides nothing.

Each test posts alerts with a label `case` of its own, so that one Alertmanager serves them all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.signals.live.alerts import Matcher, parse_matcher
from agentic.signals.live.interface import SourceFailed
from agentic.signals.live.scopes import MAX_SCOPES, shown_moment
from tests.signals.asking import DEV, STAGING, decided, policy_with, readings, source
from tests.signals.hostile import Behaviour, Stub, answer, answer_json, by_path, silent
from tests.signals.servers import (
    Platform,
    eventually,
    free_port,
    http,
    program,
    prometheus_command,
    running,
)

CONFIG = """\
route: {receiver: nobody}
receivers: [{name: nobody}]
inhibit_rules:
  - source_matchers: [alertname = ClusterDown]
    target_matchers: [alertname = NodeDown]
    equal: [case]
"""
BEAT = {"alertname": "Watchdog", "severity": "none"}


class Alertmanager:
    """A running Alertmanager, and what tests do to it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, *labels: dict[str, str], starts_s: float = -60, ends_s: float = 240) -> None:
        """Let alerts fire from now + `starts_s` to now + `ends_s`."""
        now = time.time()
        document = [
            {"labels": one, "startsAt": utc(now + starts_s), "endsAt": utc(now + ends_s)}
            for one in labels
        ]
        http("POST", f"{self.url}/api/v2/alerts", json=document)

    def silence(self, case: str, **fields: str) -> None:
        """Silence all alerts of a case for an hour."""
        now = time.time()
        document = {
            "matchers": [{"name": "case", "value": case, "isRegex": False, "isEqual": True}],
            "startsAt": utc(now - 1),
            "endsAt": utc(now + 3600),
            **fields,
        }
        http("POST", f"{self.url}/api/v2/silences", json=document)

    def states(self, case: str) -> set[str]:
        found = http("GET", f"{self.url}/api/v2/alerts", params={"filter": f'case="{case}"'}).json()
        return {one["status"]["state"] for one in found}


def utc(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    folder = tmp_path_factory.mktemp("alertmanager")
    (folder / "config.yml").write_text(CONFIG)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        program("prometheus-alertmanager"),
        f"--config.file={folder}/config.yml",
        f"--storage.path={folder}/data",
        "--cluster.listen-address=",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(command, url, folder):
        yield Alertmanager(url)


@pytest.fixture
def alertmanager(server: Alertmanager) -> Alertmanager:
    """The Alertmanager, in which the Watchdog just fired again."""
    server.post(BEAT)
    return server


@pytest.fixture
def case(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def alerts_read(case: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "alerts", "source": "prom", "matchers": [f'case="{case}"'], **fields}


def asked(url: str, kind: str, *reads: dict[str, Any]) -> tuple[Reading, ...]:
    return readings(policy_with([source(url, kind)], reads))


def look(alertmanager: Alertmanager, case: str, **fields: Any) -> tuple[Reading, ...]:
    return asked(alertmanager.url, "alertmanager", alerts_read(case, **fields))


def only(found: tuple[Reading, ...]) -> Reading:
    assert len(found) == 1, found
    return found[0]


# Alertmanager


def test_no_alert_and_a_watchdog_is_clear(alertmanager: Alertmanager, case: str) -> None:
    reading = only(look(alertmanager, case))
    assert reading.state == CLEAR
    assert reading.because == "no alert of severity high or critical fires (the Watchdog arrives)"
    assert (reading.value, reading.source) == ("0", "prom")
    assert reading.query == f'/api/v2/alerts{{case="{case}"}}'


def test_a_firing_alert_is_raised_and_named(alertmanager: Alertmanager, case: str) -> None:
    began = time.time() - 60
    alertmanager.post(
        {"alertname": "HighErrorRate", "severity": "critical", "service": "checkout",
         "environment": "prod", "case": case},
        {"alertname": "SlowAnswers", "severity": "page", "service": "checkout",
         "environment": "prod", "case": case},
        {"alertname": "DiskFilling", "severity": "warning", "service": "checkout", "case": case},
    )  # fmt: skip
    reading = only(look(alertmanager, case))
    assert reading.state == RAISED
    assert reading.because in {
        f"`HighErrorRate` fires (critical) since {shown_moment(at)}; 1 more: `SlowAnswers`"
        for at in (began, began + 1)
    }
    assert (reading.service, reading.environments) == ("checkout", ("production",))
    assert (reading.severity, reading.value, reading.unit) == ("critical", "2", "alerts")


def test_a_resolved_alert_is_clear_again(alertmanager: Alertmanager, case: str) -> None:
    labels = {"alertname": "HighErrorRate", "severity": "critical", "case": case}
    alertmanager.post(labels)
    assert only(look(alertmanager, case)).state == RAISED
    alertmanager.post(labels, ends_s=-1)
    assert only(look(alertmanager, case)).state == CLEAR


def test_a_silence_does_not_hide_an_alert(alertmanager: Alertmanager, case: str) -> None:
    alertmanager.post({"alertname": "HighErrorRate", "severity": "critical", "case": case})
    alertmanager.silence(case, createdBy="mallory`\n", comment="nothing to see")
    eventually(lambda: alertmanager.states(case) == {"suppressed"}, "the alert is silenced")
    reading = only(look(alertmanager, case))
    assert reading.state == RAISED
    assert ", silenced by `mallory'\\n` until " in reading.because
    assert reading.because.endswith("Z (`nothing to see`)")
    assert "\n" not in reading.because


def test_an_inhibited_alert_counts(alertmanager: Alertmanager, case: str) -> None:
    alertmanager.post(
        {"alertname": "ClusterDown", "severity": "info", "case": case},
        {"alertname": "NodeDown", "severity": "critical", "case": case},
    )
    eventually(lambda: "suppressed" in alertmanager.states(case), "the alert is inhibited")
    reading = only(look(alertmanager, case))
    assert reading.state == RAISED
    assert reading.because.endswith(", inhibited by another alert")


def test_without_the_watchdog_an_empty_list_proves_nothing(
    alertmanager: Alertmanager, case: str
) -> None:
    reading = only(look(alertmanager, case, watchdog="Deadman"))
    assert reading.state == UNKNOWN
    assert reading.because == (
        "the Watchdog alert `Deadman` does not arrive, so an empty list proves nothing"
    )
    relaxed = {"because": "this Alertmanager is asked by its own prober"}
    reading = only(look(alertmanager, case, watchdog="Deadman", no_watchdog=relaxed))
    assert reading.state == CLEAR
    assert "no Watchdog: this Alertmanager is asked by its own prober" in reading.because


def test_without_the_watchdog_an_alert_still_counts(alertmanager: Alertmanager, case: str) -> None:
    alertmanager.post(
        {"alertname": "A", "severity": "critical", "service": "checkout", "case": case}
    )
    found = look(alertmanager, case, watchdog="Deadman")
    assert {(one.state, one.service) for one in found} == {(RAISED, "checkout"), (UNKNOWN, "")}


def test_the_watchdog_is_no_incident(alertmanager: Alertmanager) -> None:
    every = ["info", "warning", "high", "critical"]
    watching = {"kind": "alerts", "source": "prom", "matchers": ["alertname=Watchdog"]}
    reading = only(asked(alertmanager.url, "alertmanager", {**watching, "severities": every}))
    assert reading.state == CLEAR


@pytest.mark.parametrize(
    ("severity", "state"),
    [
        (None, RAISED),
        ("", RAISED),
        ("apocalyptic", RAISED),
        ("P1", RAISED),
        ("page", RAISED),
        ("major", RAISED),
        ("warning", CLEAR),
        ("ticket", CLEAR),
        ("none", CLEAR),
    ],
)
def test_a_severity_that_nobody_knows_is_critical(
    alertmanager: Alertmanager, case: str, severity: str | None, state: str
) -> None:
    told = {} if severity is None else {"severity": severity}
    alertmanager.post({"alertname": "A", "case": case, **told})
    assert only(look(alertmanager, case)).state == state


def test_severities_and_their_label_are_policy(alertmanager: Alertmanager, case: str) -> None:
    alertmanager.post({"alertname": "A", "priority": "P3", "case": case})
    assert only(look(alertmanager, case)).state == RAISED
    assert only(look(alertmanager, case, severity_label="priority")).state == CLEAR
    reading = only(look(alertmanager, case, severity_label="priority", severities=["warning"]))
    assert (reading.state, reading.severity) == (RAISED, "warning")


def test_one_reading_for_each_scope(alertmanager: Alertmanager, case: str) -> None:
    alertmanager.post(
        *(
            {"alertname": "A", "severity": "high", "service": service, "environment": where,
             "case": case, "instance": instance}
            for service, where, instance in (
                ("checkout", "prod", "1"), ("checkout", "prod", "2"), ("checkout", "staging", "1"),
                ("search", "moon", "1"),
            )
        )
    )  # fmt: skip
    found = look(alertmanager, case)
    assert {(one.service, one.environments, one.value) for one in found} == {
        ("checkout", ("production",), "2"),
        ("checkout", ("staging",), "1"),
        # what policy does not know as an environment is about all of them
        ("search", (), "1"),
    }
    assert any("; 1 more of that name" in one.because for one in found)


def test_too_many_scopes_become_one_about_everything(alertmanager: Alertmanager, case: str) -> None:
    services = [f"s{number}" for number in range(MAX_SCOPES + 1)]
    alertmanager.post(
        *({"alertname": "A", "severity": "high", "service": one, "case": case} for one in services),
        {"alertname": "Worst", "severity": "critical", "service": "s0", "case": case},
    )
    reading = only(look(alertmanager, case))
    assert (reading.state, reading.service, reading.severity) == (RAISED, "", "critical")
    assert reading.because.startswith("`Worst` fires (critical)")


def test_an_alert_that_begins_in_the_future_counts(alertmanager: Alertmanager, case: str) -> None:
    alertmanager.post(
        {"alertname": "A", "severity": "critical", "case": case}, starts_s=600, ends_s=900
    )
    assert only(look(alertmanager, case)).state == RAISED


def test_matchers_select(alertmanager: Alertmanager, case: str) -> None:
    alertmanager.post({"alertname": "A", "severity": "critical", "team": "a b", "case": case})

    def state(*matchers: str) -> str:
        wanted = [f'case="{case}"', *matchers]
        return only(look(alertmanager, case, matchers=wanted)).state

    assert state('team="a b"') == RAISED
    assert state("team=a b") == RAISED
    assert state("team=~a.*") == RAISED
    assert state("team=~a") == CLEAR  # anchored
    assert state("team!=a b") == CLEAR
    assert state("team!~b|c", 'alertname=~"A|B"') == RAISED
    assert state("absent=") == RAISED


def test_a_bad_matcher_is_unknown(alertmanager: Alertmanager, case: str) -> None:
    reading = only(look(alertmanager, case, matchers=["team=~("]))
    assert reading.state == UNKNOWN
    assert "400" in reading.because
    reading = only(look(alertmanager, case, matchers=["team"]))
    assert reading.because == "the matcher `team` is not a label, one of = != =~ !~, and a value"


def test_an_alert_decides_only_where_it_is(alertmanager: Alertmanager, case: str) -> None:
    policy = policy_with([source(alertmanager.url, "alertmanager")], [alerts_read(case)])
    before = decided(policy, readings(policy))
    alertmanager.post(
        {"alertname": "A", "severity": "critical", "environment": "staging", "case": case}
    )
    after = decided(policy, readings(policy))
    assert (before.mode, after.mode) == ("CONSULT", "STOP")
    assert "`A` fires (critical)" in after.because
    assert decided(policy, readings(policy), DEV).mode == decided(policy, (), DEV).mode
    assert decided(policy, (), STAGING).mode == before.mode


# What an Alertmanager would not say


def alert(now: float, state: str = "active", **fields: Any) -> dict[str, Any]:
    status = {"state": state, "silencedBy": [], "inhibitedBy": [], **fields.pop("status", {})}
    return {
        "labels": {"alertname": "A", "severity": "critical"},
        "startsAt": utc(now - 60),
        "endsAt": utc(now + 240),
        "updatedAt": utc(now),
        "status": status,
        **fields,
    }


def told(alerts: Behaviour | list[Any], silences: Behaviour, **fields: Any) -> tuple[Reading, ...]:
    behaviour = alerts if callable(alerts) else answer_json(alerts)
    with Stub(by_path(alerts=behaviour, silences=silences, otherwise=silent)) as stub:
        read = {"kind": "alerts", "source": "prom", **fields}
        return asked(stub.url, "alertmanager", read)


def watchdog(now: float, **fields: Any) -> dict[str, Any]:
    return alert(now, **{"labels": BEAT, **fields})


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"updatedAt": -1000}, "last arrived "),
        ({"endsAt": -1000}, "last arrived "),
        ({"updatedAt": 1000}, "is from the future"),
    ],
)
def test_a_watchdog_must_be_fresh(fields: dict[str, float], because: str) -> None:
    now = time.time()
    moments = {name: utc(now + shift_s) for name, shift_s in fields.items()}
    reading = only(told([watchdog(now, **moments)], answer_json([])))
    assert reading.state == UNKNOWN
    assert because in reading.because
    assert reading.because.endswith("so an empty list proves nothing")
    assert only(told([watchdog(now)], answer_json([]))).state == CLEAR


def test_alerts_that_have_ended_mean_that_a_clock_is_wrong() -> None:
    now = time.time()
    ended = alert(now, endsAt=utc(now - 1000))
    relaxed = {"because": "nobody sends a Watchdog here"}
    reading = only(told([ended], answer_json([]), no_watchdog=relaxed))
    assert reading.state == UNKNOWN
    assert reading.because == "1 alerts are listed that have ended: one of the clocks is wrong"


@pytest.mark.parametrize(
    "silences",
    [answer_json([]), answer(b"{}", "500 Oops"), answer_json([{"id": "x"}]), answer_json(7)],
)
def test_an_alert_counts_even_when_its_silence_cannot_be_read(silences: Behaviour) -> None:
    now = time.time()
    silenced = alert(now, "suppressed", status={"silencedBy": ["x"]})
    reading = only(told([watchdog(now), silenced], silences))
    assert reading.state == RAISED
    assert reading.because.endswith(", silenced, by whom could not be told")


@pytest.mark.parametrize(
    ("state", "status", "note"),
    [
        ("unprocessed", {}, ""),
        ("suppressed", {"mutedBy": ["night"]}, ", muted by `night`"),
        ("suppressed", {}, ", suppressed"),
        ("something-new", {}, ""),
    ],
)
def test_whatever_its_state_an_alert_counts(state: str, status: dict[str, Any], note: str) -> None:
    now = time.time()
    found = told([watchdog(now), alert(now, state, status=status)], answer_json([]))
    reading = only(found)
    assert reading.state == RAISED
    assert reading.because == f"`A` fires (critical) since {shown_moment(int(now) - 60)}{note}"


@pytest.mark.parametrize(
    "document",
    [
        7, {}, [7], [{}], [{"labels": {}}], {"status": "success", "data": []},
        [{**alert(0), "labels": {"alertname": 7}}], [{**alert(0), "endsAt": "soon"}],
        [{**alert(0), "endsAt": None}], [{**alert(0), "endsAt": "2026-11-21T00:00:00"}],
        [{**alert(0), "status": "active"}], [{**alert(0), "status": {}}],
    ],
)  # fmt: skip
def test_what_is_not_a_list_of_alerts_is_unknown(document: Any) -> None:
    found = told(answer_json(document), answer_json([]))
    assert {one.state for one in found} == {UNKNOWN}


# Prometheus

RULES = """\
groups:
  - name: tests
    rules:
      - {alert: Watchdog, expr: vector(1), labels: {severity: none}}
      - alert: HighErrorRate
        expr: label_replace(vector(1), "service", "checkout", "", "")
        labels: {severity: critical, environment: prod, case: firing}
      - alert: NotYet
        expr: vector(1)
        for: 1h
        labels: {severity: critical, case: pending}
"""


@pytest.fixture(scope="module")
def rules(platform: Platform) -> Iterator[Platform]:
    platform.write_rules(RULES)
    eventually(lambda: platform.values('ALERTS{alertname="Watchdog"}'), "the Watchdog fires")
    eventually(lambda: platform.values('ALERTS{case="firing"}'), "an alert fires")
    eventually(lambda: platform.values('ALERTS{case="pending"}'), "an alert is pending")
    yield platform
    platform.write_rules("groups: []\n")


def test_prometheus_tells_what_fires(rules: Platform) -> None:
    reading = only(asked(rules.prometheus, "prometheus", alerts_read("firing")))
    assert reading.state == RAISED
    assert (reading.service, reading.environments) == ("checkout", ("production",))
    assert reading.because.startswith("`HighErrorRate` fires (critical) since 20")
    assert reading.query == 'ALERTS{alertstate="firing", case="firing"}'


def test_what_is_pending_does_not_fire(rules: Platform) -> None:
    reading = only(asked(rules.prometheus, "prometheus", alerts_read("pending")))
    assert reading.state == CLEAR


def test_prometheus_takes_the_same_matchers(rules: Platform) -> None:
    def state(*matchers: str) -> str:
        read = {"kind": "alerts", "source": "prom", "matchers": list(matchers)}
        return only(asked(rules.prometheus, "prometheus", read)).state

    assert state() == RAISED
    assert state("case=~fir.*", "service!=search") == RAISED
    assert state("case=~fir") == CLEAR
    assert state('case!~"fir(ing)?"') == CLEAR
    assert state("case=~(") == UNKNOWN


def test_prometheus_needs_its_watchdog_too(rules: Platform) -> None:
    read = alerts_read("none", watchdog="Deadman")
    reading = only(asked(rules.prometheus, "prometheus", read))
    assert reading.state == UNKNOWN
    assert reading.because == (
        "the Watchdog alert `Deadman` does not fire, so an empty list proves nothing"
    )
    relaxed = {"because": "the rules of this Prometheus are watched elsewhere"}
    reading = only(asked(rules.prometheus, "prometheus", {**read, "no_watchdog": relaxed}))
    assert reading.state == CLEAR


def test_prometheus_that_evaluates_nothing_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("global: {}\n")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [*prometheus_command(tmp_path), f"--web.listen-address=127.0.0.1:{port}"]
    with running(command, url, tmp_path):
        assert only(asked(url, "prometheus", alerts_read("x"))).state == UNKNOWN


# Matchers


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("a=b", Matcher("a", "=", "b")),
        (' a =~ "b c" ', Matcher("a", "=~", "b c")),
        ("a!=", Matcher("a", "!=", "")),
        ('a!~""', Matcher("a", "!~", "")),
        ('a="\\"\\n\\\\"', Matcher("a", "=", '"\n\\')),
        (r"a=~\d+\.x", Matcher("a", "=~", r"\d+\.x")),
        ("a==b", Matcher("a", "=", "=b")),
        ('a="b,c"', Matcher("a", "=", "b,c")),
    ],
)
def test_a_matcher_is_read_as_alertmanager_reads_it(text: str, matcher: Matcher) -> None:
    assert parse_matcher(text) == matcher


@pytest.mark.parametrize(
    "text",
    ["", "a", "=b", "1a=b", "a~b", 'a="b', 'a=b"', 'a="b"c"', "a-b=c", "{a=b}", "alertstate=x"],
)
def test_what_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(SourceFailed):
        parse_matcher(text)


@given(st.sampled_from(("=", "!=", "=~", "!~")), st.text(max_size=20))
def test_a_matcher_survives_being_written(comparison: str, value: str) -> None:
    matcher = Matcher("a", comparison, value)
    assert parse_matcher(str(matcher)) == matcher
