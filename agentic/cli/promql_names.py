"""Which metrics and labels a PromQL expression names, told by the server's own parser or by its words.

`selectors_in_tree` reads the answer of `/api/v1/parse_query`, which Prometheus has since 3.0 and calls
experimental; `selectors_in_text` is for every other server: it cuts the expression into words by PromQL's
lexical rules and never raises. It judges names, not syntax: whether an expression is right says the server.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/ (parse_query),
https://prometheus.io/docs/prometheus/latest/querying/basics/ (selectors, comments, quoted names)
(checked 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Matcher(NamedTuple):
    """One label matcher: `operator` is one of `=`, `!=`, `=~`, `!~`."""

    label: str
    operator: str
    value: str


class Selector(NamedTuple):
    """A metric (empty where only labels select) with its label matchers."""

    metric: str
    matchers: tuple[Matcher, ...] = ()


_WORDS = re.compile(
    r"""(?P<skipped>\s+|\#[^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<number>0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+|[a-zA-Z0-9]*))
    |(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<operator>=~|!~|!=|==|<=|>=|[-+*/%^=<>(){}\[\],@])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_MATCHING = ("=", "!=", "=~", "!~")
#: Words that stand before a list of labels in parentheses.
_GROUPING = frozenset(("by", "without", "on", "ignoring", "group_left", "group_right"))
_KEYWORDS = _GROUPING | {"and", "or", "unless", "atan2", "bool", "offset", "inf", "nan"}
#: What follows a function or an aggregation: `rate(…)`, `sum by (job) (…)`.
_CALLING = ("(", "by", "without")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class _Word(NamedTuple):
    kind: str
    text: str


def selectors_in_text(expression: str) -> list[Selector]:
    """The selectors of an expression, in order, as its words tell them. Never raises."""
    words = [
        _Word(found.lastgroup or "other", found.group())
        for found in _WORDS.finditer(expression)
        if found.lastgroup != "skipped"
    ]
    return list(_selectors(words))


def _selectors(words: list[_Word]) -> Iterator[Selector]:
    at = 0
    while at < len(words):
        word = words[at]
        following = words[at + 1].text if at + 1 < len(words) else ""
        if word.text == "[":
            at = _after(words, at, "]")
        elif word.text == "{":
            metric, matchers, at = _braces(words, at)
            yield Selector(metric, matchers)
        elif word.kind != "name":
            at += 1
        elif word.text.lower() in _GROUPING:
            at = _after(words, at + 1, ")") if following == "(" else at + 1
        elif word.text.lower() in _KEYWORDS or following.lower() in _CALLING:
            at += 1
        elif following == "{":
            _, matchers, at = _braces(words, at + 1)
            yield Selector(word.text, matchers)
        else:
            yield Selector(word.text)
            at += 1


def _after(words: list[_Word], at: int, closing: str) -> int:
    """The position behind the next closing word."""
    while at < len(words) and words[at].text != closing:
        at += 1
    return at + 1


def _braces(words: list[_Word], at: int) -> tuple[str, tuple[Matcher, ...], int]:
    """(metric named inside, matchers, position behind) of `{…}` that opens at a position."""
    metric = ""
    matchers: list[Matcher] = []
    at += 1
    while at < len(words) and words[at].text != "}":
        word, rest = words[at], words[at + 1 : at + 3]
        label = _unquoted(word.text) if word.kind == "string" else word.text
        is_matcher = len(rest) == 2 and rest[0].text in _MATCHING and rest[1].kind == "string"
        if word.kind in ("name", "string") and is_matcher:
            value = _unquoted(rest[1].text)
            if label == "__name__" and rest[0].text == "=":
                metric = value
            else:
                matchers.append(Matcher(label, rest[0].text, value))
            at += 3
        else:
            if word.kind == "string":  # a quoted metric name, since Prometheus 3
                metric = label
            at += 1
    return metric, tuple(matchers), at + 1


def _unquoted(text: str) -> str:
    if text.startswith("`"):
        return text[1:-1]
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1])


def selectors_in_tree(node: Any) -> list[Selector]:
    """The selectors of a parsed expression as Prometheus answers it; what is no selector is passed over."""
    return list(_walked(node))


def _walked(node: Any) -> Iterator[Selector]:
    if isinstance(node, list):
        for item in node:
            yield from _walked(item)
    elif isinstance(node, Mapping):
        if node.get("type") in ("vectorSelector", "matrixSelector"):
            yield _of_node(node)
            return
        for value in node.values():
            yield from _walked(value)


def _of_node(node: Mapping[str, Any]) -> Selector:
    metric = str(node.get("name") or "")
    matchers: list[Matcher] = []
    listed = node.get("matchers")
    for found in listed if isinstance(listed, list) else ():
        if not isinstance(found, Mapping):
            continue
        matcher = Matcher(*(str(found.get(key) or "") for key in ("name", "type", "value")))
        if matcher.label == "__name__" and matcher.operator == "=":
            metric = matcher.value
        else:
            matchers.append(matcher)
    return Selector(metric, tuple(matchers))
