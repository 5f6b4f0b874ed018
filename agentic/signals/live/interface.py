"""What a live reader gets and gives: one read of one signal, in a round that shares connections.

A reader is a function `reader(read, round) -> Sequence[Reading | Timetable]`, registered in
`agentic.signals.registry.LIVE`. It may wait (up to the round's deadline) and may raise: `SourceFailed` with
a sentence for a person, or anything else for a bug; `ask` turns both into an UNKNOWN reading. It gives at
least one reading, and never CLEAR on no data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.signals.snapshot import Timetable

if TYPE_CHECKING:
    from agentic.core.values import State

Answer = Reading | Timetable
Answers = Sequence[Answer]


class SourceFailed(Exception):
    """A source could not be asked, or answered what cannot be used; the text is one line for a person.

    It never holds a token, and text from the source only through `agentic.errors.quoted`.
    """


class Round(NamedTuple):
    """What all reads of one round share.

    `now` is Unix seconds. `deadline` is a `time.monotonic()` moment by which everybody must be done.
    `sources` are settings by name, as policy holds them. `connect(name)` gives the shared client of an HTTP
    source (`agentic.signals.live.http.Client`). `workspace` is the work tree's root, or empty.
    `environment_words` maps label values in lower case (`prod`) to environments.
    """

    now: int
    deadline: float
    sources: Mapping[str, Mapping[str, Any]]
    connect: Callable[[str], Any]
    workspace: str
    environment_words: Mapping[str, str]


class Read(NamedTuple):
    """One read of one signal: policy's settings of the read, and of the signal around it."""

    signal: str
    settings: Mapping[str, Any]
    severity: str
    max_age_s: int

    def reading(
        self, state: State, because: str, round: Round, *, severity: str = "", **fields: Any
    ) -> Reading:
        """A reading of this read, observed now; `fields` are further fields of `Reading`.

        The environments that policy limits the read to bound what `fields` say.
        """
        limit = tuple(self.settings.get("environments") or ())
        told = tuple(fields.pop("environments", ()))
        both = tuple(name for name in told if name in limit)
        return Reading(
            self.signal,
            state,
            because,
            severity=severity or self.severity,
            source=fields.pop("source", "") or self.settings.get("source") or self.settings["kind"],
            observed_at=fields.pop("observed_at", round.now),
            max_age_s=self.max_age_s,
            environments=both or told or limit,
            **fields,
        )

    def clear(self, because: str, round: Round, **fields: Any) -> Reading:
        """All is well, and that was seen."""
        return self.reading(CLEAR, because, round, **fields)

    def raised(self, because: str, round: Round, **fields: Any) -> Reading:
        """The signal is raised."""
        return self.reading(RAISED, because, round, **fields)

    def unknown(self, because: str, round: Round, **fields: Any) -> Reading:
        """Nobody can tell; counts like raised on staging and production."""
        return self.reading(UNKNOWN, because, round, **fields)


def environments_of(label: str, round: Round) -> tuple[str, ...]:
    """The environment that a label's value names; empty (all of them) when it names none."""
    found = round.environment_words.get(label.strip().lower(), "")
    return (found,) if found else ()
