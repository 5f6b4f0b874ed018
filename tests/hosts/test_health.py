"""`doctor`: every fault is found with its remedy, and finding one never hides another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentic.audit.journal import open_journal
from agentic.hosts import claude_code, health, launcher
from agentic.hosts.clients import lacks_of
from agentic.hosts.health import Finding, World, examined, repaired
from agentic.hosts.install import uninstall
from tests.hosts.machine import Machine

NOW = 1_795_200_000


def world_of(machine: Machine, **more: Any) -> World:
    variables = {**machine.variables, "PATH": "/nonexistent"}
    fields: dict[str, Any] = {"environment": variables, "now": NOW, "managed_dir": "/nonexistent"}
    return World(machine.places, str(machine.project), **{**fields, **more})


def failures(machine: Machine, **more: Any) -> dict[str, Finding]:
    return {f.check: f for f in examined(world_of(machine, **more)) if f.level == "fail"}


def test_a_sound_machine(fresh: Machine) -> None:
    found = examined(world_of(fresh))
    assert [f for f in found if f.level != "ok" and f.check != "place"] == []
    checks = {f.check for f in found}
    assert {
        "claude-code.user",
        "launcher",
        "claude-code.answer",
        "policy",
        "journal",
        "clock",
    } <= checks


def test_nothing_is_installed(fresh: Machine) -> None:
    uninstall(fresh.request())
    assert failures(fresh)["settings"].help == "run `agentic init`"


def test_the_entries_were_changed(fresh: Machine) -> None:
    file = fresh.settings_file()
    file.write_text(file.read_text().replace('"onFailure": "block"', '"onFailure": "allow"'))
    assert "not what agentic writes" in failures(fresh)["claude-code.user"].message
    assert any(f.check == "settings" for f in repaired(world_of(fresh)))
    assert failures(fresh) == {}


def test_the_entries_are_gone(fresh: Machine) -> None:
    fresh.settings_file().write_text("{}")
    assert "lost what agentic wrote" in failures(fresh)["claude-code.user"].message
    repaired(world_of(fresh))
    assert failures(fresh) == {}


def test_committed_entries_with_options_are_known_in_another_clone(fresh: Machine) -> None:
    fresh.install("project", auto_reply="none", role="MLTrainer")
    for record in Path(fresh.places.state, "installed").glob("*.json"):
        record.unlink()
    assert failures(fresh) == {}


def test_the_launcher_is_gone(fresh: Machine) -> None:
    Path(launcher.launcher_path(fresh.places)).unlink()
    found = failures(fresh)
    assert "missing" in found["launcher"].message
    assert "does not work" in found["answer"].message
    assert found["launcher"].help
    repaired(world_of(fresh))
    assert failures(fresh) == {}


def test_the_compiled_policy_is_damaged(fresh: Machine) -> None:
    for compiled in Path(fresh.places.state, "compiled").glob("*.policy"):
        compiled.write_bytes(b"damaged")
    assert "compiled policy cannot be used" in failures(fresh)["policy"].message
    for root in (str(fresh.project), ""):
        repaired(world_of(fresh)._replace(root=root))
    assert failures(fresh) == {}


def test_repair_keeps_the_journal_as_it_is(fresh: Machine) -> None:
    fresh.shell("git status")
    before = (fresh.project / "ops/audit.jsonl").read_bytes()
    repaired(world_of(fresh))
    assert (fresh.project / "ops/audit.jsonl").read_bytes() == before


def test_the_journal_was_tampered_with(fresh: Machine) -> None:
    fresh.shell("git status")
    journal = fresh.project / "ops/audit.jsonl"
    journal.write_text(journal.read_text().replace('"AUTO"', '"STOP"', 1))
    assert "audit verify" in failures(fresh)["journal"].help


def test_the_state_folder_is_open_to_others(fresh: Machine) -> None:
    Path(fresh.places.state).chmod(0o755)
    assert "open to others" in failures(fresh)["state"].message
    repaired(world_of(fresh))
    assert failures(fresh) == {}


@pytest.mark.parametrize("scope", ["user", "local", "project"])
def test_hooks_are_switched_off(fresh: Machine, scope: str) -> None:
    file = fresh.settings_file(scope)
    file.parent.mkdir(exist_ok=True)
    found = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**found, "disableAllHooks": True}))
    assert "`disableAllHooks`" in failures(fresh)["claude-code.switches"].message


def test_managed_settings_allow_only_their_own_hooks(fresh: Machine, tmp_path: Path) -> None:
    (tmp_path / "managed-settings.json").write_text('{"allowManagedHooksOnly": true}')
    found = failures(fresh, managed_dir=str(tmp_path))
    assert "`allowManagedHooksOnly`" in found["claude-code.switches"].message


def test_a_settings_file_that_is_not_json(fresh: Machine) -> None:
    fresh.settings_file("local").parent.mkdir(exist_ok=True)
    fresh.settings_file("local").write_text("{")
    found = examined(world_of(fresh))
    assert {f.check for f in found if f.level == "fail"} >= {
        "claude-code.settings",
        "claude-code.switches",
    }
    assert any(f.check == "journal" and f.level == "ok" for f in found), "the others are still made"


def test_the_clock_is_wrong(fresh: Machine) -> None:
    assert "clock" in failures(fresh, now=1_000_000_000)


@pytest.mark.parametrize(
    ("version", "lacks"),
    [("2.1.329", 0), ("2.1.295", 0), ("2.1.294", 1), ("2.1.213", 2), ("2.1.197", 3), ("odd", 0)],
)
def test_what_a_client_version_lacks(version: str, lacks: int) -> None:
    assert len(lacks_of(claude_code, version)) == lacks


def test_an_old_client_is_a_warning(fresh: Machine, tmp_path: Path) -> None:
    client = tmp_path / "claude"
    client.write_text("#!/bin/sh\necho '2.1.197 (Claude Code)'\n")
    client.chmod(0o755)
    variables = {**fresh.variables, "PATH": str(tmp_path)}
    found = examined(world_of(fresh, environment=variables))
    warned = [f for f in found if f.check == "claude-code.client" and f.level == "warn"]
    assert any("onFailure" in f.message for f in warned)
    assert all(f.help for f in warned)


def test_a_check_that_breaks_is_a_finding_and_hides_nothing(
    fresh: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(world: World) -> Any:
        raise ImportError("No module named 'agentic.nowhere'")

    monkeypatch.setitem(health.CHECKS, "policy", broken)
    found = examined(world_of(fresh))
    assert any(f.check == "policy" and "could not be checked" in f.message for f in found)
    assert any(f.check == "journal" and f.level == "ok" for f in found)


def test_auto_reply_allow_is_shown(fresh: Machine) -> None:
    fresh.install(auto_reply="allow")
    found = examined(world_of(fresh))
    assert any(f.check == "answers" and f.level == "warn" for f in found)


_HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "r+")
fcntl.lockf(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_locked_journal_names_who_holds_it(fresh: Machine) -> None:
    fresh.shell("git status")
    lock = open_journal(str(fresh.project), fresh.places.state).lock
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        found = examined(world_of(fresh))
    finally:
        holder.communicate(b"")
    assert any(f"process {holder.pid} holds" in f.message for f in found)
