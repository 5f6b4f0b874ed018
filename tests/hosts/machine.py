"""A machine with agentic installed for Claude Code: the very command in its settings file is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agentic.hosts.install import Done, Request, install
from agentic.places import Places

#: What the client sets for its hooks at a terminal where somebody sits.
ATTENDED = {
    "CLAUDE_CODE_ENTRYPOINT": "cli",
    "CLAUDE_CODE_SESSION_ATTENDED": "1",
    "AI_AGENT": "claude-code_2-1-329_harness",
}


class Answer(NamedTuple):
    """What one start of the hook's command did."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def reply(self) -> dict[str, Any]:
        """The one JSON document on standard output, or an empty one."""
        return json.loads(self.stdout) if self.stdout else {}

    @property
    def decision(self) -> str:
        """`allow`, `ask`, `deny`, or empty for no decision."""
        specific: dict[str, str] = self.reply.get("hookSpecificOutput", {})
        return specific.get("permissionDecision", "")

    @property
    def reason(self) -> str:
        """The reason that goes with the decision."""
        specific: dict[str, str] = self.reply.get("hookSpecificOutput", {})
        return specific.get("permissionDecisionReason", "")


class Machine(NamedTuple):
    """A home and a project. Everything that a person or a client does is done by its methods."""

    home: Path
    project: Path

    @property
    def places(self) -> Places:
        return Places(
            str(self.home),
            str(self.home / ".local/state/agentic"),
            str(self.home / ".config/agentic"),
            "ada",
        )

    @property
    def variables(self) -> dict[str, str]:
        """The environment that the client gives its hooks."""
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "CLAUDE_PROJECT_DIR": str(self.project),
            **ATTENDED,
        }

    def request(self, scope: Any = "user", **more: Any) -> Request:
        return Request("claude-code", scope, self.places, str(self.project), self.variables, **more)

    def install(self, scope: str = "user", **more: Any) -> Done:
        return install(self.request(scope, **more))

    def settings_file(self, scope: str = "user") -> Path:
        return Path(self.request(scope).files[0].path)

    def command(self, event: str = "PreToolUse", scope: str = "user") -> str:
        """The command line that stands in the settings file."""
        settings = json.loads(self.settings_file(scope).read_text())
        ours = [
            handler["command"]
            for group in settings["hooks"][event]
            for handler in group["hooks"]
            if "/agentic/launch/" in handler["command"]
        ]
        assert len(ours) == 1, ours
        return str(ours[0])

    def payload(self, tool: str = "Bash", call_id: str = "toolu_1", **more: Any) -> dict[str, Any]:
        """A PreToolUse payload as the client writes it; `more` replaces or adds keys."""
        return {
            "session_id": "3f1f0a52-7f43-4a0c-a1a6-6f5dbf2f5e0b",
            "transcript_path": str(self.home / ".claude/projects/p/s.jsonl"),
            "cwd": str(self.project),
            "prompt_id": "8f1e8f5e-5a53-4f3c-9d0e-0d7c1b1d2c3a",
            "permission_mode": "default",
            "effort": {"level": "medium"},
            "hook_event_name": "PreToolUse",
            "tool_name": tool,
            "tool_input": {"command": "git status"},
            "tool_use_id": call_id,
            **more,
        }

    def shell(self, command: str, **more: Any) -> Answer:
        """The answer to a call of the Bash tool."""
        given = {"command": command, "description": "a test"}
        return self.call(self.payload(tool_input=given, **more))

    def call(
        self,
        payload: object,
        *,
        event: str = "PreToolUse",
        scope: str = "user",
        cwd: Path | None = None,
        variables: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
        command: str = "",
        timeout_s: float = 60,
        **streams: Any,
    ) -> Answer:
        """Start the command as the client does, through a shell, with a payload on standard input.

        `payload` is bytes as they are, or any value to write as JSON; `before` wraps the shell.
        """
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        if "stdin" not in streams:
            streams["input"] = data
        done = subprocess.run(
            [*before, "/bin/sh", "-c", command or self.command(event, scope)],
            cwd=self.project if cwd is None else cwd,
            env=dict(self.variables if variables is None else variables),
            timeout=timeout_s,
            check=False,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
        )
        return Answer(done.returncode, done.stdout or b"", (done.stderr or b"").decode())

    def records(self) -> list[dict[str, Any]]:
        """The journal's records, oldest first."""
        path = self.project / "ops" / "audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def new_machine(folder: Path, name: str = "churn") -> Machine:
    """A fresh machine with a repository of one commit; nothing is installed yet."""
    home = folder / "home"
    project = home / name
    project.mkdir(parents=True)
    git(project, "init", "-q", "-b", "main")
    (project / "README.md").write_text("# churn\n")
    git(project, "add", "--all")
    git(project, "commit", "-q", "-m", "first")
    git(project, "checkout", "-q", "-b", "agent/work")
    return Machine(home, project)


def git(project: Path, *arguments: str) -> None:
    """Run git in a repository, as nobody in particular."""
    identity = (
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.com",
        "-c",
        "commit.gpgsign=false",
    )
    subprocess.run(
        ["git", "-C", str(project), *identity, *arguments], check=True, capture_output=True
    )


def assert_blocked(answer: Answer) -> None:
    """Blocked in the way that every host honours: exit 2, one line of reason, nothing on stdout."""
    assert answer.status == 2, answer
    assert answer.stdout == b""
    assert answer.stderr.startswith("agentic: blocked: "), answer.stderr
    assert answer.stderr.count("\n") == 1, answer.stderr
    assert "`agentic doctor`" in answer.stderr


PYTHON = sys.executable
