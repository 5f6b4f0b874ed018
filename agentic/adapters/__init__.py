"""One module per host: its payload in, neutral values out, a decision back in the host's own words.

`agentic.adapters.interface` says what every adapter holds; all of it is pure. The registry below is the
only list of hosts that the hook serves. Hosts read each other's settings, so whose payload it is shows in
its shape, and the name in the hook's command only settles what the shape leaves open.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: host name -> module of its adapter
ADAPTERS: dict[str, str] = {
    "claude-code": "agentic.adapters.claude_code",
    "cline": "agentic.adapters.cline",
    "codex": "agentic.adapters.codex",
    "copilot": "agentic.adapters.copilot",
    "gemini-cli": "agentic.adapters.gemini_cli",
    "kiro": "agentic.adapters.kiro",
    "opencode": "agentic.adapters.opencode",
    "qwen-code": "agentic.adapters.qwen_code",
    "cursor": "agentic.adapters.cursor",
    "windsurf": "agentic.adapters.windsurf",
}

#: Variables that tell hosts apart whose payloads look alike.
SHAPE_VARIABLES = ("QWEN_PROJECT_DIR",)

#: A field that only one host's payloads have -> that host.
_OWN_FIELDS: tuple[tuple[str, str], ...] = (
    ("cursor_version", "cursor"),
    ("agent_action_name", "windsurf"),
    ("clineVersion", "cline"),
    ("opencodeVersion", "opencode"),
    ("toolName", "copilot"),
    ("hookEventName", "copilot"),
    ("mcp_context", "gemini-cli"),
    ("turn_id", "codex"),
    ("hookName", "cline"),
)
_GEMINI_EVENTS = frozenset(
    """BeforeTool AfterTool BeforeAgent AfterAgent BeforeModel AfterModel BeforeToolSelection
    PreCompress""".split()
)


def host_of(payload: Mapping[str, Any], variables: Mapping[str, str], named: str) -> str:
    """Whose payload this is: told by its fields, by `variables`, else the host that is `named`."""
    for field, host in _OWN_FIELDS:
        if field in payload:
            return host
    name = payload.get("hook_event_name")
    if type(name) is str:
        if name in _GEMINI_EVENTS:
            return "gemini-cli"
        if "timestamp" not in payload:
            return "claude-code" if "prompt_id" in payload else named
        # Copilot tells hooks in Claude's format neither its transcript nor a mode; Qwen Code tells both.
        if "permission_mode" in payload or "transcript_path" in payload:
            return "qwen-code" if "QWEN_PROJECT_DIR" in variables else named
        if "tool_name" in payload or name == "SessionStart":
            return "copilot"
    return named
