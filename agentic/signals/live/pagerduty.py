"""PagerDuty as a source: incidents that are triggered or acknowledged.

An empty list proves something only when incidents could have been opened: a token that sees no service, and
a service that is disabled or under maintenance, give UNKNOWN. Without `date_range=all` PagerDuty would leave
out incidents that have been open for more than a month.

Sources (checked 2026-11-21): https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents,
https://developer.pagerduty.com/docs/pagination, https://developer.pagerduty.com/docs/rest-api-rate-limits,
https://support.pagerduty.com/docs/maintenance-windows
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentic.core.values import SEVERITIES
from agentic.errors import quoted
from agentic.signals.live.interface import Answers, Read, Round
from agentic.signals.severity import severity_of

if TYPE_CHECKING:
    from agentic.signals.live.http import Client, Reply

PAGE = 100
MAX_PAGES = 10
MAX_SCOPES = 20
_HEADERS = {"Accept": "application/vnd.pagerduty+json;version=2"}
_OPEN = ("triggered", "acknowledged")
_URGENCIES = ("high", "low")
#: States of a service in which it opens incidents; the others are `maintenance` and `disabled`.
_WORKING = ("active", "warning", "critical")

Incident = Mapping[str, Any]


def read_incidents(read: Read, round: Round) -> Answers:
    """Raised for each service with an open incident of the urgencies asked for, as bad as its worst."""
    client: Client = round.connect(read.settings["source"])
    query = f"open incidents, urgency {' or '.join(read.settings['urgencies'])}"
    incidents, is_whole = _open_incidents(client, read.settings)
    more = "" if is_whole else f" ({len(incidents)} read, there are more)"
    readings = [
        read.raised(
            _because(group) + more,
            round,
            severity=_severity(group),
            service=service,
            value=str(len(group)),
            unit="open incidents",
            threshold="0",
            query=query,
        )
        for service, group in _by_service(incidents).items()
    ]
    if not is_whole:
        because = f"{client.name} lists more than {len(incidents)} open incidents{_of_whom(read)}"
        readings.append(read.unknown(because, round, query=query))
    if not readings:
        doubt = _doubt(client, read.settings["services"])
        if doubt:
            return [read.unknown(doubt, round, query=query)]
        because = f"{client.name} has no open incident{_of_whom(read)}"
        readings.append(read.clear(because, round, query=query))
    return readings


def _of_whom(read: Read) -> str:
    services = read.settings["services"]
    return f" on {', '.join(services[:3])}{' …' if len(services) > 3 else ''}" if services else ""


def _open_incidents(client: Client, settings: Mapping[str, Any]) -> tuple[list[Incident], bool]:
    """The open incidents that were asked for, and whether these are all. Raises SourceFailed."""
    params = [("statuses[]", status) for status in _OPEN]
    params += [("service_ids[]", service) for service in settings["services"]]
    if set(settings["urgencies"]) != set(_URGENCIES):  # an account may lack the ability to filter
        params += [("urgencies[]", urgency) for urgency in settings["urgencies"]]
    params += [("date_range", "all"), ("limit", str(PAGE))]
    found: list[Incident] = []
    for number in range(MAX_PAGES):
        answer = _answer(client, "/incidents", [*params, ("offset", str(number * PAGE))])
        page, has_more = answer.get("incidents"), answer.get("more")
        if not isinstance(page, list) or not isinstance(has_more, bool) or (has_more and not page):
            raise client.failed("answers something else than a page of incidents")
        for incident in page:
            if not isinstance(incident, dict) or not isinstance(incident.get("status"), str):
                raise client.failed("lists something that is no incident")
            if incident["status"] != "resolved" and _is_asked(incident, settings):
                found.append(incident)
        if not has_more:
            return found, True
    return found, False


def _is_asked(incident: Incident, settings: Mapping[str, Any]) -> bool:
    """Whether an incident's urgency was asked for; one that is not known counts."""
    urgency = incident.get("urgency")
    return urgency in settings["urgencies"] or urgency not in _URGENCIES


def _doubt(client: Client, services: Sequence[str]) -> str:
    """Why an empty list of incidents proves nothing; empty when it does. Raises SourceFailed."""
    if not services:
        listed = _answer(client, "/services", [("limit", "1")]).get("services")
        return "" if listed else f"{client.name} shows this token no service at all"
    for service in services:
        found = _answer(client, f"/services/{service}", []).get("service")
        status = found.get("status") if isinstance(found, dict) else None
        if status not in _WORKING:
            state = {"disabled": "is disabled", "maintenance": "is under maintenance"}.get(
                status if isinstance(status, str) else "", f"is in the state {quoted(status, 20)}"
            )
            return f"the service {service} at PagerDuty {state}, so it opens no incidents"
    return ""


def _answer(client: Client, path: str, params: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    """The object that a GET answers with. Raises SourceFailed."""
    reply = client.get(path, params, _HEADERS)
    if reply.status == 429:
        raise client.failed(f"has been asked as often as this token may{_until(reply)} (429)")
    answer = client.decoded(reply)
    if not isinstance(answer, dict):
        raise client.failed(f"answers something else than an object for {path}")
    return answer


def _until(reply: Reply) -> str:
    """How long a limit holds, as PagerDuty tells it in seconds."""
    seconds = reply.headers.get("ratelimit-reset", "")
    return f", for the next {seconds[:9]} s" if seconds.isascii() and seconds.isdigit() else ""


def _by_service(incidents: Sequence[Incident]) -> dict[str, list[Incident]]:
    """Incidents by the name of their service; all in one, about everything, when there are too many."""
    groups: dict[str, list[Incident]] = {}
    for incident in incidents:
        groups.setdefault(_summary(incident.get("service")), []).append(incident)
    return groups if len(groups) <= MAX_SCOPES else {"": list(incidents)}


def _because(incidents: Sequence[Incident]) -> str:
    """One line that names an incident, its state and service, and how many more there are."""
    first = incidents[-1]
    service = _summary(first.get("service"))
    more = f", and {len(incidents) - 1} more" if len(incidents) > 1 else ""
    return (
        f"PagerDuty incident {quoted(first.get('incident_number', ''), 12)} "
        f"{quoted(first.get('title') or '', 60)} is {quoted(first['status'], 20)}"
        f"{f' on {quoted(service, 40)}' if service else ''}{more}"
    )


def _severity(incidents: Iterable[Incident]) -> str:
    """The worst of what priorities (`P1`) and urgencies say."""
    words = [
        word
        for incident in incidents
        for word in (_summary(incident.get("priority")), incident.get("urgency"))
        if isinstance(word, str) and word
    ]
    return max((severity_of(word) for word in words), key=SEVERITIES.index, default="")


def _summary(reference: Any) -> str:
    """The name that a reference shows; empty when there is none."""
    name = reference.get("summary") if isinstance(reference, dict) else None
    return name if isinstance(name, str) else ""
