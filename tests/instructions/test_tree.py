"""Reading and writing never leave the repository and never leave half a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentic.errors import AgenticError, Unavailable
from agentic.instructions.tree import (
    UNFINISHED,
    files_below,
    is_link,
    locked,
    read_file,
    remove_file,
    write_file,
)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "file.md").write_text("theirs\n")
    return folder


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


def test_a_file_is_written_with_its_folders_and_read_again(inside: Path) -> None:
    write_file(str(inside), "a/b/c.md", b"text\n")
    assert read_file(str(inside), "a/b/c.md") == b"text\n"
    assert files_below(str(inside), "a") == ["a/b/c.md"]


def test_a_mode_stays(inside: Path) -> None:
    (inside / "x.md").write_text("old\n")
    (inside / "x.md").chmod(0o640)
    write_file(str(inside), "x.md", b"new\n")
    assert (inside / "x.md").stat().st_mode & 0o777 == 0o640


def test_a_linked_folder_is_refused_for_reading_writing_removing(
    inside: Path, outside: Path
) -> None:
    (inside / "linked").symlink_to(outside)
    root = str(inside)
    for act in (
        lambda: read_file(root, "linked/file.md"),
        lambda: write_file(root, "linked/file.md", b"ours\n"),
        lambda: write_file(root, "linked/deeper/file.md", b"ours\n"),
        lambda: remove_file(root, "linked/file.md"),
        lambda: files_below(root, "linked"),
    ):
        with pytest.raises(Unavailable) as told:
            act()
        assert told.value.code == "instructions.link"
    assert (outside / "file.md").read_text() == "theirs\n"
    assert sorted(os.listdir(outside)) == ["file.md"]


def test_a_linked_file_is_refused_for_reading_and_replaced_not_followed(
    inside: Path, outside: Path
) -> None:
    (inside / "x.md").symlink_to(outside / "file.md")
    with pytest.raises(Unavailable):
        read_file(str(inside), "x.md")
    assert is_link(str(inside), "x.md")
    write_file(str(inside), "x.md", b"ours\n")
    assert (outside / "file.md").read_text() == "theirs\n"


def test_links_are_listed_and_never_followed(inside: Path, outside: Path) -> None:
    (inside / "a").mkdir()
    (inside / "a/linked").symlink_to(outside)
    assert files_below(str(inside), "a") == ["a/linked"]


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/x", "a//b", "", "./x"])
def test_a_path_out_of_the_repository_is_refused(inside: Path, path: str) -> None:
    with pytest.raises(AgenticError) as told:
        read_file(str(inside), path)
    assert told.value.code == "instructions.path"


def test_what_is_not_a_file_or_too_large_is_refused_and_never_waited_for(inside: Path) -> None:
    os.mkfifo(inside / "fifo.md")
    (inside / "folder.md").mkdir()
    (inside / "large.md").write_bytes(b"x" * 11)
    for path in ("fifo.md", "folder.md"):
        with pytest.raises(Unavailable, match="not a regular file"):
            read_file(str(inside), path)
    with pytest.raises(Unavailable, match="larger than 10 bytes"):
        read_file(str(inside), "large.md", 10)
    assert read_file(str(inside), "none.md") is None
    assert read_file(str(inside), "none/none.md") is None


def test_removing_takes_empty_folders_and_leaves_others(inside: Path) -> None:
    write_file(str(inside), "a/b/c.md", b"")
    write_file(str(inside), "a/d.md", b"")
    remove_file(str(inside), "a/b/c.md")
    assert files_below(str(inside), "a") == ["a/d.md"]
    assert not (inside / "a/b").exists()
    remove_file(str(inside), "a/d.md")
    assert not (inside / "a").exists()
    remove_file(str(inside), "a/d.md")
    assert inside.exists()


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(inside: Path) -> None:
    (inside / "a").mkdir()
    (inside / "a/x.md").mkdir()  # a folder stands where the file should go
    (inside / "a/x.md/y").write_text("theirs\n")
    with pytest.raises(Unavailable):
        write_file(str(inside), "a/x.md", b"ours\n")
    assert (inside / "a/x.md/y").read_text() == "theirs\n"
    assert not (inside / "a" / UNFINISHED).exists()


def test_two_cannot_write_at_once(inside: Path) -> None:
    with locked(str(inside)), pytest.raises(Unavailable) as told, locked(str(inside)):
        raise AssertionError("a second one was let in")
    assert told.value.code == "instructions.busy"
    with locked(str(inside)):
        pass
