"""The one path: what is recorded, spent and asked, in which order, and what a failure does."""

from __future__ import annotations

import pytest

from agentic.core.values import Grant, Operation, Reading
from agentic.errors import Unavailable
from agentic.govern import govern, govern_operations
from tests.ports_fakes import (
    FakeGrants,
    FakeJournal,
    FakeReadings,
    make_ports,
    shell,
    shipped_policy,
)

STAGING = "kubectl --context staging apply -f k.yaml"
CONSULTED = "pip install leftpad"


def grant_for(action_digest: str, policy_digest: str) -> Grant:
    return Grant("g-1", action_digest, "r" * 64, policy_digest, "ada", "local", 0, 2**40)


def test_an_act_is_recorded_before_it_is_answered() -> None:
    journal = FakeJournal()
    decision = govern(shell("git status"), make_ports(journal=journal))
    assert (decision.mode, decision.permission, decision.record) == ("AUTO", "RUN", 1)
    assert [d.mode for d, _ in journal.decisions] == ["AUTO"]


def test_a_question_records_spends_and_requests_nothing() -> None:
    journal, grants = FakeJournal(), FakeGrants()
    decision = govern(shell(CONSULTED), make_ports(journal=journal, grants=grants), "ASK")
    assert (decision.mode, decision.permission) == ("CONSULT", "BLOCK")
    assert (journal.decisions, grants.claims, grants.requests) == ([], [], [])


def test_an_act_that_cannot_be_recorded_is_not_answered() -> None:
    journal = FakeJournal(Unavailable("journal.unwritable", "no space left"))
    with pytest.raises(Unavailable):
        govern(shell("git status"), make_ports(journal=journal))


def test_a_consult_asks_where_a_question_appears() -> None:
    grants = FakeGrants()
    decision = govern(shell(CONSULTED, can_ask=True), make_ports(grants=grants))
    assert (decision.permission, decision.request) == ("ASK", "")
    assert grants.requests == []


def test_a_consult_that_cannot_ask_opens_a_request_and_names_it() -> None:
    grants = FakeGrants()
    decision = govern(shell(CONSULTED), make_ports(grants=grants))
    assert (decision.permission, decision.request) == ("BLOCK", "r-1")
    assert "r-1" in decision.waiting_for
    assert len(grants.requests) == 1


def test_a_refused_request_is_told_as_refused() -> None:
    grants = FakeGrants()
    grants.state = "denied"
    decision = govern(shell(CONSULTED), make_ports(grants=grants))
    assert decision.permission == "BLOCK"
    assert "refused" in decision.waiting_for


def test_a_grant_lets_exactly_this_action_run_once_and_leaves_the_mode() -> None:
    asked = govern(shell(CONSULTED), make_ports(), "ASK")
    grants = FakeGrants([grant_for(asked.action_digest, asked.policy_digest)])
    other = govern(shell("pip install rightpad"), make_ports(grants=grants))
    first = govern(shell(CONSULTED), make_ports(grants=grants))
    second = govern(shell(CONSULTED), make_ports(grants=grants))
    assert [d.permission for d in (other, first, second)] == ["BLOCK", "RUN", "BLOCK"]
    assert first.mode == "CONSULT"
    assert first.grant is not None
    assert first.grant.id == "g-1"


def test_a_stop_claims_nothing_and_cannot_be_requested() -> None:
    grants = FakeGrants()
    decision = govern(shell("git push --force origin main"), make_ports(grants=grants))
    assert (decision.mode, decision.permission, decision.request) == ("STOP", "BLOCK", "")
    assert (grants.claims, grants.requests) == ([], [])
    assert decision.way


def test_a_local_grant_is_not_enough_where_policy_asks_for_more() -> None:
    policy = make_ports().policy
    strict = policy._replace(
        settings={
            **policy.settings,
            "assurance": dict.fromkeys(policy.settings["assurance"], "remote"),
        }
    )
    asked = govern(shell(CONSULTED), make_ports(policy=strict), "ASK")
    grants = FakeGrants([grant_for(asked.action_digest, strict.digest)])
    decision = govern(shell(CONSULTED, can_ask=True), make_ports(policy=strict, grants=grants))
    assert (decision.permission, decision.request, grants.claims) == ("BLOCK", "", [])


def test_only_signals_that_could_change_the_answer_are_read() -> None:
    readings = FakeReadings()
    govern(shell("git status"), make_ports(readings=readings))
    govern(shell("git push --force origin main"), make_ports(readings=readings))
    assert readings.asked == []
    govern(shell(STAGING), make_ports(readings=readings))
    assert set(readings.asked) == set(shipped_policy().signals)


@pytest.mark.parametrize(
    ("state", "mode"), [("CLEAR", "CONSULT"), ("RAISED", "STOP"), ("UNKNOWN", "STOP")]
)
def test_a_raised_or_unknown_signal_climbs(state: str, mode: str) -> None:
    readings = FakeReadings(Reading("clock.off-hours", state, "as the test says"))  # type: ignore[arg-type]
    decision = govern(shell(STAGING), make_ports(readings=readings))
    assert (decision.base_mode, decision.mode) == ("CONSULT", mode)


def test_operations_outside_the_catalogue_are_an_error_not_a_decision() -> None:
    with pytest.raises(KeyError):
        govern_operations([Operation("no.such-kind")], shell("x"), make_ports())


def test_nothing_recognised_is_a_consult() -> None:
    assert govern_operations([], shell(""), make_ports()).mode == "CONSULT"


def test_the_call_digest_tells_every_input_apart_and_the_action_digest_does_not_hold_free_text() -> (
    None
):
    first = govern(shell(CONSULTED), make_ports(), "ASK")
    spaced = govern(shell("pip  install leftpad"), make_ports(), "ASK")
    assert first.call_digest != spaced.call_digest
    assert first.action_digest == spaced.action_digest
