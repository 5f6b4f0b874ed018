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

from agentic.authoring.validate import (
    ParsedFile,
    Vocabulary,
    reference_problems,
    vocabulary_of,
)
from agentic.core.native import sha256_hex
from agentic.core.policy import FORMAT, Policy
from agentic.core.values import ENVIRONMENTS, RANK
from agentic.errors import Diagnostic, InvalidDocument, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentic.authoring.documents import ModeEntry, RoleEntry, Settings
    from agentic.authoring.layers import LayerPart, Layers
    from agentic.core.values import Mode

#: The environments that have rules of their own; `unknown` gets production's and perhaps stricter ones.
JUDGED = ("local", "dev", "staging", "production")

SHIPPED_LAYER = "shipped"
UNREADABLE_RULE = "layers.unreadable-policy"
UNREADABLE_BECAUSE = "a policy of this workspace cannot be read, so nobody knows what it forbids"
UNREADABLE_WAY = "a person runs `agentic policy check` in their own terminal and mends the policy"

_SHARED_READS = frozenset(("read", "network"))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ASSURANCE_RANK = {"host-dialog": 0, "local": 1, "presence": 2, "remote": 3}

#: (rule id, mode, because, way)
RuleRow = tuple[str, "Mode", str, str]
#: (rule id, mode, because)
CellRow = tuple[str, "Mode", str]
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
    role_tables, aliases = _roles(shipped, parts, words)
    return Policy(
        digest=_digest(shipped, layers),
        kinds={kind: dumps(row) for kind, row in kinds.items()},
        roles={role: dumps(cells) for role, cells in role_tables.items()},
        role_aliases=aliases,
        signals=_signals(shipped, parts),
        facts=dumps(_facts(shipped, parts)),
        settings=_settings(shipped, parts),
        layers=(
            (SHIPPED_LAYER, "", shipped_digest(shipped), "trusted"),
            *(layers.rows if layers else ()),
        ),
        notices=layers.notices if layers else (),
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
        for kind, environment, _, _ in expanded_modes(file, words, "modes"):
            covered[kind, environment] = True
    for file in shipped:
        for position, operation in enumerate(file.document.operations):
            gaps = [e for e in JUDGED if (operation.kind, e) not in covered]
            if gaps:
                where = file.tree.where(("operations", position, "kind"))
                message = (
                    f"the operation {quoted(operation.kind)} has no mode for {', '.join(gaps)}"
                )
                problems.append(
                    Diagnostic("policy.uncovered", message, where, "add it to policies/modes.yaml")
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
            *(("roles", i, "role", r.role) for i, r in enumerate(document.roles)),
            *(("escalation", i, "id", e.id) for i, e in enumerate(document.escalation)),
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
    files: Sequence[ParsedFile], shipped: Sequence[ParsedFile], words: Vocabulary
) -> list[tuple[ParsedFile, Diagnostic]]:
    """Where a layer's files say what only the shipped policy may say, or something looser than it."""
    shipped_table = _mode_table(shipped, (), words, ())
    shipped_ids = {e.id for file in shipped for e in file.document.escalation}
    shipped_ids.update(
        row[0] for by in shipped_table.values() for rows in by.values() for row in rows
    )
    problems: list[tuple[ParsedFile, Diagnostic]] = []
    for file in files:
        found = [
            *_shipped_only(file),
            *_repeated_rules(file, words, "layer"),
            *_repeated_names([file]),
            *_repeated_against(file, shipped_ids),
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
            help_text = (
                "give the rule an id of its own; it joins the shipped one, the stricter wins"
            )
            yield Diagnostic("policy.duplicate-rule", message, file.tree.where(path), help_text)


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
            help_text = "remove the entry, or make it stricter"
            yield Diagnostic("policy.looser-mode", message, where, help_text)


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
                {environment: tuple(rows) for environment, rows in table[kind].items()},
                {environment: tuple(rows) for environment, rows in escalators[kind].items()},
            )
    return found


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
            for kind in _scope(entry.kinds, entry.effects, words):
                for environment, row in rows.items():
                    table[kind][environment].append(row)
    return table


def _scope(
    patterns: Sequence[str] | None, effects: Sequence[str] | None, words: Vocabulary
) -> list[str]:
    """The kinds that both match a pattern and have an effect; an absent restriction lets all through."""
    matching = (
        set(words.effects_of)
        if patterns is None
        else {kind for pattern in patterns for kind in words.matching(pattern)}
    )
    return [
        kind
        for kind, its_effects in words.effects_of.items()
        if kind in matching and (effects is None or not set(effects).isdisjoint(its_effects))
    ]


# Roles


def _roles(
    shipped: Sequence[ParsedFile], parts: Iterable[LayerPart], words: Vocabulary
) -> tuple[dict[str, dict[str, dict[str, CellRow]]], dict[str, str]]:
    """Cells by role, kind and environment; and the other names of roles.

    A layer's cell joins the shipped cell or default and the stricter holds; new roles and aliases
    count only from a trusted layer, because an unknown role is CONSULT.
    """
    tables: dict[str, dict[str, dict[str, CellRow]]] = {}
    aliases: dict[str, str] = {}
    defaults = _default_cells(shipped, words)
    for file in shipped:
        for entry in file.document.roles:
            tables[entry.role] = _role_table(entry, words, defaults, "permissions")
            aliases.update(_aliases(entry))
    for part in parts:
        for file in part.files:
            for entry in file.document.roles:
                if entry.role in tables:
                    _tighten(tables[entry.role], _cells(entry, words, part.layer))
                elif part.is_trusted:
                    tables[entry.role] = _role_table(entry, words, defaults, part.layer)
                if part.is_trusted and entry.role in tables:
                    aliases.update(_aliases(entry))
    return tables, aliases


def _aliases(entry: RoleEntry) -> dict[str, str]:
    """Every other name of a role; `Agent-<role>` always is one."""
    return dict.fromkeys((*entry.aliases, f"Agent-{entry.role}"), entry.role)


def _default_cells(shipped: Iterable[ParsedFile], words: Vocabulary) -> dict[str, CellRow]:
    """kind -> the cell of a role that names no cell for it."""
    cells: dict[str, CellRow] = {}
    for file in shipped:
        for entry in file.document.role_defaults:
            row: CellRow = ("permissions.no-cell", entry.mode, entry.because)
            for kind in _scope(None, entry.effects, words):
                if kind not in cells or RANK[entry.mode] > RANK[cells[kind][1]]:
                    cells[kind] = row
    return cells


def _role_table(
    entry: RoleEntry, words: Vocabulary, defaults: dict[str, CellRow], prefix: str
) -> dict[str, dict[str, CellRow]]:
    cells = _cells(entry, words, prefix)
    whole: dict[int, dict[str, CellRow]] = {}
    table: dict[str, dict[str, CellRow]] = {}
    for kind in words.effects_of:
        own = cells.get(kind, {})
        default = defaults.get(kind)
        if default is not None and len(own) < len(ENVIRONMENTS):
            if not own:  # one shared object for all such kinds keeps the compiled file small
                own = whole.setdefault(id(default), dict.fromkeys(ENVIRONMENTS, default))
            else:
                own = {environment: own.get(environment, default) for environment in ENVIRONMENTS}
        if own:
            table[kind] = own
    return table


def _cells(entry: RoleEntry, words: Vocabulary, prefix: str) -> dict[str, dict[str, CellRow]]:
    """The strictest of a role's own cells, by kind and environment."""
    found: dict[str, dict[str, CellRow]] = {}
    role = entry.role.lower()
    for cell in entry.cells:
        environments = set(cell.environments or ENVIRONMENTS)
        if "production" in environments:
            environments.add("unknown")
        for pattern in cell.kinds:
            stem = f"{prefix}.{role}-{pattern.replace('*', 'any').replace('.', '-')}"
            rows: dict[str, CellRow] = {}
            for environment in environments:
                rule_id = f"{stem}-{environment}" if cell.environments else stem
                rows[environment] = (rule_id, cell.mode, cell.because)
            for kind in words.matching(pattern):
                _tighten(found, {kind: rows})
    return found


def _tighten(table: dict[str, dict[str, CellRow]], further: dict[str, dict[str, CellRow]]) -> None:
    for kind, by_environment in further.items():
        mine = dict(table.get(kind, {}))
        for environment, row in by_environment.items():
            if environment not in mine or RANK[row[1]] > RANK[mine[environment][1]]:
                mine[environment] = row
        table[kind] = mine


# Facts, signals, settings


def _facts(shipped: Sequence[ParsedFile], parts: Sequence[LayerPart]) -> tuple[Any, ...]:
    """The tuple of `agentic.recognize.interface.Facts`, as plain values."""
    trusted = [file for part in parts if part.is_trusted for file in part.files]
    untrusted = [file for part in parts if not part.is_trusted for file in part.files]
    every = [*shipped, *trusted, *untrusted]
    counting = [*shipped, *trusted]
    words: dict[str, str] = {}
    for files, only in ((shipped, ""), (trusted, ""), (untrusted, "production")):
        words.update(_environment_words(files, only))
    names: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for files, only in ((untrusted, "production"), (trusted, ""), (shipped, "")):
        for source, pairs in _environment_names(files, only).items():
            names[source].extend(pairs)
    return (
        words,
        {source: tuple(pairs) for source, pairs in names.items()},
        tuple(dict.fromkeys(b for file in every for b in file.document.protected_branches)),
        {p.program: p.kind for file in counting for p in file.document.programs},
        tuple((t.tool, t.kind) for file in counting for t in file.document.mcp_tools),
        tuple((p.pattern, p.path_class) for file in every for p in file.document.sensitive_paths),
        tuple(w for f in counting if f.document.workspace for w in f.document.workspace.also),
        tuple(dict.fromkeys(v for file in counting for v in file.document.variables)),
    )


def _environment_words(files: Iterable[ParsedFile], only: str) -> dict[str, str]:
    """Words to environments; a word that is given twice tells the stricter one."""
    found: dict[str, str] = {}
    for file in files:
        for entry in file.document.environments:
            if only and entry.name != only:
                continue
            for word in entry.words:
                lowered = word.lower()
                before = found.get(lowered)
                if before is None or JUDGED.index(entry.name) > JUDGED.index(before):
                    found[lowered] = entry.name
    return found


def _environment_names(files: Iterable[ParsedFile], only: str) -> dict[str, list[tuple[str, str]]]:
    """Patterns by source; the first match counts, so the longer comes first, then the stricter."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in files:
        for entry in file.document.environments:
            if only and entry.name != only:
                continue
            for source, patterns in entry.names.items():
                found[source].extend((pattern.lower(), entry.name) for pattern in patterns)
    for pairs in found.values():
        pairs.sort(key=lambda pair: (-len(pair[0].replace("*", "")), -JUDGED.index(pair[1]), pair))
    return found


def _signals(shipped: Sequence[ParsedFile], parts: Sequence[LayerPart]) -> dict[str, bytes]:
    """Configured signals with their marshalled settings; a trusted layer's source replaces the shipped."""
    trusted = [file for part in parts if part.is_trusted for file in part.files]
    found: dict[str, bytes] = {}
    for file in (*shipped, *trusted):
        for entry in file.document.signals:
            if entry.source is not None:
                settings: dict[str, Any] = entry.source.model_dump()
                settings["days"] = sorted(_DAYS.index(day) for day in entry.source.days)
                found[entry.signal] = dumps(settings)
    return found


def _settings(shipped: Sequence[ParsedFile], parts: Sequence[LayerPart]) -> dict[str, Any]:
    """The plain switches; an untrusted layer may only make them stricter."""
    found: dict[str, Any] = {}
    for file in shipped:
        if file.document.settings:
            found.update(file.document.settings.model_dump(exclude_none=True))
    for part in parts:
        for file in part.files:
            if file.document.settings:
                _apply_settings(found, file.document.settings, is_trusted=part.is_trusted)
    return found


def _apply_settings(found: dict[str, Any], given: Settings, *, is_trusted: bool) -> None:
    if given.auto_reply is not None and (is_trusted or given.auto_reply == "none"):
        found["auto_reply"] = given.auto_reply
    if given.grant_ttl_s is not None and (is_trusted or given.grant_ttl_s < found["grant_ttl_s"]):
        found["grant_ttl_s"] = given.grant_ttl_s
    assurance = dict(found["assurance"])
    for environment, level in (given.assurance or {}).items():
        if is_trusted or _ASSURANCE_RANK[level] > _ASSURANCE_RANK[assurance[environment]]:
            assurance[environment] = level
    found["assurance"] = assurance
