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

from agentic.adapters.interface import Event, Outcome
from agentic.core.native import encode_string
from agentic.core.values import ASK, BLOCK, ToolCall
from agentic.errors import HostPayloadInvalid, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agentic.adapters.interface import Answer
    from agentic.core.values import Decision

    Values = dict[str, Any]

HOST = "claude-code"

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

#: Payloads of other hosts that look alike: (keys that are there, keys that are not, whose it is).
_FOREIGN: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (("cursor_version",), (), "Cursor's"),
    (("turn_id", "model"), ("prompt_id",), "Codex's"),
    (("timestamp",), ("prompt_id",), "Gemini's, Qwen's or Copilot's"),
    (("toolName",), (), "Copilot's"),
    (("agent_action_name",), (), "Windsurf's"),
    (("hookName",), (), "Cline's"),
)

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
        "PermissionRequest",
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

#: The client cuts longer texts; the block is cut here so that its last lines are ours.
MAX_REPLY_CHARACTERS = 9_900
_MAX_REASON_CHARACTERS = 4_800


def event_of(payload: object, environment: Mapping[str, str]) -> Event:
    """The event that a payload tells of.

    `environment` holds the variables that the client sets for its hooks. Raises HostPayloadInvalid for
    anything that is not this client's payload, and for an unknown event about a tool.
    """
    values = _object(payload, "the payload")
    for present, absent, owner in _FOREIGN:
        if values.keys() >= set(present) and values.keys().isdisjoint(absent):
            raise _invalid(f"the payload is {owner}, but this is the hook for Claude Code")
    name = _text(values, "hook_event_name")
    session = _text(values, "session_id")
    cwd = _text(values, "cwd")
    _optional_text(values, "transcript_path")
    project = environment.get("CLAUDE_PROJECT_DIR", "")
    if name == "PreToolUse":
        call = _call(values, session, cwd, environment)
        return Event("call", name, call, None, session, project, cwd)
    if name in {"PostToolUse", "PostToolUseFailure"}:
        call = _call(values, session, cwd, environment)
        return Event("outcome", name, call, _outcome(name, values), session, project, cwd)
    if name == "SessionStart":
        return Event("session", name, None, None, session, project, cwd)
    if name in _OTHER_EVENTS or "tool_name" not in values:
        return Event("none", name, None, None, session, project, cwd)
    raise _invalid(f"unknown event {quoted(name)} about a tool")


def _call(values: Values, session: str, cwd: str, environment: Mapping[str, str]) -> ToolCall:
    raw_tool = _text(values, "tool_name")
    raw_input = _object(values.get("tool_input"), "`tool_input`")
    tool, neutral = _neutral(raw_tool, raw_input)
    mode = _optional_text(values, "permission_mode")
    version = version_of(environment)
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=cwd,
        host=HOST,
        raw_tool=raw_tool,
        raw_input=raw_input,
        session=session,
        call_id=_optional_text(values, "tool_use_id"),
        agent=_optional_text(values, "agent_type"),
        agent_id=_optional_text(values, "agent_id"),
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
    duration = values.get("duration_ms", -1)
    if type(duration) is float:
        duration = int(duration)
    if type(duration) is not int:
        raise _invalid("`duration_ms` is not a number")
    if name == "PostToolUseFailure":
        return Outcome("failed", duration, None, _optional_text(values, "error"))
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
    return "shell", {"command": _text(given, "command")}


def _monitor(given: Values) -> tuple[str, Values] | None:
    """A watch on a command is a command; one on a web socket is left to the unknown."""
    return _shell(given) if "command" in given and "ws" not in given else None


def _read(given: Values) -> tuple[str, Values]:
    return "read", {"path": _text(given, "file_path")}


def _write(given: Values) -> tuple[str, Values]:
    path = _text(given, "file_path")
    return "write", {"path": path, "content": _any_text(given, "content")}


def _edit(given: Values) -> tuple[str, Values]:
    return "edit", {
        "path": _text(given, "file_path"),
        "old": _any_text(given, "old_string"),
        "new": _any_text(given, "new_string"),
    }


def _notebook(given: Values) -> tuple[str, Values]:
    source = "" if given.get("edit_mode") == "delete" else _any_text(given, "new_source")
    return "notebook", {"path": _text(given, "notebook_path"), "content": source}


def _glob(given: Values) -> tuple[str, Values]:
    """The names below a folder; a pattern that starts elsewhere moves the folder with it."""
    pattern = _text(given, "pattern")
    path = _optional_text(given, "path")
    fixed: list[str] = []
    for part in pattern.split("/")[:-1]:
        if not frozenset("*?[{").isdisjoint(part):
            break
        fixed.append(part)
    start = "/".join(fixed)
    if pattern.startswith("/"):
        path = start or "/"
    elif start:
        path = f"{path}/{start}" if path else start
    return "search", {"path": path, "pattern": pattern}


def _grep(given: Values) -> tuple[str, Values]:
    return "search", {
        "path": _optional_text(given, "path"),
        "pattern": _any_text(given, "pattern"),
        "glob": _optional_text(given, "glob"),
    }


def _fetch(given: Values) -> tuple[str, Values]:
    return "fetch", {"url": _text(given, "url")}


def _web_search(given: Values) -> tuple[str, Values]:
    return "browse", {"query": _text(given, "query")}


def _agent(given: Values) -> tuple[str, Values] | None:
    """A sub-agent here; one in a remote environment has no hook of ours, so it is left to the unknown."""
    if given.get("isolation", "worktree") != "worktree":
        return None
    agent = _optional_text(given, "subagent_type")
    return "agent", {"agent": agent, "prompt": _any_text(given, "prompt")}


def _list_resources(given: Values) -> tuple[str, Values]:
    server = _optional_text(given, "server")
    return "mcp", {"server": server, "tool": "resources/list", "arguments": given}


def _read_resource(given: Values) -> tuple[str, Values]:
    return "mcp", {
        "server": _text(given, "server"),
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


def answer_of(decision: Decision, auto_reply: str = "none") -> Answer:
    """How the client is answered: `allow` only for pure reading, or where `auto_reply` says so."""
    if decision.permission == BLOCK:
        return "deny"
    if decision.permission == ASK:
        return "ask"
    if decision.mode != "AUTO":
        return "allow"  # a person's grant: the client must not ask a second time
    if auto_reply == "allow":
        return "allow"
    operations = decision.operations
    effects = {operation.effects for operation in operations}
    return "allow" if effects == {("read",)} else "none"


def reply_of(decision: Decision, answer: Answer) -> bytes:
    """The bytes for standard output: empty for no decision, else exactly one JSON document."""
    if answer == "none":
        return b""
    if answer == "allow":
        grant = decision.grant
        text = f"agentic: {decision.mode}" + (f", run under grant {grant.id}" if grant else "")
    else:
        from agentic.core.reason import reason_of, render  # a plain call does not pay for it

        text = shortened(render(reason_of(decision)))
    return _document(
        '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":'
        f'"{answer}","permissionDecisionReason":{encode_string(text)}}}}}'
    )


def session_reply(text: str) -> bytes:
    """The reply to SessionStart that gives the agent `text` to read."""
    return _document(
        '{"hookSpecificOutput":{"hookEventName":"SessionStart","additionalContext":'
        f"{encode_string(text)}}}}}"
    )


def unrecorded_reply(problem: str) -> bytes:
    """The reply to an outcome that could not be recorded: the person is told, nothing is blocked."""
    return _document(f'{{"systemMessage":{encode_string(problem)}}}')


def shortened(block: str) -> str:
    """A reason block of at most 4,800 characters: whole lines are left out at its end, and counted."""
    if len(block) <= _MAX_REASON_CHARACTERS:
        return block
    lines = block.split("\n")
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line) + 1
        if size > _MAX_REASON_CHARACTERS - 40:
            break
        kept.append(line)
    return "\n".join([*kept, f"({len(lines) - len(kept)} more lines: `agentic explain`)"])


def _document(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace") + b"\n"


# --- strict field access


def _object(value: object, what: str) -> Values:
    if type(value) is not dict:
        raise _invalid(f"{what} is not an object")
    return value


def _any_text(values: Values, key: str) -> str:
    value = values.get(key)
    if type(value) is not str:
        problem = "is missing" if value is None else "is not text"
        raise _invalid(f"`{key}` {problem}")
    return value


def _text(values: Values, key: str) -> str:
    value = _any_text(values, key)
    if not value:
        raise _invalid(f"`{key}` is empty")
    return value


def _optional_text(values: Values, key: str) -> str:
    return _any_text(values, key) if values.get(key) is not None else ""


def _invalid(message: str) -> HostPayloadInvalid:
    return HostPayloadInvalid("host.payload", message)
