"""Codex: AGENTS.md as it is (32 KiB in all), `.agents/skills`, sub-agents in TOML.

Codex has no rules by path and no commands kept in a repository, so both lie below `.agents/` and the
tables of AGENTS.md name them. `sandbox_mode` is only ever written to tighten: a role that writes gets the
session's own sandbox.

Sources: https://developers.openai.com/codex/guides/agents-md (`project_doc_max_bytes`),
https://developers.openai.com/codex/subagents, https://developers.openai.com/codex/skills,
https://developers.openai.com/codex/mcp (checked 2026-11-21)
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from agentic.instructions.marks import mark
from agentic.instructions.native.draft import (
    Draft,
    Limit,
    Native,
    Sheet,
    only_reads,
    toml_text,
    tools_of,
)

HOST = "codex"
#: For AGENTS.md, which sync does not write as a whole: `check` holds it to this.
LIMIT = Limit(32 * 1024, "bytes", "Codex reads at most 32 KiB of AGENTS.md and cuts the rest off")


def drafts(sheet: Sheet) -> Iterator[Draft]:
    """Every file of Codex."""
    for item in sheet.of("roles", HOST):
        source = item.name
        lines = [
            f"# {mark(source)}",
            f"name = {toml_text(item.id)}",
            f"description = {toml_text(item.entry.description)}",
        ]
        if only_reads(tools_of(item)):
            lines.append('sandbox_mode = "read-only"')
        lines.append(f"developer_instructions = {toml_text(sheet.body(item))}")
        yield Draft(f".codex/agents/{item.id}.toml", "\n".join(lines) + "\n", source)
    if sheet.servers:
        yield _servers(sheet)


def _servers(sheet: Sheet) -> Draft:
    source = sheet.corpus.path
    lines = [f"# {mark(source)}"]
    for server in sheet.servers:
        lines += ["", f"[mcp_servers.{server.id}]"]
        if server.command is not None:
            lines.append(f"command = {toml_text(server.command)}")
            lines.append(f"args = {json.dumps(server.args, ensure_ascii=False)}")
            if server.env:
                lines.append(f"env_vars = {json.dumps(server.env)}")
        else:
            lines.append(f"url = {toml_text(server.url or '')}")
            if server.env:
                lines.append(f"bearer_token_env_var = {toml_text(server.env[0])}")
    return Draft(".codex/config.toml.example", "\n".join(lines) + "\n", source)


NATIVE = Native(
    HOST,
    (".codex/agents",),
    (".codex/config.toml.example",),
    frozenset(("skills", "rules", "commands")),
    drafts,
)
