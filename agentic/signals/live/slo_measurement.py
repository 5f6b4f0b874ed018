"""How many events failed in each window: one SLO asked in as few requests as fit, judged series by series.

Errors and total are asked as they stand, each marked with its window, and divided here, so that every way to
have no evidence has its own name. A total without errors beside it has none: a healthy service has no series
of failed requests. Errors without a total beside them mean that both are not summed alike, which a division
in PromQL would silently drop. And where nothing at all answers the errors, their metric must be the total's:
another one may be misspelt, which would look like perfect health.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from agentic.errors import quoted
from agentic.signals.live.interface import Round, SourceFailed
from agentic.signals.live.prometheus import Sample, query
from agentic.signals.live.slo_document import WINDOW, Slo, bracketed
from agentic.signals.live.slo_windows import expressions_of, shown_duration

if TYPE_CHECKING:
    from agentic.signals.live.http import Client

#: The label that says which part of the answer a series is.
_PART = "agentic_part"
#: Characters of one request's expression; proxies cut longer addresses off at 8 KiB.
MAX_EXPRESSION = 3000
#: A difference of two counters may be negative by what extrapolation adds to one of them.
_NEGATIVE_SHARE = 0.01
_COUNTS = re.compile(r"\b(?:increase|count_over_time|sum_over_time)\s*\(")
_RATES = re.compile(r"\b(?:rate|irate|deriv|idelta|delta)\s*\(")
_RATE = re.compile(r"\brate\s*\(")

_STRINGS = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`', re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*")
#: Matchers, ranges and lists of labels.
_NOT_METRICS = re.compile(
    r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)",
    re.IGNORECASE,
)
#: A word that is neither a number's part nor a function.
_NAME = re.compile(r"(?<![\w.:$])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()", re.ASCII)
_KEYWORDS = set(
    "and or unless by without on ignoring group_left group_right offset bool atan2 inf nan start end "
    "sum min max avg group stddev stdvar count count_values bottomk topk quantile".split()
)

Labels = tuple[tuple[str, str], ...]


class Measured(NamedTuple):
    """What one window says of one series: the ratio of failed events, or `because` of what there is none.

    `is_quiet` tells a window in which too little happened from one whose data is missing or wrong.
    """

    ratio: float | None
    because: str = ""
    is_quiet: bool = False
    is_absent: bool = False


#: What each series says, by its labels and by the window in seconds.
Measurements = dict[Labels, dict[int, Measured]]


def measure(
    client: Client, slo: Slo, windows_s: Iterable[int], minimum_events: float, round: Round
) -> Measurements:
    """What every series of an SLO says in every window; at least one series. Raises SourceFailed."""
    windows = sorted(set(windows_s))
    if any(WINDOW not in text for text in expressions_of(slo)):
        raise SourceFailed(f"{quoted(slo.name)} has an expression without `$window`")
    answered = _answered(client, slo, windows, round)
    if not slo.ratio and not any(part == "errors" for part, _ in answered):
        foreign = sorted(metric_names(slo.errors) - metric_names(slo.total))
        if foreign:
            raise SourceFailed(
                f"{quoted(slo.name)} has errors that nothing answers: {quoted(foreign[0], 60)} has no series "
                "or is misspelt; where it begins with the first error, add `or 0 *` the total"
            )
    measured: Measurements = {}
    for window in windows:
        errors = answered.get(("errors", window), {})
        totals = answered.get(("ratio" if slo.ratio else "total", window), {})
        strays = [labels for labels in errors if labels not in totals]
        if strays:
            raise SourceFailed(
                f"{quoted(slo.name)} has errors of {quoted(dict(strays[0]))} over {shown_duration(window)} "
                "and no total of the same labels: both need the same `by (...)`"
            )
        for labels, total in totals.items():
            measured.setdefault(labels, {})[window] = (
                _measured_ratio(total, window, minimum_events)
                if slo.ratio
                else _measured(slo, errors.get(labels, 0.0), total, window, minimum_events)
            )
    if not measured:
        raise SourceFailed(f"{quoted(slo.name)} has no data: nothing answers its total")
    for by_window in measured.values():
        for window in windows:
            why = f"there is no data over {shown_duration(window)}"
            by_window.setdefault(window, Measured(None, why, is_absent=True))
    return measured


def series_at(client: Client, slo: Slo, moment: float, window_s: int, round: Round) -> set[Labels]:
    """The series that had data in the window before a moment; none where that cannot be told."""
    try:
        samples = query(client, _at(expressions_of(slo)[-1], window_s), round, at=moment)
    except SourceFailed:
        return set()
    return {_labels(sample) for sample in samples}


def _answered(
    client: Client, slo: Slo, windows: Sequence[int], round: Round
) -> dict[tuple[str, int], dict[Labels, float]]:
    """The values by part and window, and by the labels that the series have without our mark."""
    found: dict[tuple[str, int], dict[Labels, float]] = {}
    for expression in _requests(slo, windows):
        for sample in query(client, expression, round):
            part, _, window = sample.labels.get(_PART, "").partition(" ")
            if not window.isdecimal():
                raise SourceFailed(
                    f"{quoted(slo.name)} is answered with series that were not asked for"
                )
            series = found.setdefault((part, int(window)), {})
            labels = _labels(sample)
            if labels in series:
                raise SourceFailed(f"{quoted(slo.name)} has the same series twice")
            series[labels] = sample.value
    return found


def metric_names(expression: str) -> set[str]:
    """The names of metrics in an expression, as far as they stand outside of braces.

    A metric that is named only by `__name__` is `{}`.
    """
    bare = _STRINGS.sub('""', expression)
    bare = _COMMENT.sub("", bare)
    names = {"{}"} if re.search(r"(?<![\w:\s])\s*\{", f"({bare}") else set()
    bare = _NOT_METRICS.sub(" ", bare)
    names.update(_NAME.findall(bare))
    return {name for name in names if name.lower() not in _KEYWORDS}


def expression_at(slo: Slo, window_s: int) -> str:
    """What an SLO's ratio over one window is in PromQL, for the record."""
    texts = [_at(text, window_s) for text in expressions_of(slo)]
    return texts[0] if slo.ratio else " / ".join(bracketed(text) for text in texts)


def _at(text: str, window_s: int) -> str:
    return text.replace(WINDOW, shown_duration(window_s))


def _requests(slo: Slo, windows: Sequence[int]) -> list[str]:
    """The expressions to ask, every part marked with its name and window."""
    names = ("ratio",) if slo.ratio else ("errors", "total")
    requests: list[str] = []
    for window in windows:
        for name, text in zip(names, expressions_of(slo), strict=True):
            marked = f'label_replace({bracketed(_at(text, window))}, "{_PART}", "{name} {window}", "", "")'
            if requests and len(requests[-1]) + len(marked) < MAX_EXPRESSION:
                requests[-1] += f" or {marked}"
            else:
                requests.append(marked)
    return requests


def _labels(sample: Sample) -> Labels:
    return tuple(sorted((k, v) for k, v in sample.labels.items() if k not in (_PART, "__name__")))


def _measured(
    slo: Slo, errors: float, total: float, window_s: int, minimum_events: float
) -> Measured:
    over = f"over {shown_duration(window_s)}"
    for name, value in (("errors", errors), ("total", total)):
        if not math.isfinite(value):
            return Measured(None, f"the {name} {over} is no number ({value})")
    if total < 0 or errors < -_NEGATIVE_SHARE * total:
        return Measured(None, f"it counts a negative number of events {over}")
    if total == 0:
        if errors:
            return Measured(None, f"it counts errors and no events {over}")
        return Measured(None, f"there was no traffic {over}", is_quiet=True)
    if minimum_events:
        per_unit = _events_per_unit(slo.total, window_s)
        if per_unit is None:
            return Measured(None, "its total does not tell events (`increase`) from rates (`rate`)")
        events = total * per_unit
        if events < minimum_events:
            why = f"there were {events:.4g} events {over}, fewer than {minimum_events:.4g}"
            return Measured(None, why, is_quiet=True)
    return Measured(max(errors, 0.0) / total)


def _measured_ratio(ratio: float, window_s: int, minimum_events: float) -> Measured:
    if minimum_events:
        return Measured(None, "a ratio alone does not tell how many events it rests on")
    if not math.isfinite(ratio) or ratio < 0:
        return Measured(None, f"the ratio over {shown_duration(window_s)} is no ratio ({ratio})")
    return Measured(ratio)


def _events_per_unit(total: str, window_s: int) -> int | None:
    """How many events 1 in a total is: 1 where it counts, the window's seconds where it is a rate."""
    counts, rates = bool(_COUNTS.search(total)), bool(_RATES.search(total))
    if counts == rates:
        return None
    if counts:
        return 1
    return window_s if _RATE.search(total) else None
