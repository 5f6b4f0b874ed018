"""The journal: append one record, in its place in the hash chain, or say why that cannot be.

1. take the lock (a file of its own in the state directory), waiting a bounded time
2. read the head: seq, hash and size that the last append left behind
3. open the journal and compare it with the head; whatever differs is recorded, never passed over
4. write the line with one write, undo it when it is not complete, sync it when asked to
5. write the head

INVARIANT: a record is acknowledged only after steps 4 and 5; a kill in between is found and adopted
by the next append (tests/audit/test_journal_crash.py).
"""

from __future__ import annotations

import posix
from _thread import allocate_lock
from time import monotonic, sleep
from time import time as unix_time

from agentic.audit.record import line_of, prepared, record_of_grant, record_of_request
from agentic.core.canonical import canonical
from agentic.core.native import parse_json, sha256_hex
from agentic.core.record_type import NamedTuple
from agentic.errors import InvalidDocument, Unavailable, quoted
from agentic.recognize.secret_prefilter import may_hold_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.audit.recent import RecentRecords
    from agentic.audit.record import Prepared, Record
    from agentic.core.values import Answer, Grant, Mark, ToolCall

LOCK_WAIT_S = 2.0
DOCTOR = "run `agentic doctor`"

_LONGEST_PAUSE_S = 0.01
_HEAD_BYTES = 1024
_TAIL_BYTES = 262_144
#: Decisions that the head tells of: more than a host has calls in flight at once.
_LATEST_DECISIONS = 8
_ANSWERS: dict[str, Answer] = {"allow": "allow", "none": "none", "ask": "ask", "deny": "deny"}
_FLAGS = posix.O_RDWR | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
#: A pipe in the place of a file is never waited for.
_READ_FLAGS = posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
_KIND_MASK = 0o170000
_REGULAR = 0o100000
_DIRECTORY = 0o040000
_sync = getattr(posix, "fdatasync", posix.fsync)  # macOS has no fdatasync

# POSIX record locks belong to the process, so threads take turns here first.
_turn = allocate_lock()


class Head(NamedTuple):
    """What the last append left behind: the last record's place and the journal's size.

    `latest` tells of the last decisions, so that a call which is judged twice is found: words of
    `call:call_id:seq:milliseconds:answer`, the newest last.
    """

    seq: int
    hash: str
    size: int
    line_bytes: int
    time: str
    journal: str
    latest: str = ""


class Written(NamedTuple):
    """Where a record landed; `answered` is set where the call had been judged before, and nothing written."""

    seq: int
    hash: str
    answered: Answer | None = None


class Tail(NamedTuple):
    """What the next record continues: seq, hash and time of the last one, and the file's size."""

    seq: int
    hash: str
    time: str
    size: int


class Journal(NamedTuple):
    """One user's journal of one work tree: `path` holds the records, `head` and `lock` guard it."""

    path: str
    head: str
    lock: str
    state_dir: str

    def append(self, record: Record, *, durable: bool = False) -> Written:
        """Write a record and return its place. `durable` also survives a loss of power.

        Raises: Unavailable (`journal.*`, `state.*`) when it cannot be recorded; nothing was then
        written, or it will be found as torn and set aside.
        """
        ready = prepared(record, self.redaction_key)
        with locked(self):
            return _append(self, ready, durable=durable)

    def append_decision(
        self, record: Record, mark: Mark, answer: Answer, *, durable: bool
    ) -> tuple[int, Answer | None]:
        """Write the decision on a call, unless that very call has one: (its seq, how it was answered).

        The answer is None where the record is new. Raises as `append`.
        """
        ready = prepared(record, self.redaction_key)
        with locked(self):
            written = _append(self, ready, durable=durable, mark=mark, answer=answer)
        return written.seq, written.answered

    def append_outcome(self, record: Record, decision: int, *, durable: bool = False) -> Written:
        """Write what became of a call; its decision (0: not known) answers no further call from now on.

        Raises as `append`.
        """
        ready = prepared(record, self.redaction_key)
        with locked(self):
            return _append(self, ready, durable=durable, done=decision)

    def record_grant(
        self, grant: Grant, status: str, *, now: float, request_id: str = "", because: str = ""
    ) -> int:
        """Write that a grant was given, claimed or found void; the record's seq. Raises as append."""
        record = record_of_grant(grant, status, now=now, request_id=request_id, because=because)
        return self.append(record, durable=True).seq

    def record_request(
        self,
        request_id: str,
        status: str,
        *,
        digests: dict[str, str],
        reasons: dict[str, object],
        now: float,
        user: str = "",
        approver: str = "",
        call: ToolCall | None = None,
    ) -> int:
        """Write that a request was created or denied; the record's seq. Raises as append."""
        record = record_of_request(
            request_id,
            status,
            digests=digests,
            reasons=reasons,
            now=now,
            user=user,
            approver=approver,
            call=call,
        )
        return self.append(record, durable=True).seq

    def redacted(self, text: str) -> str:
        """The text without its secrets."""
        if not may_hold_secret(text):
            return text
        from agentic.audit.redact import redact

        return redact(text, self.redaction_key)[0]

    def read_head(self) -> Head | None:
        """The head, or None where there is none or it cannot be understood."""
        try:
            fd = posix.open(self.head, _READ_FLAGS)
        except OSError:
            return None
        try:
            return head_from(posix.pread(fd, 8 * _HEAD_BYTES, 0))
        except OSError:  # a folder, a pipe: the append that opens it for writing says so
            return None
        finally:
            posix.close(fd)

    def decision_of(self, call_id: str = "", call_digest: str = "") -> dict[str, Any] | None:
        """The clear header of the latest decision on this call, or None; looks at the last 256 KiB.

        `call_id` is preferred, since the same call may be made twice. Never raises.
        """
        needle = (call_id or call_digest).encode("utf-8", "backslashreplace")
        field = "call_id" if call_id else "call_digest"
        if not needle:
            return None
        for line in reversed(_last_lines(self.path)):
            if needle in line and b'"event":"decision"' in line:
                try:
                    header = parse_json(line.decode())
                except (InvalidDocument, UnicodeDecodeError):
                    continue
                told = header.get(field) == (call_id or call_digest)
                if told and header.get("event") == "decision":
                    return {name: header[name] for name in header if name != "sensitive"}
        return None

    def newest(self) -> RecentRecords:
        """The journal's end, read backwards as far as it is asked about; nothing is read yet."""
        from agentic.audit.recent import RecentRecords

        return RecentRecords(self)

    def redaction_key(self) -> bytes:
        """The key of redaction digests, made at first need; empty when it cannot be kept."""
        from agentic.audit.location import secret_of

        return secret_of(self.state_dir)


def open_journal(root: str, state_dir: str) -> Journal:
    """The journal of the work tree at `root` (empty: of no work tree), for this user.

    Its place is chosen once, see `agentic.audit.location`, and then remembered in the head.
    Raises: Unavailable (`state.*`) when the state directory is missing and cannot be made, or is
    not this user's alone.
    """
    check_state_dir(state_dir)
    name = f"{state_dir}/journals/{sha256_hex(root.encode('utf-8', 'surrogateescape'))[:16]}"
    journal = Journal("", name + ".head", name + ".lock", state_dir)
    head = journal.read_head()
    if head is not None and head.journal:
        return journal._replace(path=head.journal)
    from agentic.audit.location import journal_path

    return journal._replace(path=journal_path(root, state_dir))


def check_state_dir(state_dir: str) -> None:
    """Make the state directory at need. Raises Unavailable unless it is this user's alone."""
    try:
        status = posix.lstat(state_dir + "/journals")
        mode, owner = status.st_mode, status.st_uid
        outer = posix.stat(state_dir)
    except FileNotFoundError:
        from agentic.audit.location import make_state_dir

        make_state_dir(state_dir)
        return
    except OSError as error:
        raise _unavailable(state_dir, error, "state.unreadable") from None
    me = posix.geteuid()
    if owner != me or outer.st_uid != me:
        message = f"the state directory {quoted(state_dir)} belongs to somebody else"
        raise Unavailable("state.owner", message, DOCTOR)
    if mode & _KIND_MASK != _DIRECTORY or (mode | outer.st_mode) & 0o022:
        message = f"others may write to the state directory {quoted(state_dir)}"
        raise Unavailable("state.mode", message, f"make it mode 0700, then {DOCTOR}")


class locked:  # noqa: N801 - reads as a word at its one place: `with locked(journal)`
    """The journal's critical section, for this thread and this process.

    An OSError inside becomes Unavailable. Raises: Unavailable (`journal.busy`) after `LOCK_WAIT_S`.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def __enter__(self) -> None:
        if not _turn.acquire(timeout=LOCK_WAIT_S):
            raise _busy(self.journal.path)
        try:
            self.fd = _take_lock(self.journal)
        except BaseException:
            _turn.release()
            raise

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        posix.close(self.fd)
        _turn.release()
        if isinstance(error, OSError):
            raise _unavailable(self.journal.path, error) from None


def head_from(data: bytes) -> Head | None:
    """The head that these bytes say, or None."""
    try:
        found = parse_json(data.decode())
        return Head(
            int(found["seq"]),
            str(found["hash"]),
            int(found["size"]),
            int(found["line_bytes"]),
            str(found["time"]),
            str(found["journal"]),
            str(found.get("latest", "")),
        )
    except (InvalidDocument, UnicodeDecodeError, KeyError, TypeError, ValueError):
        return None


def _decided(head: Head | None, mark: Mark, now_ms: int) -> Written | None:
    """The decision that this very call has already, or None."""
    if head is None or mark.call not in head.latest:
        return None
    for word in reversed(head.latest.split(" ")):
        parts = word.split(":")
        if len(parts) == 5 and parts[2].isdecimal() and parts[3].isdecimal():
            call, call_id, seq, told_ms, answer = parts
            age_s = (now_ms - int(told_ms)) / 1000
            if answer in _ANSWERS and mark.is_same(call, call_id, age_s):
                return Written(int(seq), "", _ANSWERS[answer])
    return None


def _latest(head: Head | None, seq: int, word: str, done: int) -> str:
    """What the next head tells of the last decisions: one more, or one less whose call is done."""
    words = head.latest.split(" ") if head is not None and head.latest else []
    if done:
        words = [known for known in words if known.split(":")[2:3] != [str(done)]]
    if word:
        words.append(word % seq)
    return " ".join(words[-_LATEST_DECISIONS:])


def _append(
    journal: Journal,
    ready: Prepared,
    *,
    durable: bool,
    mark: Mark | None = None,
    answer: Answer = "none",
    done: int = 0,
) -> Written:
    head_fd = posix.open(journal.head, _FLAGS | posix.O_CREAT, 0o600)
    try:
        raw = posix.pread(head_fd, 8 * _HEAD_BYTES, 0)
        head = head_from(raw) if raw else None
        word = ""
        if mark is not None:
            now_ms = int(unix_time() * 1000)
            known = _decided(head, mark, now_ms)
            if known is not None:
                return known
            word = f"{mark.call}:{mark.call_id}:%d:{now_ms}:{answer}"
        fd, is_new = _open_file(journal.path)
        try:
            size = posix.fstat(fd).st_size
            if head is not None and _is_as_left(fd, size, head):
                lines, tail = b"", Tail(head.seq, head.hash, head.time, size)
            else:
                from agentic.audit.recovery import Found, recovered

                found = Found(fd, journal, head, had_head=bool(raw), is_new=is_new)
                lines, tail = recovered(found, ready.header["time"])
                durable = durable or bool(lines)
            time = ready.header["time"]
            line, hashed = line_of(
                ready, tail.seq + 1, tail.hash, tail.time if time < tail.time else ""
            )
            data = lines + line
            _write_whole(fd, data, tail.size, durable=durable)
            seq = tail.seq + 1
            latest = _latest(head, seq, word, done)
            head = Head(seq, hashed, tail.size + len(data), len(line), time, journal.path, latest)
            try:
                write_head(head_fd, head, len(raw))
            except OSError:
                posix.ftruncate(fd, tail.size)
                raise
            if durable and is_new:
                sync_directory(journal.path)
            return Written(head.seq, hashed)
        finally:
            posix.close(fd)
    finally:
        posix.close(head_fd)


def _is_as_left(fd: int, size: int, head: Head) -> bool:
    """Whether the journal ends where and how the head says."""
    return size == head.size and ends_with_record(fd, size, head.line_bytes, head.hash)


def ends_with_record(fd: int, size: int, line_bytes: int, hashed: str) -> bool:
    """Whether a whole line of this length with this hash ends at this offset of the file."""
    start = size - line_bytes
    if start < 0 or line_bytes <= 0:
        return False
    before = min(start, 1)
    tail = posix.pread(fd, line_bytes + before, start - before)
    return (
        len(tail) == line_bytes + before
        and tail[:before] in (b"", b"\n")
        and tail[-1:] == b"\n"
        and tail.find(b"\n", before) == len(tail) - 1
        and b',"hash":"' + hashed.encode() + b'"' in tail
    )


def _open_file(path: str) -> tuple[int, bool]:
    """The journal's file open for reading and appending, and whether it was created just now."""
    flags = _FLAGS | posix.O_APPEND
    parent = path.rpartition("/")[0] or "/"
    try:
        if posix.lstat(parent).st_mode & _KIND_MASK != _DIRECTORY:
            raise Unavailable("journal.folder", f"{quoted(parent)} is not a folder", DOCTOR)
        fd, is_new = posix.open(path, flags), False
    except FileNotFoundError:
        try:  # noqa: SIM105 - contextlib is not loaded in a hook
            posix.mkdir(parent, 0o755)
        except FileExistsError:
            pass
        from agentic.audit.location import keep_out_of_git

        keep_out_of_git(path)
        fd, is_new = posix.open(path, flags | posix.O_CREAT | posix.O_EXCL, 0o600), True
    try:
        _check_file(fd, path)
    except BaseException:
        posix.close(fd)
        raise
    return fd, is_new


def _check_file(fd: int, path: str) -> None:
    status = posix.fstat(fd)
    if status.st_mode & _KIND_MASK != _REGULAR:
        raise Unavailable("journal.kind", f"{quoted(path)} is not an ordinary file", DOCTOR)
    if status.st_uid != posix.geteuid():
        message = f"the journal {quoted(path)} belongs to somebody else"
        raise Unavailable("journal.owner", message, DOCTOR)
    if status.st_mode & 0o022:
        posix.fchmod(fd, 0o600)


def _write_whole(fd: int, data: bytes, old_size: int, *, durable: bool) -> None:
    """One write; whatever keeps it from being complete takes the journal back to its old size."""
    try:
        count = posix.write(fd, data)
        if count != len(data):
            raise OSError(28, "the disk is full")
        if durable:
            _sync(fd)
    except OSError:
        posix.ftruncate(fd, old_size)
        raise


def write_head(head_fd: int, head: Head, old_bytes: int) -> None:
    """Replace the head in place, with one write of a length that hardly ever changes."""
    text = canonical(head._asdict())
    padded = text.ljust((len(text) // _HEAD_BYTES + 1) * _HEAD_BYTES - 1) + b"\n"
    count = posix.pwrite(head_fd, padded, 0)
    if count != len(padded):
        raise OSError(28, "the disk is full")
    if old_bytes > len(padded):
        posix.ftruncate(head_fd, len(padded))


def sync_directory(path: str) -> None:
    """Make the name of a file survive a loss of power."""
    fd = posix.open(path.rpartition("/")[0] or "/", posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        posix.fsync(fd)
    finally:
        posix.close(fd)


def _take_lock(journal: Journal) -> int:
    """The lock's file descriptor, locked; closing it gives the lock back.

    Raises: Unavailable (`journal.busy`) after `LOCK_WAIT_S`.
    """
    try:
        fd = posix.open(journal.lock, _FLAGS | posix.O_CREAT, 0o600)
    except OSError as error:
        raise _unavailable(journal.lock, error) from None
    pause_s = 0.0002
    deadline = 0.0
    while True:
        try:
            posix.lockf(fd, posix.F_TLOCK, 0)
            return fd
        except OSError as error:
            if error.errno not in (11, 13, 35):  # EAGAIN, EACCES, EAGAIN on macOS
                posix.close(fd)
                raise _unavailable(journal.lock, error) from None
        now = monotonic()
        deadline = deadline or now + LOCK_WAIT_S
        if now >= deadline:
            posix.close(fd)
            raise _busy(journal.path)
        sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _last_lines(path: str) -> list[bytes]:
    try:
        fd = posix.open(path, _READ_FLAGS)
    except OSError:
        return []
    try:
        size = posix.fstat(fd).st_size
        start = max(0, size - _TAIL_BYTES)
        lines = posix.pread(fd, size - start, start).split(b"\n")
    except OSError:
        return []
    finally:
        posix.close(fd)
    return lines[1:] if start else lines


def _busy(path: str) -> Unavailable:
    message = f"the journal {quoted(path)} is locked by another process for over {LOCK_WAIT_S:g} s"
    return Unavailable("journal.busy", message, DOCTOR)


def _unavailable(path: str, error: OSError, code: str = "journal.unwritable") -> Unavailable:
    if error.errno in (40, 62):  # ELOOP, on Linux and on macOS
        return Unavailable("journal.symlink", f"{quoted(path)} is a symbolic link", DOCTOR)
    cause = (error.strerror or "unknown error").lower()
    return Unavailable(code, f"the journal {quoted(path)} cannot be written: {cause}", DOCTOR)
