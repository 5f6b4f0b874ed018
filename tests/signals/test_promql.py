"""The promql read on a real Prometheus: every value, every lack of one, and what each is about.

The expressions make their own data (`vector`, `label_replace`, `time`), so that nothing has to be scraped.
"""

from __future__ import annotations

import time
from math import isnan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.signals.live.http import Pool
from agentic.signals.live.interface import Round, SourceFailed
from agentic.signals.live.prometheus import query, query_range
from agentic.signals.live.promql import bound_of, meets, shown
from agentic.signals.live.scopes import MAX_SCOPES, Scope
from tests.signals.asking import policy_with, promql, readings, source
from tests.signals.servers import Platform

NAN = "vector(0) / vector(0)"
INFINITE = "vector(1) / vector(0)"


def series(value: str, **labels: str) -> str:
    """An expression for one series."""
    expression = f"vector({value})"
    for name, text in labels.items():
        expression = f'label_replace({expression}, "{name}", "{text}", "", "")'
    return expression


def read(platform: Platform, expression: str, **fields: Any) -> tuple[Reading, ...]:
    return readings(policy_with([source(platform.prometheus)], [promql(expression, **fields)]))


def only(found: tuple[Reading, ...]) -> Reading:
    assert len(found) == 1, found
    return found[0]


def round_to(platform: Platform) -> tuple[Any, Round]:
    sources = {"prom": {"kind": "prometheus", "source": "prom", "url": platform.prometheus}}
    now = int(time.time())
    pool = Pool(sources, time.monotonic() + 20, now)
    return pool, Round(now, time.monotonic() + 20, sources, pool.connect, "", {})


@pytest.mark.parametrize(
    ("bound", "value", "state", "because"),
    [
        ({"above": 5}, "5", CLEAR, "5 x is not above 5 x"),
        ({"above": 5}, "5.1", RAISED, "5.1 x is above 5 x"),
        ({"at_least": 5}, "5", RAISED, "5 x is at least 5 x"),
        ({"at_least": 5}, "4.9", CLEAR, "4.9 x is not at least 5 x"),
        ({"below": 5}, "4.9", RAISED, "4.9 x is below 5 x"),
        ({"below": 5}, "5", CLEAR, "5 x is not below 5 x"),
        ({"at_most": 5}, "5", RAISED, "5 x is at most 5 x"),
        ({"at_most": 5}, "-1e-9", RAISED, "-1e-09 x is at most 5 x"),
        ({"between": [0.8, 0.85]}, "0.85", RAISED, "0.85 x is between 0.8 and 0.85 x"),
        ({"between": [0.8, 0.85]}, "0.86", CLEAR, "0.86 x is not between 0.8 and 0.85 x"),
        ({"above": 5}, "1/0", RAISED, "+Inf x is above 5 x"),
        ({"below": 5}, "-1/0", RAISED, "-Inf x is below 5 x"),
        ({"above": 5}, "-1/0", CLEAR, "-Inf x is not above 5 x"),
    ],
)
def test_a_value_is_compared_as_the_bound_says(
    platform: Platform, bound: dict[str, Any], value: str, state: str, because: str
) -> None:
    reading = only(read(platform, f"vector({value})", raised_when=bound))
    assert (reading.state, reading.because) == (state, because)
    assert reading.query == f"vector({value})"
    assert reading.source == "prom"
    assert reading.unit == "x"
    assert reading.max_age_s == 300


def test_a_scalar_is_a_value(platform: Platform) -> None:
    assert only(read(platform, "scalar(vector(21.3))")).because == "21.3 x is above 5 x"


@pytest.mark.parametrize("expression", ["vector(1)[5m:1m]", '"text"'])
def test_a_matrix_or_a_string_is_no_value(platform: Platform, expression: str) -> None:
    reading = only(read(platform, expression))
    assert reading.state == UNKNOWN
    assert "only numbers can be compared" in reading.because


@pytest.mark.parametrize(
    ("fields", "state", "because"),
    [
        ({}, UNKNOWN, "the value is no number (NaN)"),
        (
            {"when_nan": "clear", "because": "no traffic at night is normal"},
            CLEAR,
            "the value is no number (NaN), which policy takes for CLEAR: no traffic at night is normal",
        ),
        ({"when_nan": "raised"}, RAISED, "the value is no number (NaN)"),
    ],
)
@pytest.mark.parametrize("bound", [{"above": 5}, {"below": 5}, {"between": [0, 5]}])
def test_nan_is_what_policy_says(
    platform: Platform, bound: dict[str, Any], fields: dict[str, Any], state: str, because: str
) -> None:
    reading = only(read(platform, NAN, raised_when=bound, **fields))
    assert (reading.state, reading.because, reading.value) == (state, because, "")


@pytest.mark.parametrize(
    ("fields", "state", "because"),
    [
        ({}, UNKNOWN, "the query has no result"),
        (
            {"when_empty": "clear", "because": "the rule is empty when all is well"},
            CLEAR,
            "the query has no result, which policy takes for CLEAR: the rule is empty when all is well",
        ),
        ({"when_empty": "raised"}, RAISED, "the query has no result"),
        (
            {"when_empty": "clear", "because": "empty when all is well", "minimum_series": 2},
            UNKNOWN,
            "the result has 0 series, and policy asks for at least 2",
        ),
    ],
)
def test_no_result_is_what_policy_says(
    platform: Platform, fields: dict[str, Any], state: str, because: str
) -> None:
    reading = only(read(platform, "no_such_metric", **fields))
    assert (reading.state, reading.because) == (state, because)


def test_too_few_series_are_unknown_and_what_is_raised_stays_raised(platform: Platform) -> None:
    few = only(read(platform, series("1", service="shop"), minimum_series=2))
    assert (few.state, few.because) == (
        UNKNOWN,
        "the result has 1 series, and policy asks for at least 2",
    )
    found = read(platform, series("9", service="shop"), minimum_series=2)
    assert sorted((r.state, r.service) for r in found) == [(RAISED, "shop"), (UNKNOWN, "")]


# Scope


def test_each_series_speaks_for_its_own_service_and_environment(platform: Platform) -> None:
    expression = " or ".join(
        (
            series("9", service="shop", environment="prod"),
            series("3", service="shop", environment="stage"),
            series("7", service="mail", environment="no-such-word"),
            series("1", other="label"),
        )
    )
    found = read(platform, expression)
    assert [(r.service, r.environments, r.state) for r in found] == [
        ("", (), CLEAR),
        ("mail", (), RAISED),
        ("shop", ("production",), RAISED),
        ("shop", ("staging",), CLEAR),
    ]
    assert found[2].because == "9 x is above 5 x (`shop`, production)"


def test_labels_are_named_by_policy(platform: Platform) -> None:
    expression = series("9", app="shop", tier="prod")
    reading = only(read(platform, expression, labels={"service": "app", "environment": "tier"}))
    assert (reading.service, reading.environments) == ("shop", ("production",))


def test_the_worst_series_of_a_scope_speaks_for_it(platform: Platform) -> None:
    expression = " or ".join(series(str(n), service="shop", pod=f"p{n}") for n in (6, 9, 7, 1))
    above = only(read(platform, expression))
    assert above.because == "9 x is above 5 x (`shop`)"
    below = only(read(platform, expression, raised_when={"below": 8}))
    assert below.because == "1 x is below 8 x (`shop`)"


def test_a_series_without_a_number_is_not_hidden_by_a_clear_one(platform: Platform) -> None:
    expression = " or ".join(
        (series("0/0", service="shop", pod="a"), series("1", service="shop", pod="b"))
    )
    assert only(read(platform, expression)).state == UNKNOWN


def test_too_many_scopes_join_into_one_about_everything(platform: Platform) -> None:
    names = range(MAX_SCOPES + 5)
    expression = " or ".join(series(str(n), service=f"s{n:02}") for n in names)
    found = sorted(read(platform, expression), key=lambda reading: reading.state)
    assert [(r.state, r.service) for r in found] == [(CLEAR, ""), (RAISED, "")]
    assert found[1].because == "24 x is above 5 x (`s24`)"


@pytest.mark.parametrize("name", ["x" * 3000, "two\\nlines", "`quoted`"])
def test_any_label_makes_one_short_line(platform: Platform, name: str) -> None:
    reading = only(read(platform, series("9", service=name)))
    assert reading.state == RAISED
    assert "\n" not in reading.because + reading.service
    assert len(reading.because) < 200


def scopes() -> st.SearchStrategy[Scope]:
    names = st.lists(st.sampled_from(("dev", "staging", "production")), unique=True)
    return st.builds(Scope, st.sampled_from(("", "shop", "mail")), names.map(tuple))


@given(scopes(), scopes())
def test_scopes_meet_where_something_is_in_both(first: Scope, second: Scope) -> None:
    everything = {
        (service, environment)
        for service in ("shop", "mail", "another")
        for environment in ("dev", "staging", "production", "local")
    }

    def members(scope: Scope) -> set[tuple[str, str]]:
        return {
            (service, environment)
            for service, environment in everything
            if scope.service in {"", service}
            and (not scope.environments or environment in scope.environments)
        }

    assert meets(first, second) == bool(members(first) & members(second))


def test_a_scope_that_vanished_is_unknown(platform: Platform) -> None:
    there = time.time() - 600
    expression = (
        f"{series('9', service='shop')} and on() (vector(time()) < {there})"
        f" or {series('1', service='mail')}"
    )
    found = read(platform, expression)
    assert [(r.service, r.state, r.because) for r in found] == [
        ("mail", CLEAR, "1 x is not above 5 x (`mail`)"),
        ("shop", UNKNOWN, "had a value 15 min ago and has none now (`shop`)"),
    ]
    comes_and_goes = {"when_empty": "clear", "because": "the query is a filter"}
    assert [r.service for r in read(platform, expression, **comes_and_goes)] == ["mail"]


# For how long


def since(seconds: float, before: str, after: str) -> str:
    """An expression that was `before` until some seconds ago and is `after` from then on."""
    moment = time.time() - seconds
    return (
        f"(vector({before}) and on() (vector(time()) < {moment}))"
        f" or (vector({after}) and on() (vector(time()) >= {moment}))"
    )


def test_what_held_for_the_whole_time_is_raised(platform: Platform) -> None:
    reading = only(read(platform, "vector(9)", **{"for": "5m"}))
    assert (reading.state, reading.because) == (RAISED, "9 x is above 5 x for 300 s")


def test_what_was_seen_within_the_bound_meanwhile_is_still_clear(platform: Platform) -> None:
    reading = only(read(platform, since(62, "1", "9"), **{"for": "5m"}))
    assert reading.state == CLEAR
    assert reading.because == "9 x is above 5 x, but was not 65 s ago, and counts after 300 s"


def test_what_fell_within_the_bound_is_clear_at_once(platform: Platform) -> None:
    reading = only(read(platform, since(2, "9", "1"), **{"for": "5m"}))
    assert (reading.state, reading.because) == (CLEAR, "1 x is not above 5 x")


@pytest.mark.parametrize("before", ["no_such_metric", "vector(0) / vector(0)"])
def test_a_gap_never_clears(platform: Platform, before: str) -> None:
    moment = time.time() - 62
    expression = (
        f"({before} and on() (vector(time()) < {moment}))"
        f" or (vector(9) and on() (vector(time()) >= {moment}))"
    )
    reading = only(read(platform, expression, **{"for": "5m"}))
    assert reading.state == UNKNOWN
    assert reading.because == (
        "9 x is above 5 x, and for how long nobody saw: 48 of 61 looks have no value"
    )


def test_a_short_time_is_looked_at_each_second(platform: Platform) -> None:
    found = only(read(platform, since(2.5, "1", "9"), **{"for": "3s"}))
    assert (found.state, found.because) == (
        CLEAR,
        "9 x is above 5 x, but was not 3 s ago, and counts after 3 s",
    )


# What a value rests on


@pytest.mark.parametrize(
    ("value", "count", "state", "because"),
    [
        ("9", "100", RAISED, "9 x is above 5 x"),
        ("9", "99", UNKNOWN, "9 x is above 5 x, on 99 samples where policy asks for 100"),
        ("1", "0/0", UNKNOWN, "1 x is not above 5 x, on NaN samples where policy asks for 100"),
        ("1", "100", CLEAR, "1 x is not above 5 x"),
    ],
)
def test_a_value_on_too_few_samples_proves_nothing(
    platform: Platform, value: str, count: str, state: str, because: str
) -> None:
    asked = {"query": f"vector({count})", "at_least": 100}
    reading = only(read(platform, f"vector({value})", samples=asked))
    assert (reading.state, reading.because) == (state, because)


def test_samples_count_by_scope(platform: Platform) -> None:
    values = " or ".join(series("1", service=name) for name in ("mail", "shop", "wiki"))
    counts = " or ".join((series("500", service="mail"), series("3", service="shop")))
    found = read(platform, values, samples={"query": counts, "at_least": 100})
    assert [(r.service, r.state) for r in found] == [
        ("mail", CLEAR),
        ("shop", UNKNOWN),
        ("wiki", UNKNOWN),
    ]
    assert "on no samples" in found[2].because


@pytest.mark.parametrize(
    ("value", "age", "state", "note"),
    [
        ("1", "vector(60)", CLEAR, ""),
        ("1", "vector(61)", UNKNOWN, ", from data whose age is 61 s (at most 60 s)"),
        ("1", "no_such_metric", UNKNOWN, ", from data whose age is unknown (at most 60 s)"),
        ("1", NAN, UNKNOWN, ", from data whose age is NaN (at most 60 s)"),
        ("1", "vector(-600)", UNKNOWN, ", from data whose age is -600 s (at most 60 s)"),
        ("9", "vector(7200)", RAISED, ", from data whose age is 7200 s (at most 60 s)"),
    ],
)
def test_stale_data_never_clears(
    platform: Platform, value: str, age: str, state: str, note: str
) -> None:
    reading = only(read(platform, f"vector({value})", freshness={"query": age, "at_most": "60s"}))
    assert reading.state == state
    assert reading.because.endswith(f"above 5 x{note}")


def test_an_empty_result_that_stands_for_clear_must_be_fresh_too(platform: Platform) -> None:
    empty = {"when_empty": "clear", "because": "empty when all is well"}
    stale = {"freshness": {"query": "vector(7200)", "at_most": "60s"}}
    assert only(read(platform, "no_such_metric", **empty, **stale)).state == UNKNOWN


# The API itself


def test_a_query_tells_labels_values_and_the_servers_moment(platform: Platform) -> None:
    pool, this = round_to(platform)
    found = query(pool.connect("prom"), f"{series('2', a='b')} or vector(1)", this)
    pool.close()
    assert [(s.labels, s.value) for s in found] == [({"a": "b"}, 2.0), ({}, 1.0)]
    assert all(abs(s.at - this.now) < 30 for s in found)


def test_a_query_can_be_about_another_moment(platform: Platform) -> None:
    pool, this = round_to(platform)
    then = this.now - 86_400
    (found,) = query(pool.connect("prom"), "time()", this, at=then)
    pool.close()
    assert (found.value, found.at) == (then, then)


def test_a_range_has_a_point_for_each_moment_with_a_value(platform: Platform) -> None:
    pool, this = round_to(platform)
    end = float(this.now)
    expression = f"vector(time()) > {end - 25}"
    (found,) = query_range(pool.connect("prom"), expression, end - 60, end, 10, this)
    assert found.points == [(end - 20, end - 20), (end - 10, end - 10), (end, end)]
    assert query_range(pool.connect("prom"), "no_such_metric", end - 60, end, 10, this) == []
    with pytest.raises(SourceFailed, match="less than 11000 points"):
        query_range(pool.connect("prom"), "time()", 0, end, 1, this)
    pool.close()


# Words


@given(st.floats(allow_nan=True), st.floats(-1e9, 1e9))
def test_no_number_is_beyond_any_bound_and_every_other_is_beyond_or_not(
    value: float, limit: float
) -> None:
    above, at_most = bound_of({"above": limit}, ""), bound_of({"at_most": limit}, "")
    if isnan(value):
        assert not above.is_beyond(value)
        assert not at_most.is_beyond(value)
    else:
        assert above.is_beyond(value) != at_most.is_beyond(value)
    assert shown(value, "x").endswith(" x") or shown(value, "x") == "NaN"
