"""`agentic audit`, `explain ID`, `requests` and `policy` on a real journal, real requests and real layers."""

from __future__ import annotations

import json
import time

import pytest

from agentic.core.values import Decision, ToolCall
from agentic.govern import govern
from agentic.ports import CliPorts
from tests.cli.conftest import Machine

CONSULTED = "git push origin main"


def act(machine: Machine, command: str, *, now: int = 0) -> Decision:
    """Decide on a call as a hook would that cannot ask: recorded, with grants and requests."""
    ports = CliPorts(machine.environment, now or int(time.time()))
    call = ToolCall(
        "shell", {"command": command}, str(machine.repository), host="test", session="s-1"
    )
    return govern(call, ports.for_call(call)._replace(now=ports.now))


@pytest.fixture(scope="module")
def recorded(make_machine) -> Machine:  # type: ignore[no-untyped-def]
    """A machine whose journal holds an AUTO, a CONSULT with its request, and a STOP."""
    machine: Machine = make_machine()
    for command in ("git status", CONSULTED, "git push --force origin main"):
        act(machine, command)
    return machine


def test_where_names_the_journal_of_the_work_tree(recorded: Machine) -> None:
    ran = recorded.run("audit", "where", "--json")
    assert ran.json["journal"] == str(recorded.repository / "ops/audit.jsonl")
    below = recorded.repository / "src"
    below.mkdir(exist_ok=True)
    assert recorded.run("audit", "where", "--json", cwd=below).json == ran.json


def test_verify_a_whole_journal(recorded: Machine) -> None:
    ran = recorded.run("audit", "verify")
    assert (ran.code, ran.err) == (0, "")
    assert "ok, 4 records, unsealed, compared with its head" in ran.out


def test_a_tampered_copy_is_caught_with_its_line(recorded: Machine) -> None:
    copy = recorded.home / "copy.jsonl"
    lines = (recorded.repository / "ops/audit.jsonl").read_text().splitlines(keepends=True)
    assert '"mode":"CONSULT"' in lines[2]
    lines[2] = lines[2].replace('"mode":"CONSULT"', '"mode":"AUTO"', 1)
    copy.write_text("".join(lines))
    ran = recorded.run("audit", "verify", "--journal", str(copy))
    assert ran.code == 4
    assert f"{copy}:3:" in ran.err


def test_an_emptied_journal_is_caught_without_a_seal(make_machine) -> None:  # type: ignore[no-untyped-def]
    machine = make_machine()
    act(machine, "git status")
    (machine.repository / "ops/audit.jsonl").write_text("")
    assert machine.run("audit", "verify").code == 4


def test_verify_says_when_there_is_no_such_journal(recorded: Machine) -> None:
    ran = recorded.run("audit", "verify", "--journal", "/nowhere.jsonl")
    assert (ran.code, "no journal" in ran.err) == (4, True)


def test_tail_lists_and_filters(recorded: Machine) -> None:
    assert recorded.run("audit", "tail").out.count("\n") == 5
    stops = recorded.run("audit", "tail", "--mode", "stop", "--json").lines
    assert [row["kinds"] for row in stops] == [["git.force-push-protected"]]
    assert recorded.run("audit", "tail", "-n", "1", "--json").lines[0]["seq"] == 4


def test_show_and_explain_a_record_by_number(recorded: Machine) -> None:
    shown = recorded.run("audit", "show", "1")
    assert shown.code == 0
    assert "git.read" in shown.out
    told = recorded.run("explain", "4")
    assert "git.force-push-protected" in told.out
    missing = recorded.run("explain", "77")
    assert (missing.code, "no record" in missing.err) == (4, True)


def test_explain_a_command_tells_every_climb(recorded: Machine) -> None:
    ran = recorded.run("explain", "--", "git push --force origin main")
    assert ran.code == 0
    for text in ("STOP", "How the mode climbed", "modes.git-force-push-protected", "Next:"):
        assert text in ran.out
    assert recorded.run("explain", "--json", "--", "git status").json["mode"] == "AUTO"


def test_a_request_is_listed_shown_approved_once_and_spent(make_machine) -> None:  # type: ignore[no-untyped-def]
    machine: Machine = make_machine()
    blocked = act(machine, CONSULTED)
    assert blocked.permission == "BLOCK"
    assert blocked.request in machine.run("requests", "list").out
    shown = machine.run("requests", "show", blocked.request)
    assert "[AGENT MODE: CONSULT]" in shown.out
    digest = machine.run("requests", "show", blocked.request, "--json").json["request_digest"]

    wrong = machine.run("requests", "approve", blocked.request, "--digest", "00000000")
    assert wrong.code == 4
    untyped = machine.run("requests", "approve", blocked.request)
    assert (untyped.code, "--digest" in untyped.err) == (2, True)
    ran = machine.run(
        "requests", "approve", blocked.request, "--digest", digest[:8], "--because", "ok"
    )
    assert ran.code == 0

    allowed, again = act(machine, CONSULTED), act(machine, CONSULTED)
    assert (allowed.mode, allowed.permission) == ("CONSULT", "RUN")
    assert again.permission == "BLOCK"
    assert machine.run("audit", "verify").code == 0


def test_a_denied_request_stays_denied(make_machine) -> None:  # type: ignore[no-untyped-def]
    machine: Machine = make_machine()
    blocked = act(machine, CONSULTED)
    assert machine.run("requests", "deny", blocked.request, "--because", "not today").code == 0
    assert machine.run("requests", "list").out == "no request waits for an answer\n"
    digest = machine.run("requests", "show", blocked.request, "--json").json["request_digest"]
    late = machine.run("requests", "approve", blocked.request, "--digest", digest[:8])
    assert (late.code, "no longer open" in late.err) == (4, True)


@pytest.mark.parametrize("id", ["r-0000000000", "nonsense", "../../etc/passwd"])
def test_an_unknown_request_is_one_line(machine: Machine, id: str) -> None:
    ran = machine.run("requests", "show", id)
    assert ran.code == 4
    assert "Traceback" not in ran.err


def test_policy_check_show_compile(machine: Machine) -> None:
    assert machine.run("policy", "check").out == "the policies are valid\n"
    shown = machine.run("policy", "show", "terraform.apply", "--env", "production", "--json")
    assert [row["mode"] for row in shown.lines if row["decides"]] == ["STOP"]
    assert machine.run("policy", "show", "no.such-kind").code == 4
    assert machine.run("policy", "compile").code == 0


def layer(machine: Machine, text: str) -> None:
    """Write a workspace layer."""
    folder = machine.repository / ".agentic"
    folder.mkdir(exist_ok=True)
    (folder / "policy.yaml").write_text(text)


STRICTER = """version: 1
modes:
  - id: workspace.no-commits
    kinds: [git.commit]
    mode: CONSULT
    because: commits here are made by people only
"""


def test_a_layer_that_tightens_counts_at_once(fresh: Machine) -> None:
    assert fresh.run("check", "--", "git commit -m x").code == 0
    layer(fresh, STRICTER)
    assert fresh.run("policy", "check").code == 0
    assert fresh.run("check", "--", "git commit -m x").code == 10


def test_an_invalid_layer_is_told_with_its_place_and_relaxes_nothing(fresh: Machine) -> None:
    layer(fresh, STRICTER.replace("git.commit", "git.comit"))
    ran = fresh.run("policy", "check")
    assert ran.code == 3
    assert "policy.yaml:4:" in ran.err
    assert "did you mean `git.commit`" in ran.err
    assert fresh.run("check", "--", "git push --force origin main").code == 20


def test_a_looser_layer_is_refused(fresh: Machine) -> None:
    layer(
        fresh, STRICTER.replace("git.commit", "git.force-push-protected").replace("CONSULT", "AUTO")
    )
    assert fresh.run("policy", "check").code == 3
    assert fresh.run("check", "--", "git push --force origin main").code == 20


def test_trust_is_for_a_person_and_can_be_taken_back(fresh: Machine) -> None:
    layer(fresh, STRICTER)
    ran = fresh.run("policy", "trust")
    assert (ran.code, "--yes" in ran.err) == (2, True)
    assert "trusted workspace" in fresh.run("policy", "trust", "--yes").out
    (fresh.repository / ".agentic/policy.yaml").unlink()
    assert fresh.run("check", "--", "git commit -m x").code == 10
    assert fresh.run("policy", "trust", "--remove").code == 0
    assert fresh.run("check", "--", "git commit -m x").code == 0


def test_the_batch_keeps_lone_surrogates_and_nul(machine: Machine) -> None:
    text = json.dumps({"id": "\ud800", "tool": "shell", "command": "echo \x00 \ud800"})
    ran = machine.run("check", "--batch", "-", stdin=text + "\n")
    assert ran.code in (0, 3)
    assert len(ran.lines) == 1
