"""A person's machine in a temporary folder: a home, a repository, and the command run in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

MANY = Path(__file__).with_name("many.py")


class Ran(NamedTuple):
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Machine(NamedTuple):
    """A throw-away home and repository; `run` starts the real command in the repository."""

    home: Path
    repository: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "COLUMNS": "120",
            "TERM": "dumb",
        }

    def run(
        self,
        *arguments: str,
        stdin: str | bytes = "",
        cwd: Path | None = None,
        environment: dict[str, str] | None = None,
        timeout: float = 60,
    ) -> Ran:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "agentic.cli.main", *arguments],
            input=data,
            capture_output=True,
            cwd=cwd or self.repository,
            env=self.environment if environment is None else environment,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_many(self, *commands: Sequence[str], timeout: float = 120) -> list[Ran]:
        """What each command line did, one after the other in one process (tests/cli/many.py)."""
        done = subprocess.run(
            [sys.executable, str(MANY)],
            input=json.dumps([list(arguments) for arguments in commands]).encode(),
            stdout=subprocess.PIPE,
            cwd=self.repository,
            env=self.environment,
            timeout=timeout,
            check=True,
        )
        return [Ran(*each) for each in json.loads(done.stdout)]


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder with a fixed author."""
    subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="session")
def make_machine(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Machine]:
    """Makes machines; each has its own state, so that tests do not see one another."""

    def make() -> Machine:
        base = tmp_path_factory.mktemp("machine")
        home, repository = base / "home", base / "home" / "project"
        repository.mkdir(parents=True)
        git(repository, "init", "-q", "-b", "feature")
        (repository / "README.md").write_text("sample\n")
        git(repository, "add", "README.md")
        git(repository, "commit", "-qm", "first")
        return Machine(home, repository)

    return make


@pytest.fixture(scope="session")
def machine(make_machine: Callable[[], Machine]) -> Machine:
    """One machine for tests that only ask."""
    return make_machine()


@pytest.fixture
def fresh(make_machine: Callable[[], Machine]) -> Machine:
    """A machine of one's own."""
    return make_machine()


def batch(machine: Machine, calls: Sequence[dict[str, Any]], *options: str) -> Ran:
    """Run `check --batch -` on calls."""
    text = "".join(json.dumps(call) + "\n" for call in calls)
    return machine.run("check", "--batch", "-", *options, stdin=text)
