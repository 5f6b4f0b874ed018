"""Qwen Code: its hook payloads into neutral values, and decisions into its replies.

Payload (unknown keys are ignored)::

    {"session_id": str, "transcript_path": str, "cwd": str, "hook_event_name": "PreToolUse",
     "timestamp": str, "permission_mode": str, "tool_name": str, "tool_input": {...},
     "tool_use_id": str, "agent_id": str, "agent_type": str}

A refusal is exit code 2 with the reason on standard error, of which the client reads nothing else: noise on
standard output cannot undo it. Before 0.24 a hook's `ask` was a refusal everywhere; from 0.24.4 on it was
seen to show a question at a terminal, and is a refusal where nobody is there.

Source: https://qwenlm.github.io/qwen-code-docs/en/users/features/hooks (checked 2026-11-21); replies seen
with 0.15.10 and 0.24.4 (tests/e2e/test_qwen_code.py).
"""

from __future__ import annotations

from agentic.adapters.answers import document, text_of
from agentic.adapters.fields import (
    an_object,
    any_text,
    duration_ms,
    folder_of,
    folder_searched,
    invalid,
    number_after,
    optional_text,
    text,
    translated,
)
from agentic.adapters.interface import SAME_WITHIN_S, Event, Outcome, Reply
from agentic.core.native import encode_string
from agentic.core.values import ToolCall
from agentic.errors import HostPayloadInvalid, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agentic.adapters.fields import Row
    from agentic.adapters.interface import Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "qwen-code"

VARIABLES = ("QWEN_PROJECT_DIR", "QWEN_CODE_STARTUP_VERSION", "QWEN_CODE_MESSAGING_SOCKET")

#: The first version in which a hook's `ask` was seen to show a question.
ASKS_SINCE = (0, 24, 4)
#: Permission modes in which it was seen to.
MODES_THAT_ASK = ("default", "auto-edit", "yolo")

#: Events that decide nothing here; an unknown event about a tool is refused.
_OTHER_EVENTS = frozenset(
    """UserPromptSubmit SessionEnd SessionDelete Stop StopFailure SubagentStart SubagentStop PreCompact
    PostCompact Notification PermissionDenied TodoCreated TodoCompleted MessageDisplay PostToolBatch
    """.split()
)


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid, naming the client and its version, for anything that is not its payload and
    for an unknown event about a tool.
    """
    version = surroundings.variables.get("QWEN_CODE_STARTUP_VERSION", "")
    try:
        return _event(an_object(payload, "the payload"), surroundings.variables, version)
    except HostPayloadInvalid as problem:
        told = quoted(version, 20) if version else "(before 0.24)"
        raise invalid(f"Qwen Code {told}: {problem.message}") from None


def _event(values: Values, variables: Mapping[str, str], version: str) -> Event:
    name = text(values, "hook_event_name")
    session = text(values, "session_id")
    cwd = text(values, "cwd")
    optional_text(values, "transcript_path")
    project = variables.get("QWEN_PROJECT_DIR", "")
    if name in {"PreToolUse", "PermissionRequest"}:
        is_there = "QWEN_CODE_MESSAGING_SOCKET" in variables
        call = _call(values, session, cwd, version, is_there=is_there)
        if name == "PreToolUse":
            return Event("call", name, call, None, session, project, cwd)
        call = call._replace(same_within_s=SAME_WITHIN_S)
        return Event("permission", name, call, None, session, project, cwd)
    if name in {"PostToolUse", "PostToolUseFailure"}:
        call = _call(values, session, cwd, version, is_there=False)
        return Event("outcome", name, call, _outcome(name, values), session, project, cwd)
    if name == "SessionStart":
        return Event("session", name, None, None, session, project, cwd)
    if name in _OTHER_EVENTS or "tool_name" not in values:
        return Event("none", name, None, None, session, project, cwd)
    raise invalid(f"unknown event {quoted(name)} about a tool")


def _call(values: Values, session: str, cwd: str, version: str, *, is_there: bool) -> ToolCall:
    raw_tool = text(values, "tool_name")
    raw_input = an_object(values.get("tool_input"), "`tool_input`")
    tool, neutral = _neutral(raw_tool, raw_input)
    folder = optional_text(raw_input, "directory") if tool == "shell" else ""
    mode = optional_text(values, "permission_mode")
    agent_id = optional_text(values, "agent_id")
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=folder_of(cwd, folder),
        host=HOST,
        raw_tool=raw_tool,
        raw_input=raw_input,
        session=session,
        call_id=optional_text(values, "tool_use_id"),
        agent=optional_text(values, "agent_type"),
        agent_id=agent_id,
        host_version=version,
        host_mode=mode,
        can_ask=is_there and not agent_id and can_ask(mode, version),
    )


def can_ask(mode: str, version: str) -> bool:
    """Whether a question of ours is known to appear to the person in front of this version of the client."""
    parts = version.split(".")
    if len(parts) != 3 or not "".join(parts).isdecimal() or "" in parts:
        return False
    told = (int(parts[0]), int(parts[1]), int(parts[2]))
    return mode in MODES_THAT_ASK and told >= ASKS_SINCE


def _outcome(name: str, values: Values) -> Outcome:
    duration = duration_ms(values, "duration_ms")
    if name == "PostToolUseFailure":
        return Outcome("failed", duration, None, optional_text(values, "error"))
    response = values.get("tool_response")
    content = response.get("llmContent") if type(response) is dict else None
    code = number_after("\nExit Code:", content) if type(content) is str else 0
    return Outcome("failed" if code else "succeeded", duration, response)


# --- the client's tools in neutral words


def _neutral(raw_tool: str, given: Values) -> tuple[str, Values]:
    """(neutral tool, neutral input). A tool that is not known here is `other`, with its whole input."""
    if raw_tool.startswith("mcp__"):
        server, _, tool = raw_tool[5:].partition("__")
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    row = _ROWS.get(raw_tool)
    if row is not None:
        return translated(row, given)
    translate = _TOOLS.get(raw_tool)
    found = translate(given) if translate is not None else None
    return found or ("other", {"name": raw_tool, "input": given})


def _glob(given: Values) -> tuple[str, Values]:
    pattern = text(given, "pattern")
    path = folder_searched(pattern, optional_text(given, "path"))
    return "search", {"path": path, "pattern": pattern}


def _notebook(given: Values) -> tuple[str, Values]:
    source = "" if given.get("edit_mode") == "delete" else any_text(given, "new_source")
    return "notebook", {"path": text(given, "notebook_path"), "content": source}


def _agent(given: Values) -> tuple[str, Values] | None:
    """A sub-agent here; one in another environment has no hook of ours, so it is left to the unknown."""
    if given.get("isolation", "worktree") not in {"worktree", "none", None}:
        return None
    agent = optional_text(given, "subagent_type")
    return "agent", {"agent": agent, "prompt": any_text(given, "prompt")}


def _called(given: Values) -> tuple[str, Values]:
    """A tool that is called by its name, as `tool_call` does with those that are not offered at once."""
    name = text(given, "name")
    if name == "tool_call":
        raise invalid("`tool_call` calls itself")
    return _neutral(name, an_object(given.get("arguments"), "`arguments`"))


def _read_resource(given: Values) -> tuple[str, Values]:
    server = text(given, "server_name")
    return "mcp", {"server": server, "tool": "resources/read", "arguments": given}


_ROWS: dict[str, Row] = {
    "run_shell_command": ("shell", (("command", text, "command"),)),
    "monitor": ("shell", (("command", text, "command"),)),
    "read_file": ("read", (("path", text, "file_path"),)),
    "zoom_image": ("read", (("path", text, "file_path"),)),
    "write_file": ("write", (("path", text, "file_path"), ("content", any_text, "content"))),
    "edit": (
        "edit",
        (
            ("path", text, "file_path"),
            ("old", any_text, "old_string"),
            ("new", any_text, "new_string"),
        ),
    ),
    "list_directory": ("search", (("path", text, "path"),)),
    "grep_search": (
        "search",
        (
            ("path", optional_text, "path"),
            ("pattern", any_text, "pattern"),
            ("glob", optional_text, "glob"),
        ),
    ),
    "web_fetch": ("fetch", (("url", text, "url"),)),
    "web_search": ("browse", (("query", text, "query"),)),
}

_TOOLS: dict[str, Callable[[Values], tuple[str, Values] | None]] = {
    "glob": _glob,
    "notebook_edit": _notebook,
    "agent": _agent,
    "tool_call": _called,
    "read_mcp_resource": _read_resource,
}


# --- decisions in the client's words


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """Exit code 2 with the reason for a refusal; nothing for no decision; else one JSON document."""
    if answer == "deny":
        return Reply(b"", document(text_of(decision, answer)), 2)
    if answer == "none" or event.kind == "permission":
        return Reply()
    told = encode_string(text_of(decision, answer))
    return Reply(
        document(
            '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":'
            f'"{answer}","permissionDecisionReason":{told}}}}}'
        )
    )


def none_reply(event: Event) -> Reply:
    """No decision."""
    return Reply()


def session_reply(text: str) -> Reply:
    """The reply to SessionStart that gives the agent `text` to read."""
    return Reply(
        document(
            '{"hookSpecificOutput":{"hookEventName":"SessionStart","additionalContext":'
            f"{encode_string(text)}}}}}"
        )
    )


def unrecorded_reply(problem: str) -> Reply:
    """The reply to an outcome that could not be recorded: the person is told, nothing is blocked."""
    return Reply(document(f'{{"systemMessage":{encode_string(problem)}}}'))
