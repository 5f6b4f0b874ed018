"""Registries are explicit: everything named exists, everything that exists is named."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from agentic.recognize import programs
from agentic.recognize.grammar import Spec
from agentic.signals.registry import HOT, LIVE
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
