"""The syntax tree of Python code, made by the interpreter's own parser: nothing is compiled or run.

The parser is bounded by its own limits on nesting; what it refuses has no tree.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Longer code is not read.
MAX_CODE_CHARACTERS = 65_536
#: The flag that makes `compile` stop at the syntax tree (`ast.PyCF_ONLY_AST`).
_ONLY_TREE = 0x400


def parsed(text: str) -> Any:
    """The syntax tree of Python code, or None where it has none."""
    if len(text) > MAX_CODE_CHARACTERS:
        return None
    # The parser warns of doubtful escapes, which is the business of whoever runs the code.
    from warnings import catch_warnings, simplefilter

    try:
        with catch_warnings():
            simplefilter("ignore")
            return compile(text, "<code>", "exec", _ONLY_TREE, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
