"""Tool calls other than the shell: files, search, fetch, notebook, agents, MCP, and the host's own.

The input is whatever the host sent; a field that is missing or of another type is said, never guessed.
A file tool's path is exact: nothing in it is expanded. Never raises on hostile input.

Sources (checked 2026-11-21): https://code.claude.com/docs/en/tools-reference,
https://github.com/google-gemini/gemini-cli/blob/main/docs/reference/tools.md,
https://cursor.com/docs/agent/hooks.
"""

from __future__ import annotations

from agentic.recognize.arguments import judge_path
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agentic.core.values import ToolCall
    from agentic.recognize.context import Context

    Input = Mapping[str, Any]

#: Items of a list in an input that are still looked at.
MAX_ITEMS = 100


def recognize_tool(call: ToolCall, context: Context) -> None:
    """Add the operations of a call of any tool but the shell."""
    context.program = call.raw_tool or call.tool
    handler = _HANDLERS.get(call.tool)
    if handler is None:
        context.unknown("this tool is not in agentic's tables", "unknown.tool", call.tool)
        return
    handler(call.input, context)


def texts_of(value: object) -> list[str]:
    """The texts in a value: itself, or the items of a list."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [item for item in value[:MAX_ITEMS] if isinstance(item, str)]
    return []


def _paths(given: Input, context: Context) -> list[Word]:
    """The paths of a file tool; none is said as unknown."""
    found = [Word(text) for name in ("path", "paths") for text in texts_of(given.get(name)) if text]
    if not found:
        context.unknown("the tool was called without a path", "unknown.tool")
    return found


# Files


def _read(given: Input, context: Context) -> None:
    for word in _paths(given, context):
        judge_path(context, "read", word)


def _write(given: Input, context: Context) -> None:
    content = given.get("content")
    for word in _paths(given, context):
        judge_path(context, "write", word, content if isinstance(content, str) else None)


def _edit(given: Input, context: Context) -> None:
    if "changes" in given:
        _change(given["changes"], context)
        return
    pieces = texts_of(given.get("new"))
    edits = given.get("edits")
    for edit in edits[:MAX_ITEMS] if isinstance(edits, list | tuple) else ():
        if isinstance(edit, dict):
            pieces.extend(texts_of(edit.get("new")))
    for word in _paths(given, context):
        judge_path(context, "write", word, "\n".join(pieces))


def _change(changes: object, context: Context) -> None:
    """The changes of a patch to several files: see `ToolCall`. What is not one of them is unknown."""
    rows = changes if isinstance(changes, list | tuple) else ()
    for row in rows[:MAX_ITEMS]:
        path = row.get("path") if isinstance(row, dict) else None
        if not isinstance(path, str) or not path or row.get("change") not in {"write", "delete"}:
            context.unknown("a change of the patch names no file", "unknown.tool")
        elif row["change"] == "delete":
            _delete({"path": path}, context)
        else:
            content = row.get("content")
            judge_path(context, "write", Word(path), content if isinstance(content, str) else None)
    if not rows or len(rows) > MAX_ITEMS:
        context.unknown("the patch names no file, or too many", "unknown.tool")


def _delete(given: Input, context: Context) -> None:
    for word in _paths(given, context):
        is_folder = context.workspace.kind(context.path(word.text)) == "directory"
        judge_path(context, "delete-tree" if is_folder else "delete", word)


def _search(given: Input, context: Context) -> None:
    named = [text for name in ("path", "paths") for text in texts_of(given.get(name)) if text]
    for folder in named or ["."]:
        judge_path(context, "read-tree", Word(folder))
        for name in ("glob", "include"):
            for text in texts_of(given.get(name)):
                pattern = text.rpartition("/")[2]
                word = Word(f"{folder.rstrip('/')}/{pattern}", literal=False, glob=True)
                judge_path(context, "read", word)


# The network


def _fetch(given: Input, context: Context) -> None:
    from agentic.recognize.web import judge_request

    urls = [text for name in ("url", "urls") for text in texts_of(given.get(name)) if text]
    if not urls:
        urls = urls_in(" ".join(texts_of(given.get("prompt"))))
    if not urls:
        context.unknown("the tool was called without an address", "unknown.tool")
    for url in urls:
        scheme = url.partition(":")[0].lower() if "://" in url or ":" in url[:12] else "http"
        if scheme in {"javascript", "vbscript", "gopher", "dict", "ldap", "jar"}:
            context.unknown(f"`{scheme}:` is not an address to read", "unknown.tool", url)
        else:
            judge_request(context, "GET", Word(url))


def urls_in(text: str) -> list[str]:
    """The http(s) and file URLs that a text mentions."""
    found: list[str] = []
    for piece in text.split()[:2000]:
        for scheme in ("https://", "http://", "file://"):
            at = piece.lower().find(scheme)
            if at >= 0:
                found.append(piece[at:].rstrip(".,;:!?)]}'\"<>"))
                break
    return found[:MAX_ITEMS]


def _browse(given: Input, context: Context) -> None:
    context.add("network.read", " ".join(texts_of(given.get("query")))[:200])


# Agents and the host's own tools


def _agent(given: Input, context: Context) -> None:
    name = " ".join(texts_of(given.get("agent")))[:80]
    modes = texts_of(given.get("mode")) + texts_of(given.get("permission_mode"))
    if any(mode.lower() in {"bypasspermissions", "yolo", "dontask"} for mode in modes):
        context.add("agent.start-unguarded", name)
    context.add("agent.start", name)


def _mcp(given: Input, context: Context) -> None:
    from agentic.recognize.mcp_tools import recognize_mcp

    recognize_mcp(given, context)


#: lower-case name of a host's own tool -> kind
_OTHER: dict[str, str] = {
    **dict.fromkeys(
        """todowrite todoread exitplanmode enterplanmode askuserquestion skill toolsearch taskcreate taskget
        tasklist taskupdate taskoutput bashoutput agentoutputtool write_todos update_todo update_plan
        todoread todowrite ask_user ask_user_question activate_skill sendmessage pushnotification
        endconversation structuredoutput cronlist slashcommand complete_task attempt_completion
        ask_followup_question new_task plan_mode_respond think save_memory get_internal_docs view_image
        exit_plan_mode enter_plan_mode updateplan createplan switchmode request_user_input
        question plan_exit plan_enter get_goal create_goal update_goal
        list_agents wait_agent send_message followup_task interrupt_agent close_agent
        report_intent todo_write tool_search update_topic list_background_processes read_background_output
        tracker_create_task tracker_update_task tracker_get_task tracker_list_tasks tracker_add_dependency
        tracker_visualize task_create task_update task_list read_agent write_agent propose_goal
        report_findings structured_output cron_list sql session_store_sql get_terminal_output
        fetch_copilot_cli_documentation manage_todo_list get_task_output terminal_selection
        terminal_last_command""".split(),
        "agent.session",
    ),
    **dict.fromkeys(
        "listmcpresourcestool readmcpresourcetool listmcpresources".split(), "mcp.read"
    ),
    **dict.fromkeys("readmcpresource fetchmcpresource list_mcp_resources".split(), "mcp.read"),
    **dict.fromkeys("read_mcp_resource listmcpresourcetemplates".split(), "mcp.read"),
    **dict.fromkeys(
        """lsp ls list list_directory list_dir readlints read_lints get_errors get_diagnostics
        list_code_usages codesearch semantic_search codebase_search get_changed_files
        read_project_structure search_workspace_symbols read_notebook_cell_output
        copilot_getnotebooksummary test_search get_search_view_results""".split(),
        "file.read",
    ),
    **dict.fromkeys(
        "killshell killbash taskstop task_stop stop_bash read_bash list_bash".split(),
        "process.signal",
    ),
    **dict.fromkeys(
        "enterworktree exitworktree enter_worktree exit_worktree".split(), "git.branch"
    ),
    **dict.fromkeys(
        """croncreate crondelete schedulewakeup remotetrigger cron_create cron_delete
        loop_wakeup""".split(),
        "agent.schedule",
    ),
    "config": "governance.change",
    "workflow": "agent.start",
    "multi_agent": "agent.start",
    "spawn_agent": "agent.start",
    "create_sub_session": "agent.start",
    "team_create": "agent.start",
}

#: Host tools whose text goes to a shell, and the field that holds it.
_SHELLS: dict[str, str] = {
    "monitor": "command",
    "writeshellstdin": "input",
    "write_stdin": "chars",
    "write_bash": "input",
    "run_in_terminal": "command",
    "execute_command": "command",
}


def _other(given: Input, context: Context) -> None:
    name = " ".join(texts_of(given.get("name")))
    inner = given.get("input")
    fields = inner if isinstance(inner, dict) else {}
    lower = name.lower()
    context.program = name
    if lower in _SHELLS:
        commands = texts_of(fields.get(_SHELLS[lower]))
        if not commands:
            context.unknown("the tool was called without a command", "unknown.tool", name)
        for command in commands:
            context.run_script(command, Stdin())
        return
    kind = _OTHER.get(lower)
    if kind is not None:
        context.add(kind, name)
        return
    if lower == "powershell":
        context.unknown(
            "PowerShell text is not read", target=" ".join(texts_of(fields.get("command")))
        )
        return
    for field in ("command", "cmd"):
        for command in texts_of(fields.get(field)):
            context.run_script(command, Stdin())
    context.unknown("this tool of the host is not in agentic's tables", "unknown.tool", name)


_HANDLERS: dict[str, Callable[[Input, Context], None]] = {
    "read": _read,
    "write": _write,
    "edit": _edit,
    "delete": _delete,
    "search": _search,
    "fetch": _fetch,
    "browse": _browse,
    "notebook": _write,
    "agent": _agent,
    "mcp": _mcp,
    "other": _other,
}
