"""From a pushed metric to a decision, on real servers: push, scrape, rule, alert, reading, mode.

Every test pushes a metric of its own service and resolves its alerts before it ends, because Alertmanager
keeps what nobody resolves.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from agentic.core.policy import Policy
from agentic.core.values import CLEAR, RAISED, Decision
from tests.signals.asking import decided, policy_with, promql, readings, source
from tests.signals.servers import Platform, eventually

RULES = """\
groups:
  - name: live-platform
    interval: 1s
    rules:
      - alert: Watchdog
        expr: vector(1)
        labels: {severity: none}
      - alert: ManyErrors
        expr: error_ratio > 0.05
        labels: {severity: critical, suite: live}
      - alert: SlowCheckout
        expr: checkout_seconds > 2
        labels: {severity: critical, suite: live, environment: staging}
"""
SERVICES = (
    {"service": "shop", "targets": ["deployment/shop"]},
    {"service": "mail", "targets": ["deployment/mail"]},
)
RESTART_SHOP = "kubectl --context staging rollout restart deployment/shop"
RESTART_MAIL = "kubectl --context staging rollout restart deployment/mail"
IN_DEV = "kubectl --context dev rollout restart deployment/shop"


@pytest.fixture(scope="module")
def monitored(platform: Platform) -> Platform:
    """The platform with this file's rules, and its Watchdog in Alertmanager."""
    platform.write_rules(RULES)
    eventually(lambda: names_of(platform, "Watchdog"), "the Watchdog arrives in Alertmanager")
    return platform


def names_of(platform: Platform, *names: str) -> list[str]:
    """Those of the named alerts that Alertmanager holds."""
    held = [alert["labels"]["alertname"] for alert in platform.alerts()]
    return sorted(name for name in held if name in names)


def alerts_policy(platform: Platform, **fields: Any) -> Policy:
    read = {"kind": "alerts", "source": "prom", "matchers": ['suite="live"'], **fields}
    return policy_with([source(platform.alertmanager, "alertmanager")], [read], SERVICES)


def decision(policy: Policy, command: str = RESTART_SHOP) -> Decision:
    """What is decided on a command with what the platform says at this moment."""
    return decided(policy, readings(policy), command)


@contextmanager
def firing(platform: Platform, alert: str, metric: str, value: float) -> Iterator[None]:
    """The platform while an alert fires, because a metric was pushed; resolved at the end."""
    platform.push("live", f"{metric} {value}\n")
    try:
        eventually(lambda: names_of(platform, alert), f"{alert} arrives in Alertmanager")
        yield
    finally:
        platform.push("live", f"{metric} 0\n")
        eventually(lambda: not names_of(platform, alert), f"{alert} is resolved")
        platform.take_back("live")


def test_from_a_pushed_metric_to_a_stop_and_back(monitored: Platform) -> None:
    policy = alerts_policy(monitored)
    before = decision(policy)
    assert before.mode == "CONSULT"
    assert [reading.state for reading in before.readings] == [CLEAR]

    with firing(monitored, "ManyErrors", 'error_ratio{service="shop"}', 0.2):
        during = decision(policy)
        assert during.mode == "STOP"
        assert "`ManyErrors` fires (critical)" in during.because
        assert during.trace[-1].rule == "escalation.incident"
        assert [r.source for r in during.readings if r.state == RAISED] == ["prom"]

        silence = monitored.silence("ManyErrors", "ada", "we know")
        eventually(
            lambda: [a for a in monitored.alerts() if a["status"]["state"] == "suppressed"],
            "the silence holds",
        )
        silenced = decision(policy)
        assert silenced.mode == "STOP"
        assert "`ManyErrors` fires (critical)" in silenced.because
        assert "silenced by" in silenced.because
        assert "`ada`" in silenced.because
        monitored.unsilence(silence)

    after = decision(policy)
    assert after.mode == "CONSULT"
    assert [reading.state for reading in after.readings] == [CLEAR]


def test_another_services_alert_stays_out(monitored: Platform) -> None:
    policy = alerts_policy(monitored)
    with firing(monitored, "ManyErrors", 'error_ratio{service="mail"}', 0.2):
        assert decision(policy, RESTART_MAIL).mode == "STOP"
        assert decision(policy, RESTART_SHOP).mode == "CONSULT"
        undeclared = policy._replace(services=())
        assert decision(undeclared, RESTART_SHOP).mode == "STOP"


def test_another_environment_is_untouched(monitored: Platform) -> None:
    """By the alert's own label, or because policy limits the read."""
    labelled = alerts_policy(monitored)
    quiet = decision(labelled, IN_DEV).mode
    with firing(monitored, "SlowCheckout", 'checkout_seconds{service="shop"}', 9):
        assert decision(labelled, RESTART_SHOP).mode == "STOP"
        assert decision(labelled, IN_DEV).mode == quiet == "AUTO"
    limited = alerts_policy(monitored, environments=["staging", "production"])
    with firing(monitored, "ManyErrors", 'error_ratio{service="shop"}', 0.2):
        assert decision(labelled, IN_DEV).mode == "CONSULT"
        assert decision(limited, IN_DEV).mode == "AUTO"
        assert decision(limited, RESTART_SHOP).mode == "STOP"


def test_a_pushed_metric_is_judged_by_a_query_in_policy(monitored: Platform) -> None:
    """A new PromQL signal is policy only; the gateway's own copy of a metric never goes stale by itself."""
    read = promql(
        'queue_seconds{job="live"}',
        raised_when={"above": 30},
        unit="s",
        freshness={"query": 'time() - push_time_seconds{job="live"}', "at_most": "1h"},
    )
    stale = {**read, "freshness": {**read["freshness"], "at_most": "1s"}}
    policy, impatient = (
        policy_with([source(monitored.prometheus)], [one], SERVICES) for one in (read, stale)
    )

    def pushed(value: int) -> None:
        monitored.push("live", f'queue_seconds{{service="shop"}} {value}\n')
        eventually(lambda: monitored.values("queue_seconds") == [str(value)], "it is scraped")

    pushed(12)
    time.sleep(1.5)
    calm, old = decision(policy), decision(impatient)
    pushed(45)
    jammed = decision(policy)
    monitored.take_back("live")
    eventually(lambda: not monitored.values("queue_seconds"), "it is gone")
    gone = decision(policy)

    assert (calm.mode, calm.readings[0].because) == ("CONSULT", "12 s is not above 30 s (`shop`)")
    assert old.mode == "STOP"
    assert "12 s is not above 30 s, from data whose age is" in old.because
    assert (jammed.mode, jammed.readings[0].because) == ("STOP", "45 s is above 30 s (`shop`)")
    assert (gone.mode, gone.readings[0].because) == ("STOP", "the query has no result")
    assert decided(policy, jammed.readings, RESTART_MAIL).mode == "CONSULT"


def test_drift_from_metrics_is_told_by_service(monitored: Platform) -> None:
    """A ratio of two metrics: each feature against twice its own alert threshold, worst of a service."""
    read = promql(
        "max by (service) (feature_psi / on (service, feature) feature_psi_alert_threshold)",
        raised_when={"above": 2},
        unit="x threshold",
    )
    policy = policy_with([source(monitored.prometheus)], [read], SERVICES, signal="drift.severe")
    monitored.push(
        "drift",
        'feature_psi{service="shop",feature="age"} 0.71\n'
        'feature_psi{service="shop",feature="income"} 0.05\n'
        'feature_psi{service="mail",feature="age"} 0.4\n'
        "# TYPE feature_psi_alert_threshold gauge\n"
        'feature_psi_alert_threshold{service="shop",feature="age"} 0.2\n'
        'feature_psi_alert_threshold{service="shop",feature="income"} 0.2\n'
        'feature_psi_alert_threshold{service="mail",feature="age"} 0.2\n',
    )
    try:
        eventually(lambda: len(readings(policy)) == 2, "both services are scraped")
        states = {reading.service: reading.state for reading in readings(policy)}
        assert states == {"shop": RAISED, "mail": CLEAR}  # exactly twice is not above
        told = [r.because for r in readings(policy) if r.state == RAISED]
        assert told == ["3.55 x threshold is above 2 x threshold (`shop`)"]
    finally:
        monitored.take_back("drift")
