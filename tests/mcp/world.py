"""A machine of its own for one test: home, project, servers to stand behind a gateway, and clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import mcp_types as types
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from agentic.audit.journal import open_journal
from agentic.audit.query import entries
from agentic.mcp.approving import approve_items, servers_seen
from agentic.mcp.pins import digest_of_all
from agentic.places import Places, places_of

SERVERS = Path(__file__).parent / "servers"
AGENTIC = [sys.executable, "-m", "agentic.cli.main"]

YES = types.ElicitResult(action="accept", content={"run": True})
NO = types.ElicitResult(action="decline")


class World:
    """One machine. `environment` is all that processes started here get."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.home = base / "home"
        self.project = base / "project"
        self.home.mkdir()
        (self.project / ".git").mkdir(parents=True)
        self.environment = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "SECRET_OF_THE_PARENT": "not for servers",
        }

    @property
    def places(self) -> Places:
        return places_of(self.environment)

    def server(
        self, tools: Mapping[str, Mapping[str, Any]], name: str = "test", **more: Any
    ) -> Path:
        """A server's state file; changing it changes the server."""
        path = self.base / f"{name}.json"
        path.write_text(json.dumps({"tools": tools, **more}))
        return path

    def command(self, state: Path, kind: str = "plain") -> list[str]:
        return [sys.executable, str(SERVERS / f"{kind}.py"), str(state)]

    def log(self, state: Path) -> list[str]:
        """What the server was really asked."""
        path = state.with_suffix(".log")
        return path.read_text().splitlines() if path.exists() else []

    def agentic(self, *words: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*AGENTIC, *words],
            env=self.environment,
            cwd=self.project,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if expect is not None:
            assert done.returncode == expect, (done.returncode, done.stdout, done.stderr)
        return done

    def records(self) -> list[dict[str, Any]]:
        """The headers of all records, the oldest first."""
        journal = open_journal(str(self.project), self.places.state)
        return [entry.header for entry in entries(journal.path)]

    def approve(self, name: str = "test") -> int:
        """Approve everything that a server shows, as a person would; how much that was."""
        seen = servers_seen(self.places.state, name)[0]
        chosen = seen.waiting
        digest = digest_of_all(chosen)
        now = int(time.time())
        approve_items(self.places, str(self.project), seen, chosen, digest, now)
        return len(chosen)

    def parameters(self, words: Sequence[str]) -> StdioServerParameters:
        return StdioServerParameters(
            command=AGENTIC[0],
            args=[*AGENTIC[1:], "mcp", "gateway", *words],
            env=self.environment,
            cwd=str(self.project),
        )

    @asynccontextmanager
    async def client(
        self,
        words: Sequence[str],
        *,
        mode: str = "auto",
        answer: types.ElicitResult | None = None,
        asked: list[str] | None = None,
        within_s: float = 90,
    ) -> AsyncIterator[Client]:
        """The official client in front of a gateway that is started with these words.

        `answer` is what the person says to every question; without one the client cannot ask.
        """
        callback = elicitation(answer, asked)
        with anyio.fail_after(within_s):
            async with Client(
                self.parameters(words), mode=mode, elicitation_callback=callback, cache=None
            ) as client:
                yield client

    @asynccontextmanager
    async def http_gateway(self, words: Sequence[str]) -> AsyncIterator[tuple[str, str]]:
        """A gateway that serves HTTP: its URL, and the token that clients must send."""
        process = await anyio.open_process(
            [*AGENTIC, "mcp", "gateway", "--http", "127.0.0.1:0", *words],
            env=self.environment,
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            assert process.stderr is not None
            said = b""
            with anyio.fail_after(30):
                while b"bearer token in " not in said or not said.endswith(b"\n"):
                    said += await process.stderr.receive()
            line = next(x for x in said.decode().splitlines() if "bearer token in " in x)
            url, _, path = line.partition("gateway: ")[2].partition(", bearer token in ")
            yield url, Path(path).read_text().strip()
        finally:
            process.terminate()
            with anyio.CancelScope(shield=True):
                await process.wait()
                await process.aclose()

    @asynccontextmanager
    async def http_client(
        self, url: str, token: str, *, mode: str = "auto", answer: types.ElicitResult | None = None
    ) -> AsyncIterator[Client]:
        """The official client at a URL, with a token."""
        headers = {"authorization": f"Bearer {token}"}
        callback = elicitation(answer, None)
        with anyio.fail_after(90):
            async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
                transport = streamable_http_client(url, http_client=http)
                async with Client(
                    transport, mode=mode, elicitation_callback=callback, cache=None
                ) as client:
                    yield client

    async def ready(self, words: Sequence[str], names: Sequence[str] = ("test",)) -> None:
        """Start the gateway once and approve what its servers show."""
        async with self.client(words) as client:
            await client.list_tools()
        for name in names:
            self.approve(name)


def elicitation(answer: types.ElicitResult | None, asked: list[str] | None) -> Any:
    if answer is None:
        return None

    async def answered(_context: Any, params: Any) -> types.ElicitResult:
        if asked is not None:
            asked.append(params.message)
        return answer

    return answered


def text_of(result: Any) -> str:
    """All text of a tool's result."""
    return "\n".join(getattr(block, "text", "") for block in result.content)


def single(world: World, state: Path, *options: str, kind: str = "plain") -> list[str]:
    """The words for a gateway with one server called `test`."""
    return ["--name", "test", *options, "--", *world.command(state, kind)]


def run(function: Callable[[], Any]) -> Any:
    """Run a test's story; what failed in it is raised as itself, not as a group of one."""
    try:
        return anyio.run(function)
    except BaseExceptionGroup as group:
        found: BaseException = group
        while isinstance(found, BaseExceptionGroup) and len(found.exceptions) == 1:
            found = found.exceptions[0]
        raise found from None
