"""What must hold of every decision, whatever the policy, the operations and the readings are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.decide import (
    Judgement,
    Verdict,
    decide,
    judge,
    judged_environment,
    permission_for,
    replayed,
    wanted_signals,
)
from agentic.core.values import (
    ASK,
    BLOCK,
    CLEAR,
    ENVIRONMENTS,
    MODES,
    RAISED,
    RANK,
    RUN,
    STOP,
    UNKNOWN,
    Operation,
    Reading,
    climbed,
    strictest,
)
from tests.core import strategies as make

tables = make.kind_tables
operation_lists = st.lists(make.operations, max_size=4)
reading_lists = st.lists(make.readings, max_size=4)


def judgement_of(
    table: dict[str, Any],
    operations: list[Operation],
    role: str = "",
    declared: str = "",
    roles: dict[str, Any] | None = None,
) -> Judgement:
    return judge(make.policy_of(table, roles), operations, role, declared)


def verdict_of(
    table: dict[str, Any], operations: list[Operation], readings: list[Reading], **more: Any
) -> Verdict:
    return decide(judgement_of(table, operations, **more), readings)


def assert_not_lower(after: Verdict, before: Verdict) -> None:
    assert RANK[after.mode] >= RANK[before.mode]


@given(tables, operation_lists, make.operations, reading_lists, st.integers(0, 4))
def test_adding_an_operation_never_lowers(
    table: dict[str, Any],
    operations: list[Operation],
    added: Operation,
    readings: list[Reading],
    at: int,
) -> None:
    more = [*operations[:at], added, *operations[at:]]
    # Nothing recognised is CONSULT by a rule of its own; the first known operation replaces it.
    if operations:
        assert_not_lower(verdict_of(table, more, readings), verdict_of(table, operations, readings))


@given(
    tables,
    st.lists(make.operations, min_size=1, max_size=4),
    reading_lists,
    make.kinds,
    st.sampled_from(make.JUDGED),
    make.rules,
    st.integers(0, 3),
)
def test_adding_a_rule_never_lowers(
    table: dict[str, Any],
    operations: list[Operation],
    readings: list[Reading],
    kind: str,
    place: str,
    rule: tuple[Any, ...],
    at: int,
) -> None:
    row = list(table[kind])
    old = row[4][place]
    row[4] = {**row[4], place: (*old[:at], rule, *old[at:])}
    richer = {**table, kind: tuple(row)}
    assert_not_lower(
        verdict_of(richer, operations, readings), verdict_of(table, operations, readings)
    )


@given(
    tables,
    operation_lists,
    reading_lists,
    make.kinds,
    st.sampled_from(make.JUDGED),
    make.escalators,
)
def test_adding_an_escalator_never_lowers(
    table: dict[str, Any],
    operations: list[Operation],
    readings: list[Reading],
    kind: str,
    place: str,
    escalator: tuple[Any, ...],
) -> None:
    row = list(table[kind])
    row[5] = {**row[5], place: (*row[5][place], escalator)}
    richer = {**table, kind: tuple(row)}
    assert_not_lower(
        verdict_of(richer, operations, readings), verdict_of(table, operations, readings)
    )


@given(tables, operation_lists, reading_lists, make.readings)
def test_adding_a_reading_never_lowers(
    table: dict[str, Any], operations: list[Operation], readings: list[Reading], added: Reading
) -> None:
    judgement = judgement_of(table, operations)
    assert_not_lower(decide(judgement, [*readings, added]), decide(judgement, readings))


@given(tables, operation_lists, st.lists(make.readings, min_size=1, max_size=4), st.data())
def test_raising_or_breaking_a_clear_reading_never_lowers(
    table: dict[str, Any], operations: list[Operation], readings: list[Reading], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(readings) - 1))
    worse = data.draw(st.sampled_from((RAISED, UNKNOWN)))
    judgement = judgement_of(table, operations)
    before = [*readings[:at], readings[at]._replace(state=CLEAR), *readings[at + 1 :]]
    after = [*readings[:at], readings[at]._replace(state=worse), *readings[at + 1 :]]
    assert_not_lower(decide(judgement, after), decide(judgement, before))


@given(tables, operation_lists, st.lists(make.readings, min_size=1, max_size=4), make.services)
def test_a_scope_only_ever_keeps_a_reading_out(
    table: dict[str, Any],
    operations: list[Operation],
    readings: list[Reading],
    services: tuple[tuple[str, tuple[str, ...]], ...],
) -> None:
    judgement = judgement_of(table, operations)
    whole = [r._replace(environments=(), effects=(), targets=(), service="") for r in readings]
    assert_not_lower(decide(judgement, whole, services), decide(judgement, readings, services))
    assert_not_lower(decide(judgement, readings), decide(judgement, readings, services))


@given(tables, operation_lists, reading_lists)
def test_breaking_every_source_never_lowers_below_what_raised_readings_gave(
    table: dict[str, Any], operations: list[Operation], readings: list[Reading]
) -> None:
    """Where policy lets UNKNOWN count, switching a raised source off gains nothing."""
    strict = {
        kind: (
            *row[:5],
            {
                place: tuple((e[0], e[1], e[2], True, 0, e[5]) for e in escalators if e[4] == 0)
                for place, escalators in row[5].items()
            },
        )
        for kind, row in table.items()
    }
    judgement = judgement_of(strict, operations)
    broken = [reading._replace(state=UNKNOWN) for reading in readings]
    assert_not_lower(decide(judgement, broken), decide(judgement, readings))


@given(tables, operation_lists, reading_lists, st.data())
def test_order_never_matters(
    table: dict[str, Any], operations: list[Operation], readings: list[Reading], data: st.DataObject
) -> None:
    first = verdict_of(table, operations, readings)
    turned = {
        kind: (
            *row[:4],
            {place: tuple(data.draw(st.permutations(found))) for place, found in row[4].items()},
            {place: tuple(data.draw(st.permutations(found))) for place, found in row[5].items()},
        )
        for kind, row in table.items()
    }
    second = verdict_of(
        turned, data.draw(st.permutations(operations)), data.draw(st.permutations(readings))
    )
    assert (first.mode, first.base_mode) == (second.mode, second.base_mode)
    assert (first.rules, first.because, first.way) == (second.rules, second.because, second.way)
    assert [step[:4] for step in first.trace] == [step[:4] for step in second.trace]


@given(tables, operation_lists, reading_lists)
def test_the_trace_replays_to_the_mode_and_only_climbs(
    table: dict[str, Any], operations: list[Operation], readings: list[Reading]
) -> None:
    verdict = verdict_of(table, operations, readings)
    assert replayed(verdict.trace) == verdict.mode
    mode = "AUTO"
    for step in verdict.trace:
        assert step.before == mode
        assert RANK[step.after] > RANK[step.before]
        assert step.rule in verdict.rules
        assert step.because
        mode = step.after
    assert RANK[verdict.mode] >= RANK[verdict.base_mode]


@given(tables, operation_lists, reading_lists)
def test_readings_that_are_not_asked_for_could_not_have_changed_the_mode(
    table: dict[str, Any], operations: list[Operation], readings: list[Reading]
) -> None:
    judgement = judgement_of(table, operations)
    wanted = wanted_signals(judgement, make.SIGNALS)
    asked = [reading for reading in readings if reading.signal in wanted]
    assert decide(judgement, asked).mode == decide(judgement, readings).mode


def test_a_rule_about_several_signals_asks_for_all_of_them() -> None:
    several = ("escalation.several", "", "STOP", False, 2, "two warnings at once")
    rows = dict.fromkeys(make.JUDGED, (("modes.x", "AUTO", "harmless", ""),))
    table = {"a.read": (("read",), "yes", "reads", False, rows, {"local": (several,)})}
    judgement = judgement_of(table, [Operation("a.read")])
    assert wanted_signals(judgement, make.SIGNALS) == tuple(sorted(make.SIGNALS))
    raised = [Reading(signal, RAISED, "on fire") for signal in make.SIGNALS[:2]]
    assert decide(judgement, raised).mode == STOP
    assert decide(judgement, raised[:1]).mode == "AUTO"


def test_an_environment_outside_the_vocabulary_is_an_error_not_an_answer() -> None:
    rows = dict.fromkeys(make.JUDGED, (("modes.x", "AUTO", "harmless", ""),))
    table = {"a.read": (("read",), "yes", "reads", False, rows, {})}
    with pytest.raises(KeyError):
        judgement_of(table, [Operation("a.read")], declared="nonsense")
    with pytest.raises(KeyError):
        judgement_of(table, [Operation("no.such-kind")])


@given(tables, operation_lists)
def test_without_readings_nothing_escalates(
    table: dict[str, Any], operations: list[Operation]
) -> None:
    verdict = verdict_of(table, operations, [])
    assert verdict.mode == verdict.base_mode


@given(tables, operation_lists, reading_lists, make.role_tables, st.sampled_from(make.ROLES))
def test_a_role_never_lowers(
    table: dict[str, Any],
    operations: list[Operation],
    readings: list[Reading],
    roles: dict[str, Any],
    role: str,
) -> None:
    without = verdict_of(table, operations, readings, roles=roles)
    with_role = verdict_of(table, operations, readings, roles=roles, role=role)
    assert_not_lower(with_role, without)


@given(tables, operation_lists, reading_lists)
def test_an_unknown_role_is_at_least_consult(
    table: dict[str, Any], operations: list[Operation], readings: list[Reading]
) -> None:
    verdict = verdict_of(table, operations, readings, role="stranger")
    assert RANK[verdict.mode] >= RANK["CONSULT"]
    assert "permissions.unknown-role" in verdict.rules


@given(reading_lists, tables)
def test_nothing_recognised_is_at_least_consult(
    readings: list[Reading], table: dict[str, Any]
) -> None:
    assert RANK[verdict_of(table, [], readings).mode] >= RANK["CONSULT"]


CARE = {"local": 1, "dev": 2, "staging": 3, "production": 4}


@given(make.environments, st.booleans(), st.sampled_from(("", *ENVIRONMENTS)))
def test_a_declared_environment_only_goes_up(told: str, is_bound: bool, declared: str) -> None:
    without = judged_environment(told, environment_bound=is_bound, declared="")
    judged = judged_environment(told, environment_bound=is_bound, declared=declared)
    assert CARE[judged] >= CARE[without]
    if CARE.get(declared, 0) > CARE[without]:
        assert judged == declared


def test_an_environment_that_cannot_be_told_is_production_where_the_target_is_shared() -> None:
    assert judged_environment("unknown", environment_bound=False, declared="") == "production"
    assert judged_environment("unknown", environment_bound=True, declared="local") == "production"
    assert judged_environment("", environment_bound=True, declared="") == "production"
    assert judged_environment("", environment_bound=False, declared="") == "local"


@given(st.sampled_from(MODES), st.booleans(), st.booleans())
def test_permission(mode: Any, granted: bool, can_ask: bool) -> None:
    permission = permission_for(mode, granted=granted, can_ask=can_ask)
    if mode == STOP:
        assert permission == BLOCK
    elif mode == "AUTO" or granted:
        assert permission == RUN
    else:
        assert permission == (ASK if can_ask else BLOCK)


@given(st.sampled_from(MODES), st.sampled_from(MODES))
def test_strictest_and_climbed(first: Any, second: Any) -> None:
    assert strictest(first, second) == strictest(second, first)
    assert RANK[strictest(first, second)] == max(RANK[first], RANK[second])
    assert RANK[climbed(first)] == min(3, RANK[first] + 1)
