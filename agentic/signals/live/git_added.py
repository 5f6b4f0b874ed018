"""What a branch adds: the lines that its commits and its index add to a base, read from git.

Every commit counts by itself, because what one adds and the next removes still travels with a push. The
work tree is not looked at: git would run the filters that the repository's settings name.

A repository's settings and attributes belong to whoever works in it. None of them is to hide a line or to
start a program, so git gets an environment of its own, no pager, no external diff, no text conversion, no
signature check, no replaced objects, no network, and every file as text.
Sources: https://git-scm.com/docs/git-diff, https://git-scm.com/docs/git-config,
https://git-scm.com/docs/git (checked 2026-11-21)
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from agentic.errors import quoted
from agentic.signals.live.interface import Round, SourceFailed

#: More than this is no change that anybody looks at; it is said not to have been scanned.
MAX_BYTES = 33_554_432

#: Where git is looked for: PATH could have been set by whoever started the session.
PROGRAM_FOLDERS = "/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin:/opt/local/bin"

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.bigFileThreshold=512m",
    "core.quotePath=true",
    "diff.external=",
    "diff.orderFile=/dev/null",
    "log.showRoot=true",
    "log.showSignature=false",
    "gpg.program=false",
    "protocol.allow=never",
)
_PATCH = (
    "--patch",
    "--text",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-renames",
    "--no-relative",
    "--unified=0",
    "--inter-hunk-context=0",
    "--ignore-submodules=all",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)
#: Tags of tags that are followed.
_MAX_TAGS = 8
_HUNK = re.compile(rb"^(@@+) ((?:-\d+(?:,\d+)? )+)\+(\d+)(?:,(\d+))? @@+")
_COUNT = re.compile(rb"-\d+(?:,(\d+))?")


class Bounds(NamedTuple):
    """Where git is looked for, how much it may say, and which repository and index it is to look at.

    `variables` are those that git sets for its own hooks (`GIT_DIR`, `GIT_INDEX_FILE`), with absolute paths.
    """

    program_folders: str = PROGRAM_FOLDERS
    max_bytes: int = MAX_BYTES
    variables: Mapping[str, str] = {}


BOUNDS = Bounds()


class Line(NamedTuple):
    """One added line: the file (or the commit whose message it is of), its number there, its text."""

    path: str
    number: int
    text: str


def added_lines(base: str, round: Round, bounds: Bounds = BOUNDS) -> list[Line]:
    """Every line that the commits since `base` add, each with its message, and the index on top of them.

    Raises: SourceFailed when there is no git, no repository, no such base, or when it takes too long.
    """
    if not round.workspace:
        raise SourceFailed("there is no workspace whose changes could be searched")
    start = _commit(base, round, bounds)
    head = _commit("HEAD", round, bounds)
    committed = committed_lines((f"{start}..{head}",), round, bounds)
    staged = _git(("diff", "--cached", *_PATCH), (head, "--"), round, bounds)
    return [*committed, *lines_of_diff(staged)]


def committed_lines(
    span: Sequence[str], round: Round, bounds: Bounds = BOUNDS, *, unknown_to: str = ""
) -> list[Line]:
    """Every line that the commits of a span of revisions add, each with its message.

    `unknown_to` is a remote's name: what its branches had when they were last seen is left out.
    Raises: SourceFailed.
    """
    known = ("--not", f"--remotes={unknown_to}", "--not") if unknown_to else ()
    patches = _git(
        (
            "log",
            *_PATCH,
            "--diff-merges=dense-combined",
            "--no-show-signature",
            "--format=commit %H",
            *known,
        ),
        (*span, "--"),
        round,
        bounds,
    )
    messages = _git(
        ("log", "--no-show-signature", "--format=%H%n%B%x00", *known), (*span, "--"), round, bounds
    )
    return [*lines_of_messages(messages), *lines_of_diff(patches)]


def staged_diff(round: Round, bounds: Bounds = BOUNDS) -> bytes:
    """What the index holds beyond the last commit, as a diff. Raises: SourceFailed."""
    return _git(("diff", "--cached", *_PATCH), ("--",), round, bounds)


def is_lost(commit: str, successor: str, round: Round, bounds: Bounds = BOUNDS) -> bool:
    """Whether something of one commit's history is not in another's: moving a branch there loses it.

    Raises: SourceFailed, also where one of them is not known here.
    """
    return bool(_git(("rev-list", "--max-count=1"), (commit, f"^{successor}"), round, bounds))


def tag_lines(name: str, round: Round, bounds: Bounds = BOUNDS) -> list[Line]:
    """The lines of the tags that lead from an object's name to its commit: none for a commit itself.

    Raises: SourceFailed, also where there is no commit at the end: what a log does not show is not searched.
    """
    found: list[Line] = []
    for _ in range(_MAX_TAGS):
        kind = _git(("cat-file", "-t"), (name,), round, bounds).decode("ascii", "replace").strip()
        if kind == "commit":
            return found
        if kind != "tag":
            raise SourceFailed(f"{name[:12]} is no commit but a {kind}, which is not searched")
        text = _git(("cat-file", "tag"), (name,), round, bounds).decode("utf-8", "replace")
        where = f"the tag {name[:12]}"
        found.extend(Line(where, at, line) for at, line in enumerate(text.split("\n"), 1))
        name = text.partition("\n")[0].removeprefix("object ")
        if not re.fullmatch(r"[0-9a-f]{40,64}", name):
            raise SourceFailed(f"{where} names no object")
    raise SourceFailed(f"more than {_MAX_TAGS} tags lead to a commit")


def lines_of_messages(text: bytes) -> Iterator[Line]:
    """The lines of commit messages, each message behind its commit's name and before a zero byte."""
    for part in text.split(b"\0"):
        commit, *lines = part.strip(b"\n").split(b"\n")
        name = f"the message of commit {commit[:12].decode('ascii', 'replace')}"
        for number, line in enumerate(lines, 1):
            yield Line(name, number, line.decode("utf-8", "replace"))


def lines_of_diff(data: bytes) -> Iterator[Line]:
    """The lines that a unified or combined diff adds, with their numbers in the new file.

    A hunk's own counts say which lines are its text, so no text is taken for a header.
    """
    path = "?"
    lines = iter(data.split(b"\n"))
    for line in lines:
        if line.startswith(b"+++ "):
            path = _path(line[4:])
        elif hunk := _HUNK.match(line):
            olds = [int(count or 1) for count in _COUNT.findall(hunk[2])]
            yield from _lines_of_hunk(
                lines, path, olds, int(hunk[3]), 1 if hunk[4] is None else int(hunk[4])
            )


def _lines_of_hunk(
    lines: Iterator[bytes], path: str, olds: list[int], number: int, new: int
) -> Iterator[Line]:
    """The added lines of one hunk; `olds` and `new` count the lines that each side still has in it."""
    columns = len(olds)
    while new > 0 or any(old > 0 for old in olds):
        line = next(lines, None)
        if line is None:
            return
        signs = line[:columns].ljust(columns)
        if signs.startswith(b"\\"):
            continue
        is_gone = b"-" in signs
        for column, sign in enumerate(signs.decode("latin-1")):
            if sign == ("-" if is_gone else " "):
                olds[column] -= 1
        if is_gone:
            continue
        if b" " not in signs:
            yield Line(path, number, line[columns:].decode("utf-8", "replace"))
        number += 1
        new -= 1


def _path(name: bytes) -> str:
    text = name.rstrip(b"\t\r").decode("utf-8", "replace")
    if text.startswith('"') and text.endswith('"'):
        text = text[1:-1]
    return text.removeprefix("b/")


def _commit(name: str, round: Round, bounds: Bounds) -> str:
    """The commit that a name means in the workspace's repository. Raises: SourceFailed."""
    if name.startswith("-"):
        raise SourceFailed(f"{quoted(name)} is no name of a commit")
    found = _git(("rev-parse", "--verify", "--quiet"), (f"{name}^{{commit}}",), round, bounds)
    commit = found.decode("ascii", "replace").strip()
    if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        raise SourceFailed(f"git knows no commit {quoted(name)} in the workspace")
    return commit


def _git(command: Sequence[str], revisions: Sequence[str], round: Round, bounds: Bounds) -> bytes:
    """What git prints. Raises: SourceFailed.

    A look-up that finds nothing (status 1, and no complaint) prints nothing; any other end, a signal from
    outside too, proves nothing about what was added.
    """
    program = shutil.which("git", path=bounds.program_folders)
    if program is None:
        raise SourceFailed(f"there is no git in {bounds.program_folders.replace(':', ', ')}")
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    arguments = [
        program,
        "--no-pager",
        "--no-replace-objects",
        "--literal-pathspecs",
        *settings,
        "-c",
        f"safe.directory={round.workspace}",
        "-C",
        round.workspace,
        *command,
        "--end-of-options",
        *revisions,
    ]
    left_s = round.deadline - time.monotonic()
    if left_s <= 0:
        raise SourceFailed("there was no time left to ask git")
    with TemporaryFile() as output:
        try:
            done = subprocess.run(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                env={**_environment(round.workspace), **bounds.variables},
                timeout=left_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SourceFailed("git did not answer in time") from None
        except OSError as problem:
            why = (problem.strerror or "unknown error").lower()
            raise SourceFailed(f"git cannot be started: {why}") from None
        if done.returncode and done.stderr.strip():
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1]
            raise SourceFailed(
                f"git cannot tell what was added: {quoted(last.removeprefix('fatal: '))}"
            )
        if done.returncode == 1 and command[0] == "rev-parse":
            return b""
        if done.returncode:
            raise SourceFailed(f"git ended with {done.returncode} and did not tell what was added")
        size = output.tell()
        if size > bounds.max_bytes:
            raise SourceFailed(f"the branch adds {size} bytes, more than {bounds.max_bytes}")
        output.seek(0)
        return output.read()


def _environment(workspace: str) -> dict[str, str]:
    """All variables that git gets: none of the session's."""
    return {
        "PATH": PROGRAM_FOLDERS,
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(Path(workspace).parent),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_GRAFT_FILE": "/nonexistent/grafts",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
    }
