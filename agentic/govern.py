"""The one path from a tool call to a recorded decision. Every entry calls `govern`; nothing else decides.

1. recognise the operations of the call;
2. judge them against the compiled policy;
3. read the configured signals that could still change the answer;
4. decide; the mode can only climb;
5. permit: a person's grant may let CONSULT run, nothing lets STOP run from here;
6. record it, before anybody is answered (purpose ACT only).

Ports are passed in, never made here, so that a test can hold the whole world in its hand.
"""

from __future__ import annotations

from agentic.core import decide as core
from agentic.core.canonical import digest, exact
from agentic.core.native import sha256_hex
from agentic.core.record_type import NamedTuple
from agentic.core.values import (
    AUTO,
    BLOCK,
    CONSULT,
    PURPOSE_ACT,
    Decision,
    Mark,
    Operation,
)
from agentic.recognize.interface import Facts
from agentic.recognize.recognize import recognize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Protocol

    from agentic.core.policy import Policy
    from agentic.core.values import Answer, Grant, Purpose, Reading, ToolCall
    from agentic.recognize.interface import Workspace

    class Grants(Protocol):
        """The approvals store as govern needs it; `assurance` is the kind of yes it can hold."""

        assurance: str

        def claim(
            self, action_digest: str, policy_digest: str, now: int, claimant: Mark
        ) -> Grant | None:
            """Take the one unspent grant for this action, or None; a claimed grant is spent.

            The same call, judged twice, gets the grant that it has taken already.
            """

        def request(self, call: ToolCall, decision: Decision, now: int) -> tuple[str, str]:
            """Open (or find) the request that a person can approve; returns its id and state."""

    class Journal(Protocol):
        """The journal as govern needs it."""

        def record_decision(
            self, call: ToolCall, decision: Decision, answer: Answer, now: int, mark: Mark
        ) -> tuple[int, Answer | None]:
            """Write one decision; returns its sequence number, and how the call was answered before.

            The second is None for a call that had not been judged: only then was anything written.
            Raises Unavailable.
            """


#: The facts decoded last, with the bytes they came from.
_decoded: list[tuple[bytes | None, Facts]] = [(None, Facts._make(((),) * len(Facts._fields)))]


class Ports(NamedTuple):
    """The world of one call. `now` is Unix seconds; `answer` names the host's reply to a decision."""

    policy: Policy
    workspace: Workspace
    readings: Callable[[Policy, Iterable[str], ToolCall, int], tuple[Reading, ...]]
    grants: Grants
    journal: Journal
    now: int
    answer: Callable[[Decision], Answer]


def govern(call: ToolCall, ports: Ports, purpose: Purpose = PURPOSE_ACT) -> Decision:
    """The decision on one call.

    Purpose ACT is recorded, may spend a grant and may open a request. Purpose ASK is hypothetical: it
    spends and records nothing. Raises KeyError for an operation outside the catalogue and Unavailable
    when an ACT cannot be recorded; in both cases the caller must block.
    """
    recognition = recognize(call, facts_of(ports.policy), ports.workspace)
    return govern_operations(recognition.operations, call, ports, purpose)


def facts_of(policy: Policy) -> Facts:
    """What the policy tells recognition; decoded once as long as the same policy is asked for."""
    if _decoded[0][0] is not policy.facts:
        _decoded[0] = (policy.facts, Facts._make(policy.decoded_facts()))
    return _decoded[0][1]


def govern_operations(
    operations: Sequence[Operation], call: ToolCall, ports: Ports, purpose: Purpose = PURPOSE_ACT
) -> Decision:
    """The decision on operations that are already known: declared by a workflow, or by a policy case.

    Purposes and errors as for `govern`.
    """
    policy = ports.policy
    judgement = core.judge(policy, operations, call.role, call.declared_environment)
    wanted = core.wanted_signals(judgement, policy.signals)
    readings = ports.readings(policy, wanted, call, ports.now) if wanted else ()
    verdict = core.decide(judgement, readings, policy.services)
    mode = verdict.mode
    action = action_digest(operations, judgement)
    is_act = purpose == PURPOSE_ACT
    digest_of_call = call_digest(call)
    mark = mark_of(call, digest_of_call, action)
    needed = core.needed_assurance(judgement, policy.settings["assurance"])
    can_ask = call.can_ask and core.suffices("host-dialog", needed)
    grant = None
    if mode == CONSULT and is_act and not can_ask and core.suffices(ports.grants.assurance, needed):
        grant = ports.grants.claim(action, policy.digest, ports.now, mark)
    decision = Decision(
        mode,
        verdict.base_mode,
        core.permission_for(mode, granted=grant is not None, can_ask=can_ask),
        judgement.judged,
        verdict.trace,
        verdict.rules,
        readings,
        verdict.because,
        verdict.way,
        "",
        digest_of_call,
        action,
        policy.digest,
        purpose,
        grant,
    )
    if is_act and mode == CONSULT and decision.permission == BLOCK:
        request, state = "", ""
        if core.suffices(ports.grants.assurance, needed):
            request, state = ports.grants.request(call, decision, ports.now)
        decision = decision._replace(request=request, request_state=state)
    if mode != AUTO:
        from agentic.core.reason import waiting_for  # a plain call does not pay for it

        decision = decision._replace(waiting_for=waiting_for(decision))
    if is_act:
        answer = ports.answer(decision)
        seq, answered = ports.journal.record_decision(
            call, decision, answer, ports.now, _asked_as(mark, call)
        )
        decision = decision._replace(record=seq, answered=answered)
    return decision


def mark_of(call: ToolCall, digest_of_call: str, action: str) -> Mark:
    """The mark of a call, by which the same call is known when a host asks about it again."""
    text = f"{call.session}\0{digest_of_call}\0{action}"
    found = sha256_hex(text.encode("utf-8", "backslashreplace"))[:16]
    call_id = call.call_id.encode("utf-8", "backslashreplace")
    return Mark(found, sha256_hex(call_id)[:8] if call_id else "", call.same_within_s)


def _asked_as(mark: Mark, call: ToolCall) -> Mark:
    """The mark under which a decision is remembered: a hook of another role gives an answer of its own.

    Otherwise a repository's hook without a role could answer first, and the user's stricter one repeat it.
    """
    if not (call.role or call.declared_environment):
        return mark
    text = f"{mark.call}\0{call.role}\0{call.declared_environment}"
    return mark._replace(call=sha256_hex(text.encode("utf-8", "backslashreplace"))[:16])


def call_digest(call: ToolCall) -> str:
    """sha256 (hex) of the exact tool, input and working folder, as the host sent them."""
    given = call.raw_input if call.raw_input is not None else dict(call.input)
    return digest({"cwd": call.cwd, "input": exact(given), "tool": call.raw_tool or call.tool})


def action_digest(operations: Sequence[Operation], judgement: core.Judgement) -> str:
    """sha256 (hex) of what a person approves: kinds, targets, environments, parameters, input files.

    And the folder, except where an absolute target says itself where it is.
    """
    rows = [
        [
            operation.kind,
            operation.target,
            judged.judged_as,
            [list(pair) for pair in operation.parameters],
            [list(pair) for pair in operation.inputs],
            "" if operation.target.startswith("/") else operation.folder,
        ]
        for operation, judged in zip(operations, judgement.judged, strict=True)
    ]
    rows.sort(key=str)
    return digest(rows)
