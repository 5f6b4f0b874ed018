"""Tools besides the shell: what policy teaches, verbs, and the small readers."""

from __future__ import annotations

import pytest

from agentic.core.values import Operation, ToolCall
from agentic.recognize import mcp_tools, tools
from agentic.recognize.interface import Facts
from agentic.recognize.recognize import recognize
from tests.fakes import FACTS, ROOT, FakeWorkspace


def call(tool: str, given: dict[str, object], facts: Facts = FACTS) -> tuple[Operation, ...]:
    return recognize(ToolCall(tool, given, ROOT), facts, FakeWorkspace()).operations


def mcp(server: str, name: str, facts: Facts = FACTS, **arguments: object) -> set[str]:
    given = {"server": server, "tool": name, "arguments": arguments}
    return {operation.kind for operation in call("mcp", given, facts)}


def test_policy_names_what_was_unknown() -> None:
    facts = FACTS._replace(mcp_tools=(("demo/mark", "mcp.read"),))
    assert mcp("demo", "mark") == {"unknown.mcp"}
    assert mcp("demo", "mark", facts) == {"mcp.read"}


def test_policy_takes_nothing_away() -> None:
    facts = FACTS._replace(mcp_tools=(("github/*", "mcp.read"), ("pg*/*", "data.drop")))
    assert mcp("github", "merge_pull_request", facts) == {"forge.merge", "mcp.read"}
    assert mcp("pg", "list_things", facts) == {"mcp.read", "data.drop"}


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("list_issues", "read"),
        ("getIssue", "read"),
        ("pods_list", "read"),
        ("issue-read", "read"),
        ("get_pull_request_comments", "read"),
        ("get_merge_request", "read"),
        ("create_issue", "write"),
        ("get_or_create", "write"),
        ("searchAndReplace", "write"),
        ("pods_delete", "write"),
        ("mark", ""),
        ("", ""),
        ("frobnicate", ""),
    ],
)
def test_verbs(name: str, verb: str) -> None:
    assert mcp_tools.verb_of(name) == verb


def test_every_kind_of_the_tables_is_in_the_catalogue(catalogue: set[str]) -> None:
    assert set(tools._OTHER.values()) <= catalogue


def test_addresses_in_a_text() -> None:
    text = "see https://a.example/x, (http://b.example) and file:///etc/hosts."
    assert tools.urls_in(text) == ["https://a.example/x", "http://b.example", "file:///etc/hosts"]


def test_a_new_text_of_any_edit_counts() -> None:
    given = {
        "path": ".mcp.json",
        "edits": [{"old": "a", "new": "b"}, {"old": "c", "new": "ghp_x1"}],
    }
    assert {o.kind for o in call("edit", given)} == {"mcp.install-server-privileged"}


def test_a_guarded_agent_is_told_from_an_unguarded_one() -> None:
    assert {o.kind for o in call("agent", {"agent": "x", "prompt": "y"})} == {"agent.start"}
    unguarded = call("agent", {"agent": "x", "prompt": "y", "mode": "bypassPermissions"})
    assert {o.kind for o in unguarded} == {"agent.start", "agent.start-unguarded"}


def test_passwords_are_not_shown() -> None:
    given = {"command": "psql postgres://ada:s3cret@db.example.com/app -c 'select 1'"}
    assert all("s3cret" not in o.told_by + o.target for o in call("shell", given))


def kinds(tool: str, given: dict[str, object]) -> set[str]:
    return {operation.kind for operation in call(tool, given)}


def test_a_search_in_several_folders_looks_at_each_of_them() -> None:
    """One that holds secrets among them is seen wherever it stands; none is the working folder."""
    secret = kinds("search", {"path": "/home/ada/.ssh", "pattern": "x"})
    assert secret != kinds("search", {"path": "src", "pattern": "x"})
    for paths in (["src", "/home/ada/.ssh"], ["/home/ada/.ssh", "src"], ["", "/home/ada/.ssh"]):
        assert secret <= kinds("search", {"paths": paths, "pattern": "x"})
    assert kinds("search", {"paths": [], "pattern": "x"}) == kinds("search", {"pattern": "x"})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("todo_write", "agent.session"),
        ("update_topic", "agent.session"),
        ("cron_create", "agent.schedule"),
        ("enter_worktree", "git.branch"),
        ("task_stop", "process.signal"),
        ("create_sub_session", "agent.start"),
        ("get_changed_files", "file.read"),
        ("run_notebook_cell", "unknown.tool"),
        ("install_extension", "unknown.tool"),
        ("record_artifact", "unknown.tool"),
    ],
)
def test_the_own_tools_of_hosts(name: str, kind: str) -> None:
    assert kinds("other", {"name": name, "input": {}}) == {kind}


@pytest.mark.parametrize(
    "path",
    [
        ".gemini/settings.json",
        ".gemini/policies/a.toml",
        ".gemini/extensions/x/hooks/hooks.json",
        "/home/ada/.gemini/trustedFolders.json",
        ".qwen/settings.json",
        "/home/ada/.qwen/trustedFolders.json",
        "/home/ada/.qwen/extensions/x/qwen-extension.json",
        ".github/hooks/a.json",
        ".github/copilot/settings.local.json",
        "/home/ada/.copilot/hooks/a.json",
        "/home/ada/.copilot/installed-plugins/x/hooks.json",
        "/etc/gemini-cli/settings.json",
        "/etc/qwen-code/settings.json",
        "/etc/github-copilot/policy.d/a.json",
    ],
)
def test_what_a_host_loads_its_hooks_and_trust_from_is_not_an_agents_to_write(path: str) -> None:
    for tool in ("write", "delete"):
        found = kinds(tool, {"path": path, "content": "x"})
        assert "governance" in {kind.partition(".")[0] for kind in found}, found
