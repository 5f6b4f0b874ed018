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

from agentic.core.native import parse_json, parse_own_json, sha256_hex
from agentic.core.record_type import NamedTuple
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = 1
FOLDER = "signals"
MAX_BYTES = 8_388_608
DAMAGED = "the snapshot is damaged: run `agentic signals refresh`"
#: A reading from the future by more than this comes from a wrong clock.
SKEW_S = 120

_OPEN = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC
_FILE_TYPE = 0o170000
_REGULAR = 0o100000
_OTHERS_WRITE = 0o022


class Timetable(NamedTuple):
    """When a signal is raised, known ahead: `windows` of (start, end, because), end exclusive.

    All times are Unix seconds. Outside the windows nothing is known before `known_from` and from
    `known_until` on; in between, a moment says `clear_because`, or is UNKNOWN with `doubt` where that is
    given: the source may raise, but is not believed when it clears. The scope and provenance fields are
    those of `Reading`.
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
    known_from: int = 0
    doubt: str = ""

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
            elif now < self.known_from:
                state, because = UNKNOWN, "its calendar was not read for a moment so long ago"
            elif self.doubt:
                state, because = UNKNOWN, self.doubt
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
    if not state:
        return _faulty("there is no state folder to keep a snapshot in")
    try:
        return _read(snapshot_path(state, digest), digest)
    except FileNotFoundError:
        return _faulty(
            "no snapshot yet: run `agentic signals refresh`, or keep `signals watch` running"
        )
    except OSError as problem:
        return _faulty(f"the snapshot cannot be read: {(problem.strerror or 'unknown').lower()}")
    except Exception:  # noqa: BLE001 - a file that is no snapshot; FAIL-SAFE: tests/signals/test_snapshot.py
        return _faulty(DAMAGED)


def _faulty(why: str) -> Snapshot:
    return Snapshot({}, 0, why)


def _read(path: str, digest: str) -> Snapshot:
    folder = posix.lstat(path[: path.rindex("/")])
    if folder.st_uid != posix.geteuid() or folder.st_mode & _OTHERS_WRITE:
        return _faulty("the snapshot's folder can be written by others")
    descriptor = posix.open(path, _OPEN)
    try:
        status = posix.fstat(descriptor)
        if status.st_mode & _FILE_TYPE != _REGULAR or status.st_size > MAX_BYTES:
            return _faulty("the snapshot is not a file of a sane size")
        if status.st_uid != posix.geteuid():
            return _faulty("the snapshot belongs to somebody else")
        if status.st_mode & _OTHERS_WRITE:
            return _faulty("the snapshot can be written by others")
        if status.st_nlink > 1:
            return _faulty("the snapshot can be written under a second name")
        data = _bytes_of(descriptor, status.st_size)
    finally:
        posix.close(descriptor)
    head, _, body = data.partition(b"\n")
    header = parse_json(head.decode())
    body = body.rstrip(b"\n")
    if header["format"] != FORMAT or header["policy"] != digest:
        return _faulty("the snapshot is of another version")
    if sha256_hex(body) != header["sha256"]:
        return _faulty(DAMAGED)
    entries, written_at = parse_own_json(body.decode()), header["written_at"]
    if type(entries) is not dict or type(written_at) is not int:
        return _faulty(DAMAGED)
    return Snapshot(entries, written_at)


def _bytes_of(descriptor: int, size: int) -> bytes:
    """The whole file; a file that grows meanwhile is damaged and ends at its size."""
    pieces: list[bytes] = []
    while size > 0 and (piece := posix.read(descriptor, min(size, 1 << 20))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def readings_of(
    snapshot: Snapshot, signal: str, number: int, settings: dict[str, Any], now: int
) -> tuple[Reading, ...]:
    """What the snapshot says at `now` of one read (by its number) of a signal; at least one reading.

    INVARIANT: an entry that cannot be used is UNKNOWN beside the others, it never hides a raised one
    (tests/signals/test_snapshot.py).
    """
    read = settings["reads"][number]
    entries: Any = () if snapshot.fault else entries_of(snapshot, signal, number)
    why = snapshot.fault or "the snapshot does not hold it: run `agentic signals refresh`"
    kind, max_age_s = read["kind"], settings["max_age_s"]
    found = [_reading_of(entry, signal, kind, max_age_s, now) for entry in entries]
    if None in found:
        why = DAMAGED
    usable = tuple([reading for reading in found if reading is not None])
    if found and len(usable) == len(found):
        return usable
    environments = tuple(read.get("environments") or ())
    source = read.get("source") or read["kind"]
    lost = Reading(signal, UNKNOWN, why, settings["severity"], source=source, observed_at=now)
    return (*usable, lost._replace(environments=environments))


def entries_of(snapshot: Snapshot, signal: str, number: int) -> list[Any]:
    """The entries of one read as the file holds them, checked by nobody; none where it has no place."""
    places: Any = snapshot.entries.get(signal)
    if type(places) is not list or number >= len(places) or type(places[number]) is not list:
        return []
    entries: list[Any] = places[number]
    return entries


def _reading_of(entry: Any, signal: str, kind: str, max_age_s: int, now: int) -> Reading | None:
    """One entry as it counts at `now`, or None where it is no answer of this signal and kind of read."""
    try:
        answer = answer_of(entry)
    except (TypeError, ValueError, LookupError, AttributeError):
        return None
    if answer.signal != signal:
        return None
    # Policy's limit holds whatever the file says: a CLEAR must expire. What policy itself tells ahead
    # (windows, holidays) changes with policy, and then with the file's name.
    has_limit = 0 < answer.max_age_s <= max_age_s or kind in _BY_POLICY
    if not has_limit:
        answer = answer._replace(max_age_s=max_age_s)
    if type(answer) is not _READING and isinstance(answer, Timetable):
        is_one = kind == _CALENDAR or kind in _BY_POLICY
        return aged(answer.at(now), now) if is_one else None
    return aged(answer, now)


def answer_of(entry: Any) -> Reading | Timetable:
    """One entry of a snapshot as the value that it was made of.

    Raises TypeError, ValueError, LookupError or AttributeError when it is none.
    """
    if "windows" in entry:
        fields: dict[str, Any] = {name: _frozen(value) for name, value in entry.items()}
        return checked(Timetable(**fields))
    # A hook does this for every signal, so what is in order takes no step of Python for each field.
    row = tuple(map(entry.get, _FIELDS, _BLANK))
    if tuple(map(type, row)) != _KINDS:  # lists are tuples that were written as JSON
        row = tuple([_typed(_frozen(v), kind) for v, kind in zip(row, _KINDS, strict=True)])
    if not entry.keys() <= _NAMES:
        raise ValueError("a reading has no such field")
    for place in _NUMBERS:
        _typed(row[place], int)
    return _telling(_READING._make(row))


def checked(answer: Reading | Timetable) -> Reading | Timetable:
    """The same answer, when each field is of its type and there is something to say.

    Raises: ValueError, or TypeError for what is not even a sequence.
    """
    if not isinstance(answer, Timetable):
        for value, kind in zip(answer, _KINDS, strict=True):
            _typed(value, kind)
        return _telling(answer)
    defaults = answer._field_defaults
    for name in answer._fields:
        if name != "windows":
            _typed(getattr(answer, name), _REQUIRED.get(name) or type(defaults[name]))
    if type(answer.windows) is not tuple:
        raise ValueError("windows are a tuple")
    for start, end, why in answer.windows:
        if type(start) is not int or type(end) is not int or type(why) is not str:
            raise ValueError("a window is (start, end, because)")
    return answer


def _typed(value: Any, kind: type) -> Any:
    """The value, when it is of exactly this type; tuples hold texts. Raises: ValueError."""
    shape = type(value)
    if shape is not kind:
        raise ValueError("a field is not of its type")
    if shape is int and not 0 <= value < _MAX_NUMBER:
        raise ValueError("a number is beyond what a record can hold")
    if shape is tuple:
        for item in value:
            if type(item) is not str:
                raise ValueError("a list does not hold texts")
    return value


def _telling(reading: Reading) -> Reading:
    if reading.state not in _STATES or not reading.because:
        raise ValueError("a reading has a state and a because")
    return reading


#: The kinds of reads that are known ahead: from a document, and from policy alone.
_CALENDAR = "calendar"
_BY_POLICY = ("windows", "holidays")
_STATES = (CLEAR, RAISED, UNKNOWN)
#: What a record can hold as a number.
_MAX_NUMBER = 1 << 53
#: The fields without a default, and their types; those with one are of its type.
_REQUIRED: dict[str, type] = {
    "signal": str,
    "state": str,
    "because": str,
    "known_until": int,
    "clear_because": str,
}
_BLANK: tuple[Any, ...] = tuple([Reading._field_defaults.get(name, "") for name in Reading._fields])
_FIELDS = Reading._fields
#: The class itself: what a module imports stands for it, and looks it up each time.
_READING: type[Reading] = type(Reading("", UNKNOWN, ""))
_KINDS: tuple[type, ...] = tuple([type(value) for value in _BLANK])
_NUMBERS = tuple([place for place, kind in enumerate(_KINDS) if kind is int])
_NAMES = frozenset(_FIELDS)


def _frozen(value: Any) -> Any:
    """Lists as tuples, as deep as windows are; what is deeper is no field and is refused by its type."""
    if type(value) is not list:
        return value
    return tuple([tuple(item) if type(item) is list else item for item in value])


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
