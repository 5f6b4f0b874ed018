"""What is wrong with one configured MCP server: a table of checks, each of which gives findings.

A finding names variables, options and kinds of secrets, never a value. A server that is switched off or
belongs to another project is looked at for secrets only: those are in the file whatever the host does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from agentic.core.paths import is_below, normalised
from agentic.errors import quoted
from agentic.mcp.configurations import EVERY_TOOL, ConfiguredServer
from agentic.mcp.doctor_secrets import literal_secrets
from agentic.mcp.doctor_values import (
    Edit,
    Finding,
    Level,
    Scene,
    Switches,
    address_key,
    argument_keys,
    edit,
    finding,
    has_switch,
    is_behind_gateway,
    judged_name,
    known_by_name,
    known_by_package,
    launch,
    setting_keys,
)

Check = Callable[[Scene, ConfiguredServer], Iterator[Finding]]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TLS_OFF_OPTIONS = frozenset(
    """--insecure -k --insecure-skip-tls-verify --no-verify-ssl --no-check-certificate --tls-skip-verify
    --ignore-https-errors --allow-insecure --skip-tls-verify --disable-tls --no-tls-verify
    --insecure-skip-tls""".split()
)
_TLS_OFF_VARIABLES = {
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "PYTHONHTTPSVERIFY": "0",
    "GIT_SSL_NO_VERIFY": "true",
    "SSL_VERIFY": "false",
    "VERIFY_SSL": "false",
}
_ALLOWS_HTTP = "--allow-http"
#: A tool whose name tells nothing: policy has a mode for it only where all of the server's tools are taught.
_SAYS_NOTHING = "x"
_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock")
_INTERPRETERS = frozenset("node python python3 deno bun ruby php tsx ts-node sh bash".split())


# What is started


def _versions(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    started = launch(server)
    if started.kind == "image" and not started.is_exact:
        told = f"tag {quoted(started.version)}" if started.version else "no tag"
        message = f"{quoted(server.name)} runs the image {quoted(started.name)} with {told}"
        way = "name a version, or better a digest: `IMAGE@sha256:…`"
        yield finding(server, "warn", "image-unpinned", message, way, "args")
    elif started.kind == "package" and not started.is_exact:
        told = f"version {quoted(started.version)}" if started.version else "no version"
        message = f"{quoted(server.name)} fetches the package {quoted(started.name)} with {told}"
        joiner = "==" if started.runner == "pipx run" else "@"
        way = f"name an exact version: `{started.runner} …{joiner}1.2.3`"
        yield finding(server, "warn", "package-unpinned", message, way, "args")


def _workspace_program(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    started = launch(server)
    if started.kind != "program" or not scene.root:
        return
    words = [started.name]
    if started.name.rpartition("/")[2] in _INTERPRETERS:
        words += [word for word in started.rest[:4] if not word.startswith("-")][:1]
    for word in words:
        path = normalised(word if word.startswith("/") else f"{scene.root}/{word}")
        is_path = "/" in word or word is not words[0]
        if is_path and is_below(path, scene.root) and os.path.isfile(path):
            message = f"{quoted(server.name)} runs {quoted(word)}, a file of the workspace"
            way = "whoever edits the file decides what runs: review it, or install the server"
            yield finding(server, "warn", "program-in-workspace", message, way, "command")
            return


def _mounts(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    for source in launch(server).mounts:
        path = _expanded(source, scene.home)
        if path.endswith(_SOCKETS):
            message = f"{quoted(server.name)} gets the socket {quoted(source)} of the engine"
            way = "whoever has it is root on this machine: give the server something narrower"
            yield finding(server, "fail", "socket-mounted", message, way, "args")
        elif _is_broad(path, scene.home):
            message = f"{quoted(server.name)} gets all of {quoted(source)}"
            way = "mount the one folder that it needs, read-only (`:ro`) where it only reads"
            yield finding(server, "fail", "home-mounted", message, way, "args")


def _roots(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    known = known_by_package(scene, server)
    if known is None or known.server != "filesystem":
        return
    for word in launch(server).rest:
        if not word.startswith("-") and _is_broad(_expanded(word, scene.home), scene.home):
            message = f"{quoted(server.name)} may read and write all below {quoted(word)}"
            way = "name the folders of the work, one by one"
            yield finding(server, "fail", "broad-root", message, way, "args")


def _expanded(path: str, home: str) -> str:
    for form in ("~", "${HOME}", "$HOME", "${userHome}", "${env:HOME}", "{env:HOME}"):
        if path == form or path.startswith(form + "/"):
            path = home + path[len(form) :]
    return normalised(path) if path.startswith("/") else path


def _is_broad(path: str, home: str) -> bool:
    return path in ("/", "/home", "/Users", "/root", "/etc", "/var", home)


# How it is reached


def _plain_http(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    keys = (address_key(server),)
    if server.url and _is_plain_http(server.url):
        message = f"{quoted(server.name)} is reached over plain HTTP"
        yield finding(server, "fail", "plain-http", message, "use https", *keys)
    for number, word in enumerate(server.args):
        if _is_plain_http(word) and "://" in word[:9]:
            message = f"{quoted(server.name)} is given an address over plain HTTP"
            yield finding(
                server, "warn", "plain-http", message, "use https", *argument_keys(server, number)
            )
        elif word == _ALLOWS_HTTP:
            message = f"{quoted(server.name)} is started with {quoted(word)}"
            yield finding(
                server, "warn", "plain-http", message, "use https", *argument_keys(server, number)
            )


def _is_plain_http(url: str) -> bool:
    if not url.startswith("http://"):
        return False
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    return host not in _LOOPBACK and not host.startswith("127.")


def _tls(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    known = known_by_package(scene, server)
    unsafe = known.unsafe if known else None
    for number, word in enumerate(server.args):
        if word in _TLS_OFF_OPTIONS:
            message = f"{quoted(server.name)} is started with {quoted(word)}"
            way = "trust the certificate instead (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE)"
            keys = argument_keys(server, number)
            edits = (edit(server, "discard", keys[:1], word),)
            yield finding(server, "fail", "tls-off", message, way, *keys, edits=edits)
        elif unsafe and word in unsafe.arguments:
            message = f"{quoted(server.name)} is started with {quoted(word)}"
            way = "leave it out"
            keys = argument_keys(server, number)
            edits = (edit(server, "discard", keys[:1], word),)
            yield finding(server, "warn", "unsafe-option", message, way, *keys, edits=edits)
    wanted = {**_TLS_OFF_VARIABLES, **(unsafe.variables if unsafe else {})}
    for setting in server.environment:
        if wanted.get(setting.name, "").lower() == setting.value.lower() != "":
            keys = setting_keys(server, "env", setting.name)
            is_tls = setting.name in _TLS_OFF_VARIABLES or "SSL" in setting.name
            is_tls = is_tls or "TLS" in setting.name
            message = f"{quoted(server.name)} is started with {quoted(setting.name)} set"
            edits = (edit(server, "remove", keys),)
            level: Level = "fail" if is_tls else "warn"
            code = "tls-off" if is_tls else "unsafe-option"
            yield finding(server, level, code, message, "leave it out", *keys, edits=edits)


# What it may do


def _read_only(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    known = known_by_package(scene, server)
    if known is None or known.read_only is None or has_switch(server, known.read_only):
        return
    if server.allowed and all(scene.judge(server.name, t).mode == "AUTO" for t in server.allowed):
        return
    switch = _shown(known.read_only, is_remote=bool(server.url))
    edits: tuple[Edit, ...] = ()
    if known.read_only.arguments and launch(server).kind in ("package", "program"):
        keys = ("args",) if ("args",) in server.lines or not server.args else ("command",)
        edits = (edit(server, "append", keys, known.read_only.arguments[0]),)
    message = f"{quoted(server.name)} may write: it is started without {switch}"
    way = f"add {switch} where reading is enough; see {known.read_only.source}"
    yield finding(server, "warn", "writes", message, way, "args", edits=edits)


def _shown(switches: Switches, *, is_remote: bool) -> str:
    """The switch as a person would write it."""
    if is_remote and switches.headers:
        return " or ".join(f"the header `{n}: {v}`" for n, v in switches.headers.items())
    named = [f"`{argument}`" for argument in switches.arguments]
    named += [f"`{name}={value}`" for name, value in switches.variables.items()]
    return " or ".join(named)


def _modes(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    name = judged_name(server)
    if not name:
        return
    named = dict.fromkeys((*server.allowed, *server.approved))
    unknown = [
        t for t in named if t != EVERY_TOOL and scene.judge(server.name, t).kind == "unknown.mcp"
    ]
    for tool in unknown:
        message = f"policy has no mode for the tool {quoted(tool)} of {quoted(server.name)}"
        way = "say what it does: `mcp_tools` in .agentic/*.yaml, then `agentic policy trust`"
        yield finding(server, "warn", "tool-without-mode", message, way)
    is_taught = scene.judge(name, _SAYS_NOTHING).kind != "unknown.mcp"
    if known_by_name(scene, server) is not None or unknown or is_taught:
        return
    known = known_by_package(scene, server)
    if known is not None:
        message = (
            f"policy knows this server as {quoted(known.server)}, and its name {quoted(name)} "
            "does not say so: its tools are judged by their names alone"
        )
        way = f"give it a name with the word `{known.words[0]}` in it"
    else:
        message = f"policy knows no tools of {quoted(name)}: each is judged by its name alone"
        way = "list them under `mcp_servers` in .agentic/*.yaml, then `agentic policy trust`"
    yield finding(server, "warn", "no-modes", message, way)


def _approvals(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    if EVERY_TOOL in server.approved:
        message = f"the host runs every tool of {quoted(server.name)} without a question"
        way = "name the tools that only read, or none"
        is_flag = ("trust",) in server.lines
        edits: tuple[Edit, ...] = (edit(server, "set", ("trust",), value=False),) if is_flag else ()
        yield finding(server, "fail", "approves-all", message, way, "trust", edits=edits)
        return
    for tool in server.approved:
        judged = scene.judge(server.name, tool)
        if judged.mode == "AUTO":
            continue
        message = (
            f"the host runs the tool {quoted(tool)} of {quoted(server.name)} without a question, "
            f"and policy says {judged.mode} ({judged.kind})"
        )
        way = "take it out of the list"
        keys, edits = _approval_place(server, tool)
        yield finding(server, "fail", "approves-against-policy", message, way, *keys, edits=edits)


def _approval_place(
    server: ConfiguredServer, tool: str
) -> tuple[tuple[str | int, ...], tuple[Edit, ...]]:
    """Where a list of the host approves this tool, and what takes it out of there."""
    for key in ("autoApprove", "alwaysAllow"):
        if (key,) in server.lines:
            return (key,), (edit(server, "discard", (key,), tool),)
    return ("tools", tool), ()


def _gateway(scene: Scene, server: ConfiguredServer) -> Iterator[Finding]:
    if is_behind_gateway(server):
        return
    message = f"the calls of {quoted(server.name)} do not pass the gateway"
    way = "let the host start `agentic mcp gateway`, with this server behind it"
    yield finding(server, "note", "outside-gateway", message, way)


#: Looked at in every server; the others only in those that are switched on and apply here.
ALWAYS: tuple[Check, ...] = (literal_secrets,)
CHECKS: tuple[Check, ...] = (
    _versions,
    _workspace_program,
    _mounts,
    _roots,
    _plain_http,
    _tls,
    _read_only,
    _modes,
    _approvals,
    _gateway,
)
