"""How the command line speaks: errors to stderr, answers to stdout, times and choices parsed once."""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from agentic import exit_codes
from agentic.errors import (
    AgenticError,
    CheckFailed,
    Diagnostic,
    GrantRejected,
    InvalidDocument,
    Unavailable,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

#: error class -> exit code; the first that matches
_CODES: tuple[tuple[type[AgenticError], int], ...] = (
    (InvalidDocument, exit_codes.INVALID_DOCUMENT),
    (CheckFailed, exit_codes.CHECK_FAILED),
    (GrantRejected, exit_codes.CHECK_FAILED),
    (Unavailable, exit_codes.UNAVAILABLE),
)


def say(text: str) -> None:
    """One answer to stdout; what the terminal cannot show is escaped, never lost."""
    stream = sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def say_json(value: Any) -> None:
    """One JSON document on one line to stdout."""
    say(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))


def complain(text: str) -> None:
    """One message to stderr."""
    stream = sys.stderr
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def code_of(error: AgenticError) -> int:
    """The exit code for an error."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return exit_codes.INVALID_DOCUMENT


@contextmanager
def reported() -> Iterator[None]:
    """Turn an AgenticError into its message on stderr and its exit code."""
    try:
        yield
    except AgenticError as error:
        complain(str(error))
        raise typer.Exit(code_of(error)) from None


def usage(message: str, help: str = "") -> NoReturn:
    """Refuse a command line: one line, how to mend it, exit 2."""
    complain(str(Diagnostic("usage", message, help=help)))
    raise typer.Exit(exit_codes.USAGE)


def choice(given: str, known: Iterable[str], what: str) -> str:
    """`given` when it is one of `known`; otherwise a usage error with did-you-mean."""
    names = list(known)
    if given in names:
        return given
    usage(f"unknown {what} {quoted(given)}", did_you_mean(given, names))


def did_you_mean(given: str, names: Sequence[str]) -> str:
    """A help line for a closed vocabulary."""
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
    listed = ", ".join(names) if len(names) <= 12 else f"{len(names)} names"
    return f"did you mean `{near[0]}`?" if near else f"it is one of {listed}"


def unix_time(text: str) -> int:
    """Unix seconds of an ISO 8601 time (UTC when it names no zone) or of a plain number of seconds."""
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        usage(
            f"{quoted(text)} is not a time",
            "write it like 2026-11-21T23:00Z, with a zone or in UTC",
        )
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def seconds_of(text: str, option: str) -> float:
    """Seconds of `500ms`, `5s` or `1m`, at most an hour; a usage error for anything else."""
    found = re.fullmatch(r"([0-9]{1,6})(ms|s|m)", text)
    seconds = int(found[1]) * {"ms": 0.001, "s": 1, "m": 60}[found[2]] if found else 0
    if not 0 < seconds <= 3600:
        usage(f"{quoted(text)} is not a time for `{option}`", "write it like 500ms, 5s or 1m")
    return seconds


def counted(count: int, noun: str) -> str:
    """`1 warning`, `2 warnings`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shown_time(seconds: int) -> str:
    """Unix seconds as `2026-11-21T23:00:00Z`; a number that no calendar holds as it is."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A plain text table, columns padded; control characters in cells are escaped."""
    body = [[_cell(value) for value in row] for row in rows]
    widths = [
        max(len(heading), *(len(row[i]) for row in body)) if body else len(heading)
        for i, heading in enumerate(headings)
    ]
    lines = ["  ".join(h.upper().ljust(w) for h, w in zip(headings, widths, strict=True)).rstrip()]
    lines.extend(
        "  ".join(value.ljust(w) for value, w in zip(row, widths, strict=True)).rstrip()
        for row in body
    )
    return "\n".join(lines)


def _cell(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else text.encode("unicode_escape").decode()
