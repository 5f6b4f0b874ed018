"""What a shell line becomes: a flat tuple of steps that the interpreter goes through in order.

Both the fast lexer and the tree-sitter walk produce it. Being flat, it needs no recursion however
deep a line is nested::

    cd a && ls | wc -l      run cd a, &&, run ls, |, run wc -l
    (rm x); echo done       open subshell, run rm x, close, ;, run echo done
    if t; then a; fi        open if, run t, then, run a, close

`run` carries a `Command`; `open` carries its kind in `text`, its redirections in `command` and the
index of its `close` in `to`; every other step is an operator: `&&` `||` `;` `&` `|` `|&` `!` `then`
`else` `branch` (the next item of a `case`), `unknown` (`text` says why).
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Command, Word

#: How an `open` step shapes the state of the shell that follows it.
SUBSHELL = "subshell"
SUBSTITUTION = "substitution"
PROCESS = "process"
GROUP = "group"
IF = "if"
LOOP = "loop"
CASE = "case"
FUNCTION = "function"
#: The builtin that keeps an array; a line cannot spell it as a program without quotes.
ARRAY = "=("


class Step(NamedTuple):
    """One step. `name` is a function's or a loop variable's name, or a substitution's number."""

    op: str
    command: Command = Command(())
    text: str = ""
    name: str = ""
    words: tuple[Word, ...] = ()
    to: int = 0


#: Operators carry nothing, so one value of each is enough.
OPERATORS: dict[str, Step] = {
    op: Step(op) for op in ("&&", "||", ";", "&", "|", "|&", "!", "then", "else", "branch", "close")
}
