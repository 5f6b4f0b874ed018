"""Whole processes, timed: a command beside another one, started in turn."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple
from uuid import uuid4

from demo.sandbox import Sandbox

PAIRS = 40
#: Stands in a payload for an id that is another one in every run: the same call is judged only once.
_CALL_ID = b"toolu_bench"
FLOOR = [getattr(sys, "_base_executable", sys.executable), "-I", "-S", "-c", "pass"]


def process_ms(command: list[str], payload: bytes, variables: dict[str, str], cwd: Path) -> float:
    """Wall time of one process in milliseconds. Raises RuntimeError when it does not end with 0."""
    fresh = payload.replace(_CALL_ID, f"toolu_{uuid4().hex}".encode())
    started = perf_counter()
    done = subprocess.run(
        command, input=fresh, env=variables, cwd=cwd, capture_output=True, check=False
    )
    elapsed = (perf_counter() - started) * 1000
    if done.returncode != 0:
        raise RuntimeError(
            done.stderr.decode(errors="replace").strip() or f"exit {done.returncode}"
        )
    return elapsed


class Pair(NamedTuple):
    """Medians in milliseconds of two commands that were started in turn."""

    command_ms: float
    floor_ms: float

    @property
    def ratio(self) -> float:
        """How many times the second one the first costs."""
        return self.command_ms / self.floor_ms


def paired(machine: Sandbox, command: list[str], payload: bytes) -> Pair:
    """A command beside the empty interpreter."""
    return alternated(
        lambda: process_ms(command, payload, machine.variables, machine.project),
        lambda: process_ms(FLOOR, b"", machine.variables, machine.project),
    )


def alternated(
    command: Callable[[], float], floor: Callable[[], float], pairs: int = PAIRS
) -> Pair:
    """Medians over interleaved pairs, after three runs that do not count."""
    commands: list[float] = []
    floors: list[float] = []
    for number in range(pairs + 3):
        beside = floor()
        spent = command()
        if number >= 3:
            floors.append(beside)
            commands.append(spent)
    return Pair(median(commands), median(floors))


def payload_of(machine: Sandbox, command: str) -> bytes:
    """A PreToolUse payload of Claude Code for one shell command."""
    document = {
        "session_id": "bench",
        "transcript_path": "/dev/null",
        "cwd": str(machine.project),
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": command},
        "tool_use_id": _CALL_ID.decode(),
    }
    return json.dumps(document).encode()
