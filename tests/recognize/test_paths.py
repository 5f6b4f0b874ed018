"""What paths become: links, governed state, remote machines, taught classes, computed parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.recognize import path_tables, paths
from agentic.recognize.interface import Facts, Word
from tests.fakes import FACTS, ROOT, FakeWorkspace

ACTIONS = ("read", "read-tree", "write", "write-tree", "delete", "delete-tree", "permissions")


def kinds_of(
    action: str,
    text: str,
    workspace: FakeWorkspace | None = None,
    *,
    literal: bool = True,
    glob: bool = False,
    facts: Facts = FACTS,
    content: str | None = None,
    remote: str = "",
    cwd: str = ROOT,
) -> set[str]:
    found = paths.operations(
        action, Word(text, literal, glob), cwd, workspace or FakeWorkspace(), facts, content, remote
    )
    return {row[0] for row in found}


# Links


def test_both_the_link_and_its_target_count() -> None:
    workspace = FakeWorkspace(links={f"{ROOT}/notes": "/etc/shadow"})
    assert kinds_of("read", "notes", workspace) == {"file.read", "file.read-secret"}


def test_a_link_into_the_governed_folder_is_seen_through() -> None:
    workspace = FakeWorkspace(links={f"{ROOT}/conf": f"{ROOT}/.claude"})
    assert "governance.change" in kinds_of("write", "conf/settings.json", workspace)


def test_removing_a_link_removes_the_link_only() -> None:
    workspace = FakeWorkspace(links={f"{ROOT}/.venv": "/home/ada/venvs/x"})
    assert kinds_of("delete-tree", ".venv", workspace) == {"file.clean-build"}
    assert "file.delete-outside" in kinds_of("delete-tree", ".venv/", workspace)


def test_a_folder_on_the_way_is_followed_when_deleting() -> None:
    workspace = FakeWorkspace(links={f"{ROOT}/out": "/home/ada/other"})
    assert "file.delete-outside" in kinds_of("delete", "out/a.txt", workspace)


def test_a_root_behind_a_link_is_still_the_workspace() -> None:
    workspace = FakeWorkspace(links={"/home/ada": "/mnt/home/ada"})
    assert kinds_of("write", "a.py", workspace) == {"file.write"}


# Roots, home, state


@pytest.mark.parametrize("text", [".", "..", "/", "~", "/home", "./", "src/.."])
def test_deleting_what_holds_the_workspace_disables_the_governance(text: str) -> None:
    assert "governance.disable" in kinds_of("delete-tree", text)


def test_a_second_root_is_workspace_too() -> None:
    workspace = FakeWorkspace(roots=(ROOT, "/home/ada/second"))
    assert kinds_of("write", "/home/ada/second/a.py", workspace) == {"file.write"}
    assert kinds_of("write", "/home/ada/second/.agentic/x.yaml", workspace) == {"governance.change"}


def test_the_state_folder_is_governed_in_any_case() -> None:
    assert kinds_of("write", "/home/ada/.local/state/AGENTIC/grants") == {"governance.change"}


def test_a_journal_elsewhere_is_an_ordinary_file() -> None:
    assert kinds_of("write", "src/ops/audit.jsonl") == {"file.write"}


def test_temporary_folder_of_the_session() -> None:
    workspace = FakeWorkspace(variables={"TMPDIR": "/scratch/ada"})
    assert kinds_of("write", "/scratch/ada/x", workspace) == {"file.write-temporary"}


@pytest.mark.parametrize("folder", ["/", "/home/ada", "/home"])
def test_a_careless_temporary_folder_frees_nothing(folder: str) -> None:
    workspace = FakeWorkspace(variables={"TMPDIR": folder})
    assert kinds_of("delete-tree", "/home/ada/Documents", workspace) == {"file.delete-outside"}


def test_a_folder_of_the_search_path_is_sensitive() -> None:
    workspace = FakeWorkspace(variables={"PATH": "/usr/bin:/data/tools"})
    assert kinds_of("write", "/data/tools/git", workspace) == {"file.write-sensitive"}
    assert kinds_of("write", "/data/other/git", workspace) == {"file.write-outside"}


# Another machine


def test_nothing_is_the_workspace_on_another_machine() -> None:
    assert kinds_of("write", "a.py", remote="host") == {"file.write-outside"}
    assert kinds_of("delete", "a.py", remote="host") == {"file.delete-outside"}
    assert kinds_of("write", "/tmp/a", remote="host") == {"file.write-temporary"}
    assert kinds_of("read", "~/.ssh/id_rsa", remote="host") == {"file.read-secret"}


# Taught classes


def test_policy_adds_a_class_and_takes_none_away() -> None:
    facts = FACTS._replace(paths=(("keys/*", "secret"), ("*.md", "build")))
    assert kinds_of("read", "keys/a.txt", facts=facts) == {"file.read-secret"}
    assert kinds_of("delete", ".env", facts=facts) == {"file.write-secret"}
    assert kinds_of("write", ".agentic/notes.md", facts=facts) == {"governance.change"}


def test_every_class_and_area_uses_kinds_of_the_catalogue(catalogue: set[str]) -> None:
    tables = (*path_tables.AREAS.values(), *path_tables.CLASSES.values())
    assert {kind for table in tables for kind in table.values()} <= catalogue


def test_every_tree_names_a_class() -> None:
    named = {row[2] for rows in path_tables.TREES.values() for row in rows}
    named |= set(path_tables.NAMES.values()) | {row[1] for row in path_tables.STEMS}
    assert named <= set(path_tables.CLASSES)


# Contents


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"a": "${TOKEN}"}', "mcp.install-server"),
        ('{"a": "Bearer ${TOKEN}"}', "mcp.install-server"),
        ('{"a": "Bearer abcdef"}', "mcp.install-server-privileged"),
        ('{"a": "github_pat_11AAAA"}', "mcp.install-server-privileged"),
        (None, "mcp.install-server"),
    ],
)
def test_a_server_with_a_token_is_privileged(content: str | None, kind: str) -> None:
    assert kinds_of("write", ".mcp.json", content=content) == {kind}


# Spellings


@pytest.mark.parametrize(
    "text",
    [
        ".claude/settings.json",
        "./.claude/./settings.json",
        "src/../.claude/settings.json",
        f"{ROOT}//.claude///settings.json",
        ".CLAUDE/SETTINGS.JSON",
        ".claude./settings.json.",
        ".cl\u200caude/settings.json",
        "/proc/self/cwd/.claude/settings.json",
        f"/proc/1/root{ROOT}/.claude/settings.json",
        f"/proc/self/root/proc/self/root{ROOT}/.claude/settings.json",
        "~/project/.claude/settings.json",
    ],
)
def test_the_settings_are_found_in_every_spelling(text: str) -> None:
    assert "governance.change" in kinds_of("write", text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("$HOME/.bashrc", "file.write-sensitive"),
        ("${HOME}/.bashrc", "file.write-sensitive"),
        ("$PWD/a.py", "file.write"),
        ("$TMPDIR/a", "file.write-temporary"),
        ("/tmp/$NAME", "file.write-temporary"),
        ("src/$(date).txt", "file.write"),
        ("src/`date`.txt", "file.write"),
    ],
)
def test_a_computed_tail_leaves_the_folder_in_charge(text: str, kind: str) -> None:
    assert kinds_of("write", text, literal=False) == {kind}


def test_a_computed_beginning_is_unknown_and_its_tail_still_counts() -> None:
    assert kinds_of("write", "$DIR/a.py", literal=False) == {"unknown.shell", "file.write"}
    assert kinds_of("read", "$DIR/.env", literal=False) == {"unknown.shell", "file.read-secret"}
    assert "unknown.shell" in kinds_of("write", "src/$X/../../a", literal=False)


def test_a_literal_dollar_is_a_letter() -> None:
    assert kinds_of("write", "$HOME/a") == {"file.write"}


def test_braces_are_a_wildcard() -> None:
    assert "file.read-secret" in kinds_of("read", ".e{nv,x}", literal=False)


def test_wildcards_are_looked_up_where_they_stand() -> None:
    workspace = FakeWorkspace({f"{ROOT}/a/x.txt": b"", f"{ROOT}/b/server.key": b""})
    assert kinds_of("read", "*/*", workspace, literal=False, glob=True) == {
        "file.read",
        "file.read-secret",
    }


def test_an_overlay_behind_a_wildcard_is_looked_up() -> None:
    workspace = FakeWorkspace({f"{ROOT}/k8s/overlays/prod/a.yaml": b""})
    found = kinds_of("write", "k8s/overlays/*/a.yaml", workspace, literal=False, glob=True)
    assert "file.write-manifest" in found


# Robustness

_TEXT = st.text(alphabet="./~*?[]{}$()`aBc\u200d\0 -:", max_size=24)


@given(
    action=st.sampled_from(ACTIONS),
    text=_TEXT,
    literal=st.booleans(),
    glob=st.booleans(),
    remote=st.sampled_from(("", "host")),
)
def test_any_text_is_judged_and_nothing_raises(
    action: str, text: str, literal: bool, glob: bool, remote: str
) -> None:
    found = kinds_of(action, text, literal=literal, glob=glob, remote=remote)
    assert all(kind.count(".") == 1 for kind in found)


@given(text=_TEXT)
def test_deleting_is_never_silent(text: str) -> None:
    if absolute_is_inert(text):
        return
    assert kinds_of("delete-tree", text)


def absolute_is_inert(text: str) -> bool:
    path = paths.absolute(text, ROOT, "/home/ada")
    return path.startswith(("/dev/", "/proc/"))


def test_actions_are_those_of_the_areas() -> None:
    assert set(ACTIONS) == set(path_tables.AREAS["workspace"])


def test_a_folder_that_happens_to_be_called_agentic_is_no_governance() -> None:
    home = "/srv/agentic/ada"
    workspace = FakeWorkspace(
        home=home, roots=(home + "/churn",), governed=(home + "/.local/state/agentic",)
    )
    assert kinds_of("write", home + "/.bashrc", workspace=workspace) == {"file.write-sensitive"}
