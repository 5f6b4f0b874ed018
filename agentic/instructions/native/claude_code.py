"""Claude Code: CLAUDE.md that imports AGENTS.md, rules by path, sub-agents, skills, commands.

`allowed-tools` of a skill or command lets tools run unasked while it is active, so only what policy
granted is written; `tools` of a sub-agent takes tools away from it and grants nothing. A rule has no
trigger by description or request here: such a rule becomes a skill. A skill would hide a command of the
same name, which is why ids are unique across both.

Sources: https://code.claude.com/docs/en/memory, https://code.claude.com/docs/en/skills,
https://code.claude.com/docs/en/sub-agents, https://code.claude.com/docs/en/mcp (checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentic.admission.patterns import Tool
from agentic.instructions.documents import Rule
from agentic.instructions.native.draft import (
    Draft,
    Native,
    Sheet,
    argument_hint,
    host_tools,
    mcp_example,
    page,
    tools_of,
)
from agentic.instructions.sources import AGENTS, Item

HOST = "claude-code"

#: Neutral tool -> Claude Code's own tools.
TOOLS = {
    "read": "Read",
    "search": "Grep Glob",
    "write": "Write",
    "edit": "Edit",
    "delete": "Bash",
    "shell": "Bash",
    "fetch": "WebFetch",
    "browse": "WebSearch",
    "notebook": "NotebookEdit",
    "agent": "Agent",
}


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of Claude Code."""
    yield page("CLAUDE.md", AGENTS, f"@{AGENTS}\n")
    for item in sheet.of("rules", HOST):
        yield _rule(sheet, item)
    for item in sheet.of("roles", HOST):
        tools = tools_of(item)
        names = host_tools(tools, TOOLS) + [mcp_name(tool) for tool in tools if tool.name == "mcp"]
        front: dict[str, Any] = {
            "name": item.id,
            "description": item.entry.description,
            "tools": ", ".join(dict.fromkeys(names)),
        }
        yield page(f".claude/agents/{item.id}.md", item.name, sheet.body(item), front)
    for item in sheet.of("skills", HOST):
        front = {
            "name": item.id,
            "description": item.entry.description,
            "when_to_use": getattr(item.entry, "when", None),
            "argument-hint": argument_hint(item),
            "allowed-tools": allowed(sheet, item),
        }
        path = f".claude/skills/{item.id}/SKILL.md"
        yield page(path, item.name, sheet.body(item, "$ARGUMENTS"), front)
    for item in sheet.commands(HOST):
        front = {
            "description": item.entry.description,
            "argument-hint": argument_hint(item),
            "allowed-tools": allowed(sheet, item),
            # A person starts these; the model does not start a release because it seems to fit.
            "disable-model-invocation": True,
        }
        path = f".claude/commands/{item.id}.md"
        yield page(path, item.name, sheet.body(item, "$ARGUMENTS"), front)
    yield from mcp_example(sheet, ".mcp.json.example", "${%s}", local="stdio", remote="http")


def _rule(sheet: Sheet, item: Item) -> Draft:
    rule = item.entry
    path = f".claude/rules/{item.id}.md"
    if not isinstance(rule, Rule) or rule.trigger == "always":
        return page(path, item.name, sheet.body(item))
    if rule.trigger == "globs":
        return page(path, item.name, sheet.body(item), {"paths": list(rule.globs)})
    front = {
        "name": item.id,
        "description": rule.description,
        "disable-model-invocation": True if rule.trigger == "manual" else None,
    }
    return page(f".claude/skills/{item.id}/SKILL.md", item.name, sheet.body(item), front)


def allowed(sheet: Sheet, item: Item) -> str | None:
    """`Read Grep Glob Bash(kubectl get pods *)`: what may run unasked, or None."""
    found = [name for tool in sheet.allowed(item) for name in _names(tool)]
    return " ".join(dict.fromkeys(found)) or None


def _names(tool: Tool) -> list[str]:
    if tool.name == "shell":
        return [f"Bash({tool.argument})"]
    if tool.name == "mcp":
        return [mcp_name(tool)]
    return host_tools([tool], TOOLS)


def mcp_name(tool: Tool) -> str:
    """`mcp__server__tool`, or `mcp__server` for all of a server."""
    return "mcp__" + tool.argument.rstrip("*").rstrip("/").replace("/", "__")


NATIVE = Native(
    HOST,
    (".claude/rules", ".claude/agents", ".claude/skills", ".claude/commands"),
    ("CLAUDE.md", ".mcp.json.example"),
    frozenset(),
    drafts,
)
