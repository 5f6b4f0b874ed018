"""An incident file as a signal: what a person or a chat bot writes where there is no paging system.

The document, whose schema is generated from here (docs/schemas/incident-file.schema.json)::

    {"version": 1, "kind": "incidents", "updated_at": "2026-11-21T08:00:00Z",
     "incidents": [{"id": "INC-7", "title": "checkout returns 502", "severity": "P1",
                    "service": "checkout", "environment": "production",
                    "since": "2026-11-21T07:40:00Z", "until": null}]}

An incident is open from the day it is in the file until its `until` has passed. There is no `active` flag:
in the reference one was read as true whatever it said. `severity` is any word of the one table of
severities; a word that is not there is critical.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from agentic.core.values import CLEAR, RAISED, SEVERITIES, UNKNOWN
from agentic.errors import quoted
from agentic.signals.live.documents import LINE_PATTERN, Closed, Moment, VersionOne, Word, unix_s
from agentic.signals.live.files import named
from agentic.signals.live.findings import (
    Sourced,
    read_documents,
    readings_of,
    reserve,
    scope_of,
)
from agentic.signals.live.interface import Answers, Read, Round
from agentic.signals.live.scopes import Finding, Scope
from agentic.signals.severity import severity_of


class Incident(Closed):
    """One incident. Without a service or an environment it is about all of them."""

    id: Word
    title: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=LINE_PATTERN)]
    severity: Word
    service: Word | None = None
    environment: Word | None = None
    since: Moment
    until: Moment | None = None

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Incident:
        if self.until is not None and unix_s(self.until) < unix_s(self.since):
            raise ValueError("has an `until` before its `since`")
        return self


class IncidentFile(Closed):
    """All incidents that matter now; an empty list says that there is none."""

    version: VersionOne
    kind: Literal["incidents"]
    updated_at: Moment
    incidents: Annotated[list[Incident], Field(max_length=1000)]


def read_incident_file(read: Read, round: Round) -> Answers:
    """Raised by every open incident; clear when none is open in a file that is fresh and may clear."""
    found, findings = read_documents(
        read.settings["source"], round, IncidentFile, lambda file: file.updated_at
    )
    for sourced in found:
        findings.extend(_findings(sourced, read, round))
    return readings_of(findings, read, round)


def _findings(sourced: Sourced[IncidentFile], read: Read, round: Round) -> list[Finding]:
    incidents = sourced.document.incidents
    wanted = read.settings["severities"] or SEVERITIES
    findings = [
        _open(incident, round)
        for incident in incidents
        if _is_open(incident, round.now) and severity_of(incident.severity) in wanted
    ]
    why = reserve(sourced, read, round)
    if why:
        findings.append(Finding(UNKNOWN, Scope(), why))
    elif not findings:
        which = "" if len(wanted) == len(SEVERITIES) else f" of severity {' or '.join(wanted)}"
        because = f"{named(sourced.path)} lists no open incident{which}"
        findings.append(Finding(CLEAR, Scope(), because))
    return findings


def _is_open(incident: Incident, now: int) -> bool:
    return incident.until is None or unix_s(incident.until) > now


def _open(incident: Incident, round: Round) -> Finding:
    severity = severity_of(incident.severity)
    subject = f"incident {quoted(incident.id, 30)} ({severity})"
    because = f"{subject} is open since {incident.since}: {quoted(incident.title, 80)}"
    scope = scope_of(incident.service, incident.environment, round)
    return Finding(RAISED, scope, because, severity=severity, value=incident.id)
