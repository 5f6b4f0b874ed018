"""The deciding function: operations and readings in, a mode and its trace out.

1. judge: each operation gets its environment, its effects and the rules that match it.
2. wanted signals: which readings could still change the answer.
3. decide: every matching rule and every escalator's floor is applied, strictest last.
4. permission: what happens now.

INVARIANT: the mode can only climb, in whatever order operations, rules and readings come
(tests/core/test_properties.py). Only `agentic.govern` may import this module.
"""

from __future__ import annotations

from agentic.core.patterns import matches
from agentic.core.record_type import NamedTuple
from agentic.core.values import (
    ASK,
    AUTO,
    BLOCK,
    CLEAR,
    CONSULT,
    RANK,
    RUN,
    STOP,
    UNKNOWN,
    Judged,
    TraceStep,
    climbed,
    strictest,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agentic.core.policy import Escalator, KindRules, Policy
    from agentic.core.values import Mode, Operation, Permission, Reading

_ORDER = {"": 0, "local": 1, "dev": 2, "staging": 3, "production": 4, "unknown": 5}

UNKNOWN_ROLE_RULE = "permissions.unknown-role"
EMPTY_RULE = "core.nothing-recognised"


class Candidate(NamedTuple):
    """A rule that matched: the floor it sets for the mode, and for which operation.

    `doubt` is 1 where a signal is only UNKNOWN: of equal floors, what is known to be so is told first.
    """

    rank: int
    doubt: int
    rule: str
    mode: Mode
    because: str
    way: str
    operation: int
    signal: str = ""


class Judgement(NamedTuple):
    """Operations as policy sees them, before any live signal."""

    judged: tuple[Judged, ...]
    candidates: tuple[Candidate, ...]
    escalators: tuple[tuple[Escalator, int, Mode], ...]
    base_mode: Mode


class Verdict(NamedTuple):
    """The mode with everything that explains it."""

    mode: Mode
    base_mode: Mode
    trace: tuple[TraceStep, ...]
    rules: tuple[str, ...]
    because: str
    way: str


def judged_environment(environment: str, *, environment_bound: bool, declared: str) -> str:
    """The environment an operation is judged in; a declared one counts only when it is stricter.

    An environment that cannot be told is production where the kind acts on one, else local.
    """
    if environment and environment != "unknown":
        told = environment
    else:
        told = "production" if environment_bound or environment else "local"
    return declared if _ORDER.get(declared, 5) > _ORDER[told] and declared != "unknown" else told


def judge(
    policy: Policy, operations: Sequence[Operation], role: str = "", declared: str = ""
) -> Judgement:
    """Look every operation up in the compiled policy.

    Raises KeyError when an operation's kind is not in the catalogue (a bug of a recogniser: the caller
    must block).
    """
    judged: list[Judged] = []
    candidates: list[Candidate] = []
    escalators: list[tuple[Escalator, int, Mode]] = []
    cache: dict[str, KindRules] = {}
    role_rules = None
    if role:
        name = policy.role_aliases.get(role, role)
        if name in policy.roles:
            role_rules = policy.role_rules(name)
        else:
            why = "this agent role is not in the permission matrix"
            candidates.append(Candidate(2, 0, UNKNOWN_ROLE_RULE, CONSULT, why, "", 0))
    for number, operation in enumerate(operations):
        kind = operation.kind
        rules = cache.get(kind)
        if rules is None:
            rules = cache[kind] = policy.rules_of(kind)
        environment = judged_environment(
            operation.environment, environment_bound=rules[3], declared=declared
        )
        base: Mode = AUTO
        for rule_id, mode, because, way in rules[4][environment]:
            base = strictest(base, mode)
            candidates.append(
                Candidate(RANK[mode], 0, rule_id, mode, because, operation.way or way, number)
            )
        if role_rules is not None:
            cell = role_rules.get(kind, {}).get(environment)
            if cell is not None:
                rule_id, mode, because = cell
                base = strictest(base, mode)
                candidates.append(Candidate(RANK[mode], 0, rule_id, mode, because, "", number))
        escalators.extend([(e, number, base) for e in rules[5].get(environment, ())])
        judged.append(
            Judged(
                kind,
                operation.environment,
                environment,
                rules[0],
                operation.target,
                operation.told_by,
                operation.program,
                base,
                operation.because,
                rules[2],
            )
        )
    if not operations:
        why = "nothing in this call could be recognised"
        candidates.append(Candidate(2, 0, EMPTY_RULE, CONSULT, why, "", 0))
    strict: Mode = AUTO
    for candidate in candidates:
        strict = strictest(strict, candidate.mode)
    return Judgement(tuple(judged), tuple(candidates), tuple(escalators), strict)


def wanted_signals(judgement: Judgement, configured: Iterable[str]) -> tuple[str, ...]:
    """The configured signals whose reading could still change this answer, sorted."""
    rank = RANK[judgement.base_mode]
    names = {
        escalator[1]
        for escalator, _, base in judgement.escalators
        if RANK[_floor(escalator[2], base)] > rank
    }
    if not names:
        return ()
    if "" in names:  # a rule about how many signals are raised can be met by any of them
        return tuple(sorted(configured))
    return tuple(sorted(names.intersection(configured)))


def decide(
    judgement: Judgement,
    readings: Sequence[Reading],
    services: Sequence[tuple[str, tuple[str, ...]]] = (),
) -> Verdict:
    """Apply every floor, strictest last; each change is one trace step.

    `services` are the services that policy declares, as (name, patterns of their targets).
    """
    candidates = list(judgement.candidates)
    if readings:
        candidates.extend(_floors(judgement, readings, services))
    candidates.sort()
    mode: Mode = AUTO
    trace: list[TraceStep] = []
    deciding: Candidate | None = None
    for candidate in candidates:
        after = strictest(mode, candidate.mode)
        if after != mode:
            trace.append(
                TraceStep(
                    candidate.rule,
                    mode,
                    after,
                    candidate.because,
                    candidate.operation,
                    candidate.signal,
                )
            )
            mode = after
            deciding = candidate
    if deciding is None:
        deciding = candidates[0]
    rules = tuple(sorted({candidate.rule for candidate in candidates}))
    way = deciding.way or _way_around(deciding, candidates)
    return Verdict(mode, judgement.base_mode, tuple(trace), rules, deciding.because, way)


def _way_around(deciding: Candidate, candidates: Sequence[Candidate]) -> str:
    """The next step where the deciding rule names none: an equal rule's, or waiting, then a lesser one's."""
    known = next((c for c in reversed(candidates) if c.way), None)
    way = known.way if known is not None else ""
    if not deciding.signal or (known is not None and known.rank == deciding.rank):
        return way
    wait = f"wait until `{deciding.signal}` is clear again"
    return f"{wait}, then {way}" if way else wait


def _floor(to: str, base: Mode) -> Mode:
    """The floor that an escalator names, for an operation whose own mode is `base`."""
    if to == "climb":
        return climbed(base)
    return STOP if to == "STOP" else CONSULT


def _floors(
    judgement: Judgement,
    readings: Sequence[Reading],
    services: Sequence[tuple[str, tuple[str, ...]]],
) -> list[Candidate]:
    """The floors that raised and unknown readings set, computed from each operation's base mode."""
    by_signal: dict[str, list[Reading]] = {}
    for reading in readings:
        if reading.state != CLEAR:
            by_signal.setdefault(reading.signal, []).append(reading)
    floors: list[Candidate] = []
    for escalator, number, base in judgement.escalators:
        rule_id, signal, to, on_unknown, at_least, because = escalator
        subject = judgement.judged[number]
        if at_least:
            count = sum(
                any(r.state != UNKNOWN and _applies(r, subject, services) for r in group)
                for group in by_signal.values()
            )
            matching: list[Reading] = []
            holds = count >= at_least
        else:
            matching = [
                reading
                for reading in by_signal.get(signal, ())
                if (on_unknown or reading.state != UNKNOWN) and _applies(reading, subject, services)
            ]
            holds = bool(matching)
        if holds:
            floor = _floor(to, base)
            raised = [reading for reading in matching if reading.state != UNKNOWN]
            told = [reading.because for reading in raised or matching]
            doubt = int(bool(matching) and not raised)
            claim = f"{because}, which cannot be ruled out" if doubt else because
            why = f"{claim}: {min(told)}" if told else claim
            floors.append(Candidate(RANK[floor], doubt, rule_id, floor, why, "", number, signal))
    return floors


def _applies(
    reading: Reading, subject: Judged, services: Sequence[tuple[str, tuple[str, ...]]]
) -> bool:
    """Whether a reading's own scope covers an operation; an empty scope covers all."""
    if reading.environments and subject.judged_as not in reading.environments:
        return False
    if reading.effects and not any(effect in reading.effects for effect in subject.effects):
        return False
    if reading.targets and subject.target and subject.target not in reading.targets:
        return False
    return not reading.service or _may_touch(subject.target, reading.service, services)


def _may_touch(target: str, service: str, services: Sequence[tuple[str, tuple[str, ...]]]) -> bool:
    """Whether an operation may be about a service: yes, unless policy knows it to be about others only.

    Policy must declare both: the service itself, and one that the target names. Of several files or
    `kind/name` words each must be known: what nobody declared does not hide behind what is.
    """
    if not any(name == service for name, _ in services):
        return True
    words = [word for word in target.replace(",", " ").split() if word[:1] != "-"]
    is_list = target[:1] == "-" or "/" in "".join(words[:1])
    touched: set[str] = set()
    for word in (*words, target):
        found = [
            name
            for name, patterns in services
            if any(matches(pattern, word) for pattern in (name, *patterns))
        ]
        touched.update(found)
        if "/../" in f"/{word}/" or (is_list and not found and word != target):
            return True
    return not touched or service in touched


def permission_for(mode: Mode, *, granted: bool, can_ask: bool) -> Permission:
    """What happens now. STOP never runs from here; a grant lets CONSULT run, without lowering it."""
    if mode == AUTO:
        return RUN
    if mode == STOP:
        return BLOCK
    if granted:
        return RUN
    return ASK if can_ask else BLOCK


#: Kinds of a person's yes, the weakest first.
ASSURANCES = ("host-dialog", "local", "presence", "remote")


def suffices(assurance: str, needed: str) -> bool:
    """Whether one kind of yes is at least as strong as another."""
    return ASSURANCES.index(assurance) >= ASSURANCES.index(needed)


def needed_assurance(judgement: Judgement, by_environment: Mapping[str, str]) -> str:
    """The weakest kind of yes that releases every operation that needs one.

    Operations that policy lets run anyway do not raise it; production asks for the strongest.
    """
    needed = 0
    for operation in judgement.judged:
        if operation.base_mode != AUTO:
            wanted = by_environment.get(operation.judged_as, ASSURANCES[-1])
            needed = max(needed, ASSURANCES.index(wanted))
    for _, number, _ in judgement.escalators:
        wanted = by_environment.get(judgement.judged[number].judged_as, ASSURANCES[-1])
        needed = max(needed, ASSURANCES.index(wanted))
    return ASSURANCES[needed]


def replayed(trace: Iterable[TraceStep]) -> Mode:
    """The mode a trace leads to, starting from AUTO."""
    mode: Mode = AUTO
    for step in trace:
        mode = strictest(mode, step.after)
    return mode
