"""What judging adds to a command that runs: by `agentic run`, and behind a shim."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.process import Pair, alternated, paired, process_ms
from bench.row import Row
from demo.sandbox import Sandbox, sandbox

#: A program that starts and ends as quickly as any, and is judged by its words like any other.
BARE = ["/usr/bin/env", "git", "--version"]


def run_rows() -> Iterator[Row]:
    """The same command bare and judged, started in turn; what is added in empty interpreters."""
    with sandbox() as machine:
        machine.agentic("shim", "install", "git")
        shims = f"{machine.home}/.local/state/agentic/shims"
        machine.agentic("run", "--", *BARE)
        floor_ms = paired(machine, ["/bin/true"], b"").floor_ms
        agentic = str(Path(sys.executable).parent / "agentic")
        run = _beside_bare(machine, [agentic, "run", "--", *BARE], machine.variables)
        behind = {**machine.variables, "PATH": f"{shims}:{machine.variables['PATH']}"}
        shim = _beside_bare(machine, BARE, behind)
        yield Row("bare program", shim.floor_ms, "ms")
        yield Row("the same by `agentic run`", run.command_ms, "ms")
        yield Row("the same behind a shim", shim.command_ms, "ms")
        yield Row(
            "run adds / empty interpreter", (run.command_ms - run.floor_ms) / floor_ms, "x", 4
        )
        yield Row(
            "shim adds / empty interpreter", (shim.command_ms - shim.floor_ms) / floor_ms, "x", 3
        )


def _beside_bare(machine: Sandbox, command: list[str], variables: dict[str, str]) -> Pair:
    return alternated(
        lambda: process_ms(command, b"", variables, machine.project),
        lambda: process_ms(BARE, b"", machine.variables, machine.project),
    )
