"""Code of languages that are not parsed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


def judge_interpreter(invocation: Invocation, context: Context) -> None:
    """Add what an interpreter's command line does."""
    if invocation.texts in (("--version",), ("-V",), ("-v",), ("--help",)):
        context.add("shell.inert", " ".join(invocation.texts))
        return
    context.add("code.run-inline", " ".join(invocation.texts)[:200])
    context.unknown(f"what `{invocation.name}` runs is not read")
