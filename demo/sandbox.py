"""A throw-away machine for one agent: a home, a sample repository, agentic installed for Claude Code.

Used by the demo, the benchmarks and the examples of the documentation. Nothing here touches the real home:
HOME points into a folder below this checkout that goes away at the end. It is not below /tmp, because what
lies there is judged as temporary, and a home is not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
SAMPLE = HERE / "sample"
MACHINES = HERE.parent / ".demo"


#: What Claude Code sets for its hooks when a person sits in front of it.
AT_A_TERMINAL = {
    "CLAUDECODE": "1",
    "CLAUDE_CODE_ENTRYPOINT": "cli",
    "CLAUDE_CODE_SESSION_ATTENDED": "1",
    "AI_AGENT": "claude-code_2-1-329_harness",
}


class Answer(NamedTuple):
    """What one hook process did: exit status, the host's reply as JSON, and what it complained of."""

    status: int
    reply: dict[str, Any]
    complaint: str


class Sandbox(NamedTuple):
    """Folders and environment of one throw-away machine."""

    home: Path
    project: Path
    variables: dict[str, str]

    def agentic(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the `agentic` command beside this interpreter, in the project.

        Raises RuntimeError with what it complained of when it fails and `check` is true.
        """
        command = [str(Path(sys.executable).parent / "agentic"), *arguments]
        done = subprocess.run(
            command,
            cwd=self.project,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise RuntimeError(
                f"agentic {arguments[0]}: exit {done.returncode}: {done.stderr.strip()}"
            )
        return done

    def settings_file(self, scope: str) -> Path:
        """Where Claude Code reads the settings of a scope from."""
        if scope == "user":
            return self.home / ".claude/settings.json"
        name = {"local": "settings.local.json", "project": "settings.json"}[scope]
        return self.project / ".claude" / name

    def hook_command(self, scope: str, event: str = "PreToolUse") -> str:
        """The very command line that `init` wrote for an event."""
        settings = json.loads(self.settings_file(scope).read_text())
        for matcher in settings["hooks"][event]:
            for hook in matcher["hooks"]:
                if "agentic" in hook["command"]:
                    command: str = hook["command"]
                    return command
        raise LookupError(f"no agentic hook for {event} in {self.settings_file(scope)}")

    def call(self, command: str, payload: str) -> Answer:
        """Start a hook command as the host does, through a shell, with a payload on standard input."""
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.project,
            env={**self.variables, **AT_A_TERMINAL, "CLAUDE_PROJECT_DIR": str(self.project)},
            input=payload,
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(done.returncode, json.loads(done.stdout or "{}"), done.stderr.strip())


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """A fresh machine with the sample repository committed, removed afterwards."""
    MACHINES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="machine-", dir=MACHINES) as folder:
        home = Path(folder) / "ada"
        project = home / "churn"
        home.mkdir()
        shutil.copytree(SAMPLE, project)
        (project / ".env").write_text("DATABASE_PASSWORD=not-a-real-one\n")
        variables = {
            "HOME": str(home),
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "TERM": "dumb",
        }
        _git(project, variables, "init", "-q", "-b", "main")
        _git(project, variables, "add", "--all")
        _git(project, variables, "commit", "-q", "-m", "A churn service")
        _git(project, variables, "checkout", "-q", "-b", "agent/improve-training")
        yield Sandbox(home, project, variables)


def shortened(machine: Sandbox, text: str) -> str:
    """Output with the throw-away home as `~`."""
    return text.rstrip().replace(str(machine.home), "~")


def _git(project: Path, variables: dict[str, str], *arguments: str) -> None:
    identity = [
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    subprocess.run(["git", *identity, *arguments], cwd=project, env=variables, check=True)
