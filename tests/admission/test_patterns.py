"""What a permission pattern lets through: as hosts write it, and as policy judges the worst of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.admission.judge import Judge
from agentic.admission.patterns import Tool, host_tool, parse_tool, reach_of
from agentic.core.values import RANK


@pytest.mark.parametrize(
    "text", ["", "read(", "(x)", "Read", "shell()", "shell (x)", "read x", "read(x)\n"]
)
def test_what_is_not_written_like_a_tool_is_none(text: str) -> None:
    assert parse_tool(text) is None


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("Bash(kubectl get pods:*)", Tool("shell", "kubectl get pods *")),
        ("Bash(kubectl get pods *)", Tool("shell", "kubectl get pods *")),
        ("Bash(npm * --save)", Tool("shell", "npm *")),
        ("Bash(* install)", Tool("shell", "*")),
        ("Bash(git status)", Tool("shell", "git status")),
        ("Bash()", Tool("shell")),
        ("Bash", Tool("shell")),
        ("run_shell_command(git status)", Tool("shell", "git status")),
        ("Read(~/.ssh/**)", Tool("read", "~/.ssh/**")),
        ("WebFetch(domain:example.com)", Tool("fetch", "example.com")),
        ("mcp__github__get_issue", Tool("mcp", "github/get_issue")),
        ("mcp__github__*", Tool("mcp", "github")),
        ("mcp__github", Tool("mcp", "github")),
        ("Skill(release)", None),
        ("", None),
    ],
)
def test_a_hosts_pattern_names_a_neutral_tool(text: str, tool: Tool | None) -> None:
    assert host_tool(text) == tool


#: pattern -> the strictest mode of what it lets through, and a word of the example
ADMITTED = [
    ("Bash(git status)", "AUTO", ""),
    ("Bash(kubectl get pods:*)", "AUTO", ""),
    ("Bash(kubectl:*)", "STOP", "kubectl"),
    ("Bash(kubectl *)", "STOP", "kubectl"),
    ("Bash(terraform plan:*)", "AUTO", ""),
    ("Bash(git diff:*)", "STOP", "--output"),
    ("Bash(git push:*)", "STOP", "push"),
    ("Bash(*)", "STOP", ""),
    ("Bash(frobnicate:*)", "CONSULT", "frobnicate"),
    ("Bash(frobnicate)", "CONSULT", "frobnicate"),
    ("Read(src/**)", "AUTO", ""),
    ("Read(//etc/hosts)", "AUTO", ""),
    ("Read(~/.ssh/**)", "STOP", "read"),
    ("Read(.env)", "STOP", "read"),
    ("Edit(/src/**)", "AUTO", ""),
    ("Edit(/.claude/settings.json)", "STOP", "edit"),
    ("Write(.claude/skills/**)", "CONSULT", "write"),
    ("Write(//etc/**)", "STOP", "write"),
    ("WebFetch(domain:docs.python.org)", "AUTO", ""),
    ("mcp__github__get_issue", "AUTO", ""),
    ("mcp__github__merge_pull_request", "CONSULT", "merge"),
    ("mcp__somebodys-server", "CONSULT", "somebodys"),
    ("Read", "AUTO", ""),
    ("Edit", "AUTO", ""),
]


@pytest.mark.parametrize(("text", "mode", "word"), ADMITTED)
def test_the_worst_of_what_a_pattern_admits(text: str, mode: str, word: str, judge: Judge) -> None:
    tool = host_tool(text)
    assert tool is not None
    reach = reach_of(tool, judge)
    assert reach.mode == mode, reach
    assert word in reach.example


@given(data=st.data())
def test_opening_a_pattern_earlier_never_admits_less(data: st.DataObject, judge: Judge) -> None:
    words = data.draw(st.sampled_from(judge.examples)).split()
    length = data.draw(st.integers(min_value=1, max_value=len(words)))
    longer = Tool("shell", " ".join(words[:length]) + " *")
    shorter = Tool("shell", " ".join(words[: length - 1]) + " *" if length > 1 else "*")
    covered = [text for text in judge.examples if text.startswith(longer.argument[:-1])]
    for text in covered:
        assert RANK[reach_of(shorter, judge).mode] >= RANK[judge.command(text).mode]


@given(text=st.text(max_size=60))
def test_any_text_of_a_settings_file_is_read(text: str, judge: Judge) -> None:
    tool = host_tool(text)
    assert tool is None or reach_of(tool, judge).mode
