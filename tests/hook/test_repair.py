"""A person can mend the guard however it is broken, with the very command that its refusals name.

Each row breaks what `agentic init` installed, sees the call refused, repairs it, and sees it governed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.hook.machine import (
    ALLOW,
    BLOCKED,
    DENY,
    REFUSED_LINE,
    Guarded,
    answer_of,
    read_only,
)


def assert_broken(guarded: Guarded) -> None:
    ran = guarded.hook(guarded.payload())
    assert answer_of(ran, shell_may_speak=True).word == BLOCKED


def assert_governed_again(guarded: Guarded) -> None:
    """As before the damage, and what was on record then is on record still."""
    assert guarded.ask(guarded.payload()).word == ALLOW
    assert guarded.ask(guarded.payload(REFUSED_LINE)).word == DENY
    found = guarded.verified()
    assert found.problems == ()
    assert found.last_seq >= 4


def spoiled_launcher(guarded: Guarded) -> None:
    guarded.launcher.write_bytes(guarded.launcher.read_bytes()[:5000])


def spoiled_policy(guarded: Guarded) -> None:
    for path in guarded.compiled:
        path.write_bytes(path.read_bytes()[:5000])


def everything(guarded: Guarded) -> None:
    spoiled_policy(guarded)
    spoiled_launcher(guarded)
    (guarded.state / "launch/hook.sh").unlink()


DAMAGE: dict[str, Callable[[Guarded], object]] = {
    "launcher-gone": lambda guarded: guarded.launcher.unlink(),
    "launcher-spoiled": spoiled_launcher,
    "launch-folder-gone": lambda guarded: shutil.rmtree(guarded.state / "launch"),
    "policy-spoiled": spoiled_policy,
    "everything-spoiled": everything,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_doctor_repairs(guarded: Guarded, damage: Callable[[Guarded], object]) -> None:
    damage(guarded)
    assert_broken(guarded)
    assert guarded.agentic("doctor").code == 4
    repaired = guarded.agentic("doctor", "--repair")
    assert repaired.code == 0, repaired.out
    assert_governed_again(guarded)


@pytest.mark.parametrize("name", ["launcher-gone", "launcher-spoiled", "launch-folder-gone"])
def test_init_repairs_the_launcher(guarded: Guarded, name: str) -> None:
    DAMAGE[name](guarded)
    assert_broken(guarded)
    assert guarded.agentic("init", "--host", "claude-code").code == 0
    assert_governed_again(guarded)


def test_policy_compile_repairs_the_compiled_policy(guarded: Guarded) -> None:
    spoiled_policy(guarded)
    assert_broken(guarded)
    assert guarded.agentic("policy", "compile").code == 0
    assert_governed_again(guarded)


def test_a_lost_state_folder_comes_back_and_the_journal_tells_of_it(guarded: Guarded) -> None:
    """With it goes the head, so the chain is continued from the journal, and that is on record."""
    shutil.rmtree(guarded.state)
    assert_broken(guarded)
    assert guarded.agentic("init", "--host", "claude-code").code == 0
    assert_governed_again(guarded)
    assert [note.kind for note in guarded.verified().notes] == ["head-missing"]


def test_settings_that_lost_their_entries_get_them_back(guarded: Guarded) -> None:
    settings = guarded.home / ".claude/settings.json"
    before = settings.read_bytes()
    settings.write_text('{"model": "x"}\n')
    told = guarded.agentic("doctor")
    assert told.code == 4
    assert "lost what agentic wrote" in told.out
    assert guarded.agentic("doctor", "--repair").code == 0
    assert '"model": "x"' in settings.read_text()
    settings.write_bytes(before)
    assert_governed_again(guarded)


def test_a_workspace_policy_that_holds_everything_can_be_mended(guarded: Guarded) -> None:
    folder = guarded.project / ".agentic"
    folder.mkdir()
    (folder / "policy.yaml").write_text("modes: [")
    assert guarded.ask(guarded.payload("git commit -m x")).word == "ask"
    told = guarded.agentic("policy", "check")
    assert told.code == 3
    assert "policy.yaml:" in told.err
    shutil.rmtree(folder)
    assert guarded.ask(guarded.payload("git commit -m x")).word == "none"
    assert_governed_again(guarded)


def test_what_cannot_be_repaired_is_told(guarded: Guarded) -> None:
    """On a read-only disk nothing can be mended: it says so, and the guard keeps blocking."""
    spoiled_launcher(guarded)
    with read_only(guarded.home) as before:
        words = [*before, str(guarded.installation.agentic), "doctor", "--repair"]
        told = guarded.start(words)
        assert told.code == 4
        assert "cannot be written" in told.out or "read-only" in told.out.lower()
        assert "Traceback" not in told.out + told.err
    assert_broken(guarded)
    assert guarded.agentic("doctor", "--repair").code == 0
    assert_governed_again(guarded)
