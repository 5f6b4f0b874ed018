"""A yes that a host's hook has used for the very command which is starting now.

Where a hook and `run` (or a shim) both stand in front of a command, it is one command judged twice. The hook
has used the person's grant to let it start; `run` goes on under the same grant, so that nobody is asked twice
and no grant is used up between two guards. That holds only while the hook's call is under way: within
`WINDOW_S` of its decision, as long as its outcome is not recorded, for exactly the same action, once.

A yes in a host's own dialog is not handed on: whether it was a yes is not recorded before the outcome.
"""

from __future__ import annotations

from agentic.core.values import RUN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.core.values import Decision, Grant, Mark, ToolCall
    from agentic.ports import Store

#: How long after a hook's decision the command that it let through may start.
WINDOW_S = 30


class Grants:
    """A store of grants, and beside it those that a hook has used for the same command."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.assurance = store.assurance

    def claim(
        self, action_digest: str, policy_digest: str, now: int, claimant: Mark
    ) -> Grant | None:
        """The store's grant for this action, else one that a hook has used for it just now."""
        grant = self.store.claim(action_digest, policy_digest, now, claimant)
        return grant or _handed_over(self.store, action_digest, policy_digest, now)

    def request(self, call: ToolCall, decision: Decision, now: int) -> tuple[str, str]:
        """The store's request for this action."""
        return self.store.request(call, decision, now)


def _handed_over(store: Store, action_digest: str, policy_digest: str, now: int) -> Grant | None:
    """The grant of a hook's call that is under way, taken by this very run; None where there is none."""
    from agentic.approvals.grants import fault_of  # a plain call does not pay for it

    headers, _ = store.newest(now - WINDOW_S, now, (action_digest,))
    for header in reversed(headers):
        if _is_hooks_yes(header, action_digest) and not _has_ended(store, header, now):
            grant = _taken(store.approvals().state_dir, header["links"]["grant"])
            if grant is not None and grant.action_digest == action_digest:
                return None if fault_of(grant, policy_digest, now) else grant
    return None


def _is_hooks_yes(header: dict[str, Any], action_digest: str) -> bool:
    """Whether a record is a hook's decision that let this action start under a grant."""
    return (
        header.get("event") == "decision"
        and header.get("host") != "cli"
        and header.get("permission") == RUN
        and header.get("action_digest") == action_digest
        and "grant" in header.get("links", {})
    )


def _has_ended(store: Store, decision: dict[str, Any], now: int) -> bool:
    """Whether the outcome of a hook's call is recorded: what starts now is not that call's command."""
    headers, _ = store.newest(now - WINDOW_S, now, (decision["call_digest"],))
    return any(
        header.get("event") == "outcome"
        and header.get("links", {}).get("decision") == decision["seq"]
        for header in headers
    )


def _taken(state_dir: str, grant_id: str) -> Grant | None:
    """A used grant, if this is the first run that goes on under it.

    INVARIANT: of any number at once one gets it: the file of its name is made once
    (tests/execute/test_handed.py).
    """
    from agentic.approvals.files import make_folder, read_document, write_document
    from agentic.approvals.grants import grant_from

    if not grant_id.replace("-", "").isalnum():
        return None
    spent = read_document(f"{state_dir}/approvals/spent/{grant_id}.json")
    if spent is None:
        return None
    folder = f"{state_dir}/approvals/handed"
    make_folder(folder)
    grant = grant_from(spent)
    return grant if write_document(f"{folder}/{grant_id}.json", spent) else None
