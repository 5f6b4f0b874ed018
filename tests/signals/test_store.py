"""The snapshot is whole or old, whoever writes it and whatever kills it; nothing raised gets lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.errors import Unavailable
from agentic.signals.live import store
from agentic.signals.live.interface import Answer
from agentic.signals.live.store import READ_BYTES, take_watch, write_snapshot
from agentic.signals.snapshot import (
    MAX_BYTES,
    Timetable,
    answer_of,
    entries_of,
    read_snapshot,
    snapshot_path,
)

NOW = 1_795_255_800
DIGEST = "d" * 64


def reading(state: str, because: str = "b", **fields: Any) -> Reading:
    return Reading("x.y", state, because, **{"observed_at": NOW, "max_age_s": 300, **fields})  # type: ignore[arg-type]


def stored(state: Path, signal: str = "x.y", number: int = 0) -> list[Answer]:
    snapshot = read_snapshot(str(state), DIGEST)
    assert snapshot.fault == ""
    return [answer_of(entry) for entry in entries_of(snapshot, signal, number)]


def write(state: Path, *places: list[Answer], now: int = NOW) -> Path:
    return Path(write_snapshot(str(state), DIGEST, {"x.y": places}, now))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    full = Reading(
        "x.y", RAISED, "burn rate 21.3 over 1h, threshold 14.4", "high", "21.3", "x", "14.4",
        ("production",), ("write-shared",), "api", "prometheus", "sum(…) / 0.001", NOW, 300, ("api",),
    )  # fmt: skip
    table = Timetable("x.y", ((NOW, NOW + 5, "freeze"),), NOW + 9, "open", observed_at=NOW)
    empty = Timetable("x.y", (), 0, "open")
    places: list[list[Answer]] = [[full, reading(CLEAR)], [], [table, empty]]
    path = write(tmp_path, *places)
    assert [stored(tmp_path, number=n) for n in range(3)] == places
    assert str(path) == snapshot_path(str(tmp_path), DIGEST)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(p.name for p in path.parent.iterdir()) == [".lock", path.name]


def test_empty_fields_are_left_out(tmp_path: Path) -> None:
    body = write(tmp_path, [reading(CLEAR)]).read_bytes().split(b"\n")[1]
    assert json.loads(body) == {
        "x.y": [
            [
                {
                    "signal": "x.y",
                    "state": CLEAR,
                    "because": "b",
                    "observed_at": NOW,
                    "max_age_s": 300,
                }
            ]
        ]
    }


def test_text_of_any_kind_survives(tmp_path: Path) -> None:
    because = 'quote " \\ é \U0001f600 \ud800 \x00 end'
    write(tmp_path, [reading(RAISED, because)])
    assert [a.because for a in stored(tmp_path) if isinstance(a, Reading)] == [because]


def test_an_open_folder_is_closed(tmp_path: Path) -> None:
    (tmp_path / "signals").mkdir(mode=0o777)
    (tmp_path / "signals").chmod(0o777)
    write(tmp_path, [reading(CLEAR)])
    assert stored(tmp_path)[0] == reading(CLEAR)


def in_the_way_link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "precious")


def in_the_way_pipe(path: Path) -> None:
    os.mkfifo(path)


def in_the_way_open_file(path: Path) -> None:
    path.write_bytes(b"{}")
    path.chmod(0o666)


@pytest.mark.parametrize("put", [in_the_way_link, in_the_way_pipe, in_the_way_open_file])
def test_what_lies_in_the_way_is_replaced(put: Callable[[Path], None], tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    path = Path(snapshot_path(str(tmp_path), DIGEST))
    path.parent.mkdir(mode=0o700)
    put(path)
    write(tmp_path, [reading(CLEAR)])
    assert stored(tmp_path) == [reading(CLEAR)]
    assert precious.read_text() == "keep me"


def test_a_folder_in_the_way_is_said(tmp_path: Path) -> None:
    path = Path(snapshot_path(str(tmp_path), DIGEST))
    path.mkdir(parents=True, mode=0o700)
    with pytest.raises(Unavailable, match="is a directory"):
        write(tmp_path, [reading(CLEAR)])
    assert sorted(p.name for p in path.parent.iterdir()) == [".lock", path.name]


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "signals").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="is not a folder of this user"):
        write(tmp_path, [reading(CLEAR)])
    assert list((tmp_path / "elsewhere").iterdir()) == []


# Size


def test_an_answer_that_is_too_long_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, [reading(CLEAR, environments=("x" * 100_000,))])
    assert [a.state for a in stored(tmp_path) if isinstance(a, Reading)] == [UNKNOWN]


def test_an_answer_that_is_too_long_stays_raised(tmp_path: Path) -> None:
    raised = reading(RAISED, environments=("x" * 100_000,))
    write(tmp_path, [reading(CLEAR), raised, reading(UNKNOWN)])
    [kept] = stored(tmp_path)
    assert isinstance(kept, Reading)
    assert (kept.state, kept.environments, kept.severity) == (RAISED, (), "critical")


def test_long_explanations_give_way_before_readings_do(tmp_path: Path) -> None:
    """Each keeps its scope: an alert of one service must not spread to the others."""
    many: list[Answer] = [
        reading(RAISED, "b" * 400, query="q" * 60_000, service=f"s{n}") for n in range(5)
    ]
    write(tmp_path, many)
    assert {a.service for a in stored(tmp_path) if isinstance(a, Reading)} == {
        f"s{n}" for n in range(5)
    }


def test_of_a_long_timetable_the_near_future_is_kept(tmp_path: Path) -> None:
    windows = tuple((NOW + 100 * n, NOW + 100 * n + 50, "a freeze " * 30) for n in range(-50, 5000))
    write(tmp_path, [Timetable("x.y", windows, NOW + 10**9, "open", observed_at=NOW)])
    [table] = stored(tmp_path)
    assert isinstance(table, Timetable)
    assert len(json.dumps(table)) < READ_BYTES
    for moment in range(NOW, table.known_until, 50):
        assert table.at(moment).state == (RAISED if (moment - NOW) % 100 < 50 else CLEAR)
    assert table.known_until > NOW + 5_000
    assert table.at(table.known_until).state == UNKNOWN


def test_a_crowded_snapshot_stays_below_what_a_hook_reads(tmp_path: Path) -> None:
    many: list[Answer] = [reading(RAISED, "b" * 400, service=f"s{n}") for n in range(60)]
    answers = {"x.y": [many] * 400}
    path = write_snapshot(str(tmp_path), DIGEST, answers, NOW)
    assert os.stat(path).st_size <= MAX_BYTES
    assert [a.state for a in stored(tmp_path, number=399) if isinstance(a, Reading)] == [RAISED] * 8


def test_more_reads_than_fit_are_said(tmp_path: Path) -> None:
    long = reading(UNKNOWN)._replace(signal="x" * 2_000)
    with pytest.raises(Unavailable, match="more reads than a snapshot can hold"):
        write_snapshot(str(tmp_path), DIGEST, {long.signal: [[long]] * 5_000}, NOW)


# Two writers


def test_a_read_that_was_not_asked_keeps_what_is_known(tmp_path: Path) -> None:
    write(tmp_path, [reading(RAISED)], [reading(CLEAR)])
    write(tmp_path, [], [reading(UNKNOWN, observed_at=NOW + 5)], now=NOW + 5)
    assert stored(tmp_path) == [reading(RAISED)]
    assert stored(tmp_path, number=1) == [reading(UNKNOWN, observed_at=NOW + 5)]


@pytest.mark.parametrize(
    ("theirs", "seen", "ours", "kept"),
    [
        (RAISED, NOW + 5, CLEAR, RAISED),  # an incident opened while we were asking
        (UNKNOWN, NOW + 5, CLEAR, UNKNOWN),
        (RAISED, NOW - 5, CLEAR, CLEAR),  # it was closed since
        (RAISED, NOW, CLEAR, CLEAR),
        (CLEAR, NOW + 5, RAISED, RAISED),  # the next refresh will clear it
        (RAISED, NOW + 100_000, CLEAR, CLEAR),  # from a clock that was wrong
    ],
)
def test_the_later_warning_wins(
    theirs: str, seen: int, ours: str, kept: str, tmp_path: Path
) -> None:
    write(tmp_path, [reading(theirs, observed_at=seen)])
    write(tmp_path, [reading(ours)])
    assert [a.state for a in stored(tmp_path) if isinstance(a, Reading)] == [kept]


def test_a_signal_that_policy_no_longer_has_is_forgotten(tmp_path: Path) -> None:
    other = Reading("a.b", RAISED, "b", observed_at=NOW)
    write_snapshot(str(tmp_path), DIGEST, {"x.y": [[reading(CLEAR)]], "a.b": [[other]]}, NOW)
    write(tmp_path, [reading(CLEAR)])
    assert set(read_snapshot(str(tmp_path), DIGEST).entries) == {"x.y"}


def test_what_is_damaged_is_not_built_upon(tmp_path: Path) -> None:
    path = write(tmp_path, [reading(RAISED)])
    path.write_bytes(path.read_bytes() + b"x")
    write(tmp_path, [])
    assert stored(tmp_path) == []


WRITER = """
import sys
from agentic.signals.live.store import write_snapshot
from tests.signals.test_store import DIGEST, NOW, reading
state, name, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
for number in range(rounds):
    because = f"{name} {number} " + "x" * 20_000
    write_snapshot(state, DIGEST, {"x.y": [[reading("RAISED", because, observed_at=NOW + number)]]}, NOW)
"""


def writer(state: Path, name: str, rounds: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(state), name, str(rounds)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_refreshers_and_a_reader_at_once(
    tmp_path: Path, campaign: Callable[[int], int]
) -> None:
    rounds = campaign(1000)
    write(tmp_path, [reading(RAISED)])
    writers = [writer(tmp_path, name, rounds) for name in ("ada", "grace")]
    try:
        while any(process.poll() is None for process in writers):
            assert read_snapshot(str(tmp_path), DIGEST).fault == ""
    finally:
        for process in writers:
            process.kill()
            process.communicate()
    assert [process.returncode for process in writers] == [0, 0]
    [last] = stored(tmp_path)
    assert last.observed_at == NOW + rounds - 1


def test_a_killed_writer_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, campaign: Callable[[int], int]
) -> None:
    """kill -9 at any moment, also between writing and renaming, and the lock goes with its holder."""
    write(tmp_path, [reading(RAISED, "first")])
    left_over = 0
    for attempt in range(campaign(200)):
        process = writer(tmp_path, "killed", 100_000)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.003 * (attempt % 9) + 0.001)
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        [kept] = stored(tmp_path)
        assert isinstance(kept, Reading)
        assert kept.because == "first" or kept.because.endswith("x" * 20_000)
        left_over += len(list((tmp_path / "signals").glob("*.tmp")))
    write(tmp_path, [reading(CLEAR, observed_at=NOW + 10**6)])
    assert stored(tmp_path) == [reading(CLEAR, observed_at=NOW + 10**6)]
    assert left_over > 0, "no writer was ever killed between writing and renaming"


def test_a_lock_that_is_held_too_long_is_said(tmp_path: Path) -> None:
    write(tmp_path, [reading(CLEAR)])
    folder = str(tmp_path / "signals")
    held, second = store.write_lock(folder), store.write_lock(folder, wait_s=0.05)
    with held, pytest.raises(Unavailable, match=r"is busy: .* 0\.05 s"), second:
        pass
    write(tmp_path, [reading(RAISED)])


# Old files


def test_files_of_other_definitions_go_after_thirty_days(tmp_path: Path) -> None:
    path = write(tmp_path, [reading(CLEAR)])
    ages = {"new.snapshot": 29, "old.snapshot": 31, "new.tmp": 0.9, "old.tmp": 1.1, "else.txt": 400}
    for name, days in ages.items():
        file = path.parent / name
        file.write_bytes(b"")
        os.utime(file, (time.time() - days * 86_400,) * 2)
    os.utime(path, (0, 0))
    write(tmp_path, [reading(CLEAR)])
    left = {p.name for p in path.parent.iterdir()}
    assert left == {".lock", path.name, "new.snapshot", "new.tmp", "else.txt"}


# The watch


def test_one_watches_at_a_time(tmp_path: Path) -> None:
    first = take_watch(str(tmp_path), DIGEST)
    with pytest.raises(Unavailable, match=rf"already running .* \(process {os.getpid()}\)"):
        take_watch(str(tmp_path), DIGEST)
    other = take_watch(str(tmp_path), "e" * 64)
    os.close(first)
    again = take_watch(str(tmp_path), DIGEST)
    for descriptor in (other, again):
        os.close(descriptor)


def test_a_watch_file_with_nonsense_in_it_is_taken(tmp_path: Path) -> None:
    descriptor = take_watch(str(tmp_path), DIGEST)
    os.pwrite(descriptor, b"\xff nobody", 0)
    with pytest.raises(Unavailable, match="already running") as caught:
        take_watch(str(tmp_path), DIGEST)
    assert caught.value.message.endswith("for these signals")
    os.close(descriptor)
    os.close(take_watch(str(tmp_path), DIGEST))


def test_a_watch_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "signals").mkdir(mode=0o700)
    (tmp_path / "signals" / f"{DIGEST}.watch").symlink_to(tmp_path / "precious")
    with pytest.raises(Unavailable, match="symbolic links"):
        take_watch(str(tmp_path), DIGEST)
    assert not (tmp_path / "precious").exists()
