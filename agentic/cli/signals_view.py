"""Readings as people and programs get them: one table, one JSON shape, the strictest state of a signal.

JSON of a reading: the fields of `Reading`, and `age_s`. JSON of a signal::

    {"signal": "incident.active", "state": "RAISED", "severity": "critical", "readings": [READING, ...]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentic.cli.output import shown_time, table
from agentic.cli.signals_prose import age
from agentic.core.reason import one_line
from agentic.core.values import CLEAR, RAISED, SEVERITIES, UNKNOWN, Reading

if TYPE_CHECKING:
    from agentic.core.values import State
    from agentic.signals.snapshot import Snapshot

#: State -> how strict it is.
_STRICTNESS: Mapping[str, int] = {CLEAR: 0, UNKNOWN: 1, RAISED: 2}
_HEADINGS = (
    "signal",
    "state",
    "severity",
    "scope",
    "value",
    "threshold",
    "age",
    "source",
    "because",
)
_CELL = 48
_BECAUSE_CELL = 120


def strictest_state(readings: Iterable[Reading]) -> State:
    """RAISED when any reading is, else UNKNOWN when any is, or when there is none at all."""
    found = sorted((reading.state for reading in readings), key=_STRICTNESS.__getitem__)
    return found[-1] if found else UNKNOWN


def by_signal(readings: Iterable[Reading], names: Iterable[str]) -> dict[str, list[Reading]]:
    """The readings of each name, in the names' order, the strictest first."""
    found: dict[str, list[Reading]] = {name: [] for name in names}
    for reading in readings:
        found.setdefault(reading.signal, []).append(reading)
    for group in found.values():
        group.sort(key=lambda r: (-_STRICTNESS[r.state], r.service, r.environments))
    return found


def readings_table(groups: Mapping[str, Sequence[Reading]], now: int) -> str:
    """One row for each reading; columns that nothing would stand in are left out."""
    rows = [
        (
            name,
            reading.state,
            reading.severity if reading.state != CLEAR else "",
            _cut(scope(reading)),
            _cut(" ".join(filter(None, (reading.value, reading.unit)))),
            _cut(reading.threshold),
            age(now - reading.observed_at) if reading.observed_at else "",
            _cut(reading.source),
            one_line(reading.because, _BECAUSE_CELL),
        )
        for name, readings in groups.items()
        for reading in readings
    ]
    kept = [i for i in range(len(_HEADINGS)) if any(row[i] for row in rows)]
    headings = [_HEADINGS[i] for i in kept]
    return table(headings, ([row[i] for i in kept] for row in rows))


def scope(reading: Reading) -> str:
    """What a reading is about, in words; empty when it is about everything."""
    return " ".join(
        filter(None, (reading.service, ",".join(reading.environments), ",".join(reading.targets)))
    )


def _cut(text: str) -> str:
    return one_line(text, _CELL)


def reading_json(reading: Reading, now: int) -> dict[str, Any]:
    """A reading with its age in seconds."""
    age_s = now - reading.observed_at if reading.observed_at else None
    return {**reading._asdict(), "age_s": age_s}


def signal_json(name: str, readings: Sequence[Reading], now: int) -> dict[str, Any]:
    """A signal with its strictest state and all its readings."""
    return {
        "signal": name,
        "state": strictest_state(readings),
        "severity": worst_severity(readings),
        "readings": [reading_json(reading, now) for reading in readings],
    }


def worst_severity(readings: Iterable[Reading]) -> str:
    """The worst severity of those that are not clear, or empty."""
    told = {reading.severity for reading in readings if reading.state != CLEAR}
    found = [SEVERITIES.index(severity) for severity in told.intersection(SEVERITIES)]
    return SEVERITIES[max(found)] if found else ""


def snapshot_line(snapshot: Snapshot, now: int) -> str:
    """When the snapshot was written, or why nothing in it counts."""
    if snapshot.fault:
        return f"snapshot: {snapshot.fault}"
    return (
        f"snapshot: written {shown_time(snapshot.written_at)}, {age(now - snapshot.written_at)} ago"
    )
