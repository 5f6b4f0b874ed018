"""What went wrong between us and an HTTP source, as the rest of a sentence that begins with its name.

In go exceptions of requests, urllib3, ssl and the system, or a status; out comes text for a person. Nothing
is copied from an exception's own text, which may hold a URL with what stands in it.
"""

from __future__ import annotations

import http.client
import os
import ssl
import zlib
from collections.abc import Iterator

import requests
import urllib3.exceptions

from agentic.errors import quoted

#: What may come out of a request or its body beside requests' own errors and OSError.
TRANSPORT = (
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    zlib.error,
    UnicodeError,
    ValueError,
)

_CUT_OFF = "closed the connection before its whole answer had come"

#: The first that is found among an exception and its causes gives the sentence.
_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (urllib3.exceptions.NameResolutionError, "has a host name that is not known"),
    (ConnectionRefusedError, "refuses the connection: nothing listens there"),
    (ConnectionResetError, _CUT_OFF),
    (http.client.RemoteDisconnected, _CUT_OFF),
    (http.client.IncompleteRead, _CUT_OFF),
    (urllib3.exceptions.IncompleteRead, _CUT_OFF),
    (http.client.HTTPException, "does not speak HTTP"),
    (requests.exceptions.ProxyError, "cannot be reached through its proxy"),
    (requests.exceptions.InvalidHeader, "has a header that cannot be sent"),
    (zlib.error, "answers with damaged compression"),
    (UnicodeError, "has a URL that cannot be asked"),
    (requests.exceptions.InvalidURL, "has a URL that cannot be asked"),
)

_STATUSES = {
    400: "refuses the question",
    401: "does not accept our token or password",
    403: "forbids the question",
    404: "has no such path",
    407: "is behind a proxy that wants a password",
    408: "gave up on the question",
    422: "cannot answer the question",
    429: "says that it is asked too often",
}


class Unreadable(OSError):
    """A file of the settings is not there."""


def must_be_readable(path: str | None, key: str) -> None:
    """Nothing, when a file that settings name (or do not name) can be read. Raises Unreadable."""
    if path and not os.access(path, os.R_OK):
        raise Unreadable(f"cannot be asked: its `{key}` {quoted(path)} cannot be read")


def status_sentence(status: int, reason: str) -> str:
    """What a status means; `reason` is what the body says, quoted already."""
    told = _STATUSES.get(status)
    text = f"{told} ({status})" if told else f"answers with status {status}"
    return f"{text}: {reason}" if reason else text


def transport_sentence(problem: BaseException, limit_s: float, *, is_late: bool) -> str:
    """What an exception means. `limit_s` is how long the exchange could take, `is_late` that it has."""
    if isinstance(problem, Unreadable):
        return str(problem)
    chain = list(_causes(problem))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"has a certificate that is not accepted: {quoted(cause.verify_message)}"
    for kind, sentence in _SENTENCES:
        if any(isinstance(cause, kind) for cause in chain):
            return sentence
    if is_late or any(isinstance(c, (TimeoutError, requests.Timeout)) for c in chain):
        return f"gave no whole answer within {limit_s:.3g} s"
    for cause in chain:
        if isinstance(cause, ssl.SSLError):
            return f"cannot be talked to over TLS: {quoted((cause.reason or 'unknown').lower())}"
    for cause in reversed(chain):
        if isinstance(cause, OSError) and cause.strerror:
            return f"cannot be reached: {cause.strerror.lower()}"
    return "cannot be reached"


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """An exception and everything that it was made from."""
    seen: set[int] = set()
    waiting = [problem]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting.extend(each for each in inner if isinstance(each, BaseException))
