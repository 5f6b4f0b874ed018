"""The journal's end, read backwards only as far as a question needs, for signals on a hook's own time.

1. the head is compared first, once: a journal that does not hold what was written last says nothing
2. blocks of whole lines are read from the end until one begins before the time that is asked for
3. words are looked for in the bytes; only lines that hold one are parsed

Nothing that was read is kept. Loaded only when a signal asks.
"""

from __future__ import annotations

import posix

from agentic.audit.record import HASH_MARK, iso_time
from agentic.core.native import parse_json
from agentic.core.record_type import NamedTuple
from agentic.errors import InvalidDocument, Unavailable, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from agentic.audit.journal import Head, Journal

#: A record is at most 16 KiB, so every block holds several.
BLOCK_BYTES = 65_536
#: About three thousand records; what lies further back is said not to have been seen.
MOST_BYTES = 8_388_608

_FLAGS = posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
_KIND_MASK = 0o170000
_REGULAR = 0o100000
_TIME = b'"time":"'
_TIME_LENGTH = 24
_SHARED = b'-shared"'
_OUTCOME = b'"event":"outcome"'
_RECOVERY = b'"event":"recovery'


class Recent(NamedTuple):
    """Headers of the records that were asked for, the oldest first, and how far back was looked.

    A header is without its sensitive fields. A decision to change something shared also has `targets`, where
    they are whole, and `outcome`, the status that its outcome record told (empty: there is none).
    `seen_from` is empty when the whole time that was asked for was seen, else the time from which on it
    was (`2026-11-21T09:30:00.125Z`).
    """

    headers: tuple[dict[str, Any], ...]
    seen_from: str


class Block(NamedTuple):
    """A piece of the journal with whole lines from `begin` on; `start` is where it lies in the file."""

    data: bytes
    begin: int
    start: int
    oldest: str


class RecentRecords:
    """The end of one journal; nothing is read before it is asked.

    Blocks are not kept: a file that was just read is in memory, and reading it into the same place again
    is ten times as fast as filling new memory.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._checked = (0, 0)

    def since(self, start: int, now: int, words: tuple[str, ...]) -> Recent:
        """The records from `start` on (Unix seconds) whose line holds one of `words`.

        A record from the future is taken to be as old as the next one that is not, at least as old as
        `now`. Raises: Unavailable when the journal is there but cannot be read, or is not what was
        written last.
        """
        fd = self._opened()
        if fd < 0:
            return Recent((), "")
        try:
            return self._since(
                fd, iso_time(start), iso_time(now), [word.encode() for word in words]
            )
        except OSError as problem:
            raise self._unreadable((problem.strerror or "unknown error").lower()) from None
        finally:
            posix.close(fd)

    def _opened(self) -> int:
        """The journal's descriptor, or -1 where none was ever written. Raises: Unavailable."""
        head = self._journal.read_head() if self._checked == (0, 0) else None
        try:
            fd = posix.open(self._journal.path, _FLAGS)
        except FileNotFoundError:
            head = head or self._journal.read_head()
            if head is not None and head.size:
                raise self._changed() from None
            return -1
        except OSError as problem:
            raise self._unreadable((problem.strerror or "unknown error").lower()) from None
        try:
            self._check(fd, head)
        except BaseException:
            posix.close(fd)
            raise
        return fd

    def _check(self, fd: int, head: Head | None) -> None:
        """Refuse what was opened when it is not what was written last; once for each state of it."""
        from agentic.audit.journal import ends_with_record

        status = posix.fstat(fd)
        if status.st_mode & _KIND_MASK != _REGULAR or status.st_uid != posix.geteuid():
            raise self._unreadable("it is not an ordinary file of this user")
        identity = (status.st_ino, status.st_size)
        if identity == self._checked:
            return
        head = head or self._journal.read_head()
        if head is None and status.st_size:
            raise self._changed()
        if head is not None and not ends_with_record(fd, head.size, head.line_bytes, head.hash):
            raise self._changed()
        self._checked = identity

    def _since(self, fd: int, first: str, last: str, words: list[bytes]) -> Recent:
        found: list[list[dict[str, Any]]] = []
        gap, block, depth = "", None, 0
        for block in self._blocks(fd, first):
            found.append(_headers(block, first, last, words))
            gap = max(gap, _last_gap(block, first))
            if any(map(_is_change, found[-1])):
                depth = len(found)
        headers = [header for part in reversed(found) for header in part]
        if depth:
            self._tell_outcomes(fd, first, depth, headers)
        return Recent(tuple(headers), _seen_from(block, first, gap))

    def _blocks(self, fd: int, first: str) -> Iterator[Block]:
        """The newest block first, until one begins before the time that is asked for."""
        size = at = self._checked[1]
        while at and size - at < MOST_BYTES:
            start = max(0, at - BLOCK_BYTES)
            data = posix.pread(fd, at - start, start)
            if at == size:
                # a line that a kill has torn was never acknowledged
                data = data[: data.rfind(b"\n") + 1]
            begin = data.find(b"\n") + 1 if start else 0
            if start and (not begin or begin == len(data)):
                raise self._changed()
            at = start + begin
            oldest = _time_in(data, begin)
            yield Block(data, begin, start, oldest)
            if oldest < first:
                return

    def _tell_outcomes(
        self, fd: int, first: str, depth: int, headers: list[dict[str, Any]]
    ) -> None:
        """Give the changes among these headers, all of the newest `depth` blocks, their outcomes."""
        blocks: list[Block] = []
        for block in self._blocks(fd, first):
            blocks.append(block)
            if len(blocks) == depth:
                break
        by_seq, by_call = _outcomes(blocks)
        for header in headers:
            if _is_change(header):
                status = by_seq.get(header.get("seq", 0)) or by_call.get(header.get("call_id", ""))
                header["outcome"] = status or ""

    def _changed(self) -> Unavailable:
        message = f"the journal {quoted(self._journal.path)} is not what was written last"
        return Unavailable("journal.unreadable", message, "run `agentic doctor`")

    def _unreadable(self, why: str) -> Unavailable:
        message = f"the journal {quoted(self._journal.path)} cannot be read: {why}"
        return Unavailable("journal.unreadable", message, "run `agentic doctor`")


def _seen_from(block: Block | None, first: str, gap: str) -> str:
    """Empty when everything from `first` on was seen, else from when on; `block` is the oldest one read."""
    if block is None or block.oldest < first:
        return gap
    begins = not block.start and block.data.find(b'"seq":1,', 0, block.data.find(HASH_MARK)) >= 0
    return gap if begins else max(gap, block.oldest)


def _headers(block: Block, first: str, last: str, words: list[bytes]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    lines = block.data
    for start in sorted({start for word in words for start in _line_starts(block, word)}):
        time = _time_in(lines, start)
        following = start
        while time > last:
            following = lines.find(b"\n", following) + 1
            time = _time_in(lines, following) if following < len(lines) else last
        if time >= first:
            found.append({**_header(lines[start : lines.find(b"\n", start)]), "time": time})
    return found


def _line_starts(block: Block, word: bytes) -> list[int]:
    """Where the lines begin that hold a word."""
    lines = block.data
    starts: list[int] = []
    at = lines.find(word, block.begin)
    while at >= 0:
        starts.append(lines.rfind(b"\n", 0, at) + 1)
        end = lines.find(b"\n", at)
        at = lines.find(word, end) if end >= 0 else -1
    return starts


def _time_in(lines: bytes, start: int) -> str:
    """The time of the line that begins there, or of the next that has one; else the latest of all.

    A header is canonical and comes first in its line, so the first `"time":"` outside a text is its own.
    """
    at = lines.find(_TIME, start) + len(_TIME)
    if at < len(_TIME):
        return "~"
    return lines[at : at + _TIME_LENGTH].decode("ascii", "replace")


def _header(line: bytes) -> dict[str, Any]:
    """A record's clear header; with its `targets` where it changes what others use.

    Raises: Unavailable for a line that is no record.
    """
    clear, mark, _ = line.partition(HASH_MARK)
    try:
        # The rest of the line is longer, and hardly any question is about it.
        header: dict[str, Any] = parse_json((clear + b"}").decode())
        if mark and _SHARED in clear:
            record = parse_json(line.decode())
            targets = record.get("sensitive", {}).get("targets", {}).get("value")
            if isinstance(targets, list) and all(map(_is_whole, targets)):
                header["targets"] = targets
    except (InvalidDocument, UnicodeDecodeError, AttributeError, TypeError):
        mark = b""
    if not mark:
        message = "the journal holds a line that is no record"
        raise Unavailable("journal.unreadable", message, "run `agentic doctor`")
    return header


def _is_change(header: dict[str, Any]) -> bool:
    """Whether a record is the decision on something that others use."""
    effects = header.get("effects", ())
    return header.get("event") == "decision" and any(map(_is_shared, effects))


def _is_shared(effect: str) -> bool:
    return effect.endswith("-shared")


def _is_whole(target: Any) -> bool:
    """Whether a target is as it was: neither cut, which makes it an object, nor redacted."""
    return isinstance(target, str) and "[redacted:" not in target


def _outcomes(blocks: list[Block]) -> tuple[dict[int, str], dict[str, str]]:
    """The status of every outcome, by its decision's `seq` and, where it names none, by `call_id`."""
    by_seq: dict[int, str] = {}
    by_call: dict[str, str] = {}
    for block in reversed(blocks):
        lines = block.data
        for start in _line_starts(block, _OUTCOME):
            header = lines[start : lines.find(HASH_MARK, start)]
            status = _text_in(header, b'"status":"') or "unknown"
            number = header.partition(b'"links":{"decision":')[2].partition(b"}")[0]
            if number.isdigit():
                by_seq[int(number)] = status
            elif call := _text_in(header, b'"call_id":"'):
                by_call[call] = status
    return by_seq, by_call


def _text_in(header: bytes, name: bytes) -> str:
    """A text of a header, found without parsing; empty where there is none or it holds an escape."""
    text = header.partition(name)[2].partition(b'"')[0]
    return "" if b"\\" in text else text.decode("utf-8", "replace")


def _last_gap(block: Block, first: str) -> str:
    """The time of the last recovery behind which records are missing, or empty."""
    found = ""
    lines = block.data
    for start in _line_starts(block, _RECOVERY):
        from agentic.audit.recovery import GAPS

        header = _header(lines[start : lines.find(b"\n", start)])
        told = header.get("recovery")
        time = str(header.get("time", ""))
        if isinstance(told, dict) and told.get("reason") in GAPS and time >= first:
            found = max(found, time)
    return found
