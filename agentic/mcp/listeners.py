"""Who is told when the gateway's lists change: subscribers, and sessions of the handshake era."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import anyio
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged
from mcp.shared.subscriptions import PromptsListChanged

from agentic.mcp.calls import Context

MOST_SESSIONS = 64
_TELL_S = 1.0


class Listeners:
    """Who listens. A client that has left, or does not read, is passed over and forgotten."""

    def __init__(self) -> None:
        self._bus = InMemorySubscriptionBus()
        self._sessions: OrderedDict[int, Any] = OrderedDict()

    def handler(self) -> ListenHandler:
        """What answers `subscriptions/listen` (2026-07-28)."""
        return ListenHandler(self._bus, max_subscriptions=MOST_SESSIONS)

    def remember(self, context: Context) -> None:
        """Know a client of the handshake era, to tell it of changes."""
        params = context.session.client_params
        if params is not None and context.session.can_send_request:
            self._sessions[id(params)] = context.session
            self._sessions.move_to_end(id(params))
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)

    async def tell(self) -> None:
        """Tell every client that the lists are no longer what they were. Never raises."""
        await self._bus.publish(ToolsListChanged())
        await self._bus.publish(PromptsListChanged())
        for key, session in list(self._sessions.items()):
            is_told = False
            with anyio.move_on_after(_TELL_S):
                try:
                    await session.send_tool_list_changed()
                    await session.send_prompt_list_changed()
                    is_told = True
                except Exception:  # noqa: BLE001 - whatever it is, only that one client is concerned
                    is_told = False
            if not is_told:
                self._sessions.pop(key, None)
