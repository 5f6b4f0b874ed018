"""What sync would do to a repository, and doing it: files to write, to take away, and files in the way.

A file that sync did not write, or that somebody has changed since, is never replaced: it is in the way. A
pointer that a person wrote (`CLAUDE.md` with `@AGENTS.md`, or a link to it) does what ours would do and is
left alone.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from agentic.errors import Unavailable
from agentic.instructions.marks import sealed, source_of, state_of
from agentic.instructions.native import NATIVES, native_of
from agentic.instructions.native.draft import Draft
from agentic.instructions.native.shared import FOLDERS as SHARED
from agentic.instructions.sources import AGENTS, Corpus
from agentic.instructions.text import is_copy, is_held_in
from agentic.instructions.tree import (
    UNFINISHED,
    files_below,
    is_link,
    read_file,
    remove_file,
    write_file,
)

Action = Literal[
    "create", "update", "remove", "keep", "unmanaged", "foreign", "edited", "copy", "link"
]

#: Actions that sync takes; the last four of `Action` are in its way. `unmanaged` is a person's own file.
CHANGES = ("create", "update", "remove")
IN_THE_WAY = ("foreign", "edited", "copy", "link")

WHY: dict[str, str] = {
    "foreign": "sync did not write it",
    "edited": "it was changed by hand after sync wrote it",
    "copy": "it is a hand-kept copy",
    "link": "it is a symbolic link",
}

#: Files that need only lead to AGENTS.md: what a person wrote there is as good as ours.
_POINTERS = ("CLAUDE.md", "GEMINI.md", "QWEN.md", ".github/copilot-instructions.md")
_POINTS = re.compile(r"(?:^|\s)@(?:\./)?AGENTS\.md\b|^.{0,80}\bAGENTS\.md\b", re.MULTILINE)


class Step(NamedTuple):
    """One file: what would happen to it and why; None is no file."""

    path: str
    action: Action
    before: bytes | None
    after: bytes | None
    source: str = ""

    @property
    def why(self) -> str:
        """Why the file is in the way, or empty."""
        told = WHY.get(self.action, "")
        return f"{told} of {self.source}" if self.action == "copy" else told

    def diff(self) -> str:
        """The change as a unified diff, control characters made visible."""
        before, after = (_lines(data) for data in (self.before, self.after))
        names = (f"{side}/{self.path}" for side in "ab")
        old, new = (
            "/dev/null" if data is None else name
            for name, data in zip(names, (self.before, self.after), strict=True)
        )
        shown = difflib.unified_diff(before, after, old, new, lineterm="")
        return "\n".join(map(_visible, shown))


def _lines(data: bytes | None) -> list[str]:
    lines = (data or b"").decode("utf-8", "backslashreplace").split("\n")
    return lines[:-1] if lines[-1] == "" else [*lines, "\\ no newline at the end"]


def _visible(line: str) -> str:
    return "".join(
        c if c.isprintable() or c == "\t" else c.encode("unicode_escape").decode() for c in line
    )


def steps_for(
    corpus: Corpus, drafts: Sequence[Draft], agents: str | None, hosts: Iterable[str] = ()
) -> tuple[Step, ...]:
    """Every step, sorted by path. `hosts` keeps them to the files of some hosts (none: all).

    `agents` is AGENTS.md with its tables. Raises Unavailable where a folder is a link or unreadable.
    """
    wanted = {draft.path: draft for draft in drafts}
    contents = {path: sealed(draft.text) for path, draft in wanted.items()}
    steps = [_wanted_step(corpus, wanted[path], data) for path, data in contents.items()]
    steps += _left_over(corpus, contents)
    if agents is not None:
        action: Action = "keep" if agents == corpus.agents else "update"
        before = (corpus.agents or "").encode()
        steps.append(Step(AGENTS, action, before, agents.encode(), corpus.path))
    chosen = tuple(hosts)
    if chosen:
        steps = [step for step in steps if _is_of(step.path, chosen)]
    return tuple(sorted(steps))


def _wanted_step(corpus: Corpus, draft: Draft, after: bytes) -> Step:
    root, path = corpus.root, draft.path
    if is_link(root, path):
        leads = path in _POINTERS and os.readlink(os.path.join(root, path)) == AGENTS
        return Step(path, "keep" if leads else "link", None, after, draft.source)
    before = read_file(root, path)
    if before is None:
        return Step(path, "create", None, after, draft.source)
    if before == after:
        return Step(path, "keep", before, after, draft.source)
    state = state_of(before)
    # Of an empty file nothing is lost; a machine that lost power may have left one.
    if state == "generated" or not before:
        return Step(path, "update", before, after, draft.source)
    if state == "foreign" and path in _POINTERS and _leads_to_agents(before):
        is_held = is_held_in(before.decode("utf-8", "replace"), corpus.agents or "")
        return Step(path, "copy" if is_held else "keep", before, after, AGENTS)
    return Step(path, "foreign" if state == "foreign" else "edited", before, after, draft.source)


def _leads_to_agents(data: bytes) -> bool:
    """Whether a short text of a person's own leads to AGENTS.md."""
    text = data.decode("utf-8", "replace")
    return bool(_POINTS.search(text))


def _left_over(corpus: Corpus, wanted: Mapping[str, bytes]) -> Iterator[Step]:
    """Steps for files in hosts' folders that no draft wants: stale ones of ours, and copies."""
    for path in _owned(corpus.root):
        if path in wanted:
            continue
        if path.rpartition("/")[2] == UNFINISHED:
            yield Step(path, "remove", b"", None)
            continue
        if is_link(corpus.root, path):
            continue  # a person's own; sync neither follows nor counts it
        data = _text_file(corpus.root, path)
        if data is None:
            continue
        state = state_of(data)
        if state == "generated":
            yield Step(path, "remove", data, None, source_of(data))
        elif state == "edited":
            yield Step(path, "edited", data, None, source_of(data))
        else:
            yield _foreign_step(corpus, path, data)


def _foreign_step(corpus: Corpus, path: str, data: bytes) -> Step:
    """A copy of something in the manifest is in the way; what is a person's own is left alone."""
    text = data.decode("utf-8", "replace")
    if corpus.agents is not None and is_held_in(text, corpus.agents):
        return Step(path, "copy", data, None, AGENTS)
    for item in corpus.items:
        if is_copy(text, item.body):
            return Step(path, "copy", data, None, item.name)
    return Step(path, "unmanaged", data, data)


def _text_file(root: str, path: str) -> bytes | None:
    """A file that might be instructions; others in these folders (images, archives) are not ours to judge."""
    if not path.endswith((".md", ".mdc", ".toml", ".example", ".cursorrules", ".windsurfrules")):
        return None
    return read_file(root, path)


#: Old single files of hosts: never written, but a copy in one of them still reaches an agent.
_OLD_FILES = (".cursorrules", ".windsurfrules")


def _owned(root: str) -> list[str]:
    folders: set[str] = set(SHARED)
    files: set[str] = set(_OLD_FILES)
    for host in NATIVES:
        native = native_of(host)
        folders.update(native.folders)
        files.update(native.files)
    # What a killed run left beside a single file.
    files.update(f"{path.rpartition('/')[0]}/{UNFINISHED}".lstrip("/") for path in tuple(files))
    found = {path for folder in folders for path in files_below(root, folder)}
    return sorted(found | {path for path in files if _is_there(root, path)})


def _is_there(root: str, path: str) -> bool:
    return os.path.lexists(os.path.join(root, path))


def _is_of(path: str, hosts: Sequence[str]) -> bool:
    """Whether a file belongs to one of the hosts; shared ones to each that shares, AGENTS.md to all."""
    if path == AGENTS:
        return True
    for host in hosts:
        native = native_of(host)
        folders = [*native.folders, *(f".agents/{part}" for part in native.shares)]
        if path in native.files or any(path.startswith(folder + "/") for folder in folders):
            return True
    return False


def in_the_way(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that sync does not take by itself."""
    return tuple(step for step in steps if step.action in IN_THE_WAY)


def changes(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that change a file."""
    return tuple(step for step in steps if step.action in CHANGES)


def apply(root: str, steps: Iterable[Step]) -> None:
    """Take the steps: each file in one step, what is written before what is taken away.

    A file that changed since it was looked at is left as it is. Raises Unavailable.
    """
    ordered = sorted(changes(steps), key=lambda step: step.action == "remove")
    for step in ordered:
        if step.action != "remove" or not step.path.endswith(UNFINISHED):
            _refuse_changed(root, step)
        if step.after is None:
            remove_file(root, step.path)
        else:
            # What is generated can be generated again; a person's page must outlive a power cut.
            write_file(root, step.path, step.after, is_durable=step.path == AGENTS)


def _refuse_changed(root: str, step: Step) -> None:
    if read_file(root, step.path) != step.before:
        raise Unavailable(
            "instructions.changed",
            f"`{step.path}` changed while sync was at work",
            help="run this again",
        )
