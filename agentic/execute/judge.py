"""Judging a command that is about to run here: live readings, a record, and a second look before the start.

`govern` decides; this room only builds its call and its ports. Whoever executes can wait for the sources of
signals, so they are asked themselves, but only where the decision could depend on them.
"""

from __future__ import annotations

import posix
from time import time

from agentic.authoring.effective import effective_policy
from agentic.core.record_type import NamedTuple
from agentic.core.values import AUTO, PURPOSE_ACT, RUN, ToolCall
from agentic.errors import CheckFailed, Unavailable
from agentic.execute.handed import Grants
from agentic.execute.inherited import without_feeder
from agentic.govern import facts_of, govern_operations
from agentic.places import private_folder
from agentic.ports import LiveReadings, SessionVariables, Store, ports_for
from agentic.recognize.recognize import recognize
from agentic.signals.interface import World
from agentic.signals.registry import HOT
from agentic.workspace import View, workspace_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal

    from agentic.core.policy import Policy
    from agentic.core.values import Decision, Operation, Purpose, Reading
    from agentic.govern import Ports
    from agentic.places import Places
    from agentic.recognize.interface import Workspace

    Read = Callable[[Policy, Iterable[str], ToolCall, int], tuple[Reading, ...]]

#: How long live sources are waited for where nobody says.
DEADLINE_S = 5.0


class Scene(NamedTuple):
    """Where a command is judged: the ports of one call, its journal and approvals, and who asks."""

    ports: Ports
    store: Store
    places: Places


class Judgement(NamedTuple):
    """A recorded decision, and the operations that it is about, as recognition read them off `line`."""

    call: ToolCall
    line: str
    operations: tuple[Operation, ...]
    decision: Decision


def scene_of(places: Places, cwd: str, deadline_s: float = DEADLINE_S) -> Scene:
    """The scene of one command in a folder, as of now. Raises AgenticError where it cannot be judged."""
    root = workspace_root("", cwd, places.home)
    private_folder(places.state)
    policy = effective_policy(root, places.state, places.config)
    store = Store(places, root)
    now = int(time())
    ports = ports_for(places, root, policy, now, SessionVariables(), answer_of, store)
    live = LiveReadings(World(places.state, store.newest), root, deadline_s)
    patient = _patient(live, ports.readings)
    return Scene(ports._replace(readings=patient, grants=Grants(store)), store, places)


def answer_of(decision: Decision) -> Literal["allow", "deny"]:
    """What the record calls the answer: `run` starts the command or it does not."""
    return "allow" if decision.permission == RUN else "deny"


def judged(call: ToolCall, line: str, scene: Scene, purpose: Purpose = PURPOSE_ACT) -> Judgement:
    """The decision on a call, judged by a line; with purpose ACT it is recorded.

    Raises AgenticError when it cannot be.
    """
    operations = _operations_of(call, line, scene.ports.policy, scene.ports.workspace)
    decision = govern_operations(operations, call, scene.ports, purpose)
    return Judgement(call, line, operations, decision)


def _operations_of(
    call: ToolCall, line: str, policy: Policy, view: Workspace
) -> tuple[Operation, ...]:
    written = call._replace(input={"command": line})
    return without_feeder(recognize(written, facts_of(policy), view).operations)


def check_unchanged(judgement: Judgement, scene: Scene) -> None:
    """Look again at what the command would do now. Raises CheckFailed where that is something else.

    Files that shaped an operation are told by their digests, so an edit since then is seen. A plain AUTO
    that no file shaped cannot have changed.
    """
    if judgement.decision.mode == AUTO and not any(one.inputs for one in judgement.operations):
        return
    ports = scene.ports
    before = ports.workspace
    facts = facts_of(ports.policy)
    view = View(before.roots, before.home, before.governed, SessionVariables(), facts.variables)
    if _operations_of(judgement.call, judgement.line, ports.policy, view) != judgement.operations:
        raise CheckFailed(
            "run.changed",
            "what the command would do has changed since it was judged",
            "a file that it reads was edited meanwhile; look at it, then run the command again",
        )


def current_folder() -> str:
    """The folder that we are in. Raises Unavailable when it is gone or may not be read."""
    try:
        return posix.getcwd()
    except OSError as problem:
        why = (problem.strerror or "unknown error").lower()
        raise Unavailable(
            "run.folder", f"the current folder cannot be read: {why}", "change to another one"
        ) from None


def _patient(live: LiveReadings, plain: Read) -> Read:
    """Readings that wait for sources only where one of the wanted signals has any."""

    def read(policy: Policy, names: Iterable[str], call: ToolCall, now: int) -> tuple[Reading, ...]:
        wanted = tuple(names)
        if not _has_sources(policy, wanted):
            return plain(policy, wanted, call, now)
        return _beside(lambda: live(policy, wanted, call, now))

    return read


def _has_sources(policy: Policy, names: Iterable[str]) -> bool:
    """Whether one of these signals has a read that a hook does not answer by itself."""
    try:
        reads = [
            read["kind"]
            for name in names
            if name in policy.signals
            for read in policy.signal_settings(name)["reads"]
        ]
    except Exception:  # noqa: BLE001 - FAIL-SAFE: asking says what is wrong with it
        return True
    return any(kind not in HOT for kind in reads)


def _beside(work: Callable[[], tuple[Reading, ...]]) -> tuple[Reading, ...]:
    """What `work` gives, done on a thread that takes no signals, and so do the threads that it starts.

    A source that hangs leaves its thread behind; a signal that was delivered there would be lost to the
    command that runs meanwhile. Ctrl-C ends the waiting at once.
    """
    import _signal  # type: ignore[import-not-found]  # the C half of `signal`
    from _thread import allocate_lock, start_new_thread

    found: list[tuple[Reading, ...]] = []
    done = allocate_lock()
    done.acquire()

    def worker() -> None:
        try:
            found.append(work())
        finally:
            done.release()

    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
    try:
        start_new_thread(worker, ())
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)
    done.acquire()
    if not found:
        raise Unavailable("run.signals", "the signals could not be asked")
    return found[0]
