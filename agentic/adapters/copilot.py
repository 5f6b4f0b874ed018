"""GitHub Copilot (command line, coding agent, VS Code): its hook payloads into neutral values, and replies.

Three shapes arrive, told apart by their fields; none of the first two has an id of the call::

    {"sessionId": str, "timestamp": int, "cwd": str, "toolName": str, "toolArgs": {...}}
    {"hook_event_name": "PreToolUse", "session_id": str, "timestamp": str, "cwd": str,
     "tool_name": str, "tool_input": {...}}
    {"hookEventName": "PreToolUse", "sessionId": str, "timestamp": str, "cwd": str,
     "tool_name": str, "tool_input": {...}, "tool_use_id": str}

The first is what our own entries get; it does not name its event, so the command does (`--event`). The
second goes to hooks of `.claude/settings.json`, with Claude's names for the same tools: both are told in
those names, so that one call is one decision. The third is VS Code's own.

A refusal is exit code 2 with a document on standard output (the reason for the command line, which refuses
also when noise spoils it) and the reason on standard error (for VS Code).

Sources: https://docs.github.com/en/copilot/reference/hooks-reference and
https://code.visualstudio.com/docs/agents/reference/hooks-reference (checked 2026-11-21); the command line
was seen with 1.0.102 (tests/e2e/test_copilot.py), VS Code and the coding agent are as documented.
"""

from __future__ import annotations

from agentic.adapters.answers import document, text_of
from agentic.adapters.copilot_tools import CLAUDE_NAMES, neutral_of
from agentic.adapters.fields import an_object, invalid, number_after, optional_text, text
from agentic.adapters.interface import SAME_WITHIN_S, Event, Outcome, Reply
from agentic.core.native import encode_string, parse_json
from agentic.core.record_type import NamedTuple
from agentic.core.values import ToolCall
from agentic.errors import AgenticError, HostPayloadInvalid, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agentic.adapters.interface import OutcomeStatus, Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "copilot"

VARIABLES = ("COPILOT_CLI_BINARY_VERSION", "COPILOT_LOADER_PID", "COPILOT_PROJECT_DIR")

#: The first version of the command line in which `ask` was seen to show a question. Only a session at a
#: terminal has a loader beside it (`COPILOT_LOADER_PID`); where nobody is there, `ask` is a refusal.
ASKS_SINCE = (1, 0, 102)

#: The name of an event in the first shape -> in the others.
_NAMES = {
    "preToolUse": "PreToolUse",
    "permissionRequest": "PermissionRequest",
    "postToolUse": "PostToolUse",
    "postToolUseFailure": "PostToolUseFailure",
    "sessionStart": "SessionStart",
}
#: Events that decide nothing here; an unknown event about a tool is refused.
_OTHER_EVENTS = frozenset(
    """SessionEnd UserPromptSubmit UserPromptTransformed Stop SubagentStart SubagentStop PreCompact
    Notification ErrorOccurred sessionEnd userPromptSubmitted userPromptTransformed agentStop subagentStart
    subagentStop preCompact notification errorOccurred""".split()
)


class _Told(NamedTuple):
    """A payload of any shape: `name` is the event's in the second shape, `shape` which of the three."""

    shape: int
    name: str
    session: str
    cwd: str
    tool: str
    given: Any
    call_id: str
    agent: str
    agent_id: str


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid, naming the client and its version, for anything that is not its payload and
    for an unknown event about a tool.
    """
    variables = surroundings.variables
    version = variables.get("COPILOT_CLI_BINARY_VERSION", "")
    try:
        values = an_object(payload, "the payload")
        return _event(values, _told(values, surroundings.event), variables, version)
    except HostPayloadInvalid as problem:
        told = quoted(version, 20) if version else "(it does not tell its version)"
        raise invalid(f"GitHub Copilot {told}: {problem.message}") from None


def _event(values: Values, told: _Told, variables: Mapping[str, str], version: str) -> Event:
    name, session, cwd = told.name, told.session, told.cwd
    project = variables.get("COPILOT_PROJECT_DIR", "")
    if name == "PreToolUse":
        is_there = told.shape == 3 or ("COPILOT_LOADER_PID" in variables and can_ask(version))
        call = _call(told, version)._replace(can_ask=is_there and not told.agent_id)
        return Event("call", name, call, None, session, project, cwd)
    if name == "PermissionRequest":
        return _permission(told, version, project)
    if name in {"PostToolUse", "PostToolUseFailure"}:
        call = _call(told, version)
        return Event("outcome", name, call, _outcome(name, values), session, project, cwd)
    if name == "SessionStart":
        return Event("session", name, None, None, session, project, cwd)
    if name in _OTHER_EVENTS or not told.tool:
        return Event("none", name, None, None, session, project, cwd)
    raise invalid(f"unknown event {quoted(name)} about a tool")


def _permission(told: _Told, version: str, project: str) -> Event:
    """The host is about to ask about a call that PreToolUse told of.

    For a file it tells a path and a difference, which are not the call's own words: the answer to the
    call stands, and its record is not doubled.
    """
    if type(told.given) is dict and "diff" in told.given:
        return Event("none", told.name, None, None, told.session, project, told.cwd)
    call = _call(told, version)._replace(can_ask=True)
    return Event("permission", told.name, call, None, told.session, project, told.cwd)


def can_ask(version: str) -> bool:
    """Whether a question is known to appear at a terminal in this version of the command line."""
    parts = version.split(".")
    if len(parts) != 3 or not "".join(parts).isdecimal() or "" in parts:
        return False
    return (int(parts[0]), int(parts[1]), int(parts[2])) >= ASKS_SINCE


# --- the three shapes


def _told(values: Values, event: str) -> _Told:
    cwd = text(values, "cwd")
    named = [key for key in ("hookEventName", "hook_event_name", "toolName") if key in values]
    if len(named) > 1:
        raise invalid(f"`{named[0]}` and `{named[1]}` are of different shapes")
    if "hookEventName" in values:
        name = text(values, "hookEventName")
        return _of_names(values, 3, name, text(values, "sessionId"), cwd)
    if "hook_event_name" in values:
        name = text(values, "hook_event_name")
        # A notification has the name in this spelling, and all else in the other.
        session = text(values, "sessionId" if "sessionId" in values else "session_id")
        return _of_names(values, 2, name, session, cwd)
    name = _name_of(values, event)
    # A question about a sub-agent's call is told under its parent's session: the agent's own id is one.
    session = optional_text(values, "agentId") or text(values, "sessionId")
    tool = optional_text(values, "toolName")
    given = values.get("toolInput" if name == "PermissionRequest" else "toolArgs")
    agent = optional_text(values, "agentType") or optional_text(values, "agentName")
    agent_id = optional_text(values, "agentId")
    return _Told(1, name, session, cwd, tool.replace("/", "-"), given, "", agent, agent_id)


def _of_names(values: Values, shape: int, name: str, session: str, cwd: str) -> _Told:
    """The second and the third shape, which name the tool alike."""
    agent_id = optional_text(values, "agent_id")
    return _Told(
        shape,
        name,
        agent_id or session,
        cwd,
        optional_text(values, "tool_name"),
        values.get("tool_input"),
        optional_text(values, "tool_use_id"),
        optional_text(values, "agent_type"),
        agent_id,
    )


def _name_of(values: Values, event: str) -> str:
    """The event of the first shape: what its fields say, else what the command says.

    A command that says otherwise than the fields do is refused: it would take a call for an outcome.
    """
    seen = optional_text(values, "hookName")
    if not seen and "toolName" in values:
        if "toolResult" in values:
            seen = "postToolUse"
        elif "error" in values:
            seen = "postToolUseFailure"
        elif "toolArgs" in values:
            seen = "preToolUse"
    if seen and event and seen != event:
        raise invalid(f"its event is {quoted(seen)}, and the hook's command says {quoted(event)}")
    name = seen or event
    return _NAMES.get(name, name)


# --- calls and outcomes


def _call(told: _Told, version: str) -> ToolCall:
    if not told.tool:
        raise invalid("the tool's name is missing")
    given = _arguments(told)
    raw_tool = told.tool if told.shape == 3 else CLAUDE_NAMES.get(told.tool, told.tool)
    tool, neutral = neutral_of(raw_tool, given, is_editor=told.shape == 3)
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=told.cwd,
        host=HOST,
        raw_tool=raw_tool,
        # The host's question about a command leaves out what only describes it.
        raw_input=neutral if tool == "shell" else given,
        session=told.session,
        call_id=told.call_id,
        agent=told.agent,
        agent_id=told.agent_id,
        host_version=version,
        same_within_s=SAME_WITHIN_S,
    )


def _arguments(told: _Told) -> Values:
    """The input as an object: early versions sent it as text, and a patch may be nothing but text."""
    given = told.given
    if type(given) is str:
        if told.tool in {"apply_patch", "Edit"} and given.lstrip().startswith("***"):
            return {"input": given}
        try:
            given = parse_json(given, what="the tool's input")
        except AgenticError as problem:
            raise invalid(problem.message) from None
    return an_object(given, "the tool's input")


def _outcome(name: str, values: Values) -> Outcome:
    if name == "PostToolUseFailure":
        return Outcome("failed", -1, None, optional_text(values, "error"))
    for key in ("toolResult", "tool_result", "tool_response"):
        if key in values:
            break
    else:
        return Outcome("succeeded")
    result = values[key]
    told = result if type(result) is dict else {}
    kind = told.get("resultType") or told.get("result_type") or "success"
    content = told.get("textResultForLlm") or told.get("text_result_for_llm")
    status: OutcomeStatus = "succeeded" if kind == "success" else "failed"
    if type(content) is str and number_after("completed with exit code", content[-80:]):
        status = "failed"
    return Outcome(status, -1, result)


# --- decisions in the client's words


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """Nothing for no decision, else one JSON document in every shape's words; a refusal ends with 2."""
    if event.kind == "permission":
        return _permission_reply(decision, answer)
    if answer == "none":
        return Reply()
    reason = text_of(decision, answer)
    told = encode_string(reason)
    data = document(
        f'{{"permissionDecision":"{answer}","permissionDecisionReason":{told},'
        '"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":'
        f'"{answer}","permissionDecisionReason":{told}}}}}'
    )
    return Reply(data, document(reason), 2) if answer == "deny" else Reply(data)


def _permission_reply(decision: Decision, answer: Answer) -> Reply:
    """The client's question is answered with no where the call is refused; else its person answers."""
    if answer != "deny":
        return Reply()
    reason = text_of(decision, answer)
    told = encode_string(reason)
    return Reply(document(f'{{"behavior":"deny","message":{told}}}'), document(reason), 2)


def none_reply(event: Event) -> Reply:
    """No decision."""
    return Reply()


def session_reply(text: str) -> Reply:
    """The reply to the session's start that gives the agent `text` to read, in every shape's words."""
    told = encode_string(text)
    return Reply(
        document(
            f'{{"additionalContext":{told},"hookSpecificOutput":{{"hookEventName":"SessionStart",'
            f'"additionalContext":{told}}}}}'
        )
    )


def unrecorded_reply(problem: str) -> Reply:
    """The reply to an outcome that could not be recorded: the person is told, nothing is blocked."""
    return Reply(document(f'{{"systemMessage":{encode_string(problem)}}}'))
