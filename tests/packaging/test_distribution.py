"""What is installed works: wheel, sdist, pip, editable, uv, pipx, and where nothing can be written.

Each installation is a new environment, used from another folder: it decides, it shows its shipped
policies, and `init` writes a hook that answers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from agentic import __version__

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = Path(sys.executable).parent

#: Left behind by tools or private to a clone: never part of what is built from.
_NOT_SOURCE = shutil.ignore_patterns(
    ".git", ".venv*", ".test-clients", "node_modules", "__pycache__", ".*_cache", ".hypothesis", "dist", "ops"
)  # fmt: skip


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    """A process's result; its whole output is in the failure when it does not end with 0."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder that other accounts may read, with a blank in its name."""
    with tempfile.TemporaryDirectory(prefix="agentic packaging ") as folder:
        path = Path(folder).resolve()
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="session")
def source(place: Path) -> Path:
    """A copy of the tree, so that building leaves nothing in it."""
    return Path(shutil.copytree(ROOT, place / "source", ignore=_NOT_SOURCE, symlinks=True))


class Built(NamedTuple):
    """The two distributions."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="session")
def built(source: Path, place: Path) -> Built:
    out = place / "dist"
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)])
    return Built(next(out.glob("*.whl")), next(out.glob("*.tar.gz")))


# What is in them


def test_the_wheel_carries_the_package_and_its_data(built: Built, source: Path) -> None:
    names = set(zipfile.ZipFile(built.wheel).namelist())
    code = {str(path.relative_to(source)) for path in (source / "agentic").rglob("*.py*")}
    assert code <= names
    for folder in ("instructions", "packages", "policies", "workflows"):
        shipped = {
            f"agentic/_shipped/{path.relative_to(source)}"
            for path in (source / folder).rglob("*")
            if path.is_file()
        }
        assert shipped <= names
        assert len(shipped) >= 2
    assert "agentic/py.typed" in names
    outside = {name.partition("/")[0] for name in names}
    assert outside == {"agentic", f"agentic_governance-{__version__}.dist-info"}


def test_the_wheel_tells_what_it_needs_and_its_licence(built: Built) -> None:
    archive = zipfile.ZipFile(built.wheel)
    info = f"agentic_governance-{__version__}.dist-info"
    metadata = archive.read(f"{info}/METADATA").decode()
    assert f"\nVersion: {__version__}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    needed = {
        line.removeprefix("Requires-Dist: ").split(">")[0].split("<")[0].lower()
        for line in metadata.splitlines()
        if line.startswith("Requires-Dist: ") and "extra ==" not in line
    }
    assert needed == set(
        "cronsim detect-secrets holidays icalendar pydantic pyyaml recurring-ical-events requests rich "
        "tomlkit tree-sitter tree-sitter-bash typer tzdata urllib3 x-wr-timezone".split()
    )
    assert "agentic = agentic.cli.main:main" in archive.read(f"{info}/entry_points.txt").decode()
    assert f"{info}/licenses/LICENSE" in archive.namelist()


def test_the_sdist_is_the_whole_source(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames() if "/" in name}
    for needed in ("Makefile", "LICENSE", "README.md", ".ci/run", "policies/modes.yaml",
                   "workflows/index.yaml", "tests/conftest.py", "docs/claims.yaml", "demo/sandbox.py",
                   "bench/run.py", "scripts/setup.sh", "agentic/govern.py"):  # fmt: skip
        assert needed in names, needed
    assert not any(name.startswith((".venv", ".git/", "ops/", "dist/")) for name in names)


def test_the_wheel_of_the_sdist_is_the_same(built: Built, place: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(place / "unpacked", filter="data")
    (folder,) = (place / "unpacked").iterdir()
    out = place / "dist-again"
    run(
        [
            sys.executable,
            "-m",
            "build",
            "--no-isolation",
            "--wheel",
            "--outdir",
            str(out),
            str(folder),
        ]
    )
    again = zipfile.ZipFile(next(out.glob("*.whl")))
    first = zipfile.ZipFile(built.wheel)
    contents = {name: first.read(name) for name in first.namelist() if not name.endswith("RECORD")}
    assert contents == {n: again.read(n) for n in again.namelist() if not n.endswith("RECORD")}


# What it does once installed


class Installed(NamedTuple):
    """The `agentic` command of one installation and the environment it runs in."""

    command: Path
    home: Path
    before: tuple[str, ...] = ()

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """The command's result, from the home folder, whatever its exit code."""
        return self.start([str(self.command), *arguments], stdin)

    def start(self, command: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        variables = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        return subprocess.run(
            [*self.before, *command],
            cwd=self.home,
            env=variables,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )


def home_for(place: Path, name: str) -> Path:
    home = place / f"home of {name}"
    (home / "project/.git").mkdir(parents=True)
    return home


def environment(place: Path, name: str) -> Path:
    """A new virtual environment's interpreter."""
    run([sys.executable, "-m", "venv", str(place / name)])
    return place / name / "bin/python"


def assert_it_governs(installed: Installed) -> None:
    """It says its version, decides with the shipped policy, and its hook answers."""
    version = installed.run("--version")
    assert version.stdout.strip() == f"agentic {__version__}", version.stderr
    project = str(installed.home / "project")
    assert installed.run("check", "--cwd", project, "--", "git status").returncode == 0
    stopped = installed.run("check", "--cwd", project, "--", "terraform destroy")
    assert stopped.returncode == 20, stopped.stderr
    made = installed.run("init", "--host", "claude-code", "--scope", "user")
    assert made.returncode == 0, made.stdout + made.stderr
    settings = json.loads((installed.home / ".claude/settings.json").read_text())
    hook = settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"]
    for command, decision in (("git status", "allow"), ("terraform destroy", "deny")):
        payload = {
            "session_id": "s",
            "transcript_path": "/dev/null",
            "cwd": project,
            "hook_event_name": "PreToolUse",
            "tool_name": "Bash",
            "tool_input": {"command": command},
            "tool_use_id": f"toolu-{decision}",
        }
        answered = installed.start(["/bin/sh", "-c", hook], json.dumps(payload))
        assert answered.returncode == 0, answered.stderr
        reply = json.loads(answered.stdout)["hookSpecificOutput"]
        assert reply["permissionDecision"] == decision
    verified = installed.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_pip_installs_the_wheel(built: Built, place: Path) -> None:
    python = environment(place, "pip wheel")
    run([str(python), "-m", "pip", "install", "-q", str(built.wheel)])
    assert_it_governs(Installed(python.parent / "agentic", home_for(place, "pip wheel")))


def test_the_sdist_installs(built: Built, place: Path) -> None:
    python = environment(place, "sdist")
    run([str(TOOLS / "uv"), "pip", "install", "-q", "--python", str(python), str(built.sdist)])
    assert_it_governs(Installed(python.parent / "agentic", home_for(place, "sdist")))


def test_an_editable_install_works(source: Path, place: Path) -> None:
    python = environment(place, "editable")
    run([str(TOOLS / "uv"), "pip", "install", "-q", "--python", str(python), "-e", str(source)])
    assert_it_governs(Installed(python.parent / "agentic", home_for(place, "editable")))


def test_uv_tool_installs_it(built: Built, place: Path) -> None:
    home = home_for(place, "uv tool")
    folders = {"UV_TOOL_DIR": str(place / "uv tools"), "UV_TOOL_BIN_DIR": str(place / "uv bin")}
    run(
        [str(TOOLS / "uv"), "tool", "install", "-q", "--python", sys.executable, str(built.wheel)],
        env={**os.environ, **folders},
    )
    assert_it_governs(Installed(place / "uv bin/agentic", home))


def test_pipx_installs_it(built: Built, place: Path) -> None:
    home = home_for(place, "pipx")
    # pipx refuses a home with a blank in its path: https://pipx.pypa.io/stable/docs/ (checked 2026-11-21)
    with tempfile.TemporaryDirectory(prefix="agentic-pipx-") as folder:
        folders = {"PIPX_HOME": f"{folder}/home", "PIPX_BIN_DIR": f"{folder}/bin"}
        run(
            [sys.executable, "-m", "pipx", "install", "-q", str(built.wheel)],
            env={**os.environ, **folders, "USE_EMOJI": "0"},
        )
        assert_it_governs(Installed(Path(f"{folder}/bin/agentic"), home))


def test_an_install_that_nobody_may_write_works(built: Built, place: Path) -> None:
    """As a package of the system would be: no bytecode there, and none can be written."""
    python = environment(place, "readonly")
    run([str(TOOLS / "uv"), "pip", "install", "-q", "--python", str(python), str(built.wheel)])
    folder = python.parent.parent
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    # To root every folder is writable, until root gives that power up.
    powerless = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")
    before = powerless if os.geteuid() == 0 else ()
    try:
        assert_it_governs(Installed(python.parent / "agentic", home_for(place, "readonly"), before))
        assert not list((folder / "lib").rglob("agentic/**/*.pyc"))
    finally:
        for path in [folder, *folder.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o200)
