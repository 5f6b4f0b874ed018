"""The rules behind our hook in Gemini CLI's own policy engine: what policy stops in every environment.

They hold where the hook does not run (`hooksConfig.disabled`, a time-out) and know text alone. A rule of the
administrator's tier wins over every user's and project's. The patterns are those of agentic.hosts.opencode;
`*` stands for any text.

Source: https://geminicli.com/docs/reference/policy-engine (checked 2026-11-21): the arguments of a call are
matched as JSON text, `commandRegex` behind `"command":"`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from agentic.hosts.edits import WholeFile

_MARK = b"# agentic: the second line behind its hook"
_MESSAGE = "agentic: policy stops this in every environment; `agentic explain` tells why"
#: The highest that the client knows.
_PRIORITY = 999

#: permission -> (tools, the field of their arguments)
_TOOLS = {
    "bash": (["run_shell_command"], "command"),
    "edit": (["write_file", "replace"], "file_path"),
    "webfetch": (["web_fetch"], "prompt"),
}


def rules_file(rules: Mapping[str, Mapping[str, str]]) -> WholeFile:
    """The policy file with a rule for each pattern that is denied."""
    lines = [_MARK.decode(), ""]
    for permission, patterns in rules.items():
        if permission in _TOOLS:
            for pattern, decision in patterns.items():
                if decision == "deny":
                    lines += _rule(permission, pattern)
    return WholeFile("\n".join(lines).encode(), _MARK)


def _rule(permission: str, pattern: str) -> list[str]:
    tools, field = _TOOLS[permission]
    told = arguments_pattern(pattern)
    # TOML's basic strings are escaped as JSON's are.
    match = f"commandRegex = {json.dumps(told)}"
    if field != "command":
        start = "" if field == "file_path" else '[^"]*'
        pattern_of_arguments = f'"{field}":"{start}{told}'
        match = f"argsPattern = {json.dumps(pattern_of_arguments)}"
    return [
        "[[rule]]",
        f"toolName = {json.dumps(tools if len(tools) > 1 else tools[0])}",
        match,
        'decision = "deny"',
        f"priority = {_PRIORITY}",
        f"denyMessage = {json.dumps(_MESSAGE)}",
        "",
    ]


def arguments_pattern(pattern: str) -> str:
    """A regular expression for a text inside JSON that a pattern matches from its beginning."""
    open_ended = pattern.endswith("*")
    parts = (re.escape(json.dumps(part)[1:-1]) for part in pattern.rstrip("*").split("*"))
    return '[^"]*'.join(parts) + ("" if open_ended else '"')
