"""The `promql` read: raised where the result of an expression is beyond a bound, by each series' own scope.

1. ask the expression; no result at all means what `when_empty` says;
2. judge each value: beyond the bound, within it, or no number (`when_nan`);
3. beyond counts once it has held for the whole of `for`: seen within the bound meanwhile, it is still
   clear; a gap in which nobody saw anything is unknown, so a gap never clears;
4. a value that rests on too few `samples` is unknown; one whose data is not fresh (`freshness`) cannot
   clear;
5. one reading for each scope (service and environments, by their labels), the strictest of its series;
   a scope that had values a quarter of an hour ago and has none now is unknown.

The moment of every look is the server's own. Results that are filtered (`x > 5`, `when_empty: clear`) come
and go, so that there a scope without a value is no news.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.errors import quoted
from agentic.signals.live import bounds
from agentic.signals.live.interface import Answers, Read, Round
from agentic.signals.live.prometheus import Sample, query, query_range
from agentic.signals.live.scopes import Finding, Scope, readings_of, scope_of
from agentic.signals.snapshot import SKEW_S

if TYPE_CHECKING:
    from agentic.core.values import State
    from agentic.signals.live.http import Client

#: How long ago a scope must have had values for its absence to be told.
LOOK_BACK_S = 900
#: Looks at a value within `for`.
LOOKS = 60
_NO_DATA: dict[str, State] = {"clear": CLEAR, "raised": RAISED, "unknown": UNKNOWN}


class Bound(NamedTuple):
    """When a value raises: a predicate (False for NaN), its text, and how far a value is beyond it."""

    is_beyond: Callable[[float], bool]
    text: str
    excess: Callable[[float], float]


#: bound -> how a person says it, and in which direction a value is beyond it
_WORDS = {
    "above": ("above", 1.0),
    "at_least": ("at least", 1.0),
    "below": ("below", -1.0),
    "at_most": ("at most", -1.0),
}


def bound_of(raised_when: Mapping[str, Any], unit: str) -> Bound:
    """The bound that a read's `raised_when` means. Raises StopIteration when it names none."""
    is_beyond = partial(bounds.meets, raised_when)
    if raised_when.get("between") is not None:
        low, high = raised_when["between"]
        text = f"between {shown(low)} and {shown(high, unit)}"
        return Bound(is_beyond, text, lambda _value: 0.0)
    name = next(name for name in _WORDS if raised_when.get(name) is not None)
    text, direction = _WORDS[name]
    shown_limit = shown(raised_when[name], unit)
    return Bound(is_beyond, f"{text} {shown_limit}", lambda value: value * direction)


def shown(value: float, unit: str = "") -> str:
    """A value as people write it, with its unit."""
    if math.isnan(value):
        return "NaN"
    text = ("+Inf" if value > 0 else "-Inf") if math.isinf(value) else f"{value:.6g}"
    return f"{text} {unit}" if unit else text


def read_promql(read: Read, round: Round) -> Answers:
    """The readings of one expression, one for each scope. Raises SourceFailed."""
    client: Client = round.connect(read.settings["source"])
    expression = read.settings["query"]
    bound = bound_of(read.settings["raised_when"], read.settings["unit"])
    doubts = _doubts(client, read, round)
    samples = query(client, expression, round)
    if samples:
        looks = _looks(client, read, samples[0].at, round)
        findings = [_judged(sample, looks, bound, read, round) for sample in samples]
        findings += _vanished(client, read, samples, round)
    else:
        findings = [_empty(read)]
    findings = [_doubted(finding, doubts) for finding in findings]
    least: int = read.settings["minimum_series"]
    if len(samples) < least and least > 1:
        why = f"the result has {len(samples)} series, and policy asks for at least {least}"
        findings = [f for f in findings if f.state != CLEAR] + [Finding(UNKNOWN, Scope(), why)]
    return readings_of(
        [
            one._replace(
                because=one.because + _about(one.scope),
                unit=read.settings["unit"],
                threshold=bound.text,
                query=expression,
            )
            for one in sorted(findings, key=lambda one: one.scope)
        ],
        read,
        round,
    )


# One value


def _judged(sample: Sample, looks: Looks | None, bound: Bound, read: Read, round: Round) -> Finding:
    """What one value says about its scope."""
    state = _state(sample.value, bound, read)
    scope = scope_of(sample.labels, read, round)
    if math.isnan(sample.value):
        because = f"the value is no number (NaN){_reason(state, read)}"
        return Finding(state, scope, because, weight=math.inf)
    what = f"{shown(sample.value, read.settings['unit'])} is {'' if state == RAISED else 'not '}{bound.text}"
    found = Finding(
        state, scope, what, value=shown(sample.value), weight=bound.excess(sample.value)
    )
    if state != RAISED or looks is None:
        return found
    # The newest look is the one that was just judged.
    seen = [*looks.of(sample.labels)[:-1], sample.value]
    states = [UNKNOWN if value is None else _state(value, bound, read) for value in seen]
    if CLEAR in states:
        since_s = states[::-1].index(CLEAR) * looks.step_s
        why = f"{what}, but was not {since_s:.0f} s ago, and counts after {looks.window_s} s"
        return found._replace(state=CLEAR, because=why)
    if gaps := states.count(UNKNOWN):
        why = f"{what}, and for how long nobody saw: {gaps} of {len(seen)} looks have no value"
        return found._replace(state=UNKNOWN, because=why)
    return found._replace(because=f"{what} for {looks.window_s} s")


def _state(value: float, bound: Bound, read: Read) -> State:
    if math.isnan(value):
        return _NO_DATA[read.settings["when_nan"]]
    return RAISED if bound.is_beyond(value) else CLEAR


def _empty(read: Read) -> Finding:
    state = _NO_DATA[read.settings["when_empty"]]
    return Finding(state, Scope(), f"the query has no result{_reason(state, read)}")


def _reason(state: State, read: Read) -> str:
    """Why no data counts as something, in policy's words."""
    because = read.settings["because"]
    return f", which policy takes for {state}: {because}" if state != UNKNOWN and because else ""


# Values of before


class Looks(NamedTuple):
    """What was seen within `for`: by series its values at equal steps, None where there was none."""

    window_s: int
    step_s: float
    length: int
    values: dict[frozenset[tuple[str, str]], list[float | None]]

    def of(self, labels: Mapping[str, str]) -> list[float | None]:
        """The values of one series, the oldest first."""
        return self.values.get(frozenset(labels.items()), [None] * self.length)


def _looks(client: Client, read: Read, now: float, round: Round) -> Looks | None:
    """The looks until the server's `now`; None when policy does not ask for how long."""
    window_s: int = read.settings["for_s"]
    if not window_s:
        return None
    step_s = max(1.0, window_s / LOOKS)
    steps = math.ceil(window_s / step_s)
    start_s = now - steps * step_s
    looks = Looks(window_s, step_s, steps + 1, {})
    for series in query_range(client, read.settings["query"], start_s, now, step_s, round):
        values: list[float | None] = [None] * looks.length
        for moment, value in series.points:
            number = math.floor((moment - start_s) / step_s + 0.5)
            if 0 <= number < looks.length:
                values[number] = value
        looks.values[frozenset(series.labels.items())] = values
    return looks


def _vanished(client: Client, read: Read, samples: Sequence[Sample], round: Round) -> list[Finding]:
    """Scopes that had values and have none now: whatever was wrong there, nobody sees it any more."""
    present = {scope_of(sample.labels, read, round) for sample in samples}
    if read.settings["when_empty"] == "clear" or present == {Scope()}:
        return []
    then = query(client, read.settings["query"], round, at=samples[0].at - LOOK_BACK_S)
    past = {scope_of(sample.labels, read, round) for sample in then}
    why = f"had a value {LOOK_BACK_S // 60} min ago and has none now"
    return [Finding(UNKNOWN, scope, why) for scope in sorted(past - present)]


# What a value rests on


class Doubts(NamedTuple):
    """The results of `samples` and `freshness` by scope; None where policy asks for neither."""

    counts: list[tuple[Scope, float]] | None
    ages_s: list[tuple[Scope, float]] | None
    at_least: float
    at_most_s: float


def _doubts(client: Client, read: Read, round: Round) -> Doubts:
    """Ask what the read's values rest on."""

    def asked(settings: Mapping[str, Any] | None) -> list[tuple[Scope, float]] | None:
        if settings is None:
            return None
        found = query(client, settings["query"], round)
        return [(scope_of(sample.labels, read, round), sample.value) for sample in found]

    samples, freshness = read.settings["samples"], read.settings["freshness"]
    return Doubts(
        asked(samples),
        asked(freshness),
        samples["at_least"] if samples else 0.0,
        freshness["at_most"] if freshness else 0.0,
    )


def _doubted(finding: Finding, doubts: Doubts) -> Finding:
    """A finding as it counts: on too few events it is unknown; stale, it is never clear."""
    if finding.state == UNKNOWN:
        return finding
    if doubts.counts is not None:
        counts = [count for scope, count in doubts.counts if meets(scope, finding.scope)]
        if not counts or not all(count >= doubts.at_least for count in counts):
            least = shown(min(counts, key=_nan_first)) if counts else "no"
            why = f"{finding.because}, on {least} samples where policy asks for {shown(doubts.at_least)}"
            return finding._replace(state=UNKNOWN, because=why)
    if doubts.ages_s is not None:
        ages = [age for scope, age in doubts.ages_s if meets(scope, finding.scope)]
        if not ages or not all(-SKEW_S <= age <= doubts.at_most_s for age in ages):
            limit = f"at most {shown(doubts.at_most_s, 's')}"
            told = f"{shown(max(ages, key=_nan_last), 's')}" if ages else "unknown"
            why = f"{finding.because}, from data whose age is {told} ({limit})"
            state = RAISED if finding.state == RAISED else UNKNOWN
            return finding._replace(state=state, because=why)
    return finding


def _nan_first(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _nan_last(value: float) -> float:
    return math.inf if math.isnan(value) else value


# What a series is about


def meets(first: Scope, second: Scope) -> bool:
    """Whether there can be something that both scopes are about."""
    if first.service and second.service and first.service != second.service:
        return False
    if not first.environments or not second.environments:
        return True
    return bool({*first.environments} & {*second.environments})


def _about(scope: Scope) -> str:
    words = [quoted(scope.service, 40)] if scope.service else []
    words += scope.environments
    return f" ({', '.join(words)})" if words else ""
