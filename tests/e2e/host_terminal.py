"""Runs a client as a person does: at a terminal, with a screen to read and keys to press."""

from __future__ import annotations

import os
import pty
import signal
import struct
from collections.abc import Callable, Mapping, Sequence
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from tests.e2e import npm_clients
from tests.e2e.loopback import Script
from tests.e2e.npm_clients import Cli
from tests.e2e.terminal import watched


def session(
    cli: Cli,
    script: Script,
    home: Path,
    project: Path,
    keys: Sequence[tuple[str, bytes]],
    until: Callable[[str], bool],
    *,
    words: Sequence[str],
    version: str = "",
    more: Mapping[str, str] | None = None,
    wait_s: float = 60,
) -> str:
    """The screen's text once `until` holds for it; each of `keys` is (text to wait for, bytes to send).

    Raises TimeoutError with the screen.
    """
    with cli.model(script) as model:
        variables = npm_clients.variables(cli, home, model.url, more)
        variables["TERM"] = "xterm-256color"
        program = str(cli.path(version))
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(project)
            os.execve(program, [program, *words], variables)
        ioctl(terminal, TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        try:
            return watched(terminal, list(keys), until, wait_s)
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(terminal)
