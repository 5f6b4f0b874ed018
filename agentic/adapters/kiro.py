"""Kiro: its hook payloads into neutral values, and decisions into exit codes.

Payload of the IDE 1.x and the CLI; versions before 3 write the events small (`preToolUse`) and send no
session::

    {"hook_event_name": "PreToolUse", "session_id": str, "cwd": str,
     "tool_name": str, "tool_input": {...}, "tool_response": {...}}

Reply: exit code 0 and nothing lets the call run; exit code 2 refuses it, and the model reads what stands on
standard error. There is no question, so CONSULT is a refusal with the next step.

Source: https://kiro.dev/docs/cli/v3/hooks, https://kiro.dev/docs/cli/hooks and
https://kiro.dev/docs/cli/reference/built-in-tools (checked 2026-11-21); not seen with the client.
"""

from __future__ import annotations

from agentic.adapters.answers import text_of
from agentic.adapters.fields import (
    an_object,
    any_text,
    folder_of,
    folder_searched,
    invalid,
    optional_text,
    text,
)
from agentic.adapters.interface import SAME_WITHIN_S, Event, Outcome, Reply
from agentic.core.values import ToolCall
from agentic.errors import HostPayloadInvalid, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentic.adapters.interface import OutcomeStatus, Surroundings
    from agentic.core.values import Answer, Decision

    Values = dict[str, Any]

HOST = "kiro"

VARIABLES: tuple[str, ...] = ()

BLOCKED = 2


def event_of(payload: object, surroundings: Surroundings) -> Event:
    """The event that a payload tells of.

    Raises HostPayloadInvalid, naming the client, for anything that is not its payload, and for an unknown
    event about a tool.
    """
    try:
        return _event(an_object(payload, "the payload"))
    except HostPayloadInvalid as problem:
        raise invalid(f"Kiro (it tells no version): {problem.message}") from None


def _event(values: Values) -> Event:
    name = text(values, "hook_event_name")
    cwd = text(values, "cwd")
    session = optional_text(values, "session_id")
    kind = name[:1].upper() + name[1:]
    if kind == "PreToolUse":
        return Event("call", name, _call(values, session, cwd), None, session, "", cwd)
    if kind == "PostToolUse":
        call = _call(values, session, cwd)
        return Event("outcome", name, call, _outcome(values), session, "", cwd)
    if kind in {"SessionStart", "AgentSpawn"}:
        return Event("session", name, None, None, session, "", cwd)
    if "tool_name" in values:
        raise invalid(f"unknown event {quoted(name)} about a tool")
    return Event("none", name, None, None, session, "", cwd)


def _call(values: Values, session: str, cwd: str) -> ToolCall:
    raw_tool = text(values, "tool_name")
    raw_input = an_object(values.get("tool_input"), "`tool_input`")
    tool, neutral = _neutral(raw_tool, raw_input)
    if tool == "shell":
        folder = optional_text(raw_input, "working_dir") or optional_text(raw_input, "cwd")
        cwd = folder_of(cwd, folder)
    return ToolCall(
        tool=tool,
        input=neutral,
        cwd=cwd,
        host=HOST,
        raw_tool=raw_tool,
        raw_input=raw_input,
        session=session,
        call_id=optional_text(values, "tool_use_id"),
        agent=optional_text(values, "agent_name"),
        same_within_s=SAME_WITHIN_S,
    )


def _outcome(values: Values) -> Outcome:
    response = values.get("tool_response")
    status: OutcomeStatus = "unknown"
    if type(response) is dict and type(response.get("success")) is bool:
        status = "succeeded" if response["success"] else "failed"
    return Outcome(status, -1, response)


# --- the client's tools in neutral words


def _neutral(raw_tool: str, given: Values) -> tuple[str, Values]:
    """(neutral tool, neutral input). A tool that is not known here is `other`, with its whole input."""
    if raw_tool.startswith("@"):
        server, _, tool = raw_tool[1:].partition("/")
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    translate = _TOOLS.get(raw_tool)
    found = translate(given) if translate is not None else None
    return found or ("other", {"name": raw_tool, "input": given})


def _shell(given: Values) -> tuple[str, Values]:
    return "shell", {"command": text(given, "command")}


def _process(given: Values) -> tuple[str, Values] | None:
    """A command in the background; what only stops or lists processes has none, and stays unknown."""
    return _shell(given) if "command" in given else None


#: What the CLI writes with: sub-command -> the fields of the old and the new text.
_WRITES = {
    "create": ("", "file_text"),
    "str_replace": ("old_str", "new_str"),
    "insert": ("", "new_str"),
    "append": ("", "new_str"),
}


def _write(given: Values) -> tuple[str, Values] | None:
    """A new file, or a change to one; the CLI says which by a sub-command, the IDE writes whole files."""
    if "command" not in given:
        name = "text" if "text" in given else "content"
        return "write", {"path": text(given, "path"), "content": any_text(given, name)}
    fields = _WRITES.get(text(given, "command"))
    if fields is None:
        return None
    old, new = fields
    path = text(given, "path")
    if new == "file_text":
        name = new if new in given else "content"
        return "write", {"path": path, "content": any_text(given, name)}
    before = any_text(given, old) if old else ""
    return "edit", {"path": path, "old": before, "new": any_text(given, new)}


def _replace(given: Values) -> tuple[str, Values]:
    old, new = any_text(given, "oldStr"), any_text(given, "newStr")
    return "edit", {"path": text(given, "path"), "old": old, "new": new}


def _append(given: Values) -> tuple[str, Values]:
    return "edit", {"path": text(given, "path"), "old": "", "new": any_text(given, "text")}


def _delete(given: Values) -> tuple[str, Values]:
    name = "targetFile" if "targetFile" in given else "path"
    return "delete", {"path": text(given, name)}


def _read(given: Values) -> tuple[str, Values]:
    """One file, several, or the operations of the CLI, each with a path or with images."""
    if "path" in given:
        return "read", {"path": text(given, "path")}
    rows = given.get("operations", given.get("paths"))
    if type(rows) is not list or not rows:
        raise invalid("neither `path` nor `operations` tells what is read")
    paths: list[str] = []
    for row in rows:
        images = row.get("image_paths", ()) if type(row) is dict else ()
        found = list(images) or [row if type(row) is str else an_object(row, "a read").get("path")]
        if not all(type(path) is str and path for path in found):
            raise invalid("what is read has no path")
        paths.extend(found)
    return "read", {"paths": paths}


def _search(given: Values) -> tuple[str, Values]:
    pattern = optional_text(given, "pattern") or optional_text(given, "query")
    glob = optional_text(given, "include") or optional_text(given, "includePattern")
    return "search", {"path": optional_text(given, "path"), "pattern": pattern, "glob": glob}


def _glob(given: Values) -> tuple[str, Values]:
    pattern = text(given, "pattern")
    folder = folder_searched(pattern, optional_text(given, "path"))
    return "search", {"path": folder, "pattern": pattern}


def _fetch(given: Values) -> tuple[str, Values]:
    return "fetch", {"url": text(given, "url")}


def _browse(given: Values) -> tuple[str, Values]:
    return "browse", {"query": text(given, "query")}


_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def _aws(given: Values) -> tuple[str, Values] | None:
    """A call of AWS as the command that does the same, where its names are plain words."""
    words = ["aws", text(given, "service_name"), text(given, "operation_name")]
    for option, name in (("--region", "region"), ("--profile", "profile_name")):
        value = optional_text(given, name)
        words += [option, value] if value else []
    if not all(word and _WORD.issuperset(word) for word in words):
        return None
    return "shell", {"command": " ".join(words)}


def _agent(given: Values) -> tuple[str, Values]:
    name = optional_text(given, "agent_name") or optional_text(given, "name")
    prompt = optional_text(given, "prompt") or optional_text(given, "task")
    return "agent", {"agent": name, "prompt": prompt}


def _session(given: Values) -> tuple[str, Values]:
    """What only changes the session itself: its thoughts, its list, its questions to the person."""
    return "other", {"name": "think", "input": given}


_TOOLS: dict[str, Callable[[Values], tuple[str, Values] | None]] = {
    **dict.fromkeys("shell execute_bash execute_cmd executeBash executePwsh".split(), _shell),
    **dict.fromkeys("control_bash_process controlBashProcess".split(), _process),
    **dict.fromkeys("write fs_write fsWrite".split(), _write),
    **dict.fromkeys("str_replace strReplace".split(), _replace),
    **dict.fromkeys("fs_append fsAppend".split(), _append),
    **dict.fromkeys("delete_file deleteFile".split(), _delete),
    **dict.fromkeys("read fs_read read_file readFile read_files readMultipleFiles".split(), _read),
    **dict.fromkeys("grep grep_search grepSearch file_search fileSearch".split(), _search),
    **dict.fromkeys("list_directory listDirectory".split(), _search),
    "glob": _glob,
    **dict.fromkeys("web_fetch webFetch".split(), _fetch),
    **dict.fromkeys("web_search remote_web_search".split(), _browse),
    **dict.fromkeys("aws use_aws".split(), _aws),
    **dict.fromkeys("delegate use_subagent invokeSubAgent".split(), _agent),
    **dict.fromkeys("thinking todo_list todo introspect userInput taskStatus".split(), _session),
}


# --- decisions in exit codes


def reply_of(event: Event, decision: Decision, answer: Answer) -> Reply:
    """Nothing where the call may run, else the reason on standard error with the code that blocks."""
    if answer in {"allow", "none"}:
        return Reply()
    told = text_of(decision, answer).encode("utf-8", "backslashreplace")
    return Reply(stderr=told + b"\n", status=BLOCKED)


def none_reply(event: Event) -> Reply:
    """No decision."""
    return Reply()


def session_reply(text: str) -> Reply:
    """The text, which the client adds to what the model reads."""
    return Reply(text.encode() + b"\n")


def unrecorded_reply(problem: str) -> Reply:
    """The reply to an outcome that could not be recorded: it is told, nothing is blocked."""
    return Reply(problem.encode("utf-8", "backslashreplace") + b"\n")
