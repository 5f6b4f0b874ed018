"""Doctor's look at live signals: does each source answer, how old is what hooks read, does a watcher run.

Sources are asked one short question each, side by side, and only when policy has any. Nothing is written.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any

from agentic.authoring.effective import effective_policy
from agentic.core.policy import Escalator, Policy
from agentic.core.values import UNKNOWN
from agentic.errors import AgenticError, Unavailable, quoted
from agentic.hosts.health import World
from agentic.hosts.interface import Finding
from agentic.places import private_folder
from agentic.signals.live.credentials import NoCredential, authorization
from agentic.signals.live.files import read_files
from agentic.signals.live.http import Client, Pool
from agentic.signals.live.interface import Round, SourceFailed
from agentic.signals.registry import HOT
from agentic.signals.snapshot import Snapshot, read_snapshot, readings_of

#: How long all sources together may take.
DEADLINE_S = 3.0
_MILLISECONDS = 1000
_CHECK = "source"


def signal_findings(world: World) -> Iterator[Finding]:
    """What there is to say about sources, snapshot, watcher and signals without a read."""
    state = private_folder(world.places.state)
    policy = effective_policy(world.root, state, world.places.config)
    yield from _source_findings(world, policy)
    live = [name for name in policy.signals if _is_live(policy, name)]
    if live:
        yield from _snapshot_findings(world, policy, live)
        yield _watcher_finding(state, policy)
    yield from _unread(policy)


def _is_live(policy: Policy, name: str) -> bool:
    return any(read["kind"] not in HOT for read in policy.signal_settings(name)["reads"])


def _unread(policy: Policy) -> Iterator[Finding]:
    """One line about the signals that rules name and that have no read."""
    named = {
        Escalator._make(row).signal
        for kind in policy.kinds
        for rows in policy.rules_of(kind).escalators.values()
        for row in rows
    }
    missing = sorted(named - set(policy.signals) - {""})
    if missing:
        yield Finding(
            "ok", "signals", f"not configured, so they escalate nothing: {', '.join(missing)}"
        )


# Sources


def _source_findings(world: World, policy: Policy) -> Iterator[Finding]:
    """One finding for each source, in policy's order; one that is late is a failure."""
    sources = {name: policy.source_settings(name) for name in policy.sources}
    if not sources:
        return
    deadline = time.monotonic() + DEADLINE_S
    pool = Pool(sources, deadline - DEADLINE_S / 10, world.now)
    this = Round(world.now, deadline, sources, pool.connect, world.root, {})
    results: SimpleQueue[tuple[str, Finding]] = SimpleQueue()
    for name, settings in sources.items():
        # A daemon: looking up a host's name may take longer than anybody wants to wait.
        threading.Thread(
            target=lambda name=name, settings=settings: results.put(
                (name, _looked_at(name, settings, this))
            ),
            daemon=True,
        ).start()
    found: dict[str, Finding] = {}
    while len(found) < len(sources) and (left := deadline - time.monotonic()) > 0:
        try:
            name, finding = results.get(timeout=left)
        except Empty:
            break
        found[name] = finding
    pool.close()
    for name in sources:
        late = f"{quoted(name)} did not answer within {DEADLINE_S:g} s"
        mend = "see whether its machine is up and can be reached from here"
        yield found.get(name) or Finding("fail", _CHECK, late, mend)


def _looked_at(name: str, settings: Mapping[str, Any], this: Round) -> Finding:
    """How one source does. Never raises."""
    try:
        authorization(settings)
    except NoCredential as problem:
        mend = "set the variable where `agentic signals` runs, or put the file there for you alone"
        return Finding("fail", _CHECK, f"{quoted(name)} cannot be asked: {problem}", mend)
    started = time.monotonic()
    try:
        told = _PROBES[settings["kind"]](name, settings, this)
    except SourceFailed as failure:
        return Finding("fail", _CHECK, str(failure), _mend(settings))
    except Exception as problem:  # noqa: BLE001 - doctor goes on to the next source
        text = f"{quoted(name)} could not be looked at: {type(problem).__name__}"
        return Finding("fail", _CHECK, text)
    took_ms = round((time.monotonic() - started) * _MILLISECONDS)
    text = f"{quoted(name)}: {told} in {took_ms} ms{_secrecy(settings)}"
    if settings.get("allow_http"):
        why = settings["allow_http"]["because"]
        text = f"{text}; plain HTTP to another machine, because {why}"
        return Finding("warn", _CHECK, text, "use https where it can be had")
    return Finding("ok", _CHECK, text)


def _secrecy(settings: Mapping[str, Any]) -> str:
    """Whether a token is there, and where from; never the token."""
    token = settings.get("token") or settings.get("password")
    if not token:
        return "" if settings["kind"] == "file" else ", without a token"
    place = (
        f"variable {quoted(token['env'])}" if token.get("env") else f"file {quoted(token['file'])}"
    )
    return f", with the token of {place}"


def _mend(settings: Mapping[str, Any]) -> str:
    if settings["kind"] == "file":
        return "put the file there, or pin it anew: `agentic signals lint` says how"
    return "see whether it runs and can be reached from here; until then its signals are UNKNOWN"


def _ask_json(path: str, *params: tuple[str, str]) -> Callable[..., str]:
    """A probe that wants JSON from a path below the source's URL."""

    def probe(name: str, settings: Mapping[str, Any], this: Round) -> str:
        client: Client = this.connect(name)
        client.get_json(path.format(repository=settings.get("repository", "")), params)
        return f"{settings['kind']} at {quoted(settings['url'], 120)} answers"

    return probe


def _ask_calendar(name: str, settings: Mapping[str, Any], this: Round) -> str:
    client: Client = this.connect(name)
    reply = client.get("")
    if reply.status != 200 or b"BEGIN:VCALENDAR" not in reply.body[:4096].upper():
        raise client.failed(f"answers with status {reply.status} and no calendar")
    return "calendar answers"  # its address may be a secret


def _look_at_file(name: str, settings: Mapping[str, Any], this: Round) -> str:
    files = read_files(name, this)
    size_bytes = sum(len(file.data) for file in files)
    pinned = ", pinned" if settings.get("sha256") else ""
    can = "" if all(file.may_clear for file in files) else ", can raise but not clear (not pinned)"
    return f"file {quoted(settings['path'], 120)}: {size_bytes} bytes{pinned}{can}, read"


#: kind of source -> the question that shows whether it answers
_PROBES: dict[str, Callable[[str, Mapping[str, Any], Round], str]] = {
    "prometheus": _ask_json("/api/v1/query", ("query", "vector(1)")),
    "alertmanager": _ask_json("/api/v2/status"),
    "github": _ask_json("/repos/{repository}"),
    "pagerduty": _ask_json("/incidents", ("limit", "1")),
    "web-calendar": _ask_calendar,
    "file": _look_at_file,
}


# What hooks read


def _snapshot_findings(world: World, policy: Policy, live: list[str]) -> Iterator[Finding]:
    snapshot = read_snapshot(world.places.state, policy.signals_digest)
    mend = "run `agentic signals refresh`, or keep `agentic signals watch` running"
    if snapshot.fault:
        text = f"{snapshot.fault.partition(':')[0]}, so {len(live)} signals are UNKNOWN to hooks"
        yield Finding("fail", "snapshot", text, mend)
        return
    age_s = world.now - snapshot.written_at
    holds_s = min(policy.signal_settings(name)["max_age_s"] for name in live)
    if age_s > holds_s:
        text = (
            f"written {age_s} s ago, and the shortest answer holds {holds_s} s: hooks see UNKNOWN"
        )
        yield Finding("fail", "snapshot", text, mend)
    else:
        unknown = [name for name in live if _is_unknown(policy, snapshot, name, world.now)]
        if unknown:
            text = f"written {age_s} s ago; UNKNOWN to hooks: {', '.join(sorted(unknown))}"
            yield Finding("warn", "snapshot", text, "`agentic signals list` says why")
        else:
            yield Finding("ok", "snapshot", f"written {age_s} s ago, holds {holds_s} s")


def _is_unknown(policy: Policy, snapshot: Snapshot, name: str, now: int) -> bool:
    """Whether any live read of a signal is UNKNOWN to a hook, by age or by what its source said."""
    settings = policy.signal_settings(name)
    return any(
        reading.state == UNKNOWN
        for number, read in enumerate(settings["reads"])
        if read["kind"] not in HOT
        for reading in readings_of(snapshot, name, number, settings, now)
    )


def _watcher_finding(state: str, policy: Policy) -> Finding:
    from agentic.signals.live.store import take_watch

    try:
        os.close(take_watch(state, policy.signals_digest))
    except Unavailable as held:
        if held.code == "signals.watched":
            return Finding("ok", "watcher", held.message)
        mend = held.help or "the state folder must be there and writable for you: see `state` above"
        return Finding("fail", "watcher", held.message, mend)
    except AgenticError as problem:
        return Finding("fail", "watcher", problem.message, problem.help)
    mend = "run `agentic signals watch` as a service, or `agentic signals refresh` from a timer"
    return Finding("warn", "watcher", "no `agentic signals watch` runs for these signals", mend)
