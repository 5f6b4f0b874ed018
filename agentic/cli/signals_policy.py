"""What policy says about signals here: each signal's reads, sources and rules, with where it is written.

Built from the documents, not from the compiled policy, because people ask for files and lines. Layers that
nobody trusted are in it and marked: nothing of theirs is ever asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.authoring.build import shipped_documents
from agentic.authoring.compile import SHIPPED_LAYER
from agentic.authoring.effective import found_layers
from agentic.authoring.layers import layers_of
from agentic.authoring.signals import read_settings
from agentic.shipped import POLICIES, shipped_folder

if TYPE_CHECKING:
    from agentic.authoring.documents import EscalatorEntry
    from agentic.authoring.signal_documents import AnyRead, SignalEntry, Source
    from agentic.authoring.validate import ParsedFile
    from agentic.yaml_reader import Path


class Origin(NamedTuple):
    """Where something of policy is written; `path` leads to it in the file's tree."""

    layer: str
    file: ParsedFile
    path: Path
    is_trusted: bool

    def where(self, *more: str | int) -> str:
        """`file:line:column` of it, or of something inside it."""
        return self.file.tree.where((*self.path, *more))


class KnownRead(NamedTuple):
    """One read of a signal. `settings` are what its reader gets."""

    signal: str
    read: AnyRead
    settings: dict[str, Any]
    origin: Origin


class KnownSource(NamedTuple):
    """One declared source."""

    source: Source
    origin: Origin


class KnownRule(NamedTuple):
    """One rule of escalation."""

    rule: EscalatorEntry
    origin: Origin


class KnownSignals(NamedTuple):
    """Everything that is said about signals here. `meanings` has every name that policy knows."""

    meanings: dict[str, str]
    reads: tuple[KnownRead, ...]
    sources: tuple[KnownSource, ...]
    rules: tuple[KnownRule, ...]

    @property
    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self.meanings)

    def reads_of(self, name: str) -> list[KnownRead]:
        """The reads of one signal, in the order of the documents."""
        return [known for known in self.reads if known.signal == name]

    def rules_of(self, name: str) -> list[KnownRule]:
        """The rules that name one signal."""
        return [known for known in self.rules if known.rule.signal == name]

    @property
    def waiting(self) -> dict[str, str]:
        """Signal -> place, of each read that nobody has trusted yet; its first place."""
        found: dict[str, str] = {}
        for known in self.reads:
            if not known.origin.is_trusted:
                found.setdefault(known.signal, known.origin.where())
        return found

    @property
    def trust_notes(self) -> list[str]:
        """One line for each layer whose reads nobody has trusted yet, with what to do."""
        layers = {known.origin.layer for known in self.reads if not known.origin.is_trusted}
        return [
            f"the {layer} layer is not trusted as it is now, so its reads do not count and nothing of it "
            "was asked: look at it, then run `agentic policy trust`"
            for layer in sorted(layers)
        ]

    def source(self, name: str) -> KnownSource | None:
        """One source by name, from a trusted layer where there are several."""
        found = [known for known in self.sources if known.source.source == name]
        return next((s for s in found if s.origin.is_trusted), found[0] if found else None)


def known_signals(root: str, state_dir: str, config_dir: str) -> KnownSignals:
    """What the shipped policy and the layers of a workspace say.

    Raises: Unavailable or InvalidDocument when the shipped policy is missing or invalid.
    """
    shipped = shipped_documents(shipped_folder(POLICIES))
    layers = layers_of(shipped, found_layers(root, state_dir, config_dir), state_dir)
    files = [(SHIPPED_LAYER, file, True) for file in shipped]
    files += [(part.layer, file, part.is_trusted) for part in layers.parts for file in part.files]
    return _known(files)


def _known(files: Iterable[tuple[str, ParsedFile, bool]]) -> KnownSignals:
    meanings: dict[str, str] = {}
    reads: list[KnownRead] = []
    sources: list[KnownSource] = []
    rules: list[KnownRule] = []
    for layer, file, is_trusted in files:
        for i, entry in enumerate(file.document.signals):
            if entry.meaning or entry.signal not in meanings:
                meanings[entry.signal] = entry.meaning or ""
            reads.extend(_reads(entry, Origin(layer, file, ("signals", i, "reads"), is_trusted)))
        for i, source in enumerate(file.document.sources):
            origin = Origin(layer, file, ("sources", i), is_trusted)
            sources.append(KnownSource(source, origin))
        for i, rule in enumerate(file.document.escalation):
            rules.append(KnownRule(rule, Origin(layer, file, ("escalation", i), is_trusted)))
    return KnownSignals(meanings, tuple(reads), tuple(sources), tuple(rules))


def _reads(entry: SignalEntry, origin: Origin) -> Iterable[KnownRead]:
    for j, read in enumerate(entry.reads):
        place = origin._replace(path=(*origin.path, j))
        yield KnownRead(entry.signal, read, read_settings(read), place)


#: signal, or the beginning of its name -> how a person gives it a source; the longest that fits counts
_HOW_TO_CONFIGURE = {
    "incident.": "`agentic init --alertmanager URL`, or `--prometheus URL`, or `--github OWNER/REPO`",
    "error-budget.": "`agentic init --prometheus URL --slo FILE`",
    "freeze.": "`agentic init --calendar FILE`, or a read of kind `windows`",
    "holiday": "a read of kind `holidays`",
    "clock.": "a read of kind `clock`",
    "rollback.": "`agentic init --github OWNER/REPO`",
    "drift.": "a read of kind `promql` or `drift-report`",
    "deploy.": "a read of kind `promql`",
    "canary.": "a read of kind `promql` or `gate-report`",
    "data.stale": "a read of kind `promql` or `gate-report`",
    "cost.over-budget": "a read of kind `gate-report`",
    "credential.": "a read of kind `call-credentials` or `diff-credentials`",
    "change.": "a read of kind `open-changes`",
    "agent.": "a read of kind `repeated-calls`",
    "": "a read of kind `gate-report`",
}


def how_to_give_source(known: KnownSignals, name: str) -> str:
    """What a person does so that a signal gets a source that counts: trust what is there, or add a read."""
    if name in known.waiting:
        return "`agentic policy trust`, once you have looked at what `.agentic` says"
    return how_to_configure(name)


def how_to_configure(name: str) -> str:
    """What a person does to give a signal its first read."""
    start = max((s for s in _HOW_TO_CONFIGURE if name.startswith(s)), key=len)
    return _HOW_TO_CONFIGURE[start]


def is_counting(known: KnownSignals, name: str, environment: str, *, state: str) -> bool:
    """Whether a signal in a state could change an answer about an environment, by any rule."""
    for found in known.rules:
        rule = found.rule
        if rule.environments is not None and environment not in rule.environments:
            continue
        if rule.at_least and state == "RAISED":
            return True
        if rule.signal == name:
            ignored = rule.ignore_unknown.environments if rule.ignore_unknown else []
            if state != "UNKNOWN" or environment not in ignored:
                return True
    return False
