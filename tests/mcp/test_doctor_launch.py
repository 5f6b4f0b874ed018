"""What a configured command starts: package, image or program, its version and its mounts."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.mcp.doctor_launch import Launch, launch_of

DIGEST = "sha256:" + "a1" * 32


def launch(line: str) -> Launch:
    words = shlex.split(line)
    return launch_of(words[0], words[1:])


@pytest.mark.parametrize(
    ("line", "name", "version", "is_exact"),
    [
        ("npx -y server", "server", "", False),
        ("npx -y server@latest", "server", "latest", False),
        ("npx -y server@^1.2.3", "server", "^1.2.3", False),
        ("npx -y server@1", "server", "1", False),
        ("npx -y server@1.2.3", "server", "1.2.3", True),
        ("npx --yes @scope/server", "@scope/server", "", False),
        ("npx @scope/server@2026.8.31 ~", "@scope/server", "2026.8.31", True),
        ("npx -p @scope/tools@1.0.0 server", "@scope/tools", "1.0.0", True),
        ("npx --package=tools server", "tools", "", False),
        ("npx ./server.js", "./server.js", "", True),
        ("npx github:owner/server#main", "github:owner/server", "main", False),
        ("npx github:owner/server#" + "a" * 40, "github:owner/server", "a" * 40, True),
        ("/usr/bin/npx -y server", "server", "", False),
        ("npx.cmd -y server@1.2.3", "server", "1.2.3", True),
        ("npm exec -- server@1.2.3", "server", "1.2.3", True),
        ("pnpm dlx server", "server", "", False),
        ("bunx server@1.0.0", "server", "1.0.0", True),
        ("bun x server", "server", "", False),
        ("uvx server", "server", "", False),
        ("uvx server==1.2.3", "server", "1.2.3", True),
        ("uvx server@1.2.3", "server", "1.2.3", True),
        ("uvx --from server[all]==1.2.3 run-it", "server", "1.2.3", True),
        ("uvx --from git+https://example.com/x server", "git+https://example.com/x", "", False),
        ("uvx --from git+https://example.com/x@" + "b" * 40 + " s", None, "b" * 40, True),
        ("uv tool run --with x server", "server", "", False),
        ("pipx run server", "server", "", False),
        ("pipx run --spec server==1.2 server", "server", "1.2", True),
        ("env A=b npx server", "server", "", False),
        ("A=b npx server", "server", "", False),
        ("sh -c 'exec npx -y server@1.2.3'", "server", "1.2.3", True),
        ("bash -lc 'npx server'", "server", "", False),
        ("cmd /c npx -y server", "server", "", False),
        ("agentic mcp gateway --name x -- npx -y server@latest", "server", "latest", False),
    ],
)
def test_packages(line: str, name: str | None, version: str, is_exact: bool) -> None:
    found = launch(line)
    assert (found.kind, found.version, found.is_exact) == ("package", version, is_exact)
    assert name is None or found.name == name


@pytest.mark.parametrize(
    ("line", "name", "version", "is_exact"),
    [
        ("docker run -i --rm example/server", "example/server", "", False),
        ("docker run -i --rm example/server:latest", "example/server", "latest", False),
        ("docker run -i example/server:1", "example/server", "1", False),
        ("docker run -i example/server:v1.2.3", "example/server", "v1.2.3", True),
        (f"docker run example/server@{DIGEST}", "example/server", DIGEST, True),
        (f"podman run example/server:v1@{DIGEST}", "example/server", DIGEST, True),
        ("docker run localhost:5000/server", "localhost:5000/server", "", False),
        (
            "docker run -e TOKEN -p 80:80 example/server:1.2.3 --flag",
            "example/server",
            "1.2.3",
            True,
        ),
        ("docker container run --env=A=b example/server:1.2", "example/server", "1.2", True),
    ],
)
def test_images(line: str, name: str, version: str, is_exact: bool) -> None:
    found = launch(line)
    assert (found.kind, found.name, found.version, found.is_exact) == (
        "image",
        name,
        version,
        is_exact,
    )


def test_mounts() -> None:
    line = (
        "docker run -v /:/host --volume=/var/run/docker.sock:/s -e A=/x "
        "--mount type=bind,source=/home/ada,target=/h,readonly x:1.2.3 -v /not"
    )
    found = launch(line)
    assert found.mounts == ("/", "/var/run/docker.sock", "/home/ada")
    assert found.rest == ("-v", "/not")


def test_programs_and_nothing() -> None:
    assert launch("kubernetes-mcp-server --read-only").kind == "program"
    assert launch("docker mcp gateway run").kind == "program"
    assert launch_of("", ()).kind == "none"


@given(
    st.lists(
        st.sampled_from(
            "npx uvx docker run exec -y -- --from -p sh -c bash agentic mcp gateway env A=b @ x@ = "
            "-v --mount source= 'a".split()
        )
        | st.text(max_size=6),
        max_size=9,
    )
)
def test_no_words_raise(words: list[str]) -> None:
    launch_of(words[0] if words else "", words[1:])
