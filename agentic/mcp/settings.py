"""The gateway's own document: which servers stand behind it, how they start, and their limits.

In: YAML text, or the words of a command line. Out: `Setup`, `Server` and `Limits`, plain values. It says
nothing about what a call may do: that is policy. A token is named by its environment variable; a literal
one is refused, since this file is read, copied and committed by people.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from agentic.authoring.validate import shaped
from agentic.authoring.vocabulary import Closed, Line, VersionOne
from agentic.errors import AgenticError, Diagnostic, InvalidDocument, Unavailable, quoted
from agentic.recognize.secrets import find_secrets, named_secret
from agentic.yaml_reader import YamlTree, parse_yaml

Blocked = Literal["hide", "show"]
Annotate = Literal["meta", "title", "none"]
FirstSight = Literal["hold", "read-only"]

#: What a program needs to start at all; every other variable is named by whoever sets the server up.
BASE_VARIABLES = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TMPDIR")
#: Servers behind one gateway.
MOST_SERVERS = 32
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: No `_`, so that `server__tool` can be taken apart at its first `__`.
ServerName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")]
Argument = Annotated[str, StringConstraints(max_length=4_000, pattern=r"^[^\x00\r\n]*$")]


class LimitsEntry(Closed):
    """What one server may take; what is absent keeps the value from above."""

    request_bytes: Annotated[int, Field(ge=1_024, le=67_108_864)] | None = None
    result_bytes: Annotated[int, Field(ge=1_024, le=67_108_864)] | None = None
    tools: Annotated[int, Field(ge=1, le=2_000)] | None = None
    definition_bytes: Annotated[int, Field(ge=256, le=1_048_576)] | None = None
    call_s: Annotated[int, Field(ge=1, le=3_600)] | None = None
    connect_s: Annotated[int, Field(ge=1, le=600)] | None = None
    calls_per_s: Annotated[int, Field(ge=1, le=100_000)] | None = None
    concurrent_calls: Annotated[int, Field(ge=1, le=1_000)] | None = None
    messages_per_s: Annotated[int, Field(ge=1, le=100_000)] | None = None


class ServerEntry(Closed):
    """One server: a command that is started, or the URL of one that runs already."""

    name: ServerName
    command: Annotated[list[Argument], Field(min_length=1, max_length=200)] | None = None
    url: Annotated[Line, StringConstraints(pattern=r"^https?://")] | None = None
    cwd: Annotated[Line, StringConstraints(pattern=r"^/")] | None = None
    environment: dict[Variable, Argument] = {}
    inherit: list[Variable] = []
    headers_from: dict[Header, Variable] = {}
    limits: LimitsEntry | None = None


class GatewayEntry(Closed):
    """What holds for the gateway as a whole."""

    blocked: Blocked = "show"
    annotate: Annotate = "meta"
    first_sight: FirstSight = "hold"
    question_s: Annotated[int, Field(ge=1, le=3_600)] = 300


class GatewayDocument(Closed):
    """The whole file."""

    version: VersionOne
    gateway: GatewayEntry = GatewayEntry()
    limits: LimitsEntry | None = None
    servers: Annotated[list[ServerEntry], Field(min_length=1, max_length=MOST_SERVERS)]


class Limits(NamedTuple):
    """The bounds of one server. Bytes of one message, seconds of one call, calls and messages a second."""

    request_bytes: int = 1_048_576
    result_bytes: int = 4_194_304
    tools: int = 200
    definition_bytes: int = 65_536
    call_s: int = 120
    connect_s: int = 60
    calls_per_s: int = 50
    concurrent_calls: int = 8
    messages_per_s: int = 200


class Server(NamedTuple):
    """One server behind the gateway: either `command` or `url` is set.

    `inherit` names the variables of the gateway's own environment that it gets besides BASE_VARIABLES;
    `headers_from` names, for each HTTP header, the variable that holds its value.
    """

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    cwd: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    inherit: tuple[str, ...] = ()
    headers_from: tuple[tuple[str, str], ...] = ()
    limits: Limits = Limits()


class Setup(NamedTuple):
    """How the gateway presents itself, and its servers."""

    servers: tuple[Server, ...]
    blocked: Blocked = "show"
    annotate: Annotate = "meta"
    first_sight: FirstSight = "hold"
    question_s: int = 300


def read_gateway(path: str) -> Setup:
    """The gateway that a file describes.

    Raises: Unavailable when it cannot be read, InvalidDocument with every problem and its place.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as problem:
        cause = (problem.strerror or "unreadable").lower()
        raise Unavailable("mcp.config", f"{quoted(path)} cannot be read: {cause}") from None
    return gateway_from(parse_yaml(data, path))


def gateway_from(tree: YamlTree) -> Setup:
    """The gateway that a YAML tree describes. Raises: InvalidDocument with every problem and its place."""
    document = shaped(GatewayDocument, tree)
    problems = [
        problem
        for number, entry in enumerate(document.servers)
        for problem in _problems_of(entry, number, tree)
    ]
    names = [entry.name for entry in document.servers]
    for number, name in enumerate(names):
        if name in names[:number]:
            where = tree.where(("servers", number, "name"))
            problems.append(
                Diagnostic("mcp.server-twice", f"the server {quoted(name)} appears twice", where)
            )
    if problems:
        raise InvalidDocument(problems)
    common = _limited(Limits(), document.limits)
    servers = tuple(_server_of(entry, common) for entry in document.servers)
    return Setup(servers, **document.gateway.model_dump())


def _server_of(entry: ServerEntry, common: Limits) -> Server:
    return Server(
        entry.name,
        tuple(entry.command or ()),
        entry.url or "",
        entry.cwd or "",
        tuple(entry.environment.items()),
        tuple(entry.inherit),
        tuple(entry.headers_from.items()),
        _limited(common, entry.limits),
    )


def _limited(limits: Limits, entry: LimitsEntry | None) -> Limits:
    return limits._replace(**entry.model_dump(exclude_none=True)) if entry else limits


def _problems_of(entry: ServerEntry, number: int, tree: YamlTree) -> list[Diagnostic]:
    """What a shape cannot say about one server."""
    place = ("servers", number)
    if (entry.command is None) == (entry.url is None):
        message = f"the server {quoted(entry.name)} needs either `command` or `url`"
        return [Diagnostic("mcp.server", message, tree.where(place))]
    found: list[Diagnostic] = []
    if entry.url is not None:
        fault = _fault_of_url(entry.url)
        if fault:
            found.append(Diagnostic("mcp.url", fault, tree.where((*place, "url"))))
        for name in ("cwd", "environment", "inherit"):
            if getattr(entry, name):
                message = f"`{name}` is for a server that is started; this one has a `url`"
                found.append(Diagnostic("mcp.server", message, tree.where((*place, name))))
    elif entry.headers_from:
        message = "`headers_from` is for a server with a `url`; this one is started"
        where = tree.where((*place, "headers_from"))
        found.append(Diagnostic("mcp.server", message, where))
    literal = "a literal secret; keep it in the environment and name its variable under `inherit`"
    for name, value in entry.environment.items():
        if named_secret(name, value) or find_secrets(value):
            where = tree.where((*place, "environment", name))
            found.append(Diagnostic("mcp.literal-secret", literal, where))
    for position, argument in enumerate(entry.command or ()):
        if find_secrets(argument):
            where = tree.where((*place, "command", position))
            found.append(Diagnostic("mcp.literal-secret", literal, where))
    return found


def _fault_of_url(url: str) -> str:
    """What is wrong with a server's address, or nothing."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return "not a URL"
    if not host:
        return "the URL names no host"
    if parts.username or parts.password:
        return "a URL must not hold a name or a password; use `headers_from`"
    if parts.query and find_secrets(parts.query):
        return "a URL must not hold a secret; use `headers_from`"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "plain HTTP is for this machine only; write https"
    return ""


def server_from_words(name: str, words: tuple[str, ...], inherit: tuple[str, ...] = ()) -> Server:
    """The server that a command line names: one URL, or a command with its arguments.

    Raises: AgenticError `usage` when the name or what it stands for cannot be used.
    """
    is_url = len(words) == 1 and words[0].startswith(("http://", "https://"))
    entry = {
        "name": name,
        **({"url": words[0]} if is_url else {"command": list(words)}),
        **({"inherit": list(inherit)} if inherit and not is_url else {}),
    }
    tree = YamlTree({"version": 1, "servers": [entry]}, "the command line", {}, {})
    try:
        return gateway_from(tree).servers[0]
    except InvalidDocument as invalid:
        first = invalid.diagnostics[0]
        raise AgenticError("usage", f"server {quoted(name)}: {first.message}", first.help) from None


def server_from_option(text: str, inherit: tuple[str, ...] = ()) -> Server:
    """The server of `--server NAME=COMMAND…` or `--server NAME=URL`. Raises: AgenticError `usage`."""
    name, sign, rest = text.partition("=")
    try:
        words = tuple(shlex.split(rest))
    except ValueError:
        raise AgenticError("usage", f"{quoted(rest)} has an open quote") from None
    if not sign or not words:
        example = "write it like `--server github=https://example.com/mcp`"
        raise AgenticError("usage", f"{quoted(text)} is not `NAME=COMMAND`", example)
    return server_from_words(name, words, inherit)


def environment_of(server: Server, own: Mapping[str, str]) -> dict[str, str]:
    """The whole environment that a started server gets."""
    names = (*BASE_VARIABLES, *server.inherit)
    return {name: own[name] for name in names if name in own} | dict(server.environment)


def headers_of(server: Server, own: Mapping[str, str]) -> dict[str, str]:
    """The HTTP headers of a server, their values from the environment. Raises: Unavailable."""
    found: dict[str, str] = {}
    for header, variable in server.headers_from:
        value = own.get(variable, "")
        if not value or not value.isprintable():
            message = f"the variable {quoted(variable)} for {quoted(server.name)} is not set"
            raise Unavailable("mcp.header", message, f"it holds the header {quoted(header)}")
        found[header] = value
    return found
