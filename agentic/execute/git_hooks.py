"""Git hooks of one repository: written in front of those that are there, seen, and taken away again.

Where `core.hooksPath` is not set, the hooks lie in the repository's own folder of hooks, and one that was
there is kept beside ours and run first. With `own_folder` nothing of what is there is touched: a folder of
our own holds hooks that call those of the old folder in their place, and `core.hooksPath` leads to it.

Sources: https://git-scm.com/docs/githooks, https://git-scm.com/docs/git-config (core.hooksPath)
(checked 2026-11-21)
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from agentic.errors import CheckFailed, Diagnostic, InvalidDocument, Unavailable, quoted
from agentic.execute.program import found_program
from agentic.places import Places

#: The hooks that judge.
HOOKS = ("pre-commit", "commit-msg", "pre-push")
LIST = ".agentic-hooks.json"
START = ".agentic-start.py"
KEPT = ".before-agentic"
OWN_FOLDER = "agentic-hooks"
MARK = b"# agentic git hook"
VERSION = 1

_START_TEXT = '''\
"""What the git hooks of this folder start; written by `agentic git-hooks install`."""
import posix
import sys

FOLDERS = {folders!r}
PLACES = {places!r}
try:
    sys.path.extend(FOLDERS)
    from agentic.cli.git_hooks import serve
    from agentic.places import Places

    serve(sys.argv[1:], Places(*PLACES))
except BaseException as problem:
    told = f"agentic: blocked: the git hook cannot judge: {{problem}}".replace("\\n", " ")[:400]
    posix.write(2, f"{{told}}; run `agentic git-hooks install`\\n".encode("utf-8", "backslashreplace"))
finally:
    posix._exit(1)
'''


class Maker(NamedTuple):
    """What hooks are made of: interpreter with options, folders of modules, places, and how to write."""

    interpreter: tuple[str, ...]
    folders: tuple[str, ...]
    places: Places
    write: Callable[[str, bytes, int], None]


class Repository(NamedTuple):
    """A repository: the folder that it was asked for in, its common folder, and where hooks are looked for.

    `hooks_path` is the value of `core.hooksPath` (empty: not set), `local_hooks_path` the repository's own.
    """

    folder: str
    common: str
    hooks: str
    hooks_path: str
    local_hooks_path: str


class Listed(NamedTuple):
    """What we wrote into a folder: the files with their sha256.

    `chained` is the folder whose hooks are called first, `before` the repository's own `core.hooksPath`
    from before.
    """

    files: Mapping[str, str]
    chained: str = ""
    before: str = ""


class Hook(NamedTuple):
    """One hook as it is: `state` is `ok`, `changed` or `missing`; `before` what runs first, else empty."""

    name: str
    state: str
    before: str


def repository_at(folder: str) -> Repository:
    """The repository of a folder. Raises CheckFailed where there is none, Unavailable without git."""
    common = _git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")
    if common is None:
        raise CheckFailed("git-hooks.repository", f"{quoted(folder, 300)} is in no git repository")
    top = _git(folder, "rev-parse", "--show-toplevel") or common
    hooks = _git(top, "rev-parse", "--path-format=absolute", "--git-path", "hooks")
    return Repository(
        top,
        common,
        os.path.normpath(hooks or f"{common}/hooks"),
        _git(top, "config", "--get", "core.hooksPath") or "",
        _git(top, "config", "--local", "--get", "core.hooksPath") or "",
    )


def installed(repository: Repository) -> list[Hook]:
    """Our hooks in the folder where git looks for them; empty where we have written none."""
    listed = _listed(repository.hooks)
    found = []
    for name in HOOKS if listed.files else ():
        state = _state(Path(repository.hooks, name), listed.files.get(name, ""))
        before = Path(listed.chained, name) if listed.chained else _kept(repository.hooks, name)
        found.append(Hook(name, state, str(before) if os.access(before, os.X_OK) else ""))
    return found


def faults_of(repository: Repository) -> list[str]:
    """What keeps the hooks from judging, one sentence each."""
    own = _own(repository)
    if repository.hooks != own and _listed(own).files:
        return [
            f"`core.hooksPath` leads to {quoted(repository.hooks, 300)}, not to agentic's hooks"
        ]
    listed = _listed(repository.hooks)
    faults = [
        f"{quoted(f'{repository.hooks}/{name}', 300)} is {state}"
        for name, digest in sorted(listed.files.items())
        if (state := _state(Path(repository.hooks, name), digest)) != "ok"
    ]
    faults.extend(
        f"{quoted(f'{listed.chained}/{name}', 300)} is new and not called"
        for name in (_programs_in(listed.chained) if listed.chained else ())
        if name not in listed.files
    )
    return faults


def install(repository: Repository, maker: Maker, *, own_folder: bool = False) -> dict[str, str]:
    """Write the hooks; returns what was done by name: `added`, `added before …`, `kept`, `renewed`.

    Raises CheckFailed where `core.hooksPath` is set and `own_folder` is not, Unavailable when a file
    cannot be written.
    """
    own = _own(repository)
    if repository.hooks_path and repository.hooks != own and not own_folder:
        raise CheckFailed(
            "git-hooks.path",
            f"this repository's hooks are looked for in {quoted(repository.hooks, 300)} (core.hooksPath)",
            "with `--hooks-path`, agentic gets a folder of its own in front of it",
        )
    if own_folder or repository.hooks == own:
        return _install_own(repository, maker)
    folder = repository.hooks
    listed = _listed(folder)
    told = {}
    for name in HOOKS:
        path = Path(folder, name)
        is_strange = path.is_symlink() or (path.exists() and not _is_ours(path))
        if is_strange:
            _keep(path, _kept(folder, name))
            told[name] = f"added before {name}{KEPT}"
        elif name not in listed.files or not path.exists():
            told[name] = "added"
    texts = {name: _hook_text(name, "", maker) for name in HOOKS}
    return _written(folder, texts, Listed({}), maker, told)


def uninstall(repository: Repository) -> dict[str, str]:
    """Take our hooks away and put back what was there; returns what was done by name."""
    told: dict[str, str] = {}
    for folder in dict.fromkeys((repository.hooks, _own(repository))):
        listed = _listed(folder)
        if not listed.files:
            continue
        for name in sorted(listed.files):
            path = Path(folder, name)
            if name == START or _is_ours(path):
                path.unlink(missing_ok=True)
            if not name.startswith("."):
                told[name] = "left" if path.exists() else "removed"
            if not listed.chained and not path.exists() and os.path.lexists(_kept(folder, name)):
                os.rename(_kept(folder, name), path)
                told[name] = "put back"
        Path(folder, LIST).unlink(missing_ok=True)
        if listed.chained:
            _point_back(repository, listed.before, folder)
            if not os.listdir(folder):
                os.rmdir(folder)
    return told


def _install_own(repository: Repository, maker: Maker) -> dict[str, str]:
    """Write a folder of our own and let `core.hooksPath` lead to it."""
    own = _own(repository)
    held = _listed(own)
    is_ours_already = repository.hooks == own
    chained = held.chained if is_ours_already else repository.hooks
    before = held.before if is_ours_already else repository.local_hooks_path
    os.makedirs(own, exist_ok=True)
    texts = {name: _passing_text(f"{chained}/{name}") for name in _programs_in(chained)}
    texts |= {name: _hook_text(name, f"{chained}/{name}", maker) for name in HOOKS}
    told = {name: "added" for name in HOOKS if name not in held.files}
    done = _written(own, texts, Listed({}, chained, before), maker, told)
    if (
        not is_ours_already
        and _git(repository.folder, "config", "--local", "core.hooksPath", own) is None
    ):
        raise Unavailable("git-hooks.config", "git cannot set `core.hooksPath` of this repository")
    return {name: done[name] for name in HOOKS}


def _written(
    folder: str, texts: Mapping[str, bytes], listed: Listed, maker: Maker, told: Mapping[str, str]
) -> dict[str, str]:
    """Write the list, then the files that are not as they should be; what was done by name."""
    start = _START_TEXT.format(folders=tuple(maker.folders), places=tuple(maker.places))
    files = {START: start.encode("utf-8", "surrogateescape"), **texts}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    os.makedirs(folder, exist_ok=True)
    document = {
        "version": VERSION,
        "files": dict(sorted(digests.items())),
        "chained": listed.chained,
        "before": listed.before,
    }
    maker.write(f"{folder}/{LIST}", (json.dumps(document, indent=1) + "\n").encode(), 0o600)
    done = {}
    for name, data in files.items():
        is_kept = _state(Path(folder, name), digests[name]) == "ok"
        if not is_kept:
            maker.write(f"{folder}/{name}", data, 0o600 if name == START else 0o755)
        if name != START:
            done[name] = told.get(name, "kept" if is_kept else "renewed")
    return done


def _point_back(repository: Repository, before: str, own: str) -> None:
    if repository.local_hooks_path != own:
        return  # somebody has led it elsewhere since
    words = ("core.hooksPath", before) if before else ("--unset", "core.hooksPath")
    if _git(repository.folder, "config", "--local", *words) is None:
        raise Unavailable("git-hooks.config", "git cannot set `core.hooksPath` back")


def _keep(path: Path, kept: Path) -> None:
    """Move a hook that is not ours beside ours. Raises CheckFailed when one is kept there already."""
    if os.path.lexists(kept):
        raise CheckFailed(
            "git-hooks.kept",
            f"{quoted(path, 300)} is not of agentic, and {quoted(kept.name)} holds an earlier hook",
            "merge the two by hand, then install again",
        )
    os.rename(path, kept)


def _kept(folder: str, name: str) -> Path:
    return Path(folder, name + KEPT)


def _own(repository: Repository) -> str:
    return f"{repository.common}/{OWN_FOLDER}"


def _programs_in(folder: str) -> list[str]:
    """The hooks that git would start from a folder, without samples and what else lies there."""
    if not os.path.isdir(folder):
        return []
    return [
        name
        for name in sorted(os.listdir(folder))
        if name.replace("-", "").isalnum()
        and "-" in name
        and os.path.isfile(f"{folder}/{name}")
        and os.access(f"{folder}/{name}", os.X_OK)
    ]


def _is_ours(path: Path) -> bool:
    try:
        return path.read_bytes().partition(b"\n")[2].startswith(MARK)
    except OSError:
        return False


def _state(path: Path, digest: str) -> str:
    try:
        is_whole = hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "changed"
    return "ok" if is_whole and (path.name == START or os.access(path, os.X_OK)) else "changed"


def _listed(folder: str) -> Listed:
    """What we wrote into a folder, nothing where there is no list. Raises InvalidDocument."""
    path = Path(folder, LIST)
    try:
        found = json.loads(path.read_bytes())
        if found["version"] != VERSION:
            raise ValueError(VERSION)
        return Listed(dict(found["files"]), str(found["chained"]), str(found["before"]))
    except (FileNotFoundError, NotADirectoryError):
        return Listed({})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InvalidDocument(
            [
                Diagnostic(
                    "git-hooks.list", "this list of hooks is damaged", str(path),
                    "remove it and install anew",
                )
            ]
        ) from None  # fmt: skip


def _git(folder: str, *words: str) -> str | None:
    """What git prints on one line, None where it fails. Raises Unavailable without git."""
    program = found_program("git", os.environ.get("PATH", ""), folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [program.path, *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as problem:
        why = (problem.strerror or "unknown error").lower()
        raise Unavailable("git-hooks.git", f"git cannot be started: {why}") from None
    return None if done.returncode else os.fsdecode(done.stdout).rstrip("\n")


# Texts


def _hook_text(name: str, before: str, maker: Maker) -> bytes:
    """One hook for a POSIX shell: what was there first, then ours; it blocks when ours cannot start."""
    interpreter, *options = maker.interpreter
    gone = f"agentic: blocked: the git hook {name} cannot judge; run agentic git-hooks install"
    kept = shlex.quote(before) if before else f'"${{0%/*}}/{name}{KEPT}"'
    is_fed = name == "pre-push"
    lines = [
        "#!/bin/sh",
        f"{MARK.decode()} {name}; `agentic git-hooks uninstall` removes it",
        # A tool that renamed this hook calls it itself, and may be what is kept: each would call the other.
        f"kept=; case $0 in */{name}) kept={kept} ;; esac",
        'start="${0%/*}/' + START + '"',
        f"python={shlex.quote(interpreter)}",
    ]
    if is_fed:  # both read the refs from standard input
        lines += ["refs=$(cat)", 'told() { [ -z "$refs" ] || printf \'%s\\n\' "$refs"; }']
    feed = "told | " if is_fed else ""
    lines += [
        f'if [ -x "$kept" ]; then {feed}"$kept" "$@" || exit; fi',
        f'[ -x "$python" ] && [ -r "$start" ] || {{ echo {shlex.quote(gone)} >&2; exit 1; }}',
        f'{feed}"$python" {shlex.join(options)} "$start" {name} "$@"',
    ]
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def _passing_text(path: str) -> bytes:
    """A hook that only calls another one, which may be gone by then."""
    place = shlex.quote(path)
    text = f'#!/bin/sh\n{MARK.decode()}: passed on\n[ -x {place} ] || exit 0\nexec {place} "$@"\n'
    return text.encode("utf-8", "surrogateescape")
