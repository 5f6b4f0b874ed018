"""Appending: the chain, the head, what is refused, and what every refusal leaves behind."""

from __future__ import annotations

import json
import os
import posix
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentic.audit import location, recovery  # noqa: F401 - loaded before privileges are dropped
from agentic.audit.journal import Journal, Written, head_from, open_journal
from agentic.audit.location import is_local, journal_path
from agentic.audit.record import GENESIS, iso_time
from agentic.audit.verify import verify_journal
from agentic.core.native import sha256_hex
from agentic.errors import Unavailable
from tests.audit.samples import NOW, call, filled, journal_in, lines_of, record

NOBODY = 65_534


@contextmanager
def unprivileged(*folders: Path) -> Iterator[None]:
    """Run as a user whom file modes bind (they do not bind root)."""
    if os.geteuid():
        yield
        return
    for folder in folders:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
    for parent in folders[0].parents:
        if parent.stat().st_uid == 0 and parent.stat().st_mode & 0o007 == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def whole(journal: Journal) -> bool:
    return verify_journal(journal.path, journal.read_head()).is_whole


def refused(work: Callable[[], object]) -> Unavailable:
    with pytest.raises(Unavailable) as told:
        work()
    assert "\n" not in told.value.message
    assert "agentic doctor" in told.value.help
    return told.value


# The chain and the head


def test_records_are_chained_and_the_head_follows(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    written = [journal.append(record(f"echo {n}")) for n in range(3)]
    read = [json.loads(line) for line in lines_of(journal)]
    assert [r["seq"] for r in read] == [1, 2, 3] == [w.seq for w in written]
    assert [r["prev"] for r in read] == [GENESIS, written[0].hash, written[1].hash]
    head = journal.read_head()
    assert head is not None
    assert (head.seq, head.hash) == (3, written[2].hash)
    assert head.size == os.stat(journal.path).st_size
    assert head.journal == journal.path
    assert whole(journal)


def test_files_and_folders_are_private(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    for path in (journal.path, journal.head, journal.lock):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    for folder in (tmp_path / "state", tmp_path / "state/journals"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_second_opening_continues(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    assert journal_in(tmp_path).append(record()).seq == 3


def test_a_durable_record_is_synced(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    code = f"""
    import posix, sys
    sys.path.insert(0, {os.getcwd()!r})
    synced = []
    posix.fdatasync = lambda fd: synced.append(fd)
    from agentic.audit.journal import open_journal
    from agentic.audit.record import record_of_event
    journal = open_journal({str(tmp_path / "work")!r}, {journal.state_dir!r})
    for durable in (False, True):
        journal.append(record_of_event("session", now=1), durable=durable)
        print(len(synced))
    """
    assert ran(code).split() == ["0", "1"]


def test_the_clock_going_backwards_is_recorded_once(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    for now in (NOW, NOW - 3600, NOW - 3599, NOW):
        made = record()
        header = {**made.header, "time": iso_time(now)}
        journal.append(made._replace(header=header))
    read = [json.loads(line) for line in lines_of(journal)]
    marks = [r.get("time_went_back_from") for r in read]
    assert marks == [None, iso_time(NOW), None, None]
    assert [r["seq"] for r in read] == [1, 2, 3, 4]
    assert whole(journal)


def test_secrets_never_reach_the_disk(tmp_path: Path) -> None:
    secret = "gh" + "p_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    journal = journal_in(tmp_path)
    journal.append(record(f"GH_TOKEN={secret} gh pr list"))
    journal.append(record(f"GH_TOKEN={secret} gh issue list"))
    data = Path(journal.path).read_bytes()
    assert secret.encode() not in data
    marks = {word for word in data.decode().split('"') for word in word.split() if "[red" in word}
    assert len(marks) == 1
    assert len((tmp_path / "state/redaction.key").read_bytes()) == 32
    assert journal.redacted(f"x {secret}") == f"x {marks.pop().partition('=')[2]}"


def test_without_a_readable_key_secrets_are_still_redacted(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    (tmp_path / "state/redaction.key").symlink_to("/etc/passwd")
    assert journal.redacted("password=hunter2") == "password=[redacted:password]"


def test_the_decision_of_a_call_is_found_again(tmp_path: Path) -> None:
    journal = filled(tmp_path, 4)
    found = journal.decision_of(call_id="call-3")
    assert found is not None
    assert (found["seq"], found["event"]) == (3, "decision")
    assert "sensitive" not in found
    latest = journal.decision_of(call_digest="a" * 64)
    assert latest is not None
    assert latest["seq"] == 4
    assert journal.decision_of(call_id="call-9") is None
    assert journal.decision_of() is None
    journal.append(record('echo \'"event":"decision" call-9\'', call_id="other"))
    assert journal.decision_of(call_id="call-9") is None


# What is refused


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    journal = journal_in(tmp_path)
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / "work/ops").mkdir()
    Path(journal.path).symlink_to(target)
    assert refused(lambda: journal.append(record())).code == "journal.symlink"
    assert target.read_text() == "precious"


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "work/ops").rename(elsewhere)
    (tmp_path / "work/ops").symlink_to(elsewhere)
    assert refused(lambda: journal.append(record())).code == "journal.folder"
    assert len(lines_of(journal)) == 1


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["fifo", "folder"])
def test_what_is_no_file_is_refused_without_waiting(
    tmp_path: Path, make: Callable[[str], None]
) -> None:
    journal = journal_in(tmp_path)
    (tmp_path / "work/ops").mkdir()
    make(journal.path)
    assert refused(lambda: journal.append(record())).code in (
        "journal.kind",
        "journal.unwritable",
    )


@pytest.mark.parametrize("suffix", ["head", "lock"])
def test_links_in_the_state_directory_are_refused(tmp_path: Path, suffix: str) -> None:
    journal = filled(tmp_path, 1)
    path = Path(getattr(journal, suffix))
    path.unlink()
    path.symlink_to(tmp_path / "victim")
    refused(lambda: journal.append(record()))
    assert not (tmp_path / "victim").exists()


def test_somebody_elses_journal_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = filled(tmp_path, 1)
    before = Path(journal.path).read_bytes()
    monkeypatch.setattr(posix, "geteuid", lambda: NOBODY)
    assert refused(lambda: journal.append(record())).code == "journal.owner"
    assert refused(lambda: journal_in(tmp_path)).code == "state.owner"
    own = journal_path(str(tmp_path / "work"), "/state")
    assert own == f"{tmp_path}/work/ops/audit-{NOBODY}.jsonl"
    assert Path(journal.path).read_bytes() == before


def test_a_journal_that_others_may_write_is_closed_to_them(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    os.chmod(journal.path, 0o666)
    journal.append(record())
    assert stat.S_IMODE(os.stat(journal.path).st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_state_directory_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    journal_in(tmp_path)
    (tmp_path / "state").chmod(mode)
    assert refused(lambda: journal_in(tmp_path)).code == "state.mode"


def test_a_state_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "state").write_text("a file")
    assert refused(lambda: journal_in(tmp_path)).code.startswith("state.")


def test_a_read_only_journal_blocks_and_stays_as_it_was(tmp_path: Path) -> None:
    journal = filled(tmp_path, 2)
    before = Path(journal.path).read_bytes()
    with unprivileged(tmp_path):
        os.chmod(journal.path, 0o400)
        error = refused(lambda: journal.append(record()))
    assert "permission denied" in error.message
    assert Path(journal.path).read_bytes() == before


def test_a_read_only_folder_moves_a_new_journal_to_the_state_directory(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    with unprivileged(tmp_path):
        (tmp_path / "work").chmod(0o500)
        journal = journal_in(tmp_path)
        journal.append(record())
    assert journal.path.startswith(str(tmp_path / "state/journals/"))


def test_the_place_stays_as_it_was_first_chosen(tmp_path: Path) -> None:
    """Making the folder unwritable later does not send the records elsewhere: it blocks."""
    first = filled(tmp_path, 1)
    with unprivileged(tmp_path):
        (tmp_path / "work/ops").chmod(0o500)
        assert journal_in(tmp_path).path == first.path
        Path(first.path).chmod(0o400)
        refused(lambda: journal_in(tmp_path).append(record()))


# The disk is full


def ran(code: str, **options: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
        **options,  # type: ignore[call-overload]
    )
    out: str = done.stdout
    return out


@pytest.mark.parametrize("room", [0, 1, 700, 1400])
def test_a_write_that_does_not_fit_is_undone(tmp_path: Path, room: int) -> None:
    journal = filled(tmp_path, 3)
    size = os.stat(journal.path).st_size
    code = f"""
    import resource, sys
    sys.path.insert(0, {os.getcwd()!r})
    from agentic.errors import Unavailable
    from tests.audit.samples import record
    from agentic.audit.journal import open_journal
    journal = open_journal({str(tmp_path / "work")!r}, {journal.state_dir!r})
    resource.setrlimit(resource.RLIMIT_FSIZE, ({size} + {room}, -1))
    try:
        journal.append(record("echo full"))
    except Unavailable as error:
        print(error.code)
    """
    assert ran(code).split() == ["journal.unwritable"]
    assert os.stat(journal.path).st_size == size
    assert whole(journal)
    assert journal.append(record()).seq == 4
    assert whole(journal)


def test_a_head_that_cannot_be_written_undoes_the_record(tmp_path: Path) -> None:
    journal = filled(tmp_path, 3)
    code = f"""
    import posix, sys
    sys.path.insert(0, {os.getcwd()!r})
    from agentic.errors import Unavailable
    from tests.audit.samples import record
    from agentic.audit.journal import open_journal
    journal = open_journal({str(tmp_path / "work")!r}, {journal.state_dir!r})
    def full(fd, data, offset):
        raise OSError(28, "No space left on device")
    posix.pwrite = full
    try:
        journal.append(record("echo full"))
    except Unavailable as error:
        print(error.message)
    """
    assert "no space left on device" in ran(code)
    assert len(lines_of(journal)) == 3
    assert whole(journal)


# Locks


def test_a_stuck_process_blocks_for_a_bounded_time(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    code = f"""
    import posix, sys, time
    fd = posix.open({journal.lock!r}, posix.O_RDWR)
    posix.lockf(fd, posix.F_LOCK, 0)
    print("locked", flush=True)
    time.sleep(60)
    """
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        holder.send_signal(signal.SIGSTOP)
        assert refused(lambda: journal.append(record())).code == "journal.busy"
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert journal.append(record()).seq == 2
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()


def test_threads_take_turns(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    journal = journal_in(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        done: list[Written] = list(
            pool.map(lambda n: journal.append(record(f"echo {n}")), range(80))
        )
    assert sorted(w.seq for w in done) == list(range(1, 81))
    assert whole(journal)


# Where it lives


def test_a_work_tree_keeps_its_journal_in_ops(tmp_path: Path) -> None:
    assert journal_path(str(tmp_path), "/state") == f"{tmp_path}/ops/audit.jsonl"
    (tmp_path / "ops").mkdir()
    assert journal_path(str(tmp_path) + "/", "/state") == f"{tmp_path}/ops/audit.jsonl"


@pytest.mark.parametrize("root", ["", "/does/not/exist"])
def test_without_a_work_tree_it_lies_in_the_state_directory(root: str) -> None:
    name = sha256_hex(root.encode())[:16]
    assert journal_path(root, "/state") == f"/state/journals/{name}.jsonl"


def test_a_linked_ops_folder_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "ops").symlink_to("/tmp")
    assert journal_path(str(tmp_path), "/state").startswith("/state/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/ada/work", True),
        ("/mnt/share/work", False),
        ("/mnt/share", False),
        ("/mnt/sharewood", True),
        ("/mnt/with space/x", False),
        ("/mnt/share/local/x", True),
    ],
)
def test_network_file_systems_are_told_by_the_nearest_mount(
    tmp_path: Path, path: str, expected: bool
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        "40 22 0:41 / /mnt/share rw,relatime shared:2 - nfs4 server:/export rw\n"
        "41 22 0:42 / /mnt/with\\040space rw - fuse.sshfs host: rw\n"
        "42 40 254:1 / /mnt/share/local rw - xfs /dev/vdb rw\n"
        "a line of the future\n"
    )
    assert is_local(path, str(mounts)) is expected
    assert is_local(path, str(tmp_path / "gone"))


def test_a_path_with_blanks_and_other_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "my work \udcff é"
    folder.mkdir()
    journal = filled(folder, 2)
    assert open_journal(str(folder / "work"), journal.state_dir).path == journal.path
    assert whole(journal)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'{"seq":"x"}', b"\xff\xfe", b"{" * 400]
)
def test_a_head_that_is_not_understood_is_none(data: bytes) -> None:
    assert head_from(data) is None


def test_a_hook_that_records_loads_nothing_heavy(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {os.getcwd()!r})
from agentic.audit.journal import open_journal
from agentic.audit.record import record_of_event
journal = open_journal({str(tmp_path)!r}, {str(tmp_path / "state")!r})
journal.append(record_of_event("session", now=1, user="ada"))
before = set(sys.modules)
journal = open_journal({str(tmp_path)!r}, {str(tmp_path / "state")!r})
journal.append(record_of_event("session", now=1, user="ada"), durable=True)
heavy = {{"os", "re", "json", "hashlib", "enum", "typing", "datetime", "contextlib"}}
print(sorted(heavy & set(sys.modules)), sorted(set(sys.modules) - before))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[] []"


def test_the_call_of_the_samples_is_the_one_recorded(tmp_path: Path) -> None:
    """Guards the other tests: what they tamper with is really there."""
    journal = filled(tmp_path, 1)
    line = json.loads(lines_of(journal)[0])
    assert line["session"] == call().session
