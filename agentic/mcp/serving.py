"""Serving MCP over standard input and output, or over streamable HTTP on this machine.

Over HTTP every request needs `Authorization: Bearer …` with the token that lies in the user's state
directory: other users of the machine can reach the port, and a web page can make a browser try. `Host` and
`Origin` are checked by the package. The token is in a file, so it is in no command line and no log.
"""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import anyio
from mcp.server import Server as McpServer
from mcp.server.stdio import stdio_server

from agentic.core.values import ToolCall
from agentic.errors import Unavailable, quoted
from agentic.mcp.access import address_of, token_of
from agentic.mcp.backend import Backend
from agentic.mcp.calls import Judging
from agentic.mcp.catalogue import Catalogue
from agentic.mcp.gateway import Gateway, Origin
from agentic.mcp.judge import HOST, Judge
from agentic.mcp.pins import Identity
from agentic.mcp.process import Keeper, last_words, resolved_command, started
from agentic.mcp.remote import connected
from agentic.mcp.serve import Answers, Desk, agentic_server
from agentic.mcp.settings import Server, Setup, environment_of, headers_of
from agentic.mcp.upstream import Upstream
from agentic.places import places_of

Say = Callable[[str], None]

PATH = "/mcp"
#: One request over HTTP, whatever its server's own bound.
MAX_BODY_BYTES = 8_388_608
#: How long the open questions may take to be recorded when a signal ends the gateway.
_ENDING_S = 5.0


def backend_of(
    server: Server,
    setup: Setup,
    judge: Judging,
    state_dir: str,
    environment: Mapping[str, str],
    keeper: Keeper,
    is_read_only: Callable[[ToolCall], bool] | None = None,
) -> Backend:
    """One server with its connection and its catalogue. Raises: Unavailable when it cannot even be named."""
    variables = environment_of(server, environment)
    tail = bytearray()
    if server.command:
        command = resolved_command(server.command, variables, server.cwd)
        identity = Identity(server.name, command, server.cwd)
        connect = partial(
            started,
            command,
            variables,
            server.cwd,
            server.limits.result_bytes * 2,
            keeper,
            tail,
        )
    else:
        identity = Identity(server.name, url=server.url)
        limits = server.limits
        headers = headers_of(server, environment)
        connect = partial(
            connected, server.url, headers, limits.result_bytes * 2, float(limits.call_s)
        )
    is_safe: Callable[[str], bool] | None = None
    if setup.first_sight == "read-only" and is_read_only is not None:
        chosen = is_read_only

        def is_safe(tool: str) -> bool:
            given = {"server": server.name, "tool": tool, "arguments": {}}
            return chosen(ToolCall("mcp", given, "/", host=HOST))

    catalogue = Catalogue(state_dir, identity, is_safe)
    catalogue.follow()
    gateway_changed: list[Callable[[], Awaitable[None]]] = []

    async def listed(items: dict[str, Any]) -> None:
        if catalogue.see(items) and gateway_changed:
            await gateway_changed[0]()

    upstream = Upstream(
        server.name, server.limits, connect, listed, partial(last_words, tail, judge.redacted)
    )
    return Backend(server.name, upstream, catalogue, gateway_changed)


async def serve_gateway(
    setup: Setup,
    environment: Mapping[str, str],
    cwd: str,
    *,
    http: str = "",
    role: str = "",
    say: Say,
) -> None:
    """Run the gateway until its client leaves (stdio) or it is told to stop (HTTP)."""
    judge = Judge(environment, cwd)
    keeper = Keeper()
    try:
        state = judge.places.state
        backends = [
            backend_of(server, setup, judge, state, environment, keeper, judge.is_read_only)
            for server in setup.servers
        ]
        origin = Origin("mcp-" + secrets.token_hex(6), cwd, role)
        gateway = Gateway(setup, judge, backends, origin)
        for backend in backends:
            backend.on_change.append(gateway.changed)
        server = gateway.server()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gateway.run, say)

            async def ending() -> None:
                await gateway.close()
                keeper.close()

            await serve(server, gateway.options(server), state, http, "gateway", say, ending)
            tasks.cancel_scope.cancel()
    finally:
        keeper.close()


async def serve_agentic(
    environment: Mapping[str, str], cwd: str, answers: Answers, *, http: str = "", say: Say
) -> None:
    """Serve agentic's own questions until the client leaves (stdio) or it is told to stop (HTTP)."""
    server = agentic_server(Desk(environment, cwd, answers))
    state = places_of(environment).state
    await serve(server, server.create_initialization_options(), state, http, "serve", say)


async def serve(
    server: McpServer[Any],
    options: Any,
    state_dir: str,
    http: str,
    what: str,
    say: Say,
    ending: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve one MCP server over stdio, or over HTTP at `http` (`HOST:PORT`).

    Over stdio a signal ends the process, after `ending`; over HTTP it is as if every client had left.
    """
    # The package logs what it could not parse, values included; nothing of that is for a log.
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    logging.getLogger("client").setLevel(logging.CRITICAL)
    if not http:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_leave_on_signal, ending)
            async with stdio_server() as (incoming, outgoing):
                await server.run(incoming, outgoing, options)
            tasks.cancel_scope.cancel()
        return
    await _serve_http(server, state_dir, http, what, say)


async def _leave_on_signal(ending: Callable[[], Awaitable[None]] | None) -> None:
    """Leave at once when asked to: the thread that reads standard input waits until somebody writes."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        async for number in signals:
            with anyio.move_on_after(_ENDING_S):
                if ending is not None:
                    await ending()
            os._exit(128 + number)


async def _serve_http(
    server: McpServer[Any], state_dir: str, http: str, what: str, say: Say
) -> None:
    import uvicorn

    host, port = address_of(http)
    token, path = token_of(state_dir)
    app = server.streamable_http_app(
        streamable_http_path=PATH, host=host, max_request_body_size=MAX_BODY_BYTES
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as problem:
            message = (
                f"the address {quoted(http)} cannot be used: {(problem.strerror or '').lower()}"
            )
            raise Unavailable("mcp.address", message) from None
        bound = listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        config = uvicorn.Config(
            _with_token(app, token),
            log_level="critical",
            access_log=False,
            lifespan="on",
            ws="none",
        )
        say(f"agentic mcp {what}: http://{shown}:{bound}{PATH}, bearer token in {path}")
        await uvicorn.Server(config).serve(sockets=[listener])


def _with_token(app: Any, token: str) -> Any:
    """The application behind a check of `Authorization: Bearer`; without it 401 and nothing else."""
    wanted = f"Bearer {token}".encode()

    async def checked(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, wanted):
                headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
                await send({"type": "http.response.start", "status": 401, "headers": headers})
                await send({"type": "http.response.body", "body": b""})
                return
        await app(scope, receive, send)

    return checked
