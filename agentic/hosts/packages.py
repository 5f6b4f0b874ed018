"""The hooks of each host as a package in the host's own form, and how such a package gets installed.

One source: the entries are those that the host's module writes for a project, so that they find each
person's own launcher and block where there is none. `scripts.generate` writes the trees to `packages/`,
from where they go into the wheel; nothing of one machine is in them.

Sources (checked 2026-11-21): https://code.claude.com/docs/en/plugins-reference,
https://geminicli.com/docs/extensions/reference, https://developers.openai.com/codex/plugins/build,
https://cursor.com/docs/plugins/building, https://opencode.ai/v1/docs/plugins.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agentic import __version__
from agentic.adapters.rules import RULES
from agentic.authoring.effective import effective_policy
from agentic.core.policy import Policy
from agentic.errors import AgenticError, quoted
from agentic.hosts import launcher, opencode, settings
from agentic.hosts.edits import HookEntries, WholeFile
from agentic.hosts.install import Done, probe
from agentic.hosts.interface import HostFile, Target
from agentic.hosts.opencode_config import ConfigPart
from agentic.hosts.registry import HOSTS
from agentic.hosts.second_line import rules_of
from agentic.places import Places, private_folder
from agentic.shipped import PACKAGES, shipped_folder

NAME = "agentic"
SCOPE = "package"
_ABOUT = "Asks agentic before every tool call: it decides, refuses with a reason, and records."
_HOME = "https://pypi.org/project/agentic-governance/"
_NOWHERE = Places("/nonexistent", "/nonexistent", "/nonexistent", "")
#: Text that every file of ours has.
_MARK = b"agentic"

Tree = dict[str, str]


class Package(NamedTuple):
    """How one host takes a package.

    `folder` is where it lies for a user, `steps` what a person then types; `{}` stands for the folder.
    """

    tree: Callable[[Policy], Tree]
    folder: str
    steps: tuple[str, ...] = ()


def trees(policy: Policy) -> dict[str, Tree]:
    """Host -> path in its package -> text, for every host that takes packages and is registered."""
    return {host: made.tree(policy) for host, made in PACKAGED.items() if host in HOSTS}


# --- the trees


def _hooks(host: str) -> dict[str, Any]:
    """The hooks that the host's module writes for a project."""
    target = Target("project", "/nonexistent", _NOWHERE, {})
    for file in HOSTS[host].files(target):
        if isinstance(file.edit, HookEntries):
            wanted = {event: [entry] for event, entry in file.edit.wanted.items()}
            return {**file.edit.needed, "hooks": wanted}
    raise LookupError(f"{host} writes no hooks for a project")


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _manifest(**more: Any) -> dict[str, Any]:
    return {"name": NAME, "version": __version__, "description": _ABOUT, **more}


_AUTHOR = {"name": NAME}


def _claude_code(policy: Policy) -> Tree:
    manifest = _manifest(author=_AUTHOR, homepage=_HOME, license="Apache-2.0")
    plugin = {"name": NAME, "source": "./", "description": _ABOUT}
    market = {"name": NAME, "description": _ABOUT, "owner": _AUTHOR, "plugins": [plugin]}
    return {
        ".claude-plugin/plugin.json": _json(manifest),
        ".claude-plugin/marketplace.json": _json(market),
        "hooks/hooks.json": _json({"description": _ABOUT, **_hooks("claude-code")}),
    }


def _gemini_cli(policy: Policy) -> Tree:
    return {
        "gemini-extension.json": _json(_manifest(contextFileName="AGENTIC.md")),
        "hooks/hooks.json": _json(_hooks("gemini-cli")),
        "AGENTIC.md": f"{RULES}\n",
    }


def _cursor(policy: Policy) -> Tree:
    front = "---\ndescription: how agentic governs this session\nalwaysApply: true\n---\n"
    return {
        ".cursor-plugin/plugin.json": _json(_manifest(author=_AUTHOR, license="Apache-2.0")),
        "hooks/hooks.json": _json(_hooks("cursor")),
        "rules/agentic.mdc": f"{front}\n{RULES}\n",
    }


def _codex(policy: Policy) -> Tree:
    inner = f"plugins/{NAME}"
    plugin = {
        "name": NAME,
        "source": {"source": "local", "path": f"./{inner}"},
        "policy": {"installation": "AVAILABLE", "authentication": "ON_INSTALL"},
        "category": "Productivity",
    }
    market = {"name": NAME, "interface": {"displayName": NAME}, "plugins": [plugin]}
    return {
        ".agents/plugins/marketplace.json": _json(market),
        f"{inner}/.codex-plugin/plugin.json": _json(_manifest(hooks="./hooks/hooks.json")),
        f"{inner}/hooks/hooks.json": _json(_hooks("codex")),
    }


def _opencode(policy: Policy) -> Tree:
    target = Target("project", "/nonexistent", _NOWHERE, {})
    command = opencode.commands(target)[0]
    plugin = opencode.plugin_text(command, opencode.record_command(target))
    schema = "https://opencode.ai/config.json"
    return {
        f"plugin/{opencode.PLUGIN}": plugin.decode(),
        "opencode.json": _json({"$schema": schema, "permission": rules_of(policy)}),
    }


PACKAGED: dict[str, Package] = {
    "claude-code": Package(
        _claude_code,
        "{state}/packages/claude-code",
        ("claude plugin marketplace add {}", f"claude plugin install {NAME}@{NAME}"),
    ),
    "gemini-cli": Package(_gemini_cli, "{home}/.gemini/extensions/agentic"),
    "cursor": Package(_cursor, "{home}/.cursor/plugins/local/agentic"),
    "codex": Package(
        _codex,
        "{state}/packages/codex",
        (
            "codex plugin marketplace add {}",
            f"codex plugin add {NAME}@{NAME}",
            "trust its hooks with /hooks in a session: Codex runs none that nobody trusted",
        ),
    ),
    "opencode": Package(_opencode, "{opencode}"),
}


# --- what installing one writes


def package_folder(host: str, places: Places, environment: Mapping[str, str]) -> str:
    """Where the package of a host lies for a user. Raises AgenticError for a host without packages."""
    if host not in PACKAGED or host not in HOSTS:
        known = ", ".join(name for name in PACKAGED if name in HOSTS)
        message = f"there is no package for {quoted(host)}"
        raise AgenticError("hosts.package", message, f"it is one of {known}")
    return PACKAGED[host].folder.format(
        state=places.state,
        home=places.home,
        opencode=opencode.config_folder(places, environment),
    )


def shipped_tree(host: str) -> Tree:
    """The package of a host as it was built into this installation. Raises Unavailable."""
    folder = Path(shipped_folder(PACKAGES), host)
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in paths}


def package_host_files(host: str, folder: str) -> tuple[HostFile, ...]:
    """The files of a package in a folder; what may be there already is merged into."""
    return tuple(
        HostFile(f"{folder}/{path}", _edit(path, text), "package")
        for path, text in shipped_tree(host).items()
    )


def _edit(path: str, text: str) -> WholeFile | ConfigPart:
    if path == "opencode.json":
        return ConfigPart(json.loads(text)["permission"])
    return WholeFile(text.encode(), _MARK)


def preview_package(
    host: str, places: Places, environment: Mapping[str, str], to: str = ""
) -> tuple[settings.Change, ...]:
    """What installing a package would write; nothing is written. `to` is another folder for it.

    Raises AgenticError for a host without packages, and for a file of somebody else in the way.
    """
    folder = to or package_folder(host, places, environment)
    return tuple(settings.install_change(file) for file in package_host_files(host, folder))


def install_package(
    host: str, places: Places, environment: Mapping[str, str], to: str = ""
) -> Done:
    """Write the package of a host, after its very command was tried; says what a person types next.

    With `to` the package is only written there, to be deployed: nothing is remembered. Raises AgenticError,
    with everything as it was.
    """
    changes = preview_package(host, places, environment, to)
    folder = to or package_folder(host, places, environment)
    lines: list[str] = []
    if to:
        for change in changes:
            settings.apply(change)
    else:
        private_folder(places.state)
        effective_policy("", places.state, places.config)
        built = launcher.build(places)
        target = Target("project", "", places, environment)
        for command in HOSTS[host].commands(target):
            probe(HOSTS[host], command, environment)
        lines.append(f"launcher   {built.path}" + (" (new)" if built.is_new else " (up to date)"))
        for file in package_host_files(host, folder):
            settings.installed(places, file, host=host, scope=SCOPE, options=())
    is_changed = any(change.is_needed for change in changes)
    lines.append(f"package    {folder}" + ("" if is_changed else " (up to date)"))
    lines += [f"next       {step.replace('{}', folder)}" for step in PACKAGED[host].steps]
    return Done(tuple(lines), is_changed)


def uninstall_preview_package(
    host: str, places: Places, environment: Mapping[str, str]
) -> tuple[settings.Change, ...]:
    """What uninstalling a package would change; nothing is written."""
    folder = package_folder(host, places, environment)
    return tuple(
        settings.uninstall_change(file, settings.remembered_of(places, file.path))
        for file in package_host_files(host, folder)
    )


def uninstall_package(host: str, places: Places, environment: Mapping[str, str]) -> Done:
    """Take the package of a host away, what was there before it back. Raises AgenticError."""
    changes = uninstall_preview_package(host, places, environment)
    folder = package_folder(host, places, environment)
    for change in reversed(changes):
        if change.is_needed:
            settings.apply(change)
        record = settings.remembered_of(places, change.path)
        if record is not None:
            settings.remove_folders(record.folders)
            settings.forget(places, change.path)
    is_changed = any(change.is_needed for change in changes)
    done = "removed" if is_changed else "is not there"
    return Done((f"package    {folder}: {done}",), is_changed)
