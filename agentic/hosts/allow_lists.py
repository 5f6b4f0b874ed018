"""What a host was told to let through unasked, compared with policy.

A host's own allow list never switches agentic off: every call is judged all the same. But it is what holds
where no hook runs, so an entry that admits what policy does not call AUTO is said, with a call that shows it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from agentic.admission.judge import Judge, judge_of
from agentic.admission.patterns import Reach, Tool, host_tool, reach_of
from agentic.core.values import AUTO, ToolCall
from agentic.errors import quoted
from agentic.hosts.interface import Finding, Target
from agentic.ports import CliPorts

#: Entries of one file that are told one by one; a list that grew for years holds hundreds.
MAX_TOLD = 20


def judge_for(target: Target) -> Judge:
    """A judge under the policy that holds for a target. Raises Unavailable, InvalidDocument."""
    ports = CliPorts(target.environment, int(time.time()))
    return judge_of(ports.for_call(ToolCall("other", {}, target.root or "/")))


def admitted(pattern: str, judge: Judge) -> Reach:
    """The strictest mode that a host's pattern admits, and the call that shows it.

    A bare shell admits any command; the host's other tools are judged by what policy knows of them.
    """
    tool = host_tool(pattern)
    if tool is None:
        name = pattern.partition("(")[0].strip()
        told = judge.call("other", {"name": name, "input": {}})
        return Reach(told.mode, told.reads_only, name)
    if tool == Tool("shell"):
        tool = Tool("shell", "*")
    return reach_of(tool, judge)


def contradictions(
    check: str, path: str, patterns: Iterable[object], judge: Judge
) -> Iterator[Finding]:
    """One warning for each pattern of a file that admits what policy does not call AUTO."""
    wide = []
    for pattern in dict.fromkeys(row for row in patterns if isinstance(row, str)):
        reach = admitted(pattern, judge)
        if reach.mode != AUTO:
            wide.append((pattern, reach))
    for pattern, reach in wide[:MAX_TOLD]:
        text = (
            f"{quoted(pattern)} in {quoted(path, 300)} lets {quoted(reach.example)} through unasked, "
            f"and policy says {reach.mode}"
        )
        mend = "narrow it or take it out; where agentic's hook runs it is judged all the same"
        yield Finding("warn", check, text, mend)
    if len(wide) > MAX_TOLD:
        text = f"{len(wide) - MAX_TOLD} more entries of {quoted(path, 300)} admit more than policy does"
        yield Finding("warn", check, text, "mend the first ones, then run this again")
