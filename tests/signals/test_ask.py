"""A live question: everybody is asked at once, within the deadline, and whatever goes wrong is UNKNOWN."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from marshal import dumps
from typing import Any

import pytest

from agentic.core.policy import Policy
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading, ToolCall
from agentic.signals.interface import Scene, World
from agentic.signals.live import answers as answers_
from agentic.signals.live.ask import MAX_WORKERS, Connections, Lanes, Place, ask, readings_at
from agentic.signals.live.interface import Answer, Read
from agentic.signals.snapshot import Snapshot, Timetable
from tests.signals import odd_readers
from tests.signals.odd_readers import READERS

NOW = 1_795_255_800


def policy_reading(
    *kinds: str | dict[str, Any], **signals: Sequence[str | dict[str, Any]]
) -> Policy:
    """A policy with the signal `x.y` of these reads, or several signals by name."""
    tables: dict[str, Sequence[str | dict[str, Any]]] = {"x.y": kinds, **signals}
    compiled = {
        name: dumps(
            {
                "meaning": "",
                "severity": "high",
                "max_age_s": 300,
                "reads": [
                    {"environments": None, **({"kind": r} if isinstance(r, str) else r)}
                    for r in reads
                ],
            }
        )
        for name, reads in tables.items()
        if reads
    }
    return Policy("0" * 64, {}, {}, {}, compiled, dumps(()), {}, signals_digest="5" * 64)


def asked(policy: Policy, deadline_s: float = 5.0, **more: Any) -> dict[str, list[list[Answer]]]:
    return ask(
        policy,
        policy.signals,
        now=NOW,
        deadline_s=deadline_s,
        workspace="",
        environment_words={},
        readers=READERS,
        **more,
    )


def only(policy: Policy, **more: Any) -> Reading:
    """The one reading of the one read of `x.y`."""
    [[answer]] = asked(policy, **more)["x.y"]
    assert isinstance(answer, Reading)
    return answer


@pytest.fixture(autouse=True)
def _released() -> Iterator[None]:
    odd_readers.RELEASED.clear()
    yield
    odd_readers.RELEASED.set()


def test_a_reader_that_behaves_is_taken_at_its_word() -> None:
    reading = only(policy_reading("reads-clear"))
    assert reading == Reading(
        "x.y", CLEAR, "all is well", "high", source="reads-clear", observed_at=NOW, max_age_s=300
    )


@pytest.mark.parametrize(
    ("kind", "because"),
    [
        ("raises-fault", "`prometheus` at 127.0.0.1:9090 refused the connection"),
        ("raises-error", "the calendar cannot be had"),
        ("has-a-bug", "its reader failed"),
        ("recurses", "its reader failed"),
        ("exits", "its reader failed"),
        ("gives-nothing", "its reader failed"),
        ("gives-a-bare-reading", "its reader failed"),
        ("gives-an-empty-list", "its reader failed"),
        ("gives-clear-as-text", "its reader failed"),
        ("gives-texts", "its reader gave something else than a reading of it"),
        ("reads-another-signal", "its reader gave something else than a reading of it"),
        ("gives-numbers", "its reader gave a reading that nobody can use"),
        ("gives-no-state", "its reader gave a reading that nobody can use"),
        ("gives-no-reason", "its reader gave a reading that nobody can use"),
        ("gives-a-broken-timetable", "its reader gave a reading that nobody can use"),
        ("never-looked", "its reader does not say when it saw that all is well"),
        ("a-kind-that-nobody-reads", "policy's definition of it could not be read"),
    ],
)
def test_any_failure_is_unknown(kind: str, because: str) -> None:
    reading = only(policy_reading({"kind": kind, "environments": ["staging"]}))
    assert (reading.state, reading.because) == (UNKNOWN, because)
    assert (reading.environments, reading.severity) == (("staging",), "high")
    assert (reading.observed_at, reading.max_age_s) == (NOW, 300)


@pytest.mark.parametrize("kind", ["has-a-bug", "recurses", "gives-nothing", "gives-numbers"])
def test_a_bug_shows_no_type_of_python(kind: str) -> None:
    because = only(policy_reading(kind)).because
    assert not any(word in because for word in ("Error", "None", "KeyError", "float", "status"))


def test_a_bug_can_be_found_by_whoever_looks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", "agentic.signals"):
        only(policy_reading("has-a-bug"))
    assert "reader of x.y: KeyError" in caplog.text


def test_what_is_broken_stands_beside_what_is_raised() -> None:
    [answers] = asked(policy_reading("half-of-it-is-broken"))["x.y"]
    assert [a.state for a in answers if isinstance(a, Reading)] == [RAISED, UNKNOWN]


@pytest.mark.parametrize(
    "settings", [b"", b"not marshalled", dumps(None), dumps({}), dumps({"reads": []})]
)
def test_settings_that_are_none(settings: bytes) -> None:
    policy = policy_reading("reads-clear")._replace(signals={"x.y": settings})
    reading = only(policy)
    assert (reading.state, reading.severity) == (UNKNOWN, "critical")


def test_a_signal_that_is_not_configured_has_no_answer() -> None:
    policy = policy_reading("reads-clear")
    assert (
        ask(
            policy,
            ["a.b"],
            now=NOW,
            deadline_s=1,
            workspace="",
            environment_words={},
            readers=READERS,
        )
        == {}
    )


def test_nothing_is_raised() -> None:
    """Not even where the policy itself cannot be read."""

    class Broken(dict[str, bytes]):
        def __contains__(self, name: object) -> bool:
            raise OSError("disk")

    policy = policy_reading("reads-clear")._replace(signals=Broken())
    [[answer]] = ask(
        policy, ["x.y"], now=NOW, deadline_s=1, workspace="", environment_words={}, readers=READERS
    )["x.y"]
    assert isinstance(answer, Reading)
    assert (answer.state, answer.because) == (UNKNOWN, "the signals could not be asked")


@pytest.mark.parametrize("kind", ["never-expires", "lasts-a-year"])
def test_a_clear_never_holds_longer_than_policy_says(kind: str) -> None:
    answers = asked(policy_reading(kind))
    states = [readings_at(answers, NOW + age)[0].state for age in (0, 300, 301)]
    assert states == [CLEAR, CLEAR, UNKNOWN]


def test_text_from_outside_stays_on_one_line_and_short() -> None:
    reading = only(policy_reading("writes-two-lines"))
    assert reading.state == RAISED
    for text in (reading.because, reading.value):
        assert text.isprintable()
        assert len(text) <= 400


def test_very_many_readings_join_into_one_about_everything() -> None:
    [answers] = asked(policy_reading("is-raised-everywhere"))["x.y"]
    assert len(answers) == answers_.MAX_ANSWERS
    last = answers[-1]
    assert isinstance(last, Reading)
    assert (last.state, last.service) == (RAISED, "")
    assert last.because == "it burns, and 436 more"


def test_reads_are_in_the_order_of_policy() -> None:
    places = asked(policy_reading("raises-fault", "reads-clear", "clock", "reads-a-calendar"))[
        "x.y"
    ]
    assert [type(place[0]).__name__ for place in places] == ["Reading"] * 3 + ["Timetable"]
    assert [getattr(place[0], "state", "") for place in places[:2]] == [UNKNOWN, CLEAR]


# Time


def test_whoever_is_late_is_unknown_and_keeps_nobody_waiting() -> None:
    policy = policy_reading({"kind": "hangs", "source": "prometheus"}, "reads-clear")
    started = time.monotonic()
    late, prompt = asked(policy, deadline_s=0.5)["x.y"]
    assert time.monotonic() - started < 0.9
    assert isinstance(late[0], Reading)
    assert (late[0].state, late[0].because) == (UNKNOWN, "prometheus did not answer within 0.5 s")
    assert isinstance(prompt[0], Reading)
    assert prompt[0].state == CLEAR


def test_a_slow_source_does_not_starve_the_others() -> None:
    """A hundred reads of a source that hangs, and one of another source that comes last."""
    slow = [{"kind": "hangs", "source": "slow"}] * 100
    answers = asked(
        policy_reading(*slow, {"kind": "reads-clear", "source": "quick"}), deadline_s=0.5
    )
    states = [place[0].state for place in answers["x.y"] if isinstance(place[0], Reading)]
    assert states == [UNKNOWN] * 100 + [CLEAR]


def test_one_source_is_asked_side_by_side_but_by_a_bounded_number() -> None:
    odd_readers.MOST[:] = [0, 0]
    reads = [{"kind": "takes-a-while", "source": f"s{n % 10}"} for n in range(60)]
    started = time.monotonic()
    answers = asked(policy_reading(*reads), deadline_s=20)
    assert time.monotonic() - started < 60 * 0.1 / 5
    assert {p[0].state for p in answers["x.y"] if isinstance(p[0], Reading)} == {CLEAR}
    assert 10 <= odd_readers.MOST[1] <= MAX_WORKERS


def test_a_deadline_that_is_over_asks_nobody() -> None:
    reading = only(policy_reading("takes-a-while"), deadline_s=0)
    assert (reading.state, reading.because) == (UNKNOWN, "takes-a-while did not answer within 0 s")


def test_an_interpreter_ends_while_a_source_hangs() -> None:
    """Threads are daemons: `check --live` answers and goes."""
    program = (
        "from tests.signals.test_ask import asked, policy_reading\n"
        "print(asked(policy_reading('hangs'), deadline_s=0.2)['x.y'][0][0].state, flush=True)\n"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "UNKNOWN\n", "")
    assert time.monotonic() - started < 20


def test_a_read_that_hangs_is_not_asked_again_meanwhile() -> None:
    """A watch asks for ever: whatever its sources do, threads do not pile up."""
    reads = {Place("x.y", n): Read("x.y", {"kind": "hangs"}, "high", 300) for n in range(40)}
    lanes = Lanes(READERS)
    before = threading.active_count()
    counts = []
    for _ in range(8):
        with Connections({}) as connections:
            outcomes = lanes.outcomes(reads, connections.round(NOW, 0.05, "", {}), 0.05)
        assert {o.answers[0].state for o in outcomes.values()} == {UNKNOWN}  # type: ignore[union-attr]
        counts.append(threading.active_count() - before)
    assert counts == [8] * 8
    hanging = [o.answers[0].because for o in outcomes.values()]  # type: ignore[union-attr]
    assert hanging.count("hangs has not answered an earlier question yet") == 8


# Kinds that a hook answers


def test_the_clock_answers_without_a_call() -> None:
    clock = {
        "kind": "clock",
        "zone": "UTC",
        "days": [0, 1, 2, 3, 4],
        "start": "08:00",
        "end": "18:00",
    }
    assert only(policy_reading(clock)).state == RAISED  # a Saturday


def test_what_is_told_by_a_call_needs_one() -> None:
    policy = policy_reading({"kind": "call-credentials"})
    assert only(policy).state == UNKNOWN
    call = ToolCall("shell", {"command": "true"}, "/")
    scene = Scene(NOW, call, World("", lambda *_: ((), "")))
    assert only(policy, scene=scene).state == CLEAR


# What was raised before


def held(*entries: dict[str, Any], signal: str = "x.y") -> Snapshot:
    return Snapshot({signal: [list(entries)]}, NOW - 60)


BURNS = {"signal": "x.y", "state": RAISED, "because": "it burns", "observed_at": NOW - 60}


def test_what_was_raised_stays_raised_when_its_source_breaks() -> None:
    [[unknown, kept]] = asked(policy_reading("raises-fault"), held=held(BURNS))["x.y"]
    assert isinstance(unknown, Reading)
    assert isinstance(kept, Reading)
    assert unknown.state == UNKNOWN
    assert (kept.state, kept.observed_at) == (RAISED, NOW - 60)
    assert kept.because == (
        "it burns; not seen since: `prometheus` at 127.0.0.1:9090 refused the connection"
    )


def test_its_reason_does_not_grow_from_round_to_round() -> None:
    before = held(BURNS)
    for _ in range(5):
        [place] = asked(policy_reading("raises-fault"), held=before)["x.y"]
        before = held(*[json.loads(json.dumps(answer._asdict())) for answer in place])
    assert [a.state for a in place if isinstance(a, Reading)] == [UNKNOWN, RAISED]
    assert place[1].because.count("not seen since") == 1  # type: ignore[union-attr]


def test_its_source_takes_it_back() -> None:
    assert only(policy_reading("reads-clear"), held=held(BURNS)).state == CLEAR


@pytest.mark.parametrize(
    "entry",
    [
        {**BURNS, "signal": "another.signal"},
        {**BURNS, "state": "CLEAR"},
        {**BURNS, "because": 5},
        {**BURNS, "windows": 3},
        {"unheard": "of"},
        [],
        None,
    ],
)
def test_what_was_not_raised_is_not_kept(entry: Any) -> None:
    assert only(policy_reading("raises-fault"), held=held(entry)).state == UNKNOWN


def test_a_snapshot_with_a_fault_holds_nothing() -> None:
    assert (
        only(policy_reading("raises-fault"), held=held(BURNS)._replace(fault="it is")).state
        == UNKNOWN
    )


def test_a_calendar_goes_on_when_its_source_breaks() -> None:
    [[timetable]] = asked(policy_reading("reads-a-calendar"))["x.y"]
    entry = json.loads(json.dumps(timetable._asdict()))
    answers = asked(policy_reading("raises-fault"), held=held(entry))
    states = [
        {reading.state for reading in readings_at(answers, NOW + after)} for after in (0, 150, 250)
    ]
    assert states == [{UNKNOWN, CLEAR}, {UNKNOWN, RAISED}, {UNKNOWN, CLEAR}]


READ = Read("x.y", {"kind": "promql", "source": "p"}, "high", 300)


def kept_of(old: dict[str, Any], *answers: Reading) -> list[str]:
    before = [Reading(**{"signal": "x.y", "state": RAISED, "because": "old", **old})]
    kept = answers_.with_held(list(answers), before, is_failure=False)
    return [a.because for a in kept[len(answers) :] if isinstance(a, Reading)]


def test_a_service_without_traffic_holds_up_its_own_alert_only() -> None:
    quiet = Reading("x.y", UNKNOWN, "no traffic", service="quiet")
    assert kept_of({"service": "quiet"}, quiet) == ["old; not seen since: no traffic"]
    assert kept_of({"service": "busy"}, quiet) == []
    assert kept_of({}, quiet) == ["old; not seen since: no traffic"]


def test_an_answer_about_the_same_replaces_what_was_raised() -> None:
    nobody = Reading("x.y", UNKNOWN, "no data", environments=("staging",))
    clear = Reading("x.y", CLEAR, "fine", environments=("staging",), service="busy")
    assert kept_of({"environments": ("staging",), "service": "busy"}, nobody, clear) == []
    assert kept_of({"environments": ("staging",), "service": "other"}, nobody, clear) != []
    assert kept_of({"environments": ("production",)}, nobody, clear) == []


def test_timetables_are_looked_up_and_ages_applied() -> None:
    table = Timetable("x.y", ((NOW, NOW + 10, "freeze"),), NOW + 20, "open", observed_at=NOW)
    old = Reading("x.y", CLEAR, "fine", observed_at=NOW - 301, max_age_s=300)
    answers = {"x.y": [[table], [old]]}
    assert [r.state for r in readings_at(answers, NOW)] == [RAISED, UNKNOWN]
    assert [r.state for r in readings_at(answers, NOW + 10)] == [CLEAR, UNKNOWN]
    assert [r.state for r in readings_at(answers, NOW + 20)] == [UNKNOWN, UNKNOWN]
