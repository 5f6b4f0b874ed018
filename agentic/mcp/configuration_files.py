"""Where each host keeps its MCP servers, and how it refers to variables there.

A table of files; no file is read here, and folders only where plugins lie in them. What a host fills in when
it reads a value is not literal: a secret in what is left is one that stands in the file.

Sources (named 2026-11-21; Cursor's, Qwen Code's and the two manifests of hashicorp/terraform-mcp-server were
opened, the others are the makers' pages for it): https://code.claude.com/docs/en/mcp, https://cursor.com/docs/context/mcp,
https://developers.openai.com/codex/config-reference/, https://geminicli.com/docs/tools/mcp-server/,
https://code.visualstudio.com/docs/copilot/reference/mcp-configuration, https://kiro.dev/docs/mcp/configuration,
https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers,
https://docs.windsurf.com/windsurf/cascade/mcp, https://opencode.ai/docs/mcp-servers,
https://opencode.ai/v2/docs/mcp-servers/, https://docs.cline.bot/getting-started/config,
https://modelcontextprotocol.io/docs/develop/connect-local-servers.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

Form = Literal["json", "toml"]
Keys = tuple[str | int, ...]


class Source(NamedTuple):
    """One file in which a host looks for servers; `roots` are the keys that lead to them."""

    host: str
    scope: str
    path: str
    form: Form
    roots: tuple[Keys, ...]


_MCP = (("mcpServers",),)
_VSCODE_FOLDERS = (".config/Code/User", "Library/Application Support/Code/User")
_CLINE = "globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"

#: host, scope, path (`~` home, `.` the workspace, `$NAME|…` a variable or what follows), form, roots
_SOURCES: tuple[tuple[str, str, str, Form, tuple[Keys, ...]], ...] = (
    ("claude-code", "project", "./.mcp.json", "json", _MCP),
    ("claude-code", "user", "$CLAUDE_CONFIG_DIR|~/.claude.json", "json", _MCP),
    ("claude-code", "local", "$CLAUDE_CONFIG_DIR|~/.claude.json", "json", (("projects",),)),
    ("claude-code", "managed", "/etc/claude-code/managed-mcp.json", "json", _MCP),
    (
        "claude-code",
        "managed",
        "/Library/Application Support/ClaudeCode/managed-mcp.json",
        "json",
        _MCP,
    ),
    ("cursor", "project", "./.cursor/mcp.json", "json", _MCP),
    ("cursor", "user", "~/.cursor/mcp.json", "json", _MCP),
    ("codex", "project", "./.codex/config.toml", "toml", (("mcp_servers",),)),
    ("codex", "user", "$CODEX_HOME|~/.codex/config.toml", "toml", (("mcp_servers",),)),
    ("codex", "system", "/etc/codex/config.toml", "toml", (("mcp_servers",),)),
    ("gemini-cli", "project", "./.gemini/settings.json", "json", _MCP),
    ("gemini-cli", "user", "~/.gemini/settings.json", "json", _MCP),
    ("gemini-cli", "system", "/etc/gemini-cli/settings.json", "json", _MCP),
    ("qwen-code", "project", "./.qwen/settings.json", "json", _MCP),
    ("qwen-code", "user", "~/.qwen/settings.json", "json", _MCP),
    ("qwen-code", "system", "/etc/qwen-code/settings.json", "json", _MCP),
    ("vscode", "project", "./.vscode/mcp.json", "json", (("servers",),)),
    ("vscode", "project", "./.vscode/settings.json", "json", (("mcp", "servers"),)),
    *(
        ("vscode", "user", f"~/{folder}/mcp.json", "json", (("servers",),))
        for folder in _VSCODE_FOLDERS
    ),
    *(
        ("vscode", "user", f"~/{folder}/settings.json", "json", (("mcp", "servers"),))
        for folder in _VSCODE_FOLDERS
    ),
    ("copilot", "user", "$COPILOT_HOME|~/.copilot/mcp-config.json", "json", _MCP),
    ("copilot", "project", "./.github/mcp.json", "json", _MCP),
    ("copilot", "project", "./.copilot/mcp-config.json", "json", _MCP),
    ("windsurf", "user", "~/.codeium/windsurf/mcp_config.json", "json", _MCP),
    *(
        ("opencode", scope, f"{folder}/{name}", "json", (("mcp",), ("mcp", "servers")))
        for scope, folder in (
            ("project", "."),
            ("project", "./.opencode"),
            ("user", "$XDG_CONFIG_HOME|~/.config/opencode"),
            ("managed", "/etc/opencode"),
        )
        for name in ("opencode.json", "opencode.jsonc")
    ),
    ("cline", "user", "~/.cline/data/settings/cline_mcp_settings.json", "json", _MCP),
    *(("cline", "user", f"~/{folder}/{_CLINE}", "json", _MCP) for folder in _VSCODE_FOLDERS),
    ("kiro", "project", "./.kiro/settings/mcp.json", "json", _MCP),
    ("kiro", "user", "~/.kiro/settings/mcp.json", "json", _MCP),
    (
        "claude-desktop",
        "user",
        "$XDG_CONFIG_HOME|~/.config/Claude/claude_desktop_config.json",
        "json",
        _MCP,
    ),
    (
        "claude-desktop",
        "user",
        "~/Library/Application Support/Claude/claude_desktop_config.json",
        "json",
        _MCP,
    ),
)
#: Manifests of extensions and plugins that bring servers along: host, scope, path (`*`: one folder each).
_PLUGINS: tuple[tuple[str, str, str], ...] = (
    ("gemini-cli", "plugin", "./gemini-extension.json"),
    ("gemini-cli", "plugin", "./.gemini/extensions/*/gemini-extension.json"),
    ("gemini-cli", "plugin", "~/.gemini/extensions/*/gemini-extension.json"),
    ("qwen-code", "plugin", "./qwen-extension.json"),
    ("qwen-code", "plugin", "~/.qwen/extensions/*/qwen-extension.json"),
    ("claude-code", "plugin", "./.claude-plugin/plugin.json"),
    ("cursor", "plugin", "./.cursor-plugin/plugin.json"),
    ("codex", "plugin", "./.codex-plugin/plugin.json"),
    # where plugins are kept once they are installed: marketplace, plugin, version
    ("claude-code", "plugin", "~/.claude/plugins/cache/*/*/*/.mcp.json"),
    ("claude-code", "plugin", "~/.claude/plugins/cache/*/*/*/.claude-plugin/plugin.json"),
    ("cursor", "plugin", "~/.cursor/plugins/cache/*/*/*/.cursor-plugin/plugin.json"),
    ("codex", "plugin", "~/.codex/plugins/cache/*/*/*/.mcp.json"),
    ("codex", "plugin", "~/.codex/plugins/cache/*/*/*/.codex-plugin/plugin.json"),
)
_MOST_PLUGINS = 200
HOSTS = tuple(dict.fromkeys(row[0] for row in _SOURCES))

#: What each host fills in; in what is left a secret is literal. Codex and Claude Desktop fill in nothing.
_DOLLAR = r"\$\{[A-Za-z_]\w*(?::-[^}]*)?\}"
_REFERENCES: dict[str, str] = {
    "claude-code": _DOLLAR,
    "cursor": r"\$\{(?:env:)?\w+\}",
    "gemini-cli": r"\$\{?[A-Za-z_]\w*\}?|%[A-Za-z_]\w*%",
    "qwen-code": r"\$\{?[A-Za-z_]\w*\}?|%[A-Za-z_]\w*%",
    "vscode": r"\$\{(?:input:|env:)?[\w.-]+\}",
    "copilot": r"\$\{\{[^}]*\}\}|\$\{?[A-Za-z_]\w*\}?|\bCOPILOT_MCP_\w+",
    "windsurf": r"\$\{(?:env:|file:)?[^}]+\}",
    "opencode": r"\{(?:env|file):[^}]+\}",
    "cline": r"\$\{(?:env:)?\w+\}",
    "kiro": _DOLLAR,
}
#: How a variable NAME is referred to where `--fix` takes a literal value out.
REFERENCE_FORMS: dict[str, str] = {
    "claude-code": "${NAME}",
    "cursor": "${env:NAME}",
    "gemini-cli": "${NAME}",
    "qwen-code": "${NAME}",
    "vscode": "${env:NAME}",
    "copilot": "${NAME}",
    "windsurf": "${env:NAME}",
    "opencode": "{env:NAME}",
    "cline": "${env:NAME}",
    "kiro": "${NAME}",
}


def sources(environment: Mapping[str, str], root: str) -> tuple[Source, ...]:
    """Every file in which a host may look, whether or not it is there; `root` is the workspace or empty."""
    home = environment.get("HOME", "").rstrip("/")
    found: list[Source] = []
    for host, scope, pattern, form, roots in _SOURCES:
        if pattern.startswith("./"):
            path = f"{root}/{pattern[2:]}" if root else ""
        elif pattern.startswith("$"):
            path = _from_variable(pattern, environment, home)
        else:
            path = pattern.replace("~", home, 1) if home else pattern
        if path.startswith("/"):
            found.append(Source(host, scope, path, form, roots))
    return (*found, *_plugins(home, root))


def _plugins(home: str, root: str) -> Iterator[Source]:
    """The manifests of extensions and plugins that are there, in order; so many of each kind at most."""
    for host, scope, pattern in _PLUGINS:
        base = root if pattern.startswith("./") else home
        if base.startswith("/"):
            path = glob.escape(base) + "/" + pattern.partition("/")[2]
            for name in sorted(glob.glob(path))[:_MOST_PLUGINS]:
                yield Source(host, scope, name, "json", _MCP)


def _from_variable(pattern: str, environment: Mapping[str, str], home: str) -> str:
    """`$CODEX_HOME|~/.codex/config.toml`: the last part in the variable's folder, or the whole default."""
    name, _, default = pattern[1:].partition("|")
    base = environment.get(name, "").rstrip("/")
    if not base.startswith("/"):
        return default.replace("~", home, 1)
    if name == "XDG_CONFIG_HOME":
        return base + default.removeprefix("~/.config")
    return f"{base}/{default.rpartition('/')[2]}"


def source_of(path: str, environment: Mapping[str, str], root: str) -> tuple[Source, ...]:
    """How a file that a person names is read: as the host's whose file it is, else by its shape."""
    absolute = os.path.abspath(path)
    known = tuple(source for source in sources(environment, root) if source.path == absolute)
    if known:
        return known
    name = os.path.basename(absolute)
    for host, scope, pattern, form, roots in _SOURCES:
        if pattern.endswith("/" + name) and scope != "local":
            return (Source(host, "file", absolute, form, roots),)
    for host, scope, pattern in _PLUGINS:
        if absolute.endswith(pattern[1:]) and "*" not in pattern:
            return (Source(host, scope, absolute, "json", _MCP),)
    form = "toml" if name.endswith(".toml") else "json"
    every: tuple[Keys, ...] = (("mcpServers",), ("servers",), ("mcp", "servers"), ("mcp_servers",))
    return (Source("codex" if form == "toml" else "claude-code", "file", absolute, form, every),)


def _remainder(pattern: str, value: str) -> str:
    """A value without its references; the default of one (`${NAME:-default}`) is literal and stays."""
    if not pattern:
        return value
    return re.sub(pattern, lambda found: found[0].partition(":-")[2].rstrip("}"), value)


def remainder_of(host: str, value: str) -> str:
    """What is literal in a text of a host's configuration."""
    return _remainder(_REFERENCES.get(host, ""), value)
