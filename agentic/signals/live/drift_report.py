"""Drift reports as signals: a feature far beyond its own alert threshold, and reports that stopped coming.

The document, whose schema is generated from here (docs/schemas/drift-report.schema.json)::

    {"version": 1, "kind": "drift-report", "service": "churn", "environment": "production",
     "produced_at": "2026-11-21T02:04:11Z", "method": "psi",
     "features": [{"feature": "age", "value": 0.71, "threshold": 0.25}]}

Every feature brings its own threshold, because the same number means something else for each.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.errors import quoted
from agentic.signals.live.documents import LINE_PATTERN, Closed, Moment, VersionOne, Word
from agentic.signals.live.files import FileMissing, named
from agentic.signals.live.findings import (
    Sourced,
    newest,
    read_documents,
    readings_of,
    reserve,
    scope_of,
    shown_duration,
    shown_number,
)
from agentic.signals.live.interface import Answers, Read, Round
from agentic.signals.live.scopes import Finding
from agentic.signals.snapshot import SKEW_S

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

#: Features that a sentence names.
_NAMED = 3


class Feature(Closed):
    """How far one feature has drifted, and from where on its owner wants to know."""

    feature: Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=LINE_PATTERN)]
    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    threshold: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class DriftReport(Closed):
    """The drift of every feature of one service, at one moment."""

    version: VersionOne
    kind: Literal["drift-report"]
    service: Word
    environment: Word | None = None
    produced_at: Moment
    method: Literal["psi"]
    features: Annotated[list[Feature], Field(min_length=1, max_length=10_000)]


def read_drift_reports(read: Read, round: Round) -> Answers:
    """Raised where a feature is above `multiple` times its threshold; with `heartbeat`, by age instead."""
    source, heartbeat_s = read.settings["source"], read.settings["heartbeat"]
    try:
        found, findings = read_documents(
            source, round, DriftReport, lambda report: report.produced_at
        )
    except FileMissing as missing:
        if heartbeat_s is None:
            raise
        return [read.raised(f"no drift report has come: {missing}", round)]
    if heartbeat_s is not None:
        findings.extend(_heartbeats(found, heartbeat_s, round))
    else:
        for sourced in newest(found, _origin, round.now):
            findings.append(_drift(sourced, read, round))
    return readings_of(findings, read, round)


def _origin(report: DriftReport) -> Hashable:
    return report.service, (report.environment or "").lower()


def _drift(sourced: Sourced[DriftReport], read: Read, round: Round) -> Finding:
    report, multiple = sourced.document, float(read.settings["multiple"])
    ranked = sorted(report.features, key=lambda f: f.value / f.threshold, reverse=True)
    worst = ranked[0]
    scope = scope_of(report.service, report.environment, round)
    told: dict[str, Any] = {
        "value": shown_number(worst.value),
        "unit": "PSI",
        "threshold": f"{shown_number(multiple)} x {shown_number(worst.threshold)}",
    }
    beyond = [feature for feature in ranked if _is_beyond(feature, multiple)]
    if beyond:
        because = f"drift (PSI) above {shown_number(multiple)} x threshold: {_listed(beyond)}"
        return Finding(RAISED, scope, because, weight=worst.value / worst.threshold, **told)
    why = reserve(sourced, read, round)
    if why:
        return Finding(UNKNOWN, scope, why, **told)
    because = f"the worst of {len(ranked)} features is {_listed([worst])}"
    return Finding(CLEAR, scope, because, **told)


def _is_beyond(feature: Feature, multiple: float) -> bool:
    """Strictly above, for the decimals that people wrote: 0.6 is not above 3 x 0.2."""
    limit = Decimal(repr(multiple)) * Decimal(repr(feature.threshold))
    return Decimal(repr(feature.value)) > limit


def _listed(features: Sequence[Feature]) -> str:
    shown = [
        f"{quoted(f.feature, 30)} {shown_number(f.value)} (threshold {shown_number(f.threshold)})"
        for f in features[:_NAMED]
    ]
    more = len(features) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _heartbeats(
    found: Sequence[Sourced[DriftReport]], heartbeat_s: int, round: Round
) -> list[Finding]:
    """By service and environment whether the newest report is young enough.

    A file that its reader could have written is no sign of life, nor is one from the future.
    """
    by_origin: dict[Hashable, list[Sourced[DriftReport]]] = {}
    for sourced in found:
        by_origin.setdefault(_origin(sourced.document), []).append(sourced)
    findings: list[Finding] = []
    allowed = shown_duration(heartbeat_s)
    for group in by_origin.values():
        report = group[0].document
        scope = scope_of(report.service, report.environment, round)
        past = [sourced for sourced in group if sourced.at <= round.now + SKEW_S]
        young = [sourced for sourced in past if round.now - sourced.at <= heartbeat_s]
        believed = [sourced for sourced in young if not sourced.doubt]
        age = shown_duration(max(0, round.now - max(s.at for s in past))) if past else ""
        if believed:
            because = f"the newest drift report is {age} old"
            findings.append(Finding(CLEAR, scope, because, value=age, threshold=allowed))
        elif young:
            findings.append(Finding(UNKNOWN, scope, young[0].doubt, value=age, threshold=allowed))
        elif past:
            because = f"the newest drift report is {age} old, more than {allowed}"
            findings.append(Finding(RAISED, scope, because, value=age, threshold=allowed))
        else:
            because = f"{named(group[0].path)} is from the future: a clock is wrong"
            findings.append(Finding(UNKNOWN, scope, because, threshold=allowed))
    return findings
