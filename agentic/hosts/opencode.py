"""OpenCode on this machine: our plugin, the rules behind it, and what could keep the plugin from loading.

It runs no hook commands; plugins are JavaScript inside the client, loaded without a question from folders
and from the `plugin` lists of its configurations. Sources: https://opencode.ai/v1/docs/plugins and
https://opencode.ai/v1/docs/config (checked 2026-11-21). A plugin that fails to load is dropped without a
word (https://github.com/anomalyco/opencode/issues/34742, checked 2026-11-21), so that rules of the client's
own stand behind ours (agentic.hosts.second_line), and the doctor asks the client whether it loads it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from agentic.errors import AgenticError, quoted
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
from agentic.hosts.opencode_config import ConfigPart, Rules
from agentic.hosts.settings import read_settings
from agentic.json_text import without_comments
from agentic.places import Places, private_folder
from agentic.shipped import PACKAGES, shipped_folder

HOST = "opencode"
TITLE = "OpenCode"
PROGRAMS: tuple[str, ...] = ("opencode",)

SCOPES: tuple[Scope, ...] = ("user", "project", "managed")

LACKS: tuple[Lack, ...] = (
    Lack((1, 1, 1), "`permission` rules by pattern, our second line, are unknown"),
    Lack(
        (1, 1, 10), "anybody on this machine can run commands through the client (CVE-2026-22812)"
    ),
    Lack((1, 18, 0), "that sub-agents' calls reach plugins was not seen"),
)

PLUGIN = "agentic.js"
_MARK = b"// agentic: asks before every tool call of OpenCode"
_MANAGED_LINUX = "/etc/opencode"
_MANAGED_MACOS = "/Library/Application Support/opencode"
_CONFIGS = ("config.json", "opencode.json", "opencode.jsonc")
_PLUGIN_FOLDERS = ("plugin", "plugins")

#: Variables that change which plugins or rules count -> what they do.
SWITCHES: dict[str, str] = {
    "OPENCODE_PURE": "starts the client without any plugin",
    "OPENCODE_DISABLE_PROJECT_CONFIG": "starts the client without the plugins of a project",
    "OPENCODE_PERMISSION": "overrules the permission rules, our second line",
    "OPENCODE_CONFIG_CONTENT": "overrules the configurations of users and projects",
}
#: Under this variable the plugin says on standard error that it was loaded.
_PROBE_VARIABLE = "AGENTIC_PLUGIN_PROBE"
_LOADED = "agentic plugin loaded: "
_LOAD_WAIT_S = 60


def config_folder(places: Places, environment: Mapping[str, str]) -> str:
    """The folder of this user's configuration and plugins."""
    base = environment.get("XDG_CONFIG_HOME", "") or f"{places.home}/.config"
    return f"{base.rstrip('/')}/opencode"


def is_used(places: Places, environment: Mapping[str, str]) -> bool:
    """Whether the client has a folder of this user's."""
    return os.path.isdir(config_folder(places, environment))


def managed_folder() -> str:
    """Where this system keeps settings that users cannot change."""
    return _MANAGED_MACOS if sys.platform == "darwin" else _MANAGED_LINUX


# --- what installing writes


def plugin_path(target: Target) -> str:
    """The plugin's file of one scope."""
    if target.scope == "managed":
        return f"{target.managed_dir or managed_folder()}/{PLUGIN}"
    if target.scope == "user":
        return f"{config_folder(target.places, target.environment)}/plugin/{PLUGIN}"
    return f"{target.root}/.opencode/plugin/{PLUGIN}"


def config_path(target: Target) -> str:
    """The configuration of one scope; with comments where it is kept so already."""
    if target.scope == "managed":
        folder = target.managed_dir or managed_folder()
    elif target.scope == "user":
        folder = config_folder(target.places, target.environment)
    else:
        folder = target.root
    has_comments = not os.path.exists(f"{folder}/opencode.json") and os.path.exists(
        f"{folder}/opencode.jsonc"
    )
    return f"{folder}/opencode.json{'c' if has_comments else ''}"


def plugin_text(command: str, record: str) -> bytes:
    """The plugin that starts `command` for calls and `record` for what only is to be noted."""
    text = Path(__file__).with_name("opencode_plugin.js").read_text("utf-8")
    for name, value in (("COMMAND", command), ("RECORD", record)):
        text = text.replace(f'"@{name}@"', json.dumps(value))
    return text.encode()


@cache
def rules() -> Rules:
    """The rules behind the plugin, as they were generated from the shipped policy. Raises Unavailable."""
    path = Path(shipped_folder(PACKAGES), "opencode/opencode.json")
    found: Rules = json.loads(path.read_bytes())["permission"]
    return found


def files(target: Target) -> tuple[HostFile, ...]:
    """The plugin, and the configuration with the rules behind it."""
    plugin = plugin_text(commands(target)[0], record_command(target))
    # A managed folder is no place that plugins are looked for in: its configuration names ours.
    addresses = (f"file://{plugin_path(target)}",) if target.scope == "managed" else ()
    return (
        HostFile(plugin_path(target), WholeFile(plugin, _MARK), "plugin"),
        HostFile(config_path(target), ConfigPart(rules(), addresses), "rules"),
    )


def commands(target: Target) -> tuple[str, ...]:
    """The command that the plugin starts for calls."""
    return (launcher.command_for(target, HOST),)


def record_command(target: Target) -> str:
    """The command that the plugin starts for what only is to be noted."""
    return launcher.command_for(target, HOST, can_block=False)


# --- does it answer


def probe(line: str, call_id: str) -> Probe:
    """See `agentic.hosts.interface.Host`."""
    payload = {
        "opencodeVersion": "",
        "event": "tool.execute.before",
        "sessionID": PROBE_SESSION,
        "callID": call_id,
        "tool": "bash",
        "args": {"command": line},
        "directory": "/",
        "worktree": "/",
    }
    return Probe(json.dumps(payload).encode())


def verdict(ran: Ran) -> str:
    """See `agentic.hosts.interface.Host`: what our plugin makes of it."""
    if ran.status == 2:
        return ran.stderr.decode("utf-8", "replace").strip() or "exit 2 without a reason"
    try:
        decision = json.loads(ran.stdout)["decision"]
    except (ValueError, KeyError, TypeError):
        decision = ""
    if ran.status == 0 and decision in {"allow", "none", "deny"}:
        return str(decision)
    return ran.stdout.decode("utf-8", "replace") or f"exit {ran.status} without an answer"


def version_of(words: Sequence[str]) -> str:
    """The version in `1.18.33`."""
    return words[0] if words and words[0][:1].isdigit() else ""


# --- what stands against us


def loaded_files(target: Target) -> tuple[LoadedFile, ...]:
    """Every configuration, and every plugin of the folders that plugins are looked for in."""
    environment = target.environment
    folders: list[tuple[str, str]] = [
        ("user", config_folder(target.places, environment)),
        ("user", f"{target.places.home}/.opencode"),
    ]
    if environment.get("OPENCODE_CONFIG_DIR"):
        folders.append(("user", environment["OPENCODE_CONFIG_DIR"]))
    if target.root:
        folders += [("project", target.root), ("project", f"{target.root}/.opencode")]
    folders.append(("managed", target.managed_dir or managed_folder()))
    found = [
        LoadedFile(scope, f"{folder}/{name}")
        for scope, folder in folders
        for name in _CONFIGS
        if name != "config.json" or scope == "user"
    ]
    if environment.get("OPENCODE_CONFIG"):
        found.append(LoadedFile("user", environment["OPENCODE_CONFIG"]))
    for scope, folder in folders:
        if folder != target.root:
            found += [LoadedFile(scope, path) for path in _plugins_in(folder)]
    return tuple(found)


def _plugins_in(folder: str) -> list[str]:
    found = [f"{folder}/plugin/{PLUGIN}"]
    for name in _PLUGIN_FOLDERS:
        try:
            names = sorted(os.listdir(f"{folder}/{name}"))
        except OSError:
            continue
        found += [f"{folder}/{name}/{n}" for n in names if n.endswith((".js", ".ts"))]
    return list(dict.fromkeys(found))


def findings(target: Target) -> Iterator[Finding]:
    """What stands against us: see `agentic.hosts.interface.Host`."""
    for name, effect in SWITCHES.items():
        if target.environment.get(name):
            yield Finding("fail", f"{HOST}.switches", f"`{name}` is set: it {effect}", "unset it")
    others: list[str] = []
    for file in loaded_files(target):
        yield from exposed(file.path, f"{HOST}.permissions")
        if file.path.endswith((".js", ".ts")):
            data = read_settings(file.path)
            if data is not None and _MARK not in data:
                others.append(file.path)
        else:
            yield from _in_configuration(file, others)
    if others:
        yield Finding(
            "warn",
            f"{HOST}.plugins",
            f"{len(others)} other plugins run in the client and could change a call after it was judged: "
            + ", ".join(quoted(name, 120) for name in others[:5]),
            "read them, or take out those that you do not know",
        )
    yield from _loading(target)
    yield Finding(
        "ok",
        f"{HOST}.client",
        "no plugin sees: `opencode --pure`, commands typed with `!`, tools that another plugin starts; "
        "the rules behind the plugin hold there, except for `!`",
    )


def _in_configuration(file: LoadedFile, others: list[str]) -> Iterator[Finding]:
    """Rules and plugins of one configuration; the plugins that are not ours are added to `others`."""
    data = read_settings(file.path)
    if data is None:
        return
    try:
        found = json.loads(without_comments(data.decode("utf-8-sig")))
        plugins = found.get("plugin") or []
        agents = {**(found.get("agent") or {}), **(found.get("mode") or {})}
    except (ValueError, AttributeError, TypeError):
        yield Finding(
            "fail", f"{HOST}.switches", f"{quoted(file.path, 300)} is not valid", "mend it by hand"
        )
        return
    names = [plugin[0] if isinstance(plugin, list) and plugin else plugin for plugin in plugins]
    others.extend(str(name) for name in names if not str(name).endswith(f"/{PLUGIN}"))
    for name, agent in agents.items():
        if isinstance(agent, dict) and _allows(agent.get("permission")):
            text = f"agent {quoted(name)} in {quoted(file.path, 300)} allows what our rules deny"
            yield Finding("warn", f"{HOST}.rules", text, "take its `permission` out")


def _allows(permission: Any) -> bool:
    """Whether rules of an agent, which count after all others, allow something of what ours deny."""
    if isinstance(permission, dict):
        return any(_allows(permission.get(name)) for name in ("*", "bash", "edit", "webfetch"))
    return bool(permission == "allow")


def _loading(target: Target) -> Iterator[Finding]:
    """Whether the client loads our plugin, asked of the client itself in a folder without a project."""
    ours = [
        plugin_path(target._replace(scope=scope))
        for scope in ("user", "managed")
        if os.path.exists(plugin_path(target._replace(scope=scope)))
    ]
    client = shutil.which(PROGRAMS[0], path=target.environment.get("PATH", os.defpath))
    if not ours or client is None:
        return
    said = _said_at_start(client, target)
    for path in ours:
        if any(path in line for line in said):
            yield Finding("ok", f"{HOST}.plugin", f"the client loads {path}")
        else:
            text = f"{TITLE} does not load {quoted(path, 300)}"
            mend = "start `opencode debug config --print-logs` and read why; until then only the rules hold"
            yield Finding("fail", f"{HOST}.plugin", text, mend)


def _said_at_start(client: str, target: Target) -> list[str]:
    """What plugins of ours say when the client starts; nothing where it does not start."""
    try:
        folder = private_folder(private_folder(target.places.state) + "/empty")
        ran = subprocess.run(
            [client, "debug", "config"],
            cwd=folder,
            env={**target.environment, _PROBE_VARIABLE: "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_LOAD_WAIT_S,
        )
    except (OSError, AgenticError, subprocess.TimeoutExpired):
        return []
    lines = ran.stderr.decode("utf-8", "replace").splitlines()
    return [line for line in lines if line.startswith(_LOADED)]


_DOCS = "https://opencode.ai/v1/docs/plugins"
_RULES = "https://opencode.ai/v1/docs/permissions"
_E2E = "tests/e2e/test_opencode.py"
_READ = "2026-11-21"
CELLS: dict[str, Cell] = {
    "events": Cell(
        "our plugin's `tool.execute.before` and `tool.execute.after` for every tool, MCP and sub-agents' "
        "calls as well; tool parts that end in an error; the system prompt for the short rules",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "deny": Cell(
        "the plugin throws; the reason is what the model reads as the tool's result",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "ask": Cell(
        "no: a plugin cannot ask, so CONSULT is a block with the next step",
        "https://github.com/anomalyco/opencode/issues/41325",
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "change-input": Cell("yes, a plugin may change a call's arguments", _DOCS, _READ),
    "crash": Cell(
        "a hook that crashes, is killed or is missing blocks: the plugin throws on anything but a clear "
        "answer; a plugin that does not load is dropped without a word, and calls run",
        "https://github.com/anomalyco/opencode/issues/34742",
        _READ,
        f"{_E2E}::test_a_harmed_guard_blocks",
    ),
    "time-out": Cell(
        "none of the client's; the plugin waits 60 s, then throws; our own deadline of 25 s comes first",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_plugin_waits_and_then_blocks",
    ),
    "switched-off-by": Cell(
        "`--pure` and `OPENCODE_PURE` (all plugins, also managed ones), "
        "`OPENCODE_DISABLE_PROJECT_CONFIG` (a project's); permission rules hold under both",
        _RULES,
        _READ,
        f"{_E2E}::test_without_plugins_the_rules_hold",
    ),
    "escape": Cell(
        "its plugins, `opencode.json`, an agent's own `permission`: each is STOP to write",
        _RULES,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "answer": Cell(
        "permission rules from policy as a second line (in managed settings they overrule every other); "
        "the doctor asks the client whether it loads the plugin",
        _RULES,
        _READ,
        f"{_E2E}::test_managed_rules_overrule_a_project",
    ),
}
