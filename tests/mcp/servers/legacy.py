"""A server of the handshake era without the package: every line that it writes is written here.

`legacy.py STATE` as plain.py. It knows initialize, tools/list and tools/call, refuses the rest with -32601,
and prints a line that is no message before it starts, as many real servers do.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

STATE = Path(sys.argv[1])


def state() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(STATE.read_text())
    return found


def note(word: str) -> None:
    with STATE.with_suffix(".log").open("a") as file:
        file.write(word + "\n")


def write(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def initialized(_params: dict[str, Any]) -> dict[str, Any]:
    now = state()
    return {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {"listChanged": True}},
        "serverInfo": {"name": "legacy", "version": now.get("version", "1")},
        **({"instructions": now["instructions"]} if "instructions" in now else {}),
    }


def listed(_params: dict[str, Any]) -> dict[str, Any]:
    now = state()
    if now.get("endless"):
        return {
            "tools": [{"name": "again", "inputSchema": {"type": "object"}}],
            "nextCursor": "more",
        }
    rows = [
        {"inputSchema": {"type": "object"}, "description": "", "name": name, **row.get("raw", {})}
        for name, row in now["tools"].items()
    ]
    return {"tools": rows * (2 if now.get("twice") else 1)}


def called(params: dict[str, Any]) -> dict[str, Any]:
    row = state()["tools"].get(params["name"], {})
    note(f"call {params['name']} {json.dumps(params.get('arguments'), sort_keys=True)}")
    if row.get("does") == "wrong-shape":
        return {"content": "not a list"}
    if row.get("does") == "ask":
        return {"resultType": "input_required", "inputRequests": {}, "requestState": "mine"}
    if row.get("result"):
        return dict(row["result"])
    if row.get("does") == "changed":
        write({"method": "notifications/tools/list_changed"})
    return {"content": [{"type": "text", "text": row.get("text", "done")}]}


METHODS = {"initialize": initialized, "tools/list": listed, "tools/call": called}


def main() -> None:
    note(f"started {os.getpid()}")
    print("legacy server, ready for a person's terminal", flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        method = METHODS.get(message["method"])
        if method is None:
            error = {"code": -32601, "message": f"Method not found: {message['method']}"}
            write({"id": message["id"], "error": error})
            continue
        row = state()["tools"].get(message.get("params", {}).get("name", ""), {})
        params = message.get("params", {})
        now = state()
        if message["method"] == "tools/list" and "list_error" in now:
            write({"id": message["id"], "error": {"code": -32000, "message": now["list_error"]}})
            continue
        if "error" in row:
            write({"id": message["id"], "error": row["error"]})
            continue
        if "progress" in row:
            told = {"progressToken": params["_meta"]["progressToken"], "message": row["progress"]}
            write({"method": "notifications/progress", "params": {"progress": 1, **told}})
        result = method(params)
        if row.get("does") == "odd-id":
            for odd in (99_999, "not-an-id", None, message["id"] + 1_000):
                write({"id": odd, "result": {"content": [], "isError": False}})
        write({"id": message["id"], "result": result})
        if row.get("does") == "odd-id":
            write({"id": message["id"], "result": {"content": [{"type": "text", "text": "twice"}]}})


main()
