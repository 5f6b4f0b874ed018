"""Codex: its hook payloads into neutral values, and decisions into what it obeys.

Payload, as the client writes it to standard input (unknown keys are ignored)::

    {"session_id": str, "turn_id": str, "transcript_path": str | null, "cwd": str,
     "hook_event_name": "PreToolUse", "model": str, "permission_mode": str, "tool_name": str,
     "tool_input": {...}, "tool_use_id": str, "agent_id": str, "agent_type": str}

`cwd` is the folder of this call; the hook itself is started in the folder of the session. A refusal is
exit code 2 with the reason on standard error: the one form that neither text of a login shell nor a key
too many turns into a run. Everything else is no decision: the client knows no `ask` (it runs the tool),
and no `allow` but for a call that it rewrites.

Source: https://developers.openai.com/codex/hooks.md and the schemas in @openai/codex 0.169.0 (checked
2026-11-21); what the client does with a reply was seen with 0.169.0 (tests/e2e/test_codex.py).
"""

from __future__ import annotations

from agentic.adapters.answers import document, text_of
from agentic.adapters.fields import an_object, invalid, optional_text, text
from agentic.adapters.interface import SAME_WITHIN_S, Event, Outcome, Reply
from agentic.core.native import encode_string
from agentic.core.values import ToolCall
from agentic.errors import HostPayloadInvalid, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentic.adapters.interface import Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "codex"

VARIABLES: tuple[str, ...] = ()

#: Events of the client that decide nothing here. An event that is in no list and names a tool is refused.
_OTHER_EVENTS = frozenset(
    (
        "UserPromptSubmit",
        "PreModelRequest",
        "PostModelRequest",
        "PreCompact",
        "PostCompact",
        "SubagentStart",
        "SubagentStop",
        "Stop",
        "StopFailure",
        "Interrupt",
        "SessionEnd",
    )
)

#: What the client puts in front of the names of its tools for sub-agents, without a separator.
_NAMESPACES = ("collaboration", "multi_agent_v1")

_BLOCKED = 2


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid, naming the client, for anything that is not its payload and for an unknown
    event about a tool.
    """
    try:
        return _event(an_object(payload, "the payload"), surroundings.folder)
    except HostPayloadInvalid as problem:  # its payload does not tell the client's version
        raise invalid(f"Codex, of a version that it does not tell: {problem.message}") from None


def _event(values: Values, folder: str) -> Event:
    name = text(values, "hook_event_name")
    session = text(values, "session_id")
    cwd = text(values, "cwd")
    optional_text(values, "transcript_path")
    home = folder if folder.startswith("/") else cwd
    if name in {"PreToolUse", "PermissionRequest"}:
        is_call = name == "PreToolUse"
        call = _call(values, session, cwd, text(values, "tool_use_id") if is_call else "")
        return Event("call" if is_call else "permission", name, call, None, session, "", home)
    if name == "PostToolUse":
        call = _call(values, session, cwd, text(values, "tool_use_id"))
        return Event("outcome", name, call, _outcome(call, values), session, "", home)
    if name == "SessionStart":
        return Event("session", name, None, None, session, "", home)
    if name in _OTHER_EVENTS or "tool_name" not in values:
        return Event("none", name, None, None, session, "", home)
    raise invalid(f"unknown event {quoted(name)} about a tool")


def _call(values: Values, session: str, cwd: str, call_id: str) -> ToolCall:
    raw_tool = text(values, "tool_name")
    raw_input = an_object(values.get("tool_input"), "`tool_input`")
    tool, neutral = _neutral(raw_tool, raw_input)
    if raw_tool in {"Bash", "apply_patch"}:
        # A permission request brings the model's reasons along: it is the same call without them.
        raw_input = {"command": raw_input["command"]}
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=cwd,
        host=HOST,
        raw_tool=raw_tool,
        raw_input=raw_input,
        session=session,
        call_id=call_id,
        agent=optional_text(values, "agent_type"),
        agent_id=optional_text(values, "agent_id"),
        model=optional_text(values, "model"),
        host_mode=optional_text(values, "permission_mode"),
        same_within_s=0 if call_id else SAME_WITHIN_S,
    )


def _outcome(call: ToolCall, values: Values) -> Outcome:
    """What became of a call: of a command, the client tells the output and not the exit code."""
    response = values.get("tool_response")
    if call.tool == "shell":
        return Outcome("unknown", -1, response)
    has_failed = type(response) is dict and response.get("isError") is True
    return Outcome("failed" if has_failed else "succeeded", -1, response)


# --- the client's tools in neutral words


def _neutral(raw_tool: str, given: Values) -> tuple[str, Values]:
    """(neutral tool, neutral input). A tool that is not known here is `other`, with its whole input."""
    if raw_tool.startswith("mcp__"):
        server, _, tool = raw_tool[5:].partition("__")
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    name = raw_tool
    for namespace in _NAMESPACES:
        name = name.removeprefix(namespace).lstrip("._") if name != namespace else name
    translate = _TOOLS.get(name)
    if translate is not None:
        return translate(given)
    return "other", {"name": name, "input": given}


def _shell(given: Values) -> tuple[str, Values]:
    return "shell", {"command": text(given, "command")}


def _patch(given: Values) -> tuple[str, Values]:
    from agentic.adapters.patches import changes_of  # a plain call does not pay for it

    return "edit", {"changes": changes_of(text(given, "command"))}


def _image(given: Values) -> tuple[str, Values]:
    return "read", {"path": text(given, "path")}


def _agent(given: Values) -> tuple[str, Values]:
    agent = optional_text(given, "agent_type")
    return "agent", {"agent": agent, "prompt": optional_text(given, "message")}


def _list_resources(given: Values) -> tuple[str, Values]:
    server = optional_text(given, "server")
    return "mcp", {"server": server, "tool": "resources/list", "arguments": given}


def _read_resource(given: Values) -> tuple[str, Values]:
    return "mcp", {"server": text(given, "server"), "tool": "resources/read", "arguments": given}


_TOOLS: dict[str, Callable[[Values], tuple[str, Values]]] = {
    "Bash": _shell,
    "apply_patch": _patch,
    "view_image": _image,
    "spawn_agent": _agent,
    "list_mcp_resources": _list_resources,
    "list_mcp_resource_templates": _list_resources,
    "read_mcp_resource": _read_resource,
}


# --- decisions in the client's words


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """Nothing where the call may run, else the reason on standard error and exit code 2.

    A question that cannot be asked here is a refusal. A question of the client's own stays its person's to
    answer unless the call is refused.
    """
    if answer in {"allow", "none"}:
        return Reply()
    return Reply(
        b"", text_of(decision, answer).encode("utf-8", "backslashreplace") + b"\n", _BLOCKED
    )


def none_reply(event: Event) -> Reply:
    """No decision."""
    return Reply()


def session_reply(text: str) -> Reply:
    """The reply to SessionStart that gives the agent `text` to read; it knows no other keys."""
    return Reply(
        document(
            '{"hookSpecificOutput":{"hookEventName":"SessionStart","additionalContext":'
            f"{encode_string(text)}}}}}"
        )
    )


def unrecorded_reply(problem: str) -> Reply:
    """The reply to an outcome that could not be recorded: the person is told, nothing is blocked."""
    return Reply(document(f'{{"systemMessage":{encode_string(problem)}}}'))
