"""Cline on this machine: hook files that are called like their event, in folders that it looks into.

The extension and the CLI run every file of these names without a question. Sources:
https://docs.cline.bot/customization/hooks and the types of @cline/core 0.0.86 (checked 2026-11-21). A hook
that fails, speaks before its document or ends with another exit code lets the call run (seen with the CLI
3.0.65), so our file reads what the hook says and prints either that document or one that cancels.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence

from agentic.errors import quoted
from agentic.hosts import launcher
from agentic.hosts.edits import WholeFile
from agentic.hosts.exposed import exposed
from agentic.hosts.interface import (
    PROBE_SESSION,
    Cell,
    Finding,
    HostFile,
    Lack,
    LoadedFile,
    Probe,
    Ran,
    Scope,
    Target,
)
from agentic.hosts.settings import read_settings
from agentic.places import Places

HOST = "cline"
TITLE = "Cline"
PROGRAMS: tuple[str, ...] = ("cline",)

SCOPES: tuple[Scope, ...] = ("user", "project")

LACKS: tuple[Lack, ...] = (Lack((3, 0, 0), "whether sub-agents' calls reach hooks was not seen"),)

#: The hook files that we write -> whether a failure can still cancel.
FILES: dict[str, bool] = {"PreToolUse": True, "PostToolUse": False, "TaskStart": False}

_MARK = b"# agentic: written by `agentic hosts install cline`"
_EXECUTABLE = 0o755

_SCRIPT = """\
#!/bin/sh
# agentic: written by `agentic hosts install cline`; `agentic doctor` finds every change to it.
# Cline takes only a lone JSON document for an answer and runs the call after everything else, so whatever
# is not such a document becomes one that cancels.
said=$( ( %s ) 2>&1 )
status=$?
case "$status:$said" in
0:"{"*"}") printf '%%s\\n' "$said" ;;
*)
    why=$(printf '%%s' "$said" | tr '\\n' ' ' | tr -cd 'A-Za-z0-9 .,:;/()&=_-' | cut -c1-600)
    why="${why:-agentic: the guard did not answer} (exit $status)"
    printf '{"cancel":%s,"errorMessage":"%%s"}\\n' "$why"
    ;;
esac
"""


def script(command: str, *, can_block: bool) -> str:
    """The hook file that starts `command` and prints one document whatever becomes of it."""
    return _SCRIPT % (command, "true" if can_block else "false")


def _folders(target: Target) -> dict[str, list[str]]:
    """Scope -> the folders in which hooks are looked for; the first is ours."""
    home = target.places.home
    found = {"user": [f"{home}/Documents/Cline/Hooks", f"{home}/.cline/hooks"]}
    if target.root:
        found["project"] = [f"{target.root}/.clinerules/hooks", f"{target.root}/.cline/hooks"]
    return found


def is_used(places: Places, environment: Mapping[str, str]) -> bool:
    """Whether the client has a folder of this user's."""
    folders = (f"{places.home}/.cline", f"{places.home}/Documents/Cline")
    return any(os.path.isdir(folder) for folder in folders)


def files(target: Target) -> tuple[HostFile, ...]:
    """One file for each event."""
    folder = _folders(target)[target.scope][0]
    return tuple(
        HostFile(
            f"{folder}/{name}", WholeFile(_text(target, name).encode(), _MARK), "hook", _EXECUTABLE
        )
        for name in FILES
    )


def _text(target: Target, name: str) -> str:
    # Also what cannot cancel asks with the refusing command: the file itself makes words of its failure.
    return script(launcher.command_for(target, HOST), can_block=FILES[name])


def commands(target: Target) -> tuple[str, ...]:
    """The text of the file for calls, which is a shell command as well."""
    return (_text(target, "PreToolUse"),)


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """Every file of the folders that hooks are looked for in; a suffix does not keep one from running."""
    found: dict[str, LoadedFile] = {}
    for scope, folders in _folders(target).items():
        for folder in folders:
            names = set(FILES) if folder == folders[0] else set()
            if os.path.isdir(folder):
                names |= set(os.listdir(folder))
            for name in sorted(names):
                found[f"{folder}/{name}"] = LoadedFile(scope, f"{folder}/{name}")
    return tuple(found.values())


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`."""
    payload = {
        "clineVersion": "",
        "hookName": "tool_call",
        "taskId": PROBE_SESSION,
        "workspaceRoots": ["/"],
        "tool_call": {"id": call_id, "name": "run_commands", "input": {"commands": [line]}},
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`: only a lone document with `cancel` keeps a call from running."""
    try:
        document = json.loads(ran.stdout)
    except ValueError:
        return ran.stdout.decode("utf-8", "replace") or f"exit {ran.status} without a document"
    if not isinstance(document, dict) or document.get("cancel") is not True:
        return "none"
    reason = str(document.get("errorMessage", ""))
    return "deny" if reason.startswith("[AGENT MODE: ") else reason or "cancelled without a reason"


def version_of(words: Sequence[str]) -> str:
    """The version in `3.0.65`."""
    return words[-1] if words and words[-1][:1].isdigit() else ""


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    others = []
    for file in loaded_files(target):
        data = read_settings(file.path)
        if data is None:
            continue
        yield from exposed(file.path, f"{HOST}.permissions")
        if _MARK not in data:
            others.append(file.path)
        elif not os.access(file.path, os.X_OK):
            text = (
                f"{quoted(file.path, 300)} is not executable, so that the extension does not run it"
            )
            yield Finding("fail", f"{HOST}.hooks", text, f"`chmod +x {file.path}`")
    if others:
        named = ", ".join(quoted(path, 120) for path in others[:5])
        text = f"{len(others)} other hook files: {named}; theirs cannot undo a refusal"
        yield Finding("ok", f"{HOST}.hooks", text)
    yield Finding(
        "warn",
        f"{HOST}.client",
        "a refusal ends the whole run, a hook that is killed lets the call run, and in the extension each "
        "hook has a switch in its Hooks tab",
        "look at the Hooks tab of the extension; keep what must not happen behind separate credentials",
    )


_DOCS = "https://docs.cline.bot/features/hooks/hook-reference"
_TYPES = "https://www.npmjs.com/package/@cline/core/v/0.0.86"
_E2E = "tests/e2e/test_cline.py"
_READ = "2026-11-21"
CELLS: dict[str, Cell] = {
    "events": Cell(
        "`PreToolUse` before every tool, MCP and sub-agents' calls as well, `PostToolUse`, `TaskStart` "
        "(whose rules only the extension reads)",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "deny": Cell(
        "`cancel: true`: the call does not run and the whole run ends; the model is not told why",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_refusal_ends_the_run",
    ),
    "ask": Cell(
        "`review` lets the call run where nobody watches, so CONSULT is a block with the next step",
        _TYPES,
        _READ,
        f"{_E2E}::test_a_refusal_ends_the_run",
    ),
    "change-input": Cell("yes, `overrideInput` (CLI)", _TYPES, _READ),
    "crash": Cell(
        "the call runs after any exit code and any text that is not a lone document; our file makes a "
        "cancelling document of all of it; a file that is killed itself lets the call run",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_harmed_guard_blocks",
    ),
    "time-out": Cell(
        "the call runs (30 s in the extension, 120 s in the CLI); our own deadline of 25 s comes first",
        _DOCS,
        _READ,
    ),
    "switched-off-by": Cell("its user, in the Hooks tab and in the settings", _DOCS, _READ),
    "escape": Cell(
        "the hook files of user and project: each is STOP to write",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_refusal_ends_the_run",
    ),
    "answer": Cell(
        "one file that prints a document whatever happens; no managed settings exist, so hosts with them "
        "are the better choice where an organisation must be sure",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_harmed_guard_blocks",
    ),
}
