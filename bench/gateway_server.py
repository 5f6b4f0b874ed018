"""The server that the gateway's benchmark calls: one tool that returns its arguments."""

from __future__ import annotations

import json
from typing import Any

import anyio
import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server


async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
    tool = types.Tool(name="get_note", description="gets a note", input_schema={"type": "object"})
    return types.ListToolsResult(tools=[tool])


async def call_tool(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    text = json.dumps(params.arguments)
    return types.CallToolResult(content=[types.TextContent(text=text)])


async def main() -> None:
    server: Server[Any] = Server("bench", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(main)
