"""Each invariant of a manifest, broken once: its own code, the right place, nothing else wrong."""

from __future__ import annotations

import copy
import subprocess
from pathlib import Path

import pytest

from agentic.admission.judge import Judge
from agentic.errors import Diagnostic, InvalidDocument
from agentic.instructions.engine import prepared
from agentic.instructions.sources import read_corpus
from tests.instructions.broken import CASES, FOLDER, Broken
from tests.instructions.sample import BODIES, CONTENT, MANIFEST, write_manifest


def broken_sample(root: Path, case: Broken) -> None:
    """Break the sample as a case says."""
    content = copy.deepcopy(CONTENT)
    case.change(content, root)
    write_manifest(root, content)


def diagnostics(root: Path, judge: Judge) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with a repository's instructions."""
    try:
        prepared(str(root), judge)
    except InvalidDocument as invalid:
        return invalid.diagnostics
    return ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_broken_invariant_has_its_own_diagnostic(case: Broken, root: Path, judge: Judge) -> None:
    broken_sample(root, case)
    found = diagnostics(root, judge)
    assert {d.code for d in found} == {f"instructions.{case.code}"}, found
    told = found[0]
    assert case.says in told.message
    assert told.where.startswith(case.where), told.where
    assert case.helps in told.help
    assert told.message == told.message.strip().rstrip(".")
    assert "\n" not in told.message


def test_the_sample_itself_is_in_order(root: Path, judge: Judge) -> None:
    assert diagnostics(root, judge) == ()


def test_nothing_is_written_while_one_thing_is_wrong(root: Path, judge: Judge) -> None:
    broken_sample(root, CASES[0])
    before = sorted(path for path in root.rglob("*") if ".git/" not in str(path))
    assert diagnostics(root, judge)
    assert before == sorted(path for path in root.rglob("*") if ".git/" not in str(path))


def test_every_problem_is_told_at_once(root: Path, judge: Judge) -> None:
    content = copy.deepcopy(CONTENT)
    content["rules"][0]["id"] = "Bad Id"
    content["skills"][0]["mode"] = "STOP"
    content["workflows"][0]["operations"] = ["helm.aply"]
    write_manifest(root, content)
    codes = [d.code.removeprefix("instructions.") for d in diagnostics(root, judge)]
    assert codes == ["id", "mode-too-high", "unknown-kind"]


def test_a_place_is_the_line_of_the_word(root: Path, judge: Judge) -> None:
    content = copy.deepcopy(CONTENT)
    content["skills"][0]["operations"][1] = "kubernetes.reed"
    write_manifest(root, content)
    (told,) = diagnostics(root, judge)
    _, line, column = told.where.rsplit(":", 2)
    text = (root / MANIFEST).read_text().splitlines()[int(line) - 1]
    assert text[int(column) - 1 :] == "kubernetes.reed"


def test_two_nested_agents_files_count_together(root: Path, judge: Judge) -> None:
    for name in ("services/AGENTS.md", "services/churn/AGENTS.md"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("word\n" * 3300)
        subprocess.run(["git", "-C", str(root), "add", name], check=True)
    (told,) = diagnostics(root, judge)
    assert "down to `services/churn/AGENTS.md`" in told.message
    assert told.code == "instructions.too-large"


def test_every_body_is_read(root: Path) -> None:
    corpus = read_corpus(str(root))
    assert {item.name for item in corpus.items} == {f"{FOLDER}/{name}" for name in BODIES}
