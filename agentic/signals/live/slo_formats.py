"""SLO definition files to plain SLOs: OpenSLO v1, Sloth and Pyrra documents, in any mix in one file.

What cannot be represented exactly is refused with file, line and reason; nothing is approximated, and a key
with a meaning for the objective that is not known here is refused too. Nothing here looks at the world: bytes
and a moment in, SLOs out.

Sources: https://github.com/slok/sloth/blob/main/pkg/prometheus/api/v1/v1.go,
https://github.com/slok/sloth/blob/main/pkg/kubernetes/api/sloth/v1/types.go,
https://github.com/pyrra-dev/pyrra/blob/main/kubernetes/api/v1alpha1/servicelevelobjective_types.go
(checked 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agentic.errors import InvalidDocument, quoted
from agentic.signals.live.interface import SourceFailed
from agentic.signals.live.slo_document import (
    UNIT_S,
    WINDOW,
    Place,
    Slo,
    needed,
    not_good,
    objective,
    one_of,
    period,
    resource,
    selector,
    with_window,
)
from agentic.signals.live.slo_openslo import API as OPENSLO_API
from agentic.signals.live.slo_openslo import openslo_slos
from agentic.yaml_reader import parse_yaml_documents

#: Sloth's files do not name their period; its `--default-slo-period` is 30 days.
#: Source: https://github.com/slok/sloth/releases/tag/v0.9.0 (checked 2026-11-21)
SLOTH_PERIOD_S = 30 * 86_400

#: Source: https://prometheus.io/docs/prometheus/latest/querying/basics/ (checked 2026-11-21)
_DURATION = re.compile(r"(?:\d{1,9}[ywdhms])+\Z", re.ASCII)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z", re.ASCII)


def parse_slos(data: bytes, name: str, now: int) -> list[Slo]:
    """All SLOs in a definition file, in its order; `now` (Unix seconds) tells the current calendar period.

    Raises: SourceFailed with the place and the reason of the first thing that cannot be represented.
    """
    try:
        trees = parse_yaml_documents(data, name)
    except InvalidDocument as invalid:
        raise SourceFailed(f"{invalid.where}: {invalid.message}") from None
    documents = [Place(tree, (), tree.value) for tree in trees if tree.value is not None]
    slos: list[Slo] = []
    for document in documents:
        slos.extend(_format_of(document)(document, documents, now))
    if not slos:
        raise SourceFailed(f"{quoted(name)} holds no SLO")
    names = [slo.name for slo in slos]
    for slo in slos:
        if names.count(slo.name) > 1:
            raise SourceFailed(f"{slo.where}: the name {quoted(slo.name)} appears twice")
    return slos


_Format = Callable[[Place, list[Place], int], list[Slo]]


def _format_of(document: Place) -> _Format:
    value = document.value if isinstance(document.value, dict) else {}
    api, kind, version = (value.get(key) for key in ("apiVersion", "kind", "version"))
    if isinstance(api, str) and api.startswith("openslo"):
        if api != OPENSLO_API:
            raise document.refused(f"{quoted(api)} is not read, only `{OPENSLO_API}`")
        return openslo_slos
    known: dict[tuple[object, object, object], _Format] = {
        (None, None, "prometheus/v1"): _sloth,
        ("sloth.slok.dev/v1", "PrometheusServiceLevel", None): _sloth_resource,
        ("pyrra.dev/v1alpha1", "ServiceLevelObjective", None): _pyrra,
    }
    for key, reader in known.items():
        if key == (api, kind, version):
            return reader
    raise document.refused("is neither an OpenSLO v1 document, nor one of Sloth or Pyrra")


def _sloth(document: Place, _documents: list[Place], _now: int) -> list[Slo]:
    """The SLOs of a Sloth spec (`version: prometheus/v1`)."""
    return _sloth_slos(document, document.fields("version service labels slos"))


def _sloth_resource(document: Place, _documents: list[Place], _now: int) -> list[Slo]:
    """The SLOs of a Sloth spec as a Kubernetes resource."""
    _name, spec = resource(document)
    return _sloth_slos(spec, spec.fields("service labels slos"))


def _sloth_slos(spec: Place, fields: dict[str, Place]) -> list[Slo]:
    service = needed(fields, "service", spec).text()
    slos: list[Slo] = []
    for item in needed(fields, "slos", spec).items():
        inner = item.fields("name objective description labels sli alerting")
        target = objective(needed(inner, "objective", item), 100)
        sli = needed(inner, "sli", item)
        kinds = sli.fields("events raw plugin")
        kind = one_of(kinds, ("events", "raw", "plugin"), sli)
        if kind == "plugin":
            raise kinds[kind].refused("a Sloth plugin's queries stand in its program, not here")
        name = needed(inner, "name", item).text()
        slo = Slo(name, service, target, SLOTH_PERIOD_S, where=item.where)
        if kind == "raw":
            slos.append(slo._replace(ratio=_sloth_query(kinds[kind], "error_ratio_query")))
        else:
            errors = _sloth_query(kinds[kind], "error_query")
            slos.append(slo._replace(errors=errors, total=_sloth_query(kinds[kind], "total_query")))
    return slos


def _sloth_query(sli: Place, name: str) -> str:
    """A query by its name in a spec file, or by the same name as Kubernetes writes it."""
    first, *rest = name.split("_")
    names = (name, first + "".join(word.capitalize() for word in rest))
    known = "error_query total_query errorQuery totalQuery error_ratio_query errorRatioQuery"
    fields = sli.fields(known)
    query = fields[one_of(fields, names, sli)]
    text = with_window(query)
    if WINDOW not in text:
        raise query.refused("the query has no window: Sloth needs `[{{.window}}]` in it")
    return text


def _pyrra(document: Place, _documents: list[Place], _now: int) -> list[Slo]:
    """The SLO of a Pyrra `ServiceLevelObjective`, with the expressions that Pyrra would record."""
    name, spec = resource(document)
    fields = spec.fields("description target window indicator alerting partial_response_strategy")
    window = needed(fields, "window", spec)
    if not _DURATION.match(window.text()):
        raise window.refused(f"{quoted(window.value)} is not a duration like `4w`")
    seconds = sum(int(n) * UNIT_S[unit] for n, unit in re.findall(r"(\d+)([a-z])", window.value))
    errors, total = _pyrra_events(needed(fields, "indicator", spec))
    target = objective(needed(fields, "target", spec), 100)
    return [Slo(name, "", target, period(seconds, window), errors, total, where=spec.where)]


def _pyrra_events(indicator: Place) -> tuple[str, str]:
    """The expressions for errors and total of a Pyrra indicator."""
    kinds = indicator.fields("ratio latency latencyNative bool_gauge")
    kind = one_of(kinds, ("ratio", "latency", "latencyNative", "bool_gauge"), indicator)
    sli = kinds[kind]
    if kind == "latencyNative":
        raise sli.refused("native histograms are not read: use `latency` with a bucket")
    counted = {"ratio": "errors", "latency": "success", "bool_gauge": "metric"}[kind]
    parts = sli.fields("metric grouping" if kind == "bool_gauge" else f"{counted} total grouping")
    by = _pyrra_grouping(parts)
    if kind == "bool_gauge":
        metric = selector(needed(parts, "metric", sli))
        total = f"sum{by}(count_over_time({metric}[{WINDOW}]))"
        return f"{total} - sum{by}(sum_over_time({metric}[{WINDOW}]))", total
    events = f"sum{by}(increase({_pyrra_metric(parts, counted, sli)}[{WINDOW}]))"
    total = f"sum{by}(increase({_pyrra_metric(parts, 'total', sli)}[{WINDOW}]))"
    return (events if kind == "ratio" else not_good(events, total)), total


def _pyrra_metric(parts: dict[str, Place], name: str, sli: Place) -> str:
    part = needed(parts, name, sli)
    return selector(needed(part.fields("metric"), "metric", part))


def _pyrra_grouping(parts: dict[str, Place]) -> str:
    if "grouping" not in parts:
        return ""
    labels = parts["grouping"].items()
    for label in labels:
        if not _LABEL.match(label.text()):
            raise label.refused(f"{quoted(label.value)} is not the name of a label")
    return f" by ({', '.join(sorted(label.value for label in labels))}) " if labels else ""
