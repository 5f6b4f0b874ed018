"""What live tests ask: sources by a policy of their own, what is decided on it, or one HTTP client."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from agentic.authoring.signals import signal_tables
from agentic.authoring.validate import parse_policy
from agentic.core.policy import Policy
from agentic.core.values import Decision, Reading
from agentic.govern import govern
from agentic.signals.live.ask import ask, environment_words_of, readings_at
from agentic.signals.live.http import Client, Pool
from agentic.signals.live.interface import SourceFailed
from tests.ports_fakes import FakeReadings, make_ports, shell, shipped_policy
from tests.signals.hostile import Behaviour, Stub

SIGNAL = "incident.active"
STAGING = "kubectl --context staging apply -f k.yaml"
DEV = "kubectl --context dev apply -f k.yaml"


def source(url: str, kind: str = "prometheus", **fields: Any) -> dict[str, Any]:
    """A source `prom` as a policy document declares it."""
    return {"source": "prom", "kind": kind, "url": url, **fields}


def promql(query: str, **fields: Any) -> dict[str, Any]:
    """A read of the source `prom`, raised above 5 unless `fields` say otherwise."""
    return {
        "kind": "promql",
        "source": "prom",
        "query": query,
        "raised_when": {"above": 5},
        "unit": "x",
        **fields,
    }


def policy_with(
    sources: Sequence[Mapping[str, Any]],
    reads: Sequence[Mapping[str, Any]],
    services: Sequence[Mapping[str, Any]] = (),
    signal: str = SIGNAL,
) -> Policy:
    """The shipped policy, in which only this signal is configured. Goes through the documents' checks."""
    document = {
        "version": 1,
        "sources": list(sources),
        "signals": [{"signal": signal, "meaning": "a test says so", "reads": list(reads)}],
        "services": list(services),
    }
    tables = signal_tables([parse_policy(json.dumps(document).encode(), "signals.yaml")], [])
    return shipped_policy()._replace(
        signals=tables.signals,
        sources=tables.sources,
        signals_digest=tables.digest,
        services=tables.services,
    )


def readings(
    policy: Policy, deadline_s: float = 20.0, now: int | None = None, **more: Any
) -> tuple[Reading, ...]:
    """What the policy's signals say, asked live."""
    now = int(time.time()) if now is None else now
    answers = ask(
        policy,
        policy.signals,
        now=now,
        deadline_s=deadline_s,
        workspace="",
        environment_words=environment_words_of(policy),
        **more,
    )
    return readings_at(answers, now)


def decided(policy: Policy, found: Sequence[Reading], command: str = STAGING) -> Decision:
    """What is decided on a command when the signals say this."""
    return govern(shell(command), make_ports(policy=policy, readings=FakeReadings(*found)))


# One client

TOKEN = "t0ken-of-the-test"


@contextmanager
def client(url: str, deadline_s: float = 10, **settings: Any) -> Iterator[Client]:
    declared = {"kind": "prometheus", "source": "prom", "url": url, "timeout": 5, **settings}
    pool = Pool({"prom": declared}, time.monotonic() + deadline_s, int(time.time()))
    try:
        yield pool.connect("prom")
    finally:
        pool.close()


@contextmanager
def asking(behaviour: Behaviour, **settings: Any) -> Iterator[tuple[Client, Stub]]:
    with Stub(behaviour) as stub, client(stub.url, **settings) as asked:
        yield asked, stub


def failure(asked: Client, path: str = "/x") -> str:
    with pytest.raises(SourceFailed) as problem:
        asked.get_json(path)
    return str(problem.value)
