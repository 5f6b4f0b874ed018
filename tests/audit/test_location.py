"""Where a journal is put, and that git leaves it alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from agentic.audit.journal import open_journal
from tests.audit.samples import record


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def written(root: Path, state: Path) -> None:
    state.mkdir(mode=0o700, exist_ok=True)
    open_journal(str(root), str(state)).append(record())


def test_git_leaves_a_new_journal_alone(repository: Path, tmp_path: Path) -> None:
    written(repository, tmp_path / "state")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=repository, check=True, capture_output=True, text=True
    )
    assert status.stdout == ""


def test_the_line_is_written_once_and_nothing_else_is_touched(
    repository: Path, tmp_path: Path
) -> None:
    exclude = repository / ".git/info/exclude"
    exclude.write_text("*.log")
    written(repository, tmp_path / "state")
    (repository / "ops/audit.jsonl").unlink()
    written(repository, tmp_path / "state")
    assert exclude.read_text() == "*.log\n/ops/audit*.jsonl*\n"


def test_a_linked_exclude_file_is_not_written_through(repository: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("x")
    exclude = repository / ".git/info/exclude"
    exclude.unlink()
    exclude.symlink_to(target)
    written(repository, tmp_path / "state")
    assert target.read_text() == "x"
    assert (repository / "ops/audit.jsonl").exists()
