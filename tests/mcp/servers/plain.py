"""A small MCP server for tests, on the package's own server, so that it speaks both eras.

`plain.py STATE [http]` reads what it should be like from the JSON file STATE at every listing and call, so
that a test can change it while it runs: {"tools": {NAME: {"description", "schema"?, "does"?, "text"?}},
"prompts", "resources", "instructions", "version"}. `does` is a key of DOES. What it was really asked stands
in STATE with the suffix .log; with `http` its port is the first line there.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
from mcp.server import Server
from mcp.server.lowlevel.server import NotificationOptions
from mcp.server.stdio import stdio_server

STATE = Path(sys.argv[1])


def state() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(STATE.read_text())
    return found


def note(word: str) -> None:
    """Leave a line for the test: what this server was really asked."""
    with STATE.with_suffix(".log").open("a") as file:
        file.write(word + "\n")


async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(
        tools=[
            types.Tool(
                name=name,
                description=row.get("description", ""),
                input_schema=row.get("schema", {"type": "object"}),
            )
            for name, row in state()["tools"].items()
        ]
    )


async def list_prompts(_context: Any, _params: Any) -> types.ListPromptsResult:
    rows = state().get("prompts", {})
    return types.ListPromptsResult(
        prompts=[types.Prompt(name=name, description=text) for name, text in rows.items()]
    )


async def get_prompt(_context: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
    text = state()["prompts"][params.name]
    message = types.PromptMessage(role="user", content=types.TextContent(text=text))
    return types.GetPromptResult(messages=[message])


async def list_resources(_context: Any, _params: Any) -> types.ListResourcesResult:
    rows = state().get("resources", {})
    return types.ListResourcesResult(resources=[types.Resource(uri=uri, name=uri) for uri in rows])


async def read_resource(
    _context: Any, params: types.ReadResourceRequestParams
) -> types.ReadResourceResult:
    note(f"read {params.uri}")
    text = state().get("resources", {}).get(str(params.uri), "nothing")
    return types.ReadResourceResult(
        contents=[types.TextResourceContents(uri=str(params.uri), text=text)]
    )


async def call_tool(
    context: Any, params: types.CallToolRequestParams
) -> types.CallToolResult | types.InputRequiredResult:
    row = state()["tools"].get(params.name, {})
    note(f"call {params.name} {json.dumps(params.arguments, sort_keys=True)}")
    if row.get("does") == "ask":
        return types.InputRequiredResult(request_state="mine")
    text = await DOES[row.get("does", "echo")](context, params, row)
    return types.CallToolResult(content=[types.TextContent(text=text)])


async def echo(_context: Any, params: Any, row: dict[str, Any]) -> str:
    return row.get("text") or json.dumps(params.arguments or {}, sort_keys=True)


async def hang(_context: Any, _params: Any, _row: dict[str, Any]) -> str:
    try:
        await anyio.sleep_forever()
    except anyio.get_cancelled_exc_class():
        note("cancelled")
        raise


async def die(_context: Any, _params: Any, _row: dict[str, Any]) -> str:
    sys.stderr.write("the disk of the test is full\n")
    sys.stderr.flush()
    os._exit(7)


async def flood(_context: Any, _params: Any, _row: dict[str, Any]) -> str:
    line = json.dumps(
        {
            "jsonrpc": "2.0",
            "method": "notifications/message",
            "params": {"level": "info", "data": "x" * 900},
        }
    )
    data = (line + "\n").encode() * 64
    while True:
        os.write(WIRE, data)


async def endless(_context: Any, _params: Any, _row: dict[str, Any]) -> str:
    while True:
        os.write(WIRE, b"x" * 65_536)


async def huge(_context: Any, _params: Any, row: dict[str, Any]) -> str:
    return "x" * int(row.get("size", 3_000_000))


async def progress(context: Any, _params: Any, _row: dict[str, Any]) -> str:
    for step in range(3):
        await context.session.report_progress(step, 3, f"step {step}")
    return "done"


async def odd_id(context: Any, _params: Any, _row: dict[str, Any]) -> str:
    for odd in (10_000, "not-an-id", context.request_id + 1_000):
        answer = {"jsonrpc": "2.0", "id": odd, "result": {"content": [], "isError": False}}
        os.write(WIRE, (json.dumps(answer) + "\n").encode())
    return "the true answer"


async def flood_answers(_context: Any, _params: Any, _row: dict[str, Any]) -> str:
    answer = {"jsonrpc": "2.0", "id": 999_999, "result": {"content": []}}
    data = (json.dumps(answer) + "\n").encode() * 64
    while True:
        os.write(WIRE, data)


async def environment(_context: Any, _params: Any, _row: dict[str, Any]) -> str:
    return json.dumps(sorted(os.environ))


DOES = {
    "echo": echo,
    "hang": hang,
    "die": die,
    "flood": flood,
    "endless": endless,
    "flood-answers": flood_answers,
    "huge": huge,
    "progress": progress,
    "odd-id": odd_id,
    "environment": environment,
}
#: The protocol's own descriptor: the package points 1 elsewhere while it serves.
WIRE = os.dup(1)


async def serve_http(server: Server[Any]) -> None:
    import uvicorn

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(server.streamable_http_app(), log_level="critical", lifespan="on")
        note(str(listener.getsockname()[1]))
        await uvicorn.Server(config).serve(sockets=[listener])


async def main() -> None:
    now = state()
    server: Server[Any] = Server(
        now.get("name", "plain"),
        version=now.get("version", "1.0"),
        instructions=now.get("instructions"),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
        on_list_resources=list_resources,
        on_read_resource=read_resource,
    )
    if sys.argv[2:] == ["http"]:
        await serve_http(server)
        return
    note(f"started {os.getpid()}")
    async with stdio_server() as (incoming, outgoing):
        options = server.create_initialization_options(NotificationOptions(tools_changed=True))
        await server.run(incoming, outgoing, options)


anyio.run(main)
