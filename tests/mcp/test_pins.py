"""Pins by themselves: what is the same, what differs, what a damaged file says, what a keeper ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentic.errors import CheckFailed, GrantRejected
from agentic.mcp import pins
from agentic.mcp.approving import approve_items, forget_server, servers_seen
from agentic.mcp.catalogue import Catalogue
from agentic.mcp.keeper import groups_left
from agentic.mcp.pins import Identity, Pin
from agentic.places import places_of

IDENTITY = Identity("test", ("/bin/server", "--x"))
TOOL: dict[str, Any] = {
    "name": "get_note",
    "description": "gets",
    "inputSchema": {"type": "object"},
}
SERVER = pins.server_item("test", "1", "")


def approved(items: dict[str, Any]) -> dict[str, Pin]:
    return {key: Pin(pins.digest_of(item), 1, "ada", item) for key, item in items.items()}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "get_notes"},
        {"title": "Get"},
        {"description": "gets\u200b"},
        {"inputSchema": {"type": "object", "properties": {"a": {"default": "ls"}}}},
        {"outputSchema": {"type": "object"}},
        {"annotations": {"readOnlyHint": True}},
        {"icons": [{"src": "https://example.com/icon.png"}]},
    ],
)
def test_every_pinned_field_counts(change: dict[str, Any]) -> None:
    _, before = pins.item_of("tool", TOOL)
    _, after = pins.item_of("tool", {**TOOL, **change})
    assert pins.digest_of(before) != pins.digest_of(after)


def test_order_and_what_is_not_pinned_do_not_count() -> None:
    key, item = pins.item_of("tool", TOOL)
    turned = {**dict(reversed(TOOL.items())), "_meta": {"x": 1}, "unknown": 2}
    assert (key, pins.digest_of(item)) == (
        "tool:get_note",
        pins.digest_of(pins.item_of("tool", turned)[1]),
    )
    assert "_meta" not in pins.item_of("tool", turned)[1]


def test_every_state_of_an_item() -> None:
    held = approved({"server": SERVER, "tool:a": {"name": "a"}, "tool:b": {"name": "b"}})
    shown = {"server": SERVER, "tool:b": {"name": "b", "title": "B"}, "tool:c": {"name": "c"}}
    found = {each.key: each.state for each in pins.compared(held, shown)}
    assert found == {"server": "approved", "tool:a": "gone", "tool:b": "changed", "tool:c": "new"}


def test_a_person_types_a_digest_of_all_that_is_shown() -> None:
    first = pins.compared({}, {"tool:a": {"name": "a"}, "tool:b": {"name": "b"}})
    assert pins.digest_of_all(first) == pins.digest_of_all(reversed(first))
    other = pins.compared({}, {"tool:a": {"name": "a"}, "tool:b": {"name": "b", "title": "B"}})
    assert pins.digest_of_all(first) != pins.digest_of_all(other)


def test_pins_are_read_back_and_any_edit_is_found(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    held = approved({"server": SERVER, "tool:get_note": TOOL})
    pins.write_pins(state, IDENTITY, held)
    assert pins.read_pins(state, IDENTITY) == held
    path = Path(pins.pins_path(state, IDENTITY))
    document = json.loads(path.read_text())
    for edit in (
        {"items": {}},
        {"version": 2},
        {"identity": Identity("other").as_json()},
        {"sha256": "0" * 64},
    ):
        path.write_text(json.dumps({**document, **edit}))
        with pytest.raises(CheckFailed):
            pins.read_pins(state, IDENTITY)
    for text in ("", "null", "[]", "{}", "\x00", path.read_text() * 2):
        path.write_text(text)
        with pytest.raises(CheckFailed):
            pins.read_pins(state, IDENTITY)


def test_a_server_whose_own_words_differ_has_nothing_left(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    pins.write_pins(state, IDENTITY, approved({"server": SERVER, "tool:get_note": TOOL}))
    catalogue = Catalogue(state, IDENTITY)
    catalogue.see({"server": SERVER, "tool:get_note": TOOL})
    assert catalogue.is_usable("tool", "get_note")
    catalogue.see({"server": pins.server_item("test", "2", ""), "tool:get_note": TOOL})
    assert not catalogue.is_usable("tool", "get_note")
    assert catalogue.usable("tool") == {}
    assert catalogue.instructions == ""


def test_the_keeper_knows_who_is_left_and_ends_them() -> None:
    assert groups_left([b"+7\n", b"+8\n", b"-7\n"]) == {8}
    sleeper = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
    )
    try:
        script = Path(pins.__file__).with_name("keeper.py")
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(script)],
            input=b"+%d\n" % sleeper.pid,
            timeout=30,
            check=True,
        )
        assert done.returncode == 0
        assert sleeper.wait(10) == -signal.SIGTERM
    finally:
        if sleeper.poll() is None:
            os.killpg(sleeper.pid, signal.SIGKILL)
            sleeper.wait(10)


NAN = {"name": "get_note", "inputSchema": {"default": float("nan")}}


def nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"name": "get_note"}
    for _ in range(depth):
        found = {"name": "get_note", "inputSchema": found}
    return found


@pytest.mark.parametrize("item", [NAN, nested(120), nested(5_000), {"name": "x" * 2_000}])
def test_what_could_not_be_read_again_is_refused(item: dict[str, Any]) -> None:
    assert pins.fault_of(item, 1_000_000 if item["name"] == "get_note" else 1_000)
    assert not pins.fault_of(nested(50), 1_000_000)


def test_names_that_a_client_may_mix_up_fold_to_the_same() -> None:
    same = (
        "tool:get_note",
        "tool:Get-Note",
        "tool:get.note",
        "tool:\uff47et_note",
        "tool:get\u200b_note",
    )
    assert len({pins.folded(name) for name in same}) == 1
    assert pins.folded("tool:get_note") != pins.folded("tool:get_notes")


def two_servers(state: str) -> tuple[Identity, Identity]:
    good, bad = Identity("good", ("/bin/good",)), Identity("bad", ("/bin/bad",))
    for identity in (good, bad):
        pins.write_seen(state, identity, {"server": SERVER, "tool:get_note": TOOL}, 1)
    return good, bad


def test_one_damaged_file_is_the_fault_of_one_server_and_can_be_withdrawn(
    tmp_path: Path,
) -> None:
    places = places_of({"HOME": str(tmp_path)})
    good, bad = two_servers(places.state)
    Path(pins.seen_path(places.state, bad)).write_text("{")
    found = {seen.identity.name: seen for seen in servers_seen(places.state)}
    assert not found["good"].fault
    assert found["good"].waiting
    assert "not what agentic wrote" in found["bad"].fault
    assert forget_server(places, str(tmp_path), "bad", 2) == 1
    assert [seen.identity for seen in servers_seen(places.state)] == [good]


def test_what_was_withdrawn_meanwhile_does_not_come_back(tmp_path: Path) -> None:
    places = places_of({"HOME": str(tmp_path)})
    good, _ = two_servers(places.state)
    (seen,) = servers_seen(places.state, "good")
    approve_items(places, "/", seen, seen.waiting, pins.digest_of_all(seen.waiting), 2)
    pins.write_seen(places.state, good, {"server": SERVER, "tool:new": {"name": "new"}}, 3)
    (read,) = servers_seen(places.state, "good")
    forget_server(places, "/", "good", 4)
    with pytest.raises(CheckFailed, match="have changed meanwhile"):
        approve_items(places, "/", read, read.waiting, pins.digest_of_all(read.waiting), 5)
    assert pins.read_pins(places.state, good) == {}


def test_a_short_digest_approves_nothing(tmp_path: Path) -> None:
    places = places_of({"HOME": str(tmp_path)})
    two_servers(places.state)
    (seen,) = servers_seen(places.state, "good")
    digest = pins.digest_of_all(seen.waiting)
    with pytest.raises(GrantRejected):
        approve_items(places, "/", seen, seen.waiting, digest[: pins.DIGEST_DIGITS - 1], 2)
    approve_items(places, "/", seen, seen.waiting, digest[: pins.DIGEST_DIGITS], 2)


def test_what_is_forgotten_while_it_runs_is_kept_again_for_a_person(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    shown = {"server": SERVER, "tool:get_note": TOOL}
    catalogue = Catalogue(state, IDENTITY)
    catalogue.see(shown)
    for path in (pins.pins_path(state, IDENTITY), pins.seen_path(state, IDENTITY)):
        Path(path).unlink()
    catalogue.see(shown)
    assert [row.items for row in pins.read_seen(state, "test")] == [shown]


def test_what_cannot_be_kept_for_a_person_cannot_be_used(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    pins.write_pins(state, IDENTITY, approved({"server": SERVER, "tool:get_note": TOOL}))
    catalogue = Catalogue(state, IDENTITY)
    catalogue.see({"server": SERVER, "tool:get_note": TOOL})
    assert catalogue.is_usable("tool", "get_note")
    huge = {"server": SERVER, "tool:get_note": TOOL, "tool:b": {"name": "x" * pins.MAX_FILE_BYTES}}
    catalogue.see(huge)
    assert "too great length" in catalogue.fault
    assert not catalogue.is_usable("tool", "get_note")
    catalogue.see({"server": SERVER, "tool:get_note": TOOL})
    assert catalogue.is_usable("tool", "get_note")
