"""The first code of the installed hook: serves agentic's modules from one file, then runs the hook.

`agentic.hosts.bundle` compiles this file, appends the modules and writes both as one `.pyc`; see
docs/adr/0002-launcher.md. It imports nothing that the interpreter has not loaded already, and nothing
of agentic before the bundle is in place. The bundle adds a last line, `run(index)`::

    index = (eager_bytes, payload_bytes, lazy, folders, extensions, places)
      lazy        ((name, is_package, path, mtime_ns, size, inode, offset, length), ...): each source
                  file as it was, and where in the payload its marshalled code lies
      folders     where everything else is found, appended to sys.path
      extensions  ((name, path), ...): the interpreter's own C modules, loaded without a search
      places      (home, state, config, user) for agentic.places.Places

The payload follows the code: first `eager_bytes` that hold ((name, is_package, path, mtime_ns, size,
inode, code), ...), the modules of the plainest call in an order in which they can be run.
"""

from __future__ import annotations

import gc
import posix
import sys
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

BLOCKED = 2

_imp: Any = sys.modules["_imp"]
_Spec: Any = sys.modules["_frozen_importlib"].ModuleSpec


class Lazy:
    """A finder and loader of the modules whose source file is as it was when it was bundled."""

    def __init__(self, descriptor: int, start: int, rows: tuple[Any, ...]) -> None:
        self.descriptor = descriptor
        self.start = start
        self.rows = {row[0]: row for row in rows}

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        """The import system's question: where is this module."""
        row = self.rows.get(name)
        if row is None or not is_as_it_was(row):
            return None
        return _Spec(name, self, origin=row[2], is_package=row[1])

    def create_module(self, spec: object) -> None:
        """The import system's own kind of module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module by running its code."""
        row = self.rows[module.__name__]
        place(module, row)
        code = loads(posix.pread(self.descriptor, row[7], self.start + row[6]))
        exec(code, module.__dict__)  # noqa: S102 - our own code, from our own private file


def is_as_it_was(row: tuple[Any, ...]) -> bool:
    """Whether a module's source file is still the one that its code was compiled from."""
    try:
        found = posix.stat(row[2])
    except OSError:
        return False
    return bool((found.st_mtime_ns, found.st_size, found.st_ino) == row[3:6])


def place(module: ModuleType, row: Any) -> None:
    """Tell a module where its source lies."""
    module.__file__ = row[2]
    if row[1]:
        module.__path__ = [row[2].rpartition("/")[0]]


def load_extensions(extensions: tuple[tuple[str, str], ...]) -> None:
    """Load C modules from their files; one that fails is left to the import system.

    An empty path says that this interpreter has no such module: asking for it again fails at once.
    """
    for name, path in extensions:
        if not path:
            sys.modules[name] = None  # type: ignore[assignment]  # the import system's word for absent
            continue
        try:
            module = _imp.create_dynamic(_Spec(name, None, origin=path))
            _imp.exec_dynamic(module)
            sys.modules[name] = module
        except ImportError:
            sys.modules.pop(name, None)


def load_eagerly(rows: tuple[Any, ...]) -> None:
    """Run the modules of the plainest call at once: the import system's work for each is saved."""
    modules = sys.modules
    new_module = type(sys)
    for row in rows:
        name = row[0]
        if name in modules:
            continue
        module = new_module(name)
        parent, _, child = name.rpartition(".")
        module.__package__ = name if row[1] else parent
        place(module, row)
        modules[name] = module
        exec(row[6], module.__dict__)  # noqa: S102 - our own code, from our own private file
        if parent:
            setattr(modules[parent], child, module)


def start(index: Any) -> None:
    """Serve the modules and run the hook; ends the process.

    A changed source is never served stale: when a module of the plainest call has changed, all of
    agentic is imported from its folder instead, which is right but slower (`agentic doctor` tells).
    """
    eager_bytes, payload_bytes, lazy, folders, extensions, places = index
    descriptor = posix.open(sys.argv[0], posix.O_RDONLY | posix.O_CLOEXEC)
    base = posix.fstat(descriptor).st_size - payload_bytes
    rows = loads(posix.pread(descriptor, eager_bytes, base))
    sys.path.extend(folders)
    gc.disable()  # a process of a few milliseconds leaves no cycles worth collecting
    if all(is_as_it_was(row) for row in rows):
        load_extensions(extensions)
        sys.meta_path.insert(0, Lazy(descriptor, base + eager_bytes, lazy))
        load_eagerly(rows)
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
