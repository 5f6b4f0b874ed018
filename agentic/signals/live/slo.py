"""The `burn-rate` and `error-budget` reads: service level objectives, counted in events.

1. the SLO: inline in policy, or all (or one) of a definition file;
2. ask errors and total over every window that is needed;
3. burn rate: raised when one pair of windows is exceeded, the long and the short one; a window without
   evidence decides nothing, so a pair is clear only when one of its windows is seen to be;
   error budget: what is left of the period's, raised at `remaining_at_most` and below;
4. one reading for each scope.

No traffic is no evidence: a service that was idle for all of a pair's windows is unknown, not clear. So is
one whose data is missing where it should be fresh, or is no number, even where another window looks well;
a series beside which others of its service live on (a pod that is gone) is not missed. A budget is counted
over what Prometheus remembers: where nothing is known of the beginning of the period, a clear reading says
so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentic.core.values import CLEAR, RAISED, SEVERITIES, UNKNOWN
from agentic.errors import quoted
from agentic.signals.live.files import FileContent, doubt, read_file
from agentic.signals.live.interface import Answers, Read, Round, SourceFailed
from agentic.signals.live.scopes import Finding, Scope, readings_of, scope_of
from agentic.signals.live.slo_document import Slo
from agentic.signals.live.slo_formats import parse_slos
from agentic.signals.live.slo_measurement import (
    Measured,
    Measurements,
    expression_at,
    measure,
    series_at,
)
from agentic.signals.live.slo_windows import (
    Pair,
    impossible_windows,
    pairs_of,
    shown_duration,
    shown_percent,
)

if TYPE_CHECKING:
    from agentic.signals.live.http import Client

#: The current burn of an error budget is seen over this part of the period (an hour of 30 days) ...
_CURRENT_PART = 720
#: ... and over this at least: as long as Prometheus takes a sample for current.
_CURRENT_MIN_S = 300
#: Data within this first part of the period (a day of 30 days) is of its beginning.
_BEGINNING_PART = 30
_QUERY_CHARACTERS = 1000

_Judge = Callable[["Client", Slo, Read, Round], list[Finding]]


def read_burn_rate(read: Read, round: Round) -> Answers:
    """One reading for each scope whose budget burns too fast, or not. Raises SourceFailed."""
    return _readings(_judged_burn, read, round)


def read_error_budget(read: Read, round: Round) -> Answers:
    """One reading for each scope whose budget is used up, or not. Raises SourceFailed."""
    return _readings(_judged_budget, read, round)


def slos_of(settings: Mapping[str, Any], round: Round) -> tuple[list[Slo], FileContent | None]:
    """The SLOs that a read is about, and the file that they stand in, if any. Raises SourceFailed."""
    inline = settings.get("slo")
    if inline:
        fields = {name: inline[name] for name in ("name", "objective", "errors", "total")}
        slo = Slo(**fields, service=inline.get("service") or "", period_s=inline["period"])
        return [slo], None
    content = read_file(settings["definition"], round)
    slos = parse_slos(content.data, content.path, round.now)
    wanted = settings.get("slo_name")
    if wanted:
        named = [slo for slo in slos if slo.name == wanted]
        if not named:
            names = ", ".join(quoted(slo.name, 40) for slo in slos[:5])
            raise SourceFailed(
                f"{quoted(content.path, 60)} holds no SLO {quoted(wanted, 60)}, it has {names}"
            )
        slos = named
    return slos, content


def _readings(judge: _Judge, read: Read, round: Round) -> Answers:
    slos, content = slos_of(read.settings, round)
    client: Client = round.connect(read.settings["source"])
    findings: list[Finding] = []
    for slo in slos:
        try:
            findings.extend(judge(client, slo, read, round))
        except SourceFailed as failure:
            # One SLO that cannot be asked must not hide that another one burns.
            findings.append(Finding(UNKNOWN, Scope(slo.service), str(failure)))
    if content is not None and not content.may_clear:
        findings = [
            one._replace(state=UNKNOWN, because=doubt(content)) if one.state == CLEAR else one
            for one in findings
        ]
    return readings_of(findings, read, round)


def _living(
    measurements: Measurements, newest_s: int, slo: Slo, read: Read, round: Round
) -> list[tuple[Scope, Mapping[int, Measured], bool]]:
    """Each series with its scope, and whether it is gone: others of its service have data, it has none.

    Series of which nobody says the service may be another service each: none of them may be missing.
    """
    scoped = [
        (scope_of(dict(labels), read, round, slo.service), by_window)
        for labels, by_window in measurements.items()
    ]
    alive = {scope for scope, by_window in scoped if not by_window[newest_s].is_absent}
    return [
        (scope, by_window, by_window[newest_s].is_absent and bool(scope.service) and scope in alive)
        for scope, by_window in scoped
    ]


def _subject(slo: Slo) -> str:
    target = shown_percent(slo.objective)
    return f"{quoted(slo.name, 40)}, objective {target} over {shown_duration(slo.period_s)}"


# Burn rate


def _judged_burn(client: Client, slo: Slo, read: Read, round: Round) -> list[Finding]:
    windows = read.settings.get("windows")
    pairs = pairs_of(slo.period_s, windows)
    impossible = impossible_windows(slo.objective, slo.period_s, windows)
    possible = [pair for pair in pairs if pair not in impossible]
    if not possible:
        why = (
            "is too short for the default windows" if not pairs else "has no window that can raise"
        )
        raise SourceFailed(f"the burn rate of {_subject(slo)}, {why}: name `windows`")
    lengths = [length for pair in possible for length in (pair.long_s, pair.short_s)]
    minimum = read.settings.get("minimum_events") or 0
    measurements = measure(client, slo, lengths, minimum, round)
    return [
        _burn_of(slo, possible, by_window, scope)
        for scope, by_window, is_gone in _living(measurements, min(lengths), slo, read, round)
        if not is_gone
    ]


def _burn_of(
    slo: Slo, pairs: Sequence[Pair], by_window: Mapping[int, Measured], scope: Scope
) -> Finding:
    """What one series says, told by the worst pair that is exceeded, or the one that is nearest to it."""
    budget = 1 - slo.objective
    exceeded = {pair: _is_exceeded(pair, by_window, budget) for pair in pairs}
    raised = [pair for pair in pairs if exceeded[pair]]
    lengths = sorted({length for pair in pairs for length in (pair.short_s, pair.long_s)})
    if raised:
        told = max(raised, key=lambda pair: (SEVERITIES.index(pair.severity), pair.threshold))
        return _burn_finding(slo, told, by_window, scope)
    faults = [by_window[length] for length in lengths if by_window[length].because]
    broken = [fault for fault in faults if not fault.is_quiet]
    if broken or any(exceeded[pair] is None for pair in pairs):
        why = (broken or faults)[0].because
        return Finding(UNKNOWN, scope, f"the burn rate of {_subject(slo)}, is not known: {why}")
    seen = [pair for pair in pairs if by_window[pair.long_s].ratio is not None]
    if not seen:
        return Finding(CLEAR, scope, f"no pair of windows is exceeded ({_subject(slo)})")
    told = max(seen, key=lambda pair: (by_window[pair.long_s].ratio or 0.0) / pair.threshold)
    return _burn_finding(slo, told, by_window, scope)._replace(state=CLEAR, severity="")


def _is_exceeded(pair: Pair, by_window: Mapping[int, Measured], budget: float) -> bool | None:
    """Whether both windows are above the threshold; None when that is not known."""
    sides = [by_window[length].ratio for length in (pair.long_s, pair.short_s)]
    above = [None if ratio is None else ratio / budget > pair.threshold for ratio in sides]
    if False in above:
        return False
    return None if None in above else True


def _burn_finding(slo: Slo, pair: Pair, by_window: Mapping[int, Measured], scope: Scope) -> Finding:
    budget = 1 - slo.objective
    long, short = by_window[pair.long_s].ratio, by_window[pair.short_s].ratio
    burn = (long or 0.0) / budget
    over = shown_duration(pair.long_s)
    also = "" if short is None else f" and {short / budget:.3g} over {shown_duration(pair.short_s)}"
    because = (
        f"burn rate {burn:.3g} over {over}{also}, threshold {pair.threshold:.3g} ({_subject(slo)})"
    )
    return Finding(
        RAISED,
        scope,
        because,
        pair.severity,
        f"{burn:.3g}",
        f"burn rate over {over}",
        f"{pair.threshold:.3g}",
        expression_at(slo, pair.long_s)[:_QUERY_CHARACTERS],
        burn / pair.threshold,
    )


# Error budget


def _judged_budget(client: Client, slo: Slo, read: Read, round: Round) -> list[Finding]:
    period_s = round.now - slo.since if slo.since else slo.period_s
    if period_s < _CURRENT_MIN_S:
        raise SourceFailed(f"the error budget of {_subject(slo)}, began only {period_s} s ago")
    current_s = min(max(slo.period_s // _CURRENT_PART, _CURRENT_MIN_S), period_s)
    minimum = read.settings.get("minimum_events") or 0
    whole = measure(client, slo, (period_s, current_s), minimum, round)
    beginning_s = max(period_s // _BEGINNING_PART, current_s)
    first = series_at(client, slo, round.now - period_s + beginning_s, beginning_s, round)
    remembered = {scope_of(dict(labels), read, round, slo.service) for labels in first}
    findings: list[Finding] = []
    for scope, by_window, is_gone in _living(whole, current_s, slo, read, round):
        finding = _budget_of(slo, (period_s, current_s), by_window, scope, read, is_gone=is_gone)
        if finding.state == CLEAR and scope not in remembered:
            # A young service and a Prometheus that forgets (15 days, by default) look the same.
            because = f"{finding.because}; nothing is known of the beginning of the period"
            finding = finding._replace(because=because)
        findings.append(finding)
    return findings


def _budget_of(
    slo: Slo,
    windows: tuple[int, int],
    by_window: Mapping[int, Measured],
    scope: Scope,
    read: Read,
    *,
    is_gone: bool,
) -> Finding:
    """What one series says of its budget: what is left, and for how long at the current burn."""
    period, current = (by_window[length] for length in windows)
    least: float = read.settings.get("remaining_at_most") or 0.0
    subject = _subject(slo)
    if period.ratio is None:
        return Finding(
            UNKNOWN, scope, f"the error budget of {subject}, is not known: {period.because}"
        )
    remaining = 1 - period.ratio / (1 - slo.objective)
    state = RAISED if remaining <= least else CLEAR
    if state == CLEAR and current.ratio is None and not current.is_quiet and not is_gone:
        why = f"the error budget of {subject}, is not known: {current.because}"
        return Finding(UNKNOWN, scope, why)
    told = f"{_shown_share(remaining)} of the error budget is left, threshold {_shown_share(least)}"
    return Finding(
        state,
        scope,
        f"{told} ({subject}){_forecast(slo, remaining, current)}",
        "",
        f"{remaining * 100:.3g}",
        "% of the error budget",
        f"{least * 100:.3g}",
        expression_at(slo, windows[0])[:_QUERY_CHARACTERS],
        -remaining,
    )


def _forecast(slo: Slo, remaining: float, current: Measured) -> str:
    """How long what is left will last."""
    if current.ratio is None:
        return f"; {current.because}" if current.is_quiet else ""
    burn = current.ratio / (1 - slo.objective)
    told = f"; burn rate now {burn:.3g}"
    if burn <= 0 or remaining <= 0:
        return told
    left_s = remaining * slo.period_s / burn
    if left_s > 10 * slo.period_s:
        return told
    return f"{told}, so it lasts {left_s / 3600:.3g} h"


def _shown_share(ratio: float) -> str:
    """A share of a budget: `12.3%`, `-340%`."""
    return f"{ratio * 100:.3g}%"
