"""Files of one repository, read and written without ever leaving it.

Every folder on the way to a file is opened by descriptor and none of them may be a symbolic link, so that
a link in a checkout cannot lead a write elsewhere. A file is replaced in one step: whoever is killed
leaves the old one or the new one. Paths are relative to the root, with slashes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from agentic.errors import AgenticError, Unavailable, quoted

MAX_FILE_BYTES = 1 << 20
#: What a killed run may leave behind; the next run takes it away.
UNFINISHED = ".agentic-sync.new"

_MAX_FILES = 5_000
_MAX_DEPTH = 8
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def locked(root: str) -> Iterator[None]:
    """Let one sync at a time work on a repository. Raises Unavailable when another one is at it."""
    from fcntl import LOCK_EX, LOCK_NB, flock

    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            flock(folder, LOCK_EX | LOCK_NB)
        except OSError:
            raise Unavailable(
                "instructions.busy",
                "another `agentic sync` is at work in this repository",
                help="wait for it, then run this again",
            ) from None
        yield
    finally:
        os.close(folder)


def read_file(root: str, path: str, max_bytes: int = MAX_FILE_BYTES) -> bytes | None:
    """A regular file's content, or None where nothing is.

    Raises Unavailable for a link, a special file, one that is too large or cannot be read.
    """
    folder = _opened(root, path, is_made=False)
    if folder is None:
        return None
    try:
        file = os.open(
            _name(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
    except FileNotFoundError:
        return None
    except OSError as problem:
        _refuse(path, problem)
    finally:
        os.close(folder)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Unavailable(
                "instructions.file",
                f"{quoted(path)} is not a regular file",
                help="move it away: sync has a file of that name",
            )
        with os.fdopen(file, "rb", closefd=False) as opened:
            data = opened.read(max_bytes + 1)
    finally:
        os.close(file)
    if len(data) > max_bytes:
        raise Unavailable("instructions.file", f"{quoted(path)} is larger than {max_bytes} bytes")
    return data


def is_link(root: str, path: str) -> bool:
    """Whether a symbolic link stands at a path; a folder of the path may be none."""
    folder = _opened(root, path, is_made=False)
    if folder is None:
        return False
    try:
        return stat.S_ISLNK(os.stat(_name(path), dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False
    finally:
        os.close(folder)


def write_file(root: str, path: str, data: bytes, *, is_durable: bool = True) -> None:
    """Replace a file in one step, with its folders; its mode stays. Raises Unavailable.

    `is_durable` waits until the disk has it.
    """
    folder = _opened(root, path, is_made=True)
    if folder is None:
        raise Unavailable("instructions.file", f"the folder of {quoted(path)} cannot be made")
    try:
        mode = _mode(folder, _name(path))
        _remove(folder, UNFINISHED)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(UNFINISHED, flags, 0o666, dir_fd=folder), "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(UNFINISHED, _name(path), src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as problem:
        _remove(folder, UNFINISHED)
        _refuse(path, problem)
    finally:
        os.close(folder)


def remove_file(root: str, path: str) -> None:
    """Take a file away, and the folders that are empty then. Raises Unavailable."""
    folder = _opened(root, path, is_made=False)
    if folder is None:
        return
    try:
        _remove(folder, _name(path))
    except OSError as problem:
        _refuse(path, problem)
    finally:
        os.close(folder)
    while "/" in path:
        path = path.rpartition("/")[0]
        parent = _opened(root, path, is_made=False)
        if parent is None:
            return
        try:
            os.rmdir(_name(path), dir_fd=parent)
        except OSError:
            return  # something is left in it
        finally:
            os.close(parent)


def files_below(root: str, folder: str) -> list[str]:
    """The paths of all files and links in a folder and below, sorted; links are named, not followed.

    Raises Unavailable when the folder is a link, or there are too many files to be instructions.
    """
    found: list[str] = []
    opened = _opened(root, folder + "/x", is_made=False)
    if opened is not None:
        try:
            _collect(opened, folder, found, 0)
        finally:
            os.close(opened)
    return sorted(found)


def _collect(folder: int, path: str, found: list[str], depth: int) -> None:
    for name in os.listdir(folder):
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode):
            found.append(f"{path}/{name}")
        elif depth < _MAX_DEPTH:
            inner = os.open(name, _FOLDER, dir_fd=folder)
            try:
                _collect(inner, f"{path}/{name}", found, depth + 1)
            finally:
                os.close(inner)
        if len(found) > _MAX_FILES:
            raise Unavailable(
                "instructions.file",
                f"{quoted(path)} holds more than {_MAX_FILES} files",
                help="keep what is not for agents in another folder",
            )


def _opened(root: str, path: str, *, is_made: bool) -> int | None:
    """A descriptor of the folder that a path lies in, or None where it is missing."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise AgenticError("instructions.path", f"{quoted(path)} is no path in the repository")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for depth, name in enumerate(parts[:-1]):
            inner = _inner(folder, name, "/".join(parts[: depth + 1]), is_made=is_made)
            if inner is None:
                os.close(folder)
                return None
            os.close(folder)
            folder = inner
    except BaseException:
        os.close(folder)
        raise
    return folder


def _inner(folder: int, name: str, path: str, *, is_made: bool) -> int | None:
    try:
        if is_made:
            try:  # noqa: SIM105 - the error that is expected here is the usual case
                os.mkdir(name, dir_fd=folder)
            except FileExistsError:
                pass
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as problem:
        _refuse(path, problem)


def _mode(folder: int, name: str) -> int | None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return stat.S_IMODE(status.st_mode)


def _remove(folder: int, name: str) -> None:
    try:  # noqa: SIM105 - contextlib would read no better
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _refuse(path: str, problem: OSError) -> NoReturn:
    from errno import ELOOP, ENOTDIR

    if problem.errno in (ELOOP, ENOTDIR):
        raise Unavailable(
            "instructions.link",
            f"{quoted(path)} is a symbolic link or not a folder, and sync follows none",
            help="put a real file or folder in its place",
        ) from None
    why = (problem.strerror or "unknown error").lower()
    raise Unavailable("instructions.file", f"{quoted(path)}: {why}") from None
