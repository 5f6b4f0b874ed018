"""Gemini CLI, Qwen Code and Copilot on a machine: what is written, proved, found and taken away again."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from agentic.errors import AgenticError
from agentic.hosts import copilot, gemini_cli, qwen_code
from agentic.hosts.clients import lacks_of
from agentic.hosts.gemini_rules import arguments_pattern
from agentic.hosts.host_health import Where, answer_findings, setting_findings
from agentic.hosts.install import Request, check_scope, hosts_found, install, preview, uninstall
from agentic.hosts.interface import Finding, Host, Ran, Target
from tests.hosts.machine import Machine, new_machine

HOSTS: tuple[Any, ...] = (gemini_cli, qwen_code, copilot)
#: What the clients themselves start a command with: no interpreter of ours, no user's profile.
SHELL = ("/bin/sh", "-c")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return new_machine(tmp_path)


@pytest.fixture(params=HOSTS, ids=[host.HOST for host in HOSTS])
def host(request: pytest.FixtureRequest) -> Any:
    return request.param


def variables(machine: Machine, **more: str) -> dict[str, str]:
    return {"HOME": str(machine.home), "PATH": os.environ["PATH"], **more}


def request_of(host: Host, machine: Machine, scope: Any = "user", **more: Any) -> Request:
    root = str(machine.project)
    return Request(host.HOST, scope, machine.places, root, variables(machine), **more)


def target_of(machine: Machine, scope: Any = "user", **more: str) -> Target:
    managed = str(machine.home / "etc")
    return Target(
        scope, str(machine.project), machine.places, variables(machine, **more), (), managed
    )


def found(host: Host, machine: Machine, **more: str) -> list[Finding]:
    return [f for f in host.findings(target_of(machine, **more)) if f.level != "ok"]


def test_every_scope_works_and_goes_without_a_trace(
    machine: Machine, host: Any, tmp_path: Path
) -> None:
    """What is written was tried before: installing runs the very command on two probes."""
    for scope in host.SCOPES:
        request = request_of(host, machine, scope, managed_dir=str(tmp_path / "etc"))
        before = sorted(str(path) for path in tmp_path.rglob("*") if ".local" not in str(path))
        assert install(request).is_changed
        assert not install(request).is_changed
        assert preview(request)[0].after == Path(request.files[0].path).read_bytes()
        assert uninstall(request).is_changed
        after = sorted(str(path) for path in tmp_path.rglob("*") if ".local" not in str(path))
        assert [path for path in after if "/ops" not in path] == before


def test_comments_and_other_hooks_stay_to_the_byte(machine: Machine, host: Any) -> None:
    path = Path(request_of(host, machine).files[0].path)
    path.parent.mkdir(parents=True)
    original = b'{\n  "hooks": {"Stop": []},  "a": 1}'
    if host is not copilot:
        original = b'{\n  // mine\n  "hooks": {"Stop": [],},\n  "a": 1 /* two */}'
    path.write_bytes(original)
    install(request_of(host, machine))
    assert b'"a": 1' in path.read_bytes()
    uninstall(request_of(host, machine))
    assert path.read_bytes() == original


def test_units_and_matchers(machine: Machine) -> None:
    """A time-out well above our own 25 s, in each host's unit; nothing that keeps a tool from us."""
    for host, key, value in (
        (gemini_cli, "timeout", 60_000),
        (qwen_code, "timeout", 60_000),
        (copilot, "timeoutSec", 60),
    ):
        for entry in host.entries(target_of(machine)).values():
            assert "matcher" not in entry
            assert entry.get("hooks", [entry])[0][key] == value


def test_a_committed_command_survives_the_clients_own_expansion(machine: Machine) -> None:
    """Gemini CLI replaces `$NAME` and `${NAME:-default}` in its settings before a shell sees them."""
    for host in (gemini_cli, qwen_code):
        install(request_of(host, machine, "project"))
        (command,) = host.commands(target_of(machine, "project"))
        assert "${" not in command
        expanded = command.replace("$HOME", str(machine.home))
        payload = host.probe("git status", "x").payload
        for text in (command, expanded):
            ran = subprocess.run(
                [*SHELL, text],
                input=payload,
                env=variables(machine),
                capture_output=True,
                check=False,
                cwd=machine.project,
            )
            assert host.verdict(Ran(ran.returncode, ran.stdout, ran.stderr)) in {"none", "allow"}


def test_doctor_is_content_after_installing(machine: Machine, host: Any) -> None:
    install(request_of(host, machine))
    where = Where(
        machine.places, str(machine.project), variables(machine), str(machine.home / "etc")
    )
    findings = [*setting_findings(where), *answer_findings(where)]
    own = [f for f in findings if f.check.startswith(host.HOST)]
    assert {f.level for f in own} == {"ok"}, own
    assert found(host, machine) == []


def test_a_host_is_known_by_its_folder(machine: Machine, host: Any) -> None:
    assert not host.is_used(machine.places, {})
    folder = Path(request_of(host, machine).files[0].path).parent
    (folder.parent if host is copilot else folder).mkdir()
    assert host.HOST in hosts_found(machine.places, {"PATH": "/nonexistent"})


def test_scopes_that_there_are_not(machine: Machine) -> None:
    for host in (gemini_cli, qwen_code):
        with pytest.raises(AgenticError, match="no settings of scope"):
            check_scope(host.HOST, "local")
    check_scope(copilot.HOST, "local")


def test_managed_settings_of_gemini_keep_hooks_on(machine: Machine, tmp_path: Path) -> None:
    request = request_of(gemini_cli, machine, "managed", managed_dir=str(tmp_path / "etc"))
    install(request)
    written = json.loads((tmp_path / "etc/settings.json").read_text())
    assert written["hooksConfig"] == {"enabled": True}


@pytest.mark.parametrize(
    ("pattern", "field", "given", "matches"),
    [
        ("git push --mirror*", "command", "git push --mirror origin", True),
        ("git push --mirror*", "command", "git push origin", False),
        ("rm -rf /", "command", "rm -rf /", True),
        ("rm -rf /", "command", "rm -rf /home/ada/x", False),
        ("*ops/audit.jsonl", "file_path", "/w/ops/audit.jsonl", True),
        ("*ops/audit.jsonl", "file_path", "/w/ops/audit.jsonl.md", False),
        ("*.agentic/*", "file_path", "a/.agentic/policy.yaml", True),
        ("*.agentic/*", "file_path", "a/xagentic/policy.yaml", False),
    ],
)
def test_a_pattern_in_the_words_of_geminis_policy_engine(
    pattern: str, field: str, given: str, matches: bool
) -> None:
    arguments = json.dumps({field: given, "content": "x"}, separators=(",", ":"))
    told = f'"{field}":"{arguments_pattern(pattern)}'
    assert bool(re.search(told, arguments)) is matches


def test_geminis_rules_are_a_policy_file(machine: Machine) -> None:
    file = gemini_cli.files(target_of(machine, "managed"))[1]
    rules = tomllib.loads(file.edit.applied(None, file.path).decode())["rule"]
    assert len(rules) > 20
    for rule in rules:
        assert rule["decision"] == "deny"
        assert 0 <= rule["priority"] <= 999
        re.compile(rule.get("commandRegex") or rule["argsPattern"])
    assert file.path.endswith("/policies/agentic.toml")


@pytest.mark.parametrize(
    ("ran", "verdict"),
    [
        (Ran(0, b"", b""), "none"),
        (Ran(2, b"", b"[AGENT MODE: STOP]\n..."), "deny"),
        (Ran(2, b"", b"agentic: blocked: x"), "agentic: blocked: x"),
        (Ran(2, b"", b""), "exit 2 without a reason"),
        (Ran(1, b"", b"Traceback"), "exit 1: Traceback"),
        (Ran(0, b"noise", b""), "noise"),
    ],
)
def test_the_verdict_is_what_the_client_makes_of_it(ran: Ran, verdict: str) -> None:
    assert gemini_cli.verdict(ran) == verdict
    assert qwen_code.verdict(ran) == verdict
    if verdict != "deny":
        assert copilot.verdict(ran) == verdict


def test_copilots_verdict_wants_a_reason_for_the_model() -> None:
    told = b'{"permissionDecision":"deny","permissionDecisionReason":"x"}'
    assert copilot.verdict(Ran(2, told, b"[AGENT MODE: STOP]")) == "deny"
    assert copilot.verdict(Ran(2, b"", b"[AGENT MODE: STOP]")).startswith("refused without")
    assert copilot.verdict(Ran(0, told, b"")) != "deny"
    assert copilot.verdict(Ran(0, b'{"permissionDecision":"allow"}', b"")) == "allow"


def write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))


#: host, file below the home, what it holds, the check that finds it, its level
AGAINST_US: list[tuple[Any, str, object, str, str]] = [
    (gemini_cli, "churn/.gemini/settings.json", {"hooksConfig": {"enabled": False}}, "switches", "fail"),
    (gemini_cli, ".gemini/settings.json", {"hooksConfig": {"disabled": ["agentic"]}}, "switches", "fail"),
    (gemini_cli, ".gemini/settings.json", {"tools": {"allowed": ["run_shell_command"]}}, "bypass", "warn"),
    (gemini_cli, ".gemini/settings.json", {"general": {"defaultApprovalMode": "yolo"}}, "bypass", "warn"),
    (gemini_cli, "churn/.gemini/settings.json", "{ not json", "settings", "fail"),
    (gemini_cli, "etc/settings.json", "[]", "settings", "fail"),
    (qwen_code, "churn/.qwen/settings.json", {"disableAllHooks": True}, "switches", "fail"),
    (qwen_code, ".qwen/settings.json", {"tools": {"approvalMode": "yolo"}}, "bypass", "warn"),
    (qwen_code, ".qwen/settings.json", {"permissions": {"allow": ["ShellTool"]}}, "bypass", "warn"),
    (qwen_code, ".qwen/settings.json", "{", "settings", "fail"),
    (copilot, "churn/.github/copilot/settings.json", {"disableAllHooks": True}, "switches", "fail"),
    (copilot, "churn/.github/hooks/x.json", {"disableAllHooks": True}, "switches", "fail"),
    (copilot, "churn/.claude/settings.json", {"disableAllHooks": True}, "switches", "fail"),
    (copilot, "etc/x.json", "{ broken", "settings", "fail"),
    (copilot, "churn/.vscode/settings.json", {"chat.useHooks": False}, "editor", "warn"),
    (
        copilot,
        "churn/.vscode/settings.json",
        {"chat.hookFilesLocations": {".github/hooks": False}},
        "editor",
        "warn",
    ),
    (
        copilot,
        "churn/.vscode/settings.json",
        {"chat.tools.terminal.autoApprove": {"rm": True}},
        "editor",
        "warn",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("host", "path", "value", "check", "level"), AGAINST_US)
def test_what_stands_against_us_is_found(
    machine: Machine, host: Any, path: str, value: object, check: str, level: str
) -> None:
    assert found(host, machine) == []
    write(machine.home / path, value)
    (finding,) = found(host, machine)
    assert (finding.check, finding.level) == (f"{host.HOST}.{check}", level)
    assert finding.help


@pytest.mark.parametrize(
    ("host", "variable", "value"),
    [
        (gemini_cli, "GEMINI_CLI_SYSTEM_SETTINGS_PATH", "/x"),
        (qwen_code, "QWEN_CODE_SYSTEM_SETTINGS_PATH", "/x"),
        (copilot, "COPILOT_ALLOW_ALL", "true"),
    ],
)
def test_variables_that_stand_against_us(
    machine: Machine, host: Any, variable: str, value: str
) -> None:
    (finding,) = found(host, machine, **{variable: value})
    assert f"`{variable}`" in finding.message


def test_others_may_not_write_what_a_host_loads(machine: Machine, host: Any) -> None:
    install(request_of(host, machine))
    path = Path(request_of(host, machine).files[0].path)
    path.chmod(path.stat().st_mode | stat.S_IWOTH)
    assert [f.check for f in found(host, machine)] == [f"{host.HOST}.permissions"]


@pytest.mark.parametrize(
    ("host", "path", "trusted"),
    [
        (gemini_cli, ".gemini/trustedFolders.json", {"ROOT": "TRUST_FOLDER"}),
        (copilot, ".copilot/config.json", {"trusted_folders": ["ROOT"]}),
    ],
)
def test_a_project_alone_needs_the_clients_trust(
    machine: Machine, host: Any, path: str, trusted: Any
) -> None:
    install(request_of(host, machine, "project"))
    assert [f.check for f in found(host, machine)] == [f"{host.HOST}.trust"]
    write(machine.home / path, json.dumps(trusted).replace("ROOT", str(machine.project)))
    assert found(host, machine) == []
    (machine.home / path).unlink()
    install(request_of(host, machine))
    assert found(host, machine) == []


def test_a_policy_file_that_others_may_write_is_ignored_by_copilot(machine: Machine) -> None:
    request = request_of(copilot, machine, "managed", managed_dir=str(machine.home / "etc"))
    install(request)
    path = machine.home / "etc/agentic.json"
    path.chmod(0o664)
    assert [f.check for f in found(copilot, machine)] == ["copilot.managed"]
    path.chmod(0o644)
    assert found(copilot, machine) == []


def test_every_file_that_is_loaded_is_listed(machine: Machine) -> None:
    write(machine.home / ".gemini/extensions/x/hooks/hooks.json", {})
    write(machine.home / ".copilot/hooks/other.json", {})
    paths = {
        host.HOST: [file.path for file in host.loaded_files(target_of(machine))] for host in HOSTS
    }
    assert f"{machine.home}/.gemini/extensions/x/hooks/hooks.json" in paths["gemini-cli"]
    assert f"{machine.home}/.copilot/hooks/other.json" in paths["copilot"]
    for host in HOSTS:
        for scope in host.SCOPES:
            assert host.files(target_of(machine, scope))[0].path in paths[host.HOST]
    owners = [f.owner for f in copilot.loaded_files(target_of(machine)) if "/.claude/" in f.path]
    assert owners == ["claude-code", "claude-code"]


@pytest.mark.parametrize(
    ("host", "said", "version", "lacks"),
    [
        (gemini_cli, "0.61.0", "0.61.0", 0),
        (gemini_cli, "0.60.9", "0.60.9", 1),
        (qwen_code, "0.24.4", "0.24.4", 0),
        (qwen_code, "0.15.10", "0.15.10", 1),
        (qwen_code, "0.15.9", "0.15.9", 2),
        (copilot, "GitHub Copilot CLI 1.0.102.\nRun 'copilot update'.", "1.0.102", 0),
        (copilot, "1.0.35", "1.0.35", 1),
        (copilot, "", "", 0),
    ],
)
def test_versions(host: Any, said: str, version: str, lacks: int) -> None:
    assert host.version_of(said.split()) == version
    assert len(lacks_of(host, version)) == lacks
