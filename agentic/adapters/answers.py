"""How a decision is answered, in any host: which answer it gives, and the text that goes with it."""

from __future__ import annotations

from agentic.core.values import ASK, BLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.core.values import Answer, Decision

_MAX_REASON_CHARACTERS = 4_800


def answer_of(decision: Decision, auto_reply: str = "none") -> Answer:
    """How the host is answered: `allow` only for pure reading, or where `auto_reply` says so."""
    if decision.answered:
        return decision.answered
    if decision.permission == BLOCK:
        return "deny"
    if decision.permission == ASK:
        return "ask"
    if decision.mode != "AUTO":
        return "allow"  # a person's grant: the host must not ask a second time
    if auto_reply == "allow":
        return "allow"
    operations = decision.operations
    effects = {operation.effects for operation in operations}
    return "allow" if effects == {("read",)} else "none"


def text_of(decision: Decision, answer: Answer) -> str:
    """What the host's person or model reads with an answer."""
    if answer in {"allow", "none"}:
        grant = decision.grant
        return f"agentic: {decision.mode}" + (f", run under grant {grant.id}" if grant else "")
    from agentic.core.reason import reason_of, render  # a plain call does not pay for it

    return shortened(render(reason_of(decision)))


def shortened(block: str) -> str:
    """A reason block of at most 4,800 characters: whole lines are left out at its end, and counted.

    Hosts cut long texts; the block is cut here so that its last lines are ours.
    """
    if len(block) <= _MAX_REASON_CHARACTERS:
        return block
    lines = block.split("\n")
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line) + 1
        if size > _MAX_REASON_CHARACTERS - 40:
            break
        kept.append(line)
    return "\n".join([*kept, f"({len(lines) - len(kept)} more lines: `agentic explain`)"])


def document(text: str) -> bytes:
    """One JSON document as the bytes of a line."""
    return text.encode("utf-8", "backslashreplace") + b"\n"
