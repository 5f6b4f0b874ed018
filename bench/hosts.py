"""The hook of every host, each through the very command that its files get, beside the empty interpreter."""

from __future__ import annotations

import os
from collections.abc import Iterator

from agentic.hosts.interface import Host, Target
from agentic.hosts.registry import HOSTS
from agentic.places import places_of
from bench.process import FLOOR, alternated, process_ms
from bench.row import Row
from demo.sandbox import Sandbox, sandbox

PAIRS = 15


def host_rows() -> Iterator[Row]:
    """A plain command for each host: what its adapter and its reply add shows against the others."""
    with sandbox() as machine:
        machine.agentic("hosts", "install", "claude-code")  # one launcher serves every host
        for name, host in HOSTS.items():
            yield Row(f"hook of {name}, plain command / floor", _ratio(machine, host), "x", 1.5)


def _ratio(machine: Sandbox, host: Host) -> float:
    places = places_of(machine.variables)
    target = Target("user", str(machine.project), places, machine.variables)
    command = ["/bin/sh", "-c", host.commands(target)[0]]

    def asked_ms() -> float:
        probe = host.probe("git status", f"bench-{os.urandom(8).hex()}")
        variables = {**machine.variables, **probe.variables}
        return process_ms(command, probe.payload, variables, machine.project)

    def floor_ms() -> float:
        return process_ms(FLOOR, b"", machine.variables, machine.project)

    return alternated(asked_ms, floor_ms, PAIRS).ratio
