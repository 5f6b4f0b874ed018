"""The session that all HTTP sources share: nothing from the environment, no redirects, no drip-feeding.

requests and urllib3 underneath, with the two things that they cannot be told: a redirect is never followed
nor its body read, and one exchange as a whole ends at a moment (`ending_at`), headers included.
"""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from agentic import __version__

#: Connections kept for each host; further ones are opened and closed again.
KEPT_CONNECTIONS = 16
#: Hosts whose connections are kept.
KEPT_HOSTS = 64


def open_session() -> requests.Session:
    """A session that takes nothing from the environment, keeps no cookie and follows no redirect."""
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"User-Agent": f"agentic/{__version__}", "Accept-Encoding": "gzip"})
    adapter = _Adapter(pool_connections=KEPT_HOSTS, pool_maxsize=KEPT_CONNECTIONS, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


@contextmanager
def ending_at(moment: float) -> Iterator[None]:
    """Whatever this thread reads from such a session inside ends at a `time.monotonic()` moment."""
    _thread.until = moment
    try:
        yield
    finally:
        _thread.until = None


_thread = threading.local()


class _TimedReader(io.RawIOBase):
    """Reads a socket until the exchange's moment has come.

    A time-out of the socket alone counts from byte to byte, so that a server which sends one now and then,
    in its headers or its body, would never meet it.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._raw = connection.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        until = getattr(_thread, "until", None)
        if until is not None:
            left_s = until - monotonic()
            if left_s <= 0:
                raise TimeoutError("timed out")
            self._socket.settimeout(left_s)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock))


class _Connection(HTTPConnection):
    response_class = _TimedResponse


class _SecureConnection(HTTPSConnection):
    response_class = _TimedResponse


class _Connections(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecureConnections(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Connections, "https": _SecureConnections}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read a redirect's whole body, of any size, and go wherever it points."""
        return
