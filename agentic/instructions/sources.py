"""A repository's instructions as they are now: the manifest, every body, and AGENTS.md.

A body is Markdown without front matter. `source` is relative to the manifest's folder, or `shipped:…`
for the content that comes with agentic. Whatever cannot be read is a diagnostic at the manifest's line, and
all of them are told at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple, cast

from agentic.errors import AgenticError, Diagnostic, InvalidDocument, Unavailable, quoted
from agentic.instructions.documents import SECTIONS, Entry, Manifest, parse_manifest
from agentic.instructions.text import normalised
from agentic.instructions.tree import read_file
from agentic.shipped import INSTRUCTIONS, shipped_folder
from agentic.yaml_reader import YamlTree

MANIFEST = ".agentic/instructions/manifest.yaml"
AGENTS = "AGENTS.md"
SHIPPED = "shipped:"


class Item(NamedTuple):
    """One entry of the manifest with its body; `name` is how messages call the body's file."""

    section: str
    position: int
    entry: Entry
    body: str
    name: str

    @property
    def id(self) -> str:
        """The entry's id."""
        return self.entry.id


class Corpus(NamedTuple):
    """Everything that sync works from. `root` is the repository, `agents` the text of AGENTS.md or None."""

    root: str
    path: str
    manifest: Manifest
    tree: YamlTree
    items: tuple[Item, ...]
    agents: str | None

    def of(self, section: str) -> tuple[Item, ...]:
        """The items of one section, in the manifest's order."""
        return tuple(item for item in self.items if item.section == section)

    def where(self, item: Item, key: str = "id") -> str:
        """`file:line:column` of one key of an entry."""
        return self.tree.where((item.section, item.position, key))


def read_corpus(root: str, path: str = MANIFEST) -> Corpus:
    """The instructions of a repository.

    Raises: Unavailable when there is no manifest or a link is in the way, InvalidDocument with everything
    that is wrong with the manifest's shape or with reading bodies.
    """
    data = read_file(root, path)
    if data is None:
        raise Unavailable(
            "instructions.no-manifest",
            f"there is no {quoted(path)}",
            help="`agentic sync --init` writes one that names the shipped instructions, "
            "`agentic sync --import` one from the files that are here",
        )
    manifest, tree = parse_manifest(data, path)
    problems: list[Diagnostic] = []
    items = tuple(_items(root, path, manifest, tree, problems))
    if problems:
        raise InvalidDocument(problems)
    agents = read_file(root, AGENTS)
    return Corpus(root, path, manifest, tree, items, None if agents is None else _page(agents))


def entries(manifest: Manifest) -> Iterator[tuple[str, int, Entry]]:
    """Every entry that has a body: (section, position, entry)."""
    for section in SECTIONS:
        for position, entry in enumerate(cast("list[Entry]", getattr(manifest, section))):
            yield section, position, entry


def _items(
    root: str, path: str, manifest: Manifest, tree: YamlTree, problems: list[Diagnostic]
) -> Iterator[Item]:
    folder = path.rpartition("/")[0]
    for section, position, entry in entries(manifest):
        where = tree.where((section, position, "source"))
        try:
            name, data = _body(root, folder, entry.source)
        except AgenticError as problem:
            problems.append(Diagnostic(problem.code, problem.message, where, problem.help))
            continue
        if data is None:
            problems.append(
                Diagnostic("instructions.no-source", f"there is no {quoted(name)}", where)
            )
            continue
        try:
            body = normalised(data)
        except UnicodeDecodeError:
            problems.append(
                Diagnostic("instructions.encoding", "this is not UTF-8 text", f"{name}:1:1")
            )
            continue
        if body.startswith("---\n"):
            message = "a body has no front matter: the manifest says what belongs there"
            problems.append(Diagnostic("instructions.front-matter", message, f"{name}:1:1"))
            continue
        yield Item(section, position, entry, body, name)


def _body(root: str, folder: str, source: str) -> tuple[str, bytes | None]:
    """(how messages call it, the content or None) of a source. Raises AgenticError."""
    if source.startswith(SHIPPED):
        relative = source.removeprefix(SHIPPED)
        base = os.path.realpath(shipped_folder(INSTRUCTIONS))
        return source, read_file(base, relative)
    joined = f"{folder}/{source}" if folder else source
    return joined, read_file(root, joined)


def _page(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        message = f"{quoted(AGENTS)} is not UTF-8 text"
        raise InvalidDocument(
            (Diagnostic("instructions.encoding", message, f"{AGENTS}:1:1"),)
        ) from None
