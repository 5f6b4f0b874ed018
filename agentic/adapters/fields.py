"""Strict access to the fields of a payload: what is missing or of another type is a refusal that says so."""

from __future__ import annotations

from agentic.errors import HostPayloadInvalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Values = dict[str, Any]
    #: neutral tool, and of each neutral field: its name, how it is read, its name in the host's input
    Row = tuple[str, tuple[tuple[str, Callable[[Values, str], str], str], ...]]


def an_object(value: object, what: str) -> Values:
    """The value as an object. Raises HostPayloadInvalid for anything else."""
    if type(value) is not dict:
        raise invalid(f"{what} is not an object")
    return value


def any_text(values: Values, key: str) -> str:
    """The text of a field, perhaps empty. Raises HostPayloadInvalid where it is missing or no text."""
    value = values.get(key)
    if type(value) is not str:
        problem = "is missing" if value is None else "is not text"
        raise invalid(f"`{key}` {problem}")
    return value


def text(values: Values, key: str) -> str:
    """The text of a field that must not be empty. Raises HostPayloadInvalid."""
    value = any_text(values, key)
    if not value:
        raise invalid(f"`{key}` is empty")
    return value


def optional_text(values: Values, key: str) -> str:
    """The text of a field, empty where it is missing or null. Raises HostPayloadInvalid for no text."""
    return any_text(values, key) if values.get(key) is not None else ""


def translated(row: Row, given: Values) -> tuple[str, Values]:
    """(neutral tool, neutral input) by a row of a host's table. Raises HostPayloadInvalid."""
    tool, fields = row
    return tool, {name: read(given, key) for name, read, key in fields}


def folder_searched(pattern: str, path: str) -> str:
    """The folder in which a glob looks: `path`, moved to where the pattern's fixed part leads."""
    fixed: list[str] = []
    for part in pattern.split("/")[:-1]:
        if not frozenset("*?[{").isdisjoint(part):
            break
        fixed.append(part)
    start = "/".join(fixed)
    if pattern.startswith("/"):
        return start or "/"
    if not start:
        return path
    return f"{path}/{start}" if path else start


def folder_of(cwd: str, folder: str) -> str:
    """Where a command runs whose own folder may be empty, or relative to the session's."""
    return cwd if not folder else folder if folder.startswith("/") else f"{cwd}/{folder}"


def number_after(words: str, text: str) -> int:
    """The whole number behind the last of these words in a text, 0 where there is none."""
    rest = text.rpartition(words)[2].lstrip() if words in text else ""
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return int(digits) if 0 < len(digits) < 10 else 0


def duration_ms(values: Values, key: str) -> int:
    """A duration in whole milliseconds, -1 where it is missing. Raises HostPayloadInvalid."""
    value = values.get(key, -1)
    if type(value) is float and -1 <= value < 2**53:
        value = int(value)
    if type(value) is not int:
        raise invalid(f"`{key}` is not a number")
    return value


def invalid(message: str) -> HostPayloadInvalid:
    """The refusal of a payload."""
    return HostPayloadInvalid("host.payload", message)
