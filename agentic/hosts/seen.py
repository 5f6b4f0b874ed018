"""When a host last called agentic: the newest record of it in any of this user's journals."""

from __future__ import annotations

from pathlib import Path

from agentic.audit.journal import head_from
from agentic.core.native import parse_json
from agentic.errors import InvalidDocument
from agentic.hosts.interface import PROBE_SESSION
from agentic.places import Places

#: Bytes of each journal's end that are looked at: some hundred records.
_TAIL_BYTES = 512 * 1024


def last_calls(places: Places) -> dict[str, str]:
    """Host -> time of its newest record (ISO 8601, UTC). Never raises: what cannot be read tells nothing."""
    found: dict[str, str] = {}
    for path in _journals(places):
        for host, time in _in_tail(path):
            found[host] = max(found.get(host, ""), time)
    return found


def _journals(places: Places) -> list[Path]:
    heads = []
    for path in sorted(Path(places.state, "journals").glob("*.head")):
        try:
            heads.append(head_from(path.read_bytes()))
        except OSError:
            continue
    return [Path(head.journal) for head in heads if head is not None]


def _in_tail(path: Path) -> list[tuple[str, str]]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            record = parse_json(line.decode())
        except (InvalidDocument, UnicodeDecodeError):
            continue  # the first line of a tail is cut
        host, time = record.get("host"), record.get("time")
        is_probe = str(record.get("session", "")).startswith(PROBE_SESSION)
        if isinstance(host, str) and host and isinstance(time, str) and not is_probe:
            found.append((host, time))
    return found
