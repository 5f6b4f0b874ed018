"""The signals of the current folder: what is known without asking, and what the sources say when asked."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from agentic.cli.audit import here
from agentic.cli.signals_view import by_signal, readings_table, terminal_width, unknown_line
from agentic.core.policy import Policy
from agentic.core.values import Reading, ToolCall
from agentic.errors import Unavailable
from agentic.places import Places
from agentic.ports import CliPorts, Store
from agentic.signals.interface import Scene, World, read_signals
from agentic.signals.registry import HOT
from agentic.signals.snapshot import Snapshot, read_snapshot

if TYPE_CHECKING:
    from agentic.signals.live.interface import Answer


class Asker(NamedTuple):
    """Who asks: in which workspace, under which policy, at which moment (Unix seconds)."""

    places: Places
    root: str
    policy: Policy
    now: int

    @property
    def scene(self) -> Scene:
        """The question itself, for reads that look at a call: one that does nothing."""
        return Scene(self.now, ToolCall("other", {}, self.root or "/"), self._world)

    @property
    def snapshot(self) -> Snapshot:
        """What the refresher wrote last."""
        return read_snapshot(self.places.state, self.policy.signals_digest)

    @property
    def _world(self) -> World:
        return World(self.places.state, Store(self.places, self.root).newest)

    @property
    def has_live_reads(self) -> bool:
        """Whether any configured signal is read from somewhere else than a hook's own time."""
        return any(self.is_live(name) for name in self.policy.signals)

    def is_live(self, name: str) -> bool:
        """Whether a signal has a read that waits for the outside."""
        return any(read["kind"] not in HOT for read in self.policy.signal_settings(name)["reads"])


def asker() -> Asker:
    """The one who asks, for the current folder and now. Raises AgenticError."""
    ports = CliPorts(os.environ, int(time.time()))
    return Asker(ports.places, ports.root(here()), ports.policy(here()), ports.now)


def known_readings(asker: Asker, names: Iterable[str]) -> tuple[Reading, ...]:
    """What a hook would see now: the snapshot, the clock, the journal. Nothing is asked."""
    scene = asker.scene
    return read_signals(scene.world, asker.policy, names, scene.call, asker.now)


def asked(asker: Asker, names: Iterable[str], deadline_s: float) -> dict[str, list[list[Answer]]]:
    """The answers of the sources, now; what was raised before and cannot be told now stays raised."""
    from agentic.signals.live.ask import ask, environment_words_of

    return ask(
        asker.policy,
        names,
        now=asker.now,
        deadline_s=deadline_s,
        workspace=asker.root,
        environment_words=environment_words_of(asker.policy),
        held=asker.snapshot,
        scene=asker.scene,
    )


def asked_readings(asker: Asker, names: Iterable[str], deadline_s: float) -> tuple[Reading, ...]:
    """The readings of the sources' answers, at the moment of asking."""
    from agentic.signals.live.ask import readings_at

    return readings_at(asked(asker, names, deadline_s), asker.now)


def refreshed(asker: Asker, names: Sequence[str], deadline_s: float) -> tuple[Reading, ...]:
    """Ask the live reads of the named signals and keep the answers in the snapshot; returns readings.

    Raises: Unavailable when the snapshot cannot be written.
    """
    from agentic.signals.live.ask import readings_at
    from agentic.signals.live.watch import refresh_once

    try:
        answers = refresh_once(
            asker.policy,
            state=asker.places.state,
            now=asker.now,
            deadline_s=deadline_s,
            workspace=asker.root,
            names=names,
        )
    except Unavailable as problem:
        if problem.help:
            raise
        mend = "hooks go on with what they had: `agentic doctor` looks at the state folder"
        raise Unavailable(problem.code, problem.message, mend) from None
    return readings_at(answers, asker.now)


def tried_lines(asker: Asker, deadline_s: float, *, is_kept: bool, indent: int) -> list[str]:
    """What every source says when it is asked once, as lines; `is_kept` writes the snapshot, too.

    The lines leave room for `indent` characters where the terminal is narrow.
    """
    names = sorted(name for name in asker.policy.signals if asker.is_live(name))
    answer = refreshed if is_kept else asked_readings
    readings = answer(asker, names, deadline_s)
    width = max(terminal_width() - indent, 0)
    lines = readings_table(by_signal(readings, names), asker.now, width).splitlines()
    unknown = unknown_line(readings)
    return [*lines, unknown] if unknown else lines
