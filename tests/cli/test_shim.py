"""Shims stand in front of programs: judged, passed through, and taken away without a trace."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from agentic.cli.shim import REGISTRY
from agentic.execute.shims import DEFAULTS, LIST, START, default_programs, shell_functions
from tests.cli.conftest import Machine, Ran
from tests.execute.screen import at_a_terminal

STOPPED = ("kubectl", "--context", "prod-eu", "delete", "namespace", "churn")
REAL = '#!/bin/sh\necho "ran $*" >> $HOME/ran\n'


class Shimmed(NamedTuple):
    """A machine with a real program and a shim in front of it."""

    machine: Machine
    folder: Path
    programs: Path

    @property
    def environment(self) -> dict[str, str]:
        places = f"{self.folder}:{self.programs}:{os.environ['PATH']}"
        return {**self.machine.environment, "PATH": places}

    def agentic(self, *words: str) -> Ran:
        return self.machine.run("shim", *words, environment=self.environment)

    def call(self, *words: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            words, cwd=self.machine.repository, env={**self.environment, **variables},
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip

    @property
    def has_run(self) -> bool:
        return (self.machine.home / "ran").exists()


@pytest.fixture
def shimmed(make_machine: Callable[[], Machine]) -> Shimmed:
    machine = make_machine()
    programs = machine.home / ".local/bin"
    programs.mkdir(parents=True)
    for name in ("kubectl", "helm"):
        (programs / name).write_text(REAL)
        (programs / name).chmod(0o755)
    found = Shimmed(machine, machine.home / ".local/state/agentic/shims", programs)
    assert found.agentic("install", "kubectl", "bash").code == 0
    return found


def files_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_default_program_is_in_the_tables() -> None:
    names = default_programs()
    assert len(names) == len(set(names))
    assert [name for name in names if name not in REGISTRY] == []
    assert {"kubectl", "terraform", "git", "rm", "psql", "docker"} <= set(names)
    assert all(DEFAULTS)


def test_what_may_run_runs_and_is_recorded(shimmed: Shimmed) -> None:
    done = shimmed.call("bash", "-c", 'printf "[%s]" "$@"', "x", "a  b", "$HOME", "")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"[a  b][$HOME][]", b"")
    assert shimmed.call("kubectl", "get", "pods").returncode == 0
    assert (shimmed.machine.home / "ran").read_text() == "ran get pods\n"
    assert shimmed.machine.run("audit", "verify").code == 0


def test_what_may_not_does_not(shimmed: Shimmed) -> None:
    done = shimmed.call(*STOPPED)
    assert done.returncode == 20
    assert done.stdout == b""
    assert b"[AGENT MODE: STOP]" in done.stderr
    assert not shimmed.has_run


@pytest.mark.parametrize("code", [0, 1, 10, 126, 255])
def test_exit_codes_pass(shimmed: Shimmed, code: int) -> None:
    assert shimmed.call("bash", "-c", f"exit {code}").returncode == code


def test_signals_and_streams_pass(shimmed: Shimmed) -> None:
    assert shimmed.call("bash", "-c", "kill -TERM $$").returncode == -signal.SIGTERM
    done = subprocess.run(
        ["bash", "-c", "cat"], input=b"x" * 300_000, env=shimmed.environment, capture_output=True,
        cwd=shimmed.machine.repository, check=True,
    )  # fmt: skip
    assert len(done.stdout) == 300_000
    running = subprocess.Popen(
        ["bash", "-c", "echo begun; exec sleep 60"], env=shimmed.environment, cwd=shimmed.machine.repository,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stdout.readline() == b"begun\n"
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == -signal.SIGINT
    running.stdout.close()


def test_the_terminal_is_the_programs(shimmed: Shimmed) -> None:
    words = ["bash", "-c", "[ -t 0 ] && [ -t 1 ] && stty size"]
    env = {**shimmed.environment, "TERM": "xterm"}
    with at_a_terminal(words, shimmed.machine.repository, env) as screen:
        assert os.waitstatus_to_exitcode(screen.end()) == 0
        assert b"24 100" in screen.seen


def test_it_cannot_call_itself(shimmed: Shimmed, tmp_path: Path) -> None:
    """Whatever PATH says: the folder twice, by a link, in a copy; and a program that calls itself."""
    link = shimmed.machine.home / "link"
    link.symlink_to(shimmed.folder)
    copy = shimmed.machine.home / "copy"
    copy.mkdir()
    (copy / "kubectl").write_bytes((shimmed.folder / "kubectl").read_bytes())
    (copy / "kubectl").chmod(0o755)
    places = f"{shimmed.folder}:{link}:{copy}:{shimmed.folder}/:{shimmed.environment['PATH']}"
    assert shimmed.call("kubectl", "get", "x", PATH=places).returncode == 0
    assert (shimmed.machine.home / "ran").read_text() == "ran get x\n"
    assert shimmed.call("bash", "-c", "bash -c 'bash -c \"echo bottom\"'").stdout == b"bottom\n"
    only = f"{shimmed.folder}:{link}:{copy}:/nonexistent"
    done = subprocess.run(
        [str(copy / "kubectl"), "get", "x"], env={**shimmed.environment, "PATH": only},
        cwd=shimmed.machine.repository, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 127
    assert b"there is no program `kubectl` on PATH" in done.stderr


def test_nothing_in_the_environment_switches_it_off(shimmed: Shimmed) -> None:
    text = (shimmed.folder / "kubectl").read_text() + (shimmed.folder / START).read_text()
    assert "environ" not in text
    assert set("$@") & set(text)
    assert text.count("$") == 1, 'only "$@" is expanded'
    state = shimmed.machine.home / "other"
    for variables in (
        {"AGENTIC_SHIM": "1", "AGENTIC_RUN": "1", "AGENTIC_DISABLE": "1"},
        {"PYTHONPATH": "/nonexistent", "PYTHONHOME": "/nonexistent", "PYTHONSTARTUP": "/x"},
        {"XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state), "HOME": str(state)},
        {"ENV": "/nonexistent", "BASH_ENV": "/nonexistent"},
    ):
        assert shimmed.call(*STOPPED, **variables).returncode == 20, variables
    assert not state.exists(), "its places are those of the installation"
    assert not shimmed.has_run


def broken_interpreter(shimmed: Shimmed) -> None:
    path = shimmed.folder / "kubectl"
    path.write_text(path.read_text().replace("python3", "python-gone"))


def broken_start(shimmed: Shimmed) -> None:
    (shimmed.folder / START).unlink()


def broken_package(shimmed: Shimmed) -> None:
    path = shimmed.folder / START
    path.write_text(path.read_text().replace("FOLDERS = (", "FOLDERS = () and ("))


def broken_state(shimmed: Shimmed) -> None:
    journal = shimmed.machine.repository / "ops/audit.jsonl"
    journal.unlink(missing_ok=True)
    journal.mkdir(parents=True)


def broken_policy(shimmed: Shimmed) -> None:
    shimmed.call("kubectl", "get", "pods")
    (shimmed.machine.home / "ran").unlink()
    for path in (shimmed.folder.parent / "compiled").iterdir():
        path.write_bytes(b"damaged")


@pytest.mark.parametrize(
    "break_it", [broken_interpreter, broken_start, broken_package, broken_state, broken_policy]
)
def test_a_shim_that_cannot_judge_blocks_with_126_and_one_line(
    shimmed: Shimmed, break_it: Callable[[Shimmed], None]
) -> None:
    break_it(shimmed)
    done = shimmed.call("kubectl", "get", "pods")
    assert done.returncode == 126, done
    assert done.stderr.startswith(b"agentic: blocked: ")
    assert done.stderr.count(b"\n") == 1
    assert not shimmed.has_run


def test_the_current_folder_gone_blocks_too(shimmed: Shimmed) -> None:
    folder = shimmed.machine.home / "gone"
    folder.mkdir()
    done = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD"; exec kubectl get pods'], cwd=folder, env=shimmed.environment,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 126
    assert not shimmed.has_run


# Install and uninstall


def test_installing_again_changes_nothing(shimmed: Shimmed) -> None:
    before = {path: path.stat().st_mtime_ns for path in shimmed.folder.iterdir()}
    content = files_of(shimmed.folder)
    assert shimmed.agentic("install", "kubectl").code == 0
    assert files_of(shimmed.folder) == content
    shims = {path: at for path, at in before.items() if path.name != LIST}
    assert {path: path.stat().st_mtime_ns for path in shims} == shims


def test_uninstalling_leaves_the_machine_as_it_was(shimmed: Shimmed) -> None:
    before = files_of(shimmed.machine.home)
    other = shimmed.machine.home / "tools/agentic-shims"
    assert shimmed.agentic("install", "--dir", str(other), "kubectl", "helm").code == 0
    assert shimmed.agentic("uninstall", "--dir", str(other)).code == 0
    assert not other.exists()
    assert files_of(shimmed.machine.home) == before
    assert "removed" in shimmed.agentic("uninstall", "kubectl").out
    assert not (shimmed.folder / "kubectl").exists()
    assert (shimmed.folder / "bash").exists()
    assert shimmed.agentic("uninstall").code == 0
    assert not shimmed.folder.exists()
    assert shimmed.agentic("uninstall").out == "there are no shims\n"


def test_by_default_what_is_installed_gets_a_shim(shimmed: Shimmed) -> None:
    assert shimmed.agentic("install").code == 0
    names = {path.name for path in shimmed.folder.iterdir()}
    assert {"kubectl", "helm", "git", "rm"} <= names
    assert "no-such-program" not in names
    assert shimmed.agentic("status").code == 0


def test_a_folder_with_somebody_elses_files_is_refused(shimmed: Shimmed) -> None:
    folder = shimmed.machine.home / "bin"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    done = shimmed.agentic("install", "--dir", str(folder), "kubectl")
    assert done.code == 4
    assert "holds `mine`, which is not of agentic" in done.err
    assert [path.name for path in folder.iterdir()] == ["mine"]
    (shimmed.folder / "helm").write_text("#!/bin/sh\necho mine\n")
    assert shimmed.agentic("install", "helm").code == 4
    assert (shimmed.folder / "helm").read_text().endswith("echo mine\n")
    assert shimmed.agentic("uninstall").code == 0
    assert [path.name for path in shimmed.folder.iterdir()] == ["helm"]


@pytest.mark.parametrize("kind", ["link", "writable"])
def test_a_folder_that_others_may_write_is_refused(shimmed: Shimmed, kind: str) -> None:
    folder = shimmed.machine.home / "shared"
    if kind == "link":
        folder.symlink_to("/tmp")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    done = shimmed.agentic("install", "--dir", str(folder), "kubectl")
    assert done.code == 4
    assert "only its owner may write" in done.err


@pytest.mark.parametrize("name", ["a/b", "..", "-x", ".hidden", "a b", "agentic", "x\ny"])
def test_names_that_are_none(shimmed: Shimmed, name: str) -> None:
    before = files_of(shimmed.folder)
    assert shimmed.agentic("install", "--", name).code == 2
    assert files_of(shimmed.folder) == before


def test_a_shim_that_was_edited_is_told_and_mended(shimmed: Shimmed) -> None:
    (shimmed.folder / "kubectl").write_text('#!/bin/sh\nexec /usr/bin/kubectl "$@"\n')
    done = shimmed.agentic("status")
    assert done.code == 4
    assert "kubectl` is changed" in done.err
    assert "renewed" in shimmed.agentic("install").out
    assert shimmed.agentic("status").code == 0
    (shimmed.folder / "kubectl").unlink()
    assert "kubectl` is missing" in shimmed.agentic("status").err


def test_status_tells_what_stands_before_a_shim(shimmed: Shimmed) -> None:
    assert shimmed.agentic("status").code == 0
    env = {**shimmed.environment, "PATH": f"{shimmed.programs}:{shimmed.folder}"}
    done = shimmed.machine.run("shim", "status", environment=env)
    assert done.code == 4
    assert f"`{shimmed.programs}/kubectl` stands before the shim on PATH" in done.err
    env["PATH"] = str(shimmed.programs)
    done = shimmed.machine.run("shim", "status", "--json", environment=env)
    assert done.code == 4
    assert done.json["faults"] == [f"`{shimmed.folder}` is not on PATH"]


def test_a_damaged_list_is_told(shimmed: Shimmed) -> None:
    (shimmed.folder / LIST).write_text("{")
    for words in (("status",), ("install", "kubectl"), ("uninstall",), ("shell", "bash")):
        done = shimmed.agentic(*words)
        assert done.code == 3, words
        assert "this list of shims is damaged" in done.err


def test_two_installations_at_once(shimmed: Shimmed) -> None:
    words = [sys.executable, "-m", "agentic.cli.main", "shim", "install"]
    running = [
        subprocess.Popen(
            [*words, name], env=shimmed.environment, cwd=shimmed.machine.repository,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        for name in ("helm", "helm", "helm")
    ]  # fmt: skip
    for one in running:
        one.communicate(timeout=60)
    assert shimmed.agentic("install", "helm").code == 0
    assert shimmed.agentic("status").code == 0


def test_what_a_kill_left_half_written_is_taken_away(shimmed: Shimmed) -> None:
    (shimmed.folder / "kubectl.new-123").write_text("#!/bin/s")
    assert shimmed.agentic("install", "kubectl").code == 0
    assert not (shimmed.folder / "kubectl.new-123").exists()


def test_functions_go_through_the_shims(shimmed: Shimmed) -> None:
    env = {**shimmed.environment, "PATH": f"{shimmed.programs}:{os.environ['PATH']}"}
    functions = shimmed.agentic("shell", "bash").out
    calls = f"kubectl {' '.join(STOPPED[1:])}; echo $?; bash -c 'echo a'"
    line = f"alias kubectl='kubectl'; {functions}\n{calls}"
    done = subprocess.run(
        ["bash", "-c", line],
        env=env,
        cwd=shimmed.machine.repository,
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"20\na\n"
    assert not shimmed.has_run


def test_functions_are_quoted_for_each_shell() -> None:
    for shell in ("bash", "zsh"):
        assert shell_functions(shell, "/a b", ["x"]) == "function x { '/a b/x' \"$@\"; }"
    assert shell_functions("fish", "/a'b", ["x"]) == "function x; '/a\\'b/x' $argv; end"


def test_an_unknown_shell_is_told(shimmed: Shimmed) -> None:
    done = shimmed.agentic("shell", "bsh")
    assert done.code == 2
    assert "did you mean `bash`?" in done.err
