"""The shipped policy with signals of a test's own: YAML as a layer would say it."""

from __future__ import annotations

from agentic.authoring.signals import signal_tables
from agentic.authoring.validate import parse_policy
from agentic.core.policy import Policy
from tests.ports_fakes import shipped_policy


def policy_of(text: str) -> Policy:
    """The shipped policy, whose signals and sources are those of this document only."""
    tables = signal_tables([parse_policy(("version: 1\n" + text).encode(), "signals.yaml")], [])
    return shipped_policy()._replace(
        digest=tables.digest,
        signals=tables.signals,
        sources=tables.sources,
        signals_digest=tables.digest,
    )
