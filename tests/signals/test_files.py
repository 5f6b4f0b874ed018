"""File sources: what may be read, what may clear, and that nothing odd is ever waited for or believed."""

from __future__ import annotations

import os
import pwd
import socket
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from agentic.signals.live import files
from agentic.signals.live.interface import Round, SourceFailed

NOW = 1_795_000_000


def no_network(name: str) -> Any:
    raise AssertionError(f"a file source asked for the connection {name!r}")


def round_of(workspace: Path | str, left_s: float = 10.0, **source: Any) -> Round:
    """A round with one file source, `report`."""
    settings = {"kind": "file", "source": "report", "path": "report.json", **source}
    deadline = time.monotonic() + left_s
    return Round(NOW, deadline, {"report": settings}, no_network, str(workspace), {})


def write(path: Path, text: str = "{}", mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def failure(round: Round, name: str = "report") -> str:
    with pytest.raises(SourceFailed) as caught:
        files.read_file(name, round)
    text = str(caught.value)
    assert text
    assert "\n" not in text
    assert len(text) <= 200
    return text


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    return folder


# What a file may do


def test_a_file_is_read_whole_with_its_time(workspace: Path) -> None:
    path = write(workspace / "ops/report.json", "x" * 300_000)
    os.utime(path, (NOW - 60, NOW - 60))
    content = files.read_file("report", round_of(workspace, path="ops/report.json"))
    assert content.data == b"x" * 300_000
    assert content.path == "ops/report.json"
    assert content.modified_at == NOW - 60


def test_a_file_in_the_workspace_may_not_clear(workspace: Path) -> None:
    write(workspace / "report.json")
    content = files.read_file("report", round_of(workspace))
    assert not content.may_clear
    assert "could have written it" in files.doubt(content)


def test_the_absolute_path_of_a_workspace_file_clears_no_more_than_the_relative_one(
    workspace: Path,
) -> None:
    path = write(workspace / "report.json")
    assert not files.read_file("report", round_of(workspace, path=str(path))).may_clear


def test_a_link_from_outside_into_the_workspace_may_not_clear(
    workspace: Path, outside: Path
) -> None:
    write(workspace / "report.json")
    (outside / "report.json").symlink_to(workspace / "report.json")
    path = str(outside / "report.json")
    assert not files.read_file("report", round_of(workspace, path=path)).may_clear


def test_another_work_tree_of_the_repository_is_the_workspace_too(
    workspace: Path, outside: Path
) -> None:
    write(outside / ".git/worktrees/work/gitdir", f"{workspace}/.git\n")
    write(workspace / ".git", f"gitdir: {outside}/.git/worktrees/work\n")
    path = write(outside / "report.json")
    assert not files.read_file("report", round_of(workspace, path=str(path))).may_clear


@pytest.mark.parametrize("mode", [0o664, 0o666])
def test_a_pinned_file_may_have_any_mode(workspace: Path, mode: int) -> None:
    """As in a checkout under umask 002 (a developer's) or 000 (a container's of CI)."""
    write(workspace / "report.json", "{}", mode)
    content = files.read_file("report", round_of(workspace, sha256=sha256(b"{}").hexdigest()))
    assert (content.data, content.may_clear) == (b"{}", True)
    assert "is not the pinned file" in failure(round_of(workspace, sha256="0" * 64))


@pytest.mark.parametrize("pinned", [True, False])
def test_a_pin_or_a_reason_lets_a_workspace_file_clear(workspace: Path, pinned: bool) -> None:
    write(workspace / "report.json", "{}")
    told: dict[str, Any] = (
        {"sha256": sha256(b"{}").hexdigest()}
        if pinned
        else {"may_clear": {"because": "CI alone writes it"}}
    )
    assert files.read_file("report", round_of(workspace, **told)).may_clear


def test_a_file_outside_the_workspace_may_clear(workspace: Path, outside: Path) -> None:
    path = write(outside / "report.json")
    content = files.read_file("report", round_of(workspace, path=str(path)))
    assert content.may_clear
    assert content.path == str(path)


def test_absolute_paths_follow_links_as_mounted_configuration_needs(outside: Path) -> None:
    write(outside / "..2026_11_21/report.json", "[]")
    (outside / "..data").symlink_to("..2026_11_21")
    (outside / "report.json").symlink_to("..data/report.json")
    content = files.read_file("report", round_of("", path=str(outside / "report.json")))
    assert content.data == b"[]"


def test_a_sentence_names_the_end_of_a_long_path() -> None:
    assert files.named("ops/report.json") == "`ops/report.json`"
    long = files.named("/var/lib/" + "deep/" * 30 + "report.json")
    assert long.startswith("`…")
    assert long.endswith("/report.json`")
    assert len(long) == 62


# What is refused


def test_the_message_of_a_broken_pin_gives_the_digest_to_pin(workspace: Path) -> None:
    write(workspace / "report.json", "changed")
    text = failure(round_of(workspace, sha256="0" * 64))
    assert sha256(b"changed").hexdigest() in text


def test_a_relative_path_needs_a_workspace() -> None:
    assert "there is none here" in failure(round_of(""))


@pytest.mark.parametrize("path", ["../etc/report.json", "a/../../etc/report.json"])
def test_a_relative_path_stays_in_the_workspace(workspace: Path, outside: Path, path: str) -> None:
    write(outside / "report.json")
    assert "out of the workspace" in failure(round_of(workspace, path=path))


@pytest.mark.parametrize("linked", ["file", "folder"])
def test_no_link_leads_out_of_the_workspace(workspace: Path, outside: Path, linked: str) -> None:
    write(outside / "report.json")
    if linked == "file":
        (workspace / "report.json").symlink_to(outside / "report.json")
        a_round = round_of(workspace)
    else:
        (workspace / "ops").symlink_to(outside)
        a_round = round_of(workspace, path="ops/report.json")
    assert "out of the workspace" in failure(a_round)


def test_a_link_inside_the_workspace_is_followed(workspace: Path) -> None:
    write(workspace / "reports/today.json", "[]")
    (workspace / "report.json").symlink_to("reports/today.json")
    assert files.read_file("report", round_of(workspace)).data == b"[]"


def test_a_folder_that_becomes_a_link_after_the_look_is_not_followed(
    workspace: Path, outside: Path
) -> None:
    """The open itself follows no link: here the looked-at path is given, and the link is already there."""
    write(outside / "report.json")
    (workspace / "ops").symlink_to(outside)
    with pytest.raises(OSError, match=r"symbolic|directory"):
        files._opened_below(str(workspace), f"{workspace}/ops/report.json")


def make_fifo(path: Path) -> None:
    os.mkfifo(path, 0o600)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


ODD: dict[str, tuple[Callable[[Path], Any], str]] = {
    "absent": (lambda path: None, "there is no file"),
    "folder": (Path.mkdir, "not a regular file"),
    "fifo": (make_fifo, "not a regular file"),
    "socket": (make_socket, "report.json"),
    "dangling link": (lambda path: path.symlink_to("nowhere"), "there is no file"),
    "link to itself": (make_loop, "too many levels"),
    "world-writable": (lambda path: write(path, "{}", 0o646), "written by others"),
    "group-writable": (lambda path: write(path, "{}", 0o664), "written by others"),
    "too large": (lambda path: write(path, "x" * 2049), "too large"),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("is_absolute", [False, True])
def test_odd_files_are_refused_at_once(
    workspace: Path,
    outside: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    is_absolute: bool,
) -> None:
    make, told = ODD[kind]
    folder = outside if is_absolute else workspace
    monkeypatch.chdir(folder)  # the name of a socket is short
    make(folder / "report.json")
    path = str(folder / "report.json") if is_absolute else "report.json"
    started = time.monotonic()
    text = failure(round_of(workspace, path=path, max_bytes=2048))
    assert told in text
    assert time.monotonic() - started < 1


def test_devices_are_refused() -> None:
    assert "not a regular file" in failure(round_of("", path="/dev/zero"))


def test_a_file_of_somebody_else_is_refused(workspace: Path) -> None:
    path = write(workspace / "report.json")
    if os.geteuid() != 0:
        # Nobody but root can give a file away, so one of the system's stands in: root's are accepted.
        assert files.read_file("report", round_of("", path="/etc/passwd")).may_clear
        return
    os.chown(path, 65_534, 65_534)
    assert "belongs to somebody else" in failure(round_of(workspace))


def test_nothing_is_read_after_the_deadline(workspace: Path) -> None:
    write(workspace / "report.json")
    assert "no time left" in failure(round_of(workspace, left_s=-1))


def test_only_file_sources_of_the_policy_are_read(workspace: Path) -> None:
    assert "no file source" in failure(round_of(workspace), "other")
    assert "no file source" in failure(round_of(workspace, kind="prometheus"))


def test_the_home_is_the_password_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere/else")
    text = failure(round_of("", path="~/no-such-agentic-report.json"))
    assert pwd.getpwuid(os.geteuid()).pw_dir in text
    assert "write the path in full" in failure(round_of("", path="~root/report.json"))


def test_a_file_that_is_not_as_long_as_it_says_is_refused(workspace: Path) -> None:
    descriptor = os.open(write(workspace / "report.json", "[1, 2]"), os.O_RDONLY)
    try:
        assert files._whole(descriptor, "x", 100)[0] == b"[1, 2]"
        os.lseek(descriptor, 3, os.SEEK_SET)  # what a file that shrinks meanwhile looks like
        with pytest.raises(SourceFailed, match="changed while it was read"):
            files._whole(descriptor, "x", 100)
    finally:
        os.close(descriptor)


def test_what_is_written_meanwhile_is_never_half_believed(workspace: Path) -> None:
    """A writer in place: every read is one of its texts, or refused."""
    path = write(workspace / "report.json", "a" * 400_000)
    stop = threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            for letter in "ab":
                path.write_text(letter * 400_000)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(50):
            try:
                data = files.read_file("report", round_of(workspace)).data
            except SourceFailed:
                continue
            assert data in (b"", b"a" * 400_000, b"b" * 400_000) or is_growing(data)
    finally:
        stop.set()
        writer.join()


def is_growing(data: bytes) -> bool:
    """A file that was being filled: all of it so far, in one writer's letters."""
    return len(set(data)) == 1


def test_a_file_that_is_replaced_is_the_old_one_or_the_new_one(workspace: Path) -> None:
    path = write(workspace / "report.json", "a" * 400_000)
    stop = threading.Event()

    def replace() -> None:
        while not stop.is_set():
            for letter in "ab":
                other = write(workspace / "next", letter * 400_000)
                other.replace(path)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        for _ in range(50):
            data = files.read_file("report", round_of(workspace)).data
            assert data in (b"a" * 400_000, b"b" * 400_000)
    finally:
        stop.set()
        writer.join()


# Patterns


def names(round: Round) -> list[str]:
    return [content.path for content in files.read_files("report", round)]


def test_a_star_is_the_names_of_one_folder(workspace: Path) -> None:
    for name in ("a.json", "b.json", "b.txt", ".hidden.json", "deep/c.json"):
        write(workspace / "reports" / name)
    (workspace / "reports/folder.json").mkdir()
    assert names(round_of(workspace, path="reports/*.json")) == [
        "reports/a.json",
        "reports/b.json",
    ]
    assert names(round_of(workspace, path="*/deep/*.json")) == ["reports/deep/c.json"]


def test_a_plain_path_is_a_list_of_one(workspace: Path) -> None:
    write(workspace / "report.json")
    assert names(round_of(workspace)) == ["report.json"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("reports/*.json", "no file is named"),
        ("nowhere/*.json", "no file is named"),
        ("**/*.json", "not known here"),
    ],
)
def test_a_pattern_without_files_fails(workspace: Path, path: str, told: str) -> None:
    (workspace / "reports").mkdir()
    with pytest.raises(SourceFailed, match=told):
        files.read_files("report", round_of(workspace, path=path))


def test_a_folder_that_cannot_be_listed_fails(workspace: Path) -> None:
    write(workspace / "reports")
    with pytest.raises(SourceFailed, match="no file is named"):
        files.read_files("report", round_of(workspace, path="reports/*.json"))


def test_a_pattern_has_a_bound(workspace: Path) -> None:
    for number in range(files.MAX_FILES + 1):
        write(workspace / f"reports/{number}.json")
    with pytest.raises(SourceFailed, match="more than 100"):
        files.read_files("report", round_of(workspace, path="reports/*.json"))


def test_one_bad_file_fails_the_list_but_does_not_silence_the_others(workspace: Path) -> None:
    write(workspace / "reports/a.json", "[1]")
    make_fifo(workspace / "reports/b.json")
    write(workspace / "reports/c.json", "[3]")
    a_round = round_of(workspace, path="reports/*.json")
    first, second, third = files.read_each("report", a_round)
    assert isinstance(first, files.FileContent)
    assert isinstance(second, SourceFailed)
    assert isinstance(third, files.FileContent)
    with pytest.raises(SourceFailed, match="not a regular file"):
        files.read_files("report", a_round)


def test_the_files_of_a_pattern_share_its_size(workspace: Path) -> None:
    for name in "abc":
        write(workspace / f"reports/{name}.json", "x" * 1000)
    found = files.read_each("report", round_of(workspace, path="reports/*.json", max_bytes=2500))
    assert [isinstance(content, SourceFailed) for content in found] == [False, False, True]


def test_many_files_are_not_one_and_cannot_be_pinned(workspace: Path) -> None:
    write(workspace / "reports/a.json")
    a_round = round_of(workspace, path="reports/*.json", sha256="0" * 64)
    assert "one is needed" in failure(a_round)
    with pytest.raises(SourceFailed, match="none can be pinned"):
        files.read_files("report", a_round)


def test_links_of_a_pattern_do_not_lead_out(workspace: Path, outside: Path) -> None:
    write(outside / "a.json")
    (workspace / "reports").symlink_to(outside)
    with pytest.raises(SourceFailed, match="out of the workspace"):
        files.read_files("report", round_of(workspace, path="reports/*.json"))
