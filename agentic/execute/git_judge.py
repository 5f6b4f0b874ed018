"""What git's own hooks ask: may this commit be made, may this message stand, may these refs be pushed.

A hook is not told the command line that started it. What git does tell is judged as the command that would
do the same: `git commit`, and one `git push` for each ref. The credentials in what is committed or pushed
are one more reading of that decision, so that there is one way to a refusal, one record and one reason.
What a person may approve is bound to what was looked at: the diff's digest, the commits of each ref.

Source: https://git-scm.com/docs/githooks (checked 2026-11-21)
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, NoReturn

from agentic.core.policy import Policy
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Decision, Operation, Reading, ToolCall
from agentic.errors import HostPayloadInvalid, Unavailable, quoted
from agentic.execute.judge import Scene, scene_of
from agentic.execute.words import shell_line
from agentic.govern import facts_of, govern_operations
from agentic.places import Places
from agentic.recognize.recognize import recognize
from agentic.signals.live.diff_credentials import Found, scan_diff, scan_lines, scan_text, told
from agentic.signals.live.git_added import (
    Bounds,
    Line,
    committed_lines,
    is_lost,
    staged_diff,
    tag_lines,
)
from agentic.signals.live.interface import Round, SourceFailed

SIGNAL = "credential.detected"
TAKE_IT_OUT = "take it out of what is committed, and name where the program finds it"
#: How long looking through a commit or a push may take.
SEARCH_S = 60.0
#: What git sets for a hook, and what our own look at the repository must keep.
_GIT_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)
_SCISSORS = re.compile(r"^. -{24} >8 -{24}$")
_MAX_MESSAGE_BYTES = 1 << 20


class Asked(NamedTuple):
    """One question of git: where it is asked, with which environment, under whose places."""

    cwd: str
    environment: Mapping[str, str]
    places: Places


class Update(NamedTuple):
    """One line that git gives to `pre-push`: what is here, what it becomes there."""

    local_ref: str
    local: str
    remote_ref: str
    remote: str

    @property
    def is_delete(self) -> bool:
        """Whether the ref is removed from the remote."""
        return not self.local.strip("0")

    @property
    def is_new(self) -> bool:
        """Whether the remote has no such ref yet."""
        return not self.remote.strip("0")


# The questions


def pre_commit(asked: Asked) -> Decision:
    """The decision on the commit that is about to be made from the index. Raises AgenticError."""
    round_, bounds = _round(asked), _bounds(asked)
    diffs: list[bytes] = []

    def search() -> list[Found]:
        diffs.append(staged_diff(round_, bounds))
        return scan_diff(diffs[0])

    reading = _reading(search, "what is staged", round_.now)
    parameters = (("staged", sha256(diffs[0]).hexdigest()),) if diffs else ()
    return _decided(asked, [["git", "commit"]], [parameters], reading, "pre-commit")


def commit_msg(asked: Asked, file: str) -> Decision:
    """The decision on a commit with the message in a file. Raises Unavailable when it cannot be read."""
    path = Path(asked.cwd, file)
    try:
        data = path.read_bytes()
    except OSError as problem:
        why = (problem.strerror or "unknown error").lower()
        raise Unavailable("git.message", f"{quoted(file)} cannot be read: {why}") from None
    text = data[:_MAX_MESSAGE_BYTES].decode("utf-8", "replace")

    def search() -> list[Found]:
        if len(data) > _MAX_MESSAGE_BYTES:
            raise SourceFailed(f"the message is longer than {_MAX_MESSAGE_BYTES} bytes")
        return scan_text(message_of(text), "the message")

    reading = _reading(search, "the message", int(time.time()))
    parameters = (("message", sha256(data).hexdigest()),)
    return _decided(asked, [["git", "commit"]], [parameters], reading, "commit-msg")


def pre_push(asked: Asked, remote: str, told_lines: str) -> Decision | None:
    """The decision on a push, or None where nothing is pushed. Raises AgenticError."""
    updates = updates_from(told_lines)
    if not updates:
        return None
    round_, bounds = _round(asked), _bounds(asked)
    name = remote if re.fullmatch(r"[\w.-]+", remote) else ""

    def search() -> list[Found]:
        lines: list[Line] = []
        for update in updates:
            if not update.is_delete:
                lines += tag_lines(update.local, round_, bounds)
                span = _span(update, round_, bounds)
                lines += committed_lines(span, round_, bounds, unknown_to=name)
        return scan_lines(lines, round_.deadline)

    reading = _reading(search, "what is pushed", round_.now)
    commands = [_push_command(update, remote, round_, bounds) for update in updates]
    parameters = [((one.remote_ref, f"{one.remote}..{one.local}"),) for one in updates]
    return _decided(asked, commands, parameters, reading, "pre-push")


def updates_from(lines: str) -> list[Update]:
    """The updates that git tells. Raises HostPayloadInvalid for a line that is none.

    What is here may be told as it was written (`HEAD@{1 day ago}`), so only the last three are sure to be
    one word; and a name may hold what Unicode calls the end of a line.
    """
    updates = []
    for line in filter(None, lines.split("\n")):
        parts = line.rsplit(" ", 3)
        if len(parts) != 4 or not all(
            re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name) for name in (parts[1], parts[3])
        ):
            raise HostPayloadInvalid("git.update", f"git told of a ref in {quoted(line)}")
        updates.append(Update(*parts))
    return updates


def message_of(text: str) -> str:
    """A message without what `git commit --verbose` shows below it: a diff that is no part of it."""
    kept = []
    for line in text.split("\n"):
        if _SCISSORS.match(line):
            break
        kept.append(line)
    return "\n".join(kept)


# The commands that stand for them


def _push_command(update: Update, remote: str, round_: Round, bounds: Bounds) -> list[str]:
    if update.is_delete:
        return ["git", "push", remote, "--delete", update.remote_ref]
    source = update.local_ref if update.local_ref.startswith("refs/") else update.local
    force = ["--force"] if _replaces(update, round_, bounds) else []
    return ["git", "push", *force, remote, f"{source}:{update.remote_ref}"]


def _replaces(update: Update, round_: Round, bounds: Bounds) -> bool:
    """Whether the remote loses commits, or a tag moves. What cannot be told counts as that."""
    if update.is_new:
        return False
    if update.remote_ref.startswith("refs/tags/"):
        return update.local != update.remote
    try:
        return is_lost(update.remote, update.local, round_, bounds)
    except SourceFailed:  # FAIL-SAFE: what the remote has is not known here, so it may be lost
        return True


def _span(update: Update, round_: Round, bounds: Bounds) -> tuple[str, ...]:
    """The revisions that the remote's ref gets, without those that it has, as far as they are known."""
    span = [update.local]
    if not update.is_new:
        try:
            is_lost(update.remote, update.local, round_, bounds)
            span.append(f"^{update.remote}")
        except SourceFailed:  # a commit that is not here excludes nothing
            pass
    return tuple(span)


def _decided(
    asked: Asked,
    commands: Sequence[Sequence[str]],
    parameters: Sequence[tuple[tuple[str, str], ...]],
    reading: Reading,
    hook: str,
) -> Decision:
    """The recorded decision on all commands together, with what was found in their content."""
    scene = scene_of(asked.places, asked.cwd)
    lines = [shell_line(command) for command in commands]
    call = ToolCall(
        "shell", {"command": " && ".join(lines)}, asked.cwd, raw_tool=f"git-hooks {hook}"
    )
    operations: list[Operation] = []
    for line, bound in zip(lines, parameters, strict=True):
        alone = call._replace(input={"command": line})
        found = recognize(alone, facts_of(scene.ports.policy), scene.ports.workspace).operations
        way = TAKE_IT_OUT if reading.state == RAISED else ""
        operations.extend(
            one._replace(parameters=(*one.parameters, *bound), way=way or one.way) for one in found
        )
    ports = scene.ports._replace(readings=_with(scene, reading))
    return govern_operations(tuple(operations), call, ports)


def _with(scene: Scene, reading: Reading) -> Callable[..., tuple[Reading, ...]]:
    """The scene's readings, and ours beside what it says of the same signal."""

    def read(policy: Policy, names: Iterable[str], call: ToolCall, now: int) -> tuple[Reading, ...]:
        wanted = tuple(names)
        ours = (reading,) if SIGNAL in wanted else ()
        return (*scene.ports.readings(policy, wanted, call, now), *ours)

    return read


# What was found


def _reading(search: Callable[[], list[Found]], what: str, now: int) -> Reading:
    """One reading of a search: raised by a find, unknown where not everything could be searched."""
    try:
        found = search()
    except SourceFailed as problem:
        return Reading(
            SIGNAL, UNKNOWN, str(problem), "critical", source="git-hooks", observed_at=now
        )
    if found:
        why = told(list(dict.fromkeys(found)))
        return Reading(SIGNAL, RAISED, why, "critical", source="git-hooks", observed_at=now)
    why = f"no credential is known in {what}"
    return Reading(SIGNAL, CLEAR, why, "critical", source="git-hooks", observed_at=now)


def _round(asked: Asked) -> Round:
    def connect(_name: str) -> NoReturn:
        raise SourceFailed("a git hook asks no source")

    return Round(int(time.time()), time.monotonic() + SEARCH_S, {}, connect, asked.cwd, {})


def _bounds(asked: Asked) -> Bounds:
    variables = {}
    for name in _GIT_VARIABLES:
        value = asked.environment.get(name, "")
        if value:
            variables[name] = value if ":" in value else str(Path(asked.cwd, value))
    return Bounds(variables=variables)
