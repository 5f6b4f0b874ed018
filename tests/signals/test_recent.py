"""What the journal's end says: rollbacks, open changes, circles; and what it does not say is not clear."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.audit.journal import Journal
from agentic.audit.record import iso_time, record_of_decision, record_of_outcome
from agentic.core.policy import Policy
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Judged, Reading, ToolCall
from agentic.signals.interface import Scene, World, read_signals
from agentic.signals.recent import (
    read_open_changes,
    read_repeated_calls,
    read_rollbacks,
    seconds_of,
)
from tests.audit.samples import call, decision, journal_in, lines_of
from tests.signals.test_signals import configured, policy_with

NOW = 1_795_255_800
HOUR = 3600
ROLLBACKS = {"kind": "rollbacks", "environments": None, "within": 6 * HOUR}
CHANGES = {"kind": "open-changes", "environments": None, "within": 1800}
CALLS = {
    "kind": "repeated-calls",
    "environments": None,
    "within": 300,
    "refused": 8,
    "repeated": 20,
}
SHARED = ("write-shared", "network")


class Desk:
    """A journal, and records in it of what sessions did and when."""

    def __init__(self, folder: Path) -> None:
        self.journal: Journal = journal_in(folder)

    def decided(
        self,
        *operations: tuple[str, str, str],
        at: float = NOW - 60,
        session: str = "other",
        permission: str = "RUN",
        effects: tuple[str, ...] = SHARED,
        digest: str = "a" * 64,
        **changes: Any,
    ) -> int:
        """Record a decision on operations (kind, environment, target); the record's `seq`."""
        judged = tuple(
            Judged(kind, environment, environment or "local", effects, target)
            for kind, environment, target in operations or (("kubernetes.apply", "staging", "api"),)
        )
        made = decision(
            operations=judged, permission=permission, call_digest=digest, readings=(), **changes
        )
        asked = call(session=session, call_id=f"call-{at}-{session}-{digest[:4]}")
        record = record_of_decision(asked, made, answer="none", user="ada", now=at)
        return self.journal.append(record).seq

    def ended(self, seq: int, status: str, at: float = NOW - 30, call_id: str = "") -> None:
        """Record the outcome of a decision."""
        asked = call(session="other", call_id=call_id)
        record = record_of_outcome(asked, status=status, user="ada", now=at, decision=seq)  # type: ignore[arg-type]
        self.journal.append(record)

    def filled(self, count: int, start: int, end: int) -> None:
        """Records that matter to nobody, evenly from `start` to `end`."""
        for number in range(count):
            at = start + (end - start) * number // max(1, count - 1)
            self.decided(("file.read", "", "README.md"), at=at, effects=("read",), digest="f" * 64)

    def scene(self, session: str = "mine", now: int = NOW) -> Scene:
        asked = ToolCall("shell", {"command": "kubectl apply -f x"}, "/", session=session)
        return Scene(now, asked, World("", self.journal.newest().since))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def rollbacks(desk: Desk, **scene: Any) -> tuple[Reading, ...]:
    return read_rollbacks("rollback.recent", ROLLBACKS, desk.scene(**scene))


def changes(desk: Desk, **scene: Any) -> tuple[Reading, ...]:
    return read_open_changes("change.conflicting", CHANGES, desk.scene(**scene))


def circles(desk: Desk, **scene: Any) -> Reading:
    (reading,) = read_repeated_calls("agent.runaway", CALLS, desk.scene(**scene))
    return reading


def states(readings: Sequence[Reading]) -> list[str]:
    return [reading.state for reading in readings]


# Rollbacks


def test_a_rollback_raises_its_environment_and_says_how_long_ago(desk: Desk) -> None:
    seq = desk.decided(("deploy.rollback", "staging", "api"), at=NOW - 2 * HOUR)
    (reading,) = rollbacks(desk)
    assert (reading.state, reading.environments) == (RAISED, ("staging",))
    assert reading.because == (f"a rollback ran on staging 2 h ago (record {seq}), within 6 h")
    assert (reading.value, reading.threshold, reading.source) == ("2 h", "6 h", "journal")


def test_the_newest_of_each_environment_is_told(desk: Desk) -> None:
    desk.decided(("deploy.rollback", "staging", "api"), at=NOW - 5 * HOUR)
    desk.decided(("deploy.rollback", "staging", "api"), at=NOW - 3 * HOUR)
    desk.decided(
        ("deploy.rollback", "production", "api"), ("kubernetes.read", "dev", ""), at=NOW - HOUR
    )
    found = {r.environments: r.value for r in rollbacks(desk)}
    assert found == {("staging",): "3 h", ("production",): "1 h"}


@pytest.mark.parametrize(
    ("permission", "outcome", "state"),
    [
        ("RUN", "", RAISED),
        ("RUN", "succeeded", RAISED),
        ("RUN", "failed", RAISED),
        ("RUN", "unknown", RAISED),
        ("RUN", "refused", CLEAR),
        ("ASK", "", CLEAR),
        ("ASK", "succeeded", RAISED),
        ("ASK", "refused", CLEAR),
        ("BLOCK", "", CLEAR),
        ("BLOCK", "failed", RAISED),
    ],
)
def test_only_a_rollback_that_ran_counts(
    desk: Desk, permission: str, outcome: str, state: str
) -> None:
    seq = desk.decided(("deploy.rollback", "staging", "api"), permission=permission)
    if outcome:
        desk.ended(seq, outcome)
    assert states(rollbacks(desk)) == [state]


def test_an_outcome_that_names_only_its_call_counts(desk: Desk) -> None:
    desk.decided(("deploy.rollback", "staging", "api"), permission="ASK", at=NOW - 90)
    desk.ended(0, "succeeded", call_id=f"call-{NOW - 90}-other-aaaa")
    assert states(rollbacks(desk)) == [RAISED]


def test_what_is_older_or_only_a_question_does_not_count(desk: Desk) -> None:
    desk.decided(("deploy.rollback", "staging", "api"), at=NOW - 6 * HOUR - 1)
    desk.decided(("deploy.rollback", "staging", "api"), at=NOW - 60, purpose="ASK")
    assert states(rollbacks(desk)) == [CLEAR]
    assert rollbacks(desk)[0].because == "the journal holds no rollback of the last 6 h"


def test_the_word_in_a_target_or_a_reason_is_no_rollback(desk: Desk) -> None:
    desk.decided(("file.read", "", '"deploy.rollback"'), effects=("read",))
    assert states(rollbacks(desk)) == [CLEAR]


def test_a_record_from_the_future_is_as_old_as_the_next_that_is_not(desk: Desk) -> None:
    desk.decided(("deploy.rollback", "staging", "api"), at=NOW + 900 * HOUR)
    assert states(rollbacks(desk)) == [RAISED]
    desk.decided(("file.read", "", "x"), at=NOW - 2 * HOUR, effects=("read",))
    assert rollbacks(desk)[0].value == "2 h"
    assert states(rollbacks(desk, now=NOW + 5 * HOUR)) == [CLEAR]


@pytest.mark.parametrize(("kind", "state"), [("deploy.rollback", RAISED), ("file.write", CLEAR)])
def test_a_record_too_long_to_tell_its_operations_may_hide_one(
    desk: Desk, kind: str, state: str
) -> None:
    effects = SHARED if kind == "deploy.rollback" else ("write-workspace",)
    first = [("kubernetes.apply", "staging", f"service-{number}") for number in range(600)]
    desk.decided(*first, (kind, "staging", "api"), effects=effects)
    (reading,) = rollbacks(desk)
    assert (reading.state, reading.environments) == (state, ())


# How far the journal reaches


def test_no_journal_yet_is_clear(desk: Desk) -> None:
    assert states(rollbacks(desk)) == states(changes(desk)) == [CLEAR]
    assert circles(desk).state == CLEAR


def test_a_journal_that_began_within_the_time_was_seen_whole(desk: Desk) -> None:
    desk.filled(30, NOW - HOUR, NOW)
    assert states(rollbacks(desk)) == [CLEAR]


def test_hours_of_records_are_read_back_over_many_blocks(desk: Desk) -> None:
    desk.decided(("deploy.rollback", "staging", "api"), at=NOW - 5 * HOUR)
    desk.filled(400, NOW - 5 * HOUR, NOW)
    assert os.stat(desk.journal.path).st_size > 3 * 131_072
    assert [(r.state, r.value) for r in rollbacks(desk)] == [(RAISED, "5 h")]


def test_a_journal_that_lost_its_beginning_is_not_clear(desk: Desk) -> None:
    desk.filled(5, NOW - 7 * HOUR, NOW - 2 * HOUR)
    Path(desk.journal.path).write_bytes(b"")
    desk.filled(2, NOW - HOUR, NOW - 60)  # the first of them records that the journal was emptied
    (reading,) = rollbacks(desk)
    assert reading.state == UNKNOWN
    assert reading.because == "the journal reaches back 1 h without a gap, not 6 h"
    assert states(changes(desk)) == [CLEAR]  # half an hour is covered
    assert states(rollbacks(desk, now=NOW + 6 * HOUR)) == [CLEAR]


def test_a_gap_in_the_middle_is_not_clear(desk: Desk) -> None:
    desk.filled(6, NOW - 9 * HOUR, NOW - 2 * HOUR)
    lines = lines_of(desk.journal)
    Path(desk.journal.path).write_bytes(b"".join(lines[:3]))
    desk.filled(2, NOW - HOUR, NOW - 60)
    assert states(rollbacks(desk)) == [UNKNOWN]


def test_what_is_raised_stays_raised_when_not_everything_was_seen(desk: Desk) -> None:
    desk.filled(2, NOW - 7 * HOUR, NOW - 2 * HOUR)
    Path(desk.journal.path).write_bytes(b"")
    desk.decided(("deploy.rollback", "staging", "api"), at=NOW - 60)
    assert states(rollbacks(desk)) == [RAISED]


def replaced(journal: Journal) -> None:
    path = Path(journal.path)
    path.write_bytes(b"x" * path.stat().st_size)


def made_a_folder(journal: Journal) -> None:
    Path(journal.path).unlink()
    Path(journal.path).mkdir()


def made_a_link(journal: Journal) -> None:
    path = Path(journal.path)
    path.rename(path.with_suffix(".old"))
    path.symlink_to(path.with_suffix(".old"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda journal: Path(journal.path).unlink(),
        lambda journal: Path(journal.path).write_bytes(b""),
        lambda journal: Path(journal.path).write_bytes(lines_of(journal)[0]),
        lambda journal: Path(journal.head).unlink(),
        replaced,
        made_a_folder,
        made_a_link,
    ],
    ids=["removed", "emptied", "shortened", "without its head", "replaced", "a folder", "a link"],
)
def test_a_journal_that_is_not_what_was_written_is_unknown(desk: Desk, spoil: Any) -> None:
    desk.filled(3, NOW - HOUR, NOW)
    spoil(desk.journal)
    policy = policy_with(
        {
            "rollback.recent": configured(ROLLBACKS),
            "change.conflicting": configured(CHANGES),
            "agent.runaway": configured(CALLS),
        }
    )
    scene = desk.scene()
    readings = read_signals(scene.world, policy, policy.signals, scene.call, NOW)
    assert states(readings) == [UNKNOWN] * 3
    assert all("journal" in r.because and "\n" not in r.because for r in readings)


def test_a_line_that_is_no_record_is_unknown_when_it_could_matter(desk: Desk) -> None:
    desk.filled(1, NOW - HOUR, NOW)
    good = lines_of(desk.journal)
    desk.decided(("deploy.rollback", "staging", "api"))
    last = lines_of(desk.journal)[-1]
    bad = last[:-2] + b"]\n"
    Path(desk.journal.path).write_bytes(good[0] + bad)
    # the head's record still ends the file, so only parsing sees it
    scene = desk.scene()
    policy = policy_with({"rollback.recent": configured(ROLLBACKS)})
    (reading,) = read_signals(scene.world, policy, policy.signals, scene.call, NOW)
    assert reading.state == UNKNOWN
    assert reading.because == "the journal holds a line that is no record"


def test_a_torn_last_line_was_never_written(desk: Desk) -> None:
    desk.decided(("deploy.rollback", "staging", "api"), permission="BLOCK")
    with open(desk.journal.path, "ab") as file:
        file.write(b'{"event":"decision","kinds":["deploy.rollback"],"permission":"RUN"')
    assert states(rollbacks(desk)) == [CLEAR]


def test_the_journal_is_read_once_and_again_when_it_grew(desk: Desk) -> None:
    desk.filled(3, NOW - HOUR, NOW - 60)
    scene = desk.scene()
    assert states(read_rollbacks("r", ROLLBACKS, scene)) == [CLEAR]
    assert states(read_open_changes("c", CHANGES, scene)) == [CLEAR]
    desk.decided(("deploy.rollback", "staging", "api"))
    assert states(read_rollbacks("r", ROLLBACKS, scene)) == [RAISED]
    assert states(read_open_changes("c", CHANGES, scene)) == [RAISED]


# Changes in flight


def test_another_sessions_change_raises_its_target_and_environment(desk: Desk) -> None:
    seq = desk.decided(("kubernetes.apply", "staging", "api"), at=NOW - 240)
    (reading,) = changes(desk)
    assert (reading.state, reading.environments, reading.targets) == (
        RAISED,
        ("staging",),
        ("api",),
    )
    assert reading.because == (
        f"session `other` began to change `api` on staging 4 min ago (record {seq}), "
        "which has not ended"
    )


@pytest.mark.parametrize(
    ("permission", "outcome", "state"),
    [
        ("RUN", "", RAISED),
        ("ASK", "", RAISED),
        ("BLOCK", "", CLEAR),
        ("RUN", "succeeded", CLEAR),
        ("RUN", "failed", CLEAR),
        ("ASK", "refused", CLEAR),
    ],
)
def test_a_change_is_in_flight_until_its_outcome(
    desk: Desk, permission: str, outcome: str, state: str
) -> None:
    seq = desk.decided(permission=permission)
    desk.decided(("kubernetes.read", "staging", "api"), effects=("read", "network"))
    if outcome:
        desk.ended(seq, outcome)
    assert states(changes(desk)) == [state]


def test_each_change_has_a_reading_and_its_own_scope(desk: Desk) -> None:
    desk.decided(("kubernetes.apply", "staging", "api"), ("kubernetes.apply", "staging", "web"))
    desk.decided(("git.push", "", "origin"), ("helm.apply", "dev", ""), session="third")
    found = [(r.environments, r.targets) for r in changes(desk)]
    assert found == [(("staging",), ("api", "web")), (("dev",), ())]


def test_own_changes_and_old_ones_do_not_count(desk: Desk) -> None:
    desk.decided(session="mine")
    desk.decided(at=NOW - 1801)
    desk.decided(effects=("write-workspace",))
    desk.decided(purpose="ASK")
    assert states(changes(desk)) == [CLEAR]


def test_a_call_without_a_session_cannot_tell_its_own(desk: Desk) -> None:
    desk.decided(session="")
    desk.decided(session="mine")
    assert len(changes(desk, session="")) == 2
    assert states(changes(desk, session="mine")) == [RAISED]
    assert "session `unknown`" in changes(desk, session="mine")[0].because


def test_a_target_that_is_not_told_whole_covers_all(desk: Desk) -> None:
    desk.decided(("kubernetes.apply", "staging", "x" * 5000))
    desk.decided(("kubernetes.apply", "staging", "ghp_" + "a1B2c3D4e5" * 4), session="third")
    assert [r.targets for r in changes(desk)] == [(), ()]


def test_many_changes_are_one_reading_about_everything(desk: Desk) -> None:
    for number in range(21):
        desk.decided(("kubernetes.apply", "staging", f"s{number}"), session=f"session-{number}")
    (reading,) = changes(desk)
    assert (reading.state, reading.environments, reading.targets) == (RAISED, (), ())
    assert reading.because.startswith("21 changes of other sessions are in flight")


# Circles


def refusals(desk: Desk, count: int, **fields: Any) -> None:
    for number in range(count):
        desk.decided(at=NOW - 120 + number, permission="BLOCK", **{"session": "mine", **fields})


def repeats(desk: Desk, count: int, *effects: str, between: Any = None) -> None:
    for number in range(count):
        desk.decided(at=NOW - 200 + 2 * number, session="mine", effects=effects)
        if between:
            between(number)


def test_too_many_refusals_raise(desk: Desk) -> None:
    refusals(desk, 7)
    assert circles(desk).state == CLEAR
    refusals(desk, 1)
    reading = circles(desk)
    assert reading.state == RAISED
    assert reading.because == "the session was refused 8 times within 5 min, threshold 8"
    assert (reading.value, reading.unit, reading.threshold) == ("8", "calls", "8")


def test_one_call_too_often_raises(desk: Desk) -> None:
    repeats(desk, 19, *SHARED)
    assert circles(desk).state == CLEAR
    repeats(desk, 1, *SHARED)
    reading = circles(desk)
    assert reading.state == RAISED
    assert reading.because == (
        "the session made one call (`Bash`) 20 times within 5 min, threshold 20"
    )


def test_refusals_and_repeats_of_other_sessions_and_times_do_not_count(desk: Desk) -> None:
    refusals(desk, 20, session="other")
    refusals(desk, 20, session="mine2")
    refusals(desk, 20, purpose="ASK")
    for _ in range(20):
        desk.decided(at=NOW - 301, session="mine", permission="BLOCK")
    assert circles(desk).state == CLEAR
    assert circles(desk).because == "refused 0 times and at most 0 equal calls within 5 min"


@pytest.mark.parametrize("effects", [("read",), ("read", "network"), ("network",)])
def test_looking_again_and_again_is_waiting(desk: Desk, effects: tuple[str, ...]) -> None:
    repeats(desk, 60, *effects)
    assert circles(desk).state == CLEAR


def test_a_test_that_runs_again_after_every_edit_is_work(desk: Desk) -> None:
    def edited(number: int) -> None:
        desk.decided(
            ("file.write", "", "a.py"),
            at=NOW - 199 + 2 * number,
            session="mine",
            effects=("write-workspace",),
            digest=f"{number:064d}",
        )

    repeats(desk, 40, "write-workspace", between=edited)
    assert circles(desk).state == CLEAR


def test_a_test_that_runs_again_without_any_edit_is_a_circle(desk: Desk) -> None:
    def looked(number: int) -> None:
        desk.decided(at=NOW - 199 + 2 * number, session="mine", effects=("read",), digest="e" * 64)

    repeats(desk, 20, "write-workspace", between=looked)
    assert circles(desk).state == RAISED


def test_calls_without_a_session_are_one(desk: Desk) -> None:
    refusals(desk, 20)
    refusals(desk, 8, session="")
    assert circles(desk, session="").value == "8"


def test_a_session_with_an_odd_name_is_found(desk: Desk) -> None:
    refusals(desk, 8, session='a"b\\c\u2028')
    assert circles(desk, session='a"b\\c\u2028').state == RAISED
    assert circles(desk, session="a").state == CLEAR


# Time


@given(st.integers(0, 4_102_444_800))
def test_times_of_records_are_read_back(now: int) -> None:
    assert seconds_of(iso_time(now)) == now
    assert datetime.fromtimestamp(seconds_of(iso_time(now)), UTC).timestamp() == now


def test_policy_settings_are_what_the_readers_take(desk: Desk) -> None:
    policy: Policy = policy_with({"agent.runaway": configured(CALLS)})
    scene = desk.scene()
    (reading,) = read_signals(scene.world, policy, ["agent.runaway"], scene.call, NOW)
    assert (reading.state, reading.severity, reading.observed_at) == (CLEAR, "high", NOW)
