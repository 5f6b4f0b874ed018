"""Commits and pushes are judged where they are made: real repositories, real pushes to a bare one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agentic.errors import HostPayloadInvalid
from agentic.execute.git_judge import message_of, updates_from
from tests.cli.conftest import Machine, Ran, git

#: Made up, in the form of a real one; cut so that no scanner of this repository takes it for one.
TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" + "K1l2M3n4O5p6Q7r8"


class Repo(NamedTuple):
    """A machine with a repository on a feature branch, and a bare one that it pushes to."""

    machine: Machine
    folder: Path
    bare: Path

    @property
    def environment(self) -> dict[str, str]:
        names = {f"GIT_{role}_{what}": "ada@example.com" for role in ("AUTHOR", "COMMITTER")
                 for what in ("NAME", "EMAIL")}  # fmt: skip
        return {**self.machine.environment, **names}

    def git(self, *words: str, cwd: Path | None = None) -> Ran:
        done = subprocess.run(
            ["git", *words], cwd=cwd or self.folder, env=self.environment, capture_output=True,
            check=False, timeout=120,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def agentic(self, *words: str) -> Ran:
        return self.machine.run("git-hooks", *words, cwd=self.folder)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        self.git("add", name)

    def commit(self, message: str = "work", *words: str) -> Ran:
        return self.git("commit", "-m", message, *words)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").out.strip()

    @property
    def decisions(self) -> list[dict[str, Any]]:
        path = self.folder / "ops/audit.jsonl"
        records = [json.loads(line) for line in path.read_text().splitlines()]
        return [record for record in records if record["event"] == "decision"]


@pytest.fixture
def bare_repo(make_machine: Callable[[], Machine]) -> Repo:
    machine = make_machine()
    bare = machine.home / "origin.git"
    git(machine.home, "init", "-q", "--bare", str(bare))
    found = Repo(machine, machine.repository, bare)
    git(found.folder, "branch", "main")
    git(found.folder, "remote", "add", "origin", str(bare))
    git(found.folder, "push", "-q", "origin", "main", "feature")
    return found


@pytest.fixture
def repo(bare_repo: Repo) -> Repo:
    done = bare_repo.agentic("install")
    assert done.code == 0, done.err
    return bare_repo


# Commits


def test_an_ordinary_commit_goes_through_and_is_recorded(repo: Repo) -> None:
    repo.write("a.py", "print('hello')\n")
    done = repo.commit("add a greeting")
    assert done.code == 0, done.err
    assert [(d["host_tool"], d["kinds"], d["answer"]) for d in repo.decisions] == [
        ("git-hooks pre-commit", ["git.commit"], "allow"),
        ("git-hooks commit-msg", ["git.commit"], "allow"),
    ]
    assert repo.machine.run("audit", "verify").code == 0


def test_a_credential_that_is_staged_stops_the_commit(repo: Repo) -> None:
    before = repo.head
    repo.write("settings.py", f"x = 1\ntoken = '{TOKEN}'\n")
    done = repo.commit()
    assert done.code != 0
    assert "[AGENT MODE: STOP]" in done.err
    assert "github-token in `settings.py` line 2" in done.err
    assert TOKEN not in done.err
    assert repo.head == before
    assert TOKEN not in (repo.folder / "ops/audit.jsonl").read_text()


def test_what_is_committed_is_searched_and_not_what_lies_in_the_index(repo: Repo) -> None:
    """`commit -a` and `commit FILE` make an index of their own."""
    repo.write("b.py", "x = 1\n")
    assert repo.commit().code == 0
    (repo.folder / "b.py").write_text(f"x = '{TOKEN}'\n")
    assert repo.git("commit", "-am", "all").code != 0
    assert repo.git("commit", "-m", "one", "b.py").code != 0
    repo.write("c.py", "clean = 1\n")
    assert repo.git("commit", "-m", "only the clean one", "c.py").code == 0


def test_removing_a_credential_is_no_find(bare_repo: Repo) -> None:
    bare_repo.write("s.py", f"x = '{TOKEN}'\n")
    assert bare_repo.commit().code == 0
    assert bare_repo.agentic("install").code == 0
    bare_repo.write("s.py", "x = read()\n")
    done = bare_repo.git("commit", "--verbose", "-m", "no more")
    assert done.code == 0, done.err


def test_the_message_is_searched(repo: Repo) -> None:
    repo.write("a.py", "x = 1\n")
    done = repo.commit(f"use {TOKEN}")
    assert done.code != 0
    assert "github-token in `the message` line 1" in done.err
    assert repo.commit("use the token from the vault").code == 0


def test_the_first_commit_of_a_repository(make_machine: Callable[[], Machine]) -> None:
    machine = make_machine()
    folder = machine.home / "new"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "feature")
    repo = Repo(machine, folder, folder)
    assert repo.agentic("install").code == 0
    repo.write("a.py", f"x = '{TOKEN}'\n")
    assert repo.commit().code != 0
    repo.write("a.py", "x = 1\n")
    assert repo.commit().code == 0


def test_no_verify_skips_them_and_an_agents_use_of_it_is_judged(repo: Repo) -> None:
    repo.write("s.py", f"x = '{TOKEN}'\n")
    assert repo.commit("skipped", "--no-verify").code == 0
    asked = repo.machine.run("check", "--json", "--", "git", "commit", "--no-verify", "-m", "x")
    assert "git.skip-hooks" in [operation["kind"] for operation in asked.json["operations"]]


def test_a_subfolder_a_linked_work_tree_and_amend(repo: Repo) -> None:
    below = repo.folder / "below"
    below.mkdir()
    (below / "s.py").write_text(f"x = '{TOKEN}'\n")
    repo.git("add", ".", cwd=below)
    assert repo.git("commit", "-m", "x", cwd=below).code != 0
    (below / "s.py").write_text("x = 1\n")
    repo.git("add", ".", cwd=below)
    assert repo.git("commit", "-m", "x", cwd=below).code == 0
    other = repo.machine.home / "other"
    assert repo.git("worktree", "add", "-q", "-b", "topic", str(other)).code == 0
    (other / "s.py").write_text(f"x = '{TOKEN}'\n")
    repo.git("add", ".", cwd=other)
    done = repo.git("commit", "-m", "x", cwd=other)
    assert done.code != 0
    assert "github-token in `s.py`" in done.err
    assert repo.agentic("status").code == 0
    repo.write("t.py", f"x = '{TOKEN}'\n")
    assert repo.git("commit", "--amend", "--no-edit").code != 0


# Pushes


def test_a_push_of_an_own_branch_goes_through(repo: Repo) -> None:
    repo.write("a.py", "x = 1\n")
    assert repo.commit().code == 0
    done = repo.git("push", "origin", "feature")
    assert done.code == 0, done.err
    assert repo.decisions[-1]["kinds"] == ["git.push"]
    assert repo.git("push", "origin", "HEAD:refs/heads/topic").code == 0
    assert repo.git("push", "origin", "feature").code == 0  # nothing to push


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("push", "origin", "HEAD:main"), "git.push-protected"),
        (("push", "--force", "origin", "HEAD~2:refs/heads/feature"), "git.force-push"),
        (("push", "origin", "+HEAD~2:refs/heads/feature"), "git.force-push"),
        (("push", "origin", "--delete", "feature"), "git.delete-remote-branch"),
        (("push", "origin", ":main"), "git.delete-remote-protected"),
        (("push", "origin", "HEAD:refs/tags/v1"), "git.push-tag"),
        (("push", "--all", "origin"), "git.push"),
    ],
)
def test_each_ref_is_judged(repo: Repo, words: tuple[str, ...], kind: str) -> None:
    repo.write("a.py", "x = 1\n")
    repo.commit()
    repo.git("push", "--no-verify", "origin", "feature")
    repo.write("a.py", "x = 2\n")
    repo.commit()
    before = repo.git("ls-remote", "origin").out
    done = repo.git(*words)
    assert kind in repo.decisions[-1]["kinds"]
    is_free = kind == "git.push"
    assert (done.code == 0) is is_free, done.err
    if not is_free:
        assert "[AGENT MODE: " in done.err
        assert repo.git("ls-remote", "origin").out == before


def test_of_several_refs_the_strictest_counts(repo: Repo) -> None:
    repo.write("a.py", "x = 1\n")
    repo.commit()
    before = repo.git("ls-remote", "origin").out
    assert repo.git("push", "origin", "HEAD:feature", "HEAD:main").code != 0
    assert repo.git("ls-remote", "origin").out == before
    assert set(repo.decisions[-1]["kinds"]) == {"git.push", "git.push-protected"}


def test_a_push_that_loses_commits_nobody_here_has_seen(repo: Repo) -> None:
    """Somebody else has pushed: what is lost is not even known here."""
    other = repo.machine.home / "other"
    git(repo.machine.home, "clone", "-q", "-b", "feature", str(repo.bare), str(other))
    git(other, "commit", "-q", "--allow-empty", "-m", "theirs")
    git(other, "push", "-q", "origin", "feature")
    repo.write("a.py", "x = 1\n")
    repo.commit()
    done = repo.git("push", "--force", "origin", "feature")
    assert done.code != 0
    assert repo.decisions[-1]["kinds"] == ["git.force-push"]


def test_a_credential_in_any_pushed_commit_stops_the_push(repo: Repo) -> None:
    repo.write("s.py", f"x = '{TOKEN}'\n")
    repo.commit("skipped", "--no-verify")
    repo.write("s.py", "x = 1\n")
    assert repo.commit("taken out again").code == 0
    before = repo.git("ls-remote", "origin").out
    for target in ("feature", "HEAD:refs/heads/topic", "HEAD:refs/tags/v1"):
        done = repo.git("push", "origin", target)
        assert done.code != 0
        assert "github-token in `s.py` line 1" in done.err
    url = f"file://{repo.bare}"
    assert repo.git("push", url, "feature").code != 0
    assert repo.git("ls-remote", "origin").out == before
    assert repo.git("push", "--no-verify", "origin", "feature").code == 0
    repo.write("t.py", "x = 1\n")
    assert repo.commit().code == 0
    assert repo.git("push", "origin", "feature").code == 0, (
        "what the remote has is not pushed again"
    )


def test_a_person_may_let_exactly_this_push_through(repo: Repo) -> None:
    repo.write("a.py", "x = 1\n")
    repo.commit()
    done = repo.git("push", "origin", "HEAD:main")
    request = done.err.partition("agentic requests approve ")[2].split()[0]
    digest = repo.machine.run("requests", "show", request, "--json").json["request_digest"]
    assert repo.machine.run("requests", "approve", request, "--digest", digest[:8]).code == 0
    repo.write("b.py", "x = 1\n")
    repo.commit()
    assert repo.git("push", "origin", "HEAD:main").code != 0, "another commit, another question"
    assert repo.git("push", "origin", "HEAD~1:main").code == 0
    assert repo.git("push", "--force", "origin", "HEAD~2:main").code != 0


def test_a_mirror_without_a_work_tree(repo: Repo) -> None:
    mirror = repo.machine.home / "mirror.git"
    git(repo.machine.home, "clone", "-q", "--bare", str(repo.bare), str(mirror))
    done = repo.machine.run("git-hooks", "install", "--repo", str(mirror))
    assert done.code == 0, done.err
    assert repo.git("push", "origin", "feature:topic", cwd=mirror).code == 0
    assert repo.git("push", "origin", "feature:refs/tags/v2", cwd=mirror).code != 0


# What was there before


def hook_files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "objects" not in path.parts and "logs" not in path.parts
    }


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_installing_twice_and_taking_away_leaves_everything_as_it_was(bare_repo: Repo) -> None:
    hooks = bare_repo.folder / ".git"
    put(hooks / "hooks/pre-commit", "#!/bin/sh\ntrue\n")
    before = hook_files(hooks)
    assert bare_repo.agentic("install").code == 0
    once = hook_files(hooks)
    again = bare_repo.agentic("install")
    assert again.out.count("kept") == 3
    assert hook_files(hooks) == once
    done = bare_repo.agentic("uninstall")
    assert "put back" in done.out
    assert hook_files(hooks) == before
    assert bare_repo.agentic("uninstall").out == "there are no git hooks of agentic here\n"


@pytest.mark.parametrize("own", [False, True], ids=["beside", "own-folder"])
def test_hooks_that_were_there_run_first_with_their_input(bare_repo: Repo, own: bool) -> None:
    hooks = bare_repo.folder / ".git/hooks"
    seen = bare_repo.machine.home / "seen"
    for name in ("pre-commit", "commit-msg", "pre-push", "post-commit"):
        put(
            hooks / name,
            f'#!/bin/sh\necho {name} "$@" >> {seen}\n[ {name} != pre-push ] || cat >> {seen}\n',
        )
    words = ("--hooks-path",) if own else ()
    done = bare_repo.agentic("install", *words)
    assert done.code == 0, done.err
    bare_repo.write("a.py", "x = 1\n")
    assert bare_repo.commit().code == 0
    assert bare_repo.git("push", "origin", "feature").code == 0
    told = seen.read_text().splitlines()
    assert told[0] == "pre-commit"
    assert told[1].startswith("commit-msg ")
    assert told[2] == "post-commit"
    assert told[3] == f"pre-push origin {bare_repo.bare}"
    assert told[4].startswith("refs/heads/feature ")
    assert len(bare_repo.decisions) == 3


def test_a_hook_that_was_there_still_refuses(bare_repo: Repo) -> None:
    put(bare_repo.folder / ".git/hooks/pre-commit", "#!/bin/sh\necho mine >&2\nexit 9\n")
    put(bare_repo.folder / ".git/hooks/pre-push", "#!/bin/sh\nexit 9\n")
    bare_repo.agentic("install")
    bare_repo.write("a.py", "x = 1\n")
    done = bare_repo.commit()
    assert done.code != 0
    assert done.err == "mine\n"
    assert bare_repo.git("push", "origin", "HEAD:refs/heads/topic").code != 0


def test_a_configured_folder_of_hooks_is_respected(bare_repo: Repo) -> None:
    shared = bare_repo.folder / "team/hooks"
    seen = bare_repo.machine.home / "seen"
    put(shared / "pre-commit", f'#!/bin/sh\necho "$0" >> {seen}\n')
    bare_repo.git("config", "core.hooksPath", "team/hooks")
    done = bare_repo.agentic("install")
    assert done.code == 4
    assert "core.hooksPath" in done.err
    assert "--hooks-path" in done.err
    assert [path.name for path in shared.iterdir()] == ["pre-commit"]
    assert bare_repo.agentic("install", "--hooks-path").code == 0
    assert bare_repo.agentic("install").code == 0
    assert bare_repo.agentic("status").code == 0
    bare_repo.write("s.py", f"x = '{TOKEN}'\n")
    assert bare_repo.commit().code != 0
    assert seen.read_text() == f"{shared}/pre-commit\n"
    put(shared / "post-merge", "#!/bin/sh\n")
    assert "post-merge` is new and not called" in bare_repo.agentic("status").err
    bare_repo.git("config", "core.hooksPath", "team/hooks")
    done = bare_repo.agentic("status")
    assert done.code == 4
    assert "not to agentic's hooks" in done.err
    assert bare_repo.agentic("install", "--hooks-path").code == 0
    assert bare_repo.agentic("uninstall").code == 0
    assert bare_repo.git("config", "core.hooksPath").out == "team/hooks\n"
    assert not (bare_repo.folder / ".git/agentic-hooks").exists()


def test_a_folder_of_hooks_for_all_repositories_is_left_alone(bare_repo: Repo) -> None:
    shared = bare_repo.machine.home / "hooks"
    put(shared / "pre-push", "#!/bin/sh\nexit 0\n")
    bare_repo.git("config", "--global", "core.hooksPath", str(shared))
    assert bare_repo.agentic("install").code == 4
    assert bare_repo.agentic("install", "--hooks-path").code == 0
    assert bare_repo.agentic("uninstall").code == 0
    assert bare_repo.git("config", "--local", "core.hooksPath").out == ""
    assert [path.name for path in shared.iterdir()] == ["pre-push"]


def test_two_earlier_hooks_are_not_lost(bare_repo: Repo) -> None:
    hooks = bare_repo.folder / ".git/hooks"
    put(hooks / "pre-commit", "#!/bin/sh\necho first\n")
    bare_repo.agentic("install")
    put(hooks / "pre-commit", "#!/bin/sh\necho second\n")
    assert bare_repo.agentic("status").code == 4
    done = bare_repo.agentic("install")
    assert done.code == 4
    assert "holds an earlier hook" in done.err
    assert (hooks / "pre-commit").read_text().endswith("second\n")
    assert (hooks / "pre-commit.before-agentic").read_text().endswith("first\n")


# What keeps us from judging


def gone_interpreter(repo: Repo) -> None:
    for name in ("pre-commit", "pre-push"):
        path = repo.folder / ".git/hooks" / name
        path.write_text(path.read_text().replace("python3", "python-gone"))


def gone_code(repo: Repo) -> None:
    (repo.folder / ".git/hooks/.agentic-start.py").unlink()


def gone_package(repo: Repo) -> None:
    path = repo.folder / ".git/hooks/.agentic-start.py"
    path.write_text(path.read_text().replace("FOLDERS = (", "FOLDERS = () and ("))


def gone_journal(repo: Repo) -> None:
    (repo.folder / "ops/audit.jsonl").mkdir(parents=True)


@pytest.mark.parametrize("break_it", [gone_interpreter, gone_code, gone_package, gone_journal])
def test_a_hook_that_cannot_judge_blocks_with_one_line(
    repo: Repo, break_it: Callable[[Repo], None]
) -> None:
    before = repo.head
    repo.write("a.py", "x = 1\n")
    break_it(repo)
    done = repo.commit()
    assert done.code != 0
    assert done.err.startswith("agentic: blocked: ")
    assert done.err.count("\n") == 1
    assert repo.head == before
    done = repo.git("push", "origin", "HEAD:refs/heads/topic")
    assert done.code != 0
    assert "agentic: blocked: " in done.err


def test_a_history_that_cannot_be_read_is_doubt(repo: Repo) -> None:
    """What cannot be searched asks a person; it is never taken for clean."""
    repo.write("a.py", "x = 1\n")
    assert repo.commit().code == 0
    blob = repo.git("rev-parse", "HEAD:a.py").out.strip()
    path = repo.folder / ".git/objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(b"damaged")
    done = repo.git("push", "origin", "feature")
    assert done.code != 0
    assert "[AGENT MODE: CONSULT]" in done.err
    assert repo.decisions[-1]["mode"] == "CONSULT"


def test_no_repository_is_told(repo: Repo, tmp_path: Path) -> None:
    for words in (("install",), ("status",), ("uninstall",)):
        done = repo.machine.run("git-hooks", *words, "--repo", str(tmp_path))
        assert done.code == 4
        assert "is in no git repository" in done.err
    done = repo.machine.run("git-hooks", "status", "--repo", str(tmp_path / "none"))
    assert done.code == 2


def test_status_tells_what_was_changed(repo: Repo) -> None:
    assert repo.agentic("status").code == 0
    assert [hook["state"] for hook in repo.agentic("status", "--json").json["hooks"]] == ["ok"] * 3
    (repo.folder / ".git/hooks/pre-push").unlink()
    (repo.folder / ".git/hooks/commit-msg").chmod(0o644)
    done = repo.agentic("status")
    assert done.code == 4
    assert "pre-push` is missing" in done.err
    assert "commit-msg` is changed" in done.err
    assert repo.agentic("install").code == 0
    assert repo.agentic("status").code == 0


def test_what_git_tells_is_checked() -> None:
    name = "a" * 40
    assert updates_from("") == []
    assert updates_from(f"(delete) {'0' * 40} refs/heads/x {name}\n")[0].is_delete
    for line in ("x", f"a {name} b", f"a {name} b {name} c", f"a {name} b nothex"):
        with pytest.raises(HostPayloadInvalid):
            updates_from(line)
    text = f"fix\n# ------------------------ >8 ------------------------\n-{TOKEN}\n"
    assert message_of(text) == "fix"
    assert os.environ.get("GIT_DIR") is None
