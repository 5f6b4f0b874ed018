"""A settings file with and without us: merged, idempotent, restored to the byte."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.errors import AgenticError, InvalidDocument
from agentic.hosts import settings
from agentic.hosts.claude_code import EVENTS, entries
from agentic.hosts.edits import MARK, HookEntries
from agentic.hosts.interface import HostFile, Target
from agentic.places import Places

PLACES = Places("/home/ada", "/home/ada/.local/state/agentic", "/home/ada/.config/agentic", "ada")
HERE = Target("user", "", PLACES, {})
WANTED = entries(HERE)
OURS = HookEntries(WANTED)

THEIRS = {
    "model": "opus",
    "permissions": {"allow": ["Bash(git *)"]},
    "hooks": {
        "PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "echo hi"}]}],
        "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}],
    },
}


def added(data: bytes | None) -> bytes:
    return OURS.applied(data, "settings.json")


def removed(data: bytes, original: bytes = b"") -> bytes:
    found = OURS.removed(data, original, "settings.json")
    assert found is not None
    return found


def test_into_no_file() -> None:
    found = json.loads(added(None))
    assert found == {"hooks": {event: [group] for event, group in WANTED.items()}}
    assert added(None).endswith(b"}\n")


@pytest.mark.parametrize("blank", [b"", b" \n", b"{}", b"{ }\n"])
def test_into_an_empty_file(blank: bytes) -> None:
    assert json.loads(added(blank)) == json.loads(added(None))


def test_hooks_of_others_stay_first_and_whole() -> None:
    found = json.loads(added(json.dumps(THEIRS, indent=2).encode()))
    assert found["hooks"]["PreToolUse"][0] == THEIRS["hooks"]["PreToolUse"][0]  # type: ignore[index]
    assert found["hooks"]["PreToolUse"][1] == WANTED["PreToolUse"]
    assert found["hooks"]["Stop"] == THEIRS["hooks"]["Stop"]  # type: ignore[index]
    assert {key: found[key] for key in ("model", "permissions")} == {
        key: THEIRS[key] for key in ("model", "permissions")
    }


def test_a_second_time_changes_nothing() -> None:
    once = added(json.dumps(THEIRS, indent=4).encode())
    assert added(once) == once


def test_other_options_replace_our_entries_and_no_others() -> None:
    before = added(json.dumps(THEIRS, indent=2).encode())
    other = entries(HERE._replace(options=("--auto-reply", "allow")))
    after = json.loads(HookEntries(other).applied(before, "settings.json"))
    ours = [group for group in after["hooks"]["PreToolUse"] if MARK in str(group)]
    assert ours == [other["PreToolUse"]]
    assert after["hooks"]["PreToolUse"][0] == THEIRS["hooks"]["PreToolUse"][0]  # type: ignore[index]


def test_a_handler_that_somebody_moved_into_their_group_is_taken_out_alone() -> None:
    mine = WANTED["PreToolUse"]["hooks"][0]
    theirs = {"type": "command", "command": "echo hi"}
    data = json.dumps({"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [theirs, mine]}]}})
    found = json.loads(removed(data.encode()))
    assert found == {"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [theirs]}]}}


NAMES = st.sampled_from((*EVENTS, "Stop", "Notification"))
GROUPS = st.lists(
    st.fixed_dictionaries(
        {
            "hooks": st.lists(
                st.fixed_dictionaries({"type": st.just("command"), "command": st.text(max_size=9)})
            )
        },
        optional={"matcher": st.text(max_size=5)},
    ),
    max_size=3,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "model": st.text(max_size=5),
            "hooks": st.dictionaries(NAMES, GROUPS, max_size=4),
        },
    ),
    st.sampled_from((None, 2, 4, "\t")),
)
def test_in_and_out_again_leaves_the_values(value: dict[str, Any], indent: Any) -> None:
    data = json.dumps(value, indent=indent).encode()
    assert json.loads(removed(added(data), data)) == value


def test_a_byte_order_mark_stays() -> None:
    data = "\ufeff{}\n".encode()
    assert added(data).startswith("\ufeff{".encode())


@pytest.mark.parametrize(
    ("data", "where"),
    [(b'{"a": 1,}', "s.json:1:9"), (b"{\n// no\n}", "s.json:2:1"), (b"[", "s.json:")],
)
def test_a_file_that_is_not_json_is_refused_with_its_place(data: bytes, where: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        OURS.applied(data, "s.json")
    assert str(refused.value).startswith(where)
    assert "nothing was changed" in refused.value.diagnostics[0].help


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"17",
        b'{"hooks": []}',
        b'{"hooks": {"PreToolUse": {}}}',
        b'{"hooks": null}',
        b"\xff\xfe",
    ],
)
def test_a_file_of_another_shape_is_refused(data: bytes) -> None:
    with pytest.raises(AgenticError):
        added(data)


def test_replacing_keeps_mode_and_link(tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    real = dotfiles / "claude.json"
    real.write_bytes(b"{}")
    real.chmod(0o640)
    link = tmp_path / "settings.json"
    link.symlink_to(real)
    settings.apply(settings.install_change(HostFile(str(link), OURS)))
    assert link.is_symlink()
    assert json.loads(real.read_bytes())["hooks"]
    assert real.stat().st_mode & 0o777 == 0o640
    assert os.listdir(dotfiles) == ["claude.json"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    change = settings.Change(str(tmp_path / "file/settings.json"), None, b"{}")
    with pytest.raises(AgenticError, match=r"file exists|not a directory") as refused:
        settings.apply(change)
    assert "\n" not in refused.value.message


def test_a_settings_file_that_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(AgenticError, match="is a directory"):
        settings.install_change(HostFile(str(tmp_path), OURS))


def test_an_unreadable_record_is_as_none(tmp_path: Path) -> None:
    places = PLACES._replace(state=str(tmp_path / "state"))
    file = HostFile(str(tmp_path / "s.json"), OURS)
    settings.installed(places, file, host="h", scope="user", options=())
    (record,) = (tmp_path / "state/installed").iterdir()
    assert len(settings.remembered(places)) == 1
    record.write_text("{}")
    assert settings.remembered(places) == []
