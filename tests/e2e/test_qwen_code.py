"""The real Qwen Code against a stand-in for its model: what is denied leaves no marker.

Two versions are pinned, since what `ask` does changed between them. They are installed by
tests/e2e/install_clients.sh; a missing one fails these tests.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agentic.core.reason import parse
from tests.e2e import host_terminal, hosted, npm_clients
from tests.e2e.hosted import CONSULT, DOCTOR, STOP, decisions, outcomes
from tests.e2e.npm_clients import QWEN, QWEN_THAT_ASKS
from tests.hosts.machine import Machine, new_machine

#: (client, version): the one before a hook could ask, the one since, the newest in the whole campaign.
CLIENTS = [(QWEN, ""), (QWEN_THAT_ASKS, "")]
if hosted.IS_WHOLE:
    CLIENTS.append((QWEN, "latest"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return hosted.guarded(QWEN, new_machine(tmp_path))


def shell(command: str) -> dict[str, Any]:
    given = {"command": command, "description": "a test", "is_background": False}
    return {"name": "run_shell_command", "args": given}


def write(path: Path, content: str) -> dict[str, Any]:
    return {"name": "write_file", "args": {"file_path": str(path), "content": content}}


def play(machine: Machine, *calls: dict[str, Any], **more: Any) -> npm_clients.Run:
    return hosted.play(more.pop("cli", QWEN_THAT_ASKS), machine, *calls, **more)


@pytest.mark.parametrize(
    ("cli", "version"), CLIENTS, ids=["0.15", "0.24", "latest"][: len(CLIENTS)]
)
def test_a_session_of_every_tool(machine: Machine, cli: npm_clients.Cli, version: str) -> None:
    """In mode `yolo`, the only one in which a session without a person may use the shell."""
    server = {"command": sys.executable, "args": [str(Path(__file__).with_name("mcp_server.py"))]}
    npm_clients.settle_in(QWEN, machine.home, {"mcpServers": {"board": server}})
    marker, notes = machine.project / "marker", machine.project / "notes.md"
    settings, own = machine.project / ".qwen/settings.json", machine.home / QWEN.settings
    kept = json.loads(own.read_text())["hooks"]
    agent = {
        "description": "d",
        "prompt": "INNER WORK",
        "subagent_type": "general-purpose",
        "run_in_background": False,
    }
    ran = play(
        machine,
        shell("echo ran > allowed"),
        shell(STOP),
        shell(CONSULT),
        shell("ls no-such-folder"),
        write(notes, "x\n"),
        {
            "name": "edit",
            "args": {"file_path": str(notes), "old_string": "x", "new_string": "y"},
        },
        write(settings, '{"disableAllHooks": true}'),
        shell(f"echo '{{}}' > {own}"),
        {"name": "mcp__board__list_items", "args": {}},
        {"name": "mcp__board__create_item", "args": {"path": str(marker)}},
        {"name": "agent", "args": agent},
        others={"INNER WORK": [[shell(STOP)], [shell("echo ran > inner")]]},
        version=version,
        cli=cli,
    )
    assert (machine.project / "allowed").read_text() == "ran\n"
    assert notes.read_text() == "y\n", ran.results
    assert not marker.exists()
    assert not settings.exists()
    assert json.loads(own.read_text())["hooks"] == kept
    assert (machine.project / "inner").exists()
    told = hosted.by_command(machine)
    answers = [told[line]["answer"] for line in ("echo ran > allowed", STOP, CONSULT)]
    assert answers == ["none", "deny", "deny"]
    assert [parse(text).mode for text in ran.results[1:3]] == ["STOP", "CONSULT"]
    assert "agentic requests show r-" in ran.results[2]
    assert [d["mode"] for d in decisions(machine) if d["tool"] == "mcp"][1] != "AUTO"
    assert {d["host"] for d in decisions(machine)} == {"qwen-code"}
    assert hosted.status_of(machine, told["echo ran > allowed"]) == "succeeded"
    assert hosted.status_of(machine, told["ls no-such-folder"]) == "failed"
    assert hosted.status_of(machine, told[STOP]) == ""
    # The older version starts no session hook where nobody is there.
    assert ("agentic governs this session" in json.dumps(ran.requests)) is (
        cli is not QWEN or bool(version)
    )


def test_noise_does_not_undo_a_refusal(machine: Machine) -> None:
    hosted.edited(machine.home / QWEN.settings, hosted.noisy)
    ran = play(machine, shell(STOP), shell("echo ran > allowed"))
    assert not (machine.project / "marker").exists()
    assert (machine.project / "allowed").exists(), ran.results


@pytest.mark.parametrize("cli", [QWEN, QWEN_THAT_ASKS], ids=["0.15", "0.24"])
def test_a_harmed_guard_blocks(machine: Machine, cli: npm_clients.Cli) -> None:
    """Killed, crashed, missing or mute: every call of one session meets another of these."""
    harms = hosted.harmed(machine)
    change = hosted.one_after_the_other(machine.home, harms.values())
    hosted.edited(machine.home / QWEN.settings, change, "PreToolUse")
    ran = play(machine, *(shell(f"echo ran > marker-{n}") for n in range(len(harms))), cli=cli)
    assert list(machine.project.glob("marker*")) == []
    assert [name for name, text in zip(harms, ran.results, strict=True) if DOCTOR not in text] == []


def test_without_a_policy_everything_is_blocked(machine: Machine) -> None:
    hosted.with_spoilt_policy(machine)
    ran = play(machine, shell("echo ran > marker"))
    assert not (machine.project / "marker").exists()
    assert DOCTOR in ran.results[0]


def test_a_hook_that_never_ends_lets_the_call_through(machine: Machine) -> None:
    """What the table says of time-outs; our own deadline (tests/hosts/test_hook_limits.py) comes first."""
    path = machine.home / QWEN.settings
    hosted.edited(path, lambda _: "exec sleep 4", "PreToolUse")
    path.write_text(path.read_text().replace("60000", "500"))
    play(machine, shell("echo ran > marker"))
    assert (machine.project / "marker").exists()


def test_what_switches_hooks_off(machine: Machine) -> None:
    """The doctor tells it (tests/hosts/test_gemini_qwen_copilot.py); without us the call runs."""
    folder = machine.project / ".qwen"
    folder.mkdir()
    (folder / "settings.json").write_text('{"disableAllHooks": true}')
    play(machine, shell("true; echo ran > marker"))
    assert (machine.project / "marker").exists()
    assert decisions(machine) == []


@pytest.mark.parametrize("scopes", [("project",), ("user", "project")], ids="-".join)
def test_each_scope_holds(tmp_path: Path, scopes: tuple[str, ...]) -> None:
    machine = new_machine(tmp_path)
    for scope in scopes:
        hosted.guarded(QWEN, machine, scope)
    play(machine, shell(STOP), shell("echo ran > allowed"))
    assert not (machine.project / "marker").exists()
    assert (machine.project / "allowed").exists()
    assert [d["answer"] for d in decisions(machine)] == ["deny", "none"]


def test_a_project_blocks_whoever_has_no_agentic(tmp_path: Path) -> None:
    machine = hosted.guarded(QWEN, new_machine(tmp_path), "project")
    stranger = machine._replace(home=tmp_path / "stranger")
    stranger.home.mkdir()
    npm_clients.settle_in(QWEN, stranger.home)
    ran = play(stranger, shell("echo ran > marker"))
    assert not (machine.project / "marker").exists()
    assert "pipx install agentic-governance" in ran.results[0]


@pytest.mark.parametrize(("key", "runs"), [(b"\r", True), (b"\x1b", False)], ids=["yes", "no"])
def test_a_question_appears_at_a_terminal(machine: Machine, key: bytes, runs: bool) -> None:
    def is_over(screen: str) -> bool:
        return bool(outcomes(machine)) if runs else "cancel" in screen.lower()

    screen = host_terminal.session(
        QWEN_THAT_ASKS,
        [[shell(CONSULT)]],
        machine.home,
        machine.project,
        keys=[("Do you want to proceed?", key)],
        until=is_over,
        words=("-y", "-i", "go"),
    )
    assert "AGENT MODE: CONSULT" in screen
    assert (machine.project / "marker").exists() is runs
    assert [(d["permission"], d["answer"]) for d in decisions(machine)] == [("ASK", "ask")]
    assert [o["assurance"] for o in outcomes(machine)] == (["host-dialog"] if runs else [])
