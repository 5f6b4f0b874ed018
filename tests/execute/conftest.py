"""A person's machine, and commands run on it under judgement."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cli.conftest import Machine, make_machine

__all__ = ["make_machine"]

AGENTIC = (sys.executable, "-m", "agentic.cli.main")


class Runner(NamedTuple):
    """A throw-away machine with a folder of own programs that stands first on PATH."""

    machine: Machine
    programs: Path

    @property
    def environment(self) -> dict[str, str]:
        found = self.machine.environment
        return {**found, "PATH": f"{self.programs}:{os.environ['PATH']}"}

    @property
    def folder(self) -> Path:
        return self.machine.repository

    def program(self, name: str, text: str) -> Path:
        """A script that a person installed; writing it there is judged as sensitive."""
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def words(self, *arguments: str) -> list[str]:
        return [*AGENTIC, "run", *arguments]

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        """`agentic run ARGUMENTS` and what became of it."""
        settings = {"cwd": self.folder, "env": self.environment, "timeout": 60, **options}
        return subprocess.run(self.words(*arguments), capture_output=True, check=False, **settings)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        settings = {"cwd": self.folder, "env": self.environment, **options}
        return subprocess.Popen(self.words(*arguments), **settings)

    @property
    def records(self) -> list[dict[str, Any]]:
        path = self.folder / "ops/audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def runner(make_machine: Any) -> Runner:
    machine = make_machine()
    programs = machine.home / ".local/bin"
    programs.mkdir(parents=True)
    return Runner(machine, programs)
