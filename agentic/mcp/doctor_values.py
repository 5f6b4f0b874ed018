"""What the doctor of MCP configurations exchanges: the scene it looks at, findings, and edits that mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from agentic.mcp.configuration_files import Form, Keys
from agentic.mcp.configurations import ConfiguredServer
from agentic.mcp.doctor_launch import Launch, launch_of
from agentic.recognize.environment import words_of

Level = Literal["note", "warn", "fail"]
Action = Literal["set", "append", "discard", "remove", "wrap", "mode"]

#: In the order in which a person should read them.
LEVELS: tuple[Level, ...] = ("fail", "warn", "note")


class Edit(NamedTuple):
    """One change to a configuration file.

    `set` the value at `keys`, `append` to the list there, `discard` a value from it, `remove` what is
    there, `wrap` the command of the server there into another one, or take the right to write the file from
    others (`mode`).
    """

    file: str
    form: Form
    action: Action
    keys: Keys = ()
    value: Any = None


class Finding(NamedTuple):
    """One thing that is not as it should be. `where` is `file:line`; `edits` mend it, where that is safe."""

    level: Level
    code: str
    where: str
    message: str
    help: str
    host: str = ""
    server: str = ""
    edits: tuple[Edit, ...] = ()


class Switches(NamedTuple):
    """Settings of a server, any one of which counts; see `agentic.authoring.mcp`."""

    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    headers: Mapping[str, str]
    address_end: str
    packages: tuple[str, ...]
    source: str


class KnownServer(NamedTuple):
    """A server that policy knows."""

    server: str
    words: tuple[str, ...]
    packages: tuple[str, ...]
    read_only: Switches | None
    unsafe: Switches | None
    source: str


class Judged(NamedTuple):
    """What policy says of one tool: its mode here and the operation it is."""

    mode: str
    kind: str


class Scene(NamedTuple):
    """What is examined, and who answers. `required` are the servers that each skill or command needs.

    `judge` answers for one tool of one server.
    """

    servers: tuple[ConfiguredServer, ...]
    known: tuple[KnownServer, ...]
    judge: Callable[[str, str], Judged]
    root: str
    home: str
    required: Mapping[str, tuple[str, ...]] = {}


def known_servers(rows: tuple[tuple[Any, ...], ...]) -> tuple[KnownServer, ...]:
    """The servers of a compiled policy (`Policy.mcp_servers`)."""
    return tuple(
        KnownServer(
            server,
            words,
            packages,
            Switches(*read_only) if read_only else None,
            Switches(*unsafe) if unsafe else None,
            source,
        )
        for server, words, packages, read_only, unsafe, source in rows
    )


def launch(server: ConfiguredServer) -> Launch:
    """What a server's command starts."""
    return launch_of(server.command, server.args)


def is_behind_gateway(server: ConfiguredServer) -> bool:
    """Whether the host starts our gateway, or agentic's own server, instead of the server itself."""
    words = [server.command.rpartition("/")[2], *server.args]
    starts = (["agentic", "mcp", "gateway"], ["agentic", "mcp", "serve"])
    module = words[1:2] == ["-m"] and ["agentic", *words[3:5]] in starts
    return words[:3] in starts or (module and words[2:3] in (["agentic"], ["agentic.cli.main"]))


def judged_name(server: ConfiguredServer) -> str:
    """The name under which policy hears of a server's tools: the gateway's for it, else the host's.

    Empty for a gateway with a file of its own servers, and for agentic's own server.
    """
    if not is_behind_gateway(server):
        return server.name
    words = server.args[: server.args.index("--")] if "--" in server.args else ()
    pairs = zip(words, words[1:], strict=False)
    return next((name for option, name in pairs if option == "--name"), "")


def known_by_package(scene: Scene, server: ConfiguredServer) -> KnownServer | None:
    """The entry of policy whose package, image or address this is."""
    started = launch(server)
    names = (started.name.rpartition("/")[2], started.name, *_host_and_path(server.url))
    for known in scene.known:
        if any(name and name in names for name in known.packages):
            return known
    return None


def _host_and_path(url: str) -> tuple[str, ...]:
    rest = url.partition("://")[2]
    host, _, path = rest.partition("/")
    return host.rpartition("@")[2].partition(":")[0], path


def known_by_name(scene: Scene, server: ConfiguredServer) -> KnownServer | None:
    """The entry of policy whose word is in the server's name: the one that judges its tools."""
    words = set(words_of(judged_name(server)))
    return next((known for known in scene.known if words.intersection(known.words)), None)


def has_switch(server: ConfiguredServer, switches: Switches) -> bool:
    """Whether a server is configured with any one of these switches."""
    started = launch(server)
    given = set(server.args) | set(started.rest)
    joined = {f"{a}={b}" for a, b in zip(server.args, server.args[1:], strict=False)}
    if any(argument in given or argument in joined for argument in switches.arguments):
        return True
    variables = {s.name: s.value for s in server.environment} | _container_variables(server.args)
    if any(_is_set(variables.get(n), v) for n, v in switches.variables.items()):
        return True
    headers = {s.name.lower(): s.value for s in server.headers}
    if any(_is_set(headers.get(n), v) for n, v in switches.headers.items()):
        return True
    if switches.address_end and server.url.rstrip("/").endswith(switches.address_end):
        return True
    return started.name in switches.packages


def _is_set(given: str | None, wanted: str) -> bool:
    """Whether a switch has the value that its server knows.

    FAIL-SAFE: a server that compares with `true` stays open to writing with `1`; one whose page says `1`
    reads numbers and words alike (tests/mcp/test_doctor.py).
    """
    return given == wanted or (wanted == "1" and given in ("true", "True", "TRUE"))


def _container_variables(args: tuple[str, ...]) -> dict[str, str]:
    """What `docker run -e NAME=value` and `--env=NAME=value` hand into a container."""
    found: dict[str, str] = {}
    for word, following in zip(args, [*args[1:], ""], strict=False):
        text = following if word in ("-e", "--env") else word.removeprefix("--env=")
        name, equals, value = text.partition("=")
        if equals and (word in ("-e", "--env") or word.startswith("--env=")):
            found[name] = value
    return found


# Findings and edits about one server


def finding(
    server: ConfiguredServer,
    level: Level,
    code: str,
    message: str,
    way: str,
    *keys: str | int,
    edits: tuple[Edit, ...] = (),
) -> Finding:
    """A finding about something in a server's entry; `keys` lead to it from there."""
    where = server.where(*keys)
    return Finding(level, f"mcp.{code}", where, message, way, server.host, server.name, edits)


def edit(server: ConfiguredServer, action: Action, keys: Keys, value: object = None) -> Edit:
    """An edit of something in a server's entry."""
    return Edit(server.file, server.form, action, (*server.keys, *keys), value)


def setting_keys(server: ConfiguredServer, key: str, name: str) -> tuple[str | int, ...]:
    """Where a setting stands: hosts call the same table differently."""
    for other in (key, "environment", "http_headers"):
        if (other, name) in server.lines:
            return (other, name)
    return (name,) if (name,) in server.lines else (key, name)


def argument_keys(server: ConfiguredServer, number: int) -> tuple[str | int, ...]:
    """Where an argument stands: behind the program where the host keeps both in one list."""
    return ("args", number) if ("args",) in server.lines else ("command", number + 1)


def address_key(server: ConfiguredServer) -> str:
    """What the host calls the server's address."""
    return next((k for k in ("url", "serverUrl", "httpUrl") if (k,) in server.lines), "url")
