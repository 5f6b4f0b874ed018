"""Definition files: what each format says, what is refused and where, and nothing in between."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.signals.live.interface import SourceFailed
from agentic.signals.live.slo_document import Slo, increase_of
from agentic.signals.live.slo_formats import parse_slos

DEFINITIONS = Path(__file__).parent / "definitions"
NOW = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp())
DAY_S = 86_400


def definition(name: str) -> list[Slo]:
    return parse_slos((DEFINITIONS / name).read_bytes(), name, NOW)


def refusal(text: str) -> str:
    with pytest.raises(SourceFailed) as caught:
        parse_slos(text.encode(), "slo.yaml", NOW)
    message = str(caught.value)
    assert "\n" not in message
    assert not message.endswith(".")
    return message


def changed(name: str, old: str, new: str) -> str:
    text = (DEFINITIONS / name).read_text()
    assert old in text
    return text.replace(old, new, 1)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_openslo_reads_objectives_references_and_windows() -> None:
    promised, wanted, month = definition("openslo.yaml")
    errors = 'sum by (service) (increase(http_requests_total{service="checkout", code=~"5..|429"}[$window]))'
    total = 'sum by (service) (increase(http_requests_total{service="checkout"}[$window]))'
    assert promised == Slo(
        "checkout-availability/1",
        "checkout",
        0.995,
        28 * DAY_S,
        errors,
        total,
        where="openslo.yaml:49:7",
    )
    assert (wanted.name, wanted.objective) == ("checkout-availability/2", 0.999)
    assert month.total == 'sum(increase(http_requests_total{service="checkout"}[$window]))'
    assert month.errors == (
        f"({month.total}) - "
        '((sum(increase(http_requests_total{service="checkout", code!~"5.."}[$window])))'
        f" or 0 * ({month.total}))"
    )


@pytest.mark.parametrize(
    ("duration", "start", "zone", "now", "since", "until"),
    [
        # a month in Berlin begins an hour before UTC's, two in summer
        ("1M", "2025-01-01 00:00:00", "Europe/Berlin", "2026-11-21T12:00:00+00:00",
         "2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00"),
        # October has an hour more where clocks are turned back
        ("1M", "2025-01-01 00:00:00", "Europe/Berlin", "2026-10-31T23:30:00+01:00",
         "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"),
        ("1M", "2025-01-01 00:00:00", "Europe/Berlin", "2026-10-31T23:30:00+00:00",
         "2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00"),
        # in the middle of a month, before and after the hour
        ("1M", "2025-01-15 12:00:00", "UTC", "2026-11-15T11:59:59+00:00",
         "2026-10-15T12:00:00+00:00", "2026-11-15T12:00:00+00:00"),
        ("1M", "2025-01-15 12:00:00", "UTC", "2026-11-15T12:00:00+00:00",
         "2026-11-15T12:00:00+00:00", "2026-12-15T12:00:00+00:00"),
        ("1Q", "2025-01-01 00:00:00", "Asia/Kathmandu", "2026-11-21T12:00:00+00:00",
         "2026-10-01T00:00:00+05:45", "2027-01-01T00:00:00+05:45"),
        ("1Y", "2024-02-01 00:00:00", "America/New_York", "2026-01-31T12:00:00+00:00",
         "2025-02-01T00:00:00-05:00", "2026-02-01T00:00:00-05:00"),
        ("2w", "2026-11-02 00:00:00", "Australia/Lord_Howe", "2026-11-21T12:00:00+00:00",
         "2026-11-16T00:00:00+11:00", "2026-11-30T00:00:00+11:00"),
    ],
)  # fmt: skip
def test_a_calendar_window_begins_where_its_calendar_says(
    duration: str, start: str, zone: str, now: str, since: str, until: str
) -> None:
    text = changed("openslo.yaml", "duration: 1M", f"duration: {duration}")
    text = text.replace("2025-01-01 00:00:00", start).replace("Europe/Berlin", zone)
    slo = parse_slos(text.encode(), "slo.yaml", at(now))[-1]
    assert slo.since == at(since)
    assert slo.period_s == at(until) - at(since)


def test_sloth_reads_events_and_ratios_in_both_forms() -> None:
    availability, freshness, latency = definition("sloth.yaml")
    assert availability == Slo(
        "requests-availability",
        "search",
        0.999,
        30 * DAY_S,
        'sum(rate(search_requests_total{code=~"5.."}[$window]))',
        "sum(rate(search_requests_total[$window]))",
        where="sloth.yaml:6:5",
    )
    assert (freshness.errors, freshness.total, freshness.objective) == ("", "", 0.95)
    assert freshness.ratio.count("$window") == 2
    assert (latency.name, latency.service) == ("latency", "search")
    assert latency.errors == "sum(rate(search_slow_total[$window]))"


def test_pyrra_reads_ratio_latency_and_gauge() -> None:
    errors, latency, up = definition("pyrra.yaml")
    assert errors == Slo(
        "api-errors",
        "",
        0.995,
        28 * DAY_S,
        'sum by (environment, service) (increase(http_requests_total{job="api",code=~"5.."}[$window]))',
        'sum by (environment, service) (increase(http_requests_total{job="api"}[$window]))',
        where="pyrra.yaml:9:3",
    )
    total = 'sum(increase(http_request_duration_seconds_count{job="api"}[$window]))'
    good = 'sum(increase(http_request_duration_seconds_bucket{job="api",le="0.5"}[$window]))'
    assert (latency.period_s, latency.total) == (9 * DAY_S, total)
    assert latency.errors == f"({total}) - (({good}) or 0 * ({total}))"
    assert up.total == 'sum(count_over_time(up{job="api"}[$window]))'
    assert up.errors == f'{up.total} - sum(sum_over_time(up{{job="api"}}[$window]))'


@pytest.mark.parametrize(
    ("name", "old", "new", "because"),
    [
        ("openslo.yaml", "openslo/v1\nkind: Service", "openslo/v2alpha\nkind: Service",
         "slo.yaml:2:1: `openslo/v2alpha` is not read, only `openslo/v1`"),
        ("openslo.yaml", "kind: Service", "kind: Budget",
         "slo.yaml:2:1: the kind `Budget` is not one of OpenSLO v1"),
        ("openslo.yaml", "Occurrences", "Timeslices",
         ("slo.yaml:47:20: the budgeting method `Timeslices` is not read, only `Occurrences`: counting good"
         " slices of time is another objective than counting good events")),
        ("openslo.yaml", "duration: 28d", "duration: 1M",
         "slo.yaml:45:17: `1M` has no fixed length: write days"),
        ("openslo.yaml", "duration: 28d", "duration: four weeks",
         "slo.yaml:45:17: `four weeks` is not a duration like `4w`"),
        ("openslo.yaml", "duration: 28d", "duration: 400d",
         "slo.yaml:45:17: the period `400d` is not between 1m and 366d"),
        ("openslo.yaml", "isRolling: true", "isRolling: false",
         "slo.yaml:45:7: a time window is either rolling, or has a `calendar`"),
        ("openslo.yaml", "type: Prometheus", "type: Datadog",
         "slo.yaml:32:9: the metric source does not say that it is of the type `Prometheus`"),
        ("openslo.yaml", "indicatorRef: checkout-errors", "indicatorRef: elsewhere",
         "slo.yaml:43:17: no SLI `elsewhere` stands in this file"),
        ("openslo.yaml", "counter: true", "counter: false",
         ("slo.yaml:34:18: the query has no window: write `[$window]` in it, or `counter: true` and a counter"
         " or its `sum`")),
        ("openslo.yaml", 'sum by (service) (http_requests_total{service="checkout"})',
         'sum(rate(http_requests_total{service="checkout"}[5m]))',
         ("slo.yaml:34:18: the query has no window: write `[$window]` in it, or `counter: true` and a counter"
         " or its `sum`")),
        ("openslo.yaml", "targetPercent: 99.5", "targetPercent: 100",
         "slo.yaml:50:22: the objective `100` leaves no error budget to judge"),
        ("openslo.yaml", "targetPercent: 99.5", "targetPercent: almost all",
         "slo.yaml:50:22: `targetPercent` should be a number"),
        ("openslo.yaml", "targetPercent: 99.5", "targetPercent: 99.5\n      target: 0.9",
         "slo.yaml:49:7: needs exactly one of `target`, `targetPercent`"),
        ("openslo.yaml", "targetPercent: 99.5", "target: 0.9\n      timeSliceTarget: 0.9",
         "slo.yaml:51:7: the key `timeSliceTarget` is not known here"),
        ("openslo.yaml", "timeZone: Europe/Berlin", "timeZone: Mars/Olympus",
         "slo.yaml:80:19: `Mars/Olympus` is not a time zone"),
        ("openslo.yaml", "startTime: 2025-01-01", "startTime: 2025-01-31",
         "slo.yaml:79:20: begins on a day that not every month has"),
        ("openslo.yaml", "startTime: 2025-01-01", "startTime: 2027-01-01",
         "slo.yaml:79:9: the calendar window has not begun"),
        ("openslo.yaml", "duration: 1M", "duration: 12h",
         "slo.yaml:79:9: a calendar window is days long or longer"),
        ("openslo.yaml", "{{.window}}", "{{.range}}",
         "slo.yaml:70:22: only `{{.window}}` can be known of the template's actions"),
        ("openslo.yaml", "name: checkout-month", "name: checkout-availability/2",
         "slo.yaml:51:7: the name `checkout-availability/2` appears twice"),
        ("sloth.yaml", "prometheus/v1", "prometheus/v2",
         "slo.yaml:1:1: is neither an OpenSLO v1 document, nor one of Sloth or Pyrra"),
        ("sloth.yaml", "events:", "plugin:",
         "slo.yaml:11:9: a Sloth plugin's queries stand in its program, not here"),
        ("sloth.yaml", "objective: 99.9", "objective: 100",
         "slo.yaml:7:16: the objective `100` leaves no error budget to judge"),
        ("sloth.yaml", "[{{ .window }}]", "[5m]",
         "slo.yaml:12:22: the query has no window: Sloth needs `[{{.window}}]` in it"),
        ("sloth.yaml", "description: searches", "period: searches",
         "slo.yaml:8:5: the key `period` is not known here"),
        ("sloth.yaml", "errorQuery", "error_query: x[{{.window}}]\n          errorQuery",
         "slo.yaml:42:11: needs exactly one of `error_query`, `errorQuery`"),
        ("sloth.yaml", "service: search\nlabels", "labels",
         "slo.yaml:1:1: `service` is missing"),
        ("pyrra.yaml", 'metric: http_requests_total{job="api"}', 'metric: http_requests_total offset 5m',
         "slo.yaml:17:17: `http_requests_total offset 5m` is not a plain metric with label matchers"),
        ("pyrra.yaml", "window: 4w", "window: 4 weeks",
         "slo.yaml:10:11: `4 weeks` is not a duration like `4w`"),
        ("pyrra.yaml", 'target: "99.5"', 'target: "0"',
         "slo.yaml:9:11: the objective `0` leaves no error budget to judge"),
        ("pyrra.yaml", "[service, environment]", "['a) or (b']",
         "slo.yaml:18:18: `a) or (b` is not the name of a label"),
        ("pyrra.yaml", "    latency:", "    latencyNative:",
         "slo.yaml:29:7: native histograms are not read: use `latency` with a bucket"),
        ("pyrra.yaml", "    ratio:", "    availability:",
         "slo.yaml:13:5: the key `availability` is not known here"),
        ("pyrra.yaml", "kind: ServiceLevelObjective", "kind: ServiceLevelObjectiveList",
         "slo.yaml:1:1: is neither an OpenSLO v1 document, nor one of Sloth or Pyrra"),
        ("pyrra.yaml", "  description: the interface answers", "  window: 4w",
         "slo.yaml:11:3: the key `window` appears twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_represented_is_refused_with_its_place(
    name: str, old: str, new: str, because: str
) -> None:
    assert refusal(changed(name, old, new)) == because


@pytest.mark.parametrize(
    ("part", "because"),
    [
        ("thresholdMetric: {}", "only a `ratioMetric` counts events"),
        (
            "ratioMetric: {raw: {metricSource: {}}, rawType: success}",
            "a ratio that is stored already",
        ),
        ("ratioMetric: {good: {}, bad: {}, total: {}}", "needs exactly one of `good`, `bad`"),
        ("ratioMetric: {good: {}}", "`total` is missing"),
        ("ratioMetric: 5", "`ratioMetric` should be a mapping"),
    ],
)
def test_an_openslo_indicator_without_events_is_refused(part: str, because: str) -> None:
    text = (
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n"
        f"  indicator:\n    spec:\n      {part}\n"
        "  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"
    )
    assert because in refusal(text)


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "`slo.yaml` holds no SLO"),
        ("apiVersion: openslo/v1\nkind: Service\nmetadata: {name: a}\n", "`slo.yaml` holds no SLO"),
        ("- 1\n", "slo.yaml:1:1: is neither an OpenSLO v1 document, nor one of Sloth or Pyrra"),
        ("version: prometheus/v1\nservice: a\nslos: []\n", "`slo.yaml` holds no SLO"),
        ("version: prometheus/v1\nservice: &a b\n", "slo.yaml:2:10: anchors and aliases"),
    ],
)
def test_a_file_without_an_slo_is_refused(text: str, because: str) -> None:
    assert refusal(text).startswith(because)


@pytest.mark.parametrize(
    ("counter", "increase"),
    [
        ("requests_total", "sum(increase(requests_total[$window]))"),
        ('a:b{c="}) or ("}', 'sum(increase(a:b{c="}) or ("}[$window]))'),
        ('sum(a{b="\\"}"})', 'sum(increase(a{b="\\"}"}[$window]))'),
        ("sum by (x,\n y) (a)", "sum by (x, y) (increase(a[$window]))"),
        ("sum(a) without (x)", "sum without (x) (increase(a[$window]))"),
        ("sum by (x) (a) by (y)", ""),
        ("sum(a) + sum(b)", ""),
        ("avg(a)", ""),
        ("a offset 5m", ""),
        ("a[5m]", ""),
        ("sum(rate(a[5m]))", ""),
        ("a or b", ""),
    ],
)
def test_only_a_counter_or_its_sum_has_an_increase(counter: str, increase: str) -> None:
    assert increase_of(counter) == increase


@given(st.sampled_from(("openslo.yaml", "sloth.yaml", "pyrra.yaml")), st.data())
def test_a_damaged_file_is_slos_or_a_refusal(name: str, data: st.DataObject) -> None:
    text = (DEFINITIONS / name).read_text()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    damaged = text[:start] + data.draw(st.text(max_size=10)) + text[end:]
    try:
        slos = parse_slos(damaged.encode("utf-8", "replace"), name, NOW)
    except SourceFailed as failure:
        assert "\n" not in str(failure)  # noqa: PT017 - either outcome is right
    else:
        assert all(0 < slo.objective < 1 and slo.period_s >= 60 for slo in slos)
        assert all("$window" in (slo.ratio or slo.total) for slo in slos)
