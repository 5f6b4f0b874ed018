"""Credentials in what a branch adds: real repositories, some of which try to hide a line or start a program.

Credentials are put together here, so that none stands in the file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.values import CLEAR, RAISED, Reading
from agentic.signals.live import diff_credentials, git_added
from agentic.signals.live.diff_credentials import (
    DETECTORS,
    Found,
    read_diff_credentials,
    scan_diff,
    scan_text,
)
from agentic.signals.live.interface import Read, Round, SourceFailed

MIXED = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3"
TOKEN = f"ghp_{MIXED[:36]}"
KEY = [
    "-----BEGIN RSA PRIVATE " + "KEY-----",
    MIXED + "A",
    "-----END RSA PRIVATE " + "KEY-----",
]
NOW = 1_795_255_800
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}
for person in ("AUTHOR", "COMMITTER"):
    ENVIRONMENT |= {f"GIT_{person}_NAME": "ada", f"GIT_{person}_EMAIL": "ada@example.org"}


class Repository:
    """A work tree with one commit, which is also the branch `base`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("README.md", "a churn model\n")
        self.git("branch", "base")

    def git(self, *arguments: str, **changes: Any) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=ENVIRONMENT,
            check=True,
            capture_output=True,
            text=True,
            **changes,
        )
        return done.stdout.strip()

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def commit(self, name: str, text: str | bytes, message: str = "a change") -> None:
        self.write(name, text)
        self.git("add", "--force", name)
        self.git("commit", "--quiet", "--message", message)

    def round(self, deadline_s: float = 30, **changes: Any) -> Round:
        made = Round(NOW, time.monotonic() + deadline_s, {}, lambda _name: None, str(self.root), {})
        return made._replace(**changes)

    def read(self, *files: str, base: str = "base", **round: Any) -> Reading:
        settings = {
            "kind": "diff-credentials",
            "environments": None,
            "base": base,
            "files": list(files),
        }
        asked = Read("credential.detected", settings, "critical", 300)
        (reading,) = read_diff_credentials(asked, self.round(**round))
        return reading

    def failure(self, *files: str, **arguments: Any) -> str:
        with pytest.raises(SourceFailed) as told:
            self.read(*files, **arguments)
        assert "\n" not in str(told.value)
        return str(told.value)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "churn")


# What the branch adds


def test_an_added_credential_is_named_by_kind_file_and_line(repository: Repository) -> None:
    repository.commit("src/app.py", f"import os\n\nKEY = '{TOKEN}'\n")
    reading = repository.read()
    assert (reading.state, reading.severity) == (RAISED, "critical")
    assert reading.because == "github-token in `src/app.py` line 3"
    assert (reading.value, reading.unit, reading.source) == ("1", "credentials", "diff-credentials")
    assert TOKEN not in str(reading)


def test_a_branch_that_adds_none_is_clear(repository: Repository) -> None:
    assert repository.read().state == CLEAR
    repository.commit("src/app.py", "import os\nTOKEN = os.environ['TOKEN']\n")
    reading = repository.read()
    assert reading.state == CLEAR
    assert reading.because == "no credential is known in 3 lines added since `base`"


def test_what_was_there_before_is_not_added(repository: Repository) -> None:
    repository.commit("old.py", f"KEY = '{TOKEN}'\n")
    repository.git("branch", "--force", "base")
    repository.commit("old.py", f"KEY = '{TOKEN}'\nx = 1\n")
    assert repository.read().state == CLEAR


def test_what_one_commit_adds_and_the_next_removes_still_travels(repository: Repository) -> None:
    repository.commit("app.py", f"KEY = '{TOKEN}'\n")
    repository.commit("app.py", "KEY = None\n")
    assert repository.read().because == "github-token in `app.py` line 1"


def test_what_is_staged_counts_and_what_is_not_does_not(repository: Repository) -> None:
    repository.write("app.py", f"KEY = '{TOKEN}'\n")
    assert repository.read().state == CLEAR
    repository.git("add", "app.py")
    assert repository.read().because == "github-token in `app.py` line 1"


def test_a_commits_message_counts(repository: Repository) -> None:
    repository.commit("app.py", "x = 1\n", message=f"Use a token\n\nIt is {TOKEN} for now")
    assert repository.read().because.startswith("github-token in `the message of commit ")
    assert repository.read().because.endswith(" line 3")


def test_a_key_is_found_and_a_label_is_not(repository: Repository) -> None:
    repository.commit("keys.md", f"Look for `{KEY[0]}` in the file.\n\nThen remove it.\n")
    assert repository.read().state == CLEAR
    repository.commit("id_rsa", "\n".join(KEY) + "\n")
    assert repository.read().because == "private-key in `id_rsa` line 1"


def test_an_evil_merge_is_seen(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("side.py", "side = 1\n")
    repository.git("checkout", "--quiet", "main")
    repository.commit("main.py", "main = 1\n")
    repository.git("merge", "--quiet", "--no-commit", "side")
    repository.write("side.py", f"side = '{TOKEN}'\n")
    repository.git("add", "side.py")
    repository.git("commit", "--quiet", "--message", "Merge")
    assert repository.read().because == "github-token in `side.py` line 1"


def test_several_are_counted_and_the_first_named(repository: Repository) -> None:
    repository.commit("many.py", "".join(f"K{n} = '{TOKEN}'\n" for n in range(5)))
    reading = repository.read()
    assert reading.value == "5"
    assert reading.because == (
        "github-token in `many.py` line 1; github-token in `many.py` line 2; and 3 more"
    )


def test_a_comment_that_allows_it_clears_nothing(repository: Repository) -> None:
    allowed = f"KEY = '{TOKEN}'  # pragma: allow" + "list secret\n"
    repository.commit("app.py", allowed)
    assert repository.read().state == RAISED


def test_a_root_commit_without_history_in_common_counts_whole(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "other")
    repository.git("config", "log.showRoot", "false")
    repository.commit("app.py", f"KEY = '{TOKEN}'\n")
    assert repository.read().state == RAISED


@pytest.mark.parametrize(
    "name", ["a b.py", "tab\t.py", 'quote".py', "ünï.py", "b/b.py", "new\nline.py"]
)
def test_odd_names_are_named_on_one_line(repository: Repository, name: str) -> None:
    repository.commit(name, f"x\n{TOKEN}\n")
    reading = repository.read()
    assert (reading.state, reading.value) == (RAISED, "1")
    assert reading.because.endswith(" line 2")
    assert "\n" not in reading.because


def test_lines_that_look_like_headers_move_nothing(repository: Repository) -> None:
    text = f"++ b/else.py\n-- a/else.py\n@@ -1 +99 @@\ncommit 1234\n{TOKEN}\n"
    repository.commit("app.py", text)
    repository.commit("app.py", "++ b/else.py\n" + text.partition("\n")[2] + TOKEN)
    assert {(f.path, f.line) for f in found_in(repository)} == {("app.py", 5), ("app.py", 6)}


def found_in(repository: Repository) -> list[Found]:
    return diff_credentials.scan_lines(git_added.added_lines("base", repository.round()))


# What a repository's settings try


def program(repository: Repository, name: str = "trap") -> tuple[Path, Path]:
    """A program that leaves a mark when it is started."""
    mark = repository.root.parent / f"{name}-ran"
    path = repository.root.parent / name
    path.write_text(f"#!/bin/sh\ntouch {mark}\nexit 0\n")
    path.chmod(0o755)
    return path, mark


@pytest.mark.parametrize(
    "settings",
    [
        ("core.fsmonitor",),
        ("diff.external",),
        ("diff.trap.command",),
        ("diff.trap.textconv",),
        ("filter.trap.clean", "filter.trap.smudge"),
        ("core.pager", "pager.log", "pager.diff"),
        ("gpg.program",),
        ("core.sshCommand",),
    ],
    ids=lambda names: names[0],
)
def test_no_setting_starts_a_program_or_hides_a_line(
    repository: Repository, settings: Sequence[str]
) -> None:
    trap, mark = program(repository)
    repository.commit("app.py", f"KEY = '{TOKEN}'\n")
    repository.commit(".gitattributes", "* diff=trap filter=trap\n")
    for name in settings:
        repository.git("config", name, str(trap))
    repository.git("config", "log.showSignature", "true")
    mark.unlink(missing_ok=True)
    assert repository.read().because == "github-token in `app.py` line 1"
    assert not mark.exists()


@pytest.mark.parametrize(
    "attributes", ["* -diff", "* binary", "*.py -text diff=none", "* linguist-generated"]
)
def test_no_attribute_hides_a_line(repository: Repository, attributes: str) -> None:
    repository.commit(".gitattributes", attributes + "\n")
    repository.write(".git/info/attributes", attributes + "\n")
    repository.commit("app.py", f"KEY = '{TOKEN}'\n")
    assert repository.read().because == "github-token in `app.py` line 1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.dstPrefix", "x/"),
        ("diff.relative", "true"),
        ("diff.renames", "copies"),
        ("diff.context", "50"),
        ("diff.interHunkContext", "50"),
        ("diff.algorithm", "histogram"),
        ("diff.wordRegex", "."),
        ("diff.ignoreSubmodules", "none"),
        ("diff.orderFile", "/nonexistent"),
        ("diff.colorMoved", "zebra"),
        ("color.ui", "always"),
        ("color.diff", "always"),
        ("core.quotePath", "false"),
        ("core.bigFileThreshold", "1"),
        ("core.attributesFile", "/nonexistent"),
        ("format.pretty", "%B"),
        ("log.diffMerges", "off"),
        ("log.follow", "true"),
        ("log.decorate", "full"),
    ],
)
def test_no_setting_changes_what_is_seen(repository: Repository, name: str, value: str) -> None:
    repository.commit("app.py", f"x = 1\nKEY = '{TOKEN}'\n")
    repository.git("config", name, value)
    assert repository.read().because == "github-token in `app.py` line 2"


def test_a_replaced_object_hides_nothing(repository: Repository) -> None:
    repository.commit("app.py", "KEY = None\n")
    harmless = repository.git("rev-parse", "HEAD:app.py")
    repository.commit("app.py", f"KEY = '{TOKEN}'\n")
    repository.git("replace", repository.git("rev-parse", "HEAD:app.py"), harmless)
    assert repository.read().state == RAISED


def test_the_sessions_variables_reach_nothing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trap, mark = program(repository, "git")
    repository.commit("app.py", f"KEY = '{TOKEN}'\n")
    monkeypatch.setenv("PATH", str(trap.parent))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(trap))
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert repository.read().state == RAISED
    assert not mark.exists()


def test_a_binary_file_is_searched_as_text(repository: Repository) -> None:
    repository.commit("model.bin", b"\x00\x01\xff" * 50 + TOKEN.encode() + b"\x00\xfe")
    assert repository.read().because == "github-token in `model.bin` line 1"


# What cannot be told is no answer


def test_no_workspace_no_repository_no_base_and_no_time(
    repository: Repository, tmp_path: Path
) -> None:
    assert "no workspace" in repository.failure(workspace="")
    assert "`origin/HEAD`" in repository.failure(base="origin/HEAD")
    assert "`--output=x`" in repository.failure(base="--output=x")
    assert "`base..HEAD`" in repository.failure(base="base..HEAD")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "not a git repository" in repository.failure(workspace=str(empty))
    inside = repository.root / "src"
    inside.mkdir()
    assert "not a git repository" in repository.failure(workspace=str(inside))
    assert "not a git repository" in repository.failure(workspace="/nonexistent")
    assert "no time left" in repository.failure(deadline_s=-1)


def test_a_branch_without_a_commit_is_no_answer(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "unborn")
    assert "`HEAD`" in repository.failure()


def test_a_damaged_repository_is_no_answer(repository: Repository) -> None:
    repository.commit("app.py", "x = 1\n")
    blob = repository.git("rev-parse", "HEAD:app.py")
    (repository.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert "git cannot tell what was added" in repository.failure()


@pytest.mark.parametrize("ending", ["kill -9 $$", "exit 1", "exit 128"])
@pytest.mark.parametrize("command", ["log", "diff"])
def test_a_git_that_ends_without_a_word_says_nothing_about_what_was_added(
    repository: Repository, tmp_path: Path, command: str, ending: str
) -> None:
    """Not even when somebody kills it, or the system does for want of memory."""
    repository.commit("app.py", f"KEY = '{TOKEN}'\n")
    real = shutil.which("git")
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\ncase " $* " in *" {command} "*) {ending};; esac\nexec {real} "$@"\n'
    )
    program.chmod(0o755)
    bounds = git_added.Bounds(program_folders=str(program.parent))
    with pytest.raises(SourceFailed, match="did not tell what was added"):
        git_added.added_lines("base", repository.round(), bounds)


def test_a_graft_hides_no_commit(repository: Repository) -> None:
    repository.commit("app.py", f"KEY = '{TOKEN}'\n")
    repository.commit("app.py", "KEY = None\n")
    tip, base = repository.git("rev-parse", "HEAD"), repository.git("rev-parse", "base")
    repository.write(".git/info/grafts", f"{tip} {base}\n")
    assert repository.read().state == RAISED


def test_a_missing_git_is_no_answer(repository: Repository, tmp_path: Path) -> None:
    bounds = git_added.Bounds(program_folders=str(tmp_path))
    with pytest.raises(SourceFailed, match=f"^there is no git in {tmp_path}$"):
        git_added.added_lines("base", repository.round(), bounds)


def test_more_than_can_be_searched_is_no_answer(repository: Repository) -> None:
    repository.commit("big.txt", "x\n" * 2000)
    with pytest.raises(SourceFailed, match=r"more than 1000$"):
        git_added.added_lines("base", repository.round(), git_added.Bounds(max_bytes=1000))


# Files


def test_files_are_searched_by_pattern(repository: Repository) -> None:
    repository.write("logs/a.log", "all is well\n")
    assert repository.read("logs/*.log").because == (
        "no credential is known in 0 lines added since `base`, 1 files of `logs/*.log`"
    )
    repository.write("logs/b.log", f"ok\nAuthorization failed for {TOKEN}\n")
    assert repository.read("logs/*.log").because == "github-token in `logs/b.log` line 2"


def test_a_pattern_may_match_nothing_but_a_named_file_must_be_there(repository: Repository) -> None:
    assert repository.read("logs/*.log").state == CLEAR
    assert "build.log" in repository.failure("build.log")


def test_what_was_found_is_told_although_something_else_failed(repository: Repository) -> None:
    repository.write("a.log", f"{TOKEN}\n")
    assert repository.read("missing.log", "a.log").state == RAISED
    assert repository.read("a.log", base="unknown").state == RAISED
    assert "unknown" in repository.failure("logs/*.log", base="unknown")


# Texts

#: (a line with a credential, its kind)
LINES = [
    (f"key = '{'AKIA'}A1B2C3D4E5F6G7H8'", "aws-access-key-id"),
    (f"aws_secret_key = '{MIXED[:40]}'", "aws-access-key-id"),
    (f"AccountKey={MIXED}{MIXED[:23]}==", "azure-key"),
    (f"token: {TOKEN}", "github-token"),
    (f"glpat-{MIXED[:20]}", "gitlab-token"),
    (f"//registry.npmjs.org/:_authToken=npm_{MIXED[:36]}", "npm-token"),
    (f"sk_live_{MIXED[:24]}", "stripe-key"),
    (f"SG.{MIXED[:22]}.{MIXED[:43]}", "sendgrid-key"),
    (f"sk-ant-api03-{MIXED}-AA", "anthropic-key"),
    (f"hf_{MIXED[:34]}", "huggingface-token"),
    (f"url = 'postgres://ada:{MIXED[:12]}@db.example.org/churn'", "url-password"),
]


@pytest.mark.parametrize(("line", "kind"), LINES, ids=[kind for _, kind in LINES])
def test_every_kind_is_named(line: str, kind: str) -> None:
    assert scan_text(f"first\n{line}\nlast", "app.log") == [Found(kind, "app.log", 2)]


@pytest.mark.parametrize(
    "line",
    [
        "password = 'required'",
        "password: hunter2x",
        "sha256:" + "e3b0c44298fc1c14" * 4,
        "6f4b7680a1b2c3d4e5f60718293a4b5c6d7e8f90",
        "id: 550e8400-e29b-41d4-a716-446655440000",
        "DATABASE_URL=postgres://postgres:postgres@localhost/test",
        "curl -u ada:hunter2 https://example.org",
        "key = 'AKIAIOSFODNN7" + "EXAMPLE'",
        "token: ghp_" + "x" * 36,
        "connect to 8.8.8.8, APACHESPARK3, 1700000000:6f4b7680a1b2c3d4e5f60718293a4b5c6d7e8f90",
    ],
)
def test_ordinary_lines_are_no_credentials(line: str) -> None:
    assert scan_text(line, "x") == []


def test_a_diff_counts_only_what_it_adds() -> None:
    diff = (
        "diff --git a/app.py b/app.py\n--- a/app.py\n+++ b/app.py\n"
        f"@@ -1,3 +1,3 @@\n x = 1\n-old = '{TOKEN}'\n+new = '{TOKEN}'\n y = '{TOKEN}'\n"
        "\\ No newline at end of file\n"
    )
    assert scan_diff(diff.encode()) == [Found("github-token", "app.py", 2)]


def test_one_long_line_is_searched_to_its_end() -> None:
    for size in (8_000, 8_192, 100_000):
        text = "x," * (size // 2) + TOKEN + ",y" * size
        assert scan_text(text, "min.js") == [Found("github-token", "min.js", 1)]


@given(st.lists(st.sampled_from([row[0] for row in LINES] + ["x", "", "y" * 9000]), max_size=30))
def test_every_line_is_searched_wherever_it_stands(lines: list[str]) -> None:
    found = {one.line for one in scan_text("\n".join(lines), "x")}
    credentials = {row[0] for row in LINES}
    assert found == {number for number, line in enumerate(lines, 1) if line in credentials}


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading_of_a_diff(data: bytes) -> None:
    scan_diff(data)
    scan_diff(b"+++ b/x\n@@ -1,3 +1,9 @@\n" + data)


def test_every_detector_is_one_of_detect_secrets() -> None:
    assert len({kind for _, _, kind in DETECTORS}) == len(DETECTORS)
    assert len(diff_credentials._detectors()) == len(DETECTORS)


@pytest.mark.parametrize(
    "piece", ["eyJ", "eyJ.", "://a:", "aws key '", "sk-", "softlayer_key=", "xoxb-1-"]
)
def test_hostile_lines_stay_affordable(piece: str) -> None:
    """64 KiB of the worst that a pattern can be given; a generous bound, no benchmark."""
    started = time.process_time()
    scan_text(piece * (65_536 // len(piece)), "x")
    assert time.process_time() - started < 10


def test_time_that_runs_out_in_the_middle_is_no_answer() -> None:
    lines = [git_added.Line("x", n, "y" * 60_000) for n in range(4)]
    with pytest.raises(SourceFailed, match="no time left"):
        diff_credentials.scan_lines(lines, time.monotonic() - 1)
