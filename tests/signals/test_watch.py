"""Keeping the snapshot fresh: when who is asked, what stands there meanwhile, and how it starts and ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.policy import Policy
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.errors import AgenticError, Unavailable
from agentic.signals.live import watch as watching
from agentic.signals.live.ask import Outcome, Place
from agentic.signals.live.interface import Read
from agentic.signals.live.watch import (
    BACKOFF_CAP_S,
    BACKOFF_FIRST_S,
    JITTER,
    LOOK_S,
    MAX_INTERVAL_S,
    MIN_INTERVAL_S,
    Clocks,
    Watcher,
    failures_after,
    interval_s,
    next_due,
    refresh_once,
)
from agentic.signals.snapshot import Timetable, answer_of, entries_of, read_snapshot
from bench.prometheus_stub import Stub, stub
from tests.signals.configured import policy_of
from tests.signals.servers import eventually

NOW = 1_795_255_800


# When


def test_a_clear_is_asked_again_well_before_it_expires() -> None:
    clear = [Reading("x", CLEAR, "b")]
    assert [interval_s(clear, age, NOW) for age in (300, 60, 3)] == [100, 20, MIN_INTERVAL_S]
    assert interval_s(clear, 86_400, NOW) == MAX_INTERVAL_S


def test_a_timetable_is_asked_less_often() -> None:
    table = Timetable("x", (), NOW + 10_000, "b")
    assert interval_s([table], 300, NOW) == MAX_INTERVAL_S
    assert interval_s([table._replace(known_until=NOW + 1_000)], 300, NOW) == 500
    assert interval_s([table._replace(max_age_s=400)], 300, NOW) == 200
    assert interval_s([table, Reading("x", UNKNOWN, "b")], 300, NOW) == 100
    assert interval_s([table._replace(known_until=NOW - 5)], 300, NOW) == MIN_INTERVAL_S


@given(st.integers(6, 10**6), st.floats(0, 1, exclude_max=True))
def test_what_answers_is_never_left_to_expire(max_age_s: int, luck: float) -> None:
    interval = interval_s([Reading("x", CLEAR, "b")], max_age_s, NOW)
    wait_s = next_due(0, interval, 0, luck)
    assert interval * (1 - JITTER) <= wait_s <= interval <= max_age_s / 2


def test_a_source_that_fails_is_asked_after_growing_pauses() -> None:
    waits = [next_due(1000, 100, failures, 0) - 1000 for failures in range(9)]
    assert waits == [100, 5, 10, 20, 40, 80, 160, 300, 300]
    assert next_due(0, 100, 10_000, 0) == BACKOFF_CAP_S


@given(st.integers(0, 100), st.floats(0, 1, exclude_max=True), st.floats(2, 3600))
def test_no_pause_is_longer_than_the_cap_or_shorter_than_its_jitter(
    failures: int, luck: float, interval: float
) -> None:
    wait_s = next_due(0, interval, failures, luck)
    longest = next_due(0, interval, failures, 0)
    assert longest * (1 - JITTER) <= wait_s <= longest <= max(interval, BACKOFF_CAP_S)


def test_a_source_has_failed_when_none_of_its_reads_was_answered() -> None:
    reads = {
        Place("x", n): Read("x", {"kind": "promql", "source": s}, "high", 300)
        for n, s in enumerate("aab")
    }
    good, bad = (
        Outcome([Reading("x", CLEAR, "b")]),
        Outcome([Reading("x", UNKNOWN, "b")], is_failure=True),
    )
    places = list(reads)
    first = failures_after({}, reads, dict(zip(places, (good, bad, bad), strict=True)))
    assert first == {"a": 0, "b": 1}
    second = failures_after(first, reads, {places[1]: bad})
    assert second == {"a": 1, "b": 1}
    assert failures_after(second, reads, dict(zip(places, (bad, bad, good), strict=True))) == {
        "a": 2,
        "b": 0,
    }


# One round


def layer(url: str, count: int = 1, max_age: str = "300s") -> str:
    """A layer with this many signals, each with a query of its own."""
    rows = [
        f"sources:\n  - {{source: prometheus, kind: prometheus, url: '{url}', timeout: 2s}}",
        "signals:",
    ]
    for number in range(count):
        read = f"{{kind: promql, source: prometheus, query: 'metric_{number}', raised_when: {{above: 1}}}}"
        rows.append(
            f"  - {{signal: load.s{number}, meaning: it is too high, max_age: {max_age}, reads: [{read}]}}"
        )
    return "\n".join(rows) + "\n"


FILE_LAYER = """
sources:
  - {{source: incidents, kind: file, path: {path}}}
signals:
  - signal: incident.active
    meaning: an incident is open
    severity: high
    max_age: 60s
    reads:
      - {{kind: incident-file, source: incidents}}
      - {{kind: clock, zone: UTC, days: [Mon], start: "00:00", end: "24:00"}}
  - signal: freeze.active
    meaning: a change freeze is in force
    reads: [{{kind: incident-file, source: incidents}}]
"""


def write_incidents(path: Path, *titles: str) -> None:
    incidents = [
        {"id": f"INC-{n}", "title": title, "severity": "P1", "since": "2026-11-01T00:00:00Z"}
        for n, title in enumerate(titles, 1)
    ]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    document = {"version": 1, "kind": "incidents", "updated_at": now, "incidents": incidents}
    path.write_text(json.dumps(document))


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    path = tmp_path / "incidents.json"
    write_incidents(path)
    return path


def file_policy(incidents: Path) -> Policy:
    return policy_of(FILE_LAYER.format(path=incidents))


def stored(state: Path, policy: Policy, name: str = "incident.active") -> list[str]:
    """The states that the snapshot holds of a signal's first read."""
    snapshot = read_snapshot(str(state), policy.signals_digest)
    if snapshot.fault:
        return []
    answers = [answer_of(entry) for entry in entries_of(snapshot, name, 0)]
    return [answer.state for answer in answers if isinstance(answer, Reading)]


def refreshed(state: Path, policy: Policy, **more: object) -> dict[str, list[list[str]]]:
    answers = refresh_once(
        policy,
        state=str(state),
        now=int(time.time()),
        deadline_s=10,
        workspace="",
        **more,  # type: ignore[arg-type]
    )
    return {
        name: [[a.state for a in place if isinstance(a, Reading)] for place in places]
        for name, places in answers.items()
    }


def test_a_refresh_asks_and_writes(tmp_path: Path, incidents: Path) -> None:
    policy = file_policy(incidents)
    expected = {"incident.active": [[CLEAR], []], "freeze.active": [[CLEAR]]}
    assert refreshed(tmp_path, policy) == expected
    assert stored(tmp_path, policy) == [CLEAR]


def test_a_refresh_of_some_signals_leaves_the_others_alone(tmp_path: Path, incidents: Path) -> None:
    policy = file_policy(incidents)
    refreshed(tmp_path, policy)
    write_incidents(incidents, "checkout is down")
    assert refreshed(tmp_path, policy, names=["freeze.active"]) == {"freeze.active": [[RAISED]]}
    assert (stored(tmp_path, policy), stored(tmp_path, policy, "freeze.active")) == (
        [CLEAR],
        [RAISED],
    )


def test_breaking_the_source_takes_nothing_back(tmp_path: Path, incidents: Path) -> None:
    policy = file_policy(incidents)
    write_incidents(incidents, "checkout is down")
    assert refreshed(tmp_path, policy)["incident.active"][0] == [RAISED]
    incidents.unlink()
    for _ in range(3):
        assert sorted(refreshed(tmp_path, policy)["incident.active"][0]) == [RAISED, UNKNOWN]
    write_incidents(incidents)
    assert refreshed(tmp_path, policy)["incident.active"][0] == [CLEAR]


# A watcher, step by step


class Machine:
    """A watcher over clocks that a test moves on."""

    def __init__(self, state: Path, load: Callable[[], Policy]) -> None:
        self.said: list[str] = []
        self.moved_s = 0.0
        self.set_s = 0.0
        self.watcher = Watcher(
            load, str(state), "", 5.0, self.said.append,
            Clocks(
                lambda: time.time() + self.moved_s + self.set_s,
                lambda: time.monotonic() + self.moved_s,
            ),
        )  # fmt: skip

    def step(self, after_s: float = 0.0) -> float:
        self.moved_s += after_s
        return self.watcher.step(lambda: False)

    def close(self) -> None:
        self.watcher.close()


def test_a_watcher_asks_what_is_due_and_tells_what_changes(tmp_path: Path, incidents: Path) -> None:
    policy = file_policy(incidents)
    with closing(Machine(tmp_path, lambda: policy)) as machine:
        assert 0 < machine.step() <= LOOK_S
        assert stored(tmp_path, policy) == [CLEAR]
        assert machine.said == ["watching 2 signals with 2 reads of 1 sources"]
        write_incidents(incidents, "checkout is down")
        machine.step()
        assert stored(tmp_path, policy) == [CLEAR]  # not due yet
        machine.step(25)
        assert stored(tmp_path, policy) == [RAISED]
        assert machine.said[-1].startswith("incident.active CLEAR -> RAISED: ")
        assert "checkout is down" in machine.said[-1]
        count = len(machine.said)
        machine.step(25)
        assert len(machine.said) == count


def test_a_timetables_change_is_told_when_it_comes(tmp_path: Path) -> None:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1000))
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2000))
    window = f"{{from: '{moment}', until: '{later}', because: the audit}}"
    policy = policy_of(
        "signals:\n  - signal: freeze.active\n    meaning: a freeze\n"
        f"    reads: [{{kind: windows, zone: UTC, also: [{window}]}}]\n"
    )
    with closing(Machine(tmp_path, lambda: policy)) as machine:
        machine.step()
        assert len(machine.said) == 1
        machine.step(1001)
        assert machine.said[-1].startswith("freeze.active CLEAR -> RAISED: ")


def test_a_snapshot_that_somebody_touched_is_asked_anew(tmp_path: Path, incidents: Path) -> None:
    policy = file_policy(incidents)
    with closing(Machine(tmp_path, lambda: policy)) as machine:
        machine.step()
        path = Path(watching.snapshot_path(str(tmp_path), policy.signals_digest))
        for spoil in (
            path.unlink,
            lambda: path.write_text("{}"),
            lambda: path.chmod(0o666) or path.touch(),
        ):
            spoil()
            machine.step(11)
            assert stored(tmp_path, policy) == [CLEAR]
        path.unlink()
        machine.step()  # so soon after the last time it waits
        assert stored(tmp_path, policy) == []


def test_a_clock_that_was_set_makes_everything_due(tmp_path: Path, incidents: Path) -> None:
    policy = file_policy(incidents)
    with closing(Machine(tmp_path, lambda: policy)) as machine:
        machine.step()
        write_incidents(incidents, "checkout is down")
        machine.set_s = 3600
        machine.step()
        assert stored(tmp_path, policy) == [RAISED]


def test_a_changed_policy_counts_at_once(tmp_path: Path, incidents: Path) -> None:
    policies = [file_policy(incidents)]
    with closing(Machine(tmp_path, lambda: policies[-1])) as machine:
        machine.step()
        policies.append(policy_of(FILE_LAYER.format(path=incidents).replace("60s", "90s")))
        machine.step()
        assert stored(tmp_path, policies[-1]) == [CLEAR]
        with closing(Machine(tmp_path, lambda: policies[0])) as other:  # the old one is free again
            other.step()
        with pytest.raises(Unavailable, match="already running"):
            Machine(tmp_path, lambda: policies[1])


def test_a_policy_that_cannot_be_loaded_leaves_the_last_in_force(
    tmp_path: Path, incidents: Path
) -> None:
    policy = file_policy(incidents)
    broken: list[Exception] = []

    def load() -> Policy:
        if broken:
            raise broken[0]
        return policy

    with closing(Machine(tmp_path, load)) as machine:
        machine.step()
        broken.append(AgenticError("policy.damaged", "the compiled policy is damaged"))
        write_incidents(incidents, "checkout is down")
        for _ in range(3):
            machine.step(25)
        assert stored(tmp_path, policy) == [RAISED]
        told = [line for line in machine.said if "damaged" in line]
        assert told == ["the last policy is still watched over: the compiled policy is damaged"]


def test_a_snapshot_that_cannot_be_written_is_told_once(tmp_path: Path, incidents: Path) -> None:
    policy = file_policy(incidents)
    with closing(Machine(tmp_path, lambda: policy)) as machine:
        Path(watching.snapshot_path(str(tmp_path), policy.signals_digest)).mkdir()
        for _ in range(3):
            machine.step(25)
        told = [line for line in machine.said if "directory" in line]
        assert [line.rpartition(": ")[2] for line in told] == ["is a directory"]


def test_a_failing_source_is_asked_ever_less_often_and_is_unknown_meanwhile(tmp_path: Path) -> None:
    with stub() as server:
        policy = policy_of(layer(server.url, max_age="60s"))
        with closing(Machine(tmp_path, lambda: policy)) as machine:
            machine.step()
            assert stored(tmp_path, policy, "load.s0") == [CLEAR]
            server.status = 503
            machine.step(20)
            assert stored(tmp_path, policy, "load.s0") == [UNKNOWN]
            retries = list(seconds_between_questions(machine, server, 600))
            assert [round(wait) for wait in retries] == sorted(round(wait) for wait in retries)
            for wait_s, full in zip(retries, (5, 10, 20, 40, 80, 160, 300), strict=False):
                assert full * (1 - JITTER) - 2 <= wait_s <= full + 2
            assert len(retries) >= 6
            server.status = 200
            machine.moved_s = 0  # the stub's clock is ours
            machine.step(BACKOFF_CAP_S)
            assert machine.said[-1].startswith("load.s0 CLEAR -> UNKNOWN")


def seconds_between_questions(machine: Machine, server: Stub, during_s: int) -> Iterator[float]:
    """After how many seconds of the moved clock the source is asked each time."""
    last = machine.moved_s
    until = last + during_s
    while machine.moved_s < until:
        count = len(server.asked_at)
        machine.step(1)
        if len(server.asked_at) > count:
            yield machine.moved_s - last
            last = machine.moved_s


def test_a_source_that_comes_back_is_asked_as_ever(tmp_path: Path) -> None:
    with stub() as server:
        policy = policy_of(layer(server.url, max_age="60s"))
        with closing(Machine(tmp_path, lambda: policy)) as machine:
            server.status = 500
            machine.step()
            assert stored(tmp_path, policy, "load.s0") == [UNKNOWN]
            server.status = 200
            machine.step(BACKOFF_FIRST_S)
            assert stored(tmp_path, policy, "load.s0") == [CLEAR]
            assert machine.said[-1].startswith("load.s0 UNKNOWN -> CLEAR")
            server.value = "5"
            machine.step(20)
            assert stored(tmp_path, policy, "load.s0") == [RAISED]


# A process


@contextmanager
def watch_process(state: Path, text: str) -> Iterator[subprocess.Popen[str]]:
    """`watch` in a process of its own; killed at the end if it still runs."""
    file = state.parent / f"{state.name}.yaml"
    file.write_text(text)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.signals.watch_process", str(state), str(file)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, float, str]:
    """Status, seconds until the end, and what it said, after a signal."""
    started = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    return process.returncode, time.monotonic() - started, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_is_alone_and_stops_cleanly(number: int, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with stub() as server:
        text = layer(server.url, 3)
        with watch_process(state, text) as first:
            eventually(lambda: stored(state, policy_of(text), "load.s2") == [CLEAR], "a snapshot")
            with watch_process(state, text) as second:
                _, refused = second.communicate(timeout=30)
                assert second.returncode == 5
                assert f"is already running for these signals (process {first.pid})" in refused
            status, seconds, said = ended(first, number)
    assert (status, seconds < 1.5) == (0, True)
    assert "Traceback" not in said
    assert said.splitlines()[0].endswith("watching 3 signals with 3 reads of 1 sources")
    assert [path.name for path in (state / "signals").iterdir() if path.suffix == ".tmp"] == []


def test_it_stops_within_a_second_while_a_source_hangs(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with stub() as server:
        server.delay_s = 30
        text = layer(server.url)
        with watch_process(state, text) as process:
            eventually(lambda: server.asked_at, "a question")
            status, seconds, said = ended(process, signal.SIGTERM)
    assert (status, seconds < 1.5) == (0, True)
    assert "Traceback" not in said
    assert read_snapshot(str(state), policy_of(text).signals_digest).fault  # nothing half asked


def test_a_killed_watch_leaves_a_whole_snapshot_and_no_lock(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with stub() as server:
        text = layer(server.url, 50, max_age="6s")
        for _ in range(2):
            with watch_process(state, text) as process:
                count = len(server.asked_at)
                eventually(lambda least=count + 60: len(server.asked_at) > least, "a round")
                status, _, _ = ended(process, signal.SIGKILL)
            assert status == -signal.SIGKILL
            assert stored(state, policy_of(text), "load.s49") == [CLEAR]


def rss_bytes(pid: int) -> int:
    """Memory of a process that is really there."""
    shown = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    return int(shown.stdout) * 1024


def test_two_hundred_signals_stay_below_a_hundred_megabytes_on_one_pool(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with stub() as server:
        text = layer(server.url, 200, max_age="6s")
        with watch_process(state, text) as process:

            def asked(rounds: int) -> Callable[[], bool]:
                return lambda: len(server.asked_at) >= rounds * per_round

            eventually(lambda: stored(state, policy_of(text), "load.s199") == [CLEAR], "a snapshot")
            per_round = len(server.asked_at)
            eventually(asked(2), "a second round")
            second = rss_bytes(process.pid)
            eventually(asked(3), "a third round")
            third = rss_bytes(process.pid)
            status, _, _ = ended(process, signal.SIGTERM)
    assert status == 0
    assert third < 100_000_000
    assert third - second < 4_000_000
    assert server.connections <= 8, "each round opens connections of its own"


def test_the_environment_is_not_asked(tmp_path: Path) -> None:
    """A proxy that an agent sets in its session leads nowhere."""
    os.environ["HTTP_PROXY"] = "http://127.0.0.1:9"
    try:
        with stub() as server:
            assert refreshed(tmp_path, policy_of(layer(server.url))) == {"load.s0": [[CLEAR]]}
    finally:
        del os.environ["HTTP_PROXY"]
