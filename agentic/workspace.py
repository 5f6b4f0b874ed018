"""The workspace on this machine: which folders it is, and a bounded read-only view of it.

The workspace is the host's project folder, else the nearest folder above with `.git`, else the session's
first working folder. The file system root, home folders and folders above them never qualify: such a
session has no workspace, and everything counts as outside. All work trees of one repository are one.
"""

from __future__ import annotations

import posix
from time import monotonic

from agentic.core.paths import base_name, folder_of, is_below, joined, normalised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    class Variables(Protocol):
        """Environment variables by name; a mapping will do."""

        def get(self, name: str, default: str, /) -> str:
            """The value of one, else the default."""


_TYPE, _FILE, _FOLDER, _LINK = 0o170000, 0o100000, 0o040000, 0o120000
_MAX_LINKS = 40
_MAX_NAMES = 2000
_MAX_TREES = 32
_HOMES = ("/home", "/Users", "/root", "/var/root")


class View:
    """The `Workspace` port over the real file system, with a budget per call.

    At most `max_reads` files and `max_bytes` in all, and nothing more after `seconds`; what lies beyond
    is answered as absent. `reads` names what was asked for.
    """

    def __init__(
        self,
        roots: tuple[str, ...],
        home: str,
        governed: tuple[str, ...],
        variables: Variables,
        allowed: Iterable[str],
        max_reads: int = 64,
        max_bytes: int = 1 << 20,
        seconds: float = 0.25,
    ) -> None:
        self.roots = roots
        self.home = home
        self.governed = governed
        self.reads: list[str] = []
        self._variables = variables
        self._allowed = frozenset(allowed)
        self._reads_left = max_reads
        self._bytes_left = max_bytes
        self._until = monotonic() + seconds

    def variable(self, name: str) -> str:
        """An environment variable that policy lets recognition see, else empty."""
        return self._variables.get(name, "") if name in self._allowed else ""

    def read(self, path: str, max_bytes: int = 65536) -> bytes | None:
        """The first bytes of a regular file; None when absent, special, unreadable or over budget."""
        if not self._may_look(path):
            return None
        data = read_regular(path, min(max_bytes, self._bytes_left))
        if data is not None:
            self._bytes_left -= len(data)
        return data

    def resolve(self, path: str) -> str:
        """The path with symbolic links followed as far as they exist."""
        return resolved(path)

    def kind(self, path: str) -> str:
        """`file`, `directory`, `other`, or empty when absent; a last link is `other`."""
        try:
            form = posix.lstat(path).st_mode & _TYPE
        except (OSError, ValueError):
            return ""
        return "file" if form == _FILE else "directory" if form == _FOLDER else "other"

    def list(self, path: str) -> tuple[str, ...]:
        """Up to 2,000 names in a folder, sorted; empty when it cannot be listed."""
        if not self._may_look(path):
            return ()
        names: list[str] = []
        try:
            with posix.scandir(path) as entries:
                for entry in entries:
                    names.append(entry.name)
                    if len(names) >= _MAX_NAMES:
                        break
        except (OSError, ValueError):
            return ()
        return tuple(sorted(names))

    def _may_look(self, path: str) -> bool:
        if self._reads_left <= 0 or self._bytes_left <= 0 or monotonic() > self._until:
            return False
        self._reads_left -= 1
        self.reads.append(path)
        return True


class BareView:
    """A `Workspace` port with nothing in it: what policy cases are answered in, alike on every machine."""

    def __init__(self, root: str, home: str) -> None:
        self.roots: tuple[str, ...] = (root,)
        self.home = home
        self.governed: tuple[str, ...] = (home + "/.local/state/agentic",)
        self.reads: list[str] = []

    def variable(self, name: str) -> str:
        """No variable is set."""
        return ""

    def read(self, path: str, max_bytes: int = 65536) -> bytes | None:
        """No file is there."""
        return None

    def resolve(self, path: str) -> str:
        """No link is there."""
        return path

    def kind(self, path: str) -> str:
        """Nothing is there."""
        return ""

    def list(self, path: str) -> tuple[str, ...]:
        """No folder has names."""
        return ()


def read_regular(path: str, max_bytes: int) -> bytes | None:
    """The first `max_bytes` of a regular file, never blocking on a pipe or device; None otherwise."""
    try:
        handle = posix.open(path, posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        if posix.fstat(handle).st_mode & _TYPE != _FILE:
            return None
        pieces: list[bytes] = []
        left = max_bytes
        while left > 0:
            piece = posix.read(handle, left)
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)
    except OSError:
        return None
    finally:
        posix.close(handle)


def resolved(path: str) -> str:
    """An absolute path with every existing symbolic link followed; loops end after 40 links."""
    done: list[str] = []
    todo = [part for part in path.split("/") if part][::-1]
    links = 0
    while todo:
        part = todo.pop()
        if part == ".":
            continue
        if part == "..":
            if done:
                done.pop()
            continue
        here = "/" + "/".join([*done, part])
        try:
            is_link = posix.lstat(here).st_mode & _TYPE == _LINK
            target = posix.readlink(here) if is_link and links < _MAX_LINKS else None
        except (OSError, ValueError):
            target = None
        if target is None:
            done.append(part)
            continue
        links += 1
        if target.startswith("/"):
            done = []
        todo.extend([piece for piece in target.split("/") if piece][::-1])
    return "/" + "/".join(done)


def qualifies(folder: str, home: str) -> bool:
    """Whether a folder may be a workspace: not the root, not a home, not above or in another's home."""
    if not folder.startswith("/") or folder == "/":
        return False
    if home and (folder == home or is_below(home, folder)):
        return False
    if folder in _HOMES:
        return False
    parent = folder_of(folder)
    if parent in ("/home", "/Users"):
        return False
    for homes in ("/home", "/Users"):
        if is_below(folder, homes) and not (home and is_below(folder, home)):
            return _is_own(folder)
    return True


def _is_own(folder: str) -> bool:
    try:
        return posix.stat(folder).st_uid == posix.geteuid()
    except (OSError, ValueError):
        return False


def workspace_root(project: str, cwd: str, home: str) -> str:
    """The workspace's main folder, links resolved; empty when nothing qualifies.

    `project` is what the host calls its project folder (may be empty), `cwd` the session's first one.
    """
    home = resolved(home) if home else ""
    if project.startswith("/"):
        folder = resolved(normalised(project))
        if qualifies(folder, home):
            return folder
    if not cwd.startswith("/"):
        return ""
    start = resolved(normalised(cwd))
    folder = start
    while folder != "/":
        if exists(folder + "/.git") and qualifies(folder, home):
            return folder
        folder = folder_of(folder)
    return start if qualifies(start, home) else ""


def exists(path: str) -> bool:
    """Whether something is at this path (a dangling link counts)."""
    try:
        posix.lstat(path)
    except (OSError, ValueError):
        return False
    return True


def main_work_tree(root: str) -> str:
    """The main work tree of the repository that `root` belongs to; `root` itself when it is not linked.

    A linked work tree has a `.git` file `gitdir: <main>/.git/worktrees/<name>`.
    Source: https://git-scm.com/docs/gitrepository-layout (checked 2026-11-21).
    """
    if not root:
        return root
    text = read_regular(root + "/.git", 4096)
    if text is None or not text.startswith(b"gitdir:"):
        return root
    folder = joined(root, text[7:].decode("utf-8", "surrogateescape").strip())
    container = folder_of(folder)
    if base_name(container) != "worktrees":
        return root
    common = folder_of(container)
    return folder_of(common) if base_name(common) == ".git" else root


def linked_work_trees(main: str) -> tuple[str, ...]:
    """The linked work trees that the main one knows of (bounded), as absolute folders."""
    found: list[str] = []
    base = main + "/.git/worktrees"
    try:
        names = posix.listdir(base)
    except (OSError, ValueError):
        return ()
    for name in sorted(names)[:_MAX_TREES]:
        text = read_regular(f"{base}/{name}/gitdir", 4096)
        if text:
            found.append(folder_of(normalised(text.decode("utf-8", "surrogateescape").strip())))
    return tuple(found)


def workspace_roots(root: str, home: str, also: Iterable[str]) -> tuple[str, ...]:
    """A workspace's folders: its root, the other work trees of its repository, policy's extra ones."""
    if not root:
        return ()
    main = main_work_tree(root)
    roots = [root]
    for folder in (main, *linked_work_trees(main), *also):
        if folder not in roots and qualifies(folder, home):
            roots.append(folder)
    return tuple(roots)
