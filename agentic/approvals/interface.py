"""What a store of approvals offers, whatever it is made of: files, issues on a forge, a ledger.

Only type checkers and stores other than the file store need this file; a hook never loads it.
"""

from __future__ import annotations

from typing import Protocol

from agentic.approvals.requests import Request
from agentic.core.values import Decision, Grant, ToolCall


class Grants(Protocol):
    """The part that `govern` needs: use up a yes, and ask for one."""

    def claim(self, action_digest: str, policy_digest: str, now: int) -> Grant | None:
        """The grant for this action, used up by this very call, or None.

        Of any number of claims at once exactly one gets it. Raises: GrantRejected when what is
        there cannot be trusted, Unavailable when the use cannot be recorded.
        """
        ...

    def request(self, call: ToolCall, decision: Decision, *, user: str, now: int) -> Request:
        """The open request for this action, made now unless it is already there."""
        ...


class Approvals(Grants, Protocol):
    """The part that a person's tools need: look at requests and answer them."""

    def requests(self, now: int) -> tuple[Request, ...]:
        """All requests, the oldest first."""
        ...

    def find(self, request_id: str, now: int) -> Request:
        """One request. Raises: GrantRejected when there is none of this id."""
        ...

    def approve(
        self, request_id: str, typed_digest: str, *, approver: str, now: int, because: str = ""
    ) -> Grant:
        """A grant for what the request asks. Raises: GrantRejected unless all is in order."""
        ...

    def deny(self, request_id: str, *, approver: str, now: int, because: str = "") -> Request:
        """The request, refused. Raises: GrantRejected when it is not open."""
        ...
