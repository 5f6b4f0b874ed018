"""The shape of every policy document, as closed pydantic models.

One model serves the shipped files and the layers: a file holds the sections it needs. Only shapes and
closed vocabularies that never change live here; what depends on the catalogue (kinds, signals, roles) is
judged in `validate`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agentic.authoring.mcp_documents import ArgumentSource, McpServer
from agentic.authoring.signal_documents import ServiceEntry, SignalEntry, Source
from agentic.authoring.vocabulary import (
    Assurance,
    Closed,
    Effects,
    Environments,
    Kinds,
    Line,
    Mode,
    NamedEnvironment,
    NameSource,
    PathClass,
    Pattern,
    RuleId,
    Sentence,
    SignalName,
    VersionOne,
    Word,
)


class OperationEntry(Closed):
    """One kind of the closed catalogue."""

    kind: RuleId
    meaning: Sentence
    effects: Effects
    reversible: Literal["yes", "no", "effort"]
    example: Line
    environment_bound: bool = False


class ModeEntry(Closed):
    """A mode for kinds in environments (none named: all)."""

    kinds: Kinds
    environments: Environments | None = None
    mode: Mode
    because: Sentence
    way: Line = ""
    id: RuleId | None = None


class EnvironmentEntry(Closed):
    """How one environment is recognised: words of any name, and patterns for one source of names."""

    name: NamedEnvironment
    words: list[Word] = []
    names: dict[NameSource, list[Pattern]] = {}
    because: Sentence


class CellEntry(Closed):
    """What a role may do with kinds in environments (none named: all)."""

    kinds: Kinds
    environments: Environments | None = None
    mode: Mode
    because: Sentence


class RoleEntry(Closed):
    """One agent role: its names among host agent types, and its capabilities."""

    role: Word
    aliases: list[Word] = []
    meaning: Sentence
    cells: list[CellEntry] = []


class RoleDefault(Closed):
    """The mode of kinds that a role has no cell for, by effect."""

    effects: Effects
    mode: Mode
    because: Sentence


class IgnoredUnknown(Closed):
    """Where an UNKNOWN reading does not climb, and why that is safe."""

    environments: Environments
    because: Sentence


class EscalatorEntry(Closed):
    """What a raised signal does. Without kinds and effects it covers all kinds."""

    id: RuleId
    signal: SignalName | None = None
    at_least: Annotated[int, Field(ge=2)] | None = None
    to: Literal["climb", "CONSULT", "STOP"]
    kinds: Kinds | None = None
    except_kinds: Kinds | None = None
    effects: Effects | None = None
    environments: Environments | None = None
    ignore_unknown: IgnoredUnknown | None = None
    because: Sentence


class SensitivePath(Closed):
    """A path pattern that belongs to a class with stricter kinds."""

    pattern: Pattern
    path_class: PathClass
    because: Sentence


class TaughtProgram(Closed):
    """A program (or `program subcommand`) that policy teaches as a kind of the catalogue."""

    program: Pattern
    kind: Word
    because: Sentence


class TaughtTool(Closed):
    """An MCP tool (`server/tool`, `*` allowed) that policy teaches as a kind of the catalogue."""

    tool: Pattern
    kind: Word
    because: Sentence


class Settings(Closed):
    """Plain switches. What is absent keeps the lower layer's value."""

    auto_reply: Literal["none", "allow"] | None = None
    grant_ttl_s: Annotated[int, Field(ge=1, le=86_400)] | None = None
    assurance: dict[NamedEnvironment, Assurance] | None = None


class WorkspaceEntry(Closed):
    """Folders that belong to the workspace besides its root."""

    also: list[Pattern] = []


class PolicyDocument(Closed):
    """Any policy file: a version and the sections it holds."""

    version: VersionOne
    operations: list[OperationEntry] = []
    modes: list[ModeEntry] = []
    environments: list[EnvironmentEntry] = []
    protected_branches: list[Pattern] = []
    variables: list[Word] = []
    sensitive_paths: list[SensitivePath] = []
    roles: list[RoleEntry] = []
    role_defaults: list[RoleDefault] = []
    escalation: list[EscalatorEntry] = []
    sources: list[Source] = []
    signals: list[SignalEntry] = []
    services: list[ServiceEntry] = []
    programs: list[TaughtProgram] = []
    mcp_tools: list[TaughtTool] = []
    mcp_servers: list[McpServer] = []
    mcp_arguments: dict[Word, ArgumentSource] = {}
    workspace: WorkspaceEntry | None = None
    settings: Settings | None = None
