"""`agentic run`: a command under judgement, in its own process's place.

Started for every command that a shim stands in front of, so nothing here loads a third-party package unless
something is refused or asked. A refusal goes to standard error; standard output is the command's.
"""

from __future__ import annotations

import posix
import sys

from agentic import exit_codes
from agentic.core.canonical import canonical
from agentic.core.values import ENVIRONMENTS
from agentic.errors import AgenticError
from agentic.execute import run as running
from agentic.execute.child import die_of
from agentic.execute.judge import DEADLINE_S
from agentic.execute.program import NOT_EXECUTABLE, NotStarted
from agentic.execute.words import USAGE, wanted_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn

    from agentic.core.values import Decision
    from agentic.execute.judge import Scene
    from agentic.execute.words import Wanted
    from agentic.places import Places

VERDICTS = {"AUTO": exit_codes.OK, "CONSULT": exit_codes.CONSULT, "STOP": exit_codes.STOP}
_INTERRUPT = 2
_FILE_TYPE, _FILE = 0o170000, 0o100000


def main(
    arguments: Sequence[str], places: Places | None = None, *, is_shim: bool = False
) -> NoReturn:
    """Run a command and end this process as it ended, or with the code of the verdict. Never returns.

    `places` come from an installation; without them the environment tells. A shim that cannot judge ends
    with 126: the codes of agentic's own mean nothing to whoever calls the program.
    """
    number = 0
    try:
        code, number = _served(arguments, places)
    except KeyboardInterrupt:
        code, number = 128 + _INTERRUPT, _INTERRUPT
    except BaseException as problem:  # noqa: BLE001 - one line, whatever it is; nothing was started
        code = _told_by_shim(problem) if is_shim else _told(problem)
    if number:
        die_of(number)
    posix._exit(code)


def _served(arguments: Sequence[str], places: Places | None) -> tuple[int, int]:
    """The exit code to end with, and the signal to end by (else 0)."""
    status = StatusFile("")
    try:
        wanted = wanted_from(arguments)
        status = StatusFile(wanted.status)
        deadline_s = _deadline_s(wanted)
        if places is None:
            from agentic.places import places_of
            from agentic.ports import SessionVariables

            places = places_of(SessionVariables())  # type: ignore[arg-type]  # only `get` is asked
        ran = running.run(wanted, places, _ways(status), deadline_s)
    except NotStarted as problem:
        complain(str(problem))
        status.write_error(problem)
        return problem.status, 0
    except AgenticError as problem:
        status.write_error(problem)
        raise
    if ran.end is None:
        return VERDICTS[ran.mode], 0
    return ran.end.code, ran.end.signal


def _ways(status: StatusFile) -> running.Ways:
    return running.Ways(status.open, status.write, refuse, _ask, complain_short)


class StatusFile:
    """The file of `--status`; nothing is written to it before it is known that it may be."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._is_open = False

    def open(self) -> None:
        """Let what is told from now on be written."""
        self._is_open = bool(self._path)

    def write(self, document: Mapping[str, Any]) -> None:
        """Replace the file with one line, or raise Unavailable and leave it as it was."""
        if not self._is_open:
            return
        _check_is_a_files_place(self._path)
        from agentic.hosts.launcher import write_atomically

        write_atomically(self._path, canonical(dict(document)) + b"\n")

    def write_error(self, problem: AgenticError) -> None:
        """Tell that there is no verdict, unless this file is what is wrong."""
        try:
            self.write(running.status_of_error(problem.message))
        except AgenticError:  # the problem itself is told, and the exit code says that nothing ran
            return


def _check_is_a_files_place(path: str) -> None:
    """Raises Unavailable where something lies that is no ordinary file, which would be replaced by one."""
    try:
        form = posix.lstat(path).st_mode & _FILE_TYPE
    except OSError:  # nothing is there, or writing says what is wrong
        return
    if form != _FILE:
        from agentic.errors import Unavailable, quoted

        raise Unavailable(
            "run.status", f"{quoted(path, 300)} cannot be written: it is no ordinary file"
        )


def refuse(decision: Decision) -> None:
    """Tell on standard error why something does not run, and how a person may let it."""
    from agentic.core.reason import reason_of, render

    complain(render(reason_of(decision)))
    if decision.request and decision.request_state == "pending":
        complain(f"a person approves it with: agentic requests approve {decision.request}")


def _ask(scene: Scene, request_id: str) -> bool:
    """Whether the person at this terminal has approved the request, as `requests approve` does it."""
    from agentic.execute.person import is_person_here

    if not is_person_here():
        return False
    import typer

    from agentic.cli.requests import shown

    store = scene.store.approvals()
    now = scene.ports.now
    request = store.find(request_id, now)
    if request.state != "pending":
        return False
    complain("\n" + shown(request))
    try:
        typed = typer.prompt(
            "type the first 8 digits of the digest to run it, or nothing",
            default="",
            show_default=False,
            err=True,
        )
    except typer.Abort:
        raise KeyboardInterrupt from None
    if not typed.strip():
        return False
    ttl_s = int(scene.ports.policy.settings["grant_ttl_s"])
    store.approve(request_id, typed.strip(), approver=scene.store.user, now=now, ttl_s=ttl_s)
    return True


def _deadline_s(wanted: Wanted) -> float:
    """How long live sources may be waited for. Raises AgenticError for options that are none."""
    if wanted.environment and wanted.environment not in ENVIRONMENTS:
        from agentic.cli.output import did_you_mean
        from agentic.errors import quoted

        raise AgenticError(
            USAGE,
            f"unknown environment {quoted(wanted.environment)}",
            did_you_mean(wanted.environment, ENVIRONMENTS),
        )
    if not wanted.deadline:
        return DEADLINE_S
    from agentic.cli.output import seconds_of

    return seconds_of(wanted.deadline, "--deadline")


def complain(text: str) -> None:
    """One message to standard error, whatever state that is in."""
    data = (text + "\n").encode("utf-8", "backslashreplace")
    try:
        while data:
            data = data[posix.write(2, data) :]
    except OSError:  # nobody is left to tell
        return


def complain_short(message: str) -> None:
    """What went wrong beside a command that ran: one line of ours among its own."""
    complain(f"agentic: {message}")


def _told_by_shim(problem: BaseException) -> int:
    """Say in one line why the program behind a shim was not started."""
    from agentic.core.reason import one_line

    text = str(problem)
    if isinstance(problem, AgenticError):
        text = f"{problem.message}; {problem.help}" if problem.help else problem.message
    elif isinstance(problem, OSError):
        text = (problem.strerror or text).lower()
    complain_short(f"blocked: {one_line(text)}; run `agentic doctor`")
    return NOT_EXECUTABLE


def _told(problem: BaseException) -> int:
    """Say what went wrong and return the exit code; nothing was started."""
    if isinstance(problem, AgenticError):
        complain(str(problem))
        if problem.code == USAGE:
            return exit_codes.USAGE
        from agentic.cli.output import code_of

        return code_of(problem)
    if "typer" in sys.modules:
        from typer import Exit

        if isinstance(problem, Exit):  # told by agentic.cli.output already
            return problem.exit_code
    if isinstance(problem, OSError):
        why = (problem.strerror or str(problem)).lower()
        complain(f"{why} [cli.system]\n  help: run `agentic doctor`")
        return exit_codes.UNAVAILABLE
    complain(
        f"a bug in agentic: {type(problem).__name__}: {problem} [bug]\n  help: please report it"
    )
    return exit_codes.BUG
