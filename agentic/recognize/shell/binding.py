"""The tree-sitter parser for bash, loaded in the cheapest way that works.

The packages' own `__init__` files cost more than the parse itself, and a hook runs without
site-packages. So the two native modules are looked up by path and loaded directly; where that fails the
ordinary import does the same.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_loaded: list[Any] = []


def parse_tree(data: bytes) -> Any:
    """The syntax tree of shell text, of which every character must be ASCII."""
    if not _loaded:
        _loaded.append(_parser())
    return _loaded[0].parse(data)


def _parser() -> Any:
    binding = _native("tree_sitter")
    grammar = _native("tree_sitter_bash")
    return binding.Parser(binding.Language(grammar.language()))


def _native(package: str) -> ModuleType:
    """A package's `_binding` module, without running the package's `__init__`."""
    whole = sys.modules.get(package)
    if whole is not None:
        return whole
    try:
        return _loaded_directly(package)
    except (ImportError, AttributeError, TypeError):
        __import__(package)
        return sys.modules[package]


def _loaded_directly(package: str) -> ModuleType:
    from _frozen_importlib import module_from_spec
    from _frozen_importlib_external import PathFinder

    name = package + "._binding"
    present = sys.modules.get(name)
    if present is not None:
        return present
    found = PathFinder.find_spec(package, [*sys.path, _own_folder()])
    if found is None or not found.submodule_search_locations:
        raise ImportError(package)
    spec = PathFinder.find_spec(name, list(found.submodule_search_locations))
    if spec is None or spec.loader is None:
        raise ImportError(name)
    stand_in = _re_stand_in() if "re" not in sys.modules else None
    try:
        module: ModuleType = module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    finally:
        if stand_in is not None and sys.modules.get("re") is stand_in:
            del sys.modules["re"]
    return module


def _re_stand_in() -> ModuleType:
    """A module in the place of `re` that becomes the real one when it is used.

    The binding asks `re` for `compile` when it is loaded and calls it for queries, which are never made
    here; loading `re` would cost a fifth of the whole hook.
    """
    stand_in = type(sys)("re")

    def real(name: str) -> Any:
        if sys.modules.get("re") is stand_in:
            del sys.modules["re"]
        import re

        return getattr(re, name)

    def compiled(*values: Any, **named: Any) -> Any:
        return real("compile")(*values, **named)

    stand_in.__dict__.update({"compile": compiled, "__getattr__": real})
    sys.modules["re"] = stand_in
    return stand_in


def _own_folder() -> str:
    """The folder that holds agentic's own package: where an installer puts its dependencies too."""
    return __file__.rpartition("/agentic/")[0]
