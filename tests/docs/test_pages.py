"""Pages: links lead somewhere, named files exist, the first screen holds what it must."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "workflows").glob("*.md")]
)

_LINK = re.compile(r"\[[^\]]+\]\(([^)#]+)(?:#[^)]*)?\)")
_CODE_PATH = re.compile(
    r"`((?:agentic|tests|policies|docs|scripts|bench|demo|workflows)/[\w./-]+)`"
)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_to_files(page: Path) -> None:
    targets = [t for t in _LINK.findall(page.read_text()) if "://" not in t]
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_files_named_in_backticks_exist(page: Path) -> None:
    named = {name.rstrip("./") for name in _CODE_PATH.findall(page.read_text())}
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_the_first_screen_of_the_readme() -> None:
    screen = "\n".join((ROOT / "README.md").read_text().splitlines()[:52])
    for needed in (
        "make demo",
        "make test",
        "[AGENT MODE: STOP]",
        "| 10 |",
        "| 20 |",
        "does not do",
    ):
        assert needed in screen, needed


def test_every_make_target_of_the_documentation_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`?make ([a-z-]+)`", page.read_text())}
    assert named <= targets


def test_the_pipeline_runs_what_the_readme_says() -> None:
    assert "exec make test\n" in (ROOT / ".ci/run").read_text()
    assert "make test " in (ROOT / "README.md").read_text()


def test_actions_of_the_pipeline_are_pinned_by_commit() -> None:
    used = re.findall(r"uses: (\S+)", (ROOT / ".github/workflows/ci.yml").read_text())
    assert used
    assert [name for name in used if not re.search(r"@[0-9a-f]{40}$", name)] == []
