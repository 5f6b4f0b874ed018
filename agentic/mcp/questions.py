"""CONSULT asked inside MCP: the question for the person, its answer, and what waits in between.

Handshake era (2025-11-25 and before): the gateway sends `elicitation/create` and waits. Since 2026-07-28 a
call is answered `input_required` with a `requestState`, and the client calls again with the answer. What is
asked about stays in this process under a random key, taken once; the state on the wire holds that key
alone, sealed, expiring and bound to the request by the package's RequestStateBoundary.
Source: https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation (checked 2026-11-21).
"""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from time import monotonic
from typing import Any, NamedTuple

import mcp_types as types

from agentic.core.values import Decision, ToolCall
from agentic.mcp.visible import visible

#: The key of our one question in `inputRequests`.
KEY = "agentic"
#: Questions that may wait at once; the oldest gives way and must be asked again.
MOST_WAITING = 64
_MOST_ARGUMENTS = 2_000

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "run": {
            "type": "boolean",
            "title": "Run it once",
            "description": "Yes lets exactly this call run, once. No refuses it.",
        }
    },
    "required": ["run"],
}


class Waiting(NamedTuple):
    """A call that waits for a person: its recorded decision, and until when (monotonic seconds)."""

    call: ToolCall
    decision: Decision
    until: float


class Questions:
    """The calls that wait for an answer in a later request, by random key; each is taken once."""

    def __init__(self, question_s: int) -> None:
        self._question_s = question_s
        self._waiting: OrderedDict[str, Waiting] = OrderedDict()

    def keep(self, call: ToolCall, decision: Decision) -> str:
        """A new key for a call that waits."""
        key = secrets.token_hex(16)
        self._waiting[key] = Waiting(call, decision, monotonic() + self._question_s)
        return key

    def over(self, *, every: bool = False) -> list[Waiting]:
        """The calls that nobody will answer any more, taken out: too late, too many, or (`every`) all."""
        now = monotonic()
        most = 0 if every else MOST_WAITING
        found = []
        for key, waiting in list(self._waiting.items()):
            if len(self._waiting) > most or now >= waiting.until:
                found.append(self._waiting.pop(key))
        return found

    def take(self, key: str) -> Waiting | None:
        """The call that waits under a key; None when there is none, it was taken, or it is too late."""
        found = self._waiting.pop(key, None)
        return found if found is not None and monotonic() < found.until else None


def can_be_asked(capabilities: types.ClientCapabilities | None) -> bool:
    """Whether a client shows forms to its person: it says `elicitation`, and not for URLs alone."""
    elicitation = capabilities.elicitation if capabilities is not None else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def question_of(call: ToolCall, block: str, redacted: str) -> str:
    """What the person reads: the reason block, the tool, and the arguments without secrets."""
    shown = visible(redacted, _MOST_ARGUMENTS)
    server, tool = call.input["server"], call.input["tool"]
    return f"{visible(block)}\n\nTool: {visible(str(tool))} of {server}\nArguments: {shown}"


def arguments_text(call: ToolCall) -> str:
    """The call's arguments as readable JSON."""
    return json.dumps(call.input["arguments"], ensure_ascii=False, indent=1)


def elicit_params(message: str) -> types.ElicitRequestFormParams:
    """The question as MCP carries it in both eras."""
    return types.ElicitRequestFormParams(message=message, requested_schema=SCHEMA)


def input_required(message: str, key: str) -> types.InputRequiredResult:
    """The answer to a call that waits (2026-07-28)."""
    return types.InputRequiredResult(
        input_requests={KEY: types.ElicitRequest(params=elicit_params(message))}, request_state=key
    )


def is_yes(answer: Any) -> bool:
    """Whether an elicitation's result is a yes: accepted, and `run` is true. Everything else is a no."""
    if isinstance(answer, types.ElicitResult):
        answer = {"action": answer.action, "content": answer.content}
    if not isinstance(answer, Mapping) or answer.get("action") != "accept":
        return False
    content = answer.get("content")
    return isinstance(content, Mapping) and content.get("run") is True
