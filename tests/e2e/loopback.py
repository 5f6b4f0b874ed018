"""A loopback stand-in for a model's API that plays a script of tool calls, whatever protocol it speaks.

A script is a list of turns; a turn is a list of `{"name": tool, "args": {...}}` or `{"text": ...}`. The
protocols say which turn of the script a request asks for and how it is put into words.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

Turn = Sequence[Mapping[str, Any]]
Script = Sequence[Turn]
Body = Mapping[str, Any]

FINAL: Turn = ({"text": "done"},)


class Answer(NamedTuple):
    """What the stand-in sends back."""

    data: bytes
    kind: str = "application/json"


class LoopbackModel:
    """A context manager: `with SomeModel(script) as model: ... model.url ... model.requests`.

    `others` are scripts for the conversations of sub-agents, by a word of their first prompt.
    """

    def __init__(self, script: Script, others: Mapping[str, Script] | None = None) -> None:
        self.script = script
        self.others = dict(others or {})
        self.requests: list[dict[str, Any]] = []
        model = self

        class Handler(_Handler):
            owner = model

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The base URL of the stand-in."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def turn(self, first_prompt: str, answered: int) -> Turn:
        """What the model says after so many answered turns of a conversation that began so."""
        script = next((s for word, s in self.others.items() if word in first_prompt), self.script)
        return script[answered] if answered < len(script) else FINAL

    def answer(self, path: str, body: Body) -> Answer:
        """The answer to one POST."""
        raise NotImplementedError

    def results(self) -> list[str]:
        """What the client told of each tool call, in order."""
        raise NotImplementedError


def events(documents: Sequence[object]) -> Answer:
    """Documents as a stream of server-sent events; text as it is."""
    lines = [item if isinstance(item, str) else json.dumps(item) for item in documents]
    return Answer("".join(f"data: {line}\n\n" for line in lines).encode(), "text/event-stream")


class _Handler(BaseHTTPRequestHandler):
    owner: LoopbackModel
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's own output is what matters."""

    def do_GET(self) -> None:
        self._send(Answer(b'{"object": "list", "data": [], "models": []}'))

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        self._send(self.owner.answer(self.path, json.loads(self.rfile.read(size) or b"{}")))

    def _send(self, answer: Answer) -> None:
        self.send_response(200)
        self.send_header("content-type", answer.kind)
        self.send_header("content-length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)
