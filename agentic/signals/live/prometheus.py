"""Prometheus's query API: an expression in, samples or series out, or `SourceFailed`.

What is not wholly understood is a failure, never an empty answer: warnings (a part of the data is missing),
a matrix or a string, a native histogram, the same series twice, a clock that is not ours. An empty answer
is an empty list; what it means is for the reader to say.

Sources: https://prometheus.io/docs/prometheus/latest/querying/api (envelope, values as strings) and
https://github.com/prometheus/prometheus/pull/14327 (infos stand apart from warnings since 2.54; before that
they were warnings that begin with `PromQL info`) (checked 2026-11-21).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from agentic.errors import quoted
from agentic.signals.live.http import Client
from agentic.signals.live.interface import Round, SourceFailed
from agentic.signals.snapshot import SKEW_S

_INFO = "PromQL info"
_MAX_POINTS = 11_000
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SPELLED = {"NaN": math.nan, "+Inf": math.inf, "-Inf": -math.inf, "Inf": math.inf}


class Sample(NamedTuple):
    """One value of one series; `at` is the server's moment of evaluation, in Unix seconds."""

    labels: dict[str, str]
    value: float
    at: float


class Series(NamedTuple):
    """One series over time: points of (Unix seconds, value), the oldest first."""

    labels: dict[str, str]
    points: list[tuple[float, float]]


def query(client: Client, expression: str, round: Round, at: float | None = None) -> list[Sample]:
    """The value of an expression now, or `at` a moment; a scalar is one sample without labels.

    Values may be NaN and infinite. Raises SourceFailed.
    """
    params = [("query", expression)]
    if at is not None:
        params.append(("time", f"{at:.3f}"))
    kind, result = _result(client, "/api/v1/query", params, round)
    if kind not in {"vector", "scalar"}:
        raise client.failed(
            f"answers {quoted(expression)} with a {quoted(kind, 20)}: only numbers can be compared"
        )
    try:
        samples = (
            [_sample({}, result)]
            if kind == "scalar"
            else [_sample(_labels(one), one["value"]) for one in _items(result)]
        )
    except (KeyError, TypeError, ValueError):
        raise _misshapen(client, result) from None
    _must_be_distinct(client, [sample.labels for sample in samples])
    for sample in samples:
        if at is None and abs(sample.at - round.now) > SKEW_S:
            raise _skewed(client, sample.at - round.now)
    return samples


def query_range(
    client: Client, expression: str, start_s: float, end_s: float, step_s: float, round: Round
) -> list[Series]:
    """The values of an expression from `start_s` to `end_s` (Unix seconds, both included).

    A moment without a value has no point. Raises SourceFailed.
    """
    if not step_s > 0 or not 0 <= (end_s - start_s) / step_s < _MAX_POINTS:
        raise client.failed(f"can be asked for less than {_MAX_POINTS} points in a range")
    params = [
        ("query", expression),
        ("start", f"{start_s:.3f}"),
        ("end", f"{end_s:.3f}"),
        ("step", f"{step_s:.3f}"),
    ]
    kind, result = _result(client, "/api/v1/query_range", params, round)
    try:
        if kind != "matrix":
            raise ValueError("a range is answered by a matrix")
        series = [
            Series(_labels(one), [_point(pair) for pair in _points(one)]) for one in _items(result)
        ]
    except (KeyError, TypeError, ValueError):
        raise _misshapen(client, result) from None
    _must_be_distinct(client, [one.labels for one in series])
    return series


def _result(
    client: Client, path: str, params: Sequence[tuple[str, str]], round: Round
) -> tuple[str, Any]:
    """The type and the value of a whole answer."""
    reply = client.get(path, params, {"Accept": "application/json"})
    answer = client.decoded(reply)
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise client.failed("answers JSON that is not Prometheus's: is its URL right")
    warnings = answer.get("warnings") or []
    if not isinstance(warnings, list) or answer.get("isPartial"):  # the word of VictoriaMetrics
        warnings = ["a part of the data is missing"]
    told = [word for word in warnings if not str(word).startswith(_INFO)]
    if told:
        raise client.failed(f"warns about its own answer: {quoted(told[0], 100)}")
    # An answer that a cache kept, or of a server with another clock, says nothing about now.
    skew_s = client.clock_skew_s(reply)
    if skew_s is not None and abs(skew_s) > SKEW_S:
        raise _skewed(client, skew_s)
    try:
        data = answer["data"]
        return str(data["resultType"]), data["result"]
    except (KeyError, TypeError):
        raise client.failed("answers JSON that is not Prometheus's: is its URL right") from None


def _items(result: Any) -> list[dict[str, Any]]:
    if not isinstance(result, list) or not all(isinstance(one, dict) for one in result):
        raise TypeError("not a list of series")
    return result


def _points(one: dict[str, Any]) -> list[Any]:
    points = one["values"]
    if not isinstance(points, list) or "histograms" in one:
        raise TypeError("not a list of points")
    return points


def _labels(one: dict[str, Any]) -> dict[str, str]:
    labels = one["metric"]
    if not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
        raise TypeError("not labels")
    return labels


def _point(pair: Any) -> tuple[float, float]:
    """(moment, value) of one pair; the value is text. Raises TypeError or ValueError."""
    moment, text = pair
    if not isinstance(moment, (int, float)) or not isinstance(text, str):
        raise TypeError("not a point")
    if text not in _SPELLED and not _NUMBER.fullmatch(text):
        raise ValueError("not a number as Prometheus writes it")
    return float(moment), _SPELLED[text] if text in _SPELLED else float(text)


def _sample(labels: dict[str, str], pair: Any) -> Sample:
    moment, value = _point(pair)
    return Sample(labels, value, moment)


def _must_be_distinct(client: Client, labels: Sequence[dict[str, str]]) -> None:
    if len({tuple(sorted(one.items())) for one in labels}) != len(labels):
        raise client.failed("answers with the same series twice")


def _skewed(client: Client, skew_s: float) -> SourceFailed:
    where = "ahead of" if skew_s > 0 else "behind"
    return client.failed(f"answers from a clock {abs(skew_s):.0f} s {where} ours")


def _misshapen(client: Client, result: Any) -> SourceFailed:
    items = result if isinstance(result, list) else []
    if any(isinstance(one, dict) and {"histogram", "histograms"} & one.keys() for one in items):
        return client.failed(
            "answers with a histogram, which is no number: ask for a quantile of it"
        )
    return client.failed("answers with values in a shape that is not Prometheus's")
