import pytest

from agentic.recognize.programs.forge_api import api  # noqa: F401 - the module loads by itself
from agentic.recognize.programs.git import _READ, SUBCOMMAND_MODULES, split_alias
from agentic.recognize.programs.git_repository import parse_config
from agentic.recognize.programs.git_settings import is_harmless_command
from agentic.recognize.programs.git_worktree import patched_paths
from agentic.recognize.programs.github import job_environments
from tests.fakes import ROOT, FakeWorkspace, kinds, recognised_words


def test_configuration_is_read_with_subsections_quotes_comments_and_continuations() -> None:
    text = (
        "[core]\n\tbare = false ; a comment\n\tflag\n"
        '[remote "or.igin"]\n\turl = "a # b" # c\n'
        '[alias]\n\tx = one \\\n two\n\ty = "!sh -c \\"id\\""\n'
    )
    assert parse_config(text) == [
        ("core.bare", "false"),
        ("core.flag", "true"),
        ("remote.or.igin.url", "a # b"),
        ("alias.x", "one two"),
        ("alias.y", '!sh -c "id"'),
    ]


def test_configuration_without_a_section_holds_nothing() -> None:
    assert parse_config("a = b\n\0\n[") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log --oneline", ["log", "--oneline"]),
        ("commit -m 'a b'", ["commit", "-m", "a b"]),
        ('x "a \\" b" c\\ d', ["x", 'a " b', "c d"]),
        ("", []),
        ("''", [""]),
    ],
)
def test_an_alias_is_cut_like_git_cuts_it(text: str, expected: list[str]) -> None:
    assert split_alias(text) == expected


def test_a_patch_names_every_file_that_it_touches() -> None:
    text = (
        "diff --git a/old b/new\nrename from old\nrename to new\n"
        "--- /dev/null\n+++ b/made\n"
        "diff --git a/bin b/bin\nGIT binary patch\n"
        "--- a/spaced name\t2026-01-01\n+++ b/spaced name\t2026-01-01\n"
    )
    assert patched_paths(text) == ["new", "old", "made", "bin", "spaced name"]


@pytest.mark.parametrize("text", ["cat", "", "true", "less -FRX", "code --wait", "vim"])
def test_some_commands_only_show_text(text: str) -> None:
    assert is_harmless_command(text)


@pytest.mark.parametrize("text", ["cat; id", "less -x `id`", "evil", "code --wait | sh", "cat > x"])
def test_a_command_with_more_in_it_is_not_harmless(text: str) -> None:
    assert not is_harmless_command(text)


def test_environments_of_a_workflow_are_told_from_its_inputs() -> None:
    text = (
        "on:\n  workflow_dispatch:\n    inputs:\n      environment:\n        type: choice\n"
        "jobs:\n  a:\n    environment: production # why\n"
        "  b:\n    environment:\n      name: 'staging'\n      url: x\n"
        "  c:\n    environment: ${{ inputs.environment }}\n"
    )
    assert job_environments(text) == ["production", "staging", "${{ inputs.environment }}"]


def test_no_subcommand_is_both_reading_and_judged_elsewhere() -> None:
    assert not _READ & set(SUBCOMMAND_MODULES)


@pytest.mark.parametrize("name", sorted(SUBCOMMAND_MODULES))
def test_every_listed_subcommand_has_a_handler(name: str) -> None:
    found = kinds(recognised_words(["git", name]))
    assert found
    assert "unknown.fault" not in found


def test_a_linked_work_tree_knows_its_branch_and_shares_settings() -> None:
    main = "/home/ada/main/.git"
    files = {
        ROOT + "/.git": f"gitdir: {main}/worktrees/w\n".encode(),
        f"{main}/worktrees/w/HEAD": b"ref: refs/heads/feature\n",
        f"{main}/worktrees/w/commondir": b"../..\n",
        f"{main}/config": b"[alias]\n\tship = push --force origin main\n",
        f"{main}/packed-refs": b"# pack-refs\nabc refs/heads/feature\n",
    }
    workspace = FakeWorkspace(files)
    assert kinds(recognised_words("git push", workspace=workspace)) == ["git.push"]
    assert kinds(recognised_words("git ship", workspace=workspace)) == ["git.force-push-protected"]


def test_a_detached_head_counts_as_protected() -> None:
    workspace = FakeWorkspace({ROOT + "/.git/HEAD": b"0123456789\n"})
    assert kinds(recognised_words("git push", workspace=workspace)) == ["git.push-protected"]


def test_an_uncertain_switch_keeps_both_branches_possible() -> None:
    files = {ROOT + "/.git/HEAD": b"ref: refs/heads/main\n"}
    from agentic.core.values import ToolCall
    from agentic.recognize.recognize import recognize
    from tests.fakes import FACTS

    call = ToolCall("shell", {"command": "git checkout gone; git push"}, ROOT)
    found = kinds(recognize(call, FACTS, FakeWorkspace(files)).operations)
    assert found == ["git.branch", "git.push-protected", "git.push"]
