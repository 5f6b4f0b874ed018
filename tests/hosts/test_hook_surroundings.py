"""The hook in a broken world: missing folders, closed streams, full disks, kills, a stuck lock."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentic.audit.journal import open_journal
from agentic.audit.verify import verify_journal
from agentic.hosts import launcher
from tests.hosts.machine import Answer, Machine, assert_blocked, git, new_machine


def assert_works(answer: Answer) -> None:
    assert (answer.status, answer.decision, answer.stderr) == (0, "allow", "")


def last_line_names_doctor(answer: Answer) -> bool:
    return "`agentic doctor`" in answer.stderr.splitlines()[-1]


# --- the environment


def test_the_working_folder_is_gone(machine: Machine, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    start = f"mkdir {shlex.quote(str(gone))} && cd {shlex.quote(str(gone))} && rmdir ../gone && "
    assert_works(machine.call(machine.payload(), command=start + machine.command()))
    payload = machine.payload(cwd=str(gone))
    assert_works(machine.call(payload, command=start + machine.command()))


@pytest.mark.parametrize("name", ["HOME", "PATH", "LANG", "CLAUDE_PROJECT_DIR"])
def test_a_variable_is_missing(machine: Machine, name: str) -> None:
    variables = {key: value for key, value in machine.variables.items() if key != name}
    assert_works(machine.call(machine.payload(), variables=variables))


def test_no_variables_at_all(machine: Machine) -> None:
    assert_works(machine.call(machine.payload(), variables={}))


@pytest.mark.parametrize("locale", ["C", "POSIX", "de_DE.ISO-8859-1", "nonsense"])
def test_any_locale(machine: Machine, locale: str) -> None:
    variables = {**machine.variables, "LC_ALL": locale, "LANG": locale}
    answer = machine.call(
        machine.payload(tool_input={"command": "rm -rf ~/Bücher"}), variables=variables
    )
    assert answer.decision == "deny"
    assert "Bücher" in answer.reason


MODULES = ("json", "os", "re", "posix", "marshal", "encodings", "agentic", "site", "sitecustomize")


def test_modules_in_the_working_folder_are_not_loaded(fresh: Machine) -> None:
    for name in MODULES:
        (fresh.project / f"{name}.py").write_text("raise SystemExit(0)\n")
    answer = fresh.shell("rm -rf ~/x")
    assert answer.decision == "deny"


def test_pythons_own_variables_are_not_honoured(fresh: Machine, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for name in MODULES:
        (hostile / f"{name}.py").write_text("raise SystemExit(0)\n")
    (hostile / "usercustomize.py").write_text("raise SystemExit(0)\n")
    variables = {
        **fresh.variables,
        "PYTHONPATH": str(hostile),
        "PYTHONHOME": str(hostile),
        "PYTHONSTARTUP": str(hostile / "json.py"),
        "PYTHONINSPECT": "1",
        "PYTHONUSERBASE": str(hostile),
        "PYTHONVERBOSE": "1",
        "PYTHONSAFEPATH": "",
        "PYTHONPROFILEIMPORTTIME": "1",
    }
    answer = fresh.call(
        fresh.payload(tool_input={"command": "rm -rf ~/x"}), variables=variables, cwd=hostile
    )
    assert (answer.decision, answer.stderr) == ("deny", "")


# --- the streams


def shell_with(machine: Machine, redirects: str) -> Answer:
    command = f"{{ {machine.command()}\n}} {redirects}"
    return machine.call(machine.payload(tool_input={"command": "git status"}), command=command)


def test_standard_output_is_closed(machine: Machine) -> None:
    assert_blocked(shell_with(machine, ">&-"))


def test_standard_output_is_full(machine: Machine) -> None:
    answer = shell_with(machine, ">/dev/full")
    assert answer.status == 2
    assert last_line_names_doctor(answer)


def test_standard_output_has_no_reader(machine: Machine) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    answer = machine.call(machine.payload(), stdout=writing)
    os.close(writing)
    assert answer.status == 2
    assert last_line_names_doctor(answer)


def test_standard_input_is_closed(machine: Machine) -> None:
    assert_blocked(shell_with(machine, "<&-"))


def test_standard_input_is_a_folder(machine: Machine) -> None:
    answer = shell_with(machine, "</")  # Python itself refuses, on several lines
    assert (answer.status, answer.stdout) == (2, b"")
    assert last_line_names_doctor(answer)


def test_standard_error_is_closed(machine: Machine) -> None:
    assert shell_with(machine, "2>&-").status == 2


def test_closed_streams_never_let_an_answer_into_the_journal(fresh: Machine) -> None:
    fresh.shell("git status")
    before = fresh.records()
    shell_with(fresh, ">&-")
    shell_with(fresh, ">&- 2>&-")
    shell_with(fresh, "<&- >&- 2>&-")
    assert fresh.records() == before


# --- the disk


def read_only(folder: Path) -> list[str]:
    """A prefix that runs a command with a folder that cannot be written, also by root."""
    if os.geteuid() != 0:
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
        return []
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    return ["unshare", "-m", "/bin/sh", "-c", script, str(folder)]


def test_the_disk_is_read_only(fresh: Machine) -> None:
    answer = fresh.call(fresh.payload(), before=read_only(fresh.home))
    assert_blocked(answer)
    assert "journal" in answer.stderr


def test_the_disk_is_full(fresh: Machine) -> None:
    """No byte can be written to any file: the limit works for root, too."""
    command = "ulimit -f 0; " + fresh.command()
    answer = fresh.call(fresh.payload(), command=command)
    assert_blocked(answer)
    assert fresh.records() == []
    assert_works(fresh.shell("git status"))


def test_the_journal_is_a_folder(fresh: Machine) -> None:
    (fresh.project / "ops/audit.jsonl").mkdir(parents=True)
    assert_blocked(fresh.shell("git status"))


def test_the_journals_folder_is_a_file(fresh: Machine) -> None:
    assert_works(fresh.shell("git status"))
    (fresh.project / "ops/audit.jsonl").unlink()
    (fresh.project / "ops").rmdir()
    (fresh.project / "ops").write_text("")
    assert_blocked(fresh.shell("git status"))


def journal_of(machine: Machine) -> tuple[str, str]:
    """(journal's path, lock's path) of the machine's project."""
    journal = open_journal(str(machine.project), machine.places.state)
    return journal.path, journal.lock


def test_the_journal_is_locked_by_a_stuck_process(fresh: Machine) -> None:
    assert_works(fresh.shell("git status"))
    with open(journal_of(fresh)[1], "r+b") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        began = time.monotonic()
        answer = fresh.shell("git status")
        assert time.monotonic() - began < 20
    assert_blocked(answer)
    assert "locked" in answer.stderr
    assert_works(fresh.shell("git status"))


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "folder"])
def test_the_compiled_policy_is_damaged(fresh: Machine, damage: str) -> None:
    for compiled in Path(fresh.places.state, "compiled").glob("*.policy"):
        data = compiled.read_bytes()
        compiled.unlink()
        if damage == "folder":
            compiled.mkdir()
        else:
            damaged = {"empty": b"", "cut": data[:1000], "garbage": b"\x00" * 5000}
            compiled.write_bytes(damaged[damage])
    assert_blocked(fresh.shell("git status"))


def test_the_compiled_policy_is_damaged_in_the_middle(fresh: Machine) -> None:
    """Each part is checked when it is used."""
    for compiled in Path(fresh.places.state, "compiled").glob("*.policy"):
        data = compiled.read_bytes()
        flipped = bytes(byte ^ 0x20 for byte in data[20_000:])
        compiled.write_bytes(data[:20_000] + flipped)
    assert_blocked(fresh.shell("git status"))


def test_the_compiled_policy_is_gone(fresh: Machine) -> None:
    for compiled in Path(fresh.places.state, "compiled").glob("*.policy"):
        compiled.unlink()
    assert_works(fresh.shell("git status"))
    assert fresh.shell("rm -rf ~/x").decision == "deny"


def test_the_state_folder_is_somebody_elses(fresh: Machine) -> None:
    state = Path(fresh.places.state)
    moved = state.with_name("moved")
    command = fresh.command().replace(str(state / "launch"), str(moved / "launch"))
    state.rename(moved)
    state.symlink_to(moved)
    assert_blocked(fresh.call(fresh.payload(), command=command))


# --- the process


def test_the_interpreter_is_gone(fresh: Machine) -> None:
    command = fresh.command().replace(launcher.interpreter(), "/nonexistent/python3")
    answer = fresh.call(fresh.payload(), command=command)
    assert answer.status == 2
    assert answer.stdout == b""
    assert last_line_names_doctor(answer)


def test_the_launcher_is_gone(fresh: Machine) -> None:
    Path(launcher.launcher_path(fresh.places)).unlink()
    answer = fresh.call(fresh.payload())
    assert answer.status == 2
    assert answer.stdout == b""
    assert last_line_names_doctor(answer)


@pytest.mark.parametrize("damage", ["empty", "cut", "other magic", "garbage", "half"])
def test_the_launcher_is_damaged(fresh: Machine, damage: str) -> None:
    path = Path(launcher.launcher_path(fresh.places))
    data = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "cut": data[:300],
            "other magic": b"\x00\x00\x0d\x0a" + data[4:],
            "garbage": data[:16] + b"\xff" * 5000,
            "half": data[: len(data) // 2],
        }[damage]
    )
    answer = fresh.call(fresh.payload())
    assert answer.status == 2
    assert answer.stdout == b""
    assert last_line_names_doctor(answer)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGALRM])
def test_a_signal_kills_the_hook(machine: Machine, number: signal.Signals) -> None:
    process = subprocess.Popen(
        ["/bin/sh", "-c", machine.command()],
        cwd=machine.project,
        env=machine.variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.kill(hook_below(process.pid), number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out == b""
    assert "`agentic doctor`" in err.decode().splitlines()[-1]


def hook_below(shell: int) -> int:
    """The process id of the Python that a shell started and that waits for its payload."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        for child in children:
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"-S" in words and "pipe_r" in Path(f"/proc/{child}/wchan").read_text():
                return int(child)
            if b"-S" in words and Path(f"/proc/{child}/syscall").exists():
                number = Path(f"/proc/{child}/syscall").read_text().split()[0]
                if number == "0":
                    return int(child)
        time.sleep(0.01)
    raise AssertionError("the hook did not come to read its payload")


def test_a_host_that_never_ends_the_payload_meets_the_deadline(machine: Machine) -> None:
    """The hook's own alarm kills it, also in a loop in C; the shell then blocks."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from agentic.hook import main; main(['claude-code'], None, 0.3)"
    )
    root = str(Path(__file__).parents[2])
    start = shlex.join([sys.executable, "-I", "-c", code, root])
    reading, writing = os.pipe()
    command = launcher.guarded(start, "/dev/null", can_block=True)
    answer = machine.call(b"", command=command, stdin=reading)
    os.close(writing)
    os.close(reading)
    assert answer.status == 2
    assert last_line_names_doctor(answer)


def test_killed_between_record_and_answer(fresh: Machine) -> None:
    """The answer cannot be written because nobody reads: the record is there, the call is blocked."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    while True:
        try:
            os.write(writing, b"x" * 4096)
        except BlockingIOError:
            break
    os.set_blocking(writing, True)
    process = subprocess.Popen(
        ["/bin/sh", "-c", fresh.command()],
        cwd=fresh.project,
        env=fresh.variables,
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(fresh.payload()).encode())
    process.stdin.close()
    deadline = time.monotonic() + 20
    while not fresh.records():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    assert process.wait(timeout=20) == 2
    assert process.stderr is not None
    process.stderr.close()
    os.close(writing)
    os.close(reading)
    assert [record["mode"] for record in fresh.records()] == ["AUTO"]
    assert_works(fresh.shell("git status"))
    path, _ = journal_of(fresh)
    assert verify_journal(path).is_whole


def test_two_and_more_hooks_at_once(fresh: Machine) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = [f"toolu_{number}" for number in range(24)]
        answers = list(pool.map(lambda call: fresh.shell("git status", call_id=call), calls))
    assert all((answer.status, answer.decision) == (0, "allow") for answer in answers), answers
    assert sorted(record["call_id"] for record in fresh.records()) == sorted(calls)
    path, _ = journal_of(fresh)
    assert verify_journal(path).is_whole


def test_two_hooks_compile_the_policy_at_once(fresh: Machine) -> None:
    for compiled in Path(fresh.places.state, "compiled").glob("*.policy"):
        compiled.unlink()
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: fresh.shell("git status"), range(3)))
    assert all(answer.decision == "allow" for answer in answers), answers


# --- where the work tree is


def test_names_with_blanks_and_quotes(bare: Callable[[str], Machine]) -> None:
    machine = bare('it\'s a "good" $HOME `x` project')
    machine.install()
    assert_works(machine.shell("git status"))
    assert machine.shell("rm -rf ~/x").decision == "deny"


def test_a_home_with_blanks_and_quotes(tmp_path: Path) -> None:
    folder = tmp_path / 'o\'brien "$PATH" `id`'
    folder.mkdir()
    machine = new_machine(folder)
    machine.install()
    assert_works(machine.shell("git status"))
    machine.install("project")
    answer = machine.call(machine.payload(), scope="project")
    assert_works(answer)


def test_a_linked_work_tree_shares_the_journal(fresh: Machine) -> None:
    linked = fresh.home / "linked"
    git(fresh.project, "worktree", "add", "-q", str(linked))
    moved = fresh._replace(project=linked)
    assert_works(moved.shell("git status", call_id="toolu_linked"))
    assert [record["call_id"] for record in fresh.records()] == ["toolu_linked"]
    assert not (linked / "ops").exists()


def test_a_second_clone_has_a_journal_of_its_own(fresh: Machine) -> None:
    clone = fresh.home / "clone"
    git(fresh.home, "clone", "-q", str(fresh.project), str(clone))
    second = fresh._replace(project=clone)
    assert_works(second.shell("git status"))
    assert fresh.records() == []
    assert len(second.records()) == 1


def test_a_folder_without_git(fresh: Machine) -> None:
    folder = fresh.home / "notes"
    folder.mkdir()
    plain = fresh._replace(project=folder)
    assert_works(plain.shell("ls"))
    assert plain.shell("rm -rf ~/x").decision == "deny"
    assert len(plain.records()) == 2


def test_the_home_folder_is_no_workspace(fresh: Machine) -> None:
    at_home = fresh._replace(project=fresh.home)
    assert at_home.shell("echo x > notes.txt").decision in {"ask", "deny"}
    assert not (fresh.home / "ops").exists()
