"""Gate reports as signals: one measurement against a bound of policy's, or every gate's own verdict.

Of each service, environment, model and producer the newest report counts. With a `measurement` that is the
newest that holds it, so that a report which leaves it out takes nothing back. A verdict `error` or
`inconclusive`, and a missing value, prove nothing: UNKNOWN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.errors import quoted
from agentic.signals.live.bounds import meets
from agentic.signals.live.documents import unix_s
from agentic.signals.live.findings import (
    Sourced,
    newest,
    read_documents,
    readings_of,
    reserve,
    scope_of,
    shown_number,
)
from agentic.signals.live.gate_report import GateReport, Result
from agentic.signals.live.interface import Answers, Read, Round
from agentic.signals.live.scopes import Finding, Scope
from agentic.signals.snapshot import SKEW_S

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from agentic.core.values import State

_PROVES_NOTHING = {
    "inconclusive": "was measured without a result",
    "error": "could not be measured",
}
_BOUND_WORDS = {"above": "above", "at_least": "at least", "below": "below", "at_most": "at most"}


def read_gate_reports(read: Read, round: Round) -> Answers:
    """Raised where a measurement is beyond the bound, or where a gate fails; one reading a scope."""
    measurement = read.settings["measurement"]
    found, findings = read_documents(
        read.settings["source"], round, GateReport, lambda report: report.produced_at
    )
    if measurement is not None:
        found = [s for s in found if any(_is_about(r, measurement) for r in s.document.results)]
    for sourced in newest(found, _origin, round.now):
        for result in sourced.document.results:
            if _is_about(result, measurement):
                findings.append(_finding(result, sourced, read, round))
    if not found:
        findings.append(Finding(UNKNOWN, Scope(), f"no report holds {quoted(measurement, 60)}"))
    return readings_of(findings, read, round)


def _is_about(result: Result, measurement: str | None) -> bool:
    return measurement is None or result.measurement == measurement


def _origin(report: GateReport) -> Hashable:
    subject = report.subject
    environment = (subject.environment or "").lower()
    return subject.service, environment, subject.model, report.producer.name


def _finding(result: Result, sourced: Sourced[GateReport], read: Read, round: Round) -> Finding:
    bound = read.settings["raised_when"]
    subject = sourced.document.subject
    scope = scope_of(subject.service, subject.environment, round)
    told: dict[str, Any] = {
        "value": "" if result.value is None else shown_number(result.value),
        "unit": result.unit,
        "threshold": _shown_bound(_demanded(result) if bound is None else bound),
    }
    if result.verdict in _PROVES_NOTHING:
        because = f"{_named(result)} {_PROVES_NOTHING[result.verdict]}{_because(result)}"
        return Finding(UNKNOWN, scope, because, **told)
    if bound is not None and result.value is None:
        return Finding(UNKNOWN, scope, f"{_named(result)} has no value", **told)
    if bound is None or result.value is None:
        is_raised, weight = result.verdict == "fail", 0.0
    else:
        is_raised, weight = meets(bound, result.value), _weight(bound, result.value)
    because = _sentence(result, bound, is_met=is_raised)
    if is_raised and read.settings["unless_explained"] and _is_explained(result, sourced, round):
        if not sourced.doubt:
            is_raised = False
        because = f"{because}; {_explanation(result, is_believed=not sourced.doubt)}"
    if is_raised:
        return Finding(RAISED, scope, because, weight=weight, **told)
    why = reserve(sourced, read, round)
    state: State = UNKNOWN if why else CLEAR
    return Finding(state, scope, why or because, **told)


def _weight(bound: Mapping[str, Any], value: float) -> float:
    """How bad a raised value is, the greatest being the worst."""
    if bound["between"] is not None:
        return 0.0
    return value if bound["above"] is not None or bound["at_least"] is not None else -value


# Explanations


def _is_explained(result: Result, sourced: Sourced[GateReport], round: Round) -> bool:
    """Whether a person explained the result: a program that explains itself is none."""
    explanation = result.explanation
    if explanation is None or unix_s(explanation.at) > round.now + SKEW_S:
        return False
    name = explanation.by.lower()
    return name != sourced.document.producer.name.lower() and not name.endswith("[bot]")


def _explanation(result: Result, *, is_believed: bool) -> str:
    by = quoted(result.explanation.by if result.explanation else "", 40)
    if is_believed:
        return f"explained by {by}"
    return f"the explanation by {by} could be of whoever works here"


# Words


def _named(result: Result) -> str:
    text = quoted(result.measurement, 40)
    if result.slice:
        slices = ", ".join(f"{name}={value}" for name, value in sorted(result.slice.items()))
        text += f" of {quoted(slices, 50)}"
    return text


def _sentence(result: Result, bound: Mapping[str, Any] | None, *, is_met: bool) -> str:
    """`` `roc_auc` is 0.995, above 0.99 ``, or `` gate `quality` fails: `roc_auc` is 0.7, wanted ... ``."""
    unit = " " + quoted(result.unit, 20).strip("`") if result.unit else ""
    value = "" if result.value is None else f" is {shown_number(result.value)}{unit}"
    if bound is not None:
        return f"{_named(result)}{value}, {'' if is_met else 'not '}{_shown_bound(bound)}"
    verdict = "fails" if is_met else "passes"
    wanted = f", wanted {_shown_bound(_demanded(result))}" if result.bound else ""
    why = _because(result) if is_met else ""
    return f"gate {quoted(result.gate, 30)} {verdict}: {_named(result)}{value}{wanted}{why}"


def _because(result: Result) -> str:
    return f": {quoted(result.because, 60)}" if result.because else ""


def _demanded(result: Result) -> Mapping[str, Any]:
    return result.bound.model_dump() if result.bound else {}


def _shown_bound(bound: Mapping[str, Any]) -> str:
    for name, limit in bound.items():
        if name == "between" and limit is not None:
            return f"between {shown_number(limit[0])} and {shown_number(limit[1])}"
        if limit is not None:
            return f"{_BOUND_WORDS[name]} {shown_number(limit)}"
    return ""
