"""Servers that hang, die, flood, lie or grow: an error for the one call, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.mcp.world import AGENTIC, World, run, single, text_of


def limited(world: World, state: Path, kind: str = "plain", **limits: int) -> list[str]:
    """The words for a gateway whose one server has these limits."""
    server = {"name": "test", "command": world.command(state, kind), "limits": limits}
    document = world.base / "gateway.yaml"
    document.write_text(json.dumps({"version": 1, "servers": [server]}))
    return ["--config", str(document)]


def one_call(world: World, words: list[str], tool: str, arguments: Any = None) -> tuple[str, bool]:
    """The text of one call's result, and whether it is an error."""

    async def talk() -> tuple[str, bool]:
        await world.ready(words)
        async with world.client(words) as client:
            done = await client.call_tool(tool, arguments or {})
            return text_of(done), bool(done.is_error)

    found: tuple[str, bool] = run(talk)
    return found


def outcomes(world: World) -> list[str]:
    return [row["status"] for row in world.records() if row["event"] == "outcome"]


def test_a_hanging_server_is_an_error_within_its_time_and_is_told_to_stop(world: World) -> None:
    state = world.server({"get_never": {"does": "hang"}, "get_note": {}})
    words = limited(world, state, call_s=1)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words) as client:
            started = time.monotonic()
            done = await client.call_tool("get_never", {})
            assert time.monotonic() - started < 5
            assert done.is_error
            assert "did not answer within 1 s" in text_of(done)
            assert not (await client.call_tool("get_note", {})).is_error

    run(talk)
    assert "cancelled" in world.log(state)
    assert outcomes(world) == ["failed", "succeeded"]


def test_other_calls_flow_on_beside_one_that_hangs(world: World) -> None:
    state = world.server({"get_never": {"does": "hang"}, "get_note": {}})
    words = limited(world, state, call_s=20)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "get_never", {})
            await anyio.sleep(0.2)
            with anyio.fail_after(5):
                for number in range(10):
                    done = await client.call_tool("get_note", {"number": number})
                    assert not done.is_error
            tasks.cancel_scope.cancel()

    run(talk)


def test_a_dead_server_is_an_error_with_its_last_words_and_is_started_again(world: World) -> None:
    state = world.server({"get_death": {"does": "die"}, "get_note": {}})
    words = single(world, state)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words) as client:
            done = await client.call_tool("get_death", {})
            assert done.is_error
            assert "whether the call took effect is not known" in text_of(done)
            assert "the disk of the test is full" in text_of(done)
            await anyio.sleep(1)
            assert not (await client.call_tool("get_note", {})).is_error

    run(talk)
    assert outcomes(world) == ["failed", "succeeded"]
    assert sum(line.startswith("started") for line in world.log(state)) == 3


def test_a_server_that_cannot_start_is_an_error_and_no_hang(world: World) -> None:
    words = ["--name", "test", "--", sys.executable, "-c", "import sys; sys.exit('no such luck')"]

    async def talk() -> None:
        async with world.client(words) as client:
            assert (await client.list_tools()).tools == []
            done = await client.call_tool("get_note", {})
            assert done.is_error
            assert "no such luck" in text_of(done)

    run(talk)


def test_a_missing_program_is_said_before_anything_starts(world: World) -> None:
    done = world.agentic("mcp", "gateway", "--name", "x", "--", "no-such-program", expect=5)
    assert done.stderr.startswith("the program `no-such-program` is not there")


@pytest.mark.parametrize(
    ("does", "word"), [("flood", "flooded the gateway"), ("endless", "the connection ended")]
)
def test_a_flooding_server_is_cut_off_in_bounded_memory(world: World, does: str, word: str) -> None:
    state = world.server({"get_flood": {"does": does}, "get_note": {}})
    words = limited(world, state, call_s=20, result_bytes=1_000_000)

    async def talk() -> int:
        await world.ready(words)
        async with world.client(words) as client:
            await client.list_tools()
            process = gateway_of(world)
            done = await client.call_tool("get_flood", {})
            assert done.is_error
            assert word in text_of(done)
            await anyio.sleep(1)
            assert not (await client.call_tool("get_note", {})).is_error
            return peak_mib(process)

    assert run(talk) < 300


def test_a_huge_result_is_refused_and_the_connection_lives(world: World) -> None:
    state = world.server({"get_huge": {"does": "huge", "size": 150_000}, "get_note": {}})
    words = limited(world, state, result_bytes=100_000)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words) as client:
            done = await client.call_tool("get_huge", {})
            assert "the result is too large" in text_of(done)
            assert not (await client.call_tool("get_note", {})).is_error

    run(talk)
    assert sum(line.startswith("started") for line in world.log(state)) == 2


def test_large_arguments_never_reach_the_server(world: World) -> None:
    state = world.server({"get_note": {}})
    words = limited(world, state, request_bytes=2_000)
    text, is_error = one_call(world, words, "get_note", {"text": "x" * 3_000})
    assert is_error
    assert "the arguments are too large" in text
    assert not any(line.startswith("call") for line in world.log(state))


def test_calls_beyond_the_rate_are_refused(world: World) -> None:
    state = world.server({"get_note": {}})
    words = limited(world, state, calls_per_s=3)

    async def talk() -> list[bool]:
        await world.ready(words)
        async with world.client(words) as client:
            found = []
            for _ in range(6):
                done = await client.call_tool("get_note", {})
                found.append(bool(done.is_error))
            return found

    found = run(talk)
    assert found[:3] == [False] * 3
    assert any(found[3:])


@pytest.mark.parametrize("kind", ["plain", "legacy"])
def test_a_server_that_lies_about_ids_changes_nothing(world: World, kind: str) -> None:
    state = world.server({"get_odd": {"does": "odd-id", "text": "the true answer"}, "get_note": {}})
    words = single(world, state, kind=kind)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words) as client:
            for _ in range(3):
                assert text_of(await client.call_tool("get_odd", {})) == "the true answer"
            assert not (await client.call_tool("get_note", {})).is_error

    run(talk)


@pytest.mark.parametrize(
    ("kind", "does", "word"),
    [
        ("legacy", "wrong-shape", "sent an answer that is no valid MCP"),
        ("legacy", "ask", "sent an answer that is no valid MCP"),
        ("plain", "ask", "asked for input, which the gateway does not pass on"),
    ],
)
def test_answers_that_are_none_are_errors(world: World, kind: str, does: str, word: str) -> None:
    state = world.server({"get_odd": {"does": does}})
    text, is_error = one_call(world, single(world, state, kind=kind), "get_odd")
    assert is_error
    assert word in text


@pytest.mark.parametrize(
    ("more", "limits", "word"),
    [
        ({"endless": True}, {"tools": 20}, "lists more than 20 tools"),
        ({"twice": True}, {}, "lists `tool:get_note` twice"),
        ({}, {"definition_bytes": 256}, "is described in more than 256 bytes"),
    ],
)
def test_a_listing_beyond_its_bounds_uses_nothing_of_the_server(
    world: World, more: dict[str, Any], limits: dict[str, int], word: str
) -> None:
    state = world.server({"get_note": {"raw": {"description": "x" * 300}}}, **more)
    words = limited(world, state, kind="legacy", **limits)

    async def talk() -> None:
        async with world.client(words) as client:
            assert (await client.list_tools()).tools == []
            assert word in text_of(await client.call_tool("get_note", {}))

    run(talk)


def test_a_killed_gateway_leaves_no_server_behind(world: World) -> None:
    state = world.server({"get_note": {}})
    command = [*AGENTIC, "mcp", "gateway", *single(world, state)]
    process = subprocess.Popen(
        command,
        env=world.environment,
        cwd=world.project,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        pid = started_pid(world, state)
        os.kill(process.pid, signal.SIGSTOP)  # nothing of it can run any more code
        process.kill()
        process.wait(10)
        assert ends(pid)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.kill()
        process.wait(10)


def test_a_server_that_ignores_every_signal_but_kill_ends_with_its_gateway(world: World) -> None:
    stubborn = world.base / "stubborn.py"
    stubborn.write_text(
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open(sys.argv[1], 'w').write(f'{os.getpid()} {child.pid}')\n"
        "time.sleep(600)\n"
    )
    mark = world.base / "mark"
    words = ["--name", "test", "--", sys.executable, str(stubborn), str(mark)]
    process = subprocess.Popen(
        [*AGENTIC, "mcp", "gateway", *words],
        env=world.environment,
        cwd=world.project,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 30
        while not mark.exists() or not mark.read_text():
            assert time.monotonic() < until
            time.sleep(0.05)
        pids = [int(text) for text in mark.read_text().split()]
        process.kill()
        process.wait(10)
        assert all(ends(pid) for pid in pids)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.kill()
        process.wait(10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_gateway_while_its_input_stays_open(
    world: World, number: signal.Signals
) -> None:
    state = world.server({"get_note": {}})
    process = subprocess.Popen(
        [*AGENTIC, "mcp", "gateway", *single(world, state)],
        env=world.environment,
        cwd=world.project,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        pid = started_pid(world, state)
        process.send_signal(number)
        assert process.wait(15) == 128 + number
        assert ends(pid)
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    finally:
        for stream in (process.stdin, process.stderr):
            if stream is not None:
                stream.close()
        process.kill()
        process.wait(10)


def started_pid(world: World, state: Path) -> int:
    until = time.monotonic() + 30
    while True:
        found = [line for line in world.log(state) if line.startswith("started")]
        if found:
            return int(found[-1].split()[1])
        assert time.monotonic() < until
        time.sleep(0.05)


def ends(pid: int, within_s: float = 10) -> bool:
    """Whether a process ends in time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def gateway_of(world: World) -> int:
    """The process of the gateway that works in this project."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            folder = os.readlink(entry / "cwd")
        except OSError:
            continue
        if folder == str(world.project) and b"gateway" in words:
            return int(entry.name)
    raise AssertionError("no gateway runs")


def peak_mib(pid: int) -> int:
    """The most memory that a process ever held, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024
