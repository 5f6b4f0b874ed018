"""What every adapter hands to the hook."""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from agentic.core.values import ToolCall

    EventKind = Literal["call", "outcome", "session", "none"]
    OutcomeStatus = Literal["succeeded", "failed", "refused", "unknown"]
    #: How the host was answered: allowed, left to the host's own rules, asked, denied.
    Answer = Literal["allow", "none", "ask", "deny"]


class Outcome(NamedTuple):
    """What became of a call: `duration_ms` is -1 where the host did not tell it."""

    status: OutcomeStatus
    duration_ms: int = -1
    output: object = None
    error: str = ""


class Event(NamedTuple):
    """One message of a host.

    `call` is set for `call` and `outcome`, `outcome` for `outcome` only; `session` is the host's id of
    its session, `project` the folder that the host calls its project (may be empty).
    """

    kind: EventKind
    name: str
    call: ToolCall | None = None
    outcome: Outcome | None = None
    session: str = ""
    project: str = ""
    cwd: str = ""
