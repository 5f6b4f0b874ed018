"""A request: what a blocked CONSULT asks a person to approve, and where its answer is kept.

Files below `<state>/approvals/requests/`, by state::

    pending/<id>.json     waiting; the same action asks once, however often it is tried
    answered/<id>.json    approved or denied, with who and when

The id follows from the request digest, so that a repeated call finds its request again. The digest
itself is what the approver types: it stands in the request, not in the id.
"""

from __future__ import annotations

import posix

from agentic.approvals.files import check_folder, make_folder, read_document, write_document
from agentic.audit.prefilter import may_hold_secret
from agentic.core.canonical import digest
from agentic.core.record_type import NamedTuple
from agentic.errors import GrantRejected, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.core.values import Decision, Reading, ToolCall

PENDING = "pending"
APPROVED = "approved"
DENIED = "denied"
EXPIRED = "expired"

REQUEST_TTL_S = 24 * 3600
_ID_DIGITS = 10
_MOST_OPERATIONS = 50


class Request(NamedTuple):
    """One question to a person. Times are Unix seconds (UTC).

    `operations` are lines for people (`terraform.apply on production: prod/main.tf`); `block` is
    the reason block that the agent was shown, word for word.
    """

    id: str
    state: str
    created_at: int
    expires_at: int
    mode: str
    action_digest: str
    call_digest: str
    policy_digest: str
    request_digest: str
    operations: tuple[str, ...]
    because: str
    block: str = ""
    requester: str = ""
    session: str = ""
    host: str = ""
    agent: str = ""
    role: str = ""
    answered_by: str = ""
    answered_at: int = 0
    answer_because: str = ""


def request_digest(decision: Decision) -> str:
    """The digest of what the approver sees: the action, the policy and the evidence."""
    return digest(
        {
            "action": decision.action_digest,
            "policy": decision.policy_digest,
            "evidence": evidence(decision.readings),
        }
    )


def evidence(readings: tuple[Reading, ...]) -> list[list[str]]:
    """The states of all readings, without what changes from minute to minute."""
    return sorted([reading.signal, reading.state] for reading in readings)


def new_request(
    call: ToolCall,
    decision: Decision,
    *,
    user: str,
    now: int,
    ttl_s: int = REQUEST_TTL_S,
    block: str = "",
) -> Request:
    """The request that this decision gives rise to; nothing is written yet."""
    shown = request_digest(decision)
    operations = [
        f"{operation.kind} on {operation.judged_as}: {operation.target}".rstrip(": ")
        for operation in decision.operations[:_MOST_OPERATIONS]
    ]
    return Request(
        id="r-" + digest({"request": shown})[:_ID_DIGITS],
        state=PENDING,
        created_at=now,
        expires_at=now + ttl_s,
        mode=decision.mode,
        action_digest=decision.action_digest,
        call_digest=decision.call_digest,
        policy_digest=decision.policy_digest,
        request_digest=shown,
        operations=tuple([_shown(line, 400) for line in operations]),
        because=_shown(decision.because, 1_000),
        block=_shown(block, 8_000),
        requester=user,
        session=call.session,
        host=call.host,
        agent=call.agent,
        role=call.role,
    )


def _shown(text: str, limit: int) -> str:
    """A text as it may lie in a file: without secrets, and not too long."""
    window = text[: 2 * limit]
    if may_hold_secret(window):
        from agentic.audit.redact import redact

        window, _ = redact(window)
    return window[:limit]


def keep_request(folder: str, request: Request) -> tuple[Request, bool]:
    """The request as it stands, and whether it was written just now.

    An open request for the same is kept; one that was denied stays denied until it would have
    expired; after that, or after an approval was used, the question is open again.
    """
    held = find_request(folder, request.id, request.created_at)
    if held is not None and held.state in (PENDING, DENIED):
        return held, False
    make_folder(f"{folder}/pending")
    path = _path(folder, PENDING, request.id)
    is_new = write_document(path, request._asdict(), replace=held is not None)
    if not is_new:
        held = find_request(folder, request.id, request.created_at)
    return (request if is_new or held is None else held), is_new


def find_request(folder: str, request_id: str, now: int) -> Request | None:
    """The request of this id in its present state, or None.

    Raises: GrantRejected when the id is malformed or its file cannot be trusted.
    """
    if not is_request_id(request_id):
        message = f"{quoted(request_id)} is not a request id"
        raise GrantRejected("approvals.id", message, "ids look like `r-0123456789`")
    newest: Request | None = None
    for state in (PENDING, "answered"):
        if check_folder(f"{folder}/{state}"):
            document = read_document(_path(folder, state, request_id))
            if document is not None:
                found = _request_from(document, state, now)
                if newest is None or found.created_at > newest.created_at:
                    newest = found
    return newest


def all_requests(folder: str, now: int) -> tuple[Request, ...]:
    """Every request in its present state, the oldest first.

    Raises: GrantRejected when one cannot be trusted.
    """
    ids: set[str] = set()
    for state in (PENDING, "answered"):
        if check_folder(f"{folder}/{state}"):
            names = [name[:-5] for name in posix.listdir(f"{folder}/{state}")]
            ids.update(name for name in names if is_request_id(name))
    found = [find_request(folder, name, now) for name in ids]
    return tuple(sorted([r for r in found if r is not None], key=lambda r: (r.created_at, r.id)))


def take_pending(folder: str, request_id: str) -> bool:
    """Whether this call took the request out of the pending ones: exactly one answerer does."""
    make_folder(f"{folder}/answered")
    try:
        posix.rename(_path(folder, PENDING, request_id), _path(folder, "answered", request_id))
    except FileNotFoundError:
        return False
    return True


def put_back(folder: str, request_id: str) -> None:
    """Make a request pending again whose answer could not be recorded."""
    posix.rename(_path(folder, "answered", request_id), _path(folder, PENDING, request_id))


def write_answer(folder: str, request: Request) -> None:
    """Keep the answered request."""
    write_document(_path(folder, "answered", request.id), request._asdict(), replace=True)


def digests_of(request: Request) -> dict[str, str]:
    """The four digests of a request, by their names in a record."""
    return {
        "action_digest": request.action_digest,
        "call_digest": request.call_digest,
        "policy_digest": request.policy_digest,
        "request_digest": request.request_digest,
    }


def not_grantable(mode: str) -> GrantRejected:
    """What to raise when somebody asks for, or wants to approve, what is not a CONSULT."""
    message = f"{mode} cannot be approved from here"
    help = "STOP has its own way: a governed workflow, or a person's own terminal"
    return GrantRejected("approvals.not-grantable", message, help)


def is_request_id(text: str) -> bool:
    """Whether a text has the form of a request id, so that it can stand in a path."""
    digits = text[2:]
    return text[:2] == "r-" and len(digits) == _ID_DIGITS and not digits.strip("0123456789abcdef")


def _path(folder: str, state: str, request_id: str) -> str:
    return f"{folder}/{state}/{request_id}.json"


def _request_from(document: dict[str, Any], place: str, now: int) -> Request:
    known = {name: document[name] for name in Request._fields if name in document}
    try:
        known["operations"] = tuple([str(line) for line in known["operations"]])
        request = Request(**known)
        expires_at = int(request.expires_at)
    except (TypeError, ValueError, KeyError):
        message = f"the request file of {quoted(document.get('id'))} is not complete"
        raise GrantRejected("approvals.file", message) from None
    is_over = request.state in (PENDING, DENIED) and now >= expires_at
    # FAIL-SAFE: taken by an answerer that was killed before it answered: ask again.
    is_orphan = request.state == PENDING and place != PENDING
    return request._replace(state=EXPIRED) if is_over or is_orphan else request
