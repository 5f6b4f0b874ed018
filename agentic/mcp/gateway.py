"""The gateway: one MCP server towards the client, any number of servers behind it, `govern` in between.

The package speaks both protocol eras on both sides. Of a server, only what a person approved and what has
not changed since is listed or called; its own questions (elicitation, sampling, roots), log lines and
`_meta` are not passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import anyio
import mcp_types as types
from mcp import MCPError
from mcp.server import Server as McpServer
from mcp.server.lowlevel.server import NotificationOptions
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

from agentic import __version__
from agentic.core.values import STOP, Decision, ToolCall
from agentic.errors import AgenticError, quoted
from agentic.mcp.backend import (
    Backend,
    check_server,
    check_size,
    check_usable,
    ensure_usable,
    fits,
    refresh,
)
from agentic.mcp.calls import Answered, Blocked, Calls, Context, Failed, Judging
from agentic.mcp.judge import HOST
from agentic.mcp.listeners import Listeners
from agentic.mcp.listing import resource_of, tool_of, waiting_text, waiting_tool
from agentic.mcp.results import COMPLETE, TooLarge, blocked_result, noticed
from agentic.mcp.settings import Setup
from agentic.mcp.upstream import ServerFault

#: Between the server's name and the tool's where several servers stand behind one gateway.
SEPARATOR = "__"
#: The one tool of our own: it says what waits for a person.
WAITING_TOOL = "agentic_waiting_tools"
_WATCH_S = 1.0
#: How long a list waits for one of several servers: it must not keep the tools of the others back.
_LIST_WAIT_S = 5.0


class Origin(NamedTuple):
    """Who calls: the session, the folder, and perhaps a role."""

    session: str
    cwd: str
    role: str = ""


class Gateway:
    """The handlers of the gateway's own server, over its backends."""

    def __init__(
        self,
        setup: Setup,
        judge: Judging,
        backends: Sequence[Backend],
        origin: Origin,
        calls: Calls | None = None,
    ) -> None:
        self._setup = setup
        self._judge = judge
        self._backends = {backend.name: backend for backend in backends}
        self._origin = origin
        self._calls = calls or Calls(judge, setup.question_s)
        self._count = 0
        self._listeners = Listeners()
        self._owners: dict[str, str] = {}

    def server(self) -> McpServer[Any]:
        """The server that clients talk to."""
        server: McpServer[Any] = McpServer(
            "agentic-mcp-gateway",
            version=__version__,
            instructions=self._instructions(),
            on_subscriptions_listen=self._listeners.handler(),
        )
        page = types.PaginatedRequestParams
        server.add_request_handler("tools/list", page, self._list_tools)
        server.add_request_handler("tools/call", types.CallToolRequestParams, self._call_tool)
        server.add_request_handler("resources/list", page, self._list_resources)
        server.add_request_handler("resources/templates/list", page, self._list_templates)
        server.add_request_handler(
            "resources/read", types.ReadResourceRequestParams, self._read_resource
        )
        server.add_request_handler("prompts/list", page, self._list_prompts)
        server.add_request_handler("prompts/get", types.GetPromptRequestParams, self._get_prompt)
        security = RequestStateSecurity.ephemeral(ttl=self._setup.question_s)
        server.middleware.append(RequestStateBoundary(security, default_audience=HOST))
        return server

    def options(self, server: McpServer[Any]) -> Any:
        """What the server says in the handshake of older clients: it tells of changes."""
        changes = NotificationOptions(prompts_changed=True, tools_changed=True)
        return server.create_initialization_options(changes)

    async def run(self, say: Callable[[str], None]) -> None:
        """Own every connection, start the servers, follow approvals, until cancelled."""
        async with anyio.create_task_group() as tasks:
            self._calls.tasks = tasks
            self._calls.say = say
            for backend in self._backends.values():
                tasks.start_soon(backend.upstream.run)
                tasks.start_soon(self._first_look, backend, say)
            try:
                await self._watch()
            finally:
                with anyio.CancelScope(shield=True):
                    await self.close()

    async def close(self) -> None:
        """Record as refused what nobody can answer any more."""
        await self._calls.close_questions(every=True)

    async def _watch(self) -> None:
        """Follow approvals made in a terminal, and close questions that nobody answered."""
        while True:
            await anyio.sleep(_WATCH_S)
            await self._calls.close_questions()
            # Every one is asked, not just those up to the first that changed.
            followed = [backend.catalogue.follow() for backend in self._backends.values()]
            if any(followed):
                await self.changed()

    async def _first_look(self, backend: Backend, say: Callable[[str], None]) -> None:
        try:
            await backend.upstream.refresh()
        except ServerFault as problem:
            say(await self._calls.shown(str(problem), backend.name))
            return
        text = waiting_text(backend.name, backend.catalogue)
        if text:
            say(text)

    async def changed(self) -> None:
        """Tell every client that the lists are no longer what they were."""
        await self._listeners.tell()

    # Names

    def _shown_name(self, server: str, name: str) -> str:
        return name if len(self._backends) == 1 else f"{server}{SEPARATOR}{name}"

    def _backend_of(self, shown: str) -> tuple[Backend, str]:
        """The backend and its own name of a tool or prompt. Raises: MCPError."""
        if len(self._backends) == 1:
            return next(iter(self._backends.values())), shown
        server, sign, name = shown.partition(SEPARATOR)
        backend = self._backends.get(server)
        if not sign or backend is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no {quoted(shown)} here")
        return backend, name

    def _instructions(self) -> str:
        """The approved instructions of all servers, and what is said about the gateway itself."""
        parts = [
            "Every call passes a policy. A blocked call says what to do; do not look for a way around it."
        ]
        for backend in self._backends.values():
            text = backend.catalogue.instructions
            if text:
                parts.append(text if len(self._backends) == 1 else f"## {backend.name}\n{text}")
        return "\n\n".join(parts)

    # Lists

    async def _refreshed(self, context: Context) -> None:
        """Compare every server's listing with its pins again; a dead server keeps nothing back.

        A server that comes later makes itself known: the client is told that the lists have changed.
        """
        self._listeners.remember(context)
        wait_s = _LIST_WAIT_S if len(self._backends) > 1 else None
        with anyio.move_on_after(wait_s):
            async with anyio.create_task_group() as tasks:
                for backend in self._backends.values():
                    tasks.start_soon(refresh, backend)

    async def _list_tools(self, context: Context, _params: Any) -> dict[str, Any]:
        await self._refreshed(context)
        rows: list[dict[str, Any]] = []
        for backend in self._backends.values():
            for name, definition in backend.catalogue.usable("tool").items():
                if self._shown_name(backend.name, name) == WAITING_TOOL:
                    continue  # that name is ours, and a call of it never reaches the server
                row = await self._listed_tool(backend, name, definition)
                if row is not None:
                    rows.append(row)
        texts = [waiting_text(b.name, b.catalogue) for b in self._backends.values()]
        if any(texts):
            rows.append(waiting_tool(WAITING_TOOL, [text for text in texts if text]))
        rows.sort(key=lambda row: str(row["name"]))
        return _page("tools", rows)

    async def _listed_tool(
        self, backend: Backend, name: str, definition: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """A tool as the client sees it; None for one that policy stops and that is to be hidden."""
        shown = self._shown_name(backend.name, name)
        decision: Decision | None = None
        try:
            call = self._call(None, backend.name, name, {})._replace(call_id="")
            decision = await self._calls.blocking(partial(self._judge.supposed, call))
        except Exception:  # noqa: BLE001 - the list says that it cannot be judged; a call of it is blocked
            decision = None
        if decision is not None and decision.mode == STOP and self._setup.blocked == "hide":
            return None
        return tool_of(shown, definition, decision, self._setup.annotate)

    async def _list_prompts(self, context: Context, _params: Any) -> dict[str, Any]:
        await self._refreshed(context)
        rows = [
            {**definition, "name": self._shown_name(backend.name, name)}
            for backend in self._backends.values()
            for name, definition in backend.catalogue.usable("prompt").items()
        ]
        return _page("prompts", rows)

    async def _list_templates(self, context: Context, _params: Any) -> dict[str, Any]:
        await self._refreshed(context)
        rows = [
            definition
            for backend in self._backends.values()
            for definition in backend.catalogue.usable("template").values()
        ]
        return _page("resourceTemplates", rows)

    async def _list_resources(self, context: Context, _params: Any) -> dict[str, Any]:
        """The resources of every approved server: data that comes and goes, so not pinned, but cleaned."""
        await self._refreshed(context)
        rows: dict[str, dict[str, Any]] = {}
        owners: dict[str, str] = {}
        for backend in self._backends.values():
            for row in await self._resources_of(backend):
                uri = str(row.get("uri"))
                if owners.setdefault(uri, backend.name) == backend.name:
                    rows[uri] = row
        self._owners = owners
        return _page("resources", list(rows.values()))

    async def _resources_of(self, backend: Backend) -> list[dict[str, Any]]:
        if not backend.catalogue.is_server_usable:
            return []
        try:
            rows = await backend.upstream.resources()
            most = backend.upstream.limits.result_bytes
            listed = {"resources": list(rows)}
            clean = partial(self._judge.cleaned, listed, most)
            found = await self._calls.blocking(clean, is_long=True)
        except (ServerFault, MCPError, TooLarge, AgenticError):
            return []
        shown = [resource_of(row, backend.name) for row in found.result["resources"]]
        return [row for row in shown if row is not None]

    # Calls

    async def _call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> dict[str, Any] | types.InputRequiredResult:
        self._listeners.remember(context)
        if params.name == WAITING_TOOL:
            return self._waiting()
        backend, name = self._backend_of(params.name)
        arguments = params.arguments or {}
        try:
            await ensure_usable(backend, "tool", name)
            check_size(arguments, backend)
            call = self._call(context, backend.name, name, arguments)
            request = types.CallToolRequest(
                params=types.CallToolRequestParams(name=name, arguments=arguments)
            )
            check = partial(check_usable, backend, "tool", name)
            forward = partial(backend.upstream.ask, request, check)
            found = await self._calls.through(context, params, call, backend.upstream, forward)
        except Blocked as problem:
            return blocked_result(str(problem))
        except Failed as problem:
            return blocked_result(await self._calls.shown(str(problem), backend.name))
        if found.cleaned is None:
            return _question(found)
        return noticed(found.cleaned, backend.name)

    async def _read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> dict[str, Any] | types.InputRequiredResult:
        uri = str(params.uri)
        backend = self._owner(uri)
        request = types.ReadResourceRequest(params=types.ReadResourceRequestParams(uri=uri))
        arguments = {"uri": uri}
        check = partial(check_server, backend)
        return await self._other(
            context, params, backend, "resources/read", arguments, request, check
        )

    async def _get_prompt(
        self, context: Context, params: types.GetPromptRequestParams
    ) -> dict[str, Any] | types.InputRequiredResult:
        backend, name = self._backend_of(params.name)
        request = types.GetPromptRequest(
            params=types.GetPromptRequestParams(name=name, arguments=params.arguments)
        )
        arguments = {"name": name, "arguments": params.arguments or {}}
        try:
            await ensure_usable(backend, "prompt", name)
        except Blocked as problem:
            raise MCPError(types.INVALID_PARAMS, str(problem)) from None
        except Failed as problem:
            text = await self._calls.shown(str(problem), backend.name)
            raise MCPError(types.INVALID_PARAMS, text) from None
        check = partial(check_usable, backend, "prompt", name)
        return await self._other(context, params, backend, "prompts/get", arguments, request, check)

    async def _other(
        self,
        context: Context,
        params: types.InputResponseRequestParams,
        backend: Backend,
        method: str,
        arguments: dict[str, Any],
        request: types.Request[Any, Any],
        check: Callable[[], None],
    ) -> dict[str, Any] | types.InputRequiredResult:
        """What became of reading a resource or getting a prompt; a refusal is a protocol error there."""
        self._listeners.remember(context)
        try:
            check_server(backend)
            check_size(arguments, backend)
            call = self._call(context, backend.name, method, arguments)
            forward = partial(backend.upstream.ask, request, check)
            found = await self._calls.through(context, params, call, backend.upstream, forward)
        except Blocked as problem:
            raise MCPError(types.INVALID_REQUEST, str(problem)) from None
        except Failed as problem:
            text = await self._calls.shown(str(problem), backend.name)
            raise MCPError(types.INVALID_REQUEST, text) from None
        if found.cleaned is None:
            return _question(found)
        return noticed(found.cleaned, backend.name)

    def _call(
        self,
        context: Context | None,
        server: str,
        tool: str,
        arguments: Mapping[str, Any],
    ) -> ToolCall:
        """The call in neutral words; every one has an id of its own."""
        self._count += 1
        params = context.session.client_params if context is not None else None
        info = params.client_info if params is not None else None
        return ToolCall(
            "mcp",
            {"server": server, "tool": tool, "arguments": dict(arguments)},
            self._origin.cwd,
            host=HOST,
            raw_tool=f"mcp{SEPARATOR}{server}{SEPARATOR}{tool}",
            raw_input=dict(arguments),
            session=self._origin.session,
            call_id=f"{self._origin.session}-{self._count}",
            role=self._origin.role,
            host_version=f"{info.name} {info.version}"[:100] if info is not None else "",
        )

    def _owner(self, uri: str) -> Backend:
        """The backend that a resource belongs to. Raises: MCPError."""
        if len(self._backends) == 1:
            return next(iter(self._backends.values()))
        owner = self._owners.get(uri)
        if owner is not None:
            return self._backends[owner]
        for backend in self._backends.values():
            if any(fits(template, uri) for template in backend.catalogue.usable("template")):
                return backend
        raise MCPError(types.INVALID_PARAMS, f"no server here has the resource {quoted(uri)}")

    def _waiting(self) -> dict[str, Any]:
        texts = [waiting_text(b.name, b.catalogue) for b in self._backends.values()]
        text = "\n".join(text for text in texts if text) or "nothing waits for a person's approval"
        return {"content": [{"type": "text", "text": text}], "isError": False, **COMPLETE}


def _page(member: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A listing in one page, never to be kept: an approval or a policy may change it at any time."""
    return {member: rows, "ttlMs": 0, "cacheScope": "private", **COMPLETE}


def _question(found: Answered) -> types.InputRequiredResult:
    if found.question is None:
        raise MCPError(types.INTERNAL_ERROR, "a call ended without a result")
    return found.question
