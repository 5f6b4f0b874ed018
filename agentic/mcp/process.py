"""A server that the gateway starts: its process, and its messages over standard input and output.

Written anew instead of using the package's own transport for three reasons: a line without end must not
fill memory, the environment must be exactly the one that was configured, and no server may survive a
gateway that was killed. Source: `mcp` 2.3.0, mcp/client/stdio.py (checked 2026-11-21).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from agentic.errors import AgenticError, Unavailable, quoted
from agentic.mcp.visible import visible_line

#: The server waits for one line before it becomes the command, so that the keeper knows it first.
_GATE = ("/bin/sh", "-c", 'read -r _ && exec "$@"', "agentic-mcp")
#: How long a server may take to leave after its input ends, and again after it is asked to.
_LEAVE_S = 2.0
_TAIL_BYTES = 2_048
_CHUNK_BYTES = 65_536


class Keeper:
    """The process that ends every server when this one is gone; started with the first server."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, group: int) -> None:
        """End this process group when the gateway ends."""
        self._tell(b"+%d\n" % group)

    def forget(self, group: int) -> None:
        """The group has ended; its number may belong to somebody else from now on."""
        self._tell(b"-%d\n" % group)

    def close(self) -> None:
        """End what is left and the keeper itself."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        process.wait()

    def _tell(self, line: bytes) -> None:
        if self._process is None:
            script = str(Path(__file__).with_name("keeper.py"))
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                bufsize=0,
            )
        if self._process.stdin is None or self._process.stdin.write(line) != len(line):
            raise Unavailable("mcp.keeper", "the process that ends servers cannot be reached")


def resolved_command(
    command: tuple[str, ...], environment: Mapping[str, str], cwd: str
) -> tuple[str, ...]:
    """The command with its program as an absolute path. Raises: Unavailable when there is no such program."""
    name = command[0]
    if "/" in name:
        path = os.path.normpath(os.path.join(cwd or os.getcwd(), name))
        found = path if os.access(path, os.X_OK) and os.path.isfile(path) else None
    else:
        found = shutil.which(name, path=environment.get("PATH", os.defpath))
    if found is None:
        raise Unavailable(
            "mcp.command",
            f"the program {quoted(name)} is not there",
            "install it, or write its absolute path",
        )
    return (os.path.abspath(found), *command[1:])


@asynccontextmanager
async def started(
    command: tuple[str, ...],
    environment: Mapping[str, str],
    cwd: str,
    most_bytes: int,
    keeper: Keeper,
    tail: bytearray,
) -> AsyncGenerator[tuple[Any, Any]]:
    """The streams of a started server; it has ended when the context does.

    A message above `most_bytes` ends the stream. The last of what it wrote to standard error is put into
    `tail`. Raises: OSError when it cannot be started.
    """
    process = await anyio.open_process(
        [*_GATE, *command],
        env=dict(environment),
        cwd=cwd or None,
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    to_session, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, from_session = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        keeper.watch(process.pid)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_read, process, to_session, most_bytes)
            tasks.start_soon(_write, process, from_session, to_session)
            tasks.start_soon(_drain, process, tail)
            try:
                yield incoming, outgoing
            finally:
                tasks.cancel_scope.cancel()
    finally:
        for stream in (to_session, incoming, outgoing, from_session):
            stream.close()
        with anyio.CancelScope(shield=True):
            await _end(process)
            keeper.forget(process.pid)


async def _read(process: Process, to_session: Any, most_bytes: int) -> None:
    """Messages line by line. A line that is none is passed on as an error, so that it is counted."""
    held = bytearray()
    if process.stdout is None:
        return
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream):
        async with to_session:
            while True:
                # Only what is new is searched: a line that drips in byte by byte must not cost its square.
                first, *others = (await process.stdout.receive(_CHUNK_BYTES)).split(b"\n")
                held += first
                for piece in others:
                    if len(held) > most_bytes:
                        return
                    if held.strip():
                        await to_session.send(_message(bytes(held)))
                    held = bytearray(piece)
                if len(held) > most_bytes:
                    return


def _message(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as problem:
        return problem


async def _write(process: Process, from_session: Any, to_session: Any) -> None:
    if process.stdin is None:
        return
    try:
        await process.stdin.send(b"\n")
        async for item in from_session:
            text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
            await process.stdin.send(text.encode() + b"\n")
    except (anyio.ClosedResourceError, anyio.BrokenResourceError, OSError):
        # The session must see the end, or a call would wait for an answer that cannot come.
        to_session.close()


async def _drain(process: Process, tail: bytearray) -> None:
    """Read standard error, so that the server never waits for it; keep only its end."""
    if process.stderr is None:
        return
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream):
        while True:
            tail += await process.stderr.receive(_CHUNK_BYTES)
            del tail[:-_TAIL_BYTES]


async def _end(process: Process) -> None:
    """Close its input, wait, ask its group to leave, kill the group. Every wait is bounded."""
    if process.stdin is not None:
        with suppress(OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            await process.stdin.aclose()
    for kind in (signal.SIGTERM, signal.SIGKILL):
        if await _has_left(process):
            break
        _signal_group(process.pid, kind)
    await _has_left(process)
    # What it started and left behind goes, too.
    _signal_group(process.pid, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                await stream.aclose()
    _close_transport(process)


async def _has_left(process: Process) -> bool:
    with anyio.move_on_after(_LEAVE_S):
        while process.returncode is None:
            await anyio.sleep(0.01)
    return process.returncode is not None


def _signal_group(group: int, kind: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, kind)


def _close_transport(process: Process) -> None:
    """Close the event loop's side of the process; a child that holds a pipe would keep it open."""
    inner = getattr(getattr(process, "_process", None), "_transport", None)
    if isinstance(inner, asyncio.SubprocessTransport):
        with suppress(PermissionError):
            inner.close()


def last_words(tail: bytearray, redacted: Callable[[str], str]) -> str:
    """The end of what a server wrote to standard error, on one line, without secrets."""
    try:
        return redacted(visible_line(bytes(tail).decode("utf-8", "replace")))[-300:]
    except AgenticError:
        return ""  # what cannot be checked is not shown
