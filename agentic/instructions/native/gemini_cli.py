"""Gemini CLI: GEMINI.md that imports AGENTS.md and the standing rules, TOML commands, sub-agents.

The schema of a sub-agent is closed: an unknown key or tool name drops the whole file. A command's prompt
takes its arguments at `{{args}}`; `!{…}` and `@{…}` would run and read at once and are refused in bodies.

Sources: https://geminicli.com/docs/cli/gemini-md, https://geminicli.com/docs/cli/custom-commands,
https://geminicli.com/docs/cli/skills,
https://github.com/google-gemini/gemini-cli/blob/main/packages/core/src/agents/agentLoader.ts (checked
2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from agentic.instructions.documents import Rule
from agentic.instructions.marks import mark
from agentic.instructions.native.draft import (
    Draft,
    Native,
    Sheet,
    host_tools,
    mcp_example,
    page,
    toml_text,
    tools_of,
)
from agentic.instructions.sources import AGENTS

HOST = "gemini-cli"

TOOLS = {
    "read": "read_file read_many_files",
    "search": "grep_search glob list_directory",
    "write": "write_file",
    "edit": "replace",
    "delete": "run_shell_command",
    "shell": "run_shell_command",
    "fetch": "web_fetch",
    "browse": "google_web_search",
}


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of Gemini CLI."""
    standing = [
        f"@./.agents/rules/{item.id}.md\n"
        for item in sheet.of("rules", HOST)
        if isinstance(item.entry, Rule) and item.entry.trigger == "always"
    ]
    yield page("GEMINI.md", AGENTS, f"@./{AGENTS}\n" + "".join(standing))
    for item in sheet.of("roles", HOST):
        front = {
            "name": item.id,
            "description": item.entry.description,
            "kind": "local",
            "tools": host_tools(tools_of(item), TOOLS),
        }
        yield page(f".gemini/agents/{item.id}.md", item.name, sheet.body(item), front)
    for item in sheet.commands(HOST):
        source = item.name
        text = (
            f"# {mark(source)}\n"
            f"description = {toml_text(item.entry.description)}\n"
            f"prompt = {toml_text(sheet.body(item, '{{args}}'))}\n"
        )
        yield Draft(f".gemini/commands/{item.id}.toml", text, source)
    yield from mcp_example(sheet, ".gemini/settings.json.example", "$%s")


NATIVE = Native(
    HOST,
    (".gemini/agents", ".gemini/commands"),
    ("GEMINI.md", ".gemini/settings.json.example"),
    frozenset(("skills", "rules")),
    drafts,
)
