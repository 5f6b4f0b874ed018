"""One yes is for one call: of calls that are made at the same time only one gets it, in one folder."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from agentic.approvals import grants
from agentic.approvals.grants import FileGrants
from agentic.core.values import Mark
from tests.approvals.test_grants import ACTION, NOW, POLICY, approved
from tests.audit.samples import journal_in


@pytest.fixture
def store(tmp_path: Path) -> FileGrants:
    journal = journal_in(tmp_path)
    return FileGrants(journal.state_dir, journal)


def mark(call_id: str) -> Mark:
    """The mark of a call with an id; equal calls of one session differ in nothing else."""
    return Mark("a" * 16, call_id, 3)


def test_of_equal_calls_at_once_one_gets_the_grant(store: FileGrants) -> None:
    """Calls that differ in their id alone share their mark, and so the name of what they leave behind."""
    for turn in range(20):
        approved(store)
        start = threading.Barrier(4)
        got: list[str] = []

        def claim(call_id: str, start: threading.Barrier, got: list[str]) -> None:
            start.wait()
            if store.claim(ACTION, POLICY, NOW, mark(call_id)) is not None:
                got.append(call_id)

        threads = [
            threading.Thread(target=claim, args=(f"{turn:04x}{number:04x}", start, got))
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 1


def test_whoever_comes_second_does_not_take_the_firsts_place(
    store: FileGrants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second call writes its own name down right before the first one's claim is decided."""
    grant = approved(store)
    write, seconds = grants.write_document, []

    def late(path: str, value: dict[str, object], *, replace: bool = False) -> bool:
        is_first = "/spent/" in path and not seconds
        if is_first:
            seconds.append(None)
            seconds.append(store.claim(ACTION, POLICY, NOW, mark("2" * 8)))
        return write(path, value, replace=replace)

    monkeypatch.setattr(grants, "write_document", late)
    first = store.claim(ACTION, POLICY, NOW, mark("1" * 8))
    monkeypatch.undo()
    assert [first, *seconds[1:]].count(grant) == 1
    held = [store.claim(ACTION, POLICY, NOW, mark(digit * 8)) for digit in "12"]
    assert held.count(grant) == 1, "only the call that has it has it again"


def test_what_is_left_of_a_claim_gives_nobody_else_a_grant(store: FileGrants) -> None:
    grant = approved(store)
    assert store.claim(ACTION, POLICY, NOW, mark("1" * 8)) == grant
    assert store.claim(ACTION, POLICY, NOW, mark("1" * 8)) == grant, "judged twice"
    assert store.claim(ACTION, POLICY, NOW, mark("2" * 8)) is None
    assert store.claim("d" * 64, POLICY, NOW, mark("1" * 8)) is None
    assert store.claim(ACTION, "e" * 64, NOW, mark("1" * 8)) is None
    spent = Path(store.state_dir, "approvals/spent", f"{grant.id}.json")
    told = json.loads(spent.read_text())
    assert told["call_id"] == "1" * 8
    spent.write_text(json.dumps({**told, "call_id": "2" * 8}))
    assert store.claim(ACTION, POLICY, NOW, mark("1" * 8)) is None
