"""The tools of GitHub Copilot in neutral words: those of its command line, and those of VS Code.

Sources: https://docs.github.com/en/copilot/reference/hooks-reference (names), what the command line 1.0.102
offered and sent, and https://github.com/microsoft/vscode-copilot-chat (src/extension/tools) for VS Code
(checked 2026-11-21).
"""

from __future__ import annotations

from agentic.adapters.fields import (
    an_object,
    any_text,
    folder_searched,
    invalid,
    optional_text,
    text,
    translated,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentic.adapters.fields import Row

    Values = dict[str, Any]

#: The command line's name for a tool -> the one it tells hooks in Claude's format.
CLAUDE_NAMES = {
    "bash": "Bash",
    "view": "Read",
    "create": "Write",
    "edit": "Edit",
    "str_replace_editor": "Edit",
    "apply_patch": "Edit",
    "grep": "Grep",
    "rg": "Grep",
    "glob": "Glob",
    "web_fetch": "WebFetch",
    "web_search": "WebSearch",
    "ask_user": "AskUserQuestion",
    "update_todo": "TodoWrite",
    "task": "Agent",
}


def neutral_of(name: str, given: Values, *, is_editor: bool) -> tuple[str, Values]:
    """(neutral tool, neutral input); `is_editor` for VS Code's own tools.

    A tool that is not known here is `other`, with its whole input. Raises HostPayloadInvalid.
    """
    rows, tools = (_EDITOR_ROWS, _EDITOR_TOOLS) if is_editor else (_ROWS, _TOOLS)
    row = rows.get(name)
    if row is not None:
        return translated(row, given)
    translate = tools.get(name)
    if translate is not None:
        return translate(given)
    if is_editor and name.startswith("mcp_"):
        server, _, tool = name[4:].partition("_")
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    if not is_editor and "-" in name:
        server, tool = _server_and_tool(name)
        return "mcp", {"server": server, "tool": tool, "arguments": given}
    return "other", {"name": name, "input": given}


def _server_and_tool(name: str) -> tuple[str, str]:
    """The parts of `server-tool`, both of which may hold hyphens.

    A last part with an underscore is the tool (`github-mcp-server-list_issues`); else what follows the
    first hyphen, so that no verb of the tool's name is lost to the server's.
    """
    server, _, tool = name.rpartition("-")
    if "_" in tool and server:
        return server, tool
    server, _, tool = name.partition("-")
    return server, tool


# --- the command line


def _edit(given: Values) -> tuple[str, Values]:
    """One of three tools that share Claude's name: their inputs tell them apart."""
    if "input" in given or "patch" in given:
        from agentic.adapters.patches import changes_of  # a plain call does not pay for it

        patch = text(given, "input" if "input" in given else "patch")
        return "edit", {"changes": changes_of(patch)}
    if "command" in given:
        return _editor_command(given)
    return "edit", {
        "path": text(given, "path"),
        "old": any_text(given, "old_str"),
        "new": any_text(given, "new_str"),
    }


def _editor_command(given: Values) -> tuple[str, Values]:
    """`str_replace_editor`: one tool that looks, creates, replaces and inserts."""
    command, path = text(given, "command"), text(given, "path")
    if command == "view":
        return "read", {"path": path}
    if command == "create":
        return "write", {"path": path, "content": any_text(given, "file_text")}
    old, new = optional_text(given, "old_str"), optional_text(given, "new_str")
    return "edit", {"path": path, "old": old, "new": new + optional_text(given, "insert_text")}


def _paths(given: Values, key: str) -> list[str]:
    """One path or several, none for the working folder."""
    value = given.get(key)
    paths = value if type(value) is list else [] if value is None else [value]
    if any(type(path) is not str for path in paths):
        raise invalid(f"`{key}` is not a list of paths")
    return [path for path in paths if path]


def _grep(given: Values) -> tuple[str, Values]:
    paths = _paths(given, "paths") + _paths(given, "path")
    pattern = any_text(given, "pattern")
    return "search", {"paths": paths, "pattern": pattern, "glob": optional_text(given, "glob")}


def _glob(given: Values) -> tuple[str, Values]:
    pattern = text(given, "pattern")
    folders = _paths(given, "paths") + _paths(given, "path") or [""]
    paths = [folder_searched(pattern, folder) for folder in folders]
    return "search", {"paths": [path for path in paths if path], "pattern": pattern}


_ROWS: dict[str, Row] = {
    "Bash": ("shell", (("command", text, "command"),)),
    "Read": ("read", (("path", text, "path"),)),
    "Write": ("write", (("path", text, "path"), ("content", any_text, "file_text"))),
    "WebFetch": ("fetch", (("url", text, "url"),)),
    "WebSearch": ("browse", (("query", text, "query"),)),
    "Agent": ("agent", (("agent", optional_text, "agent_type"), ("prompt", any_text, "prompt"))),
}
_TOOLS: dict[str, Callable[[Values], tuple[str, Values]]] = {
    "Edit": _edit,
    "Grep": _grep,
    "Glob": _glob,
}


# --- VS Code


def _replacements(given: Values) -> tuple[str, Values]:
    rows = given.get("replacements")
    if type(rows) is not list or not rows:
        raise invalid("`replacements` is not a list of replacements")
    edits = [an_object(row, "a replacement") for row in rows]
    changes = [
        {"change": "write", "path": text(row, "filePath"), "content": any_text(row, "newString")}
        for row in edits
    ]
    return "edit", {"changes": changes}


def _files_found(given: Values) -> tuple[str, Values]:
    query = text(given, "query")
    return "search", {"path": folder_searched(query, ""), "pattern": query}


def _pages(given: Values) -> tuple[str, Values]:
    urls = _paths(given, "urls")
    if not urls:
        raise invalid("`urls` is missing")
    return "fetch", {"urls": urls}


def _notebook(given: Values) -> tuple[str, Values]:
    code = given.get("newCode", "")
    lines = code if type(code) is list else [code]
    if any(type(line) is not str for line in lines):
        raise invalid("`newCode` is not text")
    return "notebook", {"path": text(given, "filePath"), "content": "\n".join(lines)}


_EDITOR_ROWS: dict[str, Row] = {
    "run_in_terminal": ("shell", (("command", text, "command"),)),
    "read_file": ("read", (("path", text, "filePath"),)),
    "create_file": ("write", (("path", text, "filePath"), ("content", any_text, "content"))),
    "create_directory": ("write", (("path", text, "dirPath"),)),
    "insert_edit_into_file": ("edit", (("path", text, "filePath"), ("new", any_text, "code"))),
    "replace_string_in_file": (
        "edit",
        (
            ("path", text, "filePath"),
            ("old", any_text, "oldString"),
            ("new", any_text, "newString"),
        ),
    ),
    "list_dir": ("search", (("path", text, "path"),)),
    "grep_search": (
        "search",
        (("pattern", any_text, "query"), ("glob", optional_text, "includePattern")),
    ),
    "semantic_search": ("search", (("pattern", any_text, "query"),)),
    "runSubagent": (
        "agent",
        (("agent", optional_text, "agentName"), ("prompt", any_text, "prompt")),
    ),
}
_EDITOR_TOOLS: dict[str, Callable[[Values], tuple[str, Values]]] = {
    "apply_patch": _edit,
    "multi_replace_string_in_file": _replacements,
    "file_search": _files_found,
    "fetch_webpage": _pages,
    "edit_notebook_file": _notebook,
}
