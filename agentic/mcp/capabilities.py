"""What each host can do, and which skills and commands therefore work there: a table with sources.

A host has what a test of its client shows or a page of its makers says; what neither says is not relied upon,
and what nobody opened is marked. What an entry of the manifest of instructions needs is told by its own tools
and servers, so that nothing is kept twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

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


Standing = Literal["seen", "opened", "told"]


class Source(NamedTuple):
    """Where it stands that a host has something, and how far that was looked at.

    `seen`: an end-to-end test here does it with the real client; `opened`: the page, or its beginning, was
    read on 2026-11-21; `told`: a page of the makers is named for it and was not opened.
    """

    place: str
    standing: Standing


_BASIC = ("read_file", "write_file", "run_shell", "run_mcp")
_CURSOR = "https://cursor.com"
_CODEX = "https://developers.openai.com"
_QWEN = "https://qwenlm.github.io/qwen-code-docs/en/users/extension/getting-started-extensions/"
_CLINE = "https://docs.cline.bot"


def _seen(host: str) -> dict[str, Source]:
    """What a session of the real client does in this host's end-to-end test."""
    return dict.fromkeys(_BASIC, Source(f"tests/e2e/test_{host}.py", "seen"))


def _opened(place: str, *capabilities: str) -> dict[str, Source]:
    return dict.fromkeys(capabilities, Source(place, "opened"))


def _told(place: str, *capabilities: str) -> dict[str, Source]:
    return dict.fromkeys(capabilities, Source(place, "told"))


#: host -> capability -> where that stands
_HOSTS: dict[str, dict[str, Source]] = {
    "claude-code": {
        **_seen("claude_code"),
        **_told("https://code.claude.com/docs/en/skills", "slash_commands"),
        **_told("https://code.claude.com/docs/en/tools-reference", "background_jobs"),
        **_told("https://code.claude.com/docs/en/plugins-reference", "plugin_system"),
        # of one session, it ends with that
        **_opened("https://code.claude.com/docs/en/tools-reference", "automations"),
    },
    "cursor": {
        **_told(f"{_CURSOR}/docs/agent/overview", "read_file", "write_file", "run_shell"),
        **_opened(f"{_CURSOR}/docs/cli/mcp", "run_mcp"),
        **_told(f"{_CURSOR}/docs/plugins/building", "slash_commands", "plugin_system"),
        **_told(f"{_CURSOR}/help/ai-features/automations", "background_jobs", "automations"),
    },
    "codex": {
        **_seen("codex"),
        **_told(f"{_CODEX}/learn/developers-codex-plugin", "slash_commands"),
        **_told(f"{_CODEX}/codex/app/automations", "background_jobs", "automations"),
        **_told(f"{_CODEX}/codex/plugins/build", "plugin_system"),
    },
    "gemini-cli": {
        **_seen("gemini_cli"),
        **_told("https://geminicli.com/docs/cli/custom-commands/", "slash_commands"),
        **_opened("https://geminicli.com/docs/tools/shell", "background_jobs"),
        **_opened("https://geminicli.com/docs", "plugin_system"),
    },
    "qwen-code": {**_seen("qwen_code"), **_opened(_QWEN, "slash_commands", "plugin_system")},
    "windsurf": {
        **_told("https://docs.windsurf.com/windsurf/cascade/cascade", *_BASIC),
        **_told("https://docs.windsurf.com/windsurf/cascade/workflows", "slash_commands"),
    },
    "copilot": {
        **_seen("copilot"),
        **_told(
            "https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers",
            "slash_commands",
        ),
        **_opened(
            "https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot",
            "plugin_system",
        ),
    },
    "opencode": {
        **_seen("opencode"),
        **_told("https://opencode.ai/docs/commands", "slash_commands"),
        **_told("https://opencode.ai/docs/plugins", "plugin_system"),
    },
    "cline": {
        **_opened(f"{_CLINE}/features/slash-commands/workflows/index", *_BASIC, "slash_commands"),
        **_told(f"{_CLINE}/getting-started/config", "plugin_system", "automations"),
    },
    "kiro": {
        **_opened(
            "https://kiro.dev/docs/cli/reference/built-in-tools/",
            "read_file",
            "write_file",
            "run_shell",
        ),
        **_opened("https://kiro.dev/docs/cli", "run_mcp"),
        **_opened("https://kiro.dev/docs/chat/slash-commands", "slash_commands"),
        **_told("https://kiro.dev/docs/web/sandbox/mcp/", "plugin_system"),
    },
}
SURFACES = tuple(_HOSTS)


def source_of(host: str, capability: str) -> Source | None:
    """Where it stands that a host has a capability; None for nowhere. Raises KeyError for an unknown host."""
    return _HOSTS[host].get(capability)


def standing_of(host: str, capability: str) -> str:
    """`seen`, `opened` or `told`; empty for what a host is not known to have."""
    source = source_of(host, capability)
    return source.standing if source else ""


def page_of(host: str, capability: str) -> str:
    """The page or test that says a host has a capability, or empty."""
    source = source_of(host, capability)
    return source.place if source else ""


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
    """The table of hosts as Markdown; every cell leads to what says so, and says how far it was looked at."""
    lines = ["| host | " + " | ".join(CAPABILITIES.values()) + " |"]
    lines.append("|---" * (len(CAPABILITIES) + 1) + "|")
    for host in SURFACES:
        cells = [_cell(source_of(host, key)) for key in CAPABILITIES]
        lines.append(f"| {host} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(source: Source | None) -> str:
    if source is None:
        return "-"
    is_test = source.standing == "seen"
    return f"[{source.standing}]({'../' if is_test else ''}{source.place})"
