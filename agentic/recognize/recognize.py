"""The only entry of recognition: a tool call becomes the operations that it would perform.

Pure: the world is seen through the workspace port only. Never raises: what cannot be understood is an
`unknown.*` operation, and a fault of our own is `unknown.fault` beside what had been understood.
"""

from __future__ import annotations

from agentic.core.values import Recognition
from agentic.recognize.context import Context
from agentic.recognize.dispatch import run_words
from agentic.recognize.interface import Stdin
from agentic.recognize.shell.interpret import run_script

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.core.values import ToolCall
    from agentic.recognize.interface import Facts, Workspace

#: A line that is longer is not read at all.
MAX_COMMAND_CHARACTERS = 1_000_000


def recognize(call: ToolCall, facts: Facts, workspace: Workspace) -> Recognition:
    """All operations of one call, at least one, in order of appearance. Never raises."""
    cwd = call.cwd if call.cwd.startswith("/") else (workspace.roots or ("/",))[0]
    context = Context(facts, workspace, cwd, run_words, run_script)
    try:
        if call.tool == "shell":
            _recognize_line(call, context)
        else:
            from agentic.recognize.tools import recognize_tool

            recognize_tool(call, context)
    except Exception as fault:  # noqa: BLE001 - FAIL-SAFE: see test_a_fault_is_an_operation
        context.program = ""
        context.unknown(f"agentic's own recognition failed: {fault}"[:200], "unknown.fault")
    if not context.operations:
        context.add("shell.inert")
    return Recognition(tuple(context.operations), tuple(workspace.reads))


def _recognize_line(call: ToolCall, context: Context) -> None:
    """The operations of a shell tool call."""
    line = call.input.get("command")
    if not isinstance(line, str):
        context.unknown("the shell tool was called without a command text")
    elif len(line) > MAX_COMMAND_CHARACTERS:
        context.unknown("the command line is too long to be read")
    else:
        run_script(context, line, Stdin())
