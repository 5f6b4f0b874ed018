"""Records found again, by what people know of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentic.audit.journal import Journal
from agentic.audit.query import entries, flat, last, matching, of_id
from agentic.audit.record import record_of_decision, record_of_event, record_of_outcome
from agentic.errors import Unavailable
from tests.audit.samples import NOW, call, decision, filled, journal_in, lines_of


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    held = journal_in(tmp_path)
    held.append(record_of_event("session", now=NOW, facts={"session": "s-1"}))
    held.append(
        record_of_decision(
            call(session="s-1", call_id="c-1"), decision(), answer="ask", user="ada", now=NOW + 1
        )
    )
    held.append(
        record_of_outcome(
            call(session="s-1", call_id="c-1"),
            status="succeeded",
            user="ada",
            now=NOW + 2,
            decision=2,
        )
    )
    held.append(
        record_of_decision(
            call(session="s-2", call_id="c-2", role="reviewer"),
            decision("AUTO", permission="RUN", request="r-1", rules=("modes.git-read",)),
            answer="none",
            user="ada",
            now=NOW + 86_400,
        )
    )
    return held


def seqs(found: Any) -> list[int]:
    return [entry.header["seq"] for entry in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"event": "decision"}, [2, 4]),
        ({"mode": "CONSULT"}, [2]),
        ({"permission": "RUN"}, [4]),
        ({"kind": "kubernetes.apply"}, [2, 4]),
        ({"kind": "kubernetes.*"}, [2, 4]),
        ({"kind": "kubernetes"}, []),
        ({"environment": "staging", "session": "s-2"}, [4]),
        ({"role": "reviewer"}, [4]),
        ({"rule": "modes.git*"}, [4]),
        ({"host": "claude-code", "event": "outcome"}, [3]),
        ({"call_id": "c-1"}, [2, 3]),
        ({"since": "2026-11-22"}, [4]),
        ({"until": "2026-11-21"}, [1, 2, 3]),
        ({"since": "2026-11-21T10:10:01", "until": "2026-11-21T10:10:01"}, [2]),
        ({"session": "nobody"}, []),
    ],
)
def test_matching(journal: Journal, wanted: dict[str, str], expected: list[int]) -> None:
    assert seqs(matching(entries(journal.path), **wanted)) == expected


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("2", [2, 3]),
        ("3", [2, 3]),
        ("c-1", [2, 3]),
        ("r-1", [4]),
        ("1", [1]),
        ("9", []),
        ("", []),
        ("abc", []),
    ],
)
def test_an_id_brings_what_belongs_together(journal: Journal, id: str, expected: list[int]) -> None:
    assert seqs(of_id(entries(journal.path), id)) == expected


def test_a_hash_prefix_is_an_id(journal: Journal) -> None:
    fourth = list(entries(journal.path))[3]
    assert seqs(of_id(entries(journal.path), fourth.id)) == [4]
    assert seqs(of_id(entries(journal.path), fourth.hash[:6].upper())) == [4]
    assert seqs(of_id(entries(journal.path), fourth.hash[:5] + "g")) == []


def test_the_last_ones(journal: Journal) -> None:
    assert seqs(last(entries(journal.path), 2)) == [3, 4]
    assert seqs(last(entries(journal.path), 0)) == []
    assert seqs(last(entries(journal.path), 99)) == [1, 2, 3, 4]


def test_damaged_lines_are_left_out_and_a_missing_file_is_empty(tmp_path: Path) -> None:
    journal = filled(tmp_path, 2)
    with open(journal.path, "ab") as file:
        file.write(b'\xff\n{"a":1}\n[]\n{"hash":"x","sensitive":[]}\n{"torn')
    assert seqs(entries(journal.path)) == [1, 2]
    assert list(entries(str(tmp_path / "none"))) == []
    with pytest.raises(Unavailable):
        list(entries(str(tmp_path)))


def test_a_row_for_an_export(journal: Journal) -> None:
    row = flat(list(entries(journal.path))[1])
    assert (row["seq"], row["mode"], row["user"], row["input"]) == (
        2,
        "CONSULT",
        "ada",
        {"command": "kubectl apply -f staging.yaml"},
    )
    assert len(row["hash"]) == 64


def test_removed_fields_are_named(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    line = lines_of(journal)[0]
    Path(journal.path).write_bytes(line[: line.index(b',"sensitive"')] + b"}\n")
    [entry] = entries(journal.path)
    assert entry.sensitive == {}
    assert set(entry.removed) == {"user", "cwd", "input", "targets", "reasons"}
