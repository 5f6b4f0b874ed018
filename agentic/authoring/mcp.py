"""What policy knows of MCP servers, compiled: tools to operations, and how servers are configured.

Layout of the two parts, plain tuples and dictionaries, each decoded only when it is asked for::

    tools    (words, rows, places, added)
      words  {word in a server's name: (number of a row, ...)}
      rows   ((exact, methods, patterns, read_patterns, reading, changing, standing), ...)
        exact    {tool: kind}, tools in the spelling of `tool_key`
        methods  {tool: (argument, {value: kind}, kind otherwise)}
        patterns ((pattern, kind), ...)
        standing "shipped", "trusted" or "added"
      places {argument: what its value is a name of}
      added  ((pattern of "server/tool", kind), ...) of layers that nobody has trusted
    servers  ((server, words, packages, read_only, unsafe, source), ...)
      read_only, unsafe  (arguments, variables, headers, address_end, packages, source), or None

A layer's rows only add operations. Those of a layer that is not trusted do not even name what is unknown.
"""

from __future__ import annotations

from marshal import dumps
from typing import TYPE_CHECKING, Any

from agentic.core.patterns import tool_key
from agentic.errors import Diagnostic, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentic.authoring.layers import LayerPart
    from agentic.authoring.mcp_documents import McpServer, Switches
    from agentic.authoring.validate import ParsedFile

SHIPPED, TRUSTED, ADDED = "shipped", "trusted", "added"


def mcp_parts(shipped: Sequence[ParsedFile], parts: Sequence[LayerPart]) -> dict[str, bytes]:
    """The two compiled parts: `tools` for recognition, `servers` for whoever reads configurations."""
    return {
        "tools": dumps(tool_tables(shipped, parts)),
        "servers": dumps(tuple(_server_row(server) for server in _servers(shipped, parts))),
    }


def tool_tables(shipped: Sequence[ParsedFile], parts: Sequence[LayerPart] = ()) -> tuple[Any, ...]:
    """The part `tools`, as plain values."""
    words: dict[str, tuple[int, ...]] = {}
    rows: list[tuple[Any, ...]] = []
    places: dict[str, str] = {}
    added: list[tuple[str, str]] = []
    for standing, file in _by_standing(shipped, parts):
        counts = standing != ADDED
        for server in file.document.mcp_servers:
            for word in server.words:
                words[word] = (*words.get(word, ()), len(rows))
            rows.append(_tool_row(server, standing))
            if counts:
                places.update({name.lower(): source for name, source in server.arguments.items()})
        if counts:
            general = file.document.mcp_arguments.items()
            places.update({name.lower(): source for name, source in general})
        else:
            added.extend((tool.tool.lower(), tool.kind) for tool in file.document.mcp_tools)
    return words, tuple(rows), places, tuple(added)


def _by_standing(
    shipped: Sequence[ParsedFile], parts: Sequence[LayerPart]
) -> Iterator[tuple[str, ParsedFile]]:
    yield from ((SHIPPED, file) for file in shipped)
    for part in parts:
        yield from ((TRUSTED if part.is_trusted else ADDED, file) for file in part.files)


def _servers(shipped: Sequence[ParsedFile], parts: Sequence[LayerPart]) -> Iterator[McpServer]:
    for standing, file in _by_standing(shipped, parts):
        if standing != ADDED:
            yield from file.document.mcp_servers


def _tool_row(server: McpServer, standing: str) -> tuple[Any, ...]:
    return (
        {tool_key(tool): kind for kind, tools in server.tools.items() for tool in tools},
        {
            tool_key(entry.tool): (entry.argument, dict(entry.kinds), entry.otherwise)
            for entry in server.methods
        },
        tuple((tool_key(entry.tool), entry.kind) for entry in server.patterns),
        tuple((tool_key(entry.tool), entry.kind) for entry in server.read_patterns),
        server.reading,
        server.changing,
        standing,
    )


def _server_row(server: McpServer) -> tuple[Any, ...]:
    return (
        server.server,
        tuple(server.words),
        tuple(server.packages),
        _switches(server.read_only, server.read_only.packages, server.read_only.source)
        if server.read_only
        else None,
        _switches(server.unsafe, (), server.source) if server.unsafe else None,
        server.source,
    )


def _switches(switches: Switches, packages: Iterable[str], source: str) -> tuple[Any, ...]:
    return (
        tuple(switches.arguments),
        dict(switches.variables),
        {name.lower(): value for name, value in switches.headers.items()},
        switches.address_end,
        tuple(packages),
        source,
    )


def mcp_problems(file: ParsedFile) -> Iterator[Diagnostic]:
    """Tools that one entry names twice."""
    for i, server in enumerate(file.document.mcp_servers):
        seen: dict[str, str] = {}
        named: list[tuple[tuple[str | int, ...], str]] = [
            (("mcp_servers", i, "tools", kind, j), tool)
            for kind, tools in server.tools.items()
            for j, tool in enumerate(tools)
        ]
        named += [(("mcp_servers", i, "methods", j), m.tool) for j, m in enumerate(server.methods)]
        for path, tool in named:
            where = file.tree.where(path)
            first = seen.setdefault(tool_key(tool), where)
            if first != where:
                message = f"the tool {quoted(tool)} is given twice"
                yield Diagnostic("policy.duplicate-rule", message, where, f"first at {first}")


def mcp_kind_uses(file: ParsedFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every operation kind that the entries name, with its path in the document."""
    for i, server in enumerate(file.document.mcp_servers):
        at: tuple[str | int, ...] = ("mcp_servers", i)
        yield (*at, "reading"), server.reading
        yield (*at, "changing"), server.changing
        for kind in server.tools:
            yield (*at, "tools", kind), kind
        for j, method in enumerate(server.methods):
            yield (*at, "methods", j, "otherwise"), method.otherwise
            yield from (((*at, "methods", j, "kinds", v), k) for v, k in method.kinds.items())
        for key in ("patterns", "read_patterns"):
            for j, pattern in enumerate(getattr(server, key)):
                yield (*at, key, j, "kind"), pattern.kind
