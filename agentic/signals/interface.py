"""The signals room's contract: names in, readings out, never an exception.

A source that fails gives an UNKNOWN reading that says why. A signal that policy has not configured gives
no reading at all. Each kind of read is one function of `agentic.signals.registry`.

INVARIANT: a CLEAR expires, a RAISED holds until its source says otherwise. So neither age nor a broken
source ever lowers a decision (tests/signals/test_monotone.py).
"""

from __future__ import annotations

from sys import modules

from agentic.core.record_type import NamedTuple
from agentic.core.values import UNKNOWN, Reading
from agentic.signals.registry import HOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from agentic.core.policy import Policy
    from agentic.core.values import ToolCall
    from agentic.signals.snapshot import Snapshot


class World(NamedTuple):
    """What reading may look at on a hook's own time.

    `state` is the user's state folder, which holds the snapshots (empty: there is none).
    `newest(start, now, words)` gives the headers of the journal's records from `start` on (Unix seconds)
    whose line holds one of the words, the oldest first, and from when on it looked: empty for all of that
    time, else a time as in the records. It raises Unavailable when the journal is there but cannot be read.
    """

    state: str
    newest: Callable[[int, int, tuple[str, ...]], tuple[Sequence[Mapping[str, Any]], str]]


class Scene(NamedTuple):
    """One question: at which moment (Unix seconds), about which call, in which world."""

    now: int
    call: ToolCall
    world: World


def read_signals(
    world: World, policy: Policy, names: Iterable[str], call: ToolCall, now: int
) -> tuple[Reading, ...]:
    """The readings of each named signal that policy has configured. `now` is Unix seconds. Never raises."""
    scene = Scene(now, call, world)
    snapshots: list[Snapshot] = []
    found: list[Reading] = []
    brief = _brief(policy)
    for name in names:
        if name in policy.signals:
            found.extend(_read(policy, name, brief.get(name), scene, snapshots))
    return tuple(found)


def _brief(policy: Policy) -> dict[str, dict[str, Any]]:
    """What the snapshot's readers need of each signal; empty where each must be asked for by itself."""
    try:
        return policy.brief_settings()
    except Exception:  # noqa: BLE001 - the signals' own settings may be whole, and say so if they are not
        return {}


def _read(
    policy: Policy,
    name: str,
    brief: dict[str, Any] | None,
    scene: Scene,
    snapshots: list[Snapshot],
) -> tuple[Reading, ...]:
    try:
        settings = brief or policy.signal_settings(name)
        found: list[Reading] = []
        for number, read in enumerate(settings["reads"]):
            if read["kind"] in HOT:
                whole = policy.signal_settings(name) if brief else settings
                found.extend(hot_readings(name, whole, whole["reads"][number], scene))
                continue
            from agentic.signals import snapshot  # only where a signal needs it

            if not snapshots:
                snapshots.append(snapshot.read_snapshot(scene.world.state, policy.signals_digest))
            found.extend(snapshot.readings_of(snapshots[0], name, number, settings, scene.now))
        return tuple(found)
    except Exception:  # noqa: BLE001 - whatever happens is UNKNOWN; FAIL-SAFE: tests/signals/test_signals.py::test_any_failure_is_unknown
        return (Reading(name, UNKNOWN, "it could not be read", observed_at=scene.now),)


def hot_readings(
    name: str, settings: dict[str, Any], read: dict[str, Any], scene: Scene
) -> tuple[Reading, ...]:
    """The readings of one read of a HOT kind. Never raises: a failure is one UNKNOWN reading."""
    try:
        module, function = HOT[read["kind"]]
        __import__(module)
        readings: tuple[Reading, ...] = getattr(modules[module], function)(name, read, scene)
        environments = tuple(read["environments"] or ())
        severity = settings["severity"]
        return tuple(
            reading._replace(
                severity=reading.severity or severity,
                environments=reading.environments or environments,
            )
            for reading in readings
        )
    except Exception as problem:  # noqa: BLE001 - as above
        from agentic.errors import AgenticError

        why = (
            problem.message if isinstance(problem, AgenticError) else "its source could not be read"
        )
        return (Reading(name, UNKNOWN, why, source=read["kind"], observed_at=scene.now),)
