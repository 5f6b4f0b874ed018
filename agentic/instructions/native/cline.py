"""Cline: `.clinerules` with `paths`, workflows, skills; AGENTS.md as it is.

A rule has no trigger by description or request: such a rule becomes a skill. There are no sub-agents of a
repository: roles lie below `.agents/` and AGENTS.md names them.

Sources: https://docs.cline.bot/customization/cline-rules, https://docs.cline.bot/features/skills,
https://docs.cline.bot/features/slash-commands/workflows/index (checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from agentic.instructions.documents import Rule
from agentic.instructions.native.draft import Draft, Native, Sheet, page, skill

HOST = "cline"


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of Cline."""
    for item in sheet.of("rules", HOST):
        rule = item.entry
        if isinstance(rule, Rule) and rule.trigger in ("description", "manual"):
            yield skill(".cline/skills", sheet, item, has_yaml_comments=False)
            continue
        globs = list(rule.globs) if isinstance(rule, Rule) and rule.trigger == "globs" else None
        path = f".clinerules/{item.id}.md"
        body = sheet.body(item)
        yield page(path, item.name, body, {"paths": globs}, has_yaml_comments=False)
    for item in sheet.commands(HOST):
        body = f"{item.entry.description}\n\n{sheet.body(item, 'what follows the command')}"
        yield page(f".clinerules/workflows/{item.id}.md", item.name, body)
    for item in sheet.of("skills", HOST):
        yield skill(".cline/skills", sheet, item, has_yaml_comments=False)


NATIVE = Native(HOST, (".clinerules", ".cline/skills"), (), frozenset(("roles",)), drafts)
