"""The gateway's document: what it means, and every problem with its place."""

from __future__ import annotations

import pytest

from agentic.errors import AgenticError, InvalidDocument
from agentic.mcp.settings import (
    environment_of,
    gateway_from,
    headers_of,
    server_from_option,
    server_from_words,
)
from agentic.yaml_reader import parse_yaml

WHOLE = b"""
version: 1
gateway: {blocked: hide, annotate: title, first_sight: read-only, question_s: 60}
limits: {calls_per_s: 10}
servers:
  - name: github
    url: https://mcp.example/github
    headers_from: {Authorization: GITHUB_AUTHORIZATION}
  - name: files
    command: [npx, -y, "@modelcontextprotocol/server-filesystem@2026.8.31", .]
    cwd: /srv/shop
    environment: {LOG: quiet}
    inherit: [NODE_OPTIONS]
    limits: {call_s: 5}
"""


def test_a_whole_document() -> None:
    setup = gateway_from(parse_yaml(WHOLE, "gateway.yaml"))
    github, files = setup.servers
    assert (setup.blocked, setup.annotate, setup.first_sight, setup.question_s) == (
        "hide",
        "title",
        "read-only",
        60,
    )
    assert headers_of(github, {"GITHUB_AUTHORIZATION": "Bearer x"}) == {"Authorization": "Bearer x"}
    assert (files.limits.call_s, files.limits.calls_per_s) == (5, 10)
    own = {"PATH": "/bin", "NODE_OPTIONS": "-x", "AWS_SECRET_ACCESS_KEY": "no"}
    assert environment_of(files, own) == {"PATH": "/bin", "NODE_OPTIONS": "-x", "LOG": "quiet"}


def test_a_header_without_its_variable_is_an_error() -> None:
    github = gateway_from(parse_yaml(WHOLE, "gateway.yaml")).servers[0]
    with pytest.raises(AgenticError, match="`GITHUB_AUTHORIZATION` for `github` is not set"):
        headers_of(github, {})


TOKEN = "ghp_" + "aB3dE6gH9j" * 3 + "kL2nP5"


@pytest.mark.parametrize(
    ("text", "where", "word"),
    [
        ("version: 1\nservers: []\n", "gateway.yaml:2:10", "is empty"),
        ("version: 1\nservers:\n  - name: A b\n    command: [x]\n", "gateway.yaml:3:11", ""),
        ("version: 1\nservers:\n  - name: a_b\n    command: [x]\n", "gateway.yaml:3:11", ""),
        ("version: 1\nservers:\n  - name: a\n", "gateway.yaml:3:5", "either `command` or `url`"),
        (
            "version: 1\nservers:\n  - name: a\n    url: http://example.com/mcp\n",
            "gateway.yaml:4:10",
            "plain HTTP is for this machine only",
        ),
        (
            "version: 1\nservers:\n  - name: a\n    url: https://me:pw@example.com/mcp\n",
            "gateway.yaml:4:10",
            "must not hold a name or a password",
        ),
        (
            f"version: 1\nservers:\n  - name: a\n    command: [x, --token, {TOKEN}]\n",
            "gateway.yaml:4:27",
            "a literal secret",
        ),
        (
            f"version: 1\nservers:\n  - name: a\n    command: [x]\n    environment: {{T: {TOKEN}}}\n",
            "gateway.yaml:5:22",
            "a literal secret",
        ),
        (
            "version: 1\nservers:\n  - {name: a, command: [x]}\n  - {name: a, command: [y]}\n",
            "gateway.yaml:4:12",
            "appears twice",
        ),
        ("version: 1\nserver: []\n", "gateway.yaml:2:1", ""),
        ("version: 1\ngateway: {blocked: maybe}\nservers: []\n", "gateway.yaml:2:20", ""),
    ],
)
def test_every_problem_has_its_place(text: str, where: str, word: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        gateway_from(parse_yaml(text.encode(), "gateway.yaml"))
    found = [str(problem) for problem in caught.value.diagnostics]
    assert any(line.startswith(where + ":") and word in line for line in found), found
    assert not any(TOKEN in line for line in found)


def test_servers_on_a_command_line() -> None:
    assert server_from_option("github=npx -y 'a b'").command == ("npx", "-y", "a b")
    assert server_from_option("x=https://a.example/mcp").url == "https://a.example/mcp"
    assert server_from_words("x", ("a", "b"), ("TOKEN",)).inherit == ("TOKEN",)
    for text in ("github", "=x", "github=", "Git Hub=x", "x='open", "x=http://far.example/"):
        with pytest.raises(AgenticError) as caught:
            server_from_option(text)
        assert caught.value.code == "usage"
