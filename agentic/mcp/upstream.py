"""One server behind the gateway: connected when it is needed, bounded, replaced when it dies.

One task (`run`) owns the connection from its first to its last moment. Calls wait for it within their
deadline; a server that cannot be reached, hangs or floods is an error for the call, never a hang.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import monotonic
from typing import Any

import anyio
import mcp_types as types
from mcp import Client, MCPError
from mcp.client.subscriptions import listen
from mcp.shared.dispatcher import ProgressFnT
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import RootModel, ValidationError

from agentic import __version__
from agentic.errors import AgenticError, quoted
from agentic.mcp.meter import Meter, MeteredStream, Rate
from agentic.mcp.pins import SERVER, fault_of, folded, item_of, server_item
from agentic.mcp.settings import Limits
from agentic.mcp.visible import visible_line

Connect = Callable[[], AbstractAsyncContextManager[tuple[Any, Any]]]

_PAGES = 200
#: Between two listings of a server that says again and again that its list has changed.
_SETTLE_S = 0.5
#: Before a server that ended is started again: at first, at most, and for how long a call waits for it.
_FIRST_PAUSE_S = 0.5
_MOST_PAUSE_S = 30.0
_WORTH_WAITING_S = 1.0
#: Answers a second that a server may give besides those to calls.
_LISTINGS_PER_S = 100
_INFO = types.Implementation(name="agentic-mcp-gateway", version=__version__)

#: listing method -> (request type, the member of its result, kind of item)
_LISTED: tuple[tuple[str, type[Any], str, str], ...] = (
    ("tools", types.ListToolsRequest, "tools", "tool"),
    ("prompts", types.ListPromptsRequest, "prompts", "prompt"),
    ("resources", types.ListResourceTemplatesRequest, "resourceTemplates", "template"),
)


class Raw(RootModel[dict[str, Any]]):
    """A result as it came: what the package checks but does not take apart."""


class ServerFault(Exception):
    """The server could not do its part; the text is for the client, one line."""


class Upstream:
    """The connection to one server. `on_listed` is given every new listing, by key of `pins`."""

    def __init__(
        self,
        name: str,
        limits: Limits,
        connect: Connect,
        on_listed: Callable[[dict[str, Any]], Awaitable[None]],
        last_words: Callable[[], str] = str,
    ) -> None:
        self.name = name
        self.limits = limits
        self.fault = ""
        self._connect = connect
        self._on_listed = on_listed
        self._last_words = last_words
        self._client: Client | None = None
        self._wanted = anyio.Event()
        self._settled = anyio.Event()
        self._ended = anyio.Event()
        self._changed = anyio.Event()
        self._failures = 0
        self._not_before = 0.0
        self._rate = Rate(limits.calls_per_s)
        self._room = anyio.Semaphore(limits.concurrent_calls)

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._client is not None

    # The task that owns the connection

    async def run(self) -> None:
        """Connect whenever somebody wants to, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            self._ended = anyio.Event()
            self.fault = why = ""
            try:
                await self._connected()
            except Exception as problem:  # noqa: BLE001 - whatever ended it is told to the next caller
                why = _told(problem)
            finally:
                self._client = None
            self.fault = self.fault or why or "the connection ended"
            self._failures += 1
            pause = min(_MOST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (self._failures - 1))
            self._not_before = monotonic() + pause
            self._settle()

    def _settle(self) -> None:
        """Wake everybody who waits for the connection, whatever became of it."""
        self._settled.set()
        self._settled = anyio.Event()

    async def _connected(self) -> None:
        async with anyio.create_task_group() as tasks:
            with anyio.fail_after(self.limits.connect_s):
                client = await tasks.start(self._hold)
                await self._list(client)
            self._client = client
            self._settle()
            tasks.start_soon(self._follow, client)
            await self._ended.wait()
            tasks.cancel_scope.cancel()

    async def _hold(self, *, task_status: anyio.abc.TaskStatus[Client]) -> None:
        async with Client(
            self._metered(), client_info=_INFO, cache=None, message_handler=self._heard
        ) as client:
            task_status.started(client)
            await anyio.sleep_forever()

    @asynccontextmanager
    async def _metered(self) -> AsyncIterator[tuple[Any, Any]]:
        async with self._connect() as (incoming, outgoing):
            meter = Meter(self.limits.messages_per_s)
            answers = Meter(self.limits.calls_per_s + _LISTINGS_PER_S)
            yield MeteredStream(incoming, meter, answers, self._end), outgoing

    def _end(self, why: str) -> None:
        """The connection is over: nobody gets it any more, while its owner still clears up."""
        self._client = None
        if not self._ended.is_set():
            self.fault = why
            self._ended.set()

    async def _heard(self, message: Any) -> None:
        if isinstance(
            message,
            types.ToolListChangedNotification
            | types.PromptListChangedNotification
            | types.ResourceListChangedNotification,
        ):
            self._changed.set()

    async def _follow(self, client: Client) -> None:
        """List again whenever the server says that something changed, but not more often than is useful."""
        async with anyio.create_task_group() as tasks:
            if client.session.protocol_version in MODERN_PROTOCOL_VERSIONS:
                tasks.start_soon(self._listen, client)
            while True:
                await self._changed.wait()
                await anyio.sleep(_SETTLE_S)
                await self._follow_change()

    async def _follow_change(self) -> None:
        """List again where the server has told of a change since. Raises: ServerFault."""
        if not self._changed.is_set():
            return
        self._changed = anyio.Event()
        try:
            await self.refresh()
        except BaseException:
            # FAIL-SAFE: as long as nobody knows what it shows now, the next call asks again.
            self._changed.set()
            raise

    async def _listen(self, client: Client) -> None:
        """Have the server tell of changes where that is asked for (2026-07-28); many servers do not."""
        try:
            async with listen(
                client.session, tools_list_changed=True, prompts_list_changed=True
            ) as changes:
                async for _ in changes:
                    self._changed.set()
        except Exception:  # noqa: BLE001 - the listing is compared before every list and unknown name anyway
            return

    # What others ask

    async def client(self) -> Client:
        """The connected client, connecting first where there is none. Raises: ServerFault."""
        with anyio.move_on_after(self.limits.connect_s + 1):
            while self._client is None:
                pause = self._not_before - monotonic()
                if pause > _WORTH_WAITING_S:
                    break
                if pause > 0:
                    await anyio.sleep(pause)
                settled = self._settled
                self._wanted.set()
                await settled.wait()
        client = self._client
        if client is None:
            raise ServerFault(self._why())
        return client

    async def refresh(self) -> None:
        """List again and hand it on. Raises: ServerFault."""
        client = await self.client()
        try:
            with anyio.fail_after(self.limits.connect_s):
                await self._list(client)
        except (MCPError, ValidationError, TimeoutError, OSError) as problem:
            raise ServerFault(f"the server {quoted(self.name)}: {_told(problem)}") from None

    async def ask(
        self,
        request: types.Request[Any, Any],
        check: Callable[[], None],
        on_progress: ProgressFnT | None = None,
    ) -> dict[str, Any]:
        """The server's answer to one request, as it came, within the server's limits.

        `check` is called when everything that can change the server's listing has happened: it may have
        been started anew, or have told of a change. What `check` raises is raised, and nothing is sent.

        Raises: MCPError for the server's own error, ServerFault for everything else. A cancelled caller
        cancels the request at the server; so does the deadline.
        """
        if not self._rate.takes():
            most = self.limits.calls_per_s
            raise ServerFault(f"more than {most} calls a second to {quoted(self.name)}; slow down")
        try:
            with anyio.fail_after(self.limits.call_s):
                async with self._room:
                    client = await self.client()
                    await self._follow_change()
                    check()
                    result = await client.session.send_request(
                        request, Raw, progress_callback=on_progress
                    )
        except TimeoutError:
            raise ServerFault(
                f"{quoted(self.name)} did not answer within {self.limits.call_s} s; the call was"
                " cancelled, and whether it took effect is not known"
            ) from None
        except ValidationError:
            raise ServerFault(f"{quoted(self.name)} sent an answer that is no valid MCP") from None
        except MCPError as problem:
            # Let the owner see the end first, so that the reason is the right one.
            await anyio.sleep(0)
            # Many servers give their own errors the number that the package has for an end.
            if problem.code == types.CONNECTION_CLOSED and not self.is_connected:
                raise ServerFault(
                    f"{self._why()}; whether the call took effect is not known"
                ) from None
            # The transport's word for an answer that it gave up on.
            if problem.code == types.PARSE_ERROR:
                message = f"{quoted(self.name)} sent an answer that cannot be read or is too long"
                raise ServerFault(message) from None
            raise
        except OSError as problem:
            raise ServerFault(f"the server {quoted(self.name)}: {_told(problem)}") from None
        self._failures = 0
        return result.root

    async def resources(self) -> list[Mapping[str, Any]]:
        """The resources that the server lists now. Raises: ServerFault, MCPError."""
        client = await self.client()
        capabilities = client.session.server_capabilities
        if capabilities is None or capabilities.resources is None:
            return []
        try:
            with anyio.fail_after(self.limits.connect_s):
                return await self._pages(client, types.ListResourcesRequest, "resources")
        except (ValidationError, TimeoutError, OSError) as problem:
            raise ServerFault(f"the server {quoted(self.name)}: {_told(problem)}") from None

    def _why(self) -> str:
        words = self._last_words()
        said = f"; its last words: {quoted(words, 300)}" if words else ""
        why = self.fault or "it cannot be reached"
        return f"the server {quoted(self.name)} is not there: {why}{said}"

    # Listing

    async def _list(self, client: Client) -> None:
        session = client.session
        own = session.server_info
        item = server_item(
            own.name if own else "", own.version if own else "", session.instructions or ""
        )
        fault = fault_of(item, self.limits.definition_bytes)
        if fault:
            raise ServerFault(f"what {quoted(self.name)} says of itself {fault}")
        items: dict[str, Any] = {SERVER: item}
        names: dict[str, str] = {}
        for capability, request, member, kind in _LISTED:
            if getattr(session.server_capabilities, capability, None) is None:
                continue
            for raw in await self._pages(client, request, member):
                self._add(items, names, kind, raw)
        await self._on_listed(items)

    async def _pages(
        self, client: Client, request: type[Any], member: str
    ) -> list[Mapping[str, Any]]:
        """Every page of a listing, at most as many items as the server may have."""
        rows: list[Mapping[str, Any]] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            params = types.PaginatedRequestParams(cursor=cursor) if cursor else None
            try:
                page = (await client.session.send_request(request(params=params), Raw)).root
                if (
                    member == "tools"
                    and client.session.protocol_version in MODERN_PROTOCOL_VERSIONS
                ):
                    # The package reads from its own listing which arguments become HTTP headers.
                    await client.session.list_tools(params=params)
            except MCPError as problem:
                if problem.code == types.METHOD_NOT_FOUND and kind_is_optional(member):
                    return rows
                raise
            listed = page.get(member) or ()
            cursor = page.get("nextCursor")
            if len(rows) + len(listed) > self.limits.tools:
                raise ServerFault(f"it lists more than {self.limits.tools} {member}")
            # Before the next page: many pages of one huge item each would fill memory.
            if any(len(str(row)) > self.limits.definition_bytes for row in listed):
                raise ServerFault(
                    f"one of its {member} is described in more than {self.limits.definition_bytes} bytes"
                )
            rows.extend(listed)
            if not cursor:
                return rows
        raise ServerFault(f"its list of {member} has no end")

    def _add(
        self, items: dict[str, Any], names: dict[str, str], kind: str, raw: Mapping[str, Any]
    ) -> None:
        try:
            key, definition = item_of(kind, raw)
        except KeyError:
            raise ServerFault(f"it lists a {kind} without a name") from None
        if key in items:
            raise ServerFault(f"it lists {quoted(key)} twice")
        twin = names.setdefault(folded(key), key) if kind != "template" else key
        if twin != key:
            raise ServerFault(
                f"it lists {quoted(twin)} and {quoted(key)}, which clients may mix up"
            )
        fault = fault_of(definition, self.limits.definition_bytes)
        if fault:
            raise ServerFault(f"{quoted(key)} {fault}")
        items[key] = definition


def kind_is_optional(member: str) -> bool:
    """Whether a server that declares the capability may still not know the listing."""
    return member == "resourceTemplates"


def _told(problem: BaseException) -> str:
    """What went wrong, on one line."""
    while isinstance(problem, BaseExceptionGroup) and problem.exceptions:
        problem = problem.exceptions[0]
    if isinstance(problem, AgenticError):
        return problem.message
    if isinstance(problem, ServerFault):
        return str(problem)
    if isinstance(problem, MCPError):
        # The words are the server's: for a terminal and a model they are data.
        return f"it answered with the error {quoted(visible_line(problem.message), 300)}"
    if isinstance(problem, TimeoutError):
        return "it did not answer in time"
    if isinstance(problem, ValidationError):
        return "it sent something that is no valid MCP"
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror.lower()
    return type(problem).__name__
