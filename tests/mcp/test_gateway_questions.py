"""The question inside MCP since 2026-07-28: its state cannot be made up, reused, moved or kept too long."""

from __future__ import annotations

import json
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp import Client, MCPError

from agentic.mcp.judge import POLICY_HOLDS_S
from tests.mcp.world import YES, World, run, single, text_of

TOOLS: dict[str, dict[str, Any]] = {"create_note": {}, "create_other": {}, "get_note": {}}
ANSWERS = {"agentic": YES}


async def asked(client: Client, arguments: dict[str, Any]) -> str:
    """The state of a question that is open."""
    found = await client.session.call_tool("create_note", arguments, allow_input_required=True)
    assert isinstance(found, types.InputRequiredResult), text_of(found)
    assert found.request_state
    return found.request_state


async def answered(
    client: Client, state: str, arguments: dict[str, Any], tool: str = "create_note", **more: Any
) -> Any:
    given = {"input_responses": ANSWERS, **more}
    return await client.session.call_tool(
        tool, arguments, request_state=state, allow_input_required=True, **given
    )


def test_a_state_counts_once_for_its_own_request(world: World) -> None:
    state = world.server(TOOLS)
    words = single(world, state)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words, answer=YES) as client:
            token = await asked(client, {"text": "x"})
            for tool, arguments in (
                ("create_note", {"text": "y"}),
                ("create_other", {"text": "x"}),
            ):
                with pytest.raises(MCPError, match="Invalid or expired requestState"):
                    await answered(client, token, arguments, tool)
            for forged in ("", "v1.AAAA", token[:-4] + "AAAA", "x" * 200):
                with pytest.raises(MCPError, match="Invalid or expired requestState"):
                    await answered(client, forged, {"text": "x"})
            done = await answered(client, token, {"text": "x"})
            assert not done.is_error
            again = await answered(client, token, {"text": "x"})
            assert isinstance(again, types.InputRequiredResult), "it is asked anew"

    run(talk)
    calls = [line for line in world.log(state) if line.startswith("call")]
    assert calls == ['call create_note {"text": "x"}']


@pytest.mark.parametrize(
    "responses",
    [
        {},
        {"other": YES},
        {"agentic": types.ElicitResult(action="decline")},
        {"agentic": types.ElicitResult(action="accept", content={"run": "true"})},
        {"agentic": types.ElicitResult(action="accept")},
    ],
)
def test_everything_but_a_clear_yes_is_a_no(world: World, responses: dict[str, Any]) -> None:
    state = world.server(TOOLS)
    words = single(world, state)

    async def talk() -> None:
        await world.ready(words)
        async with world.client(words, answer=YES) as client:
            token = await asked(client, {})
            done = await answered(client, token, {}, input_responses=responses)
            assert done.is_error
            assert "said no" in text_of(done)

    run(talk)
    assert not any(line.startswith("call") for line in world.log(state))


def test_a_late_answer_and_one_after_a_change_of_policy_do_not_count(world: World) -> None:
    state = world.server(TOOLS)
    document = world.base / "gateway.yaml"
    server = {"name": "test", "command": world.command(state)}
    document.write_text(
        json.dumps({"version": 1, "gateway": {"question_s": 1}, "servers": [server]})
    )
    words = ["--config", str(document)]

    async def late() -> None:
        await world.ready(words)
        async with world.client(words, answer=YES) as client:
            token = await asked(client, {})
            await anyio.sleep(1.5)
            with pytest.raises(MCPError, match="Invalid or expired requestState"):
                await answered(client, token, {})

    async def tightened() -> None:
        async with world.client(single(world, state), answer=YES) as client:
            token = await asked(client, {})
            layer = world.project / ".agentic"
            layer.mkdir()
            (layer / "modes.yaml").write_text(
                "version: 1\nmodes:\n  - kinds: [mcp.write]\n    mode: STOP\n"
                "    because: nothing is written while the auditors are here\n"
            )
            await anyio.sleep(2 * POLICY_HOLDS_S)
            done = await answered(client, token, {})
            assert done.is_error
            assert "[AGENT MODE: STOP]" in text_of(done)

    run(late)
    run(tightened)
    assert not any(line.startswith("call") for line in world.log(state))


def test_a_client_that_says_it_can_ask_and_cannot_gets_a_request_instead(world: World) -> None:
    state = world.server(TOOLS)
    words = single(world, state)

    async def broken(_context: Any, _params: Any) -> types.ErrorData:
        return types.ErrorData(code=types.INTERNAL_ERROR, message="no window")

    async def talk() -> None:
        await world.ready(words)
        async with Client(
            world.parameters(words), mode="legacy", elicitation_callback=broken, cache=None
        ) as client:
            done = await client.call_tool("create_note", {})
            assert done.is_error
            assert "agentic requests show r-" in text_of(done)

    run(talk)
    answers = [row["answer"] for row in world.records() if row["event"] == "decision"]
    assert answers == ["ask", "deny"]
