"""What the doctor mends, as text: a configuration file after its edits, and the diff of it.

Comments and formatting stay (JSON in place, TOML through tomlkit). Every edit that is done already changes
nothing, so that mending twice is mending once. Nothing is written here. A diff that is shown holds no
secret: their places hold `***`.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, MutableMapping, MutableSequence
from typing import Any, NamedTuple

from agentic.errors import Unavailable, quoted
from agentic.json_text import parsed, with_appended, with_value, without_comments, without_item
from agentic.mcp.configuration_files import Keys
from agentic.mcp.doctor_values import Edit, Finding, Scene, edit, finding, is_behind_gateway
from agentic.recognize.environment import words_of
from agentic.recognize.secrets import find_secrets

_MARK = "***"


class Mended(NamedTuple):
    """One file before and after; `takes_write_from_others` says that its mode changes, too."""

    path: str
    before: bytes
    after: bytes
    takes_write_from_others: bool = False

    @property
    def is_needed(self) -> bool:
        """Whether anything would change."""
        return self.before != self.after or self.takes_write_from_others


def mended(findings: Iterable[Finding]) -> tuple[Mended, ...]:
    """The files that findings' edits change. Raises Unavailable or InvalidDocument."""
    by_file: dict[str, list[Edit]] = defaultdict(list)
    for found in findings:
        for change in found.edits:
            if change not in by_file[change.file]:
                by_file[change.file].append(change)
    files = (_mended_file(path, edits) for path, edits in by_file.items())
    return tuple(file for file in files if file.is_needed)


def behind_gateway(scene: Scene) -> tuple[Finding, ...]:
    """For every started server that is not behind the gateway, the edits that put it there.

    Variables that the host gives are handed on by name. A server that is reached at an address stays: its
    headers would have to become variables first.
    """
    found: list[Finding] = []
    for server in scene.servers:
        if is_behind_gateway(server) or not (server.enabled and server.applies and server.command):
            continue
        named = ["mcp", "gateway", "--name", _gateway_name(server.name)]
        for setting in server.environment:
            named += ["--env", setting.name]
        edits = (edit(server, "wrap", (), ("agentic", *named, "--")),)
        found.append(finding(server, "note", "outside-gateway", "", "", edits=edits))
    return tuple(found)


def _gateway_name(name: str) -> str:
    """A server's name as the gateway takes it: small letters, digits and single dashes."""
    return "-".join(words_of(name))[:32].strip("-") or "server"


def _mended_file(path: str, edits: list[Edit]) -> Mended:
    try:
        with open(path, "rb") as file:
            before = file.read()
    except OSError as problem:
        why = (problem.strerror or "unreadable").lower()
        raise Unavailable("mcp.configuration", f"{quoted(path)}: {why}") from None
    edits = sorted(
        edits, key=lambda change: change.action == "wrap"
    )  # what is wrapped is mended first
    text = before.decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    after = after_edits(text.removeprefix("\ufeff"), edits)
    takes = any(change.action == "mode" for change in edits)
    return Mended(path, before, (mark + after).encode(), takes)


def after_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text of a configuration after these edits; one that does not fit any more is left out."""
    changes = [change for change in edits if change.action != "mode"]
    if any(change.form == "toml" for change in changes):
        return _toml_after(text, changes)
    for change in changes:
        try:
            text = _json_after(text, change)
        except (KeyError, ValueError, IndexError):
            continue  # the entry is gone, or mended by another edit
    return text


def _json_after(text: str, change: Edit) -> str:
    whole = parsed(without_comments(text), "the configuration").value
    if change.action == "wrap":
        return _json_wrapped(text, _at(whole, change.keys), change)
    parent = _at(whole, change.keys[:-1])
    last = change.keys[-1]
    if change.action == "set":
        return text if parent[last] == change.value else with_value(text, change.keys, change.value)
    if change.action == "append":
        present = change.value in parent.get(last, [])
        return text if present else with_appended(text, list(map(str, change.keys)), change.value)
    if change.action == "remove":
        return without_item(text, change.keys)
    left = list(parent[last])
    while change.value in left:
        position = left.index(change.value)
        text = without_item(text, (*change.keys, position))
        del left[position]
    return text


def _json_wrapped(text: str, entry: dict[str, Any], change: Edit) -> str:
    program, words = _wrapped(entry, change)
    if not program:
        return text
    if isinstance(entry["command"], list):
        return with_value(text, (*change.keys, "command"), [program, *words])
    text = with_value(text, (*change.keys, "command"), program)
    if "args" in entry:
        return with_value(text, (*change.keys, "args"), words)
    for word in words:
        text = with_appended(text, [*map(str, change.keys), "args"], word)
    return text


def _wrapped(entry: Mapping[str, Any], change: Edit) -> tuple[str, list[str]]:
    """The program and the arguments of a server inside another command; nothing where it is there."""
    command = entry["command"]
    words = [*command] if isinstance(command, list) else [command, *entry.get("args", ())]
    program, *rest = change.value
    return ("", []) if words[0] == program else (program, [*rest, *map(str, words)])


def _at(value: Any, keys: Keys) -> Any:
    for key in keys:
        value = value[key]
    return value


def _toml_after(text: str, changes: Iterable[Edit]) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    for change in changes:
        try:
            _toml_edit(document, change)
        except (KeyError, ValueError, IndexError):
            continue  # the entry is gone, or mended by another edit
    return tomlkit.dumps(document)


def _toml_edit(document: MutableMapping[str, Any], change: Edit) -> None:
    if change.action == "wrap":
        entry: Any = _at(document, change.keys)
        program, words = _wrapped(entry, change)
        if program:
            entry["command"], entry["args"] = program, words
        return
    parent: Any = _at(document, change.keys[:-1])
    last: Any = change.keys[-1]
    if change.action == "set":
        if parent[last] != change.value:
            parent[last] = change.value
    elif change.action == "remove":
        del parent[last]
    else:
        items: MutableSequence[Any] = parent.setdefault(last, [])
        if change.action == "append" and change.value not in items:
            items.append(change.value)
        while change.action == "discard" and change.value in items:
            items.remove(change.value)


def shown_diff(file: Mended, secrets: Iterable[str]) -> str:
    """The change as a unified diff in which no secret can be read; `secrets` are known to be some."""
    hidden = sorted({text for text in secrets if len(text) >= 4}, key=len, reverse=True)
    before, after = (
        _without_secrets(data.decode("utf-8", "backslashreplace"), hidden).splitlines(keepends=True)
        for data in (file.before, file.after)
    )
    lines = difflib.unified_diff(before, after, file.path, file.path)
    shown = "".join(line if line.endswith("\n") else line + "\n" for line in lines)
    mode = f"chmod o-w {file.path}\n" if file.takes_write_from_others else ""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in shown) + mode


def _without_secrets(text: str, hidden: list[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, _MARK)
    for _, start, end in reversed(find_secrets(text)):
        if "\n" not in text[start:end]:
            text = text[:start] + _MARK + text[end:]
    return text
