"""What a command inherits is judged with it: commands on its standard input, variables that load code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.execute.conftest import Runner
from tests.execute.test_handed import approve, hook, is_denied

WIPE = "touch hit\n"


def has_hit(runner: Runner) -> bool:
    return (runner.folder / "hit").exists()


@pytest.mark.parametrize("program", ["sh", "bash", sys.executable, "python3"])
def test_commands_on_a_pipe_are_not_run_unseen(runner: Runner, program: str) -> None:
    for words in ((program,), (program, "-"), ("env", program), ("nice", program)):
        if words[:2] == (program, "-") and program in ("sh", "bash"):
            continue
        done = runner.run("--", *words, input=b"touch hit\nopen('hit', 'w')\n")
        assert done.returncode in (10, 20), (words, done)
    assert not has_hit(runner)


def test_a_program_with_nothing_on_its_input_is_left_alone(runner: Runner) -> None:
    for stdin in (subprocess.DEVNULL, None):
        done = runner.run("--", sys.executable, "-c", "print(1)", stdin=stdin)
        assert (done.returncode, done.stdout) == (0, b"1\n")


def test_a_pipe_that_is_only_data_is_passed_on(runner: Runner) -> None:
    for words in (("wc", "-c"), ("sh", "-c", "wc -c"), ("cat",)):
        assert runner.run("--", *words, input=b"touch hit\n").returncode == 0
    assert runner.records[-2]["mode"] == "AUTO"


def test_a_file_on_the_input_is_read_before_it_is_run(runner: Runner) -> None:
    script = runner.folder / "it's a script"
    script.write_text("echo told\n")
    with script.open() as given:
        done = runner.run("--", "bash", stdin=given)
    assert (done.returncode, done.stdout) == (0, b"told\n")
    script.write_text("git push --force origin main\n")
    with script.open() as given:
        assert runner.run("--", "bash", stdin=given).returncode == 20
    with script.open() as given:
        os.lseek(given.fileno(), 4, os.SEEK_SET)
        assert runner.run("--", "bash", stdin=given).returncode == 10, (
            "who knows what is left of it"
        )


def test_a_file_that_is_gone_is_no_known_text(runner: Runner, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("echo harmless\n")
    with script.open() as given:
        script.unlink()
        assert runner.run("--", "bash", stdin=given).returncode == 10


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LD_PRELOAD", "{folder}/x.so", ("ls",)),
        ("LD_PRELOAD", "libc.so.6:./x.so", ("ls",)),
        ("BASH_ENV", "{folder}/x.sh", ("bash", "-c", "true")),
        ("BASH_ENV", "./x.sh", ("bash", "-c", "true")),
        ("PERL5OPT", "-I/tmp/x -Mx", ("perl", "-v")),
        ("GIT_SSH_COMMAND", "./x", ("git", "fetch")),
        ("GIT_EXEC_PATH", "{folder}", ("git", "status")),
    ],
)
def test_a_variable_that_loads_what_anybody_could_have_put_there(
    runner: Runner, name: str, value: str, words: tuple[str, ...]
) -> None:
    (runner.folder / "x.sh").write_text("touch hit\n")
    env = {**runner.environment, name: value.format(folder=runner.folder)}
    done = runner.run("--", *words, env=env)
    assert done.returncode in (10, 20), done
    assert name in done.stderr.decode()
    assert not has_hit(runner)


def test_gits_settings_by_variables_count_as_those_on_its_line(runner: Runner) -> None:
    given = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": "/dev/null",
    }
    done = runner.run("--", "git", "commit", "-m", "x", env={**runner.environment, **given})
    assert done.returncode == 10
    assert b"git.skip-hooks" in done.stderr


def test_what_the_system_or_a_person_has_installed_is_no_reason_to_ask(runner: Runner) -> None:
    for name, value in (
        ("LD_LIBRARY_PATH", "/usr/local/cuda/lib64"),
        ("GIT_SSH_COMMAND", "ssh -i ~/.ssh/id_work"),
        ("BASH_ENV", "/usr/share/lmod/init/bash"),
    ):
        done = runner.run("--", "git", "status", env={**runner.environment, name: value})
        assert done.returncode == 0, done.stderr


# The status file is something that is written


@pytest.mark.parametrize("name", [".claude/settings.json", ".agentic/modes.yaml", ".git/config"])
def test_a_status_file_is_no_way_to_overwrite_what_is_guarded(runner: Runner, name: str) -> None:
    path = runner.folder / name
    path.parent.mkdir(exist_ok=True)
    before = path.read_bytes() if path.exists() else None
    done = runner.run("--status", name, "--", "touch", "hit")
    assert done.returncode in (10, 20), done
    assert not has_hit(runner)
    assert (path.read_bytes() if path.exists() else None) == before


def test_a_status_file_replaces_only_an_ordinary_file(runner: Runner) -> None:
    target = runner.folder / "target"
    target.write_text("kept")
    (runner.folder / "link").symlink_to(target)
    os.mkfifo(runner.folder / "pipe")
    for name in ("link", "pipe", "."):
        done = runner.run("--status", name, "--", "touch", "hit")
        assert done.returncode in (5, 10, 20), done
    assert not has_hit(runner)
    assert target.read_text() == "kept"
    assert (runner.folder / "link").is_symlink()


def test_a_hooks_yes_to_the_line_with_the_status_file_is_the_same_yes(runner: Runner) -> None:
    runner.program("git", f"#!/bin/sh\necho ran >> {runner.machine.home}/ran\n")
    words = ("git", "push", "--force", "origin", "topic")
    line = f"agentic run --status told -- {' '.join(words)}"
    hook(runner, "PreToolUse", line, "toolu_0")
    approve(runner)
    assert not is_denied(hook(runner, "PreToolUse", line))
    assert runner.run("--status", "told", "--", *words).returncode == 0
    assert json.loads((runner.folder / "told").read_text())["exit"] == 0


def test_a_run_that_its_status_file_kept_from_starting_is_recorded_as_refused(
    runner: Runner,
) -> None:
    done = runner.run("--status", "none/told", "--", "touch", "hit")
    assert done.returncode == 5
    assert runner.records[-1]["event"] == "outcome"
    assert runner.records[-1]["status"] == "refused"
