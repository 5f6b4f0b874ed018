"""Grants as files: a person's yes to one action, used up by the first call that it lets through.

Below `<state>/approvals/`, beside the requests::

    grants/<action digest>.<grant id>.json    not yet used
    spent/<grant id>.json                     used up
    void/<grant id>.json                      expired, or the policy has changed since

Linking it into `spent` decides which of several claims gets the grant, and refuses one that was put
back. Assurance is `local`: it shows which Unix
account said yes; it cannot show that a person, not a program of that account, did.
"""

from __future__ import annotations

import posix

from agentic.approvals.files import check_folder, read_document, sync_folder
from agentic.audit.record import record_of_grant, record_of_request
from agentic.core.record_type import NamedTuple
from agentic.core.values import CONSULT, Grant
from agentic.errors import GrantRejected, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.approvals.requests import Request
    from agentic.audit.journal import Journal
    from agentic.core.values import Decision, ToolCall

LOCAL = "local"
GRANT_TTL_S = 15 * 60
MAX_TTL_S = 24 * 3600
#: How much of the request digest an approver types at least.
TYPED_DIGITS = 8

_NUMBERS = ("granted_at", "expires_at")


class FileGrants(NamedTuple):
    """The approvals of one user, in files; every change of theirs is in the journal."""

    state_dir: str
    journal: Journal

    def claim(self, action_digest: str, policy_digest: str, now: int) -> Grant | None:
        """The grant for exactly this action, used up by this call, or None.

        A grant that has expired, or was given under another policy, is set aside as void. Raises:
        GrantRejected when a grant's file or folder cannot be trusted, Unavailable when the claim
        cannot be recorded (the grant is then used up all the same).
        """
        folder = self._folder()
        for name in _grant_files(folder + "/grants", action_digest):
            grant = self._taken(folder, name, action_digest, policy_digest, now)
            if grant is not None:
                return grant
        return None

    def request(
        self, call: ToolCall, decision: Decision, *, user: str, now: int, block: str = ""
    ) -> Request:
        """The open request for this action, made and recorded now unless it is already there."""
        from agentic.approvals.requests import (
            digests_of,
            keep_request,
            new_request,
            not_grantable,
        )

        if decision.mode != CONSULT:
            raise not_grantable(decision.mode)
        wanted = new_request(call, decision, user=user, now=now, block=block)
        held, is_new = keep_request(self._folder() + "/requests", wanted)
        if is_new:
            record = record_of_request(
                held.id,
                "created",
                digests=digests_of(held),
                now=now,
                user=user,
                reasons={"because": held.because, "operations": list(held.operations)},
                call=call,
            )
            self.journal.append(record, durable=True)
        return held

    def requests(self, now: int) -> tuple[Request, ...]:
        """All requests, the oldest first."""
        from agentic.approvals.requests import all_requests

        return all_requests(self._folder() + "/requests", now)

    def find(self, request_id: str, now: int) -> Request:
        """One request. Raises: GrantRejected when there is none of this id."""
        from agentic.approvals.requests import find_request

        found = find_request(self._folder() + "/requests", request_id, now)
        if found is None:
            message = f"there is no request {quoted(request_id)}"
            raise GrantRejected("approvals.unknown", message, "`agentic requests list` shows them")
        return found

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
        """A grant for exactly what the request asks, good for one use within `ttl_s`.

        `typed_digest` is the request digest or its first eight or more digits, typed by the person
        who read it. Raises: GrantRejected unless the request is an open CONSULT, the digits match
        and the approver has a name.
        """
        from agentic.approvals.answers import approved

        return approved(
            self, request_id, typed_digest, approver=approver, now=now, because=because, ttl_s=ttl_s
        )

    def deny(self, request_id: str, *, approver: str, now: int, because: str = "") -> Request:
        """The request, refused: the same action stays refused until the request would expire."""
        from agentic.approvals.answers import denied

        return denied(self, request_id, approver=approver, now=now, because=because)

    def _folder(self) -> str:
        return self.state_dir + "/approvals"

    def _taken(
        self, folder: str, name: str, action_digest: str, policy_digest: str, now: int
    ) -> Grant | None:
        path = f"{folder}/grants/{name}"
        document = read_document(path)
        if document is None:
            return None  # another claim was faster
        grant = grant_from(document)
        if grant.action_digest != action_digest or name != file_name(grant):
            message = f"the grant {quoted(grant.id)} is not for this action"
            raise GrantRejected("approvals.other-action", message)
        fault = fault_of(grant, policy_digest, now)
        kept = "void" if fault else "spent"
        if not _move(path, f"{folder}/{kept}", grant.id):
            return None
        record = record_of_grant(grant, "void" if fault else "claimed", now=now, because=fault)
        self.journal.append(record, durable=True)
        return None if fault else grant


def fault_of(grant: Grant, policy_digest: str, now: int) -> str:
    """Why a grant does not hold now, or nothing."""
    if now >= grant.expires_at:
        return "the grant has expired"
    if now < grant.granted_at:
        return "the clock is before the time at which the grant was given"
    if grant.policy_digest != policy_digest:
        return "the policy has changed since the grant was given"
    if grant.assurance != LOCAL:
        return "a file can only hold a grant of assurance local"
    return ""


def grant_from(document: dict[str, Any]) -> Grant:
    """The grant that a file says. Raises: GrantRejected when a field is missing or mistyped."""
    for name in Grant._fields:
        kind = int if name in _NUMBERS else str
        if type(document.get(name)) is not kind:
            message = f"the grant {quoted(document.get('id'))} has no valid {quoted(name)}"
            raise GrantRejected("approvals.file", message)
    return Grant(**{name: document[name] for name in Grant._fields})


def file_name(grant: Grant) -> str:
    """The name of an unused grant's file; claims find it by its beginning."""
    return f"{grant.action_digest}.{grant.id}.json"


def _grant_files(folder: str, action_digest: str) -> list[str]:
    if len(action_digest) != 64 or action_digest.strip("0123456789abcdef"):
        return []
    if not check_folder(folder):
        return []
    names = [name for name in posix.listdir(folder) if name.startswith(action_digest + ".")]
    return sorted(names)


def _move(path: str, folder: str, grant_id: str) -> bool:
    """Whether this very call moved the grant away; both folders are synced, so it stays used."""
    from agentic.approvals.files import make_folder, unavailable

    make_folder(folder)
    try:
        is_ours = _link(path, f"{folder}/{grant_id}.json")
        sync_folder(folder)
        posix.unlink(path)
        sync_folder(path.rpartition("/")[0])
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unavailable(path, error) from None
    return is_ours


def _link(path: str, kept: str) -> bool:
    try:
        posix.link(path, kept)
    except FileExistsError:
        return False
    return True
