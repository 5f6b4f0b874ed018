"""One server behind the gateway, as the gateway's handlers use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from mcp import UriTemplate

from agentic.errors import quoted
from agentic.mcp.calls import Blocked, Failed
from agentic.mcp.catalogue import Catalogue
from agentic.mcp.listing import waiting_text
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


async def ensure_usable(backend: Backend, kind: str, name: str) -> None:
    """Look again where an item is not usable, then as `check_usable`. Raises: Blocked, Failed."""
    backend.catalogue.follow()
    if not backend.catalogue.is_usable(kind, name):
        try:
            await backend.upstream.refresh()
        except ServerFault as problem:
            raise Failed(str(problem)) from None
    check_usable(backend, kind, name)


def check_usable(backend: Backend, kind: str, name: str) -> None:
    """Raises: Blocked where a person has not approved the item as it is now, Failed without it."""
    if backend.catalogue.is_usable(kind, name):
        return
    found = backend.catalogue.find(kind, name)
    if backend.catalogue.fault:
        raise Blocked(f"blocked: {backend.catalogue.fault}")
    if found is None or found.state == "gone":
        raise Failed(f"{quoted(backend.name)} has no {kind} {quoted(name)}")
    what = "changed since it was approved" if found.state == "changed" else "is new"
    raise Blocked(
        f"blocked: the {kind} {quoted(name)} of {quoted(backend.name)} {what}, or its server did;"
        f" ask the user to run `agentic mcp diff {backend.name}` in a terminal"
    )


def check_server(backend: Backend) -> None:
    """Raises: Blocked where a person has not approved what the server says of itself now."""
    if not backend.catalogue.is_server_usable:
        raise Blocked(waiting_text(backend.name, backend.catalogue) or "not approved")


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
