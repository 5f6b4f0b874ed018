"""Which tool patterns of an entry a host may be told to run unasked."""

from __future__ import annotations

from agentic.admission.judge import Judge, strictest_environment
from agentic.admission.patterns import Tool, parse_tool, reach_of
from agentic.core.values import AUTO
from agentic.instructions.documents import Judged
from agentic.instructions.sources import Item


def granted(item: Item, judge: Judge) -> tuple[Tool, ...]:
    """The patterns that policy lets run unasked in the strictest environment of the entry.

    INVARIANT: nothing that is CONSULT or STOP is ever among them
    (tests/instructions/test_grants.py::test_nothing_above_auto_is_ever_granted).
    """
    entry = item.entry
    if not isinstance(entry, Judged):
        return ()
    environment = strictest_environment(entry.environments)
    tools = [parse_tool(text) for text in entry.tools]
    return tuple(
        tool for tool in tools if tool is not None and is_granted(tool, judge, environment)
    )


def is_granted(tool: Tool, judge: Judge, environment: str) -> bool:
    """Whether a host may be told to run this unasked: AUTO throughout, and reading or fully known.

    A bare `write` or `shell` is never granted: its use stays the host's own question.
    """
    reach = reach_of(tool, judge, environment)
    if reach.mode != AUTO:
        return False
    if reach.reads_only:
        return True
    if tool.name != "shell" or not tool.argument:
        return False
    return not tool.is_open or _is_all_auto(tool.argument, judge, environment)


def _is_all_auto(argument: str, judge: Judge, environment: str) -> bool:
    """Whether every example of the pattern's program in the catalogue is AUTO."""
    program = argument.split(maxsplit=1)[0]
    known = [text for text in judge.examples if text.split()[:1] == [program]]
    return bool(known) and all(judge.command(text, environment).mode == AUTO for text in known)
