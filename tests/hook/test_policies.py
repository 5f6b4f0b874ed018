"""A workspace's or the organisation's policy files in every bad shape: nothing is ever looser for it.

A layer that cannot be read leaves reading alone and holds everything else. Each row goes through the
command that `agentic init` wrote.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agentic.authoring.sources import MAX_FILE_BYTES, MAX_FILES
from tests.hook.machine import (
    ALLOW,
    ASK,
    DENY,
    HELD,
    NONE,
    POWERLESS,
    REFUSED_LINE,
    Guarded,
)

STRICTER = (
    "version: 1\nmodes:\n  - {kinds: [git.commit], mode: STOP, because: this branch is frozen}\n"
)


def words(guarded: Guarded, *commands: str) -> list[str]:
    """The answers to some commands, as somebody to whom file modes apply."""
    calls = [guarded.payload(command) for command in commands]
    return [guarded.ask(call, before=POWERLESS).word for call in calls]


def assert_only_reading_runs(guarded: Guarded) -> None:
    """What an unreadable layer leaves: reading; whatever is more waits for a person."""
    reading, writing, dangerous = words(guarded, "git status", "git commit -m x", REFUSED_LINE)
    assert reading == ALLOW
    assert writing in HELD
    assert dangerous == DENY
    assert guarded.verified().problems == ()


def test_without_a_layer_a_commit_is_left_to_the_host(guarded: Guarded) -> None:
    """What the rows below are compared with."""
    assert words(guarded, "git commit -m x") == [NONE]


TEXTS: dict[str, bytes] = {
    "not-yaml": b"modes: [\n  - {kinds: [git.push\n",
    "a-tab": b"version: 1\nmodes:\n\t- kinds: [git.push]\n",
    "a-scalar": b"just a sentence\n",
    "a-list": b"- version: 1\n",
    "no-version": b"modes: []\n",
    "another-version": b"version: 99\n",
    "unknown-key": b"version: 1\nmodez: []\n",
    "unknown-operation": b"version: 1\nmodes:\n"
        b"  - {kinds: [git.pusch], mode: STOP, because: we look at pushes}\n",
    "unknown-mode": b"version: 1\nmodes:\n"
        b"  - {kinds: [git.push], mode: MAYBE, because: we look at pushes}\n",
    "no-because": b"version: 1\nmodes:\n  - {kinds: [git.push], mode: STOP}\n",
    "duplicate-key": b"version: 1\nversion: 1\n",
    "duplicate-rule": b"version: 1\nmodes:\n" + 2 * (
        b"  - {id: a.rule, kinds: [git.push], mode: STOP, because: we look at pushes}\n"),
    "two-documents": b"version: 1\n---\nversion: 1\n",
    "an-object-tag": b"version: 1\nmodes: !!python/object/apply:os.system ['touch owned']\n",
    "an-alias-bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9)) for n in range(97, 110)),
    "deep": b"version: 1\nmodes: " + b"[" * 20_000,
    "invalid-utf-8": b"version: 1\n# \xff\xfe\n",
    "a-nul": b"version: 1\n\0\n",
    "noise": bytes(range(256)) * 16,
    "too-large": b"version: 1\n#" + b"x" * MAX_FILE_BYTES,
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_workspace_policy_that_is_not_valid_holds_all_but_reading(
    guarded: Guarded, text: bytes
) -> None:
    folder = guarded.project / ".agentic"
    folder.mkdir()
    (folder / "policy.yaml").write_bytes(text)
    assert_only_reading_runs(guarded)
    assert not (guarded.project / "owned").exists()


def many(folder: Path) -> None:
    for number in range(MAX_FILES + 1):
        (folder / f"{number}.yaml").write_text("version: 1\n")


def in_place_of(folder: Path, make: Callable[[Path], object]) -> None:
    folder.rmdir()
    make(folder)


def linked(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere/policy.yaml").write_text("version: 1\n")
    folder.symlink_to(folder.parent / "elsewhere")


FILES: dict[str, Callable[[Path], object]] = {
    "a-pipe": lambda folder: os.mkfifo(folder / "policy.yaml"),
    "a-folder": lambda folder: (folder / "policy.yaml").mkdir(),
    "a-link": lambda folder: (folder / "policy.yaml").symlink_to("/etc/hostname"),
    "a-dangling-link": lambda folder: (folder / "policy.yaml").symlink_to("nothing"),
    "a-device": lambda folder: (folder / "policy.yaml").symlink_to("/dev/zero"),
    "no-permission": lambda folder: (folder / "policy.yaml").touch(0),
    "too-many": many,
    "the-folder-is-closed": lambda folder: folder.chmod(0),
    "the-folder-is-a-file": lambda folder: in_place_of(folder, Path.touch),
    "the-folder-is-a-pipe": lambda folder: in_place_of(folder, os.mkfifo),
    "the-folder-is-a-link": lambda folder: in_place_of(folder, linked),
    "the-folder-is-a-dangling-link": lambda folder: in_place_of(
        folder, lambda path: path.symlink_to("nothing")
    ),
}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_a_workspace_policy_that_cannot_be_read_holds_all_but_reading(
    guarded: Guarded, make: Callable[[Path], object]
) -> None:
    folder = guarded.project / ".agentic"
    folder.mkdir()
    make(folder)
    assert_only_reading_runs(guarded)
    if folder.is_dir() and not folder.is_symlink():
        folder.chmod(0o700)  # so that it can be taken away


@pytest.mark.parametrize("name", ["not-yaml", "unknown-operation", "too-large"])
def test_the_organisations_policy_is_held_to_the_same(guarded: Guarded, name: str) -> None:
    folder = guarded.home / ".config/agentic"
    folder.mkdir(parents=True)
    (folder / "policy.yaml").write_bytes(TEXTS[name])
    assert_only_reading_runs(guarded)


def test_a_person_is_told_what_is_wrong_and_how_to_mend_it(guarded: Guarded) -> None:
    folder = guarded.project / ".agentic"
    folder.mkdir()
    for name in ("unknown-operation", "duplicate-rule", "not-yaml"):
        (folder / f"{name}.yaml").write_bytes(TEXTS[name])
    told = guarded.agentic("policy", "check")
    assert told.code == 3
    assert "did you mean `git.push`?" in told.err
    assert "unknown-operation.yaml:3:" in told.err
    assert "duplicate-rule.yaml:4:" in told.err
    assert "not-yaml.yaml:" in told.err
    shutil.rmtree(folder)
    assert words(guarded, "git commit -m x") == [NONE]


# Looser, or not trusted

LOOSER = {
    "modes": "modes:\n  - {kinds: [code.execute-remote, unknown.program, git.discard], mode: AUTO, "
    "because: we trust it here}\n",
    "programs": "programs:\n  - {program: frobnicate, kind: shell.inert, because: it only prints}\n",
    "settings": "settings: {auto_reply: allow, assurance: {production: local}}\n",
    "workspace": "workspace: {also: [/etc]}\n",
    "environments": "environments:\n  - {name: dev, words: [prod, production], because: it is a sandbox}\n",
    "everything": "",
}
LOOSER["everything"] = "".join(LOOSER.values())


@pytest.mark.parametrize("text", LOOSER.values(), ids=LOOSER)
def test_a_looser_workspace_policy_loosens_nothing(guarded: Guarded, text: str) -> None:
    commands = (REFUSED_LINE, "frobnicate", "git reset --hard", "git commit -m x", "touch /etc/x",
                "terraform apply -var-file=production.tfvars")  # fmt: skip
    expected = words(guarded, *commands)
    assert expected == [DENY, ASK, ASK, NONE, DENY, DENY]
    folder = guarded.project / ".agentic"
    folder.mkdir()
    (folder / "policy.yaml").write_text("version: 1\n" + text)
    found = words(guarded, *commands)
    strictness = (ALLOW, NONE, ASK, DENY).index
    assert [w for w, e in zip(found, expected, strict=True) if strictness(w) < strictness(e)] == []
    # A mode that is looser than the one in force is a mistake in the layer, not just ignored.
    assert (found == expected) is ("modes" not in text)


def test_a_stricter_workspace_policy_counts_at_once(guarded: Guarded) -> None:
    """The opposite case: the layer is read, and what tightens needs nobody's trust."""
    folder = guarded.project / ".agentic"
    folder.mkdir()
    (folder / "policy.yaml").write_text(STRICTER)
    assert words(guarded, "git commit -m x") == [DENY]


def test_what_a_person_trusted_stays_when_it_vanishes(guarded: Guarded) -> None:
    folder = guarded.project / ".agentic"
    folder.mkdir()
    (folder / "policy.yaml").write_text(STRICTER)
    assert guarded.agentic("policy", "trust", "--yes").code == 0
    for text in ("version: 1\n", "modes: [", ""):
        (folder / "policy.yaml").write_text(text)
        assert words(guarded, "git commit -m x") == [DENY]
    shutil.rmtree(folder)
    assert words(guarded, "git commit -m x") == [DENY]


def test_a_policy_file_that_vanishes_while_it_is_read(guarded: Guarded) -> None:
    """Whether the hook sees it or not: never an answer that is looser than one of the two."""
    folder = guarded.project / ".agentic"
    folder.mkdir()
    flicker = 'while :; do printf "%s" "$1" > "$2"; rm -f "$2"; done'
    path = str(folder / "policy.yaml")
    with subprocess.Popen(["/bin/sh", "-c", flicker, "flicker", STRICTER, path]) as flickering:
        try:
            answers = words(guarded, *["git commit -m x", REFUSED_LINE] * 12)
        finally:
            flickering.kill()
    assert set(answers[0::2]) <= {NONE, *HELD}
    assert set(answers[1::2]) == {DENY}
    assert guarded.verified().problems == ()
