"""What a line of the journal holds, and what it can never hold."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.audit import record as records
from agentic.audit.record import (
    FACTS,
    GENESIS,
    MAX_FIELD_BYTES,
    MAX_LINE_BYTES,
    Record,
    iso_time,
    line_of,
    prepared,
    record_of_decision,
    record_of_event,
    record_of_grant,
    record_of_outcome,
    record_of_recovery,
    record_of_request,
)
from agentic.core.canonical import canonical, exact
from agentic.core.values import Grant, Judged, Reading, TraceStep
from agentic.errors import AgenticError
from tests.audit.samples import NOW, call, decision

if TYPE_CHECKING:
    from agentic.core.values import State

SECRET = "gh" + "p_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"


def written(record: Record) -> dict[str, Any]:
    line, hashed = line_of(prepared(record), 7, GENESIS)
    read: dict[str, Any] = json.loads(line)
    assert read["hash"] == hashed
    return read


def values(read: dict[str, Any]) -> dict[str, Any]:
    return {name: member["value"] for name, member in read["sensitive"].items()}


def test_a_decision_holds_who_what_why_and_the_answer() -> None:
    grant = Grant("g-1", "b" * 64, "d" * 64, "c" * 64, "grace", "local", 1, 2, "looks right")
    made = record_of_decision(
        call(agent="planner", agent_id="a-1", role="data-engineer", facts={"tenant": "acme"}),
        decision(grant=grant, request="r-1", permission="RUN"),
        answer="allow",
        user="ada",
        now=NOW,
        links={"decision": 3},
    )
    read = written(made)
    clear = {k: v for k, v in read.items() if k not in ("sensitive", "commitments", "hash")}
    assert clear == {
        "v": 1,
        "seq": 7,
        "prev": GENESIS,
        "event": "decision",
        "time": "2026-11-21T10:10:00.125Z",
        "purpose": "ACT",
        "host": "claude-code",
        "host_version": "2.0.14",
        "host_mode": "default",
        "host_tool": "Bash",
        "session": "3f2c1a34-7777-4c5d-9999-abcdefabcdef",
        "agent": "planner",
        "agent_id": "a-1",
        "role": "data-engineer",
        "model": "a-model",
        "tool": "shell",
        "call_id": "toolu_01",
        "tenant": "acme",
        "kinds": ["kubernetes.apply"],
        "environments": ["staging"],
        "effects": ["write-shared"],
        "mode": "CONSULT",
        "base_mode": "CONSULT",
        "permission": "RUN",
        "rules": ["modes.kubernetes-apply-staging"],
        "trace": [{"rule": "modes.kubernetes-apply-staging", "before": "AUTO", "after": "CONSULT"}],
        "clear_signals": ["clock"],
        "call_digest": "a" * 64,
        "action_digest": "b" * 64,
        "policy_digest": "c" * 64,
        "assurance": "local",
        "answer": "allow",
        "links": {"decision": 3, "grant": "g-1", "request": "r-1"},
    }
    assert values(read) == {
        "user": "ada",
        "cwd": "/home/ada/churn",
        "input": {"command": "kubectl apply -f staging.yaml"},
        "targets": ["staging.yaml"],
        "approver": "grace",
        "reasons": {
            "because": "others test on staging",
            "way": "show `kubectl diff` and ask",
            "waiting_for": "a person's yes",
            "trace": ["others test on staging"],
            "told_by": ["the file's name"],
        },
    }


def burning(number: int, state: State = "RAISED", because: str = "burn rate 21.3") -> Reading:
    return Reading(
        f"slo.{number:03}", state, because, "high", source="prometheus", observed_at=1_795_255_700
    )


def test_what_was_not_clear_is_told_and_of_what_was_clear_the_name() -> None:
    readings = (
        burning(2, "CLEAR"),
        burning(3, "UNKNOWN", "prometheus did not answer within 5 s"),
        burning(1),
        burning(0, "CLEAR"),
        Reading("clock", "UNKNOWN", "the time zone is not known"),
    )
    made = record_of_decision(call(), decision(readings=readings), answer="deny", user="", now=NOW)
    read = written(made)
    told = {"severity": "high", "source": "prometheus", "observed_at": 1_795_255_700}
    assert read["readings"] == [
        {"signal": "slo.001", "state": "RAISED", **told},
        {"signal": "slo.003", "state": "UNKNOWN", **told},
        {"signal": "clock", "state": "UNKNOWN"},
    ]
    assert read["clear_signals"] == ["slo.000", "slo.002"]
    assert "more_readings" not in read
    assert values(read)["reasons"]["readings"] == [
        "burn rate 21.3",
        "prometheus did not answer within 5 s",
        "the time zone is not known",
    ]


@pytest.mark.parametrize("state", ["RAISED", "UNKNOWN", "CLEAR"])
def test_two_hundred_signals_stay_under_sixteen_kilobytes(state: State) -> None:
    """And what matters most is among those that are told, with the decision's own reason."""
    readings = tuple(burning(n, state, f"burn rate {n} " + "x" * 380) for n in range(200))
    last = burning(200, "RAISED", "the one that was raised")
    given_ = decision(readings=(*readings, last) if state != "RAISED" else readings)
    line, _ = line_of(
        prepared(record_of_decision(call(), given_, answer="deny", user="", now=NOW)), 7, GENESIS
    )
    assert len(line) <= MAX_LINE_BYTES
    read = json.loads(line)
    reasons = values(read)["reasons"]
    assert reasons["because"] == "others test on staging"
    assert read["readings"][0]["signal"] == ("slo.000" if state == "RAISED" else "slo.200")
    assert len(reasons["readings"][0]) > 10
    if state == "CLEAR":
        assert (len(read["readings"]), len(read["clear_signals"])) == (1, 200)
    else:
        count = 200 if state == "RAISED" else 201
        assert (len(read["readings"]), read["more_readings"]) == (40, count - 40)
    assert "cut" not in read


def test_an_outcome_holds_sizes_and_digests_and_never_the_output() -> None:
    read = written(
        record_of_outcome(
            call(),
            status="failed",
            user="ada",
            now=NOW,
            duration_ms=0,
            output=b"the output",
            error="exit code 1",
            decision=6,
            call_digest="a" * 64,
            assurance="host-dialog",
        )
    )
    assert read["output"] == {
        "size_bytes": 10,
        "sha256": hashlib.sha256(b"the output").hexdigest(),
    }
    assert (read["status"], read["duration_ms"], read["links"]) == ("failed", 0, {"decision": 6})
    assert "the output" not in json.dumps(read)
    assert values(read)["error"] == "exit code 1"


def test_requests_grants_events_and_recoveries_have_records() -> None:
    digests = {"action_digest": "b" * 64, "request_digest": "d" * 64}
    request = written(
        record_of_request(
            "r-1", "denied", digests=digests, now=NOW, user="ada", reasons={}, approver="grace"
        )
    )
    assert (request["event"], request["status"]) == ("request", "denied")
    assert request["links"] == {"request": "r-1"}
    assert values(request) == {"user": "ada", "approver": "grace"}
    grant = Grant("g-1", "b" * 64, "d" * 64, "c" * 64, "grace", "local", 1, 2, "looks right")
    given_ = written(record_of_grant(grant, "given", now=NOW, request_id="r-1"))
    assert (given_["granted_at"], given_["expires_at"]) == (1, 2)
    assert given_["links"] == {"grant": "g-1", "request": "r-1"}
    assert values(given_) == {"approver": "grace", "reasons": {"because": "looks right"}}
    session = written(record_of_event("session", now=NOW, facts={"session": "s"}, user="ada"))
    assert (session["event"], session["session"]) == ("session", "s")
    recovery = written(record_of_recovery("torn", iso_time(NOW), {"size_bytes": 3}))
    assert recovery["recovery"] == {"reason": "torn", "size_bytes": 3}
    assert "sensitive" not in recovery


def test_unknown_events_and_facts_are_refused() -> None:
    with pytest.raises(AgenticError, match="unknown event"):
        record_of_event("gossip", now=NOW)
    with pytest.raises(AgenticError, match="has no field"):
        record_of_decision(call(facts={"tenent": "x"}), decision(), answer="deny", user="", now=NOW)


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_has_its_place(fact: str) -> None:
    made = record_of_decision(
        call(facts={fact: "value"}), decision(), answer="deny", user="ada", now=NOW
    )
    assert written(made)[fact] == "value"


def test_the_hash_is_over_the_beginning_of_the_line() -> None:
    line, hashed = line_of(prepared(record_of_event("session", now=NOW, user="ada")), 1, GENESIS)
    clear, mark, rest = line.partition(b',"hash":"')
    assert mark
    assert hashlib.sha256(clear + b"}").hexdigest() == hashed == rest[:64].decode()
    assert canonical(json.loads(clear + b"}")) == clear + b"}"
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1


def test_each_field_is_committed_with_its_own_salt() -> None:
    made = record_of_event("session", now=NOW, user="ada", approver="ada")
    first, second = written(made), written(made)
    salts = [member["salt"] for read in (first, second) for member in read["sensitive"].values()]
    assert len(set(salts)) == 4
    for read in (first, second):
        assert read["commitments"].keys() == read["sensitive"].keys()
        for name, member in read["sensitive"].items():
            data = bytes.fromhex(member["salt"]) + canonical(member["value"])
            assert hashlib.sha256(data).hexdigest() == read["commitments"][name]
    assert first["commitments"]["user"] != first["commitments"]["approver"]


def test_a_header_member_named_hash_is_refused() -> None:
    made = record_of_event("session", now=NOW, facts={"links": {"a": "b", "hash": "x"}})
    with pytest.raises(AgenticError, match="must not be named"):
        line_of(prepared(made), 1, GENESIS)


def test_secrets_are_gone_before_anything_is_committed() -> None:
    made = record_of_decision(
        call(
            f"export GH_TOKEN={SECRET}; psql postgres://ada:hunter2@db",
            session=SECRET,
            model=f"m-{SECRET}",
        ),
        decision(
            because=f"found {SECRET}",
            operations=(Judged("x.y", "", "local", ("read",), f"https://u:hunter2@h/{SECRET}"),),
        ),
        answer="deny",
        user="ada",
        now=NOW,
    )
    line, _ = line_of(prepared(made, lambda: b"k" * 32), 1, GENESIS)
    assert SECRET.encode() not in line
    assert b"hunter2" not in line
    read = json.loads(line)
    assert read["redacted"] == ["github-token", "url-password"]
    mark = read["session"]
    assert mark.startswith("[redacted:github-token:")
    assert values(read)["reasons"]["because"] == f"found {mark}"


def test_the_key_is_left_alone_where_no_secret_is() -> None:
    def key() -> bytes:
        raise AssertionError("no secret was found")

    prepared(record_of_event("session", now=NOW, user="a tokenizer"), key)


def test_an_input_of_four_kilobytes_is_whole_and_one_more_is_cut() -> None:
    room = MAX_FIELD_BYTES - len(canonical({"command": ""}))
    for size, is_whole in ((room, True), (room + 1, False)):
        made = record_of_event("session", now=NOW, input={"command": "x" * size})
        read = written(made)
        told = values(read)["input"]["command"]
        assert (told == "x" * size) == is_whole
        assert read.get("cut", []) == ([] if is_whole else ["input"])
        if not is_whole:
            assert told["size_bytes"] == size
            assert told["sha256"] == hashlib.sha256(b"x" * size).hexdigest()
            assert told["$head"] == "x" * 1024


def test_short_members_of_a_large_input_stay_readable() -> None:
    content = "é" * 10_000
    given_input = {
        "path": "src/app.py",
        "content": content,
        "edits": [{"old": "a", "new": content}],
    }
    told = values(written(record_of_event("session", now=NOW, input=given_input)))["input"]
    assert told["path"] == "src/app.py"
    assert told["content"] == told["edits"][0]["new"]
    assert told["content"]["size_bytes"] == 20_000


def test_a_large_input_of_small_parts_becomes_one_head() -> None:
    given_input = {"rows": [{"id": number, "name": "n" * 20} for number in range(5000)]}
    told = values(written(record_of_event("session", now=NOW, input=given_input)))["input"]
    whole = canonical(given_input)
    assert told["size_bytes"] == len(whole)
    assert told["sha256"] == hashlib.sha256(whole).hexdigest()
    assert whole.decode().startswith(told["$head"])


@pytest.mark.parametrize("offset", range(985, 1030, 5))
def test_a_secret_across_the_cut_leaves_nothing_behind(offset: int) -> None:
    text = "x" * (offset - 1) + " " + SECRET + " " + "y" * 10_000
    line, _ = line_of(
        prepared(record_of_event("session", now=NOW, input={"content": text})), 1, GENESIS
    )
    assert SECRET[:12].encode() not in line


def test_floats_and_large_numbers_of_an_input_are_kept_exactly() -> None:
    given_input = {"ratio": 0.1, "id": 2**70, "$number": "x"}
    told = values(written(record_of_event("session", now=NOW, input=given_input)))["input"]
    assert told == exact(given_input)


LONG = ["\x00" * 3000, "\U0001f600" * 4000, '"\\' * 4000, "\ud800" * 3000, SECRET * 50, "a" * 9000]
SHORT = ["", "a", '"\\\n\x7f', "\u2028\ud800", "\U0001f600" * 60, "\x00" * 60, "staging.yaml" * 5]
#: Of some thirty texts a record only their sizes matter here: drawing long ones took most of the time.
texts = st.sampled_from(LONG) | st.sampled_from(SHORT) | st.text(max_size=5)
#: Names of policy: never long, but perhaps many and not only ASCII.
words = st.sampled_from((*SHORT, "é" * 60)) | st.text(max_size=5)
many = st.integers(0, 40) | st.just(150)


@st.composite
def large_records(draw: st.DrawFn) -> Record:
    operation = Judged(
        draw(words), draw(words), draw(words), (draw(words),), draw(texts), draw(texts)
    )
    step = TraceStep(draw(words), "AUTO", "CONSULT", draw(texts), 3, draw(words))
    made = decision(
        operations=(operation,) * draw(many | st.just(400)),
        trace=(step,) * draw(st.integers(0, 3)),
        rules=(draw(words),) * draw(many),
        readings=(Reading(draw(words), "UNKNOWN", draw(texts)),) * draw(many),
        because=draw(texts),
        way=draw(texts),
        waiting_for=draw(texts),
    )
    host_words = {
        name: draw(texts)
        for name in ("host", "host_version", "host_mode", "raw_tool", "session", "agent",
                     "agent_id", "role", "model", "tool", "call_id", "declared_environment", "cwd")
    }  # fmt: skip
    facts = {fact: draw(texts) for fact in FACTS}
    given_call = call(draw(texts), **host_words)._replace(
        facts=facts, input={draw(texts): draw(texts), "list": [draw(texts)] * draw(many)}
    )
    return record_of_decision(
        given_call, made, answer="deny", user=draw(texts), now=NOW, links={"grant": draw(texts)}
    )


@given(large_records())
def test_no_record_exceeds_sixteen_kilobytes(record: Record) -> None:
    line, _ = line_of(prepared(record), 2**53 - 1, "f" * 64, iso_time(NOW))
    assert len(line) <= MAX_LINE_BYTES
    read = json.loads(line)
    assert read["mode"] == "CONSULT"
    assert read["call_digest"] == "a" * 64
    assert set(read["sensitive"]) <= set(read["commitments"])


def test_what_gave_way_is_named() -> None:
    many = decision(operations=decision().operations * 1200)
    read = written(record_of_decision(call(), many, answer="deny", user="ada", now=NOW))
    assert read["cut"] == ["environments", "kinds", "reasons", "targets"]
    assert (len(read["kinds"]), read["operations"]) == (40, 1200)


def test_a_record_that_cannot_be_made_small_is_refused() -> None:
    facts = {f"fact-{number}": "x" * 40 for number in range(400)}
    with pytest.raises(AgenticError, match="under 16 KiB"):
        prepared(record_of_event("session", now=NOW, facts=facts))


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (NOW, "2026-11-21T10:10:00.125Z"),
        (1_709_210_096.9999, "2024-02-29T12:34:56.999Z"),
    ],
)
def test_times_are_utc_with_milliseconds(now: float, text: str) -> None:
    assert iso_time(now) == text


def test_header_and_sensitive_names_never_meet() -> None:
    """An export puts them side by side."""
    made = record_of_decision(call(), decision(), answer="deny", user="ada", now=NOW)
    assert not set(made.header) & set(made.sensitive)
    assert not set(FACTS) & set(made.sensitive)
    assert set(records.EVENTS) >= {"decision", "outcome", "recovery"}
