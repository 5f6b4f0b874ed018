"""Kiro: steering files with an inclusion, skills; AGENTS.md as it is.

A command is a steering file of manual inclusion, which a person calls by its name. Custom agents of Kiro
are host settings (they may carry hooks and trust), so roles lie below `.agents/` instead.

Sources: https://kiro.dev/docs/steering/, https://kiro.dev/docs/skills/, https://kiro.dev/docs/mcp/
(checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentic.instructions.documents import Rule
from agentic.instructions.native.draft import Draft, Native, Sheet, mcp_example, page, skill
from agentic.instructions.sources import Item

HOST = "kiro"

INCLUSIONS = {"always": "always", "globs": "fileMatch", "description": "auto", "manual": "manual"}


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of Kiro."""
    for item in sheet.of("rules", HOST):
        path = f".kiro/steering/{item.id}.md"
        body = sheet.body(item)
        yield page(path, item.name, body, _inclusion(item), has_yaml_comments=False)
    for item in sheet.commands(HOST):
        path = f".kiro/steering/{item.id}.md"
        body = f"{item.entry.description}\n\n{sheet.body(item, 'what follows the command')}"
        front = {"inclusion": "manual"}
        yield page(path, item.name, body, front, has_yaml_comments=False)
    for item in sheet.of("skills", HOST):
        yield skill(".kiro/skills", sheet, item, has_yaml_comments=False)
    yield from mcp_example(sheet, ".kiro/settings/mcp.json.example", "${%s}")


def _inclusion(item: Item) -> dict[str, Any]:
    rule = item.entry
    if not isinstance(rule, Rule):
        return {"inclusion": "manual"}
    front: dict[str, Any] = {"inclusion": INCLUSIONS[rule.trigger]}
    if rule.trigger == "globs":
        front["fileMatchPattern"] = list(rule.globs)
    elif rule.trigger == "description":
        front |= {"name": item.id, "description": rule.description}
    return front


NATIVE = Native(
    HOST,
    (".kiro/steering", ".kiro/skills"),
    (".kiro/settings/mcp.json.example",),
    frozenset(("roles",)),
    drafts,
)
