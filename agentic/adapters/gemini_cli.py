"""Gemini CLI: its hook payloads into neutral values, and decisions into its replies.

Payload (unknown keys are ignored; there is no id of the call, no mode and no version)::

    {"session_id": str, "transcript_path": str, "cwd": str, "hook_event_name": "BeforeTool",
     "timestamp": str, "tool_name": str, "tool_input": {...},
     "mcp_context": {"server_name": str, "tool_name": str}}

A refusal is exit code 2 with the reason on standard error: the client takes a JSON refusal for silence when
anything stands before it on standard output, but this form never (tests/e2e/test_gemini_cli.py). Its
question (`ask`) hangs where nobody is there, and nothing tells whether somebody is: CONSULT is a refusal.

Source: https://geminicli.com/docs/hooks/reference (checked 2026-11-21); replies seen with 0.61.0.
"""

from __future__ import annotations

from agentic.adapters.answers import document, text_of
from agentic.adapters.fields import (
    an_object,
    any_text,
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
    from collections.abc import Callable
    from typing import Any

    from agentic.adapters.fields import Row
    from agentic.adapters.interface import Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "gemini-cli"

VARIABLES = ("GEMINI_PROJECT_DIR",)

#: Events that decide nothing here; an unknown event about a tool is refused.
_OTHER_EVENTS = frozenset(
    """BeforeAgent AfterAgent BeforeModel AfterModel BeforeToolSelection SessionEnd Notification
    PreCompress""".split()
)


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid, naming the client, for anything that is not its payload and for an unknown
    event about a tool.
    """
    try:
        return _event(an_object(payload, "the payload"), surroundings)
    except HostPayloadInvalid as problem:
        raise invalid(f"Gemini CLI (it does not tell its version): {problem.message}") from None


def _event(values: Values, surroundings: Surroundings) -> Event:
    name = text(values, "hook_event_name")
    session = text(values, "session_id")
    cwd = text(values, "cwd")
    optional_text(values, "transcript_path")
    project = surroundings.variables.get("GEMINI_PROJECT_DIR", "")
    if name == "BeforeTool":
        return Event("call", name, _call(values, session, cwd), None, session, project, cwd)
    if name == "AfterTool":
        call = _call(values, session, cwd)
        return Event("outcome", name, call, _outcome(values), session, project, cwd)
    if name == "SessionStart":
        return Event("session", name, None, None, session, project, cwd)
    if name in _OTHER_EVENTS or "tool_name" not in values:
        return Event("none", name, None, None, session, project, cwd)
    raise invalid(f"unknown event {quoted(name)} about a tool")


def _call(values: Values, session: str, cwd: str) -> ToolCall:
    raw_tool = text(values, "tool_name")
    raw_input = an_object(values.get("tool_input"), "`tool_input`")
    tool, neutral = _neutral(raw_tool, raw_input, values.get("mcp_context"))
    folder = optional_text(raw_input, "dir_path") if tool == "shell" else ""
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=folder_of(cwd, folder),
        host=HOST,
        raw_tool=raw_tool,
        raw_input=raw_input,
        session=session,
        same_within_s=SAME_WITHIN_S,
    )


def _outcome(values: Values) -> Outcome:
    response = values.get("tool_response")
    told = response if type(response) is dict else {}
    if told.get("error"):
        problem = told["error"]
        message = problem.get("message") if type(problem) is dict else problem
        return Outcome("failed", -1, response, message if type(message) is str else "")
    content = told.get("llmContent")
    code = number_after("\nExit Code:", content) if type(content) is str else 0
    return Outcome("failed" if code else "succeeded", -1, response)


# --- the client's tools in neutral words


def _neutral(raw_tool: str, given: Values, context: object) -> tuple[str, Values]:
    """(neutral tool, neutral input). A tool that is not known here is `other`, with its whole input."""
    if context is not None:
        origin = an_object(context, "`mcp_context`")
        server, tool = text(origin, "server_name"), text(origin, "tool_name")
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    row = _ROWS.get(raw_tool)
    if row is not None:
        return translated(row, given)
    translate = _TOOLS.get(raw_tool)
    if translate is not None:
        return translate(given)
    if raw_tool.startswith("mcp_"):
        # The client itself takes the first underscore for the end of the server's name.
        server, _, tool = raw_tool[4:].partition("_")
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    return "other", {"name": raw_tool, "input": given}


def _glob(given: Values) -> tuple[str, Values]:
    pattern = text(given, "pattern")
    path = folder_searched(pattern, optional_text(given, "dir_path"))
    return "search", {"path": path, "pattern": pattern}


def _read_many(given: Values) -> tuple[str, Values]:
    """Every file that one of the patterns matches."""
    patterns = given.get("include")
    if type(patterns) is not list or not patterns or any(type(p) is not str for p in patterns):
        raise invalid("`include` is not a list of patterns")
    folders = [folder_searched(pattern, "") or "." for pattern in patterns]
    return "search", {"paths": folders, "pattern": "", "glob": patterns}


def _fetch(given: Values) -> tuple[str, Values]:
    """The addresses stand in a prompt, or alone where the client asks for one page."""
    if given.get("url") is not None:
        return "fetch", {"url": text(given, "url")}
    return "fetch", {"prompt": text(given, "prompt")}


_ROWS: dict[str, Row] = {
    "run_shell_command": ("shell", (("command", text, "command"),)),
    "read_file": ("read", (("path", text, "file_path"),)),
    "write_file": ("write", (("path", text, "file_path"), ("content", any_text, "content"))),
    "replace": (
        "edit",
        (
            ("path", text, "file_path"),
            ("old", any_text, "old_string"),
            ("new", any_text, "new_string"),
        ),
    ),
    "list_directory": ("search", (("path", text, "dir_path"),)),
    "grep_search": (
        "search",
        (
            ("path", optional_text, "dir_path"),
            ("pattern", any_text, "pattern"),
            ("glob", optional_text, "include_pattern"),
        ),
    ),
    "google_web_search": ("browse", (("query", text, "query"),)),
    "invoke_agent": ("agent", (("agent", text, "agent_name"), ("prompt", any_text, "prompt"))),
}

_TOOLS: dict[str, Callable[[Values], tuple[str, Values]]] = {
    "glob": _glob,
    "read_many_files": _read_many,
    "web_fetch": _fetch,
}


# --- decisions in the client's words


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """Exit code 2 with the reason for a refusal, else nothing: an `allow` would only mean no objection."""
    if answer in {"allow", "none"}:
        return Reply()
    return Reply(b"", document(text_of(decision, answer)), 2)


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
