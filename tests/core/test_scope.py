"""What a reading is about: another service's alert stays out, a doubtful one does not."""

from __future__ import annotations

import pytest

from agentic.core.decide import decide, judge, wanted_signals
from agentic.core.values import RAISED, UNKNOWN, Operation, Reading
from tests.core import strategies as make

SERVICES = (("fraud", ("deployment/fraud-*", "k8s/fraud/*")), ("billing", ("deployment/billing*",)))
CLIMB = ("escalation.alert", "alerts", "climb", True, 0, "an alert is open")
ROWS = dict.fromkeys(make.JUDGED, (("modes.x", "CONSULT", "it is shared", ""),))
TABLE = {
    "c.deploy": (
        ("write-shared",),
        "effort",
        "deploys",
        True,
        ROWS,
        dict.fromkeys(make.JUDGED, (CLIMB,)),
    )
}


def mode_of(target: str, reading: Reading, environment: str = "staging") -> str:
    judgement = judge(
        make.policy_of(TABLE), [Operation("c.deploy", target, environment=environment)]
    )
    return decide(judgement, [reading], SERVICES).mode


@pytest.mark.parametrize(
    ("target", "service", "mode"),
    [
        ("deployment/fraud-api", "fraud", "STOP"),
        ("deployment/fraud-api", "billing", "CONSULT"),  # known to be about another service
        ("fraud", "billing", "CONSULT"),  # a service is its own first name
        ("-f k8s/fraud/api.yaml", "billing", "CONSULT"),
        ("deployment/fraud-api deployment/billing", "billing", "STOP"),  # about both
        ("deployment/web", "billing", "STOP"),  # about something that policy does not know
        ("deployment/fraud-api deployment/web", "billing", "STOP"),  # and about such a thing, too
        ("-f k8s/fraud/api.yaml -f other.yaml", "billing", "STOP"),
        ("-f k8s/fraud/api.yaml,other.yaml", "billing", "STOP"),
        ("-f k8s/fraud/api.yaml,k8s/fraud/web.yaml", "billing", "CONSULT"),
        ("-f k8s/fraud/../other/api.yaml", "billing", "STOP"),  # which is elsewhere
        ("fraud ./chart", "billing", "CONSULT"),  # a release, by its name
        ("", "billing", "STOP"),  # nobody knows what it is about
        ("deployment/fraud-api", "search", "STOP"),  # nobody knows what `search` is
        ("deployment/fraud-api", "", "STOP"),  # an alert about everything
    ],
)
def test_another_services_alert_stays_out(target: str, service: str, mode: str) -> None:
    assert mode_of(target, Reading("alerts", RAISED, "it is down", service=service)) == mode


@pytest.mark.parametrize(
    ("target", "targets", "mode"),
    [("x", ("x",), "STOP"), ("x", ("y",), "CONSULT"), ("", ("y",), "STOP"), ("x", (), "STOP")],
)
def test_a_reading_about_targets(target: str, targets: tuple[str, ...], mode: str) -> None:
    assert mode_of(target, Reading("alerts", RAISED, "in flight", targets=targets)) == mode


@pytest.mark.parametrize(
    ("environment", "mode"), [("staging", "STOP"), ("dev", "CONSULT"), ("production", "CONSULT")]
)
def test_a_reading_about_an_environment(environment: str, mode: str) -> None:
    reading = Reading("alerts", RAISED, "it is down", environments=("staging",))
    assert mode_of("x", reading, environment) == mode


@pytest.mark.parametrize(
    ("base", "to", "wanted"),
    [
        ("AUTO", "CONSULT", ("alerts",)),
        ("CONSULT", "CONSULT", ()),  # could not change the answer
        ("CONSULT", "climb", ("alerts",)),
        ("AUTO", "climb", ("alerts",)),
        ("STOP", "STOP", ()),
    ],
)
def test_only_a_floor_above_the_mode_is_worth_asking_for(
    base: str, to: str, wanted: tuple[str, ...]
) -> None:
    rows = dict.fromkeys(make.JUDGED, (("modes.x", base, "it is shared", ""),))
    escalator = ("escalation.alert", "alerts", to, True, 0, "an alert is open")
    row = (("write-shared",), "effort", "deploys", True, rows, {"staging": (escalator,)})
    judgement = judge(
        make.policy_of({"c.deploy": row}), [Operation("c.deploy", environment="staging")]
    )
    assert wanted_signals(judgement, make.SIGNALS) == wanted


def test_what_is_known_is_told_before_what_cannot_be_ruled_out() -> None:
    alert = ("escalation.z", "alerts", "STOP", True, 0, "an alert is open")
    freeze = ("escalation.a", "freeze", "STOP", True, 0, "a freeze is on")
    rows = dict.fromkeys(make.JUDGED, (("modes.x", "AUTO", "harmless", ""),))
    row = (("write-shared",), "effort", "deploys", True, rows, {"staging": (alert, freeze)})
    judgement = judge(
        make.policy_of({"c.deploy": row}), [Operation("c.deploy", environment="staging")]
    )
    unknown = Reading("freeze", UNKNOWN, "no calendar")
    both = decide(judgement, [unknown, Reading("alerts", RAISED, "it is down")])
    assert (both.trace[-1].rule, both.because) == ("escalation.z", "an alert is open: it is down")
    alone = decide(judgement, [unknown])
    assert alone.because == "a freeze is on, which cannot be ruled out: no calendar"


def test_a_floor_can_be_consult() -> None:
    escalator = ("escalation.fix", "alerts", "CONSULT", True, 0, "a person looks at it")
    rows = dict.fromkeys(make.JUDGED, (("modes.x", "AUTO", "harmless", ""),))
    row = (("write-shared",), "effort", "deploys", True, rows, {"staging": (escalator,)})
    judgement = judge(
        make.policy_of({"c.deploy": row}), [Operation("c.deploy", environment="staging")]
    )
    verdict = decide(judgement, [Reading("alerts", RAISED, "it is down")])
    assert (verdict.mode, verdict.trace[-1].rule) == ("CONSULT", "escalation.fix")
