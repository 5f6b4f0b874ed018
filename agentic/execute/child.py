"""A command started in our place: streams, terminal, signals and its end passed on, no shell in between.

The command stays in our process group, so that pipelines, job control and the terminal's keys work as if we
were not there. What the terminal sends reaches every process of the group by itself; what was sent to us
alone is sent on. When the command stops we stop, when we are continued it is.

Sources: https://man7.org/linux/man-pages/man2/sigaction.2.html (`si_code`),
https://docs.python.org/3/library/os.html#os.posix_spawn (checked 2026-11-21)
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # the C half of `signal`, without its enums
import posix
from time import monotonic

from agentic.core.record_type import NamedTuple
from agentic.errors import quoted
from agentic.execute.program import NOT_EXECUTABLE, NOT_FOUND, NotStarted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from agentic.execute.program import Program

#: What is passed on when somebody sends it to us. SIGKILL and SIGSTOP cannot be.
PASSED_ON = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
    signal.SIGTSTP,
    signal.SIGCONT,
)
#: What a terminal's keys, its size and its end send to the whole foreground group.
_BY_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH, signal.SIGHUP)
#: What Python ignores for itself; a program expects the default.
_RESTORED = (signal.SIGPIPE, signal.SIGXFSZ)

_ENOENT, _E2BIG, _ENOEXEC = 2, 7, 8
_REASONS = {
    _E2BIG: "its arguments and environment are too long",
    _ENOEXEC: "it is no program of this machine, and no script with a `#!` line",
}


class End(NamedTuple):
    """How a command ended: its exit code, or the number of the signal that killed it (else 0)."""

    code: int
    signal: int
    duration_ms: int


def carried(program: Program, words: Sequence[str], closed: Sequence[int] = ()) -> End:
    """Start a program, wait for its end, and pass signals on meanwhile.

    `words` are its arguments, the first one its own name; `closed` the standard streams that it is to get
    closed, as we got them. Raises NotStarted.
    """
    ours = {*PASSED_ON, signal.SIGCHLD}
    # A SIGCHLD that is ignored would let the system take the command's end before we see it.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ours)
    started = monotonic()
    try:
        child = _started(program, words, closed, before)
        _let_go_of_streams()
        status = _watched(child, ours)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    spent = int((monotonic() - started) * 1000)
    if posix.WIFSIGNALED(status):
        return End(0, posix.WTERMSIG(status), spent)
    return End(posix.WEXITSTATUS(status), 0, spent)


def die_of(number: int) -> NoReturn:
    """End this process by a signal, as the command has ended; by 128 + its number where that fails."""
    from resource import RLIMIT_CORE, getrlimit, setrlimit

    setrlimit(RLIMIT_CORE, (0, getrlimit(RLIMIT_CORE)[1]))  # the command has dumped its own core
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (number,))
    posix.kill(posix.getpid(), number)
    posix._exit(128 + number)


def signal_name(number: int) -> str:
    """`SIGTERM` for 15; the number as text for one without a name."""
    from signal import Signals

    try:
        return Signals(number).name
    except ValueError:
        return str(number)


def _started(program: Program, words: Sequence[str], closed: Sequence[int], mask: set[int]) -> int:
    try:
        return posix.posix_spawn(
            program.path,
            list(words),
            posix.environ,
            file_actions=[(posix.POSIX_SPAWN_CLOSE, descriptor) for descriptor in closed],
            setsigmask=mask,
            setsigdef=_RESTORED,
        )
    except OSError as problem:
        reason = _REASONS.get(problem.errno or 0, (problem.strerror or "unknown error").lower())
        if problem.errno == _ENOENT:
            reason = "it is gone, or the interpreter that it names is not there"
        raise NotStarted(
            "run.not-started",
            f"{quoted(program.path, 300)} cannot be started: {reason}",
            "",
            NOT_FOUND if problem.errno == _ENOENT else NOT_EXECUTABLE,
        ) from None


def _let_go_of_streams() -> None:
    """Keep no end of the command's input and output: who reads it must see when the command closes it."""
    nothing = posix.open("/dev/null", posix.O_RDWR | posix.O_CLOEXEC)
    posix.dup2(nothing, 0)
    posix.dup2(nothing, 1)
    posix.close(nothing)


def _watched(child: int, ours: set[int]) -> int:
    """The command's wait status at its end."""
    while True:
        number, is_for_all = _next_signal(ours)
        if number != signal.SIGCHLD:
            if not is_for_all:
                posix.kill(child, number)
            continue
        while True:
            found, status = posix.waitpid(child, posix.WNOHANG | posix.WUNTRACED)
            if not found:
                break
            if not posix.WIFSTOPPED(status):
                return status
            _stop(posix.WSTOPSIG(status))
            posix.kill(child, signal.SIGCONT)


def _next_signal(ours: set[int]) -> tuple[int, bool]:
    """The next signal, and whether the whole process group has got it already."""
    wait = getattr(signal, "sigwaitinfo", None)
    if wait is not None:
        told = wait(ours)
        return told.si_signo, told.si_code > 0
    # macOS does not tell who sent it: at a terminal that we are in front of, it was the terminal.
    number = signal.sigwait(ours)
    return number, number in _BY_TERMINAL and _is_in_front()


def _is_in_front() -> bool:
    for descriptor in (2, 0, 1):
        try:
            return posix.tcgetpgrp(descriptor) == posix.getpgrp()
        except OSError:
            continue
    return False


def _stop(number: int) -> None:
    """Stop as the command did, so that the shell sees a stopped job; returns when we are continued.

    The one that the terminal sent us is waiting beside ours and becomes one with it.
    """
    posix.kill(posix.getpid(), number)
    if number != signal.SIGSTOP:
        blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, (number,))
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
