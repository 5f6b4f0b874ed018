"""Whatever happens to a signal's source or its last answer, the decision does not get milder.

Adding a reading, raising one, letting it grow old, breaking its source, keeping it in the snapshot: for each
of these, over arbitrary policies, operations and readings, the mode is at least what it was. Timetables are
excepted from growing old: a freeze that ends is what they are for. They are not excepted from the rest.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from marshal import dumps
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentic.core.decide import decide, judge
from agentic.core.policy import Policy
from agentic.core.values import CLEAR, RAISED, RANK, UNKNOWN, Operation, Reading
from agentic.signals.live.answers import bounded, with_held
from agentic.signals.live.ask import ask, readings_at
from agentic.signals.live.interface import Answer
from agentic.signals.live.store import entry_of, write_snapshot
from agentic.signals.snapshot import SKEW_S, Snapshot, Timetable, read_snapshot, readings_of
from tests.core.strategies import SIGNALS, kind_tables, operations, policy_of
from tests.signals.odd_readers import READERS

NOW = 1_795_255_800
MAX_AGE_S = 300

environments = st.sampled_from(((), ("staging",), ("production",), ("staging", "production")))
scopes = st.fixed_dictionaries(
    {
        "environments": environments,
        "effects": st.sampled_from(((), ("write-shared",), ("destroy-shared", "read"))),
        "service": st.sampled_from(("", "api", "batch")),
        "targets": st.sampled_from(((), ("x",), ("x", "y"))),
    }
)
becauses = st.sampled_from(("it burns", "no answer", "x" * 700, "é" * 300, "a; not seen since: b"))


@st.composite
def readings(draw: st.DrawFn, signal: str = "") -> Reading:
    """A reading that was made before now, or by a clock that is a little ahead."""
    return Reading(
        signal or draw(st.sampled_from(SIGNALS)),
        draw(st.sampled_from((CLEAR, RAISED, UNKNOWN))),
        draw(becauses),
        observed_at=NOW - draw(st.sampled_from((-SKEW_S, -1, 0, 10, MAX_AGE_S, 301, 10_000))),
        max_age_s=draw(st.sampled_from((60, MAX_AGE_S))),
        **draw(scopes),
    )


@st.composite
def timetables(draw: st.DrawFn, signal: str) -> Timetable:
    moments = sorted(draw(st.lists(st.integers(NOW - 500, NOW + 500), min_size=2, max_size=6)))
    windows = tuple(
        (start, end, "the freeze") for start, end in zip(moments[::2], moments[1::2], strict=False)
    )
    known_until = draw(st.integers(NOW - 100, NOW + 1000))
    return Timetable(
        signal,
        windows,
        known_until,
        "no freeze",
        environments=draw(environments),
        observed_at=NOW - draw(st.sampled_from((0, 100, 400))),
        max_age_s=draw(st.sampled_from((0, MAX_AGE_S))),
    )


#: Answers of one read of each signal.
Places = dict[str, list[Answer]]
places = st.fixed_dictionaries(
    {
        signal: st.lists(readings(signal) | timetables(signal), min_size=1, max_size=4)
        for signal in SIGNALS
    }
)
reading_places = st.fixed_dictionaries(
    {signal: st.lists(readings(signal), min_size=1, max_size=4) for signal in SIGNALS}
)
worlds = st.tuples(kind_tables.map(policy_of), st.lists(operations, min_size=1, max_size=3))
World = tuple[Policy, list[Operation]]
SERVICES = (("api", ("x",)), ("batch", ("y",)))


def mode(world: World, found: Sequence[Reading]) -> int:
    """How strict the decision is with these readings."""
    policy, wanted = world
    return RANK[decide(judge(policy, wanted), found, SERVICES).mode]


def told(answers: Places, now: int = NOW) -> tuple[Reading, ...]:
    return readings_at({signal: [place] for signal, place in answers.items()}, now)


def snapshot_of(answers: Places) -> Snapshot:
    return Snapshot(
        {signal: [[entry_of(a) for a in place]] for signal, place in answers.items()}, NOW
    )


def configured(policy: Policy, kind: str, limit: tuple[str, ...] = ()) -> Policy:
    """The policy with one read of a kind for each signal."""
    read = {"kind": kind, "environments": list(limit) or None}
    settings = {"meaning": "", "severity": "high", "max_age_s": MAX_AGE_S, "reads": [read]}
    return policy._replace(signals={signal: dumps(settings) for signal in SIGNALS})


@given(worlds, st.lists(readings(), max_size=5), readings())
def test_one_more_reading_never_lowers(world: World, found: list[Reading], more: Reading) -> None:
    assert mode(world, found) <= mode(world, [*found, more])


@given(worlds, st.lists(readings(), min_size=1, max_size=5), st.data())
def test_raising_a_reading_never_lowers(
    world: World, found: list[Reading], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(found) - 1))
    raised = [*found]
    raised[number] = raised[number]._replace(state=RAISED)
    assert mode(world, found) <= mode(world, raised)


@given(worlds, reading_places, st.integers(0, 1000), st.integers(0, 10_000))
def test_growing_old_never_lowers(world: World, known: Places, first: int, then: int) -> None:
    """From the moment on at which every answer lies in the past: one from the future is no clear yet."""
    settings: dict[str, Any] = {
        "reads": [{"kind": "calendar", "source": "p", "environments": None}],
        "severity": "high",
        "max_age_s": MAX_AGE_S,
    }
    snapshot = snapshot_of(known)
    early, late = (
        [r for signal in SIGNALS for r in readings_of(snapshot, signal, 0, settings, moment)]
        for moment in (NOW + first, NOW + first + then)
    )
    assert mode(world, early) <= mode(world, late)
    assert mode(world, told(known, NOW + first)) <= mode(world, told(known, NOW + first + then))


@given(
    worlds, places, environments, st.sampled_from(("raises-fault", "has-a-bug", "gives-nothing"))
)
def test_breaking_a_source_never_lowers(
    world: World, known: Places, limit: tuple[str, ...], fault: str
) -> None:
    policy = configured(world[0], fault, limit)
    answers = ask(
        policy,
        SIGNALS,
        now=NOW,
        deadline_s=20,
        workspace="",
        environment_words={},
        held=snapshot_of(known),
        readers=READERS,
    )
    for later in (0, 150, 600):
        before, broken = told(known, NOW + later), readings_at(answers, NOW + later)
        assert mode(world, before) <= mode(world, broken)
        raised = {(r.signal, r.environments, r.service) for r in before if r.state == RAISED}
        assert raised <= {
            (r.signal, r.environments, r.service) for r in broken if r.state == RAISED
        }


@given(worlds, places, st.integers(2, 5))
def test_a_source_that_stays_broken_never_lowers(world: World, known: Places, rounds: int) -> None:
    failed = {s: [Reading(s, UNKNOWN, "refused", observed_at=NOW)] for s in SIGNALS}
    now: Places = known
    for _ in range(rounds):
        after = {s: with_held(failed[s], now[s], is_failure=True) for s in SIGNALS}
        assert mode(world, told(now)) <= mode(world, told(after))
        now = after


@given(worlds, places, places)
def test_what_was_raised_before_never_lowers_what_a_source_says_now(
    world: World, known: Places, fresh: Places
) -> None:
    held = {s: with_held(fresh[s], known[s], is_failure=False) for s in SIGNALS}
    assert mode(world, told(fresh)) <= mode(world, told(held))


@given(worlds, st.lists(readings("alerts"), min_size=1, max_size=12), st.integers(1, 6))
def test_joining_readings_never_lowers(world: World, many: list[Reading], limit: int) -> None:
    assert mode(world, told({"alerts": list(many)})) <= mode(
        world, told({"alerts": bounded(many, limit)})
    )


@given(worlds, places, st.sampled_from((1, 1, 1, 1, 400)))
def test_keeping_answers_in_the_snapshot_never_lowers(
    world: World, known: Places, crowd: int
) -> None:
    """Also where so many reads share the file that each must be shortened."""
    answers = {signal: [place] * crowd for signal, place in known.items()}
    with tempfile.TemporaryDirectory() as state:
        write_snapshot(f"{state}/agentic", "5" * 64, answers, NOW)
        kept = read_snapshot(f"{state}/agentic", "5" * 64)
    settings: dict[str, Any] = {
        "reads": [{"kind": "calendar", "source": "p", "environments": None}] * crowd,
        "severity": "high",
        "max_age_s": MAX_AGE_S,
    }
    for moment in (NOW, NOW + 200):
        stored = [r for s in SIGNALS for r in readings_of(kept, s, crowd - 1, settings, moment)]
        assert mode(world, told(known, moment)) <= mode(world, stored)
