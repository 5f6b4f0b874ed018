"""A server on loopback that does to its clients whatever a test says, byte by byte.

    with Stub(answer(b"{}")) as stub: ... stub.url ... stub.requests

A behaviour is a function of the connection and the request's head; when it returns, the connection is
closed. It may go on for ever: the client's end ends it.
"""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

Behaviour = Callable[[socket.socket, bytes], None]


class Stub:
    """The server; with `context` it speaks TLS. `requests` are the heads that came, in order."""

    def __init__(self, behaviour: Behaviour, context: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.requests: list[bytes] = []
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._open: list[socket.socket] = []

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._port = self.port
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def _accept(self) -> None:
        threads: list[threading.Thread] = []
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            self._open.append(connection)
            threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join(10)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = connection.recv(65_536)
                    if not piece:
                        return
                    head += piece
                self.requests.append(head)
                self.behaviour(connection, head)


def head(status: str = "200 OK", **headers: str) -> bytes:
    """A reply's head; underscores in names are hyphens."""
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode()


def answer(body: bytes, status: str = "200 OK", **headers: str) -> Behaviour:
    """A whole reply; headers default to JSON's."""
    told = {"Content_Type": "application/json", "Content_Length": str(len(body)), **headers}
    return lambda connection, _head: connection.sendall(head(status, **told) + body)


def answer_json(document: Any, status: str = "200 OK", **headers: str) -> Behaviour:
    """A whole reply with a document."""
    return answer(json.dumps(document).encode(), status, **headers)


def vector(*results: Any, **fields: Any) -> dict[str, Any]:
    """Prometheus's envelope around a vector; `fields` come beside the data."""
    data = {"resultType": "vector", "result": list(results)}
    return {"status": "success", "data": data, **fields}


def sample(value: str, at: float | None = None, **labels: str) -> dict[str, Any]:
    """One series of a vector."""
    return {"metric": labels, "value": [time.time() if at is None else at, value]}


def silent(connection: socket.socket, _head: bytes) -> None:
    """Nothing at all, until the client gives up."""
    connection.recv(1)


def hang_up(connection: socket.socket, _head: bytes) -> None:
    """Closed at once, without a byte."""
    connection.close()


def gibberish(connection: socket.socket, _head: bytes) -> None:
    """What is not HTTP."""
    connection.sendall(b"220 mail.example ESMTP ready\r\n")


def drip(prefix: bytes) -> Behaviour:
    """The prefix, then a byte now and then for ever."""

    def behave(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(prefix)
        while True:
            connection.sendall(b" ")
            time.sleep(0.02)

    return behave


def half(body: bytes) -> Behaviour:
    """Half of what its head promises, then the end."""
    promised = head(Content_Type="application/json", Content_Length=str(len(body)))
    return lambda connection, _head: connection.sendall(promised + body[: len(body) // 2])


def half_chunks(body: bytes) -> Behaviour:
    """A first chunk without the last one."""
    start = head(Content_Type="application/json", Transfer_Encoding="chunked")
    chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n"
    return lambda connection, _head: connection.sendall(start + chunk)


class Flood:
    """A body of 100 MB; `sent` is how much of it was taken."""

    SIZE_BYTES = 104_857_600

    def __init__(self, *, is_told: bool) -> None:
        self.sent = 0
        length = {"Content_Length": str(self.SIZE_BYTES)} if is_told else {}
        self._head = head(Content_Type="application/json", **length)

    def __call__(self, connection: socket.socket, _head: bytes) -> None:
        connection.sendall(self._head)
        piece = b" " * 65_536
        while self.sent < self.SIZE_BYTES:
            connection.sendall(piece)
            self.sent += len(piece)


def bomb(size_bytes: int) -> Behaviour:
    """A small compressed body that is a large one of blanks."""
    body = gzip.compress(b" " * size_bytes, 9)
    return answer(body, Content_Encoding="gzip")


def redirect(location: str) -> Behaviour:
    """A redirect to the same place, however often it is asked."""
    return answer(b"", "302 Found", Location=location)


def by_path(**behaviours: Behaviour) -> Behaviour:
    """Another behaviour by the last word of the path; `otherwise` for any other."""

    def behave(connection: socket.socket, request: bytes) -> None:
        path = request.split(b" ")[1].partition(b"?")[0].decode()
        behaviours.get(path.rpartition("/")[2], behaviours["otherwise"])(connection, request)

    return behave


def tunnel(connection: socket.socket, request: bytes) -> None:
    """What a proxy does with CONNECT, to loopback only."""
    host, _, port = request.split(b" ")[1].decode().rpartition(":")
    assert host == "127.0.0.1"
    with socket.create_connection((host, int(port))) as there:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_pump, args=(there, connection), daemon=True)
        back.start()
        _pump(connection, there)
        back.join(10)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
