"""Windsurf (Cascade): rules with a trigger, workflows, skills; AGENTS.md as it is.

A rules file is cut at 6,000 characters (an older page; a newer one says 12,000 and we keep the smaller), a
workflow at 12,000. `globs` is written as the editor writes it: one line, unquoted. There are no sub-agents:
roles lie below `.agents/` and AGENTS.md names them.

Sources: https://docs.windsurf.com/windsurf/cascade/memories, https://docs.windsurf.com/windsurf/cascade/skills,
https://docs.windsurf.com/windsurf/cascade/workflows (checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from agentic.instructions.documents import Rule
from agentic.instructions.native.draft import (
    Draft,
    Limit,
    Native,
    Raw,
    Sheet,
    mcp_example,
    page,
    skill,
)

HOST = "windsurf"
RULE_LIMIT = Limit(6_000, "characters", "Windsurf cuts a rule at 6,000 characters")
WORKFLOW_LIMIT = Limit(12_000, "characters", "Windsurf cuts a workflow at 12,000 characters")

TRIGGERS = {
    "always": "always_on",
    "globs": "glob",
    "description": "model_decision",
    "manual": "manual",
}


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of Windsurf."""
    for item in sheet.of("rules", HOST):
        rule = item.entry
        trigger = rule.trigger if isinstance(rule, Rule) else "manual"
        globs = list(rule.globs) if isinstance(rule, Rule) else []
        front = {
            "trigger": TRIGGERS[trigger],
            "globs": Raw(",".join(globs)) if trigger == "globs" else None,
            "description": rule.description,
        }
        path = f".windsurf/rules/{item.id}.md"
        body = sheet.body(item)
        yield page(path, item.name, body, front, RULE_LIMIT, has_yaml_comments=False)
    for item in sheet.commands(HOST):
        front = {"description": item.entry.description}
        path = f".windsurf/workflows/{item.id}.md"
        body = sheet.body(item, "what follows the command", keeps_turbo=True)
        yield page(path, item.name, body, front, WORKFLOW_LIMIT, has_yaml_comments=False)
    for item in sheet.of("skills", HOST):
        yield skill(".windsurf/skills", sheet, item, has_yaml_comments=False)
    yield from mcp_example(sheet, ".windsurf/mcp_config.json.example", "${env:%s}")


NATIVE = Native(
    HOST,
    (".windsurf/rules", ".windsurf/workflows", ".windsurf/skills"),
    (".windsurf/mcp_config.json.example",),
    frozenset(("roles",)),
    drafts,
)
