"""Runs several command lines of agentic in one process, each as `main` runs it, and prints what each did.

In: a JSON list of argument lists on standard input. Out: a JSON list of `[exit code, stdout, stderr]`. For
tests that ask many small questions, where starting Python for each would be most of the time.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

from agentic.cli.main import main


def ran(arguments: list[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    sys.argv = ["agentic", *arguments]
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as left:
            code = left.code
    return int(str(code or 0)), out.getvalue(), err.getvalue()


if __name__ == "__main__":
    print(json.dumps([ran(arguments) for arguments in json.load(sys.stdin)]))
