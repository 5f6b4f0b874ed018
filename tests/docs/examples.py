"""Examples in the documentation: fenced blocks marked `console executed`, and how to run them.

A block is a transcript: `$ command`, the output it shows, and `[exit N]` where the command ends with
something else than 0. Where the output shown is `…`, only the exit code is promised. Digests differ from
one policy to the next and are compared as such. `make golden` writes the outputs anew.

On a page whose examples build on each other, a block marked `LANGUAGE file=PATH` is written to that file of
the project before what follows runs, and a comment `<!-- event: WORDS -->` lets something happen
(tests/docs/stages.py says what). There, moments and ages are compared as such, too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from demo.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
MARK = "console executed"
PAGES = ("README.md", "docs/MCP.md")
LIVE_PAGES = ("docs/SIGNALS.md",)
#: Pages whose examples build on each other, on a machine of their own.
TOLD_PAGES = ("docs/HOSTS.md", "docs/INSTRUCTIONS.md", "docs/RUN.md")

_FENCE = re.compile(rf"^```{MARK}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(
    rf"^```{MARK}\n(?P<transcript>.*?)^```$"
    r"|^```\w+ file=(?P<path>\S+)\n(?P<text>.*?)^```$"
    r"|^<!-- event: (?P<event>.+?) -->$",
    re.MULTILINE | re.DOTALL,
)
_EXIT = re.compile(r"^\[exit (\d+)\]$")
#: A path below a home whose own path has a blank is quoted, others are not.
_QUOTED_HOME = re.compile(r"'(~[^'\s]*)'")
_VARYING = re.compile(r"\b[0-9a-f]{16,64}\b")
#: What differs from one run of the same command to the next: moments, hours, ages, a table's padding; and
#: where in a file something stands, which every edit of a policy moves.
_PASSING = (
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z\b"), "MOMENT"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d UTC\b"), "HOUR"),
    (re.compile(r"\b\d+ ?m?s\b"), "AGE"),
    (re.compile(r"(?<=\.yaml):\d+:\d+"), ":PLACE"),
    (re.compile(r" +"), " "),
)


OMITTED = "…"


class Example(NamedTuple):
    """One command of a page, the output and the exit code it shows."""

    page: str
    command: str
    output: str
    status: int


class Ran(NamedTuple):
    """An example and what really happened."""

    example: Example
    output: str
    status: int


class Stage(NamedTuple):
    """Where a page's examples run. `names` are pairs: as the page writes it, as it really is."""

    machine: Sandbox
    names: tuple[tuple[str, str], ...] = ()
    events: Mapping[str, Callable[[], None]] = {}


def examples_in(page: str) -> Iterator[Example]:
    """The examples of one page, in order."""
    for block in _FENCE.findall((ROOT / page).read_text()):
        yield from _examples_of(page, block)


def _examples_of(page: str, block: str) -> Iterator[Example]:
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


def run(example: Example, stage: Stage) -> tuple[str, int]:
    """What the command really prints and how it ends, in the sample repository."""
    tools = str(Path(sys.executable).parent)
    variables = stage.machine.variables
    done = subprocess.run(
        ["/bin/sh", "-c", _told(example.command, stage)],
        cwd=stage.machine.project,
        env={**variables, "PATH": f"{tools}:{variables['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    for written, real in stage.names:
        output = output.replace(real, written)
    return "\n".join(line.rstrip() for line in output.rstrip("\n").splitlines()), done.returncode


def _told(text: str, stage: Stage) -> str:
    """A page's text with names as they really are. The home is `~` there, too, and the shell knows it."""
    for written, real in stage.names:
        if written != "~":
            text = text.replace(written, real)
    return text


def settled(text: str, *, is_live: bool = False) -> str:
    """Output with what is not promised taken out: digests, and of live output what passes."""
    text = _QUOTED_HOME.sub(r"\1", _VARYING.sub("DIGEST", text))
    for pattern, word in _PASSING if is_live else ():
        text = pattern.sub(word, text)
    return text


def agrees(ran: Ran, *, is_live: bool) -> bool:
    """Whether the output is what the page shows."""
    shown = ran.example.output
    return shown == OMITTED or settled(ran.output, is_live=is_live) == settled(
        shown, is_live=is_live
    )


def performed(page: str, stage: Stage) -> Iterator[Ran]:
    """Every example of a page, run in order, with the files and events between them."""
    for step in _STEP.finditer((ROOT / page).read_text()):
        yield from _step(page, step, stage)


def _step(page: str, step: re.Match[str], stage: Stage) -> list[Ran]:
    if step["event"]:
        stage.events[step["event"]]()
        return []
    if step["path"]:
        path = stage.machine.project / step["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_told(step["text"], stage))
        return []
    return [
        Ran(example, *run(example, stage)) for example in _examples_of(page, step["transcript"])
    ]


def with_real_outputs(page: str, stage: Stage) -> str:
    """The page's text with every example's output and exit code as they really are."""

    def rewritten(step: re.Match[str]) -> str:
        lines = []
        found = _step(page, step, stage)
        for ran in found:
            is_kept = agrees(ran, is_live=page in LIVE_PAGES)
            output = ran.example.output if is_kept else ran.output
            lines.append(f"$ {ran.example.command}")
            lines += [output] if output else []
            lines += [f"[exit {ran.status}]"] if ran.status else []
        return f"```{MARK}\n" + "\n".join(lines) + "\n```" if found else step[0]

    return _STEP.sub(rewritten, (ROOT / page).read_text())
