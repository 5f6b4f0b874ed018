"""A person's answer to a request: approve or deny, checked, recorded, then put into effect.

1. check everything  2. take the request, so that only one answer counts  3. write the journal
4. keep the answer, write the grant. A kill in between leaves no effect without a record.
"""

from __future__ import annotations

import posix

from agentic.approvals.files import make_folder, write_document
from agentic.approvals.grants import LOCAL, MAX_TTL_S, TYPED_DIGITS, FileGrants, file_name
from agentic.approvals.requests import (
    APPROVED,
    DENIED,
    PENDING,
    Request,
    digests_of,
    not_grantable,
    put_back,
    take_pending,
    write_answer,
)
from agentic.audit.record import record_of_grant, record_of_request
from agentic.core.values import CONSULT, Grant
from agentic.errors import GrantRejected, Unavailable, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.audit.record import Record


def approved(
    store: FileGrants,
    request_id: str,
    typed_digest: str,
    *,
    approver: str,
    now: int,
    because: str,
    ttl_s: int,
) -> Grant:
    """The grant for an open request; see `FileGrants.approve`."""
    request = _open_request(store, request_id, approver, now)
    if request.mode != CONSULT:
        raise not_grantable(request.mode)
    check_typed_digest(request, typed_digest)
    if not 0 < ttl_s <= MAX_TTL_S:
        message = f"a grant lasts between 1 and {MAX_TTL_S} seconds, not {ttl_s}"
        raise GrantRejected("approvals.ttl", message)
    grant = Grant(
        id="g-" + posix.urandom(6).hex(),
        action_digest=request.action_digest,
        request_digest=request.request_digest,
        policy_digest=request.policy_digest,
        approver=approver,
        assurance=LOCAL,
        granted_at=now,
        expires_at=now + ttl_s,
        because=because,
        call_digest=request.call_digest,
    )
    folder = store.state_dir + "/approvals/grants"
    make_folder(folder)
    record = record_of_grant(grant, "given", now=now, request_id=request.id)
    _answer(store, request, record, APPROVED, approver, now, because)
    write_document(f"{folder}/{file_name(grant)}", grant._asdict())
    return grant


def denied(store: FileGrants, request_id: str, *, approver: str, now: int, because: str) -> Request:
    """The refused request; see `FileGrants.deny`."""
    request = _open_request(store, request_id, approver, now)
    record = record_of_request(
        request.id,
        "denied",
        digests=digests_of(request),
        now=now,
        user=request.requester,
        reasons={"because": because},
        approver=approver,
    )
    return _answer(store, request, record, DENIED, approver, now, because)


def check_typed_digest(request: Request, typed: str) -> None:
    """Raises GrantRejected unless at least eight digits of the request digest were typed."""
    if len(typed) >= TYPED_DIGITS and request.request_digest.startswith(typed.lower()):
        return
    message = f"{quoted(typed)} does not match the digest of request {quoted(request.id)}"
    help = f"type the first {TYPED_DIGITS} digits of the digest that the request shows"
    raise GrantRejected("approvals.digest", message, help)


def _open_request(store: FileGrants, request_id: str, approver: str, now: int) -> Request:
    if not approver.strip():
        raise GrantRejected("approvals.approver", "an answer needs the approver's name")
    request = store.find(request_id, now)
    if request.state != PENDING:
        raise _not_open(request.id, request.state)
    return request


def _answer(
    store: FileGrants,
    request: Request,
    record: Record,
    state: str,
    approver: str,
    now: int,
    because: str,
) -> Request:
    """Take the request, record the answer and keep it."""
    folder = store.state_dir + "/approvals/requests"
    if not take_pending(folder, request.id):
        raise _not_open(request.id, "answered")
    try:
        store.journal.append(record, durable=True)
    except Unavailable:
        put_back(folder, request.id)
        raise
    answered = request._replace(
        state=state, answered_by=approver, answered_at=now, answer_because=because
    )
    write_answer(folder, answered)
    return answered


def _not_open(request_id: str, state: str) -> GrantRejected:
    message = f"the request {quoted(request_id)} is no longer open: {state}"
    return GrantRejected("approvals.not-open", message, "let the agent ask again")
