"""Shims on odd ground: PATH with strange entries, programs of other kinds, names and folders to be quoted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.test_shim import STOPPED, Shimmed, shimmed

__all__ = ["shimmed"]


def path_of(shimmed: Shimmed, *more: str) -> str:
    return ":".join((str(shimmed.folder), *more, str(shimmed.programs), "/usr/bin:/bin"))


@pytest.mark.parametrize("entry", ["", ".", "./bin", "bin", "../project/bin"])
def test_a_relative_entry_of_path_is_judged_as_what_lies_there(
    shimmed: Shimmed, entry: str
) -> None:
    folder = shimmed.machine.repository / ("bin" if "bin" in entry else ".")
    folder.mkdir(exist_ok=True)
    (folder / "kubectl").write_text("#!/bin/sh\ngit push --force origin main\n")
    (folder / "kubectl").chmod(0o755)
    done = shimmed.call("kubectl", "get", "pods", PATH=path_of(shimmed, entry))
    assert done.returncode in (10, 20), done
    assert not shimmed.has_run


def test_however_a_shim_is_called_the_program_is_judged(shimmed: Shimmed) -> None:
    shim = str(shimmed.folder / "kubectl")
    ways = (
        f"'{shim}' {' '.join(STOPPED[1:])}",
        f"cd '{shimmed.folder}' && ./kubectl {' '.join(STOPPED[1:])}",
        f"command {' '.join(STOPPED)}",
        f"exec {' '.join(STOPPED)}",
        f'env -i PATH="$PATH" HOME=/nonexistent {" ".join(STOPPED)}',
        f"echo {' '.join(STOPPED[1:])} | xargs kubectl",
    )
    for line in ways:
        done = shimmed.call("/bin/sh", "-c", line)
        assert b"AGENT MODE: STOP" in done.stderr, (line, done)
    done = shimmed.call("/bin/bash", "-c", f"exec -a harmless {' '.join(STOPPED)}")
    assert b"AGENT MODE: STOP" in done.stderr
    assert not shimmed.has_run


def test_a_program_that_calls_its_own_name_ends(shimmed: Shimmed) -> None:
    """A wrapper that takes its own folder off PATH, and looks its name up once more."""
    wrappers = shimmed.machine.home / ".cargo/bin"
    wrappers.mkdir(parents=True)
    (wrappers / "kubectl").write_text(
        f"#!/bin/sh\nPATH='{path_of(shimmed)}'\nexec kubectl \"$@\"\n"
    )
    (wrappers / "kubectl").chmod(0o755)
    done = shimmed.call("kubectl", "version", PATH=path_of(shimmed, str(wrappers)))
    assert done.returncode == 0, done
    assert (shimmed.machine.home / "ran").read_text() == "ran version\n"


def test_a_link_to_many_programs_in_one_gets_its_name(shimmed: Shimmed) -> None:
    """Such a program (busybox) looks at the name that it was started by."""
    many = shimmed.programs / "many"
    many.write_text('#!/bin/sh\necho "${0##*/}" >> "$HOME/ran"\n')
    many.chmod(0o755)
    (shimmed.programs / "kubectl").unlink()
    (shimmed.programs / "kubectl").symlink_to(many)
    assert shimmed.call("kubectl", "version").returncode == 0
    assert (shimmed.machine.home / "ran").read_text() == "kubectl\n"


def test_without_the_right_to_execute_the_next_one_on_path_is_started(shimmed: Shimmed) -> None:
    first = shimmed.machine.home / "go/bin"
    first.mkdir(parents=True)
    (first / "kubectl").write_text("#!/bin/sh\nexit 77\n")
    (first / "kubectl").chmod(0o644)
    done = shimmed.call("kubectl", "version", PATH=path_of(shimmed, str(first)))
    assert done.returncode == 0
    assert shimmed.has_run


@pytest.mark.parametrize("name", ['it\'s "odd" $HOME `id`', "a b", "é\u2028x", "back\\slash"])
def test_a_folder_of_shims_of_any_name(shimmed: Shimmed, name: str) -> None:
    folder = shimmed.machine.home / name / "agentic-shims"
    assert shimmed.agentic("install", "--dir", str(folder), "kubectl").code == 0
    done = shimmed.call(*STOPPED, PATH=f"{folder}:{shimmed.programs}:/usr/bin:/bin")
    assert done.returncode == 20, done
    told = shimmed.agentic("shell", "bash", "--dir", str(folder)).out
    line = f"{told}\nkubectl {' '.join(STOPPED[1:])}"
    done = subprocess.run(
        ["bash", "-c", line], env=shimmed.environment, cwd=shimmed.machine.repository,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 20, done
    assert not shimmed.has_run


def test_without_a_home_or_any_variable_it_judges_and_records(shimmed: Shimmed) -> None:
    words = [str(shimmed.folder / "kubectl"), *STOPPED[1:]]
    done = subprocess.run(
        words, env={}, cwd=shimmed.machine.repository, capture_output=True, check=False
    )
    assert done.returncode in (20, 127), done
    assert b"AGENT MODE: STOP" in done.stderr
    journal = Path(shimmed.machine.repository, "ops/audit.jsonl").read_text()
    assert '"mode":"STOP"' in journal


def test_commands_piped_into_a_program_behind_a_shim(shimmed: Shimmed) -> None:
    done = subprocess.run(
        ["bash"], input=b"touch hit\n", env=shimmed.environment, cwd=shimmed.machine.repository,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 10, done
    assert not (shimmed.machine.repository / "hit").exists()
