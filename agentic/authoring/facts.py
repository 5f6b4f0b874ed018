"""Facts for recognition and settings: what is not a rule, and who may say it.

A trusted layer may replace what is shipped. An untrusted one may only add what tightens: names of
production, protected branches, sensitive paths, stricter settings.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from agentic.authoring.vocabulary import JUDGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentic.authoring.documents import Settings
    from agentic.authoring.layers import LayerPart
    from agentic.authoring.validate import ParsedFile

_ASSURANCE_RANK = {"host-dialog": 0, "local": 1, "presence": 2, "remote": 3}


def facts_of(shipped: Sequence[ParsedFile], parts: Sequence[LayerPart]) -> tuple[Any, ...]:
    """The tuple of `agentic.recognize.interface.Facts`, as plain values."""
    trusted = [file for part in parts if part.is_trusted for file in part.files]
    untrusted = [file for part in parts if not part.is_trusted for file in part.files]
    every = [*shipped, *trusted, *untrusted]
    counting = [*shipped, *trusted]
    words: dict[str, str] = {}
    for files, only in ((shipped, ""), (trusted, ""), (untrusted, "production")):
        words.update(_environment_words(files, only))
    names: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for files, only in ((untrusted, "production"), (trusted, ""), (shipped, "")):
        for source, pairs in _environment_names(files, only).items():
            names[source].extend(pairs)
    return (
        words,
        {source: tuple(pairs) for source, pairs in names.items()},
        tuple(dict.fromkeys(b for file in every for b in file.document.protected_branches)),
        {p.program: p.kind for file in counting for p in file.document.programs},
        tuple((t.tool, t.kind) for file in counting for t in file.document.mcp_tools),
        tuple((p.pattern, p.path_class) for file in every for p in file.document.sensitive_paths),
        tuple(w for f in counting if f.document.workspace for w in f.document.workspace.also),
        tuple(dict.fromkeys(v for file in counting for v in file.document.variables)),
    )


def _environment_words(files: Iterable[ParsedFile], only: str) -> dict[str, str]:
    """Words to environments; a word that is given twice tells the stricter one."""
    found: dict[str, str] = {}
    for file in files:
        for entry in file.document.environments:
            if only and entry.name != only:
                continue
            for word in entry.words:
                lowered = word.lower()
                before = found.get(lowered)
                if before is None or JUDGED.index(entry.name) > JUDGED.index(before):
                    found[lowered] = entry.name
    return found


def _environment_names(files: Iterable[ParsedFile], only: str) -> dict[str, list[tuple[str, str]]]:
    """Patterns by source; the first match counts, so the longer comes first, then the stricter."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in files:
        for entry in file.document.environments:
            if only and entry.name != only:
                continue
            for source, patterns in entry.names.items():
                found[source].extend((pattern.lower(), entry.name) for pattern in patterns)
    for pairs in found.values():
        pairs.sort(key=lambda pair: (-len(pair[0].replace("*", "")), -JUDGED.index(pair[1]), pair))
    return found


def settings_of(shipped: Sequence[ParsedFile], parts: Sequence[LayerPart]) -> dict[str, Any]:
    """The plain switches; an untrusted layer may only make them stricter."""
    found: dict[str, Any] = {}
    for file in shipped:
        if file.document.settings:
            found.update(file.document.settings.model_dump(exclude_none=True))
    for part in parts:
        for file in part.files:
            if file.document.settings:
                _apply_settings(found, file.document.settings, is_trusted=part.is_trusted)
    return found


def _apply_settings(found: dict[str, Any], given: Settings, *, is_trusted: bool) -> None:
    if given.auto_reply is not None and (is_trusted or given.auto_reply == "none"):
        found["auto_reply"] = given.auto_reply
    if given.grant_ttl_s is not None and (is_trusted or given.grant_ttl_s < found["grant_ttl_s"]):
        found["grant_ttl_s"] = given.grant_ttl_s
    assurance = dict(found["assurance"])
    for environment, level in (given.assurance or {}).items():
        if is_trusted or _ASSURANCE_RANK[level] > _ASSURANCE_RANK[assurance[environment]]:
            assurance[environment] = level
    found["assurance"] = assurance
