"""What a person does with pins: look at what a server shows, approve it, withdraw it. Every step is recorded.

The server is not started for this: the gateway has kept what it showed last. What is shown to the person
is free of characters that cannot be seen, says where there were some, and says what reads like an
instruction to a model.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agentic.audit.record import record_of_event
from agentic.core.native import sha256_hex
from agentic.errors import CheckFailed, GrantRejected, Unavailable, quoted
from agentic.mcp.pins import (
    DIGEST_DIGITS,
    Difference,
    Identity,
    Pin,
    compared,
    digest_of_all,
    locked,
    read_pins,
    read_seen,
    stems_of,
    write_pins,
)
from agentic.mcp.visible import marks_of, mixes_alphabets, visible, visible_line
from agentic.places import Places
from agentic.ports import Store
from agentic.workspace import workspace_root

#: Lines of one item's definition that are shown; a longer one says that it is.
_MOST_LINES = 200


class Seen(NamedTuple):
    """One server as it was seen last, beside what is approved of it. `fault`: why no pin counts."""

    identity: Identity
    pins: Mapping[str, Pin]
    shown: Mapping[str, Any]
    seen_at: int
    fault: str = ""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Every item that is approved or shown."""
        return compared(self.pins, self.shown)

    @property
    def waiting(self) -> tuple[Difference, ...]:
        """The items that a person has not approved as they are now."""
        return tuple(each for each in self.differences if each.state in ("new", "changed"))


def servers_seen(state_dir: str, name: str = "") -> list[Seen]:
    """Every server that was seen (or those called `name`), the latest first. Raises: Unavailable."""
    found = []
    for identity, shown, seen_at, fault in read_seen(state_dir, name):
        try:
            pins = {} if fault else read_pins(state_dir, identity)
        except CheckFailed as problem:
            pins, fault = {}, problem.message
        found.append(Seen(identity, pins, shown, seen_at, fault))
    return found


def approve_items(
    places: Places, cwd: str, seen: Seen, chosen: Iterable[Difference], typed: str, now: int
) -> None:
    """Pin these items as they are shown. The server's own item is always among them.

    Raises: GrantRejected when the digits do not match what is shown, CheckFailed when no pin of the server
    counts or others have changed since `seen` was read, Unavailable when it cannot be recorded; nothing is
    then approved.
    """
    items = tuple(chosen)
    digest = digest_of_all(items)
    name = seen.identity.name
    if len(typed) < DIGEST_DIGITS or not digest.startswith(typed.lower()):
        message = f"{quoted(typed)} does not match what {quoted(name)} shows"
        way = f"give the first {DIGEST_DIGITS} digits that `agentic mcp diff {name}` shows"
        raise GrantRejected("mcp.digest", message, way)
    if seen.fault:
        raise CheckFailed(
            "mcp.pins", seen.fault, f"withdraw them first: `agentic mcp forget {name}`"
        )
    with locked(places.state):
        # What was withdrawn while the person was reading must not come back with what is approved now.
        if read_pins(places.state, seen.identity) != seen.pins:
            message = f"the approvals of {quoted(name)} have changed meanwhile"
            raise CheckFailed("mcp.pins", message, f"look again: `agentic mcp diff {name}`")
        facts = {"status": "mcp-approved", "sha256": digest}
        _record(places, cwd, seen.identity, facts, [each.key for each in items], now)
        pins = dict(seen.pins)
        for each in items:
            pins[each.key] = Pin(each.digest, now, places.user, each.shown)
        for each in seen.differences:
            if each.state == "gone":
                pins.pop(each.key, None)
        write_pins(places.state, seen.identity, pins)


def forget_server(places: Places, cwd: str, name: str, now: int) -> int:
    """Withdraw every approval of the servers called `name`; how many servers there were.

    Raises: Unavailable when it cannot be recorded or removed.
    """
    found = read_seen(places.state, name)
    if not found:
        return 0
    with locked(places.state):
        for row in found:
            _record(places, cwd, row.identity, {"status": "mcp-forgotten"}, [], now)
        # By file name: what is damaged can be withdrawn as well.
        for stem in stems_of(places.state, name):
            for folder in ("pins", "seen"):
                _removed(f"{places.state}/mcp/{folder}/{stem}")
    return len(found)


def _removed(path: str) -> None:
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as problem:
        raise Unavailable("mcp.pins", f"{quoted(path)}: {problem.strerror}") from None


def _record(
    places: Places,
    cwd: str,
    identity: Identity,
    facts: dict[str, Any],
    items: list[str],
    now: int,
) -> None:
    root = workspace_root("", cwd, places.home)
    record = record_of_event(
        "policy",
        now=now,
        facts=facts,
        user=places.user,
        cwd=cwd,
        input={"server": identity.as_json(), "items": items},
    )
    Store(places, root).journal().append(record, durable=True)


def shown_difference(seen: Seen, chosen: Iterable[Difference] | None = None) -> str:
    """What a person reads before approving: each item's change, what is suspicious, and the digest."""
    waiting = seen.waiting if chosen is None else tuple(chosen)
    name = seen.identity.name
    lines = [f"server  {visible_line(name)}", f"is      {_what(seen.identity)}"]
    if seen.fault:
        lines += ["", f"NOTHING COUNTS  {seen.fault}", f"  start anew: agentic mcp forget {name}"]
    for each in waiting:
        lines += ["", *_item_lines(each)]
    if waiting and not seen.fault:
        digest = digest_of_all(waiting)
        lines += [
            "",
            f"digest  {digest}",
            f"approve: agentic mcp approve {name} --digest {digest[:DIGEST_DIGITS]}",
        ]
    return "\n".join(lines)


def _what(identity: Identity) -> str:
    if identity.url:
        return visible_line(identity.url)
    return visible_line(" ".join(json.dumps(word) for word in identity.command), 400)


def _item_lines(each: Difference) -> list[str]:
    lines = [f"{each.state.upper()}  {visible_line(each.key, 200)}"]
    marks = marks_of(each.shown)
    if mixes_alphabets(each.key):
        lines.append(
            "  ! its name mixes alphabets: a letter may only look like the one that you know"
        )
    lines += [f"  ! holds {name}, not shown here" for name in marks.hidden]
    lines += [f"  ! {name}" for name in marks.instructions]
    before = _definition_lines(each.approved) if each.approved is not None else []
    now = _definition_lines(each.shown)
    if each.approved is not None and before == now:
        before_digest = sha256_hex(json.dumps(each.approved, sort_keys=True).encode())
        lines.append(f"  only characters that cannot be seen differ (was {before_digest[:12]})")
    elif each.approved is not None:
        lines += [
            f"  {line}"
            for line in list(difflib.unified_diff(before, now, lineterm="", n=2))[2:]
            if not line.startswith("@@")
        ]
    else:
        lines += [f"  + {line}" for line in now]
    if len(lines) > _MOST_LINES:
        hidden = len(lines) - _MOST_LINES
        lines = [*lines[:_MOST_LINES], f"  … and {hidden} lines more: `agentic mcp diff --json`"]
    return lines


def _definition_lines(definition: Any) -> list[str]:
    """A definition as lines, each text of several lines taken apart, without what cannot be seen."""
    lines: list[str] = []
    for line in json.dumps(definition, indent=1, sort_keys=True, ensure_ascii=False).split("\n"):
        lines += visible(line.replace("\\n", "\n    ")).split("\n")
    return lines
