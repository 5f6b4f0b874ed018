"""`doctor` finds what a host was told to let through unasked, and what policy says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentic.hosts import claude_code
from agentic.hosts.allow_lists import MAX_TOLD
from agentic.hosts.interface import Finding, Target
from tests.hosts.machine import Machine, new_machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with nothing installed: only its settings are read."""
    return new_machine(tmp_path)


def told(machine: Machine, settings: Any, scope: Any = "project") -> list[Finding]:
    """The warnings about permissions when the settings of a scope are these."""
    variables = {**machine.variables, "PATH": "/nonexistent"}
    target = Target(scope, str(machine.project), machine.places, variables, (), "/nonexistent")
    path = Path(claude_code.settings_path(target))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))
    found = list(claude_code.findings(target._replace(scope="user")))
    assert all(f.level == "warn" and f.help for f in found if f.check == "claude-code.permissions")
    return [f for f in found if f.check == "claude-code.permissions"]


@pytest.mark.parametrize("scope", ["user", "local", "project"])
def test_an_entry_that_admits_more_than_policy_is_told_with_its_example(
    machine: Machine, scope: str
) -> None:
    allowed = ["Bash(kubectl:*)", "Bash(git status)", "Bash(kubectl get pods:*)"]
    (finding,) = told(machine, {"permissions": {"allow": allowed}}, scope)
    assert "`Bash(kubectl:*)`" in finding.message
    assert "policy says STOP" in finding.message
    assert "`kubectl " in finding.message


@pytest.mark.parametrize(
    "pattern",
    [
        "Bash",
        "Bash(*)",
        "Bash(rm -rf:*)",
        "Bash(npm install left-pad)",
        "Read(~/.ssh/**)",
        "Edit(/.claude/settings.json)",
        "Write(.claude/skills/**)",
        "mcp__github__merge_pull_request",
        "mcp__somebodys-server",
        "SomeNewTool",
    ],
)
def test_what_policy_does_not_call_auto(pattern: str, machine: Machine) -> None:
    assert len(told(machine, {"permissions": {"allow": [pattern]}})) == 1


@pytest.mark.parametrize(
    "pattern",
    ["Read", "Edit", "Grep", "TodoWrite", "WebSearch", "WebFetch(domain:docs.python.org)"],
)
def test_the_ordinary_entries_are_not_told(pattern: str, machine: Machine) -> None:
    assert told(machine, {"permissions": {"allow": [pattern]}}) == []


def test_modes_in_which_the_host_asks_about_nothing(machine: Machine) -> None:
    settings = {
        "permissions": {"defaultMode": "bypassPermissions"},
        "skipDangerousModePermissionPrompt": True,
    }
    first, second = told(machine, settings)
    assert "`bypassPermissions`" in first.message
    assert "`skipDangerousModePermissionPrompt`" in second.message
    assert told(machine, {"permissions": {"defaultMode": "acceptEdits"}}) == []


def test_a_long_list_is_told_in_part_and_counted(machine: Machine) -> None:
    allowed = [f"Bash(frobnicate{number}:*)" for number in range(MAX_TOLD + 3)]
    found = told(machine, {"permissions": {"allow": [*allowed, *allowed]}})
    assert len(found) == MAX_TOLD + 1
    assert found[-1].message.startswith("3 more entries")


@pytest.mark.parametrize(
    "settings",
    [[], {"permissions": []}, {"permissions": {"allow": "Bash"}}, {"permissions": {"allow": [7]}}],
)
def test_settings_of_another_shape_are_no_fault_of_this_check(
    settings: Any, machine: Machine
) -> None:
    assert told(machine, settings) == []


def test_control_characters_of_an_entry_are_not_shown(machine: Machine) -> None:
    (finding,) = told(machine, {"permissions": {"allow": ["Bash(frob\u001b[2Jnicate:*)"]}})
    assert "\u001b" not in finding.message
