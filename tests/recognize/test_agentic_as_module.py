"""agentic started as a module of Python is agentic, by whichever of its modules."""

from __future__ import annotations

import pytest

from agentic.core.values import ToolCall
from agentic.recognize.recognize import recognize
from tests.fakes import FACTS, ROOT, FakeWorkspace


@pytest.mark.parametrize("module", ["agentic", "agentic.cli", "agentic.cli.main"])
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("requests approve r-1 --digest 12345678", "governance.approve"),
        ("git-hooks uninstall", "governance.disable"),
        ("run -- git push --force origin main", "git.force-push-protected"),
        ("check -- ls", "governance.read"),
    ],
)
def test_a_module_is_the_same_program(module: str, words: str, kind: str) -> None:
    call = ToolCall("shell", {"command": f"python3 -I -m {module} {words}"}, ROOT)
    assert kind in [one.kind for one in recognize(call, FACTS, FakeWorkspace()).operations]
