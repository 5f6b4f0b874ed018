"""Writes our part into a host's file, and takes it out again without a trace.

1. read the file; refuse one that cannot be edited, touching nothing;
2. let the file's Edit (agentic.hosts.edits) put our part in as it should be;
3. replace the file atomically, through a symbolic link where it is one, keeping its mode;
4. remember in the state folder what the file was before, so that uninstalling restores it exactly.

What others have in the file keeps its bytes and its order.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from agentic.errors import Unavailable, quoted
from agentic.hosts.interface import HostFile
from agentic.places import Places, private_folder

RECORDS_FOLDER = "installed"


class Change(NamedTuple):
    """A settings file before and after; `after` is None where the file goes away."""

    path: str
    before: bytes | None
    after: bytes | None

    @property
    def is_needed(self) -> bool:
        """Whether anything would be written."""
        return self.before != self.after

    def diff(self) -> str:
        """The change as a unified diff."""
        before, after = (
            (data or b"").decode("utf-8", "backslashreplace").splitlines(keepends=True)
            for data in (self.before, self.after)
        )
        old, new = ("/dev/null" if d is None else self.path for d in (self.before, self.after))
        shown = difflib.unified_diff(before, after, old, new)
        return "".join(line if line.endswith("\n") else line + "\n" for line in shown)


class Installed(NamedTuple):
    """What is remembered of one settings file that `init` changed.

    `original` is what it held before, base64, or None where it did not exist; `written_sha256` is what
    `init` left; `folders` were made for it, innermost first.
    """

    path: str
    host: str
    scope: str
    original: str | None
    written_sha256: str
    folders: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def read_settings(path: str) -> bytes | None:
    """The file's bytes, or None when there is none. Raises Unavailable."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise _unusable(path, problem) from None


# --- changes to files


def install_change(file: HostFile) -> Change:
    """What installing would do to a file. Raises Unavailable, and as `Edit.applied`."""
    before = read_settings(file.path)
    return Change(file.path, before, file.edit.applied(before, file.path))


def uninstall_change(file: HostFile, remembered: Installed | None) -> Change:
    """What uninstalling would do: the exact original where nothing else has changed since."""
    before = read_settings(file.path)
    if before is None:
        return Change(file.path, None, None)
    original = None if remembered is None else _original(remembered)
    if remembered is not None and _sha256(before) == remembered.written_sha256:
        return Change(file.path, before, original)
    # A file of which nothing was noted may have been there before: it is never taken away.
    known = original if remembered is not None else b""
    return Change(file.path, before, file.edit.removed(before, known, file.path))


def apply(change: Change) -> tuple[str, ...]:
    """Write a change; returns the folders that had to be made, innermost first. Raises Unavailable."""
    target = os.path.realpath(change.path)  # a settings file may be a link into somebody's dotfiles
    try:
        if change.after is None:
            os.unlink(target)
            return ()
        made = _made_folders(os.path.dirname(target))
        mode = os.stat(target).st_mode & 0o7777 if os.path.exists(target) else None
        _replace(target, change.after, mode)
    except OSError as problem:
        raise _unusable(change.path, problem) from None
    return made


def _made_folders(folder: str) -> tuple[str, ...]:
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for name in reversed(missing):
        os.mkdir(name)
    return tuple(missing)


def _replace(path: str, data: bytes, mode: int | None) -> None:
    new = f"{path}.agentic-{os.getpid()}"
    try:
        with open(new, "xb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        Path(new).unlink(missing_ok=True)
        raise


def remove_folders(folders: tuple[str, ...]) -> None:
    """Remove folders that were made for a file, as far as they are empty now."""
    for folder in folders:
        try:
            os.rmdir(folder)
        except OSError:
            return


# --- what is remembered


def remembered(places: Places) -> list[Installed]:
    """Every settings file that `init` has changed, sorted by path; unreadable records are left out."""
    folder = Path(places.state) / RECORDS_FOLDER
    found = (
        [_read_record(path) for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []
    )
    return sorted((record for record in found if record is not None), key=lambda r: r.path)


def remembered_of(places: Places, path: str) -> Installed | None:
    """What is remembered of one settings file."""
    return _read_record(_record_path(places, path))


def remember(places: Places, installed: Installed) -> None:
    """Keep the record of a settings file. Raises Unavailable."""
    private_folder(private_folder(places.state) + "/" + RECORDS_FOLDER)
    path = _record_path(places, installed.path)
    try:
        data = json.dumps(installed._asdict(), indent=1).encode()
        _replace(str(path), data, 0o600)
    except OSError as problem:
        raise _unusable(str(path), problem) from None


def forget(places: Places, path: str) -> None:
    """Drop the record of a settings file."""
    _record_path(places, path).unlink(missing_ok=True)


def installed(
    places: Places, file: HostFile, *, host: str, scope: str, options: tuple[str, ...]
) -> Change:
    """Write our part of a file where it is not there yet, and remember what was there without us.

    Raises as `install_change` and `apply` do, with the file as it was.
    """
    change = install_change(file)
    before = remembered_of(places, file.path)
    without_us = uninstall_change(file, before).after
    made = apply(change) if change.is_needed else ()
    if file.mode:
        os.chmod(os.path.realpath(file.path), file.mode)
    folders = made or (before.folders if before else ())
    original = None if without_us is None else base64.b64encode(without_us).decode()
    written = _sha256(change.after or b"")
    record = Installed(file.path, host, scope, original, written, folders, options)
    if record != before:
        remember(places, record)
    return change


def _read_record(path: Path) -> Installed | None:
    try:
        found = json.loads(path.read_bytes())
        found["folders"] = tuple(found["folders"])
        found["options"] = tuple(found["options"])
        return Installed(**found)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _record_path(places: Places, path: str) -> Path:
    name = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return Path(places.state) / RECORDS_FOLDER / f"{name}.json"


def _original(record: Installed) -> bytes | None:
    return None if record.original is None else base64.b64decode(record.original)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _unusable(path: str, problem: OSError) -> Unavailable:
    why = (problem.strerror or "unknown error").lower()
    return Unavailable("settings.file", f"{quoted(path)}: {why}", help="nothing was changed")
