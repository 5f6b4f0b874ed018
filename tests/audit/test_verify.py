"""Every way to tamper with a journal is found; what may be removed may be removed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.audit.journal import Journal
from agentic.audit.record import GENESIS, Prepared, line_of
from agentic.audit.verify import KINDS, Verification, verify_journal
from agentic.core.canonical import canonical
from agentic.errors import Unavailable
from tests.audit.samples import filled, lines_of, record


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    return filled(tmp_path_factory.mktemp("whole"), 5)


def checked(journal: Journal, lines: list[bytes], tmp_path: Path) -> Verification:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(b"".join(lines))
    return verify_journal(str(copy), journal.read_head())


def test_a_whole_journal_is_ok_and_says_that_it_is_unsealed(whole: Journal) -> None:
    state = verify_journal(whole.path, whole.read_head())
    assert state.is_whole
    assert (state.status, state.seal) == ("ok", "unsealed")
    assert (state.records, state.first_seq, state.last_seq) == (5, 1, 5)
    assert (state.removed_fields, state.problems, state.problem_count) == (0, (), 0)
    assert state.size_bytes == os.stat(whole.path).st_size
    head = whole.read_head()
    assert head is not None
    assert state.last_hash == head.hash


def test_no_journal_and_no_head_is_nothing_wrong(tmp_path: Path) -> None:
    state = verify_journal(str(tmp_path / "none.jsonl"))
    assert (state.status, state.records, state.last_hash) == ("ok", 0, "")


def test_no_journal_where_the_head_knows_one(whole: Journal, tmp_path: Path) -> None:
    state = verify_journal(str(tmp_path / "none.jsonl"), whole.read_head())
    assert [(p.kind, p.line) for p in state.problems] == [("truncated", 0)]


def test_an_unreadable_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        verify_journal(str(tmp_path))


def rehashed(line: bytes, **changes: Any) -> bytes:
    """A line whose header was changed and whose own hash was made to fit."""
    read = json.loads(line)
    fields = read.pop("sensitive", {})
    del read["hash"]
    header = {**read, **changes}
    seq, prev = header.pop("seq"), header.pop("prev")
    return line_of(Prepared(header, canonical(fields).decode()), seq, prev)[0]


def hash_of(line: bytes) -> str:
    return str(json.loads(line)["hash"])


def rewritten_from(lines: list[bytes], start: int, **changes: Any) -> list[bytes]:
    """A record changed and every later record made to fit: only the head can tell."""
    new = lines[:start]
    prev = hash_of(lines[start - 1]) if start else GENESIS
    for number, line in enumerate(lines[start:]):
        new.append(rehashed(line, prev=prev, **(changes if not number else {})))
        prev = hash_of(new[-1])
    return new


def with_tail(line: bytes, tail: bytes) -> bytes:
    return line[:-2] + tail + b"}\n"


Tamper = Callable[[list[bytes]], list[bytes]]

TAMPERED: dict[str, tuple[Tamper, str, int]] = {
    "a word changed": (lambda x: [x[0], x[1].replace(b"CONSULT", b"AUTO"), *x[2:]], "broken", 2),
    "a word and the line's hash changed": (
        lambda x: [x[0], rehashed(x[1], mode="AUTO"), *x[2:]],
        "chain",
        3,
    ),
    "everything from there on rewritten": (
        lambda x: rewritten_from(x, 1, mode="AUTO"),
        "replaced",
        0,
    ),
    "the whole rewritten": (lambda x: rewritten_from(x, 0, mode="AUTO"), "replaced", 0),
    "a record taken out": (lambda x: x[:2] + x[3:], "gap", 3),
    "the first record taken out": (lambda x: x[1:], "truncated", 1),
    "the last record taken out": (lambda x: x[:-1], "truncated", 0),
    "all taken out": (lambda _: [], "truncated", 0),
    "two records swapped": (lambda x: [x[0], x[2], x[1], *x[3:]], "gap", 2),
    "a record twice": (lambda x: [*x[:2], x[1], *x[2:]], "chain", 3),
    "a record added": (
        lambda x: [*x, line_of(Prepared({"v": 1, "event": "decision"}, ""), 6, "0" * 64)[0]],
        "chain",
        6,
    ),
    "an empty line": (lambda x: [x[0], b"\n", *x[1:]], "broken", 2),
    "a line of something else": (lambda x: [x[0], b'{"seq":2}\n', *x[1:]], "broken", 2),
    "another version": (lambda x: [rehashed(x[0], v=2), *x[1:]], "broken", 1),
    "no number": (lambda x: [rehashed(x[0], seq="1"), *x[1:]], "broken", 1),
    "a torn end": (lambda x: [*x[:-1], x[-1][:-40]], "torn", 5),
    "a second mode behind the hash": (
        lambda x: [with_tail(x[0], b',"mode":"AUTO"'), *x[1:]],
        "broken",
        1,
    ),
    "a second hash": (lambda x: [with_tail(x[0], b',"hash":"x"'), *x[1:]], "broken", 1),
    "the sensitive fields twice": (
        lambda x: [with_tail(x[0], b',"sensitive":{}'), *x[1:]],
        "broken",
        1,
    ),
    "a field twice": (
        lambda x: [x[0].replace(b'"sensitive":{', b'"sensitive":{' + field(x[0], "cwd")), *x[1:]],
        "broken",
        1,
    ),
    "a field that was never there": (
        lambda x: [
            x[0].replace(b'"sensitive":{', b'"sensitive":{' + renamed(x[0], "cwd", "aaa")),
            *x[1:],
        ],
        "commitment",
        1,
    ),
    "a value changed": (lambda x: [x[0].replace(b"echo 1", b"echo 2"), *x[1:]], "commitment", 1),
    "a salt changed": (lambda x: [new_salt(x[0]), *x[1:]], "commitment", 1),
    "two fields swapped": (
        lambda x: [x[0].replace(b'"cwd":{"salt"', b'"user":{"salt"', 1), *x[1:]],
        "broken",
        1,
    ),
    "blanks in a value": (
        lambda x: [x[0].replace(b'{"command":', b'{ "command":'), *x[1:]],
        "commitment",
        1,
    ),
}


def field(line: bytes, name: str) -> bytes:
    member = json.loads(line)["sensitive"][name]
    return canonical({name: member})[1:-1] + b","


def renamed(line: bytes, name: str, new: str) -> bytes:
    return field(line, name).replace(name.encode(), new.encode(), 1)


def new_salt(line: bytes) -> bytes:
    salt = json.loads(line)["sensitive"]["cwd"]["salt"].encode()
    return line.replace(salt, salt[::-1])


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found_where_it_is(name: str, whole: Journal, tmp_path: Path) -> None:
    tamper, kind, line = TAMPERED[name]
    lines = lines_of(whole)
    changed = tamper(list(lines))
    assert changed != lines
    state = checked(whole, changed, tmp_path)
    assert (state.problems[0].kind, state.problems[0].line) == (kind, line)
    assert state.status == kind
    assert not state.is_whole
    assert all("\n" not in p.message and not p.message.endswith(".") for p in state.problems)


@given(data=st.data())
def test_no_byte_can_be_changed(data: st.DataObject, whole: Journal) -> None:
    journal = Path(whole.path).read_bytes()
    at = data.draw(st.integers(0, len(journal) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != journal[at]))
    copy = Path(whole.path).with_suffix(".changed")
    copy.write_bytes(journal[:at] + bytes([byte]) + journal[at + 1 :])
    assert not verify_journal(str(copy), whole.read_head()).is_whole


@given(data=st.data())
def test_no_stretch_can_be_taken_out_except_whole_fields(
    data: st.DataObject, whole: Journal
) -> None:
    journal = Path(whole.path).read_bytes()
    start = data.draw(st.integers(0, len(journal) - 1))
    end = data.draw(st.integers(start + 1, len(journal)))
    copy = Path(whole.path).with_suffix(".changed")
    copy.write_bytes(journal[:start] + journal[end:])
    state = verify_journal(str(copy), whole.read_head())
    assert not state.is_whole or state.removed_fields > 0


@pytest.mark.parametrize("names", [("cwd",), ("cwd", "user"), ("input", "reasons", "targets")])
def test_removed_fields_are_counted_and_nothing_is_wrong(
    names: tuple[str, ...], whole: Journal, tmp_path: Path
) -> None:
    lines = lines_of(whole)
    lines[1] = without(lines[1], names)
    state = checked(whole, lines, tmp_path)
    assert (state.status, state.removed_fields) == ("ok", len(names))


def test_all_fields_of_a_record_may_be_removed(whole: Journal, tmp_path: Path) -> None:
    lines = lines_of(whole)
    lines[1] = without(lines[1], ("cwd", "user", "input", "reasons", "targets"))
    assert b"sensitive" not in lines[1]
    state = checked(whole, lines, tmp_path)
    assert (state.status, state.removed_fields) == ("ok", 5)


def without(line: bytes, names: tuple[str, ...]) -> bytes:
    fields = json.loads(line)["sensitive"]
    kept = canonical({name: fields[name] for name in fields if name not in names})
    start = line.index(b',"sensitive":')
    return line[:start] + (b',"sensitive":' + kept if kept != b"{}" else b"") + b"}\n"


def test_the_head_is_believed_only_as_far_as_it_agrees(whole: Journal) -> None:
    head = whole.read_head()
    assert head is not None
    for changed, kind in (
        (head._replace(seq=9), "truncated"),
        (head._replace(hash="f" * 64), "replaced"),
        (head._replace(seq=4), "replaced"),
        (head._replace(seq=0), "replaced"),
    ):
        assert verify_journal(whole.path, changed).status == kind


def test_without_a_head_the_chain_alone_is_checked(whole: Journal, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(b"".join(lines_of(whole)[:3]))
    assert verify_journal(str(copy)).status == "ok"
    assert verify_journal(str(copy), whole.read_head()).status == "truncated"


def test_a_lying_recovery_record_does_not_excuse_a_gap(whole: Journal, tmp_path: Path) -> None:
    """A record that says `shortened` has to continue exactly what it says was lost."""
    lines = lines_of(whole)
    recovery = {
        "reason": "shortened",
        "expected_seq": 3,
        "expected_last": "e" * 64,
    }
    forged, _ = line_of(
        Prepared({"v": 1, "event": "recovery", "recovery": recovery}, ""), 4, GENESIS
    )
    state = checked(whole, [*lines[:2], forged], tmp_path)
    assert [p.kind for p in state.problems if p.line == 3] == ["gap", "gap"]


def test_many_problems_are_counted_and_the_first_listed(whole: Journal, tmp_path: Path) -> None:
    state = checked(whole, [b"x\n"] * 500, tmp_path)
    assert state.problem_count == 501
    assert len(state.problems) == 21
    assert set(KINDS) >= {p.kind for p in state.problems}


def test_the_commitment_hides_a_short_value(whole: Journal) -> None:
    """A user name cannot be found by hashing all names: the salt is gone with the value."""
    line = json.loads(lines_of(whole)[0])
    commitment = line["commitments"]["user"]
    salt = bytes.fromhex(line["sensitive"]["user"]["salt"])
    assert commitment == hashlib.sha256(salt + b'"ada"').hexdigest()
    assert commitment != hashlib.sha256(b'"ada"').hexdigest()
    assert len(salt) == 16


def test_a_journal_with_every_kind_of_text_verifies(tmp_path: Path) -> None:
    journal = filled(tmp_path, 1)
    for text in (
        "\ud800",
        "\ud83d\ude00",
        "\U0001f600",
        "\x00\x1f\x7f\u2028",
        '","hash":"',
        "é" * 9,
    ):
        journal.append(record(f"echo {text}", session=text, model=text))
    assert verify_journal(journal.path, journal.read_head()).is_whole
