"""GitHub's readers and any history, any answer: a label that counts is not lost, garbage never clears."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.signals.live.interface import SourceFailed
from tests.signals.github_ask import incidents, rollbacks
from tests.signals.github_fake import ROLES, GithubFake, Told

PEOPLE = {"alice": "write", "mona": "maintain", "root": "admin", "trish": "triage", "rita": "read"}
LABELS = ("incident", "outage", "env:dev", "bug")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(("label", "unlabel")), st.sampled_from(LABELS), st.sampled_from([*PEOPLE])
    ),
    max_size=12,
)
#: The end of a path, and a field of what it answers with.
FIELDS = [
    *(("/issues", name) for name in ("number", "title", "user", "body", "created_at")),
    *(("/events", name) for name in ("id", "event", "created_at", "label", "commit_id")),
    *(("/permission", name) for name in ("permission", "role_name", "user")),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("actor", "created_at", "event", "label", "labels", "login", "name", "number",
                 "permission", "role_name", "state", "title", "type", "environment", "task")
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=40)
@given(acts=ACTS)
def test_the_last_setter_of_each_label_decides(
    forge: GithubFake, acts: list[tuple[str, str, str]]
) -> None:
    forge.issues.clear()
    number = forge.open_issue("stranger", "slow")
    by: dict[str, str] = {}
    for act, label, person in acts:
        if act == "label" and label not in by:
            forge.label(number, label, person)
            by[label] = person
        elif act == "unlabel" and label in by:
            forge.unlabel(number, label, person)
            del by[label]
    counted = {label for label, person in by.items() if ROLES[PEOPLE[person]] in ("admin", "write")}
    readings = incidents(forge, labels=["incident", "outage"])
    assert [reading.state for reading in readings] == [
        RAISED if counted & {"incident", "outage"} else CLEAR
    ]
    if readings[0].state == RAISED:
        assert readings[0].environments == (("dev",) if "env:dev" in counted else ())


@pytest.mark.parametrize("path", ["/issues", "/issues/1/events", "/collaborators/alice/permission"])
@settings(max_examples=40)
@given(answer=JSON)
def test_no_answer_that_is_not_githubs_clears_an_incident(
    forge: GithubFake, path: str, answer: Any
) -> None:
    if not forge.issues:
        forge.open_issue("alice", "slow", "incident")
    forge.instead = {path: Told(200, answer)}
    if path == "/issues" and answer == []:
        return  # that is GitHub's way to say that there is none
    try:
        states = {reading.state for reading in incidents(forge)}
    except SourceFailed:
        return
    assert states == {UNKNOWN}


@settings(max_examples=100)
@given(field=st.sampled_from(FIELDS), value=JSON)
def test_no_odd_field_clears_an_incident(
    forge: GithubFake, field: tuple[str, str], value: Any
) -> None:
    """What does not tell the label, who set it or whether the issue is open may be anything."""
    if not forge.issues:
        forge.open_issue("alice", "slow", "incident")
    path, name = field
    answer: Any = {
        "/issues": [forge.issues[1]],
        "/events": [forge.events[1][0]],
        "/permission": {"permission": "write", "role_name": "write", "user": None},
    }[path]
    odd = {**(answer[0] if isinstance(answer, list) else answer), name: value}
    forge.instead = {path: Told(200, [odd] if isinstance(answer, list) else odd)}
    try:
        states = [reading.state for reading in incidents(forge)]
    except SourceFailed:
        return
    assert states in ([RAISED], [UNKNOWN])


@settings(max_examples=40)
@given(answer=JSON)
def test_no_answer_that_is_not_githubs_clears_a_rollback(forge: GithubFake, answer: Any) -> None:
    forge.instead = {"/deployments": Told(200, answer)}
    try:
        states = {reading.state for reading in rollbacks(forge)}
    except SourceFailed:
        return
    assert states == {UNKNOWN}
    assert answer == []
