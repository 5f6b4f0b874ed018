"""A person's answer to a request: approve or deny, checked, recorded, then put into effect.

1. check everything  2. take the request, so that only one answer counts  3. write the journal
4. keep the answer, write the grant. A kill in between leaves no effect without a record.
"""

from __future__ import annotations

import posix

from agentic.approvals.files import make_folder, write_document
from agentic.approvals.grants import GRANT_TTL_S, LOCAL, MAX_TTL_S, file_name, grants_folder
from agentic.approvals.requests import (
    APPROVED,
    DENIED,
    PENDING,
    Request,
    digests_of,
    find,
    not_grantable,
    put_back,
    requests_folder,
    take_pending,
    write_answer,
)
from agentic.core.values import CONSULT, Grant
from agentic.errors import GrantRejected, Unavailable, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentic.approvals.interface import Recorder

#: How much of the request digest an approver types at least.
TYPED_DIGITS = 8


def approve(
    state_dir: str,
    request_id: str,
    typed_digest: str,
    *,
    approver: str,
    now: int,
    journal: Recorder,
    because: str = "",
    ttl_s: int = GRANT_TTL_S,
) -> Grant:
    """A grant for exactly what the request asks, good for one use within `ttl_s`.

    `typed_digest` is the request digest or its first eight or more digits, typed by the person who
    read it. Raises: GrantRejected unless the request is an open CONSULT, the digits match, the
    approver has a name and the time is within bounds; Unavailable when it cannot be recorded.
    """
    request = _open_request(state_dir, request_id, approver, now)
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
        because=journal.redacted(because),
        call_digest=request.call_digest,
    )
    make_folder(grants_folder(state_dir))
    answered = request._replace(
        state=APPROVED, answered_by=approver, answered_at=now, answer_because=grant.because
    )
    _answer(
        state_dir,
        answered,
        lambda: journal.record_grant(grant, "given", now=now, request_id=request.id),
    )
    write_document(f"{grants_folder(state_dir)}/{file_name(grant)}", grant._asdict())
    return grant


def deny(
    state_dir: str,
    request_id: str,
    *,
    approver: str,
    now: int,
    journal: Recorder,
    because: str = "",
) -> Request:
    """The request, refused: the same action stays refused until the request would expire.

    Raises: GrantRejected when it is not open or the approver has no name, Unavailable when it cannot
    be recorded.
    """
    request = _open_request(state_dir, request_id, approver, now)
    answered = request._replace(
        state=DENIED,
        answered_by=approver,
        answered_at=now,
        answer_because=journal.redacted(because),
    )
    _answer(
        state_dir,
        answered,
        lambda: journal.record_request(
            request.id,
            "denied",
            digests=digests_of(request),
            reasons={"because": answered.answer_because},
            now=now,
            user=request.requester,
            approver=approver,
        ),
    )
    return answered


def check_typed_digest(request: Request, typed: str) -> None:
    """Raises GrantRejected unless at least eight digits of the request digest were typed."""
    if len(typed) >= TYPED_DIGITS and request.request_digest.startswith(typed.lower()):
        return
    message = f"{quoted(typed)} does not match the digest of request {quoted(request.id)}"
    way = f"type the first {TYPED_DIGITS} digits of the digest that the request shows"
    raise GrantRejected("approvals.digest", message, way)


def _open_request(state_dir: str, request_id: str, approver: str, now: int) -> Request:
    if not approver.strip():
        raise GrantRejected("approvals.approver", "an answer needs the approver's name")
    request = find(state_dir, request_id, now)
    if request.state != PENDING:
        raise _not_open(request.id, request.state)
    return request


def _answer(state_dir: str, answered: Request, record: Callable[[], int]) -> None:
    """Take the request, record the answer and keep it."""
    folder = requests_folder(state_dir)
    if not take_pending(folder, answered.id):
        raise _not_open(answered.id, "answered by somebody else")
    try:
        record()
    except Unavailable:
        put_back(folder, answered.id)
        raise
    write_answer(folder, answered)


def _not_open(request_id: str, state: str) -> GrantRejected:
    message = f"the request {quoted(request_id)} is no longer open: {state}"
    return GrantRejected("approvals.not-open", message, "let the agent ask again")
