"""`agentic mcp doctor` as a person runs it: answers, exit codes, and mending at a terminal alone."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from agentic.mcp.capabilities import (
    CAPABILITIES,
    SURFACES,
    lacking,
    markdown,
    needs_of,
    page_of,
    standing_of,
)
from tests.mcp.doctor_scene import TOKEN, Machine

BAD = {"kubernetes": {"command": "npx", "args": ["kubernetes-mcp-server"], "env": {"T": TOKEN}}}
GOOD = {
    "kubernetes": {"command": "npx", "args": ["kubernetes-mcp-server@0.0.67", "--read-only"]},
}


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def run(machine: Machine, *arguments: str, typed: str | None = None) -> Ran:
    """The command in the machine's workspace; with `typed` its input is a terminal where that is typed."""
    environment = {"HOME": str(machine.home), "PATH": os.environ["PATH"], "TERM": "dumb"}
    command = [sys.executable, "-m", "agentic.cli.main", "mcp", "doctor", *arguments]
    main, terminal = pty.openpty() if typed is not None else (-1, -1)
    try:
        if typed is not None:
            os.write(main, typed.encode())
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL if typed is None else terminal,
            capture_output=True,
            cwd=machine.root,
            env=environment,
            timeout=60,
            check=False,
            text=True,
        )
    finally:
        for descriptor in (main, terminal):
            if descriptor >= 0:
                os.close(descriptor)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    (made.root / ".git").mkdir()
    return made


def test_findings_are_told_with_their_place_and_way(machine: Machine) -> None:
    path = machine.project(BAD)
    done = run(machine)
    assert (done.code, done.err) == (4, "")
    assert f"FAIL  {path}:9: `env.T` of `kubernetes` holds a literal github-token" in done.out
    assert "help: revoke it, then keep it in your environment" in done.out
    assert "`npx …@1.2.3`" in done.out
    assert "1 fail, 2 warnings, 1 notes; `agentic mcp doctor --fix` can mend 2" in done.out
    assert TOKEN not in done.out


def test_a_sound_configuration_is_exit_0(machine: Machine) -> None:
    machine.project(GOOD)
    done = run(machine)
    assert done.code == 0
    assert "0 fail, 0 warnings" in done.out


def test_json_holds_servers_then_findings_and_no_value(machine: Machine) -> None:
    machine.project(BAD)
    done = run(machine, "--json")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert rows[0]["server"]["environment"] == [{"name": "T", "literal": True}]
    assert rows[1]["finding"]["code"] == "mcp.literal-secret"
    assert TOKEN not in done.out


def test_hosts_and_files_narrow_it_down(machine: Machine) -> None:
    machine.project(BAD)
    other = machine.file("elsewhere/mcp.json", {"mcpServers": GOOD})
    assert run(machine, "--host", "cursor").code == 0
    assert run(machine, str(other)).code == 0
    assert run(machine, "--host", "claude-code").code == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--host", "curser"], "did you mean `cursor`?"),
        (["nowhere.json"], "there is no file `nowhere.json`"),
        (["--yes"], "go with `--fix`"),
        (["--manifest", "nowhere.yaml"], "there is no manifest `nowhere.yaml`"),
    ],
)
def test_a_wrong_command_line_is_exit_2(machine: Machine, arguments: list[str], told: str) -> None:
    done = run(machine, *arguments)
    assert done.code == 2
    assert told in done.err


def test_what_skills_of_the_manifest_need_is_looked_for(machine: Machine) -> None:
    machine.project(GOOD)
    machine.file(
        "work/.agentic/instructions/manifest.yaml",
        "version: 1\nskills:\n  - id: drift\n    requires_mcp: [prometheus, kubernetes]\n",
    )
    done = run(machine)
    assert "no host has the server `prometheus`, which `drift` needs [mcp.missing]" in done.out
    assert "server `kubernetes`, which" not in done.out


def test_a_layer_that_nobody_trusts_does_not_end_the_warning(machine: Machine) -> None:
    machine.project({"crm": {"command": "/usr/bin/crm"}})
    assert "policy knows no tools of `crm`" in run(machine).out
    machine.file(
        "work/.agentic/crm.yaml",
        "version: 1\nmcp_tools:\n  - {tool: 'crm/*', kind: mcp.read, because: it only reads}\n",
    )
    assert "policy knows no tools of `crm`" in run(machine).out


def test_without_a_terminal_nothing_is_written(machine: Machine) -> None:
    path = machine.project(BAD)
    before = path.read_bytes()
    done = run(machine, "--fix", "--yes")
    assert (done.code, path.read_bytes()) == (2, before)
    assert "a person's decision" in done.err
    dry = run(machine, "--fix", "--dry-run")
    assert (dry.code, path.read_bytes()) == (4, before)
    assert '+        "T": "${T}"' in dry.out
    assert TOKEN not in dry.out
    assert run(machine, "--undo").code == 2


def test_at_a_terminal_it_asks_writes_and_takes_back(machine: Machine) -> None:
    path = machine.project(BAD)
    before = path.read_bytes()
    refused = run(machine, "--fix", typed="n\n")
    assert "nothing was written" in refused.out
    assert path.read_bytes() == before
    done = run(machine, "--fix", typed="y\n")
    assert done.code == 0
    assert json.loads(path.read_text())["mcpServers"]["kubernetes"] == {
        "command": "npx",
        "args": ["kubernetes-mcp-server", "--read-only"],
        "env": {"T": "${T}"},
    }
    again = run(machine, "--fix", "--yes", typed="")
    assert "nothing that can be mended here" in again.out
    assert "is as it was" in run(machine, "--undo", typed="").out
    assert path.read_bytes() == before


def test_a_file_changed_since_is_not_taken_back(machine: Machine) -> None:
    path = machine.project(BAD)
    run(machine, "--fix", "--yes", typed="")
    machine.project(GOOD)
    done = run(machine, "--undo", typed="")
    assert done.code == 4
    assert "is not taken back: it has changed since" in done.out
    assert b"0.0.67" in path.read_bytes()


# Capabilities


def test_the_table_of_capabilities_and_what_entries_need(machine: Machine) -> None:
    machine.file(
        "work/.agentic/instructions/manifest.yaml",
        "version: 1\n"
        "skills:\n  - {id: drift, tools: [read, 'shell(git log *)'], requires_mcp: [prometheus]}\n"
        "workflows:\n  - {id: deploy, tools: [edit]}\n"
        "automations:\n  - {id: nightly, tools: [read]}\n",
    )
    done = run(machine, "--capabilities")
    assert done.code == 0
    rows = {line.split("  ")[0]: line for line in done.out.splitlines() if line}
    assert "call MCP tools" in rows["drift"]
    assert "windsurf" in rows["nightly"]
    some = run(machine, "--capabilities", "--host", "kiro", "--json")
    entries = [json.loads(line) for line in some.out.splitlines()][1:]
    assert [entry["lacking"]["kiro"] for entry in entries] == [[], [], ["automations"]]


def test_needs_follow_from_tools_and_servers() -> None:
    manifest = {
        "skills": [{"id": "a"}, {"id": "b", "tools": ["mcp(prometheus/*)", "write"]}, 3, {"x": 1}],
        "prompts": [{"id": "c", "tools": None}],
    }
    assert needs_of(manifest) == {
        "a": ("read_file",),
        "b": ("read_file", "write_file", "run_mcp"),
        "c": ("read_file", "slash_commands"),
    }
    assert needs_of(None) == needs_of([]) == needs_of({"skills": 3}) == {}


def test_every_capability_names_its_source_and_how_far_that_was_looked_at() -> None:
    root = Path(__file__).parents[2]
    for host in SURFACES:
        assert lacking(host, ("read_file", "write_file", "run_shell", "run_mcp")) == ()
        for key in CAPABILITIES:
            page, standing = page_of(host, key), standing_of(host, key)
            if standing == "seen":
                assert (root / page).is_file()
            else:
                assert (page.startswith("https://"), standing) in (
                    (False, ""),
                    (True, "opened"),
                    (True, "told"),
                )
    shown = markdown()
    assert shown.count("\n") == len(SURFACES) + 1
    assert {"[seen]", "[opened]", "[told]"} <= {
        f"[{word}]" for word in re.findall(r"\[(\w+)\]", shown)
    }
