"""Git hooks on odd ground: other tools that move them, linked trees, submodules, bare ones, strange names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from agentic.execute.git_hooks import HOOKS
from tests.cli.conftest import git
from tests.cli.test_git_hooks import TOKEN, Repo, bare_repo, repo
from tests.execute.conftest import AGENTIC

__all__ = ["bare_repo", "repo"]


def program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_tool_that_calls_the_hook_it_found_does_not_call_itself_through_ours(repo: Repo) -> None:
    """The pre-commit framework renames what was there, and runs it; installed again we stand before it.

    Source: https://pre-commit.com/#running-in-migration-mode (checked 2026-11-21)
    """
    hooks = repo.folder / ".git/hooks"
    os.rename(hooks / "pre-commit", hooks / "pre-commit.legacy")
    log = repo.machine.home / "log"
    program(
        hooks / "pre-commit",
        f'#!/bin/sh\necho tool >> "{log}"\n[ "$(wc -l < "{log}")" -lt 9 ] || exit 3\n'
        'exec "$(dirname "$0")/pre-commit.legacy" "$@"\n',
    )
    assert repo.agentic("install").code == 0
    repo.write("a", "a\n")
    done = repo.commit()
    assert done.code == 0, done.err
    assert log.read_text() == "tool\n"


def test_a_linked_work_tree_has_the_same_hooks(repo: Repo) -> None:
    tree = repo.machine.home / "a tree"
    assert repo.git("worktree", "add", "-b", "topic", str(tree)).code == 0
    (tree / "key").write_text(f"{TOKEN}\n")
    repo.git("add", "key", cwd=tree)
    done = repo.git("commit", "-m", "work", cwd=tree)
    assert done.code != 0
    assert "github-token" in done.err
    (tree / "key").write_text("read from the vault\n")
    repo.git("add", "key", cwd=tree)
    assert repo.git("commit", "-m", "work", cwd=tree).code == 0
    assert repo.git("push", "origin", "topic", cwd=tree).code == 0


def test_a_submodule_has_hooks_of_its_own(repo: Repo) -> None:
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "-b", "feature", str(repo.bare),
        "part",
    )  # fmt: skip
    part = repo.folder / "part"
    assert repo.machine.run("git-hooks", "install", cwd=part).code == 0
    (part / "key").write_text(f"{TOKEN}\n")
    repo.git("add", "key", cwd=part)
    done = repo.git("commit", "-m", "work", cwd=part)
    assert done.code != 0
    assert "github-token" in done.err
    assert repo.commit("the submodule").code == 0


def test_a_bare_repository_pushes_under_its_hooks(repo: Repo) -> None:
    repo.write("a", "a\n")
    assert repo.commit().code == 0
    mirror = repo.machine.home / "mirror.git"
    git(repo.machine.home, "clone", "-q", "--bare", str(repo.folder), str(mirror))
    git(mirror, "remote", "set-url", "origin", str(repo.bare))
    assert repo.machine.run("git-hooks", "install", cwd=mirror).code == 0
    told = repo.git("push", "origin", "feature:refs/heads/new", cwd=mirror)
    assert told.code == 0, told.err
    told = repo.git("push", "--force", "origin", "feature:refs/heads/main", cwd=mirror)
    assert told.code != 0
    assert "git.push-protected: origin main" in told.err
    assert repo.machine.run("git-hooks", "status", cwd=mirror).code == 0
    assert repo.machine.run("git-hooks", "uninstall", cwd=mirror).code == 0


@pytest.mark.parametrize("name", ['it\'s "quoted" $HOME `id`', "new\nline", "é\u2028x", "-x y"])
def test_a_folder_of_any_name(repo: Repo, name: str) -> None:
    folder = repo.machine.home / name
    folder.mkdir()
    git(folder, "init", "-q", "-b", "feature")
    kept = program(folder / ".git/hooks/pre-commit", "#!/bin/sh\necho kept >&2\n")
    done = repo.machine.run("git-hooks", "install", cwd=folder)
    assert done.code == 0, done.err
    (folder / "a").write_text("a\n")
    repo.git("add", "a", cwd=folder)
    done = repo.git("commit", "-m", "first", cwd=folder)
    assert done.code == 0, done.err
    assert "kept" in done.err
    (folder / "b").write_text(TOKEN)
    repo.git("add", "b", cwd=folder)
    assert repo.git("commit", "-m", "second", cwd=folder).code != 0
    assert repo.machine.run("git-hooks", "uninstall", cwd=folder).code == 0
    assert kept.read_text().endswith("kept >&2\n")


def test_a_source_with_blanks_in_it_is_pushed(repo: Repo) -> None:
    """git tells a revision as it was written, and that may hold blanks."""
    repo.write("a", "a\n")
    assert repo.commit("one of these").code == 0
    done = repo.git("push", "origin", ":/one of these:refs/heads/found")
    assert done.code != 0 or "found" in done.err
    done = repo.git("push", "origin", "HEAD@{0 seconds ago}:refs/heads/new")
    assert done.code == 0, done.err


def test_a_ref_whose_name_has_a_line_separator_in_it_is_pushed(repo: Repo) -> None:
    for name in ("a\u2028b", "a\u0085b"):
        repo.git("branch", name)
        done = repo.git("push", "origin", name)
        assert done.code == 0, done.err


def test_a_ref_that_is_no_commit_is_not_taken_for_searched(repo: Repo) -> None:
    """A tag may point at a file's content itself, which no log shows."""
    (repo.folder / "key").write_text(TOKEN)
    blob = repo.git("hash-object", "-w", "key").out.strip()
    repo.git("tag", "of-content", blob)
    tree = repo.git("write-tree").out.strip()
    repo.git("tag", "of-tree", tree)
    for name in ("of-content", "of-tree"):
        done = repo.git("push", "origin", f"refs/tags/{name}")
        assert "which is not searched" in done.err, (name, done.err)


def test_a_credential_in_a_tags_own_message_is_found(repo: Repo) -> None:
    repo.git("tag", "-a", "v9", "-m", f"the key is {TOKEN}")
    done = repo.git("push", "origin", "refs/tags/v9")
    assert done.code != 0, done.err
    assert "github-token" in done.err


def test_a_commit_that_a_merge_hides_is_searched(repo: Repo) -> None:
    """What only the merge itself adds is in none of its parents."""
    repo.git("switch", "-q", "-c", "side")
    repo.write("side", "side\n")
    repo.commit("side")
    repo.git("switch", "-q", "feature")
    repo.write("here", "here\n")
    repo.commit("here")
    repo.git("merge", "--no-ff", "--no-commit", "side")
    repo.write("key", TOKEN)
    assert repo.git("commit", "--no-verify", "-m", "merge").code == 0
    done = repo.git("push", "origin", "feature")
    assert done.code != 0
    assert "github-token" in done.err


def test_content_in_sixteen_bit_text_and_with_windows_line_ends(repo: Repo) -> None:
    (repo.folder / "w.txt").write_bytes(f"key={TOKEN}\r\n".encode())
    repo.git("add", "w.txt")
    assert repo.commit("windows").code != 0
    repo.git("rm", "-qf", "--cached", "w.txt")
    (repo.folder / "w.txt").unlink()
    message = repo.folder / "message"
    message.write_bytes(b"Work\r\n\r\nDone.\r\n")
    repo.write("a", "a\n")
    done = repo.git("commit", "-F", str(message))
    assert done.code == 0, done.err


def test_many_refs_at_once(repo: Repo) -> None:
    head = repo.head
    lines = "".join(f"create refs/heads/many/{number} {head}\n" for number in range(300))
    subprocess.run(
        ["git", "update-ref", "--stdin"], input=lines.encode(), cwd=repo.folder,
        env=repo.environment, check=True,
    )  # fmt: skip
    done = repo.git("push", "-q", "origin", "refs/heads/many/*:refs/heads/many/*")
    assert done.code == 0 or "AGENT MODE" in done.err, done.err


def test_a_loose_umask_opens_nothing(repo: Repo) -> None:
    """What others could write, they could let run under this person's name."""
    words = f"umask 0; exec '{AGENTIC[0]}' -m agentic.cli.main git-hooks install"
    for name in HOOKS:
        (repo.folder / ".git/hooks" / name).unlink()
    subprocess.run(["sh", "-c", words], cwd=repo.folder, env=repo.environment, check=True)
    repo.write("a", "a\n")
    subprocess.run(
        ["sh", "-c", "umask 0; exec git commit -qm work"], cwd=repo.folder, env=repo.environment,
        check=True,
    )  # fmt: skip
    state = repo.machine.home / ".local/state/agentic"
    ours = [*state.rglob("*"), state, *(repo.folder / ".git/hooks" / name for name in HOOKS)]
    assert [path for path in ours if path.stat().st_mode & 0o022] == []
