"""`agentic signals lint`: definitions that can never do what they are meant for, each with its place.

A fault is something to mend: a metric that its source does not have, a query that it refuses, a threshold
that no value can reach, a pin that no longer fits, a source or a signal that nothing uses. A note is told
and fails nothing. Only sources of trusted layers are asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.authoring.compile import SHIPPED_LAYER
from agentic.cli.promql_names import Selector, selectors_in_text, selectors_in_tree
from agentic.cli.signals_asked import Asker
from agentic.cli.signals_policy import KnownRead, KnownSignals, how_to_configure
from agentic.core.native import sha256_hex
from agentic.errors import Diagnostic, quoted
from agentic.signals.live.files import read_file
from agentic.signals.live.http import Pool
from agentic.signals.live.interface import Round, SourceFailed
from agentic.signals.live.prometheus import query
from agentic.signals.live.slo import slos_of
from agentic.signals.live.slo_document import WINDOW, Slo
from agentic.signals.live.slo_windows import expressions_of, problems

if TYPE_CHECKING:
    from agentic.signals.live.http import Client

#: What stands for `$window` in an SLO's expressions while they are looked at.
_WINDOW = "5m"
#: Series of the last day count as existing: a deployment's metric may come once in a while.
_LOOK_BACK_S = 86_400
_CODE = "signals"
_SLO_KINDS = ("burn-rate", "error-budget")


class Expression(NamedTuple):
    """One PromQL expression of a read, with `file:line:column`."""

    text: str
    where: str


def linted(
    here: Asker, known: KnownSignals, deadline_s: float, *, is_offline: bool
) -> tuple[list[Diagnostic], list[str]]:
    """Every fault of the definitions here, and notes that are no faults. Never raises SourceFailed."""
    deadline = time.monotonic() + deadline_s
    sources = {name: here.policy.source_settings(name) for name in here.policy.sources}
    pool = Pool(sources, deadline, here.now)
    this = Round(here.now, deadline, sources, pool.connect, here.root, {})
    try:
        faults = [
            *_unruled_signals(known),
            *_rules_without_source(here, known),
            *_wrong_pins(known, this),
            *_wrong_slos(known, this),
        ]
        if not is_offline:
            for read in known.reads:
                if read.origin.is_trusted:
                    faults.extend(_asked_read(read, this))
    finally:
        pool.close()
    return list(dict.fromkeys(faults)), list(_notes(here, known))


def _fault(code: str, message: str, where: str, help: str = "") -> Diagnostic:
    return Diagnostic(f"{_CODE}.{code}", message, where, help)


# Definitions alone


def _unused_sources(known: KnownSignals) -> Iterator[str]:
    used = {
        name
        for read in known.reads
        for name in (read.settings.get("source"), read.settings.get("definition"))
    }
    for found in known.sources:
        if found.source.source not in used:
            where = found.origin.where("source")
            yield f"{where}: no read uses the source {quoted(found.source.source)} yet"


def _unruled_signals(known: KnownSignals) -> Iterator[Diagnostic]:
    named = {found.rule.signal for found in known.rules}
    seen: set[str] = set()
    for read in known.reads:
        if read.signal not in named and read.signal not in seen:
            seen.add(read.signal)
            message = f"no rule names the signal {quoted(read.signal)}, so alone it changes nothing"
            help_text = "add an `escalation` rule that says what it does"
            yield _fault("no-rule", message, read.origin.where(), help_text)


def _rules_without_source(here: Asker, known: KnownSignals) -> Iterator[Diagnostic]:
    for found in known.rules:
        name = found.rule.signal
        if name and name not in here.policy.signals and found.origin.layer != SHIPPED_LAYER:
            message = (
                f"the rule {quoted(found.rule.id)} waits for {quoted(name)}, which has no source"
            )
            where = found.origin.where("signal")
            yield _fault("not-configured", message, where, how_to_configure(name))


def _notes(here: Asker, known: KnownSignals) -> Iterator[str]:
    missing = {
        found.rule.signal
        for found in known.rules
        if found.rule.signal and found.rule.signal not in here.policy.signals
    }
    if missing:
        yield f"{len(missing)} signals that rules name have no source yet: see `agentic signals list`"
    yield from _unused_sources(known)
    yield from known.trust_notes


def _wrong_pins(known: KnownSignals, this: Round) -> Iterator[Diagnostic]:
    for found in known.sources:
        source = found.source
        if source.kind != "file" or not source.sha256 or not found.origin.is_trusted:
            continue
        unpinned = {**source.model_dump(), "sha256": None}
        try:
            content = read_file(source.source, this._replace(sources={source.source: unpinned}))
        except SourceFailed as failure:
            yield _fault("file", str(failure), found.origin.where("path"))
            continue
        digest = sha256_hex(content.data)
        if digest != source.sha256:
            message = f"{quoted(content.path)} is not the pinned file any more"
            help_text = f"when the change is meant, pin it anew: sha256 {digest}"
            yield _fault("pin", message, found.origin.where("sha256"), help_text)


def _wrong_slos(known: KnownSignals, this: Round) -> Iterator[Diagnostic]:
    """Thresholds that no burn rate can reach, windows that fit no period."""
    for read in known.reads:
        if read.settings["kind"] not in _SLO_KINDS or not read.origin.is_trusted:
            continue
        try:
            sentences = problems(read.settings, _slos(read, this))
        except SourceFailed as failure:
            yield _fault("definition", str(failure), read.origin.where())
            continue
        for sentence in sentences:
            yield _fault("unreachable", sentence, read.origin.where())


# What the sources say


def _asked_read(read: KnownRead, this: Round) -> Iterator[Diagnostic]:
    """What is wrong with the expressions of one read, as its Prometheus knows its metrics."""
    try:
        expressions = list(_expressions(read, this))
        if not expressions:
            return
        client: Client = this.connect(read.settings["source"])
        names = _Names(client, this.now)
        for expression in expressions:
            yield from _asked_expression(expression, client, names)
        yield from _missing_scope_labels(read, expressions, names, client, this)
    except SourceFailed as failure:
        yield _fault("source", str(failure), read.origin.where("source"))


def _expressions(read: KnownRead, this: Round) -> Iterator[Expression]:
    """The expressions that a read asks a Prometheus. Raises SourceFailed."""
    settings = read.settings
    if settings["kind"] == "promql":
        yield Expression(settings["query"], read.origin.where("query"))
        for key in ("samples", "freshness"):
            if settings[key]:
                yield Expression(settings[key]["query"], read.origin.where(key, "query"))
    elif settings["kind"] in _SLO_KINDS:
        if settings["slo"]:
            for key in ("errors", "total"):
                text = settings["slo"][key].replace(WINDOW, _WINDOW)
                yield Expression(text, read.origin.where("slo", key))
            return
        for slo in _slos(read, this):
            for text in expressions_of(slo):
                yield Expression(text.replace(WINDOW, _WINDOW), slo.where)


def _slos(read: KnownRead, this: Round) -> list[Slo]:
    """The SLOs of a read, inline or from its definition file. Raises SourceFailed."""
    return slos_of(read.settings, this)[0]


class _Names:
    """The metric and label names of one Prometheus, asked when they are needed and once."""

    def __init__(self, client: Client, now: int) -> None:
        self._client = client
        self._since = ("start", str(now - _LOOK_BACK_S))
        self._labels: dict[str, frozenset[str]] = {}
        self._metrics: tuple[str, ...] | None = None

    def labels_of(self, metric: str) -> frozenset[str]:
        """The labels of a metric's series of the last day; empty where there is no series."""
        if metric not in self._labels:
            escaped = metric.replace("\\", "\\\\").replace('"', '\\"')
            match = ("match[]", f'{{__name__="{escaped}"}}')
            found = self._strings("/api/v1/labels", match, self._since)
            self._labels[metric] = frozenset(found)
        return self._labels[metric]

    def like(self, metric: str) -> str:
        """The name that was probably meant, or empty. A server with too many names tells none."""
        if self._metrics is None:
            try:
                self._metrics = self._strings("/api/v1/label/__name__/values", self._since)
            except SourceFailed:
                self._metrics = ()
        close = get_close_matches(metric, self._metrics, n=1, cutoff=0.6)
        return close[0] if close else ""

    def _strings(self, path: str, *params: tuple[str, str]) -> tuple[str, ...]:
        answer = self._client.get_json(path, params)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, list) or not all(isinstance(name, str) for name in data):
            raise self._client.failed("answers something else than a list of names")
        return tuple(data)


def _asked_expression(
    expression: Expression, client: Client, names: _Names
) -> Iterator[Diagnostic]:
    refusal, selectors = _parsed(expression.text, client)
    if refusal:
        yield _fault("refused", f"the server refuses the query: {refusal}", expression.where)
        return
    for selector in dict.fromkeys(selectors):
        yield from _unknown_names(selector, expression.where, names)


def _parsed(expression: str, client: Client) -> tuple[str, list[Selector]]:
    """(why the server refuses the expression, or empty; its selectors). Raises SourceFailed."""
    reply = client.get("/api/v1/parse_query", [("query", expression)])
    answer = _json_of(reply.body)
    tree = answer.get("data")
    if reply.status == 200 and isinstance(tree, dict) and "type" in tree:
        return "", selectors_in_tree(tree)
    if answer.get("errorType") == "bad_data":
        return quoted(answer.get("error", ""), 200), []
    # A server without that path: the query itself is asked, and its words are read by ourselves.
    reply = client.get("/api/v1/query", [("query", expression)])
    answer = _json_of(reply.body)
    if answer.get("status") == "error":
        return quoted(answer.get("error", ""), 200), []
    if reply.status != 200:
        raise client.failed(f"answers with status {reply.status}")
    return "", selectors_in_text(expression)


def _json_of(body: bytes) -> dict[str, Any]:
    import json

    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _unknown_names(selector: Selector, where: str, names: _Names) -> Iterator[Diagnostic]:
    if not selector.metric:
        return
    labels = names.labels_of(selector.metric)
    if not labels:
        near = names.like(selector.metric)
        message = f"the source has no metric {quoted(selector.metric)}"
        help_text = (
            f"did you mean {quoted(near)}?" if near else "nothing exported it in the last day"
        )
        yield _fault("unknown-metric", message, where, help_text)
        return
    for matcher in selector.matchers:
        if matcher.label in labels or matcher.value == "":  # `x=""` asks for series without it
            continue
        close = get_close_matches(matcher.label, sorted(labels), n=1, cutoff=0.6)
        message = f"the metric {quoted(selector.metric)} has no label {quoted(matcher.label)}"
        listed = ", ".join(sorted(labels - {"__name__"})[:12])
        help_text = f"did you mean {quoted(close[0])}?" if close else f"it has {listed}"
        yield _fault("unknown-label", message, where, help_text)


def _missing_scope_labels(
    read: KnownRead,
    expressions: Iterable[Expression],
    names: _Names,
    client: Client,
    this: Round,
) -> Iterator[Diagnostic]:
    """Labels that the read names for service and environment, and that its result does not have."""
    if read.read.kind != "promql" or "labels" not in read.read.model_fields_set:
        return
    labels = read.read.labels
    given = {name: getattr(labels, name) for name in labels.model_fields_set}
    samples = query(client, read.settings["query"], this)
    if not samples:
        return
    carried = {label for sample in samples for label in sample.labels}
    for key, label in given.items():
        if label not in carried:
            message = f"the result of the query has no label {quoted(label)} to tell the {key}"
            help_text = f"keep it in the query: `by ({label})`"
            yield _fault("unknown-label", message, read.origin.where("labels", key), help_text)
