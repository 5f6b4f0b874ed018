"""Live signals: what asking real monitoring costs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from agentic.core.values import CLEAR
from bench.row import Row
from tests.signals import servers
from tests.signals.asking import policy_with, promql, readings, source

QUERIES = 50
ROUNDS = 5


def promql_rows() -> Iterator[Row]:
    """A live question of 50 PromQL reads to a real Prometheus; each round opens its own connections."""
    try:
        with tempfile.TemporaryDirectory() as folder, servers.platform_in(Path(folder)) as platform:
            yield from _asked(platform)
    except pytest.fail.Exception as problem:  # how the tests' servers say that a program is missing
        raise RuntimeError(str(problem)) from None


def _asked(platform: servers.Platform) -> Iterator[Row]:
    lines = [
        f'requests_total{{service="s{number:02}",code="{code}",pod="p{pod}"}} {number + pod + 1}'
        for number in range(QUERIES)
        for code in (200, 500)
        for pod in range(4)
    ]
    platform.push("bench", "\n".join(lines) + "\n")
    servers.eventually(
        lambda: (
            platform.values("count(count_over_time(requests_total[1m]) > 2)") == [str(len(lines))]
        ),
        "three scrapes of the metrics",
    )
    reads = [
        promql(
            f'sum by (service) (rate(requests_total{{service="s{number:02}",code=~"5.."}}[1m]))'
            f' / sum by (service) (rate(requests_total{{service="s{number:02}"}}[1m]) + 1)'
        )
        for number in range(QUERIES)
    ]
    policy = policy_with([source(platform.prometheus)], reads)
    spent: list[float] = []
    for _ in range(ROUNDS):
        started = perf_counter()
        found = readings(policy)
        spent.append(perf_counter() - started)
        if [reading.state for reading in found] != [CLEAR] * QUERIES:
            raise RuntimeError(f"not every query was answered: {found[0].because}")
    note = (
        f"{QUERIES} reads of {len(lines)} series, {2 * QUERIES} requests, the slowest of {ROUNDS}"
    )
    yield Row(f"{QUERIES} PromQL reads, asked live", max(spent), "s", 2.0, note=note)
    yield Row("one PromQL read among them", median(spent) / QUERIES * 1000, "ms")
