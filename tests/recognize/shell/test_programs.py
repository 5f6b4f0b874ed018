"""Helpers of the programs that run other programs: paths, entry points, command lines of shells."""

from __future__ import annotations

import pytest

from agentic.recognize.dispatch import entry_of
from agentic.recognize.entry_points import entry_point_kind, skips_gate
from agentic.recognize.executables import place_of, shebang
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.programs.finders import listed
from agentic.recognize.programs.shells import shell_call
from agentic.recognize.programs.wrappers import PROGRAMS as WRAPPERS


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("src/training/train.py", "model.train"),
        ("src.training.train", "model.train"),
        ("train_report.py", ""),
        ("./scripts/deploy.sh", "deploy.run"),
        ("deploy_model.py", "deploy.run"),
        ("test_deploy.py", ""),
        ("check-rollback.sh", ""),
        ("rollback.sh", "deploy.rollback"),
        ("auto_rollback.py", "deploy.rollback"),
        ("promote_to_stage.sh", "promote"),
        ("evaluation.champion_challenger", "model.evaluate"),
        ("monitoring.update_baseline", "baseline.update"),
        ("eda/profile.py", "data.profile"),
        ("tools/profile.py", ""),
        ("new-service.sh", "service.scaffold"),
        ("main.py", ""),
        ("", ""),
    ],
)
def test_entry_points(name: str, kind: str) -> None:
    assert entry_point_kind(name) == kind


@pytest.mark.parametrize(
    "option",
    ["--skip-evidence-gate", "--skip-gates", "--no-gate", "--force-promote", "--bypass-gate=1"],
)
def test_options_that_skip_a_gate(option: str) -> None:
    assert skips_gate(option)


@pytest.mark.parametrize(
    "option", ["--gate", "gate", "--skip", "--skip-tests", "-s", "--investigate"]
)
def test_options_that_do_not(option: str) -> None:
    assert not skips_gate(option)


@pytest.mark.parametrize(
    ("path", "module", "place"),
    [
        ("/usr/bin/git", "git", "system"),
        ("/opt/homebrew/bin/git", "git", "system"),
        ("/home/ada/.local/bin/uv", "packages", "system"),
        ("/home/ada/project/.venv/bin/pytest", "build", "project"),
        ("/home/ada/project/.tox/py311/bin/python", "interpreters", "project"),
        ("/home/ada/project/node_modules/.bin/eslint", "build", "project"),
        ("/home/ada/project/.venv/bin/git", "git", ""),
        ("/home/ada/project/git", "git", ""),
        ("/home/ada/project/bin/pytest", "build", ""),
        ("/tmp/git", "git", ""),
        ("/usr/bin/../../tmp/git", "git", ""),
    ],
)
def test_places(path: str, module: str, place: str) -> None:
    from agentic.core.paths import normalised

    assert place_of(normalised(path), path.rpartition("/")[2], module, "/home/ada") == place


@pytest.mark.parametrize(
    ("text", "interpreter"),
    [
        ("#!/bin/sh -e\nx", "sh"),
        ("#!/usr/bin/env python3\nx", "python3"),
        ("#!/usr/bin/env -S A=b node --x\n", "node"),
        ("#! /bin/bash\n", "bash"),
        ("echo x", "sh"),
        ("#!", "sh"),
    ],
)
def test_shebang(text: str, interpreter: str) -> None:
    assert shebang(text)[0] == interpreter


@pytest.mark.parametrize(
    ("line", "letters", "operands"),
    [
        ("-c x y", "c", ["x", "y"]),
        ("-lc x", "lc", ["x"]),
        ("-euo pipefail -c x", "euoc", ["x"]),
        ("-o errexit -O extglob x.sh a", "oO", ["x.sh", "a"]),
        ("+x -c x", "c", ["x"]),
        ("--login --norc -c x", "c", ["x"]),
        ("-- x.sh -c", "", ["x.sh", "-c"]),
        ("-s -- a", "s", ["a"]),
        ("x.sh -c y", "", ["x.sh", "-c", "y"]),
    ],
)
def test_shell_calls(line: str, letters: str, operands: list[str]) -> None:
    call = shell_call([Word(text) for text in line.split()])
    assert call.letters == letters
    assert [word.text for word in call.operands] == operands


def test_shell_start_files() -> None:
    call = shell_call([Word("--rcfile"), Word("x"), Word("-i")])
    assert [word.text for word in call.files] == ["x"]


@pytest.mark.parametrize(
    ("upstream", "patterns"),
    [
        (["find src -name *.py"], ["src/*/*.py"]),
        (["find a b"], ["a/*", "b/*"]),
        (["git ls-files"], ["./*"]),
        (["git ls-files", "grep x", "head -5"], ["./*"]),
        (["grep -rl foo /etc"], ["/etc/*"]),
        (["ls /var/log"], ["/var/log/*"]),
        (["cat list.txt"], []),
        (["git ls-files", "sed s/a/b/"], []),
        (["frob"], []),
        ([], []),
    ],
)
def test_what_a_pipe_lists(upstream: list[str], patterns: list[str]) -> None:
    stdin = Stdin("pipe", upstream=tuple(tuple(words.split()) for words in upstream))
    assert listed(stdin) == patterns


def test_every_wrapper_is_registered() -> None:
    assert all(entry_of(name) is not None for name in WRAPPERS)
