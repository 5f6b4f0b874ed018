"""From the documents of a file source to readings: what counts, what is believed, one reading a scope.

A document may raise however old it is and whoever could have written it. It may clear only when it is
fresh (`document_max_age`), not from the future, and in a file that may clear.

INVARIANT: what is broken is UNKNOWN, and takes nothing back that another document raises
(tests/signals/test_reports.py).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from agentic.core.values import UNKNOWN, Reading
from agentic.errors import InvalidDocument
from agentic.signals.live import scopes
from agentic.signals.live.documents import Closed, parse_document, unix_s
from agentic.signals.live.files import doubt, named, read_each
from agentic.signals.live.interface import Read, Round, SourceFailed, environments_of
from agentic.signals.live.scopes import Finding, Scope
from agentic.signals.snapshot import SKEW_S

_Document = TypeVar("_Document", bound=Closed)


class Sourced(NamedTuple, Generic[_Document]):
    """A document with the moment it speaks of (Unix seconds), its file, and why its file may not clear."""

    document: _Document
    at: int
    path: str
    doubt: str


def read_documents(
    source: str, round: Round, model: type[_Document], moment: Callable[[_Document], str]
) -> tuple[list[Sourced[_Document]], list[Finding]]:
    """All documents of a file source, and an UNKNOWN for each file that is none.

    Raises: SourceFailed when there is no document at all.
    """
    found: list[Sourced[_Document]] = []
    failures: list[SourceFailed] = []
    for content in read_each(source, round):
        if isinstance(content, SourceFailed):
            failures.append(content)
            continue
        try:
            document = parse_document(model, content.data, content.path)
        except InvalidDocument as invalid:
            failures.append(SourceFailed(_sentence(invalid, content.path)))
            continue
        why = "" if content.may_clear else doubt(content)
        found.append(Sourced(document, unix_s(moment(document)), content.path, why))
    if not found:
        raise failures[0]
    return found, [Finding(UNKNOWN, Scope(), str(failure)) for failure in failures]


def _sentence(invalid: InvalidDocument, path: str) -> str:
    first = invalid.diagnostics[0].message
    others = len(invalid.diagnostics) - 1
    subject = "" if named(path) in first else f"{named(path)}: "
    return f"{subject}{first}" + (f", and {others} more" if others else "")


def newest(
    found: Iterable[Sourced[_Document]], key: Callable[[_Document], Hashable], now: int
) -> list[Sourced[_Document]]:
    """The documents that count: the newest of each key.

    What nobody would believe replaces nothing: a document from the future counts beside the newest, and one
    whose file may not clear beside the newest of those that may.
    """
    by_key: dict[Hashable, list[Sourced[_Document]]] = {}
    counting: list[Sourced[_Document]] = []
    for sourced in found:
        if sourced.at > now + SKEW_S:
            counting.append(sourced)
        else:
            by_key.setdefault((key(sourced.document), bool(sourced.doubt)), []).append(sourced)
    for group in by_key.values():
        last = max(sourced.at for sourced in group)
        counting.extend(sourced for sourced in group if sourced.at == last)
    return counting


def reserve(sourced: Sourced[_Document], read: Read, round: Round) -> str:
    """Why a document that says clear is not believed; empty when it is."""
    age_s = round.now - sourced.at
    if age_s < -SKEW_S:
        return f"{named(sourced.path)} is from the future: a clock is wrong"
    max_age_s: int = read.settings["document_max_age"]
    if age_s > max_age_s:
        allowed = shown_duration(max_age_s)
        return f"{named(sourced.path)} is {shown_duration(age_s)} old, more than {allowed}"
    return sourced.doubt


def scope_of(service: str | None, environment: str | None, round: Round) -> Scope:
    """The scope that a document names, as this policy understands it."""
    return Scope(service or "", environments_of(environment, round) if environment else ())


def readings_of(findings: Sequence[Finding], read: Read, round: Round) -> list[Reading]:
    """One reading a scope: the strictest state found there, told by its worst finding and how many more."""
    by_scope: dict[Scope, list[Finding]] = {}
    for finding in findings:
        by_scope.setdefault(finding.scope, []).append(finding)
    return scopes.readings_of([_counted(group) for group in by_scope.values()], read, round)


def _counted(group: Sequence[Finding]) -> Finding:
    worst = scopes.worst_of(group)
    more = sum(finding.state == worst.state for finding in group) - 1
    return worst._replace(because=f"{worst.because}, and {more} more") if more else worst


def shown_number(value: float) -> str:
    """A number as a person wrote it: `0.995`, `3`, `1e-09`."""
    return f"{value:.12g}"


def shown_duration(seconds: int) -> str:
    """Seconds in the largest unit that keeps at least two of it: `47 h`, `90 s`; rounded down."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
