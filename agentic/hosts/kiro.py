"""Kiro on this machine: one hook file of our own in the folder of its user or of a project.

The IDE from 1.0 and the CLI from 3.0 load every `*.json` of `.kiro/hooks` and `~/.kiro/hooks`; older ones
know only hooks inside agent files. Sources: https://kiro.dev/docs/cli/v3/hooks and
https://kiro.dev/docs/hooks (checked 2026-11-21). Not seen with the client, which needs an account.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentic.errors import quoted
from agentic.hosts import launcher
from agentic.hosts.edits import MARK, WholeFile
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

HOST = "kiro"
TITLE = "Kiro"
PROGRAMS: tuple[str, ...] = ("kiro-cli", "kiro")

SCOPES: tuple[Scope, ...] = ("user", "project")

LACKS: tuple[Lack, ...] = (
    Lack((1, 0, 0), "hook files in JSON are unknown: nothing of ours runs"),
    Lack((3, 0, 0), "the CLI knows only hooks inside agent files: nothing of ours runs there"),
)

#: Seconds; the client's own default is 60.
TIMEOUT_S = 60
#: trigger -> whether a failure can still block
TRIGGERS: dict[str, bool] = {"PreToolUse": True, "PostToolUse": False, "SessionStart": False}

_FILE = "agentic.json"


def _folder(target: Target) -> str:
    return f"{target.places.home if target.scope == 'user' else target.root}/.kiro"


def is_used(places: Places, environment: Mapping[str, str]) -> bool:
    """Whether the client has a folder of this user's."""
    return os.path.isdir(f"{places.home}/.kiro")


def hooks(target: Target) -> dict[str, Any]:
    """The whole hook file. A hook without a matcher is for every tool."""
    return {
        "version": "v1",
        "hooks": [
            {
                "name": f"agentic-{trigger.lower()}",
                "trigger": trigger,
                "action": {
                    "type": "command",
                    "command": launcher.command_for(target, HOST, can_block=can_block),
                },
                "timeout": TIMEOUT_S,
                "enabled": True,
            }
            for trigger, can_block in TRIGGERS.items()
        ],
    }


def files(target: Target) -> tuple[HostFile, ...]:
    """The one hook file of the scope."""
    text = json.dumps(hooks(target), indent=2) + "\n"
    return (HostFile(f"{_folder(target)}/hooks/{_FILE}", WholeFile(text.encode(), MARK.encode())),)


def commands(target: Target) -> tuple[str, ...]:
    """The command for calls."""
    return (launcher.command_for(target, HOST),)


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """Every hook file of user and project, and the agent files, in which hooks of their own may stand."""
    scopes: tuple[Scope, ...] = ("user", "project") if target.root else ("user",)
    found: list[LoadedFile] = []
    for scope in scopes:
        folder = _folder(target._replace(scope=scope))
        names = {f"{folder}/hooks/{_FILE}"}
        for kind in ("hooks", "agents"):
            if os.path.isdir(f"{folder}/{kind}"):
                listed = os.listdir(f"{folder}/{kind}")
                names |= {f"{folder}/{kind}/{name}" for name in listed if name.endswith(".json")}
        found += [LoadedFile(scope, path) for path in sorted(names)]
    return tuple(found)


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`."""
    payload = {
        "hook_event_name": "PreToolUse",
        "session_id": f"{PROBE_SESSION} {call_id}",
        "cwd": "/",
        "tool_name": "execute_bash",
        "tool_input": {"command": line},
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`: exit code 2 blocks, 0 lets run, all else only warns."""
    reason = ran.stderr.decode("utf-8", "replace").strip()
    if ran.status == 2:
        is_decision = reason.startswith("[AGENT MODE: ")
        return "deny" if is_decision else reason or "exit 2 without a reason"
    return "none" if ran.status == 0 else reason or f"exit {ran.status}"


def version_of(words: Sequence[str]) -> str:
    """The version in `kiro-cli 3.0.1`."""
    return next((word for word in words if word[:1].isdigit() and word.count(".") == 2), "")


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    for file in loaded_files(target):
        data = read_settings(file.path)
        if data is None:
            continue
        yield from exposed(file.path, f"{HOST}.permissions")
        try:
            found = json.loads(data)
        except ValueError:
            text = f"{quoted(file.path, 300)} is not valid JSON, so the client ignores it"
            yield Finding("fail", f"{HOST}.hooks", text, "mend it by hand")
            continue
        allowed = found.get("allowedTools") if isinstance(found, dict) else None
        loose = [name for name in allowed or () if str(name) in _LOOSE] if allowed else []
        if loose:
            text = (
                f"{quoted(file.path, 300)} lets {', '.join(map(quoted, loose))} run without a question; "
                "what policy refuses is still refused"
            )
            yield Finding("warn", f"{HOST}.rules", text, "take them out of `allowedTools`")
    yield Finding(
        "ok",
        f"{HOST}.client",
        "no hook sees: commands that a person types, and the CLI before 3.0 outside agents with hooks",
    )


#: Tools in an agent's `allowedTools` that write or run commands.
_LOOSE = frozenset("shell execute_bash write fs_write aws use_aws @builtin *".split())

_DOCS = "https://kiro.dev/docs/cli/v3/hooks/"
_OLD = "https://kiro.dev/docs/cli/hooks"
_READ = "2026-11-21"
CELLS: dict[str, Cell] = {
    "events": Cell(
        "`PreToolUse` before every tool, MCP (`@server/tool`) as well, `PostToolUse`, `SessionStart`",
        _DOCS,
        _READ,
    ),
    "deny": Cell("exit code 2; standard error is what the model reads", _OLD, _READ),
    "ask": Cell("no: CONSULT is a block with the next step", _DOCS, _READ),
    "change-input": Cell("no, a hook only lets run or blocks", _DOCS, _READ),
    "crash": Cell(
        "any other exit code only warns and the call runs; our command turns each into exit code 2",
        _OLD,
        _READ,
    ),
    "time-out": Cell(
        "the call runs (60 s; 30 s in the CLI before 3.0); our own deadline of 25 s comes first",
        _OLD,
        _READ,
    ),
    "switched-off-by": Cell(
        "`enabled: false` in the file, the hooks panel of the IDE, an older client", _DOCS, _READ
    ),
    "escape": Cell("`.kiro/hooks` and `.kiro/agents`: each is STOP to write", _DOCS, _READ),
    "answer": Cell(
        "the doctor finds a changed or missing file; an enterprise's settings are not documented as files",
        _DOCS,
        _READ,
    ),
}
