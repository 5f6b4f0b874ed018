"""What sync does to files that are there already: its own, a person's, changed ones, copies, links."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest

from agentic.admission.judge import Judge
from agentic.errors import InvalidDocument, Unavailable
from agentic.instructions.engine import prepared
from agentic.instructions.plan import Step, apply, changes, in_the_way
from agentic.instructions.tree import UNFINISHED
from tests.instructions.generated import synced
from tests.instructions.sample import BODIES, CONTENT, write_manifest

RULE = ".cursor/rules/02-kubernetes.mdc"


def actions(root: Path, judge: Judge, *hosts: str) -> dict[str, str]:
    """Every step but what is kept: path -> action."""
    steps = prepared(str(root), judge, hosts=hosts).steps
    return {step.path: step.action for step in steps if step.action != "keep"}


def test_a_second_sync_changes_nothing(root: Path, judge: Judge) -> None:
    first = synced(root, judge)
    times = {path: (root / path).stat().st_mtime_ns for path in first}
    assert actions(root, judge) == {}
    assert synced(root, judge) == first
    assert times == {path: (root / path).stat().st_mtime_ns for path in first}


def test_a_changed_body_updates_its_files_only(root: Path, judge: Judge) -> None:
    synced(root, judge)
    (root / ".agentic/instructions/rules/02-kubernetes.md").write_text("# New\n\nOther text.\n")
    found = actions(root, judge)
    assert set(found.values()) == {"update"}
    assert all("02-kubernetes" in path for path in found)
    assert RULE in found


def test_an_edited_file_is_in_the_way(root: Path, judge: Judge) -> None:
    synced(root, judge)
    with (root / RULE).open("a") as file:
        file.write("mine\n")
    assert actions(root, judge) == {RULE: "edited"}


@pytest.mark.parametrize("path", [RULE, ".claude/commands/release.md", ".mcp.json.example"])
def test_a_persons_file_is_in_the_way(path: str, root: Path, judge: Judge) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("what I wrote\n")
    steps = prepared(str(root), judge).steps
    assert [step.path for step in in_the_way(steps)] == [path]
    assert in_the_way(steps)[0].action == "foreign"


def test_a_stale_file_is_removed_with_its_folders(root: Path, judge: Judge) -> None:
    synced(root, judge)
    content = copy.deepcopy(CONTENT)
    content["skills"] = []
    content["hosts"] = ["claude-code"]
    write_manifest(root, content)
    (root / "AGENTS.md").write_text(
        (root / "AGENTS.md").read_text().replace("one skill", "no skill")
    )
    found = actions(root, judge)
    assert found[".claude/skills/drift-detection/SKILL.md"] == "remove"
    assert found[RULE] == "remove"
    assert found["GEMINI.md"] == "remove"
    synced(root, judge)
    assert not (root / ".claude/skills/drift-detection").exists()
    assert not (root / ".cursor").exists()
    assert not (root / ".agents").exists()
    assert (root / ".claude/rules/02-kubernetes.md").exists()


def test_a_stale_file_that_was_edited_is_not_removed(root: Path, judge: Judge) -> None:
    synced(root, judge)
    (root / "GEMINI.md").write_text((root / "GEMINI.md").read_text() + "mine\n")
    content = copy.deepcopy(CONTENT)
    content["hosts"] = [host for host in CONTENT["hosts"] if host != "gemini-cli"]  # type: ignore[attr-defined]
    write_manifest(root, content)
    assert actions(root, judge)["GEMINI.md"] == "edited"


def test_a_persons_own_file_beside_ours_is_left_alone(root: Path, judge: Judge) -> None:
    path = root / ".claude/skills/mine/SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text("---\nname: mine\n---\nSomething else entirely.\n")
    synced(root, judge)
    assert actions(root, judge) == {".claude/skills/mine/SKILL.md": "unmanaged"}
    assert path.read_text().endswith("Something else entirely.\n")


@pytest.mark.parametrize(
    "path", [".windsurf/rules/k8s.md", ".cursor/rules/old.mdc", ".cursorrules"]
)
def test_a_hand_kept_copy_is_in_the_way(path: str, root: Path, judge: Judge) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    body = "# Kubernetes\n\nEvery container has probes and limits.\nOne more line.\n"
    (root / ".agentic/instructions/rules/02-kubernetes.md").write_text(body)
    (root / path).write_text(f"---\ntrigger: always_on\n---\n{body}\n")
    found = [step for step in prepared(str(root), judge).steps if step.path == path]
    assert [step.action for step in found] == ["copy"]
    assert "rules/02-kubernetes.md" in found[0].why


@pytest.mark.parametrize("path", [".cursorrules", "CLAUDE.md"])
def test_a_copy_of_agents_is_in_the_way(path: str, root: Path, judge: Judge) -> None:
    (root / path).write_text("# Instructions\n\nAsk before acting.\n\nSee AGENTS.md.\n")
    agents = (root / "AGENTS.md").read_text().replace("acting.\n", "acting.\n\nSee AGENTS.md.\n", 1)
    (root / "AGENTS.md").write_text(agents)
    assert actions(root, judge)[path] == "copy"


@pytest.mark.parametrize(
    "text", ["@AGENTS.md\n", "# Mine\n\n@./AGENTS.md\n\nAnd this.\n", "See AGENTS.md.\n"]
)
def test_a_persons_pointer_is_as_good_as_ours(text: str, root: Path, judge: Judge) -> None:
    (root / "CLAUDE.md").write_text(text)
    synced(root, judge)
    assert (root / "CLAUDE.md").read_text() == text
    assert actions(root, judge) == {}


def test_a_link_to_agents_is_a_pointer(root: Path, judge: Judge) -> None:
    (root / "CLAUDE.md").symlink_to("AGENTS.md")
    synced(root, judge)
    assert (root / "CLAUDE.md").is_symlink()
    assert actions(root, judge) == {}


def test_any_other_link_is_in_the_way(root: Path, judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("theirs\n")
    (root / "CLAUDE.md").symlink_to(tmp_path / "outside.md")
    assert actions(root, judge)["CLAUDE.md"] == "link"


@pytest.mark.parametrize("folder", [".claude", ".cursor/rules", ".agents"])
def test_a_linked_folder_stops_everything(
    folder: str, root: Path, judge: Judge, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / folder).parent.mkdir(parents=True, exist_ok=True)
    (root / folder).symlink_to(outside)
    with pytest.raises(Unavailable) as told:
        prepared(str(root), judge)
    assert told.value.code == "instructions.link"
    assert os.listdir(outside) == []


def test_a_linked_body_is_not_followed(root: Path, judge: Judge, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("theirs\n")
    body = root / ".agentic/instructions/rules/02-kubernetes.md"
    body.unlink()
    body.symlink_to(secret)
    with pytest.raises(Exception, match="symbolic link"):
        prepared(str(root), judge)


def test_one_host_alone(root: Path, judge: Judge) -> None:
    found = actions(root, judge, "cursor")
    assert found
    assert all(p.startswith((".cursor/", ".agents/skills/")) or p == "AGENTS.md" for p in found)
    apply(str(root), prepared(str(root), judge, hosts=["cursor"]).steps)
    assert not (root / "CLAUDE.md").exists()


def test_what_a_killed_run_left_is_taken_away(root: Path, judge: Judge) -> None:
    synced(root, judge)
    left = [root / ".claude/rules" / UNFINISHED, root / UNFINISHED, root / ".vscode" / UNFINISHED]
    for path in left:
        path.write_text("half a fi")
    assert set(actions(root, judge).values()) == {"remove"}
    synced(root, judge)
    assert not any(path.exists() for path in left)
    assert (root / "CLAUDE.md").exists()


def test_a_file_that_changes_meanwhile_is_not_overwritten(root: Path, judge: Judge) -> None:
    steps = prepared(str(root), judge).steps
    (root / "CLAUDE.md").write_text("somebody was faster\n")
    with pytest.raises(Unavailable) as told:
        apply(str(root), steps)
    assert told.value.code == "instructions.changed"
    assert (root / "CLAUDE.md").read_text() == "somebody was faster\n"


def test_only_the_tables_of_agents_change(root: Path, judge: Judge) -> None:
    page = root / "AGENTS.md"
    page.write_text("before\n\n" + page.read_text() + "\nafter: `code`\n")
    synced(root, judge)
    text = page.read_text()
    assert text.startswith("before\n\n# Instructions\n")
    assert text.endswith("\nafter: `code`\n")
    assert actions(root, judge) == {}


def test_a_diff_shows_control_characters_and_both_sides() -> None:
    step = Step("a.md", "update", b"old\n\x1b[2J\n", b"new\n")
    assert step.diff().split("\n")[:6] == [
        "--- a/a.md",
        "+++ b/a.md",
        "@@ -1,2 +1 @@",
        "-old",
        "-\\x1b[2J",
        "+new",
    ]
    assert "-\\ no newline" in Step("a.md", "update", b"a", b"a\n").diff()
    assert "/dev/null" in Step("a.md", "create", None, b"new\n").diff()
    assert "/dev/null" in Step("a.md", "remove", b"old\n", None).diff()


def test_windows_line_ends_in_a_body_make_the_same_files(root: Path, judge: Judge) -> None:
    first = synced(root, judge)
    for name, text in BODIES.items():
        (root / ".agentic/instructions" / name).write_bytes(text.replace("\n", "\r\n").encode())
    assert changes(prepared(str(root), judge).steps) == ()
    assert synced(root, judge) == first


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_windows_line_ends_in_agents_stay_and_its_tables_take_them(
    mark: str, root: Path, judge: Judge
) -> None:
    page = root / "AGENTS.md"
    page.write_bytes((mark + page.read_text().replace("\n", "\r\n")).encode())
    apply(str(root), prepared(str(root), judge).steps)
    data = page.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") > 10
    assert b"drift-detection" in data
    assert changes(prepared(str(root), judge).steps) == ()


def test_a_byte_order_mark_in_a_body_makes_the_same_files(root: Path, judge: Judge) -> None:
    before = prepared(str(root), judge).steps
    body = root / ".agentic/instructions/workflows/release.md"
    body.write_bytes(b"\xef\xbb\xbf" + body.read_bytes())
    assert prepared(str(root), judge).steps == before


def test_an_empty_file_holds_nothing_to_lose(root: Path, judge: Judge) -> None:
    (root / "CLAUDE.md").write_bytes(b"")
    assert actions(root, judge)["CLAUDE.md"] == "update"


def test_a_host_that_the_manifest_does_not_have_is_an_error(root: Path, judge: Judge) -> None:
    content = copy.deepcopy(CONTENT)
    content["hosts"].remove("cursor")
    write_manifest(root, content)
    with pytest.raises(InvalidDocument, match="`cursor` is not among the manifest's hosts"):
        prepared(str(root), judge, hosts=("cursor",))
