"""The hosts of this machine that agentic can be installed for, by name: the only list of them."""

from __future__ import annotations

from agentic.hosts import (
    claude_code,
    cline,
    codex,
    copilot,
    cursor,
    gemini_cli,
    kiro,
    opencode,
    qwen_code,
    windsurf,
)
from agentic.hosts.interface import Host

#: host name -> the module that knows it; the names are those of agentic.adapters.ADAPTERS
HOSTS: dict[str, Host] = {
    claude_code.HOST: claude_code,
    cline.HOST: cline,
    codex.HOST: codex,
    copilot.HOST: copilot,
    gemini_cli.HOST: gemini_cli,
    kiro.HOST: kiro,
    opencode.HOST: opencode,
    qwen_code.HOST: qwen_code,
    cursor.HOST: cursor,
    windsurf.HOST: windsurf,
}
