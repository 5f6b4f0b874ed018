"""Metrics and labels of PromQL, told by its words: every form of the language's own manual."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.cli.promql_names import Matcher, Selector, selectors_in_text, selectors_in_tree


def names(expression: str) -> list[str]:
    return [selector.metric for selector in selectors_in_text(expression)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up", ["up"]),
        ("job:requests:rate5m", ["job:requests:rate5m"]),
        ('http_requests_total{job="api",code!~"4.."}[5m]', ["http_requests_total"]),
        ("rate(a_total[5m] offset 1w) / ignoring(code) group_left b_total", ["a_total", "b_total"]),
        ("sum by (job, instance) (rate(a_total[1m:10s]))", ["a_total"]),
        ("sum(a) without (job)", ["a"]),
        ("sum without(job)(a)", ["a"]),
        ("SUM BY (job) (a)", ["a"]),
        ("topk(5, a) and on(x) b unless c or d", ["a", "b", "c", "d"]),
        ("histogram_quantile(0.9, sum by (le) (rate(h_bucket[5m])))", ["h_bucket"]),
        ("a @ 1609746000 + a @ end()", ["a", "a"]),
        ("a # not b\n + c", ["a", "c"]),
        ("'a' == bool 1e3 + 0x1F + 5m + Inf + NaN", []),
        ("max_over_time(deriv(rate(d_total[5s])[30s:5s])[10m:])", ["d_total"]),
        ('{__name__="a", x="y"}', ["a"]),
        ('{"a.b.c", "x.y"="z"}', ["a.b.c"]),
        ('{__name__=~"a.*"}', [""]),
        ("vector(1)", []),
        ("a > bool 5 atan2 b", ["a", "b"]),
        ("label_replace(a, 'x', '$1', 'b', '(.*)')", ["a"]),
        ("count_values('version', build)", ["build"]),
        ("a{} * on (x) group_left (y) b{}", ["a", "b"]),
        ("sum", ["sum"]),
        ("", []),
    ],
)
def test_the_metrics_of_an_expression(expression: str, expected: list[str]) -> None:
    assert names(expression) == expected


def test_matchers_with_their_values() -> None:
    text = r"""a{b="c\"d", e!='f\\g', h=~`i\d+`, "j.k"!~"l",}"""
    assert selectors_in_text(text) == [
        Selector(
            "a",
            (
                Matcher("b", "=", 'c"d'),
                Matcher("e", "!=", "f\\g"),
                Matcher("h", "=~", r"i\d+"),
                Matcher("j.k", "!~", "l"),
            ),
        )
    ]


@given(st.text(alphabet="ab_:{}()[],=!~\"'`\\#\n 5m+by on", max_size=80))
def test_no_text_is_too_strange(text: str) -> None:
    for selector in selectors_in_text(text):
        assert isinstance(selector.metric, str)


@given(
    st.recursive(
        st.none() | st.integers() | st.sampled_from(["vectorSelector", "x"]),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from("type name matchers args".split()), inner)
        ),
    )
)
def test_a_tree_of_any_shape_is_walked(tree: object) -> None:
    assert isinstance(selectors_in_tree(tree), list)


def test_a_tree_as_prometheus_writes_it() -> None:
    tree = {
        "bool": False,
        "lhs": {
            "matchers": [
                {"name": "x", "type": "=~", "value": "y"},
                {"name": "__name__", "type": "=", "value": "foo"},
            ],
            "name": "foo", "offset": 0, "startOrEnd": None, "timestamp": None,
            "type": "vectorSelector",
        },
        "matching": {"card": "one-to-one", "include": [], "labels": [], "on": False},
        "op": "/",
        "rhs": {"type": "numberLiteral", "val": "2"},
        "type": "binaryExpr",
    }  # fmt: skip
    assert selectors_in_tree(tree) == [Selector("foo", (Matcher("x", "=~", "y"),))]
