"""OpenCode, Cline and Kiro on a machine: what installing writes, proves, finds and takes away again."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agentic.authoring.build import shipped_documents
from agentic.authoring.compile import compile_policy
from agentic.errors import AgenticError, CheckFailed
from agentic.hosts import cline, kiro, opencode, second_line
from agentic.hosts.install import Request, install, probe, uninstall
from agentic.hosts.interface import COLUMNS, Ran
from agentic.hosts.opencode_config import ConfigPart
from agentic.hosts.registry import HOSTS
from agentic.shipped import shipped_folder
from tests.hosts.machine import Machine, new_machine

OURS = ("opencode", "cline", "kiro")
SCOPES = [(host, scope) for host in OURS for scope in HOSTS[host].SCOPES if scope != "managed"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return new_machine(tmp_path)


def request(machine: Machine, host: str, scope: Any = "user", **more: Any) -> Request:
    variables = {"HOME": str(machine.home), "PATH": os.environ["PATH"]}
    return Request(host, scope, machine.places, str(machine.project), variables, **more)


def tree(folder: Path) -> list[str]:
    return sorted(
        str(path)
        for path in folder.rglob("*")
        if "/.git/" not in str(path) and "/ops" not in str(path)
    )


@pytest.mark.parametrize(("host", "scope"), SCOPES)
def test_every_scope_is_proved_and_goes_without_a_trace(
    machine: Machine, host: str, scope: str
) -> None:
    before = tree(machine.project), tree(machine.home)
    wanted = request(machine, host, scope)
    assert install(wanted).is_changed
    for file in wanted.files:
        assert Path(file.path).exists()
        if file.mode:
            assert Path(file.path).stat().st_mode & 0o777 == file.mode
    assert not install(wanted).is_changed
    command = HOSTS[host].commands(wanted.target)[0]
    probe(HOSTS[host], command, wanted.environment)
    assert uninstall(wanted).is_changed
    kept = [
        path
        for path in tree(machine.home)
        if "/.local" not in path and "/.config/agentic" not in path
    ]
    assert (tree(machine.project), kept) == (before[0], [p for p in before[1] if p in kept])


@pytest.mark.parametrize("host", OURS)
def test_a_committed_file_names_nobody(machine: Machine, host: str) -> None:
    wanted = request(machine, host, "project")
    install(wanted)
    for file in wanted.files:
        assert str(machine.home).encode() not in Path(file.path).read_bytes()
    stranger = {"HOME": "/nonexistent", "PATH": os.environ["PATH"]}
    command = HOSTS[host].commands(wanted.target)[0]
    payload = HOSTS[host].probe("git status", "c1").payload
    ran = subprocess.run(
        ["/bin/sh", "-c", command], input=payload, env=stranger, capture_output=True, check=False
    )
    told = HOSTS[host].verdict(Ran(ran.returncode, ran.stdout, ran.stderr))
    assert "pipx install agentic-governance" in told


@pytest.mark.parametrize("host", OURS)
def test_a_hook_that_lets_everything_through_is_found(machine: Machine, host: str) -> None:
    harmless = {
        "opencode": 'echo \'{"decision":"none"}\'',
        "cline": "echo '{\"cancel\":false}'",
        "kiro": "exit 0",
    }[host]
    with pytest.raises(CheckFailed, match="is refused"):
        probe(HOSTS[host], harmless, {"PATH": os.environ["PATH"]})


@pytest.mark.parametrize("host", OURS)
def test_each_cell_of_the_table_is_filled(host: str) -> None:
    cells = HOSTS[host].CELLS
    assert set(cells) == set(COLUMNS)
    assert all(cell.text and cell.source and cell.date for cell in cells.values())


@pytest.mark.parametrize(
    ("host", "ran", "verdict"),
    [
        ("opencode", Ran(0, b'{"decision":"none"}\n', b""), "none"),
        ("opencode", Ran(0, b'{"decision":"deny","reason":"x"}\n', b""), "deny"),
        ("opencode", Ran(1, b'{"decision":"allow"}\n', b""), '{"decision":"allow"}\n'),
        ("opencode", Ran(0, b"", b""), "exit 0 without an answer"),
        ("opencode", Ran(2, b"", b"why\n"), "why"),
        ("cline", Ran(0, b'{"cancel":false}', b""), "none"),
        ("cline", Ran(0, b'{"cancel":true,"errorMessage":"[AGENT MODE: STOP]"}', b""), "deny"),
        ("cline", Ran(0, b'{"cancel":true,"errorMessage":"exit 7"}', b""), "exit 7"),
        ("cline", Ran(0, b'hi {"cancel":true}', b""), 'hi {"cancel":true}'),
        ("cline", Ran(2, b"", b"why"), "exit 2 without a document"),
        ("kiro", Ran(0, b"", b""), "none"),
        ("kiro", Ran(2, b"", b"[AGENT MODE: STOP]"), "deny"),
        ("kiro", Ran(2, b"", b"agentic: blocked: x"), "agentic: blocked: x"),
        ("kiro", Ran(1, b"", b""), "exit 1"),
    ],
)
def test_what_each_client_makes_of_a_reply(host: str, ran: Ran, verdict: str) -> None:
    assert HOSTS[host].verdict(ran) == verdict


def test_versions() -> None:
    assert opencode.version_of(["1.18.33"]) == "1.18.33"
    assert cline.version_of(["3.0.65"]) == "3.0.65"
    assert kiro.version_of(["kiro-cli", "3.0.1"]) == "3.0.1"
    assert opencode.version_of([]) == cline.version_of([]) == kiro.version_of(["kiro"]) == ""


# --- Cline's file answers whatever becomes of the hook


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo '{\"cancel\":false}'", {"cancel": False}),
        ("exit 7", {"cancel": True, "errorMessage": "agentic: the guard did not answer (exit 7)"}),
        ("kill -9 $$", {"cancel": True}),
        ("true", {"cancel": True}),
        ("echo noise; echo '{\"cancel\":false}'", {"cancel": True}),
        ("echo '{\"cancel\":false}'; exit 1", {"cancel": True}),
        ("echo 'it \"said\" `this` $(that) \\\\' >&2; exit 2",
         {"cancel": True, "errorMessage": "it said this (that)  (exit 2)"}),
    ],
)  # fmt: skip
def test_the_hook_file_prints_one_document(command: str, expected: dict[str, Any]) -> None:
    text = cline.script(
        f"sh -c {json.dumps(command)!r}" if "kill" in command else command, can_block=True
    )
    ran = subprocess.run(["/bin/sh", "-c", text], input=b"{}", capture_output=True, check=False)
    assert ran.returncode == 0
    assert expected.items() <= json.loads(ran.stdout).items(), ran


# --- the rules behind OpenCode's plugin


def rules_in(data: bytes | None) -> Any:
    return json.loads(data or b"{}").get("permission")


PART = ConfigPart({"bash": {"rm -rf /": "deny", "mkfs*": "deny"}, "edit": {"*.agentic/*": "deny"}})


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"permission": "ask"}',
        '{"permission": {"bash": "ask"}}',
        '{"permission": {"*": "allow", "bash": {"*": "ask", "git *": "allow"}}}',
        '{"permission": {"bash": {"rm -rf /": "deny", "*": "allow"}}}',
        '{\n  // mine\n  "model": "x",\n  "permission": {\n    "edit": "allow", // careful\n  },\n}\n',
    ],
)
def test_ours_are_the_last_rules_and_others_stay(text: str) -> None:
    applied = PART.applied(text.encode(), "opencode.json")
    assert PART.state(applied, "opencode.json") == "exact"
    assert PART.applied(applied, "opencode.json") == applied
    for comment in ("// mine", "// careful"):
        assert (comment in text) == (comment.encode() in applied)
    back = PART.removed(applied, b"", "opencode.json")
    assert back is not None
    assert PART.state(back, "opencode.json") == "absent"
    if "git *" in text:
        assert json.loads(back) == json.loads(text)


def test_a_rule_that_would_count_after_ours_is_found() -> None:
    applied = PART.applied(b"{}", "o")
    found = json.loads(applied)
    found["permission"]["bash"]["rm -rf /"] = found["permission"]["bash"].pop("rm -rf /")
    found["permission"]["bash"]["*"] = "allow"
    assert PART.state(json.dumps(found).encode(), "o") == "changed"
    found = json.loads(applied)
    found["permission"]["*"] = "allow"
    assert PART.state(json.dumps(found).encode(), "o") == "changed"


@pytest.mark.parametrize(
    "text",
    [b'{"permission": {"bash": {"x": "deny"}, "*": "allow"}}', b'{"permission": 5}', b"[]", b"{", b"\xff",
     b'{"permission": {"bash": 5}}'],
)  # fmt: skip
def test_a_configuration_that_cannot_be_edited_is_left(text: bytes) -> None:
    with pytest.raises(AgenticError):
        PART.applied(text, "opencode.json")


def test_the_file_that_the_client_touched_goes_away_again() -> None:
    applied = PART.applied(None, "o")
    assert json.loads(applied)["$schema"]
    assert PART.removed(applied, None, "o") is None


def test_every_candidate_is_stopped_by_the_shipped_policy() -> None:
    policy = compile_policy(shipped_documents(shipped_folder("policies")))
    rules = second_line.rules_of(policy)
    wanted = {name: set(patterns) for name, patterns in second_line.CANDIDATES.items()}
    assert {name: set(patterns) for name, patterns in rules.items()} == wanted
    assert not second_line.is_stopped(policy, "bash", ["git status"])
    assert not second_line.is_stopped(policy, "bash", ["reboot", "git status"])
    assert not second_line.is_stopped(policy, "edit", ["src/a.py"])


# --- what stands against us


def found(host: str, machine: Machine, **variables: str) -> dict[str, list[str]]:
    target = request(machine, host).target
    target = target._replace(environment={"PATH": "/nonexistent", **variables})
    said: dict[str, list[str]] = {}
    for finding in HOSTS[host].findings(target):
        said.setdefault(finding.check, []).append(f"{finding.level}: {finding.message}")
    return said


def test_opencode_switches_plugins_and_agents_are_found(machine: Machine) -> None:
    install(request(machine, "opencode"))
    assert "opencode.switches" not in found("opencode", machine)
    told = found("opencode", machine, OPENCODE_PURE="1", OPENCODE_PERMISSION="{}")
    assert len(told["opencode.switches"]) == 2
    folder = machine.project / ".opencode/plugins"
    folder.mkdir(parents=True)
    (folder / "x.ts").write_text("export {}")
    (machine.project / "opencode.json").write_text(
        json.dumps({"plugin": ["evil@1"], "agent": {"build": {"permission": {"bash": "allow"}}}})
    )
    told = found("opencode", machine)
    assert "2 other plugins" in told["opencode.plugins"][0]
    assert "agent `build`" in told["opencode.rules"][0]
    (machine.project / "opencode.json").write_text("{")
    assert "not valid" in found("opencode", machine)["opencode.switches"][0]


def test_files_that_others_may_write_are_found(machine: Machine) -> None:
    install(request(machine, "opencode"))
    plugin = machine.home / ".config/opencode/plugin/agentic.js"
    assert "opencode.permissions" not in found("opencode", machine)
    plugin.chmod(0o666)
    assert "mode 0666" in found("opencode", machine)["opencode.permissions"][0]


def test_cline_files_that_do_not_run_are_found(machine: Machine) -> None:
    install(request(machine, "cline"))
    assert "cline.hooks" not in found("cline", machine)
    file = machine.home / "Documents/Cline/Hooks/PreToolUse"
    file.chmod(0o644)
    assert "not executable" in found("cline", machine)["cline.hooks"][0]
    file.with_name("PreToolUse.py").write_text("#!/bin/sh\n")
    assert "1 other hook files" in found("cline", machine)["cline.hooks"][1]


def test_kiro_files_that_do_not_load_are_found(machine: Machine) -> None:
    install(request(machine, "kiro"))
    assert "kiro.hooks" not in found("kiro", machine)
    agents = machine.home / ".kiro/agents"
    agents.mkdir()
    (agents / "all.json").write_text('{"allowedTools": ["shell", "read"]}')
    assert "`shell`" in found("kiro", machine)["kiro.rules"][0]
    (machine.home / ".kiro/hooks/x.json").write_text("{")
    assert "ignores it" in found("kiro", machine)["kiro.hooks"][0]
