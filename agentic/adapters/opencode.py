"""OpenCode: the payloads of our plugin into neutral values, and decisions into what the plugin obeys.

OpenCode has no hook commands. Our plugin (agentic/hosts/opencode_plugin.js) runs inside the client and
starts the hook with one JSON document on standard input::

    {"opencodeVersion": str, "event": "tool.execute.before", "sessionID": str, "callID": str,
     "tool": str, "args": {...}, "mcp": {"server": str, "tool": str}, "agent": str,
     "directory": str, "worktree": str}

`mcp` is there for the tool of an MCP server, whose name alone (`server_tool`) does not tell the server.
`tool.execute.after` adds `output`, `tool.execute.failed` adds `error`, both `durationMs`;
`session.start` has no call. The reply is one document, without which the plugin throws::

    {"decision": "allow" | "none" | "deny", "reason": str}      for a call
    {"context": str} | {"problem": str} | {}                    for anything else

Source: https://opencode.ai/docs/plugins and the types of @opencode-ai/plugin 1.18.33 (checked 2026-11-21);
what the client does was seen with 1.18.33 (tests/e2e/test_opencode.py). It has no question that a plugin
could ask, so CONSULT is a refusal with the next step.
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
    optional_text,
    text,
    translated,
)
from agentic.adapters.interface import Event, Outcome, Reply
from agentic.core.native import encode_string
from agentic.core.values import ToolCall
from agentic.errors import HostPayloadInvalid, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentic.adapters.fields import Row
    from agentic.adapters.interface import OutcomeStatus, Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "opencode"

VARIABLES: tuple[str, ...] = ()

#: What the client's own refusals begin with: the tool did not run.
_REFUSALS = ("The user rejected permission", "The user has specified a rule")


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid, naming the client and its version, for anything that is not our plugin's.
    """
    values = an_object(payload, "the payload")
    version = values.get("opencodeVersion")
    try:
        return _event(values)
    except HostPayloadInvalid as problem:
        told = quoted(version, 20) if type(version) is str and version else "of an unknown version"
        raise invalid(f"OpenCode {told}: {problem.message}") from None


def _event(values: Values) -> Event:
    version = any_text(values, "opencodeVersion")
    name = text(values, "event")
    session = text(values, "sessionID")
    cwd = text(values, "directory")
    worktree = optional_text(values, "worktree")
    project = "" if worktree == "/" else worktree  # what the client says of a folder without git
    if name == "session.start":
        return Event("session", name, None, None, session, project, cwd)
    if name == "tool.execute.before":
        return Event(
            "call", name, _call(values, session, cwd, version), None, session, project, cwd
        )
    if name in {"tool.execute.after", "tool.execute.failed"}:
        call = _call(values, session, cwd, version)
        return Event("outcome", name, call, _outcome(name, values), session, project, cwd)
    raise invalid(f"unknown event {quoted(name)}")


def _call(values: Values, session: str, cwd: str, version: str) -> ToolCall:
    raw_tool = text(values, "tool")
    raw_input = an_object(values.get("args"), "`args`")
    tool, neutral = _neutral(raw_tool, raw_input, values.get("mcp"))
    if tool == "shell":
        cwd = folder_of(cwd, optional_text(raw_input, "workdir"))
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=cwd,
        host=HOST,
        raw_tool=raw_tool,
        raw_input=raw_input,
        session=session,
        call_id=text(values, "callID"),
        agent=optional_text(values, "agent"),
        host_version=version,
    )


def _outcome(name: str, values: Values) -> Outcome:
    duration = duration_ms(values, "durationMs")
    if name == "tool.execute.failed":
        error = optional_text(values, "error")
        status: OutcomeStatus = "refused" if error.startswith(_REFUSALS) else "failed"
        return Outcome(status, duration, None, error)
    output = values.get("output")
    metadata = output.get("metadata") if type(output) is dict else None
    code = metadata.get("exit") if type(metadata) is dict else None
    status = "failed" if type(code) is int and code else "succeeded"
    return Outcome(status, duration, output)


# --- the client's tools in neutral words


def _neutral(raw_tool: str, given: Values, mcp: object) -> tuple[str, Values]:
    """(neutral tool, neutral input). A tool that is not known here is `other`, with its whole input."""
    row = _ROWS.get(raw_tool)
    if row is not None:
        return translated(row, given)
    translate = _TOOLS.get(raw_tool)
    if translate is not None:
        return translate(given)
    if mcp is not None:
        origin = an_object(mcp, "`mcp`")
        server, tool = text(origin, "server"), text(origin, "tool")
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    return "other", {"name": raw_tool, "input": given}


def _edits(given: Values) -> tuple[str, Values]:
    edits = given.get("edits")
    if type(edits) is not list or not edits:
        raise invalid("`edits` is not a list of edits")
    rows = [an_object(edit, "an edit") for edit in edits]
    pairs = [{"old": any_text(r, "oldString"), "new": any_text(r, "newString")} for r in rows]
    return "edit", {"path": text(given, "filePath"), "edits": pairs}


def _patch(given: Values) -> tuple[str, Values]:
    from agentic.adapters.patches import changes_of  # a plain call does not pay for it

    return "edit", {"changes": changes_of(text(given, "patchText"))}


def _glob(given: Values) -> tuple[str, Values]:
    pattern = text(given, "pattern")
    folder = folder_searched(pattern, optional_text(given, "path"))
    return "search", {"path": folder, "pattern": pattern}


def _resources(given: Values) -> tuple[str, Values]:
    server = optional_text(given, "server")
    return "mcp", {"server": server, "tool": "resources/list", "arguments": given}


def _resource(given: Values) -> tuple[str, Values]:
    return "mcp", {"server": text(given, "server"), "tool": "resources/read", "arguments": given}


def _unavailable(given: Values) -> tuple[str, Values]:
    """What the client makes of a call that it cannot serve: it only tells the model so."""
    return "other", {"name": "question", "input": given}


_ROWS: dict[str, Row] = {
    "bash": ("shell", (("command", text, "command"),)),
    "read": ("read", (("path", text, "filePath"),)),
    "write": ("write", (("path", text, "filePath"), ("content", any_text, "content"))),
    "edit": (
        "edit",
        (
            ("path", text, "filePath"),
            ("old", any_text, "oldString"),
            ("new", any_text, "newString"),
        ),
    ),
    "grep": (
        "search",
        (
            ("path", optional_text, "path"),
            ("pattern", any_text, "pattern"),
            ("glob", optional_text, "include"),
        ),
    ),
    "list": ("search", (("path", optional_text, "path"),)),
    "webfetch": ("fetch", (("url", text, "url"),)),
    "websearch": ("browse", (("query", text, "query"),)),
    "codesearch": ("browse", (("query", text, "query"),)),
    "task": ("agent", (("agent", optional_text, "subagent_type"), ("prompt", any_text, "prompt"))),
}
_TOOLS: dict[str, Callable[[Values], tuple[str, Values]]] = {
    "multiedit": _edits,
    "patch": _patch,
    "apply_patch": _patch,
    "glob": _glob,
    "list_mcp_resources": _resources,
    "list_mcp_resource_templates": _resources,
    "read_mcp_resource": _resource,
    "invalid": _unavailable,
}


# --- decisions in the plugin's words


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """One document that the plugin obeys; a question that cannot be asked here is a refusal."""
    word = "deny" if answer in {"deny", "ask"} else answer
    if word == "none":
        return Reply(b'{"decision":"none"}\n')
    told = encode_string(text_of(decision, answer))
    return Reply(document(f'{{"decision":"{word}","reason":{told}}}'))


def none_reply(event: Event) -> Reply:
    """Nothing to tell."""
    return Reply(b"{}\n")


def session_reply(text: str) -> Reply:
    """The text that the plugin adds to what the model reads first."""
    return Reply(document(f'{{"context":{encode_string(text)}}}'))


def unrecorded_reply(problem: str) -> Reply:
    """What could not be recorded: the plugin tells the person, nothing is blocked."""
    return Reply(document(f'{{"problem":{encode_string(problem)}}}'))
