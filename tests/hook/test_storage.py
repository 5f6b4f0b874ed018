"""Where the hook keeps things: a journal, a state folder or a disk that cannot be used blocks the call.

Nothing is let through unrecorded, what was on record stays, and whatever was in the way can be taken
out of it again by a person. Each row goes through the command that `agentic init` wrote.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hook.machine import (
    ALLOW,
    BLOCKED,
    BOUND_S,
    DENY,
    DOCTOR,
    HELD,
    IS_ROOT,
    POWERLESS,
    REFUSED_LINE,
    Guarded,
    answer_of,
    limited,
    on_a_full_disk,
    read_only,
    remove,
    replace_tree,
)

NOBODY = 65534


def instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Take away what is at a path and put something else there."""

    def change(path: Path) -> None:
        remove(path)
        make(path)

    return change


def linked_away(path: Path) -> None:
    """Move a file or folder elsewhere and link to it, as if somebody wanted it there."""
    elsewhere = path.with_name(path.name + ".elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def somebody_elses(path: Path) -> None:
    """Root gives the file or folder away; others, who cannot, put one of root's there."""
    if IS_ROOT:
        os.chown(path, NOBODY, NOBODY)
    else:
        target = "/etc" if path.is_dir() else "/etc/passwd"
        instead(lambda place: place.symlink_to(target))(path)


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nothing-there"))


FAULTS: dict[str, Callable[[Path], None]] = {
    "a-folder": instead(Path.mkdir),
    "a-pipe": instead(os.mkfifo),
    "a-link": linked_away,
    "a-dangling-link": instead(dangling),
    "somebody-elses": somebody_elses,
    "no-permission": lambda path: path.chmod(0),
}
#: A head that cannot be read is made anew from the journal; only what is no file is in the way.
MENDED = {
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "garbage": lambda path: path.write_bytes(b"\xff\0{" * 400),
    "half": lambda path: path.write_bytes(path.read_bytes()[:40]),
    "another-form": lambda path: path.write_bytes(b'{"seq": "many"}'),
    "another-record": lambda path: path.write_bytes(
        path.read_bytes().replace(b'"seq":2', b'"seq":[]')
    ),
}


def files_of(guarded: Guarded) -> dict[str, Path]:
    journal = guarded.journal()
    return {"journal": Path(journal.path), "head": Path(journal.head), "lock": Path(journal.lock)}


@contextmanager
def undone_later(guarded: Guarded, copy: Path) -> Iterator[None]:
    """Whatever happens to the journal and its state inside is undone afterwards."""
    ops, journals = guarded.project / "ops", guarded.state / "journals"
    for folder in (ops, journals):
        replace_tree(folder, copy / folder.name)
    try:
        yield
    finally:
        for folder in (ops, journals):
            replace_tree(copy / folder.name, folder)


def assert_blocked_in_time(guarded: Guarded, before: tuple[str, ...] = POWERLESS) -> None:
    """Neither a harmless nor a dangerous call is let through, and nobody waits long for that."""
    for command in ("git status", REFUSED_LINE):
        started = time.monotonic()
        assert guarded.ask(guarded.payload(command), before=before).word == BLOCKED
        assert time.monotonic() - started < BOUND_S


def assert_it_goes_on(guarded: Guarded, records: int) -> None:
    """The next call is recorded right behind the last one on record."""
    assert guarded.ask(guarded.payload()).word == ALLOW
    found = guarded.verified()
    assert found.problems == ()
    assert found.last_seq == records + 1


#: A pipe can be locked like any file, so in the place of the lock it is in nobody's way.
FILES_IN_THE_WAY = [
    (what, fault)
    for what in ("journal", "head", "lock")
    for fault in FAULTS
    if (what, fault) != ("lock", "a-pipe")
]


@pytest.mark.parametrize(("what", "fault"), FILES_IN_THE_WAY)
def test_a_file_that_cannot_be_used_blocks(
    guarded: Guarded, tmp_path: Path, what: str, fault: str
) -> None:
    path = files_of(guarded)[what]
    with undone_later(guarded, tmp_path):
        FAULTS[fault](path)
        assert_blocked_in_time(guarded)
    assert_it_goes_on(guarded, records=2)


@pytest.mark.parametrize("fault", MENDED.values(), ids=MENDED)
def test_a_head_that_says_nothing_is_made_anew(
    guarded: Guarded, fault: Callable[[Path], None]
) -> None:
    fault(files_of(guarded)["head"])
    assert guarded.ask(guarded.payload(REFUSED_LINE)).word == DENY
    found = guarded.verified()
    assert found.problems == ()
    assert [note.kind for note in found.notes] in (["head-unreadable"], ["head-missing"])
    assert_it_goes_on(guarded, records=found.last_seq)


def closed_and_empty(folder: Path) -> None:
    """A folder in which no journal can be begun."""
    remove(folder / "audit.jsonl")
    folder.chmod(0o500)


#: Somebody else's `ops` is no fault: the journal in it counts, and that is this user's.
FOLDERS: dict[str, dict[str, Callable[[Path], None]]] = {
    "ops": {**FAULTS, "a-file": instead(Path.touch), "closed-and-empty": closed_and_empty},
    "journals": {**FAULTS, "a-file": instead(Path.touch)},
}
FOLDERS_IN_THE_WAY = [
    (what, fault)
    for what, faults in FOLDERS.items()
    for fault in faults
    if fault != "a-folder" and (what, fault) != ("ops", "somebody-elses")
]


@pytest.mark.parametrize(("what", "fault"), FOLDERS_IN_THE_WAY)
def test_a_folder_that_cannot_be_used_blocks(
    guarded: Guarded, tmp_path: Path, what: str, fault: str
) -> None:
    path = {"ops": guarded.project / "ops", "journals": guarded.state / "journals"}[what]
    with undone_later(guarded, tmp_path):
        FOLDERS[what][fault](path)
        assert_blocked_in_time(guarded)
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)  # so that it can be taken away
    assert_it_goes_on(guarded, records=2)


def test_a_state_folder_that_others_may_write_is_closed_or_refused(guarded: Guarded) -> None:
    guarded.state.chmod(0o777)
    assert guarded.ask(guarded.payload()).word == ALLOW
    assert guarded.state.stat().st_mode & 0o077 == 0
    (guarded.state / "journals").chmod(0o777)
    assert_blocked_in_time(guarded)
    (guarded.state / "journals").chmod(0o700)
    assert_it_goes_on(guarded, records=3)


def test_a_first_journal_goes_where_it_can_be_kept(guarded: Guarded) -> None:
    """A work tree whose `ops` is in the way has its journal in the state folder, from the start."""
    shutil.rmtree(guarded.state / "journals")
    shutil.rmtree(guarded.project / "ops")
    (guarded.project / "ops").write_text("not a folder\n")
    assert guarded.ask(guarded.payload(REFUSED_LINE)).word == DENY
    assert Path(guarded.journal().path).is_relative_to(guarded.state)
    assert_it_goes_on(guarded, records=1)


@pytest.mark.parametrize("fault", ["a-folder", "a-pipe", "a-dangling-link"])
def test_a_first_journal_whose_place_is_taken_blocks(guarded: Guarded, fault: str) -> None:
    journal = files_of(guarded)["journal"]
    shutil.rmtree(guarded.state / "journals")
    FAULTS[fault](journal)
    assert_blocked_in_time(guarded)
    remove(journal)
    assert_it_goes_on(guarded, records=0)


@pytest.mark.parametrize("event", ["PostToolUse", "PostToolUseFailure"])
@pytest.mark.parametrize("fault", ["a-folder", "a-pipe", "a-link"])
def test_an_outcome_that_cannot_be_recorded_is_told(
    guarded: Guarded, tmp_path: Path, fault: str, event: str
) -> None:
    with undone_later(guarded, tmp_path):
        FAULTS[fault](files_of(guarded)["journal"])
        started = time.monotonic()
        payload = guarded.payload(hook_event_name=event, tool_response={}, error="x")
        ran = guarded.hook(payload, event=event)
        assert time.monotonic() - started < BOUND_S
    assert ran.code == 0
    assert DOCTOR in json.loads(ran.out)["systemMessage"]
    assert_it_goes_on(guarded, records=2)


# Disks


@pytest.mark.parametrize("what", ["everything", "state", "project"])
def test_a_read_only_disk_blocks(guarded: Guarded, what: str) -> None:
    folder = {"everything": guarded.home, "state": guarded.state, "project": guarded.project}[what]
    with read_only(folder) as before:
        assert_blocked_in_time(guarded, before)
    assert_it_goes_on(guarded, records=2)


def test_a_read_only_project_without_a_journal_is_recorded_in_the_state(guarded: Guarded) -> None:
    shutil.rmtree(guarded.state / "journals")
    shutil.rmtree(guarded.project / "ops")
    with read_only(guarded.project) as before:
        assert guarded.ask(guarded.payload(), before=before).word == ALLOW
        assert guarded.ask(guarded.payload(REFUSED_LINE), before=before).word == DENY
    assert guarded.verified().records == 2
    assert_it_goes_on(guarded, records=2)


def test_a_full_disk_blocks(guarded: Guarded, tmp_path: Path) -> None:
    before = Path(guarded.journal().path).read_bytes()
    assert answer_of(on_a_full_disk(guarded, tmp_path, guarded.payload())).word == BLOCKED
    assert Path(guarded.journal().path).read_bytes() == before
    assert_it_goes_on(guarded, records=2)


def test_a_full_disk_while_the_policy_is_compiled_blocks(guarded: Guarded, tmp_path: Path) -> None:
    for path in guarded.compiled:
        path.unlink()
    assert answer_of(on_a_full_disk(guarded, tmp_path, guarded.payload())).word == BLOCKED
    assert_it_goes_on(guarded, records=2)


@pytest.mark.parametrize("room_bytes", [-1, 0, 1, 500])
def test_a_record_that_does_not_fit_leaves_no_half_line(guarded: Guarded, room_bytes: int) -> None:
    journal = Path(guarded.journal().path)
    before = journal.read_bytes()
    limit = limited("RLIMIT_FSIZE", len(before) + room_bytes)
    assert guarded.ask(guarded.payload(), before=limit).word == BLOCKED
    assert journal.read_bytes() == before
    assert_it_goes_on(guarded, records=2)


# The lock

_HOLD = """
import fcntl, os, signal, sys
lock = open(sys.argv[1], "r+b")
getattr(fcntl, sys.argv[2])(lock, fcntl.LOCK_EX)
print("held", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
"""


@contextmanager
def held(lock: Path, how: str = "lockf") -> Iterator[int]:
    """A process that took a lock and is stuck; its id."""
    words = [sys.executable, "-c", _HOLD, str(lock), how]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield holder.pid
        finally:
            holder.kill()


def test_a_lock_held_by_a_stuck_process_blocks_in_time_and_doctor_names_it(
    guarded: Guarded,
) -> None:
    with held(files_of(guarded)["lock"]) as holder:
        assert_blocked_in_time(guarded)
        told = guarded.agentic("doctor")
        assert f"process {holder} holds the journal's lock" in told.out
        assert f"kill {holder}" in told.out
        os.kill(holder, signal.SIGKILL)
        assert_it_goes_on(guarded, records=2)


def test_an_outcome_while_the_lock_is_held_is_told(guarded: Guarded) -> None:
    with held(files_of(guarded)["lock"]):
        started = time.monotonic()
        payload = guarded.payload(hook_event_name="PostToolUse", tool_response={})
        ran = guarded.hook(payload, event="PostToolUse")
        assert time.monotonic() - started < BOUND_S
    assert ran.code == 0
    assert DOCTOR in json.loads(ran.out)["systemMessage"]
    assert_it_goes_on(guarded, records=2)


@pytest.mark.long
def test_a_compiler_that_is_stuck_is_waited_for_and_then_left_alone(guarded: Guarded) -> None:
    for path in guarded.compiled:
        path.unlink()
    with held(guarded.state / "compiled/.lock", "flock"):
        started = time.monotonic()
        assert guarded.ask(guarded.payload()).word == ALLOW
        assert time.monotonic() - started < 20
    assert_it_goes_on(guarded, records=3)


# The compiled policy


def flipped(*offsets: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        for offset in offsets:
            changed[offset] ^= 0x20
        return bytes(changed)

    return change


def body_flipped(data: bytes) -> bytes:
    """Every part of the policy changed, behind an index that is as it was."""
    start = 47 + int(data[15:27])
    return data[:start] + bytes(byte ^ 1 for byte in data[start:])


POLICIES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut-in-the-header": lambda data: data[:20],
    "only-the-header": lambda data: data[:47],
    "cut-in-the-index": lambda data: data[:2000],
    "cut-behind-the-index": lambda data: data[: 47 + int(data[15:27])],
    "first-byte": flipped(0),
    "a-digit-of-the-length": flipped(15),
    "a-huge-length": lambda data: data[:15] + b"999999999999" + data[27:],
    "a-digit-of-the-digest": flipped(30),
    "first-byte-of-the-index": flipped(47),
    "a-byte-of-the-index": flipped(5000),
    "every-part": body_flipped,
    "zeros": lambda data: bytes(len(data)),
    "text": lambda _: b"version: 1\nmodes: []\n",
}


@pytest.mark.parametrize("spoil", POLICIES.values(), ids=POLICIES)
def test_a_damaged_compiled_policy_blocks(
    guarded: Guarded, spoil: Callable[[bytes], bytes]
) -> None:
    for path in guarded.compiled:
        path.write_bytes(spoil(path.read_bytes()))
    assert_blocked_in_time(guarded)
    assert guarded.verified().records == 2


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_compiled_policy_that_cannot_be_read_blocks(
    guarded: Guarded, fault: Callable[[Path], None]
) -> None:
    for path in guarded.compiled:
        fault(path)
    if fault is somebody_elses:
        # It lies in a folder that nobody else can reach, and its content is as it was written.
        assert guarded.ask(guarded.payload(REFUSED_LINE), before=POWERLESS).word in HELD
    else:
        assert_blocked_in_time(guarded)
    assert guarded.verified().problems == ()
