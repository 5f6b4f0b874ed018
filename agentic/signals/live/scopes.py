"""From what single alerts or series say to readings: one for each scope, the strictest and worst of it.

A scope is what a label pair names: a service (empty: all) and environments (none: all). More than
`MAX_SCOPES` scopes become one reading of each state that is about everything: a hook looks at every reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from agentic.core.values import CLEAR, RAISED, SEVERITIES, UNKNOWN, Reading
from agentic.signals.live.interface import Read, Round, environments_of

if TYPE_CHECKING:
    from agentic.core.values import State

MAX_SCOPES = 20
_LABEL_CHARACTERS = 100
_STRICTNESS: tuple[State, ...] = (CLEAR, UNKNOWN, RAISED)


class Scope(NamedTuple):
    """A service (empty: all) and environments (none: all)."""

    service: str = ""
    environments: tuple[str, ...] = ()


class Finding(NamedTuple):
    """What one alert or one series says about its scope; among raised ones the greatest `weight` is told."""

    state: State
    scope: Scope
    because: str
    severity: str = ""
    value: str = ""
    unit: str = ""
    threshold: str = ""
    query: str = ""
    weight: float = 0.0


def scope_of(labels: Mapping[str, str], read: Read, round: Round, service: str = "") -> Scope:
    """The scope that labels name; `service` where they name none."""
    names = read.settings["labels"]
    told = labels.get(names["service"], "")[:_LABEL_CHARACTERS]
    return Scope(told or service, environments_of(labels.get(names["environment"], ""), round))


def readings_of(findings: Iterable[Finding], read: Read, round: Round) -> list[Reading]:
    """One reading for each scope, from its strictest and worst finding."""
    groups: dict[object, list[Finding]] = {}
    found = list(findings)
    for finding in found:
        groups.setdefault(finding.scope, []).append(finding)
    if len(groups) > MAX_SCOPES:
        groups = {}
        for finding in found:
            groups.setdefault(finding.state, []).append(finding._replace(scope=Scope()))
    return [_reading(worst_of(group), read, round) for group in groups.values()]


def worst_of(group: Sequence[Finding]) -> Finding:
    """The strictest finding, and of equal ones the worst."""
    return max(
        group,
        key=lambda one: (
            _STRICTNESS.index(one.state),
            SEVERITIES.index(one.severity) if one.severity else -1,
            one.weight,
        ),
    )


def _reading(finding: Finding, read: Read, round: Round) -> Reading:
    return read.reading(
        finding.state,
        finding.because,
        round,
        severity=finding.severity,
        value=finding.value,
        unit=finding.unit,
        threshold=finding.threshold,
        service=finding.scope.service,
        environments=finding.scope.environments,
        query=finding.query,
    )


def shown_moment(at: float) -> str:
    """A moment in UTC, to the minute: `2026-11-21 04:00Z`; `0` where no calendar reaches."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%MZ")
    except (ValueError, OverflowError, OSError):
        return "0"
