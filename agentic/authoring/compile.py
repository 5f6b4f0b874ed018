"""Parsed policy documents to the compiled policy that `core.decide` reads.

1. catalogue: every kind with its effects.
2. modes: entries are expanded over kinds and environments; every kind must be covered.
3. escalators and role cells are expanded the same way.
4. facts: what recognition may know.

Globs are expanded here, so that deciding never matches a pattern. Order never matters: of several rules
the strictest wins, when deciding. An untrusted layer's relaxing sections are left out here.
"""

from __future__ import annotations

from collections import defaultdict
from marshal import dumps
from typing import TYPE_CHECKING, Any, NamedTuple

from agentic.authoring.facts import facts_of, settings_of
from agentic.authoring.mcp import mcp_parts, mcp_problems
from agentic.authoring.roles import role_tables
from agentic.authoring.signals import signal_tables
from agentic.authoring.validate import (
    ParsedFile,
    Vocabulary,
    kinds_in_scope,
    reference_problems,
    vocabulary_of,
)
from agentic.authoring.vocabulary import JUDGED
from agentic.core.native import sha256_hex
from agentic.core.policy import FORMAT, Policy
from agentic.core.values import ENVIRONMENTS, RANK
from agentic.errors import Diagnostic, InvalidDocument, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentic.authoring.documents import ModeEntry
    from agentic.authoring.layers import LayerPart, Layers
    from agentic.core.values import Mode

SHIPPED_LAYER = "shipped"
UNREADABLE_RULE = "layers.unreadable-policy"
UNREADABLE_BECAUSE = "a policy of this workspace cannot be read, so nobody knows what it forbids"
UNREADABLE_WAY = "a person runs `agentic policy check` in their own terminal and mends the policy"

_SHARED_READS = frozenset(("read", "network"))

#: Rules of equal strictness that are named as deciding; any one of them would do.
_MOST_DECIDING = 4

#: (rule id, mode, because, way)
RuleRow = tuple[str, "Mode", str, str]
#: kind -> environment -> rules
Table = dict[str, dict[str, list[RuleRow]]]


class Expanded(NamedTuple):
    """One rule for one kind in one environment, with the place it came from."""

    kind: str
    environment: str
    row: RuleRow
    position: int


def compile_policy(shipped: Sequence[ParsedFile], layers: Layers | None = None) -> Policy:
    """The effective policy of the shipped documents and what counts of the layers.

    Raises: InvalidDocument with every problem of the shipped documents. The layers' own problems are
    in `layers` already and have tightened the policy there.
    """
    words = vocabulary_of(shipped)
    problems = [*reference_problems(shipped, words), *shipped_problems(shipped, words)]
    if problems:
        raise InvalidDocument(problems)
    parts = layers.parts if layers else ()
    everything = vocabulary_of(shipped, (file for part in parts for file in part.files))
    table = _mode_table(shipped, parts, words, layers.unreadable if layers else ())
    kinds = _kinds(shipped, parts, table, everything)
    roles, aliases = role_tables(shipped, parts, words)
    signals = signal_tables(shipped, parts)
    return Policy(
        digest=_digest(shipped, layers),
        kinds={kind: dumps(row) for kind, row in kinds.items()},
        roles={role: dumps(cells) for role, cells in roles.items()},
        role_aliases=aliases,
        signals=signals.signals,
        facts=dumps(facts_of(shipped, parts)),
        settings=settings_of(shipped, parts),
        layers=(
            (SHIPPED_LAYER, "", shipped_digest(shipped), "trusted"),
            *(layers.rows if layers else ()),
        ),
        notices=layers.notices if layers else (),
        sources=signals.sources,
        signals_digest=signals.digest,
        services=signals.services,
        mcp=mcp_parts(shipped, parts),
    )


def shipped_digest(shipped: Sequence[ParsedFile]) -> str:
    """sha256 (hex) of the shipped documents, names included."""
    return sha256_hex("".join(f"{file.name}\0{file.sha256}\n" for file in shipped).encode())


def _digest(shipped: Sequence[ParsedFile], layers: Layers | None) -> str:
    lines = [f"agentic policy format {FORMAT}", shipped_digest(shipped)]
    for name, _, sha256, standing in layers.rows if layers else ():
        lines.append(f"{name} {sha256} {standing}")
    lines.extend(f"unreadable {name}" for name in (layers.unreadable if layers else ()))
    return sha256_hex("\n".join(lines).encode())


# Modes


def expanded_modes(file: ParsedFile, words: Vocabulary, prefix: str) -> Iterator[Expanded]:
    """Every rule that a file's mode entries stand for."""
    for position, entry in enumerate(file.document.modes):
        environments = entry.environments if entry.environments is not None else list(ENVIRONMENTS)
        for pattern in entry.kinds:
            rows = {
                environment: (
                    _rule_id(entry, pattern, environment, prefix),
                    entry.mode,
                    entry.because,
                    entry.way,
                )
                for environment in environments
            }
            for kind in words.matching(pattern):
                for environment, row in rows.items():
                    yield Expanded(kind, environment, row, position)


def _rule_id(entry: ModeEntry, pattern: str, environment: str, prefix: str) -> str:
    if entry.id is not None:
        return entry.id
    stem = f"{prefix}.{pattern.replace('*', 'any').replace('.', '-')}"
    return stem if entry.environments is None else f"{stem}-{environment}"


def _mode_table(
    shipped: Iterable[ParsedFile],
    parts: Iterable[LayerPart],
    words: Vocabulary,
    unreadable: tuple[str, ...],
) -> Table:
    table: Table = {
        kind: {environment: [] for environment in ENVIRONMENTS} for kind in words.effects_of
    }
    sources = [("modes", file) for file in shipped]
    sources += [(part.layer, file) for part in parts for file in part.files]
    for prefix, file in sources:
        for kind, environment, row, _ in expanded_modes(file, words, prefix):
            rows = table[kind][environment]
            if row not in rows:
                rows.append(row)
    if unreadable:
        row = (UNREADABLE_RULE, "CONSULT", UNREADABLE_BECAUSE, UNREADABLE_WAY)
        for kind, effects in words.effects_of.items():
            if is_unsafe_when_unreadable(effects):
                for environment in ENVIRONMENTS:
                    table[kind][environment].append(row)
    for by_environment in table.values():
        known = by_environment["production"]
        by_environment["unknown"] = [
            *known,
            *(row for row in by_environment["unknown"] if row not in known),
        ]
    return table


def is_unsafe_when_unreadable(effects: Iterable[str]) -> bool:
    """Whether an operation must wait for a person while nobody knows what a layer forbids."""
    return not _SHARED_READS.issuperset(effects)


def strictest_mode(rows: Iterable[RuleRow]) -> Mode:
    """The strictest mode of some rules. Raises: ValueError when there is none."""
    return max((row[1] for row in rows), key=RANK.__getitem__)


def shipped_problems(shipped: Sequence[ParsedFile], words: Vocabulary) -> list[Diagnostic]:
    """Kinds named twice, rules given twice, and every kind and environment without a mode."""
    problems = list(_repeated_names(shipped))
    covered: dict[tuple[str, str], bool] = {}
    for file in shipped:
        problems.extend(_repeated_rules(file, words, "modes"))
        problems.extend(mcp_problems(file))
        for kind, environment, _, _ in expanded_modes(file, words, "modes"):
            covered[kind, environment] = True
    for file in shipped:
        for position, operation in enumerate(file.document.operations):
            gaps = [e for e in JUDGED if (operation.kind, e) not in covered]
            if gaps:
                where = file.tree.where(("operations", position, "kind"))
                told = f"the operation {quoted(operation.kind)} has no mode for {', '.join(gaps)}"
                problems.append(
                    Diagnostic("policy.uncovered", told, where, "add it to policies/modes.yaml")
                )
    return problems


def _repeated_names(files: Sequence[ParsedFile]) -> Iterator[Diagnostic]:
    """Things that must have one definition: kinds, signals, roles, escalators."""
    seen: dict[tuple[str, str], str] = {}
    for file in files:
        document = file.document
        named = [
            *(("operations", i, "kind", o.kind) for i, o in enumerate(document.operations)),
            *(("signals", i, "signal", s.signal) for i, s in enumerate(document.signals)),
            *(("sources", i, "source", s.source) for i, s in enumerate(document.sources)),
            *(("roles", i, "role", r.role) for i, r in enumerate(document.roles)),
            *(("escalation", i, "id", e.id) for i, e in enumerate(document.escalation)),
            *(("mcp_servers", i, "server", s.server) for i, s in enumerate(document.mcp_servers)),
        ]
        for section, i, key, name in named:
            where = file.tree.where((section, i, key))
            first = seen.setdefault((section, name), where)
            if first != where:
                noun = "rule" if section == "escalation" else key
                message = f"the {noun} {quoted(name)} is given twice"
                yield Diagnostic("policy.duplicate-rule", message, where, f"first at {first}")


def _repeated_rules(file: ParsedFile, words: Vocabulary, prefix: str) -> Iterator[Diagnostic]:
    """Mode entries that say the same kind in the same environment twice, or share an id."""
    seen: dict[tuple[str, str], int] = {}
    for position, entry in enumerate(file.document.modes):
        keys = {
            (_rule_id(entry, pattern, environment, prefix), "" if entry.id else pattern)
            for pattern in entry.kinds
            for environment in (entry.environments if entry.environments is not None else ("",))
        }
        if len(set(entry.kinds)) != len(entry.kinds):
            where = file.tree.where(("modes", position, "kinds"))
            yield Diagnostic("policy.duplicate-rule", "a kind is named twice in one entry", where)
        for key in sorted(keys):
            first = seen.setdefault(key, position)
            if first != position:
                where = file.tree.where(("modes", position))
                message = f"the rule {quoted(key[0])} is given twice"
                first_where = file.tree.where(("modes", first))
                yield Diagnostic("policy.duplicate-rule", message, where, f"first at {first_where}")


# Layers may only tighten

_SHIPPED_ONLY = ("operations", "role_defaults")


def layer_problems(
    files: Sequence[ParsedFile],
    shipped: Sequence[ParsedFile],
    words: Vocabulary,
    lower: Sequence[ParsedFile] = (),
) -> list[tuple[ParsedFile, Diagnostic]]:
    """Where a layer's files say what only the shipped policy may say, or something looser than it.

    `lower` are the files of the layers below, whose sources a layer may use and not redefine.
    """
    shipped_table = _mode_table(shipped, (), words, ())
    shipped_ids = {e.id for file in shipped for e in file.document.escalation}
    shipped_ids.update(
        row[0] for by in shipped_table.values() for rows in by.values() for row in rows
    )
    problems: list[tuple[ParsedFile, Diagnostic]] = []
    for number, file in enumerate(files):
        found = [
            *_shipped_only(file),
            *_repeated_rules(file, words, "layer"),
            *_repeated_names([file]),
            *mcp_problems(file),
            *_repeated_against(file, shipped_ids),
            *_repeated_sources(file, lower, files[:number]),
            *_looser_modes(file, shipped_table, words),
        ]
        problems.extend((file, problem) for problem in found)
    return problems


def _shipped_only(file: ParsedFile) -> Iterator[Diagnostic]:
    for section in _SHIPPED_ONLY:
        if getattr(file.document, section):
            where = file.tree.where((section,), key=True)
            message = f"{quoted(section)} belong to the shipped policy alone"
            yield Diagnostic("policy.shipped-only", message, where)


def _repeated_against(file: ParsedFile, known: set[str]) -> Iterator[Diagnostic]:
    ids = [(("escalation", i, "id"), e.id) for i, e in enumerate(file.document.escalation)]
    ids += [(("modes", i, "id"), e.id) for i, e in enumerate(file.document.modes) if e.id]
    for path, rule_id in ids:
        if rule_id in known:
            message = f"the rule {quoted(rule_id)} is a shipped one"
            way = "give the rule an id of its own; it joins the shipped one, the stricter wins"
            yield Diagnostic("policy.duplicate-rule", message, file.tree.where(path), way)


def _repeated_sources(
    file: ParsedFile, lower: Sequence[ParsedFile], before: Sequence[ParsedFile]
) -> Iterator[Diagnostic]:
    """Sources that a layer below, or another file of this layer, has given already."""
    known = {s.source: "another file of this layer" for f in before for s in f.document.sources}
    known.update({s.source: "a layer below" for f in lower for s in f.document.sources})
    for position, source in enumerate(file.document.sources):
        if source.source in known:
            where = file.tree.where(("sources", position, "source"))
            message = f"the source {quoted(source.source)} is given by {known[source.source]}"
            yield Diagnostic("policy.duplicate-rule", message, where, "give yours another name")


def _looser_modes(file: ParsedFile, table: Table, words: Vocabulary) -> Iterator[Diagnostic]:
    for position, entry in enumerate(file.document.modes):
        tightens = False
        looser: list[tuple[str, str, Mode]] = []
        for pattern in entry.kinds:
            for kind in words.matching(pattern):
                for environment in entry.environments or JUDGED:
                    shipped_mode = strictest_mode(table[kind][environment])
                    if RANK[entry.mode] > RANK[shipped_mode]:
                        tightens = True
                    elif RANK[entry.mode] < RANK[shipped_mode]:
                        looser.append((kind, environment, shipped_mode))
        is_exact = entry.environments is not None and not any("*" in kind for kind in entry.kinds)
        if looser and (is_exact or not tightens):
            kind, environment, shipped_mode = looser[0]
            message = (
                f"{quoted(kind)} in {environment} is {shipped_mode} already, "
                f"and a layer may not loosen it to {entry.mode}"
            )
            where = file.tree.where(("modes", position, "mode"))
            way = "remove the entry, or make it stricter"
            yield Diagnostic("policy.looser-mode", message, where, way)


# Kinds


def _kinds(
    shipped: Iterable[ParsedFile],
    parts: Iterable[LayerPart],
    table: Table,
    words: Vocabulary,
) -> dict[str, tuple[Any, ...]]:
    escalators = _escalators([*shipped, *(f for part in parts for f in part.files)], words)
    found: dict[str, tuple[Any, ...]] = {}
    for file in shipped:
        for operation in file.document.operations:
            kind = operation.kind
            found[kind] = (
                tuple(operation.effects),
                operation.reversible,
                operation.meaning,
                operation.environment_bound,
                {environment: _deciding(rows) for environment, rows in table[kind].items()},
                {environment: tuple(rows) for environment, rows in escalators[kind].items()},
            )
    return found


def _deciding(rows: Iterable[RuleRow]) -> tuple[RuleRow, ...]:
    """Of all rules for one kind in one environment those that can decide: the strictest, a few of them.

    So deciding does not take longer for more rules; `agentic policy show` lists them all.
    """
    known = sorted(set(rows))
    strictest = strictest_mode(known)
    return tuple([row for row in known if row[1] == strictest][:_MOST_DECIDING])


def _escalators(
    files: Iterable[ParsedFile], words: Vocabulary
) -> dict[str, dict[str, list[tuple[str, str, str, bool, int, str]]]]:
    table: dict[str, dict[str, list[tuple[str, str, str, bool, int, str]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for file in files:
        for entry in file.document.escalation:
            ignored = entry.ignore_unknown.environments if entry.ignore_unknown else ()
            wanted = set(entry.environments or ENVIRONMENTS)
            if "production" in wanted:
                wanted.add("unknown")
            rows = {
                environment: (
                    entry.id,
                    entry.signal or "",
                    entry.to,
                    environment not in ignored,
                    entry.at_least or 0,
                    entry.because,
                )
                for environment in ENVIRONMENTS
                if environment in wanted
            }
            excepted = {k for p in entry.except_kinds or () for k in words.matching(p)}
            for kind in kinds_in_scope(entry.kinds, entry.effects, words):
                if kind in excepted:
                    continue
                for environment, row in rows.items():
                    table[kind][environment].append(row)
    return table
