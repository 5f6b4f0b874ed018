"""What a command gets besides its words and what can make it do something else: standard input, variables.

A hook reads them off the command line. `run` is started behind that line, so it writes them into the line
that recognition reads, as if they stood there: `bash` fed by a pipe is judged as a shell that is fed by one.
No shell ever sees that line.
"""

from __future__ import annotations

import posix

from agentic.core.paths import base_name, is_below, joined
from agentic.execute.words import quoted_word
from agentic.recognize.paths import area_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentic.core.values import Operation
    from agentic.recognize.interface import Workspace

#: Variables that make programs load code -> the program that reads them, empty for any. They count where
#: they name what anybody could have put there; in an installed system's folders they are the machine's own.
_LOADING = {
    "LD_PRELOAD": "",
    "LD_AUDIT": "",
    "LD_LIBRARY_PATH": "",
    "DYLD_INSERT_LIBRARIES": "",
    "DYLD_LIBRARY_PATH": "",
    "BASH_ENV": "bash",
    "PYTHONHOME": "",
    "PYTHONSTARTUP": "",
    "PERL5OPT": "perl",
    "RUBYOPT": "ruby",
    "NODE_OPTIONS": "node",
    "JAVA_TOOL_OPTIONS": "",
    "GIT_EXEC_PATH": "git",
    "GIT_TEMPLATE_DIR": "git",
    "GIT_CONFIG_GLOBAL": "git",
    "GIT_CONFIG_SYSTEM": "git",
    "GIT_SSH": "git",
    "GIT_SSH_COMMAND": "git",
    "GIT_EXTERNAL_DIFF": "git",
}
#: How git is given settings by variables: as good as `git -c`, which is judged.
_SETTINGS = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")

_TYPE, _FILE, _CHARACTERS = 0o170000, 0o100000, 0o020000
_FEEDER = "cat"


def judged_line(line: str, program: str, folder: str, view: Workspace) -> str:
    """A command's line with the variables before it and the standard input behind it that count."""
    variables = _variables(program, folder, view)
    given = "".join(f"{name}={quoted_word(value)} " for name, value in variables.items())
    return _fed(f"{given}{line}")


def without_feeder(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The operations without that of the pipe's other end, which this room has written."""
    kept = tuple(one for one in operations if (one.kind, one.program) != ("shell.inert", _FEEDER))
    return kept or tuple(operations)


def is_anybodys(path: str, view: Workspace) -> bool:
    """Whether a path lies where any program of this session could have put it."""
    return any(is_below(path, root) for root in view.roots) or area_of(path, view) == "temporary"


def _fed(line: str) -> str:
    """The line with its standard input, where that is no terminal and not empty."""
    try:
        status = posix.fstat(0)
    except OSError:
        return line
    if posix.isatty(0) or _is_nothing(status):
        return line
    path = _path_of_input(status)
    return f"{line} < {quoted_word(path)}" if path else f"{_FEEDER} | {line}"


def _is_nothing(status: posix.stat_result) -> bool:
    try:
        nothing = posix.stat("/dev/null")
    except OSError:
        return False
    return status.st_mode & _TYPE == _CHARACTERS and status.st_rdev == nothing.st_rdev


def _path_of_input(status: posix.stat_result) -> str:
    """The file that standard input reads from its beginning; empty for anything else."""
    if status.st_mode & _TYPE != _FILE:
        return ""
    try:
        path: str = posix.readlink("/proc/self/fd/0")
        found = posix.stat(path)
        is_at_start = posix.lseek(0, 0, 1) == 0
    except OSError:  # no such folder on this system, or the file is gone
        return ""
    is_it = (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino)
    return path if is_it and is_at_start else ""


def _variables(program: str, folder: str, view: Workspace) -> Mapping[str, str]:
    name = base_name(program)
    found = {}
    for raw, data in posix.environ.items():
        variable = raw.decode("utf-8", "surrogateescape")
        value = data.decode("utf-8", "surrogateescape")
        is_read = _LOADING.get(variable, "-") in ("", name)
        is_setting = name == "git" and variable.startswith(_SETTINGS)
        if is_setting or (is_read and _names_anybodys(value, folder, view)):
            found[variable] = value
    return found


def _names_anybodys(value: str, folder: str, view: Workspace) -> bool:
    pieces = value.replace(":", " ").replace("=", " ").split()
    paths = [piece for piece in pieces if "/" in piece and not piece.startswith("~")]
    return any(is_anybodys(joined(folder, path), view) for path in paths)
