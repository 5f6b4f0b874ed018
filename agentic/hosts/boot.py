"""The first code of the installed hook: serves agentic's modules from one file, then runs the hook.

`agentic.hosts.bundle` compiles this file, appends the modules and writes both as one `.pyc`; see
docs/adr/0002-launcher.md. It imports nothing that the interpreter has not loaded already, and nothing
of agentic before the bundle is in place. The bundle adds a last line, `run(index)`::

    index = (rows, plain_bytes, payload_bytes, folders, natives, places, record)
      rows           ((name, is_package, path, mtime_ns, size, inode, offset, length), ...): each
                     source file as it was, and where its marshalled code lies in the payload; a
                     module of the plainest call has length 0 and the number of its code as offset
      plain_bytes    the size of those codes, one marshalled tuple at the payload's beginning: read
                     at once they share their names, which is quicker than one by one
      payload_bytes  the size of the payload, which is the end of the file
      folders        where everything else is found, appended to sys.path
      natives        ((name, path), ...): the interpreter's own C modules, loaded without a search;
                     `built-in` instead of a path, or empty for one that this interpreter lacks
      places         (home, state, config, user) for agentic.places.Places
      record         (path, mtime_ns, size, inode) of what an installer writes with every installation
                     of a wheel: while it is as it was, so are the sources; empty in a checkout

Every module of the bundle is in `sys.modules` from the start, and runs when one of its names is first
asked for. The bundle has turned imports into look-ups, and what a call does not need is not even read.
"""

from __future__ import annotations

import posix
import sys
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BLOCKED = 2

_imp: Any = sys.modules["_imp"]
_Spec: Any = sys.modules["_frozen_importlib"].ModuleSpec
_Module: Any = type(sys)

#: (descriptor of the bundle, offset of the codes that are read one by one, the codes of a plain call)
payload: tuple[int, int, tuple[Any, ...]] = (-1, 0, ())
#: Whether the whole installation is the one that was bundled, so that no source need be looked at.
is_as_installed = False


def unread(row: tuple[Any, ...]) -> Any:
    """A module that is still empty: the first name that it is asked for runs its code.

    The interpreter calls a module's own `__getattr__` for a name that the module does not have.
    Source: https://peps.python.org/pep-0562/ (checked 2026-11-21).
    """
    module = _Module(row[0])

    def read(name: str) -> Any:
        if name == "__path__":  # the import system asks: packages have one, so this is none
            raise AttributeError(name)
        names = module.__dict__
        del names["__getattr__"]
        names["__file__"] = row[2]
        exec(code_of(row), names)  # noqa: S102 - our own code, from our own private file
        return getattr(module, name)

    module.__getattr__ = read
    return module


def code_of(row: tuple[Any, ...]) -> Any:
    """A module's code: the bundled one, or its source compiled now where that has changed since.

    A changed source is never served stale. It is right but slower (`agentic doctor` tells).
    """
    path = row[2]
    if is_as_installed or is_as_it_was(row[2:6]):
        descriptor, base, plain = payload
        return loads(posix.pread(descriptor, row[7], base + row[6])) if row[7] else plain[row[6]]
    descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    pieces = []
    while piece := posix.read(descriptor, 1 << 20):
        pieces.append(piece)
    posix.close(descriptor)
    return compile(b"".join(pieces), path, "exec", dont_inherit=True)


def is_as_it_was(identity: tuple[Any, ...]) -> bool:
    """Whether a file is still the one of (path, mtime_ns, size, inode)."""
    try:
        found = posix.stat(identity[0])
    except OSError:
        return False
    return bool((found.st_mtime_ns, found.st_size, found.st_ino) == identity[1:])


def load_natives(natives: tuple[tuple[str, str], ...]) -> None:
    """Load C modules from where they are; one that fails is left to the import system."""
    modules: dict[str, Any] = sys.modules
    for name, path in natives:
        if not path:
            # The import system's word for absent: asking for it fails without a search.
            modules[name] = None
            continue
        try:
            if path == "built-in":
                module = _imp.create_builtin(_Spec(name, None))
                _imp.exec_builtin(module)
            else:
                module = _imp.create_dynamic(_Spec(name, None, origin=path))
                _imp.exec_dynamic(module)
            modules[name] = module
        except ImportError:
            modules.pop(name, None)


def serve(rows: tuple[tuple[Any, ...], ...]) -> None:
    """Put every module of the bundle into sys.modules and into its package, unread."""
    modules = sys.modules
    # Bundled code finds other modules under this name; see agentic.hosts.bundle.
    modules["builtins"].__dict__["bundled_modules"] = modules
    for row in rows:  # sorted, so that a package comes before what is in it
        name = row[0]
        modules[name] = module = unread(row)
        if row[1]:
            module.__path__ = [row[2][:-12]]  # its folder: without `/__init__.py`
        parent, dot, child = name.rpartition(".")
        if dot:
            modules[parent].__dict__[child] = module


def start(index: Any) -> None:
    """Serve the modules and run the hook; ends the process."""
    global payload, is_as_installed  # noqa: PLW0603 - one process, one bundle
    for descriptor in (0, 1, 2):
        posix.fstat(descriptor)  # a file opened below would take a closed stream's number
    rows, plain_bytes, payload_bytes, folders, natives, places, record = index
    is_as_installed = bool(record) and is_as_it_was(record)
    load_natives(natives)
    sys.modules["gc"].disable()  # some milliseconds leave no cycles worth collecting
    sys.path.extend(folders)
    descriptor = posix.open(sys.argv[0], posix.O_RDONLY | posix.O_CLOEXEC)
    base = posix.fstat(descriptor).st_size - payload_bytes
    plain = loads(posix.pread(descriptor, plain_bytes, base))
    payload = (descriptor, base + plain_bytes, plain)
    serve(rows)
    from agentic.hook import main
    from agentic.places import Places

    main(sys.argv[1:], Places._make(places))


def run(index: Any) -> None:
    """`start`, with any failure to get that far told on one line; ends the process, blocked."""
    try:
        start(index)
    except BaseException as problem:  # noqa: BLE001 - whatever it is, the call must be blocked
        text = f"agentic: blocked: the hook cannot start: {problem}".replace("\n", " ")[:400]
        posix.write(2, f"{text}; run `agentic doctor`\n".encode("utf-8", "backslashreplace"))
    finally:
        posix._exit(BLOCKED)
