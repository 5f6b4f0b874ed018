"""TOML files with and without us: merged, idempotent, comments kept, what is odd refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from agentic.errors import AgenticError, InvalidDocument, Unavailable
from agentic.hosts.edits import MARK
from agentic.hosts.toml_edits import TomlHooks, TomlTables

UNTOLD = Unavailable("x", "the pin is not known")
PINS: dict[str, Mapping[str, str | None]] = {
    "/h/hooks.json:a:0:0": {"hash": "1"},
    "/h/hooks.json:b:0:0": {"hash": "2"},
}
THEIRS = b"""\
# mine, and it stays
model = "m"   # here, too

[hooks.state."/other:a:0:0"]
hash = "9"

[projects."/w"]
trust_level = "trusted"
"""


def tables(wanted: Mapping[str, Mapping[str, str | None]] = PINS) -> TomlTables:
    return TomlTables(
        ("hooks", "state"),
        lambda: wanted,
        lambda: wanted,
        UNTOLD,
        lambda key, value: key == "enabled" and value is True,
    )


def state_of(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(data.decode())["hooks"]["state"]
    return found


@pytest.mark.parametrize("data", [None, b"", b"# only this\n", THEIRS])
def test_tables_go_in_once_and_come_out_again(data: bytes | None) -> None:
    added = tables().applied(data, "c.toml")
    assert {n: state_of(added)[n] for n in PINS} == PINS
    assert tables().state(added, "c.toml") == "exact"
    assert tables().applied(added, "c.toml") == added
    removed = tables().removed(added, data, "c.toml")
    assert (removed or b"").strip() == (data or b"").strip()
    assert tables().state(data, "c.toml") == "absent"


def test_what_others_wrote_keeps_its_bytes_and_comments() -> None:
    added = tables().applied(THEIRS, "c.toml")
    for line in THEIRS.splitlines():
        assert line in added
    assert state_of(added)["/other:a:0:0"] == {"hash": "9"}


def test_a_value_that_changed_is_set_again() -> None:
    added = tables().applied(THEIRS, "c.toml")
    spoilt = added.replace(b'"1"', b'"0"')
    assert tables().state(spoilt, "c.toml") == "changed"
    assert state_of(tables().applied(spoilt, "c.toml")) == state_of(added)


def test_a_table_of_ours_that_was_switched_off_is_not_as_it_should_be() -> None:
    added = tables().applied(None, "c.toml")
    off = added.replace(b'hash = "1"\n', b'hash = "1"\nenabled = false\n')
    on = added.replace(b'hash = "1"\n', b'hash = "1"\nenabled = true\n')
    assert tables().state(off, "c.toml") == "changed"
    assert tables().state(on, "c.toml") == "exact"
    assert "enabled" not in state_of(tables().applied(off, "c.toml"))["/h/hooks.json:a:0:0"]


def test_a_value_that_cannot_be_told_is_not_written_but_taken_for_right_where_it_is() -> None:
    untold = tables({name: {"hash": None} for name in PINS})
    with pytest.raises(Unavailable, match="not known"):
        untold.applied(THEIRS, "c.toml")
    added = tables().applied(THEIRS, "c.toml")
    assert untold.state(added, "c.toml") == "exact"
    assert untold.applied(added, "c.toml") == added


GROUP = {"matcher": "*", "hooks": [{"type": "command", "command": f"sh {MARK}.sh", "timeout": 60}]}
OURS = TomlHooks({"PreToolUse": GROUP, "PostToolUse": GROUP}, {("features", "hooks"): True})
POLICY = b"""\
# of the administrator
allowed_sandbox_modes = ["read-only"]

[features]
web_search = false

[[hooks.PreToolUse]]
matcher = "Bash"
[[hooks.PreToolUse.hooks]]
type = "command"
command = "/opt/theirs"
"""


@pytest.mark.parametrize("data", [None, b"# empty\n", POLICY])
def test_hooks_go_in_once_and_come_out_again(data: bytes | None) -> None:
    added = OURS.applied(data, "r.toml")
    found = tomllib.loads(added.decode())
    assert found["features"]["hooks"] is True
    assert found["hooks"]["PreToolUse"][-1] == GROUP
    assert OURS.state(added, "r.toml") == "exact"
    assert OURS.applied(added, "r.toml") == added
    removed = OURS.removed(added, data, "r.toml")
    assert tomllib.loads((removed or b"").decode()) == tomllib.loads((data or b"").decode())
    assert OURS.state(data, "r.toml") == "absent"
    if data is None:
        assert removed is None


def test_the_administrators_own_hooks_and_comments_stay() -> None:
    added = OURS.applied(POLICY, "r.toml")
    found = tomllib.loads(added.decode())
    assert [group.get("matcher") for group in found["hooks"]["PreToolUse"]] == ["Bash", "*"]
    assert added.startswith(b"# of the administrator\n")
    assert found["features"] == {"web_search": False, "hooks": True}


def test_an_older_entry_of_ours_is_replaced() -> None:
    older = TomlHooks({"PreToolUse": {**GROUP, "matcher": "Bash"}}, OURS.values)
    before = older.applied(POLICY, "r.toml")
    assert OURS.state(before, "r.toml") == "changed"
    found = tomllib.loads(OURS.applied(before, "r.toml").decode())
    assert [group["matcher"] for group in found["hooks"]["PreToolUse"]] == ["Bash", "*"]


def test_what_an_administrator_forbade_is_not_overruled() -> None:
    with pytest.raises(AgenticError, match=r"`features\.hooks`.*is not true"):
        OURS.applied(b"[features]\nhooks = false\n", "r.toml")


@pytest.mark.parametrize("edit", [tables(), OURS], ids=["tables", "hooks"])
@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a = = 1\n", "not valid TOML"),
        (b"\xff", "not UTF-8"),
        (b"hooks = 1\n", "does not look like settings"),
    ],
)
def test_a_file_that_cannot_be_edited_is_refused(edit: Any, data: bytes, told: str) -> None:
    for act in (edit.applied, edit.state):
        with pytest.raises(AgenticError, match=told):
            act(data, "c.toml")


def test_the_place_of_a_fault_is_told() -> None:
    with pytest.raises(InvalidDocument) as caught:
        OURS.applied(b"a = 1\nb = = 2\n", "r.toml")
    assert caught.value.where.startswith("r.toml:2:")
