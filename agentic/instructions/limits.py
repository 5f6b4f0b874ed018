"""How large things may be: fields of front matter, whole files, AGENTS.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agentic.errors import Diagnostic, quoted
from agentic.instructions.documents import Skill
from agentic.instructions.native import codex
from agentic.instructions.native.draft import Draft, description_with_when
from agentic.instructions.sources import AGENTS, Corpus

#: Source: https://agentskills.io/specification (checked 2026-11-21)
DESCRIPTION = 1_024
#: Claude Code cuts description and `when_to_use` together at this length in its listing.
#: Source: https://code.claude.com/docs/en/skills (checked 2026-11-21)
DESCRIPTION_AND_WHEN = 1_536


def field_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    """Descriptions that a host would cut or refuse."""
    for item in corpus.items:
        length = len(item.entry.description)
        if length > DESCRIPTION:
            yield _too_long(corpus.where(item, "description"), "description", length, DESCRIPTION)
        when = getattr(item.entry, "when", None) or ""
        both = length + len(when)
        if both > DESCRIPTION_AND_WHEN:
            what = "description and `when`"
            yield _too_long(corpus.where(item, "when"), what, both, DESCRIPTION_AND_WHEN)
        elif isinstance(item.entry, Skill) and len(description_with_when(item)) > DESCRIPTION:
            what = "description with `when`, as one field of the open standard,"
            told = len(description_with_when(item))
            yield _too_long(corpus.where(item, "when"), what, told, DESCRIPTION)


def _too_long(where: str, what: str, length: int, most: int) -> Diagnostic:
    message = f"the {what} has {length} characters, and hosts take {most}"
    return Diagnostic(
        "instructions.too-long", message, where, "say what it is for; the body holds the rest"
    )


def size_problems(
    drafts: Iterable[Draft], agents: str | None, nested: Mapping[str, int]
) -> Iterator[Diagnostic]:
    """Files that a host would cut, with the file to shorten.

    `nested` are the sizes in bytes of the AGENTS.md files of folders, by path.
    """
    for draft in drafts:
        if draft.limit is None:
            continue
        size = {
            "characters": len(draft.text),
            "lines": draft.text.count("\n"),
            "bytes": len(draft.text.encode()),
        }[draft.limit.unit]
        if size > draft.limit.most:
            yield Diagnostic(
                "instructions.too-large",
                f"{quoted(draft.path)} would have {size} {draft.limit.unit}: {draft.limit.because}",
                draft.source,
                f"shorten {quoted(draft.source)}, split it in two entries, or leave this host out with "
                "`hosts:`",
            )
    yield from _chain_problems(agents or "", nested)


def _chain_problems(agents: str, nested: Mapping[str, int]) -> Iterator[Diagnostic]:
    """AGENTS.md files that Codex joins, from the root to a folder, and that are too large together."""
    sizes = {AGENTS: len(agents.encode()), **nested}
    for path in sorted(sizes):
        folders = path.split("/")[:-1]
        chain = ["/".join([*folders[:depth], AGENTS]) for depth in range(len(folders) + 1)]
        size = sum(sizes.get(one, 0) for one in chain)
        if size > codex.LIMIT.most:
            named = (
                f"{quoted(path)} has" if len(chain) == 1 else f"down to {quoted(path)} there are"
            )
            yield Diagnostic(
                "instructions.too-large",
                f"{named} {size} bytes: {codex.LIMIT.because}",
                f"{path}:1:1",
                "move sections that not every session needs into rules or skills",
            )
