r"""The compiled policy as one file in the state directory: written once, read by every hook.

File layout::

    "agentic policy\n"  32 bytes: length of the index (decimal, padded with spaces to 12), sha256 (20 hex)
    index               marshalled (digest, layers, notices, settings, role aliases, facts, the digest of
                        signals and sources, services, and kinds, roles, signals, sources, brief, mcp),
                        where the last six are lines of bytes that are searched, not parsed: `\n` name,
                        offset, length, 20 hex of sha256, with blanks between
    body                the marshalled parts, one after the other

A hook checks the index and only the parts that it uses, so its cost does not grow with the policy.
Loaded by the hook: no imports beyond `posix` and `marshal`.
"""

from __future__ import annotations

import posix
import sys
from marshal import dumps, loads

from agentic.core.native import sha256_hex
from agentic.core.policy import FORMAT, Policy
from agentic.errors import Unavailable, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_keys, dict_values
    from collections.abc import Iterator
    from typing import Any

#: Compiled policies above this are refused; 100,000 rules stay below it.
MAX_COMPILED_BYTES = 268_435_456

_MAGIC = b"agentic policy\n"
_HEADER_BYTES = len(_MAGIC) + 32
_SHA_DIGITS = 20
#: What a hook needs of a read whose last answer is in the snapshot.
_BRIEF = ("kind", "environments", "source")
#: Holds the whole index of an ordinary policy; the rest of the file is read part by part.
_FIRST_READ_BYTES = 32_768

_OPEN = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC
_FILE_TYPE = 0o170000
_REGULAR = 0o100000


class File:
    """An open compiled file. It stays the same one while another takes its name; closed when forgotten."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, offset: int, length: int) -> bytes:
        """Bytes at a place; fewer where the file ends. Raises: Unavailable."""
        try:
            return posix.pread(self._descriptor, length, offset)
        except OSError as problem:
            raise _damaged(problem.strerror or "it cannot be read") from None

    def __del__(self) -> None:
        posix.close(self._descriptor)


class Parts(dict[str, bytes]):
    """Marshalled parts by name, read and checked against their digest when they are first used.

    Behaves as the whole dictionary: names that were not used yet are known, too.
    """

    __slots__ = ("_file", "_index", "_start")

    def __init__(self, index: bytes, file: File, start: int) -> None:
        super().__init__()
        self._index = index
        self._file = file
        self._start = start

    def __missing__(self, name: str) -> bytes:
        at = self._place(name)
        if at < 0:
            raise KeyError(name)
        line = self._index[at + 1 : self._index.find(b"\n", at + 1)]
        _, offset, length, digest = line.split(b" ")
        part = self._file.read(self._start + int(offset), int(length))
        if sha256_hex(part)[:_SHA_DIGITS].encode() != digest:
            raise _damaged("its checksum is wrong")
        self[name] = part
        return part

    def _place(self, name: str) -> int:
        """Where the line of a name begins, or -1."""
        return self._index.find(f"\n{name} ".encode("utf-8", "surrogatepass"))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and " " not in name and self._place(name) >= 0

    def __iter__(self) -> Iterator[str]:
        return iter([line.partition(b" ")[0].decode() for line in self._index.split(b"\n")[1:-1]])

    def __len__(self) -> int:
        return self._index.count(b"\n") - 1

    def keys(self) -> dict_keys[str, bytes]:
        """All names."""
        return self._whole().keys()

    def values(self) -> dict_values[str, bytes]:
        """All parts, checked."""
        return self._whole().values()

    def items(self) -> dict_items[str, bytes]:
        """All names with their parts, checked."""
        return self._whole().items()

    def get(self, name: str, default: Any = None) -> Any:
        """One part, checked, or the default."""
        return self[name] if name in self else default  # noqa: SIM401 - this is that `get`

    def _whole(self) -> dict[str, bytes]:
        return {name: self[name] for name in self}


def compiled_name(sources: tuple[str, ...]) -> str:
    """The file name of the policy compiled from these source digests by this interpreter and format."""
    tag = sys.implementation.cache_tag or "none"
    text = "\n".join((f"format {FORMAT}", tag, *sources))
    return sha256_hex(text.encode("utf-8", "surrogateescape")) + ".policy"


def dump_compiled(policy: Policy) -> bytes:
    """The bytes of the compiled file."""
    body: list[bytes] = []
    kinds = _placed(policy.kinds, body)
    roles = _placed(policy.roles, body)
    signals = _placed(policy.signals, body)
    sources = _placed(policy.sources, body)
    brief = _placed({"all": _brief(policy.signals)}, body)
    mcp = _placed(policy.mcp, body)
    index = dumps(
        (
            policy.digest,
            policy.layers,
            policy.notices,
            policy.settings,
            policy.role_aliases,
            policy.facts,
            policy.signals_digest,
            policy.services,
            kinds,
            roles,
            signals,
            sources,
            brief,
            mcp,
        )
    )
    header = f"{len(index):<12}{sha256_hex(index)[:_SHA_DIGITS]}".encode()
    return b"".join([_MAGIC, header, index, *body])


def _brief(signals: dict[str, bytes]) -> bytes:
    """What a snapshot's readers need of all signals, as one part: read and checked once, not one by one."""
    brief: dict[str, dict[str, Any]] = {}
    for name, part in signals.items():
        settings: dict[str, Any] = loads(part)
        reads = tuple([{key: read.get(key) for key in _BRIEF} for read in settings["reads"]])
        brief[name] = {
            "severity": settings["severity"],
            "max_age_s": settings["max_age_s"],
            "reads": reads,
        }
    return dumps(brief)


def _placed(parts: dict[str, bytes], body: list[bytes]) -> bytes:
    """The searched lines of some parts, which join the body."""
    offset = sum(map(len, body))
    lines: list[str] = []
    for name, part in parts.items():
        if " " in name or "\n" in name:
            raise ValueError(f"a part cannot be called {name!r}")
        lines.append(f"\n{name} {offset} {len(part)} {sha256_hex(part)[:_SHA_DIGITS]}")
        body.append(part)
        offset += len(part)
    return ("".join(lines) + "\n").encode()


def load_compiled(path: str) -> Policy | None:
    """The compiled policy in a file; None when there is no such file.

    Raises: Unavailable when the file is damaged, cut short or not ours.
    """
    try:
        descriptor = posix.open(path, _OPEN)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise _damaged(problem.strerror or "it cannot be reached") from None
    file = File(descriptor)
    status = posix.fstat(descriptor)
    if status.st_mode & _FILE_TYPE != _REGULAR or status.st_size > MAX_COMPILED_BYTES:
        raise _damaged("it is not a file of a sane size")
    return _policy_in(file)


def _policy_in(file: File) -> Policy:
    """The policy in a compiled file. Raises: Unavailable when it is damaged."""
    start = file.read(0, _FIRST_READ_BYTES)
    length = start[len(_MAGIC) : len(_MAGIC) + 12].strip()
    if start[: len(_MAGIC)] != _MAGIC or not length.isdigit():
        raise _damaged("it is not a compiled policy")
    end = _HEADER_BYTES + int(length)
    if end > MAX_COMPILED_BYTES:
        raise _damaged("it is not a compiled policy")
    if end > len(start):
        start += file.read(len(start), end - len(start))
    index = start[_HEADER_BYTES:end]
    if sha256_hex(index)[:_SHA_DIGITS].encode() != start[len(_MAGIC) + 12 : _HEADER_BYTES]:
        raise _damaged("its checksum is wrong")
    parts = loads(index)
    digest, layers, notices, settings, aliases, facts, signals_digest, services = parts[:8]
    kinds, roles, signals, sources, brief, mcp = (Parts(lines, file, end) for lines in parts[8:])
    return Policy(
        digest,
        kinds,
        roles,
        aliases,
        signals,
        facts,
        settings,
        layers,
        notices,
        sources,
        signals_digest,
        services,
        brief,
        mcp,
    )


def _damaged(because: str) -> Unavailable:
    return Unavailable(
        "policy.compiled-damaged",
        f"the compiled policy cannot be used: {because}",
        help="run `agentic policy compile` in your own terminal; `agentic doctor` says more",
    )


def write_private(path: str, data: bytes) -> None:
    """Replace a file in one step, mode 0600, on the disk before its name is.

    Raises: Unavailable when it cannot be written.
    """
    folder, _, name = path.rpartition("/")
    temporary = f"{folder}/.{name[:80]}.{posix.getpid()}.tmp"
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | posix.O_NOFOLLOW | posix.O_CLOEXEC
    try:
        descriptor = posix.open(temporary, flags, 0o600)
        try:
            left = memoryview(data)
            while left:
                left = left[posix.write(descriptor, left) :]
            posix.fsync(descriptor)
        finally:
            posix.close(descriptor)
        posix.rename(temporary, path)
    except OSError as problem:
        try:  # noqa: SIM105 - importing contextlib would cost every hook time
            posix.unlink(temporary)
        except OSError:
            pass
        raise Unavailable(
            "policy.state", f"{quoted(path)} cannot be written: {problem.strerror}"
        ) from None
