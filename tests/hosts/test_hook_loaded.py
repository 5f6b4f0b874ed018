"""What the process of the installed hook has loaded when it answers: nothing that costs its time."""

from __future__ import annotations

import json
import subprocess

import pytest

from agentic.hosts import launcher
from tests.hosts.machine import Machine

#: Runs the launcher as `python LAUNCHER` does, and tells `sys.modules` in place of leaving.
_TOLD = """
import marshal, posix, sys
before = set(sys.modules)
really_leave = posix._exit
def leave(status):
    loaded = sorted(set(sys.modules) - before)
    unread = [n for n in loaded if "__getattr__" in vars(sys.modules[n] or sys)]
    posix.write(2, repr((status, [n for n in loaded if n not in unread])).encode())
    really_leave(0)
posix._exit = leave
path = sys.argv[1]
sys.argv = sys.argv[1:]
with open(path, "rb") as file:
    data = file.read()
exec(marshal.loads(data[16:]), {"__name__": "__main__"})
"""

#: Built in or a single small C file: what they cost is measured in docs/adr/0002-launcher.md.
CHEAP = {"_collections", "_json", "_sha256", "_sha2", "gc"}


def loaded_by(machine: Machine, command: str) -> list[str]:
    """The modules that one call loads on top of a bare interpreter."""
    launcher.build(machine.places)  # of the sources as they are at this moment
    payload = machine.payload(tool_input={"command": command})
    done = subprocess.run(
        [launcher.interpreter(), "-I", "-S", "-c", _TOLD, launcher.launcher_path(machine.places),
         "claude-code"],
        input=json.dumps(payload).encode(),
        env=machine.variables,
        cwd=machine.project,
        capture_output=True,
        check=True,
    )  # fmt: skip
    status, names = eval(done.stderr.decode())
    assert status == 0
    return list(names)


@pytest.mark.parametrize(
    "command", ["git status", "ls -la", "cat README.md", "git status && git log"]
)
def test_a_plain_call_loads_nothing_slow(machine: Machine, command: str) -> None:
    names = loaded_by(machine, command)
    foreign = {name for name in names if not name.startswith("agentic")}
    assert foreign <= CHEAP
    assert "agentic.hook" in names


def test_a_plain_call_loads_only_the_programs_that_appear(machine: Machine) -> None:
    programs = [n for n in loaded_by(machine, "git status") if ".recognize.programs." in n]
    assert programs
    assert all("git" in name for name in programs), programs


@pytest.mark.parametrize(
    "command", ["git stash drop", "rm -rf ~/x", "for f in *; do echo $f; done", "kubectl get pods"]
)
def test_no_call_loads_what_a_hook_must_never_load(machine: Machine, command: str) -> None:
    names = set(loaded_by(machine, command.replace("git stash drop", "git status; git stash list")))
    assert not names & {
        "asyncio", "click", "json", "logging", "os", "pathlib", "pydantic", "rich", "subprocess",
        "typer", "yaml",
    }  # fmt: skip
