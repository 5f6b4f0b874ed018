"""Qwen Code: QWEN.md that imports AGENTS.md and the standing rules, sub-agents, commands, skills.

Sources: https://qwenlm.github.io/qwen-code-docs/en/users/features/memory,
https://qwenlm.github.io/qwen-code-docs/en/users/features/sub-agents,
https://qwenlm.github.io/qwen-code-docs/en/users/features/skills,
https://qwenlm.github.io/qwen-code-docs/en/users/features/commands (checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from agentic.instructions.documents import Rule
from agentic.instructions.native.draft import (
    Draft,
    Native,
    Sheet,
    host_tools,
    mcp_example,
    page,
    skill,
    tools_of,
)
from agentic.instructions.sources import AGENTS

HOST = "qwen-code"

TOOLS = {
    "read": "read_file",
    "search": "grep_search glob list_directory",
    "write": "write_file",
    "edit": "edit",
    "delete": "run_shell_command",
    "shell": "run_shell_command",
    "fetch": "web_fetch",
    "browse": "web_search",
}


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of Qwen Code."""
    standing = [
        f"@./.agents/rules/{item.id}.md\n"
        for item in sheet.of("rules", HOST)
        if isinstance(item.entry, Rule) and item.entry.trigger == "always"
    ]
    yield page("QWEN.md", AGENTS, f"@./{AGENTS}\n" + "".join(standing))
    for item in sheet.of("roles", HOST):
        front = {
            "name": item.id,
            "description": item.entry.description,
            "tools": host_tools(tools_of(item), TOOLS),
        }
        yield page(f".qwen/agents/{item.id}.md", item.name, sheet.body(item), front)
    for item in sheet.commands(HOST):
        front = {"description": item.entry.description}
        path = f".qwen/commands/{item.id}.md"
        yield page(path, item.name, sheet.body(item, "{{args}}"), front)
    for item in sheet.of("skills", HOST):
        yield skill(".qwen/skills", sheet, item)
    yield from mcp_example(sheet, ".qwen/settings.json.example", "$%s")


NATIVE = Native(
    HOST,
    (".qwen/agents", ".qwen/commands", ".qwen/skills"),
    ("QWEN.md", ".qwen/settings.json.example"),
    frozenset(("rules",)),
    drafts,
)
