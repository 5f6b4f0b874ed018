"""Records read back: the last ones, those of one call, those that match, as flat rows.

Reading is forgiving (a damaged line is left out); whether the journal is whole is for `verify`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from agentic.audit.verify import opened
from agentic.core.native import parse_json
from agentic.core.record_type import NamedTuple
from agentic.errors import AgenticError, Unavailable, quoted

#: The shortest hash prefix that counts as a record's id.
SHORTEST_ID = 6


class Entry(NamedTuple):
    """One record as read: its clear header, the sensitive values still there, its hash."""

    header: dict[str, Any]
    sensitive: dict[str, Any]
    hash: str

    @property
    def id(self) -> str:
        """The short name of the record for people."""
        return self.hash[:12]

    @property
    def removed(self) -> tuple[str, ...]:
        """The names of the fields that were removed."""
        return tuple(n for n in self.header.get("commitments", {}) if n not in self.sensitive)


def entries(path: str) -> Iterator[Entry]:
    """Every readable record, the oldest first. A missing file has none.

    Raises: Unavailable when the file cannot be read.
    """
    try:
        with opened(path) as file:
            for line in file:
                entry = _entry_from(line)
                if entry is not None:
                    yield entry
    except FileNotFoundError:
        return
    except OSError as error:
        cause = (error.strerror or "unknown error").lower()
        message = f"the journal {quoted(path)} cannot be read: {cause}"
        raise Unavailable("journal.unreadable", message) from None


def matching(
    found: Iterable[Entry],
    *,
    event: str = "",
    mode: str = "",
    permission: str = "",
    kind: str = "",
    environment: str = "",
    session: str = "",
    host: str = "",
    agent: str = "",
    role: str = "",
    rule: str = "",
    call_id: str = "",
    since: str = "",
    until: str = "",
) -> Iterator[Entry]:
    """Those entries that have every given property.

    `kind` and `rule` may end in `*`. `since` and `until` are beginnings of UTC times as the records
    write them (`2026-11-21`, `2026-11-21T09`); `since` is included, what begins with `until` too.
    """
    exact = {
        "event": event,
        "mode": mode,
        "permission": permission,
        "session": session,
        "host": host,
        "agent": agent,
        "role": role,
        "call_id": call_id,
    }
    wanted = {name: value for name, value in exact.items() if value}
    for entry in found:
        header = entry.header
        time = str(header.get("time", ""))
        if (
            all(header.get(name) == value for name, value in wanted.items())
            and _holds(header.get("kinds", ()), kind)
            and _holds(header.get("environments", ()), environment)
            and _holds(header.get("rules", ()), rule)
            and (not since or time >= since)
            and (not until or time[: len(until)] <= until)
        ):
            yield entry


def last(found: Iterable[Entry], count: int) -> tuple[Entry, ...]:
    """The last `count` entries, the oldest first."""
    return tuple(deque(found, maxlen=max(0, count)))


def of_id(found: Iterable[Entry], id: str) -> tuple[Entry, ...]:
    """The records that an id means, with those linked to them, the oldest first.

    An id is a sequence number, six or more digits of a record's hash, a call id, or the id of a
    grant or a request. A decision brings its outcome, request and grant along.
    """
    known = tuple(found)
    chosen = [entry for entry in known if _is_meant(entry, id)]
    names = {name for entry in chosen for name in _names_of(entry)}
    return tuple(
        entry for entry in known if entry in chosen or not names.isdisjoint(_names_of(entry))
    )


def flat(entry: Entry) -> dict[str, Any]:
    """One row for an export: header and sensitive values side by side, the hash included."""
    return {**entry.header, **entry.sensitive, "hash": entry.hash}


def _entry_from(line: bytes) -> Entry | None:
    try:
        record = parse_json(line.decode())
        own = record.pop("hash")
        members = record.pop("sensitive", {})
        return Entry(record, {name: member["value"] for name, member in members.items()}, own)
    except (AgenticError, UnicodeDecodeError, AttributeError, KeyError, TypeError):
        return None


def _holds(values: Iterable[str], wanted: str) -> bool:
    if not wanted:
        return True
    if wanted.endswith("*"):
        return any(value.startswith(wanted[:-1]) for value in values)
    return wanted in values


def _is_meant(entry: Entry, id: str) -> bool:
    header = entry.header
    if id.isdecimal() and header.get("seq") == int(id):
        return True
    if len(id) >= SHORTEST_ID and entry.hash.startswith(id.lower()):
        return True
    links = header.get("links", {})
    return bool(id) and id in (header.get("call_id"), links.get("grant"), links.get("request"))


def _names_of(entry: Entry) -> set[tuple[str, Any]]:
    """What a record can be linked by: its own number, the call, the decision, request or grant."""
    header = entry.header
    names = {(kind, value) for kind, value in header.get("links", {}).items() if kind != "decision"}
    if header.get("call_id"):
        names.add(("call", header["call_id"]))
    if header.get("event") == "decision":
        names.add(("decision", header.get("seq")))
    elif "decision" in header.get("links", {}):
        names.add(("decision", header["links"]["decision"]))
    return names
