"""The first code of the installed hook: serves agentic's modules from one file, then runs the hook.

`agentic.hosts.launcher` compiles this file together with a bundle of all modules that a hook may need
and writes both as one `.pyc`; see docs/adr/0002-launcher.md. It must import nothing that the
interpreter has not loaded already, and nothing of agentic before the bundle is in place.

Bundle::

    (rows, eager, folders, extensions, places)
      rows        ((name, is_package, path, mtime_ns, size, inode, code), ...): each source file as it
                  was, and its marshalled code
      eager       names that the plainest call needs, in the order in which they can be run
      folders     where everything else is found, appended to sys.path
      extensions  ((name, path), ...): the interpreter's own C modules, to find them without searching
      places      (home, state, config, user) for agentic.places.Places
"""

from __future__ import annotations

import posix
import sys
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    Row = tuple[str, bool, str, int, int, int, bytes]

BLOCKED = 2


class Bundle:
    """A finder and loader of the modules in the bundle whose source file is as it was."""

    def __init__(self, rows: tuple[Row, ...], extensions: tuple[tuple[str, str], ...]) -> None:
        self.rows = {row[0]: row for row in rows}
        self.extensions = dict(extensions)

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        """The import system's question: where is this module."""
        if name in self.rows and is_as_it_was(self.rows[name]):
            return _Spec(name, self, origin=self.rows[name][2], is_package=self.rows[name][1])
        if name in self.extensions:
            return _Spec(name, _ExtensionLoader(name, self.extensions[name]), origin=self.extensions[name])
        return None

    def create_module(self, spec: object) -> None:
        """The import system's own kind of module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module by running its code."""
        row = self.rows[module.__name__]
        _place(module, row)
        exec(loads(row[6]), module.__dict__)


_external: Any = sys.modules["_frozen_importlib_external"]
_bootstrap: Any = sys.modules["_frozen_importlib"]
_Spec = _bootstrap.ModuleSpec
_ExtensionLoader = _external.ExtensionFileLoader


def is_as_it_was(row: Row) -> bool:
    """Whether a module's source file is still the one that its code was compiled from."""
    try:
        found = posix.stat(row[2])
    except OSError:
        return False
    return found.st_mtime_ns == row[3] and found.st_size == row[4] and found.st_ino == row[5]


def _place(module: ModuleType, row: Row) -> None:
    module.__file__ = row[2]
    if row[1]:
        module.__path__ = [row[2].rpartition("/")[0]]


def load_eagerly(bundle: Bundle, eager: tuple[str, ...]) -> None:
    """Run the modules of the plainest call at once: the import system's work for each is saved."""
    modules = sys.modules
    new_module = type(sys)
    for name in eager:
        if name in modules:
            continue
        row = bundle.rows[name]
        module = new_module(name)
        parent, _, child = name.rpartition(".")
        module.__package__ = name if row[1] else parent
        _place(module, row)
        modules[name] = module
        exec(loads(row[6]), module.__dict__)
        if parent:
            setattr(modules[parent], child, module)


def start(bundle: Any) -> None:
    """Serve the modules and run the hook; ends the process. A changed source is never served stale:
    when any module of the plain call has changed, all of agentic is imported from its folder instead.
    """
    rows, eager, folders, extensions, places = bundle
    sys.path.extend(folders)
    served = Bundle(rows, extensions)
    if all([is_as_it_was(served.rows[name]) for name in eager]):
        sys.meta_path.insert(0, served)
        load_eagerly(served, eager)
    from agentic.hook import main
    from agentic.places import Places

    main(sys.argv[1:], Places._make(places))


def run(bundle: Any) -> None:
    """`start`, with any failure to get that far told on one line; ends the process, blocked."""
    try:
        start(bundle)
    except BaseException as problem:
        text = f"agentic: blocked: the hook cannot start: {problem}".replace("\n", " ")[:400]
        posix.write(2, f"{text}; run `agentic doctor`\n".encode("utf-8", "backslashreplace"))
    finally:
        posix._exit(BLOCKED)
