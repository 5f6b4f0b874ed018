"""A server that runs already: its messages over streamable HTTP, bounded in bytes.

The package's own transport speaks the protocol; the HTTP client below it is ours, because an answer that
is no event stream would otherwise be read into memory whole, however long it is.
Source: `mcp` 2.3.0, mcp/client/streamable_http.py (checked 2026-11-21).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp.client.streamable_http import streamable_http_client

_CONNECT_S = 10.0


class TooLong(httpx2.StreamError):
    """An answer is longer than its bound."""


class _BoundedBody(httpx2.AsyncByteStream):
    """A body that ends with an error when it is longer than `most_bytes`."""

    def __init__(self, inner: Any, most_bytes: int) -> None:
        self._inner = inner
        self._left = most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise TooLong("the answer is longer than its bound")
            yield chunk

    async def aclose(self) -> None:
        """Close the body below."""
        await self._inner.aclose()


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Requests over the network; what is no event stream ends at `most_bytes`, unpacked or not at all."""

    def __init__(self, most_bytes: int) -> None:
        # Neither proxies nor certificates come from the environment that an agent may have set.
        self._inner = httpx2.AsyncHTTPTransport(trust_env=False)
        self._most_bytes = most_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response to one request. Raises: httpx2.TransportError."""
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise httpx2.DecodingError("the answer is packed although that was not asked for")
        kind = response.headers.get("content-type", "").lower()
        if not kind.startswith("text/event-stream"):
            response.stream = _BoundedBody(response.stream, self._most_bytes)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


@asynccontextmanager
async def connected(
    url: str, headers: Mapping[str, str], most_bytes: int, call_s: float
) -> AsyncGenerator[tuple[Any, Any]]:
    """The streams of a server at a URL. An event above `most_bytes` ends its answer."""
    timeout = httpx2.Timeout(_CONNECT_S, read=call_s + _CONNECT_S)
    async with (
        httpx2.AsyncClient(
            transport=BoundedTransport(most_bytes),
            headers={**headers, "accept-encoding": "identity"},
            timeout=timeout,
            trust_env=False,
        ) as client,
        streamable_http_client(url, http_client=client, max_sse_event_size=most_bytes) as streams,
    ):
        yield streams
