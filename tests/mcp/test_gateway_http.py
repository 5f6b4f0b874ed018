"""Streamable HTTP on both sides, in both protocol eras; who may reach the gateway at all."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.mcp.world import NO, SERVERS, YES, World, run, single, text_of

ERAS = ("auto", "legacy")
TOOLS = {"get_note": {"text": "a note"}, "create_note": {"text": "made"}}


@contextmanager
def server_at_url(world: World, state: Path) -> Iterator[str]:
    """The URL of a server that runs already."""
    command = [sys.executable, str(SERVERS / "plain.py"), str(state), "http"]
    process = subprocess.Popen(command, env=world.environment, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while not world.log(state):
            assert time.monotonic() < until
            time.sleep(0.05)
        yield f"http://127.0.0.1:{world.log(state)[0]}/mcp"
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("mode", ERAS)
def test_a_client_over_http_is_judged_like_any_other(world: World, mode: str) -> None:
    state = world.server(TOOLS)
    words = single(world, state)

    async def talk() -> None:
        await world.ready(words)
        async with world.http_gateway(words) as (url, token):
            for answer, is_error in ((YES, False), (NO, True)):
                async with world.http_client(url, token, mode=mode, answer=answer) as client:
                    names = [tool.name for tool in (await client.list_tools()).tools]
                    assert names == ["create_note", "get_note"]
                    assert text_of(await client.call_tool("get_note", {})) == "a note"
                    done = await client.call_tool("create_note", {})
                    assert bool(done.is_error) is is_error

    run(talk)
    outcomes = [row["status"] for row in world.records() if row["event"] == "outcome"]
    assert sorted(outcomes) == ["refused", "succeeded", "succeeded", "succeeded"]


@pytest.mark.parametrize("mode", ERAS)
def test_a_server_at_a_url_stands_behind_the_gateway(world: World, mode: str) -> None:
    state = world.server({**TOOLS, "get_huge": {"does": "huge"}}, instructions="from afar")
    with server_at_url(world, state) as url:
        words = ["--name", "test", "--", url]

        async def talk() -> None:
            await world.ready(words)
            async with world.client(words, mode=mode, answer=YES) as client:
                assert "from afar" in (client.session.instructions or "")
                assert text_of(await client.call_tool("get_note", {})) == "a note"
                assert text_of(await client.call_tool("create_note", {})) == "made"
                done = await client.call_tool("get_huge", {})
                assert not done.is_error

        run(talk)
        document = world.base / "gateway.yaml"
        server = {"name": "test", "url": url, "limits": {"result_bytes": 100_000}}
        document.write_text(json.dumps({"version": 1, "servers": [server]}))

        async def bounded() -> None:
            async with world.client(["--config", str(document)]) as client:
                done = await client.call_tool("get_huge", {})
                assert done.is_error
                assert text_of(await client.call_tool("get_note", {})) == "a note"

        run(bounded)


def test_a_server_at_a_url_that_is_gone_is_an_error(world: World) -> None:
    state = world.server(TOOLS)
    with server_at_url(world, state) as url:
        words = ["--name", "test", "--", url]

        async def ready() -> None:
            await world.ready(words)

        run(ready)

    async def talk() -> None:
        async with world.client(words) as client:
            done = await client.call_tool("get_note", {})
            assert done.is_error
            assert "is not there" in text_of(done)

    run(talk)


def test_the_token_is_needed_and_private_and_other_pages_are_refused(world: World) -> None:
    state = world.server(TOOLS)
    words = single(world, state)

    async def talk() -> None:
        async with world.http_gateway(words) as (url, token):
            file = Path(world.places.state) / "mcp" / "http-token"
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert len(token) >= 32
            async with httpx2.AsyncClient() as http:
                accept = {"accept": "application/json, text/event-stream"}
                body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
                for given in ({}, {"authorization": "Bearer wrong"}, {"authorization": token}):
                    reply = await http.post(url, json=body, headers={**accept, **given})
                    assert reply.status_code == 401
                    assert reply.content == b""
                right = {**accept, "authorization": f"Bearer {token}"}
                evil = {**right, "origin": "http://evil.example"}
                assert (await http.post(url, json=body, headers=evil)).status_code == 403
                other = {**right, "host": "evil.example"}
                assert (await http.post(url, json=body, headers=other)).status_code in (403, 421)
            command = Path(f"/proc/{gateway_pid(world)}/cmdline").read_bytes()
            assert token.encode() not in command

    run(talk)


@pytest.mark.parametrize("address", ["0.0.0.0:0", "example.com:80", "127.0.0.1", "127.0.0.1:70000"])
def test_only_this_machine_is_served(world: World, address: str) -> None:
    state = world.server(TOOLS)
    done = world.agentic("mcp", "gateway", "--http", address, *single(world, state), expect=2)
    assert "[usage]" in done.stderr


def test_a_token_that_others_can_read_is_not_used(world: World) -> None:
    folder = Path(world.places.state) / "mcp"
    folder.mkdir(parents=True)
    (folder / "http-token").write_text("x" * 40)
    (folder / "http-token").chmod(0o644)
    state = world.server(TOOLS)
    words = ["mcp", "gateway", "--http", "127.0.0.1:0", *single(world, state)]
    done = world.agentic(*words, expect=5)
    assert "others can read it" in done.stderr


def gateway_pid(world: World) -> int:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                is_here = os.readlink(entry / "cwd") == str(world.project)
                if is_here and b"gateway" in (entry / "cmdline").read_bytes():
                    return int(entry.name)
            except OSError:
                continue
    raise AssertionError("no gateway runs")
