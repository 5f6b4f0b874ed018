"""The source tree as the architecture tests see it: modules, their imports, the names they use."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "agentic"


class Import(NamedTuple):
    """One imported module. `is_late` when the import statement stands inside a function."""

    module: str
    is_late: bool
    line: int


def sources(*rooms: str) -> list[Path]:
    """Every source file of the named rooms (folders or files below agentic/), or of all."""
    found: list[Path] = []
    for room in rooms or ("",):
        place = PACKAGE / room
        found.extend(sorted(place.rglob("*.py")) if place.is_dir() else [place])
    return found


def module_of(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def path_of(module: str) -> Path | None:
    """The source file of a dotted name of this package, or None when it is no module."""
    place = ROOT.joinpath(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.exists():
            return path
    return None


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a source file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def is_for_type_checkers(node: ast.AST) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`, which never runs."""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and (node.test.id == "TYPE_CHECKING")
    )


def imports_of(path: Path) -> list[Import]:
    """Every import that can run, with parent packages left to the reader."""
    found: list[Import] = []

    def walk(node: ast.AST, is_late: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if is_for_type_checkers(child):
                continue
            if isinstance(child, ast.Import):
                found.extend(Import(alias.name, is_late, child.lineno) for alias in child.names)
            elif (
                isinstance(child, ast.ImportFrom) and child.module and child.module != "__future__"
            ):
                for alias in child.names:
                    inner = f"{child.module}.{alias.name}"
                    module = inner if path_of(inner) else child.module
                    found.append(Import(module, is_late, child.lineno))
            walk(child, is_late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))

    walk(tree_of(path), is_late=False)
    return found


def is_on_fallback_path(path: Path, line: int) -> bool:
    """Whether a line stands in the handler of `except ImportError` (another interpreter's build)."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
            if "ImportError" in names and node.lineno <= line <= (node.end_lineno or line):
                return True
    return False
