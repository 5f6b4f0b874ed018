"""Which documents make up the effective policy, and how much each layer may say.

The shipped policy holds. The organisation's and the workspace's layers may only tighten it::

    trusted         the layer is as a person trusted it: everything in it counts
    tightening      not trusted, or changed since: only what tightens counts
    last-trusted    a trusted layer changed, vanished or cannot be read: the kept copy goes on counting
    unreadable      nobody knows what it forbids: whatever is more than reading becomes CONSULT

So nothing that happens to a workspace's files (`git switch`, `stash`, `clean`, `tar x`) relaxes a rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentic.authoring.compile import layer_problems
from agentic.authoring.sources import LayerFiles
from agentic.authoring.trust import trusted_copy
from agentic.authoring.validate import (
    ParsedFile,
    parse_policies,
    reference_problems,
    vocabulary_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentic.authoring.documents import PolicyDocument
    from agentic.authoring.trust import Trusted
    from agentic.errors import Diagnostic

TRUSTED = "trusted"
TIGHTENING = "tightening"
LAST_TRUSTED = "last-trusted"
UNREADABLE = "unreadable"


class LayerPart(NamedTuple):
    """Files of one layer that count, wholly (`is_trusted`) or only where they tighten."""

    layer: str
    files: tuple[ParsedFile, ...]
    is_trusted: bool


class Layers(NamedTuple):
    """What the layers contribute. `rows` are (name, path, sha256, standing)."""

    parts: tuple[LayerPart, ...]
    rows: tuple[tuple[str, str, str, str], ...]
    notices: tuple[str, ...]
    unreadable: tuple[str, ...]


def layers_of(
    shipped: list[ParsedFile],
    found: Iterable[tuple[LayerFiles, Trusted | None]],
    state_dir: str,
) -> Layers:
    """What counts of each layer as it is found, given what was trusted of it. Never raises."""
    parts: list[LayerPart] = []
    rows: list[tuple[str, str, str, str]] = []
    notices: list[str] = []
    unreadable: list[str] = []
    for files, trusted in found:
        lower = [file for part in parts for file in part.files]
        if trusted is not None and files.digest != trusted.sha256:
            kept = trusted_copy(state_dir, files.name, files.path, trusted.sha256)
            notices.append(_changed_notice(files, is_kept=kept is not None))
            if kept is None:
                unreadable.append(files.name)
            else:
                read, problems = read_files(shipped, kept, lower)
                parts.append(LayerPart(files.name, tuple(read), is_trusted=True))
                rows.append((files.name, files.path, kept.digest, LAST_TRUSTED))
                if problems:
                    unreadable.append(files.name)
        if not files.digest:
            continue
        read, problems = read_files(shipped, files, lower)
        is_trusted = trusted is not None and files.digest == trusted.sha256
        parts.append(LayerPart(files.name, tuple(read), is_trusted))
        standing = TRUSTED if is_trusted else TIGHTENING
        if files.fault or problems:
            standing = UNREADABLE
            notices.append(_unreadable_notice(files, problems))
            # The kept copy says what the layer forbade; without one nobody knows.
            if not any(row[0] == files.name and row[3] == LAST_TRUSTED for row in rows):
                unreadable.append(files.name)
        elif not is_trusted:
            notices.extend(_untrusted_notices(files, read))
        rows.append((files.name, files.path, files.digest, standing))
    return Layers(tuple(parts), tuple(rows), tuple(notices), tuple(dict.fromkeys(unreadable)))


def read_files(
    shipped: list[ParsedFile], files: LayerFiles, lower: Iterable[ParsedFile] = ()
) -> tuple[list[ParsedFile], list[Diagnostic]]:
    """The valid files of a layer and every problem of the others.

    `lower` are the files of the layers below it, whose signals and roles it may name.
    """
    named = [(f"{files.path}/{name}", content) for name, content in files.files]
    parsed, problems = parse_policies(named)
    lower = list(lower)
    words = vocabulary_of(shipped, [*lower, *parsed])
    unsound: set[str] = set()
    for file in parsed:
        found = reference_problems([file], words)
        problems.extend(found)
        if found:
            unsound.add(file.name)
    for file, problem in layer_problems(parsed, shipped, words, lower):
        problems.append(problem)
        unsound.add(file.name)
    return [file for file in parsed if file.name not in unsound], problems


def _changed_notice(files: LayerFiles, *, is_kept: bool) -> str:
    what = "has changed since it was trusted" if files.digest else "is gone"
    if not is_kept:
        return (
            f"the {files.name} policy {what} and its trusted copy is damaged: whatever is more than "
            "reading waits for a person; run `agentic policy trust` in your own terminal"
        )
    return (
        f"the {files.name} policy {what}: the trusted copy stays in force; "
        "run `agentic policy trust` in your own terminal to accept the change"
    )


def _unreadable_notice(files: LayerFiles, problems: list[Diagnostic]) -> str:
    fault = files.fault or f"{problems[0].where}: {problems[0].message}"
    return f"the {files.name} policy is not valid ({fault}); run `agentic policy check`"


def _untrusted_notices(files: LayerFiles, read: list[ParsedFile]) -> list[str]:
    left_out = sorted({section for file in read for section in relaxing_sections(file.document)})
    if not left_out:
        return []
    notice = (
        f"the {files.name} policy is not trusted, so its {', '.join(left_out)} do not count; "
        "run `agentic policy trust` in your own terminal"
    )
    return [notice]


def relaxing_sections(document: PolicyDocument) -> list[str]:
    """The sections of a document that could relax a decision and so need trust."""
    held = {
        "environments": any(e.name != "production" for e in document.environments),
        "variables": bool(document.variables),
        "programs": bool(document.programs),
        "mcp_tools": bool(document.mcp_tools),
        "mcp_servers": bool(document.mcp_servers),
        "mcp_arguments": bool(document.mcp_arguments),
        "sources": bool(document.sources),
        "signals": any(s.reads for s in document.signals),
        "services": bool(document.services),
        "roles": bool(document.roles),
        "workspace": document.workspace is not None,
        "settings": document.settings is not None,
    }
    return [section for section, is_held in held.items() if is_held]
