"""The words and small types that policy documents are made of: closed vocabularies, lines, durations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

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
#: A dotted name, or one word (`holiday`).
SignalName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$")
]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


Kinds = Annotated[list[Word], Field(min_length=1)]
#: Absent means all; an empty list would never hold and is refused.
Environments = Annotated[list[Environment], Field(min_length=1)]
Effects = Annotated[list[Effect], Field(min_length=1)]


#: Seconds in one unit of a duration; a month has no fixed length and is left out.
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def duration_s(text: Any) -> int:
    """Seconds of `30s`, `5m`, `6h`, `30d` or `1w`. Raises ValueError for anything else."""
    if (
        isinstance(text, str)
        and text[-1:] in _UNIT_S
        and text[:-1].isascii()
        and text[:-1].isdigit()
    ):
        seconds = int(text[:-1]) * _UNIT_S[text[-1]]
        if 0 < seconds <= 366 * 86_400:
            return seconds
    raise ValueError("is not a duration like `30s`, `5m`, `6h`, `30d` or `4w`")


#: Written as text with a unit, held as seconds.
Duration = Annotated[int, BeforeValidator(duration_s)]


def _no_truth_value(value: Any) -> Any:
    """The value itself. Raises ValueError for `true`, which Python takes for the number 1."""
    if isinstance(value, bool):
        raise ValueError("must be the number 1")
    return value


#: The version of every policy file.
VersionOne = Annotated[Literal[1], BeforeValidator(_no_truth_value)]


class Closed(BaseModel):
    """Refuses unknown keys and never guesses a type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
