"""Live signals: what asking real monitoring, reading a snapshot and keeping it fresh cost."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from agentic.core.values import CLEAR
from bench.process import alternated, payload_of, process_ms
from bench.prometheus_stub import Stub, stub
from bench.row import Row
from demo.sandbox import Sandbox, sandbox
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


# The hook


#: Reads every signal there is: whatever is raised would make it STOP.
DEPLOY = "kubectl apply -k k8s/overlays/staging"
IN_SNAPSHOT = 50
WATCHED = 200
_ROUNDS_WATCHED = 3


def layer(url: str, count: int, max_age: str) -> str:
    """A layer with this many signals, all read from one Prometheus.

    The shipped rule about two raised signals at once makes each of them count for a deployment.
    """
    lines = ["version: 1", "sources:"]
    lines += [
        f"  - {{source: prometheus, kind: prometheus, url: '{url}', timeout: 5s}}",
        "signals:",
    ]
    for number in range(count):
        lines += [
            f"  - signal: load.s{number}",
            "    meaning: the service has too much to do",
            f"    max_age: {max_age}",
            "    reads:",
            f"      - {{kind: promql, source: prometheus, query: 'load{{service=\"s{number}\"}}',",
            "         raised_when: {above: 100}, unit: requests}",
        ]
    return "\n".join(lines) + "\n"


def guarded(machine: Sandbox, text: str) -> list[str]:
    """Install the guard with this layer (empty: none), trusted; returns the hook's command."""
    if text:
        folder = machine.project / ".agentic"
        folder.mkdir()
        (folder / "load.yaml").write_text(text)
    machine.agentic("init", "--host", "claude-code", "--scope", "user")
    if text:
        machine.agentic("policy", "trust", "--yes")
    return ["/bin/sh", "-c", machine.hook_command("user")]


def hook_rows() -> Iterator[Row]:
    """The same deployment with and without 50 signals, all of which the hook reads from the snapshot."""
    with sandbox() as plain, sandbox() as loaded, stub() as server:
        without = guarded(plain, "")
        with_them = guarded(loaded, layer(server.url, IN_SNAPSHOT, "1h"))
        loaded.agentic("signals", "refresh")
        pair = alternated(
            lambda: _deployment_ms(loaded, with_them), lambda: _deployment_ms(plain, without)
        )
        recorded = (loaded.project / "ops/audit.jsonl").read_text().splitlines()
        if recorded[-1].count('"load.s') < IN_SNAPSHOT:
            raise RuntimeError("the hook did not read the signals")
        yield Row("hook, a deployment, no live signals", pair.floor_ms, "ms")
        yield Row(f"hook, {IN_SNAPSHOT} signals in the snapshot", pair.command_ms, "ms")
        yield Row(f"hook, {IN_SNAPSHOT} signals / none", pair.ratio, "x", 1.1)


def _deployment_ms(machine: Sandbox, hook: list[str]) -> float:
    """One deployment, the first of its session: what the journal already holds costs time of its own."""
    for journal in (machine.project / "ops", machine.home / ".local/state/agentic/journals"):
        shutil.rmtree(journal, ignore_errors=True)
    return process_ms(hook, payload_of(machine, DEPLOY), machine.variables, machine.project)


# The watch


def watch_rows() -> Iterator[Row]:
    """`agentic signals watch` over 200 signals, for a few rounds."""
    with sandbox() as machine, stub() as server:
        guarded(machine, layer(server.url, WATCHED, "9s"))
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "agentic"), "signals", "watch"],
            cwd=machine.project,
            env=machine.variables,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for_rounds(server, process)
            megabytes = _rss_bytes(process.pid) / 1e6
            connections = server.connections
        finally:
            process.terminate()
            process.wait(10)
        note = f"after {_ROUNDS_WATCHED} rounds"
        yield Row(f"watch, {WATCHED} signals, memory", megabytes, "MB", 100.0, note=note)
        most = f"{len(server.asked_at)} requests, kept alive"
        yield Row("watch, connections opened", float(connections), "", 8.0, note=most)


def _wait_for_rounds(server: Stub, process: subprocess.Popen[bytes]) -> None:
    def is_done() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"the watch ended with {process.returncode}")
        return len(server.asked_at) >= _ROUNDS_WATCHED * WATCHED * 2

    servers.eventually(is_done, f"{_ROUNDS_WATCHED} rounds")


def _rss_bytes(pid: int) -> int:
    shown = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    return int(shown.stdout) * 1024
