"""Which state of a layer a person has trusted, and a copy of it, kept outside the workspace.

A layer is its name and its folder. Below the state directory::

    trust/<first 32 digits of sha256(name NUL folder)>/
        trusted          "sha256 unix-seconds folder", one line
        <sha256>/        the layer's files as they were trusted

Loaded by the hook, which reads one small file; writing imports what it needs.
"""

from __future__ import annotations

import posix

from agentic.authoring.sources import (
    MAX_FILE_BYTES,
    LayerFiles,
    files_digest,
    read_bounded,
    read_layer,
)
from agentic.core.native import sha256_hex
from agentic.core.record_type import NamedTuple
from agentic.errors import CheckFailed, Unavailable, quoted

_HEX_DIGITS = frozenset("0123456789abcdef")
#: Stands for a trusted state that nobody can tell any more; no layer has this digest.
_DAMAGED = "damaged"


class Trusted(NamedTuple):
    """A layer's trusted state. `trusted_at` is Unix seconds (UTC)."""

    sha256: str
    trusted_at: int
    path: str


def trust_folder(state_dir: str, name: str, path: str) -> str:
    """Where the trust of one layer is kept."""
    key = sha256_hex(f"{name}\0{path}".encode("utf-8", "surrogateescape"))[:32]
    return f"{state_dir}/trust/{key}"


def trusted_state(state_dir: str, name: str, path: str) -> Trusted | None:
    """What a person has trusted of a layer; None when nothing. Never raises.

    FAIL-SAFE: a pointer that is there but cannot be read counts as a trusted state whose copy is gone,
    tests/authoring/test_layers.py::test_a_garbled_trust_file_waits_for_a_person.
    """
    pointer = trust_folder(state_dir, name, path) + "/trusted"
    data = read_bounded(pointer, MAX_FILE_BYTES)
    if data is None and not _is_there(pointer):
        return None
    return _parsed(data) or Trusted(_DAMAGED, 0, path)


def _is_there(path: str) -> bool:
    try:
        posix.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _parsed(data: bytes | None) -> Trusted | None:
    if not data:
        return None
    words = data.decode("utf-8", "surrogateescape").rstrip("\n").split(" ", 2)
    if len(words) != 3 or len(words[0]) != 64 or not _HEX_DIGITS.issuperset(words[0]):
        return None
    is_number = words[1].isascii() and words[1].isdecimal() and len(words[1]) < 20
    return Trusted(words[0], int(words[1]) if is_number else 0, words[2])


def trusted_copy(state_dir: str, name: str, path: str, sha256: str) -> LayerFiles | None:
    """The kept files of a trusted state, or None when they are gone or damaged."""
    kept = read_layer(name, f"{trust_folder(state_dir, name, path)}/{sha256}")
    if kept.fault or kept.digest != sha256:
        return None
    return kept._replace(path=path)


def trust_layer(state_dir: str, layer: LayerFiles, now: int) -> Trusted:
    """Trust a layer as it is now: keep a copy, then point at it. `now` is Unix seconds.

    Raises: CheckFailed when the layer cannot be read or is empty, Unavailable when the copy cannot be
    kept.
    """
    if layer.fault:
        raise CheckFailed(
            "trust.unreadable", f"{quoted(layer.path)} cannot be trusted: {layer.fault}"
        )
    if not layer.files or files_digest(layer.files) != layer.digest:
        raise CheckFailed("trust.empty", f"there is no policy file in {quoted(layer.path)}")
    from agentic.authoring.compiled import write_private

    folder = trust_folder(state_dir, layer.name, layer.path)
    for made in (state_dir, f"{state_dir}/trust", folder, f"{folder}/{layer.digest}"):
        _make_folder(made)
    for stale in posix.listdir(f"{folder}/{layer.digest}"):
        if stale not in {name for name, _ in layer.files}:
            posix.unlink(f"{folder}/{layer.digest}/{stale}")
    for name, content in layer.files:
        write_private(f"{folder}/{layer.digest}/{name}", content)
    trusted = Trusted(layer.digest, now, layer.path)
    line = f"{trusted.sha256} {trusted.trusted_at} {trusted.path}\n"
    write_private(f"{folder}/trusted", line.encode("utf-8", "surrogateescape"))
    return trusted


def distrust_layer(state_dir: str, name: str, path: str) -> bool:
    """Forget the trust of a layer; says whether there was any. Raises: Unavailable."""
    try:
        posix.unlink(trust_folder(state_dir, name, path) + "/trusted")
    except FileNotFoundError:
        return False
    except OSError as problem:
        raise Unavailable("trust.state", f"{quoted(path)}: {problem.strerror}") from None
    return True


def trusted_layers(state_dir: str) -> tuple[Trusted, ...]:
    """Everything that is trusted on this machine, by path."""
    try:
        keys = posix.listdir(f"{state_dir}/trust")
    except OSError:
        return ()
    found = [
        _parsed(read_bounded(f"{state_dir}/trust/{key}/trusted", MAX_FILE_BYTES)) for key in keys
    ]
    return tuple(sorted((trusted for trusted in found if trusted), key=lambda t: t.path))


def _make_folder(path: str) -> None:
    try:
        posix.mkdir(path, 0o700)
    except FileExistsError:
        return
    except OSError as problem:
        raise Unavailable("trust.state", f"{quoted(path)}: {problem.strerror}") from None
