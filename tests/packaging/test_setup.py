"""Setting up from a fresh clone: what is missing is one clear line, never a trace of a failure."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The scripts of a fresh clone, in a path with a blank."""
    folder = tmp_path / "a clone"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "tests/e2e").mkdir(parents=True)
    (folder / "tests/e2e/install_clients.sh").write_text("exit 3\n")
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with nothing on it but what a shell script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "touch", "rm"):
        where = shutil.which(name)
        assert where
        (folder / name).symlink_to(where)
    return folder


def script(clone: Path, tools: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", *arguments],
        cwd=clone,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_python_at_all(clone: Path, tools: Path) -> None:
    done = script(clone, tools, "scripts/setup.sh", "dev")
    assert done.returncode == 1
    assert done.stderr == "setup: agentic needs Python 3.11 or newer, and none was found on PATH\n"


def test_only_an_old_python(clone: Path, tools: Path) -> None:
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # what the version check of an older one ends with
    old.chmod(0o755)
    done = script(clone, tools, "scripts/setup.sh", "dev")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "setup: agentic needs Python 3.11 or newer, and none was found on PATH"
    ]
    assert not (clone / ".venv").exists()


def test_an_old_environment_is_told(clone: Path, tools: Path) -> None:
    (clone / ".venv/bin").mkdir(parents=True)
    old = clone / ".venv/bin/python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = script(clone, tools, "scripts/setup.sh", "dev")
    assert done.returncode == 1
    assert done.stderr == "setup: .venv holds a Python older than 3.11: remove it and try again\n"


def test_without_npm_the_tests_say_so_at_once(clone: Path, tools: Path) -> None:
    done = script(clone, tools, "scripts/test.sh")
    assert done.returncode == 1
    assert done.stderr == (
        "test: the end-to-end tests drive real clients from npm, and npm is not on PATH\n"
    )


def test_clients_that_cannot_be_installed_end_the_run(clone: Path, tools: Path) -> None:
    npm = tools / "npm"
    npm.write_text("#!/bin/sh\n")
    npm.chmod(0o755)
    assert script(clone, tools, "scripts/test.sh").returncode == 3
