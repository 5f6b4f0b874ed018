"""Shims: a folder for PATH with one small wrapper a program, each of which starts it under judgement.

A wrapper finds the real program on PATH by passing over every shim, so it cannot call itself, and nothing in
the environment switches it off. It is no wall: whoever names the real program by its path goes around it. It
is for hosts without hooks and for plain terminals, where otherwise nothing would be asked.

The folder holds, besides the wrappers, the code that they start and a list of what was written with digests:
what is not on that list is somebody else's, and is neither overwritten nor removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from agentic.errors import (
    AgenticError,
    CheckFailed,
    Diagnostic,
    InvalidDocument,
    Unavailable,
    quoted,
)
from agentic.execute.program import NotStarted, found_program, is_shim
from agentic.places import Places

#: Where shims go unless told otherwise: below the state folder, which a hook guards as a whole.
FOLDER = "shims"
#: The name by which a hook knows a folder of shims elsewhere (agentic/recognize/path_tables.py).
KNOWN_NAME = "agentic-shims"
START = ".agentic-start.py"
LIST = ".agentic-shims.json"
VERSION = 1

#: Programs that get a shim where they are installed, by what they can do harm to. Left out on purpose:
#: interpreters, shells, package managers and build tools (they start in great numbers, and their words do
#: not tell what they run), and what only reads.
DEFAULTS: dict[str, str] = {
    "clusters": "kubectl oc helm helmfile argocd flux istioctl velero",
    "infrastructure": "terraform tofu terragrunt pulumi cdk ansible ansible-playbook packer",
    "clouds": "aws eksctl gcloud gsutil az doctl flyctl heroku vercel",
    "containers and images": "docker podman nerdctl buildah skopeo crane",
    "code and releases": "git gh glab twine",
    "databases": "psql mysql mariadb mongosh mongo redis-cli cqlsh alembic dropdb pg_restore mysqladmin",
    "models and data": "mlflow dvc wandb feast bentoml databricks",
    "secrets": "vault bao sops",
    "files": "rm shred",
}

_START_TEXT = '''\
"""What every shim of this folder starts; written by `agentic shim install`."""
import gc
import posix
import sys

gc.disable()  # some milliseconds leave no cycles worth collecting

FOLDERS = {folders!r}
PLACES = {places!r}
try:
    sys.path.extend(FOLDERS)
    from agentic.cli.run import main
    from agentic.places import Places

    main(["--", *sys.argv[1:]], Places(*PLACES), is_shim=True)
except BaseException as problem:
    told = f"agentic: blocked: the shim cannot judge: {{problem}}".replace("\\n", " ")[:400]
    posix.write(2, f"{{told}}; run `agentic shim install`\\n".encode("utf-8", "backslashreplace"))
finally:
    posix._exit(126)
'''


class Maker(NamedTuple):
    """What shims are made of: the interpreter with its options, the folders of its modules, the places."""

    interpreter: tuple[str, ...]
    folders: tuple[str, ...]
    places: Places


class Shim(NamedTuple):
    """One shim as it is: `state` is `ok`, `changed` or `missing`; `program` the real one, else empty."""

    name: str
    state: str
    program: str


class Folder(NamedTuple):
    """A folder of shims: its path, and how a file is written as a whole (path, content, mode)."""

    path: str
    write: Callable[[str, bytes, int], None]


def default_folder(places: Places) -> str:
    """Where shims go unless told otherwise."""
    return f"{places.state}/{FOLDER}"


def default_programs() -> tuple[str, ...]:
    """Every program that gets a shim where it is installed, in the table's order."""
    return tuple(name for names in DEFAULTS.values() for name in names.split())


def is_default(folder: str, places: Places) -> bool:
    """Whether a hook guards this folder: it is the default one, or has the name that is known."""
    return folder == default_folder(places) or Path(folder).name.lower() == KNOWN_NAME


# What is there


def listed(folder: str) -> dict[str, str]:
    """The files that we wrote, by name, with their sha256; empty where there is no list.

    Raises InvalidDocument when the list is damaged.
    """
    path = Path(folder, LIST)
    try:
        found = json.loads(path.read_bytes())
        files = found["files"]
        if found["version"] != VERSION or not all(
            isinstance(name, str) and isinstance(digest, str) for name, digest in files.items()
        ):
            raise ValueError(VERSION)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        way = "remove the folder by hand and install anew"
        raise InvalidDocument(
            [Diagnostic("shim.list", "this list of shims is damaged", str(path), way)]
        ) from None
    return dict(files)


def shims_in(folder: str, path: str) -> list[Shim]:
    """Every listed shim, sorted; `path` is the PATH on which the real programs are looked for."""
    files = listed(folder)
    return [
        Shim(name, _state(Path(folder, name), digest), _real(name, path))
        for name, digest in sorted(files.items())
        if not name.startswith(".")
    ]


def faults_of(folder: str, path: str) -> list[str]:
    """What keeps the shims of a folder from standing in front of their programs, one sentence each."""
    faults = [
        f"{quoted(f'{folder}/{name}', 300)} is {state}"
        for name, digest in sorted(listed(folder).items())
        if (state := _state(Path(folder, name), digest)) != "ok"
    ]
    places = [os.path.normpath(place) for place in path.split(":") if place]
    if folder not in places:
        return [*faults, f"{quoted(folder, 300)} is not on PATH"]
    before = places[: places.index(folder)]
    faults.extend(
        f"{quoted(shim.program, 300)} stands before the shim on PATH"
        for shim in shims_in(folder, ":".join(before))
        if shim.program
    )
    return faults


def _state(path: Path, digest: str) -> str:
    try:
        data = path.read_bytes()
        is_whole = hashlib.sha256(data).hexdigest() == digest and not path.is_symlink()
        is_startable = path.name.startswith(".") or os.access(path, os.X_OK)
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "changed"
    return "ok" if is_whole and is_startable else "changed"


def _real(name: str, path: str) -> str:
    try:
        return found_program(name, path, "/").path if path else ""
    except NotStarted:
        return ""


# Install, uninstall


def install(folder: Folder, names: Sequence[str], path: str, maker: Maker) -> dict[str, str]:
    """Put shims for programs in front of them; returns what was done by name: `added`, `kept`, `renewed`.

    Without names: the default programs that are found on `path`. Shims that are there already stay, and
    are renewed where they are not as they should be. Raises AgenticError, before anything is written, for
    a folder that is not ours alone and for names that cannot be.
    """
    for name in names:
        _check_name(name)
    _make(folder.path)
    before = listed(folder.path)
    _check_no_strangers(folder.path, before)
    programs = {name for name in before if not name.startswith(".")}
    programs.update(names or [name for name in default_programs() if _real(name, path)])
    if not programs:
        raise CheckFailed(
            "shim.none",
            "none of the programs that get a shim is on PATH",
            "name those that you want",
        )
    files = {START: start_text(maker).encode("utf-8", "surrogateescape")}
    files |= {name: shim_text(name, folder.path, maker) for name in programs}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    told: dict[str, str] = {}
    # The list comes first: a kill in between leaves files that are listed, and so can be removed.
    document = {"version": VERSION, "files": dict(sorted({**before, **digests}.items()))}
    _write(folder, LIST, (json.dumps(document, indent=1) + "\n").encode(), 0o600)
    for name, data in files.items():
        is_kept = _state(Path(folder.path, name), digests[name]) == "ok"
        if not is_kept:
            _write(folder, name, data, 0o600 if name == START else 0o700)
        if name != START:
            told[name] = "kept" if is_kept else "renewed" if name in before else "added"
    return dict(sorted(told.items()))


def uninstall(folder: Folder, names: Sequence[str]) -> dict[str, str]:
    """Remove shims (all without names), then the folder when nothing is left in it.

    Returns what was done by name: `removed`, `left` (it was changed by somebody), `absent`.
    """
    files = listed(folder.path)
    programs = {name for name in files if not name.startswith(".")}
    wanted = set(names) or programs
    told: dict[str, str] = {}
    for name in sorted(wanted):
        told[name] = _removed(Path(folder.path, name), files.get(name, ""))
    rest = {name: digest for name, digest in files.items() if name not in wanted}
    if any(not name.startswith(".") for name in rest):
        document = {"version": VERSION, "files": rest}
        _write(folder, LIST, (json.dumps(document, indent=1) + "\n").encode(), 0o600)
        return told
    if files:
        _removed(Path(folder.path, START), files.get(START, ""))
        Path(folder.path, LIST).unlink(missing_ok=True)
        try:
            Path(folder.path).rmdir()
        except OSError:  # something of somebody else's is in it
            told[folder.path] = "left"
    return told


def _removed(path: Path, digest: str) -> str:
    if not digest or not path.exists():
        return "absent"
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest and not is_shim(str(path)):
        return "left"
    path.unlink()
    return "removed"


def _check_name(name: str) -> None:
    if (
        not name
        or "/" in name
        or name.startswith((".", "-"))
        or not name.isprintable()
        or " " in name
    ):
        raise AgenticError("usage", f"{quoted(name)} is not the name of a program")
    if name == "agentic":
        raise AgenticError("usage", "a shim for `agentic` would start itself")


def _make(folder: str) -> None:
    """Make the folder at need. Raises CheckFailed unless it is this user's own."""
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
        status = os.lstat(folder)
    except OSError as problem:
        why = (problem.strerror or "unknown error").lower()
        raise Unavailable("shim.folder", f"{quoted(folder, 300)} cannot be made: {why}") from None
    is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    if not is_ours or status.st_mode & 0o022:
        raise CheckFailed(
            "shim.folder",
            f"{quoted(folder, 300)} is not a folder that only its owner may write",
            "a program put there by somebody else would be started under your name",
        )


def _check_no_strangers(folder: str, files: Mapping[str, str]) -> None:
    """Raises CheckFailed when something in the folder is not ours; removes what a kill left half-written."""
    strangers = []
    for name in sorted(os.listdir(folder)):
        ours, mark, process = name.rpartition(".new-")
        if mark and process.isdecimal() and (ours in files or ours == LIST):
            Path(folder, name).unlink(missing_ok=True)
        elif name not in files and name != LIST:
            strangers.append(name)
    if strangers:
        raise CheckFailed(
            "shim.strangers",
            f"{quoted(folder, 300)} holds {quoted(strangers[0])}, which is not of agentic",
            "give a folder of its own with `--dir`",
        )


def _write(folder: Folder, name: str, data: bytes, mode: int) -> None:
    folder.write(f"{folder.path}/{name}", data, mode)


# Texts


def start_text(maker: Maker) -> str:
    """The Python file that shims start. It ends the process; whatever fails before is 126."""
    return _START_TEXT.format(folders=tuple(maker.folders), places=tuple(maker.places))


def shim_text(name: str, folder: str, maker: Maker) -> bytes:
    """A wrapper for a POSIX shell, which blocks when the interpreter or the code is gone."""
    interpreter, *options = maker.interpreter
    quoted_interpreter = shlex.quote(interpreter)
    start = shlex.quote(f"{folder}/{START}")
    gone = shlex.quote(
        f"agentic: blocked: the shim of {name} cannot judge, its Python is gone;"
        " run agentic shim install"
    )
    text = (
        "#!/bin/sh\n"
        f"# agentic shim of {name}: judged, then started; `agentic shim uninstall` removes it\n"
        f"[ -x {quoted_interpreter} ] && [ -r {start} ] || {{ echo {gone} >&2; exit 126; }}\n"
        f'exec {quoted_interpreter} {shlex.join(options)} {start} {shlex.quote(name)} "$@"\n'
    )
    return text.encode("utf-8", "surrogateescape")


def shell_functions(shell: str, folder: str, names: Iterable[str]) -> str:
    """Functions for `eval` that put the shims in front of programs, whatever PATH says."""
    if shell == "fish":
        lines = [f"function {name}; {_fish(f'{folder}/{name}')} $argv; end" for name in names]
    else:
        lines = [f'function {name} {{ {shlex.quote(f"{folder}/{name}")} "$@"; }}' for name in names]
    return "\n".join(lines)


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
