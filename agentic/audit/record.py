"""One record of the journal: built from core values, freed of secrets, bounded, committed, chained.

1. `record_of_*` puts what is known into a clear header and a few sensitive fields.
2. `prepared` redacts secrets, cuts what is long and commits each sensitive field to a salt.
3. `line_of` adds the place in the chain and the hash, under the journal's lock.

docs/RECORD.md describes the line; a test writes its example with this code. Pure but for the salts,
which come from the operating system.
"""

from __future__ import annotations

from posix import urandom
from time import gmtime

from agentic.core.canonical import canonical, exact
from agentic.core.native import encode_string, sha256_hex
from agentic.core.record_type import NamedTuple
from agentic.errors import AgenticError, quoted
from agentic.recognize.secret_prefilter import may_hold_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Literal

    from agentic.core.values import Decision, Grant, Judged, ToolCall

    Answer = Literal["allow", "none", "ask", "deny", "error"]
    KeyOf = Callable[[], bytes]

VERSION = 1
EVENTS = ("decision", "outcome", "grant", "request", "session", "recovery", "seal", "policy")
ANSWERS = ("allow", "none", "ask", "deny", "error")

#: `prev` of a journal's first record.
GENESIS = "0" * 64

#: Fields of the header that other rooms may fill through `ToolCall.facts` or `facts=`.
FACTS = (
    "tenant",
    "team",
    "service",
    "workload_kind",
    "model_name",
    "model_version",
    "dataset_digest",
    "deployment_id",
    "drift_run_id",
    "retrain_run_id",
    "prediction_id",
    "request_id",
    "trace_id",
)

#: A whole line, its newline included.
MAX_LINE_BYTES = 16_384
#: A sensitive field up to this size is stored whole; what is longer as head, size and digest.
MAX_FIELD_BYTES = 4_096
_LONG_HEADER_TEXT = 200


#: Where the header ends in a line; inside a JSON string these quotes would be escaped.
HASH_MARK = b',"hash":"'


class Record(NamedTuple):
    """What happened: `header` is stored in clear, members of `sensitive` can be removed later."""

    header: dict[str, Any]
    sensitive: dict[str, Any]


class Prepared(NamedTuple):
    """A record that may be written: the header with its commitments, the fields as JSON text."""

    header: dict[str, Any]
    fields: str


def iso_time(now: float) -> str:
    """Unix seconds as UTC text with milliseconds: `2026-11-21T09:30:00.125Z`."""
    milliseconds = int(now * 1000)
    year, month, day, hour, minute, second = gmtime(milliseconds // 1000)[:6]
    return (
        f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
        f".{milliseconds % 1000:03d}Z"
    )


def record_of_decision(
    call: ToolCall,
    decision: Decision,
    *,
    answer: Answer,
    user: str,
    now: float,
    links: dict[str, Any] | None = None,
) -> Record:
    """The record of one answered call. `links` may name a grant, a request, an earlier decision."""
    effects: list[str] = []
    for operation in decision.operations:
        effects.extend([effect for effect in operation.effects if effect not in effects])
    header = _header("decision", call, now, call.facts)
    header.update(
        {
            "purpose": decision.purpose,
            "kinds": [operation.kind for operation in decision.operations],
            "environments": [operation.judged_as for operation in decision.operations],
            "effects": effects,
            "mode": decision.mode,
            "base_mode": decision.base_mode,
            "permission": decision.permission,
            "rules": list(decision.rules),
            "trace": [_step(step) for step in decision.trace],
            "call_digest": decision.call_digest,
            "action_digest": decision.action_digest,
            "policy_digest": decision.policy_digest,
            "answer": answer,
        }
    )
    if decision.readings:
        from agentic.audit.readings import told_readings  # a plain call does not pay for it

        header.update(told_readings(decision.readings))
    held = dict(links or {})
    if decision.grant is not None:
        held.setdefault("grant", decision.grant.id)
        header["assurance"] = decision.grant.assurance
    if decision.request:
        held.setdefault("request", decision.request)
    if held:
        header["links"] = held
    sensitive: dict[str, Any] = {
        "user": user,
        "cwd": call.cwd,
        "input": dict(call.input),
        "targets": [operation.target for operation in decision.operations],
        "reasons": _reasons(decision),
    }
    if decision.grant is not None and decision.grant.approver:
        sensitive["approver"] = decision.grant.approver
    return _without_blanks(header, sensitive)


def record_of_outcome(
    call: ToolCall,
    *,
    status: Literal["succeeded", "failed", "refused", "unknown"],
    user: str,
    now: float,
    duration_ms: int | None = None,
    output: bytes | None = None,
    error: str = "",
    decision: int = 0,
    call_digest: str = "",
    assurance: str = "",
) -> Record:
    """The record of what became of a call: status, duration, size and digest of its output.

    The output itself is never stored. `decision` is the `seq` of the call's decision (0: not
    found); `assurance` is `host-dialog` where a person's yes is inferred from the outcome.
    """
    header = _header("outcome", call, now, call.facts)
    header.update({"status": status, "call_digest": call_digest, "assurance": assurance})
    if duration_ms is not None:
        header["duration_ms"] = duration_ms
    if output is not None:
        header["output"] = {"size_bytes": len(output), "sha256": sha256_hex(output)}
    if decision:
        header["links"] = {"decision": decision}
    return _without_blanks(header, {"user": user, "cwd": call.cwd, "error": error})


def record_of_request(
    request_id: str,
    status: str,
    *,
    digests: dict[str, str],
    now: float,
    user: str,
    reasons: dict[str, object],
    call: ToolCall | None = None,
    approver: str = "",
) -> Record:
    """The record of an approval request; `status` is `created` or `denied`.

    `digests` holds call_digest, action_digest, policy_digest and request_digest.
    """
    header = _header("request", call, now, call.facts if call is not None else {})
    header.update({"status": status, "links": {"request": request_id}, **digests})
    sensitive = {"user": user, "approver": approver, "reasons": reasons}
    if call is not None:
        sensitive["cwd"] = call.cwd
    return _without_blanks(header, sensitive)


def record_of_grant(
    grant: Grant,
    status: str,
    *,
    now: float,
    request_id: str = "",
    because: str = "",
) -> Record:
    """The record of a grant; `status` is `given`, `claimed` or `void`."""
    header = _header("grant", None, now, {})
    header.update(
        {
            "status": status,
            "assurance": grant.assurance,
            "action_digest": grant.action_digest,
            "request_digest": grant.request_digest,
            "policy_digest": grant.policy_digest,
            "call_digest": grant.call_digest,
            "granted_at": grant.granted_at,
            "expires_at": grant.expires_at,
            "links": {"grant": grant.id, **({"request": request_id} if request_id else {})},
        }
    )
    reasons = {"because": because or grant.because}
    return _without_blanks(header, {"approver": grant.approver, "reasons": reasons})


def record_of_event(
    event: str,
    *,
    now: float,
    call: ToolCall | None = None,
    facts: dict[str, Any] | None = None,
    **sensitive: Any,
) -> Record:
    """A record of any other event (`session`, `policy`, `seal`); `facts` join the header."""
    header = _header(event, call, now, {})
    header.update(facts or {})
    return _without_blanks(header, sensitive)


def record_of_recovery(reason: str, time: str, found: dict[str, Any]) -> Record:
    """The record of a journal that was not as the head had left it; `found` says what was there.

    `time` is already text: it is the time of the record that met the damage.
    """
    header = {"v": VERSION, "event": "recovery", "time": time}
    return Record({**header, "recovery": {"reason": reason, **found}}, {})


def _header(event: str, call: ToolCall | None, now: float, facts: Any) -> dict[str, Any]:
    if event not in EVENTS:
        raise AgenticError("record.event", f"unknown event {quoted(event)}")
    header: dict[str, Any] = {"v": VERSION, "event": event, "time": iso_time(now)}
    if call is not None:
        header.update(
            {
                "host": call.host,
                "host_version": call.host_version,
                "host_mode": call.host_mode,
                "host_tool": call.raw_tool,
                "session": call.session,
                "agent": call.agent,
                "agent_id": call.agent_id,
                "role": call.role,
                "model": call.model,
                "tool": call.tool,
                "call_id": call.call_id,
                "declared_environment": call.declared_environment,
            }
        )
    for name, value in facts.items():
        if name not in FACTS:
            raise AgenticError("record.fact", f"the record has no field {quoted(name)}")
        header[name] = value
    return header


def _step(step: Any) -> dict[str, Any]:
    told = {"rule": step.rule, "before": step.before, "after": step.after}
    if step.signal:
        told["signal"] = step.signal
    if step.operation:
        told["operation"] = step.operation
    return told


def _reasons(decision: Decision) -> dict[str, Any]:
    """Every sentence that explains the decision: free text, so it stays removable."""
    reasons: dict[str, Any] = {
        "because": decision.because,
        "way": decision.way,
        "waiting_for": decision.waiting_for,
        "trace": [step.because for step in decision.trace],
        "operations": _texts(decision.operations, "because"),
        "told_by": _texts(decision.operations, "told_by"),
    }
    if decision.readings:
        from agentic.audit.readings import reasons_of_readings

        reasons["readings"] = reasons_of_readings(decision.readings)
    return {name: value for name, value in reasons.items() if value}


def _texts(operations: Iterable[Judged], field: str) -> list[str]:
    texts = [getattr(operation, field) for operation in operations]
    return texts if any(texts) else []


def _without_blanks(header: dict[str, Any], sensitive: dict[str, Any]) -> Record:
    """Empty texts and lists say nothing and are left out; 0 and False stay."""
    return Record(
        {name: value for name, value in header.items() if value not in ("", [], None)},
        {name: value for name, value in sensitive.items() if value not in ("", [], {}, None)},
    )


def prepared(
    record: Record,
    key_of: KeyOf | None = None,
    random_bytes: Callable[[int], bytes] = urandom,
) -> Prepared:
    """The record as it may be written: redacted, bounded, each sensitive field committed to.

    The line is sure to stay under `MAX_LINE_BYTES`. What gives way, in this order, is named in the
    header's `cut`: long texts inside a sensitive field over 4 KiB, the field as a whole, header texts
    over 200 characters; then reasons, input and targets, lists of the header beyond 40 members
    (`operations` then counts them), at last every text and list.
    """
    names: set[str] = set()
    cut: list[str] = []
    header = dict(record.header)
    for name, value in header.items():
        if type(value) is str and len(value) > _LONG_HEADER_TEXT:
            from agentic.audit.shorten import beginning_of

            header[name] = beginning_of(value, _LONG_HEADER_TEXT - 1, key_of, names) + "…"
            cut.append(name)
    sensitive = {name: exact(value) for name, value in record.sensitive.items()}
    texts = {name: canonical(value).decode() for name, value in sensitive.items()}
    for name, text in texts.items():
        if len(text) > MAX_FIELD_BYTES or len(text.encode()) > MAX_FIELD_BYTES:
            from agentic.audit.shorten import bounded

            sensitive[name] = bounded(sensitive[name], text, key_of, names)
            texts[name] = canonical(sensitive[name]).decode()
            cut.append(name)
    clear = canonical(header).decode()
    if may_hold_secret("\n".join((clear, *texts.values()))):
        header, texts = _redacted(header, sensitive, key_of, names)
        clear = canonical(header).decode()
    if line_size(clear, texts) > MAX_LINE_BYTES:
        from agentic.audit.shorten import shrunk

        header, texts = shrunk(header, texts, cut)
    if names:
        header["redacted"] = sorted(names)
    if cut:
        header["cut"] = sorted(set(cut))
    return _committed(header, texts, random_bytes)


def _committed(
    header: dict[str, Any], texts: dict[str, str], random_bytes: Callable[[int], bytes]
) -> Prepared:
    if not texts:
        return Prepared(header, "")
    salts = random_bytes(16 * len(texts))
    commitments: dict[str, str] = {}
    members: list[str] = []
    for number, name in enumerate(sorted(texts)):
        salt = salts[16 * number : 16 * number + 16]
        commitments[name] = commitment(salt, texts[name].encode())
        members.append(f'{encode_string(name)}:{{"salt":"{salt.hex()}","value":{texts[name]}}}')
    header["commitments"] = commitments
    return Prepared(header, "{" + ",".join(members) + "}")


def commitment(salt: bytes, canonical_value: bytes) -> str:
    """The sha256 (hex) of a salt followed by a value's canonical bytes."""
    return sha256_hex(salt + canonical_value)


def line_of(ready: Prepared, seq: int, prev: str, went_back_from: str = "") -> tuple[bytes, str]:
    """The journal's line (with its newline) and its hash.

    The hash is the sha256 of the line's own beginning: the canonical header, which the line repeats
    byte for byte before `,"hash":`, closed by a brace.
    """
    header = {**ready.header, "seq": seq, "prev": prev}
    if went_back_from:
        header["time_went_back_from"] = went_back_from
    clear = canonical(header)
    if HASH_MARK in clear:
        raise AgenticError("record.header", "a member of the header must not be named `hash`")
    hashed = sha256_hex(clear)
    tail = f',"hash":"{hashed}"'
    if ready.fields:
        tail += f',"sensitive":{ready.fields}'
    return clear[:-1] + tail.encode() + b"}\n", hashed


def _redacted(
    header: dict[str, Any], sensitive: dict[str, Any], key_of: KeyOf | None, names: set[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    from agentic.audit.redact import redact_values

    clear = {name: redact_values(value, key_of, names) for name, value in header.items()}
    texts = {
        name: canonical(redact_values(value, key_of, names)).decode()
        for name, value in sensitive.items()
    }
    return clear, texts


def line_size(clear: str, texts: dict[str, str]) -> int:
    """No less than the line's size in bytes: the chain's own members and each field's overhead."""
    chain = 360 + 24 * 3  # seq, prev, hash, redacted names, cut names, braces
    return (
        len(clear.encode())
        + chain
        + sum([len(text.encode()) + 2 * len(name) + 140 for name, text in texts.items()])
    )
