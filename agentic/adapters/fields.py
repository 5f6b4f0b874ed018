"""Strict access to the fields of a payload: what is missing or of another type is a refusal that says so."""

from __future__ import annotations

from agentic.errors import HostPayloadInvalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Values = dict[str, Any]


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
