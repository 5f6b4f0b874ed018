"""The first manifest of a repository: one that names the shipped instructions, or one from what is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from agentic.admission.judge import Judge
from agentic.errors import CheckFailed, quoted
from agentic.instructions.documents import SECTIONS, parse_manifest
from agentic.instructions.sources import AGENTS, SHIPPED
from agentic.instructions.text import headings
from agentic.instructions.tree import read_file
from agentic.shipped import INSTRUCTIONS, shipped_folder

_HEAD = """\
# The instructions of this repository for coding agents. `agentic sync` writes every host's native files
# from AGENTS.md and this; `agentic sync --check` finds what is out of date or was edited by hand.
"""

TABLES = ("rules", "roles", "skills", "workflows", "prompts", "automations", "mcp")
_TITLES = {
    "rules": "Rules",
    "roles": "Agents",
    "skills": "Skills",
    "workflows": "Workflows",
    "prompts": "Prompts",
    "automations": "Automations",
    "mcp": "MCP servers",
}


class Begun(NamedTuple):
    """The files to write, and what a person should know."""

    files: tuple[tuple[str, bytes], ...]
    notes: tuple[str, ...] = ()


def begun(root: str, path: str, hosts: Sequence[str]) -> Begun:
    """A manifest that names the shipped instructions, and AGENTS.md where there is none.

    Raises CheckFailed where there is a manifest already.
    """
    refuse_existing(root, path)
    folder = shipped_folder(INSTRUCTIONS)
    data = read_file(folder, "manifest.yaml")
    if data is None:
        raise CheckFailed("instructions.no-manifest", "this installation ships no instructions")
    name = f"{INSTRUCTIONS}/manifest.yaml"
    manifest, tree = parse_manifest(data, name)
    content: dict[str, Any] = {**tree.value}
    content["hosts"] = list(hosts) or list(manifest.hosts)
    page = read_file(root, AGENTS)
    anchors = headings((page or b"").decode("utf-8", "replace"))
    for section in SECTIONS:
        content[section] = [_ours(entry, anchors, root) for entry in content.get(section, [])]
    files = [(path, manifest_bytes(content))]
    notes = []
    if page is None:
        sections = [section for section in TABLES if content.get(section)]
        files.append((AGENTS, with_marks(_STARTER, sections).encode()))
    elif b"<!-- agentic: " not in page:
        notes.append(
            f"{AGENTS} has no tables yet: put `<!-- agentic: skills -->` and `<!-- end -->` where "
            "one belongs"
        )
    return Begun(tuple(files), tuple(notes))


def refuse_existing(root: str, path: str) -> None:
    """Raise CheckFailed where there is a manifest already."""
    if read_file(root, path) is not None:
        raise CheckFailed(
            "instructions.manifest-exists",
            f"there is a {quoted(path)} already",
            help="edit it, or move it away to begin anew",
        )


def _ours(entry: Mapping[str, Any], anchors: frozenset[str], root: str) -> dict[str, Any]:
    """A shipped entry as a repository names it; an authority that it does not have is left out."""
    ours = {**entry, "source": SHIPPED + str(entry["source"])}
    authority = str(entry.get("authority", ""))
    path, _, heading = authority.partition("#")
    is_here = path == AGENTS and heading in anchors
    if authority and not is_here and (path == AGENTS or heading or read_file(root, path) is None):
        del ours["authority"]
    return ours


def manifest_bytes(content: Mapping[str, Any]) -> bytes:
    """A manifest as YAML that a person can go on with; empty sections are left out."""
    kept = {key: value for key, value in content.items() if value not in ([], None)}
    text = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100)
    return (_HEAD + text).encode()


_STARTER = """\
# Instructions for coding agents

What this project is, how it is built and tested, and what must never happen, belongs here.

## How work is governed

Every tool call is judged as AUTO, CONSULT or STOP by `agentic`. Ask before acting with
`agentic check -- COMMAND`. A refusal names the next step: take that one, and tell the person;
do not look for another way to the same effect.
"""


def with_marks(text: str, sections: Sequence[str]) -> str:
    """A page with the marks of its tables at the end; `sync` fills them."""
    lines = [text.rstrip("\n")]
    for section in sections:
        lines += ["", f"## {_TITLES[section]}", "", f"<!-- agentic: {section} -->", "<!-- end -->"]
    return "\n".join(lines) + "\n"


def imported(root: str, path: str, judge: Judge, hosts: Sequence[str]) -> Begun:
    """A manifest and bodies made from the instruction files that are here."""
    from agentic.instructions.importing import import_files

    refuse_existing(root, path)
    return import_files(root, path, judge, hosts)
