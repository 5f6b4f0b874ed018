"""`agentic explain`: the whole trace of a decision, told as a person would tell it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agentic.cli.output import shown_time
from agentic.core.reason import one_line

if TYPE_CHECKING:
    from agentic.audit.query import Entry
    from agentic.core.values import Decision, Judged, Reading

_PERMISSIONS = {
    "RUN": "it may run",
    "ASK": "a person is asked first",
    "BLOCK": "it does not run from here",
}


def explained(decision: Decision, now: int) -> str:
    """A decision with its operations, rules, readings and every climb, as indented text.

    `now` (Unix seconds) is the moment that it was made for.
    """
    lines = [
        f"{decision.mode}: {_PERMISSIONS[decision.permission]}",
        f"because {one_line(decision.because)}",
        "",
    ]
    lines.append("What it would do")
    for number, operation in enumerate(decision.operations, 1):
        lines.extend(_operation_lines(number, operation))
    lines += ["", "Live signals"]
    if decision.readings:
        lines.extend(
            f"  {reading.signal} is {reading.state}{_seen(reading, now)}: {one_line(reading.because)}"
            for reading in decision.readings
        )
    else:
        lines.append("  none could have changed this answer")
    lines += ["", "How the mode climbed"]
    if decision.trace:
        lines.extend(
            f"  {step.before} -> {step.after} by {step.rule}: {one_line(step.because)}"
            for step in decision.trace
        )
    else:
        lines.append(
            f"  it did not: every rule that matched says AUTO ({', '.join(decision.rules)})"
        )
    if decision.grant is not None:
        grant = decision.grant
        lines += ["", f"Run under grant {grant.id}, given by {grant.approver} ({grant.assurance})"]
    if decision.waiting_for:
        lines += ["", f"Waiting for {decision.waiting_for}"]
    if decision.way:
        lines += [f"Next: {decision.way}"]
    digests = (decision.call_digest, decision.action_digest, decision.policy_digest)
    lines += ["", "call {}  action {}  policy {}".format(*(digest[:16] for digest in digests))]
    return "\n".join(lines)


def _seen(reading: Reading, now: int) -> str:
    """Who said so, when, and how long ago that is, in brackets; nothing where none of it is known."""
    when = shown_time(reading.observed_at) if reading.observed_at else ""
    ago = f"{_age(now - reading.observed_at)} ago" if 0 < reading.observed_at < now else ""
    told = ", ".join(filter(None, (one_line(reading.source, 60), when, ago)))
    return f" ({told})" if told else ""


def _age(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _operation_lines(number: int, operation: Judged) -> list[str]:
    target = f" {one_line(operation.target, 160)}" if operation.target else ""
    by = f" (by {one_line(operation.program, 40)})" if operation.program else ""
    lines = [f"  {number}. {operation.kind}{target}{by}: {operation.meaning}"]
    if operation.told_by:
        lines.append(f"     on {operation.judged_as}, told by {one_line(operation.told_by, 120)}")
    elif operation.environment == "unknown":
        lines.append(
            f"     its environment cannot be told, so it is judged as {operation.judged_as}"
        )
    elif operation.judged_as != "local":
        lines.append(f"     on {operation.judged_as}")
    if operation.because:
        lines.append(f"     {one_line(operation.because)}")
    lines.append(
        f"     effects: {', '.join(operation.effects)}; on its own this is {operation.base_mode}"
    )
    return lines


def explained_entry(entry: Entry) -> str:
    """A journal record as indented text: who, what, why, and how it was answered."""
    header = entry.header
    what = [f"record {header['seq']}, {header['time']}: {header['event']}"]
    if header.get("mode"):
        what.append(
            f"{header['mode']}, {_PERMISSIONS.get(header.get('permission', ''), 'no permission')}"
        )
    if header.get("status"):
        what.append(header["status"])
    lines = [", ".join(what)]
    lines.extend(_named(header, _CLEAR))
    pairs = zip(header.get("kinds", ()), header.get("environments", ()), strict=False)
    lines.extend(f"  operation: {kind} on {place}" for kind, place in pairs)
    for step in header.get("trace", ()):
        by = f"{step['rule']} on {step['signal']}" if step.get("signal") else step["rule"]
        lines.append(f"  {step['before']} -> {step['after']} by {by}")
    lines.extend(_recorded_readings(header, entry.sensitive.get("reasons")))
    for name, value in sorted(entry.sensitive.items()):
        if value not in (None, "", [], {}):
            lines.append(f"  {name}: {_plain(value)}")
    lines.extend(_named(header, ("call_digest", "action_digest", "policy_digest"), 17))
    lines.extend(f"  linked {name}: {value}" for name, value in header.get("links", {}).items())
    lines.append(f"  hash: {entry.hash[:16]}, after {header['prev'][:16]}")
    return "\n".join(lines)


def _recorded_readings(header: dict[str, Any], reasons: Any) -> list[str]:
    """One line for each signal that was not clear, one for all that were."""
    told = reasons.get("readings") if isinstance(reasons, dict) else None
    becauses = told if isinstance(told, list) else []
    at = int(datetime.fromisoformat(header["time"]).timestamp())
    lines = []
    for number, known in enumerate(header.get("readings", ())):
        source, seen_at = known.get("source"), known.get("observed_at", 0)
        seen = [f"from {one_line(source, 60)}"] if source else []
        seen += [f"{_age(at - seen_at)} before"] if 0 < seen_at < at else []
        by = f" ({', '.join(seen)})" if seen else ""
        because = f": {_plain(becauses[number])}" if number < len(becauses) else ""
        lines.append(f"  signal {known['signal']} was {known['state']}{by}{because}")
    if header.get("more_readings"):
        lines.append(f"  and {header['more_readings']} more signals were not clear")
    if header.get("clear_signals"):
        lines.append(f"  clear signals: {', '.join(header['clear_signals'])}")
    return lines


_CLEAR = (
    "purpose", "host", "host_version", "session", "agent", "agent_id", "role", "model", "tool",
    "answer", "assurance", "duration_ms",
)  # fmt: skip


def _named(header: dict[str, Any], names: tuple[str, ...], limit: int = 400) -> list[str]:
    """One line for each of these header fields that the record has."""
    return [
        f"  {name.replace('_', ' ')}: {one_line(str(header[name]), limit)}"
        for name in names
        if header.get(name)
    ]


def _plain(value: Any) -> str:
    """A sensitive value on one line: text as it is, everything else as JSON."""
    text = (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )
    return one_line(text, 300)
