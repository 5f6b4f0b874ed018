"""`make check`: every static check, side by side, in under 20 seconds; exit 1 when one fails.

Prints one line for each check that holds and the whole output of each that does not.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent


class Outcome(NamedTuple):
    """How one check went."""

    name: str
    holds: bool
    output: str
    seconds: float = 0.0


CHECKS: dict[str, list[str]] = {
    "types": [sys.executable, "-m", "mypy", "--no-error-summary"],
    "layers": [str(TOOLS / "lint-imports"), "--no-logo"],
    "lint": [sys.executable, "-m", "ruff", "check", "--quiet", "--output-format", "concise", "."],
    "format": [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--check",
        "--output-format",
        "concise",
        ".",
    ],
    "generated": [sys.executable, "-m", "scripts.generate", "--check"],
}


def run_check(name: str) -> Outcome:
    """One check's outcome. A tool that cannot be started does not hold."""
    started = perf_counter()
    try:
        done = subprocess.run(CHECKS[name], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError as problem:
        return Outcome(name, holds=False, output=f"{CHECKS[name][0]}: {problem.strerror}")
    output = done.stdout + done.stderr
    return Outcome(name, done.returncode == 0, output, perf_counter() - started)


def main() -> int:
    """0 when every check holds, else 1."""
    with ThreadPoolExecutor() as pool:
        outcomes = list(pool.map(run_check, CHECKS))
    for outcome in outcomes:
        print(f"{'ok  ' if outcome.holds else 'FAIL'}  {outcome.name}  {outcome.seconds:.1f} s")
        if not outcome.holds:
            print(outcome.output.rstrip())
    return 0 if all(outcome.holds for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
