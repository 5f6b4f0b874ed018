"""`agentic check`: modes as exit codes, the JSON shape, batches, and every way to get it wrong."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Machine, batch

OFFICE = "2026-11-18T12:00Z"
NIGHT = "2026-11-21T23:00Z"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("git status", 0),
        ("pip install leftpad", 10),
        ("git push --force origin main", 20),
        ("git status && git push --force origin main", 20),
        ("kubectl rollout undo deploy/api", 20),
    ],
)
def test_the_verdict_is_the_exit_code(machine: Machine, line: str, code: int) -> None:
    ran = machine.run("check", "--at", OFFICE, "--", line)
    assert (ran.code, ran.err) == (code, "")
    assert ran.out.startswith("[AGENT MODE: " + {0: "AUTO", 10: "CONSULT", 20: "STOP"}[code])


def test_several_words_are_exact_words(machine: Machine) -> None:
    assert machine.run("check", "--", "echo", "a; git push --force origin main").code == 0


def test_env_can_only_make_it_stricter(machine: Machine) -> None:
    line = "kubectl --context staging apply -f k.yaml"
    assert machine.run("check", "--at", OFFICE, "--", line).code == 10
    assert machine.run("check", "--at", OFFICE, "--env", "production", "--", line).code == 20
    assert machine.run("check", "--at", OFFICE, "--env", "dev", "--", line).code == 10


def test_the_clock_climbs_and_at_fixes_it(machine: Machine) -> None:
    line = "kubectl --context staging apply -f k.yaml"
    ran = machine.run("check", "--json", "--at", NIGHT, "--", line)
    assert ran.code == 20
    answer = ran.json
    assert (answer["base_mode"], answer["mode"]) == ("CONSULT", "STOP")
    states = {r["signal"]: r["state"] for r in answer["readings"]}
    assert {name for name in states if states[name] != "CLEAR"} == {"clock.off-hours"}
    assert answer["trace"][-1]["signal"] == "clock.off-hours"


def test_an_unknown_role_asks(machine: Machine) -> None:
    assert machine.run("check", "--agent", "Agent-Nobody", "--", "git status").code == 10


def test_a_tool_call_from_a_file_and_from_stdin(machine: Machine) -> None:
    text = json.dumps({"path": str(machine.repository / ".agentic/modes.yaml"), "content": "x"})
    assert machine.run("check", "--tool", "write", "--input", "-", stdin=text).code == 20
    source = machine.home / "input.json"
    source.write_text(json.dumps({"path": "src/app.py", "content": "x"}))
    assert machine.run("check", "--tool", "write", "--input", str(source)).code == 0


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (["check"], "", "give either"),
        (["check", "--tool", "write"], "", "go together"),
        (["check", "--tool", "wriet", "--input", "-"], "{}", "did you mean `write`"),
        (["check", "--tool", "write", "--input", "-"], "{}", "needs `path`"),
        (["check", "--tool", "write", "--input", "-"], "[]", "not an object"),
        (["check", "--tool", "write", "--input", "-"], "{", "not JSON"),
        (["check", "--tool", "write", "--input", "/nowhere"], "", "cannot be read"),
        (["check", "--env", "prodution", "--", "ls"], "", "did you mean `production`"),
        (["check", "--at", "yesterday", "--", "ls"], "", "is not a time"),
        (["check", "--batch", "/nowhere"], "", "cannot be read"),
        (["check", "--batch", "-", "--", "ls"], "", "give either"),
        (["frobnicate"], "", "No such command"),
    ],
)
def test_wrong_usage_is_one_clear_line(
    machine: Machine, arguments: list[str], stdin: str, says: str
) -> None:
    ran = machine.run(*arguments, stdin=stdin)
    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_a_batch_answers_in_order_with_the_fixed_shape(machine: Machine) -> None:
    ran = batch(
        machine,
        [
            {"id": "a", "tool": "shell", "command": "git status"},
            {"id": 2, "tool": "read", "input": {"path": "README.md"}},
            {"id": "c", "tool": "shell", "command": "terraform apply", "environment": "staging"},
        ],
        "--at",
        OFFICE,
    )
    assert ran.code == 0
    answers = ran.lines
    assert [answer["id"] for answer in answers] == ["a", 2, "c"]
    assert [answer["mode"] for answer in answers] == ["AUTO", "AUTO", "STOP"]
    assert set(answers[0]) == {
        "id", "mode", "permission", "base_mode", "operations", "rules", "readings", "because",
        "call_digest", "action_digest", "policy_digest",
    }  # fmt: skip
    assert set(answers[0]["operations"][0]) == {
        "kind", "environment", "judged_as", "effects", "target",
    }  # fmt: skip


def test_a_bad_line_is_named_and_the_others_are_answered(machine: Machine) -> None:
    lines = [
        '{"id":"a","tool":"shell","command":"ls"}',
        "not json",
        '{"id":"b","tool":"shel","command":"ls"}',
        '{"id":"c","tool":"shell","command":"ls","comand":"rm"}',
        '{"id":"d","tool":"shell"}',
        '{"id":"e","id":"f","tool":"shell","command":"ls"}',
        '{"id":null,"tool":"shell","command":"ls"}',
        '{"id":"g","tool":"shell","command":"ls","cwd":"relative"}',
        "",
        '{"id":"z","tool":"shell","command":"ls"}',
    ]
    ran = machine.run("check", "--batch", "-", stdin="\n".join(lines) + "\n")
    assert ran.code == 3
    answers = ran.lines
    assert [answer["id"] for answer in answers] == ["a", *[None] * 8, "z"]
    assert [answer["line"] for answer in answers if answer["id"] is None] == list(range(2, 10))
    assert "did you mean `shell`" in answers[2]["error"]


def test_an_empty_batch_is_no_error(machine: Machine) -> None:
    assert machine.run("check", "--batch", "-", stdin="")[:2] == (0, "")


def test_a_check_leaves_no_trace(fresh: Machine) -> None:
    fresh.run("check", "--", "git push --force origin main")
    assert not (fresh.repository / "ops").exists()
