"""Cursor: its hook payloads into neutral values, and decisions into what it obeys.

Payload, as the client writes it to standard input (unknown keys are ignored)::

    {"hook_event_name": "preToolUse", "conversation_id": str, "generation_id": str, "model": str,
     "cursor_version": str, "workspace_roots": [str], "tool_name": str, "tool_input": {...},
     "tool_use_id": str, "parent_tool_call_id": str}

`beforeShellExecution` has `command` and `cwd`, `beforeMCPExecution` the bare `tool_name`, the arguments
as JSON text and `mcp_server_name`, `beforeReadFile` has `file_path`. Reply, one JSON document (an entry
with `failClosed` takes none for a failure)::

    {"permission": "allow" | "deny", "user_message": str, "agent_message": str}

A call fires two events, of which the narrower tells more. Both judge, and one call is one decision; only of
an MCP call the wider one, which does not tell the server, decides nothing where our own hooks are in place.
`allow` is the client's no-decision reply: its own questions go on. `ask` is never sent: most events take it
for a yes, and even a shell command runs where the client's server has waived the approval.

Source: https://cursor.com/docs/hooks.md and the hook runner in @cursor/sdk 1.0.32 (checked 2026-11-21).
"""

from __future__ import annotations

from agentic.adapters.answers import document, text_of
from agentic.adapters.fields import (
    an_object,
    any_text,
    duration_ms,
    invalid,
    optional_text,
    text,
)
from agentic.adapters.interface import SAME_WITHIN_S, Event, Outcome, Reply
from agentic.core.native import encode_string, parse_json
from agentic.core.values import ToolCall
from agentic.errors import HostPayloadInvalid, InvalidDocument, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentic.adapters.interface import OutcomeStatus, Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "cursor"

VARIABLES = ("CURSOR_PROJECT_DIR",)

#: Events of the client that decide nothing here. An event that is in no list and tells of a tool, a
#: command or a file is refused: it may be a new way to ask for a permission.
_OTHER_EVENTS = frozenset(
    (
        "sessionEnd",
        "subagentStop",
        "afterShellExecution",
        "afterFileEdit",
        "afterTabFileEdit",
        "beforeSubmitPrompt",
        "preCompact",
        "stop",
        "afterAgentResponse",
        "afterAgentThought",
        "workspaceOpen",
    )
)

_ALLOW = b'{"permission":"allow"}\n'


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid, naming the client and its version, for anything that is not its payload and
    for an unknown event about a tool.
    """
    values = an_object(payload, "the payload")
    version = values.get("cursor_version")
    try:
        return _event(values, surroundings)
    except HostPayloadInvalid as problem:
        told = quoted(version, 20) if type(version) is str and version else "of an unknown version"
        raise invalid(f"Cursor {told}: {problem.message}") from None


def _event(values: Values, surroundings: Surroundings) -> Event:
    name = text(values, "hook_event_name")
    version = optional_text(values, "cursor_version")
    session = optional_text(values, "conversation_id") or optional_text(values, "session_id")
    # The hook's own folder tells nothing: for a user's hooks it is the one that their file lies in.
    project = cwd = surroundings.variables.get("CURSOR_PROJECT_DIR", "") or _root(values)
    is_mcp = str(values.get("tool_name")).startswith("MCP:") and surroundings.is_own
    if name in {"preToolUse", "postToolUse", "postToolUseFailure"} and is_mcp:
        text(values, "tool_use_id")
        return Event("none", name, None, None, session, project, cwd)
    read = _CALLS.get(name)
    if read is not None:
        if not cwd.startswith("/"):
            raise invalid("`workspace_roots` names no folder")
        call = read(values, cwd)._replace(
            host=HOST,
            session=session,
            agent_id=optional_text(values, "parent_tool_call_id"),
            model=optional_text(values, "model"),
            host_version=version,
            same_within_s=SAME_WITHIN_S,
        )
        if name in _OUTCOMES:
            return Event("outcome", name, call, _outcome(name, values), session, project, cwd)
        return Event("call", name, call, None, session, project, cwd)
    if name == "sessionStart":
        return Event("session", name, None, None, session, project, cwd)
    if name in _OTHER_EVENTS or not {"tool_name", "command", "file_path"} & values.keys():
        return Event("none", name, None, None, session, project, cwd)
    raise invalid(f"unknown event {quoted(name)} about a tool")


def _root(values: Values) -> str:
    """The first workspace folder, or empty."""
    roots = values.get("workspace_roots", [])
    if type(roots) is not list or not all(type(root) is str for root in roots):
        raise invalid("`workspace_roots` is not a list of folders")
    return roots[0] if roots else ""


# --- one call, by the event that tells of it


def _tool_call(values: Values, cwd: str) -> ToolCall:
    raw_tool = text(values, "tool_name")
    given = an_object(values.get("tool_input"), "`tool_input`")
    call_id = text(values, "tool_use_id")
    if raw_tool == "Shell":
        folder = optional_text(given, "cwd") or optional_text(values, "cwd")
        return _shell(text(given, "command"), folder, cwd)._replace(call_id=call_id)
    if raw_tool.startswith("MCP:"):
        return _mcp("", raw_tool[4:], given, cwd)._replace(call_id=call_id)
    translate = _TOOLS.get(raw_tool)
    if translate is None:
        tool, neutral = "other", {"name": raw_tool, "input": given}
    else:
        tool, neutral = translate(given)
    if tool == "agent":
        given = neutral
    elif tool == "read":
        given = {"file_path": neutral["path"]}
    return ToolCall(tool, neutral, cwd, raw_tool=raw_tool, raw_input=given, call_id=call_id)


def _shell_event(values: Values, cwd: str) -> ToolCall:
    return _shell(text(values, "command"), optional_text(values, "cwd"), cwd)


def _shell(command: str, folder: str, cwd: str) -> ToolCall:
    """A command in its own folder, which is told relative to the workspace or not at all."""
    given = {"command": command, "cwd": folder}
    if folder and not folder.startswith("/"):
        folder = f"{cwd}/{folder}"
    return ToolCall("shell", {"command": command}, folder or cwd, raw_tool="Shell", raw_input=given)


def _mcp_event(values: Values, cwd: str) -> ToolCall:
    given = any_text(values, "tool_input")
    try:
        arguments = parse_json(given, what="`tool_input`") if given else {}
    except InvalidDocument:
        raise invalid("`tool_input` is not JSON") from None
    server = text(values, "mcp_server_name")
    return _mcp(server, text(values, "tool_name"), an_object(arguments, "`tool_input`"), cwd)


def _mcp(server: str, tool: str, arguments: Values, cwd: str) -> ToolCall:
    if not tool:
        raise invalid("the MCP tool has no name")
    neutral = {"server": server, "tool": tool, "arguments": arguments}
    raw = {"server": server, "arguments": arguments}
    return ToolCall("mcp", neutral, cwd, raw_tool=f"MCP:{tool}", raw_input=raw)


def _read_event(values: Values, cwd: str) -> ToolCall:
    path = text(values, "file_path")
    given = {"file_path": path}
    return ToolCall("read", {"path": path}, cwd, raw_tool="Read", raw_input=given)


def _agent_event(values: Values, cwd: str) -> ToolCall:
    agent = optional_text(values, "subagent_type")
    given = {"agent": agent, "prompt": optional_text(values, "task")}
    call_id = optional_text(values, "tool_call_id")
    return ToolCall("agent", given, cwd, raw_tool="Task", raw_input=given, call_id=call_id)


_OUTCOMES = frozenset(("postToolUse", "postToolUseFailure", "afterMCPExecution"))
_CALLS: dict[str, Callable[[Values, str], ToolCall]] = {
    "preToolUse": _tool_call,
    "postToolUse": _tool_call,
    "postToolUseFailure": _tool_call,
    "beforeShellExecution": _shell_event,
    "beforeMCPExecution": _mcp_event,
    "afterMCPExecution": _mcp_event,
    "beforeReadFile": _read_event,
    "beforeTabFileRead": _read_event,
    "subagentStart": _agent_event,
}


def _outcome(name: str, values: Values) -> Outcome:
    duration = duration_ms(values, "duration")
    if name == "postToolUseFailure":
        is_refusal = values.get("failure_type") == "permission_denied"
        status: OutcomeStatus = "refused" if is_refusal else "failed"
        return Outcome(status, duration, None, optional_text(values, "error_message"))
    if name == "afterMCPExecution":
        return Outcome("unknown", duration, values.get("result_json"))
    return Outcome("succeeded", duration, values.get("tool_output"))


# --- the client's tools in neutral words


def _path(given: Values) -> str:
    return optional_text(given, "file_path") or text(given, "path")


def _read(given: Values) -> tuple[str, Values]:
    return "read", {"path": _path(given)}


def _write(given: Values) -> tuple[str, Values]:
    """A whole file, or a piece of it: the client names both `Write`."""
    path = _path(given)
    if given.get("new_string") is not None:
        new = any_text(given, "new_string")
        return "edit", {"path": path, "old": optional_text(given, "old_string"), "new": new}
    return "write", {"path": path, "content": optional_text(given, "content")}


def _delete(given: Values) -> tuple[str, Values]:
    return "delete", {"path": _path(given)}


def _search(given: Values) -> tuple[str, Values]:
    folder = optional_text(given, "file_path") or optional_text(given, "path")
    pattern, glob = optional_text(given, "pattern"), optional_text(given, "glob")
    return "search", {"path": folder, "pattern": pattern, "glob": glob}


def _fetch(given: Values) -> tuple[str, Values]:
    return "fetch", {"url": text(given, "url")}


def _browse(given: Values) -> tuple[str, Values]:
    return "browse", {"query": optional_text(given, "query") or optional_text(given, "search_term")}


def _agent(given: Values) -> tuple[str, Values]:
    agent = optional_text(given, "subagent_type")
    return "agent", {"agent": agent, "prompt": optional_text(given, "prompt")}


def _list_resources(given: Values) -> tuple[str, Values]:
    server = optional_text(given, "server")
    return "mcp", {"server": server, "tool": "resources/list", "arguments": given}


def _read_resource(given: Values) -> tuple[str, Values]:
    """A resource that is shown, or written into a file, which is the graver of the two."""
    path = optional_text(given, "download_path")
    if path:
        return "write", {"path": path}
    return "mcp", {"server": text(given, "server"), "tool": "resources/read", "arguments": given}


_TOOLS: dict[str, Callable[[Values], tuple[str, Values]]] = {
    "Read": _read,
    "Write": _write,
    "Edit": _write,
    "StrReplace": _write,
    "Delete": _delete,
    "Grep": _search,
    "Glob": _search,
    "List": _search,
    "Fetch": _fetch,
    "WebFetch": _fetch,
    "WebSearch": _browse,
    "Task": _agent,
    "ListMcpResources": _list_resources,
    "FetchMcpResource": _read_resource,
}


# --- decisions in the client's words


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """One document; a question that cannot be asked here is a refusal."""
    if answer in {"allow", "none"}:
        return Reply(_ALLOW)
    told = encode_string(text_of(decision, answer))
    return Reply(document(f'{{"permission":"deny","user_message":{told},"agent_message":{told}}}'))


def none_reply(event: Event) -> Reply:
    """No decision; an entry with `failClosed` must be given one in words."""
    return Reply(_ALLOW if event.name == "preToolUse" else b"{}\n")


def session_reply(text: str) -> Reply:
    """The reply to sessionStart that gives the agent `text` to read."""
    return Reply(document(f'{{"additional_context":{encode_string(text)}}}'))


def unrecorded_reply(problem: str) -> Reply:
    """The reply to an outcome that could not be recorded: it is in the client's log of hooks."""
    return Reply(b"{}\n", problem.encode("utf-8", "backslashreplace") + b"\n")
