"""Files as sources: what one file says, or all files that a pattern names, and whether they may clear.

A relative path is below the workspace and no link leads out of it; `~/` is the home of the user that runs
this, by the password database (HOME could have been set by anybody). Links of absolute paths are followed,
because mounted configuration is made of them. Only regular files count that this user or root owns and
nobody else may write, or whose content policy pins. Nothing here waits for a pipe, and everything has a size.

Whoever works in a workspace could have written a file there: `may_clear` tells what such a file can do.
"""

from __future__ import annotations

import os
import pwd
import stat
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from agentic.core.native import sha256_hex
from agentic.core.paths import is_below, joined, normalised
from agentic.core.patterns import matches
from agentic.errors import quoted
from agentic.signals.live.interface import Round, SourceFailed
from agentic.workspace import workspace_roots

#: More files than this behind one pattern are too many to be what somebody meant.
MAX_FILES = 100
#: Names looked at while a pattern is matched.
MAX_NAMES = 10_000
#: What one source may hold where policy does not say; a pattern's files share it.
MAX_BYTES = 4_194_304
#: Characters of a path in a sentence.
_NAMED = 60

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
#: A folder needs to be passed through, not listed; where the system can tell these apart, it does.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class FileMissing(SourceFailed):
    """There is no such file: where a report should have come, that is news by itself."""


class FileContent(NamedTuple):
    """One file as it was read, whole.

    `path` is how messages call it: relative where it lies below the workspace. `modified_at` is Unix
    seconds. `may_clear` is False for a file in the workspace that is neither pinned nor allowed to clear
    by policy: where it says clear, a reader gives UNKNOWN with `doubt`.
    """

    data: bytes
    path: str
    modified_at: int
    may_clear: bool


def read_file(name: str, round: Round) -> FileContent:
    """The one file of a source of kind `file`.

    Raises: SourceFailed when it is absent, special, too large, not ours alone, or not the pinned one.
    """
    settings = _settings(name, round)
    if "*" in settings["path"]:
        raise SourceFailed(f"{quoted(settings['path'])} names many files, and one is needed here")
    return _content(_absolute(settings["path"], round.workspace), settings, round, _limit(settings))


def read_files(name: str, round: Round) -> list[FileContent]:
    """All files of a source of kind `file`, by name; a `*` stands for any name in one folder.

    Raises: SourceFailed when there is none, or when any of them cannot be used.
    """
    found: list[FileContent] = []
    for content in read_each(name, round):
        if isinstance(content, SourceFailed):
            raise content
        found.append(content)
    return found


def read_each(name: str, round: Round) -> list[FileContent | SourceFailed]:
    """All files of a source, those that cannot be used as the failure that says why.

    So that one bad file does not silence what the others say. Raises: SourceFailed when there is no file.
    """
    settings = _settings(name, round)
    path = _absolute(settings["path"], round.workspace)
    paths = [path]
    if "*" in settings["path"]:
        if settings.get("sha256"):
            raise SourceFailed(f"{quoted(settings['path'])} names many files: none can be pinned")
        paths = _matching(path)
    left = _limit(settings)
    found: list[FileContent | SourceFailed] = []
    for path in paths:
        try:
            content = _content(path, settings, round, left)
        except SourceFailed as failure:
            found.append(failure)
        else:
            left -= len(content.data)
            found.append(content)
    return found


def named(path: str) -> str:
    """A path as sentences name it: quoted, and where it is long its end, which tells files apart."""
    return quoted(path if len(path) <= _NAMED else "…" + path[1 - _NAMED :], _NAMED)


def doubt(content: FileContent) -> str:
    """Why a file that says clear is not believed: the sentence of the UNKNOWN reading."""
    return (
        f"{named(content.path)} says clear, but whoever works here could have written it: "
        "pin its sha256, or say in policy why it may clear"
    )


def _settings(name: str, round: Round) -> Mapping[str, Any]:
    settings = round.sources.get(name)
    if settings is None or settings.get("kind") != "file":
        raise SourceFailed(f"policy has no file source {quoted(name)}")
    return settings


def _limit(settings: Mapping[str, Any]) -> int:
    limit: int = settings.get("max_bytes") or MAX_BYTES
    return limit


def _absolute(path: str, workspace: str) -> str:
    """A path as policy writes it, made absolute. Raises: SourceFailed."""
    if path.startswith("~"):
        if not path.startswith("~/"):
            raise SourceFailed(f"{quoted(path)} names somebody's home: write the path in full")
        try:
            home = pwd.getpwuid(os.geteuid()).pw_dir
        except KeyError:
            raise SourceFailed(f"{quoted(path)}: this user has no home folder") from None
        return joined(home, path[2:])
    if path.startswith("/"):
        return normalised(path)
    if not workspace:
        raise SourceFailed(f"{quoted(path)} is below the workspace, and there is none here")
    below = joined(workspace, path)
    if not is_below(below, normalised(workspace)):
        raise SourceFailed(f"{quoted(path)} leads out of the workspace")
    return below


# Patterns


def _matching(pattern: str) -> list[str]:
    """The existing files that an absolute pattern names, sorted. Raises: SourceFailed."""
    parts = pattern.split("/")[1:]
    if "**" in parts:
        raise SourceFailed(
            f"{quoted(pattern)}: `**` is not known here, a `*` is one folder's names"
        )
    found = [""]
    seen = 0
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        inner: list[str] = []
        for folder in found:
            names = _names(folder or "/", pattern) if "*" in part else [part]
            seen += len(names)
            inner.extend(f"{folder}/{name}" for name in names if _is_named(part, name))
        if seen > MAX_NAMES:
            raise SourceFailed(f"{quoted(pattern)} goes through more than {MAX_NAMES} names")
        found = [path for path in inner if os.path.lexists(path)]
        found = [path for path in found if os.path.isdir(path) != is_last]
    if not found:
        raise FileMissing(f"no file is named {quoted(pattern)}")
    if len(found) > MAX_FILES:
        raise SourceFailed(f"{quoted(pattern)} names {len(found)} files, more than {MAX_FILES}")
    return sorted(found)


def _is_named(part: str, name: str) -> bool:
    """Whether a part of a pattern names an entry; hidden ones only when it begins with a dot itself."""
    return matches(part, name) and (part.startswith(".") or not name.startswith("."))


def _names(folder: str, pattern: str) -> list[str]:
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) > MAX_NAMES:
                    break
    except OSError as problem:
        raise SourceFailed(f"{quoted(pattern)}: {_reason(problem)}") from None
    return names


# One file


def _content(path: str, settings: Mapping[str, Any], round: Round, max_bytes: int) -> FileContent:
    """What the file at an absolute path says. Raises: SourceFailed."""
    shown = _shown(path, round.workspace)
    pin = settings.get("sha256")
    if time.monotonic() >= round.deadline:
        raise SourceFailed(f"there was no time left to read {named(shown)}")
    try:
        place = os.path.realpath(path, strict=True)
        is_relative = not settings["path"].startswith(("/", "~"))
        if is_relative and not is_below(place, os.path.realpath(round.workspace)):
            raise SourceFailed(f"{named(shown)} is a link that leads out of the workspace")
        root = _root_around(place, round.workspace)
        descriptor = _opened_below(root, place) if root else os.open(place, _FILE)
        try:
            data, modified_at = _whole(descriptor, shown, max_bytes, is_pinned=bool(pin))
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise FileMissing(f"there is no file {named(shown)}") from None
    except (OSError, ValueError) as problem:
        raise SourceFailed(f"{named(shown)}: {_reason(problem)}") from None
    if pin and (digest := sha256_hex(data)) != pin:
        raise SourceFailed(f"{named(shown)} is not the pinned file, its sha256 is {digest}")
    may_clear = not root or bool(pin) or bool(settings.get("may_clear"))
    return FileContent(data, shown, modified_at, may_clear)


def _shown(path: str, workspace: str) -> str:
    root = normalised(workspace) if workspace else ""
    return path[len(root) + 1 :] if root and is_below(path, root) else path


def _root_around(place: str, workspace: str) -> str:
    """The work tree of this repository that a resolved path lies in; empty when it lies in none."""
    if not workspace:
        return ""
    root = os.path.realpath(workspace)
    roots = workspace_roots(root, "", ())
    return next((folder for folder in roots if is_below(place, os.path.realpath(folder))), "")


def _opened_below(root: str, place: str) -> int:
    """A descriptor of a resolved path below `root`; follows no link, so none can be slipped in meanwhile."""
    root = os.path.realpath(root)
    *folders, last = place[len(root) :].strip("/").split("/")
    folder = os.open(root, _FOLDER)
    try:
        for name in folders:
            inner = os.open(name, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(last, _FILE, dir_fd=folder)
    finally:
        os.close(folder)


def _whole(
    descriptor: int, shown: str, max_bytes: int, *, is_pinned: bool = False
) -> tuple[bytes, int]:
    """All bytes of an open file and when it was written. Raises: SourceFailed, OSError.

    Who may write a pinned file does not matter: a checkout of CI may be anybody's, with any mode.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise SourceFailed(f"{named(shown)} is not a regular file")
    if not is_pinned and status.st_uid not in (os.geteuid(), 0):
        raise SourceFailed(f"{named(shown)} belongs to somebody else")
    if not is_pinned and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise SourceFailed(f"{named(shown)} can be written by others: `chmod go-w` it")
    if status.st_size > max_bytes:
        raise SourceFailed(f"{named(shown)} is too large, {max_bytes} bytes are left for it")
    pieces: list[bytes] = []
    left = status.st_size + 1
    while left > 0 and (piece := os.read(descriptor, left)):
        pieces.append(piece)
        left -= len(piece)
    data = b"".join(pieces)
    after = os.fstat(descriptor)
    # A writer that does not replace the file at once could leave half of the old and half of the new.
    if len(data) != status.st_size or after.st_mtime_ns != status.st_mtime_ns:
        raise SourceFailed(f"{named(shown)} changed while it was read")
    return data, int(status.st_mtime)


def _reason(problem: OSError | ValueError) -> str:
    text = problem.strerror if isinstance(problem, OSError) else ""
    return (text or "it cannot be opened").lower()
