"""Redirections as operations: files read and written, devices, network sockets, here-documents.

Source: https://www.gnu.org/software/bash/manual/bash.html#Redirections (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize.context import Written
from agentic.recognize.interface import Redirect, Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.interface import Command
    from agentic.recognize.shell.interpret import Shell

#: Files that only stand for a stream or swallow what is written.
_STREAMS = frozenset(
    "/dev/null /dev/stdout /dev/stderr /dev/stdin /dev/tty /dev/zero /dev/full /dev/random"
    " /dev/urandom".split()
)
_SHELLS = frozenset("sh bash zsh dash ksh ash fish".split())
_LOOPBACK = frozenset("localhost 127.0.0.1 ::1 0.0.0.0 [::1]".split())
_OUTPUT = frozenset((">", ">>", ">|", "&>", "&>>", ">&", "<>"))


def judge_redirect(
    shell: Shell, redirect: Redirect, stdin: Stdin, content: str | None, program: str
) -> Stdin:
    """Add what one redirection does; the standard input that it leaves the command with."""
    operator = redirect.operator
    if operator in {"<<", "<<<"} or is_copy(redirect):
        return input_of(shell, redirect, stdin) or stdin
    context = shell.context
    for target in targets_of(redirect.target, shell):
        text = target.text
        if text in _STREAMS or text.startswith(("/dev/fd/", "/proc/self/fd/", "<(", ">(")):
            continue
        if text.startswith(("/dev/tcp/", "/dev/udp/")):
            _judge_socket(shell, text, program)
        elif operator == "<":
            context.read_path(target)
        else:
            context.write_path(target, content if redirect.descriptor in {-1, 1} else None)
    return input_of(shell, redirect, stdin) or stdin


def targets_of(target: Word, shell: Shell) -> list[Word]:
    """What a redirection's target may be."""
    if not target.parts:
        return [target]
    from agentic.recognize.shell.expansion import expanded, joined_text

    return [joined_text(fields) for fields in expanded([target], shell) if fields]


def is_copy(redirect: Redirect) -> bool:
    """`2>&1`, `<&-`: a descriptor copied or closed, no file."""
    text = redirect.target.text
    return redirect.operator in {">&", "<&"} and (text == "-" or text.rstrip("-").isdecimal())


def input_of(shell: Shell, redirect: Redirect, stdin: Stdin) -> Stdin | None:
    """The standard input that a redirection gives, or None when it gives none."""
    operator, target = redirect.operator, redirect.target
    if redirect.descriptor not in {-1, 0} or operator in _OUTPUT - {"<>"}:
        return None
    if operator in {"<<", "<<<"}:
        from agentic.recognize.shell.expansion import values_of

        ending = "\n" if operator == "<<<" else ""
        values = values_of(target, shell)
        known = all(value.literal for value in values)
        text = "\n".join([value.text for value in values]) + ending
        return Stdin("text", text, known, (), any(value.fetched for value in values))
    if operator == "<&":
        return Stdin("closed") if target.text == "-" else None
    found = targets_of(target, shell)
    if len(found) != 1:
        return Stdin("file")
    text = found[0].text
    if text == "/dev/null":
        return Stdin("closed")
    if text.startswith("<("):
        written = shell.context.written.get(text, Written(None))
        return Stdin("pipe", written.text or "", written.text is not None, (), written.fetched)
    if text.startswith(("/dev/tcp/", "/dev/udp/")):
        return Stdin("pipe", fetched=True)
    return Stdin("file", path=shell.context.path(text) if found[0].literal else text)


def note_written(shell: Shell, command: Command, content: str | None, *, is_fetched: bool) -> None:
    """Remember what a command's output redirections left in files, for a later part of the call."""
    context = shell.context
    for redirect in command.redirects:
        if (
            redirect.operator not in _OUTPUT
            or redirect.descriptor not in {-1, 1}
            or is_copy(redirect)
        ):
            continue
        for target in targets_of(redirect.target, shell):
            if not target.literal or target.text.startswith("/dev/"):
                continue
            path = context.path(target.text)
            text = content
            if redirect.operator in {">>", "&>>"}:
                text = _appended(shell, path, content)
            context.written[path] = Written(text, is_fetched)


def _appended(shell: Shell, path: str, content: str | None) -> str | None:
    """The text of a file after something known was added at its end."""
    if content is None:
        return None
    before = shell.context.written.get(path)
    if before is not None:
        return None if before.text is None else before.text + content
    data = shell.context.workspace.read(path)
    return content if data is None else data.decode("utf-8", "replace") + content


def _judge_socket(shell: Shell, path: str, program: str) -> None:
    """`/dev/tcp/HOST/PORT`: a probe of loopback is a read, anything else may be a shell."""
    host = path.split("/")[3] if path.count("/") >= 3 else ""
    if host in _LOOPBACK and program not in _SHELLS and program != "exec":
        shell.context.add("network.read-local", path)
    else:
        shell.context.add("network.listen-shell", path)
