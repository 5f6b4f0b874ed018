"""A loopback stand-in for the model's API: it plays a script of tool calls to the real client.

A script is a list of turns; a turn is a list of `{"name": tool, "args": {...}}` or `{"text": ...}`.
Turn n is played when the conversation already holds n answered turns. A sub-agent's conversation has a
script of its own, chosen by a word in its first prompt. Every request body is kept in `requests`.

Source: the streaming events of https://docs.anthropic.com/en/docs/build-with-claude/streaming
(checked 2026-11-21), and what the client really sends.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Turn = Sequence[Mapping[str, Any]]
Script = Sequence[Turn]

_FINAL: Turn = ({"text": "done"},)


class ModelStub:
    """A context manager: `with ModelStub(script) as stub: ... stub.url ... stub.requests`."""

    def __init__(self, script: Script, others: Mapping[str, Script] | None = None) -> None:
        self.script = script
        self.others = dict(others or {})
        self.requests: list[dict[str, Any]] = []
        stub = self

        class Handler(_Handler):
            owner = stub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The base URL to give to the client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def turn_for(self, messages: Sequence[Mapping[str, Any]]) -> Turn:
        """What the model says next in this conversation."""
        first = json.dumps(messages[0]) if messages else ""
        script = next((s for word, s in self.others.items() if word in first), self.script)
        answered = sum(bool(_tool_results([message])) for message in messages)
        return script[answered] if answered < len(script) else _FINAL

    def tool_results(self) -> list[tuple[str, bool, str]]:
        """(tool_use id, is_error, text) of every result that the client reported, without repeats."""
        found: dict[str, tuple[str, bool, str]] = {}
        for body in self.requests:
            for block in _tool_results(body.get("messages", ())):
                text = block.get("content", "")
                if not isinstance(text, str):
                    text = "\n".join(part.get("text", "") for part in text)
                key = block["tool_use_id"]
                found[key] = (key, bool(block.get("is_error")), text)
        return list(found.values())


def _tool_results(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [
        block
        for message in messages
        if message["role"] == "user" and isinstance(message["content"], list)
        for block in message["content"]
        if block.get("type") == "tool_result"
    ]


def _events(turn: Turn, model: str, prefix: str) -> list[dict[str, Any]]:
    message = {
        "id": f"msg_{prefix}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    for index, item in enumerate(turn):
        if "name" in item:
            block: dict[str, Any] = {
                "type": "tool_use",
                "id": f"toolu_{prefix}_{index}",
                "name": item["name"],
                "input": {},
            }
            delta = {"type": "input_json_delta", "partial_json": json.dumps(item["args"])}
        else:
            block = {"type": "text", "text": ""}
            delta = {"type": "text_delta", "text": item["text"]}
        events += [
            {"type": "content_block_start", "index": index, "content_block": block},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    reason = "tool_use" if any("name" in item for item in turn) else "end_turn"
    events += [
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": 1},
        },
        {"type": "message_stop"},
    ]
    return events


class _Handler(BaseHTTPRequestHandler):
    owner: ModelStub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's own output is what matters."""

    def do_GET(self) -> None:
        self._answer(b'{"data": []}', "application/json")

    def do_HEAD(self) -> None:
        self._answer(b"", "application/json")

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(size) or b"{}")
        if not self.path.split("?")[0].endswith("/messages"):
            self._answer(b'{"input_tokens": 1}', "application/json")
            return
        self.owner.requests.append(body)
        messages = body.get("messages", [])
        # A question without tools (a title, a summary) is not the agent at work.
        turn = self.owner.turn_for(messages) if body.get("tools") else _FINAL
        prefix = f"{len(self.owner.requests):03d}"
        events = _events(turn, body.get("model", "stub"), prefix)
        if not body.get("stream"):
            self._answer(json.dumps(_whole(events)).encode(), "application/json")
            return
        text = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
        self._answer(text.encode(), "text/event-stream")

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _whole(events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = dict(events[0]["message"])
    texts = [e["delta"]["text"] for e in events if e.get("delta", {}).get("type") == "text_delta"]
    message["content"] = [{"type": "text", "text": text} for text in texts]
    message["stop_reason"] = "end_turn"
    return message
