"""A journal that is not as the last append left it: what happened, and how the chain goes on.

1. a torn last line is copied to `<journal>.torn-…` and cut off
2. the head's last record is looked for; valid records behind it are adopted (a kill between writing
   a record and writing the head leaves exactly one)
3. whatever else differs becomes a `recovery` record that continues from the head

A gap is never closed silently: `verify` reports every recovery record, and the reasons in `GAPS` as
a failure. Loaded only when the head and the journal disagree.
"""

from __future__ import annotations

import posix
import time

from agentic.audit.journal import Tail, ends_with_record, sync_directory
from agentic.audit.record import (
    GENESIS,
    HASH_MARK,
    MAX_LINE_BYTES,
    Prepared,
    line_of,
    record_of_recovery,
)
from agentic.core.native import parse_json, sha256_hex
from agentic.core.record_type import NamedTuple
from agentic.errors import InvalidDocument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.audit.journal import Head, Journal

#: Reasons after which records are missing or were changed: the chain goes on from the head.
GAPS = ("emptied", "removed", "shortened", "replaced", "foreign")
#: Reasons that leave the chain whole: it goes on from the record before.
CONTINUOUS = (
    "torn",
    "head-behind",
    "head-missing",
    "head-unreadable",
    "resized",
    "field-removed",
)

#: How far back a record is looked for.
_SEARCH_BYTES = 4 * 1024 * 1024


class Found(NamedTuple):
    """What an append met: the open file, its head (None: none that can be read), what was there."""

    fd: int
    journal: Journal
    head: Head | None
    had_head: bool
    is_new: bool


def recovered(found: Found, now: str) -> tuple[bytes, Tail]:
    """The recovery lines to write before the next record, and the tail that they end in."""
    notes: list[dict[str, Any]] = []
    torn: list[dict[str, Any]] = []
    size = posix.fstat(found.fd).st_size
    if size and posix.pread(found.fd, 1, size - 1) != b"\n":
        size = _set_torn_line_aside(found.fd, found.journal.path, size, torn)
    if found.head is None:
        tail = _tail_without_head(found, size, notes)
    else:
        tail = _tail_with_head(found, found.head, size, notes)
    lines = b""
    for note in notes + torn:  # a gap first: it is what continues from the head
        record = record_of_recovery(note.pop("reason"), now, note)
        line, hashed = line_of(Prepared(record.header, ""), tail.seq + 1, tail.hash)
        lines += line
        tail = Tail(tail.seq + 1, hashed, now, tail.size)
    return lines, tail


def _tail_without_head(found: Found, size: int, notes: list[dict[str, Any]]) -> Tail:
    """Continue the last record of the file; without any, the chain begins here."""
    last = _last_record(found.fd, size)
    if size == 0 and not found.had_head:
        return Tail(0, GENESIS, "", 0)
    reason = "head-unreadable" if found.had_head else "head-missing"
    if last is None and size:
        reason = "foreign"
    note: dict[str, Any] = {"reason": reason, "found_size_bytes": size}
    notes.append(note)
    if last is None:
        return Tail(0, GENESIS, "", size)
    note["found_seq"] = last["seq"]
    return Tail(last["seq"], last["own"], str(last.get("time", "")), size)


def _tail_with_head(found: Found, head: Head, size: int, notes: list[dict[str, Any]]) -> Tail:
    """Continue behind the head's record where it is still there, else from the head itself."""
    start = _end_of_record(found.fd, size, head)
    if start is not None:
        adopted = _chained(found.fd, start, size, head)
        if adopted is not None:
            if start != head.size:
                notes.append(_note("resized", head, start, head.seq))
            if adopted.seq > head.seq + 1:
                notes.append({"reason": "head-behind", "adopted": adopted.seq - head.seq})
            return adopted
    last = _last_record(found.fd, size)
    if found.is_new or size == 0:
        reason = "removed" if found.is_new else "emptied"
    elif start is not None:
        reason = "foreign"  # the head's record is there, what follows it is not ours
    else:
        reason = "shortened" if size < head.size else "replaced"
    note = _note(reason, head, size, last["seq"] if last else 0)
    note["restarted"] = _has_restarted_since(found.journal.head)
    notes.append(note)
    return Tail(head.seq, head.hash, head.time, size)


def _note(reason: str, head: Head, found_size: int, found_seq: int) -> dict[str, Any]:
    return {
        "reason": reason,
        "expected_seq": head.seq,
        "expected_size_bytes": head.size,
        "expected_last": head.hash,
        "found_seq": found_seq,
        "found_size_bytes": found_size,
    }


def _set_torn_line_aside(fd: int, path: str, size: int, notes: list[dict[str, Any]]) -> int:
    """Copy what follows the last newline to a file of its own and cut it off; the new size."""
    start = max(0, size - _SEARCH_BYTES)
    data = posix.pread(fd, size - start, start)
    kept = start + data.rfind(b"\n") + 1
    torn = data[kept - start :]
    digest = sha256_hex(torn)
    aside = f"{path}.torn-{digest[:12]}"
    try:
        out = posix.open(
            aside,
            posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC | posix.O_NOFOLLOW,
            0o600,
        )
    except FileExistsError:
        pass  # the same bytes were set aside before, by an append that then failed
    else:
        try:
            if posix.write(out, torn) != len(torn):
                posix.unlink(aside)
                raise OSError(28, "the disk is full")
            posix.fsync(out)
        finally:
            posix.close(out)
        sync_directory(aside)
    posix.ftruncate(fd, kept)
    name = aside.rpartition("/")[2]
    notes.append({"reason": "torn", "size_bytes": len(torn), "sha256": digest, "kept_as": name})
    return kept


def _end_of_record(fd: int, size: int, head: Head) -> int | None:
    """The offset behind the head's last record: where it should be, else found by its hash."""
    if head.size <= size and ends_with_record(fd, head.size, head.line_bytes, head.hash):
        return head.size
    start = max(0, size - _SEARCH_BYTES)
    data = posix.pread(fd, size - start, start)
    at = data.rfind(HASH_MARK + head.hash.encode() + b'"')
    if at < 0:
        return None
    end = data.find(b"\n", at)
    return start + end + 1 if end >= 0 else None


def _chained(fd: int, start: int, size: int, head: Head) -> Tail | None:
    """The tail after every record from `start` on, or None if one of them does not continue."""
    tail = Tail(head.seq, head.hash, head.time, size)
    if size - start > _SEARCH_BYTES:
        return None
    for line in posix.pread(fd, size - start, start).split(b"\n")[:-1]:
        record = record_in(line)
        if record is None or record["seq"] != tail.seq + 1 or record["prev"] != tail.hash:
            return None
        tail = Tail(record["seq"], record["own"], str(record.get("time", "")), size)
    return tail


def _last_record(fd: int, size: int) -> dict[str, Any] | None:
    start = max(0, size - 2 * MAX_LINE_BYTES)
    lines = posix.pread(fd, size - start, start).split(b"\n")
    return record_in(lines[-2]) if len(lines) > 1 else None


def record_in(line: bytes) -> dict[str, Any] | None:
    """The header of one line with its hash as `own`, or None unless the hash is right."""
    at = line.find(HASH_MARK)
    clear = line[:at] + b"}"
    own = line[at + len(HASH_MARK) : at + len(HASH_MARK) + 64].decode("ascii", "replace")
    if at < 0 or sha256_hex(clear) != own:
        return None
    try:
        header = parse_json(clear.decode())
    except (InvalidDocument, UnicodeDecodeError):
        return None
    if not isinstance(header, dict) or type(header.get("seq")) is not int:
        return None
    return {**header, "own": own, "prev": header.get("prev", "")}


def _has_restarted_since(head_path: str) -> bool:
    """Whether the machine was started after the head was written: lost power explains a gap."""
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    try:
        written = posix.lstat(head_path).st_mtime
    except OSError:
        return False
    return clock is not None and written < time.time() - time.clock_gettime(clock)
