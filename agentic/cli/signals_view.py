"""Readings as people and programs get them: one table, one JSON shape, the strictest state of a signal.

JSON of a reading: the fields of `Reading`, and `age_s`. JSON of a signal::

    {"signal": "incident.active", "state": "RAISED", "severity": "critical", "readings": [READING, ...]}
"""

from __future__ import annotations

import shutil
import sys
import textwrap
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
#: What the reason mostly says, too: left out where a terminal is narrow.
_IN_THE_REASON = ("value", "threshold")
_CELL = 48
_BECAUSE_CELL = 120
_INDENT = "    "


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


def terminal_width() -> int:
    """How many characters a line of the terminal holds; 0 when nobody reads on one."""
    return shutil.get_terminal_size((0, 0)).columns if sys.stdout.isatty() else 0


def readings_table(groups: Mapping[str, Sequence[Reading]], now: int, width: int = 0) -> str:
    """One row for each reading; columns that nothing would stand in are left out.

    Where that is wider than `width` characters, the reason stands below its row. 0 is as wide as it gets.
    """
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
    whole = _columns(rows, kept)
    if not width or _is_within(whole, width) or not rows:
        return whole
    kept = [i for i in kept if _HEADINGS[i] != "because"]
    short = _columns(rows, kept)
    if not _is_within(short, width):
        short = _columns(rows, [i for i in kept if _HEADINGS[i] not in _IN_THE_REASON])
    heading, *lines = short.splitlines()
    told = [heading]
    for line, row in zip(lines, rows, strict=True):
        reason = textwrap.fill(row[-1], width, initial_indent=_INDENT, subsequent_indent=_INDENT)
        told += [line, reason] if reason else [line]
    return "\n".join(told)


def _columns(rows: Sequence[Sequence[str]], kept: Sequence[int]) -> str:
    return table([_HEADINGS[i] for i in kept], ([row[i] for i in kept] for row in rows))


def _is_within(text: str, width: int) -> bool:
    return all(len(line) <= width for line in text.splitlines())


def unknown_line(readings: Iterable[Reading]) -> str:
    """What it means that signals are UNKNOWN and where to look, as one line; empty when none is."""
    count = len({reading.signal for reading in readings if reading.state == UNKNOWN})
    if not count:
        return ""
    what = "1 signal is" if count == 1 else f"{count} signals are"
    return (
        f"{what} UNKNOWN, which counts like RAISED on staging and production unless a rule says otherwise: "
        "`agentic doctor` looks at the sources"
    )


def missing_text(missing: Mapping[str, tuple[str, str]]) -> str:
    """Signals without a source that counts, below what a person does to give them one.

    `missing` is signal -> (what it means, what to do); a way that many share is told once.
    """
    ways: dict[str, list[str]] = {}
    for name, (_, way) in missing.items():
        ways.setdefault(way, []).append(name)
    indent = "  "
    heading = "NOT CONFIGURED"
    size = max(len(heading), len(indent) + max(map(len, missing)))
    lines = [f"{heading.ljust(size)}  RAISED WHEN"]
    # What one command mends comes first.
    for way, names in sorted(ways.items(), key=lambda item: not item[0].startswith("`")):
        lines.append(f"{way}:")
        lines += [f"{(indent + name).ljust(size)}  {missing[name][0]}" for name in names]
    return "\n".join(line.rstrip() for line in lines)


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
