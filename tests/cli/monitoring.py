"""A monitoring system in a few lines: answers by path, on loopback, and counts what it was asked.

For what the command line makes of answers; what readers make of real servers is tested with real servers.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.cli.conftest import Machine

#: A clock without hours, so that the time at which tests run changes no answer.
ALWAYS_ON = """\
  - signal: clock.off-hours
    reads:
      - {kind: clock, zone: UTC, days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: "00:00", end: "24:00"}
"""


def utc(moment: float) -> str:
    """Unix seconds as Alertmanager writes them."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment))


def alert(name: str, severity: str, **labels: str) -> dict[str, Any]:
    """An alert as Alertmanager's API v2 lists it."""
    return {
        "labels": {"alertname": name, "severity": severity, **labels},
        "annotations": {},
        "startsAt": "2026-11-21T00:00:00.000Z",
        "endsAt": "2036-11-21T00:00:00.000Z",
        "updatedAt": "2026-11-21T00:00:00.000Z",
        "fingerprint": "0123456789abcdef",
        "receivers": [{"name": "nobody"}],
        "generatorURL": "",
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    }


WATCHDOG = alert("Watchdog", "none")
API_DOWN = alert("ApiDown", "critical", service="api")


def vector(*values: float, **labels: str) -> dict[str, Any]:
    """A Prometheus answer with a sample for each value."""
    found = [
        {"metric": {**labels, "instance": str(i)}, "value": [time.time(), str(value)]}
        for i, value in enumerate(values)
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": found}}


class Stub:
    """Answers by path; `asked` are the paths, in order. `delay_s` holds every answer back."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = [WATCHDOG]
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.delay_s = 0.0
        self.url = ""

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path in self.answers:
            found = self.answers[path]
            return (200, found(query)) if callable(found) else (200, found)
        if path == "/api/v2/alerts":
            found = [one for one in self.alerts if _matches(one, query.get("filter", []))]
            return 200, [{**one, "updatedAt": utc(time.time())} for one in found]
        if path == "/api/v2/silences":
            return 200, []
        if path == "/api/v2/status":
            return 200, {"cluster": {"status": "ready"}}
        return 404, "404 page not found"


def _matches(one: dict[str, Any], filters: list[str]) -> bool:
    """Alertmanager's `filter=name="value"`, as far as it is used here."""
    pairs = [text.replace('"', "").split("=", 1) for text in filters]
    return all(one["labels"].get(name) == value for name, value in pairs)


@contextmanager
def monitoring() -> Iterator[Stub]:
    """A stub that answers until the block ends."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            stub.asked.append(parts.path)
            stub.headers.append(dict(self.headers))
            time.sleep(stub.delay_s)
            status, document = stub.answer(parts.path, parse_qs(parts.query))
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # whoever asked has gone

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_layer(machine: Machine, text: str, name: str = "signals.yaml") -> Path:
    """A file in the repository's own layer, which nobody has trusted yet."""
    folder = machine.repository / ".agentic"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("version: 1\n" + text)
    return path


def trust(machine: Machine) -> None:
    """What a person does after having looked."""
    ran = machine.run("policy", "trust", "--yes")
    assert ran.code == 0, ran.err


def alertmanager_layer(url: str, more: str = "") -> str:
    """Sources and reads for incidents from an Alertmanager, with a clock that is always on."""
    return (
        f"sources:\n  - {{source: alerts, kind: alertmanager, url: '{url}'}}\n"
        "signals:\n"
        "  - signal: incident.active\n    reads:\n      - {kind: alerts, source: alerts}\n"
        "  - signal: incident.p1\n    reads:\n"
        "      - {kind: alerts, source: alerts, severities: [critical]}\n" + ALWAYS_ON + more
    )
