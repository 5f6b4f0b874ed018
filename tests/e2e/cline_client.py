"""Cline's CLI as the end-to-end tests run it: its provider, its MCP servers, its model on loopback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.e2e import npm_clients
from tests.e2e.loopback import Script
from tests.e2e.npm_clients import Cli
from tests.e2e.stub_chat import ChatModel

CLINE = Cli(
    "cline",
    "cline",
    ChatModel,
    ".cline/data/settings/cline_mcp_settings.json",
    {},
    lambda _: {"NO_COLOR": "1"},
    (),
)

_PROVIDER = ("openai-compatible", "-m", "stub-model", "-k", "none")


def run(
    script: Script,
    home: Path,
    project: Path,
    *,
    version: str = "",
    others: Mapping[str, Script] | None = None,
    more: Mapping[str, Any] | None = None,
) -> npm_clients.Run:
    """Play a script to the client without a person; every tool may run without a question."""
    npm_clients.settle_in(CLINE, home, more)
    with ChatModel(script, others) as model:
        variables = npm_clients.variables(CLINE, home, model.url)

        def started(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [str(CLINE.path(version)), *words],
                cwd=project,
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )

        started("auth", "-p", *_PROVIDER, "-b", model.url)
        done = started("--json", "-P", *_PROVIDER, "-t", "60", "go on now")
        return npm_clients.Run(
            done.returncode, done.stdout, done.stderr, model.results(), model.requests
        )


def ending(run: npm_clients.Run) -> str:
    """Why the run ended, as the client tells it: `completed`, `aborted`."""
    lines = [json.loads(line) for line in run.output.splitlines() if line.startswith("{")]
    return str(next(line["finishReason"] for line in lines if line.get("type") == "run_result"))
