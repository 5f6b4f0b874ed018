"""Cline: its hook payloads into neutral values, and decisions into its replies.

Payload of the CLI 3.x; the extension sends `preToolUse` alone, `hookName` as the file is called, and every
parameter as text::

    {"clineVersion": str, "hookName": "tool_call", "taskId": str, "workspaceRoots": [str],
     "agent_id": str, "parent_agent_id": str | null, "tool_call": {"id": str, "name": str, "input": {...}},
     "preToolUse": {"toolName": str, "parameters": {str: str}}}

Reply: one document. `cancel` ends the whole run in the CLI, and the model is not told why; there is no
milder refusal, and `review` lets the call run where nobody watches (both seen)::

    {"cancel": bool, "errorMessage": str}

Source: https://docs.cline.bot/features/hooks/hook-reference (checked 2026-11-21); what the client does was
seen with the CLI 3.0.65 (tests/e2e/test_cline.py).
"""

from __future__ import annotations

from agentic.adapters.answers import document, text_of
from agentic.adapters.fields import an_object, any_text, duration_ms, invalid, optional_text, text
from agentic.adapters.interface import SAME_WITHIN_S, Event, Outcome, Reply
from agentic.core.native import encode_string, parse_json
from agentic.core.values import ToolCall
from agentic.errors import AgenticError, HostPayloadInvalid, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentic.adapters.interface import OutcomeStatus, Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "cline"

VARIABLES: tuple[str, ...] = ()

_BEFORE = frozenset(("tool_call", "PreToolUse"))
_AFTER = frozenset(("tool_result", "PostToolUse"))
_STARTS = frozenset(("agent_start", "agent_resume", "TaskStart", "TaskResume"))


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid, naming the client and its version, for anything that is not its payload.
    """
    values = an_object(payload, "the payload")
    version = values.get("clineVersion")
    try:
        return _event(values)
    except HostPayloadInvalid as problem:
        told = quoted(version, 20) if type(version) is str and version else "of an unknown version"
        raise invalid(f"Cline {told}: {problem.message}") from None


def _event(values: Values) -> Event:
    name = text(values, "hookName")
    session = text(values, "taskId")
    optional_text(values, "clineVersion")
    cwd = _folder(values)
    if name in _BEFORE:
        call = _call(values, "tool_call", "preToolUse", session, cwd)
        return Event("call", name, call, None, session, cwd, cwd)
    if name in _AFTER:
        call = _call(values, "tool_result", "postToolUse", session, cwd)
        return Event("outcome", name, call, _outcome(values), session, cwd, cwd)
    if name in _STARTS:
        return Event("session", name, None, None, session, cwd, cwd)
    if "tool_call" in values or "preToolUse" in values:
        raise invalid(f"unknown event {quoted(name)} about a tool")
    return Event("none", name, None, None, session, cwd, cwd)


def _folder(values: Values) -> str:
    """The first folder of the workspace: where the client runs commands."""
    roots = values.get("workspaceRoots")
    if type(roots) is not list or not roots or type(roots[0]) is not str or not roots[0]:
        raise invalid("`workspaceRoots` is not a list of folders")
    return roots[0]


def _call(values: Values, exact: str, plain: str, session: str, cwd: str) -> ToolCall:
    call_id = ""
    if exact in values:
        told = an_object(values[exact], f"`{exact}`")
        raw_tool, call_id = text(told, "name"), text(told, "id")
        raw_input = an_object(told.get("input"), "`input`")
    else:
        told = an_object(values.get(plain), f"`{plain}`")
        raw_tool = text(told, "toolName")
        raw_input = an_object(told.get("parameters"), "`parameters`")
    tool, neutral = _neutral(raw_tool, raw_input)
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=cwd,
        host=HOST,
        raw_tool=raw_tool,
        raw_input=raw_input,
        session=session,
        call_id=call_id,
        agent_id=optional_text(values, "agent_id"),
        host_version=optional_text(values, "clineVersion"),
        same_within_s=0 if call_id else SAME_WITHIN_S,
    )


def _outcome(values: Values) -> Outcome:
    told = an_object(values.get("postToolUse", {}), "`postToolUse`")
    is_done = told.get("success")
    status: OutcomeStatus = "unknown"
    if type(is_done) is bool:
        status = "succeeded" if is_done else "failed"
    return Outcome(status, duration_ms(told, "executionTimeMs"), told.get("result"))


# --- the client's tools in neutral words


def _neutral(raw_tool: str, given: Values) -> tuple[str, Values]:
    """(neutral tool, neutral input). A tool that is not known here is `other`, with its whole input."""
    translate = _TOOLS.get(raw_tool)
    if translate is not None:
        return translate(given)
    server, mark, tool = raw_tool.partition("__")
    if mark and server and tool:
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    if raw_tool in _SESSION:
        return "other", {"name": "new_task", "input": given}
    return "other", {"name": raw_tool, "input": given}


def _list_of(given: Values, key: str) -> list[Any]:
    """A list, which the extension writes as JSON text. Raises HostPayloadInvalid."""
    value = given.get(key)
    if type(value) is str and value.startswith("["):
        try:
            value = parse_json(value, what=f"`{key}`")
        except AgenticError as problem:
            raise invalid(problem.message) from None
    if type(value) is not list or not value:
        raise invalid(f"`{key}` is not a list")
    return value


def _texts(given: Values, key: str) -> list[str]:
    found = _list_of(given, key)
    if not all(type(item) is str and item for item in found):
        raise invalid(f"`{key}` is not a list of texts")
    return found


def _path(given: Values) -> str:
    """A path; `@name:path` names another folder of the workspace, which is not known here."""
    path = text(given, "path")
    if path.startswith("@") and ":" in path:
        raise invalid("a path in another folder of the workspace cannot be told")
    return path


def _commands(given: Values) -> tuple[str, Values]:
    return "shell", {"command": "\n".join(_texts(given, "commands"))}


def _command(given: Values) -> tuple[str, Values]:
    return "shell", {"command": text(given, "command")}


def _files(given: Values) -> tuple[str, Values]:
    rows = [an_object(row, "a file") for row in _list_of(given, "files")]
    return "read", {"paths": [_path(row) for row in rows]}


def _read(given: Values) -> tuple[str, Values]:
    return "read", {"path": _path(given)}


def _editor(given: Values) -> tuple[str, Values]:
    """A new file, or a replacement or insertion in one that is there."""
    old, new = optional_text(given, "old_text"), any_text(given, "new_text")
    if old or given.get("insert_line") is not None:
        return "edit", {"path": _path(given), "old": old, "new": new}
    return "write", {"path": _path(given), "content": new}


def _write(given: Values) -> tuple[str, Values]:
    return "write", {"path": _path(given), "content": any_text(given, "content")}


def _replace(given: Values) -> tuple[str, Values]:
    return "edit", {"path": _path(given), "old": "", "new": any_text(given, "diff")}


def _patch(given: Values) -> tuple[str, Values]:
    from agentic.adapters.patches import changes_of  # a plain call does not pay for it

    return "edit", {"changes": changes_of(text(given, "input"))}


def _search(given: Values) -> tuple[str, Values]:
    return "search", {"path": "", "pattern": "\n".join(_texts(given, "queries"))}


def _search_files(given: Values) -> tuple[str, Values]:
    pattern, glob = optional_text(given, "regex"), optional_text(given, "file_pattern")
    return "search", {"path": _path(given), "pattern": pattern, "glob": glob}


def _fetch(given: Values) -> tuple[str, Values]:
    if "url" in given:
        return "fetch", {"url": text(given, "url")}
    rows = [an_object(row, "a request") for row in _list_of(given, "requests")]
    return "fetch", {"urls": [text(row, "url") for row in rows]}


def _browse(given: Values) -> tuple[str, Values]:
    return "browse", {"query": text(given, "query")}


def _agent(given: Values) -> tuple[str, Values]:
    prompt = optional_text(given, "task") or optional_text(given, "rolePrompt")
    return "agent", {"agent": optional_text(given, "agentId"), "prompt": prompt}


def _mcp(given: Values) -> tuple[str, Values]:
    arguments: object = given.get("arguments", {})
    if type(arguments) is str:
        try:
            arguments = parse_json(arguments or "{}", what="`arguments`")
        except AgenticError as problem:
            raise invalid(problem.message) from None
    server, tool = text(given, "server_name"), text(given, "tool_name")
    return "mcp", {"server": server, "tool": tool, "arguments": arguments}


def _resource(given: Values) -> tuple[str, Values]:
    return "mcp", {
        "server": text(given, "server_name"),
        "tool": "resources/read",
        "arguments": given,
    }


def _completion(given: Values) -> tuple[str, Values]:
    """The end of a task, which may show its result by a command."""
    if optional_text(given, "command"):
        return _command(given)
    return "other", {"name": "attempt_completion", "input": given}


#: Tools that only talk: to the person, or among the agents of one run.
_SESSION = frozenset(
    """ask_question ask_followup_question plan_mode_respond act_mode_respond new_task condense summarize_task
    focus_chain load_mcp_documentation submit_and_exit team_status team_list_runs team_await_runs
    team_read_mailbox team_list_outcomes team_mission_log team_send_message team_broadcast""".split()
)

_TOOLS: dict[str, Callable[[Values], tuple[str, Values]]] = {
    "run_commands": _commands,
    "read_files": _files,
    "search_codebase": _search,
    "fetch_web_content": _fetch,
    "editor": _editor,
    "apply_patch": _patch,
    "spawn_agent": _agent,
    "team_spawn_teammate": _agent,
    "team_run_task": _agent,
    "execute_command": _command,
    "read_file": _read,
    "write_to_file": _write,
    "new_rule": _write,
    "replace_in_file": _replace,
    "list_files": _search_files,
    "search_files": _search_files,
    "list_code_definition_names": _search_files,
    "web_fetch": _fetch,
    "web_search": _browse,
    "use_mcp_tool": _mcp,
    "access_mcp_resource": _resource,
    "attempt_completion": _completion,
}


# --- decisions in the client's words

_GO_ON = Reply(b'{"cancel":false}\n')


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """One document: the call is cancelled, or the client's own rules go on."""
    if answer in {"allow", "none"}:
        return _GO_ON
    told = encode_string(text_of(decision, answer))
    return Reply(document(f'{{"cancel":true,"errorMessage":{told}}}'))


def none_reply(event: Event) -> Reply:
    """No decision."""
    return _GO_ON


def session_reply(text: str) -> Reply:
    """The reply to the start of a task that gives the model `text` to read."""
    return Reply(document(f'{{"cancel":false,"contextModification":{encode_string(text)}}}'))


def unrecorded_reply(problem: str) -> Reply:
    """The reply to an outcome that could not be recorded: it is told, nothing is cancelled."""
    return Reply(document(f'{{"cancel":false,"contextModification":{encode_string(problem)}}}'))
