"""Grants as files: a person's yes to one action, used up by the first call that it lets through.

Below `<state>/approvals/`, beside the requests::

    grants/<action digest>.<grant id>.json    not yet used
    spent/<grant id>.json                     used up, and by which call: judged twice, it has it twice
    void/<grant id>.json                      expired, or the policy has changed since
    claims/<mark of the call>.<action>.json   the grant that such a call tried to use up last

The file in `spent` is made once, whole: that decides which of several claims gets the grant, and refuses
one that was put back. What is in `claims` only tells where to look. Assurance is `local`: it shows which
Unix account said yes; it cannot show that a person, not a program of that account, did.
"""

from __future__ import annotations

import posix

from agentic.approvals.files import (
    check_folder,
    make_folder,
    read_document,
    sync_folder,
    unavailable,
    write_document,
)
from agentic.core.record_type import NamedTuple
from agentic.core.values import Grant
from agentic.errors import GrantRejected, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentic.approvals.interface import Recorder
    from agentic.approvals.requests import Request
    from agentic.core.values import Decision, Mark, ToolCall

LOCAL = "local"
GRANT_TTL_S = 15 * 60
MAX_TTL_S = 24 * 3600

_NUMBERS = ("granted_at", "expires_at")


class FileGrants(NamedTuple):
    """The approvals of one user, in files; every change of theirs is in the journal.

    The store as `agentic.approvals.interface.Approvals` describes it, over the functions of this
    room; what a hook does not need is loaded when it is asked for.
    """

    state_dir: str
    journal: Recorder

    def claim(
        self, action_digest: str, policy_digest: str, now: int, claimant: Mark | None = None
    ) -> Grant | None:
        """See `claim`."""
        return claim(self.state_dir, action_digest, policy_digest, now, self.journal, claimant)

    def request(
        self, call: ToolCall, decision: Decision, *, user: str, now: int, block: str = ""
    ) -> Request:
        """See `requests.create`."""
        from agentic.approvals.requests import create

        return create(self.state_dir, call, decision, now, self.journal, user=user, block=block)

    def requests(self, now: int) -> tuple[Request, ...]:
        """See `requests.listed`."""
        from agentic.approvals.requests import listed

        return listed(self.state_dir, now)

    def find(self, request_id: str, now: int) -> Request:
        """See `requests.find`."""
        from agentic.approvals.requests import find

        return find(self.state_dir, request_id, now)

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
        """See `answers.approve`."""
        from agentic.approvals.answers import approve

        return approve(
            self.state_dir,
            request_id,
            typed_digest,
            approver=approver,
            now=now,
            journal=self.journal,
            because=because,
            ttl_s=ttl_s,
        )

    def deny(self, request_id: str, *, approver: str, now: int, because: str = "") -> Request:
        """See `answers.deny`."""
        from agentic.approvals.answers import deny

        return deny(
            self.state_dir,
            request_id,
            approver=approver,
            now=now,
            journal=self.journal,
            because=because,
        )


def claim(
    state_dir: str,
    action_digest: str,
    policy_digest: str,
    now: int,
    journal: Recorder,
    claimant: Mark | None = None,
) -> Grant | None:
    """The grant for exactly this action, used up by this very call, or None.

    Of any number of calls at once exactly one gets it; that one gets it again when it is judged twice.
    A grant that has expired, or was given under another policy, is set aside as void. Raises:
    GrantRejected when a grant's file or folder cannot be trusted, Unavailable when the claim cannot be
    recorded (the grant is used up all the same).
    """
    held = _held(state_dir, action_digest, policy_digest, now, claimant) if claimant else None
    if held is not None:
        return held
    for name in _grant_files(grants_folder(state_dir), action_digest):
        grant = _taken(state_dir, name, action_digest, policy_digest, now, journal, claimant)
        if grant is not None:
            return grant
    # Another hook of this very call may have taken it since the first look.
    return _held(state_dir, action_digest, policy_digest, now, claimant) if claimant else None


def _held(
    state_dir: str, action_digest: str, policy_digest: str, now: int, claimant: Mark
) -> Grant | None:
    """The grant that this very call has used up already, or None.

    INVARIANT: what was spent says itself by whom; calls that differ in their id alone share the name in
    `claims`, and each may have written it (tests/approvals/test_claims.py).
    """
    tried = read_document(_claim_path(state_dir, action_digest, claimant))
    grant_id = tried.get("grant") if tried is not None else None
    if type(grant_id) is not str or not grant_id.replace("-", "").isalnum():
        return None
    spent = read_document(_spent_path(state_dir, grant_id))
    if spent is None or type(spent.get("claimed_at")) is not int:
        return None
    call, call_id = str(spent.get("claimed_by")), str(spent.get("call_id"))
    if not claimant.is_same(call, call_id, now - spent["claimed_at"]):
        return None
    grant = grant_from(spent)
    is_whole = grant.action_digest == action_digest and grant.policy_digest == policy_digest
    return grant if is_whole else None


def _spent_path(state_dir: str, grant_id: str) -> str:
    return f"{state_dir}/approvals/spent/{grant_id}.json"


def _claim_path(state_dir: str, action_digest: str, claimant: Mark) -> str:
    return f"{state_dir}/approvals/claims/{claimant.call}.{action_digest[:16]}.json"


def _taken(
    state_dir: str,
    name: str,
    action_digest: str,
    policy_digest: str,
    now: int,
    journal: Recorder,
    claimant: Mark | None,
) -> Grant | None:
    path = f"{grants_folder(state_dir)}/{name}"
    document = read_document(path)
    if document is None:
        return None  # another claim was faster
    grant = grant_from(document)
    if grant.action_digest != action_digest or name != file_name(grant):
        message = f"the grant {quoted(grant.id)} is not for this action"
        raise GrantRejected("approvals.other-action", message)
    fault = fault_of(grant, policy_digest, now)
    if fault:
        is_ours = _set_aside(path, f"{state_dir}/approvals/void", grant.id)
    else:
        is_ours = _spent_by(claimant, state_dir, path, grant, now)
    if not is_ours:
        return None
    journal.record_grant(grant, "void" if fault else "claimed", now=now, because=fault)
    return None if fault else grant


def _spent_by(claimant: Mark | None, state_dir: str, path: str, grant: Grant, now: int) -> bool:
    """Whether this very call used the grant up; it stays used. Raises Unavailable."""
    told = {**grant._asdict(), "claimed_at": now}
    if claimant is not None:
        # The way to it comes first: whoever finds the grant gone finds who has it.
        make_folder(f"{state_dir}/approvals/claims")
        way = _claim_path(state_dir, grant.action_digest, claimant)
        write_document(way, {"grant": grant.id}, replace=True)
        told |= {"claimed_by": claimant.call, "call_id": claimant.call_id}
    make_folder(f"{state_dir}/approvals/spent")
    is_ours = write_document(_spent_path(state_dir, grant.id), told)
    _remove(path)
    return is_ours


def grants_folder(state_dir: str) -> str:
    """Where the files of unused grants are."""
    return state_dir + "/approvals/grants"


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


def _set_aside(path: str, folder: str, grant_id: str) -> bool:
    """Whether this very call moved the grant away. Whoever comes second only helps to take it away."""
    make_folder(folder)
    try:
        posix.link(path, f"{folder}/{grant_id}.json")
        sync_folder(folder)
        is_ours = True
    except (FileExistsError, FileNotFoundError):
        is_ours = False
    except OSError as error:
        raise unavailable(path, error) from None
    _remove(path)
    return is_ours


def _remove(path: str) -> None:
    """Take a grant away for good, if nobody has yet. Raises Unavailable."""
    try:
        posix.unlink(path)
        sync_folder(path.rpartition("/")[0])
    except FileNotFoundError:
        pass
    except OSError as error:
        raise unavailable(path, error) from None
