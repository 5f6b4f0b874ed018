"""Keeping the snapshot fresh: `refresh_once` asks every source now, `watch` asks each in time, for ever.

A read is asked again well before its CLEAR expires, a timetable less often, a source that fails after
growing pauses (what it said is UNKNOWN meanwhile, what it had raised stays raised). Rounds share one session,
so that each source keeps its connections. `next_due` and `interval_s` are pure.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agentic.core.policy import Policy
from agentic.core.reason import one_line
from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.errors import AgenticError
from agentic.signals.live.answers import known_answers, with_held
from agentic.signals.live.ask import (
    Connections,
    Lanes,
    Outcome,
    Place,
    by_signal,
    environment_words_of,
    lane_of,
    readings_at,
    reads_of,
    sources_of,
)
from agentic.signals.live.interface import Answer, Read
from agentic.signals.live.store import take_watch, write_snapshot
from agentic.signals.registry import HOT
from agentic.signals.snapshot import Timetable, entries_of, read_snapshot, snapshot_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

#: A round may take this long; reads whose CLEAR expires soon get less.
ROUND_S = 10.0
#: How often policy, clock and file are looked at.
LOOK_S = 5.0
MIN_INTERVAL_S = 2.0
MAX_INTERVAL_S = 3_600.0
BACKOFF_FIRST_S = 5.0
BACKOFF_CAP_S = 300.0
#: Up to this share of each wait is taken off by chance, so that watchers do not ask in step.
JITTER = 0.2
_TOGETHER_S = 1.0
_STOP_LOOK_S = 0.2
#: A clock that moved by more than this against the machine's own has been set, or the machine slept.
_CLOCK_JUMP_S = 5.0
#: How soon after the last time another's change of the file makes us ask everything again.
_MISTRUST_S = 10.0
_RANK: dict[str, int] = {CLEAR: 0, UNKNOWN: 1, RAISED: 2}


def refresh_once(
    policy: Policy,
    *,
    state: str,
    now: int,
    deadline_s: float,
    workspace: str,
    environment_words: Mapping[str, str] | None = None,
    names: Iterable[str] | None = None,
) -> dict[str, list[list[Answer]]]:
    """Ask the sources once and put their answers into the snapshot; returns the answers.

    They are by signal, one list for each of its reads in policy's order; a read that a hook answers itself
    has none. `names` limits it to some signals; the others keep what the snapshot says. `now` is Unix
    seconds, `state` the user's state folder, `workspace` the work tree's root or empty. What was raised and
    cannot be seen now stays raised. A failing source is an UNKNOWN answer, never an exception. Raises:
    Unavailable when the snapshot cannot be written.
    """
    words = environment_words_of(policy) if environment_words is None else environment_words
    reads = reads_of(policy, policy.signals)
    wanted = set(policy.signals if names is None else names)
    live = {place: read for place, read in live_reads(reads).items() if place.signal in wanted}
    held = read_snapshot(state, policy.signals_digest)
    with Connections(sources_of(policy)) as connections:
        this = connections.round(now, deadline_s, workspace, words)
        outcomes = Lanes().outcomes(live, this, deadline_s)
    answers = by_signal(reads, outcomes, held)
    write_snapshot(state, policy.signals_digest, answers, now)
    return {name: places for name, places in answers.items() if name in wanted}


def watch(
    load: Callable[[], Policy],
    *,
    state: str,
    workspace: str,
    deadline_s: float = ROUND_S,
    say: Callable[[str], None] | None = None,
) -> None:
    """Keep the snapshot fresh until SIGTERM or SIGINT; then it returns within a second.

    `load` gives the policy in force; it is called every few seconds, and a change counts at once. `say` gets
    one line for each signal that changes its state (by default they go to stderr). Raises: Unavailable when
    another process watches over the same signals, or whatever `load` raises at the start.
    """
    with _stop_asked() as stop:
        watcher = Watcher(load, state, workspace, deadline_s, say or _to_stderr)
        try:
            while not stop.is_asked:
                stop.wait(watcher.step(lambda: stop.is_asked))
        finally:
            watcher.close()


def live_reads(reads: Mapping[Place, Read]) -> dict[Place, Read]:
    """The reads that a snapshot holds: all but those that a hook answers itself."""
    return {place: read for place, read in reads.items() if read.settings["kind"] not in HOT}


# When


def interval_s(answers: Sequence[Answer], max_age_s: int, now: int) -> float:
    """Seconds until a read that has answered is asked again: a third of the time for which that holds.

    Half of it for a timetable, which is wrong only where its calendar has changed.
    """
    waits = [max_age_s / 3]
    for answer in answers:
        if isinstance(answer, Timetable):
            ahead_s = answer.known_until - now
            waits.append(min(ahead_s, answer.max_age_s or ahead_s) / 2)
    if answers and all(isinstance(answer, Timetable) for answer in answers):
        del waits[0]
    return min(max(min(waits), MIN_INTERVAL_S), MAX_INTERVAL_S)


def next_due(at: float, interval: float, failures: int, luck: float) -> float:
    """When a read that was asked `at` is asked again, in the same clock.

    `failures` counts how often in a row its source has failed; `luck` is a chance number in [0, 1).
    """
    wait_s = interval
    if failures:
        wait_s = min(BACKOFF_FIRST_S * 2.0 ** min(failures - 1, 30), BACKOFF_CAP_S)
    return at + wait_s * (1 - JITTER * luck)


def failures_after(
    failures: Mapping[str, int], reads: Mapping[Place, Read], outcomes: Mapping[Place, Outcome]
) -> dict[str, int]:
    """Failures in a row by source after a round: one more where none of its reads was answered."""
    asked: dict[str, list[bool]] = {}
    for place, outcome in outcomes.items():
        asked.setdefault(lane_of(reads[place]), []).append(outcome.is_failure)
    counted = {
        lane: failures.get(lane, 0) + 1 if all(failed) else 0 for lane, failed in asked.items()
    }
    return {**failures, **counted}


# Watching


class Clocks(NamedTuple):
    """Unix seconds, and seconds that nobody can set."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic


class Watcher:
    """One watch over the signals of the policy in force: `step` does what is due."""

    def __init__(
        self,
        load: Callable[[], Policy],
        state: str,
        workspace: str,
        deadline_s: float,
        say: Callable[[str], None],
        clocks: Clocks = Clocks(),  # noqa: B008 - immutable
    ) -> None:
        self._load = load
        self._state = state
        self._workspace = workspace
        self._deadline_s = deadline_s
        self._say = say
        self._clocks = clocks
        self._lanes = Lanes()
        self._shown: dict[str, str] = {}
        self._complaints: dict[str, str] = {}
        self._policy: Policy | None = None
        self._digest = ""
        self._clock_offset_s = self._clocks.wall() - self._clocks.steady()
        self._mistrusted_at = -_MISTRUST_S
        self._lock = -1
        self._connections = Connections({})
        self._follow(load())

    def close(self) -> None:
        """Close every connection and let another process watch."""
        self._connections.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def step(self, is_stopped: Callable[[], bool]) -> float:
        """Ask the reads that are due and write what they say; returns for how many seconds to wait."""
        self._look()
        moment = self._clocks.steady()
        due = {p: r for p, r in self._reads.items() if self._due[p] <= moment + _TOGETHER_S}
        if due:
            self._round(due, is_stopped)
        self._tell()
        next_at = min(self._due.values(), default=moment + LOOK_S)
        return min(max(next_at - self._clocks.steady(), 0.0), LOOK_S)

    def _follow(self, policy: Policy) -> None:
        """Watch over this policy's signals from now on. Raises: Unavailable when another process does."""
        digest = policy.signals_digest
        if digest != self._digest:
            lock = take_watch(self._state, digest)
            self.close()
            self._lock = lock
            self._digest = digest
            self._connections = Connections(sources_of(policy))
            self._all_reads = reads_of(policy, policy.signals)
            self._reads = live_reads(self._all_reads)
            self._failures: dict[str, int] = {}
            self._known = self._held(digest)
            self._file = _identity(snapshot_path(self._state, digest))
            self._ask_everything()
            sources = {lane_of(read) for read in self._reads.values()}
            signals = {place.signal for place in self._reads}
            self._say(
                f"watching {len(signals)} signals with {len(self._reads)} reads of {len(sources)} sources"
            )
        self._policy = policy
        self._words = environment_words_of(policy)

    def _held(self, digest: str) -> dict[Place, list[Answer]]:
        """What the snapshot knows of each read."""
        there = read_snapshot(self._state, digest)
        return {p: known_answers(entries_of(there, *p), p.signal) for p in self._reads}

    def _ask_everything(self) -> None:
        self._due = dict.fromkeys(self._reads, self._clocks.steady())

    def _look(self) -> None:
        """See whether policy, the clock or the file have changed behind us."""
        try:
            policy = self._load()
            if self._policy is None or policy.digest != self._policy.digest:
                self._follow(policy)
            self._complain("policy", "")
        except AgenticError as problem:
            self._complain("policy", f"the last policy is still watched over: {problem.message}")
        offset_s = self._clocks.wall() - self._clocks.steady()
        if abs(offset_s - self._clock_offset_s) > _CLOCK_JUMP_S:
            self._clock_offset_s = offset_s
            self._ask_everything()
        moment = self._clocks.steady()
        is_ours = _identity(snapshot_path(self._state, self._digest)) == self._file
        if not is_ours and moment - self._mistrusted_at >= _MISTRUST_S:
            self._mistrusted_at = moment
            self._ask_everything()

    def _round(self, due: Mapping[Place, Read], is_stopped: Callable[[], bool]) -> None:
        limit_s = min(max(read.max_age_s / 3, 1.0) for read in due.values())
        deadline_s = min(self._deadline_s, limit_s)
        now = int(self._clocks.wall())
        this = self._connections.round(now, deadline_s, self._workspace, self._words)
        outcomes = self._lanes.outcomes(due, this, deadline_s, is_stopped=is_stopped)
        if is_stopped():
            return  # what has not come by now was not late: it was not waited for
        self._failures = failures_after(self._failures, due, outcomes)
        there = self._held(self._digest)
        asked_at = self._clocks.steady()
        for place, outcome in outcomes.items():
            before = [*self._known[place], *there[place]]
            answers = with_held(outcome.answers, before, is_failure=outcome.is_failure)
            self._known[place] = answers
            read = due[place]
            self._due[place] = next_due(
                asked_at,
                interval_s(outcome.answers, read.max_age_s, now),
                self._failures[lane_of(read)],
                random.random(),  # noqa: S311 - spreads load, keeps no secret
            )
        self._write(now)

    def _write(self, now: int) -> None:
        try:
            path = write_snapshot(self._state, self._digest, self._answers(), now)
        except AgenticError as problem:
            self._complain("snapshot", problem.message)
            return
        self._file = _identity(path)
        self._complain("snapshot", "")

    def _answers(self) -> dict[str, list[list[Answer]]]:
        answers: dict[str, list[list[Answer]]] = {}
        for place in self._all_reads:
            answers.setdefault(place.signal, []).append(self._known.get(place, []))
        return answers

    def _complain(self, about: str, what: str) -> None:
        """Say what is wrong, once until it changes."""
        if what and what != self._complaints.get(about):
            self._say(what)
        self._complaints[about] = what

    def _tell(self) -> None:
        """One line for each signal whose state has changed."""
        for name, (state, because) in states_at(self._answers(), int(self._clocks.wall())).items():
            before = self._shown.get(name)
            if state != before and (before is not None or state != CLEAR):
                change = f"{before} -> {state}" if before else f"is {state}"
                self._say(f"{name} {change}: {because}")
            self._shown[name] = state


def states_at(
    answers: Mapping[str, Sequence[Sequence[Answer]]], now: int
) -> dict[str, tuple[str, str]]:
    """The strictest state of each signal that has an answer, and its reason."""
    states: dict[str, tuple[str, str]] = {}
    for reading in readings_at(answers, now):
        known = states.get(reading.signal)
        if known is None or _RANK[known[0]] < _RANK[reading.state]:
            states[reading.signal] = (reading.state, reading.because)
    return states


def _identity(path: str) -> tuple[int, int, int]:
    """What changes when somebody writes a file; zeros where there is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def _to_stderr(line: str) -> None:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(f"{moment} {one_line(line)}", file=sys.stderr, flush=True)  # noqa: T201 - what a watch tells


# Stopping


class _Stop:
    """Whether somebody has asked to stop. A plain flag: a lock could be held when the signal arrives."""

    def __init__(self) -> None:
        self.is_asked = False

    def ask(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_asked = True

    def wait(self, seconds: float) -> None:
        """Sleep, but not longer than until somebody asks."""
        until = time.monotonic() + seconds
        while not self.is_asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _STOP_LOOK_S))


@contextmanager
def _stop_asked() -> Iterator[_Stop]:
    """Notes SIGTERM and SIGINT instead of dying of them, inside."""
    stop = _Stop()
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
