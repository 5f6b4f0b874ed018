"""The files that a layer of policy is made of, read with bounds.

A layer is a folder with a few `*.yaml` files: the organisation's configuration folder or a workspace's
`.agentic`. Anything odd (a FIFO, a file too large or unreadable, in a workspace also a link) makes the layer
unreadable and says why; it never hangs and never reads as absent. People link their own configuration
folder from elsewhere, so there links are followed. Loaded by the hook: no imports beyond `posix`.
"""

from __future__ import annotations

import posix

from agentic.core.native import sha256_hex
from agentic.core.record_type import NamedTuple

MAX_FILE_BYTES = 1_048_576
MAX_LAYER_BYTES = 4_194_304
MAX_FILES = 64

ORGANISATION = "organisation"
WORKSPACE = "workspace"
WORKSPACE_FOLDER = ".agentic"

_FILE_TYPE = 0o170000
_REGULAR = 0o100000
_OPEN_FOLDER = posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC
_OPEN_FILE = posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC


class LayerFiles(NamedTuple):
    """What a layer's folder holds right now.

    `files` are (name, content), sorted by name. `digest` is empty when there is no file. `fault` says in
    one line why the layer cannot be read; then `files` is empty and `digest` names the fault.
    """

    name: str
    path: str
    files: tuple[tuple[str, bytes], ...]
    digest: str
    fault: str = ""


#: Too many links, on Linux and on macOS; `errno` would be one more module for every hook to load.
_ELOOP = (40, 62)


def read_layer(name: str, path: str) -> LayerFiles:
    """The `*.yaml` files directly in a folder. Never raises."""
    try:
        folder = posix.open(path, _OPEN_FOLDER | _link_flag(name))
    except OSError as problem:
        if isinstance(problem, FileNotFoundError):
            return LayerFiles(name, path, (), "")
        return _faulty(name, path, _folder_fault(problem))
    try:
        return _read_folder(name, path, folder)
    except OSError as problem:
        return _faulty(name, path, f"{path}: {problem.strerror}")
    finally:
        posix.close(folder)


def _link_flag(name: str) -> int:
    return 0 if name == ORGANISATION else posix.O_NOFOLLOW


def _folder_fault(problem: OSError) -> str:
    if isinstance(problem, NotADirectoryError) or problem.errno in _ELOOP:
        return "it is a link or not a folder"
    return problem.strerror or "it cannot be opened"


def _read_folder(name: str, path: str, folder: int) -> LayerFiles:
    names = sorted(n for n in posix.listdir(folder) if n.endswith((".yaml", ".yml")))
    if len(names) > MAX_FILES:
        return _faulty(name, path, f"it holds more than {MAX_FILES} files")
    files: list[tuple[str, bytes]] = []
    total_bytes = 0
    for file_name in names:
        content = read_bounded(file_name, MAX_FILE_BYTES, folder, _link_flag(name))
        if content is None:
            return _faulty(name, path, f"{file_name} is not a readable file of a sane size")
        total_bytes += len(content)
        if total_bytes > MAX_LAYER_BYTES:
            return _faulty(name, path, f"it is larger than {MAX_LAYER_BYTES} bytes")
        files.append((file_name, content))
    return LayerFiles(name, path, tuple(files), files_digest(tuple(files)))


def _faulty(name: str, path: str, fault: str) -> LayerFiles:
    return LayerFiles(name, path, (), sha256_hex(f"unreadable {fault}".encode()), fault)


def read_bounded(
    path: str, max_bytes: int, folder: int | None = None, link_flag: int = posix.O_NOFOLLOW
) -> bytes | None:
    """A regular file's content, or None when it is special, too large or unreadable (or a link)."""
    try:
        descriptor = posix.open(path, _OPEN_FILE | link_flag, dir_fd=folder)
    except OSError:
        return None
    try:
        status = posix.fstat(descriptor)
        if status.st_mode & _FILE_TYPE != _REGULAR or status.st_size > max_bytes:
            return None
        pieces: list[bytes] = []
        size_bytes = 0
        while size_bytes <= max_bytes:  # it may grow while it is read
            piece = posix.read(descriptor, status.st_size - size_bytes + 1 if not pieces else 65536)
            if not piece:
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)
            pieces.append(piece)
            size_bytes += len(piece)
        return None
    except OSError:
        return None
    finally:
        posix.close(descriptor)


def files_digest(files: tuple[tuple[str, bytes], ...]) -> str:
    """sha256 (hex) of a layer's files, names included; empty when there are none."""
    if not files:
        return ""
    lines = [f"{name}\0{sha256_hex(content)}\n" for name, content in files]
    return sha256_hex("".join(["agentic-layer-1\n", *lines]).encode("utf-8", "surrogateescape"))
