"""What a store of approvals offers, and what it needs from the journal.

Files here (`grants.FileGrants`), issues on a forge or a ledger later: the entries see only this. Only
type checkers load this file.
"""

from __future__ import annotations

from typing import Protocol

from agentic.approvals.grants import GRANT_TTL_S, FileGrants
from agentic.approvals.requests import Request
from agentic.core.values import Decision, Grant, Mark, ToolCall


class Approvals(Protocol):
    """A store of requests and grants. Each method raises GrantRejected for what is not in order."""

    def claim(
        self, action_digest: str, policy_digest: str, now: int, claimant: Mark | None = None
    ) -> Grant | None:
        """The grant for this action, used up by this very call, or None."""
        ...

    def request(
        self, call: ToolCall, decision: Decision, *, user: str, now: int, block: str = ""
    ) -> Request:
        """The request for this decision as it stands, made now unless it is there."""
        ...

    def requests(self, now: int) -> tuple[Request, ...]:
        """All requests, the oldest first."""
        ...

    def find(self, request_id: str, now: int) -> Request:
        """One request."""
        ...

    def approve(
        self,
        request_id: str,
        typed_digest: str,
        *,
        approver: str,
        now: int,
        because: str = "",
        ttl_s: int = GRANT_TTL_S,
    ) -> Grant:
        """A grant for what the request asks, good for one use."""
        ...

    def deny(self, request_id: str, *, approver: str, now: int, because: str = "") -> Request:
        """The request, refused."""
        ...


class Recorder(Protocol):
    """The journal as the approvals use it. Each method raises Unavailable when it cannot write."""

    def record_grant(
        self, grant: Grant, status: str, *, now: float, request_id: str = "", because: str = ""
    ) -> int:
        """Write that a grant was given, claimed or found void; the record's seq."""
        ...

    def record_request(
        self,
        request_id: str,
        status: str,
        *,
        digests: dict[str, str],
        reasons: dict[str, object],
        now: float,
        user: str = "",
        approver: str = "",
        call: ToolCall | None = None,
    ) -> int:
        """Write that a request was created or denied; the record's seq."""
        ...

    def redacted(self, text: str) -> str:
        """The text without its secrets."""
        ...


def as_approvals(store: FileGrants) -> Approvals:
    """The file store as any store: type checkers prove here that it offers all of it."""
    return store
