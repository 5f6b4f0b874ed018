"""What the hook's process loads: nothing that costs its time, by reading the source and by looking."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agentic.adapters import ADAPTERS
from agentic.recognize.programs import MODULES
from agentic.signals.registry import HOT
from tests.architecture.source import imports_of, is_on_fallback_path, path_of

#: Built in or frozen into every interpreter: importing them reads no file.
CHEAP = {
    "__future__",  # one small file; the installed hook's bundle goes without it
    "_collections",
    "_json",
    "_sha2",
    "_sha256",
    "_signal",
    "_sre",
    "_thread",
    "builtins",
    "errno",
    "fcntl",
    "marshal",
    "posix",
    "sys",
    "time",
}

#: Loaded by the hook through a table, so no import statement names them.
LOADED_BY_NAME = (
    *ADAPTERS.values(),
    "agentic.adapters.patches",
    *sorted({module for module, _ in HOT.values()}),
    "agentic.signals.snapshot",
    *(f"agentic.recognize.programs.{module}" for module in MODULES),
)


def closure(start: str) -> dict[str, str]:
    """Every module that importing `start` runs -> the module that imports it."""
    found = {start: ""}
    todo = [start]
    while todo:
        name = todo.pop()
        path = path_of(name)
        if path is None:
            continue
        parents = [name.rpartition(".")[0]] if "." in name else []
        for module in [
            *parents,
            *(
                entry.module
                for entry in imports_of(path)
                if not entry.is_late and not is_on_fallback_path(path, entry.line)
            ),
        ]:
            if module not in found:
                found[module] = name
                todo.append(module)
    return found


@pytest.mark.parametrize("start", ["agentic.hook", *LOADED_BY_NAME])
def test_importing_it_loads_only_cheap_modules(start: str) -> None:
    assert path_of(start), f"{start} does not exist"
    costly = {
        module: importer
        for module, importer in closure(start).items()
        if not module.startswith("agentic") and module not in CHEAP
    }
    assert costly == {}


def test_the_closure_sees_what_python_sees() -> None:
    """The static answer is checked against a real interpreter."""
    code = (
        "import sys; before = set(sys.modules); sys.path.insert(0, '.'); import agentic.hook;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    ours = {name for name in closure("agentic.hook") if name.startswith("agentic")}
    assert {name for name in loaded if name.startswith("agentic")} == ours
    assert {name for name in loaded if not name.startswith("agentic")} <= CHEAP
