"""docs/RECORD.md shows a real line and names every member that a record can have.

`python -m tests.audit.test_record_page` writes the example anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from agentic.audit.record import (
    EVENTS,
    FACTS,
    GENESIS,
    MAX_FIELD_BYTES,
    MAX_LINE_BYTES,
    line_of,
    prepared,
    record_of_decision,
    record_of_event,
    record_of_grant,
    record_of_outcome,
    record_of_request,
)
from agentic.audit.recovery import CONTINUOUS, GAPS
from agentic.audit.removal import FIELDS
from agentic.core.values import Grant, Reading
from tests.audit.samples import NOW, call, decision

PAGE = Path(__file__).resolve().parents[2] / "docs/RECORD.md"
EXAMPLE = re.compile(r"(<!-- example -->\n```json\n)(.*?)(```\n<!-- end of example -->)", re.DOTALL)


def counted_bytes(count: int) -> bytes:
    """Salts for the page only: a page that changed with each writing could not be compared."""
    return bytes(range(count % 256))


READINGS = (
    Reading(
        "data.stale",
        "RAISED",
        "the newest partition is 31 h old, threshold 24 h",
        "warning",
        source="prometheus",
        observed_at=int(NOW) - 40,
    ),
    Reading("clock.off-hours", "CLEAR", "inside working hours"),
)


def example() -> str:
    grant = Grant("g-5fc788ccb78f", "b" * 64, "d" * 64, "c" * 64, "grace", "local", 1, 2)
    made = record_of_decision(
        call(role="data-engineer"),
        decision(permission="RUN", grant=grant, waiting_for="", readings=READINGS),
        answer="allow",
        user="ada",
        now=NOW,
    )
    line, _ = line_of(prepared(made, None, counted_bytes), 1, GENESIS)
    return json.dumps(json.loads(line), indent=2, ensure_ascii=False) + "\n"


def test_the_example_is_current() -> None:
    found = EXAMPLE.search(PAGE.read_text())
    assert found is not None
    assert found[2] == example(), "run `python -m tests.audit.test_record_page`"


def test_the_example_verifies_by_hand_as_the_page_says() -> None:
    found = EXAMPLE.search(PAGE.read_text())
    assert found is not None
    read = json.loads(found[2])
    sensitive, hashed = read.pop("sensitive"), read.pop("hash")
    header = json.dumps(read, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    assert hashlib.sha256(header.encode()).hexdigest() == hashed
    for name, member in sensitive.items():
        value = json.dumps(
            member["value"], separators=(",", ":"), sort_keys=True, ensure_ascii=False
        )
        digest = hashlib.sha256(bytes.fromhex(member["salt"]) + value.encode()).hexdigest()
        assert digest == read["commitments"][name]


def test_every_member_is_on_the_page() -> None:
    grant = Grant("g-1", "b" * 64, "d" * 64, "c" * 64, "grace", "local", 1, 2, "why", "a" * 64)
    digests = {"request_digest": "d" * 64}
    full_call = call(
        agent="a",
        agent_id="b",
        role="c",
        declared_environment="dev",
        facts=dict.fromkeys(FACTS, "x"),
    )
    made = [
        record_of_decision(
            full_call,
            decision(grant=grant, readings=READINGS * 50),
            answer="deny",
            user="ada",
            now=NOW,
        ),
        record_of_outcome(
            full_call, status="failed", user="ada", now=NOW, duration_ms=1, output=b"x", error="x"
        ),
        record_of_request(
            "r-1", "created", digests=digests, now=NOW, user="ada", reasons={"because": "x"}
        ),
        record_of_grant(grant, "given", now=NOW, request_id="r-1"),
        record_of_event("session", now=NOW, user="ada"),
    ]
    text = PAGE.read_text()
    members = {"seq", "prev", "hash", "commitments", "sensitive", "time_went_back_from"}
    members |= {"recovery", "redacted", "cut", "operations", *EVENTS, *GAPS, *CONTINUOUS, *FIELDS}
    for record in made:
        members |= {*record.header, *record.sensitive}
    assert sorted(name for name in members if f"`{name}`" not in text) == []
    for bound in (MAX_LINE_BYTES, MAX_FIELD_BYTES):
        assert f"{bound:,}" in text


if __name__ == "__main__":
    PAGE.write_text(EXAMPLE.sub(lambda found: found[1] + example() + found[3], PAGE.read_text()))
