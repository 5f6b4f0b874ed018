"""What policy says of operations and commands by its rules alone.

Instructions and permission lists are written once and hold for months, so live signals and the hour do not
count here: the mode is the base mode that the rules give. Everything is asked through `govern` as a
hypothetical question, in a workspace with nothing in it, so that the answer is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.authoring.sources import read_bounded
from agentic.core.values import (
    AUTO,
    ENVIRONMENTS,
    PURPOSE_ASK,
    Operation,
    ToolCall,
    strictest,
)
from agentic.govern import Ports, govern, govern_operations
from agentic.shipped import POLICIES, shipped_folder
from agentic.workspace import BareView
from agentic.yaml_reader import parse_yaml

if TYPE_CHECKING:
    from agentic.core.policy import Policy
    from agentic.core.values import Mode, Reading

#: Where an operation is judged when nobody names an environment: as its kind says.
ANYWHERE = ("",)

#: The effects of reading, near or far.
_READING = frozenset(("read", "network"))

_MAX_CATALOGUE_BYTES = 4 << 20
_ROOT = "/repository"
_HOME = "/home/nobody"


class Judgement(NamedTuple):
    """What one command or tool call comes to; `because` is policy's sentence for the mode."""

    mode: Mode
    kinds: tuple[str, ...]
    environments: tuple[str, ...]
    reads_only: bool
    because: str


class Judge:
    """Answers hypothetical questions under one policy; each one is judged once.

    `ports` are those of a question asked on the command line; their workspace and readings are not used.
    `examples` are the catalogue's own examples of what people type.
    """

    def __init__(self, ports: Ports, examples: Sequence[str] = ()) -> None:
        self._ports = ports._replace(readings=_no_readings)
        self.examples = tuple(examples)
        self._commands: dict[tuple[str, str], Judgement] = {}
        self._operations: dict[tuple[str, str], Mode] = {}

    @property
    def policy(self) -> Policy:
        """The policy that is asked."""
        return self._ports.policy

    def operation(self, kind: str, environment: str) -> Mode:
        """The mode of one kind in one environment. Raises KeyError for an unknown kind."""
        key = (kind, environment)
        if key not in self._operations:
            call = ToolCall("other", {}, _ROOT)
            operation = Operation(kind, environment=environment)
            decision = govern_operations([operation], call, self._world(), PURPOSE_ASK)
            self._operations[key] = decision.base_mode
        return self._operations[key]

    def operations(self, kinds: Iterable[str], environments: Sequence[str] | None) -> Mode:
        """The strictest mode of kinds in environments (None: where each kind acts by itself)."""
        mode: Mode = AUTO
        for kind in kinds:
            for environment in environments or ANYWHERE:
                mode = strictest(mode, self.operation(kind, environment))
        return mode

    def command(self, text: str, environment: str = "") -> Judgement:
        """What a shell command comes to."""
        key = (text, environment)
        if key not in self._commands:
            self._commands[key] = self.call("shell", {"command": text}, environment)
        return self._commands[key]

    def call(self, tool: str, given: Mapping[str, Any], environment: str = "") -> Judgement:
        """What a tool call comes to."""
        call = ToolCall(tool, given, _ROOT, declared_environment=environment)
        decision = govern(call, self._world(), PURPOSE_ASK)
        judged = decision.operations
        return Judgement(
            decision.base_mode,
            tuple(dict.fromkeys(row.kind for row in judged)),
            tuple(dict.fromkeys(row.environment for row in judged if row.environment)),
            bool(judged) and all(_READING.issuperset(row.effects) for row in judged),
            decision.because,
        )

    def _world(self) -> Ports:
        return self._ports._replace(workspace=BareView(_ROOT, _HOME))


def judge_of(ports: Ports) -> Judge:
    """A judge under the policy of these ports, who knows the catalogue's examples."""
    path = f"{shipped_folder(POLICIES)}/operations.yaml"
    data = read_bounded(path, _MAX_CATALOGUE_BYTES) or b""
    rows = (parse_yaml(data, "policies/operations.yaml").value or {}).get("operations", [])
    return Judge(ports, [str(row["example"]) for row in rows])


def strictest_environment(environments: Sequence[str] | None) -> str:
    """The environment of most care among some; empty where none is named."""
    if not environments:
        return ""
    order: list[str] = list(ENVIRONMENTS)
    last = max(environments, key=order.index)
    return "production" if last == "unknown" else last


def _no_readings(
    policy: Policy, names: Iterable[str], call: ToolCall, now: int
) -> tuple[Reading, ...]:
    return ()
