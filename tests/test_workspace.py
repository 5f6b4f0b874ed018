"""The workspace: which folders qualify, what the bounded view shows, and that nothing makes it hang."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic import workspace
from agentic.workspace import View


def git(folder: Path, *arguments: str) -> None:
    identity = [
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder.resolve()


@pytest.fixture
def project(home: Path) -> Path:
    folder = home / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "src/deep").mkdir(parents=True)
    return folder


@pytest.fixture
def repository(home: Path) -> Path:
    folder = home / "repo with space"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    return folder


def view_of(root: Path, **more: object) -> View:
    return View((str(root),), str(root.parent), (), {}, (), **more)  # type: ignore[arg-type]


class TestRoot:
    def test_the_hosts_project_folder_wins(self, project: Path, home: Path) -> None:
        root = workspace.workspace_root(str(project / "src"), str(project), str(home))
        assert root == str(project / "src")

    def test_else_the_nearest_folder_with_git(self, project: Path, home: Path) -> None:
        root = workspace.workspace_root("", str(project / "src/deep"), str(home))
        assert root == str(project)

    def test_else_the_first_working_folder(self, home: Path) -> None:
        folder = home / "notes"
        folder.mkdir()
        assert workspace.workspace_root("", str(folder), str(home)) == str(folder)

    def test_a_home_that_is_itself_a_repository_is_no_workspace(self, home: Path) -> None:
        (home / ".git").mkdir()
        folder = home / "notes"
        folder.mkdir()
        assert workspace.workspace_root("", str(folder), str(home)) == str(folder)
        assert workspace.workspace_root("", str(home), str(home)) == ""

    def test_a_project_reached_through_a_link_is_its_target(
        self, project: Path, home: Path
    ) -> None:
        link = home / "shortcut"
        link.symlink_to(project)
        assert workspace.workspace_root(str(link), "", str(home)) == str(project)

    def test_a_link_to_home_is_home(self, home: Path) -> None:
        link = home / "innocent"
        link.symlink_to(home)
        assert workspace.workspace_root(str(link), "", str(home)) == ""

    @pytest.mark.parametrize(
        "folder", ["", "/", "relative", "/home", "/Users", "/root", "/home/bob"]
    )
    def test_what_never_qualifies(self, folder: str) -> None:
        assert workspace.workspace_root(folder, "", "/home/ada") == ""
        assert workspace.workspace_root("", folder, "/home/ada") == ""

    def test_home_and_what_is_above_it_never_qualify(self) -> None:
        for folder in ("/", "/srv", "/srv/people", "/srv/people/ada"):
            assert not workspace.qualifies(folder, "/srv/people/ada")
        assert workspace.qualifies("/srv/people/ada/project", "/srv/people/ada")

    def test_another_persons_home_does_not_qualify(self) -> None:
        assert not workspace.qualifies("/home/bob/project", "/home/ada")

    def test_no_home_still_finds_the_repository(self, project: Path) -> None:
        assert workspace.workspace_root("", str(project / "src"), "") == str(project)

    def test_a_working_folder_that_is_gone(self, project: Path, home: Path) -> None:
        assert workspace.workspace_root("", str(project / "no/longer"), str(home)) == str(project)


class TestWorkTrees:
    def test_all_work_trees_of_a_repository_are_one(self, repository: Path, home: Path) -> None:
        linked = home / "linked"
        git(repository, "worktree", "add", "-q", str(linked), "-b", "other")
        assert workspace.main_work_tree(str(linked)) == str(repository)
        assert workspace.linked_work_trees(str(repository)) == (str(linked),)
        seen = workspace.workspace_roots(str(linked), str(home), ())
        assert set(seen) == {str(linked), str(repository)}
        assert seen[0] == str(linked)

    def test_a_plain_clone_is_its_own_main_tree(self, repository: Path) -> None:
        assert workspace.main_work_tree(str(repository)) == str(repository)
        assert workspace.main_work_tree("") == ""

    @pytest.mark.parametrize(
        "text", ["gitdir: ../../.git/modules/x", "gitdir: /", "gitdir:", "nonsense", "", "\xff\xfe"]
    )
    def test_other_git_files_name_no_main_tree(self, home: Path, text: str) -> None:
        folder = home / "sub"
        folder.mkdir()
        (folder / ".git").write_bytes(text.encode("latin-1"))
        assert workspace.main_work_tree(str(folder)) == str(folder)

    def test_a_git_file_cannot_make_home_or_the_root_part_of_the_workspace(
        self, home: Path
    ) -> None:
        folder = home / "evil"
        folder.mkdir()
        (folder / ".git").write_text(f"gitdir: {home}/.git/worktrees/evil\n")
        assert workspace.workspace_roots(str(folder), str(home), ("/", str(home))) == (str(folder),)

    def test_policys_further_folders_count_when_they_qualify(
        self, project: Path, home: Path
    ) -> None:
        also = home / "data"
        also.mkdir()
        seen = workspace.workspace_roots(str(project), str(home), (str(also), str(home)))
        assert seen == (str(project), str(also))

    def test_without_a_root_there_is_nothing(self, home: Path) -> None:
        assert workspace.workspace_roots("", str(home), ("/data",)) == ()


class TestResolve:
    def test_links_are_followed_as_far_as_they_exist(self, project: Path) -> None:
        (project / "here").symlink_to("src")
        (project / "up").symlink_to("../project/src/deep")
        assert workspace.resolved(f"{project}/here/deep/new.txt") == f"{project}/src/deep/new.txt"
        assert workspace.resolved(f"{project}/up/../x") == f"{project}/src/x"
        assert workspace.resolved(f"{project}/no/such/file") == f"{project}/no/such/file"

    def test_as_the_system_does(self, project: Path) -> None:
        (project / "a").symlink_to("b")
        (project / "b").symlink_to(project / "src")
        for path in ("a/deep", "b/../src", "./a//deep/.", "src/deep/../../a"):
            assert workspace.resolved(f"{project}/{path}") == os.path.realpath(project / path)

    def test_any_path_over_links_as_the_system_does(self, project: Path) -> None:
        (project / "a").symlink_to("src/deep")
        (project / "src/b").symlink_to("../a")
        (project / "src/deep/c").symlink_to(project)
        parts = st.sampled_from(("a", "b", "c", "src", "deep", "..", ".", "new"))

        @given(st.lists(parts, max_size=7))
        def agree(path: list[str]) -> None:
            whole = "/".join([str(project), *path])
            assert workspace.resolved(whole) == os.path.realpath(whole)

        agree()

    def test_a_loop_ends(self, project: Path) -> None:
        (project / "loop").symlink_to("loop")
        (project / "ping").symlink_to("pong")
        (project / "pong").symlink_to("ping")
        assert workspace.resolved(f"{project}/loop/x").startswith("/")
        assert workspace.resolved(f"{project}/ping/x").startswith("/")

    @pytest.mark.parametrize("path", ["/" + "a" * 5000, "/nul\x00byte", "/\udcff", "/../../x", "/"])
    def test_odd_paths_have_an_answer(self, path: str) -> None:
        assert workspace.resolved(path).startswith("/")


class TestView:
    def test_it_reads_lists_and_names_what_it_looked_at(self, project: Path) -> None:
        (project / "a.txt").write_text("hello")
        view = view_of(project)
        assert view.read(f"{project}/a.txt") == b"hello"
        assert view.read(f"{project}/a.txt", 2) == b"he"
        assert view.list(str(project)) == (".git", "a.txt", "src")
        assert view.reads == [f"{project}/a.txt", f"{project}/a.txt", str(project)]

    def test_kinds(self, project: Path) -> None:
        (project / "a.txt").write_text("hello")
        (project / "link").symlink_to("a.txt")
        view = view_of(project)
        assert view.kind(f"{project}/a.txt") == "file"
        assert view.kind(str(project)) == "directory"
        assert view.kind(f"{project}/link") == "other"
        assert view.kind(f"{project}/none") == ""
        assert view.kind("/nul\x00byte") == ""

    def test_what_is_absent_special_or_closed_is_none(self, project: Path) -> None:
        os.mkfifo(project / "pipe")
        view = view_of(project)
        assert view.read(f"{project}/pipe") is None  # returns at once: nobody writes to it
        assert view.read("/dev/zero") is None
        assert view.read(str(project)) is None
        assert view.read(f"{project}/none") is None
        assert view.read("/nul\x00byte") is None
        assert view.list(f"{project}/none") == ()
        assert view.list("/nul\x00byte") == ()

    def test_the_number_of_looks_is_bounded(self, project: Path) -> None:
        (project / "a.txt").write_text("hello")
        view = view_of(project, max_reads=2)
        assert view.read(f"{project}/a.txt") == b"hello"
        assert view.list(str(project)) != ()
        assert view.read(f"{project}/a.txt") is None
        assert view.list(str(project)) == ()
        assert len(view.reads) == 2

    def test_the_number_of_bytes_is_bounded(self, project: Path) -> None:
        (project / "a.txt").write_bytes(b"x" * 100)
        view = view_of(project, max_bytes=150)
        assert view.read(f"{project}/a.txt") == b"x" * 100
        assert view.read(f"{project}/a.txt") == b"x" * 50
        assert view.read(f"{project}/a.txt") is None

    def test_the_time_is_bounded(self, project: Path) -> None:
        (project / "a.txt").write_text("hello")
        view = view_of(project, seconds=-1.0)
        assert view.read(f"{project}/a.txt") is None
        assert view.list(str(project)) == ()

    def test_a_listing_is_bounded(self, home: Path) -> None:
        folder = home / "many"
        folder.mkdir()
        for number in range(2050):
            (folder / f"{number}").touch()
        assert len(view_of(folder).list(str(folder))) == 2000

    def test_only_allowed_variables_are_seen(self, project: Path) -> None:
        view = View((str(project),), "", (), {"KUBECONFIG": "a", "TOKEN": "b"}, ("KUBECONFIG", "X"))
        assert view.variable("KUBECONFIG") == "a"
        assert view.variable("TOKEN") == ""
        assert view.variable("X") == ""
