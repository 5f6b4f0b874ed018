"""core and recognize see the world only through what is passed in."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, imports_of, is_for_type_checkers, sources, tree_of

#: What a pure module may load. Everything here computes; nothing here looks.
PURE_IMPORTS = {
    "_collections",
    "_json",
    "_sha2",
    "_sha256",
    "_sre",
    "array",
    "binascii",
    "hashlib",
    "json",
    "json.decoder",
    "json.encoder",
    "marshal",
    "re",
    "sys",
}

#: The parser's binding is native code: these modules may load it, and nothing else may.
PARSER_IMPORTS = {
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_imp",
    "tree_sitter",
    "tree_sitter_bash",
}

#: Of `sys`, only what is fixed for the life of the interpreter, and the table of loaded modules.
PURE_SYS = {"implementation", "intern", "maxsize", "modules", "path", "version_info"}

IMPURE_CALLS = {"breakpoint", "compile", "eval", "exec", "exit", "input", "open", "print", "quit"}

#: The one module that hands Python text to the interpreter's parser, which stops at the syntax tree.
TREE = "agentic/recognize/python/tree.py"

PURE = sources("core", "recognize")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PURE, ids=relative)
def test_imports_only_what_computes(path: Path) -> None:
    allowed = PURE_IMPORTS | (PARSER_IMPORTS if "recognize/shell/" in relative(path) else set())
    allowed |= {"warnings"} if relative(path) == TREE else set()
    outside = {
        found.module
        for found in imports_of(path)
        if not found.module.startswith(("agentic.core", "agentic.recognize", "agentic.errors"))
    }
    assert outside <= allowed


@pytest.mark.parametrize("path", PURE, ids=relative)
def test_calls_nothing_that_acts(path: Path) -> None:
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if name in IMPURE_CALLS and not is_parse(path, node):
                found.append(f"line {node.lineno}: {name}(…)")
            if name == "__import__" and not is_own_import(node):
                found.append(f"line {node.lineno}: __import__ of something outside recognize")
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "sys"
            and node.attr not in PURE_SYS
        ):
            found.append(f"line {node.lineno}: sys.{node.attr}")
        if isinstance(node, ast.ImportFrom) and node.module == "sys":
            names = {alias.name for alias in node.names} - PURE_SYS
            found.extend(f"line {node.lineno}: sys.{name}" for name in names)
    assert found == []


def is_parse(path: Path, call: ast.Call) -> bool:
    """`compile(text, name, "exec", _ONLY_TREE, …)`: a parse, in the one module that may do it."""
    return relative(path) == TREE and ast.unparse(call).startswith(
        "compile(text, '<code>', 'exec', _ONLY_TREE, "
    )


def is_own_import(call: ast.Call) -> bool:
    """`__import__(full)` where `full` was just made as "agentic.recognize…" + a registry's entry."""
    return len(call.args) >= 1 and (
        isinstance(call.args[0], ast.Name)
        or (
            isinstance(call.args[0], ast.Constant)
            and str(call.args[0].value).startswith("agentic.")
        )
    )


@pytest.mark.parametrize("path", PURE, ids=relative)
def test_keeps_no_state_but_caches(path: Path) -> None:
    """`global` is how a pure function stops being one."""
    found = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Global) and not is_for_type_checkers(node)
    ]
    assert found == []
