"""What each host can do, and which skills and commands therefore work there: a table with sources.

A host has what a page of its makers says that it has; what no page says is not relied upon. What an entry of
the manifest of instructions needs is told by its own tools and servers, so that nothing is kept twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: capability -> in words
CAPABILITIES: dict[str, str] = {
    "read_file": "read files",
    "write_file": "write files",
    "run_shell": "run commands",
    "run_mcp": "call MCP tools",
    "slash_commands": "slash commands",
    "background_jobs": "jobs in the background",
    "plugin_system": "plugins",
    "automations": "scheduled work",
}


_BASIC = ("read_file", "write_file", "run_shell", "run_mcp")

#: host -> (page about its tools, further capabilities with the page that says so). Checked 2026-11-21.
_HOSTS: dict[str, tuple[str, dict[str, str]]] = {
    "claude-code": (
        "https://code.claude.com/docs/en/tools-reference",
        {
            "slash_commands": "https://code.claude.com/docs/en/skills",
            "background_jobs": "https://code.claude.com/docs/en/tools-reference",
            "plugin_system": "https://code.claude.com/docs/en/plugins-reference",
            "automations": "https://code.claude.com/docs/en/scheduled-tasks",
        },
    ),
    "cursor": (
        "https://cursor.com/docs/agent/overview",
        {
            "slash_commands": "https://cursor.com/docs/plugins/building",
            "background_jobs": "https://cursor.com/help/ai-features/automations",
            "plugin_system": "https://cursor.com/docs/plugins/building",
            "automations": "https://cursor.com/help/ai-features/automations",
        },
    ),
    "codex": (
        "https://developers.openai.com/codex/cli",
        {
            "slash_commands": "https://developers.openai.com/learn/developers-codex-plugin",
            "background_jobs": "https://developers.openai.com/codex/app/automations",
            "plugin_system": "https://developers.openai.com/codex/plugins/build",
            "automations": "https://developers.openai.com/codex/app/automations",
        },
    ),
    "gemini-cli": (
        "https://geminicli.com/docs/reference/tools/",
        {
            "slash_commands": "https://geminicli.com/docs/cli/custom-commands/",
            "plugin_system": "https://geminicli.com/docs/extensions/",
        },
    ),
    "qwen-code": (
        "https://qwenlm.github.io/qwen-code-docs/en/users/extension/getting-started-extensions/",
        {
            "slash_commands": (
                "https://qwenlm.github.io/qwen-code-docs/en/users/extension/getting-started-extensions/"
            ),
            "plugin_system": (
                "https://qwenlm.github.io/qwen-code-docs/en/users/extension/getting-started-extensions/"
            ),
        },
    ),
    "windsurf": (
        "https://docs.windsurf.com/windsurf/cascade/cascade",
        {"slash_commands": "https://docs.windsurf.com/windsurf/cascade/workflows"},
    ),
    "copilot": (
        "https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers",
        {
            "slash_commands": (
                "https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers"
            ),
        },
    ),
    "opencode": (
        "https://opencode.ai/docs/tools",
        {
            "slash_commands": "https://opencode.ai/docs/commands",
            "plugin_system": "https://opencode.ai/docs/plugins",
        },
    ),
    "cline": (
        "https://docs.cline.bot/getting-started/config",
        {
            "slash_commands": "https://docs.cline.bot/cline-cli/configuration",
            "plugin_system": "https://docs.cline.bot/getting-started/config",
            "automations": "https://docs.cline.bot/getting-started/config",
        },
    ),
    "kiro": (
        "https://kiro.dev/docs/mcp/configuration",
        {
            "slash_commands": "https://kiro.dev/docs/cli/mcp/",
            "plugin_system": "https://kiro.dev/docs/web/sandbox/mcp/",
        },
    ),
}
SURFACES = tuple(_HOSTS)


def page_of(host: str, capability: str) -> str:
    """The page that says a host has a capability, or empty. Raises KeyError for an unknown host."""
    page, further = _HOSTS[host]
    return page if capability in _BASIC else further.get(capability, "")


def lacking(host: str, needed: tuple[str, ...]) -> tuple[str, ...]:
    """What of these capabilities a host is not known to have."""
    return tuple(key for key in needed if not page_of(host, key))


def needs_of(manifest: Any) -> dict[str, tuple[str, ...]]:
    """What each entry of a manifest of instructions needs, by its id; `manifest` is the parsed document."""
    found: dict[str, tuple[str, ...]] = {}
    for section, own in _SECTIONS.items():
        rows = manifest.get(section) if isinstance(manifest, Mapping) else None
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, Mapping) and isinstance(row.get("id"), str):
                needed = {*own, "read_file", *_needs_of_tools(row)}
                found[row["id"]] = tuple(key for key in CAPABILITIES if key in needed)
    return found


#: The sections of a manifest, and what every entry of one needs.
_SECTIONS: dict[str, tuple[str, ...]] = {
    "skills": (),
    "workflows": ("slash_commands",),
    "prompts": ("slash_commands",),
    "automations": ("automations",),
}
_TOOLS = {
    "write": "write_file",
    "edit": "write_file",
    "delete": "write_file",
    "notebook": "write_file",
    "shell": "run_shell",
    "mcp": "run_mcp",
}


def _needs_of_tools(row: Mapping[str, Any]) -> set[str]:
    tools = row.get("tools")
    named = [t.partition("(")[0] for t in tools if isinstance(t, str)] if tools else []
    needed = {_TOOLS[name] for name in named if name in _TOOLS}
    return {*needed, "run_mcp"} if row.get("requires_mcp") else needed


def markdown() -> str:
    """The table of hosts as Markdown; every `yes` leads to the page that says so."""
    lines = ["| host | " + " | ".join(CAPABILITIES.values()) + " |"]
    lines.append("|---" * (len(CAPABILITIES) + 1) + "|")
    for host in SURFACES:
        pages = [page_of(host, key) for key in CAPABILITIES]
        shown = [f"[yes]({page})" if page else "-" for page in pages]
        lines.append(f"| {host} | " + " | ".join(shown) + " |")
    return "\n".join(lines)
