"""The official client in front of the gateway: both protocol eras on both sides, judged and recorded."""

from __future__ import annotations

import json
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp import MCPError

from tests.mcp.world import NO, YES, World, run, single, text_of

TOOLS: dict[str, dict[str, Any]] = {
    "get_note": {"description": "gets a note"},
    "create_note": {"description": "makes a note"},
}
#: The current revision (2026-07-28), and the handshake of the one before it (2025-11-25).
ERAS = ("auto", "legacy")
KINDS = ("plain", "legacy")


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_call_is_judged_passed_on_and_recorded(world: World, mode: str, kind: str) -> None:
    state = world.server(TOOLS, instructions="be kind")
    words = single(world, state, kind=kind)

    async def talk() -> None:
        await world.ready(words)
        asked: list[str] = []
        async with world.client(words, mode=mode, answer=YES, asked=asked) as client:
            assert "be kind" in (client.session.instructions or "")
            listed = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(listed) == set(TOOLS)
            assert (listed["get_note"].meta or {})["agentic/policy"]["mode"] == "AUTO"
            assert (listed["create_note"].meta or {})["agentic/policy"]["mode"] == "CONSULT"
            done = await client.call_tool("get_note", {"id": 1})
            assert not done.is_error
            assert asked == []
            done = await client.call_tool("create_note", {"text": "the argument"})
            assert not done.is_error
        assert len(asked) == 1
        assert "[AGENT MODE: CONSULT]" in asked[0]
        assert "the argument" in asked[0]

    run(talk)
    calls = [line for line in world.log(state) if line.startswith("call")]
    assert calls == ['call get_note {"id": 1}', 'call create_note {"text": "the argument"}']
    decisions = [row for row in world.records() if row["event"] == "decision"]
    outcomes = {
        row["links"]["decision"]: row for row in world.records() if row["event"] == "outcome"
    }
    assert [row["answer"] for row in decisions] == ["allow", "ask"]
    assert [outcomes[row["seq"]]["status"] for row in decisions] == ["succeeded"] * 2
    decision = decisions[-1]
    outcome = outcomes[decision["seq"]]
    assert outcome["assurance"] == "host-dialog"
    assert decision["host"] == "mcp-gateway"
    assert world.agentic("audit", "verify").returncode == 0


@pytest.mark.parametrize("mode", ERAS)
def test_a_no_is_no_and_is_recorded(world: World, mode: str) -> None:
    state = world.server(TOOLS)
    words = single(world, state)

    async def talk() -> None:
        await world.ready(words)
        for answer in (NO, types.ElicitResult(action="accept", content={"run": False})):
            async with world.client(words, mode=mode, answer=answer) as client:
                done = await client.call_tool("create_note", {"text": "x"})
                assert done.is_error
                assert "said no" in text_of(done)

    run(talk)
    assert [line for line in world.log(state) if line.startswith("call")] == []
    assert [row["status"] for row in world.records() if row["event"] == "outcome"] == [
        "refused"
    ] * 2


@pytest.mark.parametrize("mode", ERAS)
def test_a_client_that_cannot_ask_is_told_the_next_step_and_a_grant_lets_it_run(
    world: World, mode: str
) -> None:
    state = world.server(TOOLS)
    words = single(world, state)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words, mode=mode) as client:
            done = await client.call_tool("create_note", {"text": "x"})
            assert done.is_error
            assert "agentic requests show r-" in text_of(done)
            request = text_of(done).split("agentic requests show ")[1].split("`")[0].split(")")[0]
            shown = json.loads(world.agentic("requests", "show", request, "--json").stdout)
            digest = shown["request_digest"][:8]
            world.agentic("requests", "approve", request, "--digest", digest)
            other = await client.call_tool("create_note", {"text": "something else"})
            assert other.is_error, "a yes to one call is no yes to another one"
            done = await client.call_tool("create_note", {"text": "x"})
            assert not done.is_error
            assert (await client.call_tool("create_note", {"text": "x"})).is_error, "once"

    run(talk)
    calls = [line for line in world.log(state) if line.startswith("call")]
    assert calls == ['call create_note {"text": "x"}']


def test_stop_never_runs_and_says_so(world: World) -> None:
    state = world.server({"read_file": {"description": "reads"}})
    words = single(world, state)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words, answer=YES) as client:
            done = await client.call_tool("read_file", {"path": "/etc/shadow"})
            assert done.is_error
            assert "[AGENT MODE: STOP]" in text_of(done)

    run(talk)
    assert [line for line in world.log(state) if line.startswith("call")] == []


@pytest.mark.parametrize(("option", "is_shown"), [("show", True), ("hide", False)])
def test_tools_that_policy_stops_are_shown_or_hidden(
    world: World, option: str, is_shown: bool
) -> None:
    state = world.server({"get_note": {}, "approve_request": {}}, name="agentic")
    words = ["--name", "agentic", "--blocked", option, "--annotate", "title", "--"]
    words += world.command(state)

    async def talk() -> None:
        await world.ready(words, ["agentic"])
        async with world.client(words) as client:
            listed = {tool.name: tool.title for tool in (await client.list_tools()).tools}
            assert ("approve_request" in listed) is is_shown
            if is_shown:
                assert listed["approve_request"] == "approve_request (blocked by policy)"
            assert (await client.call_tool("approve_request", {})).is_error

    run(talk)


def test_several_servers_stand_behind_one_gateway(world: World) -> None:
    first = world.server({"get_note": {"text": "from one"}}, name="one", prompts={"hello": "hi"})
    second = world.server({"get_note": {"text": "from two"}}, name="two", instructions="two says")
    document = world.base / "gateway.yaml"
    servers = [
        {"name": "one", "command": world.command(first)},
        {"name": "two", "command": world.command(second, "legacy")},
    ]
    document.write_text(json.dumps({"version": 1, "servers": servers}))
    words = ["--config", str(document)]

    async def talk() -> None:
        await world.ready(words, ["one", "two"])
        async with world.client(words) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert names == ["one__get_note", "two__get_note"]
            assert "## two\ntwo says" in (client.session.instructions or "")
            assert text_of(await client.call_tool("one__get_note", {})) == "from one"
            assert text_of(await client.call_tool("two__get_note", {})) == "from two"
            prompts = [prompt.name for prompt in (await client.list_prompts()).prompts]
            assert prompts == ["one__hello"]
            got = await client.get_prompt("one__hello")
            assert got.messages[0].content.text == "hi"  # type: ignore[union-attr]
            with pytest.raises(MCPError, match="there is no `three__get_note` here"):
                await client.call_tool("three__get_note", {})

    run(talk)
    targets = [row["kinds"] for row in world.records() if row["event"] == "decision"]
    assert targets == [["mcp.read"]] * 3


def test_a_resource_is_read_through_policy(world: World) -> None:
    resources = {"memo://one": "a memo", "file:///etc/shadow": "root:x"}
    state = world.server({"get_note": {}}, resources=resources)
    words = single(world, state)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words) as client:
            listed = [str(each.uri) for each in (await client.list_resources()).resources]
            assert listed == list(resources)
            found = await client.read_resource("memo://one")
            assert found.contents[0].text == "a memo"  # type: ignore[union-attr]
            with pytest.raises(MCPError, match="AGENT MODE: STOP"):
                await client.read_resource("file:///etc/shadow")

    run(talk)
    assert [line for line in world.log(state) if line.startswith("read")] == ["read memo://one"]


@pytest.mark.parametrize("mode", ERAS)
def test_progress_and_cancellation_pass_through(world: World, mode: str) -> None:
    state = world.server({"get_steps": {"does": "progress"}, "get_never": {"does": "hang"}})
    words = single(world, state)
    steps: list[tuple[float, float | None, str | None]] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        steps.append((progress, total, message))

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words, mode=mode) as client:
            done = await client.call_tool("get_steps", {}, progress_callback=heard)
            assert text_of(done) == "done"
            with anyio.move_on_after(1):
                await client.call_tool("get_never", {})
            with anyio.fail_after(10):
                while "cancelled" not in world.log(state):
                    await anyio.sleep(0.05)
                while world.records()[-1].get("status") != "unknown":
                    await anyio.sleep(0.05)
            assert not (await client.call_tool("get_steps", {})).is_error, "the server lives on"

    run(talk)
    assert [step[2] for step in steps] == ["step 0", "step 1", "step 2"]


def test_a_server_gets_the_environment_that_is_named_and_no_more(world: World) -> None:
    state = world.server({"get_environment": {"does": "environment"}})
    world.environment["NAMED"] = "yes"

    async def names(words: list[str]) -> set[str]:
        await world.ready(words)
        async with world.client(words) as client:
            return set(json.loads(text_of(await client.call_tool("get_environment", {}))))

    async def talk() -> None:
        found = await names(single(world, state, "--env", "NAMED"))
        assert {"HOME", "PATH", "NAMED"} <= found
        assert "SECRET_OF_THE_PARENT" not in found

    run(talk)
