"""Our part of an OpenCode configuration: rules that deny, and in managed settings the plugin's address.

The rules are the second line behind the plugin: they hold where no plugin is loaded. Of all rules that
match, the last one counts, so ours stand behind those of others, each under its permission::

    {"permission": {"bash": {"*": "ask", "gh repo delete*": "deny"}}, "plugin": ["file:///..."]}

Source: https://opencode.ai/v1/docs/permissions (checked 2026-11-21); that they hold under `--pure --auto`
was seen with 1.18.33 (tests/e2e/test_opencode.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from agentic.errors import AgenticError, InvalidDocument, quoted
from agentic.json_text import (
    parsed,
    with_appended,
    with_member,
    with_value,
    without_comments,
    without_item,
)

_SCHEMA = "$schema"
_NEW = b'{\n  "$schema": "https://opencode.ai/config.json"\n}\n'

Rules = Mapping[str, Mapping[str, str]]

_MEND = "mend the file by hand, then run this again; nothing was changed"


class ConfigPart(NamedTuple):
    """An Edit (agentic.hosts.interface) of one configuration: permission -> pattern -> `deny`."""

    rules: Rules
    plugins: tuple[str, ...] = ()

    def applied(self, data: bytes | None, path: str) -> bytes:
        """See `agentic.hosts.interface.Edit`; what others allow or deny stays as it is, before ours."""
        if data is not None and self.state(data, path) == "exact":
            return data
        text = self._without_ours(_decoded(data or _NEW, path), path)
        for name, patterns in self.rules.items():
            text = _with_rules(text, name, patterns, path)
        for plugin in self.plugins:
            text = with_appended(text, ("plugin",), plugin)
        return text.encode()

    def removed(self, data: bytes, original: bytes | None, path: str) -> bytes | None:
        """See `agentic.hosts.interface.Edit`."""
        text = self._without_ours(_decoded(data, path), path)
        is_empty = set(_root(text, path)) <= {_SCHEMA}  # which the client adds by itself
        return None if original is None and is_empty else text.encode()

    def state(self, data: bytes | None, path: str) -> Literal["absent", "changed", "exact"]:
        """See `agentic.hosts.interface.Edit`; `changed` also where a rule of others counts after ours."""
        root = _root(_decoded(data, path), path)
        permission = root.get("permission")
        found = permission if isinstance(permission, dict) else {}
        plugins = root.get("plugin")
        listed = plugins if isinstance(plugins, list) else []
        has_plugins = all(plugin in listed for plugin in self.plugins)
        if has_plugins and all(_is_last(found, name, self.rules[name]) for name in self.rules):
            return "exact"
        has_some = any(plugin in listed for plugin in self.plugins) or any(
            _ours(found, name, patterns) for name, patterns in self.rules.items()
        )
        return "changed" if has_some else "absent"

    def _without_ours(self, text: str, path: str) -> str:
        root = _root(text, path)
        for name, patterns in self.rules.items():
            for pattern in _ours(root.get("permission"), name, patterns):
                text = without_item(text, ("permission", name, pattern))
            text = _without_empty(text, ("permission", name), path)
        text = _without_empty(text, ("permission",), path)
        plugins = root.get("plugin")
        if isinstance(plugins, list):
            for number in reversed(range(len(plugins))):
                if plugins[number] in self.plugins:
                    text = without_item(text, ("plugin", number))
            text = _without_empty(text, ("plugin",), path)
        return text


def _ours(permission: object, name: str, patterns: Mapping[str, str]) -> list[str]:
    """Our patterns that stand under one permission."""
    rules = permission.get(name) if isinstance(permission, dict) else None
    return [pattern for pattern in patterns if pattern in rules] if isinstance(rules, dict) else []


def _is_last(permission: Mapping[str, Any], name: str, patterns: Mapping[str, str]) -> bool:
    """Whether nothing of others counts after our patterns under one permission."""
    rules = permission.get(name)
    if not isinstance(rules, dict) or list(rules.items())[-len(patterns) :] != list(
        patterns.items()
    ):
        return False
    names = list(permission)
    return "*" not in names or names.index("*") < names.index(name)


def _with_rules(text: str, name: str, patterns: Mapping[str, str], path: str) -> str:
    """The text with our patterns behind those of others under one permission.

    One word for a whole permission (`"bash": "ask"`) becomes its rule for everything, which means the same.
    """
    permission = _root(text, path).get("permission")
    if isinstance(permission, str):
        text = with_value(text, ("permission",), {"*": permission})
    elif permission is None:
        text = with_member(text, "permission", {})
    elif not isinstance(permission, dict):
        raise _odd(path, "`permission` is neither a word nor an object")
    rules = permission.get(name) if isinstance(permission, dict) else None
    if isinstance(rules, str):
        text = with_value(text, ("permission", name), {"*": rules})
    elif rules is None:
        text = with_member(text, name, {}, ("permission",))
    elif not isinstance(rules, dict):
        raise _odd(path, f"`permission.{name}` is neither a word nor an object")
    names = list(_root(text, path)["permission"])
    if "*" in names and names.index("*") > names.index(name):
        raise _odd(path, f'`"*"` stands behind `{name}` in `permission`, so that it overrules it')
    for pattern, action in patterns.items():
        text = with_member(text, pattern, action, ("permission", name))
    return text


def _without_empty(text: str, keys: tuple[str, ...], path: str) -> str:
    """The text without the container at `keys` where nothing is left in it."""
    value: Any = _root(text, path)
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return text
        value = value[key]
    return without_item(text, keys) if value in ({}, []) else text


def _decoded(data: bytes | None, path: str) -> str:
    try:
        text = (data or b"").decode("utf-8")
    except UnicodeDecodeError:
        raise AgenticError("settings.encoding", f"{quoted(path)} is not UTF-8 text") from None
    return text if text.strip() else "{}\n"


def _root(text: str, path: str) -> dict[str, Any]:
    """The object that a configuration holds. Raises InvalidDocument or AgenticError, naming `path`."""
    try:
        found = parsed(without_comments(text), "the file").value
    except InvalidDocument as invalid:
        first = invalid.diagnostics[0]
        where = f"{path}:{first.where}" if first.where else path
        raise InvalidDocument((first._replace(where=where, help=_MEND),)) from None
    if not isinstance(found, dict):
        raise AgenticError("settings.shape", f"{quoted(path)} does not hold an object", _MEND)
    return found


def _odd(path: str, what: str) -> AgenticError:
    return AgenticError("settings.shape", f"{quoted(path)}: {what}", _MEND)
