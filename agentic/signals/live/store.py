"""Writing the snapshot that hooks read, and the lock that lets one watcher at a time keep it fresh.

The file is written beside its place and put there in one step, so that a hook sees the old or the new one
and a killed writer leaves neither half. Two refreshers do not undo each other: what another one has learnt
later, and is not clear, stays. `agentic.signals.snapshot` says what the file looks like.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from agentic.core.native import sha256_hex
from agentic.core.reason import one_line
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.errors import Unavailable, quoted
from agentic.places import private_folder
from agentic.signals.live.answers import bounded, known_answers
from agentic.signals.live.interface import Answer
from agentic.signals.snapshot import (
    FOLDER,
    FORMAT,
    MAX_BYTES,
    SKEW_S,
    Timetable,
    entries_of,
    read_snapshot,
    snapshot_path,
)

#: What one read may take in the file; the reads of a crowded file share what there is.
READ_BYTES = 65_536
_FEW = 8
_WATCH = ".watch"
_TEMPORARY = ".tmp"
#: How long files of this folder are kept that nobody has written to.
_KEPT_S = {".snapshot": 30 * 86_400, _TEMPORARY: 86_400}
#: Files looked at in one go for old ones.
_LOOKED_AT = 1_000
LOCK_WAIT_S = 5.0
_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_snapshot(
    state: str, digest: str, answers: Mapping[str, Sequence[Sequence[Answer]]], now: int
) -> str:
    """Put answers into the snapshot of a signals digest; returns its path. `now` is Unix seconds.

    A read without any answer here keeps what the file says of it, and so does one of which the file knows
    something newer that is not clear; signals that are not named here are left out. What is too long for
    its place gives way: far windows of a timetable first, then single readings join into one. Raises:
    Unavailable when it cannot be written.
    """
    private_folder(state)
    folder = private_folder(f"{state}/{FOLDER}")
    path = snapshot_path(state, digest)
    try:
        with write_lock(folder):
            _replace(path, _file_bytes(digest, _merged(state, digest, answers, now), now))
            _forget_old(folder, path, time.time())
    except OSError as problem:
        why = (problem.strerror or "it cannot be written").lower()
        raise Unavailable("signals.snapshot", f"{quoted(path)}: {why}") from None
    return path


# What it holds


def _merged(
    state: str, digest: str, answers: Mapping[str, Sequence[Sequence[Answer]]], now: int
) -> dict[str, list[list[Answer]]]:
    """Our answers, and what the file knows of reads that we did not ask or that others asked later."""
    there = read_snapshot(state, digest)
    merged = {name: [list(place) for place in places] for name, places in answers.items()}
    if there.fault:
        return merged
    for name, ours in merged.items():
        for number, answered in enumerate(ours):
            theirs = known_answers(entries_of(there, name, number), name)
            if not answered or _is_newer_warning(theirs, answered, now):
                ours[number] = theirs
    return merged


def _is_newer_warning(theirs: Sequence[Answer], ours: Sequence[Answer], now: int) -> bool:
    """Whether others have seen something later than we did that is not clear.

    A newer CLEAR is not taken over: it only lasts a little longer, and whoever works here could have written
    it.
    """
    if all(isinstance(answer, Reading) and answer.state == CLEAR for answer in theirs):
        return False
    return _seen_at(ours) < _seen_at(theirs) <= now + SKEW_S


def _seen_at(answers: Sequence[Answer]) -> int:
    return max((answer.observed_at for answer in answers), default=0)


def _file_bytes(digest: str, answers: Mapping[str, Sequence[Sequence[Answer]]], now: int) -> bytes:
    """Header and body. Raises: Unavailable when policy has more reads than a snapshot can hold."""
    reads = sum(len(places) for places in answers.values())
    limit_bytes = min(READ_BYTES, (MAX_BYTES - READ_BYTES) // max(reads, 1))
    lines = []
    for name, places in answers.items():
        shown = ",".join(_fitting(place, limit_bytes, now) for place in places)
        lines.append(f"{json.dumps(name)}:[{shown}]")
    body = ("{" + ",".join(lines) + "}").encode()
    header = {"format": FORMAT, "sha256": sha256_hex(body), "written_at": now, "policy": digest}
    data = json.dumps(header, separators=(",", ":")).encode() + b"\n" + body + b"\n"
    if len(data) > MAX_BYTES:
        raise Unavailable("signals.snapshot", "policy has more reads than a snapshot can hold")
    return data


def _fitting(answers: Sequence[Answer], limit_bytes: int, now: int) -> str:
    """The entries of one read as JSON text of at most this size; what does not fit gives way.

    INVARIANT: nothing raised becomes clear on the way (tests/signals/test_store.py).
    """
    text = _text(answers)
    if len(text) <= limit_bytes:
        return text
    fewer = bounded(answers, _FEW)
    share_bytes = limit_bytes // len(fewer) - 2
    text = _text([_shortened(answer, share_bytes, now) for answer in fewer])
    if len(text) <= limit_bytes:
        return text
    is_raised = any(isinstance(a, Reading) and a.state == RAISED for a in answers)
    first = answers[0]
    one = Reading(
        first.signal,
        RAISED if is_raised else UNKNOWN,
        "its answer is too long to be kept",
        "critical",
        source=one_line(first.source, 80),
        observed_at=max(answer.observed_at for answer in answers),
        max_age_s=first.max_age_s,
    )
    return _text([one])


def _text(answers: Sequence[Answer]) -> str:
    return json.dumps([entry_of(answer) for answer in answers], separators=(",", ":"))


def entry_of(answer: Answer) -> dict[str, Any]:
    """The fields of an answer that say something, and those that make it a timetable."""
    always = ("windows", "known_until", "clear_because") if isinstance(answer, Timetable) else ()
    return {name: value for name, value in answer._asdict().items() if value or name in always}


def _shortened(answer: Answer, limit_bytes: int, now: int) -> Answer:
    """An answer without what is only told, and a timetable without its last windows."""
    because_characters = 100
    if isinstance(answer, Reading):
        short = answer._replace(value="", unit="", threshold="", query="")
        return short._replace(because=one_line(answer.because, because_characters))
    windows = sorted(
        (start, end, one_line(why, because_characters))
        for start, end, why in answer.windows
        if end > now - SKEW_S
    )
    short_table = answer._replace(query="", windows=tuple(windows))
    kept = len(windows)
    while kept and len(_text([short_table])) > limit_bytes:
        kept //= 2
        # INVARIANT: where windows are left out, the time from there on is unknown.
        known_until = min(answer.known_until, windows[kept][0])
        short_table = short_table._replace(windows=tuple(windows[:kept]), known_until=known_until)
    return short_table


# Where it lies


def _replace(path: str, data: bytes) -> None:
    """Put a file in its place in one step. Raises: OSError."""
    beside = f"{path}.{os.getpid()}.{threading.get_ident()}{_TEMPORARY}"
    descriptor = os.open(beside, _NEW, 0o600)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(beside, path)
    except OSError:
        with suppress(OSError):
            os.unlink(beside)
        raise
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def write_lock(folder: str, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """One writer at a time; the lock goes with its holder. Raises: OSError, Unavailable."""
    descriptor = os.open(f"{folder}/.lock", _LOCK, 0o600)
    try:
        until = time.monotonic() + wait_s
        while not _locked(descriptor):
            if time.monotonic() > until:
                why = f"another process has been writing it for {wait_s:g} s"
                raise Unavailable("signals.snapshot", f"the snapshot is busy: {why}")
            time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget_old(folder: str, kept_path: str, now: float) -> None:
    """Remove what other definitions and killed writers left behind long ago, some of it each time."""
    with os.scandir(folder) as entries:
        for entry in islice(entries, _LOOKED_AT):
            age_limit_s = _KEPT_S.get(os.path.splitext(entry.name)[1])
            if age_limit_s is None or entry.path == kept_path:
                continue
            with suppress(OSError):
                if now - entry.stat(follow_symlinks=False).st_mtime > age_limit_s:
                    os.unlink(entry.path)


# Who keeps it fresh


def take_watch(state: str, digest: str) -> int:
    """A descriptor that holds the watch over one snapshot, until it is closed or its process ends.

    Raises: Unavailable, with the process's number, when another one holds it.
    """
    private_folder(state)
    path = f"{private_folder(f'{state}/{FOLDER}')}/{digest}{_WATCH}"
    try:
        descriptor = os.open(path, _LOCK, 0o600)
    except OSError as problem:
        why = (problem.strerror or "it cannot be opened").lower()
        raise Unavailable("signals.watch", f"{quoted(path)}: {why}") from None
    if not _locked(descriptor):
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        os.close(descriptor)
        named = f" (process {holder})" if holder.isdecimal() else ""
        raise Unavailable(
            "signals.watched",
            f"`agentic signals watch` is already running for these signals{named}",
            help="one is enough; end it first to start another",
        )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
