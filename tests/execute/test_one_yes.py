"""A yes and an answer are for what was asked: this folder, these files, this role."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import git
from tests.execute.conftest import Runner
from tests.execute.test_handed import approve, hook, is_denied

DISCARD = ("git", "reset", "--hard")


def repository(folder: Path) -> Path:
    folder.mkdir()
    git(folder, "init", "-q", "-b", "feature")
    (folder / "work").write_text("committed")
    git(folder, "add", "work")
    git(folder, "commit", "-qm", "first")
    (folder / "work").write_text("not committed")
    return folder


def test_a_yes_for_one_repository_is_none_for_another(runner: Runner) -> None:
    other = repository(runner.machine.home / "other")
    assert runner.run("--", *DISCARD).returncode == 10
    approve(runner)
    assert runner.run("--", *DISCARD, cwd=other).returncode == 10
    assert (other / "work").read_text() == "not committed"
    assert runner.run("--", *DISCARD).returncode == 0


def test_a_yes_for_one_folder_is_none_for_another_of_the_repository(runner: Runner) -> None:
    (runner.folder / "below").mkdir()
    restore = ("git", "checkout", "--", ".")
    assert runner.run("--", *restore).returncode == 10
    approve(runner)
    assert runner.run("--", *restore, cwd=runner.folder / "below").returncode == 10
    assert runner.run("--", *restore).returncode == 0


def test_a_hooks_yes_is_handed_on_where_its_line_went(runner: Runner) -> None:
    inner = runner.folder / "inner"
    inner.mkdir()
    line = "cd inner && agentic run -- git reset --hard"
    hook(runner, "PreToolUse", line, "toolu_0")
    approve(runner)
    assert not is_denied(hook(runner, "PreToolUse", line))
    assert runner.run("--", *DISCARD).returncode == 10
    assert runner.run("--", *DISCARD, cwd=inner).returncode == 0


def test_two_folders_are_two_operations(runner: Runner) -> None:
    """A yes for one of them must not cover a line that does it in both."""
    for name in ("one", "two"):
        repository(runner.folder / name)
    hook(runner, "PreToolUse", "cd one && git reset --hard", "toolu_0")
    approve(runner)
    both = "cd one && git reset --hard && cd ../two && git reset --hard"
    assert is_denied(hook(runner, "PreToolUse", both))


@pytest.mark.parametrize("call_id", ["toolu_1", ""])
def test_an_equal_call_whose_file_has_changed_is_judged_anew(runner: Runner, call_id: str) -> None:
    """Calls of one turn are made side by side: one of them may write what the next one runs."""
    script = runner.folder / "x.sh"
    script.write_text("ls\n")
    assert not is_denied(hook(runner, "PreToolUse", "sh x.sh", call_id))
    script.write_text("git push --force origin main\n")
    assert is_denied(hook(runner, "PreToolUse", "sh x.sh", call_id))


def test_a_hook_without_a_role_does_not_answer_for_one_that_has_one(runner: Runner) -> None:
    """A repository's settings may start the hook as well; the user's own role stays the stricter one."""
    assert not is_denied(hook(runner, "PreToolUse", "touch x"))
    reply = hook(runner, "PreToolUse", "touch x", options=("--role", "nobody-knows"))
    assert is_denied(reply)


def test_the_same_hook_twice_is_one_record(runner: Runner) -> None:
    role = ("--role", "nobody-knows")
    for _ in range(2):
        assert is_denied(hook(runner, "PreToolUse", "touch x", options=role))
    assert [record["event"] for record in runner.records].count("decision") == 1


def test_a_grant_serves_hooks_of_two_roles(runner: Runner) -> None:
    """One call, one yes: the second hook judges by its own role, and finds the yes used by this call."""
    line = "git reset --hard"
    hook(runner, "PreToolUse", line, "toolu_0")
    approve(runner)
    for options in ((), ("--role", "nobody-knows")):
        assert not is_denied(hook(runner, "PreToolUse", line, options=options))
    assert is_denied(hook(runner, "PreToolUse", line, "toolu_2"))
    verified = subprocess.run(
        [*runner.words()[:-1], "audit", "verify"], cwd=runner.folder, env=runner.environment,
        check=False, capture_output=True,
    )  # fmt: skip
    assert verified.returncode == 0
