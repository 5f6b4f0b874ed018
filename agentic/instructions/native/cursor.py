"""Cursor: `.mdc` rules, commands, sub-agents; skills are read from `.agents/skills`, AGENTS.md as it is.

A rule without front matter is never applied by itself, and a quoted `"true"` does not count as true. A
command is plain Markdown; what a person types behind it follows it in the chat.

Sources: https://cursor.com/docs/context/rules, https://cursor.com/docs/context/skills,
https://cursor.com/docs/subagents, https://cursor.com/docs/context/commands (checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from agentic.instructions.documents import Rule
from agentic.instructions.native.draft import (
    Draft,
    Limit,
    Native,
    Sheet,
    mcp_example,
    only_reads,
    page,
    tools_of,
)

HOST = "cursor"
LIMIT = Limit(500, "lines", "Cursor asks for rules of at most 500 lines")


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of Cursor."""
    for item in sheet.of("rules", HOST):
        rule = item.entry
        trigger = rule.trigger if isinstance(rule, Rule) else "manual"
        front = {
            # Without a description the rule is only there when somebody asks for it by name.
            "description": None if trigger == "manual" else rule.description,
            "globs": list(rule.globs) if isinstance(rule, Rule) and trigger == "globs" else None,
            "alwaysApply": trigger == "always",
        }
        path = f".cursor/rules/{item.id}.mdc"
        body = sheet.body(item)
        yield page(path, item.name, body, front, LIMIT, has_yaml_comments=False)
    for item in sheet.of("roles", HOST):
        front = {
            "name": item.id,
            "description": item.entry.description,
            "model": "inherit",
            "readonly": True if only_reads(tools_of(item)) else None,
        }
        path = f".cursor/agents/{item.id}.md"
        body = sheet.body(item)
        yield page(path, item.name, body, front, has_yaml_comments=False)
    for item in sheet.commands(HOST):
        body = f"{item.entry.description}\n\n{sheet.body(item, 'what follows this command')}"
        yield page(f".cursor/commands/{item.id}.md", item.name, body)
    yield from mcp_example(sheet, ".cursor/mcp.json.example", "${env:%s}")


NATIVE = Native(
    HOST,
    (".cursor/rules", ".cursor/agents", ".cursor/commands"),
    (".cursor/mcp.json.example",),
    frozenset(("skills",)),
    drafts,
)
