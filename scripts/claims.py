"""What agentic promises (docs/claims.yaml) against the tests that prove it.

A proof is a pytest node id (`tests/core/test_reason.py::test_x`, a class or a whole file), or a
policy or conformance case (`case:<id>`). It counts when it exists, and, once a full run has left its
report, when it ran and passed there.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
CLAIMS = ROOT / "docs/claims.yaml"
REPORT = ROOT / ".test-report.json"
_CASE_ID = re.compile(r"^\s*(?:- *)?\{? *id: *[\"']?([\w.:-]+)", re.MULTILINE)
CASE_FOLDERS = ("tests/conformance", "tests/bypasses", "policies/cases")

SECTIONS = {
    "claims": "What we promise",
    "bypasses": "The fourteen cheapest ways around a guard",
    "attacks": "Red-team attacks",
}


class Claim(NamedTuple):
    """One promise: `says` is a sentence, `tests` prove it, or `later` names the work that will."""

    section: str
    id: str
    says: str
    source: str
    tests: tuple[str, ...]
    later: str


def read_claims() -> list[Claim]:
    """Every claim of the claims file, in order. Raises ValueError for a malformed one."""
    document = yaml.safe_load(CLAIMS.read_text())
    claims = [_claim_from(section, row) for section in SECTIONS for row in document[section]]
    ids = [claim.id for claim in claims]
    doubled = sorted({name for name in ids if ids.count(name) > 1})
    if doubled:
        raise ValueError(f"{CLAIMS.name}: these ids are used twice: {', '.join(doubled)}")
    return claims


def _claim_from(section: str, row: dict[str, Any]) -> Claim:
    unknown = set(row) - {"id", "says", "from", "tests", "later"}
    if unknown:
        raise ValueError(f"{CLAIMS.name}: {row.get('id')}: unknown keys {sorted(unknown)}")
    claim = Claim(
        section,
        row["id"],
        row["says"],
        row.get("from", ""),
        tuple(row.get("tests", ())),
        row.get("later", ""),
    )
    if not claim.tests and not claim.later:
        raise ValueError(f"{CLAIMS.name}: {claim.id}: no test proves it and no later work is named")
    return claim


def problems_of(claims: Iterable[Claim], report: dict[str, str] | None) -> list[str]:
    """One line for each proof that does not exist, did not run, or did not pass."""
    return [
        f"docs/claims.yaml: {claim.id}: {problem}"
        for claim in claims
        for proof in claim.tests
        for problem in _problems_of_proof(proof, report)
    ]


def _problems_of_proof(proof: str, report: dict[str, str] | None) -> Iterator[str]:
    if not exists(proof):
        yield f"`{proof}` does not exist"
        return
    if report is None:
        return
    outcomes = {name: result for name, result in report.items() if is_proved_by(proof, name)}
    if not outcomes:
        yield f"`{proof}` did not run in the last full run: run `make test`"
    failed = sorted(name for name, result in outcomes.items() if result != "passed")
    if failed:
        yield f"`{failed[0]}` {outcomes[failed[0]]} in the last full run"


def is_proved_by(proof: str, nodeid: str) -> bool:
    """Whether an executed test belongs to a proof."""
    if proof.startswith("case:"):
        return nodeid.endswith("]") and _last_parameter(nodeid) == proof.removeprefix("case:")
    return nodeid == proof or nodeid.startswith((proof + "::", proof + "["))


def _last_parameter(nodeid: str) -> str:
    return nodeid.partition("[")[2][:-1]


def exists(proof: str) -> bool:
    """Whether a proof names a test or case of this tree."""
    if proof.startswith("case:"):
        return proof.removeprefix("case:") in case_ids()
    file, *names = proof.split("::")
    path = ROOT / file
    if not path.is_file():
        return False
    body: list[ast.stmt] = ast.parse(path.read_text()).body
    for name in names:
        bare = name.partition("[")[0]
        found = next(
            (n for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == bare),
            None,
        )
        if found is None:
            return False
        body = found.body
    return True


@cache
def case_ids() -> frozenset[str]:
    """The ids of all policy and conformance cases."""
    ids: set[str] = set()
    for folder in CASE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            ids.update(_CASE_ID.findall(path.read_text()))
    return frozenset(ids)


def read_report() -> dict[str, str] | None:
    """The outcomes of the last full run by node id; None when there was none in this clone."""
    if not REPORT.exists():
        return None
    outcomes: dict[str, str] = json.loads(REPORT.read_text())["tests"]
    return outcomes


def coverage_markdown(claims: Iterable[Claim]) -> str:
    """docs/COVERAGE.md."""
    claims = list(claims)
    lines = [
        "# Coverage",
        "",
        "Generated from `docs/claims.yaml` by `make golden`; do not edit. Each promise stands beside",
        "the tests that prove it. `make test` fails when one of them did not run or did not pass.",
        "A row that names later work is not a promise yet.",
    ]
    for section, title in SECTIONS.items():
        rows = [claim for claim in claims if claim.section == section]
        proved = sum(bool(claim.tests) for claim in rows)
        lines += ["", f"## {title}", "", f"{proved} of {len(rows)} with a test.", ""]
        lines += ["| id | what holds | from | proved by |", "|---|---|---|---|"]
        lines += [_row(claim) for claim in rows]
    return "\n".join(lines) + "\n"


def _row(claim: Claim) -> str:
    proofs = [f"`{proof}`" for proof in claim.tests]
    if claim.later:
        proofs.append(f"later: {claim.later}")
    cells = (claim.id, claim.says, claim.source, "<br>".join(proofs))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
