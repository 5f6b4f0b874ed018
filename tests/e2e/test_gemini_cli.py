"""The real Gemini CLI against a stand-in for its model: what is denied leaves no marker.

The client is installed by tests/e2e/install_clients.sh; a missing one fails these tests.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agentic.core.reason import parse
from agentic.hosts import gemini_cli
from agentic.hosts.install import install
from agentic.hosts.interface import Target
from tests.e2e import hosted, npm_clients
from tests.e2e.hosted import CONSULT, DOCTOR, STOP, decisions
from tests.e2e.npm_clients import GEMINI
from tests.hosts.machine import Machine, new_machine

#: Folder trust is on by default; without it the client does nothing at all where nobody is there.
TRUSTED = {"GEMINI_CLI_TRUST_WORKSPACE": "true"}
VERSIONS = ["", "latest"] if hosted.IS_WHOLE else [""]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return hosted.guarded(GEMINI, new_machine(tmp_path))


def shell(command: str, **more: Any) -> dict[str, Any]:
    return {"name": "run_shell_command", "args": {"command": command, **more}}


def write(path: Path, content: str) -> dict[str, Any]:
    return {"name": "write_file", "args": {"file_path": str(path), "content": content}}


def play(machine: Machine, *calls: dict[str, Any], **more: Any) -> npm_clients.Run:
    return hosted.play(GEMINI, machine, *calls, **{"more": TRUSTED, **more})


def with_server(machine: Machine) -> None:
    """The little MCP server of these tests in the user's settings, beside our hooks."""
    server = {"command": sys.executable, "args": [str(Path(__file__).with_name("mcp_server.py"))]}
    npm_clients.settle_in(GEMINI, machine.home, {"mcpServers": {"board": server}})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_of_every_tool(machine: Machine, version: str) -> None:
    with_server(machine)
    marker, notes = machine.project / "marker", machine.project / "notes.md"
    settings, before = machine.project / ".gemini/settings.json", (machine.home / GEMINI.settings)
    kept = before.read_bytes()
    ran = play(
        machine,
        shell("echo ran > allowed"),
        shell(STOP),
        shell(CONSULT),
        shell("ls no-such-folder"),
        write(notes, "x\n"),
        {
            "name": "replace",
            "args": {
                "file_path": str(notes),
                "instruction": "change it",
                "old_string": "x",
                "new_string": "y",
            },
        },
        write(settings, '{"hooksConfig":{"enabled":false}}'),
        shell(f"echo '{{}}' > {before}"),
        {"name": "mcp_board_list_items", "args": {}},
        {"name": "mcp_board_create_item", "args": {"path": str(marker)}},
        {"name": "invoke_agent", "args": {"agent_name": "generalist", "prompt": "INNER WORK"}},
        others={"INNER WORK": [[shell(STOP)], [shell("echo ran > inner")]]},
        version=version,
    )
    assert (machine.project / "allowed").read_text() == "ran\n"
    assert notes.read_text() == "y\n", ran.results
    assert not marker.exists()
    assert not settings.exists()
    assert before.read_bytes() == kept
    assert (machine.project / "inner").exists()
    told = hosted.by_command(machine)
    answers = [told[line]["answer"] for line in ("echo ran > allowed", STOP, CONSULT)]
    assert answers == ["none", "deny", "deny"]
    refusals = [parse(text.partition("blocked: ")[2]).mode for text in ran.results[1:3]]
    assert refusals == ["STOP", "CONSULT"]
    assert "agentic requests show r-" in ran.results[2]
    assert [d["mode"] for d in decisions(machine) if d["tool"] == "mcp"][1] != "AUTO"
    assert {d["host"] for d in decisions(machine)} == {"gemini-cli"}
    assert "agentic governs this session" in json.dumps(ran.requests)
    assert hosted.status_of(machine, told["echo ran > allowed"]) == "succeeded"
    assert hosted.status_of(machine, told["ls no-such-folder"]) == "failed"
    assert hosted.status_of(machine, told[STOP]) == ""


def test_noise_does_not_undo_a_refusal(machine: Machine) -> None:
    hosted.edited(machine.home / GEMINI.settings, hosted.noisy)
    ran = play(machine, shell(STOP), shell("echo ran > allowed"))
    assert not (machine.project / "marker").exists()
    assert (machine.project / "allowed").exists(), ran.results


def test_a_harmed_guard_blocks(machine: Machine) -> None:
    """Killed, crashed, missing or mute: every call of one session meets another of these."""
    harms = hosted.harmed(machine)
    change = hosted.one_after_the_other(machine.home, harms.values())
    hosted.edited(machine.home / GEMINI.settings, change, "BeforeTool")
    ran = play(machine, *(shell(f"echo ran > marker-{n}") for n in range(len(harms))))
    assert list(machine.project.glob("marker*")) == []
    assert [name for name, text in zip(harms, ran.results, strict=True) if DOCTOR not in text] == []


def test_without_a_policy_everything_is_blocked(machine: Machine) -> None:
    hosted.with_spoilt_policy(machine)
    ran = play(machine, shell("echo ran > marker"))
    assert not (machine.project / "marker").exists()
    assert DOCTOR in ran.results[0]


def test_a_hook_that_never_ends_lets_the_call_through(machine: Machine) -> None:
    """What the table says of time-outs; our own deadline (tests/hosts/test_hook_limits.py) comes first."""
    path = machine.home / GEMINI.settings
    hosted.edited(path, lambda _: "exec sleep 4", "BeforeTool")
    path.write_text(path.read_text().replace("60000", "500"))
    play(machine, shell("echo ran > marker"))
    assert (machine.project / "marker").exists()


def test_what_switches_hooks_off(machine: Machine) -> None:
    """The doctor tells it (tests/hosts/test_gemini_qwen_copilot.py); without us the call runs."""
    folder = machine.project / ".gemini"
    folder.mkdir()
    switch = {"hooksConfig": {"disabled": ["agentic"]}}
    (folder / "settings.json").write_text(json.dumps(switch))
    play(machine, shell("true; echo ran > marker"))
    assert (machine.project / "marker").exists()
    assert decisions(machine) == []


def test_rules_hold_where_the_hook_is_switched_off(machine: Machine) -> None:
    """The managed scope's rules, in the user's folder of policies: the system's is not ours to write."""
    target = Target("managed", "", machine.places, {}, (), str(machine.home / "etc"))
    rules = gemini_cli.files(target)[1].edit.applied(None, "")
    policies = machine.home / ".gemini/policies/agentic.toml"
    policies.parent.mkdir()
    policies.write_bytes(rules)
    npm_clients.settle_in(GEMINI, machine.home, {"hooksConfig": {"enabled": False}})
    ran = play(
        machine,
        write(machine.project / "ops/audit.jsonl", "x"),
        shell("git push --mirror nowhere"),
        write(machine.project / "notes.md", "x"),
    )
    assert not (machine.project / "ops").exists()
    assert [("policy stops this" in text) for text in ran.results] == [True, True, False]
    assert (machine.project / "notes.md").exists()
    assert decisions(machine) == []


def test_managed_settings_keep_hooks_switched_on(tmp_path: Path) -> None:
    """A project that switches hooks off is overruled by the system's settings, as we write them."""
    machine = new_machine(tmp_path)
    npm_clients.settle_in(GEMINI, machine.home, {"hooksConfig": {"enabled": False}})
    install(hosted.request_of(GEMINI, machine, "managed", managed_dir=str(tmp_path / "etc")))
    before = hosted.seen_as("/etc/gemini-cli", tmp_path / "etc")
    ran = play(machine, shell(STOP), shell("echo ran > allowed"), before=before)
    assert not (machine.project / "marker").exists()
    assert (machine.project / "allowed").exists(), ran.results
    assert [d["answer"] for d in decisions(machine)] == ["deny", "none"]


@pytest.mark.parametrize("scopes", [("user",), ("user", "project")], ids="-".join)
def test_each_scope_holds(tmp_path: Path, scopes: tuple[str, ...]) -> None:
    """User hooks hold where the folder is not trusted, a project's where it is; both are one decision."""
    machine = new_machine(tmp_path)
    for scope in scopes:
        hosted.guarded(GEMINI, machine, scope)
    is_trusted = "project" in scopes
    words = () if is_trusted else ("--skip-trust", "-y", "-p", "go")
    calls = (shell(STOP), shell("echo ran > allowed"))
    play(machine, *calls, words=words, more=TRUSTED if is_trusted else {})
    assert not (machine.project / "marker").exists()
    assert (machine.project / "allowed").exists()
    assert [d["answer"] for d in decisions(machine)] == ["deny", "none"]


def test_a_project_blocks_whoever_has_no_agentic(tmp_path: Path) -> None:
    machine = hosted.guarded(GEMINI, new_machine(tmp_path), "project")
    stranger = machine._replace(home=tmp_path / "stranger")
    stranger.home.mkdir()
    npm_clients.settle_in(GEMINI, stranger.home)
    ran = play(stranger, shell("echo ran > marker"))
    assert not (machine.project / "marker").exists()
    assert "pipx install agentic-governance" in ran.results[0]
