"""What every host module of this room holds, and the values that it exchanges with the rest.

A host module knows one coding agent on this machine: which files hold its hooks, what ours look like in
them, which client is there, what could switch us off. It writes nothing; agentic.hosts.settings does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from agentic.places import Places

Level = Literal["ok", "warn", "fail"]
Scope = Literal["user", "local", "project", "managed"]

#: Every scope that some host has. user: all of this user's work; local: this clone only; project: the
#: repository, committed; managed: this machine, written by its administrator.
SCOPES: tuple[Scope, ...] = ("user", "local", "project", "managed")

#: The columns of docs/HOSTS.md: what every host module says of itself in its CELLS.
COLUMNS: dict[str, str] = {
    "events": "which events call us",
    "deny": "how a call is refused",
    "ask": "whether it can ask its person, and what we do where nobody is there",
    "change-input": "whether a hook can change the call (we never do)",
    "crash": "what a crashed, missing or killed hook does",
    "time-out": "what a hook that takes too long does",
    "switched-off-by": "who can switch the hook off",
    "escape": "what an agent could edit to escape",
    "answer": "what we do about it",
}


#: The session of probes, so that they are not taken for calls of the host.
PROBE_SESSION = "agentic-probe"


class Cell(NamedTuple):
    """One fact about a host.

    `seen` names the test that shows it (`tests/e2e/test_codex.py::test_x`); where it is empty the fact is
    documented. `source` and `date` (ISO) say where and when it was read.
    """

    text: str
    source: str
    date: str
    seen: str = ""


class Finding(NamedTuple):
    """One thing that was looked at; `help` says how to mend what is not ok."""

    level: Level
    check: str
    message: str
    help: str = ""


class Target(NamedTuple):
    """Where a host is to be looked at or changed.

    `root` is the workspace of the current folder, or empty. `options` follow the host's name in the
    hook's command. `managed_dir` replaces the system's folder of managed settings.
    """

    scope: Scope
    root: str
    places: Places
    environment: Mapping[str, str]
    options: tuple[str, ...] = ()
    managed_dir: str = ""


class Edit(Protocol):
    """Our part of one file: how it gets in, whether it is in, how it gets out."""

    def applied(self, data: bytes | None, path: str) -> bytes:
        """The file with exactly our part in it; the same bytes where it is so already.

        Raises: InvalidDocument or AgenticError for a file that cannot be edited, naming `path`.
        """

    def removed(self, data: bytes, original: bytes | None, path: str) -> bytes | None:
        """The file without our part, None where it should go away.

        `original` is what it held before us, None where it did not exist, empty where that is not known.
        Raises as `applied`.
        """

    def state(self, data: bytes | None, path: str) -> Literal["absent", "changed", "exact"]:
        """Whether our part is in the file, and as it should be. Raises as `applied`."""


class HostFile(NamedTuple):
    """One file that an installation writes: `holds` says what of ours is in it (`hooks`, `plugin`).

    `mode` is the file's mode, where the host asks for one (an executable); 0 leaves it as it is.
    """

    path: str
    edit: Edit
    holds: str = "hooks"
    mode: int = 0


class LoadedFile(NamedTuple):
    """A file from which a host loads hooks or plugins, whether it is there or not.

    `owner` is the host whose settings it is, where one host reads another's.
    """

    scope: str
    path: str
    owner: str = ""


class Client(NamedTuple):
    """A client that was found: its program's absolute path, its version (empty: it does not tell)."""

    path: str
    version: str


class Lack(NamedTuple):
    """What client versions before `since` lack of what we rely on."""

    since: tuple[int, int, int]
    what: str


class Probe(NamedTuple):
    """One call as the host would send it: the hook's standard input and variables of its own."""

    payload: bytes
    variables: Mapping[str, str] = {}


class Ran(NamedTuple):
    """What a hook's process did."""

    status: int
    stdout: bytes
    stderr: bytes


class Host(Protocol):
    """What a host module holds."""

    HOST: str
    TITLE: str
    #: Names of the client's program, the first found on PATH counts.
    PROGRAMS: tuple[str, ...]
    SCOPES: tuple[Scope, ...]
    LACKS: tuple[Lack, ...]
    #: column of COLUMNS -> fact
    CELLS: dict[str, Cell]

    def is_used(self, places: Places, environment: Mapping[str, str]) -> bool:
        """Whether this user seems to use the host, apart from its program on PATH."""

    def files(self, target: Target) -> tuple[HostFile, ...]:
        """Every file that installing writes in this scope, in order."""

    def commands(self, target: Target) -> tuple[str, ...]:
        """The shell commands for calls (not for outcomes) that installing puts into those files."""

    def loaded_files(self, target: Target) -> tuple[LoadedFile, ...]:
        """Every file from which this host loads hooks, of every scope, in its own order."""

    def probe(self, line: str, call_id: str) -> Probe:
        """A shell call of the command `line`, in the folder `/`, as this host sends it.

        Its session is PROBE_SESSION.
        """

    def verdict(self, ran: Ran) -> str:
        """What the host would make of that: `allow`, `none`, `ask`, `deny`, else what is wrong."""

    def findings(self, target: Target) -> Iterator[Finding]:
        """What stands against us on this machine: trust that is missing, switches, bypass modes."""

    def version_of(self, words: Sequence[str]) -> str:
        """The version in what `PROGRAM --version` printed, or empty."""


def handler_command(handler: Any) -> str:
    """The shell command of a hook handler in a settings file, or empty."""
    return str(handler.get("command", "")) if isinstance(handler, dict) else ""
