"""Burn rates and error budgets on a real Prometheus with a month of history, and on unexpected answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.signals.live.ask import ask, readings_at
from agentic.signals.live.scopes import Scope
from agentic.signals.live.slo import _burn_of
from agentic.signals.live.slo_document import Slo
from agentic.signals.live.slo_measurement import Measured, metric_names
from agentic.signals.live.slo_windows import (
    default_windows,
    impossible_windows,
    pairs_of,
    problems,
    shown_duration,
)
from tests.signals.asking import decided, policy_with, readings, source
from tests.signals.hostile import Stub, answer_json, sample, vector
from tests.signals.slo_history import DAY, HOUR, MINUTE, history_in

DEFINITIONS = Path(__file__).parent / "definitions"
QUICK = {"budget_share": 0.02, "long": "1h", "short": "5m", "severity": "critical"}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with history_in(tmp_path_factory.mktemp("history")) as url:
        yield url


def slo_of(service: str = "", objective: float = 0.999, **fields: Any) -> dict[str, Any]:
    """An SLO on the requests of one service, or of each."""
    only_it = f'service="{service}",' if service else ""
    by = "sum by (service, environment)"
    return {
        "name": service or "all",
        "objective": objective,
        "errors": f'{by} (increase(http_requests_total{{{only_it}code=~"5.."}}[$window]))',
        "total": f"{by} (increase(http_requests_total{{{only_it}}}[$window]))",
        **fields,
    }


def look(url: str, read: Mapping[str, Any], *sources: dict[str, Any]) -> tuple[Reading, ...]:
    signal = "error-budget.burn" if read["kind"] == "burn-rate" else "error-budget.exhausted"
    return readings(policy_with([source(url), *sources], [{"source": "prom", **read}], (), signal))


def burn(url: str, slo: dict[str, Any], **fields: Any) -> tuple[Reading, ...]:
    return look(url, {"kind": "burn-rate", "slo": slo, **fields})


def budget(url: str, slo: dict[str, Any], **fields: Any) -> tuple[Reading, ...]:
    return look(url, {"kind": "error-budget", "slo": slo, **fields})


def only(found: tuple[Reading, ...]) -> Reading:
    assert len(found) == 1, found
    return found[0]


# Burn rate


@pytest.mark.parametrize(
    ("service", "state", "severity", "because"),
    [
        ("healthy", CLEAR, "", "burn rate 0 over 1h and 0 over 5m, threshold 14.4"),
        ("fast", RAISED, "critical", "burn rate 20 over 1h and 20 over 5m, threshold 14.4"),
        ("slow", RAISED, "warning", "burn rate 4 over 1d and 4 over 2h, threshold 3"),
        ("exhausted", RAISED, "warning", "burn rate 1.5 over 3d and 1.5 over 6h, threshold 1"),
        ("recovered", CLEAR, "", "burn rate 0 over 1h and 0 over 5m, threshold 14.4"),
        ("idle", UNKNOWN, "", "is not known: there was no traffic over 5m"),
        ("night", CLEAR, "", "burn rate 0 over "),
        ("asleep", UNKNOWN, "", "is not known: there was no traffic over 5m"),
        ("vanished", UNKNOWN, "", "is not known: there is no data over 5m"),
    ],
)
def test_a_burn_rate(
    prometheus: str, service: str, state: str, severity: str, because: str
) -> None:
    reading = only(burn(prometheus, slo_of(service)))
    assert (reading.state, because in reading.because) == (state, True), reading
    assert (reading.service, reading.environments) == (service, ("production",))
    if severity:
        assert reading.severity == severity
    assert f"`{service}`, objective 99.9% over 30d" in reading.because


def test_what_a_raised_burn_rate_records(prometheus: str) -> None:
    reading = only(burn(prometheus, slo_of("fast")))
    assert (reading.value, reading.threshold) == ("20", "14.4")
    assert reading.unit == "burn rate over 1h"
    assert reading.query == (
        '(sum by (service, environment) (increase(http_requests_total{service="fast",code=~"5.."}[1h])))'
        ' / (sum by (service, environment) (increase(http_requests_total{service="fast",}[1h])))'
    )


def test_what_no_longer_burns_is_clear(prometheus: str) -> None:
    reading = only(burn(prometheus, slo_of("over"), windows=[QUICK]))
    assert reading.state == CLEAR
    assert "and 0 over 5m, threshold 14.4" in reading.because
    assert float(reading.value) > 14.4


def test_each_scope_has_its_own_reading(prometheus: str) -> None:
    found = burn(prometheus, slo_of())
    assert {one.service: one.state for one in found} == {
        "healthy": CLEAR, "fast": RAISED, "slow": RAISED, "exhausted": RAISED, "recovered": CLEAR,
        "over": RAISED, "down": RAISED, "idle": UNKNOWN, "night": CLEAR, "asleep": UNKNOWN,
        "vanished": UNKNOWN, "low": RAISED, "checkout": RAISED, "search": RAISED,
    }  # fmt: skip
    assert all(one.environments == ("production",) for one in found)


def test_low_traffic_proves_nothing_where_policy_asks_for_events(prometheus: str) -> None:
    assert only(burn(prometheus, slo_of("low"), windows=[QUICK])).state == RAISED
    reading = only(burn(prometheus, slo_of("low"), windows=[QUICK], minimum_events=100))
    assert reading.state == UNKNOWN
    assert "events over 5m, fewer than 100" in reading.because
    rates = slo_of("low")
    for part in ("errors", "total"):
        rates[part] = rates[part].replace("increase(", "rate(")
    reading = only(burn(prometheus, rates, windows=[QUICK], minimum_events=100))
    assert reading.state == UNKNOWN
    assert only(burn(prometheus, rates, windows=[QUICK], minimum_events=1)).state == RAISED
    rates["total"] = rates["total"].replace("rate(", "irate(")
    reading = only(burn(prometheus, rates, windows=[QUICK], minimum_events=1))
    assert "its total does not tell events (`increase`) from rates (`rate`)" in reading.because


def test_a_pod_that_is_gone_is_not_missed(prometheus: str) -> None:
    by = "sum by (service, pod)"
    slo = {
        "name": "pods",
        "objective": 0.999,
        "errors": f'{by} (increase(pod_requests_total{{code="500"}}[$window]))',
        "total": f"{by} (increase(pod_requests_total[$window]))",
    }
    reading = only(burn(prometheus, slo))
    assert (reading.state, reading.service) == (CLEAR, "pods")
    assert only(budget(prometheus, slo)).state == CLEAR
    reading = only(burn(prometheus, slo, labels={"service": "team"}))
    assert (reading.state, reading.service) == (UNKNOWN, "")


def test_a_period_of_28_days_scales_its_windows(prometheus: str) -> None:
    reading = only(burn(prometheus, slo_of("fast", period="28d")))
    assert (reading.state, reading.unit, reading.threshold) == (
        RAISED, "burn rate over 56m", "14.4",
    )  # fmt: skip
    reading = only(burn(prometheus, slo_of("fast", period="28d"), windows=[QUICK]))
    assert reading.threshold == "13.4"


def test_a_threshold_that_cannot_be_reached_is_left_out(prometheus: str) -> None:
    reading = only(burn(prometheus, slo_of("down", 0.9)))
    assert (reading.state, reading.threshold, reading.value) == (RAISED, "6", "10")
    reading = only(burn(prometheus, slo_of("down", 0.9), windows=[QUICK]))
    assert reading.state == UNKNOWN
    assert reading.because == (
        "the burn rate of `down`, objective 90% over 30d, has no window that can raise: name `windows`"
    )


def test_a_short_period_needs_windows_of_its_own(prometheus: str) -> None:
    reading = only(burn(prometheus, slo_of("fast", period="10m")))
    assert reading.state == UNKNOWN
    assert "over 10m, is too short for the default windows: name `windows`" in reading.because
    windows = [{"budget_share": 0.5, "long": "5m", "short": "1m", "severity": "high"}]
    reading = only(burn(prometheus, slo_of("fast", period="10m"), windows=windows))
    assert (reading.state, reading.threshold, reading.severity) == (RAISED, "1", "high")


# Error budget


@pytest.mark.parametrize(
    ("service", "state", "low", "high"),
    [
        ("healthy", CLEAR, 100, 100),
        ("fast", CLEAR, 93, 96),
        ("slow", CLEAR, 51, 55),
        ("exhausted", RAISED, -51, -49),
        ("recovered", RAISED, -240, -220),
        ("night", CLEAR, 100, 100),
        ("checkout", RAISED, -510, -490),
    ],
)
def test_an_error_budget(
    prometheus: str, service: str, state: str, low: float, high: float
) -> None:
    reading = only(budget(prometheus, slo_of(service)))
    assert reading.state == state
    assert low <= float(reading.value) <= high
    assert (reading.unit, reading.threshold) == ("% of the error budget", "0")
    left = f"{reading.value}% of the error budget is left, threshold 0%"
    assert reading.because.startswith(f"{left} (`{service}`, objective 99.9% over 30d)")
    assert "[30d])" in reading.query


def test_a_budget_says_how_long_it_lasts(prometheus: str) -> None:
    fast = only(budget(prometheus, slo_of("fast"))).because
    assert fast.split("; ")[1].startswith("burn rate now 20, so it lasts 3")
    assert only(budget(prometheus, slo_of("healthy"))).because.endswith("; burn rate now 0")
    assert only(budget(prometheus, slo_of("asleep"))).because.endswith(
        "; there was no traffic over 1h"
    )


def test_a_budget_is_raised_at_the_share_that_policy_names(prometheus: str) -> None:
    assert only(budget(prometheus, slo_of("slow"), remaining_at_most=0.5)).state == CLEAR
    reading = only(budget(prometheus, slo_of("slow"), remaining_at_most=0.6))
    assert (reading.state, reading.threshold) == (RAISED, "60")


def test_a_budget_says_when_its_period_is_older_than_the_data(prometheus: str) -> None:
    known = only(budget(prometheus, slo_of("healthy")))
    assert "beginning" not in known.because
    reading = only(budget(prometheus, slo_of("healthy", period="60d")))
    assert reading.state == CLEAR
    assert reading.because.endswith("; nothing is known of the beginning of the period")


@pytest.mark.parametrize(
    ("service", "period", "because"),
    [
        ("idle", "30d", "is not known: there was no traffic over 30d"),
        # it ended 20 minutes ago; what is current for two days are five minutes
        ("vanished", "2d", "is not known: there is no data over 5m"),
        ("nobody", "30d", "`nobody` has no data: nothing answers its total"),
    ],
)
def test_a_budget_without_data_is_unknown(
    prometheus: str, service: str, period: str, because: str
) -> None:
    reading = only(budget(prometheus, slo_of(service, period=period)))
    assert reading.state == UNKNOWN
    assert because in reading.because


# Definitions


def file_source(path: Path, **fields: Any) -> dict[str, Any]:
    return {"source": "slos", "kind": "file", "path": str(path), **fields}


def test_an_openslo_file_is_asked_like_an_inline_slo(prometheus: str) -> None:
    slos = file_source(DEFINITIONS / "openslo.yaml")
    read = {"kind": "error-budget", "definition": "slos", "slo_name": "checkout-availability/1"}
    reading = only(look(prometheus, read, slos))
    assert (reading.state, reading.service) == (RAISED, "checkout")
    assert "`checkout-availability/1`, objective 99.5% over 28d" in reading.because
    assert -21 <= float(reading.value) <= -19


def test_a_calendar_period_counts_from_its_beginning(prometheus: str, tmp_path: Path) -> None:
    began = datetime.now(UTC) - timedelta(days=20)
    text = (DEFINITIONS / "openslo.yaml").read_text()
    text = text.replace("startTime: 2025-01-01", f"startTime: {began:%Y-%m-%d}")
    text = text.replace("duration: 1M", "duration: 60d")
    (tmp_path / "slo.yaml").write_text(text)
    read = {"kind": "error-budget", "definition": "slos", "slo_name": "checkout-month"}
    reading = only(look(prometheus, read, file_source(tmp_path / "slo.yaml")))
    assert reading.state == CLEAR
    assert 39 <= float(reading.value) <= 41
    assert "objective 99% over 60d" in reading.because
    just_now = datetime.now(UTC).replace(tzinfo=None)
    text = text.replace(f"{began:%Y-%m-%d} 00:00:00", f"{just_now:%Y-%m-%d %H:%M:%S}")
    (tmp_path / "slo.yaml").write_text(text.replace("Europe/Berlin", "UTC"))
    reading = only(look(prometheus, read, file_source(tmp_path / "slo.yaml")))
    assert reading.state == UNKNOWN
    assert "began only " in reading.because


def test_a_sloth_file_is_asked_by_events_and_by_ratio(prometheus: str) -> None:
    slos = file_source(DEFINITIONS / "sloth.yaml")
    read = {"kind": "error-budget", "definition": "slos"}

    def named(name: str, **fields: Any) -> Reading:
        return only(look(prometheus, {**read, "slo_name": name, **fields}, slos))

    reading = named("requests-availability")
    assert (reading.state, reading.service) == (RAISED, "search")
    assert -101 <= float(reading.value) <= -99
    reading = named("freshness")
    assert (reading.state, reading.service) == (CLEAR, "search")
    reading = named("freshness", minimum_events=1)
    assert "a ratio alone does not tell how many events it rests on" in reading.because
    # One SLO of the file has no data; the other one is raised all the same.
    reading = only(look(prometheus, read, slos))
    assert (reading.state, reading.service) == (RAISED, "search")
    assert named("latency").state == UNKNOWN
    unknown = named("nonsense")
    assert "sloth.yaml` holds no SLO `nonsense`, it has `requests-availability`" in unknown.because


def test_a_pyrra_file_groups_by_service(prometheus: str) -> None:
    slos = file_source(DEFINITIONS / "pyrra.yaml")
    read = {"kind": "burn-rate", "definition": "slos", "slo_name": "api-errors"}
    states = {one.service: one.state for one in look(prometheus, read, slos)}
    assert states["healthy"] == CLEAR
    assert states["checkout"] == RAISED
    assert states["idle"] == UNKNOWN


@pytest.mark.parametrize(
    ("fields", "service", "state"),
    [
        ({}, "healthy", UNKNOWN),
        ({}, "fast", RAISED),
        ({"may_clear": {"because": "only reviewed changes get here"}}, "healthy", CLEAR),
    ],
)
def test_a_definition_in_the_workspace_clears_nothing_by_itself(
    prometheus: str, tmp_path: Path, fields: dict[str, Any], service: str, state: str
) -> None:
    (tmp_path / "slo.yaml").write_text(
        "version: prometheus/v1\nservice: s\nslos:\n  - name: a\n    objective: 99.9\n    sli:\n"
        "      events:\n"
        + "".join(
            f"        {part}_query: {json.dumps(slo_of(service)[key].replace('$window', '{{.window}}'))}\n"
            for part, key in (("error", "errors"), ("total", "total"))
        )
    )
    slos = file_source(Path("slo.yaml"), **fields)
    read = {"kind": "burn-rate", "source": "prom", "definition": "slos"}
    policy = policy_with([source(prometheus), slos], [read], (), "error-budget.burn")
    now = int(time.time())
    answers = ask(
        policy,
        policy.signals,
        now=now,
        deadline_s=20,
        workspace=str(tmp_path),
        environment_words={},
    )
    reading = only(readings_at(answers, now))
    assert reading.state == state
    if state == UNKNOWN:
        assert "whoever works here could have written it" in reading.because


def test_a_burning_service_stops_its_own_deployment_only(prometheus: str) -> None:
    slo = slo_of("fast")
    for part in ("errors", "total"):
        slo[part] = slo[part].replace("(service, environment)", "(service)")
    read = {"kind": "burn-rate", "source": "prom", "slo": slo}
    services = [{"service": name, "targets": [f"*{name}"]} for name in ("fast", "other")]
    policy = policy_with([source(prometheus)], [read], services, "error-budget.burn")
    found = readings(policy)

    def mode(service: str, found: tuple[Reading, ...]) -> str:
        command = f"kubectl --context staging rollout restart deployment/{service}"
        return decided(policy, found, command).mode

    assert (mode("fast", ()), mode("fast", found)) == ("CONSULT", "STOP")
    assert mode("other", found) == "CONSULT"


# Answers that nobody expects


def parts(**values: str) -> list[dict[str, Any]]:
    """Series for the windows of `QUICK`; names like `errors_300`."""
    return [
        sample(value, agentic_part=name.replace("_", " "), service="a")
        for name, value in values.items()
    ]


WELL = {"errors_300": "0", "total_300": "100", "errors_3600": "1", "total_3600": "1200"}


@pytest.mark.parametrize(
    ("changes", "state", "because"),
    [
        ({}, CLEAR, "burn rate 0.833 over 1h and 0 over 5m"),
        ({"errors_300": None, "errors_3600": None}, CLEAR, "burn rate 0 over 1h"),
        ({"errors_300": "NaN"}, UNKNOWN, "the errors over 5m is no number (nan)"),
        ({"errors_3600": "NaN"}, UNKNOWN, "the errors over 1h is no number (nan)"),
        ({"total_300": "NaN"}, UNKNOWN, "the total over 5m is no number (nan)"),
        ({"total_3600": "+Inf"}, UNKNOWN, "the total over 1h is no number (inf)"),
        ({"total_300": "0"}, CLEAR, "burn rate 0.833 over 1h, threshold 14.4"),
        ({"total_300": "0", "total_3600": "0", "errors_3600": "0"}, UNKNOWN, "no traffic over 5m"),
        ({"total_300": "0", "errors_300": "3"}, UNKNOWN, "it counts errors and no events over 5m"),
        ({"total_300": "-1"}, UNKNOWN, "it counts a negative number of events over 5m"),
        ({"errors_300": "-0.5"}, CLEAR, "and 0 over 5m"),
        ({"errors_300": "-5"}, UNKNOWN, "it counts a negative number of events over 5m"),
        ({"errors_300": None, "total_300": None}, UNKNOWN, "there is no data over 5m"),
        ({"total_300": None}, UNKNOWN, "and no total of the same labels"),
        ({"errors_300": "50", "errors_3600": "600"}, RAISED, "burn rate 500 over 1h"),
        ({"errors_300": "50", "errors_3600": "NaN"}, UNKNOWN, "the errors over 1h is no number"),
        ({"errors_300": "50"}, CLEAR, "burn rate 0.833 over 1h and 500 over 5m"),
        (
            {"errors_300": "50", "total_3600": "0", "errors_3600": "0"},
            UNKNOWN,
            "no traffic over 1h",
        ),
    ],
)
def test_every_answer_has_one_meaning(
    changes: dict[str, str | None], state: str, because: str
) -> None:
    values = {name: value for name, value in {**WELL, **changes}.items() if value is not None}
    with Stub(answer_json(vector(*parts(**values)))) as stub:
        reading = only(burn(stub.url, slo_of("a"), windows=[QUICK]))
        assert len(stub.requests) == 1
    assert reading.state == state
    assert because in reading.because


@pytest.mark.parametrize(
    ("series", "because"),
    [
        (list, "`a` has no data: nothing answers its total"),
        (lambda: [sample("1", service="a")], "is answered with series that were not asked for"),
        (
            lambda: [
                *parts(**WELL),
                sample("1", agentic_part="errors 300", service="a", code="500"),
            ],
            "has errors of `{'code': '500', 'service': 'a'}` over 5m and no total of the same labels",
        ),
        (
            lambda: [
                *parts(**WELL),
                sample("1", agentic_part="total 300", service="a", __name__="x"),
            ],
            "`a` has the same series twice",
        ),
    ],
)
def test_what_cannot_be_matched_is_unknown(series: Callable[[], list[Any]], because: str) -> None:
    with Stub(answer_json(vector(*series()))) as stub:
        reading = only(burn(stub.url, slo_of("a"), windows=[QUICK]))
    assert reading.state == UNKNOWN
    assert because in reading.because


def test_errors_of_another_metric_must_be_seen_once(prometheus: str) -> None:
    slo = slo_of("healthy", errors="sum(increase(http_failures_total[$window]))")
    slo["errors"] = slo["errors"].replace("sum(", "sum by (service, environment) (")
    reading = only(burn(prometheus, slo))
    assert reading.state == UNKNOWN
    assert reading.because == (
        "`healthy` has errors that nothing answers: `http_failures_total` has no series or is misspelt; "
        "where it begins with the first error, add `or 0 *` the total"
    )
    slo["errors"] += f" or 0 * {slo['total']}"
    assert only(burn(prometheus, slo)).state == CLEAR


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("sum(a)", {"a"}),
        ('sum by (service) (increase(a:b_total{code=~"5..|c"}[$window]))', {"a:b_total"}),
        ("sum(rate(a[5m])) without (x) / on (y) group_left (z) sum(b offset 5m) * 1e3", {"a", "b"}),
        ("a{x='}'} or 0 * vector(1) # c and d", {"a"}),
        ("a > bool 5 unless NaN", {"a"}),
        ('sum({__name__="a"})', {"{}"}),
        ('{__name__="a"}', {"{}"}),
        ("a {x='1'} and time() - 5", {"a"}),
        ("", set()),
    ],
)
def test_metrics_are_found_in_expressions(expression: str, names: set[str]) -> None:
    assert metric_names(expression) == names


def test_an_expression_without_a_window_is_unknown(prometheus: str) -> None:
    slo = slo_of("fast", total="sum(increase(http_requests_total[1h]))")
    reading = only(burn(prometheus, slo))
    assert reading.because == "`fast` has an expression without `$window`"


def test_a_comment_in_an_expression_is_only_a_comment(prometheus: str) -> None:
    slo = slo_of("fast")
    slo["total"] += " # all of them"
    assert only(burn(prometheus, slo)).state == RAISED


def test_long_expressions_are_asked_in_parts() -> None:
    slo = slo_of("a")
    slo["total"] += " or vector(0) * 0" * 40
    with Stub(answer_json(vector())) as stub:
        burn(stub.url, slo)
        lines = [head.split(b"\r\n")[0].decode() for head in stub.requests]
    assert all(len(line) < 8192 for line in lines)
    asked = "".join(unquote_plus(line) for line in lines)
    assert len(lines) > 1
    for window in (300, 1800, 3600, 7200, 21_600, 86_400, 259_200):
        for part in ("errors", "total"):
            assert asked.count(f'"{part} {window}"') == 1


# Windows


def test_the_workbooks_thresholds_come_out() -> None:
    pairs = pairs_of(30 * DAY, None)
    assert [round(pair.threshold, 6) for pair in pairs] == [14.4, 6.0, 3.0, 1.0]
    assert [pair.severity for pair in pairs] == ["critical", "critical", "warning", "warning"]
    assert [(pair.long_s, pair.short_s) for pair in pairs] == [
        (HOUR, 5 * MINUTE), (6 * HOUR, 30 * MINUTE), (DAY, 2 * HOUR), (3 * DAY, 6 * HOUR),
    ]  # fmt: skip


@given(st.integers(0, 400 * DAY))
def test_default_windows_keep_their_thresholds_for_every_period(period_s: int) -> None:
    windows = default_windows(period_s)
    assert bool(windows) == (period_s >= 5.99 * DAY) or abs(period_s - 6 * DAY) < HOUR
    for pair, threshold in zip(pairs_of(period_s, None), (14.4, 6, 3, 1), strict=False):
        assert pair.threshold == pytest.approx(threshold, rel=0.01)
        assert pair.short_s == pytest.approx(pair.long_s / 12, rel=0.01)


@pytest.mark.parametrize(
    ("objective", "impossible"),
    [(0.999, []), (0.95, []), (0.93, [14.4]), (0.9, [14.4]), (0.8, [14.4, 6]), (0.3, [14.4, 6, 3])],
)
def test_a_threshold_above_the_highest_burn_can_never_be_exceeded(
    objective: float, impossible: list[float]
) -> None:
    found = impossible_windows(objective, 30 * DAY, None)
    assert [round(pair.threshold, 6) for pair in found] == impossible


def test_lint_says_what_is_wrong_with_a_definition() -> None:
    slo = Slo("a", "", 0.9, 30 * DAY, "e[$window]", "t[$window]")
    read: dict[str, Any] = {"kind": "burn-rate", "windows": None}
    assert problems(read, [slo]) == [
        "`a` can never burn faster than 10 at an objective of 90%, so the threshold 14.4 over 1h never raises"
    ]
    assert problems({"kind": "error-budget"}, [slo]) == []
    assert problems(read, [slo._replace(objective=0.999)]) == []
    assert problems({"kind": "error-budget"}, [slo._replace(total="t[1h]")]) == [
        "`a` has an expression without `$window`, so all windows are the same"
    ]
    assert problems(read, [slo._replace(period_s=600)]) == [
        "`a` has a period of 10m, too short for the default windows: name `windows`"
    ]
    windows = [{"budget_share": 0.1, "long": 300, "short": 300, "severity": "high"}]
    assert problems({"kind": "burn-rate", "windows": windows}, [slo._replace(period_s=600)]) == [
        "`a` has a short window of 5m, no shorter than its long one"
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(30, "30s"), (300, "5m"), (5400, "90m"), (86_400, "1d"), (3660, "61m")]
)
def test_a_duration_is_written_as_promql_reads_it(seconds: int, text: str) -> None:
    assert shown_duration(seconds) == text


# What holds for all numbers

SLO = Slo("a", "", 0.999, 30 * DAY, "e[$window]", "t[$window]")
PAIRS = pairs_of(SLO.period_s, None)
WINDOWS = sorted({length for pair in PAIRS for length in (pair.long_s, pair.short_s)})
_SEEN = st.builds(Measured, st.floats(0, 1))
_QUIET = st.just(Measured(None, "there was no traffic", is_quiet=True))
_BROKEN = st.just(Measured(None, "it is no number"))
_MEASURED = st.fixed_dictionaries(dict.fromkeys(WINDOWS, _SEEN | _QUIET | _BROKEN))


def state_of(measured: Mapping[int, Measured]) -> str:
    return _burn_of(SLO, PAIRS, measured, Scope()).state


@given(_MEASURED, st.sampled_from(WINDOWS), _QUIET | _BROKEN)
def test_losing_evidence_never_clears(
    measured: dict[int, Measured], window: int, lost: Measured
) -> None:
    if measured[window].ratio is not None and state_of(measured) != CLEAR:
        assert state_of({**measured, window: lost}) != CLEAR


@given(_MEASURED, st.sampled_from(WINDOWS), st.floats(0, 1))
def test_more_errors_never_clear(measured: dict[int, Measured], window: int, ratio: float) -> None:
    before = measured[window].ratio
    if before is not None and ratio >= before and state_of(measured) != CLEAR:
        assert state_of({**measured, window: Measured(ratio)}) != CLEAR


@given(_MEASURED)
def test_clear_rests_on_a_window_of_every_pair(measured: dict[int, Measured]) -> None:
    if state_of(measured) == CLEAR:
        assert not any(one.because and not one.is_quiet for one in measured.values())
        for pair in PAIRS:
            ratios = [measured[length].ratio for length in (pair.long_s, pair.short_s)]
            assert any(r is not None and r / (1 - 0.999) <= pair.threshold for r in ratios)
