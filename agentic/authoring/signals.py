"""Signals, sources and services to the compiled tables that `agentic.signals` reads.

Only the shipped policy and trusted layers are looked at: a source that nobody trusted is asked nothing.
Reads of all layers join, because each can only raise; but where a layer gives a signal reads of a kind
that the shipped policy has given it (its own clock hours), they replace the shipped ones of that kind.
Of what several layers say about one signal, the shortest `max_age` and the worst `severity` count.
"""

from __future__ import annotations

import json
from marshal import dumps
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.core.native import sha256_hex
from agentic.core.values import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentic.authoring.layers import LayerPart
    from agentic.authoring.signal_documents import AnyRead, Severity, SignalEntry, Source
    from agentic.authoring.validate import ParsedFile

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class SignalTables(NamedTuple):
    """The compiled form: marshalled settings by signal and by source, and the digest of both."""

    signals: dict[str, bytes]
    sources: dict[str, bytes]
    digest: str
    services: tuple[tuple[str, tuple[str, ...]], ...]


def signal_tables(shipped: Sequence[ParsedFile], parts: Sequence[LayerPart]) -> SignalTables:
    """What policy says about signals, from the shipped files and the trusted layers."""
    trusted = [file for part in parts if part.is_trusted for file in part.files]
    settings: dict[str, dict[str, Any]] = {}
    own: dict[str, list[dict[str, Any]]] = {}
    for entry in _signals(shipped):
        settings[entry.signal] = _signal_settings(entry)
        own[entry.signal] = [read_settings(read) for read in entry.reads]
    added: dict[str, list[dict[str, Any]]] = {}
    severities: dict[str, list[Severity]] = {}
    ages_s: dict[str, int] = {}
    for entry in _signals(trusted):
        known = settings.setdefault(entry.signal, _signal_settings(entry))
        said = entry.model_fields_set
        if "meaning" in said:
            known["meaning"] = entry.meaning or ""
        if "severity" in said:
            told = [entry.severity, *severities.get(entry.signal, ())]
            known["severity"] = max(told, key=SEVERITIES.index)
            severities[entry.signal] = told
        if "max_age" in said:
            known["max_age_s"] = ages_s[entry.signal] = min(
                entry.max_age, ages_s.get(entry.signal, entry.max_age)
            )
        reads = [read_settings(read) for read in entry.reads]
        joined = added.setdefault(entry.signal, [])
        joined.extend(read for read in reads if read not in joined)
    signals: dict[str, dict[str, Any]] = {}
    for name, given in settings.items():
        replaced = {read["kind"] for read in added.get(name, ())}
        kept = [read for read in own.get(name, ()) if read["kind"] not in replaced]
        reads = [*kept, *added.get(name, ())]
        if reads:
            signals[name] = {**given, "reads": reads}
    sources = {
        source.source: source_settings(source)
        for file in (*shipped, *trusted)
        for source in file.document.sources
    }
    text = json.dumps([signals, sources], sort_keys=True, separators=(",", ":"))
    services: dict[str, list[str]] = {}
    for file in (*shipped, *trusted):
        for service in file.document.services:
            services.setdefault(service.service, []).extend(service.targets)
    return SignalTables(
        {name: dumps(signal) for name, signal in signals.items()},
        {name: dumps(source) for name, source in sources.items()},
        sha256_hex(text.encode()),
        tuple((name, tuple(targets)) for name, targets in services.items()),
    )


def _signals(files: Iterable[ParsedFile]) -> list[SignalEntry]:
    return [entry for file in files for entry in file.document.signals]


def _signal_settings(entry: SignalEntry) -> dict[str, Any]:
    return {
        "meaning": entry.meaning or "",
        "severity": entry.severity,
        "max_age_s": entry.max_age,
    }


def read_settings(read: AnyRead) -> dict[str, Any]:
    """One read as plain values; durations are seconds, days are numbers with Monday 0."""
    settings: dict[str, Any] = read.model_dump()
    if read.kind == "clock":
        settings["days"] = sorted(_DAYS.index(day) for day in read.days)
    return settings


def source_settings(source: Source) -> dict[str, Any]:
    """One source as plain values."""
    settings: dict[str, Any] = source.model_dump()
    return settings
