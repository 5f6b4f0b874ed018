"""The clock as a signal: inside or outside the hours in which people watch over deployments.

Settings::

    {"kind": "clock", "zone": "UTC" or an IANA name, "days": [0..6, Monday is 0],
     "start": "08:00", "end": "18:00"}

RAISED outside these hours; `end` is exclusive. Weekday and time are local to the zone.
"""

from __future__ import annotations

from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.errors import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.signals.interface import Scene

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def read(signal: str, settings: dict[str, Any], scene: Scene) -> tuple[Reading, ...]:
    """Whether the moment lies outside the on-hours: one reading."""
    return (reading_at(signal, settings, scene.now),)


def reading_at(signal: str, settings: dict[str, Any], now: int) -> Reading:
    """Whether `now` (Unix seconds) lies outside the on-hours."""
    zone = settings["zone"]
    try:
        weekday, minute = local_minute(zone, now)
    except (OSError, KeyError, ValueError, OverflowError):
        why = f"the time zone {quoted(zone)} is not known to this system"
        return Reading(signal, UNKNOWN, why, source="clock", observed_at=now)
    start, end = minutes(settings["start"]), minutes(settings["end"])
    is_on = weekday in settings["days"] and start <= minute < end
    shown = f"{_DAYS[weekday]} {minute // 60:02d}:{minute % 60:02d} {zone}"
    hours = f"{_hours_days(settings['days'])} {settings['start']}-{settings['end']} {zone}"
    why = f"it is {shown}, {'within' if is_on else 'outside'} {hours}"
    return Reading(
        signal,
        CLEAR if is_on else RAISED,
        why,
        value=shown,
        threshold=hours,
        source="clock",
        observed_at=now,
    )


def local_minute(zone: str, now: int) -> tuple[int, int]:
    """(weekday with Monday 0, minute of the day) in a zone.

    Raises KeyError, ValueError or OSError for a zone that the system does not know.
    """
    if zone == "UTC":
        return (now // 86400 + 3) % 7, now % 86400 // 60
    from datetime import datetime

    from agentic.signals.zones import zone_of

    there = datetime.fromtimestamp(now, zone_of(zone))
    return there.weekday(), there.hour * 60 + there.minute


def minutes(text: str) -> int:
    """`HH:MM` as minutes of the day; `24:00` is the end of the day. Raises ValueError."""
    hour, _, minute = text.partition(":")
    value = int(hour) * 60 + int(minute)
    if not 0 <= value <= 1440:
        raise ValueError("a time of day is between 00:00 and 24:00")
    return value


def _hours_days(days: list[int]) -> str:
    if days and list(days) == list(range(days[0], days[-1] + 1)) and len(days) > 1:
        return f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}"
    return ", ".join(_DAYS[day] for day in days)
