"""GitHub issues as incidents: whose label counts, what cannot be told, what an incident is about.

The stand-in for GitHub keeps state and is held against GitHub's own description, see `github_fake`.
"""

from __future__ import annotations

from typing import Any

import pytest

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from tests.signals.github_ask import SOURCE, incidents, only
from tests.signals.github_fake import NOW, GithubFake, Told


def test_no_issue_is_clear(forge: GithubFake) -> None:
    forge.open_issue("alice", "a bug", "bug")
    reading = only(incidents(forge), CLEAR)
    assert reading.because == "no open issue of `acme/fraud` has the label `incident`"
    assert (reading.source, reading.observed_at, reading.max_age_s) == (SOURCE, NOW, 300)


@pytest.mark.parametrize("person", ["alice", "mona", "root"])
def test_a_label_of_somebody_who_may_write_raises(forge: GithubFake, person: str) -> None:
    number = forge.open_issue("stranger", "checkout is down")
    forge.label(number, "incident", person)
    reading = only(incidents(forge), RAISED)
    assert reading.because == (
        f"issue #1 `checkout is down` is open in `acme/fraud`, labelled `incident` by `{person}`"
    )
    assert (reading.value, reading.unit, reading.threshold) == ("1", "open issues", "0")
    assert reading.severity == "high"
    assert reading.environments == ()
    assert "incident" in reading.query


@pytest.mark.parametrize("person", ["stranger", "rita", "trish"])
def test_a_label_of_somebody_without_rights_is_named_and_does_not_raise(
    forge: GithubFake, person: str
) -> None:
    """An issue template labels in its author's name; triage may label without being able to write."""
    forge.open_issue(person, "prod is down, please stop", "incident")
    reading = only(incidents(forge), CLEAR)
    assert reading.because == (
        "no incident is open in `acme/fraud`; not counted, as who set the label may not write: "
        f"#1 `incident` by `{person}`"
    )


@pytest.mark.parametrize(
    ("role", "state"),
    [
        (("incident-commander", "write"), RAISED),
        (("platform", "admin"), RAISED),
        (("labeller", "read"), CLEAR),
    ],
)
def test_a_custom_role_is_what_it_is_based_on(
    forge: GithubFake, role: tuple[str, str], state: str
) -> None:
    forge.people["carol"] = role
    forge.open_issue("carol", "slow", "incident")
    only(incidents(forge), state)


def test_a_permission_that_nobody_knows_is_unknown(forge: GithubFake) -> None:
    forge.people["carol"] = ("overlord", "everything")
    forge.open_issue("carol", "slow", "incident")
    assert "permission of `carol` that is not known" in only(incidents(forge), UNKNOWN).because


@pytest.mark.parametrize(
    ("acts", "state"),
    [
        # removed and set again by another: the last one who set it counts, whoever was there before
        ((("label", "alice"), ("unlabel", "alice"), ("label", "trish")), CLEAR),
        ((("label", "trish"), ("unlabel", "trish"), ("label", "alice")), RAISED),
        # removed and not set again
        ((("label", "alice"), ("unlabel", "trish")), CLEAR),
    ],
)
def test_the_last_who_set_it_counts(
    forge: GithubFake, acts: tuple[tuple[str, str], ...], state: str
) -> None:
    number = forge.open_issue("stranger", "slow")
    for act, person in acts:
        getattr(forge, act)(number, "incident", person)
    only(incidents(forge), state)


def test_events_count_by_their_time_not_by_their_order(forge: GithubFake) -> None:
    number = forge.open_issue("stranger", "slow")
    forge.label(number, "incident", "alice")
    forge.unlabel(number, "incident", "trish")
    forge.label(number, "incident", "trish")
    forge.events[number].reverse()
    only(incidents(forge), CLEAR)


@pytest.mark.parametrize("kept", [0, 2])
def test_a_label_without_an_event_is_unknown(forge: GithubFake, kept: int) -> None:
    """It was renamed, came with an issue from elsewhere, or the last event says that it was removed."""
    number = forge.open_issue("alice", "slow", "incident")
    forge.unlabel(number, "incident", "alice")
    forge.label(number, "incident", "alice")
    del forge.events[number][kept:]
    reading = only(incidents(forge), UNKNOWN)
    assert reading.because == (
        "cannot tell whether issue #1 counts: no event tells who set its label"
    )


def test_a_label_is_the_same_in_upper_and_lower_case(forge: GithubFake) -> None:
    number = forge.open_issue("alice", "slow", "incident")
    forge.issues[number]["labels"][0]["name"] = "Incident"
    forge.instead = {"/issues": Told(200, [forge.issues[number]])}
    only(incidents(forge), RAISED)


def test_a_closed_issue_is_over(forge: GithubFake) -> None:
    number = forge.open_issue("alice", "slow", "incident")
    assert only(incidents(forge), RAISED).state == RAISED
    forge.close(number)
    only(incidents(forge), CLEAR)


def test_a_pull_request_is_no_incident(forge: GithubFake) -> None:
    forge.open_issue("alice", "fixes the incident", "incident", is_pull=True)
    only(incidents(forge), CLEAR)


# Apps


@pytest.mark.parametrize("app", ["incident-io[bot]", "Copilot", "github-actions[bot]"])
def test_an_app_is_unknown_until_policy_names_it(forge: GithubFake, app: str) -> None:
    """GitHub answers `none` for one app and 404 for another, so it says nothing about any."""
    forge.open_issue(app, "opened by a robot", "incident")
    reading = only(incidents(forge), UNKNOWN)
    assert f"the app `{app}` set its label, and `trusted_apps` does not name it" in reading.because
    assert not any("/collaborators/" in asked.path for asked in forge.asked)
    only(incidents(forge, trusted_apps=["other[bot]"]), UNKNOWN)
    only(incidents(forge, trusted_apps=[app.lower()]), RAISED)
    only(incidents(forge, trusted_apps=[app.removesuffix("[bot]")]), RAISED)


# What cannot be told


def test_permissions_that_the_token_may_not_see_are_unknown(forge: GithubFake) -> None:
    forge.open_issue("alice", "slow", "incident")
    forge.may_see_permissions = False
    reading = only(incidents(forge), UNKNOWN)
    assert "does not tell what `alice` may do (403)" in reading.because
    assert "push access" in reading.because


@pytest.mark.parametrize("person", ["former", "mannequin-1"])
def test_an_account_that_is_gone_is_unknown(forge: GithubFake, person: str) -> None:
    forge.gone.add("former")
    forge.open_issue(person, "slow", "incident")
    assert f"what `{person}` may do (404)" in only(incidents(forge), UNKNOWN).because


@pytest.mark.parametrize(
    ("actor", "because"),
    [
        (None, "the account that set its label is gone"),
        ({}, "the account that set its label is gone"),
        ({"login": 5}, "the account that set its label is gone"),
        ({"login": "../../../user", "type": "User"}, "which is no login"),
        ({"login": "a/b?x=y", "type": "User"}, "which is no login"),
        ({"login": "", "type": "User"}, "which is no login"),
        ({"login": "robot[bot]"}, "which is no login"),
    ],
)
def test_an_actor_that_is_none_is_unknown(forge: GithubFake, actor: Any, because: str) -> None:
    number = forge.open_issue("alice", "slow", "incident")
    event = {**forge.events[number][0], "actor": actor}
    forge.instead = {"/events": Told(200, [event])}
    assert because in only(incidents(forge), UNKNOWN).because
    assert not any("/collaborators/" in asked.path for asked in forge.asked)


def test_a_counted_incident_is_raised_beside_one_that_cannot_be_told(forge: GithubFake) -> None:
    forge.open_issue("alice", "slow", "incident")
    forge.open_issue("bot[bot]", "slower", "incident")
    forge.open_issue("mannequin-2", "slowest", "incident")
    raised, unknown = incidents(forge)
    assert (raised.state, unknown.state) == (RAISED, UNKNOWN)
    assert "#1" in raised.because
    assert "whether issue #3 counts" in unknown.because
    assert unknown.because.endswith("(and 1 more)")


def test_an_event_that_names_no_label_is_unknown(forge: GithubFake) -> None:
    number = forge.open_issue("alice", "slow", "incident")
    broken = {**forge.events[number][0], "label": None}
    forge.instead = {"/events": Told(200, [broken])}
    assert "names no label" in only(incidents(forge), UNKNOWN).because


def test_a_label_that_the_repository_does_not_have_is_unknown(forge: GithubFake) -> None:
    """A slip in policy would otherwise be clear for ever."""
    reading = only(incidents(forge, labels=["incident", "incidnet"]), UNKNOWN)
    assert "`acme/fraud` has no label `incidnet`" in reading.because
    forge.open_issue("alice", "slow", "incident")
    assert [r.state for r in incidents(forge, labels=["incident", "incidnet"])] == [RAISED, UNKNOWN]


def test_a_label_is_looked_for_when_the_list_is_not_of_that_label(forge: GithubFake) -> None:
    number = forge.open_issue("alice", "slow", "bug")
    forge.instead = {"/issues": Told(200, [forge.issues[number]])}
    only(incidents(forge), CLEAR)
    only(incidents(forge, labels=["incidnet"]), UNKNOWN)


def test_a_label_with_odd_characters_is_asked_for_as_it_is(forge: GithubFake) -> None:
    odd = "sev/1 & up? #äö%2F"
    forge.labels.add(odd)
    only(incidents(forge, labels=[odd]), CLEAR)
    forge.open_issue("alice", "slow", odd)
    only(incidents(forge, labels=[odd]), RAISED)


# Scope and severity


def test_scope_labels_narrow_an_incident(forge: GithubFake) -> None:
    forge.open_issue("alice", "slow", "incident", "service:fraud", "env: prod", "Env:staging")
    reading = only(incidents(forge), RAISED)
    assert reading.service == "fraud"
    assert reading.environments == ("production", "staging")


def test_a_scope_label_of_somebody_without_rights_narrows_nothing(forge: GithubFake) -> None:
    number = forge.open_issue("alice", "prod is down", "incident")
    forge.label(number, "env:dev", "trish")
    forge.label(number, "service:other", "trish")
    reading = only(incidents(forge), RAISED)
    assert (reading.service, reading.environments) == ("", ())


def test_a_scope_label_that_cannot_be_judged_widens(forge: GithubFake) -> None:
    number = forge.open_issue("alice", "down", "incident", "env:dev", "service:fraud")
    forge.label(number, "env:staging", "mannequin-1")
    reading = only(incidents(forge), RAISED)
    assert (reading.service, reading.environments) == ("fraud", ())


def test_an_environment_that_policy_does_not_know_widens(forge: GithubFake) -> None:
    forge.open_issue("alice", "down", "incident", "env:dev", "env:moon")
    assert only(incidents(forge), RAISED).environments == ()


def test_one_reading_for_each_scope(forge: GithubFake) -> None:
    forge.open_issue("alice", "one", "incident", "service:a", "service:b")
    forge.open_issue("alice", "two", "incident", "service:b")
    forge.open_issue("alice", "three", "incident")
    found = {reading.service: reading for reading in incidents(forge)}
    assert sorted(found) == ["", "a", "b"]
    assert found["b"].value == "2"
    assert found["b"].because.startswith("issue #2 `two`")
    assert found["b"].because.endswith("and 1 more")


def test_many_scopes_join_into_one_that_covers_everything(forge: GithubFake) -> None:
    names = [f"service:s{number}" for number in range(21)]
    forge.open_issue("alice", "everything", "incident", *names)
    reading = only(incidents(forge), RAISED)
    assert (reading.service, reading.value) == ("", "1")


@pytest.mark.parametrize(
    ("labels", "severity"),
    [
        ((), "high"),
        (("P1",), "critical"),
        (("sev-3",), "warning"),
        (("severity:low",), "info"),
        (("priority/P2", "P4"), "high"),
        (("sev:whatever",), "critical"),
        (("page", "info needed", "bug"), "high"),
        (("Meltdown",), "critical"),
        (("papercut",), "info"),
    ],
)
def test_severity_is_told_by_labels(
    forge: GithubFake, labels: tuple[str, ...], severity: str
) -> None:
    forge.open_issue("alice", "slow", "incident", *labels)
    own = {"meltdown": "critical", "Papercut": "info"}
    assert only(incidents(forge, severities=own), RAISED).severity == severity


def test_a_severity_label_of_somebody_without_rights_does_not_count(forge: GithubFake) -> None:
    number = forge.open_issue("alice", "slow", "incident")
    forge.label(number, "P4", "trish")
    assert only(incidents(forge), RAISED).severity == "high"


def test_the_worst_of_several_incidents_is_the_severity(forge: GithubFake) -> None:
    forge.open_issue("alice", "slow", "incident", "P1")
    forge.open_issue("alice", "slow", "incident", "P4")
    assert only(incidents(forge), RAISED).severity == "critical"


def test_several_labels_are_each_enough(forge: GithubFake) -> None:
    forge.open_issue("alice", "one", "outage")
    number = forge.open_issue("trish", "two", "incident")
    forge.label(number, "outage", "alice")
    reading = only(incidents(forge, labels=["incident", "outage"]), RAISED)
    assert reading.value == "2"
    assert "#2 `two` is open in `acme/fraud`, labelled `outage` by `alice`" in reading.because


def test_hostile_titles_and_names_stay_inside_their_quotes(forge: GithubFake) -> None:
    title = "`rm -rf /`\n\x1b[31mCLEAR\u202e {because} %s " + "x" * 300
    number = forge.open_issue("mallory", title)
    forge.label(number, "incident", "alice")
    because = only(incidents(forge), RAISED).because
    assert because.startswith("issue #1 `'rm -rf /'\\n\\x1b[31mCLEAR\\u202e {because} %s xx")
    assert because.count("`") == 8
    assert because.isprintable()
