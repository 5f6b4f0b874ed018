"""Writes our entries into a host's settings file, and takes them out again without a trace.

1. read the file; refuse one that is not JSON or not shaped like settings, touching nothing;
2. take out entries of ours that are not as they should be, append the right ones;
3. replace the file atomically, through a symbolic link where it is one, keeping its mode;
4. remember in the state folder what the file was before, so that uninstalling restores it exactly.

What others have in the file keeps its bytes and its order.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agentic.core.record_type import NamedTuple
from agentic.errors import AgenticError, InvalidDocument, Unavailable, quoted
from agentic.json_text import parsed, with_appended, without_item
from agentic.places import Places, private_folder

RECORDS_FOLDER = "installed"
_BYTE_ORDER_MARK = "\ufeff"


class Change(NamedTuple):
    """A settings file before and after; `after` is None where the file goes away."""

    path: str
    before: bytes | None
    after: bytes | None

    @property
    def is_needed(self) -> bool:
        """Whether anything would be written."""
        return self.before != self.after

    def diff(self) -> str:
        """The change as a unified diff."""
        before, after = (
            (data or b"").decode("utf-8", "backslashreplace").splitlines(keepends=True)
            for data in (self.before, self.after)
        )
        old, new = ("/dev/null" if d is None else self.path for d in (self.before, self.after))
        shown = difflib.unified_diff(before, after, old, new)
        return "".join(line if line.endswith("\n") else line + "\n" for line in shown)


class Installed(NamedTuple):
    """What is remembered of one settings file that `init` changed.

    `original` is what it held before, base64, or None where it did not exist; `written_sha256` is what
    `init` left; `folders` were made for it, innermost first.
    """

    path: str
    host: str
    scope: str
    original: str | None
    written_sha256: str
    folders: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


# --- the text of a settings file


def read_settings(path: str) -> bytes | None:
    """The file's bytes, or None when there is none. Raises Unavailable."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise _unusable(path, problem) from None


def with_entries(
    data: bytes | None, wanted: Mapping[str, Any], is_ours: Callable[[object], bool], path: str
) -> bytes:
    """The settings with exactly the wanted entries of ours: {event: matcher group}.

    Returns the same bytes where they hold them already. Raises InvalidDocument for a file that is not
    JSON, AgenticError for one whose `hooks` are not shaped like hooks.
    """
    mark, text = _decoded(data, path)
    if _found(text, is_ours, path) == [(event, group) for event, group in wanted.items()]:
        return data or b""
    text = _without_ours(text, is_ours, path, set())
    for event, group in wanted.items():
        text = with_appended(text, ("hooks", event), group)
    return (mark + text).encode()


def without_entries(
    data: bytes, is_ours: Callable[[object], bool], path: str, kept: set[str]
) -> bytes:
    """The settings without our entries; containers that are left empty go, but for those in `kept`."""
    mark, text = _decoded(data, path)
    return (mark + _without_ours(text, is_ours, path, kept)).encode()


def has_entries(data: bytes | None, is_ours: Callable[[object], bool], path: str) -> bool:
    """Whether any entry of ours is in the settings."""
    return bool(data) and bool(_found(_decoded(data, path)[1], is_ours, path))


def holds_exactly(
    data: bytes | None, wanted: Mapping[str, Any], is_ours: Callable[[object], bool], path: str
) -> bool:
    """Whether our entries in the settings are the wanted ones, unchanged."""
    found = _found(_decoded(data, path)[1], is_ours, path)
    return sorted(found, key=str) == sorted(wanted.items(), key=str)


def _decoded(data: bytes | None, path: str) -> tuple[str, str]:
    """(byte order mark or empty, text); a missing or blank file is an empty object."""
    try:
        text = (data or b"").decode("utf-8")
    except UnicodeDecodeError:
        raise AgenticError("settings.encoding", f"{quoted(path)} is not UTF-8 text") from None
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    text = text.removeprefix(mark)
    return mark, text if text.strip() else "{}\n"


def _groups(text: str, path: str) -> dict[str, list[Any]]:
    """Event -> matcher groups, after checking the shape of everything that we would touch."""
    try:
        root = parsed(text, "the file").value
    except InvalidDocument as invalid:
        first = invalid.diagnostics[0]
        raise InvalidDocument(
            (
                first._replace(
                    where=f"{path}:{first.where}" if first.where else path,
                    help="mend the file by hand, then run this again; nothing was changed",
                ),
            )
        ) from None
    hooks = root.get("hooks", {}) if isinstance(root, dict) else None
    if not isinstance(hooks, dict) or not all(isinstance(g, list) for g in hooks.values()):
        raise AgenticError(
            "settings.shape",
            f"{quoted(path)} does not look like settings: `hooks` is not an object of lists",
            help="mend the file by hand, then run this again; nothing was changed",
        )
    return hooks


def _handlers(group: object) -> list[Any]:
    handlers = group.get("hooks") if isinstance(group, dict) else None
    return handlers if isinstance(handlers, list) else []


def _found(text: str, is_ours: Callable[[object], bool], path: str) -> list[tuple[str, Any]]:
    """(event, matcher group) of every group with a handler of ours."""
    return [
        (event, group)
        for event, groups in _groups(text, path).items()
        for group in groups
        if any(is_ours(handler) for handler in _handlers(group))
    ]


def _without_ours(text: str, is_ours: Callable[[object], bool], path: str, kept: set[str]) -> str:
    while (place := _place_of_ours(text, is_ours, path)) is not None:
        text = without_item(text, place)
        event = place[1]
        groups = _groups(text, path)
        if not groups[event] and f"hooks.{event}" not in kept:
            text = without_item(text, ("hooks", event))
        if not _groups(text, path) and "hooks" not in kept:
            text = without_item(text, ("hooks",))
    return text


def _place_of_ours(
    text: str, is_ours: Callable[[object], bool], path: str
) -> tuple[Any, ...] | None:
    """Where one entry of ours is: a whole group, or one handler of a group that others share."""
    for event, groups in _groups(text, path).items():
        for number, group in enumerate(groups):
            handlers = _handlers(group)
            ours = [i for i, handler in enumerate(handlers) if is_ours(handler)]
            if ours and len(ours) == len(handlers):
                return ("hooks", event, number)
            if ours:
                return ("hooks", event, number, "hooks", ours[0])
    return None


# --- changes to files


def install_change(
    path: str, wanted: Mapping[str, Any], is_ours: Callable[[object], bool]
) -> Change:
    """What installing would do to a settings file."""
    before = read_settings(path)
    return Change(path, before, with_entries(before, wanted, is_ours, path))


def uninstall_change(
    path: str, is_ours: Callable[[object], bool], remembered: Installed | None
) -> Change:
    """What uninstalling would do: the exact original where nothing else has changed since."""
    before = read_settings(path)
    if before is None:
        return Change(path, None, None)
    if remembered is not None and _sha256(before) == remembered.written_sha256:
        return Change(path, before, _original(remembered))
    original = None if remembered is None else _original(remembered)
    kept = _containers(original, path)
    after: bytes | None = without_entries(before, is_ours, path, kept)
    was_made_here = remembered is not None and original is None
    if was_made_here and after is not None and parsed(_decoded(after, path)[1], "").value == {}:
        after = None
    return Change(path, before, after)


def _containers(original: bytes | None, path: str) -> set[str]:
    """The hook containers that were there before us, to be kept even when they are left empty."""
    if original is None:
        return set()
    try:
        _, text = _decoded(original, path)
        root = parsed(text, "").value
    except AgenticError:
        return set()
    hooks = root.get("hooks") if isinstance(root, dict) else None
    return {"hooks", *(f"hooks.{event}" for event in hooks)} if isinstance(hooks, dict) else set()


def apply(change: Change) -> tuple[str, ...]:
    """Write a change; returns the folders that had to be made, innermost first. Raises Unavailable."""
    target = os.path.realpath(change.path)  # a settings file may be a link into somebody's dotfiles
    try:
        if change.after is None:
            os.unlink(target)
            return ()
        made = _made_folders(os.path.dirname(target))
        mode = os.stat(target).st_mode & 0o7777 if os.path.exists(target) else None
        _replace(target, change.after, mode)
    except OSError as problem:
        raise _unusable(change.path, problem) from None
    return made


def _made_folders(folder: str) -> tuple[str, ...]:
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for name in reversed(missing):
        os.mkdir(name)
    return tuple(missing)


def _replace(path: str, data: bytes, mode: int | None) -> None:
    new = f"{path}.agentic-{os.getpid()}"
    try:
        with open(new, "xb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        Path(new).unlink(missing_ok=True)
        raise


def remove_folders(folders: tuple[str, ...]) -> None:
    """Remove folders that were made for a file, as far as they are empty now."""
    for folder in folders:
        try:
            os.rmdir(folder)
        except OSError:
            return


# --- what is remembered


def remembered(places: Places) -> list[Installed]:
    """Every settings file that `init` has changed, sorted by path; unreadable records are left out."""
    folder = Path(places.state) / RECORDS_FOLDER
    found = (
        [_read_record(path) for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []
    )
    return sorted((record for record in found if record is not None), key=lambda r: r.path)


def remembered_of(places: Places, path: str) -> Installed | None:
    """What is remembered of one settings file."""
    return _read_record(_record_path(places, path))


def remember(places: Places, installed: Installed) -> None:
    """Keep the record of a settings file. Raises Unavailable."""
    private_folder(private_folder(places.state) + "/" + RECORDS_FOLDER)
    path = _record_path(places, installed.path)
    try:
        data = json.dumps(installed._asdict(), indent=1).encode()
        _replace(str(path), data, 0o600)
    except OSError as problem:
        raise _unusable(str(path), problem) from None


def forget(places: Places, path: str) -> None:
    """Drop the record of a settings file."""
    _record_path(places, path).unlink(missing_ok=True)


def installed(
    places: Places,
    path: str,
    wanted: Mapping[str, Any],
    is_ours: Callable[[object], bool],
    *,
    host: str,
    scope: str,
    options: tuple[str, ...],
) -> Change:
    """Write the wanted entries where they are not there yet, and remember what was there without us.

    Raises as `install_change` and `apply` do, with the file as it was.
    """
    change = install_change(path, wanted, is_ours)
    before = remembered_of(places, path)
    without_us = uninstall_change(path, is_ours, before).after
    made = apply(change) if change.is_needed else ()
    folders = made or (before.folders if before else ())
    original = None if without_us is None else base64.b64encode(without_us).decode()
    written = _sha256(change.after or b"")
    record = Installed(path, host, scope, original, written, folders, options)
    if record != before:
        remember(places, record)
    return change


def _read_record(path: Path) -> Installed | None:
    try:
        found = json.loads(path.read_bytes())
        found["folders"] = tuple(found["folders"])
        found["options"] = tuple(found["options"])
        return Installed(**found)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _record_path(places: Places, path: str) -> Path:
    name = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return Path(places.state) / RECORDS_FOLDER / f"{name}.json"


def _original(record: Installed) -> bytes | None:
    return None if record.original is None else base64.b64decode(record.original)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _unusable(path: str, problem: OSError) -> Unavailable:
    why = (problem.strerror or "unknown error").lower()
    return Unavailable("settings.file", f"{quoted(path)}: {why}", help="nothing was changed")
