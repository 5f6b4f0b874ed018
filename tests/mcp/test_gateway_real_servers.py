"""The official client, the gateway and servers that people use: filesystem (npm), git and SQLite (PyPI).

`tests/mcp/install_servers.sh` installs them; `make test` runs it. They speak different eras: the git server
the current one, the others the handshake.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.mcp.world import YES, World, run, text_of

CACHE = Path(
    os.environ.get("AGENTIC_TEST_MCP_SERVERS")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    / "agentic-tests"
    / "mcp-servers"
)
FILESYSTEM = "filesystem-2026.8.31/node_modules/.bin/mcp-server-filesystem"
GIT = "git-2026.10.19/bin/mcp-server-git"
SQLITE = "sqlite-2025.4.25/bin/mcp-server-sqlite"


def program(path: str) -> str:
    found = CACHE / path
    assert found.exists(), f"{found} is missing: run tests/mcp/install_servers.sh"
    return str(found)


def config(world: World) -> list[str]:
    """The words for a gateway with all three, each on the project or on a file of its own."""
    database = world.base / "shop.db"
    with sqlite3.connect(database) as connection:
        connection.execute("create table customers (name text)")
        connection.execute("insert into customers values ('ada')")
    connection.close()
    subprocess.run(["git", "init", "-q", str(world.project)], check=True, env=world.environment)
    (world.project / "note.txt").write_text("a note\n")
    servers = [
        {"name": "filesystem", "command": [program(FILESYSTEM), str(world.project)]},
        {"name": "git", "command": [program(GIT), "--repository", str(world.project)]},
        {"name": "sqlite", "command": [program(SQLITE), "--db-path", str(database)]},
    ]
    document = world.base / "gateway.yaml"
    document.write_text(json.dumps({"version": 1, "servers": servers}))
    return ["--config", str(document)]


@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_three_real_servers_behind_one_gateway(world: World, transport: str, mode: str) -> None:
    words = config(world)
    (world.project / ".git" / "info").mkdir(exist_ok=True)

    async def use(client: object) -> None:
        from mcp import Client

        assert isinstance(client, Client)
        names = {tool.name for tool in (await client.list_tools()).tools}
        wanted = {"filesystem__read_text_file", "git__git_status", "sqlite__read_query"}
        assert wanted <= names, names
        note = str(world.project / "note.txt")
        done = await client.call_tool("filesystem__read_text_file", {"path": note})
        assert "a note" in text_of(done), text_of(done)
        written = str(world.project / "written.txt")
        arguments = {"path": written, "content": "written through the gateway"}
        done = await client.call_tool("filesystem__write_file", arguments)
        assert not done.is_error, text_of(done)
        assert Path(written).read_text() == "written through the gateway"
        outside = await client.call_tool("filesystem__read_text_file", {"path": "/etc/shadow"})
        assert "[AGENT MODE: STOP]" in text_of(outside)
        done = await client.call_tool("git__git_status", {"repo_path": str(world.project)})
        assert "note.txt" in text_of(done), text_of(done)
        done = await client.call_tool("sqlite__read_query", {"query": "select name from customers"})
        assert "ada" in text_of(done), text_of(done)
        done = await client.call_tool("sqlite__write_query", {"query": "drop table customers"})
        assert "[AGENT MODE: STOP]" in text_of(done)
        done = await client.call_tool("sqlite__read_query", {"query": "select name from customers"})
        assert "ada" in text_of(done), "the table is still there"

    async def talk() -> None:
        await world.ready(words, ["filesystem", "git", "sqlite"])
        if transport == "stdio":
            async with world.client(words, mode=mode, answer=YES) as client:
                await use(client)
        else:
            async with (
                world.http_gateway(words) as (url, token),
                world.http_client(url, token, mode=mode, answer=YES) as client,
            ):
                await use(client)

    run(talk)
    assert world.agentic("audit", "verify").returncode == 0
    modes = [row["mode"] for row in world.records() if row["event"] == "decision"]
    assert modes.count("STOP") == 2
