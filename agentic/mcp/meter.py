"""What a server may say: a stream of its messages, counted, freed of chatter, cut off when it floods.

A server answers requests and may send a few kinds of notifications; a request of its own gets the session's
refusal. Everything else (log lines, unknown kinds, what is no message) is dropped here. Above its rate,
notifications are dropped; far above it, the stream ends, which ends the connection. Answers are never
dropped, but many more of them than there can be calls end it as well. Nothing is queued, so memory stays
bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Any, Self

from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

#: A server that says this many times its rate within one second is cut off.
FLOOD_FACTOR = 20

PASSED = frozenset(
    (
        "notifications/progress",
        "notifications/cancelled",
        "notifications/tools/list_changed",
        "notifications/prompts/list_changed",
        "notifications/resources/list_changed",
        "notifications/subscriptions/acknowledged",
    )
)


class Meter:
    """Counts messages by second. `count` says what to do with the next one that is no answer."""

    def __init__(self, messages_per_s: int) -> None:
        self._most = messages_per_s
        self._second = 0
        self._count = 0

    def passes(self) -> bool:
        """Whether one more message is within the rate."""
        return self._counted() <= self._most

    def is_flood(self) -> bool:
        """Whether the messages of this second, this one not counted again, are a flood."""
        return self._count > self._most * FLOOD_FACTOR

    def _counted(self) -> int:
        second = int(monotonic())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count


class Rate:
    """A bucket of calls that fills with `per_s` a second."""

    def __init__(self, per_s: int) -> None:
        self._per_s = per_s
        self._left = float(per_s)
        self._at = monotonic()

    def takes(self) -> bool:
        """Whether one more call is within the rate."""
        now = monotonic()
        self._left = min(float(self._per_s), self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class MeteredStream:
    """A server's messages as a session reads them. `on_end` is told once why they ended.

    `answers` counts what claims to answer a request, `meter` everything else.
    """

    def __init__(
        self, inner: Any, meter: Meter, answers: Meter, on_end: Callable[[str], None]
    ) -> None:
        self._inner = inner
        self._meter = meter
        self._answers = answers
        self._on_end = on_end

    async def receive(self) -> SessionMessage | Exception:
        """The next message that the session should see. Raises what the stream below raises at its end."""
        try:
            while True:
                item = await self._inner.receive()
                if self._is_for_session(item):
                    passed: SessionMessage | Exception = item
                    return passed
        except Exception:
            self._on_end("the connection ended")
            raise

    async def __anext__(self) -> SessionMessage | Exception:
        """The next message, for `async for`."""
        from anyio import ClosedResourceError, EndOfStream

        try:
            return await self.receive()
        except (EndOfStream, ClosedResourceError):
            raise StopAsyncIteration from None

    def __aiter__(self) -> Self:
        """The stream itself."""
        return self

    async def aclose(self) -> None:
        """Close the stream below."""
        await self._inner.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _is_for_session(self, item: SessionMessage | Exception) -> bool:
        from anyio import EndOfStream

        message = None if isinstance(item, Exception) else item.message
        is_answer = isinstance(message, JSONRPCResponse | JSONRPCError)
        meter = self._answers if is_answer else self._meter
        is_within = meter.passes()
        if meter.is_flood():
            self._on_end("it flooded the gateway with messages and was cut off")
            raise EndOfStream
        if is_answer:
            return True
        if isinstance(message, JSONRPCNotification):
            return is_within and message.method in PASSED
        return is_within and isinstance(message, JSONRPCRequest)
