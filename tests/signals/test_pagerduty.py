"""PagerDuty as a source: what is open raises, and an empty list clears only where incidents could be open.

PagerDuty publishes its description at GitHub only, so the stand-in follows it by hand: parameters and their
defaults, paging, headers and error bodies are those of
https://github.com/PagerDuty/api-schema/blob/main/reference/REST/openapiv3.json and
https://github.com/PagerDuty/developer-docs/tree/main/docs/REST-API (checked 2026-11-21).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentic.authoring.signal_documents import PagerdutyRead, PagerdutySource
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.signals.live.http import Pool
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.live.pagerduty import read_incidents
from tests.signals.github_fake import Asked, Told, served

NOW = 1_795_000_000
TOKEN = "y_of-the-tests"
SOURCE = "pager"
MONTH_DAYS = 30
#: Every parameter of the two lists: name -> values that are allowed (None: any).
PARAMETERS: dict[str, dict[str, Sequence[str] | None]] = {
    "/incidents": {
        "limit": None, "offset": None, "total": ("true", "false"), "date_range": ("all",),
        "incident_key": None, "service_ids[]": None, "team_ids[]": None, "user_ids[]": None,
        "urgencies[]": ("high", "low"), "time_zone": None,
        "statuses[]": ("triggered", "acknowledged", "resolved"), "sort_by": None, "include[]": None,
        "since": None, "until": None,
    },
    "/services": {
        "limit": None, "offset": None, "total": ("true", "false"), "query": None, "team_ids[]": None,
        "time_zone": None, "sort_by": None, "include[]": None,
    },
}  # fmt: skip


class PagerdutyFake:
    """An account with services and incidents, and what it holds against a question."""

    def __init__(self) -> None:
        self.url = ""
        self.token_file = ""
        self.services = {"PFRAUD1": ("Fraud API", "active"), "PWEB001": ("Web shop", "warning")}
        self.incidents: list[dict[str, Any]] = []
        self.has_urgencies = True
        self.instead: dict[str, Told] = {}
        self.asked: list[Asked] = []
        self.violations: list[str] = []

    def incident(
        self,
        status: str = "triggered",
        *,
        service: str = "PFRAUD1",
        urgency: str = "high",
        priority: str = "",
        title: str = "The server is on fire.",
        days_ago: int = 0,
    ) -> None:
        """Somebody is called."""
        number = 1234 + len(self.incidents)
        self.incidents.append(
            {
                "id": f"PT{number}", "type": "incident", "incident_number": number, "title": title,
                "summary": f"[#{number}] {title}", "status": status, "urgency": urgency,
                "service": {
                    "id": service, "type": "service_reference", "summary": self.services[service][0],
                },
                "priority": (
                    {"id": "P53ZZH5", "type": "priority_reference", "summary": priority}
                    if priority
                    else None
                ),
                "days_ago": days_ago,
            }
        )  # fmt: skip

    def answer(self, asked: Asked) -> Told:
        """The response to a request that is as documented; else the request is a violation."""
        self.asked.append(asked)
        allowed = PARAMETERS.get(asked.path, {})
        for name, value in asked.query:
            values = allowed.get(name, ())
            if values is not None and value not in values:
                self.violations.append(f"{asked.path} has no {name}={value}")
        if asked.headers.get("Accept") != "application/vnd.pagerduty+json;version=2":
            self.violations.append(f"{asked.path} was asked without PagerDuty's media type")
        if asked.path in self.instead:
            return self.instead[asked.path]
        if asked.headers.get("Authorization") != f"Token token={TOKEN}":
            return _error(401, 2006, "Unauthorized")
        if asked.path == "/incidents":
            return self._listed(asked)
        if asked.path == "/services":
            return self._page(asked, "services", [self._service(one) for one in self.services])
        service = asked.path.removeprefix("/services/")
        known = service in self.services
        return (
            Told(200, {"service": self._service(service)})
            if known
            else _error(404, 2100, "Not Found")
        )

    def _listed(self, asked: Asked) -> Told:
        statuses = _all(asked, "statuses[]")
        urgencies, services = _all(asked, "urgencies[]"), _all(asked, "service_ids[]")
        if urgencies and not self.has_urgencies:
            return _error(400, 2001, "Invalid Input Provided")
        is_whole = "all" in _all(asked, "date_range")
        chosen = [
            {name: value for name, value in incident.items() if name != "days_ago"}
            for incident in self.incidents
            if (not statuses or incident["status"] in statuses)
            and (not urgencies or incident["urgency"] in urgencies)
            and (not services or incident["service"]["id"] in services)
            and (is_whole or incident["days_ago"] <= MONTH_DAYS)
        ]
        return self._page(asked, "incidents", chosen)

    def _page(self, asked: Asked, name: str, items: list[dict[str, Any]]) -> Told:
        query = dict(asked.query)
        limit, offset = min(int(query.get("limit", "25")), 100), int(query.get("offset", "0"))
        if limit + offset > 10_000:
            return _error(400, 2001, "Invalid Input Provided")
        more = offset + limit < len(items)
        page = {"limit": limit, "offset": offset, "more": more, "total": None}
        return Told(200, {name: items[offset : offset + limit], **page})

    def _service(self, id: str) -> dict[str, Any]:
        name, status = self.services[id]
        return {"id": id, "type": "service", "name": name, "summary": name, "status": status}


def _all(asked: Asked, name: str) -> list[str]:
    return [value for key, value in asked.query if key == name]


def _error(status: int, code: int, message: str) -> Told:
    return Told(status, {"error": {"message": message, "code": code}})


@pytest.fixture
def pager(tmp_path: Path) -> Iterator[PagerdutyFake]:
    fake = PagerdutyFake()
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    fake.token_file = str(token)
    with served(fake.answer) as fake.url:
        yield fake
    assert fake.violations == []


def incidents(fake: PagerdutyFake, **settings: Any) -> list[Reading]:
    """What the reader says of the account, with settings as policy compiles them."""
    shape = PagerdutyRead(kind="pagerduty-incidents", source=SOURCE, **settings)
    source = PagerdutySource(
        kind="pagerduty", source=SOURCE, url=fake.url, token={"file": fake.token_file}
    ).model_dump()
    deadline = time.monotonic() + 20
    pool = Pool({SOURCE: source}, deadline, NOW)
    try:
        asked = Round(NOW, deadline, {SOURCE: source}, pool.connect, "", {})
        read = Read("incident.active", shape.model_dump(), "warning", 300)
        answers = [one for one in read_incidents(read, asked) if isinstance(one, Reading)]
    finally:
        pool.close()
    for answer in answers:
        assert answer.because.isprintable()
        assert 0 < len(answer.because) < 250
        assert TOKEN not in str(answer)
    return answers


def only(readings: list[Reading], state: str) -> Reading:
    assert [reading.state for reading in readings] == [state], readings
    return readings[0]


def failure(fake: PagerdutyFake, **settings: Any) -> str:
    with pytest.raises(SourceFailed) as caught:
        incidents(fake, **settings)
    text = str(caught.value)
    assert text.isprintable()
    assert TOKEN not in text
    return text


def test_nothing_open_is_clear(pager: PagerdutyFake) -> None:
    pager.incident("resolved")
    reading = only(incidents(pager), CLEAR)
    assert reading.because.endswith("has no open incident")
    assert (reading.source, reading.observed_at, reading.max_age_s) == (SOURCE, NOW, 300)
    assert reading.query == "open incidents, urgency high"


@pytest.mark.parametrize("status", ["triggered", "acknowledged"])
def test_an_open_incident_raises_for_its_service(pager: PagerdutyFake, status: str) -> None:
    pager.incident(status, priority="P1")
    reading = only(incidents(pager), RAISED)
    assert reading.because == (
        f"PagerDuty incident `1234` `The server is on fire.` is `{status}` on `Fraud API`"
    )
    assert reading.service == "Fraud API"
    assert reading.severity == "critical"
    assert (reading.value, reading.unit, reading.threshold) == ("1", "open incidents", "0")


def test_an_incident_that_is_older_than_a_month_counts(pager: PagerdutyFake) -> None:
    """Without a word about dates PagerDuty would leave it out."""
    pager.incident("acknowledged", days_ago=MONTH_DAYS + 1)
    only(incidents(pager), RAISED)


@pytest.mark.parametrize(
    ("urgency", "priority", "severity"),
    [
        ("high", "", "high"),
        ("low", "", "info"),
        ("high", "P4", "high"),
        ("low", "P2", "high"),
        ("low", "SEV-1", "critical"),
        ("low", "Doom", "critical"),
    ],
)
def test_severity_is_the_worse_of_priority_and_urgency(
    pager: PagerdutyFake, urgency: str, priority: str, severity: str
) -> None:
    pager.incident(urgency=urgency, priority=priority)
    reading = only(incidents(pager, urgencies=["high", "low"]), RAISED)
    assert reading.severity == severity


def test_only_the_urgencies_that_policy_names_count(pager: PagerdutyFake) -> None:
    pager.incident(urgency="low")
    only(incidents(pager), CLEAR)
    only(incidents(pager, urgencies=["low"]), RAISED)


def test_an_account_without_urgencies_is_asked_without_them(pager: PagerdutyFake) -> None:
    pager.has_urgencies = False
    pager.incident()
    only(incidents(pager, urgencies=["low", "high"]), RAISED)
    assert "(400)" in failure(pager) or "status 400" in failure(pager)


def test_only_the_services_that_policy_names_count(pager: PagerdutyFake) -> None:
    pager.incident(service="PWEB001")
    reading = only(incidents(pager, services=["PFRAUD1"]), CLEAR)
    assert reading.because.endswith("has no open incident on PFRAUD1")
    assert only(incidents(pager, services=["PFRAUD1", "PWEB001"]), RAISED).service == "Web shop"


def test_one_reading_for_each_service(pager: PagerdutyFake) -> None:
    pager.incident(title="first")
    pager.incident(title="newest")
    pager.incident(service="PWEB001")
    found = {reading.service: reading for reading in incidents(pager)}
    assert sorted(found) == ["Fraud API", "Web shop"]
    assert found["Fraud API"].value == "2"
    assert "`newest`" in found["Fraud API"].because
    assert found["Fraud API"].because.endswith("and 1 more")


def test_many_services_join_into_one_reading_about_everything(pager: PagerdutyFake) -> None:
    for number in range(21):
        pager.services[f"PX{number:05}"] = (f"service {number}", "active")
        pager.incident(service=f"PX{number:05}")
    reading = only(incidents(pager), RAISED)
    assert (reading.service, reading.value) == ("", "21")


def test_all_pages_are_read(pager: PagerdutyFake) -> None:
    for _ in range(230):
        pager.incident()
    assert only(incidents(pager), RAISED).value == "230"
    assert [dict(asked.query)["offset"] for asked in pager.asked] == ["0", "100", "200"]


def test_more_than_are_read_is_raised_and_said(pager: PagerdutyFake) -> None:
    for _ in range(1001):
        pager.incident()
    raised, unknown = incidents(pager)
    assert (raised.state, unknown.state) == (RAISED, UNKNOWN)
    assert raised.because.endswith("(1000 read, there are more)")
    assert "more than 1000 open incidents" in unknown.because


# Where nothing open proves nothing


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("maintenance", "is under maintenance"),
        ("disabled", "is disabled"),
        ("hibernating", "is in the state `hibernating`"),
    ],
)
def test_a_service_that_opens_no_incidents_is_unknown(
    pager: PagerdutyFake, status: str, state: str
) -> None:
    pager.services["PFRAUD1"] = ("Fraud API", status)
    reading = only(incidents(pager, services=["PWEB001", "PFRAUD1"]), UNKNOWN)
    assert reading.because == (
        f"the service PFRAUD1 at PagerDuty {state}, so it opens no incidents"
    )
    pager.incident()
    only(incidents(pager, services=["PWEB001", "PFRAUD1"]), RAISED)


def test_a_service_that_is_not_there_is_a_fault(pager: PagerdutyFake) -> None:
    assert "404" in failure(pager, services=["PNOTHERE"])


def test_a_token_that_sees_no_service_is_unknown(pager: PagerdutyFake) -> None:
    pager.services = {}
    assert "no service at all" in only(incidents(pager), UNKNOWN).because


# Faults


def test_a_wrong_token_is_said(pager: PagerdutyFake) -> None:
    Path(pager.token_file).write_text("another")
    assert "does not accept our token" in failure(pager)


PAGE = {"limit": 100, "offset": 0, "more": False, "total": None}


@pytest.mark.parametrize(
    ("instead", "because"),
    [
        (
            Told(429, {"error": {"code": 2020}}, {"ratelimit-reset": "20"}),
            "as often as this token may, for the next 20 s (429)",
        ),
        (Told(429, b""), "has been asked as often as this token may (429)"),
        (Told(429, b"", {"ratelimit-reset": "soon`\x1b"}), "as this token may (429)"),
        (Told(402, {"error": {"message": "Payment Required"}}), "402"),
        (Told(403, {"error": {"message": "Forbidden"}}), "forbids the question (403)"),
        (Told(500, b"oops"), "answers with status 500"),
        (Told(200, b"<html>login</html>"), "web page"),
        (Told(200, b"{"), "not JSON"),
        (Told(200, []), "something else than an object"),
        (Told(200, {}), "something else than a page"),
        (Told(200, {**PAGE, "incidents": None}), "something else than a page"),
        (Told(200, {"incidents": []}), "something else than a page"),
        (Told(200, {**PAGE, "incidents": [], "more": True}), "something else than a page"),
        (Told(200, {**PAGE, "incidents": ["one"]}), "no incident"),
        (Told(200, {**PAGE, "incidents": [{"status": 5}]}), "no incident"),
    ],
)
def test_a_fault_of_the_source_is_one_sentence(
    pager: PagerdutyFake, instead: Told, because: str
) -> None:
    pager.instead["/incidents"] = instead
    text = failure(pager)
    assert because in text
    assert text.startswith(f"`{SOURCE}` at 127.0.0.1:")


@pytest.mark.parametrize(
    "incident",
    [
        {"status": "triggered"},
        {"status": "escalated-by-a-future-version", "urgency": "extreme"},
        {"status": "triggered", "title": None, "service": 5, "priority": [], "incident_number": {}},
        {"status": "tri`gg\x1bered", "title": "`x`\n\u202e" + "y" * 500, "urgency": ["high"]},
    ],
)
def test_an_odd_incident_is_raised_and_stays_inside_its_quotes(
    pager: PagerdutyFake, incident: dict[str, Any]
) -> None:
    pager.instead["/incidents"] = Told(200, {**PAGE, "incidents": [incident]})
    reading = only(incidents(pager), RAISED)
    assert reading.service == ""


def test_what_was_not_asked_for_does_not_count(pager: PagerdutyFake) -> None:
    """A proxy that drops the parameters lists everything."""
    resolved = {"status": "resolved", "urgency": "high"}
    low = {"status": "triggered", "urgency": "low"}
    pager.instead["/incidents"] = Told(200, {**PAGE, "incidents": [resolved, low]})
    only(incidents(pager), CLEAR)
