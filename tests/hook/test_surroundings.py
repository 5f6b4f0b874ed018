"""Where the hook is started, and with what around it: folders, environment, streams, program files.

Each row goes through the very command that `agentic init` wrote into the settings.
"""

from __future__ import annotations

import marshal
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from tests.cli.conftest import Ran
from tests.hook.machine import (
    ALLOW,
    BLOCKED,
    DENY,
    DOCTOR,
    HELD,
    NONE,
    REFUSED_LINE,
    Answer,
    Guarded,
    answer_of,
    limited,
)


def assert_it_governs(guarded: Guarded, *, new_records: int = 2, **options: object) -> None:
    """A harmless call is allowed, a dangerous one refused, and both are on record."""
    before = guarded.verified().records
    assert guarded.ask(guarded.payload(), **options).word == ALLOW
    assert guarded.ask(guarded.payload(REFUSED_LINE), **options).word == DENY
    found = guarded.verified()
    assert found.problems == ()
    assert found.records == before + new_records


@contextmanager
def away(path: Path) -> Iterator[None]:
    """A file or folder that is gone for a while."""
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


# Folders that are gone


def test_a_working_directory_that_is_gone_is_judged_all_the_same(guarded: Guarded) -> None:
    gone = guarded.project / "gone"
    for command, words in (("git status", {ALLOW, NONE}), (REFUSED_LINE, {DENY}), ("x", HELD)):
        assert guarded.ask(guarded.payload(command, cwd=str(gone))).word in words
    assert guarded.verified().problems == ()


def test_started_in_a_folder_that_is_gone(guarded: Guarded) -> None:
    gone = guarded.project / "gone"
    gone.mkdir()
    start = ("/bin/sh", "-c", 'rmdir "$PWD" && exec "$@"', "gone")
    ran = guarded.hook(guarded.payload(cwd=str(gone)), cwd=gone, before=start)
    assert answer_of(ran, shell_may_speak=True).word == ALLOW
    gone.mkdir()
    refused = guarded.payload(REFUSED_LINE, cwd=str(gone))
    ran = guarded.hook(refused, cwd=gone, before=start)
    assert answer_of(ran, shell_may_speak=True).word == DENY
    assert guarded.verified().problems == ()


def test_a_project_folder_that_is_gone_lets_nothing_through(guarded: Guarded) -> None:
    environment = {**guarded.environment, "CLAUDE_PROJECT_DIR": str(guarded.home / "gone")}
    for command in (REFUSED_LINE, "rm -rf .", "frobnicate"):
        answer = guarded.ask(guarded.payload(command), environment=environment)
        assert answer.word in HELD, command
    assert not (guarded.home / "gone").exists()


# Environment

ENVIRONMENTS: dict[str, dict[str, str | None]] = {
    "no-home": {"HOME": None},
    "no-path": {"PATH": None},
    "empty-path": {"PATH": ""},
    "neither": {"HOME": None, "PATH": None, "LANG": None},
    "home-elsewhere": {"HOME": "/"},
    "home-relative": {"HOME": "."},
    "state-elsewhere": {"XDG_STATE_HOME": "/nonexistent/state"},
    "configuration-elsewhere": {"XDG_CONFIG_HOME": "/nonexistent/config"},
    "c-locale": {"LC_ALL": "C", "LANG": "C"},
    "no-such-locale": {"LC_ALL": "xx_XX.KOI8-R"},
    "no-such-zone": {"TZ": "Mars/Olympus"},
    "python-path": {"PYTHONPATH": "TRAPS"},
    "python-home": {"PYTHONHOME": "/nonexistent"},
    "python-startup": {"PYTHONSTARTUP": "TRAPS/json.py", "PYTHONINSPECT": "1"},
    "python-user-site": {"PYTHONUSERBASE": "TRAPS"},
    "python-warnings": {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"},
    "python-text": {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "x", "PYTHONCOERCECLOCALE": "0"},
    "python-optimise": {"PYTHONOPTIMIZE": "2", "PYTHONHASHSEED": "x", "PYTHONMALLOC": "x"},
    "python-trace": {"PYTHONVERBOSE": "2", "PYTHONPROFILEIMPORTTIME": "1", "PYTHONTRACEMALLOC": "x"},
    "python-names": {"PYTHONPLATLIBDIR": "x", "PYTHONEXECUTABLE": "/bin/true", "PYTHONBREAKPOINT": "x"},
    "shell-start-up": {"ENV": "TRAPS/start.sh", "BASH_ENV": "TRAPS/start.sh", "IFS": "/-"},
}  # fmt: skip

#: Modules that a careless hook would import from where it is started.
TRAPS = ("json", "re", "os", "posix", "marshal", "sitecustomize", "usercustomize", "encodings", "site",
         "typing", "time", "hashlib", "_json", "tree_sitter")  # fmt: skip


def trapped(folder: Path) -> Path:
    """A folder of modules and packages that leave a mark when anybody imports them; the mark."""
    mark = folder.parent / "imported"
    text = f"open({str(mark)!r}, 'a').write(__name__ + '\\n')\n"
    for name in TRAPS:
        (folder / f"{name}.py").write_text(text)
    for name in ("agentic", "yaml", "pydantic"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(text)
    (folder / "start.sh").write_text(f": >> {str(mark)!r}\n")
    return mark


@pytest.mark.parametrize("changed", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_no_environment_changes_what_is_decided_and_where_it_is_recorded(
    guarded: Guarded, tmp_path: Path, changed: dict[str, str | None]
) -> None:
    traps = tmp_path / "traps"
    traps.mkdir()
    mark = trapped(traps)
    environment = {**guarded.environment}
    for name, value in changed.items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value.replace("TRAPS", str(traps))
    assert_it_governs(guarded, environment=environment)
    assert not mark.exists()


def test_no_environment_at_all(guarded: Guarded) -> None:
    assert_it_governs(guarded, environment={})


def test_modules_in_the_working_directory_are_not_imported(guarded: Guarded) -> None:
    mark = trapped(guarded.project)
    assert_it_governs(guarded)
    hard = guarded.payload('for f in *.py; do echo "$(wc -l < "$f")"; done')
    assert guarded.ask(hard).word in (ALLOW, NONE, *HELD)
    (guarded.project / ".agentic").mkdir()  # a policy that must be compiled within the hook
    (guarded.project / ".agentic/policy.yaml").write_text("version: 1\n")
    assert_it_governs(guarded)
    assert not mark.exists()


# Streams


def through(guarded: Guarded, redirection: str, payload: object) -> Ran:
    return guarded.hook(payload, before=("/bin/sh", "-c", f'exec "$@" {redirection}', "stream"))


@pytest.mark.parametrize("command", ["git status", REFUSED_LINE])
def test_a_closed_standard_output_blocks(guarded: Guarded, command: str) -> None:
    assert answer_of(through(guarded, ">&-", guarded.payload(command))).word == BLOCKED
    assert guarded.verified().problems == ()


@pytest.mark.parametrize("command", ["git status", REFUSED_LINE])
def test_a_full_standard_output_blocks(guarded: Guarded, command: str) -> None:
    assert answer_of(through(guarded, ">/dev/full", guarded.payload(command))).word == BLOCKED
    assert guarded.verified().problems == ()


def test_a_standard_output_that_nobody_reads_blocks(guarded: Guarded) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = guarded.hook(guarded.payload(REFUSED_LINE), stdout=writing)
    os.close(writing)
    assert answer_of(ran).word == BLOCKED
    assert guarded.verified().problems == ()


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", ">&- 2>&-", "<&- 2>&-"])
def test_without_standard_error_the_exit_code_still_tells(
    guarded: Guarded, redirection: str
) -> None:
    for payload in (b"null", guarded.payload(REFUSED_LINE)):
        ran = through(guarded, redirection, payload)
        assert ran.code in (0, 2)
        if ran.code == 0:
            assert answer_of(ran).word == DENY
        else:
            assert ran.out == ""
    assert guarded.verified().problems == ()


def test_a_closed_standard_input_blocks(guarded: Guarded) -> None:
    assert answer_of(through(guarded, "<&-", guarded.payload())).word == BLOCKED
    assert guarded.verified().records == 2


@pytest.mark.parametrize("source", ["/dev/null", "/"])
def test_a_standard_input_without_a_payload_blocks(guarded: Guarded, source: str) -> None:
    """Python itself refuses to start on a folder, in several lines before ours."""
    ran = through(guarded, f"<{source}", guarded.payload())
    assert answer_of(ran, shell_may_speak=source == "/").word == BLOCKED
    assert guarded.verified().records == 2


# Limits


def test_a_memory_limit_that_is_tighter_than_ours_stays(guarded: Guarded) -> None:
    assert_it_governs(guarded, before=limited("RLIMIT_AS", 1 << 30))


def test_too_little_memory_blocks(guarded: Guarded) -> None:
    """Down to where not even the interpreter starts; what it says then stands before our line."""
    for limit in (256 << 20, 64 << 20, 24 << 20, 12 << 20):
        payload = guarded.payload(REFUSED_LINE + " # " + "x" * 20_000_000)
        ran = guarded.hook(payload, before=limited("RLIMIT_AS", limit))
        assert answer_of(ran, shell_may_speak=True).word in HELD, limit
    assert guarded.verified().problems == ()


def test_no_file_descriptor_left_blocks(guarded: Guarded) -> None:
    """With less than ten the shell cannot even redirect its own `echo`: the exit code still tells."""
    for limit in (4, 5, 6, 7, 11, 12):
        ran = guarded.hook(guarded.payload(REFUSED_LINE), before=limited("RLIMIT_NOFILE", limit))
        if (ran.code, ran.out) != (2, "") or limit > 10:
            assert answer_of(ran, shell_may_speak=True).word in HELD, limit
    assert guarded.verified().problems == ()


# What the command starts


def unanswered(guarded: Guarded) -> Answer:
    """The answer to a dangerous call when the guard cannot even start properly."""
    return answer_of(guarded.hook(guarded.payload(REFUSED_LINE)), shell_may_speak=True)


def test_an_interpreter_that_is_gone_blocks(guarded: Guarded) -> None:
    with away(guarded.installation.python):
        answer = unanswered(guarded)
    assert answer.word == BLOCKED
    assert "agentic init" in answer.because
    assert_it_governs(guarded)


def test_an_interpreter_that_is_none_blocks(guarded: Guarded) -> None:
    python = guarded.installation.python
    for content in (b"\x7fELF broken", b"#!/nonexistent/python\n", b"#!/bin/false\n", b"no such\n"):
        with away(python):
            python.write_bytes(content)
            python.chmod(0o755)
            assert unanswered(guarded).word == BLOCKED, content
            python.chmod(0o644)
            assert unanswered(guarded).word == BLOCKED, content
            python.unlink()
    assert_it_governs(guarded)


def test_an_interpreter_without_its_library_blocks(guarded: Guarded) -> None:
    with away(guarded.installation.python.parent.parent / "lib"):
        assert unanswered(guarded).word in HELD
    assert_it_governs(guarded)


@pytest.mark.parametrize("what", ["package", "environment", "policies"])
def test_an_installation_that_is_gone_blocks(guarded: Guarded, what: str) -> None:
    package = guarded.installation.package
    path = {
        "package": package,
        "environment": guarded.installation.environment,
        "policies": package / "_shipped",
    }[what]
    with away(path):
        answer = answer_of(guarded.hook(guarded.payload()))
        assert answer.word == BLOCKED
        assert guarded.ask(guarded.payload(REFUSED_LINE)).word == BLOCKED
    assert_it_governs(guarded)


def test_a_launcher_that_is_gone_blocks(guarded: Guarded) -> None:
    guarded.launcher.unlink()
    answer = unanswered(guarded)
    assert answer.word == BLOCKED
    assert "agentic init" in answer.because


def test_a_launch_folder_that_is_gone_blocks(guarded: Guarded) -> None:
    shutil.rmtree(guarded.state / "launch")
    assert unanswered(guarded).word == BLOCKED


def compiled(source: str) -> bytes:
    return MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(source, "launcher", "exec"))


LAUNCHERS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "one-byte": lambda data: data[:1],
    "only-the-magic": lambda data: data[:4],
    "only-the-header": lambda data: data[:16],
    "header-and-a-byte": lambda data: data[:17],
    "a-tenth": lambda data: data[: len(data) // 10],
    "half": lambda data: data[: len(data) // 2],
    "a-byte-short": lambda data: data[:-1],
    "a-byte-more": lambda data: data + b"\0",
    "another-interpreter": lambda data: b"\xff\xff\r\n" + data[4:],
    "zeros": lambda data: bytes(len(data)),
    "text": lambda _: b"print('hello')\n",
    "header-and-zeros": lambda data: data[:16] + bytes(1000),
    "header-and-noise": lambda data: data[:16] + data[:4096],
    "zeros-from-the-middle": lambda data: data[: len(data) // 2] + bytes(len(data) // 2),
    "payload-of-zeros": lambda data: data[: 1 << 16] + bytes(len(data) - (1 << 16)),
    "an-exception": lambda _: compiled("raise ValueError('broken\\nin two lines')"),
    "no-such-module": lambda _: compiled("import agentic_of_long_ago"),
    "a-syntax-error": lambda _: compiled("exec('a b')"),
    "exit-1": lambda _: compiled("import os; os._exit(1)"),
    "exit-3": lambda _: compiled("import sys; sys.exit(3)"),
    "endless-recursion": lambda _: compiled("def f(): f()\nf()"),
}


@pytest.mark.parametrize("spoil", LAUNCHERS.values(), ids=LAUNCHERS)
def test_a_spoiled_launcher_lets_nothing_through(
    guarded: Guarded, spoil: Callable[[bytes], bytes]
) -> None:
    """It blocks, or what is spoiled is only needed to understand the call: that is refused then."""
    guarded.launcher.write_bytes(spoil(guarded.launcher.read_bytes()))
    answer = unanswered(guarded)
    assert answer.word in (BLOCKED, DENY)
    assert DOCTOR in answer.because or "code.execute-remote" in answer.because
    assert guarded.verified().problems == ()


@pytest.mark.parametrize(
    "name", ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGTERM", "SIGINT", "SIGALRM", "SIGHUP", "SIGPIPE"]
)  # fmt: skip
def test_a_hook_that_dies_of_a_signal_blocks(guarded: Guarded, name: str) -> None:
    number = int(getattr(signal, name))
    guarded.launcher.write_bytes(compiled(_dying(number)))
    answer = unanswered(guarded)
    assert answer.word == BLOCKED
    assert "agentic init" in answer.because
    assert guarded.verified().problems == ()


def _dying(number: int) -> str:
    """Code that dies of a signal, whatever Python has arranged for it."""
    reset = "" if number == signal.SIGKILL else f"signal.signal({number}, signal.SIG_DFL); "
    return f"import os, signal; {reset}os.kill(os.getpid(), {number})"


# Outcomes through a broken guard: the tool has run, and the person is told


def test_a_broken_guard_tells_of_an_outcome_that_is_not_recorded(guarded: Guarded) -> None:
    guarded.launcher.unlink()
    payload = guarded.payload(hook_event_name="PostToolUse", tool_response={})
    ran = guarded.hook(payload, event="PostToolUse")
    assert ran.code == 0
    assert "systemMessage" in ran.out
    assert DOCTOR in ran.out


#: What `sh` is on one machine or another; those that are on this one.
SHELLS = [
    words
    for line in ("sh", "dash", "bash --posix", "busybox sh", "ksh", "zsh --emulate sh")
    if shutil.which((words := line.split())[0])
]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_every_shell_gives_the_same_answers(guarded: Guarded, shell: list[str]) -> None:
    assert_it_governs(guarded, shell=shell)
    assert guarded.ask([], shell=shell).word == BLOCKED
    guarded.launcher.write_bytes(compiled(_dying(signal.SIGKILL)))
    ran = guarded.hook(guarded.payload(), shell=shell)
    assert answer_of(ran, shell_may_speak=True).word == BLOCKED
