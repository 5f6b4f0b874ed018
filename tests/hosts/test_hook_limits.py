"""The hook's own limits, through the command that `init` wrote: time, streams, a policy not yet compiled."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from agentic.hosts import launcher
from tests.hosts.machine import Answer, Machine


def assert_works(answer: Answer) -> None:
    assert (answer.status, answer.decision, answer.stderr) == (0, "allow", "")


def last_line_names_doctor(answer: Answer) -> bool:
    return "`agentic doctor`" in answer.stderr.splitlines()[-1]


def shell_with(machine: Machine, redirects: str) -> Answer:
    command = f"{{ {machine.command()}\n}} {redirects}"
    return machine.call(machine.payload(tool_input={"command": "git status"}), command=command)


def test_closed_streams_never_let_an_answer_into_the_journal(fresh: Machine) -> None:
    fresh.shell("git status")
    before = fresh.records()
    shell_with(fresh, ">&-")
    shell_with(fresh, ">&- 2>&-")
    shell_with(fresh, "<&- >&- 2>&-")
    assert fresh.records() == before


def test_the_compiled_policy_is_gone(fresh: Machine) -> None:
    for compiled in Path(fresh.places.state, "compiled").glob("*.policy"):
        compiled.unlink()
    assert_works(fresh.shell("git status"))
    assert fresh.shell("rm -rf ~/x").decision == "deny"


def test_a_host_that_never_ends_the_payload_meets_the_deadline(machine: Machine) -> None:
    """The hook's own alarm kills it, also in a loop in C; the shell then blocks."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from agentic.hook import main; main(['claude-code'], None, 0.3)"
    )
    root = str(Path(__file__).parents[2])
    start = shlex.join([sys.executable, "-I", "-c", code, root])
    reading, writing = os.pipe()
    command = launcher.guarded(start, "/dev/null", can_block=True)
    answer = machine.call(b"", command=command, stdin=reading)
    os.close(writing)
    os.close(reading)
    assert answer.status == 2
    assert last_line_names_doctor(answer)
