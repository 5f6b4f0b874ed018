"""Runs the real client as a person does: at a terminal, with a screen to read and keys to press."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import struct
import time
from collections.abc import Callable, Sequence
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from tests.e2e import client
from tests.e2e.stub import ModelStub, Script

_KEY = "sk-ant-" + "a" * 40
_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]|\x1b\][^\x07]*\x07|\x1b[=>()][0-9A-B]?")


def settle_in(home: Path, project: Path) -> None:
    """What a person clicked once: the client's theme, its key, trust in this folder."""
    trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    (home / ".claude.json").write_text(
        json.dumps(
            {
                "hasCompletedOnboarding": True,
                "theme": "dark",
                "lastOnboardingVersion": client.pinned_version(),
                "bypassPermissionsModeAccepted": True,
                "customApiKeyResponses": {"approved": [_KEY[-20:]], "rejected": []},
                "projects": {str(project): trusted},
            }
        )
    )
    settings = home / ".claude/settings.json"
    found = json.loads(settings.read_text())
    settings.write_text(json.dumps({**found, "skipDangerousModePermissionPrompt": True}))


def session(
    script: Script,
    home: Path,
    project: Path,
    keys: Sequence[tuple[str, bytes]],
    until: Callable[[str], bool],
    mode: str = "default",
    wait_s: float = 60,
) -> str:
    """The screen's text once `until` holds for it; each of `keys` is (text to wait for, bytes to send).

    Raises TimeoutError with the screen.
    """
    settle_in(home, project)
    with ModelStub(script) as stub:
        variables = {
            **client.variables(home, stub.url),
            "ANTHROPIC_API_KEY": _KEY,
            "TERM": "xterm-256color",
        }
        words = [str(client.client_path()), "--permission-mode", mode, "go"]
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(project)
            os.execve(words[0], words, variables)
        ioctl(terminal, TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        try:
            return watched(terminal, list(keys), until, wait_s)
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(terminal)


def watched(
    terminal: int, keys: list[tuple[str, bytes]], until: Callable[[str], bool], wait_s: float
) -> str:
    """The text of a terminal's screen once `until` holds for it after all keys. Raises TimeoutError."""
    seen = b""
    deadline = time.monotonic() + wait_s
    while True:
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65536)
        screen = " ".join(_ESCAPES.sub(b" ", seen).decode("utf-8", "replace").split())
        if keys and keys[0][0] in screen:
            time.sleep(0.5)  # a dialog takes no keys in its first moment
            os.write(terminal, keys.pop(0)[1])
        if not keys and until(screen):
            return screen
        if time.monotonic() > deadline:
            raise TimeoutError(screen[-3000:])
