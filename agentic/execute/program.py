"""Which file a program's name starts: found on PATH like any shell finds it, but never one of our shims."""

from __future__ import annotations

import posix

from agentic.core.paths import joined
from agentic.core.record_type import NamedTuple
from agentic.errors import Unavailable, quoted
from agentic.execute.inherited import is_anybodys
from agentic.recognize.executables import place_of
from agentic.recognize.programs import REGISTRY
from agentic.workspace import read_regular, resolved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.interface import Workspace

#: What a shim's second line begins with: a name is never looked up into one, whatever its folder.
SHIM_MARK = b"# agentic shim"
#: Where programs are looked for when PATH is not set.
DEFAULT_PATH = "/bin:/usr/bin"

#: Exit codes for what could not be started, as `env` and `timeout` use them.
#: Source: https://www.gnu.org/software/coreutils/manual/html_node/timeout-invocation.html
#: (checked 2026-11-21)
NOT_EXECUTABLE = 126
NOT_FOUND = 127

_FILE_TYPE, _FOLDER = 0o170000, 0o040000
_HEAD_BYTES = 64


class NotStarted(Unavailable):
    """A program that cannot be started; `status` is 127 where there is none, else 126."""

    def __init__(self, code: str, message: str, help: str, status: int) -> None:
        super().__init__(code, message, help)
        self.status = status


class Program(NamedTuple):
    """A program to start: its name as it was written, and the absolute path of its file."""

    name: str
    path: str


def found_program(name: str, path: str, cwd: str) -> Program:
    """The program of a name, looked for in the folders of `path`; shims are passed over.

    Its path is normalised, as recognition does it: what is started is what was judged.
    Raises NotStarted when there is none, or none that may be executed.
    """
    if "/" in name:
        candidates = [joined(cwd, name)]
    else:
        candidates = [
            joined(joined(cwd, folder), name) for folder in (path or DEFAULT_PATH).split(":")
        ]
    refused = ""
    for candidate in candidates:
        try:
            form = posix.stat(candidate).st_mode & _FILE_TYPE
        except (OSError, ValueError):
            continue
        if form == _FOLDER:
            refused = refused or (f"{quoted(name)} is a folder" if "/" in name else "")
        elif not posix.access(candidate, posix.X_OK):
            refused = refused or f"{quoted(candidate, 300)} may not be executed"
        elif "/" in name or not is_shim(candidate):
            return Program(name, candidate)
    if refused:
        raise NotStarted(
            "run.not-executable", refused, "look at its mode and owner", NOT_EXECUTABLE
        )
    where = "" if "/" in name else " on PATH"
    raise NotStarted("run.not-found", f"there is no program {quoted(name)}{where}", "", NOT_FOUND)


def is_shim(path: str) -> bool:
    """Whether a file is one of our shims: starting it would ask about the same command once more."""
    head = read_regular(path, _HEAD_BYTES) or b""
    return head.startswith(b"#!") and head.partition(b"\n")[2].startswith(SHIM_MARK)


def judged_name(program: Program, view: Workspace) -> str:
    """How a program is to be named to recognition: by its path where anybody could have put it there.

    A name stands for the well-known program. A file of that name in the workspace or in a temporary folder
    is judged for what it is.
    """
    if "/" in program.name:
        return program.name
    if place_of(program.path, program.name, REGISTRY.get(program.name), view.home):
        return program.name
    for path in (program.path, resolved(program.path)):
        if is_anybodys(path, view):
            return path
    return program.name
