"""The real Copilot command line against a stand-in for its model: what is denied leaves no marker.

The client is installed by tests/e2e/install_clients.sh; a missing one fails these tests.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from agentic.core.reason import parse
from agentic.hosts.install import Request, install
from tests.e2e import host_terminal, hosted, npm_clients
from tests.e2e.hosted import CONSULT, STOP, decisions, outcomes
from tests.e2e.npm_clients import COPILOT
from tests.hosts.machine import Machine, new_machine

HOOKS = ".copilot/hooks/agentic.json"
VERSIONS = ["", "latest"] if hosted.IS_WHOLE else [""]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return hosted.guarded(COPILOT, new_machine(tmp_path))


def shell(command: str) -> dict[str, Any]:
    return {"name": "bash", "args": {"command": command, "description": "a test"}}


def create(path: Path, text: str) -> dict[str, Any]:
    return {"name": "create", "args": {"path": str(path), "file_text": text}}


def play(machine: Machine, *calls: dict[str, Any], **more: Any) -> npm_clients.Run:
    return hosted.play(COPILOT, machine, *calls, **more)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_of_every_tool(machine: Machine, version: str) -> None:
    """With everything allowed beforehand, as in the coding agent; `--yolo` is the same."""
    servers = machine.home / "mcp.json"
    little = [str(Path(__file__).with_name("mcp_server.py"))]
    board = {"type": "local", "command": sys.executable, "args": little, "tools": ["*"]}
    servers.write_text(json.dumps({"mcpServers": {"board": board}}))
    marker, notes = machine.project / "marker", machine.project / "notes.md"
    settings, hooks = machine.project / ".github/copilot/settings.json", machine.home / HOOKS
    kept = hooks.read_bytes()
    edit = {"path": str(notes), "old_str": "x", "new_str": "y"}
    agent = {
        "description": "d",
        "prompt": "INNER WORK",
        "agent_type": "general-purpose",
        "name": "n",
        "mode": "sync",
    }
    ran = play(
        machine,
        shell("echo ran > allowed"),
        shell(STOP),
        shell(CONSULT),
        shell("ls no-such-folder"),
        create(notes, "x\n"),
        {"name": "edit", "args": edit},
        create(settings, '{"disableAllHooks": true}'),
        shell(f"echo '{{}}' > {hooks}"),
        {"name": "board-list_items", "args": {}},
        {"name": "board-create_item", "args": {"path": str(marker)}},
        {"name": "no_such_tool", "args": {"a": 1}},
        {"name": "task", "args": agent},
        words=("--yolo", "--additional-mcp-config", f"@{servers}", "-p", "go"),
        others={"INNER WORK": [[shell(STOP)], [shell("echo ran > inner")]]},
        version=version,
    )
    assert (machine.project / "allowed").read_text() == "ran\n"
    assert notes.read_text() == "y\n", ran.results
    assert not marker.exists()
    assert not settings.exists()
    assert hooks.read_bytes() == kept
    assert (machine.project / "inner").exists()
    told = hosted.by_command(machine)
    answers = [told[line]["answer"] for line in ("echo ran > allowed", STOP, CONSULT)]
    assert answers == ["none", "deny", "deny"]
    refusals = [parse(text.partition("hook: ")[2]).mode for text in ran.results[1:3]]
    assert refusals == ["STOP", "CONSULT"]
    assert "agentic requests show r-" in ran.results[2]
    assert [d["mode"] for d in decisions(machine) if d["tool"] == "mcp"][1] != "AUTO"
    assert {d["host"] for d in decisions(machine)} == {"copilot"}
    assert "agentic governs this session" in json.dumps(ran.requests)
    assert hosted.status_of(machine, told["echo ran > allowed"]) == "succeeded"
    assert hosted.status_of(machine, told["ls no-such-folder"]) == "failed"
    assert hosted.status_of(machine, told[STOP]) == ""
    inner = [d for d in decisions(machine) if d.get("agent") == "general-purpose"]
    assert [d["mode"] for d in inner] == ["STOP", "AUTO"]
    # One call, one decision, although the client asks twice about most of them.
    assert len(decisions(machine)) == 14


def test_a_grant_lets_one_refused_consult_through_once(machine: Machine) -> None:
    first = play(machine, shell(CONSULT))
    found = re.search(r"agentic requests show (r-\S+?)\)", first.results[0])
    assert found, first.results
    hosted.approve(machine, found[1])
    play(machine, shell(CONSULT))
    assert (machine.project / "marker").exists()
    assert decisions(machine)[-1]["answer"] == "allow"
    (machine.project / "marker").unlink()
    play(machine, shell(CONSULT))
    assert not (machine.project / "marker").exists()


def test_noise_does_not_undo_a_refusal(machine: Machine) -> None:
    """It costs the reason; the client's second question it spoils for good, which refuses the call."""
    hosted.edited(machine.home / HOOKS, hosted.noisy)
    ran = play(machine, shell(STOP), shell("echo ran > marker"))
    assert not (machine.project / "marker").exists()
    assert "hook exited with code 2" in ran.results[0]
    assert "Permission denied" in ran.results[1]


def test_a_harmed_guard_blocks(machine: Machine) -> None:
    """Killed, crashed, missing or mute: every call of one session meets another of these."""
    harms = hosted.harmed(machine)
    change = hosted.one_after_the_other(machine.home, harms.values())
    hosted.edited(machine.home / HOOKS, change, "preToolUse")
    ran = play(machine, *(shell(f"echo ran > marker-{n}") for n in range(len(harms))))
    assert list(machine.project.glob("marker*")) == []
    assert len(ran.results) == len(harms)
    assert all("Denied by preToolUse hook" in text for text in ran.results)


def test_without_a_policy_everything_is_blocked(machine: Machine) -> None:
    hosted.with_spoilt_policy(machine)
    play(machine, shell("echo ran > marker"))
    assert not (machine.project / "marker").exists()


def test_a_hook_that_never_ends_lets_the_call_through(machine: Machine) -> None:
    """What the table says of time-outs; our own deadline (tests/hosts/test_hook_limits.py) comes first."""
    path = machine.home / HOOKS
    settings = json.loads(path.read_text())
    for event in ("preToolUse", "permissionRequest"):
        settings["hooks"][event][0].update(command="exec sleep 4", timeoutSec=1)
    path.write_text(json.dumps(settings))
    play(machine, shell("echo ran > marker"))
    assert (machine.project / "marker").exists()


def test_the_second_question_catches_what_a_time_out_let_through(machine: Machine) -> None:
    """The client asks about its permission after a hook that timed out, and that is judged as well."""
    path = machine.home / HOOKS
    settings = json.loads(path.read_text())
    settings["hooks"]["preToolUse"][0].update(command="exec sleep 4", timeoutSec=1)
    path.write_text(json.dumps(settings))
    ran = play(machine, shell(STOP))
    assert not (machine.project / "marker").exists()
    assert "AGENT MODE: STOP" in ran.results[0]


def test_what_switches_hooks_off(machine: Machine) -> None:
    """The doctor tells it (tests/hosts/test_gemini_qwen_copilot.py); a policy file holds all the same."""
    folder = machine.project / ".github/copilot"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text('{"disableAllHooks": true}')
    play(machine, shell("true; echo ran > marker"))
    assert (machine.project / "marker").exists()
    assert decisions(machine) == []


def test_a_policy_file_holds_against_every_switch(tmp_path: Path) -> None:
    """Without trust in the folder, too."""
    machine = new_machine(tmp_path)
    npm_clients.settle_in(COPILOT, machine.home, {"disableAllHooks": True})
    folder = machine.project / ".github/copilot"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text('{"disableAllHooks": true}')
    install(hosted.request_of(COPILOT, machine, "managed", managed_dir=str(tmp_path / "etc")))
    before = hosted.seen_as("/etc/github-copilot/policy.d", tmp_path / "etc")
    words = ("--allow-all-tools", "-p", "go")
    play(machine, shell(STOP), shell("echo ran > allowed"), words=words, before=before)
    assert not (machine.project / "marker").exists()
    assert (machine.project / "allowed").exists()
    assert [d["answer"] for d in decisions(machine)] == ["deny", "none"]


@pytest.mark.parametrize("scopes", [("local",), ("user", "project", "local")], ids="-".join)
def test_each_scope_holds(tmp_path: Path, scopes: tuple[str, ...]) -> None:
    machine = new_machine(tmp_path)
    for scope in scopes:
        hosted.guarded(COPILOT, machine, scope)
    play(machine, shell(STOP), shell("echo ran > allowed"))
    assert not (machine.project / "marker").exists()
    assert (machine.project / "allowed").exists()
    assert [d["answer"] for d in decisions(machine)] == ["deny", "none"]
    assert len(outcomes(machine)) >= 1


@pytest.mark.parametrize("is_both", [False, True])
def test_claude_codes_settings_are_read_and_one_decision_comes_of_it(
    tmp_path: Path, is_both: bool
) -> None:
    """Hooks that were installed for Claude Code in a repository guard this client, too.

    There the client drops what a refusal says; our own entries bring the reason.
    """
    machine = new_machine(tmp_path)
    npm_clients.settle_in(COPILOT, machine.home)
    request = hosted.request_of(COPILOT, machine, "project")
    install(Request("claude-code", *request[1:]))
    if is_both:
        hosted.guarded(COPILOT, machine)
    path = machine.project / "notes.md"
    ran = play(machine, shell(STOP), shell("echo ran > allowed"), create(path, "x"))
    assert not (machine.project / "marker").exists()
    assert (machine.project / "allowed").exists()
    assert path.exists()
    assert ("AGENT MODE: STOP" if is_both else "hook exited with code 2") in ran.results[0]
    assert [d["answer"] for d in decisions(machine)] == ["deny", "none", "none"]
    assert {d["host"] for d in decisions(machine)} == {"copilot"}


def test_a_project_blocks_whoever_has_no_agentic(tmp_path: Path) -> None:
    machine = hosted.guarded(COPILOT, new_machine(tmp_path), "project")
    stranger = machine._replace(home=tmp_path / "stranger")
    stranger.home.mkdir()
    npm_clients.settle_in(COPILOT, stranger.home)
    play(stranger, shell("echo ran > marker"))
    assert not (machine.project / "marker").exists()


@pytest.mark.parametrize(("key", "runs"), [(b"\r", True), (b"\x1b", False)], ids=["yes", "no"])
def test_a_question_appears_at_a_terminal(machine: Machine, key: bytes, runs: bool) -> None:
    trusted = json.dumps({"trusted_folders": [str(machine.project)]})
    (machine.home / ".copilot/config.json").write_text(trusted)
    screen = host_terminal.session(
        COPILOT,
        [[shell(CONSULT)]],
        machine.home,
        machine.project,
        keys=[("Do you want to allow this tool call?", key)],
        until=lambda screen: bool(outcomes(machine)) if runs else "Denied by user" in screen,
        words=("--allow-all-tools", "-i", "go"),
    )
    assert "AGENT MODE: CONSULT" in screen
    assert (machine.project / "marker").exists() is runs
    assert [(d["permission"], d["answer"]) for d in decisions(machine)] == [("ASK", "ask")]
    assert [o["assurance"] for o in outcomes(machine)] == (["host-dialog"] if runs else [])
