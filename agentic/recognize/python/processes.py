"""What calls of Python code start: subprocess, os.system, exec and spawn, signals.

Sources (checked 2026-11-21): https://docs.python.org/3/library/subprocess.html,
https://docs.python.org/3/library/os.html#process-management.
"""

from __future__ import annotations

from agentic.recognize.interface import Stdin
from agentic.recognize.python.values import (
    DECODED,
    FETCHED,
    UNKNOWN,
    Value,
    constant,
    is_text,
    known_text,
    taints,
    word_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentic.recognize.context import Context
    from agentic.recognize.python.call import Call, Handler


#: Kinds of operations whose output comes from another machine.
_FETCHING = ("network.", "cloud.", "forge.", "kubernetes.", "mcp.")


def _judge_command(call: Call, command: Value, stdin: Stdin, variables: Mapping[str, str]) -> Value:
    """Add what a command given as a list does; its output as a value."""
    context = call.context
    before = len(context.trail)
    if command.sort == "list" and command.items:
        context.run_words([word_of(item) for item in command.items], stdin, variables)
    elif command.sort == "name" and command.data == "shlex.split()" and command.items:
        _judge_script(call, command.items[0], stdin)
    elif is_text(command):
        context.run_words([word_of(command)], stdin, variables)
    elif FETCHED in command.traits:
        context.add("code.execute-remote", call.name)
    else:
        call.walk.unknown("the command that is started is computed at run time", call.name)
    return _output(context, before)


def _judge_script(call: Call, script: Value, stdin: Stdin) -> Value:
    """Add what shell text does; its output as a value."""
    context = call.context
    before = len(context.trail)
    traits = taints((script,))
    word = word_of(script)
    if FETCHED in traits:
        context.add("code.execute-remote", call.name)
    elif DECODED in traits:
        context.unknown("a text that is decoded first is run as a command", target=call.name)
    if not word.literal and FETCHED not in traits:
        call.walk.unknown("the command that is started is computed at run time", word.text)
    if is_text(script):
        context.run_script(word.text, stdin)
    return _output(context, before)


def _output(context: Context, before: int) -> Value:
    fetched = any(kind.startswith(_FETCHING) for kind in context.trail[before:])
    return Value("computed", traits=frozenset((FETCHED,))) if fetched else UNKNOWN


def _child_stdin(call: Call) -> Stdin:
    """What a child process reads."""
    given = call.arg(-1, "input")
    if given is not None:
        text = known_text(given)
        return Stdin("pipe", text or "", text is not None, (), FETCHED in taints((given,)))
    source = call.arg(-1, "stdin")
    if source is None:
        return call.walk.stdin
    if source.sort == "name" and source.data.endswith("DEVNULL"):
        return Stdin("closed")
    if source.sort == "name" and source.data == "open()":
        word = word_of(source.items[0])
        return Stdin("file", path=call.context.path(word.text) if word.literal else word.text)
    return Stdin("pipe", fetched=FETCHED in taints((source,)))


def _system(call: Call) -> Value:
    script = call.arg(0, "command", "cmd", "args")
    return _judge_script(call, script if script is not None else UNKNOWN, call.walk.stdin)


def _subprocess(call: Call) -> Value:
    """`subprocess.run` and its like."""
    command = call.arg(0, "args", "cmd") or UNKNOWN
    for name in ("stdin", "stdout", "stderr"):
        source = call.arg(-1, name)
        if source is not None and source.sort == "name" and source.data.startswith("socket."):
            call.context.add("network.listen-shell", call.name)
    environment = call.arg(-1, "env")
    variables = {}
    if environment is not None and environment.sort == "mapping":
        variables = {key: word_of(value).text for key, value in environment.named}
    context = call.context
    folder, lost = context.cwd, context.is_cwd_computed
    where = call.arg(-1, "cwd")
    if where is not None and where != constant(None):
        word = word_of(where)
        if word.literal:
            context.cwd = context.path(word.text)
        else:
            context.is_cwd_computed = not call.walk.is_kept
    stdin = _child_stdin(call)
    executable = call.arg(-1, "executable")
    try:
        if call.is_set("shell") or call.method in {"getoutput", "getstatusoutput"}:
            first = command.items[0] if command.sort == "list" and command.items else command
            return _judge_script(call, first, stdin)
        if executable is not None and executable != constant(None):
            rest = command.items[1:] if command.sort == "list" else ()
            command = Value("list", items=(executable, *rest))
        return _judge_command(call, command, stdin, variables)
    finally:
        context.cwd, context.is_cwd_computed = folder, lost


def _exec_program(call: Call) -> Value:
    """`os.execvp(file, args)`, `os.execl(path, name, …)`, and the same for spawn."""
    args = call.args
    name = call.method
    if name.startswith("spawn"):
        args = args[1:]
        name = name[5:]
    else:
        name = name.removeprefix("exec").removeprefix("posix_spawn") or "v"
    if not args:
        return UNKNOWN
    if name.startswith("l"):
        rest = args[2:-1] if "e" in name else args[2:]
    elif len(args) > 1 and args[1].sort == "list":
        rest = args[1].items[1:]
    else:
        rest = (UNKNOWN,)
    return _judge_command(call, Value("list", items=(args[0], *rest)), call.walk.stdin, {})


def _async_exec(call: Call) -> Value:
    return _judge_command(call, Value("list", items=call.args), call.walk.stdin, {})


def _pty(call: Call) -> Value:
    call.walk.seen["dup2"] = call.name
    command = call.arg(0, "argv") or UNKNOWN
    return _judge_command(call, command, call.walk.stdin, {})


def _note_dup(call: Call) -> None:
    call.walk.seen["dup2"] = call.name


def _signal(call: Call) -> None:
    target, signal = call.arg(0), call.arg(1)
    if signal is not None and signal.data == 0 and signal.sort == "constant":
        call.context.add("shell.read-system", call.name)
        return
    everything = target is not None and target.data == -1
    shown = word_of(target).text if target is not None else ""
    call.context.add(
        "process.signal-all" if everything else "process.signal", f"{call.name} {shown}"
    )


_RUNS = "run call check_call check_output Popen getoutput getstatusoutput".split()
_EXECS = (
    "execl execle execlp execlpe execv execve execvp execvpe spawnl spawnle spawnlp spawnlpe spawnv"
    " spawnve spawnvp spawnvpe posix_spawn posix_spawnp"
).split()

PROCESS_CALLS: dict[str, Handler] = {
    **dict.fromkeys(["subprocess." + name for name in _RUNS], _subprocess),
    **dict.fromkeys(["os." + name for name in _EXECS], _exec_program),
    **dict.fromkeys(
        "os.system os.popen os.popen2 os.popen3 asyncio.create_subprocess_shell pexpect.run"
        " pexpect.spawn get_ipython().system".split(),
        _system,
    ),
    "asyncio.create_subprocess_exec": _async_exec,
    "pty.spawn": _pty,
    "os.dup2": _note_dup,
    **dict.fromkeys(("os.kill", "os.killpg", "signal.pthread_kill"), _signal),
}
