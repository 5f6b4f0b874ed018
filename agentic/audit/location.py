"""Where a journal lives, and what is made once: the state directory, the redaction key.

`ops/audit.jsonl` of the main work tree where that is on a local disk and writable, else the state
directory. Loaded only when there is no head yet, or a secret was found.
"""

from __future__ import annotations

import posix

from agentic.core.native import sha256_hex
from agentic.errors import Unavailable, quoted

#: File systems over a network: locks and appends are not to be trusted there.
#: Source: https://man7.org/linux/man-pages/man5/filesystems.5.html (checked 2026-11-21)
NETWORK_FILE_SYSTEMS = frozenset(
    (
        "9p",
        "afs",
        "ceph",
        "cifs",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "fuse.glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
    )
)

#: What git is told to leave alone: the journal and what is set aside beside it.
_EXCLUDED = b"/ops/audit*.jsonl*"
_LONGEST_EXCLUDE = 1 << 20
_W_OK = 2
_KEY_BYTES = 32


def journal_path(root: str, state_dir: str) -> str:
    """Where a new journal for this work tree belongs; somebody else's file is left alone."""
    inside_state = f"{state_dir}/journals/{_digest(root)}.jsonl"
    if not root:
        return inside_state
    folder = root.rstrip("/") + "/ops"
    if not _is_writable_folder(folder if _exists(folder) else root) or not is_local(root):
        return inside_state
    path = folder + "/audit.jsonl"
    owner = _owner(path)
    if owner is not None and owner != posix.geteuid():
        path = f"{folder}/audit-{posix.geteuid()}.jsonl"
        if _owner(path) not in (None, posix.geteuid()):
            return inside_state
    return path


def keep_out_of_git(path: str) -> None:
    """Have git leave a journal in a work tree alone: one line in `.git/info/exclude`, written once.

    A journal of this machine is not the repository's history, and `git clean` must not take it away.
    Nothing is done outside a main work tree; a failure is none of the journal's.
    Source: https://git-scm.com/docs/gitignore (checked 2026-11-21)
    """
    folder = path.rpartition("/")[0]
    if folder.rpartition("/")[2] != "ops":
        return
    exclude = folder.rpartition("/")[0] + "/.git/info/exclude"
    flags = posix.O_RDWR | posix.O_APPEND | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
    try:
        fd = posix.open(exclude, flags)
    except OSError:
        return
    try:
        held = posix.read(fd, _LONGEST_EXCLUDE).split(b"\n")
        if _EXCLUDED not in held:
            posix.write(fd, (b"\n" if held[-1] else b"") + _EXCLUDED + b"\n")
    except OSError:
        pass
    finally:
        posix.close(fd)


def is_local(path: str, mounts: str = "/proc/self/mountinfo") -> bool:
    """Whether a path is on a local file system; where that cannot be told (macOS), it is.

    Source: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html (checked 2026-11-21)
    """
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return True
    best, kind = "", ""
    for line in lines:
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = _unescaped(fields[4])
        if len(point) >= len(best) and (path + "/").startswith(point.rstrip("/") + "/"):
            best, kind = point, after.split(" ")[0]
    return kind not in NETWORK_FILE_SYSTEMS


def make_state_dir(state_dir: str) -> None:
    """Make the state directory and its parents, this user's alone.

    Raises: Unavailable (`state.unwritable`).
    """
    made = ""
    for part in (state_dir + "/journals").split("/"):
        made += part + "/"
        try:
            posix.mkdir(made, 0o700)
        except FileExistsError:
            continue
        except OSError as error:
            if _exists(made):
                continue
            cause = (error.strerror or "unknown error").lower()
            message = f"the state directory {quoted(state_dir)} cannot be made: {cause}"
            raise Unavailable("state.unwritable", message, "run `agentic doctor`") from None


def secret_of(state_dir: str) -> bytes:
    """The key for redaction digests, kept in the state directory; made at first need.

    Empty when it can be neither read nor kept: secrets are then redacted without a digest.
    """
    path = state_dir + "/redaction.key"
    flags = posix.O_CLOEXEC | posix.O_NOFOLLOW
    try:
        fd = posix.open(path, flags | posix.O_RDONLY)
    except FileNotFoundError:
        return _new_secret(path, flags)
    except OSError:
        return b""
    try:
        key = posix.read(fd, _KEY_BYTES)
    finally:
        posix.close(fd)
    return key if len(key) == _KEY_BYTES else b""


def _new_secret(path: str, flags: int) -> bytes:
    """Written beside its place and linked there, so that two first users agree on one key."""
    key = posix.urandom(_KEY_BYTES)
    temporary = f"{path}.{posix.getpid()}"
    try:
        fd = posix.open(temporary, flags | posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL, 0o600)
        try:
            posix.write(fd, key)
        finally:
            posix.close(fd)
        try:
            posix.link(temporary, path)
        finally:
            posix.unlink(temporary)
    except FileExistsError:
        return secret_of(path.rpartition("/")[0]) if _exists(path) else b""
    except OSError:
        return b""
    return key


def _digest(root: str) -> str:
    return sha256_hex(root.encode("utf-8", "surrogateescape"))[:16]


def _exists(path: str) -> bool:
    try:
        posix.lstat(path)
    except OSError:
        return False
    return True


def _owner(path: str) -> int | None:
    try:
        return posix.lstat(path).st_uid
    except OSError:
        return None


def _is_writable_folder(path: str) -> bool:
    try:
        is_folder = posix.lstat(path).st_mode & 0o170000 == 0o040000
    except OSError:
        return False
    try:
        return is_folder and posix.access(path, _W_OK, effective_ids=True)
    except NotImplementedError:  # a platform without faccessat
        return is_folder and posix.access(path, _W_OK)


def _unescaped(field: str) -> str:
    """A mount point of mountinfo: blanks and backslashes are written as octal."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, character)
    return field
