"""A sync that is killed leaves whole files only, and the next one finishes its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agentic.admission.judge import Judge
from agentic.instructions.engine import prepared
from agentic.instructions.marks import state_of
from agentic.instructions.plan import changes
from agentic.instructions.tree import UNFINISHED
from tests.instructions.generated import synced
from tests.instructions.sample import repository

PROJECT = Path(__file__).parents[2]
#: One process that syncs for ever, each time from nothing, so that a kill can strike anywhere.
WRITER = """
import sys
from agentic.admission.judge import judge_of
from agentic.instructions.engine import prepared
from agentic.instructions.plan import apply
from agentic.instructions.tree import locked, remove_file
from tests.ports_fakes import make_ports

root = sys.argv[1]
steps = prepared(root, judge_of(make_ports())).steps
print("ready", flush=True)
while True:
    with locked(root):
        apply(root, steps)
        for step in steps:
            if step.action == "create":
                remove_file(root, step.path)
    steps = [s._replace(action="keep") if s.path == "AGENTS.md" else s for s in steps]
"""


def killed_after(root: Path, wait_s: float) -> None:
    """Let a writer work for a moment, then end it as the system ends a process without memory."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root)],
        stdout=subprocess.PIPE,
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "HOME": str(root.parent)},
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(wait_s)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        if writer.stdout is not None:
            writer.stdout.close()


def test_a_killed_sync_leaves_whole_files_and_the_next_one_finishes(
    tmp_path: Path, judge: Judge, campaign: Callable[[int], int]
) -> None:
    whole = synced(repository(tmp_path / "whole"), judge)
    root = repository(tmp_path / "repository")
    for number in range(campaign(40)):
        killed_after(root, 0.003 + 0.017 * number % 0.1)
        for path, text in whole.items():
            file = root / path
            if path != "AGENTS.md" and file.exists():
                assert file.read_text() == text, path
                assert state_of(file.read_bytes()) == "generated"
        assert synced(root, judge) == whole
        assert changes(prepared(str(root), judge).steps) == ()
        assert not list(root.rglob(UNFINISHED))
        for path in whole:
            if path != "AGENTS.md":
                (root / path).unlink()
