"""Claude Code on this machine: where its settings lie, which entries are ours, which client is there.

Settings files and their order: https://code.claude.com/docs/en/settings (checked 2026-11-21). Entries
of all files are merged by the client; ours never replace others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from agentic.core.record_type import NamedTuple
from agentic.hosts import launcher
from agentic.places import Places

HOST = "claude-code"
TITLE = "Claude Code"

SCOPES = ("user", "local", "project", "managed")

#: What is in every command of ours and in no other's: the launcher's place.
MARK = "/agentic/launch/hook"

#: Seconds. The client's own default is ten minutes; hooks were seen killed at 10 to 15 s on busy
#: machines, and a hook that is killed lets the call through.
TIMEOUT_S = 60

#: event -> (matcher or empty, whether a failure can still block the call)
EVENTS: dict[str, tuple[str, bool]] = {
    "PreToolUse": ("*", True),
    "PostToolUse": ("*", False),
    "PostToolUseFailure": ("*", False),
    "SessionStart": ("", False),
}

_MANAGED_LINUX = "/etc/claude-code"
_MANAGED_MACOS = "/Library/Application Support/ClaudeCode"


class Lack(NamedTuple):
    """What client versions before `since` lack of what we rely on."""

    since: tuple[int, int, int]
    what: str


#: Source: the client's changelog and the runs of tests/e2e (checked 2026-11-21).
LACKS = (
    Lack(
        (2, 1, 214),
        "a hook that ends with exit code 2 and a JSON document may not block: do not rely on it alone",
    ),
    Lack(
        (2, 1, 211),
        "in permission mode `auto` a question may be answered without a person, so CONSULT is refused there",
    ),
    Lack(
        (2, 1, 295),
        "`onFailure` is unknown: a hook that runs into its time-out, or whose shell cannot start, "
        "lets the call through",
    ),
)


def settings_path(
    scope: str, root: str, places: Places, environment: Mapping[str, str], managed_dir: str = ""
) -> str:
    """The settings file of one scope; `root` is the workspace for `local` and `project`."""
    if scope == "user":
        folder = environment.get("CLAUDE_CONFIG_DIR", "") or f"{places.home}/.claude"
        return f"{folder.rstrip('/')}/settings.json"
    if scope == "managed":
        return f"{managed_dir or managed_folder()}/managed-settings.json"
    name = "settings.local.json" if scope == "local" else "settings.json"
    return f"{root}/.claude/{name}"


def managed_folder() -> str:
    """Where this system keeps settings that users cannot change."""
    return _MANAGED_MACOS if sys.platform == "darwin" else _MANAGED_LINUX


def entries(places: Places, scope: str, options: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Event -> the one matcher group that we add to it. Shared files get the portable command."""
    is_portable = scope in {"project", "managed"}
    found: dict[str, dict[str, Any]] = {}
    for event, (matcher, can_block) in EVENTS.items():
        if is_portable:
            command = launcher.portable_command(HOST, options, can_block=can_block)
        else:
            command = launcher.command(places, HOST, options, can_block=can_block)
        handler: dict[str, Any] = {"type": "command", "command": command, "timeout": TIMEOUT_S}
        if can_block:
            handler["onFailure"] = "block"
        group: dict[str, Any] = {"matcher": matcher} if matcher else {}
        found[event] = {**group, "hooks": [handler]}
    return found


def is_ours(handler: object) -> bool:
    """Whether a hook handler in a settings file is one that `init` wrote."""
    return isinstance(handler, dict) and MARK in str(handler.get("command", ""))


def client_versions(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """(path, version) of the `claude` that PATH finds; the version is empty when it does not tell."""
    path = shutil.which("claude", path=environment.get("PATH", os.defpath))
    if path is None:
        return []
    try:
        ran = subprocess.run(
            [path, "--version"],
            capture_output=True,
            check=False,
            timeout=15,
            stdin=subprocess.DEVNULL,
            env={**environment, "DISABLE_AUTOUPDATER": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return [(path, "")]
    words = ran.stdout.decode("utf-8", "replace").split()
    return [(path, words[0] if words and words[0][:1].isdigit() else "")]


def lacks_of(version: str) -> list[str]:
    """What this client version lacks of what we rely on; nothing for an unreadable version."""
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return []
    told = (int(parts[0]), int(parts[1]), int(parts[2]))
    return [
        f"before {'.'.join(map(str, lack.since))}: {lack.what}"
        for lack in LACKS
        if told < lack.since
    ]
