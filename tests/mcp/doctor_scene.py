"""Scenes for the doctor of MCP configurations: files in a folder, the shipped policy, a judge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from agentic.authoring.build import built_policy
from agentic.mcp.configuration_files import sources
from agentic.mcp.configurations import Configurations, configurations
from agentic.mcp.doctor import examined
from agentic.mcp.doctor_values import Finding, Judged, KnownServer, Scene, known_servers
from agentic.shipped import POLICIES, shipped_folder

TOKEN = "ghp_" + "a1B2c3D4e5" * 4


@cache
def known() -> tuple[KnownServer, ...]:
    return known_servers(built_policy(shipped_folder(POLICIES), [], "").mcp_servers())


def judge(server: str, tool: str) -> Judged:
    """Reads by their verb, `mark` and `x` are unknown, anything else waits; `taught` has a mode for all."""
    if server == "taught":
        return Judged("AUTO", "mcp.read")
    if tool.startswith(("get", "list", "read")):
        return Judged("AUTO", "mcp.read")
    return Judged("CONSULT", "unknown.mcp" if tool in {"mark", "x"} else "mcp.write")


class Machine:
    """A home and a workspace below one folder, and what hosts keep in them."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.root = folder / "home/work"
        self.root.mkdir(parents=True)
        self.required: Mapping[str, tuple[str, ...]] = {}

    def project(self, servers: Mapping[str, Any]) -> Path:
        """The project's servers for Claude Code."""
        return self.file("work/.mcp.json", {"mcpServers": servers})

    def file(self, name: str, content: Any) -> Path:
        """A file below the home: JSON of a value, or a text as it is."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
        return path

    def found(self) -> Configurations:
        return configurations(sources({"HOME": str(self.home)}, str(self.root)), str(self.root))

    def scene(self) -> Scene:
        found = self.found()
        return Scene(found.servers, known(), judge, str(self.root), str(self.home), self.required)

    def findings(self) -> tuple[Finding, ...]:
        return examined(self.scene(), self.found())

    def codes(self, *, notes: bool = False) -> list[str]:
        """The codes of the findings, without their prefix; notes are left out unless asked for."""
        return [
            finding.code.removeprefix("mcp.")
            for finding in self.findings()
            if notes or finding.level != "note"
        ]
