"""The MCP servers that every host on this machine is configured to start or to reach, in one neutral value.

In: the files of the hosts, read with bounds. Out: `ConfiguredServer` values with the line where each stands,
and one problem with `file:line:column` for whatever could not be understood. Nothing is started and nothing
is asked; values of variables and headers may hold secrets and are never shown.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agentic.errors import Diagnostic, InvalidDocument, quoted
from agentic.json_text import Node, parsed, without_comments
from agentic.mcp.configuration_files import Form, Keys, Source, remainder_of

MAX_FILE_BYTES = 16_777_216
#: All tools of a server run without a question.
EVERY_TOOL = "*"
_MEND = "the host may read it otherwise, or not at all: mend it"


class Setting(NamedTuple):
    """A variable or a header; `remainder` is its value without references, which holds what is literal."""

    name: str
    value: str
    remainder: str

    @property
    def is_literal(self) -> bool:
        """Whether the value stands in the file, instead of a reference to where it is."""
        return bool(self.remainder.strip())


class ConfiguredServer(NamedTuple):
    """One server of one host, as its file says. `keys` lead to its entry, `lines` to what is in it.

    `allowed` are the tools that the host offers (empty: all), `approved` those that it runs without a
    question (`*`: all). `applies` is false for a server of another project.
    """

    host: str
    scope: str
    file: str
    line: int
    name: str
    transport: str
    command: str
    args: tuple[str, ...]
    environment: tuple[Setting, ...]
    url: str
    headers: tuple[Setting, ...]
    enabled: bool
    allowed: tuple[str, ...]
    approved: tuple[str, ...]
    keys: Keys
    form: Form
    lines: Mapping[Keys, int]
    applies: bool = True

    def where(self, *keys: str | int) -> str:
        """`file:line` of something in the entry, or of what is nearest to it."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return f"{self.file}:{self.lines.get(keys, self.line)}"


class Configurations(NamedTuple):
    """What was found: the servers, what could not be read, and the files that were read."""

    servers: tuple[ConfiguredServer, ...]
    problems: tuple[Diagnostic, ...]
    files: tuple[Source, ...]


def configurations(found: tuple[Source, ...], root: str) -> Configurations:
    """The servers in these files; a file that is not there has none. Never raises."""
    servers: list[ConfiguredServer] = []
    problems: list[Diagnostic] = []
    read: list[Source] = []
    for source in found:
        try:
            text = _text_of(source.path)
            if text is None:
                continue
            read.append(source)
            servers.extend(_servers_in(source, text, root, problems))
        except InvalidDocument as invalid:
            problems.extend(p for p in invalid.diagnostics if p not in problems)
    return Configurations(tuple(servers), tuple(problems), tuple(read))


def _text_of(path: str) -> str | None:
    """The text of a configuration file; None where there is none. Raises InvalidDocument."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_BYTES:
            raise _unreadable(path, "it is not a file of a sane size")
        return Path(path).read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise _unreadable(path, (problem.strerror or "unreadable").lower()) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8 text") from None


def _unreadable(path: str, why: str) -> InvalidDocument:
    message = f"the configuration cannot be read: {why}"
    return InvalidDocument((Diagnostic("mcp.unreadable", message, f"{path}:1:1", _MEND),))


class _Document(NamedTuple):
    """A file's value, and the line of each of its keys."""

    value: Any
    lines: Mapping[Keys, int]


def _document(source: Source, text: str) -> _Document:
    return _toml(source, text) if source.form == "toml" else _json(source, text)


def _json(source: Source, text: str) -> _Document:
    if not text.strip():
        return _Document({}, {})
    try:
        node = parsed(without_comments(text), "the configuration")
    except InvalidDocument as invalid:
        raise InvalidDocument(
            Diagnostic("mcp.unreadable", p.message, f"{source.path}:{p.where or '1:1'}", p.help)
            for p in invalid.diagnostics
        ) from None
    lines: dict[Keys, int] = {}
    starts = [0, *(at + 1 for at, c in enumerate(text) if c == "\n")]
    _note_lines(node, (), starts, lines)
    return _Document(node.value, lines)


def _note_lines(node: Node, keys: Keys, starts: list[int], lines: dict[Keys, int]) -> None:
    for name, start, child in node.members:
        lines[(*keys, name)] = bisect_right(starts, start)
        _note_lines(child, (*keys, name), starts, lines)
    for number, item in enumerate(node.items):
        lines[(*keys, number)] = bisect_right(starts, item.start)
        _note_lines(item, (*keys, number), starts, lines)


_TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_TOML_HEADER = re.compile(r"^\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_TOML_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|[\w-]+))*)\s*=""")
_TOML_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def _toml(source: Source, text: str) -> _Document:
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _TOML_PLACE.search(str(error))
        where = f"{source.path}:{found[1]}:{found[2]}" if found else f"{source.path}:1:1"
        told = _TOML_PLACE.sub("", str(error)).strip().rstrip(".")
        message = f"the configuration is not valid TOML: {told[:1].lower()}{told[1:120]}"
        raise InvalidDocument((Diagnostic("mcp.unreadable", message, where),)) from None
    lines: dict[Keys, int] = {}
    table: Keys = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _TOML_HEADER.match(line)
        key = _TOML_KEY.match(line)
        if header:
            table = _toml_keys(header[1])
            lines.setdefault(table, number)
        elif key:
            lines.setdefault((*table, *_toml_keys(key[1])), number)
    return _Document(value, lines)


def _toml_keys(text: str) -> Keys:
    return tuple(found[1] or found[2] or found[3] for found in _TOML_PART.finditer(text))


def _servers_in(
    source: Source, text: str, root: str, problems: list[Diagnostic]
) -> Iterator[ConfiguredServer]:
    document = _document(source, text)
    for keys in _roots_of(source, document):
        if keys == ("projects",):
            projects = _member(document.value, keys)
            for project in projects if isinstance(projects, dict) else ():
                applies = project == root
                yield from _servers_below(
                    source, document, ("projects", project, "mcpServers"), problems, applies=applies
                )
        else:
            yield from _servers_below(source, document, keys, problems)


def _roots_of(source: Source, document: _Document) -> tuple[Keys, ...]:
    """Where a file's servers stand: in a plugin's own `.mcp.json` perhaps at its top."""
    is_plain = source.scope == "plugin" and source.path.endswith("/.mcp.json")
    has_group = isinstance(document.value, dict) and "mcpServers" in document.value
    return ((),) if is_plain and not has_group else source.roots


def _member(value: Any, keys: Keys) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _servers_below(
    source: Source,
    document: _Document,
    keys: Keys,
    problems: list[Diagnostic],
    *,
    applies: bool = True,
) -> Iterator[ConfiguredServer]:
    found = _member(document.value, keys)
    if found is None or (keys == ("mcp", "servers") and not _is_v2(found)):
        return
    if source.scope == "plugin" and isinstance(found, str | list):
        return  # the manifest names the file that holds them, which is read by itself
    if not isinstance(found, dict):
        problems.append(_misshapen(source, document, keys, "servers by their names"))
        return
    for name, entry in found.items():
        at = (*keys, name)
        if keys == ("mcp",) and (not isinstance(entry, dict) or _is_group(name, entry)):
            continue  # further settings of OpenCode; v2 keeps its servers one level below
        if not isinstance(entry, dict):
            problems.append(_misshapen(source, document, at, "the settings of one server"))
            continue
        yield _server(source, document, at, name, entry, applies=applies)


def _is_group(name: str, entry: dict[str, Any]) -> bool:
    return name == "servers" and _is_v2(entry)


def _is_v2(entry: Any) -> bool:
    """Whether what is called `servers` holds servers, and is not one that is called so."""
    return not (isinstance(entry, dict) and isinstance(entry.get("type"), str))


def _misshapen(source: Source, document: _Document, keys: Keys, wanted: str) -> Diagnostic:
    line = document.lines.get(keys, 1)
    message = f"{quoted('.'.join(map(str, keys)))} does not hold {wanted}"
    return Diagnostic("mcp.misshapen", message, f"{source.path}:{line}:1", _MEND)


def _server(
    source: Source,
    document: _Document,
    keys: Keys,
    name: str,
    entry: dict[str, Any],
    *,
    applies: bool,
) -> ConfiguredServer:
    command, args = _command_of(entry)
    url = next(
        (entry[k] for k in ("url", "serverUrl", "httpUrl") if isinstance(entry.get(k), str)), ""
    )
    depth = len(keys)
    return ConfiguredServer(
        host=source.host,
        scope=source.scope,
        file=source.path,
        line=document.lines.get(keys, 1),
        name=name,
        transport=_transport(entry, url),
        command=command,
        args=args,
        environment=_settings(source.host, entry.get("env"), entry.get("environment")),
        url=url,
        headers=_settings(
            source.host,
            entry.get("headers"),
            entry.get("http_headers"),
            {"bearer_token": entry["bearer_token"]} if "bearer_token" in entry else None,
        ),
        enabled=entry.get("enabled") is not False and entry.get("disabled") is not True,
        allowed=_texts(entry, "includeTools", "enabled_tools", "tools"),
        approved=_approved(entry),
        keys=keys,
        form=source.form,
        lines={k[depth:]: n for k, n in document.lines.items() if k[:depth] == keys},
        applies=applies,
    )


def _command_of(entry: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The program and its arguments; OpenCode gives both as one list."""
    command = entry.get("command")
    words = [w for w in command if isinstance(w, str)] if isinstance(command, list) else []
    if isinstance(command, str):
        words = [command]
    args = entry.get("args")
    words += [w for w in args if isinstance(w, str)] if isinstance(args, list) else []
    return (words[0], tuple(words[1:])) if words else ("", ())


def _transport(entry: dict[str, Any], url: str) -> str:
    told = entry.get("type")
    if told in ("sse", "http", "stdio"):
        return str(told)
    return "http" if url else "stdio"


def _settings(host: str, *tables: Any) -> tuple[Setting, ...]:
    """Variables or headers, each with what is literal in its value."""
    return tuple(
        Setting(str(name), str(value), remainder_of(host, str(value)))
        for table in tables
        if isinstance(table, dict)
        for name, value in table.items()
        if isinstance(value, str | int | float)
    )


def _texts(entry: dict[str, Any], *names: str) -> tuple[str, ...]:
    found = [
        text
        for name in names
        if isinstance(entry.get(name), list)
        for text in entry[name]
        if isinstance(text, str)
    ]
    return () if EVERY_TOOL in found else tuple(found)


def _approved(entry: dict[str, Any]) -> tuple[str, ...]:
    """The tools that the host runs without asking anybody."""
    if entry.get("trust") is True or entry.get("default_tools_approval_mode") == "approve":
        return (EVERY_TOOL,)
    found = [
        text
        for name in ("autoApprove", "alwaysAllow")
        if isinstance(entry.get(name), list)
        for text in entry[name]
        if isinstance(text, str)
    ]
    if entry.get("autoApprove") is True:
        return (EVERY_TOOL,)
    tools = entry.get("tools")
    if isinstance(tools, dict):  # Codex: [mcp_servers.NAME.tools.TOOL] approval_mode = "approve"
        found += [
            tool
            for tool, settings in tools.items()
            if isinstance(settings, dict) and settings.get("approval_mode") == "approve"
        ]
    return (EVERY_TOOL,) if EVERY_TOOL in found else tuple(dict.fromkeys(found))
