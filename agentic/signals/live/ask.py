"""A live question: every read of the named signals is asked at once, and whoever is late is UNKNOWN.

1. each read joins the lane of its source, so that a slow source keeps only its own reads waiting;
2. lanes work side by side on daemon threads, until all have answered or the deadline is there;
3. an answer is checked: a fault, a bug, nothing, or something else than readings is UNKNOWN;
4. what was raised and cannot be seen any more stays raised (`held`).

INVARIANT: `ask` never raises, and a broken source never lowers a decision
(tests/signals/test_monotone.py).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Self

from agentic.core.policy import Policy
from agentic.core.reason import one_line
from agentic.core.values import UNKNOWN, Reading, ToolCall
from agentic.errors import AgenticError, Unavailable
from agentic.recognize.interface import Facts
from agentic.signals.interface import Scene, World, hot_readings
from agentic.signals.live.answers import known_answers, usable_answers, with_held
from agentic.signals.live.interface import Answer, Read, Round, SourceFailed
from agentic.signals.registry import HOT, LIVE
from agentic.signals.snapshot import Snapshot, Timetable, aged, entries_of

if TYPE_CHECKING:
    from agentic.signals.live.http import Client, Pool

#: Threads of all lanes together; but each source has at least one.
MAX_WORKERS = 32
LANE_WORKERS = 8
_SENTENCE_CHARACTERS = 300
#: How often waiting looks up to see whether it was told to stop.
_LOOK_S = 0.2

#: Classes and places of readers' bugs, for whoever looks for them; a message never has them.
_LOG = logging.getLogger("agentic.signals")


class Place(NamedTuple):
    """Which read: a signal, and the read's number in policy's order."""

    signal: str
    number: int


class Outcome(NamedTuple):
    """What one read gave: at least one answer. `is_failure`: its source or its reader failed."""

    answers: list[Answer]
    is_failure: bool = False


def ask(
    policy: Policy,
    names: Iterable[str],
    *,
    now: int,
    deadline_s: float,
    workspace: str,
    environment_words: Mapping[str, str],
    held: Snapshot | None = None,
    scene: Scene | None = None,
    readers: Mapping[str, tuple[str, str]] = LIVE,
) -> dict[str, list[list[Answer]]]:
    """The answers of every read of each named signal that policy has configured. Never raises.

    The inner lists are in the order of the signal's reads and hold at least one answer each. `now` is
    Unix seconds. `held` is what was known before: where a read cannot tell now, what it had raised stays
    raised. `scene` is the call and the world for reads that a hook answers itself; without one only the
    clock among them can answer. `readers` is the registry of live kinds.
    """
    wanted = tuple(dict.fromkeys(names))
    try:
        reads = reads_of(policy, wanted)
        with Connections(sources_of(policy)) as connections:
            this = connections.round(now, deadline_s, workspace, environment_words)
            outcomes = Lanes(readers).outcomes(reads, this, deadline_s, scene=scene)
        return by_signal(reads, outcomes, held)
    except Exception as problem:  # noqa: BLE001 - FAIL-SAFE: tests/signals/test_ask.py::test_nothing_is_raised
        _LOG.debug("asking failed: %s", type(problem).__name__, exc_info=True)
        why = "the signals could not be asked"
        return {name: [[Reading(name, UNKNOWN, why, observed_at=now)]] for name in wanted}


def readings_at(answers: Mapping[str, Sequence[Sequence[Answer]]], now: int) -> tuple[Reading, ...]:
    """What answers say at one moment (Unix seconds): timetables looked up, ages applied."""
    return tuple(
        aged(answer.at(now) if isinstance(answer, Timetable) else answer, now)
        for places in answers.values()
        for place in places
        for answer in place
    )


def environment_words_of(policy: Policy) -> Mapping[str, str]:
    """Words (in lower case) and the environments that policy takes them for."""
    try:
        return Facts._make(policy.decoded_facts()).environment_words
    except (TypeError, ValueError):  # a policy without facts knows no words
        return {}


# What policy says


def reads_of(policy: Policy, names: Iterable[str]) -> dict[Place, Read]:
    """Every read of the named signals that are configured, by its place, in order."""
    reads: dict[Place, Read] = {}
    for name in names:
        if name not in policy.signals:
            continue
        try:
            settings = policy.signal_settings(name)
            found = [
                Read(name, read, settings["severity"], settings["max_age_s"])
                for read in settings["reads"]
                if read["kind"]
            ]
        except Exception:  # noqa: BLE001 - FAIL-SAFE: tests/signals/test_ask.py::test_settings_that_are_none
            found = []
        if not found:
            found = [Read(name, {"kind": "none"}, "critical", 0)]
        reads.update({Place(name, number): read for number, read in enumerate(found)})
    return reads


def sources_of(policy: Policy) -> dict[str, Mapping[str, Any]]:
    """The settings of every source that can be decoded, by name."""
    sources: dict[str, Mapping[str, Any]] = {}
    for name in policy.sources:
        try:
            sources[name] = policy.source_settings(name)
        except Exception:  # noqa: BLE001, S112 - FAIL-SAFE: whoever asks it is told that there is none
            continue
    return sources


def by_signal(
    reads: Iterable[Place], outcomes: Mapping[Place, Outcome], held: Snapshot | None
) -> dict[str, list[list[Answer]]]:
    """Outcomes as answers by signal, with what is still raised from before; no outcome, no answer."""
    answers: dict[str, list[list[Answer]]] = {}
    for place in reads:
        outcome = outcomes.get(place)
        before = (
            []
            if held is None or held.fault
            else known_answers(entries_of(held, *place), place.signal)
        )
        kept = with_held(outcome.answers, before, is_failure=outcome.is_failure) if outcome else []
        answers.setdefault(place.signal, []).append(kept)
    return answers


# Connections


class Connections:
    """The connections to all sources, kept over rounds; nothing is loaded or opened before a read asks."""

    def __init__(self, sources: Mapping[str, Mapping[str, Any]]) -> None:
        self._sources = sources
        self._lock = threading.Lock()
        self._session: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def round(
        self, now: int, deadline_s: float, workspace: str, environment_words: Mapping[str, str]
    ) -> Round:
        """A round that ends `deadline_s` from now, over whatever connections are open already."""
        # A source's own sentence says more than ours: it gets the last moment to say it.
        deadline = monotonic() + deadline_s - min(0.1, deadline_s / 10)
        pools: list[Pool] = []

        def connect(name: str) -> Client:
            with self._lock:
                if not pools:
                    pools.append(self._pool(deadline, now))
            return pools[0].connect(name)

        return Round(now, deadline, self._sources, connect, workspace, environment_words)

    def _pool(self, deadline: float, now: int) -> Pool:
        from agentic.signals.live.http import Pool
        from agentic.signals.live.session import open_session

        if self._session is None:
            self._session = open_session()
        return Pool(self._sources, deadline, now, self._session)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None


# Lanes


class _Worker(threading.Thread):
    """One thread of a lane, working off its queue. A daemon: a source that hangs keeps nobody alive."""

    def __init__(
        self,
        lane: str,
        places: SimpleQueue[Place],
        answer: Callable[[Place], Outcome],
        results: SimpleQueue[tuple[Place, Outcome]],
        deadline: float,
    ) -> None:
        super().__init__(name=f"signals {lane}", daemon=True)
        self.lane = lane
        self.place: Place | None = None
        self._places = places
        self._answer = answer
        self._results = results
        self._deadline = deadline

    def run(self) -> None:
        while monotonic() < self._deadline:
            try:
                self.place = self._places.get_nowait()
            except Empty:
                return
            self._results.put((self.place, self._answer(self.place)))


class Lanes:
    """Threads by source. Kept over rounds: a read that still hangs is not asked a second time meanwhile."""

    def __init__(self, readers: Mapping[str, tuple[str, str]] = LIVE) -> None:
        self._readers = readers
        self._workers: list[_Worker] = []

    def outcomes(
        self,
        reads: Mapping[Place, Read],
        round: Round,
        deadline_s: float,
        *,
        scene: Scene | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> dict[Place, Outcome]:
        """The outcome of every read; ends when all have answered, at the deadline, or when stopped."""
        self._workers = [worker for worker in self._workers if worker.is_alive()]
        hanging = {worker.place for worker in self._workers}
        lanes: dict[str, list[Place]] = {}
        for place, read in reads.items():
            if read.settings["kind"] not in HOT and place not in hanging:
                lanes.setdefault(lane_of(read), []).append(place)
        results: SimpleQueue[tuple[Place, Outcome]] = SimpleQueue()
        ends = monotonic() + deadline_s
        waiting = 0
        for lane, places in lanes.items():
            waiting += self._start(lane, places, len(lanes), reads, round, results)
        found = {
            place: _hot_outcome(place, read, scene, round)
            for place, read in reads.items()
            if read.settings["kind"] in HOT
        }
        while waiting and not is_stopped() and (left := ends - monotonic()) > 0:
            try:
                place, outcome = results.get(timeout=min(left, _LOOK_S))
            except Empty:
                continue
            found[place] = outcome
            waiting -= 1
        late = f"did not answer within {deadline_s:g} s"
        for place, read in reads.items():
            if place not in found:
                why = "has not answered an earlier question yet" if place in hanging else late
                found[place] = _failed(read, f"{lane_of(read)} {why}", round)
        return found

    def _start(
        self,
        lane: str,
        places: Sequence[Place],
        lane_count: int,
        reads: Mapping[Place, Read],
        round: Round,
        results: SimpleQueue[tuple[Place, Outcome]],
    ) -> int:
        """Start a lane's threads; returns how many answers can be waited for."""
        queue: SimpleQueue[Place] = SimpleQueue()
        for place in places:
            queue.put(place)
        share = max(1, min(LANE_WORKERS, MAX_WORKERS // lane_count))
        room = min(share, len(places)) - sum(worker.lane == lane for worker in self._workers)
        started = 0
        for _ in range(room):
            worker = _Worker(
                lane,
                queue,
                lambda p: outcome_of(reads[p], round, self._readers),
                results,
                round.deadline,
            )
            try:
                worker.start()
            except RuntimeError:  # the system gives no more threads
                break
            self._workers.append(worker)
            started += 1
        return len(places) if started else 0


def lane_of(read: Read) -> str:
    """The source that a read waits for; reads without one wait for their own kind."""
    lane: str = read.settings.get("source") or read.settings["kind"]
    return lane


def outcome_of(read: Read, round: Round, readers: Mapping[str, tuple[str, str]] = LIVE) -> Outcome:
    """One read asked and its answer checked. Never raises: what goes wrong is UNKNOWN."""
    try:
        entry = readers.get(read.settings["kind"])
        if entry is None:
            raise SourceFailed("policy's definition of it could not be read")
        module, function = entry
        return Outcome(
            usable_answers(getattr(import_module(module), function)(read, round), read, round)
        )
    except SourceFailed as problem:
        why = str(problem)
    except AgenticError as problem:
        why = problem.message
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - FAIL-SAFE: test_any_failure_is_unknown
        _LOG.debug("reader of %s: %s", read.signal, type(problem).__name__, exc_info=True)
        why = "its reader failed"
    return _failed(read, why, round)


def _failed(read: Read, why: str, round: Round) -> Outcome:
    sentence = one_line(why, _SENTENCE_CHARACTERS) or "its source failed"
    return Outcome([read.unknown(sentence, round)], is_failure=True)


def _hot_outcome(place: Place, read: Read, scene: Scene | None, round: Round) -> Outcome:
    """A read that a hook answers itself, answered here."""
    if scene is None and read.settings["kind"] != "clock":
        why = "it is told by a call, and there is none here"
        return Outcome([read.unknown(why, round)])
    here = scene or Scene(round.now, ToolCall("other", {}, round.workspace), World("", _no_journal))
    settings = {"severity": read.severity, "max_age_s": read.max_age_s}
    return Outcome(list(hot_readings(place.signal, settings, dict(read.settings), here)))


def _no_journal(_start: int, _now: int, _words: tuple[str, ...]) -> NoReturn:
    raise Unavailable("signals.no-journal", "there is no journal here")
