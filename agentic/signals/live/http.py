"""HTTP to a policy's sources: one session for all of them, and every fault is one sentence.

In go a source's settings, a path and parameters; out come decoded JSON, or a `Reply`. Whatever the other
side does - nothing, a byte a second, a web page, a bomb, a redirect elsewhere - ends within the source's
`timeout` (and the round's deadline) and its `max_bytes`, as `SourceFailed`. Only the system's look-up of a
host's name keeps a time of its own, and a host with several addresses gets that time for each of them.

Nothing of the session's environment counts: no proxy, CA bundle, .netrc or cookie, only the source's
settings. A token is read when it is needed, goes to the source's own scheme, host and port only, never over
plain HTTP to another machine, and never into a message. There are no retries: whoever asks again does so in
the next round.
"""

from __future__ import annotations

import json
import math
import threading
import zlib
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import requests

from agentic.errors import quoted
from agentic.signals.live import credentials, faults
from agentic.signals.live.interface import SourceFailed
from agentic.signals.live.session import ending_at, open_session

TIMEOUT_S = 5.0
MAX_BYTES = 4_194_304
MAX_REDIRECTS = 3

_PIECE = 65_536
_REDIRECTS = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}


class Reply(NamedTuple):
    """What a source answered, whatever the status; `headers` ignore the case of names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """One HTTP source. Safe to be used by several threads at once."""

    def __init__(
        self, settings: Mapping[str, Any], session: requests.Session, deadline: float, now: int
    ) -> None:
        self.settings = settings
        self.session = session
        self.deadline = deadline
        self.now = now
        self.url: SplitResult = urlsplit(str(settings["url"]))
        port = self.url.port or _PORTS.get(self.url.scheme, 0)
        #: How messages name it: its name and machine, not its path, which may be a secret address.
        self.name = f"`{settings['source']}` at {self.url.hostname}:{port}"

    def get_json(
        self,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The decoded JSON of a path below the source's URL (the URL itself, when the path is empty).

        Numbers are int or finite float. Raises SourceFailed.
        """
        return self.decoded(
            self.get(path, params, {"Accept": "application/json", **(headers or {})})
        )

    def decoded(self, reply: Reply) -> Any:
        """The JSON of a reply that is a success. Raises SourceFailed."""
        if not 200 <= reply.status < 300:
            raise self.failed(faults.status_sentence(reply.status, self._reason(reply)))
        if not reply.body:
            raise self.failed("answers with nothing")
        if _is_web_page(reply):
            raise self.failed(
                "answers with a web page, not JSON: is its URL right, or a login missing"
            )
        try:
            return json.loads(
                reply.body.decode(),
                object_pairs_hook=_unique,
                parse_constant=_finite,
                parse_float=_finite,
            )
        except RecursionError:
            raise self.failed("answers JSON that is nested too deeply") from None
        except _Ambiguous as problem:
            raise self.failed(f"answers JSON with {problem}") from None
        except ValueError:
            raise self.failed(f"answers what is not JSON: {self._shown(reply.body)}") from None

    def get(
        self,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The reply to one GET, also when its status is an error. Raises SourceFailed."""
        started = monotonic()
        limit_s = min(float(self.settings.get("timeout", TIMEOUT_S)), self.deadline - started)
        if limit_s <= 0:
            raise self.failed("was not asked: the time of this round is over")
        with ending_at(started + limit_s):
            return self._answer(self._address(path), params, headers or {}, started, limit_s)

    def failed(self, what: str) -> SourceFailed:
        """The error that says what this source does wrong."""
        return SourceFailed(f"{self.name} {what}")

    def clock_skew_s(self, reply: Reply) -> float | None:
        """How far the reply's Date is ahead of our clock; None when it has none. A cache's is old."""
        try:
            return parsedate_to_datetime(reply.headers.get("Date", "")).timestamp() - self.now
        except (TypeError, ValueError, OverflowError):
            return None

    # Asking

    def _address(self, path: str) -> str:
        """The URL of a path, when the settings allow to ask it."""
        try:
            origin = _origin(self.url)
        except ValueError:
            raise self.failed("has a URL that nobody can ask") from None
        is_local = _is_loopback(origin[1]) and not self.settings.get("proxy")
        if self.url.scheme == "http" and not is_local:
            if credentials.has_secret(self.settings):
                raise self.failed("has a token, which is not sent over plain HTTP: use https")
            if not self.settings.get("allow_http"):
                raise self.failed("is not asked over plain HTTP: use https, or say `allow_http`")
        if not path:
            return urlunsplit(self.url)
        return urlunsplit(self.url._replace(path=self.url.path.rstrip("/") + path))

    def _answer(
        self,
        address: str,
        params: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        started: float,
        limit_s: float,
    ) -> Reply:
        """The reply after at most three redirects, none of which leaves the source's own origin."""
        for _ in range(MAX_REDIRECTS + 1):
            try:
                left_s = max(started + limit_s - monotonic(), 0.001)
                reply = self._exchange(address, params, headers, left_s)
            except (requests.RequestException, OSError, *faults.TRANSPORT) as problem:
                is_late = monotonic() - started >= limit_s
                told = faults.transport_sentence(problem, limit_s, is_late=is_late)
                raise self.failed(told) from None
            if reply.status not in _REDIRECTS or "Location" not in reply.headers:
                return reply
            address, params = self._redirected(address, reply.headers["Location"]), ()
        raise self.failed(f"redirects more than {MAX_REDIRECTS} times")

    def _redirected(self, address: str, location: str) -> str:
        """Where a redirect leads, when that is the same scheme, host and port."""
        try:
            target = urljoin(address, location)
            there = urlsplit(target)
            if _origin(there) == _origin(self.url):
                return target
            elsewhere = quoted(f"{there.scheme}://{there.hostname}:{_origin(there)[2]}")
        except ValueError:
            elsewhere = "what is no address"
        raise self.failed(f"redirects to {elsewhere}, and only its own address is asked")

    def _exchange(
        self,
        address: str,
        params: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        left_s: float,
    ) -> Reply:
        """One request and its reply. Raises what requests, urllib3 and the system raise."""
        settings = self.settings
        try:
            secret = credentials.authorization(settings)
        except credentials.NoCredential as problem:
            raise self.failed(f"cannot be asked: {problem}") from None
        for key in ("ca_file", "client_cert_file", "client_key_file"):
            faults.must_be_readable(settings.get(key), key)
        proxy = settings.get("proxy")
        response = self.session.get(
            address,
            params=list(params),
            headers={**settings.get("headers", {}), **headers, **secret},
            timeout=(left_s, left_s),
            stream=True,
            allow_redirects=False,
            verify=settings.get("ca_file") or True,
            cert=_client_certificate(settings),
            proxies={"http": proxy, "https": proxy} if proxy else None,
        )
        try:
            return Reply(response.status_code, response.headers, self._body(response))
        finally:
            response.close()

    def _body(self, response: requests.Response) -> bytes:
        """The whole body, decoded; neither what arrives nor what comes out of it exceeds the limit."""
        limit_bytes: int = self.settings.get("max_bytes", MAX_BYTES)
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", ""}:
            raise self.failed(
                f"answers in the encoding {quoted(encoding, 20)}, which was not asked for"
            )
        inflate = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
        body = bytearray()
        arrived_bytes = 0
        while piece := response.raw.read(_PIECE, decode_content=False):
            arrived_bytes += len(piece)
            body += inflate.decompress(piece, limit_bytes + 1 - len(body)) if inflate else piece
            if max(arrived_bytes, len(body)) > limit_bytes:
                raise self.failed(f"answers more than {limit_bytes:,} bytes (`max_bytes`)")
        if inflate and body and not inflate.eof:
            raise self.failed("closed the connection before its whole answer had come")
        return bytes(body)

    # Telling

    def _reason(self, reply: Reply) -> str:
        """What an error's body says about it, quoted and short; empty when it says nothing readable."""
        if _is_web_page(reply):
            return ""
        try:
            told = json.loads(reply.body)
        except (ValueError, RecursionError):
            return self._shown(reply.body)
        if isinstance(told, dict):
            found = [told[key] for key in ("errorType", "error", "message") if key in told]
            told = ": ".join(word for word in found if isinstance(word, str))
        return self._shown(told.encode(errors="replace")) if isinstance(told, str) else ""

    def _shown(self, text: bytes) -> str:
        """The start of a body, quoted, without what must not be told."""
        shown = text[:_PIECE].decode(errors="replace").strip()
        for word in credentials.secret_words(self.settings):
            shown = shown.replace(word, "…")
        return quoted(" ".join(shown.split())) if shown else ""


class Pool:
    """The clients of one round by source, on one session. `connect` is `Round.connect`.

    `deadline` is a `time.monotonic()` moment for all of them, `now` Unix seconds. A session that is passed in
    stays open when the pool is closed, so that one set of connections serves many rounds.
    """

    def __init__(
        self,
        sources: Mapping[str, Mapping[str, Any]],
        deadline: float,
        now: int,
        session: requests.Session | None = None,
    ) -> None:
        self._sources = sources
        self._deadline = deadline
        self._now = now
        self._owned = open_session() if session is None else None
        self._session = session or self._owned or open_session()
        self._clients: dict[str, Client] = {}
        self._lock = threading.Lock()

    def connect(self, name: str) -> Client:
        """The shared client of an HTTP source. Raises SourceFailed when there is none of that name."""
        with self._lock:
            if name not in self._clients:
                settings = self._sources.get(name)
                if settings is None or "url" not in settings:
                    raise SourceFailed(f"policy has no HTTP source {quoted(name)}")
                try:
                    client = Client(settings, self._session, self._deadline, self._now)
                except ValueError:
                    raise SourceFailed(f"the URL of source {quoted(name)} is not valid") from None
                self._clients[name] = client
            return self._clients[name]

    def close(self) -> None:
        """Close the connections, when they are this pool's own."""
        if self._owned is not None:
            self._owned.close()


# What an answer is


class _Ambiguous(Exception):
    """JSON that two readers could understand differently."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Ambiguous("the same key twice in one object")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Ambiguous(f"the number {quoted(text, 20)}")
    return number


def _is_web_page(reply: Reply) -> bool:
    kind = reply.headers.get("Content-Type", "").lower()
    return "html" in kind or reply.body[:256].lstrip().startswith(b"<")


def _origin(url: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ValueError where there is none, or a user stands in the URL."""
    if url.scheme not in _PORTS or not url.hostname or "@" in url.netloc:
        raise ValueError("not an address of a source")
    return url.scheme, url.hostname, url.port or _PORTS[url.scheme]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _client_certificate(settings: Mapping[str, Any]) -> str | tuple[str, str] | None:
    certificate, key = settings.get("client_cert_file"), settings.get("client_key_file")
    return (certificate, key) if certificate and key else certificate
