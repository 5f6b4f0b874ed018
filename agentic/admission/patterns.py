"""Permission patterns: which tool each one names, and the strictest mode of what it would let through.

A pattern is a neutral tool (`read`), a command with an open end (`shell(kubectl get pods *)`), a path
(`edit(src/x)`), a host (`fetch(example.com)`), or a tool of a server (`mcp(prometheus/query)`).
`host_tool` reads what hosts write for it (`Bash(kubectl get pods:*)`). For an open command `reach_of`
judges the bare command, the command with tails that other programs stumbled over, and every example of the
catalogue that it covers: a beginning that looks harmless may admit anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.admission.judge import Judge
from agentic.core.values import AUTO, RANK, TOOLS, strictest

if TYPE_CHECKING:
    from agentic.core.values import Mode

#: What may stand before the parenthesis; `other` is no tool but the absence of one.
NAMES = tuple(name for name in TOOLS if name != "other")

#: Claude Code's and others' names -> neutral tools.
HOST_NAMES = {
    "read": "read",
    "read_file": "read",
    "grep": "search",
    "glob": "search",
    "search": "search",
    "grep_search": "search",
    "write": "write",
    "write_file": "write",
    "edit": "edit",
    "multiedit": "edit",
    "replace": "edit",
    "bash": "shell",
    "shell": "shell",
    "execute": "shell",
    "run_shell_command": "shell",
    "webfetch": "fetch",
    "web_fetch": "fetch",
    "web": "fetch",
    "websearch": "browse",
    "google_web_search": "browse",
    "task": "agent",
    "agent": "agent",
    "notebookedit": "notebook",
}

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


def host_tool(text: str) -> Tool | None:
    """The tool that a host's own pattern names: `Bash(npm run test:*)`, `mcp__github__get_issue`, `Read`.

    None for a tool of the host that has no neutral name. A `*` before the end opens the pattern there,
    which may only admit more.
    """
    name, _, rest = text.strip().partition("(")
    if name.startswith("mcp__"):
        server, _, tool = name.removeprefix("mcp__").partition("__")
        return Tool("mcp", f"{server}/{tool}" if tool and tool != "*" else server)
    neutral = HOST_NAMES.get(name.lower())
    if neutral is None:
        return None
    argument = rest.strip().removesuffix(")").strip()
    if neutral == "shell":
        if argument.endswith(":*"):
            argument = argument[:-2].rstrip() + " *"
        beginning, star, _ = argument.partition("*")
        return Tool(neutral, beginning + star)
    return Tool(neutral, argument.removeprefix("domain:"))


def reach_of(tool: Tool, judge: Judge, environment: str = "") -> Reach:
    """What a pattern admits at worst in an environment (empty: as the words tell).

    A bare tool is the ordinary case: the guard judges each of its calls, so it is AUTO here.
    """
    if tool.name == "shell" and tool.argument:
        return _reach_of_command(tool.argument, judge, environment)
    if tool.argument and tool.name in _CALLS:
        told = judge.call(tool.name, _CALLS[tool.name](tool.argument), environment)
        return Reach(told.mode, told.reads_only, str(tool))
    return Reach(AUTO, reads_only=tool.name in ("read", "search"), example=str(tool))


def _path_call(pattern: str) -> dict[str, str]:
    """A call on a path that a pattern of ignore files covers: `//` is the root, `/` the project."""
    path = pattern.replace("**", "x").replace("*", "x")
    return {"path": path[1:] if path.startswith("//") else path.removeprefix("/")}


def _fetch_call(host: str) -> dict[str, str]:
    return {"url": f"https://{host.replace('*', 'x')}/"}


def _server_call(argument: str) -> dict[str, Any]:
    """A call of one tool of a server; of a whole server one of a tool that nothing is known of."""
    server, _, tool = argument.partition("/")
    return {"server": server, "tool": tool.replace("*", "") or _ANY_TOOL, "arguments": {}}


#: A name without a verb, so that policy has nothing to tell it by.
_ANY_TOOL = "any"

_CALLS: dict[str, Callable[[str], Mapping[str, Any]]] = {
    "read": _path_call,
    "search": _path_call,
    "write": _path_call,
    "edit": _path_call,
    "notebook": _path_call,
    "fetch": _fetch_call,
    "mcp": _server_call,
}


def _reach_of_command(argument: str, judge: Judge, environment: str) -> Reach:
    beginning, star, _ = argument.partition("*")
    prefix = beginning.rstrip()
    commands = [prefix] if prefix else []
    if star:
        commands += [f"{prefix} {tail}" for tail in _TAILS] if prefix else []
        commands += [text for text in judge.examples if text.startswith(beginning)]
    mode: Mode = AUTO
    reads_only = True
    worst = prefix
    for text in commands:
        told = judge.command(text, environment)
        reads_only = reads_only and told.reads_only
        if RANK[told.mode] > RANK[mode]:
            worst = text
        mode = strictest(mode, told.mode)
    return Reach(mode, reads_only, worst)
