"""`init` on a machine: proved before it is written, idempotent, undone to the byte."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agentic.errors import AgenticError, CheckFailed
from agentic.hosts import claude_code, launcher
from agentic.hosts import install as installing
from agentic.hosts.install import hosts_found, own_folders_inside, preview, probe, uninstall
from tests.hosts.machine import Machine

ORIGINAL = b'{\n    "model": "opus",\n\n    "hooks": {"Stop": []}   }'


@pytest.fixture
def machine(bare: Callable[[], Machine]) -> Machine:
    return bare()


@pytest.mark.parametrize("scope", ["user", "local", "project"])
def test_every_scope_works_and_goes_without_a_trace(machine: Machine, scope: str) -> None:
    before = sorted(str(path) for path in machine.project.rglob("*") if ".git/" not in str(path))
    done = machine.install(scope)
    assert done.is_changed
    answer = machine.call(machine.payload(cwd="/"), scope=scope)
    assert answer.decision == "allow", answer
    assert not machine.install(scope).is_changed
    assert uninstall(machine.request(scope)).is_changed
    after = sorted(str(path) for path in machine.project.rglob("*") if ".git/" not in str(path))
    assert [path for path in after if "/ops" not in path] == before
    assert ".claude" not in (machine.project / ".git/info/exclude").read_text()
    assert not machine.settings_file(scope).exists()
    assert not Path(launcher.launcher_path(machine.places)).exists()
    assert not uninstall(machine.request(scope)).is_changed


def test_a_file_with_its_own_style_is_restored_to_the_byte(machine: Machine) -> None:
    file = machine.settings_file()
    file.parent.mkdir(parents=True)
    file.write_bytes(ORIGINAL)
    machine.install()
    machine.install(auto_reply="allow")
    machine.install()
    assert b'"Stop": []' in file.read_bytes()
    uninstall(machine.request())
    assert file.read_bytes() == ORIGINAL


def test_what_was_changed_since_stays_changed(machine: Machine) -> None:
    file = machine.settings_file()
    file.parent.mkdir(parents=True)
    file.write_bytes(ORIGINAL)
    machine.install()
    file.write_bytes(file.read_bytes().replace(b"opus", b"haiku"))
    assert not machine.install().is_changed
    uninstall(machine.request())
    assert file.read_bytes() == ORIGINAL.replace(b"opus", b"haiku")


def test_a_file_that_is_not_json_stops_everything(machine: Machine) -> None:
    file = machine.settings_file()
    file.parent.mkdir(parents=True)
    file.write_bytes(b"{ not json")
    with pytest.raises(AgenticError):
        machine.install()
    assert file.read_bytes() == b"{ not json"
    assert not Path(machine.places.state).exists()


def test_a_hook_that_does_not_answer_is_never_written(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The launcher is spoilt between being built and being tried: only `init` itself can be cheated so."""
    real = launcher.build

    def spoilt(places: object) -> launcher.Built:
        built = real(machine.places)
        Path(built.path).write_bytes(b"")
        return built

    monkeypatch.setattr(installing.launcher, "build", spoilt)
    with pytest.raises(CheckFailed, match="does not work"):
        machine.install()
    assert not machine.settings_file().exists()


def test_a_probe_that_lets_everything_through_fails(machine: Machine) -> None:
    with pytest.raises(CheckFailed, match="is refused"):
        probe(claude_code, "exit 0", machine.variables)
    with pytest.raises(CheckFailed, match="may run"):
        probe(claude_code, "exit 2", machine.variables)


def test_the_preview_writes_nothing(machine: Machine) -> None:
    (change,) = preview(machine.request())
    assert change.is_needed
    assert change.diff().startswith("--- /dev/null\n+++ ")
    assert not machine.settings_file().parent.exists()
    assert not Path(machine.places.state).exists()


def test_the_local_file_is_kept_out_of_git(machine: Machine) -> None:
    machine.install("local")
    shown = subprocess.run(
        ["git", "-C", str(machine.project), "status", "--porcelain"],
        capture_output=True,
        check=True,
    )
    assert b".claude" not in shown.stdout
    exclude = (machine.project / ".git/info/exclude").read_text()
    assert "\n/.claude/settings.local.json\n" in exclude


def test_an_ignored_local_file_is_left_to_git(machine: Machine) -> None:
    (machine.project / ".gitignore").write_text(".claude/\n")
    exclude = (machine.project / ".git/info/exclude").read_bytes()
    machine.install("local")
    assert (machine.project / ".git/info/exclude").read_bytes() == exclude


def test_the_committed_file_names_nobody_and_blocks_whoever_lacks_agentic(machine: Machine) -> None:
    machine.install("project")
    text = machine.settings_file("project").read_text()
    assert str(machine.home) not in text
    assert launcher.interpreter() not in text
    stranger = {**machine.variables, "HOME": "/nonexistent"}
    answer = machine.call(machine.payload(), scope="project", variables=stranger)
    assert (answer.status, answer.stdout) == (2, b"")
    assert "pipx install agentic-governance && agentic init" in answer.stderr


def test_managed_settings_go_where_they_are_told_to(machine: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    request = machine.request("managed", managed_dir=str(folder))
    installing.install(request)
    settings = json.loads((folder / "managed-settings.json").read_text())
    assert set(settings["hooks"]) == {
        "PreToolUse", "PermissionRequest", "PostToolUse", "PostToolUseFailure", "SessionStart",
    }  # fmt: skip
    uninstall(request)
    assert not folder.exists()


def test_the_config_folder_of_the_client_is_honoured(machine: Machine, tmp_path: Path) -> None:
    request = machine.request()
    moved = request._replace(
        environment={**request.environment, "CLAUDE_CONFIG_DIR": str(tmp_path / "cc")}
    )
    assert moved.files[0].path == str(tmp_path / "cc/settings.json")


def test_our_hook_blocks_on_failure_and_has_time(machine: Machine) -> None:
    machine.install()
    settings = json.loads(machine.settings_file().read_text())
    (handler,) = settings["hooks"]["PreToolUse"][0]["hooks"]
    assert handler["onFailure"] == "block"
    assert handler["timeout"] == 60
    assert settings["hooks"]["PreToolUse"][0]["matcher"] == "*"


def test_two_scopes_and_the_launcher_goes_with_the_last(machine: Machine) -> None:
    machine.install("user")
    machine.install("local")
    uninstall(machine.request("user"))
    assert Path(launcher.launcher_path(machine.places)).exists()
    assert machine.call(machine.payload(), scope="local").decision == "allow"
    uninstall(machine.request("local"))
    assert not Path(launcher.launcher_path(machine.places)).exists()


def test_uninstalling_keeps_the_journal(machine: Machine) -> None:
    machine.install()
    machine.shell("git status")
    uninstall(machine.request())
    assert len(machine.records()) == 1


def test_hosts_are_found_by_client_or_folder(machine: Machine, tmp_path: Path) -> None:
    nowhere = {"PATH": str(tmp_path)}
    assert hosts_found(machine.places, nowhere) == ()
    (tmp_path / "claude").write_text("#!/bin/sh\n")
    (tmp_path / "claude").chmod(0o755)
    assert hosts_found(machine.places, nowhere) == ("claude-code",)
    (tmp_path / "claude").unlink()
    (machine.home / ".claude").mkdir()
    assert hosts_found(machine.places, nowhere) == ("claude-code",)


def test_an_installation_inside_the_workspace_is_seen() -> None:
    from agentic.shipped import PACKAGE_FOLDER

    assert PACKAGE_FOLDER in own_folders_inside(os.path.dirname(PACKAGE_FOLDER))
    assert own_folders_inside("/nonexistent") == ()
    assert own_folders_inside("") == ()
