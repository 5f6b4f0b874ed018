"""The command line. `hook` and `run` go their own quick ways; everything else is a typer command.

Exit codes are in `agentic.exit_codes`; a bug ends with 1 and one line, never with a traceback.
"""

from __future__ import annotations

import os
import sys

from agentic import exit_codes


def main() -> None:
    """Entry point of the `agentic` command."""
    if len(sys.argv) > 1 and sys.argv[1] == "hook":
        from agentic.hook import main as hook

        hook(sys.argv[2:])
    if len(sys.argv) > 1 and sys.argv[1] == "run" and not _asks_for_help(sys.argv[2:]):
        from agentic.cli.run import main as run

        run(sys.argv[2:])
    from agentic.cli.app import app
    from agentic.cli.output import complain
    from agentic.errors import AgenticError

    try:
        try:
            app(prog_name="agentic")
        finally:
            # Here, where a reader that went away can be told from a bug; Python's own last flush cannot.
            sys.stdout.flush()
    except AgenticError as error:
        from agentic.cli.output import code_of

        complain(str(error))
        _leave(code_of(error))
    except BrokenPipeError:
        # The reader went away: whatever was asked has been answered as far as anybody listened.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(exit_codes.UNAVAILABLE)
    except OSError as problem:
        told = problem.strerror or str(problem)
        complain(f"{told[:1].lower()}{told[1:]} [cli.system]\n  help: run `agentic doctor`")
        _leave(exit_codes.UNAVAILABLE)
    except Exception as problem:
        if os.environ.get("AGENTIC_TRACEBACK"):
            raise
        complain(
            f"a bug in agentic: {type(problem).__name__}: {problem} [bug]\n"
            "  help: set AGENTIC_TRACEBACK=1 to see where, and please report it"
        )
        _leave(exit_codes.BUG)


def _asks_for_help(arguments: list[str]) -> bool:
    """Whether the help of `run` itself is wanted: what stands behind the command is the command's."""
    return arguments[:1] in (["-h"], ["--help"])


def _leave(code: int) -> None:
    sys.exit(code)


if __name__ == "__main__":
    main()
