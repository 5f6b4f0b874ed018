"""`agentic hosts` as a person uses it: the table, installing, looking, taking out, wrong input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentic.hosts.registry import HOSTS
from tests.cli.conftest import Machine


@pytest.fixture
def machine(make_machine) -> Machine:  # type: ignore[no-untyped-def]
    made: Machine = make_machine()
    return made


def rows(machine: Machine) -> dict[str, dict[str, object]]:
    ran = machine.run("hosts", "--json")
    assert ran.code == 0, ran
    return {row["host"]: row for row in map(json.loads, ran.out.splitlines())}


def test_every_host_has_a_row(machine: Machine) -> None:
    assert set(rows(machine)) == set(HOSTS)
    assert machine.run("hosts").out.splitlines()[0].split() == [
        "HOST", "FOUND", "VERSION", "INSTALLED", "ACTIVE", "LAST", "CALL",
    ]  # fmt: skip


def test_install_shows_in_the_table_and_goes_again(machine: Machine) -> None:
    assert rows(machine)["claude-code"]["installed"] == []
    ran = machine.run("hosts", "install", "claude-code")
    assert ran.code == 0, ran
    row = rows(machine)["claude-code"]
    assert (row["installed"], row["active"], row["last_call"]) == (["user"], True, "")
    again = machine.run("hosts", "install", "claude-code")
    assert "nothing to change" in again.out
    status = machine.run("hosts", "status", "claude-code")
    assert status.code == 0
    assert "exact" in status.out
    gone = machine.run("hosts", "uninstall")
    assert (gone.code, "taken out" in gone.out) == (0, True)
    assert not (machine.home / ".claude").exists()
    assert "nothing to take out" in machine.run("hosts", "uninstall").out


def test_a_dry_run_shows_the_change_and_writes_nothing(machine: Machine) -> None:
    ran = machine.run("hosts", "install", "claude-code", "--dry-run")
    assert ran.code == 0
    assert "+++ " in ran.out
    assert not (machine.home / ".claude").exists()


def test_managed_files_are_written_to_be_deployed(machine: Machine, tmp_path: Path) -> None:
    ran = machine.run(
        "hosts", "install", "claude-code", "--scope", "managed", "--to", str(tmp_path / "deploy")
    )
    assert ran.code == 0, ran
    (written,) = (path for path in (tmp_path / "deploy").rglob("*") if path.is_file())
    assert written.name == "managed-settings.json"
    assert str(machine.home) not in written.read_text(), "it must work on every machine"
    assert rows(machine)["claude-code"]["installed"] == []


def test_a_broken_settings_file_is_named_and_left_as_it_is(machine: Machine) -> None:
    settings = machine.home / ".claude/settings.json"
    settings.parent.mkdir()
    settings.write_text("{")
    ran = machine.run("hosts", "install", "claude-code")
    assert ran.code == 3
    assert str(settings) in ran.err
    assert settings.read_text() == "{"
    row = rows(machine)["claude-code"]
    assert (row["found"], row["active"]) == (True, False)
    assert machine.run("hosts", "status").code == 4


def test_a_package_is_written_and_goes_again(machine: Machine, tmp_path: Path) -> None:
    ran = machine.run("hosts", "install", "--package", "claude-code")
    assert (ran.code, "claude plugin install" in ran.out) == (0, True)
    folder = machine.home / ".local/state/agentic/packages/claude-code"
    assert (folder / ".claude-plugin/plugin.json").is_file()
    assert "taken out" in machine.run("hosts", "uninstall", "--package", "claude-code").out
    assert not folder.exists()
    ran = machine.run("hosts", "install", "--package", "gemini-cli", "--to", str(tmp_path / "out"))
    assert (ran.code, "to be deployed" in ran.out) == (0, True)
    assert (tmp_path / "out/gemini-cli/gemini-extension.json").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("install", "claude-cod"), "did you mean `claude-code`?"),
        (("uninstall", "nonsense"), "unknown host"),
        (("status", "claud"), "did you mean"),
        (("install", "claude-code", "--scope", "users"), "did you mean `user`?"),
        (("install", "claude-code", "--to", "/tmp/x"), "`--to` goes with `--scope managed`"),
        (("install", "claude-code", "--auto-reply", "yes"), "unknown auto reply"),
        (("install", "--package", "codex", "--role", "x"), "goes with `--to` alone"),
    ],
)
def test_wrong_words_get_one_line_and_help(
    machine: Machine, words: tuple[str, ...], said: str
) -> None:
    ran = machine.run("hosts", *words)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_without_any_host_it_says_how_to_name_one(machine: Machine) -> None:
    ran = machine.run("hosts", "install")
    assert ran.code == 5
    assert "agentic hosts install claude-code" in ran.err
