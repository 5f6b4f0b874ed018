"""GitHub Copilot (CLI, cloud agent, VS Code): instructions by path, custom agents, prompts, skills.

`.github/copilot-instructions.md` points to AGENTS.md, which Copilot also reads by itself. An instructions
file without `applyTo` is chosen by its description. `tools` of an agent takes tools away; skills get no
`allowed-tools`, because the only forms documented here are whole tools.

Sources: https://code.visualstudio.com/docs/copilot/customization/custom-instructions,
https://code.visualstudio.com/docs/agents/reference/custom-agent-file-reference,
https://code.visualstudio.com/docs/copilot/customization/prompt-files,
https://docs.github.com/en/copilot/concepts/agents/about-agent-skills (checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentic.instructions.documents import Rule
from agentic.instructions.native.draft import (
    Draft,
    Native,
    Sheet,
    argument_hint,
    host_tools,
    mcp_example,
    page,
    skill,
    tools_of,
)
from agentic.instructions.sources import AGENTS

HOST = "copilot"

#: Neutral tool -> the aliases that all three forms of Copilot know.
TOOLS = {
    "read": "read",
    "search": "search",
    "write": "edit",
    "edit": "edit",
    "delete": "edit",
    "notebook": "edit",
    "shell": "execute",
    "fetch": "web",
    "browse": "web",
    "agent": "agent",
}


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of Copilot."""
    told = f"Read `{AGENTS}` at the root of this repository and follow it.\n"
    yield page(".github/copilot-instructions.md", AGENTS, told)
    for item in sheet.of("rules", HOST):
        rule = item.entry
        applies = {"always": "**", "globs": ",".join(getattr(rule, "globs", []))}
        front: dict[str, Any] = {
            "description": rule.description,
            "applyTo": applies.get(rule.trigger) if isinstance(rule, Rule) else None,
        }
        path = f".github/instructions/{item.id}.instructions.md"
        yield page(path, item.name, sheet.body(item), front)
    for item in sheet.of("roles", HOST):
        tools = tools_of(item)
        servers = [f"{tool.argument.partition('/')[0]}/*" for tool in tools if tool.name == "mcp"]
        front = {
            "name": item.id,
            "description": item.entry.description,
            "tools": list(dict.fromkeys(host_tools(tools, TOOLS) + servers)),
        }
        path = f".github/agents/{item.id}.agent.md"
        yield page(path, item.name, sheet.body(item), front)
    for item in sheet.commands(HOST):
        front = {
            "description": item.entry.description,
            "agent": "agent",
            "argument-hint": argument_hint(item),
        }
        path = f".github/prompts/{item.id}.prompt.md"
        body = sheet.body(item, "what follows the command")
        yield page(path, item.name, body, front)
    for item in sheet.of("skills", HOST):
        yield skill(".github/skills", sheet, item)
    path = ".vscode/mcp.json.example"
    yield from mcp_example(sheet, path, "${env:%s}", "servers", local="stdio", remote="http")


NATIVE = Native(
    HOST,
    (".github/instructions", ".github/agents", ".github/prompts", ".github/skills"),
    (".github/copilot-instructions.md", ".vscode/mcp.json.example"),
    frozenset(),
    drafts,
)
