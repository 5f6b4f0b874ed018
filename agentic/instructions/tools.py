"""Which tools an entry may name, and what each pattern would admit.

A pattern is a neutral tool (`read`), a command with an open end (`shell(kubectl get pods *)`), or a tool
of a server (`mcp(prometheus/query)`). What a host would pre-approve must be AUTO in policy whatever is
typed behind it: `reach_of` judges the bare command, the command with tails that other programs stumbled
over, and every example of the catalogue that the pattern covers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentic.core.values import AUTO, RANK, TOOLS, strictest
from agentic.instructions.modes import Judge, Judgement

if TYPE_CHECKING:
    from agentic.core.values import Mode

#: What may stand before the parenthesis; `other` is no tool but the absence of one.
NAMES = tuple(name for name in TOOLS if name != "other")

_PATTERN = re.compile(r"([a-z]+)(?:\((.+)\))?\Z")

#: Tails that turn a harmless beginning into something else: another object, place, account, output.
_TAILS = (
    "x",
    "--help",
    "-A",
    "--all",
    "--force",
    "secrets",
    "secret x -o yaml",
    "delete x",
    "--delete x",
    "-f x.yaml",
    "--context acme-prod x",
    "--namespace production x",
    ".env",
    "../../x",
    "/etc/shadow",
    "~/.aws/credentials",
    "-o /etc/passwd",
    "--output=/etc/passwd",
    "-exec rm -rf /srv {} +",
    "http://169.254.169.254/latest/meta-data/",
)


class Tool(NamedTuple):
    """A pattern taken apart; `argument` is empty for a bare tool."""

    name: str
    argument: str = ""

    @property
    def is_open(self) -> bool:
        """Whether anything may follow: `kubectl get pods *`."""
        return self.argument.endswith("*")

    def __str__(self) -> str:
        return f"{self.name}({self.argument})" if self.argument else self.name


class Reach(NamedTuple):
    """What a pattern admits: the strictest mode, whether all of it only reads, and the worst example."""

    mode: Mode
    reads_only: bool
    example: str


def parse_tool(text: str) -> Tool | None:
    """The tool that a pattern names, or None when it is not written like one."""
    found = _PATTERN.match(text)
    return Tool(found[1], (found[2] or "").strip()) if found else None


def reach_of(tool: Tool, judge: Judge, environment: str) -> Reach:
    """What a pattern admits at worst in an environment (empty: as the words tell)."""
    if tool.name == "shell" and tool.argument:
        return _reach_of_command(tool.argument, judge, environment)
    if tool.name == "mcp" and "/" in tool.argument and not tool.is_open:
        server, _, name = tool.argument.partition("/")
        told = judge.call("mcp", {"server": server, "tool": name, "arguments": {}}, environment)
        return Reach(told.mode, told.reads_only, str(tool))
    if tool.name in ("read", "search"):
        # The ordinary case: a host lets these through unasked, and the guard judges each path itself.
        return Reach(AUTO, reads_only=True, example=str(tool))
    return Reach(AUTO, reads_only=False, example=str(tool))


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


def _reach_of_command(argument: str, judge: Judge, environment: str) -> Reach:
    prefix = argument.rstrip("*").rstrip()
    commands = [prefix]
    if argument.endswith("*"):
        commands += [f"{prefix} {tail}" for tail in _TAILS]
        commands += [text for text in judge.examples if text.startswith(prefix + " ")]
    mode: Mode = AUTO
    reads_only = True
    worst = prefix
    for text in commands:
        told: Judgement = judge.command(text, environment)
        reads_only = reads_only and told.reads_only
        if RANK[told.mode] > RANK[mode]:
            worst = text
        mode = strictest(mode, told.mode)
    return Reach(mode, reads_only, worst)


def _is_all_auto(argument: str, judge: Judge, environment: str) -> bool:
    """Whether every example of the pattern's program in the catalogue is AUTO."""
    program = argument.split(maxsplit=1)[0]
    known = [text for text in judge.examples if text.split()[:1] == [program]]
    return bool(known) and all(judge.command(text, environment).mode == AUTO for text in known)
