"""Builds the real ports of a call: effective policy, workspace view, signals, grants, journal.

The hook and the command line differ only in where they learn their places and project folder from. A
hypothetical question never opens the grants and never writes: they are reached when an ACT needs them. The
journal's end is read where a signal is about it.
"""

from __future__ import annotations

import posix

from agentic.authoring.effective import effective_policy
from agentic.core.paths import is_below
from agentic.core.values import AUTO
from agentic.govern import Ports, facts_of
from agentic.places import places_of, private_folder
from agentic.shipped import PACKAGE_FOLDER
from agentic.signals.interface import Scene, World, hot_readings, read_signals
from agentic.signals.registry import HOT
from agentic.workspace import View, main_work_tree, workspace_root, workspace_roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agentic.approvals.grants import FileGrants
    from agentic.audit.journal import Journal
    from agentic.audit.recent import Recent, RecentRecords
    from agentic.core.policy import Policy
    from agentic.core.values import Answer, Decision, Grant, Mark, Reading, ToolCall
    from agentic.places import Places
    from agentic.signals.live.interface import Answer as LiveAnswer
    from agentic.workspace import Variables


class Store:
    """The approvals and the journal of one workspace as govern needs them, opened when first used."""

    assurance = "local"

    def __init__(self, places: Places, root: str) -> None:
        self._places = places
        self._root = root
        self.user = places.user or f"uid:{posix.getuid()}"
        self._journal: Journal | None = None
        self._recent: RecentRecords | None = None

    def journal(self) -> Journal:
        """This workspace's journal. Raises Unavailable when its place cannot be used."""
        if self._journal is None:
            from agentic.audit.journal import open_journal

            private_folder(self._places.state)
            self._journal = open_journal(main_work_tree(self._root), self._places.state)
        return self._journal

    def approvals(self) -> FileGrants:
        """The approvals of this user, their changes written to this workspace's journal."""
        from agentic.approvals.grants import FileGrants

        return FileGrants(self._places.state, self.journal())

    def claim(
        self, action_digest: str, policy_digest: str, now: int, claimant: Mark
    ) -> Grant | None:
        """Take the one unspent grant for this action under this policy, or None."""
        return self.approvals().claim(action_digest, policy_digest, now, claimant)

    def request(self, call: ToolCall, decision: Decision, now: int) -> tuple[str, str]:
        """The id and state of the request for this action; a new one is made when there is none."""
        held = self.approvals().request(call, decision, user=self.user, now=now)
        return held.id, held.state

    def newest(self, start: int, now: int, words: tuple[str, ...]) -> Recent:
        """Records of the journal's end, see `agentic.audit.recent`; read once however often it is asked.

        Raises: Unavailable when it is there but cannot be read.
        """
        if self._recent is None:
            self._recent = self.journal().newest()
        return self._recent.since(start, now, words)

    def record_decision(
        self, call: ToolCall, decision: Decision, answer: Answer, now: int, mark: Mark
    ) -> tuple[int, Answer | None]:
        """Write a decision to the journal; all but plain AUTO survives power loss. Raises Unavailable.

        Returns its number, and how the call was answered where it had been judged before.
        """
        from agentic.audit.record import record_of_decision

        record = record_of_decision(call, decision, answer=answer, user=self.user, now=now)
        return self.journal().append_decision(record, mark, answer, durable=decision.mode != AUTO)


def governed_paths(places: Places, roots: tuple[str, ...]) -> tuple[str, ...]:
    """The absolute paths that hold agentic itself: state, configuration, journal, and its code.

    Code that lies inside the workspace (agentic's own checkout) is governed like any other code there.
    """
    paths = [places.state, places.config]
    if roots:
        paths.append(main_work_tree(roots[0]) + "/ops/audit.jsonl")
    own = (PACKAGE_FOLDER, environment_folder(PACKAGE_FOLDER, places.home))
    paths.extend(
        folder for folder in own if folder and not any(is_below(folder, root) for root in roots)
    )
    return tuple(paths)


def environment_folder(package: str, home: str) -> str:
    """The folder with what agentic imports and starts from: its virtual environment, else its library.

    Empty for a checkout, which brings nothing along.
    """
    library, _, _ = package.rpartition("/")
    if not library.endswith(("/site-packages", "/dist-packages")):
        return ""
    environment = library.partition("/lib/python")[0]
    shared = ("/usr", "/usr/local", "/opt/homebrew", home + "/.local", library)
    return library if environment in shared or not environment else environment


def ports_for(
    places: Places,
    root: str,
    policy: Policy,
    now: int,
    variables: Variables,
    answer: Callable[[Decision], Answer],
    store: Store | None = None,
) -> Ports:
    """The ports of one call in the workspace `root` (empty: none), under a loaded policy."""
    facts = facts_of(policy)
    roots = workspace_roots(root, places.home, facts.also_roots)
    kept = store or Store(places, root)
    view = View(roots, places.home, governed_paths(places, roots), variables, facts.variables)
    return Ports(policy, view, Readings(World(places.state, kept.newest)), kept, kept, now, answer)


class Readings:
    """Readings on the hook's own time: the clock, the journal's end, the snapshot."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(
        self, policy: Policy, names: Iterable[str], call: ToolCall, now: int
    ) -> tuple[Reading, ...]:
        """The readings of the named signals. Never raises."""
        return read_signals(self._world, policy, names, call, now)


class LiveReadings:
    """Readings from the sources themselves, for whoever can wait `deadline_s` for them.

    Only the signals that are named are asked, each once, however many calls are judged. What the snapshot
    says was raised stays raised where its source cannot tell now.
    """

    def __init__(self, world: World, root: str, deadline_s: float) -> None:
        self._world = world
        self._root = root
        self._deadline_s = deadline_s
        self._asked: dict[str, list[list[LiveAnswer]]] = {}

    def __call__(
        self, policy: Policy, names: Iterable[str], call: ToolCall, now: int
    ) -> tuple[Reading, ...]:
        """The readings of the named signals. Never raises: what is not answered in time is UNKNOWN."""
        from agentic.signals.live.ask import ask, environment_words_of, readings_at
        from agentic.signals.snapshot import read_snapshot

        wanted = tuple(names)
        scene = Scene(now, call, self._world)
        missing = [name for name in wanted if name not in self._asked]
        if missing:
            self._asked |= ask(
                policy,
                missing,
                now=now,
                deadline_s=self._deadline_s,
                workspace=self._root,
                environment_words=environment_words_of(policy),
                held=read_snapshot(self._world.state, policy.signals_digest),
                scene=scene,
            )
        found = {name: self._of_call(policy, name, scene) for name in wanted if name in self._asked}
        return readings_at(found, now)

    def _of_call(self, policy: Policy, name: str, scene: Scene) -> list[list[LiveAnswer]]:
        """A signal's answers, those that a hook would give from the call itself given for this call."""
        answers = self._asked[name]
        try:
            settings = policy.signal_settings(name)
            reads = settings["reads"]
        except Exception:  # noqa: BLE001 - FAIL-SAFE: ask has said UNKNOWN about it already
            return answers
        hot: dict[int, list[LiveAnswer]] = {
            number: list(hot_readings(name, settings, read, scene))
            for number, read in enumerate(reads)
            if read["kind"] in HOT
        }
        # FAIL-SAFE: where ask could not ask at all, its one UNKNOWN is about every read and stays
        # (tests/signals/test_live_readings.py).
        if len(answers) != len(reads):
            return [*answers, *hot.values()]
        return [hot.get(number, place) for number, place in enumerate(answers)]


class SessionVariables:
    """The environment of this process, decoded only where it is asked for."""

    def get(self, name: str, default: str = "") -> str:
        """One variable's value, else `default`."""
        value = posix.environ.get(name.encode("utf-8", "surrogateescape"))
        return default if value is None else value.decode("utf-8", "surrogateescape")


class CliPorts:
    """Ports for questions asked on the command line: one policy a workspace, kept for a whole batch.

    With `live_deadline_s` the sources of live signals are asked, and waited for so long; else it is 0.
    """

    def __init__(
        self, environment: Mapping[str, str], now: int, live_deadline_s: float = 0
    ) -> None:
        self.places = places_of(environment)
        self.now = now
        self.live_deadline_s = live_deadline_s
        self._environment = environment
        self._roots: dict[str, str] = {}
        self._ports: dict[str, Ports] = {}

    def root(self, cwd: str) -> str:
        """The workspace that a folder belongs to, or empty."""
        if cwd not in self._roots:
            self._roots[cwd] = workspace_root("", cwd, self.places.home)
        return self._roots[cwd]

    def policy(self, cwd: str) -> Policy:
        """The effective policy for a folder."""
        return self._base(self.root(cwd)).policy

    def store(self, cwd: str) -> Store:
        """The approvals and the journal for a folder."""
        return Store(self.places, self.root(cwd))

    def for_call(self, call: ToolCall) -> Ports:
        """Ports for one hypothetical call, with a fresh budget."""
        base = self._base(self.root(call.cwd))
        allowed = facts_of(base.policy).variables
        view = View(
            base.workspace.roots,
            self.places.home,
            base.workspace.governed,
            self._environment,
            allowed,
        )
        return base._replace(workspace=view)

    def _base(self, root: str) -> Ports:
        if root not in self._ports:
            private_folder(self.places.state)
            policy = effective_policy(root, self.places.state, self.places.config)
            store = Store(self.places, root)
            ports = ports_for(
                self.places, root, policy, self.now, self._environment, lambda _: "none", store
            )
            if self.live_deadline_s:
                world = World(self.places.state, store.newest)
                ports = ports._replace(readings=LiveReadings(world, root, self.live_deadline_s))
            self._ports[root] = ports
        return self._ports[root]
