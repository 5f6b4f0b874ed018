"""OpenSLO v1 documents to SLOs: a ratio of good or bad events to all, over a rolling or calendar window.

An OpenSLO query has no notion of a window. It is taken where it holds `$window` (or Sloth's `{{.window}}`),
or where it is a counter, or the sum of one, and says so (`counter: true`).

Source: https://github.com/OpenSLO/OpenSLO/blob/main/README.md (checked 2026-11-21)
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from agentic.errors import quoted
from agentic.signals.live.slo_document import (
    UNIT_S,
    WINDOW,
    Place,
    Slo,
    increase_of,
    needed,
    not_good,
    objective,
    one_of,
    period,
    resource,
    with_window,
)
from agentic.signals.zones import zone_of

_DURATION = re.compile(r"(\d{1,6})([mhdwMQY])\Z", re.ASCII)
API = "openslo/v1"
OTHER_KINDS = "SLI DataSource Service AlertPolicy AlertCondition AlertNotificationTarget".split()
_MONTHS = {"M": 1, "Q": 3, "Y": 12}


def openslo_slos(document: Place, documents: list[Place], now: int) -> list[Slo]:
    """The SLOs of an OpenSLO v1 document: one for each objective of a kind `SLO`, none of other kinds."""
    kind = document.value.get("kind")
    if kind in OTHER_KINDS:
        return []
    if kind != "SLO":
        raise document.refused(f"the kind {quoted(kind)} is not one of OpenSLO v1")
    name, spec = resource(document)
    fields = spec.fields(
        "description service indicator indicatorRef timeWindow budgetingMethod objectives alertPolicies"
    )
    method = needed(fields, "budgetingMethod", spec)
    if method.value != "Occurrences":
        raise method.refused(
            f"the budgeting method {quoted(method.value)} is not read, only `Occurrences`: "
            "counting good slices of time is another objective than counting good events"
        )
    errors, total = _events(_indicator(fields, spec, documents), documents)
    period_s, since = _window(needed(fields, "timeWindow", spec), now)
    service = fields["service"].text() if "service" in fields else ""
    objectives = needed(fields, "objectives", spec).items()
    slos: list[Slo] = []
    for number, item in enumerate(objectives, 1):
        inner = item.fields("displayName op value target targetPercent")
        which = one_of(inner, ("target", "targetPercent"), item)
        target = objective(inner[which], 1 if which == "target" else 100)
        own = name if len(objectives) == 1 else f"{name}/{number}"
        slos.append(Slo(own, service, target, period_s, errors, total, "", since, item.where))
    return slos


def _named(documents: list[Place], kind: str, place: Place) -> Place | None:
    """The spec of the document of a kind that `place` names, in the same file."""
    for document in documents:
        value = document.value
        if isinstance(value, dict) and (value.get("apiVersion"), value.get("kind")) == (API, kind):
            name, spec = resource(document)
            if name == place.text():
                return spec
    return None


def _indicator(fields: dict[str, Place], spec: Place, documents: list[Place]) -> Place:
    which = one_of(fields, ("indicator", "indicatorRef"), spec)
    if which == "indicator":
        return needed(fields["indicator"].fields("metadata spec"), "spec", fields["indicator"])
    found = _named(documents, "SLI", fields[which])
    if found is None:
        raise fields[which].refused(f"no SLI {quoted(fields[which].value)} stands in this file")
    return found


def _events(indicator: Place, documents: list[Place]) -> tuple[str, str]:
    """The expressions for errors and total of an SLI's spec."""
    fields = indicator.fields("description thresholdMetric ratioMetric")
    if "ratioMetric" not in fields:
        raise indicator.refused("only a `ratioMetric` counts events, so nothing else can be read")
    ratio = fields["ratioMetric"]
    parts = ratio.fields("counter good bad total raw rawType")
    if "raw" in parts:
        raise parts["raw"].refused(
            "a ratio that is stored already cannot be taken over other windows: give `good` or `bad`, "
            "and `total`"
        )
    which = one_of(parts, ("good", "bad"), ratio)
    is_counter = "counter" in parts and parts["counter"].value is True
    total = _query(needed(parts, "total", ratio), documents, is_counter)
    counted = _query(parts[which], documents, is_counter)
    return (counted if which == "bad" else not_good(counted, total)), total


def _query(metric: Place, documents: list[Place], is_counter: bool) -> str:  # noqa: FBT001 - a field of the format
    source = needed(metric.fields("metricSource"), "metricSource", metric)
    fields = source.fields("metricSourceRef type spec")
    kind = fields.get("type")
    if kind is None and "metricSourceRef" in fields:
        data_source = _named(documents, "DataSource", fields["metricSourceRef"])
        if data_source is not None:
            kind = data_source.fields("description type connectionDetails").get("type")
    if kind is None or kind.text().lower() != "prometheus":
        raise source.refused("the metric source does not say that it is of the type `Prometheus`")
    spec = needed(fields, "spec", source)
    query = needed(spec.fields("query"), "query", spec)
    text = with_window(query)
    if WINDOW in text:
        return text
    increase = increase_of(text) if is_counter else ""
    if not increase:
        raise query.refused(
            "the query has no window: write `[$window]` in it, or `counter: true` and a counter or its `sum`"
        )
    return increase


def _window(windows: Place, now: int) -> tuple[int, int]:
    """The length in seconds of the one time window, and when it began if it follows the calendar."""
    items = windows.items()
    if len(items) != 1:
        raise windows.refused("exactly one time window is needed")
    fields = items[0].fields("duration isRolling calendar")
    duration = needed(fields, "duration", items[0])
    found = _DURATION.match(duration.text())
    if not found:
        raise duration.refused(f"{quoted(duration.value)} is not a duration like `4w`")
    count, unit = int(found[1]), found[2]
    is_rolling = fields["isRolling"].value if "isRolling" in fields else "calendar" not in fields
    if not isinstance(is_rolling, bool) or is_rolling == ("calendar" in fields):
        raise items[0].refused("a time window is either rolling, or has a `calendar`")
    if is_rolling:
        if unit in _MONTHS:
            raise duration.refused(f"{quoted(duration.value)} has no fixed length: write days")
        return period(count * UNIT_S[unit], duration), 0
    since, until = _calendar_period(fields["calendar"], count, unit, now)
    return period(until - since, duration), since


def _calendar_period(calendar: Place, count: int, unit: str, now: int) -> tuple[int, int]:
    """First moment of the calendar-aligned period around `now`, and of the next one (Unix seconds)."""
    fields = calendar.fields("startTime timeZone")
    start_time = needed(fields, "startTime", calendar)
    zone_name = needed(fields, "timeZone", calendar)
    try:
        first = datetime.strptime(start_time.text(), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - zone below
    except ValueError:
        raise start_time.refused("is not a time like `2026-01-01 00:00:00`") from None
    try:
        zone = zone_of(zone_name.text())
    except (OSError, ValueError, KeyError):
        raise zone_name.refused(f"{quoted(zone_name.value)} is not a time zone") from None
    here = datetime.fromtimestamp(now, zone).replace(tzinfo=None)
    if here < first or count == 0:
        raise calendar.refused("the calendar window has not begun")
    if unit in _MONTHS:
        if first.day > 28:
            raise start_time.refused("begins on a day that not every month has")
        months = count * _MONTHS[unit]
        passed = (here.year - first.year) * 12 + here.month - first.month
        number = passed // months
        if _months_later(first, number * months) > here:
            number -= 1
        edges = [_months_later(first, (number + more) * months) for more in (0, 1)]
    elif unit in ("d", "w"):
        step = timedelta(seconds=count * UNIT_S[unit])
        number = (here - first) // step
        edges = [first + (number + more) * step for more in (0, 1)]
    else:
        raise calendar.refused("a calendar window is days long or longer")
    since, until = (int(edge.replace(tzinfo=zone).timestamp()) for edge in edges)
    return since, until


def _months_later(first: datetime, months: int) -> datetime:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return first.replace(year=year, month=month + 1)
