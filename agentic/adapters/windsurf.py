"""Windsurf (Cascade): its hook payloads into neutral values, and decisions into exit codes.

Payload, as the client writes it to standard input (unknown keys are ignored)::

    {"agent_action_name": "pre_run_command", "trajectory_id": str, "execution_id": str,
     "timestamp": str, "model_name": str, "tool_info": {...}}

`tool_info` holds `command_line` and `cwd`; or `file_path`, with `edits` for a write; or
`mcp_server_name`, `mcp_tool_name` and `mcp_tool_arguments`. Exit code 2 of a hook before an action blocks
it and its standard error is what the agent reads; the client knows no question and no reply in words.

Source: https://docs.windsurf.com/windsurf/cascade/hooks.md (checked 2026-11-21).
"""

from __future__ import annotations

from agentic.adapters.answers import text_of
from agentic.adapters.fields import an_object, any_text, invalid, optional_text, text
from agentic.adapters.interface import SAME_WITHIN_S, Event, Outcome, Reply
from agentic.core.values import ToolCall
from agentic.errors import HostPayloadInvalid, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentic.adapters.interface import Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "windsurf"

VARIABLES: tuple[str, ...] = ()

#: Events of the client that decide nothing here.
_OTHER_EVENTS = frozenset(
    (
        "pre_user_prompt",
        "post_cascade_response",
        "post_cascade_response_with_transcript",
        "post_setup_worktree",
    )
)

_BLOCKED = 2


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid, naming the client, for anything that is not its payload and for an unknown
    event before an action.
    """
    try:
        return _event(an_object(payload, "the payload"), surroundings.folder)
    except HostPayloadInvalid as problem:  # its payload does not tell the client's version
        raise invalid(f"Windsurf, of a version that it does not tell: {problem.message}") from None


def _event(values: Values, folder: str) -> Event:
    name = text(values, "agent_action_name")
    session = text(values, "trajectory_id")
    optional_text(values, "execution_id")
    moment, _, action = name.partition("_")
    translate = _ACTIONS.get(action)
    if translate is not None and moment in {"pre", "post"}:
        call = _call(values, action, translate, folder, session)
        home = folder if folder.startswith("/") else call.cwd
        if moment == "pre":
            return Event("call", name, call, None, session, "", home)
        output = an_object(values.get("tool_info"), "`tool_info`").get("mcp_result")
        return Event("outcome", name, call, Outcome("unknown", -1, output), session, "", home)
    if name in _OTHER_EVENTS or moment != "pre":
        return Event("none", name, None, None, session, "", folder)
    raise invalid(f"unknown event {quoted(name)}")


def _call(
    values: Values,
    action: str,
    translate: Callable[[Values], tuple[str, Values]],
    folder: str,
    session: str,
) -> ToolCall:
    given = an_object(values.get("tool_info"), "`tool_info`")
    tool, neutral = translate(given)
    cwd = optional_text(given, "cwd") if tool == "shell" else ""
    if not cwd.startswith("/"):
        if not folder.startswith("/"):
            raise invalid("the hook was started in no folder")
        cwd = f"{folder}/{cwd}" if cwd else folder
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=cwd,
        host=HOST,
        raw_tool=action,
        raw_input={key: given[key] for key in _TOLD if key in given},
        session=session,
        model=optional_text(values, "model_name"),
        same_within_s=SAME_WITHIN_S,
    )


#: What events before and after an action tell alike.
_TOLD = (
    "command_line",
    "cwd",
    "file_path",
    "edits",
    "mcp_server_name",
    "mcp_tool_name",
    "mcp_tool_arguments",
)


# --- the client's actions in neutral words


def _run(given: Values) -> tuple[str, Values]:
    return "shell", {"command": text(given, "command_line")}


def _read(given: Values) -> tuple[str, Values]:
    return "read", {"path": text(given, "file_path")}


def _write(given: Values) -> tuple[str, Values]:
    edits = given.get("edits")
    if type(edits) is not list:
        raise invalid("`edits` is not a list")
    rows = [an_object(edit, "an edit") for edit in edits]
    pairs = [{"old": any_text(r, "old_string"), "new": any_text(r, "new_string")} for r in rows]
    return "edit", {"path": text(given, "file_path"), "edits": pairs}


def _mcp(given: Values) -> tuple[str, Values]:
    arguments = given.get("mcp_tool_arguments")
    return "mcp", {
        "server": text(given, "mcp_server_name"),
        "tool": text(given, "mcp_tool_name"),
        "arguments": {} if arguments is None else an_object(arguments, "`mcp_tool_arguments`"),
    }


_ACTIONS: dict[str, Callable[[Values], tuple[str, Values]]] = {
    "run_command": _run,
    "read_code": _read,
    "write_code": _write,
    "mcp_tool_use": _mcp,
}


# --- decisions in the client's words


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """Nothing where the call may run, else the reason on standard error and exit code 2."""
    if answer in {"allow", "none"}:
        return Reply()
    return Reply(b"", _line(text_of(decision, answer)), _BLOCKED)


def none_reply(event: Event) -> Reply:
    """No decision."""
    return Reply()


def session_reply(text: str) -> Reply:
    """The client tells of no session's start and takes no text for the agent."""
    return Reply()


def unrecorded_reply(problem: str) -> Reply:
    """What could not be recorded is told on standard error; the action is done."""
    return Reply(b"", _line(problem))


def _line(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace") + b"\n"
