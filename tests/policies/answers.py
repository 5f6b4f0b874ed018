"""How a policy case is answered from policy alone: its operations and readings, judged and decided."""

from __future__ import annotations

from agentic.authoring.cases import Answer, Case
from agentic.core import decide as core
from agentic.core.policy import Policy
from agentic.core.values import Operation, Reading


def answer_from_policy(policy: Policy, case: Case) -> Answer:
    operations = [Operation(o.kind, environment=o.environment) for o in case.operations]
    readings = [Reading(r.signal, r.state, "as the case says") for r in case.readings]
    judgement = core.judge(policy, operations, case.role, case.environment)
    verdict = core.decide(judgement, readings)
    return Answer(verdict.mode, tuple(o.kind for o in case.operations), verdict.rules)
