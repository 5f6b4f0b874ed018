"""Compiles the hook's modules and its first code into the bytes of one `.pyc`.

Run as a script in a fresh interpreter with a fixed hash seed, because what `marshal` writes depends on
both: equal sources then give equal bytes. Standard input holds the literal (boot file, sources, plain
names, folders, natives, places), standard output gets the file. `agentic.hosts.boot` tells the layout.
Imports nothing of agentic.
"""

from __future__ import annotations
import __future__

import ast
import importlib.util
import marshal
import sys
from collections.abc import Container, Sequence
from pathlib import Path
from types import CodeType
from typing import Any

#: What `from __future__ import annotations` asks for; the statement itself would import a file.
_ANNOTATIONS = __future__.annotations.compiler_flag


#: The name under which bundled code finds `sys.modules`; agentic.hosts.boot makes it a built-in.
MODULES = "bundled_modules"


class Stripped(ast.NodeTransformer):
    """Takes out what a hook never looks at: docstrings, annotations of functions, typing blocks.

    Annotations in a class body stay: they are the fields of a record. Assertions stay. `bundled` are
    the names of all modules in the bundle.
    """

    def __init__(self, bundled: Container[str] = ()) -> None:
        self.bundled = bundled

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """A module without docstring; its annotated assignments become plain ones."""
        self.generic_visit(node)
        body = [_plain_assignment(statement) for statement in _without_docstring(node.body)]
        node.body = [statement for statement in body if statement is not None]
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        """Plain look-ups for what is bundled: `from m import a` becomes `a = bundled_modules["m"].a`.

        An import statement asks a module for its path and for its spec, and both questions end in an
        exception inside the interpreter. Nothing for `from __future__`: the compiler is told by a flag.
        """
        if node.module == "__future__":
            return []
        found: list[ast.stmt] = []
        for alias in node.names:
            value = self._looked_up(str(node.module), alias.name)
            if value is None:
                found.append(ast.ImportFrom(module=node.module, names=[alias], level=node.level))
            else:
                target = ast.Name(id=alias.asname or alias.name, ctx=ast.Store())
                found.append(ast.Assign(targets=[target], value=value))
        return [ast.copy_location(statement, node) for statement in found]

    def _looked_up(self, module: str, name: str) -> ast.expr | None:
        is_module = f"{module}.{name}" in self.bundled
        if not is_module and module not in self.bundled:
            return None
        key = ast.Constant(value=f"{module}.{name}" if is_module else module)
        table = ast.Name(id=MODULES, ctx=ast.Load())
        found = ast.Subscript(value=table, slice=key, ctx=ast.Load())
        return found if is_module else ast.Attribute(value=found, attr=name, ctx=ast.Load())

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """A class without docstring."""
        self.generic_visit(node)
        node.body = _without_docstring(node.body) or [ast.Pass()]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """A function without docstring and annotations."""
        self.generic_visit(node)
        node.body = _without_docstring(node.body) or [ast.Pass()]
        node.returns = None
        arguments = node.args
        for argument in (
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            *filter(None, (arguments.vararg, arguments.kwarg)),
        ):
            argument.annotation = None
        return node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """Nothing, where it is `if TYPE_CHECKING:` without an else."""
        self.generic_visit(node)
        is_typing = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return None if is_typing and not node.orelse else node


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    is_docstring = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return body[1:] if is_docstring else body


def _plain_assignment(statement: ast.stmt) -> ast.stmt | None:
    if not isinstance(statement, ast.AnnAssign):
        return statement
    if statement.value is None:
        return None
    plain = ast.Assign(targets=[statement.target], value=statement.value)
    return ast.copy_location(plain, statement)


def code_of(path: str, bundled: Container[str] = ()) -> CodeType:
    """The stripped code of one source file, without line numbers: they are a fifth of what is read."""
    tree = Stripped(bundled).visit(ast.parse(Path(path).read_bytes(), path))
    return _compiled(tree, path)


def _compiled(tree: ast.Module, path: str) -> CodeType:
    whole = ast.fix_missing_locations(tree)
    return _without_lines(compile(whole, path, "exec", flags=_ANNOTATIONS, dont_inherit=True))


def _without_lines(code: CodeType) -> CodeType:
    """The code with a location table that knows no line: one byte for up to eight code units.

    Source: https://github.com/python/cpython/blob/3.13/InternalDocs/code_objects.md, entry code 15
    (checked 2026-11-21); the same from 3.11 on.
    """
    whole, rest = divmod(len(code.co_code) // 2, 8)
    table = b"\xff" * whole + (bytes([0xF8 | rest - 1]) if rest else b"")
    inner = [_without_lines(c) if isinstance(c, CodeType) else c for c in code.co_consts]
    return code.replace(co_linetable=table, co_consts=tuple(inner))


def bundle(
    boot: str,
    sources: Sequence[tuple[str, bool, str, int, int, int]],
    plain: Sequence[str],
    folders: Sequence[str],
    natives: Sequence[tuple[str, str]],
    places: Sequence[str],
    record: Sequence[Any] = (),
) -> bytes:
    """The whole file: header, code of `boot` with its index, code of every module.

    `sources` are (name, is_package, path, mtime_ns, size, inode), sorted by name; `plain` names those
    that the plainest call needs; `record` is (path, mtime_ns, size, inode) of the installation's record.
    """
    path_of = {source[0]: source[2] for source in sources}
    together = marshal.dumps(tuple([code_of(path_of[name], path_of) for name in plain]))
    rows: list[tuple[Any, ...]] = []
    parts: list[bytes] = []
    offset = 0
    for source in sources:
        if source[0] in plain:
            rows.append((*source, plain.index(source[0]), 0))
            continue
        part = marshal.dumps(code_of(source[2], path_of))
        rows.append((*source, offset, len(part)))
        parts.append(part)
        offset += len(part)
    sizes = (len(together), len(together) + offset)
    index = (tuple(rows), *sizes, tuple(folders), tuple(natives), tuple(places), tuple(record))
    tree = Stripped().visit(ast.parse(Path(boot).read_bytes(), boot))
    last = ast.parse(f"run({index!r})", boot).body
    code = _compiled(ast.Module(body=[*tree.body, *last], type_ignores=[]), boot)
    # The header of a pyc whose source is never looked at: magic, flags, and two unused fields.
    header = importlib.util.MAGIC_NUMBER + bytes(12)
    return b"".join([header, marshal.dumps(code), together, *parts])


if __name__ == "__main__":
    try:
        sys.stdout.buffer.write(bundle(*ast.literal_eval(sys.stdin.read())))
    except SyntaxError as problem:
        sys.exit(f"{problem.filename}:{problem.lineno}: {problem.msg}")
