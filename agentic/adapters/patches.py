"""What a patch in the `apply_patch` format does to which files.

The format, as coding agents write it: `*** Begin Patch`, then sections that begin with `*** Add File:`,
`*** Update File:` (perhaps with `*** Move to:`) or `*** Delete File:`, then `*** End Patch`.

Clients differ in how strictly they read it (blanks around a header, text before the beginning), so every
line that one of them could take for a header counts as one: a file too many is judged, never one too few.

Source: https://github.com/openai/codex/blob/main/codex-rs/apply-patch/apply_patch_tool_instructions.md
(checked 2026-11-21).
"""

from __future__ import annotations

from agentic.adapters.fields import invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ADD, _UPDATE, _DELETE, _MOVE = "Add File:", "Update File:", "Delete File:", "Move to:"
_HEADERS = (_ADD, _UPDATE, _DELETE, _MOVE)
#: Lines with three asterisks that name no file.
_MARKS = ("Begin Patch", "End Patch", "End of File", "Environment ID:")


def changes_of(patch: str) -> list[dict[str, Any]]:
    """The changes of a patch, in order; `content` holds the lines that it adds.

    As::

        [{"change": "write", "path": str, "content": str}, {"change": "delete", "path": str}, ...]

    A move deletes its old path and writes its new one. Raises HostPayloadInvalid for a patch that names
    no file, or that has a header which is not known.
    """
    changes: list[dict[str, Any]] = []
    added: list[str] = []
    for line in patch.split("\n"):
        kind, path = _header(line)
        if kind:
            if kind != _MOVE:
                _close(changes, added)
            _open(changes, kind, path)
        elif line.startswith("+"):
            added.append(line[1:])
    _close(changes, added)
    if not changes:
        raise invalid("the patch names no file")
    return changes


def _header(line: str) -> tuple[str, str]:
    """(header, path), both empty for a line that names no file. Raises HostPayloadInvalid."""
    text = line.strip()
    if not text.startswith("***"):
        return "", ""
    text = text[3:].strip()
    for header in _HEADERS:
        if text.startswith(header):
            path = text[len(header) :].strip()
            if not path:
                raise invalid("the patch names a file without a name")
            return header, path
    if line.startswith("***") and not text.startswith(_MARKS):
        raise invalid("the patch has a header that is not known")
    return "", ""


def _open(changes: list[dict[str, Any]], kind: str, path: str) -> None:
    if kind == _DELETE:
        changes.append({"change": "delete", "path": path})
        return
    if kind == _MOVE:
        if not changes or changes[-1]["change"] != "write":
            raise invalid("the patch moves a file that it does not update")
        changes[-1] = {"change": "delete", "path": changes[-1]["path"]}
    changes.append({"change": "write", "path": path, "content": ""})


def _close(changes: list[dict[str, Any]], added: list[str]) -> None:
    """Give the lines that were added to the file they belong to."""
    if changes and changes[-1]["change"] == "write":
        changes[-1]["content"] = "\n".join(added)
    added.clear()
