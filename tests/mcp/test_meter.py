"""A server's messages before a session reads them: floods end, and a drip costs no more than its length."""

from __future__ import annotations

import time
from typing import Any

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCResponse

from agentic.mcp.meter import FLOOD_FACTOR, Meter, MeteredStream
from agentic.mcp.process import _read
from tests.mcp.world import run

ANSWER = SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=7, result={}))
NOTE = SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="notifications/progress"))


class Endless:
    """A stream that says the same for ever."""

    def __init__(self, item: SessionMessage) -> None:
        self._item = item

    async def receive(self) -> SessionMessage:
        return self._item


@pytest.mark.parametrize("item", [ANSWER, NOTE])
def test_a_flood_of_any_kind_ends_the_stream(item: SessionMessage) -> None:
    ends: list[str] = []
    stream = MeteredStream(Endless(item), Meter(50), Meter(50), ends.append)

    async def read() -> None:
        for _ in range(2 * 51 * FLOOD_FACTOR):
            await stream.receive()

    with pytest.raises(anyio.EndOfStream):
        run(read)
    assert ends[0] == "it flooded the gateway with messages and was cut off"


def test_answers_within_their_rate_all_pass() -> None:
    stream = MeteredStream(Endless(ANSWER), Meter(1), Meter(500), lambda _: None)

    async def read() -> None:
        for _ in range(400):
            assert await stream.receive() is ANSWER

    run(read)


class Dripping:
    """A process that writes one byte at a time."""

    def __init__(self, data: bytes) -> None:
        self.stdout = self
        self._left = iter(data)

    async def receive(self, _most: int) -> bytes:
        byte = next(self._left, None)
        if byte is None:
            raise anyio.EndOfStream
        return bytes((byte,))


@pytest.mark.parametrize("most", [2_000_000, 100_000])
def test_a_line_that_drips_in_costs_its_length_and_not_its_square(most: int) -> None:
    length = 400_000
    got: list[Any] = []

    async def read() -> None:
        to_session, incoming = anyio.create_memory_object_stream[Any](1)
        async with incoming:
            await _read(Dripping(b" " * length + b"\n{}\n"), to_session, most)  # type: ignore[arg-type]
            got.extend([item async for item in incoming])

    started = time.process_time()
    run(read)
    assert time.process_time() - started < 4
    assert len(got) == (1 if most > length else 0), "beyond its bound the line ends the stream"
