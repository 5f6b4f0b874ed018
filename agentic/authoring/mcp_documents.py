"""The shape of what policy knows of MCP servers: their tools, their arguments, how they are configured.

The same entries stand in the shipped `policies/mcp.yaml` and in a layer's files. What they are compiled to
is in `mcp`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agentic.authoring.vocabulary import Closed, Line, NameSource, Pattern, Sentence, Word

#: A tool's name as its server gives it.
ToolName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]
Kind = Annotated[str, StringConstraints(min_length=1, max_length=120)]
#: One word in a server's name, as `agentic.recognize.environment.words_of` splits it.
NameWord = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,40}$")]
EntryName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
#: What an argument's value is a name of; `operand` is a name that only its own words place.
ArgumentSource = NameSource | Literal["operand"]


class ToolPattern(Closed):
    """Tools whose name matches (`*` allowed), and the operation that they are."""

    tool: Pattern
    kind: Kind


class ToolMethods(Closed):
    """A tool of which one argument says what it does."""

    tool: ToolName
    argument: Word
    kinds: Annotated[dict[Word, Kind], Field(min_length=1)]
    otherwise: Kind


class Switches(Closed):
    """Settings of a server, any one of which counts; `address_end` is the end of a URL."""

    arguments: list[Line] = []
    variables: dict[Word, Line] = {}
    headers: dict[Word, Line] = {}
    address_end: Line = ""


class ReadOnly(Switches):
    """The switches by which a server refuses to write; `packages` never write at all."""

    packages: list[Line] = []
    source: Line


class McpServer(Closed):
    """One well-known server, or a family of servers that name their tools alike.

    `basis` says in words what the tools were compared with, and `checked` when; without a date nobody has
    compared them.
    """

    server: EntryName
    words: Annotated[list[NameWord], Field(min_length=1)]
    because: Sentence
    reading: Kind
    changing: Kind
    tools: dict[Kind, Annotated[list[ToolName], Field(min_length=1)]] = {}
    methods: list[ToolMethods] = []
    patterns: list[ToolPattern] = []
    read_patterns: list[ToolPattern] = []
    arguments: dict[Word, ArgumentSource] = {}
    packages: list[Line] = []
    read_only: ReadOnly | None = None
    unsafe: Switches | None = None
    source: Line
    basis: Line = ""
    checked: Date | None = None
