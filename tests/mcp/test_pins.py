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

from agentic.errors import CheckFailed
from agentic.mcp import pins
from agentic.mcp.catalogue import Catalogue
from agentic.mcp.keeper import groups_left
from agentic.mcp.pins import Identity, Pin

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
