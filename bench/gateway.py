"""What judging, cleaning and recording add to a call through the MCP gateway.

Two gateways stand in front of two servers of the same kind: the one that people use, and the same one with
nothing to judge (`python -m bench.gateway` starts it). One client calls them in turn, so that whatever else
the machine does weighs on both alike.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, time
from typing import Any, TypeVar

import anyio
from mcp import Client, StdioServerParameters

from agentic.core.values import Decision, ToolCall
from agentic.mcp.approving import approve_items, servers_seen
from agentic.mcp.calls import Calls
from agentic.mcp.gateway import Gateway, Origin
from agentic.mcp.pins import digest_of_all
from agentic.mcp.process import Keeper
from agentic.mcp.results import COMPLETE, Cleaned
from agentic.mcp.serving import backend_of, serve
from agentic.mcp.settings import Limits, Setup, server_from_words
from agentic.mcp.visible import Marks
from agentic.places import places_of
from bench import corpus
from bench.row import Row

CALLS = 10_000
_WARM_UP = 50
_SERVER = Path(__file__).parent / "gateway_server.py"
_LIMITS = Limits(calls_per_s=100_000)
_T = TypeVar("_T")


class NoJudge:
    """Lets every call through: no policy, no record, no look at the result."""

    def __init__(self) -> None:
        _, decision = corpus.decision()
        self._decision = decision._replace(mode="AUTO", permission="RUN")

    def decided(self, _call: ToolCall) -> Decision:
        """RUN, always."""
        return self._decision

    supposed = decided

    def cleaned(self, raw: Mapping[str, Any], _most_bytes: int) -> Cleaned:
        """The result as it came."""
        return Cleaned({**raw, **COMPLETE}, (), Marks((), ()))

    def record_outcome(self, *_what: Any, **_more: Any) -> None:
        """Nothing is recorded."""

    def redacted(self, text: str) -> str:
        """The text as it came."""
        return text

    def redaction_key(self) -> bytes:
        """No key."""
        return b""


class Straight(Calls):
    """Calls without a worker thread: there is nothing that blocks."""

    async def blocking(self, function: Callable[[], _T], *, is_long: bool = False) -> _T:
        """The result of a function, called here and now."""
        return function()


async def serve_unjudged(command: tuple[str, ...]) -> None:
    """The gateway with nothing to judge, over stdio."""
    judge = NoJudge()
    setup = Setup((server_from_words("bench", command)._replace(limits=_LIMITS),))
    state = places_of(os.environ).state
    keeper = Keeper()
    backend = backend_of(setup.servers[0], setup, judge, state, os.environ, keeper)
    origin = Origin("bench", os.getcwd())
    gateway = Gateway(setup, judge, [backend], origin, Straight(judge, setup.question_s))
    server = gateway.server()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gateway.run, lambda _: None)
            await serve(server, gateway.options(server), state, "", "bench", print)
            tasks.cancel_scope.cancel()
    finally:
        keeper.close()


def rows() -> Iterator[Row]:
    """Median and 99th percentile of what judgement adds, over CALLS calls of each kind in turn."""
    with tempfile.TemporaryDirectory() as folder:
        judged, plain = anyio.run(partial(_measured, Path(folder), CALLS))
    added = median(judged) - median(plain)
    yield Row("mcp gateway, call without judgement", median(plain), "ms")
    yield Row(
        "mcp gateway, judgement adds, median", added, "ms", 1.0, note=f"{len(judged):,} calls"
    )
    tail = quantiles(judged, n=100)[98] - quantiles(plain, n=100)[98]
    yield Row("mcp gateway, judgement adds, 99th percentile", tail, "ms")


async def _measured(base: Path, calls: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each call, judged and not."""
    project = base / "project"
    (project / ".git").mkdir(parents=True)
    environment = {"HOME": str(base), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    command = [sys.executable, str(_SERVER)]
    document = base / "gateway.yaml"
    listed = ", ".join(f"'{word}'" for word in command)
    document.write_text(
        f"version: 1\nlimits: {{calls_per_s: 100000}}\n"
        f"servers:\n  - name: bench\n    command: [{listed}]\n"
    )
    start = partial(_client, environment, project)
    real = ["-m", "agentic.cli.main", "mcp", "gateway", "--config", str(document)]
    async with start(real) as client:
        await client.list_tools()
    places = places_of(environment)
    seen = servers_seen(places.state, "bench")[0]
    digest = digest_of_all(seen.waiting)
    approve_items(places, str(project), seen, seen.waiting, digest, int(time()))
    unjudged = ["-m", "bench.gateway", *command]
    async with start(real) as judged, start(unjudged) as plain:
        spent: tuple[list[float], list[float]] = ([], [])
        for number in range(-_WARM_UP, calls):
            for client, times in zip((judged, plain), spent, strict=True):
                started = perf_counter()
                result = await client.call_tool("get_note", {"number": number, "text": "x" * 200})
                if result.is_error:
                    raise RuntimeError(str(result.content)[:300])
                if number >= 0:
                    times.append((perf_counter() - started) * 1000)
    return spent


@asynccontextmanager
async def _client(
    environment: dict[str, str], project: Path, words: list[str]
) -> AsyncIterator[Client]:
    root = str(Path(__file__).resolve().parent.parent)
    parameters = StdioServerParameters(
        command=sys.executable,
        args=words,
        env={**environment, "PYTHONPATH": root},
        cwd=str(project),
    )
    async with Client(parameters, cache=None) as client:
        yield client


if __name__ == "__main__":
    anyio.run(serve_unjudged, tuple(sys.argv[1:]))
