"""Policy's data about MCP servers: every listed tool is what it is listed as, layers only add."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentic.authoring.compile import compile_policy
from agentic.authoring.layers import LayerPart
from agentic.authoring.mcp import mcp_parts, tool_tables
from agentic.authoring.mcp_documents import McpServer
from agentic.authoring.validate import (
    ParsedFile,
    parse_policies,
    parse_policy,
    reference_problems,
    vocabulary_of,
)
from agentic.core.policy import Policy
from agentic.core.values import AUTO, ToolCall, strictest
from agentic.errors import InvalidDocument
from agentic.recognize.interface import Facts
from agentic.recognize.recognize import recognize
from tests.fakes import FACTS, ROOT, FakeWorkspace

#: The servers whose every tool is listed, and how many that is at least.
COMPLETE = {
    "github": 125,
    "kubernetes": 50,
    "kubernetes-kubectl": 20,
    "terraform": 61,
    "prometheus": 6,
    "mlflow": 80,
    "playwright": 70,
    "filesystem": 14,
    "postgres": 10,
    "mongodb": 45,
    "grafana": 115,
    "argocd": 16,
    "pagerduty": 85,
}
#: What a name alone says already; a listed tool says it, too, but need not say more.
READING = {
    "forge.read",
    "kubernetes.read",
    "helm.read",
    "terraform.read",
    "observe.read",
    "experiment.read",
    "network.read",
    "file.read",
    "data.query",
    "git.read",
}


@pytest.fixture(scope="module")
def servers(documents: list[ParsedFile]) -> dict[str, McpServer]:
    return {s.server: s for file in documents for s in file.document.mcp_servers}


def listed(server: McpServer) -> Iterator[tuple[str, str]]:
    for kind, tools in server.tools.items():
        yield from ((tool, kind) for tool in tools)


def kinds_of(server: str, tool: str, facts: Facts = FACTS, **arguments: object) -> set[str]:
    call = ToolCall("mcp", {"server": server, "tool": tool, "arguments": arguments}, ROOT)
    return {operation.kind for operation in recognize(call, facts, FakeWorkspace()).operations}


def test_every_listed_tool_is_what_it_is_listed_as(servers: dict[str, McpServer]) -> None:
    wrong = {
        f"{name}/{tool}": kinds_of(server.words[0], tool)
        for name, server in servers.items()
        for tool, kind in listed(server)
        if kinds_of(server.words[0], tool) != {kind}
    }
    # Without a branch a push is one to a protected branch.
    pushes = {name for name, kinds in wrong.items() if kinds == {"git.push-protected"}}
    assert pushes == {
        "github/create_branch",
        "github/create_or_update_file",
        "github/delete_file",
        "github/push_files",
    }
    assert {n: k for n, k in wrong.items() if n not in pushes} == {
        "mlflow/transition_model_version_stage": {"model.transition-production"}
    }


def test_every_method_is_told_and_what_is_not_listed_is_otherwise(
    servers: dict[str, McpServer],
) -> None:
    for server in servers.values():
        for method in server.methods:
            for value, kind in method.kinds.items():
                told = kinds_of(server.words[0], method.tool, **{method.argument: value})
                assert kind in told, (method.tool, value)
            assert method.otherwise in kinds_of(server.words[0], method.tool)
            assert method.otherwise in kinds_of(
                server.words[0], method.tool, **{method.argument: "something new"}
            )


def test_every_entry_says_what_it_was_compared_with(servers: dict[str, McpServer]) -> None:
    assert [name for name, server in servers.items() if not server.basis] == []
    assert {name for name, server in servers.items() if not server.checked} == {
        "forges",
        "helm",
        "alertmanager",
        "docker",
    }


@pytest.mark.parametrize("name", COMPLETE)
def test_the_lists_are_whole(servers: dict[str, McpServer], name: str) -> None:
    server = servers[name]
    assert len(list(listed(server))) + len(server.methods) >= COMPLETE[name]
    assert server.source.startswith("https://")
    assert server.packages


def test_a_tool_that_is_said_to_read_has_no_name_of_a_change(
    servers: dict[str, McpServer],
) -> None:
    telling = ("create", "delete", "update", "merge", "push", "write", "remove", "apply", "install")
    odd = {
        tool
        for server in servers.values()
        for tool, kind in listed(server)
        if kind in READING and tool.replace("-", "_").split("_")[0] in telling
    }
    assert odd == set()


def test_every_tool_has_a_mode_everywhere(policy: Policy, servers: dict[str, McpServer]) -> None:
    for server in servers.values():
        for tool, kind in listed(server):
            for environment in ("local", "staging", "production"):
                rules = policy.rules_of(kind).modes[environment]
                assert rules, (tool, environment)
                mode = AUTO
                for rule in rules:
                    mode = strictest(mode, rule[1])
                assert mode in ("AUTO", "CONSULT", "STOP")


def test_a_call_that_is_no_mcp_call_does_not_decode_what_is_known_of_tools() -> None:
    def never() -> tuple[()]:
        raise AssertionError("decoded")

    facts = FACTS._replace(mcp=never)
    call = ToolCall("read", {"path": "README.md"}, ROOT)
    assert recognize(call, facts, FakeWorkspace()).operations[0].kind == "file.read"


# Layers

LAYER = """version: 1
mcp_servers:
  - server: crm
    words: [crm]
    because: it reads and deletes customers
    reading: data.query
    changing: data.write
    tools:
      data.drop: [list_and_purge, mark]
      data.query: [get_me]
    patterns: [{tool: "wipe*", kind: data.drop}]
    source: https://crm.example.com/mcp
    checked: "2026-11-21"
  - server: our-github
    words: [github]
    because: nobody here may star anything
    reading: forge.read
    changing: forge.api-write
    tools: {forge.administer: [star_repository], forge.read: [merge_pull_request]}
    source: https://crm.example.com/mcp
    checked: "2026-11-21"
mcp_tools:
  - {tool: crm/frobnicate, kind: data.query, because: it looks something up}
"""


def facts_with(documents: list[ParsedFile], *, is_trusted: bool) -> Facts:
    file = parse_policy(LAYER.encode(), ".agentic/crm.yaml")
    part = LayerPart("workspace", (file,), is_trusted)
    tables = tool_tables(documents, [part])
    taught = (("crm/frobnicate", "data.query"),) if is_trusted else ()
    return FACTS._replace(mcp=lambda: tables, mcp_tools=taught)


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_layer_adds_and_takes_nothing_away(documents: list[ParsedFile], is_trusted: bool) -> None:
    facts = facts_with(documents, is_trusted=is_trusted)
    assert kinds_of("github", "star_repository", facts) == {"forge.api-write", "forge.administer"}
    assert kinds_of("github", "merge_pull_request", facts) == {"forge.merge", "forge.read"}
    assert kinds_of("crm", "list_and_purge", facts) == {"mcp.read", "data.drop"}
    assert kinds_of("crm", "list_customers", facts) == {"mcp.read", "data.query"}


def test_only_a_trusted_layer_names_what_is_unknown(documents: list[ParsedFile]) -> None:
    trusted = facts_with(documents, is_trusted=True)
    assert kinds_of("crm", "mark", trusted) == {"data.drop"}
    assert kinds_of("crm", "frobnicate", trusted) == {"data.query"}
    untrusted = facts_with(documents, is_trusted=False)
    assert kinds_of("crm", "mark", untrusted) == {"unknown.mcp", "data.drop"}
    assert kinds_of("crm", "frobnicate", untrusted) == {"unknown.mcp", "data.query"}
    assert kinds_of("crm", "wipe_it", untrusted) == {"unknown.mcp", "data.drop"}


def test_only_a_trusted_layer_says_how_a_server_is_configured(
    documents: list[ParsedFile],
) -> None:
    file = parse_policy(LAYER.encode(), ".agentic/crm.yaml")
    parts = [LayerPart("workspace", (file,), is_trusted=False)]
    assert mcp_parts(documents, parts)["servers"] == mcp_parts(documents, ())["servers"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("data.drop:", "data.dorp:"), "policy.unknown-kind"),
        (("reading: data.query", "reading: data.qery"), "policy.unknown-kind"),
        (("kind: data.drop}]", "kind: data.dr*}]"), "policy.empty-pattern"),
        (("words: [crm]", "words: [CRM!]"), "policy.wrong-value"),
        (("changing: data.write", "changes: data.write"), "policy.unknown-key"),
    ],
)
def test_a_wrong_entry_is_told_with_its_place(
    documents: list[ParsedFile], change: tuple[str, str], code: str
) -> None:
    assert change[0] in LAYER
    data = LAYER.replace(*change).encode()
    files, problems = parse_policies([(".agentic/crm.yaml", data)])
    problems = [*problems, *reference_problems(files, vocabulary_of(documents))]
    assert code in {problem.code for problem in problems}
    assert all(problem.where.startswith(".agentic/crm.yaml:") for problem in problems)


def test_a_tool_that_is_given_twice_is_told(documents: list[ParsedFile], tmp_path: Path) -> None:
    file = parse_policy(
        LAYER.replace("data.query: [get_me]", "data.query: [get-me, Get_Me]").encode(), "x.yaml"
    )
    with pytest.raises(InvalidDocument) as caught:
        compile_policy([*documents, file])
    assert "is given twice" in str(caught.value)
