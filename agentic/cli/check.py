"""`agentic check`: what would be decided, without recording, spending or running anything.

One command (`-- COMMAND…`), one tool call (`--tool NAME --input FILE`), or many (`--batch FILE`). A batch
is worked through by a child process that the parent watches, so that an input which kills or hangs the
recogniser costs its own line only.
"""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentic import exit_codes
from agentic.cli.output import choice, did_you_mean, say, say_json, seconds_of, unix_time, usage
from agentic.core.native import parse_json
from agentic.core.reason import reason_of, render
from agentic.core.values import ENVIRONMENTS, PURPOSE_ASK, TOOLS, ToolCall
from agentic.errors import AgenticError, quoted
from agentic.govern import govern
from agentic.ports import CliPorts

if TYPE_CHECKING:
    from agentic.core.values import Decision, Reading

VERDICTS = {"AUTO": exit_codes.OK, "CONSULT": exit_codes.CONSULT, "STOP": exit_codes.STOP}

#: One line of a batch may take this long before its worker is replaced.
LINE_SECONDS = 20.0
_LINE_KEYS = ("id", "tool", "command", "input", "cwd", "environment", "agent")

#: Fields that each neutral tool needs, with their types.
NEEDED: dict[str, tuple[tuple[str, type], ...]] = {
    "shell": (("command", str),),
    "read": (("path", str),),
    "write": (("path", str),),
    "edit": (("path", str),),
    "delete": (("path", str),),
    "search": (),
    "fetch": (("url", str),),
    "browse": (),
    "notebook": (("path", str),),
    "agent": (),
    "mcp": (("server", str), ("tool", str)),
    "other": (),
}


class BadLine(ValueError):
    """One line of a batch, or one `--input`, that is not a tool call; the text says why."""


def command_text(words: list[str]) -> str:
    """What stood after `--` as one shell line: a single word is shell text, several are exact words."""
    return words[0] if len(words) == 1 else shlex.join(words)


def tool_input(tool: str, value: Any) -> dict[str, Any]:
    """A tool's input, checked against what the neutral tool needs. Raises BadLine."""
    if not isinstance(value, dict):
        raise BadLine("`input` is not an object")
    for name, kind in NEEDED[tool]:
        if not isinstance(value.get(name), kind):
            raise BadLine(f"the {tool} tool needs `{name}` as a string")
    if tool == "mcp" and not isinstance(value.get("arguments", {}), dict):
        raise BadLine("`arguments` is not an object")
    return value


def decision_json(decision: Decision) -> dict[str, Any]:
    """The fields of a decision that `--json` and `--batch` share."""
    return {
        "mode": decision.mode,
        "permission": decision.permission,
        "base_mode": decision.base_mode,
        "operations": [
            {
                "kind": operation.kind,
                "environment": operation.environment,
                "judged_as": operation.judged_as,
                "effects": list(operation.effects),
                "target": operation.target,
            }
            for operation in decision.operations
        ],
        "rules": list(decision.rules),
        "readings": [_reading_json(reading) for reading in decision.readings],
        "because": decision.because,
        "call_digest": decision.call_digest,
        "action_digest": decision.action_digest,
        "policy_digest": decision.policy_digest,
    }


def _reading_json(reading: Reading) -> dict[str, Any]:
    """A reading's fields, without those optional ones that say nothing."""
    always = ("signal", "state", "because", "severity", "source", "observed_at")
    return {name: value for name, value in reading._asdict().items() if value or name in always}


def check_one(call: ToolCall, ports: CliPorts, *, as_json: bool) -> int:
    """Decide one hypothetical call, print it, and return the exit code of its verdict."""
    decision = govern(call, ports.for_call(call), PURPOSE_ASK)
    if as_json:
        trace = [step._asdict() for step in decision.trace]
        more = {"trace": trace, "way": decision.way, "waiting_for": decision.waiting_for}
        say_json({**decision_json(decision), **more})
    else:
        say(render(reason_of(decision)))
    return VERDICTS[decision.mode]


def read_text(source: str) -> str:
    """The text of a file, or of standard input for `-`; a usage error when it cannot be read."""
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as problem:
        usage(f"{quoted(source)} cannot be read: {problem.strerror}")
    return data.decode("utf-8", "surrogateescape")


def call_of_input(tool: str, source: str, cwd: str, environment: str, role: str) -> ToolCall:
    """The tool call that `--tool` and `--input` describe; a usage error when it is not one."""
    choice(tool, TOOLS, "tool")
    text = read_text(source)
    try:
        value = tool_input(tool, parse_json(text))
    except BadLine as problem:
        usage(str(problem))
    except (AgenticError, ValueError) as problem:
        usage(f"the input is not JSON: {_first_line(problem)}")
    return ToolCall(tool, value, cwd, can_ask=True, declared_environment=environment, role=role)


# Batch


def check_batch(source: str, ports: CliPorts, cwd: str, environment: str, role: str) -> int:
    """Answer every line of a batch in order; 3 when a line was bad, else 0 whatever the modes."""
    lines = read_text(source).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    bad = False
    start = 0
    while start < len(lines):
        start, was_bad = _supervised(lines, start, ports, cwd, environment, role)
        bad = bad or was_bad
    sys.stdout.flush()
    return exit_codes.INVALID_DOCUMENT if bad else exit_codes.OK


def _supervised(
    lines: list[str], start: int, ports: CliPorts, cwd: str, environment: str, role: str
) -> tuple[int, bool]:
    """Answer lines from `start` in one child; returns (the next line to do, whether one was bad)."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        status = 1
        try:
            _work(lines, start, ports, cwd, environment, role, writer)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    pending = b""
    bad = False
    number = start
    try:
        while number < len(lines):
            wait_s = LINE_SECONDS + ports.live_deadline_s
            ready, _, _ = select.select([reader], [], [], wait_s)
            chunk = os.read(reader, 1 << 16) if ready else b""
            if not chunk:
                break
            pending += chunk
            *whole, pending = pending.split(b"\n")
            for answer in whole:
                bad = bad or answer.startswith(b'{"id":null,"line":')
                sys.stdout.write(answer.decode() + "\n")
            number += len(whole)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if number < len(lines):
        failed = "the recogniser failed on this line; treat it as STOP"
        sys.stdout.write(_error_line(number + 1, failed) + "\n")
        return number + 1, True
    return number, bad


def _work(
    lines: list[str],
    start: int,
    ports: CliPorts,
    cwd: str,
    environment: str,
    role: str,
    writer: int,
) -> None:
    """The child: answers to the pipe, a chunk at a time but at once when a line was slow."""
    limit_memory()
    answers: list[str] = []
    flushed = time.monotonic()
    for number in range(start, len(lines)):
        began = time.monotonic()
        if answers and (len(answers) >= 64 or began - flushed > 0.2 or len(lines[number]) > 4096):
            _write_all(writer, answers)
            flushed = began
        answers.append(answer_line(lines[number], number + 1, ports, cwd, environment, role))
    _write_all(writer, answers)


def limit_memory() -> None:
    """Bound this process's address space, so that a parser gone wild dies alone."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = 2 << 30
    if hard == resource.RLIM_INFINITY or hard > limit:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _write_all(writer: int, answers: list[str]) -> None:
    data = memoryview(("\n".join(answers) + "\n").encode("utf-8") if answers else b"")
    while data:
        data = data[os.write(writer, data) :]
    answers.clear()


def answer_line(
    text: str, number: int, ports: CliPorts, cwd: str, environment: str, role: str
) -> str:
    """The answer to one JSON line of a batch, as one JSON line."""
    try:
        identity, call = _call_of_line(text, cwd, environment, role)
        decision = govern(call, ports.for_call(call), PURPOSE_ASK)
    except (BadLine, AgenticError, ValueError) as problem:
        return _error_line(number, _first_line(problem))
    return json.dumps({"id": identity, **decision_json(decision)}, separators=(",", ":"))


def _call_of_line(text: str, cwd: str, environment: str, role: str) -> tuple[Any, ToolCall]:
    value = parse_json(text)
    if not isinstance(value, dict):
        raise BadLine("the line is not an object")
    for key in value:
        if key not in _LINE_KEYS:
            raise BadLine(f"unknown key {quoted(key)}: {did_you_mean(key, _LINE_KEYS)}")
    identity = value.get("id")
    if not isinstance(identity, (str, int)) or isinstance(identity, bool):
        raise BadLine("`id` is not a string or a whole number")
    tool = value.get("tool")
    if tool not in TOOLS:
        raise BadLine(f"unknown tool {quoted(tool)}: {did_you_mean(str(tool), TOOLS)}")
    if tool == "shell" and "input" in value:
        raise BadLine("the shell tool has `command`, not `input`")
    given = {"command": value.get("command")} if tool == "shell" else value.get("input")
    folder = value.get("cwd", cwd)
    place = value.get("environment") or environment
    if not isinstance(folder, str) or not folder.startswith("/"):
        raise BadLine("`cwd` is not an absolute path")
    if place and place not in ENVIRONMENTS:
        raise BadLine(
            f"unknown environment {quoted(place)}: {did_you_mean(str(place), ENVIRONMENTS)}"
        )
    agent = value.get("agent", role)
    if not isinstance(agent, str):
        raise BadLine("`agent` is not a string")
    call = ToolCall(
        tool, tool_input(tool, given), folder, can_ask=True, declared_environment=place, role=agent
    )
    return identity, call


def _error_line(number: int, message: str) -> str:
    return json.dumps({"id": None, "line": number, "error": message}, separators=(",", ":"))


def _first_line(problem: Exception) -> str:
    if isinstance(problem, AgenticError):
        return problem.message
    return (str(problem) or "it cannot be read").splitlines()[0]


def moment(at: str) -> int:
    """The time a hypothetical answer is given for: `--at`, else now."""
    return unix_time(at) if at else int(time.time())


#: How long live sources are waited for where nobody says.
DEADLINE = "5s"


def live_deadline_s(deadline: str, at: str, *, is_live: bool) -> float:
    """How long sources may be waited for, 0 when none is asked; a usage error for what cannot go together."""
    if deadline and not is_live:
        usage("`--deadline` goes together with `--live`")
    if is_live and at:
        usage("`--at` is hypothetical and `--live` asks now", "give only one of them")
    return seconds_of(deadline or DEADLINE, "--deadline") if is_live else 0
