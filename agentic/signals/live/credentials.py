"""A source's token, read by reference at the moment it is needed, and what must never be told.

In go a source's settings, out comes its Authorization header. A reference is `{"env": NAME}` or
`{"file": PATH}`; the policy never holds a token itself.

A token file must belong to root or to whoever runs this, and nobody else may write it. One of the user's own
must not be readable by others either, as ssh asks of a key; one of root's may be, because that is how Docker
and Kubernetes hand secrets to a container.
Source: https://kubernetes.io/docs/concepts/configuration/secret/ (default mode 0644) (checked 2026-11-21)
"""

from __future__ import annotations

import os
import pwd
import stat
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from agentic.errors import quoted

MAX_BYTES = 16_384
#: Shorter words occur in any text; nobody's secret is told by leaving them in.
_SHORT = 4
#: What PagerDuty wants between its scheme's word and the key.
#: Source: https://developer.pagerduty.com/docs/authentication (checked 2026-11-21)
_BEFORE_TOKEN = {("pagerduty", "Token"): "token="}


class NoCredential(Exception):
    """The credential cannot be had; the text names the variable or file, never what is in it."""


def has_secret(settings: Mapping[str, Any]) -> bool:
    """Whether a request to this source carries a credential."""
    named = {name.lower() for name in settings.get("headers", {})}
    return bool(settings.get("token") or settings.get("password") or "authorization" in named)


def authorization(settings: Mapping[str, Any]) -> dict[str, str]:
    """The Authorization header of a source; empty when it has no credential. Raises NoCredential."""
    if settings.get("token"):
        scheme = settings.get("token_scheme", "Bearer")
        before = _BEFORE_TOKEN.get((settings.get("kind", ""), scheme), "")
        return {"Authorization": f"{scheme} {before}{secret_of(settings['token'], 'token')}"}
    if settings.get("user") and settings.get("password"):
        pair = f"{settings['user']}:{secret_of(settings['password'], 'password')}"
        return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}
    return {}


def secret_words(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What must not appear in a message about this source, the longest first. Never raises."""
    words = [str(value) for value in settings.get("headers", {}).values()]
    for key in ("token", "password"):
        try:
            words.append(secret_of(settings[key], key) if settings.get(key) else "")
            words.extend(authorization(settings).get("Authorization", "").split())
        except NoCredential:
            continue
    schemes = {"Bearer", "Basic", settings.get("token_scheme", "")}
    told = {word for word in words if len(word) >= _SHORT and word not in schemes}
    return tuple(sorted(told, key=len, reverse=True))


def secret_of(reference: Mapping[str, Any], what: str) -> str:
    """The secret that a reference names. Raises NoCredential."""
    variable, path = reference.get("env"), reference.get("file")
    if variable:
        place = f"the environment variable {quoted(variable)}"
        secret = os.environ.get(variable, "").strip()
        if not secret:
            raise NoCredential(f"{place} with its {what} is not set")
    else:
        place = f"the file {quoted(path)}"
        secret = _file_content(_absolute(str(path)), f"{place} with its {what}").strip()
        if not secret:
            raise NoCredential(f"{place} with its {what} is empty")
    if not secret.isascii() or not secret.isprintable():
        raise NoCredential(f"{place} holds more than one line of plain characters")
    return secret


def _absolute(path: str) -> str:
    """The path with `~` as the user's home by the password database; HOME is anybody's to set."""
    if path.startswith("~/"):
        try:
            return pwd.getpwuid(os.geteuid()).pw_dir + path[1:]
        except KeyError:
            return path
    return path


def _file_content(path: str, place: str) -> str:
    try:
        # Non-blocking, so that a pipe in its place holds nobody up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "no such file"
        raise NoCredential(f"{place} cannot be read: {why.lower()}") from None
    try:
        fault = file_fault(os.fstat(descriptor), os.geteuid())
        if fault:
            raise NoCredential(f"{place} {fault}")
        return os.read(descriptor, MAX_BYTES).decode()
    except (OSError, UnicodeDecodeError):
        raise NoCredential(f"{place} is not text") from None
    finally:
        os.close(descriptor)


def file_fault(status: os.stat_result, user: int) -> str:
    """Why a file with this status cannot hold a secret of this user (by number); empty when it can."""
    if not stat.S_ISREG(status.st_mode):
        return "is not a plain file"
    if status.st_size > MAX_BYTES:
        return "is too large for a secret"
    if status.st_uid not in {0, user}:
        return "belongs to somebody else"
    if status.st_mode & 0o022:
        return "can be written by others: chmod 600 it"
    if status.st_uid != 0 and status.st_mode & 0o044:
        return "can be read by others: chmod 600 it"
    return ""
