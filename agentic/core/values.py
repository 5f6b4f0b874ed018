"""The values that every room exchanges: tool call, operation, reading, decision.

They are plain immutable tuples of strings, numbers and tuples, so that they are cheap to load in a
hook and can be written to the journal as they are. Nothing here looks at the world.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

    Mode = Literal["AUTO", "CONSULT", "STOP"]
    Permission = Literal["RUN", "ASK", "BLOCK"]
    State = Literal["CLEAR", "RAISED", "UNKNOWN"]
    #: How a host was answered: allowed, left to its own rules, asked, denied.
    Answer = Literal["allow", "none", "ask", "deny"]
    Purpose = Literal["ACT", "ASK"]
    Environment = Literal["local", "dev", "staging", "production", "unknown"]

AUTO: Mode = "AUTO"
CONSULT: Mode = "CONSULT"
STOP: Mode = "STOP"
MODES: tuple[Mode, ...] = (AUTO, CONSULT, STOP)
RANK: dict[Mode, int] = {"AUTO": 1, "CONSULT": 2, "STOP": 3}

RUN: Permission = "RUN"
ASK: Permission = "ASK"
BLOCK: Permission = "BLOCK"

CLEAR: State = "CLEAR"
RAISED: State = "RAISED"
UNKNOWN: State = "UNKNOWN"

#: Why govern is called: ACT is recorded and may claim a grant; a question claims nothing.
PURPOSE_ACT: Purpose = "ACT"
PURPOSE_ASK: Purpose = "ASK"

#: Environments in rising order of care; `unknown` is judged as production where the target is shared.
ENVIRONMENTS: tuple[Environment, ...] = ("local", "dev", "staging", "production", "unknown")

#: The closed list of effects an operation kind may have.
EFFECTS = (
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
)

#: How bad a raised signal is, the least first; `agentic.signals.severity` maps the words of others.
SEVERITIES = ("info", "warning", "high", "critical")

#: Neutral tool names; adapters translate each host's own names into these.
TOOLS = (
    "shell",
    "read",
    "write",
    "edit",
    "delete",
    "search",
    "fetch",
    "browse",
    "notebook",
    "agent",
    "mcp",
    "other",
)


def strictest(first: Mode, second: Mode) -> Mode:
    """The stricter of two modes."""
    return first if RANK[first] >= RANK[second] else second


def climbed(mode: Mode) -> Mode:
    """One step above a mode; STOP stays STOP."""
    return CONSULT if mode == AUTO else STOP


class ToolCall(NamedTuple):
    """What a host sent, in neutral words.

    `input` by tool::

        shell     {"command": str}
        read      {"path": str}
        write     {"path": str, "content": str}
        edit      {"path": str, "old": str, "new": str}     (also "edits": [{"old", "new"}]),
                  {"changes": [{"change": "write" | "delete", "path": str, "content": str}]}
        delete    {"path": str}
        search    {"path": str, "pattern": str}
        fetch     {"url": str}
        browse    {"query": str}
        notebook  {"path": str, "content": str}
        agent     {"agent": str, "prompt": str}
        mcp       {"server": str, "tool": str, "arguments": object}
        other     {"name": str, "input": object}

    `raw_tool` and `raw_input` are the host's own words, exact: they make the call digest. Within
    `same_within_s` seconds an equal call of the session, one of them without `call_id`, is this very call.
    """

    tool: str
    input: Mapping[str, Any]
    cwd: str
    host: str = "cli"
    raw_tool: str = ""
    raw_input: Any = None
    session: str = ""
    call_id: str = ""
    agent: str = ""
    agent_id: str = ""
    role: str = ""
    model: str = ""
    host_version: str = ""
    host_mode: str = ""
    can_ask: bool = False
    declared_environment: str = ""
    facts: Mapping[str, str] = {}
    same_within_s: int = 0


#: Seconds in which a host that gives its calls ids may ask about the same one again.
SAME_ID_S = 120


class Mark(NamedTuple):
    """What tells one call from another: digests (hex) of session, call and action, and of the host's id.

    A host may ask about one call several times: two events of it, two scopes, another host's settings.
    Calls without an id are the same only within `same_within_s` seconds; with 0 each is its own. The
    action is in it since an equal call does something else once a file that it reads has changed.
    """

    call: str
    call_id: str
    same_within_s: int

    def is_same(self, call: str, call_id: str, age_s: float) -> bool:
        """Whether a call that was marked so `age_s` seconds ago is this one."""
        if call != self.call:
            return False
        if self.call_id and call_id:
            return self.call_id == call_id and -1 <= age_s <= SAME_ID_S
        return bool(self.same_within_s) and -1 <= age_s <= self.same_within_s


class Operation(NamedTuple):
    """One thing that a call would do: a kind of the catalogue, on a target, in an environment.

    `environment` is empty where the kind has none to tell (a local read). `told_by` says what told the
    environment (`--context prod-eu`). `inputs` are the workspace files that shaped the operation,
    as (path, sha256). `because` is set for `unknown.*`: what could not be understood. `way` names the
    governed next step when the recogniser knows a better one than policy's. `folder` is where a program
    does it, `cd` followed: `git reset --hard` here is not the one there.
    """

    kind: str
    target: str = ""
    environment: str = ""
    told_by: str = ""
    program: str = ""
    because: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    way: str = ""
    folder: str = ""


class Recognition(NamedTuple):
    """All operations of one call, in order of appearance, and the workspace reads that told them."""

    operations: tuple[Operation, ...]
    reads: tuple[str, ...] = ()


class Reading(NamedTuple):
    """One signal at one moment, and what it is about.

    Scope: `environments`, `effects`, `targets` and `service` say which operations it covers; empty means
    all. `severity` is one of `SEVERITIES`. `value`, `unit` and `threshold` are text for a person.
    `source` names the policy's source, `query` what it was asked. `observed_at` is Unix seconds,
    `max_age_s` how long a CLEAR holds; 0 means not told.
    """

    signal: str
    state: State
    because: str
    severity: str = ""
    value: str = ""
    unit: str = ""
    threshold: str = ""
    environments: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    service: str = ""
    source: str = ""
    query: str = ""
    observed_at: int = 0
    max_age_s: int = 0
    targets: tuple[str, ...] = ()


class TraceStep(NamedTuple):
    """One climb: which rule took the mode from `before` to `after`, on which operation, and why."""

    rule: str
    before: Mode
    after: Mode
    because: str
    operation: int = 0
    signal: str = ""


class Grant(NamedTuple):
    """One human approval, bound to what was asked. Times are Unix seconds (UTC)."""

    id: str
    action_digest: str
    request_digest: str
    policy_digest: str
    approver: str
    assurance: str
    granted_at: int
    expires_at: int
    because: str = ""
    call_digest: str = ""


class Judged(NamedTuple):
    """An operation with what policy knows of it: the environment it is judged in and its effects."""

    kind: str
    environment: str
    judged_as: str
    effects: tuple[str, ...]
    target: str
    told_by: str = ""
    program: str = ""
    base_mode: Mode = "AUTO"
    because: str = ""
    meaning: str = ""


class Decision(NamedTuple):
    """The answer to one call and everything that explains it.

    Replaying `trace` from AUTO gives `mode`; `rules` are the ids of all rules that matched, sorted.
    `because` is the sentence of the rule that decided; `way` is the governed next step. `answered` is how
    the host was answered where this very call had been judged before: it gets the same answer again.
    """

    mode: Mode
    base_mode: Mode
    permission: Permission
    operations: tuple[Judged, ...]
    trace: tuple[TraceStep, ...]
    rules: tuple[str, ...]
    readings: tuple[Reading, ...]
    because: str
    way: str
    waiting_for: str
    call_digest: str
    action_digest: str
    policy_digest: str
    purpose: Purpose
    grant: Grant | None = None
    request: str = ""
    request_state: str = ""
    record: int = 0
    answered: Answer | None = None
