"""The entry that a coding agent's host starts for every tool call: payload in, answer out.

1. look at the three standard streams, start the deadline;
2. read the payload from standard input, at most 32 MiB;
3. let the host's adapter turn it into an event;
4. a call is governed and answered, an outcome recorded, a session given the short rules;
5. write the whole answer and leave.

FAIL-SAFE: whatever goes wrong with a call is one line on standard error, an empty standard output and
exit code 2, which every host takes for a refusal; never exit code 1, which most let through
(tests/hook/test_bad_input.py). Only an outcome that cannot be recorded is told and lets the session go
on: the tool has run already.
"""

from __future__ import annotations

import posix
import sys
from time import time

from agentic.adapters import ADAPTERS, SHAPE_VARIABLES, host_of
from agentic.adapters.interface import Surroundings
from agentic.core.native import parse_json
from agentic.core.record_type import NamedTuple
from agentic.errors import AgenticError, HostPayloadInvalid, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, NoReturn

    from agentic.adapters.interface import Event, Reply
    from agentic.core.policy import Policy
    from agentic.core.values import Answer, Decision
    from agentic.places import Places

MAX_PAYLOAD_BYTES = 32 << 20
#: Well under the time-out that `init` writes (60 s): a hook that a host kills lets the call through.
DEADLINE_S = 25.0

DOCTOR = "run `agentic doctor`"
BLOCKED = 2

_CHUNK_BYTES = 1 << 16


class Options(NamedTuple):
    """What `init` wrote behind the host's name in the hook's command.

    `auto_reply` is `none`, `allow`, or empty to leave it to policy; `role` may be empty. `event` is the
    event's name, for hosts whose payload has none.
    """

    host: str
    auto_reply: str = ""
    role: str = ""
    event: str = ""


def main(
    arguments: list[str], places: Places | None = None, deadline_s: float = DEADLINE_S
) -> NoReturn:
    """Serve one event of the host named by `arguments` and end the process: 0 answered, 2 blocked.

    `arguments` are the host and perhaps `--role ROLE`, `--auto-reply none|allow`, `--event NAME`;
    `places` come from the installation, else from the environment. Never returns, never raises.
    """
    status = BLOCKED
    try:
        _check_streams()
        _start_deadline(deadline_s)
        reply = answer_to(options_from(arguments), _payload(), places)
        _write(1, reply.stdout)
        _write(2, reply.stderr)
        status = reply.status
    except BaseException as problem:  # noqa: BLE001 - whatever it is, the call must be blocked
        _complain(problem)
    posix._exit(status)


def options_from(arguments: list[str]) -> Options:
    """The options on the hook's command line. Raises AgenticError for anything unknown."""
    if not arguments:
        raise AgenticError("hook.usage", "the hook's command names no host")
    found = {"--role": "", "--auto-reply": "", "--event": ""}
    rest = arguments[1:]
    while rest:
        name, *values = rest
        if name not in found or not values:
            raise AgenticError("hook.usage", f"unknown hook option {quoted(name)}")
        found[name] = values[0]
        rest = values[1:]
    if found["--auto-reply"] not in ("", "none", "allow"):
        raise AgenticError("hook.usage", "`--auto-reply` is `none` or `allow`")
    return Options(arguments[0], found["--auto-reply"], found["--role"], found["--event"])


def answer_to(options: Options, payload: bytes, places: Places | None) -> Reply:
    """The reply to one payload. Raises whatever must block the call."""
    values = _parsed(payload, options.host)
    adapter = _adapter(options.host, values)
    is_own = options.host == adapter.HOST
    surroundings = Surroundings(_variables(adapter.VARIABLES), options.event, is_own, _folder())
    event: Event = adapter.event_of(values, surroundings)
    reply: Reply
    if event.kind == "none":
        reply = adapter.none_reply(event)
        return reply
    if places is None:
        from agentic.places import places_of

        environment = {
            name: _variable(name) for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
        }
        places = places_of(environment)
    if event.kind in {"call", "permission"}:
        return _governed(adapter, options, event, places)
    try:
        if event.kind == "outcome":
            _record_outcome(event, places)
            reply = adapter.none_reply(event)
        else:
            reply = _session_started(adapter, event, places)
    except Exception as problem:  # noqa: BLE001 - told to the person; the tool has run already
        reply = adapter.unrecorded_reply(f"agentic: not recorded: {_line(problem)}")
    return reply


def _governed(adapter: ModuleType, options: Options, event: Event, places: Places) -> Reply:
    from agentic.adapters.answers import answer_of
    from agentic.authoring.effective import effective_policy
    from agentic.govern import govern
    from agentic.places import private_folder
    from agentic.ports import SessionVariables, ports_for
    from agentic.workspace import workspace_root

    call = event.call
    if call is None:
        raise HostPayloadInvalid("host.payload", "an event about a tool without its call")
    root = workspace_root(event.project, event.cwd or call.cwd, places.home)
    policy = effective_policy(root, private_folder(places.state), places.config)
    auto_reply = options.auto_reply or policy.settings.get("auto_reply", "none")

    def answer(decision: Decision) -> Answer:
        return answer_of(decision, auto_reply)

    ports = ports_for(places, root, policy, int(time()), SessionVariables(), answer)
    decision = govern(call._replace(role=role_of(call.agent, options.role, policy)), ports)
    reply: Reply = adapter.reply_of(event, decision, answer(decision))
    return reply


def role_of(agent: str, configured: str, policy: Policy) -> str:
    """The role a call is judged in: the agent's own where policy maps it, else the one set at install."""
    if agent and (agent in policy.role_aliases or agent in policy.roles):
        return agent
    return configured


def _record_outcome(event: Event, places: Places) -> None:
    """Record what became of a call, linked to its decision. A run after ASK is a yes in the dialog."""
    from agentic.audit.record import record_of_outcome
    from agentic.core.canonical import canonical, exact
    from agentic.govern import call_digest
    from agentic.places import user_name

    call, outcome = event.call, event.outcome
    if call is None or outcome is None:
        raise HostPayloadInvalid("host.payload", "an outcome without its call")
    journal = _journal(event, places)
    decision = journal.decision_of(call.call_id, call_digest(call)) or {}
    asked = decision.get("permission") == "ASK"
    record = record_of_outcome(
        call,
        status=outcome.status,
        user=user_name(),
        now=time(),
        duration_ms=outcome.duration_ms if outcome.duration_ms >= 0 else None,
        output=None if outcome.output is None else canonical(exact(outcome.output)),
        error=outcome.error,
        decision=decision.get("seq", 0),
        call_digest=decision.get("call_digest", ""),
        assurance="host-dialog" if asked else "",
    )
    journal.append_outcome(record, decision.get("seq", 0), durable=asked)


def _session_started(adapter: ModuleType, event: Event, places: Places) -> Reply:
    """The short rules for the agent. That the session began is recorded with its workspace."""
    from agentic.adapters.rules import RULES
    from agentic.audit.record import record_of_event
    from agentic.places import user_name

    journal = _journal(event, places)
    facts = {"host": adapter.HOST, "session": event.session}
    record = record_of_event(
        "session", now=time(), facts=facts, user=user_name(), cwd=event.cwd, project=event.project
    )
    journal.append(record)
    reply: Reply = adapter.session_reply(RULES)
    return reply


def _journal(event: Event, places: Places) -> Any:
    from agentic.audit.journal import open_journal
    from agentic.workspace import main_work_tree, workspace_root

    root = main_work_tree(workspace_root(event.project, event.cwd, places.home))
    return open_journal(root, places.state)


def _adapter(host: str, payload: object) -> ModuleType:
    """The adapter of the host whose payload this is; the one that is named, where the shape is open."""
    if host in ADAPTERS and type(payload) is dict:
        host = host_of(payload, _variables(SHAPE_VARIABLES), host)
    module = ADAPTERS.get(host)
    if module is None:
        known = ", ".join(f"`{name}`" for name in ADAPTERS)
        raise AgenticError("hook.unknown-host", f"unknown host {quoted(host)}; known: {known}")
    __import__(module)
    return sys.modules[module]


def _parsed(payload: bytes, host: str) -> Any:
    if not payload.strip():
        raise HostPayloadInvalid("host.payload", f"{host} sent an empty payload")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        raise HostPayloadInvalid("host.payload", "the payload is not UTF-8 text") from None
    return parse_json(text, what="the payload")


def _folder() -> str:
    """The working folder of this process; empty where it is gone."""
    try:
        return posix.getcwd()
    except OSError:
        return ""


def _variables(names: tuple[str, ...]) -> dict[str, str]:
    return {name: _variable(name) for name in names if name.encode() in posix.environ}


def _variable(name: str) -> str:
    value: bytes = posix.environ.get(name.encode(), b"")
    return value.decode("utf-8", "surrogateescape")


# --- streams and time


def _check_streams() -> None:
    """Refuse to work without streams: the next file opened would take a closed stream's number."""
    try:
        posix.fstat(2)
    except OSError:
        posix.open("/dev/null", posix.O_WRONLY)
        raise AgenticError("hook.streams", "standard error is closed") from None
    try:
        posix.fstat(0)
        posix.fstat(1)
    except OSError:
        raise AgenticError("hook.streams", "standard input or output is closed") from None


def _start_deadline(seconds: float) -> None:
    """Let the system kill this process in time, also out of a loop in C; the shell then blocks."""
    import _signal  # type: ignore[import-not-found]  # the C half of `signal`

    _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (_signal.SIGALRM,))
    _signal.setitimer(_signal.ITIMER_REAL, seconds)


def _payload() -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        piece = posix.read(0, _CHUNK_BYTES)
        if not piece:
            return b"".join(pieces)
        size += len(piece)
        if size > MAX_PAYLOAD_BYTES:
            raise HostPayloadInvalid("host.payload", "the payload is larger than 32 MiB")
        pieces.append(piece)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[posix.write(descriptor, data) :]


def _complain(problem: BaseException) -> None:
    """One line on standard error, whatever state the process is in."""
    try:
        text = f"agentic: blocked: {_line(problem)}\n".encode("utf-8", "backslashreplace")
    except BaseException:  # noqa: BLE001 - a last line must come, also without memory
        text = f"agentic: blocked: internal error; {DOCTOR}\n".encode()
    try:  # noqa: SIM105 - contextlib would cost every hook time
        _write(2, text)
    except OSError:  # nobody is left to tell; the exit code blocks
        pass


def _line(problem: BaseException) -> str:
    """What went wrong, on one line that always ends with the way to mend it."""
    from agentic.core.reason import one_line

    if isinstance(problem, AgenticError):
        text = problem.message
        if problem.help and DOCTOR not in problem.help:
            text = f"{text}; {problem.help}"
    elif isinstance(problem, OSError) and problem.strerror:
        name = f"{quoted(problem.filename)}: " if problem.filename else ""
        text = f"{name}{problem.strerror.lower()}{_where(problem)}"
    elif isinstance(problem, MemoryError):
        text = "out of memory"
    elif isinstance(problem, KeyboardInterrupt):
        text = "interrupted"
    else:
        text = f"internal error{_where(problem)}: {problem}"
    return f"{one_line(text)}; {DOCTOR}"


def _where(problem: BaseException) -> str:
    """` (file.py: function)` of the innermost frame: the installed hook's code has no line numbers."""
    trace = problem.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f" ({code.co_filename.rpartition('/')[2]}: {code.co_name})"
