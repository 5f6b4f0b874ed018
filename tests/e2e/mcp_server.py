"""A tiny MCP server on standard input and output with a tool that reads and one that writes a marker.

Source: https://modelcontextprotocol.io/specification (checked 2026-11-21).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TOOLS = [
    {
        "name": name,
        "description": what,
        "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}},
    }
    for name, what in (("list_items", "list the items"), ("create_item", "create an item"))
]


def answer(request: dict[str, Any]) -> dict[str, Any] | None:
    """The result of one request, or None for a notification."""
    method, parameters = request.get("method"), request.get("params", {})
    if method == "initialize":
        return {
            "protocolVersion": parameters["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "board", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        if parameters["name"] == "create_item":
            Path(parameters["arguments"]["path"]).write_text("created")
        return {"content": [{"type": "text", "text": "done"}]}
    return None if "id" not in request else {}


for line in sys.stdin:
    message = json.loads(line)
    result = answer(message)
    if result is not None:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
