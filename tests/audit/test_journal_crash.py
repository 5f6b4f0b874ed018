"""Processes that are killed, that race, and journals that were changed behind their head's back."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentic.audit.journal import Journal
from agentic.audit.recovery import CONTINUOUS, GAPS
from agentic.audit.verify import verify_journal
from tests.audit.samples import filled, journal_in, lines_of, record

HERE = os.getcwd()


def python(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    prepared = f"import sys; sys.path.insert(0, {HERE!r})\n" + textwrap.dedent(code)
    return subprocess.Popen([sys.executable, "-c", prepared, *arguments])


#: argv: the work tree, the state directory; `journal` and `record` are there afterwards.
OPENED = """
import os, posix, signal
from agentic.audit.journal import open_journal
from tests.audit.samples import record
journal = open_journal(sys.argv[1], sys.argv[2])
def die(*arguments): os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(journal: Journal, root: Path, how: str) -> None:
    """Run an append that does `how` to itself; it must not survive."""
    code = OPENED + textwrap.dedent(how) + '\njournal.append(record("echo killed"))\n'
    process = python(code, str(root), journal.state_dir)
    assert process.wait(30) == -signal.SIGKILL


def recoveries(journal: Journal) -> list[dict[str, Any]]:
    read = [json.loads(line) for line in lines_of(journal) if line.startswith(b"{")]
    return [r["recovery"] for r in read if r.get("event") == "recovery"]


def state_of(journal: Journal) -> str:
    return verify_journal(journal.path, journal.read_head()).status


# Kills


def test_a_kill_between_the_record_and_the_head_loses_nothing(tmp_path: Path) -> None:
    journal = filled(tmp_path, 3)
    killed(journal, tmp_path / "work", "posix.pwrite = die")
    assert len(lines_of(journal)) == 4
    before = verify_journal(journal.path, journal.read_head())
    assert before.is_whole
    assert [note.kind for note in before.notes] == ["head-behind"]
    assert journal.append(record()).seq == 5
    assert recoveries(journal) == []
    assert state_of(journal) == "ok"


@pytest.mark.parametrize("size", [1, 100, 1000])
def test_a_kill_in_the_middle_of_a_write_is_set_aside(tmp_path: Path, size: int) -> None:
    journal = filled(tmp_path, 3)
    how = f"""
    whole_write = posix.write
    def half(fd, data):
        whole_write(fd, data[:{size}])
        die()
    posix.write = half
    """
    killed(journal, tmp_path / "work", how)
    torn = lines_of(journal)[-1]
    assert len(torn) == size
    assert state_of(journal) == "torn"
    assert journal.append(record()).seq == 5
    digest = hashlib.sha256(torn).hexdigest()
    name = f"audit.jsonl.torn-{digest[:12]}"
    assert recoveries(journal) == [
        {"reason": "torn", "size_bytes": size, "sha256": digest, "kept_as": name}
    ]
    kept = tmp_path / "work/ops" / name
    assert kept.read_bytes() == torn
    assert kept.stat().st_mode & 0o777 == 0o600
    state = verify_journal(journal.path, journal.read_head())
    assert (state.status, [note.kind for note in state.notes]) == ("ok", ["torn"])


def test_a_kill_while_the_torn_line_is_set_aside(tmp_path: Path) -> None:
    journal = filled(tmp_path, 2)
    with open(journal.path, "ab") as file:
        file.write(b'{"torn')
    killed(journal, tmp_path / "work", "posix.ftruncate = die")
    assert journal.append(record()).seq == 4
    assert [r["reason"] for r in recoveries(journal)] == ["torn"]
    assert state_of(journal) == "ok"


def test_a_kill_holding_the_lock_gives_it_back(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    killed(journal, tmp_path / "work", "posix.write = die")
    started = time.monotonic()
    assert journal.append(record()).seq == 2
    assert time.monotonic() - started < 1


APPENDER = (
    OPENED
    + """
acknowledged = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in range(int(sys.argv[4])):
    written = journal.append(record(f"echo {os.getpid()} {number}"))
    os.write(acknowledged, f"{written.seq} {written.hash}\\n".encode())
"""
)


def acknowledged_in(folder: Path) -> dict[int, str]:
    found: dict[int, str] = {}
    for path in folder.glob("ack-*"):
        for line in path.read_text().splitlines():
            seq, _, hashed = line.partition(" ")
            if len(hashed) == 64:
                assert int(seq) not in found, "two records got the same number"
                found[int(seq)] = hashed
    return found


def assert_all_are_there(journal: Journal, acknowledged: dict[int, str]) -> None:
    held = {r["seq"]: r["hash"] for r in (json.loads(line) for line in lines_of(journal))}
    assert {seq: held.get(seq) for seq in acknowledged} == acknowledged


def test_processes_append_at_the_same_time(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    processes = [
        python(
            APPENDER, str(tmp_path / "work"), journal.state_dir, str(tmp_path / f"ack-{n}"), "60"
        )
        for n in range(4)
    ]
    assert [process.wait(60) for process in processes] == [0] * 4
    acknowledged = acknowledged_in(tmp_path)
    assert sorted(acknowledged) == list(range(1, 241))
    assert_all_are_there(journal, acknowledged)
    assert state_of(journal) == "ok"
    assert recoveries(journal) == []


def test_kills_at_any_moment_lose_no_acknowledged_record(
    tmp_path: Path, campaign: Callable[[int], int]
) -> None:
    journal = journal_in(tmp_path)
    chance = random.Random(7)
    running: list[subprocess.Popen[bytes]] = []
    for number in range(campaign(60)):
        while len(running) < 2:
            name = str(tmp_path / f"ack-{number}-{len(running)}")
            running.append(
                python(APPENDER, str(tmp_path / "work"), journal.state_dir, name, "100000")
            )
        time.sleep(chance.uniform(0.1, 0.3))
        victim = running.pop(chance.randrange(2))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    for process in running:
        process.kill()
        process.wait()
    journal.append(record())
    acknowledged = acknowledged_in(tmp_path)
    assert len(acknowledged) > 50
    assert_all_are_there(journal, acknowledged)
    assert state_of(journal) == "ok"
    assert {r["reason"] for r in recoveries(journal)} <= {"torn"}


# Changes behind the head's back: never silent, and the chain goes on from the head


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def shortened(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))


def shortened_inside_a_line(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-400])


def replaced_by_as_much(path: Path) -> None:
    path.write_bytes(b"x" * (path.stat().st_size - 1) + b"\n")


def replaced_by_more(path: Path) -> None:
    path.write_bytes(b"not a record\n" * 2000)


def followed_by_foreign_lines(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"mode":"AUTO"}\n')


def followed_by_a_copy(path: Path) -> None:
    with path.open("ab") as file:
        file.write(path.read_bytes().splitlines(keepends=True)[-1])


def last_line_changed(path: Path) -> None:
    """The same length, the old hash: only a look into the line tells."""
    lines = path.read_bytes().splitlines(keepends=True)
    hashed = json.loads(lines[-1])["hash"].encode()
    lines[-1] = lines[-1].replace(hashed, hashed[::-1])
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("change", "reason", "found_seq"),
    [
        (emptied, "emptied", 0),
        (os.unlink, "removed", 0),
        (shortened, "shortened", 2),
        (shortened_inside_a_line, "shortened", 4),
        (replaced_by_as_much, "replaced", 0),
        (replaced_by_more, "replaced", 0),
        (followed_by_foreign_lines, "foreign", 0),
        (followed_by_a_copy, "foreign", 5),
        (last_line_changed, "replaced", 0),
    ],
)
def test_a_change_is_recorded_and_the_chain_goes_on(
    tmp_path: Path, change: Callable[[Path], None], reason: str, found_seq: int
) -> None:
    journal = filled(tmp_path, 5)
    head = journal.read_head()
    assert head is not None
    change(Path(journal.path))
    assert state_of(journal) != "ok"
    written = journal.append(record("echo after"))
    told = recoveries(journal)[0]
    assert told["reason"] == reason
    assert (told["expected_seq"], told["expected_last"]) == (5, head.hash)
    assert (told["found_seq"], told["expected_size_bytes"]) == (found_seq, head.size)
    assert told["restarted"] is False
    lines = [json.loads(line) for line in lines_of(journal)[-1 - len(recoveries(journal)) :]]
    assert lines[0]["prev"] == head.hash
    for before, after in itertools.pairwise(lines):
        assert (after["prev"], after["seq"]) == (before["hash"], before["seq"] + 1)
    assert lines[-1]["hash"] == written.hash
    state = verify_journal(journal.path, journal.read_head())
    assert not state.is_whole
    assert "gap" in {problem.kind for problem in state.problems}
    size = len(lines_of(journal))
    journal.append(record("echo later"))
    assert len(lines_of(journal)) == size + 1, "the gap is told once"


def test_a_gap_is_told_even_if_the_disk_was_full_at_first(tmp_path: Path) -> None:
    journal = filled(tmp_path, 3)
    emptied(Path(journal.path))
    killed(journal, tmp_path / "work", "posix.write = die")
    journal.append(record())
    assert [r["reason"] for r in recoveries(journal)] == ["emptied"]


def test_several_records_behind_the_head_are_adopted_and_told(tmp_path: Path) -> None:
    journal = filled(tmp_path, 2)
    old_head = Path(journal.head).read_bytes()
    for number in range(3):
        journal.append(record(f"echo {number}"))
    Path(journal.head).write_bytes(old_head)
    assert journal.append(record()).seq == 7
    assert recoveries(journal) == [{"reason": "head-behind", "adopted": 3}]
    assert state_of(journal) == "ok"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (os.unlink, "head-missing"),
        (lambda path: path.write_bytes(b"{broken"), "head-unreadable"),
        (lambda path: path.write_bytes(b""), "head-missing"),
    ],
)
def test_a_lost_head_is_told_and_the_last_record_continued(
    tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    journal = filled(tmp_path, 3)
    damage(Path(journal.head))
    assert journal_in(tmp_path).append(record()).seq == 5
    [told] = recoveries(journal)
    assert (told["reason"], told["found_seq"]) == (reason, 3)
    state = verify_journal(journal.path, journal.read_head())
    assert (state.status, [note.kind for note in state.notes]) == ("ok", [reason])


def test_a_foreign_file_in_the_journals_place_is_told(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    (tmp_path / "work/ops").mkdir()
    Path(journal.path).write_bytes(b"a shopping list\n")
    assert journal.append(record()).seq == 2
    assert [r["reason"] for r in recoveries(journal)] == ["foreign"]
    assert lines_of(journal)[0] == b"a shopping list\n"
    assert state_of(journal) == "broken"


def test_a_head_changed_to_hide_a_removal_is_found(tmp_path: Path) -> None:
    """Cut the journal and set the head to match: then the numbers and sizes still have to agree."""
    journal = filled(tmp_path, 5)
    head = journal.read_head()
    assert head is not None
    shortened(Path(journal.path))
    changed = head._replace(size=os.stat(journal.path).st_size)
    Path(journal.head).write_text(json.dumps(changed._asdict()))
    assert state_of(journal) == "truncated"
    journal.append(record())
    assert [r["reason"] for r in recoveries(journal)] == ["replaced"]


def test_records_removed_before_the_last_one_are_told(tmp_path: Path) -> None:
    journal = filled(tmp_path, 5)
    lines = lines_of(journal)
    Path(journal.path).write_bytes(b"".join(lines[:1] + lines[3:]))
    assert journal.append(record()).seq == 7
    assert [r["reason"] for r in recoveries(journal)] == ["resized"]
    state = verify_journal(journal.path, journal.read_head())
    assert state.status == "gap"


def test_every_reason_is_either_a_gap_or_continuous() -> None:
    assert not set(GAPS) & set(CONTINUOUS)
