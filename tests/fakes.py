"""In-memory ports: every fact holds a value, or an error that is raised when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from agentic.authoring.mcp import tool_tables
from agentic.authoring.validate import parse_policy
from agentic.core.paths import is_below, normalised
from agentic.core.values import Operation
from agentic.recognize.context import Context
from agentic.recognize.dispatch import run_words
from agentic.recognize.interface import Facts, Stdin, Word

ROOT = "/home/ada/project"


@cache
def shipped_mcp_tools() -> tuple[Any, ...]:
    """What the shipped policy knows of MCP tools."""
    path = Path(__file__).parents[1] / "policies/mcp.yaml"
    return tool_tables([parse_policy(path.read_bytes(), "policies/mcp.yaml")])


FACTS = Facts(
    environment_words={
        "prod": "production",
        "production": "production",
        "prd": "production",
        "live": "production",
        "staging": "staging",
        "stage": "staging",
        "stg": "staging",
        "pre-prod": "staging",
        "preprod": "staging",
        "non-prod": "staging",
        "nonprod": "staging",
        "dev": "dev",
        "development": "dev",
        "local": "local",
        "localhost": "local",
        "minikube": "local",
    },
    environment_names={},
    protected_branches=("main", "master", "release/*", "production", "staging"),
    programs={},
    mcp_tools=(),
    paths=(),
    also_roots=(),
    variables=(),
    mcp=shipped_mcp_tools,
)


class FakeWorkspace:
    """A workspace held in dictionaries: path -> bytes, folder -> names, name -> variable."""

    def __init__(
        self,
        files: Mapping[str, bytes] | None = None,
        variables: Mapping[str, str] | None = None,
        links: Mapping[str, str] | None = None,
        roots: Sequence[str] = (ROOT,),
        home: str = "/home/ada",
        governed: Sequence[str] = ("/home/ada/.local/state/agentic",),
    ) -> None:
        self.files = {normalised(path): data for path, data in (files or {}).items()}
        self.variables = dict(variables or {})
        self.links = dict(links or {})
        self.roots = tuple(roots)
        self.home = home
        self.governed = tuple(governed)
        self.reads: list[str] = []

    def variable(self, name: str) -> str:
        return self.variables.get(name, "")

    def read(self, path: str, max_bytes: int = 65536) -> bytes | None:
        self.reads.append(path)
        data = self.files.get(path)
        return None if data is None else data[:max_bytes]

    def resolve(self, path: str) -> str:
        for link, target in self.links.items():
            if is_below(path, link):
                return target + path[len(link) :]
        return path

    def kind(self, path: str) -> str:
        if path in self.files:
            return "file"
        return "directory" if any(is_below(name, path) for name in self.files) else ""

    def list(self, path: str) -> tuple[str, ...]:
        below = path.rstrip("/") + "/"
        names = {f[len(below) :].split("/")[0] for f in self.files if f.startswith(below)}
        return tuple(sorted(names))


def recognised_words(
    line: str | Sequence[str],
    *,
    workspace: FakeWorkspace | None = None,
    cwd: str = ROOT,
    facts: Facts = FACTS,
    stdin: Stdin = Stdin(),  # noqa: B008 - immutable
) -> list[Operation]:
    """Operations of an argument vector (blank separated text or a sequence), without any shell."""
    words = line.split() if isinstance(line, str) else list(line)

    def no_shell(context: Context, text: str, stdin: Stdin) -> None:
        context.unknown("no shell in this fake", target=text)

    context = Context(facts, workspace or FakeWorkspace(), cwd, run_words, no_shell)
    run_words(context, [Word(text) for text in words], stdin, {})
    return context.operations


def kinds(operations: Sequence[Operation]) -> list[str]:
    """The kinds of operations, in order."""
    return [operation.kind for operation in operations]
