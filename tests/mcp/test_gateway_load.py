"""Thousands of calls: each judged, each recorded once with its outcome, none mixed up; memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anyio

from tests.mcp.test_gateway_faults import gateway_of, limited, peak_mib
from tests.mcp.world import World, run, text_of

TOGETHER = 8


def test_many_calls_side_by_side_stay_apart(world: World, campaign: Callable[[int], int]) -> None:
    count = campaign(10_000)
    state = world.server({"get_note": {}})
    words = limited(world, state, calls_per_s=100_000, concurrent_calls=TOGETHER)
    peaks: list[int] = []

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words, within_s=600) as client:

            async def caller(first: int) -> None:
                for number in range(first, count, TOGETHER):
                    arguments: dict[str, Any] = {"number": number}
                    done = await client.call_tool("get_note", arguments)
                    assert json.loads(text_of(done)) == arguments

            await caller(count - 1)
            peaks.append(peak_mib(gateway_of(world)))
            async with anyio.create_task_group() as tasks:
                for first in range(TOGETHER):
                    tasks.start_soon(caller, first)
            peaks.append(peak_mib(gateway_of(world)))

    run(talk)
    rows = [row for row in world.records() if row["event"] in ("decision", "outcome")]
    decisions = [row["seq"] for row in rows if row["event"] == "decision"]
    outcomes = [row["links"]["decision"] for row in rows if row["event"] == "outcome"]
    assert len(decisions) == count + 1
    assert sorted(outcomes) == decisions, "every call has exactly one outcome"
    assert {row.get("status", "succeeded") for row in rows} == {"succeeded"}
    assert world.agentic("audit", "verify").returncode == 0
    assert peaks[1] - peaks[0] < 30
