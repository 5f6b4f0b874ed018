"""From a repository to the steps that bring its generated files up to date.

1. read the manifest, the bodies and AGENTS.md;
2. judge everything; nothing is written while one thing is wrong;
3. let each host's module draft its files, and hold them to the host's limits;
4. compare with what is there.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agentic.admission.judge import ANYWHERE, Judge
from agentic.errors import Diagnostic, InvalidDocument, Unavailable, quoted
from agentic.instructions.check import problems
from agentic.instructions.documents import Judged
from agentic.instructions.grants import granted
from agentic.instructions.limits import size_problems
from agentic.instructions.native import native_of, shared
from agentic.instructions.native.draft import Draft, Sheet
from agentic.instructions.plan import Step, steps_for
from agentic.instructions.sources import AGENTS, MANIFEST, Corpus, Item, read_corpus
from agentic.instructions.tables import with_tables
from agentic.instructions.tree import read_file

_GIT_TIMEOUT_S = 20


class Prepared(NamedTuple):
    """A repository's instructions, all in order, and the steps to take."""

    corpus: Corpus
    steps: tuple[Step, ...]


def prepared(root: str, judge: Judge, path: str = MANIFEST, hosts: Iterable[str] = ()) -> Prepared:
    """What sync would do. `hosts` keeps the steps to some hosts.

    Raises: InvalidDocument with everything that is wrong, Unavailable when something cannot be read.
    """
    chosen = tuple(hosts)
    corpus = read_corpus(root, path)
    _refuse_unused(corpus, chosen)
    tracked = tracked_paths(root)
    found = problems(corpus, judge, tracked)
    if corpus.agents is None:
        message = f"there is no {quoted(AGENTS)}, which every host's file leads to"
        help_text = "write one, or let `agentic sync --init` begin it"
        found.insert(0, Diagnostic("instructions.no-agents", message, f"{AGENTS}:1:1", help_text))
    if found:
        raise InvalidDocument(found)
    drafts = drafts_of(corpus, judge)
    agents = with_tables(corpus)
    too_large = list(size_problems(drafts, agents, _nested(root, tracked)))
    if too_large:
        raise InvalidDocument(too_large)
    return Prepared(corpus, steps_for(corpus, drafts, agents, chosen))


def _refuse_unused(corpus: Corpus, hosts: Iterable[str]) -> None:
    """Raise InvalidDocument for a host whose files are asked for and that the manifest does not have."""
    for host in hosts:
        if host not in corpus.manifest.hosts:
            message = f"{quoted(host)} is not among the manifest's hosts"
            where = corpus.tree.where(("hosts",))
            help_text = "add it there, or leave `--host` out to take away files of former hosts"
            raise InvalidDocument(
                (Diagnostic("instructions.unused-host", message, where, help_text),)
            )


def _nested(root: str, tracked: Iterable[str]) -> dict[str, int]:
    """The sizes of AGENTS.md files in folders."""
    paths = [path for path in tracked if path.endswith(f"/{AGENTS}")]
    return {path: len(read_file(root, path) or b"") for path in paths}


def drafts_of(corpus: Corpus, judge: Judge) -> tuple[Draft, ...]:
    """Every file of every host of the manifest."""
    sheet = Sheet(
        corpus,
        {(item.section, item.position): granted(item, judge) for item in corpus.items},
        {(item.section, item.position): policy_note(item, judge) for item in corpus.items},
    )
    natives = [native_of(host) for host in dict.fromkeys(corpus.manifest.hosts)]
    drafts = [draft for native in natives for draft in native.drafts(sheet)]
    return (*drafts, *shared.drafts(sheet, natives))


def policy_note(item: Item, judge: Judge) -> str:
    """What policy says of an entry's operations, as a section of its page; empty for other entries."""
    entry = item.entry
    if not isinstance(entry, Judged):
        return ""
    environments: Sequence[str] = entry.environments or ANYWHERE
    rows = [
        f"| `{kind}` | " + " | ".join(judge.operation(kind, name) for name in environments) + " |"
        for kind in dict.fromkeys(entry.operations)
    ]
    heads = " | ".join(name or "mode" for name in environments)
    lines = [
        "## What policy says",
        "",
        f"{entry.mode} is the strictest of what this comes to. Every call is judged by itself; after a",
        "refusal follow the next step that it names, and do not look for another way.",
        "",
        f"| operation | {heads} |",
        "| --- |" + " --- |" * len(environments),
        *rows,
    ]
    return "\n".join(lines) + "\n"


def tracked_paths(root: str) -> tuple[str, ...]:
    """The paths that git tracks in a repository; none where there is no git.

    Raises Unavailable when there is a repository and git cannot tell.
    """
    if not os.path.lexists(os.path.join(root, ".git")):
        return ()
    # The repository's own configuration must not start programs while it is only looked at.
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
    try:
        ran = subprocess.run(
            [*command, "-C", root, "ls-files", "-z"],
            capture_output=True,
            check=False,
            timeout=_GIT_TIMEOUT_S,
            env={"PATH": os.environ.get("PATH", os.defpath), "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unavailable("instructions.git", f"git cannot list its files: {problem}") from None
    if ran.returncode:
        why = ran.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise Unavailable("instructions.git", f"git cannot list its files: {quoted(why, 200)}")
    return tuple(path for path in ran.stdout.decode("utf-8", "replace").split("\0") if path)
