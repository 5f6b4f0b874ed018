"""A sensitive field can go; the chain stays whole, and the removal is on record."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agentic.audit.query import entries
from agentic.audit.removal import FIELDS, remove_field
from agentic.audit.verify import verify_journal
from agentic.errors import AgenticError, CheckFailed
from tests.audit.samples import NOW, filled, lines_of, record


def test_the_value_is_gone_and_the_chain_is_whole(tmp_path: Path) -> None:
    journal = filled(tmp_path, 5)
    before = [json.loads(line)["hash"] for line in lines_of(journal)]
    count = remove_field(
        journal, "user", chosen=lambda header: header["seq"] < 4, because="asked to", now=NOW
    )
    assert count == 3
    found = list(entries(journal.path))
    assert [("user" in e.sensitive) for e in found] == [False] * 3 + [True] * 2 + [False]
    assert [e.hash for e in found[:5]] == before
    assert b"cwd" in Path(journal.path).read_bytes()
    state = verify_journal(journal.path, journal.read_head())
    assert (state.status, state.removed_fields, state.records) == ("ok", 3, 6)
    assert found[5].header["recovery"] == {
        "reason": "field-removed",
        "field": "user",
        "records": 3,
        "because": "asked to",
    }
    assert journal.append(record()).seq == 7
    assert verify_journal(journal.path, journal.read_head()).is_whole
    assert os.stat(journal.path).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_be_removed_one_after_the_other(tmp_path: Path, field: str) -> None:
    journal = filled(tmp_path, 2)
    for name in (field, *FIELDS):
        remove_field(journal, name, chosen=lambda header: True, because="", now=NOW)
    state = verify_journal(journal.path, journal.read_head())
    assert (state.status, state.removed_fields) == ("ok", 10)
    assert all(e.sensitive == {} for e in entries(journal.path))


def test_nothing_to_remove_changes_nothing(tmp_path: Path) -> None:
    journal = filled(tmp_path, 2)
    before = Path(journal.path).read_bytes()
    assert remove_field(journal, "error", chosen=lambda h: True, because="", now=NOW) == 0
    assert Path(journal.path).read_bytes() == before
    assert os.listdir(tmp_path / "work/ops") == ["audit.jsonl"]


def test_only_removable_fields(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    with pytest.raises(AgenticError, match="unknown field `mode`"):
        remove_field(journal, "mode", chosen=lambda h: True, because="", now=NOW)


def test_a_removal_does_not_hide_damage(tmp_path: Path) -> None:
    journal = filled(tmp_path, 3)
    lines = lines_of(journal)
    Path(journal.path).write_bytes(b"".join([lines[0], lines[2]]))
    with pytest.raises(CheckFailed, match="not whole"):
        remove_field(journal, "user", chosen=lambda h: True, because="", now=NOW)
    assert len(lines_of(journal)) == 2


@pytest.mark.parametrize("step", ["fsync", "replace", "pwrite"])
def test_a_kill_at_any_step_leaves_a_whole_journal(tmp_path: Path, step: str) -> None:
    journal = filled(tmp_path, 3)
    code = f"""
import os, posix, signal, sys
sys.path.insert(0, {os.getcwd()!r})
from agentic.audit.journal import open_journal
from agentic.audit.removal import remove_field
def die(*arguments): os.kill(os.getpid(), signal.SIGKILL)
os.{step} = posix.{step} = die
journal = open_journal({str(tmp_path / "work")!r}, {journal.state_dir!r})
remove_field(journal, "user", chosen=lambda header: True, because="", now=1)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    journal.append(record())
    state = verify_journal(journal.path, journal.read_head())
    assert state.status == "ok"
    is_removed = step == "pwrite"
    assert state.removed_fields == (3 if is_removed else 0)
    assert {note.kind for note in state.notes} == (
        {"field-removed", "resized"} if is_removed else set()
    )
    remove_field(journal, "cwd", chosen=lambda header: True, because="", now=NOW)
    assert os.listdir(tmp_path / "work/ops") == ["audit.jsonl"]


def test_the_reason_is_redacted(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    remove_field(journal, "user", chosen=lambda h: True, because="password=hunter2", now=NOW)
    assert b"hunter2" not in Path(journal.path).read_bytes()
