"""OpenCode: AGENTS.md as it is, sub-agents with permissions, commands, `.agents/skills`.

`permission` of an agent is only ever written as `deny`, for what its role does not work with; the rest
stays the session's own setting. Rules by path do not exist: they lie below `.agents/` and AGENTS.md names
them.

Sources: https://opencode.ai/v1/docs/agents, https://opencode.ai/v1/docs/commands,
https://opencode.ai/v1/docs/skills, https://opencode.ai/v1/docs/mcp-servers (checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentic.instructions.native.draft import Draft, Native, Sheet, json_example, page, tools_of

HOST = "opencode"

#: OpenCode's permission -> the neutral tools that need it.
PERMISSIONS = {
    "edit": ("write", "edit", "delete", "notebook"),
    "bash": ("shell",),
    "webfetch": ("fetch",),
    "websearch": ("browse",),
    "task": ("agent",),
}


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of OpenCode."""
    for item in sheet.of("roles", HOST):
        names = {tool.name for tool in tools_of(item)}
        denied = {
            permission: "deny"
            for permission, needed in PERMISSIONS.items()
            if names.isdisjoint(needed)
        }
        front = {
            "description": item.entry.description,
            "mode": "subagent",
            "permission": denied or None,
        }
        yield page(f".opencode/agents/{item.id}.md", item.name, sheet.body(item), front)
    for item in sheet.commands(HOST):
        front = {"description": item.entry.description}
        path = f".opencode/commands/{item.id}.md"
        yield page(path, item.name, sheet.body(item, "$ARGUMENTS"), front)
    if sheet.servers:
        source = sheet.corpus.path
        yield json_example("opencode.json.example", source, {"mcp": _servers(sheet)})


def _servers(sheet: Sheet) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for server in sheet.servers:
        if server.command is not None:
            settings: dict[str, Any] = {"type": "local", "command": [server.command, *server.args]}
            if server.env:
                settings["environment"] = {name: _variable(name) for name in server.env}
        else:
            settings = {"type": "remote", "url": server.url or ""}
            if server.env:
                settings["headers"] = {"Authorization": f"Bearer {_variable(server.env[0])}"}
        found[server.id] = settings
    return found


def _variable(name: str) -> str:
    return "{env:" + name + "}"


NATIVE = Native(
    HOST,
    (".opencode/agents", ".opencode/commands"),
    ("opencode.json.example",),
    frozenset(("skills", "rules")),
    drafts,
)
