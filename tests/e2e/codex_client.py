"""Runs the real Codex client against a loopback model, in a home and a project of its own.

The client is installed by tests/e2e/install_clients.sh; a missing one is an error.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.e2e.loopback import Script
from tests.e2e.npm_clients import Cli, Run
from tests.e2e.stub_responses import ResponsesModel

_RUN_WAIT_S = 90

#: Words of a run in which the client itself asks nothing and forbids nothing.
OPEN = ("--dangerously-bypass-approvals-and-sandbox",)

CODEX = Cli("codex", "codex", ResponsesModel, ".codex/config.toml", {}, lambda _: {}, ())

#: What is chosen for every run by a flag of its own, so that the person's config.toml stays as it is.
_CHOSEN = {
    "model": '"gpt-5.5"',  # a name that the client knows, so that it offers apply_patch
    "model_provider": '"stub"',
    "check_for_update_on_startup": "false",
    "analytics.enabled": "false",
}


def _provider(url: str) -> str:
    return (
        f'{{name="stub",base_url="{url}",wire_api="responses",env_key="STUB_KEY",'
        "request_max_retries=0,stream_max_retries=0,supports_websockets=false}"
    )


def run(
    script: Script,
    home: Path,
    project: Path,
    *,
    words: Sequence[str] = OPEN,
    others: Mapping[str, Script] | None = None,
    more: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    version: str = "",
) -> Run:
    """Play a script to `codex exec`, with `before` in front of it; `words` are more options."""
    with ResponsesModel(script, others) as model:
        chosen = {**_CHOSEN, "model_providers.stub": _provider(model.url)}
        options = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        done = subprocess.run(
            [*before, str(CODEX.path(version)), "exec", "--json", *options, *words, "go"],
            cwd=project,
            env=variables(home, more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_RUN_WAIT_S,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, model.results(), model.requests)


def variables(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The client's environment: nothing of this machine but PATH."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "STUB_KEY": "none",
        **(more or {}),
    }
