"""Runs a command under judgement: decided, recorded, started without a shell, its outcome recorded.

1. look at the streams, the folder, the program, and what it inherits;
2. decide, with a record; a grant is used where there is one;
3. let the person at this terminal answer a CONSULT, and decide again;
4. say in the status file what is about to happen;
5. look again whether the command still does what was judged, and start it;
6. record how it ended, and say so in the status file.

FAIL-SAFE: whatever goes wrong before step 5 raises, and nothing was started
(tests/execute/test_run_refuses.py).
"""

from __future__ import annotations

import posix
from time import time

from agentic.core.record_type import NamedTuple
from agentic.core.values import AUTO, CONSULT, PURPOSE_ASK, RUN, STOP, ToolCall
from agentic.errors import AgenticError, Unavailable
from agentic.execute.child import End, carried, signal_name
from agentic.execute.inherited import judged_line
from agentic.execute.judge import (
    DEADLINE_S,
    Judgement,
    check_unchanged,
    current_folder,
    judged,
    scene_of,
)
from agentic.execute.program import NotStarted, Program, found_program, judged_name
from agentic.execute.words import check_is_no_shell_line, quoted_word, shell_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from agentic.core.values import Decision
    from agentic.execute.judge import Scene
    from agentic.execute.words import Wanted
    from agentic.places import Places


class Ways(NamedTuple):
    """How a run speaks: each is called with what there is to tell.

    `write` gets the status document, the last one counts; `open_status` is called before, once the status
    file is known to be one that may be written: an error or a refusal is no way to overwrite others.
    `refuse` tells a decision that does not run.
    `ask` shows a request to the person here and returns whether a yes was given. `complain` tells what
    went wrong after the command had started.
    """

    open_status: Callable[[], None]
    write: Callable[[Mapping[str, Any]], None]
    refuse: Callable[[Decision], None]
    ask: Callable[[Scene, str], bool]
    complain: Callable[[str], None]


class Ran(NamedTuple):
    """What became of it: `end` is None where the command was not started; `mode` is the verdict."""

    mode: str
    end: End | None


def run(wanted: Wanted, places: Places, ways: Ways, deadline_s: float = DEADLINE_S) -> Ran:
    """Run what is wanted where the decision lets it. Raises AgenticError; then nothing was started."""
    closed = closed_streams()
    folder = current_folder()
    scene = scene_of(places, folder, deadline_s)
    if wanted.status and _is_free_to_write(wanted, folder, scene):
        ways.open_status()
    check_is_no_shell_line(wanted.words)
    name = wanted.words[0]
    try:
        program: Program | None = found_program(name, _variable("PATH"), folder)
    except NotStarted as problem:
        program, missing = None, problem
    view = scene.ports.workspace
    call = call_of(wanted, folder, "" if program is None else judged_name(program, view))
    line = judged_line(carried_line(call, wanted.status), name, folder, view)
    # Only what is refused in any case is worth a record: there is nothing to run, and no grant to spend.
    if program is None and judged(call, line, scene, PURPOSE_ASK).decision.mode != STOP:
        raise missing
    judgement = judged(call, line, scene)
    decision = judgement.decision
    if decision.permission != RUN:
        ways.refuse(decision)
        if decision.request and program is not None and ways.ask(scene, decision.request):
            scene = scene_of(places, folder, deadline_s)
            judgement = judged(call, line, scene)
            decision = judgement.decision
            if decision.permission != RUN:
                ways.refuse(decision)
    if decision.permission != RUN or program is None:
        ways.write(status_of(decision))
        return Ran(decision.mode, None)
    return _executed(program, wanted.words, judgement, scene, ways, closed)


def _executed(
    program: Program,
    words: Sequence[str],
    judgement: Judgement,
    scene: Scene,
    ways: Ways,
    closed: Sequence[int],
) -> Ran:
    decision = judgement.decision
    ways.open_status()
    try:
        ways.write(status_of(decision, is_started=True))
        check_unchanged(judgement, scene)
        end = carried(program, words, closed)
    except AgenticError as problem:
        _record(judgement, scene, ways, "refused", None, problem.message)
        _try_to_write(ways, status_of(decision, error=problem.message))
        raise
    told = f"signal {signal_name(end.signal)}" if end.signal else f"exit {end.code}"
    status = "succeeded" if end.code == 0 and not end.signal else "failed"
    _record(judgement, scene, ways, status, end.duration_ms, "" if status == "succeeded" else told)
    # The command has run: its own end is what counts now.
    told_wrong = _try_to_write(ways, status_of(decision, end=end))
    if told_wrong:
        ways.complain(told_wrong)
    return Ran(decision.mode, end)


def _try_to_write(ways: Ways, document: Mapping[str, Any]) -> str:
    """Write the status; returns why that failed, else nothing."""
    try:
        ways.write(document)
    except Unavailable as problem:
        return problem.message
    return ""


def carried_line(call: ToolCall, status: str) -> str:
    """The line that a call is judged by: where a status file is written, that is judged as well.

    It is what a hook reads, so that a yes to the one is a yes to the other.
    """
    line = str(call.input["command"])
    return f"agentic run --status={quoted_word(status)} -- {line}" if status else line


def _is_free_to_write(wanted: Wanted, folder: str, scene: Scene) -> bool:
    """Whether writing the status file needs nobody's yes, whatever becomes of the command."""
    nothing = wanted._replace(words=("true",))
    call = call_of(nothing, folder)
    line = carried_line(call, wanted.status)
    return judged(call, line, scene, PURPOSE_ASK).decision.mode == AUTO


def call_of(wanted: Wanted, folder: str, name: str = "") -> ToolCall:
    """The tool call that stands for a command; `name` is how its program is named to recognition."""
    words = (name or wanted.words[0], *wanted.words[1:])
    return ToolCall(
        "shell",
        {"command": shell_line(words)},
        folder,
        raw_tool="run",
        raw_input={"words": list(wanted.words)},
        role=wanted.role,
        declared_environment=wanted.environment,
    )


def status_of(
    decision: Decision, *, is_started: bool = False, end: End | None = None, error: str = ""
) -> dict[str, Any]:
    """The document that tells a verdict from the command's own code.

    In full::

        {"verdict": "AUTO"|"CONSULT"|"STOP"|null, "ran": true|false, "exit": 0-255|null,
         "signal": "SIGTERM"|null, "record": 17, "request": "r-…"|null, "grant": "g-…"|null,
         "error": text|null}

    While the command runs, `ran` is true, and both `exit` and `signal` are null.
    """
    return {
        "verdict": decision.mode,
        "ran": is_started or end is not None,
        "exit": None if end is None or end.signal else end.code,
        "signal": signal_name(end.signal) if end is not None and end.signal else None,
        "record": decision.record,
        "request": decision.request or None,
        "grant": None if decision.grant is None else decision.grant.id,
        "error": error or None,
    }


def status_of_error(message: str) -> dict[str, Any]:
    """The status document where there was no verdict."""
    blank = dict.fromkeys(("verdict", "exit", "signal", "record", "request", "grant"))
    return {**blank, "ran": False, "error": message}


def closed_streams() -> tuple[int, ...]:
    """The standard streams that we were started without; `/dev/null` stands in their place from now on.

    The next file opened would take such a number, and the command would write into our journal.
    """
    closed = []
    for descriptor in (0, 1, 2):
        try:
            posix.fstat(descriptor)
        except OSError:
            closed.append(descriptor)
            posix.open("/dev/null", posix.O_RDWR)
    return tuple(closed)


def _record(
    judgement: Judgement,
    scene: Scene,
    ways: Ways,
    status: str,
    duration_ms: int | None,
    error: str,
) -> None:
    """Record the outcome; where that fails it is told, since the command has run."""
    from agentic.audit.record import record_of_outcome

    decision = judgement.decision
    record = record_of_outcome(
        judgement.call,
        status=status,  # type: ignore[arg-type]  # one of the two words of our callers
        user=scene.store.user,
        now=time(),
        duration_ms=duration_ms,
        error=error,
        decision=decision.record,
        call_digest=decision.call_digest,
    )
    try:
        scene.store.journal().append(record, durable=decision.mode == CONSULT)
    except AgenticError as problem:
        ways.complain(f"the outcome is not recorded: {problem.message}")


def _variable(name: str) -> str:
    value: bytes = posix.environ.get(name.encode(), b"")
    return value.decode("utf-8", "surrogateescape")
