"""Sizes, names and docstrings: what keeps the tree readable."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, sources, tree_of

MAX_LINES = 600

#: Longer files and why cutting them would make them worse.
LONGER: dict[str, str] = {
    "agentic/recognize/shell/interpret.py": (
        "one walk over a line's steps: success, failure and pipes are one state, and a cut through it "
        "would only pass that state back and forth"
    ),
}

FORBIDDEN_WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b")
FORBIDDEN_NAMES = re.compile(r"(Manager|Helper|Utils?|Engine|Service|Base|Info|Impl)$")
FORBIDDEN_FILES = {"utils.py", "helpers.py", "common.py", "misc.py", "base.py"}

TEXT_SUFFIXES = {".py", ".md", ".yaml", ".yml", ".toml", ".sh", ""}
OURS = [
    path
    for folder in ("agentic", "scripts", "bench", "docs")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.is_file() and path.suffix in TEXT_SUFFIXES and "__pycache__" not in path.parts
]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_are_short() -> None:
    long = {
        relative(path): length
        for path in sources()
        if (length := len(path.read_text().splitlines())) > MAX_LINES
        and relative(path) not in LONGER
    }
    assert long == {}


def test_no_exception_is_left_over() -> None:
    for name, why in LONGER.items():
        assert len((ROOT / name).read_text().splitlines()) > MAX_LINES, name
        assert len(why) > 20, f"say why {name} may be longer"


def test_nothing_is_left_for_later_in_a_comment() -> None:
    found = [
        f"{relative(path)}:{number}"
        for path in OURS
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if FORBIDDEN_WORDS.search(line)
    ]
    assert found == []


def test_names_say_what_a_thing_is() -> None:
    files = [relative(path) for path in sources() if path.name in FORBIDDEN_FILES]
    classes = [
        f"{relative(path)}: {node.name}"
        for path in sources()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and FORBIDDEN_NAMES.search(node.name)
    ]
    assert files + classes == []


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_every_module_says_what_it_knows(path: Path) -> None:
    if path.name == "__init__.py" and not path.read_text().strip():
        return
    docstring = ast.get_docstring(tree_of(path))
    assert docstring, f"{relative(path)} has no module docstring"
    assert len(docstring.splitlines()[0]) <= 110


@pytest.mark.parametrize("path", sources("core"), ids=relative)
def test_every_public_function_of_the_core_states_its_result(path: Path) -> None:
    missing = [
        node.name
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert missing == []


def test_every_package_is_a_room_of_the_design() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    described = (ROOT / "docs/ARCHITECTURE.md").read_text()
    assert [room for room in sorted(rooms) if f"{room}/" not in described] == []
