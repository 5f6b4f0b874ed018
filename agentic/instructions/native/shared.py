"""What several hosts read from `.agents/`: skills of the open standard, and pages that AGENTS.md names.

`.agents/skills` is read by Codex, Cursor, Gemini CLI and OpenCode. Rules, roles and commands lie there for
hosts that have no format of their own for them; the tables in AGENTS.md say when to read which.

Sources: https://agentskills.io/specification, https://developers.openai.com/codex/skills,
https://geminicli.com/docs/cli/skills, https://cursor.com/docs/context/skills,
https://opencode.ai/v1/docs/skills (checked 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentic.instructions.native.draft import Draft, Native, Sheet, page, skill

FOLDERS = (".agents/skills", ".agents/rules", ".agents/roles", ".agents/commands")

#: What a host shares -> the sections of the manifest that it is made of.
PARTS = {
    "skills": ("skills",),
    "rules": ("rules",),
    "roles": ("roles",),
    "commands": ("workflows", "prompts", "automations"),
}


def drafts(sheet: Sheet, natives: Sequence[Native]) -> Iterator[Draft]:
    """Every shared file that one of the hosts needs."""
    for part, sections in PARTS.items():
        hosts = [native.host for native in natives if part in native.shares]
        for section in sections:
            wanted = {item.position for host in hosts for item in sheet.of(section, host)}
            for item in sheet.corpus.of(section):
                if item.position not in wanted:
                    continue
                if part == "skills":
                    yield skill(".agents/skills", sheet, item)
                else:
                    body = f"{item.entry.description}\n\n{sheet.body(item, 'what you were given')}"
                    yield page(f".agents/{part}/{item.id}.md", item.name, body)
