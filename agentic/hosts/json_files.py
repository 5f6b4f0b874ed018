"""Settings of hosts in JSON, as the hosts read them: with comments where they allow them."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from agentic.errors import AgenticError, InvalidDocument, quoted
from agentic.hosts.edits import MARK
from agentic.hosts.interface import Finding, LoadedFile, Ran
from agentic.hosts.settings import read_settings
from agentic.json_text import without_comments


class Values(NamedTuple):
    """What one file holds: `values` is empty where it is missing or broken, `problem` says what is wrong."""

    file: LoadedFile
    values: dict[str, Any]
    is_ours: bool = False
    problem: str = ""


def read_values(file: LoadedFile) -> Values:
    """The object that a settings file holds. Never raises: what is wrong is said in `problem`."""
    try:
        data = read_settings(file.path)
        if data is None:
            return Values(file, {})
        text = data.decode("utf-8-sig")
        found = json.loads(without_comments(text)) if text.strip() else {}
    except InvalidDocument:
        return Values(file, {}, problem="is not valid JSON")
    except AgenticError as problem:
        return Values(file, {}, problem=problem.message)
    except ValueError:
        return Values(file, {}, problem="is not valid JSON")
    if not isinstance(found, dict):
        return Values(file, {}, problem="does not hold an object")
    return Values(file, found, MARK in text)


def broken(found: Values, check: str, consequence: str) -> list[Finding]:
    """A finding where a file cannot be read; `consequence` says what the host makes of it."""
    if not found.problem:
        return []
    text = f"{quoted(found.file.path, 300)} {found.problem}: {consequence}"
    return [Finding("fail", check, text, "mend it by hand")]


def files_in(folder: str, scope: str, ending: str = ".json") -> list[LoadedFile]:
    """The files of a folder that a host reads whole, by name."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [LoadedFile(scope, f"{folder}/{name}") for name in names if name.endswith(ending)]


def inside(values: dict[str, Any], *keys: str) -> Any:
    """The value at a path of keys, None where there is none."""
    found: Any = values
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def verdict_of_text(ran: Ran) -> str:
    """`deny` for exit code 2 with a reason of ours, `none` for silence, else what is wrong."""
    told = ran.stderr.decode("utf-8", "replace").strip()
    if ran.status == 2:
        return "deny" if told.startswith("[AGENT MODE: ") else told or "exit 2 without a reason"
    if ran.status == 0 and not ran.stdout.strip():
        return "none"
    return ran.stdout.decode("utf-8", "replace") or f"exit {ran.status}: {told}"
