"""Where a project lies: whatever it is called and however it is reached, its calls are judged and kept.

Each row goes through the command that `agentic init` wrote.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import git
from tests.hook.machine import (
    ALLOW,
    ASK,
    DENY,
    HELD,
    NONE,
    REFUSED_LINE,
    Guarded,
    Installation,
    set_up,
)


def words(guarded: Guarded, folder: Path, *commands: str, project: Path | None = None) -> list[str]:
    """The answers to commands of a session in a folder that the host calls its project."""
    root = str(project or folder)
    environment = {**guarded.environment, "CLAUDE_PROJECT_DIR": root}
    return [
        guarded.ask(guarded.payload(c, cwd=str(folder)), environment=environment, cwd=folder).word
        for c in commands
    ]


def assert_governed(guarded: Guarded, folder: Path, journal: Path, writing: str = NONE) -> None:
    """Reading, writing inside, and danger: each is answered as anywhere, on record in `journal`."""
    before = guarded.verified(journal).records if journal.exists() else 0
    answers = words(guarded, folder, "git status", "touch a.py", REFUSED_LINE)
    assert answers == [ALLOW, writing, DENY]
    found = guarded.verified(journal)
    assert found.problems == ()
    assert found.records == before + 3


NAMES = [
    "with blanks  in it",
    "it's",
    'a "quoted" one',
    "$HOME `id` $(id)",
    "two\nlines",
    "tab\there",
    "ünï 日本語 🐍",
    "-rf",
    "a;b&c|d>e",
    "%s%n{}",
    "back\\slash",
    "*",
    "~",
    "#",
    os.fsdecode(b"not utf-8 \xff"),
    "x" * 200,
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_project_of_any_name(guarded: Guarded, name: str) -> None:
    folder = guarded.home / "work" / name
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "--template=")
    assert_governed(guarded, folder, folder)
    assert (folder / "ops/audit.jsonl").is_file()


@pytest.mark.parametrize("name", ["two\nlines $(id) `id`", "'\\\"' -- %s 日本語"], ids=ascii)
def test_a_home_of_any_name(installation: Installation, tmp_path: Path, name: str) -> None:
    """What `init` writes quotes every path, and what it wrote works."""
    guarded = set_up(tmp_path, installation, home=name, project="churn")
    assert_governed(guarded, guarded.project, guarded.project)


def test_a_second_clone_has_a_journal_of_its_own(guarded: Guarded) -> None:
    second = guarded.home / "second"
    git(guarded.home, "clone", "-q", str(guarded.project), str(second))
    assert_governed(guarded, second, second)
    assert (second / "ops/audit.jsonl").is_file()
    assert guarded.verified().records == 2
    assert guarded.verified(second).first_seq == 1


def test_a_linked_work_tree_shares_the_journal_of_the_main_one(guarded: Guarded) -> None:
    linked = guarded.home / "linked"
    git(guarded.project, "worktree", "add", "-q", str(linked), "-b", "other")
    assert_governed(guarded, linked, guarded.project)
    assert not (linked / "ops").exists()
    assert guarded.verified().records == 5


def test_a_work_tree_whose_main_one_is_gone_is_still_guarded(guarded: Guarded) -> None:
    main, linked = guarded.home / "main", guarded.home / "linked"
    git(guarded.home, "clone", "-q", str(guarded.project), str(main))
    git(main, "worktree", "add", "-q", str(linked), "-b", "other")
    shutil.rmtree(main)
    answers = words(guarded, linked, "cat README.md", REFUSED_LINE, "frobnicate")
    assert answers[0] in (ALLOW, *HELD)
    assert answers[1] in HELD
    assert answers[2] in HELD


def test_a_folder_without_git_has_a_journal_too(guarded: Guarded) -> None:
    folder = guarded.home / "notes"
    folder.mkdir()
    assert_governed(guarded, folder, folder)
    assert (folder / "ops/audit.jsonl").is_file()


def test_a_home_is_no_workspace(guarded: Guarded) -> None:
    """Everything in it counts as outside, and its journal is in the state folder."""
    answers = words(guarded, guarded.home, "git status", "rm -rf project", REFUSED_LINE)
    assert answers[0] in (ALLOW, NONE)
    assert answers[1:] == [DENY, DENY]
    assert not (guarded.home / "ops").exists()
    (journal,) = (guarded.state / "journals").glob("*.jsonl")
    assert len(journal.read_bytes().splitlines()) >= 3


def test_the_root_folder_is_no_workspace(guarded: Guarded) -> None:
    assert words(guarded, Path("/"), "rm -rf usr/share", REFUSED_LINE) == [DENY, DENY]
    assert not Path("/ops").exists()


def test_a_project_behind_a_link_is_the_project(guarded: Guarded) -> None:
    link = guarded.home / "link"
    link.symlink_to(guarded.project)
    # As written, `link/a.py` is outside; the client tells the real folder, so that is asked rarely.
    assert_governed(guarded, link, guarded.project, writing=ASK)
    assert guarded.verified().records == 5


def test_a_link_out_of_the_project_leads_out_of_it(guarded: Guarded) -> None:
    """What is written or deleted through it is judged where it really is."""
    (guarded.home / "elsewhere").mkdir()
    (guarded.project / "inside").symlink_to(guarded.home / "elsewhere")
    (guarded.project / "startup").symlink_to(guarded.home / ".bashrc")
    answers = words(guarded, guarded.project, "rm -rf inside/data", "echo x >> startup")
    assert set(answers) <= set(HELD)


def test_a_working_directory_deep_below_the_project_is_in_it(guarded: Guarded) -> None:
    folder = guarded.project / "a/b/c"
    folder.mkdir(parents=True)
    answers = words(guarded, folder, "git status", "touch x.py", project=guarded.project)
    assert answers == [ALLOW, NONE]
    assert guarded.verified().records == 4
