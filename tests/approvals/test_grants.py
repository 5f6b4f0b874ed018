"""A person's yes: bound to one action, one policy, one use and a time; recorded every time."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.approvals.answers import TYPED_DIGITS
from agentic.approvals.files import MAX_FILE_BYTES
from agentic.approvals.grants import GRANT_TTL_S, MAX_TTL_S, FileGrants
from agentic.approvals.requests import REQUEST_TTL_S, is_request_id, request_digest
from agentic.audit.verify import verify_journal
from agentic.core.reason import parse
from agentic.core.values import Decision, Grant, Judged, Reading
from agentic.errors import GrantRejected, Unavailable
from tests.audit.samples import call, decision, journal_in, lines_of

ACTION, POLICY = "b" * 64, "c" * 64
NOW = 1_000_000


@pytest.fixture
def store(tmp_path: Path) -> FileGrants:
    journal = journal_in(tmp_path)
    return FileGrants(journal.state_dir, journal)


def asked(store: FileGrants, now: int = NOW, **changes: Any) -> str:
    made = store.request(call(), decision(**changes), user="ada", now=now)
    return made.id


def approved(store: FileGrants, now: int = NOW, **changes: Any) -> Grant:
    request = store.find(asked(store, now, **changes), now)
    return store.approve(request.id, request.request_digest[:8], approver="grace", now=now)


def events(store: FileGrants) -> list[tuple[str, str]]:
    read = [json.loads(line) for line in lines_of(store.journal)]  # type: ignore[arg-type]
    return [(r["event"], r.get("status", "")) for r in read]


def grant_file(store: FileGrants) -> Path:
    [path] = (Path(store.state_dir) / "approvals/grants").iterdir()
    return path


@contextmanager
def rejected(code: str) -> Iterator[None]:
    with pytest.raises(GrantRejected) as told:
        yield
    assert told.value.code == code
    assert "\n" not in told.value.message


# From the question to the use


def test_a_blocked_action_runs_once_after_a_yes(store: FileGrants) -> None:
    assert store.claim(ACTION, POLICY, NOW) is None
    request = store.find(asked(store), NOW)
    assert store.claim(ACTION, POLICY, NOW) is None, "asking is not approving"
    grant = store.approve(
        request.id,
        request.request_digest[:TYPED_DIGITS],
        approver="grace",
        now=NOW + 5,
        because="ok",
    )
    assert grant == Grant(
        grant.id, ACTION, request.request_digest, POLICY, "grace", "local",
        NOW + 5, NOW + 5 + GRANT_TTL_S, "ok", "a" * 64,
    )  # fmt: skip
    assert store.claim(ACTION, POLICY, NOW + 6) == grant
    assert store.claim(ACTION, POLICY, NOW + 7) is None
    assert events(store) == [("request", "created"), ("grant", "given"), ("grant", "claimed")]
    assert verify_journal(store.journal.path).is_whole  # type: ignore[attr-defined]


def test_a_request_shows_what_is_asked(store: FileGrants) -> None:
    request = store.find(asked(store), NOW)
    assert request.state == "pending"
    assert request.operations == ("kubernetes.apply on staging: staging.yaml",)
    assert (request.requester, request.host, request.mode) == ("ada", "claude-code", "CONSULT")
    assert request.request_digest == request_digest(decision())
    assert request.expires_at == NOW + REQUEST_TTL_S
    block = parse(request.block)
    assert block.mode == "CONSULT"
    assert request.id in block.waiting_for
    assert is_request_id(request.id)
    assert not request.request_digest.startswith(request.id[2:]), "the id must not give it away"


def test_trying_again_asks_once(store: FileGrants) -> None:
    first = asked(store)
    assert asked(store, NOW + 60) == first
    assert events(store) == [("request", "created")]
    assert [r.id for r in store.requests(NOW)] == [first]


def test_a_later_use_of_the_same_action_asks_again(store: FileGrants) -> None:
    approved(store)
    store.claim(ACTION, POLICY, NOW)
    again = store.request(call(), decision(), user="ada", now=NOW + 60)
    assert (again.state, again.created_at) == ("pending", NOW + 60)
    assert [r.state for r in store.requests(NOW + 60)] == ["pending"]
    store.approve(again.id, again.request_digest, approver="grace", now=NOW + 61)
    assert store.claim(ACTION, POLICY, NOW + 62) is not None


def test_different_evidence_or_policy_is_another_request(store: FileGrants) -> None:
    readings = (Reading("clock", "RAISED", "night"),)
    ids = {asked(store), asked(store, readings=readings), asked(store, policy_digest="e" * 64)}
    assert len(ids) == 3
    assert len(store.requests(NOW)) == 3


def test_what_changes_every_minute_is_no_other_request() -> None:
    def digest_of(because: str, observed_at: int) -> str:
        reading = Reading("clock", "CLEAR", because, observed_at=observed_at)
        return request_digest(decision(readings=(reading,)))

    assert digest_of("09:59", 1) == digest_of("10:00", 2)


def test_a_denial_holds_until_the_request_would_expire(store: FileGrants) -> None:
    request_id = asked(store)
    denied = store.deny(request_id, approver="grace", now=NOW + 1, because="not today")
    assert (denied.state, denied.answered_by, denied.answer_because) == (
        "denied",
        "grace",
        "not today",
    )
    assert store.request(call(), decision(), user="ada", now=NOW + 2).state == "denied"
    assert store.claim(ACTION, POLICY, NOW + 2) is None
    with rejected("approvals.not-open"):
        store.approve(request_id, denied.request_digest, approver="grace", now=NOW + 3)
    later = NOW + REQUEST_TTL_S
    assert store.find(request_id, later).state == "expired"
    assert store.request(call(), decision(), user="ada", now=later).state == "pending"
    assert events(store) == [("request", "created"), ("request", "denied"), ("request", "created")]


# What an answer needs


@pytest.mark.parametrize("typed", ["", "0" * 8, "short", "d" * 64])
def test_the_digest_has_to_be_typed(store: FileGrants, typed: str) -> None:
    request = store.find(asked(store), NOW)
    short = request.request_digest[: TYPED_DIGITS - 1]
    for text in (typed, short, request.id, request.request_digest[1:]):
        with rejected("approvals.digest"):
            store.approve(request.id, text, approver="grace", now=NOW)
    assert store.find(request.id, NOW).state == "pending"
    assert events(store) == [("request", "created")]


@pytest.mark.parametrize("length", [TYPED_DIGITS, 20, 64])
def test_eight_digits_or_more_are_enough_in_any_case(store: FileGrants, length: int) -> None:
    request = store.find(asked(store), NOW)
    typed = request.request_digest[:length].upper()
    assert store.approve(request.id, typed, approver="grace", now=NOW).approver == "grace"


def test_stop_and_auto_cannot_be_asked_for(store: FileGrants) -> None:
    for mode in ("STOP", "AUTO"):
        with rejected("approvals.not-grantable"):
            asked(store, mode=mode)


def test_a_request_file_turned_into_stop_is_not_approved(store: FileGrants) -> None:
    request = store.find(asked(store), NOW)
    path = Path(store.state_dir) / f"approvals/requests/pending/{request.id}.json"
    path.write_text(path.read_text().replace("CONSULT", "STOP"))
    with rejected("approvals.not-grantable"):
        store.approve(request.id, request.request_digest, approver="grace", now=NOW)


@pytest.mark.parametrize("approver", ["", "  "])
def test_an_answer_has_a_name(store: FileGrants, approver: str) -> None:
    request = store.find(asked(store), NOW)
    with rejected("approvals.approver"):
        store.approve(request.id, request.request_digest, approver=approver, now=NOW)
    with rejected("approvals.approver"):
        store.deny(request.id, approver=approver, now=NOW)


@pytest.mark.parametrize("ttl_s", [0, -1, MAX_TTL_S + 1])
def test_a_grant_lasts_a_bounded_time(store: FileGrants, ttl_s: int) -> None:
    request = store.find(asked(store), NOW)
    with rejected("approvals.ttl"):
        store.approve(request.id, request.request_digest, approver="grace", now=NOW, ttl_s=ttl_s)


def test_an_expired_request_cannot_be_answered(store: FileGrants) -> None:
    request = store.find(asked(store), NOW)
    later = request.expires_at
    for work in (
        lambda: store.approve(request.id, request.request_digest, approver="g", now=later),
        lambda: store.deny(request.id, approver="g", now=later),
    ):
        with rejected("approvals.not-open"):
            work()


@pytest.mark.parametrize(
    "request_id",
    ["r-0000000000", "r-../../etc", "", "r-", "r-00000000001", "r-000000000G", "x" * 99],
)
def test_an_unknown_id_is_told(store: FileGrants, request_id: str) -> None:
    with pytest.raises(GrantRejected) as told:
        store.find(request_id, NOW)
    assert told.value.code in ("approvals.unknown", "approvals.id")


# When a grant holds


@pytest.mark.parametrize(
    ("action", "policy", "later_s", "holds", "ends_in"),
    [
        (ACTION, POLICY, 0, True, "spent"),
        (ACTION, POLICY, GRANT_TTL_S - 1, True, "spent"),
        (ACTION, POLICY, GRANT_TTL_S, False, "void"),
        (ACTION, POLICY, -1, False, "void"),
        (ACTION, "e" * 64, 0, False, "void"),
        ("e" * 64, POLICY, 0, False, "grants"),
        ("b" * 63, POLICY, 0, False, "grants"),
        ("", POLICY, 0, False, "grants"),
        ("../" + "b" * 61, POLICY, 0, False, "grants"),
    ],
)
def test_a_grant_is_bound(
    store: FileGrants, action: str, policy: str, later_s: int, holds: bool, ends_in: str
) -> None:
    grant = approved(store)
    claimed = store.claim(action, policy, NOW + later_s)
    assert (claimed == grant) is holds
    left = (Path(store.state_dir) / "approvals").rglob(f"*{grant.id}.json")
    assert [path.parent.name for path in left] == [ends_in]
    last = {"spent": ("grant", "claimed"), "void": ("grant", "void")}
    assert events(store)[-1] == last.get(ends_in, ("grant", "given"))


def test_a_void_grant_does_not_hide_a_good_one(store: FileGrants) -> None:
    approved(store)
    good = approved(store, NOW + REQUEST_TTL_S)
    assert store.claim(ACTION, POLICY, NOW + REQUEST_TTL_S) == good


def test_a_used_grant_that_is_put_back_does_not_work_again(store: FileGrants) -> None:
    grant = approved(store)
    kept = grant_file(store).read_bytes()
    path = grant_file(store)
    assert store.claim(ACTION, POLICY, NOW) == grant
    path.write_bytes(kept)
    path.chmod(0o600)
    assert store.claim(ACTION, POLICY, NOW) is None
    assert not path.exists()


def test_a_grant_renamed_to_another_action_is_refused(store: FileGrants) -> None:
    approved(store)
    path = grant_file(store)
    path.rename(path.with_name(path.name.replace(ACTION, "e" * 64)))
    with rejected("approvals.other-action"):
        store.claim("e" * 64, POLICY, NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expires_at", "9999999999"),
        ("expires_at", 1e12),
        ("granted_at", None),
        ("approver", 7),
        ("policy_digest", None),
    ],
)
def test_a_grant_with_a_wrong_field_is_refused(
    store: FileGrants, field: str, value: object
) -> None:
    approved(store)
    path = grant_file(store)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with rejected("approvals.file"):
        store.claim(ACTION, POLICY, NOW)


def test_a_file_cannot_hold_a_stronger_assurance(store: FileGrants) -> None:
    approved(store)
    path = grant_file(store)
    path.write_text(json.dumps({**json.loads(path.read_text()), "assurance": "remote"}))
    assert store.claim(ACTION, POLICY, NOW) is None


# Files that cannot be trusted


def linked(path: Path) -> None:
    other = path.with_suffix(".other")
    path.rename(other)
    path.symlink_to(other)


def enlarged(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" " * MAX_FILE_BYTES)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.chmod(0o666),
        lambda path: path.chmod(0o620),
        linked,
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: path.write_bytes(b"\xff"),
        lambda path: path.write_bytes(b"[]"),
        lambda path: path.write_bytes(b'{"id":1,"id":2}'),
        lambda path: path.write_bytes(b""),
        enlarged,
    ],
    ids=["writable", "group", "link", "fifo", "bytes", "list", "twice", "empty", "large"],
)
def test_a_grant_file_that_cannot_be_trusted_is_refused(store: FileGrants, damage: Any) -> None:
    approved(store)
    damage(grant_file(store))
    with rejected("approvals.file"):
        store.claim(ACTION, POLICY, NOW)


def test_somebody_elses_grant_is_refused(
    store: FileGrants, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(store)
    path = grant_file(store)
    real = os.fstat

    def theirs(fd: int) -> Any:
        status = real(fd)
        return os.stat_result((*status[:4], 4242, *status[5:10]))

    monkeypatch.setattr("posix.fstat", theirs)
    with rejected("approvals.file"):
        store.claim(ACTION, POLICY, NOW)
    assert path.exists()


@pytest.mark.parametrize("mode", [0o777, 0o720])
def test_folders_that_others_may_write_are_refused(store: FileGrants, mode: int) -> None:
    request_id = asked(store)
    approved(store, readings=())
    (Path(store.state_dir) / "approvals/grants").chmod(mode)
    with rejected("approvals.folder"):
        store.claim(ACTION, POLICY, NOW)
    (Path(store.state_dir) / "approvals/requests/pending").chmod(mode)
    with rejected("approvals.folder"):
        store.find(request_id, NOW)


def test_everything_is_private(store: FileGrants) -> None:
    approved(store)
    store.claim(ACTION, POLICY, NOW)
    asked(store, readings=())
    for path in (Path(store.state_dir) / "approvals").rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_secrets_do_not_lie_in_request_files(store: FileGrants) -> None:
    target = "https://ada:hunter2@host"
    operation = Judged("network.send", "", "local", ("network",), target)
    changed = decision(operations=(operation,), because="password=hunter2")
    request = store.request(call(), changed, user="ada", now=NOW)
    store.deny(request.id, approver="grace", now=NOW, because="token=hunter2")
    for path in (Path(store.state_dir) / "approvals").rglob("*.json"):
        assert "hunter2" not in path.read_text()
    assert b"hunter2" not in b"".join(lines_of(store.journal))  # type: ignore[arg-type]


# The journal comes first


def test_without_a_journal_nothing_takes_effect(store: FileGrants, tmp_path: Path) -> None:
    request = store.find(asked(store), NOW)
    journal = Path(store.journal.path)  # type: ignore[attr-defined]
    journal.rename(journal.with_suffix(".away"))
    journal.mkdir()
    for work in (
        lambda: store.approve(request.id, request.request_digest, approver="g", now=NOW),
        lambda: store.deny(request.id, approver="g", now=NOW),
    ):
        with pytest.raises(Unavailable):
            work()
        assert store.find(request.id, NOW).state == "pending"
    journal.rmdir()
    journal.with_suffix(".away").rename(journal)
    assert store.claim(ACTION, POLICY, NOW) is None
    store.approve(request.id, request.request_digest, approver="g", now=NOW)
    journal.rename(journal.with_suffix(".away"))
    journal.mkdir()
    with pytest.raises(Unavailable):
        store.claim(ACTION, POLICY, NOW)
    journal.rmdir()
    journal.with_suffix(".away").rename(journal)
    assert store.claim(ACTION, POLICY, NOW) is None, "a claim that failed has used the grant up"


def test_an_answer_that_was_killed_half_way_is_asked_again(store: FileGrants) -> None:
    request = store.find(asked(store), NOW)
    folder = Path(store.state_dir) / "approvals/requests"
    (folder / "answered").mkdir(mode=0o700)
    (folder / f"pending/{request.id}.json").rename(folder / f"answered/{request.id}.json")
    assert store.find(request.id, NOW).state == "expired"
    assert store.request(call(), decision(), user="ada", now=NOW + 1).state == "pending"


# Races between real processes

CLAIMER = f"""
import os, sys, time
sys.path.insert(0, {os.getcwd()!r})
from agentic.approvals.grants import FileGrants
from agentic.audit.journal import open_journal
store = FileGrants(sys.argv[2], open_journal(sys.argv[1], sys.argv[2]))
print("ready", flush=True)
while not os.path.exists(sys.argv[3]):
    time.sleep(0.001)
"""


def raced(store: FileGrants, tmp_path: Path, work: str, count: int = 6) -> list[str]:
    """What each of several processes printed that did the same at the same moment."""
    start = tmp_path / "start"
    arguments = [str(tmp_path / "work"), store.state_dir, str(start)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER + work, *arguments], stdout=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    start.touch()
    return [process.communicate(timeout=60)[0].strip() for process in processes]


def test_of_many_claims_exactly_one_wins(store: FileGrants, tmp_path: Path) -> None:
    grant = approved(store)
    work = f"grant = store.claim({ACTION!r}, {POLICY!r}, {NOW}); print(grant.id if grant else '')"
    won = raced(store, tmp_path, work)
    assert sorted(won) == [""] * (len(won) - 1) + [grant.id]
    assert events(store).count(("grant", "claimed")) == 1


def test_of_many_approvals_exactly_one_counts(store: FileGrants, tmp_path: Path) -> None:
    request = store.find(asked(store), NOW)
    work = f"""
from agentic.errors import GrantRejected
try:
    print(store.approve({request.id!r}, {request.request_digest!r}, approver="g", now={NOW}).id)
except GrantRejected as error:
    print(error.code)
"""
    *losers, winner = sorted(raced(store, tmp_path, work))
    assert losers == ["approvals.not-open"] * 5
    assert winner.startswith("g-")
    assert events(store).count(("grant", "given")) == 1


@given(st.lists(st.sampled_from(["ask", "approve", "deny", "claim", "later"]), max_size=14))
def test_uses_never_exceed_approvals(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """Whatever the order of events: each use was approved before, once, and is on record."""
    folder = tmp_path_factory.mktemp("steps")
    journal = journal_in(folder)
    store = FileGrants(journal.state_dir, journal)
    wanted: Decision = decision()
    now, given_, used = NOW, 0, 0
    for step in steps:
        try:
            if step == "ask":
                store.request(call(), wanted, user="ada", now=now)
            elif step == "later":
                now += GRANT_TTL_S // 2
            elif step == "claim":
                used += store.claim(ACTION, POLICY, now) is not None
            else:
                [request] = store.requests(now)
                if step == "approve":
                    store.approve(request.id, request.request_digest, approver="g", now=now)
                    given_ += 1
                else:
                    store.deny(request.id, approver="g", now=now)
        except (GrantRejected, ValueError):
            pass
        assert used <= given_
    told = events(store) if Path(journal.path).exists() else []
    assert told.count(("grant", "claimed")) == used
    assert told.count(("grant", "given")) == given_
