"""Whether a journal is whole: every hash, link, number and commitment, and the head beside it.

Reads the file once, line by line, and never writes. The chain alone proves that nothing was edited,
reordered or taken out of the middle; the head adds that nothing was cut off at the end. Whoever can
write both can rewrite both: until a journal is sealed elsewhere, the answer says `unsealed`.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from hashlib import sha256
from typing import Any, BinaryIO

from agentic.audit.journal import Head
from agentic.audit.record import GENESIS, HASH_MARK, VERSION
from agentic.audit.recovery import CONTINUOUS, GAPS
from agentic.core.record_type import NamedTuple
from agentic.errors import Unavailable, quoted

#: The kinds of problem, the worst name first; `Verification.status` is the first problem's kind.
KINDS = {
    "broken": "a line does not hash to what it says, or is no record",
    "chain": "a record does not continue the one before it",
    "gap": "records are missing",
    "commitment": "a removable field is not the one that was recorded",
    "torn": "the last line was not written whole",
    "truncated": "records are missing at the end or at the beginning",
    "replaced": "the journal is not the one that the head knows",
}

_MARK_END = len(HASH_MARK)
_HASH_END = _MARK_END + 64
_SENSITIVE = ',"sensitive":{'
_SALT = '":{"salt":"'
_VALUE = '","value":'
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # in no type stub


class Problem(NamedTuple):
    """One thing that is wrong. `line` counts from 1; 0 means the file as a whole."""

    line: int
    kind: str
    message: str


class Verification(NamedTuple):
    """What a journal turned out to be.

    `problems` holds the first of each kind, `problem_count` counts all; `notes` are recoveries that
    lost nothing.
    """

    path: str
    status: str
    records: int
    first_seq: int
    last_seq: int
    last_hash: str
    removed_fields: int
    size_bytes: int
    problems: tuple[Problem, ...]
    problem_count: int
    notes: tuple[Problem, ...]
    seal: str = "unsealed"

    @property
    def is_whole(self) -> bool:
        """Whether nothing at all is wrong."""
        return self.status == "ok"


class _BrokenError(Exception):
    """A line that is no record: (kind, message)."""


class _Line(NamedTuple):
    header: dict[str, Any]
    own: str
    fields: dict[str, tuple[str, str]]


def verify_journal(path: str, head: Head | None = None, most_problems: int = 20) -> Verification:
    """The state of a journal file, compared with its head where one is given.

    At most `most_problems` of each kind are listed.
    Raises: Unavailable when the file is there and cannot be read.
    """
    check = _Check(head, most_problems)
    try:
        with opened(path) as file:
            for line in file:
                check.take(line)
    except FileNotFoundError:
        if head is not None:
            check.problem("truncated", f"the journal is gone; the head knows {head.seq} records", 0)
    except OSError as error:
        cause = (error.strerror or "unknown error").lower()
        message = f"the journal {quoted(path)} cannot be read: {cause}"
        raise Unavailable("journal.unreadable", message) from None
    return check.result(path)


def opened(path: str) -> BinaryIO:
    """A journal's file, open for reading; a pipe in its place is never waited for. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not an ordinary file")
    return os.fdopen(descriptor, "rb")


class _Check:
    """The running state of one verification."""

    def __init__(self, head: Head | None, most_problems: int) -> None:
        self.head = head
        self.most_problems = most_problems
        self.number = 0
        self.records = 0
        self.size = 0
        self.first_seq = 0
        self.seq = 0
        self.hash = GENESIS
        self.removed = 0
        self.problems: list[Problem] = []
        self.counts: dict[str, int] = {}
        self.notes: list[Problem] = []
        self.head_hash = ""  # of the record with the head's seq

    def problem(self, kind: str, message: str, line: int = -1) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] <= self.most_problems:
            self.problems.append(Problem(self.number if line < 0 else line, kind, message))

    def take(self, line: bytes) -> None:
        """Check one line and move on to it."""
        self.number += 1
        self.size += len(line)
        if line[-1:] != b"\n":
            self.problem("torn", f"the last line ends after {len(line)} bytes without a newline")
            return
        try:
            read = _read_line(line)
        except _BrokenError as broken:
            self.problem(*broken.args)
            return
        self._check_place(read)
        self._check_commitments(read)
        self.records += 1
        self.seq, self.hash = read.header["seq"], read.own
        self.first_seq = self.first_seq or self.seq
        if self.head is not None and self.seq == self.head.seq:
            self.head_hash = read.own

    def _check_place(self, read: _Line) -> None:
        header = read.header
        seq, prev = header["seq"], header["prev"]
        recovery = header.get("recovery")
        if recovery is not None and self._is_told_gap(seq, prev, recovery):
            return
        if seq == self.seq + 1 and prev == self.hash:
            return
        if self.number == 1:
            self.problem("truncated", f"the journal begins at record {seq}, not at record 1")
        elif seq > self.seq + 1:
            missing = f"{self.seq + 1} to {seq - 1}" if seq > self.seq + 2 else str(seq - 1)
            self.problem("gap", f"record {seq} follows record {self.seq}: {missing} missing")
        elif seq != self.seq + 1:
            self.problem("chain", f"record {seq} follows record {self.seq}")
        else:
            self.problem("chain", f"record {seq} does not continue the record before it")

    def _is_told_gap(self, seq: int, prev: str, recovery: dict[str, Any]) -> bool:
        """Report a recovery; True where it explains why this record does not follow the last."""
        reason = recovery.get("reason")
        if reason in CONTINUOUS:
            self.notes.append(Problem(self.number, str(reason), _recovery_message(recovery)))
            return False
        if reason not in GAPS:
            return False
        self.problem("gap", _recovery_message(recovery))
        expected = (recovery.get("expected_seq", 0), recovery.get("expected_last", GENESIS))
        return (seq - 1, prev) == expected

    def _check_commitments(self, read: _Line) -> None:
        commitments = read.header.get("commitments", {})
        self.removed += len(commitments)
        for name, (salt, value) in read.fields.items():
            if not _is_committed(salt, value, commitments.get(name)):
                message = f"the field {quoted(name)} is not the one that was recorded"
                self.problem("commitment", message)
            self.removed -= 1

    def result(self, path: str) -> Verification:
        self._compare_with_head()
        return Verification(
            path,
            self.problems[0].kind if self.problems else "ok",
            self.records,
            self.first_seq,
            self.seq,
            self.hash if self.records else "",
            self.removed,
            self.size,
            tuple(self.problems),
            sum(self.counts.values()),
            tuple(self.notes),
        )

    def _compare_with_head(self) -> None:
        head = self.head
        if head is None or (self.number == 0 and self.problems):
            return
        if head.seq > self.seq:
            message = f"the journal ends at record {self.seq}; the head knows {head.seq}"
            self.problem("truncated", message, 0)
        elif self.head_hash != head.hash:
            self.problem("replaced", f"record {head.seq} is not the one that the head knows", 0)
        elif head.seq < self.seq:
            message = f"{self.seq - head.seq} records behind the head; the next append adopts them"
            self.notes.append(Problem(0, "head-behind", message))


def _read_line(line: bytes) -> _Line:
    """The parts of one line whose own hash is right. Raises _BrokenError otherwise.

    Duplicate keys in the header cannot be added later (it is hashed byte for byte); what follows
    the hash is held to the exact form in which it was written.
    """
    at = line.find(HASH_MARK)
    if at < 0:
        raise _BrokenError("broken", "this line is no record")
    clear = line[:at] + b"}"
    own = line[at + _MARK_END : at + _HASH_END].decode("ascii", "replace")
    if sha256(clear).hexdigest() != own or line[at + _HASH_END : at + _HASH_END + 1] != b'"':
        raise _BrokenError("broken", "this line was changed: it does not hash to what it says")
    try:
        header = json.loads(clear)
        rest = line[at + _HASH_END + 1 : -1].decode()
    except ValueError:
        raise _BrokenError("broken", "this line is not valid JSON") from None
    if not isinstance(header, dict) or header.get("v") != VERSION:
        raise _BrokenError("broken", "this line is of a version that is not known here")
    if type(header.get("seq")) is not int or type(header.get("prev")) is not str:
        raise _BrokenError("broken", "this line has no place in the chain")
    return _Line(header, own, _fields_in(rest) if rest != "}" else {})


def _fields_in(rest: str) -> dict[str, tuple[str, str]]:
    """The removable fields as (salt, JSON text of the value).

    Only the exact form `,"sensitive":{"NAME":{"salt":"32 HEX DIGITS","value":JSON},...}}` is taken: a
    second `mode`, or the same field twice, would be read as the truth by a careless reader.
    """
    fields: dict[str, tuple[str, str]] = {}
    at = len(_SENSITIVE)
    try:
        if not rest.startswith(_SENSITIVE):
            raise ValueError
        while True:
            name_end = rest.index('"', at + 1)
            name = rest[at + 1 : name_end]
            salt_at = name_end + len(_SALT)
            value_at = salt_at + 32 + len(_VALUE)
            if rest[at] != '"' or rest[name_end:salt_at] != _SALT or name in fields:
                raise ValueError
            if rest[salt_at + 32 : value_at] != _VALUE:
                raise ValueError
            _, end = _scan(rest, value_at)
            fields[name] = (rest[salt_at : salt_at + 32], rest[value_at:end])
            if rest[end:] == "}}}":
                return fields
            if rest[end : end + 2] != "},":
                raise ValueError
            at = end + 2
    except (ValueError, IndexError, StopIteration, RecursionError):
        message = "what follows the hash of this line is not as it was written"
        raise _BrokenError("broken", message) from None


def _is_committed(salt: str, value: str, expected: str | None) -> bool:
    try:
        return sha256(bytes.fromhex(salt) + value.encode()).hexdigest() == expected
    except ValueError:
        return False


def _recovery_message(recovery: dict[str, Any]) -> str:
    told = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in recovery.items()
        if name not in ("reason", "expected_last", "sha256")
    )
    return f"recovered: {recovery.get('reason')}" + (f" ({told})" if told else "")
