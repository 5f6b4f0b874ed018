"""What a person does with pins: look at what a server shows, approve it, withdraw it. Every step is recorded.

The server is not started for this: the gateway has kept what it showed last. What is shown to the person
is free of characters that cannot be seen, says where there were some, and says what reads like an
instruction to a model.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from agentic.audit.record import record_of_event
from agentic.core.native import sha256_hex
from agentic.errors import CheckFailed, GrantRejected, Unavailable, quoted
from agentic.mcp.pins import (
    TYPED_DIGITS,
    Difference,
    Identity,
    Pin,
    compared,
    digest_of_all,
    pins_path,
    read_pins,
    read_seen,
    seen_path,
    write_pins,
)
from agentic.mcp.visible import marks_of, visible, visible_line
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
    """Every server that was seen (or those called `name`), the latest first. Raises: CheckFailed."""
    found = []
    for identity, shown, seen_at in read_seen(state_dir, name):
        try:
            found.append(Seen(identity, read_pins(state_dir, identity), shown, seen_at))
        except CheckFailed as problem:
            found.append(Seen(identity, {}, shown, seen_at, problem.message))
    return found


def approve_items(
    places: Places, cwd: str, seen: Seen, chosen: Iterable[Difference], typed: str, now: int
) -> None:
    """Pin these items as they are shown. The server's own item is always among them.

    Raises: GrantRejected when the digits do not match what is shown, CheckFailed when no pin of the server
    counts, Unavailable when it cannot be recorded; nothing is then approved.
    """
    items = tuple(chosen)
    digest = digest_of_all(items)
    if len(typed) < TYPED_DIGITS or not digest.startswith(typed.lower()):
        message = f"{quoted(typed)} does not match what {quoted(seen.identity.name)} shows"
        way = f"type the first {TYPED_DIGITS} digits that `agentic mcp diff {seen.identity.name}` shows"
        raise GrantRejected("mcp.digest", message, way)
    if seen.fault:
        way = f"withdraw them first: `agentic mcp forget {seen.identity.name}`"
        raise CheckFailed("mcp.pins", seen.fault, way)
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
    count = 0
    for identity, _, _ in read_seen(places.state, name):
        _record(places, cwd, identity, {"status": "mcp-forgotten"}, [], now)
        for path in (pins_path(places.state, identity), seen_path(places.state, identity)):
            with suppress(FileNotFoundError):
                try:
                    Path(path).unlink()
                except PermissionError as problem:
                    raise Unavailable("mcp.pins", f"{quoted(path)}: {problem.strerror}") from None
        count += 1
    return count


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
            f"approve: agentic mcp approve {name} --digest {digest[:TYPED_DIGITS]}",
        ]
    return "\n".join(lines)


def _what(identity: Identity) -> str:
    if identity.url:
        return visible_line(identity.url)
    return visible_line(" ".join(json.dumps(word) for word in identity.command), 400)


def _item_lines(each: Difference) -> list[str]:
    lines = [f"{each.state.upper()}  {visible_line(each.key, 200)}"]
    marks = marks_of(each.shown)
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
