"""Where agentic keeps things on this machine: state, configuration, and who is asking.

State (compiled policy, trust, grants, the journal's head) is private to the user: 0700, owner checked,
never inside the workspace. The installed hook gets these places from its installation, not from the
session's environment; the command line takes them from XDG variables or the home folder.
"""

from __future__ import annotations

import posix

from agentic.core.paths import folder_of
from agentic.core.record_type import NamedTuple
from agentic.errors import Unavailable, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE_TYPE = 0o170000
_FOLDER = 0o040000


class Places(NamedTuple):
    """Absolute folders: the user's home, agentic's state, the organisation's and user's configuration.

    `user` is the name that goes into records; an installed hook has it from its installation.
    """

    home: str
    state: str
    config: str
    user: str = ""


def home_folder(environment: Mapping[str, str]) -> str:
    """The user's home: HOME when it is an absolute path, else the password database, else empty."""
    home = environment.get("HOME", "")
    if home.startswith("/"):
        return home.rstrip("/") or "/"
    import pwd

    try:
        return pwd.getpwuid(posix.getuid()).pw_dir
    except KeyError:
        return ""


def user_name() -> str:
    """The name of the user who runs this process, or `uid:N` when the system does not know one."""
    import pwd

    uid = posix.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid:{uid}"


def places_of(environment: Mapping[str, str]) -> Places:
    """State and configuration folders by the XDG base directory rules.

    Raises Unavailable when neither XDG variables nor a home folder tell where.
    """
    home = home_folder(environment)
    state = _folder(environment.get("XDG_STATE_HOME", ""), home, ".local/state")
    config = _folder(environment.get("XDG_CONFIG_HOME", ""), home, ".config")
    return Places(home, state + "/agentic", config + "/agentic", user_name())


def _folder(given: str, home: str, below_home: str) -> str:
    if given.startswith("/"):
        return given.rstrip("/")
    if not home:
        raise Unavailable(
            "places.no-home",
            "there is no home folder to keep agentic's state in",
            help="set HOME or XDG_STATE_HOME to an absolute folder",
        )
    return f"{home.rstrip('/')}/{below_home}"


def private_folder(path: str) -> str:
    """Make sure that a folder exists, belongs to this user and is closed to others; returns it.

    Raises Unavailable when it is somebody else's, is a link, or cannot be made.
    """
    try:
        status = posix.lstat(path)
    except FileNotFoundError:
        _make(path)
        status = posix.lstat(path)
    except OSError as problem:
        raise Unavailable("places.state", f"{quoted(path)}: {problem.strerror}") from None
    if status.st_mode & _FILE_TYPE != _FOLDER or status.st_uid != posix.geteuid():
        raise Unavailable(
            "places.state-not-private",
            f"{quoted(path)} is not a folder of this user",
            help="move it away, then run `agentic doctor`",
        )
    if status.st_mode & 0o077:
        try:
            posix.chmod(path, 0o700)
        except OSError as problem:
            raise Unavailable("places.state", f"{quoted(path)}: {problem.strerror}") from None
    return path


def _make(path: str) -> None:
    missing = []
    folder = path
    while True:
        missing.append(folder)
        parent = folder_of(folder)
        try:
            posix.stat(parent)
            break
        except FileNotFoundError:
            folder = parent
        except OSError as problem:
            raise Unavailable("places.state", f"{quoted(parent)}: {problem.strerror}") from None
    for folder in reversed(missing):
        try:
            posix.mkdir(folder, 0o700)
        except FileExistsError:
            pass
        except OSError as problem:
            raise Unavailable(
                "places.state",
                f"{quoted(folder)}: {problem.strerror}",
                help="agentic keeps its state there; make it writable or set XDG_STATE_HOME",
            ) from None
