"""Registries are explicit: everything named exists, everything that exists is named."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from agentic.recognize import programs
from agentic.recognize.grammar import Spec
from agentic.signals.interface import KINDS
from tests.architecture.source import PACKAGE


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


def test_every_signal_source_is_registered() -> None:
    modules = {
        f"agentic.signals.{path.stem}"
        for path in (PACKAGE / "signals").glob("*.py")
        if "\ndef read(" in path.read_text()
    }
    assert modules == set(KINDS.values())
