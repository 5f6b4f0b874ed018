"""The folders that ports call governed: what agentic imports and starts from."""

from __future__ import annotations

import pytest

from agentic.ports import environment_folder


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("/home/ada/.venvs/g/lib/python3.12/site-packages/agentic", "/home/ada/.venvs/g"),
        (
            "/home/ada/.local/share/uv/tools/agentic-governance/lib/python3.13/site-packages/agentic",
            "/home/ada/.local/share/uv/tools/agentic-governance",
        ),
        (
            "/home/ada/.local/lib/python3.11/site-packages/agentic",
            "/home/ada/.local/lib/python3.11/site-packages",
        ),
        ("/usr/lib/python3/dist-packages/agentic", "/usr/lib/python3/dist-packages"),
        ("/home/ada/src/agentic/agentic", ""),
    ],
)
def test_the_environment_is_governed_but_not_the_machine(package: str, expected: str) -> None:
    assert environment_folder(package, "/home/ada") == expected
