"""Values that the audit and approval tests share: a call, its decision, a journal in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agentic.audit.journal import Journal, open_journal
from agentic.audit.record import Record, record_of_decision
from agentic.core.values import Decision, Judged, Reading, ToolCall, TraceStep

NOW = 1_795_255_800.125  # 2026-11-21T10:10:00.125Z


def call(command: str = "kubectl apply -f staging.yaml", **changes: Any) -> ToolCall:
    given = ToolCall(
        tool="shell",
        input={"command": command},
        cwd="/home/ada/churn",
        host="claude-code",
        raw_tool="Bash",
        raw_input={"command": command},
        session="3f2c1a34-7777-4c5d-9999-abcdefabcdef",
        call_id="toolu_01",
        model="a-model",
        host_version="2.0.14",
        host_mode="default",
    )
    return given._replace(**changes)


def decision(mode: str = "CONSULT", **changes: Any) -> Decision:
    given = Decision(
        mode=mode,  # type: ignore[arg-type]
        base_mode="CONSULT",
        permission="BLOCK",
        operations=(
            Judged(
                "kubernetes.apply",
                "staging",
                "staging",
                ("write-shared",),
                "staging.yaml",
                "the file's name",
                "kubectl",
                "CONSULT",
            ),
        ),
        trace=(
            TraceStep(
                "modes.kubernetes-apply-staging", "AUTO", "CONSULT", "others test on staging"
            ),
        ),
        rules=("modes.kubernetes-apply-staging",),
        readings=(Reading("clock", "CLEAR", "inside working hours"),),
        because="others test on staging",
        way="show `kubectl diff` and ask",
        waiting_for="a person's yes",
        call_digest="a" * 64,
        action_digest="b" * 64,
        policy_digest="c" * 64,
        purpose="ACT",
    )
    return given._replace(**changes)


def record(command: str = "kubectl apply -f staging.yaml", **changes: Any) -> Record:
    return record_of_decision(
        call(command, **changes), decision(), answer="deny", user="ada", now=NOW
    )


def journal_in(folder: Path) -> Journal:
    """A journal of a new work tree below this folder."""
    root = folder / "work"
    root.mkdir(exist_ok=True)
    return open_journal(str(root), str(folder / "state"))


def filled(folder: Path, count: int = 5) -> Journal:
    """A journal with this many decisions."""
    journal = journal_in(folder)
    for number in range(1, count + 1):
        journal.append(record(f"echo {number}", call_id=f"call-{number}"))
    return journal


def lines_of(journal: Journal) -> list[bytes]:
    return Path(journal.path).read_bytes().splitlines(keepends=True)
