"""The little that request and grant files share: private folders, whole writes, checked reads.

A file counts only when it is this user's own, ordinary, and nobody else may write it; the folders
that hold it are 0700. That holds against another user, not against a program of the same user.
"""

from __future__ import annotations

import posix

from agentic.core.canonical import canonical
from agentic.core.native import parse_json
from agentic.errors import GrantRejected, InvalidDocument, Unavailable, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DOCTOR = "run `agentic doctor`"
MAX_FILE_BYTES = 65_536

_READ = posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
_WRITE = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC | posix.O_NOFOLLOW


def make_folder(path: str) -> None:
    """A private folder, made with its missing parents. Raises: Unavailable, GrantRejected."""
    try:
        posix.mkdir(path, 0o700)
    except FileExistsError:
        check_folder(path)
    except FileNotFoundError:
        make_folder(path.rpartition("/")[0])
        make_folder(path)
    except OSError as error:
        raise unavailable(path, error) from None


def check_folder(path: str) -> bool:
    """Whether the folder is there. Raises GrantRejected when it is not this user's alone."""
    try:
        status = posix.lstat(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unavailable(path, error) from None
    is_private = status.st_mode & 0o170022 == 0o040000 and status.st_uid == posix.geteuid()
    if not is_private:
        message = f"{quoted(path)} is not a folder that only its owner may write"
        raise GrantRejected("approvals.folder", message, DOCTOR)
    return True


def read_document(path: str) -> dict[str, Any] | None:
    """The JSON object in a file, or None where there is no file.

    Raises: GrantRejected (`approvals.file`) when it is a link, no ordinary file, somebody else's,
    writable by others, too large, or not a JSON object.
    """
    try:
        fd = posix.open(path, _READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _untrusted(path, (error.strerror or "unreadable").lower()) from None
    try:
        status = posix.fstat(fd)
        if status.st_mode & 0o170000 != 0o100000:
            raise _untrusted(path, "it is not an ordinary file")
        if status.st_uid != posix.geteuid():
            raise _untrusted(path, "it belongs to somebody else")
        if status.st_mode & 0o022:
            raise _untrusted(path, "others may write to it")
        if status.st_size > MAX_FILE_BYTES:
            raise _untrusted(path, "it is too large")
        data = posix.read(fd, MAX_FILE_BYTES)
    finally:
        posix.close(fd)
    try:
        found = parse_json(data.decode())
    except (InvalidDocument, UnicodeDecodeError):
        raise _untrusted(path, "it is not valid JSON") from None
    if not isinstance(found, dict):
        raise _untrusted(path, "it is not a JSON object")
    return found


def write_document(path: str, value: dict[str, Any], *, replace: bool = False) -> bool:
    """Write a JSON object as a new private file; it appears whole or not at all.

    False where the file is already there and `replace` is not set. Raises Unavailable.
    """
    folder, _, name = path.rpartition("/")
    temporary = f"{folder}/.{name}.{posix.getpid()}.{posix.urandom(4).hex()}"
    try:
        fd = posix.open(temporary, _WRITE, 0o600)
        try:
            data = canonical(value) + b"\n"
            if posix.write(fd, data) != len(data):
                raise OSError(28, "the disk is full")
            posix.fsync(fd)
        except OSError:
            posix.unlink(temporary)
            raise
        finally:
            posix.close(fd)
        if replace:
            posix.rename(temporary, path)
        else:
            try:
                posix.link(temporary, path)
            except FileExistsError:
                return False
            finally:
                posix.unlink(temporary)
        sync_folder(folder)
    except OSError as error:
        raise unavailable(path, error) from None
    return True


def sync_folder(path: str) -> None:
    """Make renames in a folder survive a loss of power."""
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        posix.fsync(fd)
    finally:
        posix.close(fd)


def unavailable(path: str, error: OSError) -> Unavailable:
    """What to raise when a file of the approvals cannot be written."""
    cause = (error.strerror or "unknown error").lower()
    message = f"the approvals in {quoted(path)} cannot be written: {cause}"
    return Unavailable("approvals.unwritable", message, DOCTOR)


def _untrusted(path: str, because: str) -> GrantRejected:
    message = f"the approval file {quoted(path)} cannot be trusted: {because}"
    return GrantRejected("approvals.file", message, DOCTOR)
