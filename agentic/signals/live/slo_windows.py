"""Pairs of windows for burn rates: lengths, thresholds, and which of them can never be exceeded.

threshold = budget share * period / long window: the burn rate that uses up that share of the period's error
budget within the long window. The short one says that it still burns. Pure arithmetic.

Sources: https://sre.google/workbook/alerting-on-slos/ (table of windows for 30 days), and for lengths that
grow with the period https://github.com/pyrra-dev/pyrra/blob/main/slo/rules.go (checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agentic.errors import quoted
from agentic.signals.live.slo_document import WINDOW, Slo
from agentic.signals.severity import severity_of

#: For a period of 30 days: share of the budget, long and short window in seconds, whom it is for.
_WORKBOOK_PERIOD_S = 30 * 86_400
_WORKBOOK: tuple[tuple[float, int, int, str], ...] = (
    (0.02, 3600, 300, "page"),
    (0.05, 21_600, 1800, "page"),
    (0.10, 86_400, 7200, "ticket"),
    (0.10, 259_200, 21_600, "ticket"),
)
#: Below a minute a window holds too few scrapes to say anything.
MIN_WINDOW_S = 60


class Pair(NamedTuple):
    """Two windows in seconds, and the burn rate that both must exceed."""

    long_s: int
    short_s: int
    threshold: float
    severity: str


def default_windows(period_s: int) -> list[dict[str, Any]]:
    """The workbook's windows, as long in proportion to this period as they are to 30 days.

    So the share of the budget and the threshold stay what they are there. Empty for a period that is too
    short for them.
    """
    windows: list[dict[str, Any]] = [
        {
            "budget_share": share,
            "long": round(long_s * period_s / _WORKBOOK_PERIOD_S),
            "short": round(short_s * period_s / _WORKBOOK_PERIOD_S),
            "severity": severity_of(word),
        }
        for share, long_s, short_s, word in _WORKBOOK
    ]
    return windows if all(window["short"] >= MIN_WINDOW_S for window in windows) else []


def pairs_of(period_s: int, windows: Sequence[Mapping[str, Any]] | None) -> list[Pair]:
    """The pairs that policy names for a period, or the default ones, with their thresholds."""
    return [
        Pair(
            window["long"],
            window["short"],
            window["budget_share"] * period_s / window["long"],
            window["severity"],
        )
        for window in (default_windows(period_s) if windows is None else windows)
    ]


def impossible_windows(
    objective: float, period_s: int, windows: Sequence[Mapping[str, Any]] | None
) -> list[Pair]:
    """The pairs whose threshold no burn rate can exceed: when all events fail, it is 1 / (1 - objective)."""
    highest = 1 / (1 - objective)
    return [pair for pair in pairs_of(period_s, windows) if pair.threshold >= highest]


def problems(settings: Mapping[str, Any], slos: Sequence[Slo]) -> list[str]:
    """What is wrong with a burn-rate or error-budget read of these SLOs, one sentence each, for `lint`."""
    found: list[str] = []
    for slo in slos:
        name = quoted(slo.name, 60)
        if any(WINDOW not in text for text in expressions_of(slo)):
            found.append(f"{name} has an expression without `$window`, so all windows are the same")
        if settings["kind"] != "burn-rate":
            continue
        found.extend(f"{name} {what}" for what in _window_problems(settings.get("windows"), slo))
    return found


def _window_problems(windows: Sequence[Mapping[str, Any]] | None, slo: Slo) -> list[str]:
    pairs = pairs_of(slo.period_s, windows)
    if not pairs:
        period = shown_duration(slo.period_s)
        return [f"has a period of {period}, too short for the default windows: name `windows`"]
    highest = f"{1 / (1 - slo.objective):.4g} at an objective of {shown_percent(slo.objective)}"
    return [
        f"has a short window of {shown_duration(pair.short_s)}, no shorter than its long one"
        for pair in pairs
        if pair.short_s >= pair.long_s
    ] + [
        f"can never burn faster than {highest}, so the threshold {pair.threshold:.4g} over "
        f"{shown_duration(pair.long_s)} never raises"
        for pair in impossible_windows(slo.objective, slo.period_s, windows)
    ]


def expressions_of(slo: Slo) -> list[str]:
    """The expressions that an SLO is asked by."""
    return [slo.ratio] if slo.ratio else [slo.errors, slo.total]


def shown_duration(seconds: int) -> str:
    """Seconds as PromQL and people write them, in the largest unit that fits: `5m`, `90m`, `30d`."""
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def shown_percent(ratio: float) -> str:
    """A ratio as people write it: `99.95%`."""
    return f"{ratio * 100:.6g}%"
