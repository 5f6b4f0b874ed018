"""Live signals in a record: what was not clear and who said so, of what was clear the names.

Their reasons are free text and stand with the other reasons, where they can be removed. Both are bounded, so
that a record stays small with hundreds of signals. Pure.
"""

from __future__ import annotations

from agentic.core.values import CLEAR, RAISED, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from agentic.core.values import Reading

#: Readings that a record tells one by one; the rest is counted.
MAX_READINGS = 40
_REASONS_CHARACTERS = 2_000


def told_readings(readings: Sequence[Reading]) -> dict[str, Any]:
    """What is told of the live signals: those that were not clear, of the clear ones only the names."""
    told = _not_clear(readings)
    clear = {reading.signal for reading in readings if reading.state == CLEAR}
    members: dict[str, Any] = {
        "readings": [
            {
                name: value
                for name, value in (
                    ("signal", reading.signal),
                    ("state", reading.state),
                    ("severity", reading.severity),
                    ("source", reading.source),
                    ("observed_at", reading.observed_at),
                )
                if value
            }
            for reading in told[:MAX_READINGS]
        ],
        "clear_signals": sorted(clear),
    }
    if len(told) > MAX_READINGS:
        members["more_readings"] = len(told) - MAX_READINGS
    return members


def _not_clear(readings: Sequence[Reading]) -> list[Reading]:
    """The raised readings, then the unknown ones."""
    return [
        reading for state in (RAISED, UNKNOWN) for reading in readings if reading.state == state
    ]


def reasons_of_readings(readings: Sequence[Reading]) -> list[str]:
    """The reasons of the first readings that are told, as many as leave room for other reasons.

    Whole ones: cutting here could halve a secret before it is seen as one.
    """
    texts: list[str] = []
    room = _REASONS_CHARACTERS
    for reading in _not_clear(readings)[:MAX_READINGS]:
        room -= len(reading.because)
        if texts and room < 0:
            break
        texts.append(reading.because)
    return texts
