"""What a path is: workspace, temporary, outside, secret, start-up file, governance, CI, manifest.

Classes and what an action on them becomes are tables, so that a new kind of sensitive file is one line.
"""

from __future__ import annotations

from agentic.core.paths import is_below, joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.interface import Facts, Word, Workspace


def absolute(text: str, cwd: str, home: str) -> str:
    """A path operand made absolute: `~` expanded, `.` and `..` taken out, links not followed."""
    if text == "~" or text.startswith("~/"):
        return joined(home or "/", text[2:] or ".")
    return joined(cwd, text or ".")


def operations(
    action: str,
    word: Word,
    cwd: str,
    workspace: Workspace,
    facts: Facts,
    content: str | None = None,
    remote: str = "",
) -> list[tuple[str, ...]]:
    """The operations of an action (`read`, `write`, `delete`, `delete-tree`, `permissions`) on a path.

    Each is (kind, target, environment, told_by, because): the leading arguments of `Context.add`.
    """
    path = absolute(word.text, cwd, workspace.home)
    inside = any(is_below(path, root) for root in workspace.roots)
    kinds = {
        "read": ("file.read", "file.read"),
        "write": ("file.write", "file.write-outside"),
        "delete": ("file.delete", "file.delete-outside"),
        "delete-tree": ("file.delete-tree", "file.delete-outside"),
        "permissions": ("file.permissions", "file.permissions-outside"),
    }
    return [(kinds[action][0 if inside else 1], path)]
