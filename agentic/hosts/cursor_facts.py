"""What Cursor does with hooks, fact by fact: the rows of docs/HOSTS.md.

The client cannot run here; the facts are of its documentation and of the hook runner that it publishes.
"""

from __future__ import annotations

from agentic.hosts.interface import Cell, Lack

_DOCS = "https://cursor.com/docs/hooks.md"
_RUNNER = "the hook runner in @cursor/sdk 1.0.32"
_READ = "2026-11-21"

CELLS: dict[str, Cell] = {
    "events": Cell(
        "`preToolUse` for every tool, and beside it `beforeShellExecution`, `beforeMCPExecution`, "
        "`beforeReadFile`, `beforeTabFileRead` and `subagentStart`, which tell more: both judge, and one "
        "call is one decision; after it `postToolUse`, `postToolUseFailure` and `afterMCPExecution`; "
        "`sessionStart`",
        _RUNNER,
        _READ,
    ),
    "deny": Cell(
        "a JSON document with `permission: deny` and the reason, which the model reads; text before it does "
        "no harm, text behind it is a refusal, too",
        _RUNNER,
        _READ,
    ),
    "ask": Cell(
        "not used: only `beforeShellExecution` takes `ask` for a question, the others run the call, and even "
        "there it is dropped where the client's server has waived the approval (`skipApproval`); CONSULT is "
        "a block with the next step",
        _RUNNER,
        _READ,
    ),
    "change-input": Cell("yes, `updated_input` of `preToolUse`", _DOCS, _READ),
    "crash": Cell(
        "exit code 1, a missing program, a kill and an empty reply let the call run; `failClosed` in our "
        "entries turns each into a refusal, and so does a payload too long for a command line (128 KiB)",
        _RUNNER,
        _READ,
    ),
    "time-out": Cell(
        "the call runs (60 s); `failClosed` in our entries refuses it, and our own deadline of 25 s comes "
        "first",
        _RUNNER,
        _READ,
    ),
    "switched-off-by": Cell(
        "a hooks file with one unknown event or one bad entry is skipped whole, without a word; the SDK's "
        "`includeProjectHooks` and `includeUserHooks`",
        _RUNNER,
        _READ,
    ),
    "escape": Cell(
        "`.cursor/hooks.json` of project and user, the command line client's permissions, and the hook's "
        "own files: each is STOP to write; text typed into an open shell and clicks cannot be read, so "
        "they are refused",
        _DOCS,
        _READ,
    ),
    "answer": Cell(
        "a managed hooks.json is run beside all others and the strictest answer counts; doctor reads every "
        "file as the client's own loader does and says which it would skip",
        _DOCS,
        _READ,
    ),
}

#: Source: https://forum.cursor.com/t/unknown-hook-type-sessionstart/149566 (checked 2026-11-21); it does
#: not tell which version mended it, so the next minor one is taken.
LACKS: tuple[Lack, ...] = (
    Lack(
        (2, 5, 0),
        "an event that it does not know (`sessionStart`) makes the client skip the whole hooks file: see "
        "its output channel `Hooks`",
    ),
)
