"""GitHub with many pages, limits and faults: none of them clears anything, each is one sentence.

Also the judge of the stand-in: that GitHub's description catches a wrong request and a wrong response.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agentic.authoring.signal_documents import GithubIssuesRead, GithubSource
from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.signals.live import github
from agentic.signals.live.ask import ask, readings_at
from tests.signals.configured import policy_of
from tests.signals.github_ask import SOURCE, WORDS, failure, incidents, only, rollbacks
from tests.signals.github_description import USED, Description
from tests.signals.github_fake import NOW, ROOT, GithubFake, Told, served

# Many


def test_all_pages_are_read(forge: GithubFake) -> None:
    forge.open_issue("alice", "the oldest", "incident")
    for number in range(120):
        forge.open_issue("alice", f"pull {number}", "incident", is_pull=True)
    assert "#1 `the oldest`" in only(incidents(forge), RAISED).because
    assert [dict(a.query).get("page") for a in forge.asked if a.path.endswith("/issues")] == [
        None,
        "2",
    ]


def test_events_on_later_pages_count(forge: GithubFake) -> None:
    number = forge.open_issue("stranger", "slow")
    forge.label(number, "incident", "alice")
    forge.mention(number, "stranger", 130)
    forge.unlabel(number, "incident", "trish")
    forge.label(number, "incident", "trish")
    only(incidents(forge), CLEAR)


def test_a_history_that_is_too_long_is_unknown(forge: GithubFake) -> None:
    number = forge.open_issue("trish", "slow", "incident")
    forge.mention(number, "stranger", 1000)
    assert "more than 1000 events" in only(incidents(forge), UNKNOWN).because


def test_more_issues_than_are_examined_are_unknown(forge: GithubFake) -> None:
    for number in range(github.MAX_EXAMINED + 2):
        forge.open_issue("trish", f"issue {number}", "incident")
    reading = only(incidents(forge), UNKNOWN)
    assert reading.because == "cannot tell who labelled 2 more open issues: too many"


def test_each_account_is_asked_about_once(forge: GithubFake) -> None:
    for number in range(4):
        forge.open_issue("alice", f"issue {number}", "incident", "P1")
    assert only(incidents(forge), RAISED).value == "4"
    assert sum("/collaborators/" in asked.path for asked in forge.asked) == 1


def test_pages_that_point_elsewhere_are_not_followed(
    forge: GithubFake, described: Description
) -> None:
    """The address of a next page is GitHub's word; the token goes nowhere but to the source."""
    elsewhere = GithubFake(described)
    with served(elsewhere.answer) as url:
        link = {"Link": f'<{url}/stolen?page=2>; rel="next"'}
        number = forge.open_issue("alice", "slow", "incident")
        forge.instead = {"/issues": Told(200, [forge.issues[number]], link)}
        reading = failure(incidents, forge)
    assert "pages that lead in a circle" in reading
    assert elsewhere.asked == []
    assert [asked.path for asked in forge.asked] == [f"{ROOT}/issues"] * 2


# Faults of the source


@pytest.mark.parametrize(
    ("instead", "because"),
    [
        (Told(401, {"message": "Bad credentials"}), "does not accept our token"),
        (Told(403, {"message": "Resource not accessible"}), "forbids the question (403)"),
        (Told(404, {"message": "Not Found"}), "the token may not see it, in `acme/fraud` (404)"),
        (Told(410, {"message": "Issues are disabled"}), "issues are switched off in `acme/fraud`"),
        (Told(500, {"message": "Server Error"}), "answers with status 500"),
        (Told(502, b"<html>Unicorn!</html>"), "answers with status 502"),
        (Told(200, b"<html>Sign in</html>"), "a web page"),
        (Told(200, b'[{"number": 1,'), "not JSON"),
        (Told(200, b""), "answers"),
        (Told(200, b"\xff\xfe"), "not JSON"),
        (Told(200, {"message": "hello"}), "something else than a list"),
        (Told(200, None), "something else than a list"),
        (Told(200, ["issue"]), "something else than a list"),
        (Told(200, [{}]), "no issue"),
        (Told(200, [{"number": "1", "labels": []}]), "no issue"),
        (Told(200, [{"number": 1, "labels": None}]), "no issue"),
        (Told(204, b""), "answers"),
        (Told(301, b"", {"Location": "https://example.org/"}), "redirects to"),
    ],
)
def test_a_fault_of_the_source_is_one_sentence(
    forge: GithubFake, instead: Told, because: str
) -> None:
    forge.instead = {"/issues": instead, "/deployments": instead}
    text = failure(incidents, forge)
    assert because in text
    assert text.startswith(f"`{SOURCE}` at 127.0.0.1:") or "no issue" in text
    if instead.body not in ([{}], [{"number": "1", "labels": []}], [{"number": 1, "labels": None}]):
        failure(rollbacks, forge)


@pytest.mark.parametrize(
    ("status", "headers", "message", "until"),
    [
        (
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 1800)},
            "API rate limit exceeded",
            "until 2026-11-20 12:30 UTC (403)",
        ),
        (429, {"retry-after": "60"}, "secondary rate limit", "for the next 60 s (429)"),
        (403, {"retry-after": "60"}, "slow down", "for the next 60 s (403)"),
        (403, {}, "You have exceeded a secondary rate limit", "that it does not tell (403)"),
        (429, {}, "", "that it does not tell (429)"),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 30}, "", "until `999999"),
    ],
)
def test_a_rate_limit_tells_how_long_it_holds(
    forge: GithubFake, status: int, headers: dict[str, str], message: str, until: str
) -> None:
    forge.instead = {"/issues": Told(status, {"message": message}, headers)}
    text = failure(incidents, forge)
    assert "has been asked as often as this token may" in text
    assert until in text


def test_a_limit_in_the_middle_ends_the_questions_and_clears_nothing(forge: GithubFake) -> None:
    for number in range(5):
        forge.open_issue("trish", f"issue {number}", "incident")
    limit = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 60)}
    forge.instead = {"/issues/4/events": Told(403, {"message": "limit"}, limit)}
    reading = only(incidents(forge), UNKNOWN)
    assert "whether issue #4 counts" in reading.because
    assert "until 2026-11-20 12:01 UTC" in reading.because
    assert reading.because.endswith("(and 3 more)")
    assert [asked.path for asked in forge.asked][-1] == f"{ROOT}/issues/4/events"


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_issue_whose_events_fail_is_unknown(forge: GithubFake, status: int) -> None:
    forge.open_issue("alice", "slow", "incident")
    forge.instead = {"/events": Told(status, {"message": "no"})}
    assert "whether issue #1 counts" in only(incidents(forge), UNKNOWN).because


def test_a_wrong_token_is_said(forge: GithubFake) -> None:
    Path(forge.token_file).write_text("another")
    assert "does not accept our token" in failure(incidents, forge)


def test_an_answer_after_the_deadline_is_no_answer(forge: GithubFake) -> None:
    failure(incidents, forge, left_s=-1.0)
    assert forge.asked == []


# As policy says it


def test_policy_has_both_reads_answered_in_a_live_question(forge: GithubFake) -> None:
    forge.open_issue("alice", "checkout is down", "incident", "service:fraud", "env:prod")
    forge.deploy("staging", minutes_ago=20, task="rollback")
    policy = policy_of(
        f"""
sources:
  - source: forge
    kind: github
    url: {forge.url}
    repository: acme/fraud
    token: {{file: {forge.token_file}}}
signals:
  - signal: incident.active
    meaning: an incident is open
    reads: [{{kind: github-issues, source: forge}}]
  - signal: rollback.recent
    meaning: something was rolled back
    reads: [{{kind: github-rollbacks, source: forge, within: 1h}}]
"""
    )
    names = ["incident.active", "rollback.recent"]
    answers = ask(policy, names, now=NOW, deadline_s=20, workspace="", environment_words=WORDS)
    found = {reading.signal: reading for reading in readings_at(answers, NOW)}
    assert [found[name].state for name in names] == [RAISED, RAISED]
    assert found["incident.active"].service == "fraud"
    assert found["incident.active"].environments == ("production",)
    assert found["rollback.recent"].environments == ("staging",)


@pytest.mark.parametrize(
    "read",
    [
        {"labels": ["a,b"]},
        {"labels": [""]},
        {"labels": [" incident"]},
        {"labels": []},
        {"severities": {"P1": "terrible"}},
    ],
)
def test_policy_refuses_labels_that_cannot_be_asked_for(read: dict[str, Any]) -> None:
    """A comma would ask for both labels at once, and find nothing."""
    with pytest.raises(ValidationError):
        GithubIssuesRead(kind="github-issues", source=SOURCE, **read)


@pytest.mark.parametrize("name", ["acme", "acme/..", "../fraud", "acme/fraud/issues", "a b/c", "/"])
def test_policy_refuses_what_is_no_repository(name: str) -> None:
    with pytest.raises(ValidationError):
        GithubSource(kind="github", source=SOURCE, repository=name)


# The judge of the stand-in


def test_the_description_catches_a_wrong_request(described: Description) -> None:
    issues = f"{ROOT}/issues"
    right = (("state", "open"), ("labels", "incident"), ("per_page", "100"))
    assert list(described.check_request("GET", issues, right)) == []
    for method, path, query in (
        ("GET", f"{ROOT}/issue", right),
        ("DELETE", issues, right),
        ("GET", issues, (("label", "incident"),)),
        ("GET", issues, (("state", "opened"),)),
        ("GET", issues, (("per_page", "many"),)),
        ("GET", f"{ROOT}/issues/one/events", ()),
    ):
        assert list(described.check_request(method, path, query)), (method, path, query)


def test_the_description_catches_a_wrong_response(
    forge: GithubFake, described: Description
) -> None:
    forge.open_issue("alice", "slow", "incident")
    issue, event = forge.issues[1], forge.events[1][0]
    issues, permission = f"{ROOT}/issues", f"{ROOT}/collaborators/alice/permission"
    assert list(described.check_response("GET", issues, 200, [issue])) == []
    assert list(described.check_events([event])) == []
    for path, status, body in (
        (issues, 200, issue),
        (issues, 200, [{**issue, "number": "1"}]),
        (issues, 200, [{name: value for name, value in issue.items() if name != "labels"}]),
        (issues, 200, [{**issue, "title": None}]),
        (issues, 418, {"message": "teapot"}),
        (issues, 404, {"message": 5}),
        (permission, 200, {"permission": "admin"}),
        (permission, 403, []),
    ):
        assert list(described.check_response("GET", path, status, body)), (path, status)
    assert list(described.check_events([{**event, "label": None}]))


def test_every_path_in_use_is_asked_by_these_readers(forge: GithubFake) -> None:
    forge.open_issue("alice", "slow", "incident")
    forge.deploy("prod", minutes_ago=5)
    incidents(forge, labels=["incident", "outage"])
    rollbacks(forge)
    templates = {
        template for template in USED for asked in forge.asked if described_by(template, asked.path)
    }
    assert templates == set(USED)


def described_by(template: str, path: str) -> bool:
    named, given = template.split("/"), path.split("/")
    return len(named) == len(given) and all(
        part.startswith("{") or part == there for part, there in zip(named, given, strict=True)
    )
