"""What counts as the answer of a read: whole readings only, never too many, and nothing raised forgotten.

Pure: what a reader gave and what was known before go in, answers go out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from agentic.core.reason import one_line
from agentic.core.values import CLEAR, RAISED, UNKNOWN, Reading
from agentic.signals.live.interface import Answer, Read, Round
from agentic.signals.snapshot import Timetable, answer_of, checked

#: Answers of one read; what is beyond joins into one that covers everything.
MAX_ANSWERS = 64
_BECAUSE_CHARACTERS = 400
_TEXT_CHARACTERS = 1_000
_RANK = {RAISED: 0, UNKNOWN: 1, CLEAR: 2}
_NOT_SEEN_SINCE = "; not seen since: "


def usable_answers(found: Any, read: Read, round: Round) -> list[Answer]:
    """What a reader gave, as at least one answer that can be stored and judged.

    What is no answer of its signal, or a CLEAR that nobody saw, is UNKNOWN beside the others. Raises
    ValueError when the reader gave none at all.
    """
    is_one = isinstance(found, Reading | Timetable)  # which are tuples, too
    if is_one or not isinstance(found, list | tuple) or not found:
        raise ValueError("it gave no answer")
    return bounded([_usable(item, read, round) for item in found])


def _usable(item: Any, read: Read, round: Round) -> Answer:
    try:
        if not isinstance(item, Reading | Timetable) or checked(item).signal != read.signal:
            return read.unknown("its reader gave something else than a reading of it", round)
    except (TypeError, ValueError):
        return read.unknown("its reader gave a reading that nobody can use", round)
    if isinstance(item, Timetable):
        return item._replace(severity=item.severity or read.severity)
    if item.state == CLEAR and not item.observed_at:
        return read.unknown("its reader does not say when it saw that all is well", round)
    return item._replace(
        because=one_line(item.because, _BECAUSE_CHARACTERS),
        severity=item.severity or read.severity,
        value=one_line(item.value, _TEXT_CHARACTERS),
        unit=one_line(item.unit, _TEXT_CHARACTERS),
        threshold=one_line(item.threshold, _TEXT_CHARACTERS),
        service=one_line(item.service, _TEXT_CHARACTERS),
        query=one_line(item.query, _TEXT_CHARACTERS),
        observed_at=item.observed_at or round.now,
        # INVARIANT: a CLEAR expires, and no later than policy says
        # (tests/signals/test_ask.py::test_a_clear_never_holds_longer_than_policy_says).
        max_age_s=min(item.max_age_s, read.max_age_s) or read.max_age_s,
    )


def bounded(answers: Sequence[Answer], limit: int = MAX_ANSWERS) -> list[Answer]:
    """At most `limit` answers: the strictest stay, the rest joins into one about everything."""
    if len(answers) <= limit:
        return list(answers)
    ordered = sorted(answers, key=_rank)
    kept, rest = ordered[: limit - 1], ordered[limit - 1 :]
    if _rank(rest[0]) == _RANK[CLEAR]:
        return kept
    first = rest[0]
    if isinstance(first, Timetable):
        joined = Reading(first.signal, UNKNOWN, "its calendars are too many", first.severity)
        joined = joined._replace(source=first.source, observed_at=first.observed_at)
    else:
        because = one_line(f"{first.because}, and {len(rest) - 1} more", _BECAUSE_CHARACTERS)
        joined = first._replace(because=because)
    if isinstance(joined, Reading):
        joined = joined._replace(environments=(), effects=(), targets=(), service="")
    return [*kept, joined]


def _rank(answer: Answer) -> int:
    """Raised readings first, then what is raised at times or unknown, then clear ones."""
    return _RANK[UNKNOWN] if isinstance(answer, Timetable) else _RANK[answer.state]


# What was raised before


def with_held(
    answers: Sequence[Answer], before: Iterable[Answer], *, is_failure: bool
) -> list[Answer]:
    """The answers of a read, and what was raised `before` that can only be unknown now.

    After a failure nothing is known: whatever was raised stays, timetables too. Where the source did answer,
    an unknown keeps only what was raised about the same: an alert of one service is not held up by another
    service without traffic.
    """
    unknown = [a for a in answers if isinstance(a, Reading) and a.state == UNKNOWN]
    if not unknown:
        return list(answers)
    why = unknown[0].because.partition(_NOT_SEEN_SINCE)[0]
    told = {scope_of(a) for a in answers if isinstance(a, Reading) and a.state != UNKNOWN}
    kept: list[Answer] = []
    for old in before:
        if isinstance(old, Timetable):
            if is_failure and old not in kept:
                kept.append(old)
        elif old.state == RAISED and scope_of(old) not in told:
            if is_failure or any(overlaps(old, answer) for answer in unknown):
                kept.append(old._replace(because=_extended(old.because, why)))
                told.add(scope_of(old))
        elif old.state != RAISED and is_failure and not any(covers(a, old) for a in unknown):
            # It was about something that the failure says nothing of: unknown is that, too.
            unknown.append(old._replace(state=UNKNOWN, because=why))
            kept.append(unknown[-1])
    return bounded([*answers, *kept])


def known_answers(entries: Iterable[Any], signal: str) -> list[Answer]:
    """A snapshot's entries that are answers of a signal; the others never counted as more than unknown."""
    known: list[Answer] = []
    for entry in entries:
        with suppress(TypeError, ValueError, LookupError, AttributeError):
            answer = answer_of(entry)
            if answer.signal == signal:
                known.append(answer)
    return known


def _extended(because: str, why: str) -> str:
    """A reason with the one note since when nobody can see it: it does not grow from round to round."""
    base = because.partition(_NOT_SEEN_SINCE)[0]
    half = _BECAUSE_CHARACTERS // 2
    return one_line(base, half) + one_line(_NOT_SEEN_SINCE + why, half)


Scope = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], str]


def scope_of(reading: Reading) -> Scope:
    """What a reading is about: environments, effects, targets, service; empty means all."""
    return (
        tuple(sorted(reading.environments)),
        tuple(sorted(reading.effects)),
        tuple(sorted(reading.targets)),
        reading.service,
    )


def _sets(reading: Reading) -> tuple[frozenset[str], ...]:
    *lists, service = scope_of(reading)
    return (*(frozenset(one) for one in lists), frozenset((service,) if service else ()))


def overlaps(first: Reading, second: Reading) -> bool:
    """Whether there may be an operation that both readings are about."""
    pairs = zip(_sets(first), _sets(second), strict=True)
    return all(not one or not other or one & other for one, other in pairs)


def covers(wide: Reading, narrow: Reading) -> bool:
    """Whether every operation that the second reading is about is also the first one's."""
    pairs = zip(_sets(wide), _sets(narrow), strict=True)
    return all(not one or (other and other <= one) for one, other in pairs)
