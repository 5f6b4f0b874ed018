"""Examples in the documentation: fenced blocks marked `console executed`, and how to run them.

A block is a transcript: `$ command`, the output it shows, and `[exit N]` where the command ends with
something else than 0. Where the output shown is `…`, only the exit code is promised. Digests differ from
one policy to the next and are compared as such. `make golden` writes the outputs anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from demo.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
MARK = "console executed"
PAGES = ("README.md",)

_FENCE = re.compile(rf"^```{MARK}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"^\[exit (\d+)\]$")
_VARYING = re.compile(r"\b[0-9a-f]{16,64}\b")


OMITTED = "…"


class Example(NamedTuple):
    """One command of a page, the output and the exit code it shows."""

    page: str
    command: str
    output: str
    status: int


def examples_in(page: str) -> Iterator[Example]:
    """The examples of one page, in order."""
    for block in _FENCE.findall((ROOT / page).read_text()):
        command, lines, status = "", [], 0
        for line in [*block.splitlines(), "$ "]:
            ends = _EXIT.match(line)
            if line.startswith("$ "):
                if command:
                    yield Example(page, command, "\n".join(lines), status)
                command, lines, status = line[2:], [], 0
            elif ends:
                status = int(ends[1])
            else:
                lines.append(line)


def run(example: Example, machine: Sandbox) -> tuple[str, int]:
    """What the command really prints and how it ends, in the sample repository."""
    tools = str(Path(sys.executable).parent)
    variables = {**machine.variables, "PATH": f"{tools}:{machine.variables['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", "-c", example.command],
        cwd=machine.project,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).rstrip("\n"), done.returncode


def settled(text: str) -> str:
    """Output with the digests, which follow the policy's text, taken out."""
    return _VARYING.sub("DIGEST", text)


def with_real_outputs(page: str, machine: Sandbox) -> str:
    """The page's text with every example's output and exit code as they really are."""
    examples = examples_in(page)

    def rewritten(block: re.Match[str]) -> str:
        lines = []
        for _ in range(len(re.findall(r"^\$ ", block[1], re.MULTILINE))):
            example = next(examples)
            output, status = run(example, machine)
            lines.append(f"$ {example.command}")
            if example.output == OMITTED or settled(output) == settled(example.output):
                output = example.output
            lines += [output] if output else []
            lines += [f"[exit {status}]"] if status else []
        return f"```{MARK}\n" + "\n".join(lines) + "\n```"

    return _FENCE.sub(rewritten, (ROOT / page).read_text())
