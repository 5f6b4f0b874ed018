"""Pins: what a person has approved of a server, word for word, and what the server shows now.

Two private files for each server below `<state>/mcp/`, named by its identity::

    pins/<id>.json   {"version": 1, "identity": {...}, "items": {KEY: {"sha256", "approved_at",
                      "approved_by", "definition"}}}
    seen/<id>.json   {"version": 1, "identity": {...}, "items": {KEY: definition}, "seen_at": Unix seconds}

KEY is `server` (name, version, instructions), `tool:NAME`, `prompt:NAME` or `template:URI`. The sha256 is
over canonical JSON. What differs from its pin, and what has none, reaches no client and cannot be called.

FAIL-SAFE: a pin file that cannot be read or understood, or that is gone while the server has been seen,
approves nothing (tests/mcp/test_pins.py). A file mode does not hold against a program of the same user.
"""

from __future__ import annotations

import json
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, Literal, NamedTuple

from agentic.authoring.compiled import write_private
from agentic.core.canonical import canonical, digest, exact
from agentic.core.native import parse_json, sha256_hex
from agentic.errors import AgenticError, CheckFailed, InvalidDocument, Unavailable, quoted
from agentic.places import private_folder

State = Literal["approved", "new", "changed", "gone"]

SERVER = "server"
MAX_FILE_BYTES = 67_108_864
#: How much of a digest approves by itself. A server chooses both texts, the one that is read and the one that
#: replaces it a moment later: of 8 digits it finds two alike at once, of 32 it does not.
DIGEST_DIGITS = 32
#: Nesting of a definition that can be kept and read again (`parse_json` has a bound of its own).
MOST_DEPTH = 100
_LOCK_WAIT_S = 5.0
FIRST_SIGHT = "first sight"

#: The fields that are pinned, and with them everything of a definition that a client is given.
_TOOL = (
    "name",
    "title",
    "description",
    "inputSchema",
    "outputSchema",
    "annotations",
    "icons",
    "execution",
)
_PROMPT = ("name", "title", "description", "arguments", "icons")
_TEMPLATE = ("uriTemplate", "name", "title", "description", "mimeType", "annotations", "icons")

#: kind of item -> (its pinned fields, the field that names it)
KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "tool": (_TOOL, "name"),
    "prompt": (_PROMPT, "name"),
    "template": (_TEMPLATE, "uriTemplate"),
}


class Identity(NamedTuple):
    """Which server this is: the name it has here, and its resolved command line or its URL."""

    name: str
    command: tuple[str, ...] = ()
    cwd: str = ""
    url: str = ""

    @property
    def id(self) -> str:
        """The stem of its files: the name, and a digest of what it is."""
        return f"{self.name}-{digest(self.as_json())[:16]}"

    def as_json(self) -> dict[str, Any]:
        """The identity as it stands in a file."""
        return {
            "name": self.name,
            "command": list(self.command),
            "cwd": self.cwd,
            "url": self.url,
        }


class Pin(NamedTuple):
    """One approved item."""

    sha256: str
    approved_at: int
    approved_by: str
    definition: Any


class Difference(NamedTuple):
    """One item of a server: its state, what was approved and what is shown now (None: nothing)."""

    key: str
    state: State
    approved: Any = None
    shown: Any = None

    @property
    def digest(self) -> str:
        """The digest of what is shown now; empty when it is gone."""
        return digest_of(self.shown) if self.shown is not None else ""


def server_item(name: str, version: str, instructions: str) -> dict[str, Any]:
    """What a server says of itself, as it is pinned."""
    return {"name": name, "version": version, "instructions": instructions}


def item_of(kind: str, raw: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The key and the pinned definition of one listed tool, prompt or template. Raises KeyError."""
    fields, named = KINDS[kind]
    definition = {name: raw[name] for name in fields if raw.get(name) is not None}
    return f"{kind}:{definition[named]}", definition


def fault_of(definition: Any, most_bytes: int) -> str:
    """Why a definition cannot be kept, shown and compared; empty when it can.

    What is refused here would leave a file that cannot be read again: NaN, or nesting without end.
    """
    try:
        text = json.dumps(definition, allow_nan=False)
        if len(text) > most_bytes:
            return f"is described in more than {most_bytes} bytes"
        parse_json(text, MOST_DEPTH)
    except InvalidDocument as problem:
        return f"is no definition: {problem.message}"
    except (ValueError, RecursionError):
        return "is no definition: it holds a number that JSON cannot, or is nested too deeply"
    return ""


def folded(key: str) -> str:
    """The key of an item as the most careless client may write it: case, width and separators folded."""
    plain = unicodedata.normalize("NFKC", key).casefold()
    return re.sub(r"[^\w]", "_", "".join(c for c in plain if c.isprintable()))


def digest_of(definition: Any) -> str:
    """The sha256 of a definition's canonical JSON."""
    return digest(exact(definition))


def compared(pins: Mapping[str, Pin], shown: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Every item that is pinned or shown, in order of its key, the server itself first."""
    found: list[Difference] = []
    for key in sorted({*pins, *shown}, key=lambda key: (key != SERVER, key)):
        pin = pins.get(key)
        now = shown.get(key)
        found.append(Difference(key, _state_of(pin, now), pin and pin.definition, now))
    return tuple(found)


def _state_of(pin: Pin | None, now: Any) -> State:
    if now is None:
        return "gone"
    if pin is None:
        return "new"
    return "approved" if pin.sha256 == digest_of(now) else "changed"


def digest_of_all(differences: Iterable[Difference]) -> str:
    """The digest that a person types to approve all of these as they are shown."""
    return digest({each.key: each.digest for each in differences})


# Files


@contextmanager
def locked(state_dir: str) -> Iterator[None]:
    """One process at a time changes pins. Raises: Unavailable when another one does not get done."""
    from fcntl import LOCK_EX, LOCK_NB, flock

    private_folder(state_dir)
    path = private_folder(f"{state_dir}/mcp")
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    until = monotonic() + _LOCK_WAIT_S
    try:
        while True:
            try:
                flock(folder, LOCK_EX | LOCK_NB)
                break
            except OSError:
                if monotonic() > until:
                    message = "another process has been changing the pins for too long"
                    raise Unavailable("mcp.pins", message, "end it, then try again") from None
                sleep(0.02)
        yield
    finally:
        os.close(folder)


def stems_of(state_dir: str, name: str = "") -> list[str]:
    """The file names of every server called `name` (empty: every server), kept or damaged, sorted.

    Raises: Unavailable when they cannot be listed.
    """
    pattern = re.compile((re.escape(name) if name else ".+") + r"-[0-9a-f]{16}\.json")
    found: set[str] = set()
    for folder in (f"{state_dir}/mcp/pins", f"{state_dir}/mcp/seen"):
        try:
            found.update(entry for entry in os.listdir(folder) if pattern.fullmatch(entry))
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise Unavailable("mcp.pins", f"{quoted(folder)}: {problem.strerror}") from None
    return sorted(found)


def pins_path(state_dir: str, identity: Identity) -> str:
    """Where the approved definitions of a server are."""
    return f"{state_dir}/mcp/pins/{identity.id}.json"


def seen_path(state_dir: str, identity: Identity) -> str:
    """Where the definitions that a server showed last are."""
    return f"{state_dir}/mcp/seen/{identity.id}.json"


def read_pins(state_dir: str, identity: Identity) -> dict[str, Pin]:
    """What is approved of a server, by key; empty when it was never seen.

    Raises: CheckFailed when the file cannot be trusted or understood, or is gone though the server has
    been seen before; nothing of the server may then be used.
    """
    document = _read(pins_path(state_dir, identity))
    if document is None:
        if os.path.lexists(seen_path(state_dir, identity)):
            raise _unusable(identity.name, "it is gone")
        return {}
    try:
        pins = {
            key: Pin(
                str(row["sha256"]),
                int(row["approved_at"]),
                str(row["approved_by"]),
                row["definition"],
            )
            for key, row in document["items"].items()
        }
        is_whole = document["version"] == 1 and document["identity"] == identity.as_json()
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _unusable(identity.name, "it is not complete") from None
    if not is_whole:
        raise _unusable(identity.name, "it is about another server or another version of agentic")
    for key, pin in pins.items():
        if digest_of(pin.definition) != pin.sha256:
            raise _unusable(identity.name, f"the pin of {quoted(key)} is damaged")
    return pins


def write_pins(state_dir: str, identity: Identity, pins: Mapping[str, Pin]) -> None:
    """Keep what is approved of a server. Raises: Unavailable."""
    items = {key: pin._asdict() for key, pin in pins.items()}
    _write(
        state_dir,
        pins_path(state_dir, identity),
        {"version": 1, "identity": identity.as_json(), "items": items},
    )


def write_seen(state_dir: str, identity: Identity, shown: Mapping[str, Any], now: int) -> None:
    """Keep what a server shows now, for a person to look at. Raises: Unavailable.

    A server that is seen for the first time gets its empty pin file first, so that a missing one later
    is known to be missing.
    """
    if not os.path.lexists(pins_path(state_dir, identity)):
        if os.path.lexists(seen_path(state_dir, identity)):
            raise _unusable(identity.name, "it is gone")
        write_pins(state_dir, identity, {})
    _write(
        state_dir,
        seen_path(state_dir, identity),
        {"version": 1, "identity": identity.as_json(), "items": dict(shown), "seen_at": now},
    )


class Shown(NamedTuple):
    """What a server showed last and when (Unix seconds). `fault`: why its file tells nothing."""

    identity: Identity
    items: dict[str, Any]
    seen_at: int
    fault: str = ""


def read_seen(state_dir: str, name: str) -> list[Shown]:
    """Every server called `name` (empty: every server), the latest first.

    One server's damaged file is that server's fault alone. Raises: Unavailable when nothing can be listed.
    """
    found = [_shown_of(state_dir, stem) for stem in stems_of(state_dir, name)]
    return sorted(found, key=lambda row: (row.identity.name, -row.seen_at))


def _shown_of(state_dir: str, stem: str) -> Shown:
    try:
        document = _read(f"{state_dir}/mcp/seen/{stem}")
        if document is None:
            raise _unusable(stem, "what the server showed is gone")
        try:
            told = document["identity"]
            identity = Identity(told["name"], tuple(told["command"]), told["cwd"], told["url"])
            row = Shown(identity, dict(document["items"]), int(document["seen_at"]))
        except (KeyError, TypeError, ValueError):
            raise _unusable(stem, "it is not complete") from None
        if f"{identity.id}.json" != stem:
            raise _unusable(stem, "it is about another server")
    except CheckFailed as problem:
        return Shown(Identity(stem[: -len("-0123456789abcdef.json")]), {}, 0, problem.message)
    return row


def stamp_of(state_dir: str, identity: Identity) -> tuple[int, ...]:
    """What changes whenever the pin file does; empty when there is none."""
    try:
        status = os.stat(pins_path(state_dir, identity), follow_symlinks=False)
    except OSError:
        return ()
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _read(path: str) -> dict[str, Any] | None:
    """The JSON object in a private file; None where there is none. Raises: CheckFailed."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                raise _unusable(path, "it is not an ordinary file of this user")
            if status.st_mode & 0o022:
                raise _unusable(path, "others may write to it")
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise _unusable(path, (problem.strerror or "unreadable").lower()) from None
    if len(data) > MAX_FILE_BYTES:
        raise _unusable(path, "it is too large")
    try:
        found = parse_json(data.decode())
        own = found.pop("sha256")
    except (InvalidDocument, AgenticError, UnicodeDecodeError, AttributeError, KeyError, TypeError):
        raise _unusable(path, "it is not what agentic wrote") from None
    if own != sha256_hex(_body(found)):
        raise _unusable(path, "its digest does not match")
    return dict(found)


def _write(state_dir: str, path: str, document: dict[str, Any]) -> None:
    for folder in (state_dir, f"{state_dir}/mcp", path.rpartition("/")[0]):
        private_folder(folder)
    data = json.dumps({**document, "sha256": sha256_hex(_body(document))}, ensure_ascii=True)
    if len(data) > MAX_FILE_BYTES:
        raise _unusable(path.rpartition("/")[2], "the server describes itself at too great length")
    write_private(path, data.encode())


def _body(document: Mapping[str, Any]) -> bytes:
    return canonical(exact(document))


def _unusable(what: str, why: str) -> CheckFailed:
    message = f"the pins of {quoted(what)} cannot be used: {why}"
    way = "look at `agentic mcp diff`, then `agentic mcp forget SERVER` and approve it anew"
    return CheckFailed("mcp.pins", message, way)
