"""OpenCode as the end-to-end tests run it: its configuration, its variables, its model on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.e2e import npm_clients
from tests.e2e.npm_clients import Cli
from tests.e2e.stub_chat import ChatModel


def _variables(url: str) -> dict[str, str]:
    return {
        "AGENTIC_TEST_MODEL": url,
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
        "OPENCODE_DISABLE_SHARE": "1",
        "NO_COLOR": "1",
    }


_MODEL = {
    "npm": "@ai-sdk/openai-compatible",
    "name": "stub",
    "options": {"baseURL": "{env:AGENTIC_TEST_MODEL}", "apiKey": "none"},
    "models": {
        "stub-model": {
            "name": "stub",
            "tool_call": True,
            "limit": {"context": 100_000, "output": 4_000},
        }
    },
}

OPENCODE = Cli(
    "opencode",
    "opencode",
    ChatModel,
    ".config/opencode/opencode.json",
    {
        "model": "stub/stub-model",
        "small_model": "stub/stub-model",
        "autoupdate": False,
        "share": "disabled",
        "provider": {"stub": _MODEL},
    },
    _variables,
    ("run", "go"),
)


def settle_in(home: Path, more: Mapping[str, Any] | None = None) -> None:
    """The client's configuration, and the packages that it would otherwise fetch for its plugins."""
    npm_clients.settle_in(OPENCODE, home, more)
    folder = home / ".config/opencode"
    fetched = OPENCODE.path().parents[2] / "home/.config/opencode"
    for name in (".gitignore", "package.json", "package-lock.json"):
        shutil.copy(fetched / name, folder / name)
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(fetched / "node_modules")
