"""Judging and recording the gateway's calls: builds each call, asks `govern`, writes the outcome.

Everything here blocks, so the gateway calls it in one worker thread: other calls flow on meanwhile, and
records are written one after the other, each decision before anybody is answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import monotonic, time
from typing import Any, Literal

from agentic.audit.record import record_of_outcome
from agentic.authoring.effective import effective_policy
from agentic.core.policy import Policy
from agentic.core.reason import reason_of, render
from agentic.core.values import ASK, AUTO, PURPOSE_ACT, PURPOSE_ASK, RUN, Decision, ToolCall
from agentic.govern import Ports, govern
from agentic.mcp.results import Cleaned, cleaned
from agentic.places import places_of, private_folder
from agentic.ports import Store, ports_for
from agentic.workspace import workspace_root

Status = Literal["succeeded", "failed", "refused", "unknown"]

HOST = "mcp-gateway"
#: For so long a policy is taken to be the one that was just read.
POLICY_HOLDS_S = 0.1


class Judge:
    """The effective policy, the approvals and the journal of the folder that the gateway works in."""

    def __init__(self, environment: Mapping[str, str], cwd: str) -> None:
        self.places = places_of(environment)
        self.cwd = cwd
        self.root = workspace_root("", cwd, self.places.home)
        self._environment = environment
        self._policy: Policy | None = None
        self._looked_at = 0.0
        private_folder(self.places.state)

    def decided(self, call: ToolCall) -> Decision:
        """The recorded decision on a call that is about to happen. Raises whatever must block it."""
        return govern(call, self._ports(), PURPOSE_ACT)

    def supposed(self, call: ToolCall) -> Decision:
        """The decision on a call as a question: nothing is claimed or recorded. Raises as `decided`."""
        return govern(call, self._ports(), PURPOSE_ASK)

    def policy_digest(self) -> str:
        """The digest of the policy in force. Raises AgenticError."""
        return self._ports().policy.digest

    def is_read_only(self, call: ToolCall) -> bool:
        """Whether a call, without arguments, would run as nothing but reading, here or over a network."""
        decision = self.supposed(call)
        effects = {effect for operation in decision.operations for effect in operation.effects}
        return decision.mode == AUTO and effects <= {"read", "network"}

    def cleaned(self, raw: Mapping[str, Any], most_bytes: int) -> Cleaned:
        """The server's result as it may be passed on. Raises: TooLarge, Unavailable."""
        return cleaned(raw, most_bytes, self.redaction_key)

    def record_outcome(
        self,
        call: ToolCall,
        decision: Decision,
        status: Status,
        *,
        duration_ms: int,
        result: Any = None,
        error: str = "",
        is_asked: bool = False,
    ) -> None:
        """Record what became of a call; `is_asked` says that a person's yes in the client let it run.

        Raises: Unavailable.
        """
        record = record_of_outcome(
            call,
            status=status,
            user=self.places.user,
            now=time(),
            duration_ms=duration_ms,
            output=None if result is None else json.dumps(result, sort_keys=True).encode(),
            error=error,
            decision=decision.record,
            call_digest=decision.call_digest,
            assurance="host-dialog" if is_asked else "",
        )
        Store(self.places, self.root).journal().append(record, durable=is_asked)

    def redacted(self, text: str) -> str:
        """A text without its secrets. Raises: Unavailable."""
        return Store(self.places, self.root).journal().redacted(text)

    def redaction_key(self) -> bytes:
        """The key of the marks that take the place of secrets. Raises: Unavailable."""
        return Store(self.places, self.root).journal().redaction_key()

    def _ports(self) -> Ports:
        """The ports of one call, under the policy as it was at most `POLICY_HOLDS_S` ago."""
        policy = self._policy_now()
        return ports_for(self.places, self.root, policy, int(time()), self._environment, answer_of)

    def _policy_now(self) -> Policy:
        """The effective policy; an edit of it counts within `POLICY_HOLDS_S`.

        The same policy stays the same object: what was decoded of it is not decoded again.
        """
        now = monotonic()
        if self._policy is None or not 0 <= now - self._looked_at < POLICY_HOLDS_S:
            found = effective_policy(self.root, self.places.state, self.places.config)
            if self._policy is None or found.digest != self._policy.digest:
                self._policy = found
            self._looked_at = now
        return self._policy


def answer_of(decision: Decision) -> Literal["allow", "ask", "deny"]:
    """What the record calls the gateway's answer."""
    if decision.permission == RUN:
        return "allow"
    return "ask" if decision.permission == ASK else "deny"


def told(decision: Decision) -> str:
    """The reason block of a decision, for the client's model and for the person."""
    return render(reason_of(decision))
