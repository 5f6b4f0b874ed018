"""Who may reach an MCP server of ours over HTTP: this machine alone, and only with the user's token."""

from __future__ import annotations

import os
import secrets

from agentic.authoring.compiled import write_private
from agentic.errors import AgenticError, Unavailable, quoted
from agentic.places import private_folder

TOKEN_FILE = "http-token"  # noqa: S105 - the name of a file
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def address_of(text: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8000` (port 0: any free one). Raises: AgenticError `usage`."""
    host, sign, port = text.rpartition(":")
    host = host.strip("[]")
    if not sign or not port.isdigit() or int(port) > 65_535:
        raise AgenticError("usage", f"{quoted(text)} is not `HOST:PORT`", "like 127.0.0.1:8931")
    if host not in LOOPBACK:
        way = "put a reverse proxy with its own login in front of it to serve others"
        raise AgenticError("usage", f"{quoted(host)} is not an address of this machine alone", way)
    return host, int(port)


def token_of(state_dir: str) -> tuple[str, str]:
    """The token that HTTP clients send, and its file; made at first need. Raises: Unavailable."""
    path = f"{private_folder(private_folder(state_dir) + '/mcp')}/{TOKEN_FILE}"
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)) as file:
            status = os.fstat(file.fileno())
            token = file.read(200).strip()
    except FileNotFoundError:
        token = secrets.token_urlsafe(32)
        write_private(path, token.encode() + b"\n")
        return token, path
    except OSError as problem:
        raise Unavailable("mcp.token", f"{quoted(path)}: {problem.strerror}") from None
    if status.st_mode & 0o077 or status.st_uid != os.geteuid() or len(token) < 32:
        raise Unavailable(
            "mcp.token",
            f"the token in {quoted(path)} cannot be trusted: others can read it, or it is too short",
            "remove the file; a new one is made at the next start",
        )
    return token, path
