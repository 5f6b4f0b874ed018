"""One server behind the gateway, as the gateway's handlers use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from mcp import UriTemplate

from agentic.mcp.calls import Failed
from agentic.mcp.catalogue import Catalogue
from agentic.mcp.upstream import ServerFault, Upstream


class Backend(NamedTuple):
    """One server behind the gateway: its connection, what of it may be used, whom to tell of changes."""

    name: str
    upstream: Upstream
    catalogue: Catalogue
    on_change: list[Callable[[], Awaitable[None]]]


async def refresh(backend: Backend) -> None:
    """Compare the server's listing with its pins again, where the server is there."""
    try:
        await backend.upstream.refresh()
    except ServerFault:
        # Its tools stay listed as they were: a call says what is wrong, a list cannot.
        return


def check_size(arguments: Mapping[str, Any], backend: Backend) -> None:
    """Raises: Failed when arguments are larger than the server may be sent."""
    size = len(repr(arguments))
    most = backend.upstream.limits.request_bytes
    if size > most:
        raise Failed(f"the arguments are too large ({size} characters, at most {most})")


def fits(template: str, uri: str) -> bool:
    """Whether a resource's URI is one of a template's."""
    try:
        return UriTemplate.parse(template).match(uri) is not None
    except ValueError:
        return False
