"""The shipped instructions hang together: each file is named, short, clean, and points at what exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from agentic.admission.judge import judge_of, strictest_environment
from agentic.admission.patterns import parse_tool
from agentic.cli.app import app
from agentic.instructions.documents import Judged
from agentic.instructions.engine import prepared
from agentic.instructions.grants import is_granted
from agentic.instructions.text import text_problems
from agentic.shipped import POLICIES, shipped_folder
from tests.instructions.content import FOLDER, Body, block_lines, bodies, entries, manifest
from tests.ports_fakes import make_ports, shipped_policy

BODIES = bodies()

#: Fewest and most lines of a body, by section.
LINES = {
    "rules": (40, 120),
    "roles": (25, 60),
    "skills": (40, 120),
    "workflows": (30, 90),
    "prompts": (10, 60),
    "automations": (30, 90),
}
#: As many as the reference has; it has no prompts.
COUNTS = {
    "rules": 15,
    "roles": 18,
    "skills": 16,
    "workflows": 12,
    "prompts": 3,
    "automations": 3,
}
#: Windsurf cuts a file at 6,000 characters; front matter and marks are added to a body.
MOST_CHARACTERS = 5500

#: The servers that the skills of the reference ask for, and three that people use beside them.
SERVERS = [
    "github",
    "kubernetes",
    "terraform",
    "prometheus",
    "mlflow",
    "playwright",
    "filesystem",
    "postgres",
]

_PINNED = re.compile(r"(?:@|==|:)\d+(?:\.\d+)+$")
_REFERENCE = re.compile(r"\b(rule|role|skill|prompt|automation)s? `([a-z0-9-]+)`", re.IGNORECASE)
_COMMAND = re.compile(r"(?<![\w.`])/(?=[a-z-]+`)([a-z-]+)")
_LINK = re.compile(r"\]\(([^)]+)\)")
_INVARIANT = re.compile(r"D-(\d\d)\b")


def _name(body: Body) -> str:
    return body.entry.source


def test_everything_of_the_reference_is_there() -> None:
    assert Counter(section for section, _ in entries()) == COUNTS


def test_every_file_is_named_once() -> None:
    named = [entry.source for _, entry in entries()]
    found = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    assert len(named) == len(set(named))
    assert found == {*named, "manifest.yaml", "README.md"}


@pytest.mark.parametrize("body", BODIES, ids=_name)
def test_a_body_is_short(body: Body) -> None:
    least, most = LINES[body.section]
    assert least <= len(body.text.splitlines()) <= most
    assert len(body.text) < MOST_CHARACTERS


@pytest.mark.parametrize("body", BODIES, ids=_name)
def test_a_body_begins_with_its_title_and_has_no_front_matter(body: Body) -> None:
    assert body.text.startswith("# ")
    assert body.text.endswith("\n")
    assert not body.text.endswith("\n\n")


@pytest.mark.parametrize("body", BODIES, ids=_name)
def test_a_body_holds_no_credential_and_nothing_that_cannot_be_seen(body: Body) -> None:
    assert list(text_problems(body.text, body.entry.source)) == []


@pytest.mark.parametrize("body", BODIES, ids=_name)
def test_what_a_body_points_at_exists(body: Body) -> None:
    ids = {(section.removesuffix("s"), entry.id) for section, entry in entries()}
    for word, name in _REFERENCE.findall(body.text):
        assert (word.lower(), name) in ids, f"{word} `{name}`"
    for name in _COMMAND.findall(body.text):
        assert ("workflow", name) in ids, f"/{name}"
    for target in _LINK.findall(body.text):
        assert target.startswith("https://"), "a relative link breaks where a host's copy lies"
    assert all(1 <= int(number) <= 32 for number in _INVARIANT.findall(body.text))


def test_every_invariant_has_a_rule() -> None:
    """D-01 to D-32 each stand in some rule, so that whoever edits such a file is told."""
    told = {n for body in BODIES if body.section == "rules" for n in _INVARIANT.findall(body.text)}
    assert told == {f"{number:02}" for number in range(1, 33)}


@pytest.mark.parametrize("body", BODIES, ids=_name)
def test_a_body_shows_a_governed_command(body: Body) -> None:
    assert [line for line in block_lines(body.text) if line.startswith("agentic ")]


def test_the_commands_of_agentic_exist() -> None:
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]
    for body in BODIES:
        for line in block_lines(body.text):
            words = line.split()
            if words[0] != "agentic":
                continue
            assert words[1] in commands | groups.keys(), line
            if words[1] in groups:
                below = groups[words[1]].registered_commands  # type: ignore[union-attr]
                assert words[2] in {c.name or c.callback.__name__ for c in below}, line  # type: ignore[union-attr]


def test_every_server_is_pinned_and_read_only_where_it_can_be() -> None:
    with open(f"{shipped_folder(POLICIES)}/mcp.yaml", encoding="utf-8") as file:
        known = {row["server"]: row for row in yaml.safe_load(file)["mcp_servers"]}
    policy = shipped_policy()
    assert [server.id for server in manifest().mcp] == SERVERS
    for server in manifest().mcp:
        assert server.url or any(map(_PINNED.search, server.args)), server.id
        row = known[server.id]
        switch = row.get("read_only")
        if switch:
            is_on = set(switch.get("arguments", ())) & set(server.args)
            assert is_on or (server.url or "").endswith(switch["address_end"]), server.id
            assert server.read_only
        elif server.read_only:
            effects = {effect for kind in row["tools"] for effect in policy.rules_of(kind)[0]}
            assert effects <= {"read", "network"}, server.id


def test_sync_accepts_the_shipped_manifest(tmp_path: Path) -> None:
    """Every invariant of `agentic sync` holds for a repository that names the shipped content."""
    (tmp_path / "AGENTS.md").write_text("# Agents\n")
    text = (FOLDER / "manifest.yaml").read_text().replace("source: ", "source: shipped:")
    (tmp_path / "manifest.yaml").write_text(text)
    found = prepared(str(tmp_path), judge_of(make_ports()), "manifest.yaml")
    assert len(found.corpus.items) == sum(COUNTS.values())
    assert len(found.steps) > len(found.corpus.items)


def test_every_shell_pattern_is_one_that_policy_lets_run_unasked() -> None:
    judge = judge_of(make_ports())
    for _, entry in entries():
        if not isinstance(entry, Judged):
            continue
        environment = strictest_environment(entry.environments)
        for tool in map(parse_tool, entry.tools):
            assert tool is not None
            assert tool.name != "shell" or is_granted(tool, judge, environment), (entry.id, tool)
