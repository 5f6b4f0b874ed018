"""Hooks that run at once, hooks that are killed, and a clock that goes backwards.

The chain stays whole and nothing is let through. Each row goes through the command that `init` wrote.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Ran
from tests.hook.machine import ALLOW, BLOCKED, DENY, REFUSED_LINE, Guarded, answer_of

WAIT_S = 20.0


def started(guarded: Guarded, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """The hook's command, started as the host does, its standard input still open."""
    return subprocess.Popen(
        ["/bin/sh", "-c", guarded.command()],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=guarded.project,
        env=guarded.environment,
        start_new_session=True,
    )


def child_of(shell: subprocess.Popen[bytes]) -> int:
    """The process id of the interpreter that the shell started."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        told = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True)
        for line in told.stdout.split(b"\n"):
            if line.split()[1:] == [str(shell.pid).encode()]:
                return int(line.split()[0])
        time.sleep(0.01)
    raise AssertionError("the shell started nothing")


def ended(shell: subprocess.Popen[bytes], given: bytes | None = None) -> Ran:
    out, err = shell.communicate(given, timeout=WAIT_S)
    return Ran(shell.returncode, (out or b"").decode(), err.decode())


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)


def assert_whole(guarded: Guarded, records: int) -> None:
    """Nothing is wrong with the journal, and its records are numbered without a gap."""
    found = guarded.verified()
    assert found.problems == ()
    assert [record["seq"] for record in guarded.records()] == list(range(1, records + 1))


# At once


def test_twenty_hooks_at_once_are_all_answered_and_recorded(guarded: Guarded) -> None:
    shells = [started(guarded) for _ in range(20)]
    for number, shell in enumerate(shells):
        assert shell.stdin is not None
        command = REFUSED_LINE if number % 2 else "git status"
        payload = guarded.payload(command, tool_use_id=f"toolu_{number}")
        shell.stdin.write(json.dumps(payload).encode())
        shell.stdin.flush()
    words = [answer_of(ended(shell)).word for shell in shells]
    assert words == [ALLOW, DENY] * 10
    assert_whole(guarded, records=22)
    ids = {record["call_id"] for record in guarded.records()}
    assert {f"toolu_{number}" for number in range(20)} <= ids


def test_the_first_hooks_of_a_new_policy_at_once(guarded: Guarded) -> None:
    """All want to compile; none decides with half a policy."""
    for path in guarded.compiled:
        path.unlink()
    shells = [started(guarded) for _ in range(4)]
    payloads = [json.dumps(guarded.payload(REFUSED_LINE)).encode() for _ in shells]
    words = [
        answer_of(ended(shell, payload)).word
        for shell, payload in zip(shells, payloads, strict=True)
    ]
    assert words == [DENY] * 4
    assert_whole(guarded, records=6)


# Killed


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGTERM", "SIGALRM"])
def test_a_hook_that_is_killed_while_it_waits_blocks(guarded: Guarded, name: str) -> None:
    """SIGALRM is the hook's own deadline: a payload that never ends is not waited for."""
    shell = started(guarded)
    assert shell.stdin is not None
    shell.stdin.write(b'{"session_id": "s-1", ')
    shell.stdin.flush()
    os.kill(child_of(shell), getattr(signal, name))
    answer = answer_of(ended(shell), shell_may_speak=True)
    assert answer.word == BLOCKED
    assert_whole(guarded, records=2)


@contextlib.contextmanager
def pipe_that_is_full() -> Iterator[int]:
    """The writing end of a pipe that takes nothing more and that nobody reads."""
    reading, writing = os.pipe()
    flags = fcntl.fcntl(writing, fcntl.F_GETFL)
    fcntl.fcntl(writing, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(512))
    fcntl.fcntl(writing, fcntl.F_SETFL, flags)
    try:
        yield writing
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize("command", ["git status", REFUSED_LINE, "git reset --hard"])
def test_a_kill_between_the_record_and_the_answer_blocks_and_the_record_stays(
    guarded: Guarded, command: str
) -> None:
    with pipe_that_is_full() as full:
        shell = started(guarded, stdout=full)
        assert shell.stdin is not None
        shell.stdin.write(json.dumps(guarded.payload(command)).encode())
        shell.stdin.close()
        shell.stdin = None
        wait_until(lambda: guarded.verified().records == 3)
        assert shell.poll() is None
        os.kill(child_of(shell), signal.SIGKILL)
        answer = answer_of(ended(shell), shell_may_speak=True)
    assert answer.word == BLOCKED
    assert_whole(guarded, records=3)
    assert guarded.ask(guarded.payload()).word == ALLOW
    assert_whole(guarded, records=4)


def test_kills_at_any_moment_leave_a_journal_that_goes_on(
    guarded: Guarded, campaign: Callable[[int], int]
) -> None:
    """The whole group is killed, as a host does when its person interrupts it."""
    moments = random.Random(20261121)
    answered = 0
    for _ in range(campaign(200)):
        shell = started(guarded)
        assert shell.stdin is not None
        shell.stdin.write(json.dumps(guarded.payload()).encode())
        shell.stdin.close()
        shell.stdin = None
        time.sleep(moments.uniform(0, 0.03))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        answered += ended(shell).out != ""
    assert guarded.ask(guarded.payload()).word == ALLOW
    found = guarded.verified()
    assert found.problems == ()
    assert found.records >= 2 + answered + 1


# The clock


def test_a_clock_that_goes_backwards_is_recorded_and_the_chain_goes_on(guarded: Guarded) -> None:
    head = Path(guarded.journal().head)
    text = head.read_text()
    year = json.loads(text)["time"][:4]
    head.write_text(text.replace(f'"time":"{year}', '"time":"2199', 1))
    assert guarded.ask(guarded.payload()).word == ALLOW
    assert guarded.ask(guarded.payload(REFUSED_LINE)).word == DENY
    assert_whole(guarded, records=4)
    third, fourth = guarded.records()[2:]
    assert "2199" in json.dumps(third)
    assert "2199" not in json.dumps(fourth)
