"""`agentic signals test`: a signal at another moment, or judged from what a source once answered.

A recorded response goes through the very reader that asks the source, with a client whose replies are files:
so what is tried is what decides. Nothing is connected for it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from marshal import dumps
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.cli.output import usage
from agentic.cli.signals_asked import Asker
from agentic.core.values import Reading
from agentic.errors import quoted

if TYPE_CHECKING:
    from agentic.signals.live.http import Client

#: Kinds that answer from a clock and a calendar, so that they can be asked about any moment.
TIME_KINDS = ("clock", "holidays", "calendar", "windows")
_WAIT_S = 10.0
_MAX_BYTES = 67_108_864


class Tested(NamedTuple):
    """What a test gave: readings, the requests that were made of the recorded responses, remarks."""

    readings: list[Reading]
    requests: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def timed(asker: Asker, name: str, number: int = 0) -> Tested:
    """The readings of the reads that follow a clock or a calendar, at the asker's moment.

    A number (from 1) means that read alone.
    """
    from agentic.signals.live.ask import ask, environment_words_of, readings_at

    settings = asker.policy.signal_settings(name)
    _check_number(name, settings["reads"], number)
    meant = settings["reads"][number - 1 : number] if number else settings["reads"]
    reads = [read for read in meant if read["kind"] in TIME_KINDS]
    if not reads:
        kinds = ", ".join(dict.fromkeys(read["kind"] for read in meant))
        usage(
            f"{quoted(name)} does not follow a clock or a calendar ({kinds})",
            "give what its source once answered: `--response FILE`",
        )
    only = dumps({**settings, "reads": reads})
    answers = ask(
        asker.policy._replace(signals={name: only}),
        [name],
        now=asker.now,
        deadline_s=_WAIT_S,
        workspace=asker.root,
        environment_words=environment_words_of(asker.policy),
        scene=asker.scene,
    )
    left_out = len(meant) - len(reads)
    notes = (f"{left_out} other reads of it do not follow a clock",) if left_out else ()
    return Tested(list(readings_at(answers, asker.now)), notes=notes)


def replayed(asker: Asker, name: str, files: Sequence[str], number: int) -> Tested:
    """The readings of one read of a signal, from files with what its source answered, in order."""
    from agentic.signals.live.ask import environment_words_of, outcome_of, readings_at
    from agentic.signals.live.ask import sources_of as settings_of_sources
    from agentic.signals.live.interface import Read, Round

    settings = asker.policy.signal_settings(name)
    read = _chosen(name, settings["reads"], number)
    sources = dict(settings_of_sources(asker.policy))
    source = sources.get(read["source"], {})
    clients: list[Any] = []
    if source.get("kind") == "file":
        if len(files) != 1:
            usage("a file source is answered by one `--response FILE`")
        _body(files[0])
        sources[read["source"]] = _instead(source, files[0])
    else:
        bodies = [_body(path) for path in files]
        clients.append(_replaying(source, bodies, asker.now))
    this = Round(
        asker.now,
        time.monotonic() + _WAIT_S,
        sources,
        lambda _name: clients[0],
        asker.root,
        environment_words_of(asker.policy),
    )
    outcome = outcome_of(Read(name, read, settings["severity"], settings["max_age_s"]), this)
    readings = list(readings_at({name: [outcome.answers]}, asker.now))
    if not clients:
        return Tested(readings)
    asked = tuple(clients[0].asked)
    unused = len(files) - len(asked)
    notes = (f"{unused} responses were not asked for",) if unused > 0 else ()
    return Tested(readings, asked, notes)


def _check_number(name: str, reads: Sequence[Mapping[str, Any]], number: int) -> None:
    """A usage error for a read that a signal does not have."""
    if number > len(reads):
        usage(f"{quoted(name)} has {len(reads)} reads", "`agentic signals show` lists them")


def _chosen(name: str, reads: Sequence[Mapping[str, Any]], number: int) -> Mapping[str, Any]:
    """The read that is meant; a usage error where it has no source, or several could be."""
    _check_number(name, reads, number)
    if number:
        if not reads[number - 1].get("source"):
            kind = reads[number - 1]["kind"]
            usage(f"a read of kind {quoted(kind)} has no source whose response could be recorded")
        return reads[number - 1]
    with_source = [read for read in reads if read.get("source")]
    if not with_source:
        usage(f"{quoted(name)} has no source whose response could be recorded", "try `--at TIME`")
    if len(with_source) > 1:
        usage(
            f"{quoted(name)} has {len(with_source)} reads with a source",
            "say which with `--read`; `agentic signals show` numbers them",
        )
    return with_source[0]


def _body(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as problem:
        usage(f"{quoted(path)} cannot be read: {(problem.strerror or 'unknown').lower()}")
    if len(data) > _MAX_BYTES:
        usage(f"{quoted(path)} is larger than {_MAX_BYTES} bytes")
    return data


def _instead(source: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A file source that reads the recorded file; its pin is about the real one."""
    because = "a recorded response stands for the source"
    place = os.path.abspath(path)
    return {**source, "path": place, "sha256": None, "may_clear": {"because": because}}


def _replaying(source: Mapping[str, Any], bodies: list[bytes], now: int) -> Client:
    """A client of a source whose replies are these bodies, in order."""
    from agentic.signals.live.http import Client, Reply
    from agentic.signals.live.session import open_session

    class Replay(Client):
        """Notes what it is asked; everything else is the client's own."""

        def __init__(self) -> None:
            super().__init__(source, open_session(), time.monotonic() + _WAIT_S, now)
            self.asked: list[str] = []
            self._next = threading.Lock()

        def get(
            self,
            path: str,
            params: Sequence[tuple[str, str]] = (),
            headers: Mapping[str, str] | None = None,
        ) -> Reply:
            with self._next:
                number = len(self.asked)
                shown = "&".join(f"{key}={value}" for key, value in params)
                self.asked.append(f"{path}?{shown}" if shown else path)
            if number >= len(bodies):
                raise self.failed(f"is asked more often than {len(bodies)} recorded responses")
            return Reply(200, {}, bodies[number])

    return Replay()
