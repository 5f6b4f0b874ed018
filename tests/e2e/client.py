"""Runs the real Claude Code client against the stub, in a home and a project of its own."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.e2e.stub import ModelStub, Script

_INSTALLER = Path(__file__).with_name("install_clients.sh")
_RUN_WAIT_S = 120


def pinned_version() -> str:
    """The client's version that the installer pins."""
    found = re.search(r"^CLAUDE_CODE_VERSION=(\S+)$", _INSTALLER.read_text(), re.MULTILINE)
    if found is None:
        raise LookupError("the installer pins no version")
    return found[1]


def client_path(version: str = "") -> Path:
    """The pinned client, or that of another `version` that the installer fetched (`latest`).

    Raises FileNotFoundError, with the way to install it.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or f"{os.environ['HOME']}/.cache"
    folder = os.environ.get("AGENTIC_TEST_CLIENTS") or f"{cache}/agentic-tests/clients"
    path = Path(folder, f"claude-code-{version or pinned_version()}", "node_modules/.bin/claude")
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run tests/e2e/install_clients.sh")
    return path


class Run(NamedTuple):
    """What one run of the client did: `results` are (tool_use id, is_error, text), in order."""

    status: int
    output: str
    complaint: str
    results: list[tuple[str, bool, str]]
    requests: list[dict[str, object]]


def variables(home: Path, url: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The client's environment: nothing of this machine but PATH."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "not-a-real-key",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "ENABLE_TOOL_SEARCH": "false",
        "IS_SANDBOX": "1",
        **(more or {}),
    }


def run(
    script: Script,
    home: Path,
    project: Path,
    *,
    tools: Sequence[str] = ("Bash", "Write", "Edit"),
    mode: str = "acceptEdits",
    options: Sequence[str] = (),
    others: Mapping[str, Script] | None = None,
    more: Mapping[str, str] | None = None,
    version: str = "",
) -> Run:
    """Play a script to the client without a person: `claude -p`."""
    words = [str(client_path(version))]
    if tools:
        words += ["--allowedTools", *tools]
    words += [*options, "--permission-mode", mode, "-p", "go"]
    with ModelStub(script, others) as stub:
        done = subprocess.run(
            words,
            cwd=project,
            env=variables(home, stub.url, more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_RUN_WAIT_S,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, stub.tool_results(), stub.requests)
