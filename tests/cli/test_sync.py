"""`agentic sync` as a person and a build use it: exit codes, diffs, refusals, beginnings."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Machine
from tests.instructions.sample import BODIES, repository

RELEASE = ".cursor/commands/release.md"


@pytest.fixture
def sampled(fresh: Machine) -> Machine:
    """A machine whose repository holds the sample."""
    repository(fresh.repository)
    return fresh


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of a work tree by path."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".git/" not in str(path))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_sync_then_check_then_sync_again(sampled: Machine) -> None:
    first = sampled.run("sync")
    assert first.code == 0, first.err
    assert "95 files written, 0 removed, 0 as they were" in first.out
    check = sampled.run("sync", "--check")
    assert (check.code, check.out) == (0, "95 files as they should be\n")
    before = everything(sampled.repository)
    assert sampled.run("sync").out == "0 files written, 0 removed, 95 as they were\n"
    assert everything(sampled.repository) == before


def test_check_and_dry_run_write_nothing(sampled: Machine) -> None:
    before = everything(sampled.repository)
    check = sampled.run("sync", "--check")
    assert check.code == 4
    assert "+++ b/CLAUDE.md" in check.out
    assert "95 files not as the manifest says" in check.err
    dry = sampled.run("sync", "--dry-run", "--diff")
    assert dry.code == 0
    assert "create  CLAUDE.md" in dry.out
    assert "+@AGENTS.md" in dry.out
    assert "95 files would be written" in dry.out
    assert everything(sampled.repository) == before


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda root: (root / RELEASE).write_text("mine\n"), "-mine"),
        (lambda root: (root / RELEASE).unlink(), f"+++ b/{RELEASE}"),
        (
            lambda root: (root / ".agentic/instructions/workflows/release.md").write_text("New.\n"),
            "+New.",
        ),
        (lambda root: (root / "CLAUDE.md").write_bytes((root / "QWEN.md").read_bytes()), "-@./"),
    ],
    ids=["edited", "missing", "out of date", "another file's content"],
)
def test_check_shows_what_is_not_as_it_should_be(
    change: Callable[[Path], object], shown: str, sampled: Machine
) -> None:
    sampled.run("sync")
    change(sampled.repository)
    check = sampled.run("sync", "--check")
    assert check.code == 4
    assert shown in check.out
    assert "[instructions.out-of-date]" in check.err


def test_a_hand_edit_stops_sync_and_force_keeps_a_copy(sampled: Machine) -> None:
    sampled.run("sync")
    path = sampled.repository / RELEASE
    path.write_text(path.read_text() + "what I added\n")
    before = everything(sampled.repository)
    refused = sampled.run("sync")
    assert refused.code == 4
    assert f"{RELEASE}: it was changed by hand after sync wrote it" in refused.err
    assert "move the change into `.agentic/instructions/workflows/release.md`" in refused.err
    assert "nothing was written" in refused.err
    assert everything(sampled.repository) == before
    forced = sampled.run("sync", "--force")
    assert forced.code == 0, forced.err
    assert "-what I added" in forced.err
    (kept,) = (sampled.home / ".local/state/agentic/replaced").rglob("release.md.*")
    assert kept.read_text().endswith("what I added\n")
    assert sampled.run("sync", "--check").code == 0


def test_a_persons_file_stops_sync(sampled: Machine) -> None:
    path = sampled.repository / ".claude/skills/drift-detection/SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text("mine\n")
    refused = sampled.run("sync")
    assert refused.code == 4
    assert "sync did not write it" in refused.err
    assert path.read_text() == "mine\n"
    assert not (sampled.repository / "CLAUDE.md").exists()


def test_force_does_not_follow_or_replace_links(sampled: Machine) -> None:
    outside = sampled.home / "outside.md"
    outside.write_text("theirs\n")
    (sampled.repository / "CLAUDE.md").symlink_to(outside)
    refused = sampled.run("sync", "--force")
    assert refused.code == 4
    assert "it is a symbolic link" in refused.err
    assert "--force" not in refused.err  # it would not help
    assert outside.read_text() == "theirs\n"


def test_an_invalid_manifest_is_told_with_its_place(sampled: Machine) -> None:
    path = sampled.repository / ".agentic/instructions/manifest.yaml"
    path.write_text(path.read_text().replace("mode: CONSULT", "mode: AUTO"))
    refused = sampled.run("sync")
    assert refused.code == 3
    assert "`release` says AUTO, and policy says CONSULT" in refused.err
    assert "[instructions.mode-too-low]" in refused.err
    assert refused.err.startswith(".agentic/instructions/manifest.yaml:")
    assert not (sampled.repository / "CLAUDE.md").exists()


def test_a_repositorys_stricter_policy_makes_a_mode_too_low(sampled: Machine) -> None:
    layer = sampled.repository / ".agentic/stricter.yaml"
    layer.write_text(
        "version: 1\nmodes:\n  - kinds: [kubernetes.read]\n    mode: CONSULT\n"
        "    because: this team reads clusters together\n"
    )
    refused = sampled.run("sync")
    assert refused.code == 3
    assert "`drift-detection` says AUTO, and policy says CONSULT" in refused.err
    assert "[instructions.tool-too-wide]" in refused.err


def test_no_manifest_says_how_to_begin(fresh: Machine) -> None:
    refused = fresh.run("sync")
    assert refused.code == 5
    assert "agentic sync --init" in refused.err


@pytest.mark.parametrize(
    "options",
    [
        ("--check", "--init"),
        ("--import", "--init"),
        ("--check", "--force"),
        ("--dry-run", "--force"),
        ("--host", "cursr"),
        ("--manifest", "../elsewhere.yaml"),
    ],
)
def test_contradictions_are_usage_errors(options: tuple[str, ...], machine: Machine) -> None:
    refused = machine.run("sync", *options)
    assert refused.code == 2
    assert "[usage]" in refused.err
    if "cursr" in options:
        assert "did you mean `cursor`?" in refused.err


def test_json_is_one_document(sampled: Machine) -> None:
    told = sampled.run("sync", "--check", "--json")
    assert told.code == 4
    rows = {row["path"]: row for row in told.json["files"]}
    assert rows["CLAUDE.md"]["action"] == "create"
    assert rows[RELEASE]["source"] == ".agentic/instructions/workflows/release.md"
    assert json.loads(sampled.run("sync", "--json").out)["kept"] == 0
    assert sampled.run("sync", "--check", "--json").json == {"files": [], "kept": 95}


def test_one_host_alone(sampled: Machine) -> None:
    assert sampled.run("sync", "--host", "claude-code").code == 0
    assert (sampled.repository / "CLAUDE.md").exists()
    assert not (sampled.repository / ".cursor").exists()
    assert sampled.run("sync", "--check", "--host", "claude-code").code == 0
    assert sampled.run("sync", "--check", "--host", "cursor").code == 4


def test_init_names_the_shipped_instructions_and_sync_is_clean(fresh: Machine) -> None:
    begun = fresh.run("sync", "--init", "--host", "claude-code", "--host", "codex")
    assert begun.code == 0, begun.err
    manifest = (fresh.repository / ".agentic/instructions/manifest.yaml").read_text()
    assert "source: shipped:rules/" in manifest
    synced = fresh.run("sync")
    assert synced.code == 0, synced.err
    assert fresh.run("sync", "--check").code == 0
    page = (fresh.repository / "AGENTS.md").read_text()
    assert "| `drift-detection` |" in page
    assert (fresh.repository / ".claude/skills/drift-detection/SKILL.md").exists()
    skill = fresh.repository / ".claude/skills/drift-detection/SKILL.md"
    skill.write_text(skill.read_text() + "mine\n")
    edited = fresh.run("sync")
    assert edited.code == 4
    assert "give the entry a `source` of your own" in edited.err  # what ships cannot be edited
    again = fresh.run("sync", "--init")
    assert again.code == 4
    assert "already" in again.err


def test_init_for_every_host_is_clean(fresh: Machine) -> None:
    """Every shipped body fits every host, and no shipped mode or tool contradicts policy."""
    assert fresh.run("sync", "--init").code == 0
    synced = fresh.run("sync")
    assert synced.code == 0, synced.err
    assert fresh.run("sync", "--check").code == 0


def test_init_leaves_an_agents_page_and_says_how_it_gets_tables(fresh: Machine) -> None:
    (fresh.repository / "AGENTS.md").write_text("# Mine\n")
    begun = fresh.run("sync", "--init", "--host", "cursor")
    assert begun.code == 0
    assert "has no tables yet" in begun.out
    assert fresh.run("sync").code == 0
    assert (fresh.repository / "AGENTS.md").read_text() == "# Mine\n"


def test_init_and_import_in_a_dry_run_write_nothing(fresh: Machine) -> None:
    (fresh.repository / "CLAUDE.md").write_text("# Mine\n\nAsk.\n")
    before = everything(fresh.repository)
    for option in ("--init", "--import"):
        dry = fresh.run("sync", option, "--dry-run")
        assert dry.code == 0
        assert "would be written" in dry.out
    assert everything(fresh.repository) == before


def test_import_then_force_carries_a_repository_over(fresh: Machine) -> None:
    root = fresh.repository
    (root / "CLAUDE.md").write_text("# Project\n\nRun the tests.\n")
    (root / ".cursor/rules").mkdir(parents=True)
    (root / ".cursor/rules/k8s.mdc").write_text(
        "---\nglobs: k8s/**\n---\n# K8s\n\nProbes.\nLimits.\n"
    )
    imported = fresh.run("sync", "--import")
    assert imported.code == 0, imported.err
    assert "becomes `AGENTS.md`" in imported.out
    assert fresh.run("sync").code == 4
    assert fresh.run("sync", "--force").code == 0
    assert (root / "CLAUDE.md").read_text().endswith("@AGENTS.md\n")
    assert (root / ".claude/rules/k8s.md").exists()
    assert fresh.run("sync", "--check").code == 0


def test_a_hostile_repository_configuration_of_git_runs_nothing(sampled: Machine) -> None:
    ran = sampled.home / "ran"
    script = sampled.home / "script.sh"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    root = str(sampled.repository)
    subprocess.run(["git", "-C", root, "config", "core.fsmonitor", str(script)], check=True)
    assert sampled.run("sync").code == 0
    assert not ran.exists()


def test_a_broken_repository_is_not_taken_for_one_without_local_context(sampled: Machine) -> None:
    (sampled.repository / ".git/HEAD").write_text("nonsense\n")
    refused = sampled.run("sync")
    assert refused.code == 5
    assert "[instructions.git]" in refused.err


def test_what_stands_in_a_body_cannot_steer_the_terminal(sampled: Machine) -> None:
    name = next(iter(BODIES))
    (sampled.repository / ".agentic/instructions" / name).write_text("# A\n\n\x1b]0;owned\x07\n")
    refused = sampled.run("sync")
    assert refused.code == 3
    assert "\x1b" not in refused.out + refused.err
