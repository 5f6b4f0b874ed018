"""Codex on a machine: hooks pinned by what the client tells, taken out without a trace, faults found.

A stand-in answers for the client's `app-server`; the real one does in tests/e2e/test_codex.py.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from agentic.errors import AgenticError, Unavailable
from agentic.hosts import codex, codex_trust, launcher
from agentic.hosts.codex_trust import pins, snake
from agentic.hosts.install import Request, install, uninstall
from agentic.hosts.interface import Ran
from tests.adapters.decided import payloads_of
from tests.hosts.own_hosts import HostMachine, new_host_machine

_CLIENT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import hashlib, json, os, re, sys
home = os.environ["CODEX_HOME"]
if sys.argv[1:] != ["app-server"]:
    print("codex-cli 0.169.0")
    sys.exit()
pinned = {{}}
if os.path.exists(home + "/config.toml"):
    import tomllib
    found = tomllib.load(open(home + "/config.toml", "rb"))
    pinned = found.get("hooks", {{}}).get("state", {{}})
hooks, path = [], home + "/hooks.json"
events = json.load(open(path))["hooks"] if os.path.exists(path) else {{}}
for event, groups in events.items():
    for number, group in enumerate(groups):
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", event).lower()
        text = json.dumps([event, group], sort_keys=True).encode()
        value = "sha256:" + hashlib.sha256(text).hexdigest()
        key = f"{{path}}:{{name}}:{{number}}:0"
        is_pinned = pinned.get(key, {{}}).get("trusted_hash") == value
        row = {{"key": key, "currentHash": value, "sourcePath": path, "enabled": True}}
        row.update(eventName=event[0].lower() + event[1:], command=group["hooks"][0]["command"])
        row["trustStatus"] = "trusted" if is_pinned else "untrusted"
        hooks.append(row)
for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("id") == 1:
        print(json.dumps({{"id": 1, "result": {{}}}}), flush=True)
    if asked.get("id") == 2:
        answer = {answer}
        print(json.dumps(answer), flush=True)
"""
_LISTED = '{"id": 2, "result": {"data": [{"hooks": hooks, "errors": [], "warnings": []}]}}'

THEIRS = {
    "description": "mine",
    "hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "x"}]}]},
}


class Codex(HostMachine):
    """A machine with a stand-in for the client on PATH."""

    @property
    def variables(self) -> dict[str, str]:
        found = super().variables
        return {**found, "PATH": f"{self.machine.home}/bin:{found['PATH']}"}

    @property
    def folder(self) -> Path:
        return self.machine.home / ".codex"

    @property
    def pins(self) -> dict[str, Any]:
        found = tomllib.loads((self.folder / "config.toml").read_text())
        state: dict[str, Any] = found["hooks"]["state"]
        return state

    def with_client(self, answer: str = _LISTED) -> Codex:
        path = self.machine.home / "bin/codex"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_CLIENT.format(python=sys.executable, answer=answer))
        path.chmod(0o755)
        return self


@pytest.fixture
def bare(tmp_path: Path) -> Codex:
    return Codex(*new_host_machine(tmp_path, "codex"))


@pytest.fixture
def here(bare: Codex) -> Codex:
    return bare.with_client()


def without_any_client(machine: Codex, monkeypatch: pytest.MonkeyPatch) -> Request:
    """A machine on whose PATH no client is, whatever this one has."""
    empty = machine.machine.home / "empty"
    empty.mkdir()
    monkeypatch.setattr(codex, "_APP_FOLDER", str(empty))
    request = machine.request()
    return request._replace(environment={**request.environment, "PATH": str(empty)})


def test_the_pins_are_what_the_client_tells_for_the_place_of_our_hooks(here: Codex) -> None:
    here.folder.mkdir()
    (here.folder / "hooks.json").write_text(json.dumps(THEIRS))
    here.write()
    path = here.folder / "hooks.json"
    assert set(here.pins) == {
        f"{path}:pre_tool_use:1:0",
        f"{path}:permission_request:0:0",
        f"{path}:post_tool_use:0:0",
        f"{path}:session_start:0:0",
    }
    assert all(pin["trusted_hash"].startswith("sha256:") for pin in here.pins.values())
    assert here.found("codex.trust") == {
        "Codex runs our hooks of scope user": "ok",
        "1 other hooks in Codex; theirs cannot undo a refusal": "ok",
    }
    assert not here.write()


def test_it_goes_without_a_trace(here: Codex) -> None:
    here.folder.mkdir()
    config = b'# mine\nmodel = "m"\n'
    (here.folder / "config.toml").write_bytes(config)
    (here.folder / "hooks.json").write_text(json.dumps(THEIRS))
    before = {path: path.read_bytes() for path in here.folder.iterdir()}
    assert here.install().is_changed
    assert (here.folder / "config.toml").read_bytes().startswith(config)
    here.uninstall()
    assert {path: path.read_bytes() for path in here.folder.iterdir()} == before


def test_what_was_changed_since_stays_and_only_our_pins_go(here: Codex) -> None:
    here.write()
    config = here.folder / "config.toml"
    config.write_text('# later\nmodel = "m"\n' + config.read_text())
    here.uninstall()
    assert config.read_text().strip() == '# later\nmodel = "m"'
    assert not (here.folder / "hooks.json").exists()


def test_other_options_are_pinned_anew(here: Codex) -> None:
    here.write()
    before = here.pins
    here.write(auto_reply="allow")
    assert set(here.pins) == set(before)
    assert here.pins != before
    assert here.found("codex.trust") == {"Codex runs our hooks of scope user": "ok"}


def test_without_the_client_nothing_is_written_that_it_would_skip(
    bare: Codex, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = without_any_client(bare, monkeypatch)
    with pytest.raises(Unavailable, match="skips a hook that it has not pinned") as caught:
        install(request)
    assert "--scope managed" in caught.value.help
    assert not bare.folder.exists()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("{'id': 2, 'error': 'no such method'}", "gave no list"),
        ("[]", "gave no list"),
        ("sys.exit(1)", "gave no list"),
        ("__import__('time').sleep(60)", "gave no list"),
        ("{'id': 2, 'result': {'data': []}}", "does not know the event"),
    ],
)
def test_a_client_that_does_not_tell_stops_everything(
    bare: Codex, answer: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.with_client(answer)
    monkeypatch.setattr(codex_trust, "_WAIT_S", 1)
    with pytest.raises(Unavailable, match=told):
        bare.install()
    assert not (bare.folder / "hooks.json").exists()


def test_where_the_client_is_gone_pins_count_as_they_are(
    here: Codex, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.write()
    request = without_any_client(here, monkeypatch)
    hooks, trust = request.files
    for file in (hooks, trust):
        assert file.edit.state(Path(file.path).read_bytes(), file.path) == "exact"
    levels = [row.level for row in codex.findings(request.target) if row.check == "codex.trust"]
    assert levels == ["warn"]
    uninstall(request)
    assert not (here.folder / "hooks.json").exists()


def test_a_hook_that_changed_is_found_and_pinned_again(here: Codex) -> None:
    here.write()
    path = here.folder / "hooks.json"
    path.write_text(path.read_text().replace('"timeout": 60', '"timeout": 61'))
    (told,) = here.found("codex.trust")
    assert "Codex skips 4 of our hooks" in told
    here.write()
    assert here.found("codex.trust") == {"Codex runs our hooks of scope user": "ok"}


@pytest.mark.parametrize(
    ("name", "text", "level", "told"),
    [
        ("config.toml", "[features]\nhooks = false\n", "fail", "switches agentic off"),
        ("config.toml", "[profiles.x.features]\nhooks = false\n", "fail", "profile `x`"),
        (
            "config.toml",
            'approval_policy = "never"\nsandbox_mode = "danger-full-access"\n',
            "warn",
            "the hook alone is left",
        ),
        ("config.toml", 'approvals_reviewer = "auto_review"\n', "warn", "lets a model answer"),
        ("config.toml", "a = = 1\n", "fail", "not valid TOML"),
    ],
)
def test_what_stands_against_us_is_found(
    here: Codex, name: str, text: str, level: str, told: str
) -> None:
    here.folder.mkdir()
    (here.folder / name).write_text(text)
    found = here.found("codex.switches")
    assert [found[message] for message in found if told in message] == [level]


def test_managed_hooks_only_without_ours_is_found(here: Codex, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "requirements.toml").write_text("allow_managed_hooks_only = true\n")
    target = here.request("managed", managed_dir=str(folder)).target
    told = [row.message for row in codex.findings(target) if row.level == "fail"]
    assert len(told) == 1
    assert "allow_managed_hooks_only" in told[0]
    here.write("managed", managed_dir=str(folder))
    assert not [row for row in codex.findings(target) if row.check == "codex.switches"]


def test_managed_hooks_are_named_by_nobody_and_go_again(here: Codex, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    here.write("managed", managed_dir=str(folder))
    text = (folder / "requirements.toml").read_text()
    found = tomllib.loads(text)
    assert found["features"]["hooks"] is True
    assert set(found["hooks"]) == set(codex.EVENTS)
    assert str(here.machine.home) not in text
    assert launcher.interpreter() not in text
    here.uninstall("managed", managed_dir=str(folder))
    assert not folder.exists()


def test_every_file_with_hooks_is_listed(here: Codex) -> None:
    listed = [file.path for file in codex.loaded_files(here.request().target)]
    for scope in codex.SCOPES:
        assert codex.hooks_path(here.request(scope).target) in listed
    assert str(here.machine.project / ".codex/config.toml") in listed


def test_the_command_is_one_simple_command_of_a_shell_of_its_own(here: Codex) -> None:
    """The client takes the user's shell, which may know neither `||` nor `$?`."""
    for scope in codex.SCOPES:
        for command in codex.commands(here.request(scope).target):
            assert command.startswith("exec /bin/sh -c '")
            assert "\n" not in command


@pytest.mark.parametrize(
    ("ran", "verdict"),
    [
        (Ran(0, b"", b""), "none"),
        (Ran(2, b"", b"[AGENT MODE: STOP]\n"), "deny"),
        (Ran(2, b"", b"agentic: blocked: broken\n"), "agentic: blocked: broken"),
        (Ran(2, b"", b""), "exit 2 without a reason, which lets the call run"),
        (Ran(1, b"", b"x"), "exit 1, which lets the call run"),
        (Ran(0, b"{}", b""), "{}"),
    ],
)
def test_the_verdict_is_the_clients(ran: Ran, verdict: str) -> None:
    assert codex.verdict(ran) == verdict


def test_the_clients_question_gets_the_answer_of_its_call(here: Codex) -> None:
    """It comes right after the call, without an id and with the model's reason."""
    here.install()
    asked = {**payloads_of("codex")["PreToolUse-Bash"], "cwd": str(here.machine.project)}
    for command, status in (("touch a", 0), ("git push --force origin main", 2)):
        call = {**asked, "tool_input": {"command": command}, "tool_use_id": command}
        question = {**call, "hook_event_name": "PermissionRequest"}
        question["tool_input"] = {"command": command, "description": "it must be"}
        del question["tool_use_id"]
        for payload in (call, question):
            ran = here.ask(payload)
            assert (ran.status, ran.stdout) == (status, b"")
    assert [record["mode"] for record in here.records("decision")] == ["AUTO", "STOP"]


def test_a_folder_of_a_call_is_no_workspace_of_its_own(here: Codex) -> None:
    """The model chooses it; what may be written is told by the folder of the session."""
    here.install()
    asked = payloads_of("codex")["PreToolUse-Bash"]
    elsewhere = here.machine.home / "elsewhere"
    elsewhere.mkdir()
    for folder, status in ((here.machine.project, 0), (elsewhere, 2)):
        given = {
            "cwd": str(folder),
            "tool_input": {"command": "touch x"},
            "tool_use_id": str(folder),
        }
        assert here.ask({**asked, **given}).status == status


def test_names_in_pins() -> None:
    assert [snake(event) for event in codex.EVENTS] == [
        "pre_tool_use",
        "permission_request",
        "post_tool_use",
        "session_start",
    ]
    assert pins({}, {"PreToolUse": {"a": 1}}, "/f", None, "") == {}


def test_the_version() -> None:
    assert codex.version_of(["codex-cli", "0.169.0"]) == "0.169.0"
    assert codex.version_of(["nothing"]) == ""


def test_a_hooks_file_that_is_not_json_stops_everything(here: Codex) -> None:
    here.folder.mkdir()
    (here.folder / "hooks.json").write_text("{ not json")
    with pytest.raises(AgenticError):
        here.install()
    assert os.listdir(here.folder) == ["hooks.json"]
