"""The rest of a call's world in memory: policy, grants, journal and readings, each a value or an error."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from agentic.core.policy import Policy
from agentic.core.values import Decision, Grant, Mark, Reading, ToolCall
from agentic.govern import Ports
from tests.fakes import ROOT, FakeWorkspace

if TYPE_CHECKING:
    from agentic.core.values import Answer

NOON = 1_763_985_600  # Monday 2025-11-24 12:00 UTC


@cache
def shipped_policy() -> Policy:
    """The shipped policy, compiled once for the whole run."""
    from agentic.authoring.build import built_policy
    from agentic.shipped import POLICIES, shipped_folder

    return built_policy(shipped_folder(POLICIES), [], "")


class FakeGrants:
    """Grants by action digest; claims and requests are kept to look at."""

    def __init__(self, grants: Iterable[Grant] = (), assurance: str = "local") -> None:
        self.grants = {grant.action_digest: grant for grant in grants}
        self.assurance = assurance
        self.claims: list[str] = []
        self.requests: list[Decision] = []
        self.state = "pending"

    def claim(
        self, action_digest: str, policy_digest: str, now: int, claimant: Mark
    ) -> Grant | None:
        self.claims.append(action_digest)
        return self.grants.pop(action_digest, None)

    def request(self, call: ToolCall, decision: Decision, now: int) -> tuple[str, str]:
        self.requests.append(decision)
        return f"r-{len(self.requests)}", self.state


class FakeJournal:
    """Decisions in order, or an error that every attempt to record raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.decisions: list[tuple[Decision, str]] = []

    def record_decision(
        self, call: ToolCall, decision: Decision, answer: Answer, now: int, mark: Mark
    ) -> tuple[int, Answer | None]:
        if self.error is not None:
            raise self.error
        self.decisions.append((decision, answer))
        return len(self.decisions), None


class FakeReadings:
    """Readings by signal; which were asked for is kept to look at."""

    def __init__(self, *readings: Reading) -> None:
        self.readings = readings
        self.asked: list[str] = []

    def __call__(
        self, policy: Policy, names: Iterable[str], call: ToolCall, now: int
    ) -> tuple[Reading, ...]:
        wanted = tuple(names)
        self.asked.extend(wanted)
        return tuple(reading for reading in self.readings if reading.signal in wanted)


def make_ports(
    *,
    policy: Policy | None = None,
    workspace: FakeWorkspace | None = None,
    readings: FakeReadings | None = None,
    grants: FakeGrants | None = None,
    journal: FakeJournal | None = None,
    now: int = NOON,
    answer: str = "none",
) -> Ports:
    """Ports in memory under the shipped policy, at noon of a working day."""
    return Ports(
        policy or shipped_policy(),
        workspace or FakeWorkspace(),
        readings or FakeReadings(),
        grants or FakeGrants(),
        journal or FakeJournal(),
        now,
        lambda _decision: answer,  # type: ignore[arg-type,return-value]
    )


def shell(command: str, *, can_ask: bool = False, **fields: str) -> ToolCall:
    """A shell call in the fake workspace."""
    return ToolCall("shell", {"command": command}, ROOT, can_ask=can_ask, **fields)  # type: ignore[arg-type]
