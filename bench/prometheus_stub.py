"""A Prometheus that has one answer for every question: for benchmarks, and tests of whoever keeps asking.

Queries get `value` as their only sample, or `status` as an error. What arrives is counted: `asked_at` (by
`time.monotonic()`) and connections.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Stub(ThreadingHTTPServer):
    """The server on a free port of loopback; `url` is where it listens."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.value = "0"
        self.status = 200
        self.delay_s = 0.0
        self.asked_at: list[float] = []
        self.connections = 0
        self.lock = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that ends takes its connections with it."""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.asked_at.append(time.monotonic())
        time.sleep(self.server.delay_s)
        if urlsplit(self.path).path == "/api/v1/query":
            sample = {"metric": {}, "value": [time.time(), self.server.value]}
            data = {"resultType": "vector", "result": [sample]}
        else:
            data = {"resultType": "matrix", "result": []}
        body = json.dumps({"status": "success", "data": data}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the counts are what is looked at."""


@contextmanager
def stub() -> Iterator[Stub]:
    """A running stub, stopped at the end."""
    server = Stub()
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
