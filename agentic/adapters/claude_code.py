"""Claude Code: its hook payloads into neutral values, and decisions into its replies.

Payload, as the client writes it to standard input (unknown keys are ignored)::

    {"session_id": str, "transcript_path": str, "cwd": str, "hook_event_name": "PreToolUse",
     "permission_mode": str, "tool_name": str, "tool_input": {...}, "tool_use_id": str,
     "agent_id": str, "agent_type": str}

Reply: nothing (the client's own rules go on), or one JSON document::

    {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "allow|ask|deny",
                            "permissionDecisionReason": str}}

Source: https://code.claude.com/docs/en/hooks (checked 2026-11-21); what the client does with a reply,
and where it shows a question, was seen with 2.1.329 (tests/e2e).
"""

from __future__ import annotations

from agentic.adapters.answers import document, text_of
from agentic.adapters.fields import (
    an_object,
    any_text,
    duration_ms,
    folder_searched,
    invalid,
    optional_text,
    text,
)
from agentic.adapters.interface import SAME_WITHIN_S, Event, Outcome, Reply
from agentic.core.native import encode_string
from agentic.core.values import ToolCall
from agentic.errors import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agentic.adapters.interface import Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "claude-code"

VARIABLES = (
    "CLAUDE_PROJECT_DIR",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SESSION_ATTENDED",
    "AI_AGENT",
)

#: Permission mode -> first client version in which a hook's `ask` is known to show a question to the
#: person at an attended terminal. Seen with 2.1.329 for all of them; the changelog tells that in
#: `auto` a classifier could answer before 2.1.211.
ASKS_SINCE: dict[str, tuple[int, int, int]] = {
    "default": (0, 0, 0),
    "acceptEdits": (0, 0, 0),
    "plan": (0, 0, 0),
    "auto": (2, 1, 211),
    "dontAsk": (2, 1, 329),
    "bypassPermissions": (2, 1, 329),
}
#: How the client was started, where a person sits in front of it. `sdk-cli` (`claude -p`), `sdk-py` and
#: `sdk-ts` may have nobody; other surfaces were not seen.
ENTRYPOINTS_THAT_ASK = ("cli",)

#: Events of the client that decide nothing here. An event that is in neither list and names a tool is
#: refused: it may be a new way to ask for a permission.
_OTHER_EVENTS = frozenset(
    (
        "PostToolBatch",
        "Notification",
        "UserPromptSubmit",
        "UserPromptExpansion",
        "SessionEnd",
        "Stop",
        "StopFailure",
        "SubagentStart",
        "SubagentStop",
        "PreCompact",
        "PostCompact",
        "PreModelSwitch",
        "PostModelSwitch",
        "PermissionDenied",
        "Setup",
        "TeammateIdle",
        "TaskCreated",
        "TaskCompleted",
        "Elicitation",
        "ElicitationResult",
        "ConfigChange",
        "WorktreeCreate",
        "WorktreeRemove",
        "InstructionsLoaded",
        "CwdChanged",
        "FileChanged",
        "DirectoryAdded",
        "MessageDisplay",
    )
)


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid for anything that is not this client's payload, and for an unknown event
    about a tool.
    """
    values = an_object(payload, "the payload")
    name = text(values, "hook_event_name")
    session = text(values, "session_id")
    cwd = text(values, "cwd")
    optional_text(values, "transcript_path")
    environment = surroundings.variables
    project = environment.get("CLAUDE_PROJECT_DIR", "")
    if name == "PreToolUse":
        call = _call(values, session, cwd, environment)
        return Event("call", name, call, None, session, project, cwd)
    if name in {"PostToolUse", "PostToolUseFailure"}:
        call = _call(values, session, cwd, environment)
        return Event("outcome", name, call, _outcome(name, values), session, project, cwd)
    if name == "PermissionRequest":
        call = _call(values, session, cwd, environment)._replace(
            can_ask=True, same_within_s=SAME_WITHIN_S
        )
        return Event("permission", name, call, None, session, project, cwd)
    if name == "SessionStart":
        return Event("session", name, None, None, session, project, cwd)
    if name in _OTHER_EVENTS or "tool_name" not in values:
        return Event("none", name, None, None, session, project, cwd)
    raise invalid(f"unknown event {quoted(name)} about a tool")


def _call(values: Values, session: str, cwd: str, environment: Mapping[str, str]) -> ToolCall:
    raw_tool = text(values, "tool_name")
    raw_input = an_object(values.get("tool_input"), "`tool_input`")
    tool, neutral = _neutral(raw_tool, raw_input)
    mode = optional_text(values, "permission_mode")
    version = version_of(environment)
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=cwd,
        host=HOST,
        raw_tool=raw_tool,
        raw_input=raw_input,
        session=session,
        call_id=optional_text(values, "tool_use_id"),
        agent=optional_text(values, "agent_type"),
        agent_id=optional_text(values, "agent_id"),
        host_version=".".join(map(str, version)) if version != _NO_VERSION else "",
        host_mode=mode,
        can_ask=can_ask(mode, version, environment),
    )


_NO_VERSION = (0, 0, 0)


def version_of(environment: Mapping[str, str]) -> tuple[int, int, int]:
    """The client's version as it tells its children (`AI_AGENT=claude-code_2-1-329_agent`), or zeros."""
    told = environment.get("AI_AGENT", "")
    if not told.startswith("claude-code"):
        return _NO_VERSION
    parts = told[11:].lstrip("_/").replace("_", "/").partition("/")[0].replace("-", ".").split(".")
    if len(parts) != 3 or not "".join(parts).isdecimal() or "" in parts:
        return _NO_VERSION
    return (int(parts[0]), int(parts[1]), int(parts[2]))


def can_ask(mode: str, version: tuple[int, int, int], environment: Mapping[str, str]) -> bool:
    """Whether a question of ours is known to appear in front of a person."""
    if environment.get("CLAUDE_CODE_ENTRYPOINT", "") not in ENTRYPOINTS_THAT_ASK:
        return False
    if environment.get("CLAUDE_CODE_SESSION_ATTENDED", "1") != "1":
        return False
    since = ASKS_SINCE.get(mode)
    return since is not None and version >= since


def _outcome(name: str, values: Values) -> Outcome:
    duration = duration_ms(values, "duration_ms")
    if name == "PostToolUseFailure":
        return Outcome("failed", duration, None, optional_text(values, "error"))
    return Outcome("succeeded", duration, values.get("tool_response"))


# --- the client's tools in neutral words


def _neutral(raw_tool: str, given: Values) -> tuple[str, Values]:
    """(neutral tool, neutral input). A tool that is not known here is `other`, with its whole input."""
    if raw_tool.startswith("mcp__"):
        server, _, tool = raw_tool[5:].partition("__")
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    translate = _TOOLS.get(raw_tool)
    found = translate(given) if translate is not None else None
    return found or ("other", {"name": raw_tool, "input": given})


def _shell(given: Values) -> tuple[str, Values]:
    return "shell", {"command": text(given, "command")}


def _monitor(given: Values) -> tuple[str, Values] | None:
    """A watch on a command is a command; one on a web socket is left to the unknown."""
    return _shell(given) if "command" in given and "ws" not in given else None


def _read(given: Values) -> tuple[str, Values]:
    return "read", {"path": text(given, "file_path")}


def _write(given: Values) -> tuple[str, Values]:
    path = text(given, "file_path")
    return "write", {"path": path, "content": any_text(given, "content")}


def _edit(given: Values) -> tuple[str, Values]:
    return "edit", {
        "path": text(given, "file_path"),
        "old": any_text(given, "old_string"),
        "new": any_text(given, "new_string"),
    }


def _notebook(given: Values) -> tuple[str, Values]:
    source = "" if given.get("edit_mode") == "delete" else any_text(given, "new_source")
    return "notebook", {"path": text(given, "notebook_path"), "content": source}


def _glob(given: Values) -> tuple[str, Values]:
    pattern = text(given, "pattern")
    path = folder_searched(pattern, optional_text(given, "path"))
    return "search", {"path": path, "pattern": pattern}


def _grep(given: Values) -> tuple[str, Values]:
    return "search", {
        "path": optional_text(given, "path"),
        "pattern": any_text(given, "pattern"),
        "glob": optional_text(given, "glob"),
    }


def _fetch(given: Values) -> tuple[str, Values]:
    return "fetch", {"url": text(given, "url")}


def _web_search(given: Values) -> tuple[str, Values]:
    return "browse", {"query": text(given, "query")}


def _agent(given: Values) -> tuple[str, Values] | None:
    """A sub-agent here; one in a remote environment has no hook of ours, so it is left to the unknown."""
    if given.get("isolation", "worktree") != "worktree":
        return None
    agent = optional_text(given, "subagent_type")
    return "agent", {"agent": agent, "prompt": any_text(given, "prompt")}


def _list_resources(given: Values) -> tuple[str, Values]:
    server = optional_text(given, "server")
    return "mcp", {"server": server, "tool": "resources/list", "arguments": given}


def _read_resource(given: Values) -> tuple[str, Values]:
    return "mcp", {
        "server": text(given, "server"),
        "tool": "resources/read",
        "arguments": given,
    }


_TOOLS: dict[str, Callable[[Values], tuple[str, Values] | None]] = {
    "Bash": _shell,
    "Monitor": _monitor,
    "Read": _read,
    "Write": _write,
    "Edit": _edit,
    "NotebookEdit": _notebook,
    "Glob": _glob,
    "Grep": _grep,
    "WebFetch": _fetch,
    "WebSearch": _web_search,
    "Agent": _agent,
    "Task": _agent,
    "ListMcpResourcesTool": _list_resources,
    "ReadMcpResourceDirTool": _read_resource,
    "ReadMcpResourceTool": _read_resource,
}


# --- decisions in the client's words


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """Nothing for no decision, else exactly one JSON document."""
    if event.kind == "permission":
        return _permission_reply(decision, answer)
    if answer == "none":
        return Reply()
    told = encode_string(text_of(decision, answer))
    return Reply(
        document(
            '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":'
            f'"{answer}","permissionDecisionReason":{told}}}}}'
        )
    )


def _permission_reply(decision: Decision, answer: Answer) -> Reply:
    """The client's question is answered with no where the call is refused; else its person answers."""
    if answer != "deny":
        return Reply()
    told = encode_string(text_of(decision, answer))
    return Reply(
        document(
            '{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":'
            f'{{"behavior":"deny","message":{told}}}}}}}'
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
