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
from agentic.core.canonical import digest
from agentic.core.reason import operation_line, reason_of, render, waiting_for
from agentic.core.record_type import NamedTuple
from agentic.core.values import CONSULT
from agentic.errors import GrantRejected, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.approvals.interface import Recorder
    from agentic.core.values import Decision, Reading, ToolCall

PENDING = "pending"
APPROVED = "approved"
DENIED = "denied"
EXPIRED = "expired"

REQUEST_TTL_S = 24 * 3600
_ID_DIGITS = 10
_MOST_OPERATIONS = 50
_LONGEST_BLOCK = 8_000
_ANSWERED = "answered"


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


def create(
    state_dir: str,
    call: ToolCall,
    decision: Decision,
    now: int,
    journal: Recorder,
    *,
    user: str = "",
    block: str = "",
    ttl_s: int = REQUEST_TTL_S,
) -> Request:
    """The request for this decision as it stands, made and recorded now unless it is there.

    A request that was denied stays denied until it would have expired: asking again changes nothing.
    Without a `block` the reason block is made here. Raises: GrantRejected for anything but a CONSULT
    or when a file cannot be trusted, Unavailable when it cannot be kept or recorded.
    """
    if decision.mode != CONSULT:
        raise not_grantable(decision.mode)
    folder = requests_folder(state_dir)
    wanted = _request_of(call, decision, now, journal, user)
    wanted = wanted._replace(expires_at=now + ttl_s)
    if block:
        wanted = wanted._replace(block=journal.redacted(block)[:_LONGEST_BLOCK])
    held = _find(folder, wanted.id, now)
    if held is not None and held.state in (PENDING, DENIED):
        return held
    make_folder(f"{folder}/{PENDING}")
    path = _path(folder, PENDING, wanted.id)
    if write_document(path, wanted._asdict(), replace=held is not None):
        reasons: dict[str, object] = {
            "because": wanted.because,
            "operations": list(wanted.operations),
        }
        journal.record_request(
            wanted.id,
            "created",
            digests=digests_of(wanted),
            reasons=reasons,
            now=now,
            user=user,
            call=call,
        )
    return wanted


def find(state_dir: str, request_id: str, now: int) -> Request:
    """One request in its present state.

    Raises: GrantRejected when there is none of this id, or its file cannot be trusted.
    """
    found = _find(requests_folder(state_dir), request_id, now)
    if found is None:
        message = f"there is no request {quoted(request_id)}"
        raise GrantRejected("approvals.unknown", message, "`agentic requests list` shows them")
    return found


def listed(state_dir: str, now: int) -> tuple[Request, ...]:
    """Every request in its present state, the oldest first.

    Raises: GrantRejected when one cannot be trusted.
    """
    folder = requests_folder(state_dir)
    ids: set[str] = set()
    for place in (PENDING, _ANSWERED):
        if check_folder(f"{folder}/{place}"):
            names = [name[:-5] for name in posix.listdir(f"{folder}/{place}")]
            ids.update([name for name in names if is_request_id(name)])
    found = [_find(folder, name, now) for name in ids]
    return tuple(sorted([r for r in found if r is not None], key=lambda r: (r.created_at, r.id)))


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


def requests_folder(state_dir: str) -> str:
    """Where the files of all requests are."""
    return state_dir + "/approvals/requests"


def _request_of(
    call: ToolCall, decision: Decision, now: int, journal: Recorder, user: str
) -> Request:
    shown = request_digest(decision)
    request_id = "r-" + digest({"request": shown})[:_ID_DIGITS]
    told = decision._replace(request=request_id)
    block = render(reason_of(told._replace(waiting_for=waiting_for(told))))
    operations = [operation_line(o) for o in decision.operations[:_MOST_OPERATIONS]]
    return Request(
        id=request_id,
        state=PENDING,
        created_at=now,
        expires_at=now + REQUEST_TTL_S,
        mode=decision.mode,
        action_digest=decision.action_digest,
        call_digest=decision.call_digest,
        policy_digest=decision.policy_digest,
        request_digest=shown,
        operations=tuple([journal.redacted(line) for line in operations]),
        because=journal.redacted(decision.because)[:1_000],
        block=journal.redacted(block)[:_LONGEST_BLOCK],
        requester=user,
        session=call.session,
        host=call.host,
        agent=call.agent,
        role=call.role,
    )


def _find(folder: str, request_id: str, now: int) -> Request | None:
    if not is_request_id(request_id):
        message = f"{quoted(request_id)} is not a request id"
        raise GrantRejected("approvals.id", message, "ids look like `r-0123456789`")
    newest: Request | None = None
    for place in (PENDING, _ANSWERED):
        if check_folder(f"{folder}/{place}"):
            document = read_document(_path(folder, place, request_id))
            if document is not None:
                found = _request_from(document, place, now)
                if newest is None or found.created_at > newest.created_at:
                    newest = found
    return newest


def take_pending(folder: str, request_id: str) -> bool:
    """Whether this call took the request out of the pending ones: exactly one answerer does."""
    make_folder(f"{folder}/{_ANSWERED}")
    try:
        posix.rename(_path(folder, PENDING, request_id), _path(folder, _ANSWERED, request_id))
    except FileNotFoundError:
        return False
    return True


def put_back(folder: str, request_id: str) -> None:
    """Make a request pending again whose answer could not be recorded."""
    posix.rename(_path(folder, _ANSWERED, request_id), _path(folder, PENDING, request_id))


def write_answer(folder: str, request: Request) -> None:
    """Keep the answered request."""
    write_document(_path(folder, _ANSWERED, request.id), request._asdict(), replace=True)


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
    way = "STOP has its own way: a governed workflow, or a person's own terminal"
    return GrantRejected("approvals.not-grantable", message, way)


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
