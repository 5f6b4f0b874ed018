"""Runs real clients from npm against a loopback model, each in a home and a project of its own.

`PLAIN` are the folders and settings of a user who has just installed the client: no update, no telemetry,
a key that is none. The clients are installed by tests/e2e/install_clients.sh; a missing one is an error.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.loopback import LoopbackModel, Script
from tests.e2e.stub_chat import ChatModel
from tests.e2e.stub_gemini import GeminiModel

_INSTALLER = Path(__file__).with_name("install_clients.sh")
_RUN_WAIT_S = 90


class Run(NamedTuple):
    """What one run of a client did: `results` is what it told the model of each call, in order."""

    status: int
    output: str
    complaint: str
    results: list[str]
    requests: list[dict[str, Any]]


class Cli(NamedTuple):
    """One client: its program, the model it talks to, its settings file and how it is started headless.

    `pin` is the installer's variable with its version where there are two of a client.
    """

    name: str
    program: str
    model: Callable[..., LoopbackModel]
    settings: str
    plain: Mapping[str, Any]
    variables: Callable[[str], dict[str, str]]
    #: words of a run in which every tool may run without a question
    words: tuple[str, ...]
    pin: str = ""

    @property
    def version(self) -> str:
        """The version that the installer pins."""
        variable = self.pin or self.name.upper().replace("-", "_") + "_VERSION"
        found = re.search(rf"^{variable}=(\S+)$", _INSTALLER.read_text(), re.MULTILINE)
        if found is None:
            raise LookupError(f"the installer pins no {variable}")
        return found[1]

    def path(self, version: str = "") -> Path:
        """The client's program. Raises FileNotFoundError, with the way to install it."""
        cache = os.environ.get("XDG_CACHE_HOME") or f"{os.environ['HOME']}/.cache"
        folder = os.environ.get("AGENTIC_TEST_CLIENTS") or f"{cache}/agentic-tests/clients"
        folder = f"{folder}/{self.name}-{version or self.version}"
        path = Path(folder, "node_modules/.bin", self.program)
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing: run tests/e2e/install_clients.sh")
        return path


def _google(url: str) -> dict[str, str]:
    return {"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": url, "NO_COLOR": "1"}


def _qwen(url: str) -> dict[str, str]:
    return {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": url, "OPENAI_MODEL": "stub-model"}


def _copilot(url: str) -> dict[str, str]:
    return {
        "COPILOT_OFFLINE": "true",
        "COPILOT_AUTO_UPDATE": "false",
        "COPILOT_PROVIDER_BASE_URL": url,
        "COPILOT_PROVIDER_TYPE": "openai",
        "COPILOT_PROVIDER_API_KEY": "none",
        "COPILOT_MODEL": "stub-model",
    }


GEMINI = Cli(
    "gemini-cli",
    "gemini",
    GeminiModel,
    ".gemini/settings.json",
    {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False},
        "telemetry": {"enabled": False},
    },
    _google,
    ("-y", "-p", "go"),
)
QWEN = Cli(
    "qwen-code",
    "qwen",
    ChatModel,
    ".qwen/settings.json",
    {
        "security": {"auth": {"selectedType": "openai"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"disableAutoUpdate": True},
    },
    _qwen,
    ("-y", "-p", "go"),
)
#: The version since which a hook of it can ask.
QWEN_THAT_ASKS = QWEN._replace(pin="QWEN_CODE_THAT_ASKS_VERSION")
COPILOT = Cli(
    "copilot",
    "copilot",
    ChatModel,
    ".copilot/settings.json",
    {},
    _copilot,
    ("--allow-all-tools", "--trust-folder", "-p", "go"),
)


def settle_in(cli: Cli, home: Path, more: Mapping[str, Any] | None = None) -> None:
    """Write the client's user settings: what a person chose once, and `more`; ours stay in them."""
    path = home / cli.settings
    found = json.loads(path.read_text()) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**found, **cli.plain, **(more or {})}))


def variables(
    cli: Cli, home: Path, url: str, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The client's environment: nothing of this machine but PATH."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        **cli.variables(url),
        **(more or {}),
    }


def run(
    cli: Cli,
    script: Script,
    home: Path,
    project: Path,
    *,
    words: Sequence[str] = (),
    version: str = "",
    others: Mapping[str, Script] | None = None,
    more: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Run:
    """Play a script to a client without a person, with `before` in front of it."""
    with cli.model(script, others) as model:
        done = subprocess.run(
            [*before, str(cli.path(version)), *(words or cli.words)],
            cwd=project,
            env=variables(cli, home, model.url, more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_RUN_WAIT_S,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, model.results(), model.requests)
