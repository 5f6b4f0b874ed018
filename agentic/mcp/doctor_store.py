"""Writing what the doctor mends, and taking it back: the file as it was is kept in the state folder.

One record for each file, `<state>/mcp/mended/<id>.json`::

    {"path", "before": base64, "after_sha256", "mode": int}

A file that somebody has changed since is not taken back: the person's edit counts more than ours. What is
kept may hold the very secrets that were taken out, so that only the user can read it.
"""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agentic.authoring.compiled import write_private
from agentic.core.native import sha256_hex
from agentic.errors import Unavailable, quoted
from agentic.mcp.doctor_fix import Mended
from agentic.places import private_folder

#: Replaces a file's content in one step: path, content, mode.
Write = Callable[[str, bytes, int], None]

_FOLDER = "mcp/mended"


def apply(file: Mended, state: str, write: Write) -> None:
    """Write one mended file, through a link where it is one. Raises Unavailable.

    The file must be as it was when it was examined.
    """
    path = os.path.realpath(file.path)
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if _content(path) != file.before:
        raise Unavailable(
            "mcp.configuration-changed",
            f"{quoted(file.path)} has changed meanwhile",
            help="run the doctor again",
        )
    record = _record(state, path)
    if record is None or record["after_sha256"] != sha256_hex(file.before):
        record = {"path": path, "before": base64.b64encode(file.before).decode(), "mode": mode}
    record["after_sha256"] = sha256_hex(file.after)
    private_folder(state)
    private_folder(f"{state}/mcp")
    private_folder(f"{state}/{_FOLDER}")
    write_private(_record_path(state, path), json.dumps(record).encode())
    write(path, file.after, mode & ~stat.S_IWOTH if file.takes_write_from_others else mode)


def taken_back(state: str, write: Write) -> Iterator[tuple[str, str]]:
    """Put every mended file back; yields (path, why not) where `why not` is empty when it was done.

    Raises Unavailable when a file cannot be written.
    """
    folder = Path(state) / _FOLDER
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        record = _read(path)
        if record is None:
            continue
        if sha256_hex(_content(record["path"]) or b"") != record["after_sha256"]:
            yield record["path"], "it has changed since"
            continue
        write(record["path"], base64.b64decode(record["before"]), record["mode"])
        path.unlink()
        yield record["path"], ""


def _record_path(state: str, path: str) -> str:
    name = sha256_hex(path.encode("utf-8", "surrogateescape"))[:32]
    return f"{state}/{_FOLDER}/{name}.json"


def _record(state: str, path: str) -> dict[str, Any] | None:
    return _read(Path(_record_path(state, path)))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes())
        base64.b64decode(found["before"], validate=True)
        return found if isinstance(found["path"], str) and isinstance(found["mode"], int) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None
