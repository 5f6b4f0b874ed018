"""Which hooks Codex runs: its own list of them, and the pins by which it takes ours for reviewed.

Codex runs a hook that is not managed only when the user's config.toml holds the hash of its definition,
and skips it without a word otherwise. The hash is never computed here: the client tells it, in
`codex app-server`, for the same definition in a folder that is thrown away afterwards. It covers the
definition (event, matcher, handler) and not the file it stands in; the pin's name does.

Source: https://developers.openai.com/codex/hooks.md, https://github.com/openai/codex/issues/21615 (checked
2026-11-21); seen with 0.169.0.
"""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agentic.errors import Unavailable, quoted

_WAIT_S = 20


class Listed(NamedTuple):
    """The hooks that a client knows for one folder, as it describes them, and what it says against them."""

    hooks: tuple[Mapping[str, Any], ...]
    problems: tuple[str, ...]


def listed_hooks(program: str, codex_home: str, home: str, folder: str, search: str) -> Listed:
    """What the client at `program` says of its hooks in a folder. Raises Unavailable.

    `search` is the PATH that it is started with. It is started as it would be for work, so it keeps its
    own books in `codex_home`.
    """
    ask: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": {"clientInfo": _CLIENT}},
        {"method": "initialized"},
        {"id": 2, "method": "hooks/list", "params": {"cwds": [folder]}},
    ]
    environment = {"PATH": search, "HOME": home, "CODEX_HOME": codex_home}
    try:
        process = subprocess.Popen(
            [program, "app-server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
        )
    except OSError as problem:
        raise _silent(program, (problem.strerror or "cannot be started").lower()) from None
    deadline = threading.Timer(_WAIT_S, process.kill)
    deadline.start()
    try:
        answer = _answer(process, ask)
    finally:
        process.kill()
        process.communicate()
        deadline.cancel()
    if answer is None:
        raise _silent(program, "it gave no list of hooks")
    return answer


_CLIENT = {"name": "agentic", "version": "1"}


def _answer(process: subprocess.Popen[bytes], ask: list[dict[str, Any]]) -> Listed | None:
    if process.stdin is None or process.stdout is None:
        return None
    try:
        process.stdin.write("".join(json.dumps(line) + "\n" for line in ask).encode())
        process.stdin.flush()
        for line in process.stdout:
            document = json.loads(line)
            if document.get("id") == 2:
                rows = document["result"]["data"]
                hooks = [dict(hook) for row in rows for hook in row["hooks"]]
                said = [str(text) for row in rows for text in (*row["errors"], *row["warnings"])]
                return Listed(tuple(hooks), tuple(said))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None


def _silent(program: str, why: str) -> Unavailable:
    return Unavailable(
        "codex.app-server",
        f"{quoted(program, 300)} does not tell which hooks it trusts: {why}",
        "update Codex, or accept the hook in its `/hooks` by hand",
    )


# --- pins


def pins(
    hooks: Mapping[str, Any], wanted: Mapping[str, Any], file: str, program: str | None, search: str
) -> dict[str, dict[str, str | None]]:
    """Name -> `{"trusted_hash": hash}` of every hook of ours, for the file `file` that holds `hooks`.

    `hooks` are all events with their groups, `wanted` ours. Without a `program` the hashes are None.
    Raises Unavailable.
    """
    definitions = json.dumps({event: [group] for event, group in wanted.items()}, sort_keys=True)
    hashes = hashes_of(definitions, program, search) if program else {}
    names = {
        event: f"{file}:{snake(event)}:{hooks[event].index(group)}:0"
        for event, group in wanted.items()
        if group in hooks.get(event, ())
    }
    return {name: {"trusted_hash": hashes.get(snake(event))} for event, name in names.items()}


@functools.cache
def hashes_of(definitions: str, program: str, search: str) -> Mapping[str, str]:
    """Event, as a pin's name has it -> the client's hash of the hook. Raises Unavailable.

    `definitions` are the hooks as JSON, one group with one handler an event.
    """
    with tempfile.TemporaryDirectory(prefix="agentic-codex-") as folder:
        Path(folder, "hooks.json").write_text(f'{{"hooks":{definitions}}}', "utf-8")
        real = os.path.realpath(folder)
        listed = listed_hooks(program, real, real, real, search)
    found = {str(hook["key"]).split(":")[-3]: str(hook["currentHash"]) for hook in listed.hooks}
    missing = [event for event in json.loads(definitions) if snake(event) not in found]
    if missing:
        raise _silent(program, f"it does not know the event `{missing[0]}`")
    return found


def snake(event: str) -> str:
    """`PreToolUse` as `pre_tool_use`, which is how pins name events."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", event).lower()
