"""The one block of text that tells a person or an agent what was decided and what to do instead.

The same block stands in a hook's reply, on the command line, in an issue and in a step summary::

    [AGENT MODE: CONSULT]
    Operation: kubernetes.apply on staging: overlays/staging
    Rationale: staging is shared by everybody who tests there (modes.kubernetes-apply-staging)
    Waiting for: a person's yes in this session's dialog
    Next: show `kubectl diff` and ask the person
    Unknown: error-budget.burn (prometheus did not answer)

`parse` reads back what `render` wrote. Text from outside is put on one line and its control characters
are escaped, so that it cannot add lines of its own.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.core.values import AUTO, BLOCK, CONSULT, RUN, STOP, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentic.core.values import Decision, Judged, Mode, Reading

#: Operations shown, and reasons for not knowing; the rest is counted. The strictest come first.
MAX_OPERATIONS = 4
_LINE_LIMIT = 400


class Reason(NamedTuple):
    """The block's content; every text is one line."""

    mode: Mode
    operations: tuple[str, ...]
    rationale: str
    waiting_for: str = ""
    next: str = ""
    unknown: tuple[str, ...] = ()


def one_line(text: str, limit: int = _LINE_LIMIT) -> str:
    """Text with control characters and line breaks escaped, cut to `limit` characters."""
    if not text.isprintable():
        text = "".join(
            c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode()
            for c in text
        )
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def render(reason: Reason) -> str:
    """The block as text, without a final newline."""
    lines = [f"[AGENT MODE: {reason.mode}]"]
    lines.extend(f"Operation: {operation}" for operation in reason.operations)
    lines.append(f"Rationale: {reason.rationale}")
    if reason.waiting_for:
        lines.append(f"Waiting for: {reason.waiting_for}")
    if reason.next:
        lines.append(f"Next: {reason.next}")
    lines.extend(f"Unknown: {name}" for name in reason.unknown)
    return "\n".join(lines)


def parse(text: str) -> Reason:
    """Read a block back from any text that contains one.

    Raises ValueError when there is no block or its mode is not one of the three.
    """
    start = text.find("[AGENT MODE: ")
    if start < 0:
        raise ValueError("no `[AGENT MODE: ...]` line in this text")
    lines = text[start:].split("\n")
    mode = lines[0][len("[AGENT MODE: ") :].rstrip().rstrip("]")
    if mode not in (AUTO, CONSULT, STOP):
        raise ValueError("the mode is not AUTO, CONSULT or STOP")
    found: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, separator, value = line.partition(": ")
        if not separator or name not in _NAMES:
            break
        found.setdefault(name, []).append(value)
    return Reason(
        mode,
        tuple(found.get("Operation", ())),
        "".join(found.get("Rationale", ())[:1]),
        "".join(found.get("Waiting for", ())[:1]),
        "".join(found.get("Next", ())[:1]),
        tuple(found.get("Unknown", ())),
    )


_NAMES = frozenset(("Operation", "Rationale", "Waiting for", "Next", "Unknown"))
_RANK = {"AUTO": 0, "CONSULT": 1, "STOP": 2}


def operation_line(operation: Judged) -> str:
    """`kind on environment: target`, on one line."""
    place = operation.judged_as
    told = operation.environment
    if not told and place == "local":
        where = ""
    elif told == place or not told:
        where = f" on {place}"
    else:
        where = f" on {place} (told: {told})"
    target = f": {operation.target}" if operation.target else ""
    return one_line(f"{operation.kind}{where}{target}", 240)


def reason_of(decision: Decision) -> Reason:
    """The block's content for a decision."""
    ordered = sorted(decision.operations, key=lambda o: -_RANK[o.base_mode])
    if decision.mode != AUTO:
        ordered = [o for o in ordered if o.base_mode != AUTO] or ordered
    shown = [operation_line(operation) for operation in ordered[:MAX_OPERATIONS]]
    if len(ordered) > MAX_OPERATIONS:
        shown.append(f"and {len(ordered) - MAX_OPERATIONS} more")
    rule = decision.trace[-1].rule if decision.trace else ""
    rationale = decision.because
    notes = [o.because for o in ordered if o.because and o.because not in rationale]
    if notes:
        rationale = f"{rationale}: {notes[0]}"
    if rule:
        rationale = f"{rationale} ({rule})"
    return Reason(
        decision.mode,
        tuple(shown),
        one_line(rationale),
        one_line(decision.waiting_for),
        one_line(decision.way),
        _unknown_lines(decision.readings),
    )


def _unknown_lines(readings: Iterable[Reading]) -> tuple[str, ...]:
    """One line for each reason why signals cannot be told, a few reasons at most, with their names."""
    names: dict[str, list[str]] = {}
    for reading in readings:
        if reading.state == UNKNOWN and reading.signal not in names.setdefault(reading.because, []):
            names[reading.because].append(reading.signal)
    lines = [
        one_line(f"{_some(signals)} ({because})")
        for because, signals in list(names.items())[:MAX_OPERATIONS]
    ]
    if len(names) > MAX_OPERATIONS:
        rest = {name for signals in list(names.values())[MAX_OPERATIONS:] for name in signals}
        lines.append(f"{_some(sorted(rest))} as well; `agentic signals list` tells why")
    return tuple(lines)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_OPERATIONS])
    return (
        shown if len(names) <= MAX_OPERATIONS else f"{shown} and {len(names) - MAX_OPERATIONS} more"
    )


def waiting_for(decision: Decision) -> str:
    """What has to happen before this may run."""
    if decision.permission == RUN:
        return ""
    if decision.mode == STOP:
        return "the governed way outside this session; a yes in the chat does not release it"
    if decision.permission == BLOCK:
        if decision.request_state == "denied":
            return f"nothing: a person has refused it ({decision.request}); do something else"
        if decision.request:
            return (
                f"a person's yes to {decision.request} (agentic requests show {decision.request})"
            )
        return "a person's yes"
    return "a person's yes in this session's dialog" if decision.mode == CONSULT else ""
