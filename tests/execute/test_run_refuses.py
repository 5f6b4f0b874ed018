"""What is not to run does not run: refusals, mistakes, and whatever keeps a decision from being recorded."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.execute.conftest import Runner

PROGRAM = "#!/bin/sh\necho ran >> {home}/ran\n"
#: What production STOPs, and what a person may approve.
STOPPED = ("kubectl", "--context", "prod-eu", "delete", "namespace", "churn")
ASKED = ("git", "push", "--force", "origin", "topic")


@pytest.fixture
def cluster(runner: Runner) -> Runner:
    for name in ("kubectl", "git"):
        runner.program(name, PROGRAM.format(home=runner.machine.home))
    return runner


def has_run(runner: Runner) -> int:
    path = runner.machine.home / "ran"
    return len(path.read_text().splitlines()) if path.exists() else 0


def status(runner: Runner) -> dict[str, object]:
    found: dict[str, object] = json.loads((runner.folder / "told").read_text())
    return found


def approved(runner: Runner, request: str) -> None:
    shown = runner.machine.run("requests", "show", request, "--json").json
    digest = shown["request_digest"][:8]
    done = runner.machine.run("requests", "approve", request, "--digest", digest)
    assert done.code == 0, done.err


def test_stop_is_not_run_and_recorded(cluster: Runner) -> None:
    done = cluster.run("--status", "told", "--", *STOPPED)
    assert done.returncode == 20
    assert done.stdout == b""
    assert done.stderr.startswith(b"[AGENT MODE: STOP]\n")
    assert has_run(cluster) == 0
    assert cluster.records[-1]["answer"] == "deny"
    told = status(cluster)
    assert (told["verdict"], told["ran"], told["exit"]) == ("STOP", False, None)
    assert told["record"] == cluster.records[-1]["seq"]


def test_consult_waits_for_a_person_and_runs_once(cluster: Runner) -> None:
    done = cluster.run("--status", "told", "--", *ASKED)
    assert done.returncode == 10
    request = str(status(cluster)["request"])
    assert f"agentic requests approve {request}".encode() in done.stderr
    digest = cluster.machine.run("requests", "show", request, "--json").json["request_digest"]
    assert digest[:8].encode() not in done.stderr, (
        "the digest is for the person who reads the request"
    )
    approved(cluster, request)
    done = cluster.run("--status", "told", "--", *ASKED)
    assert (done.returncode, done.stderr) == (0, b"")
    told = status(cluster)
    assert (told["verdict"], told["ran"], told["exit"]) == ("CONSULT", True, 0)
    assert str(told["grant"]).startswith("g-")
    assert has_run(cluster) == 1
    assert cluster.run("--", *ASKED).returncode == 10
    assert has_run(cluster) == 1


def test_of_many_at_once_one_gets_the_grant(cluster: Runner) -> None:
    cluster.run("--status", "told", "--", *ASKED)
    approved(cluster, str(status(cluster)["request"]))
    running = [
        cluster.start(
            "--status", "told", "--", *ASKED, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        for _ in range(6)
    ]
    assert sorted(one.wait(60) for one in running) == [0, 10, 10, 10, 10, 10]
    assert has_run(cluster) == 1
    assert cluster.machine.run("audit", "verify").code == 0


def test_a_changed_file_needs_a_new_yes(cluster: Runner) -> None:
    script = cluster.folder / "release.sh"
    script.write_text("#!/bin/sh\ngit push --force origin topic\n")
    script.chmod(0o755)
    assert cluster.run("--status", "told", "--", "./release.sh").returncode == 10
    approved(cluster, str(status(cluster)["request"]))
    script.write_text("#!/bin/sh\ngit push --force origin topic  # again\n")
    assert cluster.run("--status", "told", "--", "./release.sh").returncode == 10
    assert has_run(cluster) == 0
    script.write_text("#!/bin/sh\ngit push --force origin topic\n")
    assert cluster.run("--status", "told", "--", "./release.sh").returncode == 0
    assert has_run(cluster) == 1


def test_a_declared_environment_only_makes_it_stricter(cluster: Runner) -> None:
    assert cluster.run("--env", "local", "--", *STOPPED).returncode == 20
    assert cluster.run("--env", "production", "--", *ASKED).returncode in (10, 20)
    assert has_run(cluster) == 0


def test_a_role_only_makes_it_stricter(cluster: Runner) -> None:
    assert cluster.run("--agent", "nobody-knows", "--", "true").returncode == 10


@pytest.mark.parametrize("name", ["kubectl", "./kubectl", "bin/kubectl"])
def test_a_program_that_lies_in_the_workspace_is_judged_as_what_it_is(
    cluster: Runner, name: str
) -> None:
    folder = cluster.folder / "bin"
    folder.mkdir()
    for place in (folder, cluster.folder):
        (place / "kubectl").write_text("#!/bin/sh\nrm -rf ~/important\n")
        (place / "kubectl").chmod(0o755)
    env = {**cluster.environment, "PATH": f"{folder}:{cluster.environment['PATH']}"}
    (cluster.machine.home / "important").mkdir()
    done = cluster.run("--", name, "get", "pods", env=env)
    assert done.returncode in (10, 20), done
    assert (cluster.machine.home / "important").exists()


def test_a_program_in_a_temporary_folder_is_not_the_one_of_its_name(
    cluster: Runner, tmp_path: Path
) -> None:
    (tmp_path / "kubectl").write_text("#!/bin/sh\ntouch ~/hit\n")
    (tmp_path / "kubectl").chmod(0o755)
    env = {**cluster.environment, "PATH": f"{tmp_path}:{cluster.environment['PATH']}"}
    assert cluster.run("--", "kubectl", "get", "pods", env=env).returncode in (10, 20)
    assert not (cluster.machine.home / "hit").exists()


# What cannot be started


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["no-such-program"], 127, "there is no program `no-such-program` on PATH"),
        (["./no-such"], 127, "there is no program `./no-such`"),
        (["./README.md"], 126, "may not be executed"),
        (["./below"], 126, "is a folder"),
        (["./lost"], 127, "interpreter that it names is not there"),
        (["./plain"], 126, "no script with a `#!` line"),
        (["ls -l"], 2, "without a shell"),
        ([], 2, "there is no command to run"),
    ],
)
def test_what_cannot_be_started_is_told_in_one_line(
    runner: Runner, words: list[str], code: int, message: str
) -> None:
    (runner.folder / "below").mkdir()
    for name, text in (("lost", "#!/nonexistent/sh\ntrue\n"), ("plain", "true\n")):
        (runner.folder / name).write_text(text)
        (runner.folder / name).chmod(0o755)
    done = runner.run("--status", "told", "--", *words)
    lines = [line for line in done.stderr.decode().splitlines() if not line.startswith("  help: ")]
    assert done.returncode == code, done
    assert len(lines) == 1, done
    assert message in lines[0]
    if words:
        told = status(runner)
        assert (told["ran"], told["exit"]) == (False, None)
        assert told["error"]


def test_what_was_let_through_but_could_not_start_is_recorded_as_refused(runner: Runner) -> None:
    (runner.folder / "lost").write_text("#!/nonexistent/sh\ntrue\n")
    (runner.folder / "lost").chmod(0o755)
    runner.run("--", "./lost")
    assert runner.records[-1]["status"] == "refused"
    assert runner.records[-1]["links"] == {"decision": runner.records[-2]["seq"]}


def test_a_stop_is_recorded_although_the_program_is_not_there(runner: Runner) -> None:
    env = {**runner.environment, "PATH": "/nonexistent"}
    assert runner.run("--", *STOPPED, env=env).returncode == 20
    assert runner.run("--", *ASKED, env=env).returncode == 127
    assert [record["mode"] for record in runner.records] == ["STOP"]


def test_too_many_words_for_the_system(runner: Runner) -> None:
    env = {**runner.environment, "A": "x" * 100_000}
    done = runner.run("--", "echo", "x" * 131_000, env=env)
    assert done.returncode == 0  # the longest word that Linux takes is 128 KiB


# What cannot be judged or kept


def test_no_record_no_run(runner: Runner) -> None:
    (runner.folder / "ops").mkdir()
    (runner.folder / "ops/audit.jsonl").mkdir()
    done = runner.run("--status", "told", "--", "touch", "hit")
    assert done.returncode == 5, done
    assert not (runner.folder / "hit").exists()
    assert status(runner)["ran"] is False


def test_a_state_folder_of_others_is_not_used(runner: Runner) -> None:
    state = runner.machine.home / ".local/state"
    state.mkdir(parents=True)
    (state / "agentic").symlink_to("/tmp")
    done = runner.run("--", "touch", "hit")
    assert done.returncode == 5
    assert not (runner.folder / "hit").exists()


def test_a_status_file_that_cannot_be_written_keeps_the_command_from_running(
    runner: Runner,
) -> None:
    for place in ("none/told", "README.md/told"):
        done = runner.run("--status", place, "--", "touch", "hit")
        assert done.returncode == 5, done
        assert b"cannot be written" in done.stderr
    assert not (runner.folder / "hit").exists()


def test_a_status_file_that_becomes_unwritable_leaves_the_commands_code(runner: Runner) -> None:
    folder = runner.folder / "gone"
    folder.mkdir()
    done = runner.run("--status", "gone/told", "--", "sh", "-c", "mv gone elsewhere; exit 7")
    assert done.returncode == 7
    assert b"agentic: " in done.stderr


def test_a_folder_that_is_gone(runner: Runner) -> None:
    folder = runner.machine.home / "gone"
    folder.mkdir()
    words = runner.words("--", "true")
    done = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", *words],
        cwd=folder,
        env={**runner.environment, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 5, done
    assert b"the current folder cannot be read" in done.stderr


def test_a_damaged_policy_keeps_everything_from_running(runner: Runner) -> None:
    assert runner.run("--", "true").returncode == 0
    compiled = runner.machine.home / ".local/state/agentic/compiled"
    for path in compiled.iterdir():
        path.write_bytes(b"damaged")
    done = runner.run("--", "touch", "hit")
    assert done.returncode == 5, done
    assert not (runner.folder / "hit").exists()


def test_wrong_values_of_options(runner: Runner) -> None:
    for options, message in (
        (("--env", "prod"), b"unknown environment `prod`"),
        (("--deadline", "soon"), b"is not a time"),
    ):
        done = runner.run(*options, "--", "touch", "hit")
        assert done.returncode == 2
        assert message in done.stderr
    assert not (runner.folder / "hit").exists()


def test_a_disk_that_takes_no_more_keeps_everything_from_running(runner: Runner) -> None:
    """The limit on file sizes stands for a full disk: a write is cut short, or fails."""
    assert runner.run("--", "true").returncode == 0
    words = runner.words("--status", "told", "--", "rm", "README.md")
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", *words],
        cwd=runner.folder,
        env=runner.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 5, done
    assert b"cannot be written" in done.stderr
    assert (runner.folder / "README.md").exists()
    assert runner.machine.run("audit", "verify").code == 0
