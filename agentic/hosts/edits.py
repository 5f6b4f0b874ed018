"""Our part of a host's file, in the shapes that hosts have: hooks among others', or a file of our own.

What others have in a file keeps its bytes and its order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from agentic.errors import AgenticError, CheckFailed, InvalidDocument, quoted
from agentic.hosts.interface import handler_command
from agentic.json_text import parsed, with_appended, with_member, without_comments, without_item

_BYTE_ORDER_MARK = "\ufeff"
_MEND = "mend the file by hand, then run this again; nothing was changed"

#: What is in every command of ours and in no other's: the launcher's place.
MARK = "/agentic/launch/hook"


def is_ours(handler: object) -> bool:
    """Whether a hook handler in a settings file is one that agentic wrote."""
    return MARK in handler_command(handler)


class HookEntries(NamedTuple):
    """Our entries among the hooks of a JSON file: event -> one entry of its list.

    With `is_grouped` an entry is a matcher group whose handlers stand in its `hooks`, else it is a
    handler. `needed` are values at the top that the host asks for (`"version": 1`), set where missing.
    `has_comments` for a host that reads `//` comments and trailing commas: they are kept.
    """

    wanted: Mapping[str, Any]
    is_grouped: bool = True
    is_ours: Callable[[object], bool] = is_ours
    needed: Mapping[str, Any] = {}
    has_comments: bool = False

    def applied(self, data: bytes | None, path: str) -> bytes:
        """See `agentic.hosts.interface.Edit`."""
        mark, text = _decoded(data, path)
        found = self._found(text, path)
        root = self._root(text, path)
        missing = {name: value for name, value in self.needed.items() if name not in root}
        if found == list(self.wanted.items()) and not missing:
            return data or b""
        text = self._without_ours(text, path, frozenset())
        for name, value in missing.items():
            text = with_member(text, name, value)
        for event, entry in self.wanted.items():
            text = with_appended(text, ("hooks", event), entry)
        return (mark + text).encode()

    def removed(self, data: bytes, original: bytes | None, path: str) -> bytes | None:
        """See `agentic.hosts.interface.Edit`; containers that were there before us stay, also empty."""
        mark, text = _decoded(data, path)
        text = self._without_ours(text, path, self._containers(original, path))
        rest = self._root(text, path)
        is_left = {name for name in rest if name not in self.needed}
        if original is None and not is_left:
            return None
        return (mark + text).encode()

    def state(self, data: bytes | None, path: str) -> Literal["absent", "changed", "exact"]:
        """See `agentic.hosts.interface.Edit`."""
        if not data:
            return "absent"
        found = self._found(_decoded(data, path)[1], path)
        if not found:
            return "absent"
        is_exact = sorted(found, key=str) == sorted(self.wanted.items(), key=str)
        return "exact" if is_exact else "changed"

    def _handlers(self, entry: object) -> list[Any]:
        if not self.is_grouped:
            return [entry]
        handlers = entry.get("hooks") if isinstance(entry, dict) else None
        return handlers if isinstance(handlers, list) else []

    def _found(self, text: str, path: str) -> list[tuple[str, Any]]:
        """(event, entry) of every entry with a handler of ours."""
        return [
            (event, entry)
            for event, entries in self._hooks(text, path).items()
            for entry in entries
            if any(self.is_ours(handler) for handler in self._handlers(entry))
        ]

    def _without_ours(self, text: str, path: str, kept: frozenset[str]) -> str:
        while (place := self._place_of_ours(text, path)) is not None:
            text = without_item(text, place)
            event = place[1]
            hooks = self._hooks(text, path)
            if not hooks[event] and f"hooks.{event}" not in kept:
                text = without_item(text, ("hooks", event))
            if not self._hooks(text, path) and "hooks" not in kept:
                text = without_item(text, ("hooks",))
        return text

    def _place_of_ours(self, text: str, path: str) -> tuple[Any, ...] | None:
        """Where one entry of ours is: a whole entry, or one handler of a group that others share."""
        for event, entries in self._hooks(text, path).items():
            for number, entry in enumerate(entries):
                handlers = self._handlers(entry)
                ours = [i for i, handler in enumerate(handlers) if self.is_ours(handler)]
                if ours and len(ours) == len(handlers):
                    return ("hooks", event, number)
                if ours:
                    return ("hooks", event, number, "hooks", ours[0])
        return None

    def _root(self, text: str, path: str) -> dict[str, Any]:
        """The object that a file holds."""
        try:
            root = parsed(without_comments(text) if self.has_comments else text, "the file").value
        except InvalidDocument as invalid:
            first = invalid.diagnostics[0]
            where = f"{path}:{first.where}" if first.where else path
            raise InvalidDocument((first._replace(where=where, help=_MEND),)) from None
        if not isinstance(root, dict):
            raise AgenticError("settings.shape", f"{quoted(path)} does not hold an object", _MEND)
        return root

    def _hooks(self, text: str, path: str) -> dict[str, list[Any]]:
        """Event -> entries, after checking the shape of everything that we would touch."""
        hooks = self._root(text, path).get("hooks", {})
        if not isinstance(hooks, dict) or not all(isinstance(g, list) for g in hooks.values()):
            raise AgenticError(
                "settings.shape",
                f"{quoted(path)} does not look like settings: `hooks` is not an object of lists",
                _MEND,
            )
        return hooks

    def _containers(self, original: bytes | None, path: str) -> frozenset[str]:
        """The hook containers that were there before us, to be kept even when they are left empty."""
        try:
            hooks = self._root(_decoded(original, path)[1], path).get("hooks")
        except AgenticError:
            return frozenset()
        named = {f"hooks.{event}" for event in hooks} if isinstance(hooks, dict) else set()
        return frozenset({"hooks", *named} if isinstance(hooks, dict) else ())


class WholeFile(NamedTuple):
    """A file that is ours alone; `mark` is text that only files of ours have."""

    data: bytes
    mark: bytes

    def applied(self, data: bytes | None, path: str) -> bytes:
        """See `agentic.hosts.interface.Edit`; a file of somebody else is not written over."""
        if data is not None and data != self.data and self.mark not in data:
            message = f"{quoted(path, 300)} is there already and not written by agentic"
            raise CheckFailed("settings.foreign", message, "move it away, then run this again")
        return self.data

    def removed(self, data: bytes, original: bytes | None, path: str) -> bytes | None:
        """See `agentic.hosts.interface.Edit`; a file of somebody else stays."""
        return None if data == self.data or self.mark in data else data

    def state(self, data: bytes | None, path: str) -> Literal["absent", "changed", "exact"]:
        """See `agentic.hosts.interface.Edit`."""
        if data == self.data:
            return "exact"
        return "changed" if data is not None and self.mark in data else "absent"


def _decoded(data: bytes | None, path: str) -> tuple[str, str]:
    """(byte order mark or empty, text); a missing or blank file is an empty object."""
    try:
        text = (data or b"").decode("utf-8")
    except UnicodeDecodeError:
        raise AgenticError("settings.encoding", f"{quoted(path)} is not UTF-8 text") from None
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    text = text.removeprefix(mark)
    return mark, text if text.strip() else "{}\n"
