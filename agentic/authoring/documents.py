"""The shape of every policy document, as closed pydantic models.

One model serves the shipped files and the layers: a file holds the sections it needs. Only shapes and
closed vocabularies that never change live here; what depends on the catalogue (kinds, signals, roles) is
judged in `validate`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Mode = Literal["AUTO", "CONSULT", "STOP"]
Environment = Literal["local", "dev", "staging", "production", "unknown"]
#: An environment that a name can tell; `unknown` is what is left when none does.
NamedEnvironment = Literal["local", "dev", "staging", "production"]
#: The environments that have rules of their own; `unknown` gets production's and perhaps stricter ones.
JUDGED = ("local", "dev", "staging", "production")
Effect = Literal[
    "read",
    "write-workspace",
    "destroy-workspace",
    "write-shared",
    "destroy-shared",
    "execute-untrusted",
    "read-secret",
    "network",
    "privilege",
    "governance",
]
#: The classes of `agentic.recognize.path_tables`; a taught class adds operations, it takes none away.
PathClass = Literal[
    "secret",
    "waiver",
    "agentic",
    "host-settings",
    "git-internals",
    "mcp-configuration",
    "ci",
    "gates",
    "model-strategy",
    "safety-filter",
    "prompt",
    "model-route",
    "alert",
    "prediction-log",
    "manifest",
    "package-configuration",
    "serving",
    "docs",
]
NameSource = Literal[
    "context",
    "namespace",
    "cluster",
    "workspace",
    "project",
    "account",
    "profile",
    "region",
    "branch",
    "host",
    "path",
    "name",
]
Day = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

Assurance = Literal["host-dialog", "local", "presence", "remote"]

#: One line that cannot move a terminal's cursor or turn the direction of its text.
_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
Line = Annotated[str, StringConstraints(max_length=300, pattern=_LINE)]
Sentence = Annotated[str, StringConstraints(min_length=8, max_length=300, pattern=_LINE)]
Word = Annotated[
    str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\s\x00-\x1f\x7f]+$")
]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_LINE)]
RuleId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$")
]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


Kinds = Annotated[list[Word], Field(min_length=1)]
#: Absent means all; an empty list would never hold and is refused.
Environments = Annotated[list[Environment], Field(min_length=1)]
Effects = Annotated[list[Effect], Field(min_length=1)]


class Closed(BaseModel):
    """Refuses unknown keys and never guesses a type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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
    signal: Word | None = None
    at_least: Annotated[int, Field(ge=2)] | None = None
    to: Literal["climb", "STOP"]
    kinds: Kinds | None = None
    effects: Effects | None = None
    environments: Environments | None = None
    ignore_unknown: IgnoredUnknown | None = None
    because: Sentence


class ClockSource(Closed):
    """Hours in which people watch: outside them the signal is raised."""

    kind: Literal["clock"]
    zone: Word
    days: Annotated[list[Day], Field(min_length=1)]
    start: TimeOfDay
    end: TimeOfDay


class SignalEntry(Closed):
    """A signal that escalators may name; configured only when it has a source."""

    signal: RuleId
    meaning: Sentence
    source: ClockSource | None = None


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

    version: Literal[1]
    operations: list[OperationEntry] = []
    modes: list[ModeEntry] = []
    environments: list[EnvironmentEntry] = []
    protected_branches: list[Pattern] = []
    variables: list[Word] = []
    sensitive_paths: list[SensitivePath] = []
    roles: list[RoleEntry] = []
    role_defaults: list[RoleDefault] = []
    escalation: list[EscalatorEntry] = []
    signals: list[SignalEntry] = []
    programs: list[TaughtProgram] = []
    mcp_tools: list[TaughtTool] = []
    workspace: WorkspaceEntry | None = None
    settings: Settings | None = None
