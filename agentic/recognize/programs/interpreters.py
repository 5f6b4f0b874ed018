"""Interpreters of programming languages: code on the command line, on standard input, or in a file.

Every call runs code; what is added beyond that is what the code can be seen to do.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


def interpreter(invocation: Invocation, context: Context) -> None:
    """Any interpreter: code that runs, with nothing known of what it does."""
    if invocation.texts in (("--version",), ("-V",), ("-v",), ("--help",)):
        context.add("shell.inert", " ".join(invocation.texts))
        return
    context.add("code.run-inline", " ".join(invocation.texts)[:200])
    context.unknown(f"what `{invocation.name}` runs is not read")


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = dict.fromkeys(
    "python python2 python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13"
    " python3.14 python3.15 pypy pypy3 node nodejs deno ruby perl php Rscript R lua luajit julia"
    " osascript".split(),
    interpreter,
)
