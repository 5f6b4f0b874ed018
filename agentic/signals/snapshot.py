r"""The snapshot: what the sources said when a refresher last asked them, for hooks that never wait.

One file for each set of signals and sources, `<state>/signals/<digest>.snapshot`, so that a reading is never
taken for another definition's. Two lines of JSON, the second's sha256 (hex) in the first::

    {"format": 1, "sha256": "...", "written_at": 1795000000, "policy": "<signals digest>"}
    {"incident.active": [[ENTRY, ...], ...], ...}

The outer list has one place for each read of the signal, in policy's order; an ENTRY is the fields of a
`Reading` (those that are not empty), or of a `Timetable`: `windows` of [start, end, because] in Unix
seconds, and `known_until`. A timetable is a clock of its own: its state is computed for each moment.

Whoever runs as this user could have written the file, so it is advice that may raise; whoever executes on
staging or above asks the sources again. Loaded by the hook: no imports beyond `posix`.
"""

from __future__ import annotations

import posix

from agentic.core.native import parse_json, sha256_hex
from agentic.core.record_type import NamedTuple
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = 1
FOLDER = "signals"
MAX_BYTES = 8_388_608
#: A reading from the future by more than this comes from a wrong clock.
SKEW_S = 120

_OPEN = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC
_FILE_TYPE = 0o170000
_REGULAR = 0o100000
_OTHERS_WRITE = 0o022


class Timetable(NamedTuple):
    """When a signal is raised, known ahead: `windows` of (start, end, because), end exclusive.

    All times are Unix seconds. Nothing is known from `known_until` on. `clear_because` is what a moment
    outside the windows says. The scope and provenance fields are those of `Reading`.
    """

    signal: str
    windows: tuple[tuple[int, int, str], ...]
    known_until: int
    clear_because: str
    severity: str = ""
    environments: tuple[str, ...] = ()
    source: str = ""
    query: str = ""
    observed_at: int = 0
    max_age_s: int = 0

    def at(self, now: int) -> Reading:
        """The reading at one moment."""
        state, because = CLEAR, self.clear_because
        for start, end, why in self.windows:
            if start <= now < end:
                state, because = RAISED, why
                break
        else:
            if now >= self.known_until:
                state, because = UNKNOWN, "its calendar was not read so far ahead"
        return Reading(
            self.signal,
            state,
            because,
            severity=self.severity,
            environments=self.environments,
            source=self.source,
            query=self.query,
            observed_at=self.observed_at,
            max_age_s=self.max_age_s,
        )


class Snapshot(NamedTuple):
    """What a snapshot file says. `fault` says in one line why nothing in it counts; else it is empty."""

    entries: dict[str, list[list[dict[str, Any]]]]
    written_at: int = 0
    fault: str = ""


def snapshot_path(state: str, digest: str) -> str:
    """Where the snapshot of one set of signals and sources lies."""
    return f"{state}/{FOLDER}/{digest}.snapshot"


def read_snapshot(state: str, digest: str) -> Snapshot:
    """The snapshot for a policy's signals digest. Never raises: a `fault` makes every reading UNKNOWN."""
    try:
        return _read(snapshot_path(state, digest), digest)
    except FileNotFoundError:
        return _faulty(
            "no snapshot yet: run `agentic signals refresh`, or keep `signals watch` running"
        )
    except OSError as problem:
        return _faulty(f"the snapshot cannot be read: {(problem.strerror or 'unknown').lower()}")
    except Exception:  # noqa: BLE001 - a file that is no snapshot; FAIL-SAFE: tests/signals/test_snapshot.py
        return _faulty("the snapshot is damaged: run `agentic signals refresh`")


def _faulty(why: str) -> Snapshot:
    return Snapshot({}, 0, why)


def _read(path: str, digest: str) -> Snapshot:
    descriptor = posix.open(path, _OPEN)
    try:
        status = posix.fstat(descriptor)
        if status.st_mode & _FILE_TYPE != _REGULAR or status.st_size > MAX_BYTES:
            return _faulty("the snapshot is not a file of a sane size")
        if status.st_uid != posix.geteuid():
            return _faulty("the snapshot belongs to somebody else")
        if status.st_mode & _OTHERS_WRITE:
            return _faulty("the snapshot can be written by others")
        pieces: list[bytes] = []
        while piece := posix.read(descriptor, 1 << 20):
            pieces.append(piece)
    finally:
        posix.close(descriptor)
    head, _, body = b"".join(pieces).partition(b"\n")
    header = parse_json(head.decode())
    body = body.rstrip(b"\n")
    if header["format"] != FORMAT or header["policy"] != digest:
        return _faulty("the snapshot is of another version")
    if sha256_hex(body) != header["sha256"]:
        return _faulty("the snapshot is damaged: run `agentic signals refresh`")
    return Snapshot(parse_json(body.decode()), header["written_at"])


def readings_of(
    snapshot: Snapshot, signal: str, number: int, settings: dict[str, Any], now: int
) -> tuple[Reading, ...]:
    """What the snapshot says at `now` of one read (by its number) of a signal."""
    read = settings["reads"][number]
    source = read.get("source") or read["kind"]
    places = snapshot.entries.get(signal, ())
    if snapshot.fault or number >= len(places) or not places[number]:
        why = snapshot.fault or "the snapshot does not hold it: run `agentic signals refresh`"
        severity = settings["severity"]
        return (Reading(signal, UNKNOWN, why, severity, source=source, observed_at=now),)
    return tuple(aged(reading_at(entry, now), now) for entry in places[number])


def reading_at(entry: dict[str, Any], now: int) -> Reading:
    """One entry of a snapshot at a moment. Raises TypeError or ValueError when it is none."""
    fields = {name: _frozen(value) for name, value in entry.items()}
    if "windows" in fields:
        return Timetable(**fields).at(now)
    return Reading(**fields)


def _frozen(value: Any) -> Any:
    return tuple([_frozen(item) for item in value]) if isinstance(value, list) else value


def aged(reading: Reading, now: int) -> Reading:
    """A reading as it counts at `now`: a CLEAR that is too old, or from the future, is UNKNOWN.

    A RAISED stays raised, however old: only its source can take it back.
    """
    if not reading.max_age_s:
        return reading
    age = now - reading.observed_at
    if -SKEW_S <= age <= reading.max_age_s:
        return reading
    when = f"{age} s old, more than {reading.max_age_s} s" if age > 0 else "from the future"
    if reading.state == CLEAR:
        return reading._replace(state=UNKNOWN, because=f"its last answer is {when}")
    return reading._replace(because=f"{reading.because} (that answer is {when})")
