"""What every adapter hands to the hook, and what it is given.

An adapter is a module of pure functions, one module a host::

    HOST: str                       its name in every command
    VARIABLES: tuple[str, ...]      the environment variables that it looks at
    event_of(payload, surroundings) -> Event
    reply_of(event, decision, answer) -> Reply       for `call` and `permission`
    none_reply(event) -> Reply                       for events that decide nothing
    session_reply(text) -> Reply                     the short rules, when a session starts
    unrecorded_reply(problem) -> Reply               an outcome that could not be recorded

`event_of` raises HostPayloadInvalid for anything that is not this host's payload. Events that tell of one
and the same call give it the same `raw_tool`, `raw_input` and `cwd`: they make the digest by which the
hook finds that a call has been judged already.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from agentic.core.values import ToolCall

    #: `permission`: the host is about to ask its person; `none`: nothing is decided here.
    EventKind = Literal["call", "permission", "outcome", "session", "none"]
    OutcomeStatus = Literal["succeeded", "failed", "refused", "unknown"]


#: Seconds. A host asks about one call again at once (another event, another scope); an agent that
#: repeats a call has had a model's turn in between.
SAME_WITHIN_S = 3


class Surroundings(NamedTuple):
    """What an adapter may know beside the payload.

    `variables` are those of its VARIABLES that are set. `event` is the event's name from the hook's own
    command, for hosts whose payload has none. `is_own` is False where the hook was installed for another
    host, whose settings this one reads, too. `folder` is the hook's own working folder, as its host set it.
    """

    variables: Mapping[str, str]
    event: str = ""
    is_own: bool = True
    folder: str = ""


class Outcome(NamedTuple):
    """What became of a call: `duration_ms` is -1 where the host did not tell it."""

    status: OutcomeStatus
    duration_ms: int = -1
    output: object = None
    error: str = ""


class Event(NamedTuple):
    """One message of a host.

    `call` is set for `call`, `permission` and `outcome`, `outcome` for `outcome` only; `session` is the
    host's id of its session, `project` the folder that the host calls its project (may be empty), `cwd` the
    folder of the session, which a call's own may differ from.
    """

    kind: EventKind
    name: str
    call: ToolCall | None = None
    outcome: Outcome | None = None
    session: str = ""
    project: str = ""
    cwd: str = ""


class Reply(NamedTuple):
    """What the process of a hook leaves behind: its standard output, standard error and exit code."""

    stdout: bytes = b""
    stderr: bytes = b""
    status: int = 0
