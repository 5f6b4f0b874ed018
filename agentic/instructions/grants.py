"""Which tool patterns of an entry a host may be told to run unasked."""

from __future__ import annotations

from agentic.instructions.documents import Judged
from agentic.instructions.modes import Judge, strictest_environment
from agentic.instructions.sources import Item
from agentic.instructions.tools import Tool, is_granted, parse_tool


def granted(item: Item, judge: Judge) -> tuple[Tool, ...]:
    """The patterns that policy lets run unasked in the strictest environment of the entry.

    INVARIANT: nothing that is CONSULT or STOP is ever among them
    (tests/instructions/test_tools.py::test_nothing_above_auto_is_ever_granted).
    """
    entry = item.entry
    if not isinstance(entry, Judged):
        return ()
    environment = strictest_environment(entry.environments)
    tools = [parse_tool(text) for text in entry.tools]
    return tuple(
        tool for tool in tools if tool is not None and is_granted(tool, judge, environment)
    )
