"""Registries are explicit: everything named exists, everything that exists is named."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from agentic.authoring.effective import _COMPILER_FILES
from agentic.recognize import programs
from agentic.recognize.grammar import Spec
from agentic.signals.registry import HOT, LIVE
from tests.architecture.source import PACKAGE, path_of
from tests.architecture.test_hot_path import closure


@pytest.mark.parametrize("module", sorted(programs.MODULES))
def test_a_registered_module_has_the_programs_it_is_registered_for(module: str) -> None:
    table = import_module(f"agentic.recognize.programs.{module}").PROGRAMS
    assert set(table) == set(programs.MODULES[module].split())
    for name, entry in table.items():
        assert isinstance(entry, Spec) or callable(entry), name


def test_no_program_is_registered_twice() -> None:
    names = [name for listed in programs.MODULES.values() for name in listed.split()]
    assert sorted(names) == sorted(set(names))


def test_every_module_with_programs_is_registered() -> None:
    with_programs = {
        path.stem
        for path in Path(programs.__file__).parent.glob("*.py")
        if "\nPROGRAMS" in path.read_text()
    }
    assert with_programs == set(programs.MODULES)


def test_every_file_of_the_compiler_names_the_compiled_policy() -> None:
    """An edit to any of them compiles anew; the loader's own files only find what is compiled."""
    loader = {f"agentic.authoring.{name}" for name in ("compiled", "effective", "sources", "trust")}
    compiler = {
        path.relative_to(PACKAGE)
        for module in closure("agentic.authoring.build")
        if module.startswith(("agentic.authoring.", "agentic.yaml_reader"))
        and module not in loader
        and (path := path_of(module)) is not None
    }
    named = {
        (PACKAGE / "authoring" / name).resolve().relative_to(PACKAGE) for name in _COMPILER_FILES
    }
    assert named == compiler


def test_every_reader_of_signals_is_registered() -> None:
    """What takes the arguments of a reader is in the registry, and nothing else is."""
    for table, folder, arguments in (
        (HOT, PACKAGE / "signals", "(signal: str, settings: dict[str, Any], scene: Scene)"),
        (LIVE, PACKAGE / "signals" / "live", "(read: Read, round: Round)"),
    ):
        found = {
            (f"agentic.{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts)}", name)
            for path in folder.glob("*.py")
            for name in re.findall(rf"\ndef ([a-z]\w*){re.escape(arguments)}", path.read_text())
        }
        assert found == set(table.values())
