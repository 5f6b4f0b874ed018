"""A terminal with something running in it: keys to press, text to wait for, a size to change."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import NamedTuple

WAIT_S = 30.0


class Screen(NamedTuple):
    """A real terminal's master side; `seen` is all that was written to it."""

    process: int
    terminal: int
    seen: bytearray

    def press(self, keys: bytes) -> None:
        os.write(self.terminal, keys)

    def wait_for(self, text: bytes, start: int = 0) -> bytes:
        """All that was seen up to a text, from an offset on. Raises TimeoutError with the screen."""
        ends = time.monotonic() + WAIT_S
        while text not in self.seen[start:]:
            ready, _, _ = select.select([self.terminal], [], [], 0.1)
            if ready:
                try:
                    self.seen.extend(os.read(self.terminal, 65_536))
                except OSError:  # the other side is gone
                    break
            if time.monotonic() > ends:
                break
        if text not in self.seen[start:]:
            raise TimeoutError(f"no {text!r} in {bytes(self.seen[start:])!r}")
        return bytes(self.seen)

    def resize(self, rows: int, columns: int) -> None:
        ioctl(self.terminal, TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self) -> int:
        """The wait status, once everything has been read."""
        ends = time.monotonic() + WAIT_S
        while time.monotonic() < ends:
            ready, _, _ = select.select([self.terminal], [], [], 0.05)
            if ready:
                try:
                    self.seen.extend(os.read(self.terminal, 65_536))
                except OSError:
                    return os.waitpid(self.process, 0)[1]
            done, status = os.waitpid(self.process, os.WNOHANG)
            if done:
                return status
        raise TimeoutError(f"still running: {bytes(self.seen)!r}")


@contextmanager
def at_a_terminal(
    words: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[Screen]:
    """Words started in a terminal of their own, which is hung up at the end."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execvpe(words[0], list(words), dict(environment))
    screen = Screen(process, terminal, bytearray())
    screen.resize(24, 100)
    try:
        yield screen
    finally:
        os.close(terminal)
        try:
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
        except (ProcessLookupError, ChildProcessError, PermissionError):
            pass
