"""The compiled policy: an exact index from operation kind to environment to rules.

`authoring` compiles YAML into this form; deciding needs dictionary look-ups only, so its cost does not
grow with the number of rules. Parts that one call does not need stay marshalled bytes until asked for.

Layouts of the marshalled parts (plain tuples, so that `marshal` accepts them)::

    kinds[kind]   = (effects, reversible, meaning, environment_bound, modes, escalators)
      modes       = {environment: ((rule_id, mode, because, way), ...)}
      escalators  = {environment: ((rule_id, signal, to, on_unknown, at_least, because), ...)}
    signals[name] = {"severity", "max_age_s", "reads": (settings of one read, ...)}
    brief["all"]  = {signal: the same, with `kind`, `environments` and `source` of each read alone}
    roles[role]   = {kind: {environment: (rule_id, mode, because)}}
    facts         = tuple in the order of `agentic.recognize.interface.Facts`, without its last field
    mcp[part]     = see `agentic.authoring.mcp`: "tools" for recognition, "servers" for configurations

`to` is `climb`, `CONSULT` or `STOP`; `on_unknown` says whether an UNKNOWN reading counts as raised;
`at_least` is 0 for a rule about one signal, else the number of distinct raised signals it needs (`signal`
is empty).
"""

from __future__ import annotations

from marshal import loads

from agentic.core.record_type import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.core.values import Mode

#: Changes whenever the layout above does; part of the compiled file's name.
FORMAT = 5


class Rule(NamedTuple):
    """A mode for one kind in one environment."""

    id: str
    mode: Mode
    because: str
    way: str = ""


class Escalator(NamedTuple):
    """What a raised (or unknown) signal does to one kind in one environment."""

    id: str
    signal: str
    to: str
    on_unknown: bool
    at_least: int
    because: str


class KindRules(NamedTuple):
    """All that policy says of one operation kind."""

    effects: tuple[str, ...]
    reversible: str
    meaning: str
    environment_bound: bool
    modes: dict[str, tuple[Rule, ...]]
    escalators: dict[str, tuple[Escalator, ...]]


class Policy(NamedTuple):
    """A whole compiled policy. `digest` is the sha256 (hex) of its sources and format.

    `signals` maps a configured signal to its marshalled settings, `sources` a source's name to its own,
    and `signals_digest` is the sha256 (hex) of both: it names the snapshot. `brief` is what readers of the
    snapshot need of all signals at once, made where the policy is written to a file. `services` are
    (name, patterns of targets). `settings` holds the few plain switches (auto_reply, grant_ttl_s, assurance
    minima...); `layers` lists what it was made of as (name, path, sha256, standing); `notices` are
    one-line remarks a person should see.
    """

    digest: str
    kinds: dict[str, bytes]
    roles: dict[str, bytes]
    role_aliases: dict[str, str]
    signals: dict[str, bytes]
    facts: bytes
    settings: dict[str, Any]
    layers: tuple[tuple[str, str, str, str], ...] = ()
    notices: tuple[str, ...] = ()
    sources: dict[str, bytes] = {}
    signals_digest: str = ""
    services: tuple[tuple[str, tuple[str, ...]], ...] = ()
    brief: dict[str, bytes] = {}
    mcp: dict[str, bytes] = {}

    def rules_of(self, kind: str) -> KindRules:
        """The rules of one kind, decoded. Raises KeyError for a kind outside the catalogue."""
        return KindRules._make(loads(self.kinds[kind]))

    def signal_settings(self, signal: str) -> dict[str, Any]:
        """How one configured signal is read, decoded. Raises KeyError when it is not configured."""
        settings: dict[str, Any] = loads(self.signals[signal])
        return settings

    def brief_settings(self) -> dict[str, dict[str, Any]]:
        """What reading a snapshot needs of each signal, decoded; empty where policy is in no file."""
        brief: dict[str, dict[str, Any]] = loads(self.brief["all"]) if self.brief else {}
        return brief

    def source_settings(self, source: str) -> dict[str, Any]:
        """Where one source is and how it is reached, decoded. Raises KeyError for an unknown one."""
        settings: dict[str, Any] = loads(self.sources[source])
        return settings

    def decoded_facts(self) -> tuple[Any, ...]:
        """What recognition needs, in the order of `agentic.recognize.interface.Facts`."""
        facts: tuple[Any, ...] = loads(self.facts)
        held: list[tuple[Any, ...]] = []

        def _tools() -> tuple[Any, ...]:
            # Only a call of an MCP tool pays for it; who judges many of them pays once.
            if not held:
                held.append(self.mcp_tools())
            return held[0]

        return (*facts, _tools)

    def mcp_tools(self) -> tuple[Any, ...]:
        """What is known of MCP tools, decoded, in the order of `agentic.recognize.interface.McpTools`."""
        tools: tuple[Any, ...] = loads(self.mcp["tools"]) if self.mcp else ({}, (), {}, ())
        return tools

    def mcp_servers(self) -> tuple[tuple[Any, ...], ...]:
        """How well-known MCP servers are configured, decoded, as `agentic.authoring.mcp` lays it out."""
        servers: tuple[tuple[Any, ...], ...] = loads(self.mcp["servers"]) if self.mcp else ()
        return servers

    def role_rules(self, role: str) -> dict[str, dict[str, tuple[str, Mode, str]]]:
        """What one role may do, decoded: {kind: {environment: (rule_id, mode, because)}}."""
        known: dict[str, dict[str, tuple[str, Mode, str]]] = loads(self.roles[role])
        return known
