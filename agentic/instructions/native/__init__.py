"""The native files of each host: which module writes them."""

from __future__ import annotations

from importlib import import_module

from agentic.instructions.native.draft import Native

#: host -> the module whose `NATIVE` describes it; the names are those of every command.
NATIVES: dict[str, str] = {
    "claude-code": "agentic.instructions.native.claude_code",
    "cursor": "agentic.instructions.native.cursor",
    "codex": "agentic.instructions.native.codex",
    "gemini-cli": "agentic.instructions.native.gemini_cli",
    "windsurf": "agentic.instructions.native.windsurf",
    "copilot": "agentic.instructions.native.copilot",
    "opencode": "agentic.instructions.native.opencode",
    "qwen-code": "agentic.instructions.native.qwen_code",
    "cline": "agentic.instructions.native.cline",
    "kiro": "agentic.instructions.native.kiro",
}


def native_of(host: str) -> Native:
    """What sync knows of a host. Raises KeyError for an unknown one."""
    native: Native = import_module(NATIVES[host]).NATIVE
    return native
