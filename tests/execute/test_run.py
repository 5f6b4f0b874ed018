"""What may run runs as if it had been started directly; how it ended is recorded."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.execute.conftest import AGENTIC, Runner


def test_words_reach_the_program_as_they_are(runner: Runner) -> None:
    words = ["", "a  b", "$HOME", "`id`", "*", "'", '"', "\n", "-x", "--", "é", "A=b"]
    done = runner.run("--", "printf", "[%s]\n", *words)
    assert done.returncode == 0
    assert done.stdout.decode() == "".join(f"[{word}]\n" for word in words)
    assert done.stderr == b""


def test_a_word_that_is_no_text_arrives_unharmed(runner: Runner) -> None:
    raw = b"\xff\xfe"
    done = subprocess.run(
        [*AGENTIC, b"run", b"--", b"printf", b"%s", raw],
        cwd=runner.folder,
        env=runner.environment,
        capture_output=True,
        check=True,
    )
    assert done.stdout == raw


def test_standard_input_and_both_outputs_are_passed_through(runner: Runner) -> None:
    script = 'data = open(0, "rb").read(); import os; os.write(1, data); os.write(2, data[::-1])'
    data = bytes(range(256)) * 1000
    done = runner.run("--", sys.executable, "-c", script, input=data)
    assert (done.stdout, done.stderr) == (data, data[::-1])


@pytest.mark.parametrize("code", [0, 1, 2, 5, 10, 20, 126, 255])
def test_the_exit_code_is_the_commands(runner: Runner, code: int) -> None:
    done = runner.run("--", "sh", "-c", f"exit {code}")
    assert (done.returncode, done.stderr) == (code, b"")
    assert runner.records[-1]["status"] == ("failed" if code else "succeeded")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGINT", "SIGSEGV", "SIGHUP", "SIGUSR1"])
def test_killed_by_a_signal_we_die_of_the_same(runner: Runner, name: str) -> None:
    number = signal.Signals[name].value
    done = runner.run("--status", "told", "--", "sh", "-c", f"kill -{number} $$")
    assert done.returncode == -number
    told = json.loads((runner.folder / "told").read_text())
    assert (told["exit"], told["signal"], told["ran"]) == (None, name, True)


def test_the_outcome_is_linked_to_its_decision(runner: Runner) -> None:
    runner.run("--", "sh", "-c", "sleep 0.2; exit 3")
    decision, outcome = runner.records[-2:]
    assert decision["event"] == "decision"
    assert (decision["mode"], decision["permission"], decision["answer"]) == (
        "AUTO",
        "RUN",
        "allow",
    )
    assert outcome["event"] == "outcome"
    assert outcome["links"] == {"decision": decision["seq"]}
    assert outcome["call_digest"] == decision["call_digest"]
    assert 200 <= outcome["duration_ms"] < 30_000
    assert outcome["sensitive"]["error"]["value"] == "exit 3"
    verified = runner.machine.run("audit", "verify")
    assert verified.code == 0, verified.err


def test_the_environment_that_is_judged_is_the_one_that_the_command_gets(runner: Runner) -> None:
    runner.program("kubectl", "#!/bin/sh\necho ran in $KUBECONTEXT_OF_TEST\n")
    config = runner.machine.home / "config"
    config.write_text("apiVersion: v1\nkind: Config\ncurrent-context: prod-eu\n")
    done = runner.run("--", "kubectl", "apply", "-f", "x.yaml")
    assert done.returncode in (10, 20)
    env = {**runner.environment, "KUBECONTEXT_OF_TEST": "here"}
    done = runner.run("--", "kubectl", "get", "pods", env=env)
    assert done.stdout == b"ran in here\n"


def test_no_shell_stands_in_between(runner: Runner) -> None:
    done = runner.run("--", "echo", "$(touch hit)", ";", "touch", "hit", ">", "hit")
    assert done.stdout == b"$(touch hit) ; touch hit > hit\n"
    assert not (runner.folder / "hit").exists()


def test_python_gives_its_ignored_signals_back(runner: Runner) -> None:
    done = runner.run("--", "sh", "-c", "yes | head -1")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"y\n", b"")
    script = "import signal; print(*sorted(int(s) for s in signal.pthread_sigmask(0, [])))"
    done = runner.run("--", sys.executable, "-c", script)
    assert done.stdout == b"\n"
    done = runner.run("--", "grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status")
    masks = [int(line.split()[1], 16) for line in done.stdout.splitlines()]
    assert len(masks) == 2
    assert [mask & 0x7FFFFFFF for mask in masks] == [0, 0]  # 32 and 33 are the C library's own


def test_ignored_signals_stay_ignored(runner: Runner) -> None:
    done = subprocess.run(
        ["nohup", *runner.words("--", "grep", "SigIgn", "/proc/self/status")],
        cwd=runner.folder,
        env=runner.environment,
        capture_output=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert int(done.stdout.split()[1], 16) & 1, done


def test_further_descriptors_are_passed_on(runner: Runner) -> None:
    reader, writer = os.pipe()
    try:
        done = runner.run("--", "bash", "-c", f"echo told >&{writer}", pass_fds=(writer,))
        os.close(writer)
        assert done.returncode == 0, done.stderr
        assert os.read(reader, 100) == b"told\n"
    finally:
        os.close(reader)


def test_whoever_reads_sees_the_end_when_the_command_closes_it(runner: Runner) -> None:
    script = "import os, time; os.write(1, b'x'); os.close(1); time.sleep(30)"
    running = runner.start("--", sys.executable, "-c", script, stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        assert running.stdout.read() == b"x"
        assert running.poll() is None
    finally:
        running.terminate()
        assert running.wait(30) == -signal.SIGTERM
        assert running.stdout is not None
        running.stdout.close()


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1), (0, 1, 2)])
def test_closed_streams_stay_closed_and_the_journal_whole(
    runner: Runner, closed: tuple[int, ...]
) -> None:
    shutting = " ".join(f"{number}{'<' if number == 0 else '>'}&-" for number in closed)
    probe = (
        "for n in 0 1 2; do [ -e /proc/$$/fd/$n ] || printf $n >> missing; done; echo x; echo y >&2"
    )
    (runner.folder / "probe").write_text(probe)
    words = runner.words("--", "sh", "probe")
    subprocess.run(
        ["sh", "-c", f'"$@" {shutting}', "sh", *words],
        cwd=runner.folder,
        env=runner.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert (runner.folder / "missing").read_text() == "".join(map(str, closed))
    assert [record["event"] for record in runner.records] == ["decision", "outcome"]
    assert runner.machine.run("audit", "verify").code == 0


def test_two_at_once_and_many(runner: Runner) -> None:
    running = [runner.start("--", "sh", "-c", f"exit {n}") for n in range(12)]
    assert [one.wait(60) for one in running] == list(range(12))
    assert len(runner.records) == 24
    assert runner.machine.run("audit", "verify").code == 0


def test_one_that_is_killed_midway_leaves_a_decision_without_an_outcome(runner: Runner) -> None:
    running = runner.start(
        "--status", "told", "--", "sh", "-c", "echo begun; sleep 30 & echo $!; wait",
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stdout.readline() == b"begun\n"
    sleeper = int(running.stdout.readline())
    running.kill()
    running.wait(30)
    os.kill(sleeper, signal.SIGKILL)
    running.stdout.close()
    assert [record["event"] for record in runner.records] == ["decision"]
    told = json.loads((runner.folder / "told").read_text())
    assert (told["verdict"], told["ran"], told["exit"]) == ("AUTO", True, None)
    assert runner.run("--", "true").returncode == 0
    assert runner.machine.run("audit", "verify").code == 0


def test_the_status_file_has_one_line_and_is_replaced(runner: Runner) -> None:
    file = runner.folder / "told"
    file.write_text("old\n" * 100)
    runner.run("--status", str(file), "--", "sh", "-c", "exit 10")
    text = file.read_text()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    told = json.loads(text)
    assert set(told) == {
        "verdict", "ran", "exit", "signal", "record", "request", "grant", "error",
    }  # fmt: skip
    assert (told["verdict"], told["ran"], told["exit"]) == ("AUTO", True, 10)
    assert told["record"] == runner.records[-2]["seq"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in runner.folder.iterdir() if "told" in path.name] == ["told"]


def test_a_wrapper_inside_a_pipeline(runner: Runner) -> None:
    words = shlex.join([*AGENTIC, "run", "--"])
    line = f"{words} seq 1 100000 | {words} head -2 | {words} wc -l"
    done = subprocess.run(
        ["bash", "-c", f"{line}; echo ${{PIPESTATUS[@]}}"],
        cwd=runner.folder, env=runner.environment, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.split()[0] == b"2"
    assert done.stdout.split()[1:] in ([b"141", b"0", b"0"], [b"0", b"0", b"0"])


def test_the_folder_is_the_callers(runner: Runner) -> None:
    below = runner.folder / "below"
    below.mkdir()
    assert runner.run("--", "pwd", cwd=below).stdout.decode() == f"{below}\n"
    (below / "tool").write_text("#!/bin/sh\necho tool $1\n")
    (below / "tool").chmod(0o755)
    assert runner.run("--", "./tool", "x", cwd=below).stdout == b"tool x\n"


def test_the_help_is_the_commands_own(runner: Runner) -> None:
    done = runner.run("--help")
    assert done.returncode == 0
    assert b"--status" in done.stdout
    done = runner.run("--", "printf", "%s", "--help")
    assert done.stdout == b"--help"
    assert Path(AGENTIC[0]).exists()
