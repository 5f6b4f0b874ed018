"""agentic as an MCP server: questions answered as on the command line, a request opened, nothing approved."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters

from tests.mcp.world import AGENTIC, World, run, text_of


@asynccontextmanager
async def serving(world: World, mode: str = "auto") -> AsyncIterator[Client]:
    parameters = StdioServerParameters(
        command=AGENTIC[0],
        args=[*AGENTIC[1:], "mcp", "serve"],
        env=world.environment,
        cwd=str(world.project),
    )
    async with Client(parameters, mode=mode, cache=None) as client:
        yield client


async def asked(client: Client, name: str, /, **arguments: Any) -> dict[str, Any]:
    done = await client.call_tool(name, arguments)
    assert not done.is_error, text_of(done)
    found: dict[str, Any] = done.structured_content
    return found


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_every_question_is_answered_and_only_one_tool_changes_anything(
    world: World, mode: str
) -> None:
    async def talk() -> None:
        async with serving(world, mode) as client:
            listed = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(listed) == {
                "check",
                "explain",
                "request_approval",
                "status",
                "search_journal",
                "signals",
            }
            writing = [n for n, t in listed.items() if not t.annotations.read_only_hint]
            assert writing == ["request_approval"]
            assert all(tool.input_schema["type"] == "object" for tool in listed.values())
            found = await asked(
                client, "check", command="terraform destroy", environment="production"
            )
            assert found["mode"] == "STOP"
            assert found["block"].startswith("[AGENT MODE: STOP]")
            arguments = {"server": "github", "tool": "list_issues", "arguments": {}}
            found = await asked(client, "check", tool="mcp", input=arguments)
            assert found["mode"] == "AUTO"
            told = await asked(client, "explain", command="git push --force")
            assert "How the mode climbed" in told["text"]
            assert {row["signal"] for row in (await asked(client, "signals"))["signals"]}

    run(talk)
    assert world.records() == [], "questions are not recorded"


def test_a_request_is_opened_told_and_answered_by_a_person_alone(world: World) -> None:
    async def talk() -> None:
        async with serving(world) as client:
            opened = await asked(client, "request_approval", command="git reset --hard")
            assert opened["mode"] == "CONSULT"
            assert opened["state"] == "pending"
            again = await asked(client, "request_approval", command="git reset --hard")
            assert again["request"] == opened["request"]
            told = await asked(client, "status", request=opened["request"])
            assert told["state"] == "pending"
            assert "request_digest" not in json.dumps(told)
            shown = world.agentic("requests", "show", opened["request"], "--json").stdout
            digest = json.loads(shown)["request_digest"][:8]
            world.agentic("requests", "approve", opened["request"], "--digest", digest)
            told = await asked(client, "status", request=opened["request"])
            assert told["state"] == "approved"
            found = await asked(client, "search_journal", event="request")
            assert [row["status"] for row in found["records"]] == ["created"]
            found = await asked(client, "explain", record=opened["request"])
            assert opened["request"] in found["text"]

    run(talk)
    assert world.agentic("audit", "verify").returncode == 0


@pytest.mark.parametrize(
    ("command", "state"),
    [
        ("git status", "needs no approval"),
        ("terraform destroy -auto-approve", "cannot be approved here"),
    ],
)
def test_what_needs_none_or_cannot_have_one_gets_no_request(
    world: World, command: str, state: str
) -> None:
    async def talk() -> None:
        async with serving(world) as client:
            found = await asked(client, "request_approval", command=command)
            assert (found["state"], found["request"]) == (state, "")

    run(talk)
    assert world.records() == []


def test_asking_spends_no_grant(world: World) -> None:
    async def talk() -> None:
        async with serving(world) as client:
            opened = await asked(client, "request_approval", command="git reset --hard")
            shown = world.agentic("requests", "show", opened["request"], "--json").stdout
            digest = json.loads(shown)["request_digest"][:8]
            world.agentic("requests", "approve", opened["request"], "--digest", digest)
            await asked(client, "request_approval", command="git reset --hard")
            await asked(client, "check", command="git reset --hard")

    run(talk)
    events = [(row["event"], row.get("status", "")) for row in world.records()]
    assert ("grant", "given") in events
    assert ("grant", "claimed") not in events


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("check", {}),
        ("check", {"command": "ls", "tool": "read"}),
        ("check", {"command": "ls", "cwd": "relative"}),
        ("check", {"command": "ls", "unknown": 1}),
        ("check", {"command": 7}),
        ("status", {"request": "../../etc/passwd"}),
        ("status", {"request": "r-0123456789"}),
        ("explain", {"record": "nothing"}),
        ("search_journal", {"count": 100_000}),
    ],
)
def test_bad_questions_are_errors_that_say_what_is_wrong(
    world: World, tool: str, arguments: dict[str, Any]
) -> None:
    async def talk() -> None:
        async with serving(world) as client:
            done = await client.call_tool(tool, arguments)
            assert done.is_error
            assert text_of(done)
            with pytest.raises(MCPError, match="there is no tool `approve`"):
                await client.call_tool("approve", {"request": "r-0123456789"})

    run(talk)
