"""A CONSULT is asked about where a person sits, and nowhere else."""

from __future__ import annotations

import os
import time

import pytest

from agentic.core.values import ToolCall
from agentic.errors import CheckFailed
from agentic.execute.judge import check_unchanged, judged, scene_of
from agentic.execute.person import SIGNS, agent_sign
from agentic.places import Places
from tests.execute.conftest import Runner
from tests.execute.screen import at_a_terminal

ASKED = ("git", "push", "--force", "origin", "topic")
PROMPT = b"type the first 8 digits"


@pytest.fixture
def person(runner: Runner) -> Runner:
    runner.program("git", f"#!/bin/sh\necho ran >> {runner.machine.home}/ran\n")
    return runner


def requested(person: Runner) -> str:
    found = person.machine.run("requests", "list", "--json").lines
    return str(found[0]["request_digest"])


def asked(person: Runner, answer: bytes | None, **variables: str) -> int:
    """The exit code where a person at a terminal gives an answer (None: the right one)."""
    env = {**person.environment, "TERM": "xterm", **variables}
    with at_a_terminal(person.words("--", *ASKED), person.folder, env) as screen:
        screen.wait_for(PROMPT)
        digits = requested(person)[:8].encode() if answer is None else answer
        screen.press(digits + b"\n")
        return os.waitstatus_to_exitcode(screen.end())


def has_run(person: Runner) -> bool:
    return (person.machine.home / "ran").exists()


def test_the_digest_typed_by_a_person_lets_it_run(person: Runner) -> None:
    assert asked(person, None) == 0
    assert has_run(person)
    grants = [record for record in person.records if record["event"] == "grant"]
    assert [(one["status"], one["assurance"]) for one in grants] == [
        ("given", "local"),
        ("claimed", "local"),
    ]
    assert [r["permission"] for r in person.records if r["event"] == "decision"] == ["BLOCK", "RUN"]


@pytest.mark.parametrize(("answer", "code"), [(b"", 10), (b"00000000", 4), (b"y", 4), (b"yes", 4)])
def test_anything_else_does_not(person: Runner, answer: bytes, code: int) -> None:
    assert asked(person, answer) == code
    assert not has_run(person)


def test_ctrl_c_at_the_question_ends_it(person: Runner) -> None:
    env = {**person.environment, "TERM": "xterm"}
    with at_a_terminal(person.words("--", *ASKED), person.folder, env) as screen:
        screen.wait_for(PROMPT)
        time.sleep(
            0.3
        )  # a key between the question and the reading of its answer waits for the next
        screen.press(b"\x03")
        assert os.waitstatus_to_exitcode(screen.end()) == -2
    assert not has_run(person)


@pytest.mark.parametrize(
    "sign",
    ["CLAUDECODE", "GEMINI_SESSION_ID", "COPILOT_CLI", "QWEN_PROJECT_DIR", "CURSOR_TRACE_ID",
     "OPENCODE", "AGENT", "CODEX_HOME", "AI_AGENT", "CI"],
)  # fmt: skip
def test_an_agents_session_is_not_asked(person: Runner, sign: str) -> None:
    env = {**person.environment, "TERM": "xterm", sign: "1"}
    with at_a_terminal(person.words("--", *ASKED), person.folder, env) as screen:
        assert os.waitstatus_to_exitcode(screen.end()) == 10
        assert PROMPT not in screen.seen
        assert b"agentic requests approve r-" in screen.seen


@pytest.mark.parametrize("redirected", ["</dev/null", "2>/dev/null", "2>&1 | cat"])
def test_without_a_terminal_nobody_is_asked(person: Runner, redirected: str) -> None:
    line = f'set -o pipefail; "$@" {redirected}'
    words = ["bash", "-c", line, "bash", *person.words("--", *ASKED)]
    with at_a_terminal(words, person.folder, {**person.environment, "TERM": "xterm"}) as screen:
        assert os.waitstatus_to_exitcode(screen.end()) == 10
        assert PROMPT not in screen.seen
    assert not has_run(person)


def test_whole_names_are_not_taken_for_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    import posix

    environment = {b"AGENTS_HOME": b"x", b"CITY": b"x", b"PATH": b"x"}
    monkeypatch.setattr(posix, "environ", environment)
    assert agent_sign() == ""
    for sign in SIGNS:
        environment[sign.encode()] = b""
        assert agent_sign() == sign
        del environment[sign.encode()]


def test_what_changes_between_the_decision_and_the_start_is_seen(runner: Runner) -> None:
    script = runner.folder / "tidy.sh"
    script.write_text("#!/bin/sh\necho tidy\n")
    home = str(runner.machine.home)
    places = Places(home, f"{home}/.local/state/agentic", f"{home}/.config/agentic", "ada")
    scene = scene_of(places, str(runner.folder))
    call = ToolCall("shell", {"command": "sh tidy.sh"}, str(runner.folder))
    judgement = judged(call, "sh tidy.sh", scene)
    assert judgement.decision.mode == "AUTO"
    assert any(operation.inputs for operation in judgement.operations)
    check_unchanged(judgement, scene)
    script.write_text("#!/bin/sh\necho tidier\n")
    with pytest.raises(CheckFailed, match="has changed since it was judged"):
        check_unchanged(judgement, scene)
    script.unlink()
    with pytest.raises(CheckFailed):
        check_unchanged(judgement, scene)
