"""Policy tests shipped beside the policies: read, asked and compared.

A case names operations, a command or a call of an MCP tool, and the mode that must come out. How a case is
answered is passed in, because only the one path may decide::

    answer(case) -> Answer(mode, kinds, rules)

A case with a command can be asked twice: of policy alone (its operations) and through recognition.
"""

from __future__ import annotations

from os import listdir
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import StringConstraints

from agentic.authoring.validate import meant, shaped
from agentic.authoring.vocabulary import (
    Closed,
    Environment,
    Mode,
    RuleId,
    Sentence,
    VersionOne,
    Word,
)
from agentic.errors import Diagnostic, InvalidDocument, quoted
from agentic.yaml_reader import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agentic.yaml_reader import Path, YamlTree

#: When a case is judged that names no time: a Wednesday at 10:00 UTC.
DEFAULT_AT = "2026-11-18T10:00:00Z"

Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class CaseOperation(Closed):
    """What recognition is taken to have found."""

    kind: Word
    environment: Environment | Literal[""] = ""


class CaseTool(Closed):
    """A call of an MCP tool, as a host sends it."""

    server: Word
    tool: Word
    arguments: dict[str, Any] = {}


class CaseReading(Closed):
    """A signal's state at that moment."""

    signal: Word
    state: Literal["CLEAR", "RAISED", "UNKNOWN"]


class Expectation(Closed):
    """What must come out: the mode, and where given the kinds and rules that must be among it."""

    mode: Mode
    kinds: list[Word] = []
    rules: list[Word] = []


class Case(Closed):
    """One policy test."""

    id: RuleId
    because: Sentence
    command: str | None = None
    mcp: CaseTool | None = None
    cwd: str = ""
    environment: Environment | Literal[""] = ""
    role: str = ""
    at: Moment = DEFAULT_AT
    operations: list[CaseOperation] = []
    readings: list[CaseReading] = []
    expect: Expectation


class CaseFile(Closed):
    """A file of cases."""

    version: VersionOne
    cases: list[Case]


class Answer(NamedTuple):
    """How a case was answered."""

    mode: str
    kinds: tuple[str, ...]
    rules: tuple[str, ...]


class CaseResult(NamedTuple):
    """A case with its answer; `problems` is empty when it is as expected."""

    id: str
    where: str
    problems: tuple[str, ...]
    answer: Answer


class LocatedCase(NamedTuple):
    """A case and the `file:line:column` where it stands."""

    case: Case
    where: str


def read_cases(folder: str, kinds: Iterable[str]) -> list[LocatedCase]:
    """All cases of a folder's `*.yaml` files, by file and order.

    Raises: InvalidDocument with every problem: shape, ids given twice, unknown kinds, empty cases.
    """
    known = frozenset(kinds)
    found: list[LocatedCase] = []
    problems: list[Diagnostic] = []
    seen: dict[str, str] = {}
    for name in sorted(listdir(folder)):
        if not name.endswith(".yaml"):
            continue
        with open(f"{folder}/{name}", "rb") as file:
            data = file.read()
        try:
            tree = parse_yaml(data, f"{folder.rpartition('/')[2]}/{name}")
            cases = shaped(CaseFile, tree).cases
        except InvalidDocument as invalid:
            problems.extend(invalid.diagnostics)
            continue
        for position, case in enumerate(cases):
            where = tree.where(("cases", position))
            first = seen.setdefault(case.id, where)
            if first != where:
                message = f"the case {quoted(case.id)} is given twice"
                problems.append(Diagnostic("case.duplicate", message, where, f"first at {first}"))
            problems.extend(_case_problems(case, position, tree, known))
            found.append(LocatedCase(case, where))
    if problems:
        raise InvalidDocument(problems)
    return found


def _case_problems(
    case: Case, position: int, tree: YamlTree, known: frozenset[str]
) -> list[Diagnostic]:
    problems: list[Diagnostic] = []
    if not case.operations and case.command is None and case.mcp is None:
        message = f"the case {quoted(case.id)} names neither operations nor a command nor a tool"
        problems.append(Diagnostic("case.empty", message, tree.where(("cases", position))))
    if case.command is not None and case.mcp is not None:
        message = f"the case {quoted(case.id)} names both a command and a tool"
        problems.append(Diagnostic("case.both", message, tree.where(("cases", position))))
    used: list[tuple[Path, str]] = [
        *((("operations", i, "kind"), o.kind) for i, o in enumerate(case.operations)),
        *((("expect", "kinds", i), kind) for i, kind in enumerate(case.expect.kinds)),
    ]
    for path, kind in used:
        if kind not in known:
            where = tree.where(("cases", position, *path))
            message = f"unknown operation {quoted(kind)}"
            problems.append(Diagnostic("policy.unknown-kind", message, where, meant(kind, known)))
    return problems


def run_cases(cases: Iterable[LocatedCase], answer: Callable[[Case], Answer]) -> list[CaseResult]:
    """Each case with its answer and what is wrong with it."""
    results: list[CaseResult] = []
    for case, where in cases:
        given = answer(case)
        results.append(CaseResult(case.id, where, tuple(_differences(case.expect, given)), given))
    return results


def _differences(expected: Expectation, given: Answer) -> list[str]:
    problems: list[str] = []
    if given.mode != expected.mode:
        problems.append(f"expected {expected.mode}, got {given.mode} by {', '.join(given.rules)}")
    problems += [
        f"expected the operation {quoted(k)}" for k in expected.kinds if k not in given.kinds
    ]
    problems += [f"expected the rule {quoted(r)}" for r in expected.rules if r not in given.rules]
    return problems
