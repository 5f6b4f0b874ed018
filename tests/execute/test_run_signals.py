"""Signals, keys and job control reach the command once, as if it had been started directly."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.execute.conftest import AGENTIC, Runner
from tests.execute.screen import Screen, at_a_terminal

#: Tells each signal that it gets, and its terminal's size; ends with 7 when it is told to.
LISTENER = """\
import os, signal, sys, time
def told(number, _frame):
    name = signal.Signals(number).name
    if name == "SIGWINCH":
        name += " %d" % os.get_terminal_size().columns
    os.write(1, ("got %s\\n" % name).encode())
    if number == signal.SIGTERM:
        os._exit(7)
for name in ("HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH", "CONT"):
    signal.signal(getattr(signal, "SIG" + name), told)
os.write(1, b"ready %d\\n" % os.getpid())
ends = time.monotonic() + 60
while time.monotonic() < ends:
    time.sleep(1)
"""


@pytest.fixture
def listener(runner: Runner) -> list[str]:
    (runner.folder / "listen.py").write_text(LISTENER)
    return runner.words("--", sys.executable, "listen.py")


def lines_until_end(running: subprocess.Popen[bytes]) -> list[str]:
    out, _ = running.communicate(timeout=30)
    return out.decode().splitlines()


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT"])
def test_a_signal_sent_to_us_is_passed_on_once(
    runner: Runner, listener: list[str], name: str
) -> None:
    running = subprocess.Popen(
        listener, cwd=runner.folder, env=runner.environment, stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stdout.readline().startswith(b"ready ")
    running.send_signal(signal.Signals[name])
    assert running.stdout.readline() == f"got {name}\n".encode()
    time.sleep(0.2)
    running.send_signal(signal.SIGTERM)
    assert lines_until_end(running) == ["got SIGTERM"]
    assert running.returncode == 7
    assert runner.records[-1]["sensitive"]["error"]["value"] == "exit 7"


def test_a_signal_that_the_command_does_not_handle_ends_both(runner: Runner) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        running = runner.start("--", "sh", "-c", "echo x; exec sleep 60", stdout=subprocess.PIPE)
        assert running.stdout is not None
        assert running.stdout.readline() == b"x\n"
        running.send_signal(number)
        assert running.wait(30) == -number
        running.stdout.close()


def test_a_signal_before_the_command_has_started_is_not_lost(runner: Runner) -> None:
    """Whenever it comes, the end is the signal's; nothing runs on behind our back."""
    mark = runner.folder / "left"
    for delay_s in (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.08):
        running = runner.start("--", "sh", "-c", "sleep 5; touch left", stderr=subprocess.DEVNULL)
        time.sleep(delay_s)
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == -signal.SIGTERM
    assert not mark.exists()
    assert runner.machine.run("audit", "verify").code == 0


@contextmanager
def screen_of(runner: Runner, words: list[str]) -> Iterator[Screen]:
    env = {**runner.environment, "PS1": "prompt> ", "TERM": "xterm"}
    with at_a_terminal(words, runner.folder, env) as screen:
        yield screen


@pytest.mark.parametrize(
    ("key", "name"), [(b"\x03", b"SIGINT"), (b"\x1c", b"SIGQUIT")], ids=["ctrl-c", "ctrl-backslash"]
)
def test_a_key_of_the_terminal_arrives_once(
    runner: Runner, listener: list[str], key: bytes, name: bytes
) -> None:
    with screen_of(runner, listener) as screen:
        screen.wait_for(b"ready ")
        screen.press(key)
        screen.wait_for(b"got " + name)
        time.sleep(0.3)
        os.kill(screen.process, signal.SIGTERM)
        screen.wait_for(b"got SIGTERM")
        assert os.waitstatus_to_exitcode(screen.end()) == 7
        assert screen.seen.count(b"got " + name) == 1


def test_a_signal_sent_to_us_alone_arrives_at_a_terminal_too(
    runner: Runner, listener: list[str]
) -> None:
    with screen_of(runner, listener) as screen:
        screen.wait_for(b"ready ")
        os.kill(screen.process, signal.SIGINT)
        screen.wait_for(b"got SIGINT")
        os.kill(screen.process, signal.SIGTERM)
        assert os.waitstatus_to_exitcode(screen.end()) == 7


def test_the_terminal_is_the_commands_with_its_size(runner: Runner, listener: list[str]) -> None:
    with screen_of(runner, listener) as screen:
        screen.wait_for(b"ready ")
        screen.resize(30, 77)
        screen.wait_for(b"got SIGWINCH 77")
        os.kill(screen.process, signal.SIGTERM)
        screen.end()
        assert screen.seen.count(b"got SIGWINCH 77") == 1


def test_a_command_that_reads_keys(runner: Runner) -> None:
    script = (
        "import os, termios, tty; old = termios.tcgetattr(0); tty.setraw(0); print('raw', end='',"
        " flush=True); key = os.read(0, 1); termios.tcsetattr(0, termios.TCSADRAIN, old);"
        " print(repr(key), [os.isatty(n) for n in (0, 1, 2)])"
    )
    with screen_of(runner, runner.words("--", sys.executable, "-c", script)) as screen:
        screen.wait_for(b"raw")
        screen.press(b"\x03")
        screen.wait_for(b"b'\\x03' [True, True, True]")
        assert os.waitstatus_to_exitcode(screen.end()) == 0


def test_ctrl_z_stops_the_job_and_fg_continues_it(runner: Runner) -> None:
    (runner.folder / "count.sh").write_text(
        "trap 'echo interrupted; exit 9' INT\necho begun\nread line\necho read $line\n"
    )
    words = shlex.join([*AGENTIC, "run", "--", "sh", "count.sh"])
    with screen_of(runner, ["bash", "--norc", "-i"]) as screen:
        screen.wait_for(b"prompt> ")
        screen.press(f"{words}; echo code $?\n".encode())
        screen.wait_for(b"begun")
        for _ in range(2):
            seen = len(screen.seen)
            screen.press(b"\x1a")
            screen.wait_for(b"Stopped", seen)
            screen.wait_for(b"prompt> ", seen)
            seen = len(screen.seen)
            screen.press(b"jobs\n")
            screen.wait_for(b"Stopped", seen)
            screen.wait_for(b"prompt> ", seen)
            seen = len(screen.seen)
            screen.press(b"fg\n")
            screen.wait_for(b"count.sh", seen)
            time.sleep(0.2)
        seen = len(screen.seen)
        screen.press(b"hello\n")
        screen.wait_for(b"read hello", seen)
        screen.wait_for(b"prompt> ", seen)
        seen = len(screen.seen)
        screen.press(b"exit\n")
        screen.end()
    assert runner.records[-1]["status"] == "succeeded"


def test_ctrl_c_ends_a_script_around_it(runner: Runner) -> None:
    """A shell goes on after a command that ended with 130, but not after one that died of SIGINT."""
    words = shlex.join([*AGENTIC, "run", "--", "sh", "-c", "echo begun; exec sleep 60"])
    script = runner.folder / "outer.sh"
    script.write_text(f"{words}\necho went on\n")
    with screen_of(runner, ["bash", str(script)]) as screen:
        screen.wait_for(b"begun")
        screen.press(b"\x03")
        assert os.waitstatus_to_exitcode(screen.end()) == -signal.SIGINT
        assert b"went on" not in screen.seen


def test_stopped_and_continued_from_outside(runner: Runner, listener: list[str]) -> None:
    running = subprocess.Popen(
        listener, cwd=runner.folder, env=runner.environment, stdout=subprocess.PIPE,
        start_new_session=False,
    )  # fmt: skip
    assert running.stdout is not None
    child = int(running.stdout.readline().split()[1])
    os.kill(child, signal.SIGSTOP)
    wait_until(lambda: state_of(running.pid) == "T")
    running.send_signal(signal.SIGCONT)
    assert running.stdout.readline() == b"got SIGCONT\n"
    wait_until(lambda: state_of(running.pid) == "S" and state_of(child) == "S")
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)
    assert running.returncode == 7


def state_of(process: int) -> str:
    """The letter of a process's state."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def wait_until(look: object, wait_s: float = 20) -> None:
    assert callable(look)
    ends = time.monotonic() + wait_s
    while not look():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.02)


#: macOS has no `sigwaitinfo`, so who sent a signal is not told there.
WITHOUT_SENDERS = "import _signal, sys; del _signal.sigwaitinfo; from agentic.cli.run import main; "


def test_where_the_sender_is_not_told_keys_arrive_once_too(runner: Runner) -> None:
    (runner.folder / "listen.py").write_text(LISTENER)
    code = WITHOUT_SENDERS + f"main(['--', {sys.executable!r}, 'listen.py'])"
    with screen_of(runner, [sys.executable, "-c", code]) as screen:
        screen.wait_for(b"ready ")
        screen.press(b"\x03")
        screen.wait_for(b"got SIGINT")
        time.sleep(0.3)
        os.kill(screen.process, signal.SIGTERM)
        screen.wait_for(b"got SIGTERM")
        assert os.waitstatus_to_exitcode(screen.end()) == 7
        assert screen.seen.count(b"got SIGINT") == 1
    running = subprocess.Popen(
        [sys.executable, "-c", code], cwd=runner.folder, env=runner.environment,
        stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert running.stdout is not None
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    assert running.stdout.readline() == b"got SIGINT\n"
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)
    assert running.returncode == 7
