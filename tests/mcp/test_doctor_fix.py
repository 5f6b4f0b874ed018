"""Mending configurations: comments kept, idempotent, secrets hidden in diffs, taken back to the byte."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from agentic.errors import Unavailable
from agentic.hosts.launcher import write_atomically
from agentic.json_text import parsed, without_comments
from agentic.mcp.doctor_fix import Mended, behind_gateway, mended, shown_diff
from agentic.mcp.doctor_secrets import secrets_of
from agentic.mcp.doctor_store import apply, taken_back
from tests.mcp.doctor_scene import TOKEN, Machine

PROJECT = """{
  // ours
  "mcpServers": {
    "kubernetes": {
      "command": "npx", /* from npm */
      "args": ["-y", "kubernetes-mcp-server@0.0.67", "--insecure"],
      "env": {"TOKEN": "%s", "NODE_TLS_REJECT_UNAUTHORIZED": "0"},
      "trust": true,
    },
    "cline": {"command": "x", "autoApprove": ["get_a", "delete_a", "mark"], "args": []},
  },
}
""".replace("%s", TOKEN)

CODEX = """# mine
[mcp_servers.kubernetes]  # the cluster
command = "npx"
args = ["-y", "kubernetes-mcp-server@0.0.67"]  # pinned
env = { TOKEN = "%s", MODE = "fast" }
""".replace("%s", TOKEN)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.file("work/.mcp.json", PROJECT)
    made.file(".codex/config.toml", CODEX)
    return made


def fixes(machine: Machine, *, gateway: bool = False) -> dict[str, Mended]:
    findings = [*machine.findings(), *(behind_gateway(machine.scene()) if gateway else ())]
    return {os.path.basename(file.path): file for file in mended(findings)}


def value_of(data: bytes) -> dict[str, dict[str, dict[str, object]]]:
    value: dict[str, dict[str, dict[str, object]]] = parsed(
        without_comments(data.decode()), "x"
    ).value
    return value


def test_json_is_mended_in_place(machine: Machine) -> None:
    after = fixes(machine)[".mcp.json"].after
    servers = value_of(after)["mcpServers"]
    assert servers["kubernetes"] == {
        "command": "npx",
        "args": ["-y", "kubernetes-mcp-server@0.0.67", "--read-only"],
        "env": {"TOKEN": "${TOKEN}"},
        "trust": False,
    }
    assert servers["cline"]["autoApprove"] == ["get_a"]
    assert b"// ours" in after
    assert b"/* from npm */" in after


def test_toml_is_mended_with_its_comments(machine: Machine) -> None:
    after = fixes(machine)["config.toml"].after.decode()
    assert tomllib.loads(after)["mcp_servers"]["kubernetes"] == {
        "command": "npx",
        "args": ["-y", "kubernetes-mcp-server@0.0.67", "--read-only"],
        "env": {"MODE": "fast"},
        "env_vars": ["TOKEN"],
    }
    assert all(comment in after for comment in ("# mine", "# the cluster", "# pinned"))


@pytest.mark.parametrize("gateway", [False, True])
def test_mending_twice_is_mending_once(machine: Machine, gateway: bool) -> None:
    for file in fixes(machine, gateway=gateway).values():
        Path(file.path).write_bytes(file.after)
    assert fixes(machine, gateway=gateway) == {}


def test_servers_go_behind_the_gateway_after_they_are_mended(machine: Machine) -> None:
    machine.file(
        "work/opencode.json",
        {"mcp": {"Our DB": {"type": "local", "command": ["uvx", "x"], "environment": {"A": "b"}}}},
    )
    machine.file("work/.kiro/settings/mcp.json", {"mcpServers": {"bare": {"command": "bare"}}})
    files = fixes(machine, gateway=True)
    servers = value_of(files[".mcp.json"].after)["mcpServers"]
    assert servers["kubernetes"]["command"] == "agentic"
    assert servers["kubernetes"]["args"] == [
        *("mcp", "gateway", "--name", "kubernetes", "--env", "TOKEN"),
        *("--env", "NODE_TLS_REJECT_UNAUTHORIZED", "--", "npx", "-y"),
        *("kubernetes-mcp-server@0.0.67", "--read-only"),
    ]
    assert value_of(files["opencode.json"].after)["mcp"]["Our DB"]["command"] == [
        *("agentic", "mcp", "gateway", "--name", "our-db", "--env", "A", "--", "uvx", "x")
    ]
    bare = value_of(files["mcp.json"].after)["mcpServers"]["bare"]
    assert bare == {
        "command": "agentic",
        "args": ["mcp", "gateway", "--name", "bare", "--", "bare"],
    }
    toml = tomllib.loads(files["config.toml"].after.decode())["mcp_servers"]["kubernetes"]
    assert toml["command"] == "agentic"
    assert toml["args"][-4:] == ["npx", "-y", "kubernetes-mcp-server@0.0.67", "--read-only"]


def test_a_diff_shows_no_secret(machine: Machine) -> None:
    machine.file("work/.cursor/mcp.json", {"mcpServers": {"x": {"command": "x", "trust": True,
        "env": {"MY_PASSWORD": "correct-horse"}, "args": ["--api-key", "s3cr3t-k3y"]}}})  # fmt: skip
    hidden = secrets_of(machine.scene())
    shown = "".join(shown_diff(file, hidden) for file in fixes(machine).values())
    assert "***" in shown
    for secret in (TOKEN, "correct-horse", "s3cr3t-k3y"):
        assert secret not in shown


def test_a_diff_cannot_move_the_cursor(tmp_path: Path) -> None:
    file = Mended("/x", b'{"a": "\x1b[2J"}', b'{"b": "\x1b]0;t\x07"}')
    assert "\x1b" not in shown_diff(file, ())


def test_what_is_written_is_taken_back_to_the_byte(machine: Machine, tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    before = {file.path: file.before for file in fixes(machine).values()}
    for file in fixes(machine).values():
        apply(file, state, write_atomically)
    # A second mending keeps the first original.
    for file in fixes(machine, gateway=True).values():
        apply(file, state, write_atomically)
    assert all(Path(path).read_bytes() != data for path, data in before.items())
    records = list((tmp_path / "state/mcp/mended").iterdir())
    assert {oct(record.stat().st_mode & 0o777) for record in records} == {"0o600"}
    assert [why for _, why in taken_back(state, write_atomically)] == ["", ""]
    assert {path: Path(path).read_bytes() for path in before} == before
    assert list(taken_back(state, write_atomically)) == []


def test_what_a_person_changed_since_stays(machine: Machine, tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    file = fixes(machine)[".mcp.json"]
    apply(file, state, write_atomically)
    Path(file.path).write_text("{}")
    assert list(taken_back(state, write_atomically)) == [(file.path, "it has changed since")]
    assert Path(file.path).read_text() == "{}"


def test_a_file_that_changed_meanwhile_is_not_written(machine: Machine, tmp_path: Path) -> None:
    file = fixes(machine)[".mcp.json"]
    Path(file.path).write_text("{}")
    with pytest.raises(Unavailable, match="changed meanwhile"):
        apply(file, str(tmp_path / "state"), write_atomically)
    assert Path(file.path).read_text() == "{}"


def test_a_link_stays_a_link_and_modes_stay(machine: Machine, tmp_path: Path) -> None:
    path = machine.root / ".mcp.json"
    real = tmp_path / "dotfiles.json"
    path.rename(real)
    path.symlink_to(real)
    real.chmod(0o640)
    apply(fixes(machine)[".mcp.json"], str(tmp_path / "state"), write_atomically)
    assert path.is_symlink()
    assert b"--read-only" in real.read_bytes()
    assert real.stat().st_mode & 0o777 == 0o640


def test_the_right_to_write_is_taken_from_others(machine: Machine, tmp_path: Path) -> None:
    path = machine.file("work/.cursor/mcp.json", {"mcpServers": {}})
    path.chmod(0o666)
    file = fixes(machine)["mcp.json"]
    assert (file.before, file.takes_write_from_others) == (file.after, True)
    assert shown_diff(file, ()) == f"chmod o-w {path}\n"
    apply(file, str(tmp_path / "state"), write_atomically)
    assert path.stat().st_mode & 0o777 == 0o664
    assert json.loads(path.read_text()) == {"mcpServers": {}}
