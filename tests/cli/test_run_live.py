"""`run` asks the sources themselves, only where they can matter, and loses no signal to one that hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.cli.conftest import Machine
from tests.cli.monitoring import (
    API_DOWN,
    WATCHDOG,
    Stub,
    alertmanager_layer,
    monitoring,
    trust,
    write_layer,
)

#: Makes an incident matter in development, and not knowing of one not.
IN_DEVELOPMENT = """\
escalation:
  - id: escalation.incident-in-development
    signal: incident.active
    to: STOP
    kinds: [kubernetes.apply]
    ignore_unknown:
      environments: [dev]
      because: nobody depends on a development environment
    because: an incident is open
"""
PROGRAM = '#!/bin/sh\necho begun\n[ -z "$WAIT" ] || exec sleep 60\n'
STAGING = ("kubectl", "--context", "staging", "apply", "-f", "k.yaml")
DEV = ("kubectl", "--context", "dev", "apply", "-f", "k.yaml")


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with monitoring() as found:
        yield found


@pytest.fixture(scope="module")
def guarded(make_machine: Callable[[], Machine], stub: Stub) -> Machine:
    made = make_machine()
    write_layer(made, alertmanager_layer(stub.url, IN_DEVELOPMENT))
    trust(made)
    programs = made.home / ".local/bin"
    programs.mkdir(parents=True)
    (programs / "kubectl").write_text(PROGRAM)
    (programs / "kubectl").chmod(0o755)
    return made


@pytest.fixture(autouse=True)
def _quiet(stub: Stub) -> None:
    stub.alerts = [WATCHDOG]
    stub.delay_s = 0.0
    stub.answers = {}
    stub.asked.clear()


def start(machine: Machine, *words: str, **variables: str) -> subprocess.Popen[bytes]:
    path = f"{machine.home}/.local/bin:{os.environ['PATH']}"
    return subprocess.Popen(
        [sys.executable, "-m", "agentic.cli.main", "run", *words],
        cwd=machine.repository,
        env={**machine.environment, "PATH": path, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def code_of(machine: Machine, *words: str) -> tuple[int, str]:
    running = start(machine, *words)
    _, err = running.communicate(timeout=60)
    return running.returncode, err.decode()


def test_an_incident_that_began_just_now_counts(guarded: Machine, stub: Stub) -> None:
    assert code_of(guarded, "--", *STAGING)[0] == 10
    stub.alerts = [WATCHDOG, API_DOWN]
    code, err = code_of(guarded, "--", *STAGING)
    assert code == 20
    assert "ApiDown" in err


def test_nobody_is_asked_about_what_cannot_matter(guarded: Machine, stub: Stub) -> None:
    assert code_of(guarded, "--", "kubectl", "--context", "staging", "get", "pods")[0] == 0
    assert code_of(guarded, "--", "wc", "-l", "README.md")[0] == 0
    assert stub.asked == []


def test_a_source_that_hangs_is_unknown_when_its_time_is_over(guarded: Machine, stub: Stub) -> None:
    stub.delay_s = 5
    began = time.monotonic()
    code, err = code_of(guarded, "--deadline", "500ms", "--", *STAGING)
    assert time.monotonic() - began < 4.5
    assert code == 20
    assert "Unknown: " in err


def test_ctrl_c_ends_the_waiting(guarded: Machine, stub: Stub) -> None:
    stub.delay_s = 5
    running = start(guarded, "--deadline", "15s", "--", *STAGING)
    ends = time.monotonic() + 20
    while not stub.asked and time.monotonic() < ends:
        time.sleep(0.02)
    assert stub.asked
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == -signal.SIGINT
    assert time.monotonic() - began < 3


def test_signals_reach_the_command_although_a_source_still_hangs(
    guarded: Machine, stub: Stub
) -> None:
    stub.delay_s = 5
    running = start(guarded, "--deadline", "300ms", "--", *DEV, WAIT="1")
    assert running.stdout is not None
    assert running.stdout.readline() == b"begun\n", running.stderr
    assert stub.asked, "the source has been asked, and hangs"
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)
    assert running.returncode == -signal.SIGTERM
