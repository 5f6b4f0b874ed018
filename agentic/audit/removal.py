"""A sensitive field taken out of records that are already written; the chain still verifies.

Only the value and its salt go; the commitment stays in the header, so it remains visible that there
was a field, and that it was removed. The removal is itself a record.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from agentic.audit.journal import Head, Journal, locked, sync_directory, write_head
from agentic.audit.record import iso_time, line_of, prepared, record_of_recovery
from agentic.audit.recovery import record_in
from agentic.audit.verify import verify_journal
from agentic.core.canonical import canonical
from agentic.core.native import parse_json
from agentic.errors import AgenticError, CheckFailed, quoted

#: Fields that may be removed: every one that is stored beside its commitment.
FIELDS = ("user", "cwd", "input", "targets", "reasons", "approver", "error")


def remove_field(
    journal: Journal,
    field: str,
    *,
    chosen: Callable[[dict[str, Any]], bool],
    because: str,
    now: float,
) -> int:
    """The number of records from which the field was removed.

    `chosen` is asked with each record's clear header. The file is written anew beside the old one
    and takes its place at once. Raises: AgenticError for an unknown field, CheckFailed when the
    journal is not whole (a removal must not hide damage), Unavailable when it is locked or
    unwritable.
    """
    if field not in FIELDS:
        raise AgenticError(
            "journal.field", f"unknown field {quoted(field)}", "one of " + ", ".join(FIELDS)
        )
    with locked(journal):
        head = journal.read_head()
        state = verify_journal(journal.path, head)
        if head is None or not state.is_whole or state.last_seq != head.seq:
            way = "`agentic audit verify` says where; nothing was removed"
            raise CheckFailed("journal.not-whole", "the journal is not whole", way)
        temporary = f"{journal.path}.removal"
        if os.path.lexists(temporary):
            os.unlink(temporary)  # of a removal that was killed; the lock says that none is running
        try:
            count, size = _write_without(journal.path, temporary, field, chosen)
            if count:
                new_head = _add_record(temporary, size, head, field, count, because, now)
                os.replace(temporary, journal.path)
                sync_directory(journal.path)
                _keep_head(journal, new_head)
        finally:
            if os.path.lexists(temporary):
                os.unlink(temporary)
    return count


def _write_without(
    path: str, temporary: str, field: str, chosen: Callable[[dict[str, Any]], bool]
) -> tuple[int, int]:
    """Copy the journal without the field; the number of records changed and the new size."""
    count = 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(path, "rb") as old, open(os.open(temporary, flags, 0o600), "wb") as new:
        for line in old:
            shorter = _without(line, field, chosen)
            count += shorter is not line
            new.write(shorter)
        size = new.tell()
        new.flush()
        os.fsync(new.fileno())
    return count, size


def _without(line: bytes, field: str, chosen: Callable[[dict[str, Any]], bool]) -> bytes:
    header = record_in(line[:-1])
    start = line.rfind(b'"', 0, line.find(b',"hash":"') + 74) + 1
    rest = line[start:-1]
    if header is None or rest == b"}":
        return line
    sensitive = parse_json("{" + rest[1:].decode())["sensitive"]
    if field not in sensitive or not chosen(header):
        return line
    del sensitive[field]
    tail = b',"sensitive":' + canonical(sensitive) if sensitive else b""
    return line[:start] + tail + b"}\n"


def _add_record(
    path: str, size: int, head: Head, field: str, count: int, because: str, now: float
) -> Head:
    """Append the record of the removal to the new file; the head that then holds."""
    time = iso_time(now)
    found = {"field": field, "records": count, "because": because[:200]}
    ready = prepared(record_of_recovery("field-removed", time, found))
    line, hashed = line_of(ready, head.seq + 1, head.hash)
    with open(path, "ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    return Head(head.seq + 1, hashed, size + len(line), len(line), time, head.journal)


def _keep_head(journal: Journal, head: Head) -> None:
    fd = os.open(journal.head, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        write_head(fd, head, os.fstat(fd).st_size)
    finally:
        os.close(fd)
