"""A call that several hooks are asked about is one decision: one record, one answer, one grant used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.hook.machine import ALLOW, ASK, DENY, Guarded, answer_of
from tests.hook.test_processes import ended, started

#: Nobody can be asked in this mode, so it waits for a grant.
UNATTENDED = {"permission_mode": "some-new-mode"}
CONSULTED_LINE = "git reset --hard"


def asked_at_once(guarded: Guarded, payloads: list[dict[str, Any]]) -> list[str]:
    """The answers of hooks that run at the same time, one for each payload."""
    shells = [started(guarded) for _ in payloads]
    for shell, payload in zip(shells, payloads, strict=True):
        assert shell.stdin is not None
        shell.stdin.write(json.dumps(payload).encode())
        shell.stdin.close()
        shell.stdin = None
    return [answer_of(ended(shell)).word for shell in shells]


def decisions(guarded: Guarded) -> list[dict[str, Any]]:
    return [record for record in guarded.records() if record["event"] == "decision"][2:]


def approved(guarded: Guarded) -> None:
    """A person's yes to the one request that is open."""
    request = json.loads(guarded.agentic("requests", "list", "--json").out)
    ran = guarded.agentic(
        "requests", "approve", request["id"], "--digest", request["request_digest"][:8],
        "--because", "tried",
    )  # fmt: skip
    assert ran.code == 0, ran


@pytest.mark.parametrize(
    ("line", "word"), [("frobnicate", ASK), ("git push --force origin main", DENY)]
)
def test_the_same_call_is_recorded_once(guarded: Guarded, line: str, word: str) -> None:
    payload = guarded.payload(line)
    assert asked_at_once(guarded, [payload] * 3) == [word] * 3
    assert guarded.ask(payload).word == word
    assert len(decisions(guarded)) == 1
    assert guarded.verified().is_whole


def test_the_second_hook_gives_the_first_ones_answer(guarded: Guarded) -> None:
    """Also where it would have answered otherwise by itself."""
    payload = guarded.payload(CONSULTED_LINE)
    assert guarded.ask(payload).word == ASK
    assert guarded.ask({**payload, **UNATTENDED}).word == ASK
    assert len(decisions(guarded)) == 1


def test_another_call_of_the_same_id_is_judged(guarded: Guarded) -> None:
    """A client that numbers its calls badly, or an input that a hook rewrote, is no way around."""
    first = guarded.payload("git status")
    assert guarded.ask(first).word == ALLOW
    second = {**first, "tool_input": {"command": "git push --force origin main"}}
    assert guarded.ask(second).word == DENY
    assert guarded.ask({**first, "session_id": "s-2"}).word == ALLOW
    assert len(decisions(guarded)) == 3


def test_a_grant_serves_one_call_however_many_hooks_ask(guarded: Guarded) -> None:
    guarded.ask(guarded.payload(CONSULTED_LINE, **UNATTENDED))
    approved(guarded)
    payload = guarded.payload(CONSULTED_LINE, **UNATTENDED)
    assert asked_at_once(guarded, [payload] * 3) == [ALLOW] * 3
    assert guarded.ask(guarded.payload(CONSULTED_LINE, **UNATTENDED)).word == DENY
    claimed = [r for r in guarded.records() if r["event"] == "grant" and r["status"] == "claimed"]
    assert len(claimed) == 1


def test_a_call_that_is_done_answers_no_further_call(guarded: Guarded) -> None:
    payload = guarded.payload("git status")
    guarded.ask(payload)
    done = {**payload, "hook_event_name": "PostToolUse", "tool_response": {"stdout": ""}}
    guarded.hook(done, event="PostToolUse")
    guarded.ask(payload)
    assert len(decisions(guarded)) == 2


def test_the_question_of_the_host_gets_the_answer_of_its_call(guarded: Guarded) -> None:
    """A permission request has no id; it comes right after its call, which was judged."""
    payload = guarded.payload("git push --force origin main")
    assert guarded.ask(payload).word == DENY
    question = {**payload, "hook_event_name": "PermissionRequest"}
    del question["tool_use_id"]
    told = json.loads(guarded.hook(question).out)["hookSpecificOutput"]
    assert told["decision"]["behavior"] == "deny"
    assert len(decisions(guarded)) == 1
