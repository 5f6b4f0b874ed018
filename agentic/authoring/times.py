"""Times as policy writes them: zones, dated ranges, cron windows, countries with holidays.

Each is refused here, with its place in the file, so that no reader meets a time that it cannot use. What is
known about zones, cron and holidays comes from tzdata, cronsim and holidays, loaded only where a policy
names them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from agentic.authoring.vocabulary import Closed, Sentence, Word
from agentic.errors import quoted

#: What IANA's database holds besides zones, or a system besides the database.
_NO_ZONES = ("Factory", "localtime", "posixrules")
_FIRST_YEAR, _LAST_YEAR = 1970, 9998


class UnknownWord(ValueError):
    """A word outside a vocabulary that is too large or too late for a Literal.

    `known` are the words that may have been meant, `otherwise` begins a list of them where none is close.
    """

    def __init__(
        self, message: str, word: str, known: Iterable[str] = (), otherwise: str = ""
    ) -> None:
        super().__init__(message)
        self.word = word
        self.known = tuple(known)
        self.otherwise = otherwise


# Zones


@cache
def known_zones() -> frozenset[str]:
    """The time zones of IANA's database on this system; UTC needs none."""
    from zoneinfo import available_timezones

    return frozenset({"UTC", *available_timezones()}.difference(_NO_ZONES))


def _checked_zone(name: str) -> str:
    if name != "UTC" and name not in known_zones():
        raise UnknownWord(f"names the unknown time zone {quoted(name)}", name, known_zones())
    return name


#: An IANA name: `Europe/Berlin`.
Zone = Annotated[Word, AfterValidator(_checked_zone)]


# Dates


def _checked_moment(text: str) -> str:
    try:
        year = datetime.fromisoformat(text).year
    except ValueError:
        raise ValueError(f"is no date or time that exists: {quoted(text)}") from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"is not between {_FIRST_YEAR} and {_LAST_YEAR}: {quoted(text)}")
    return text


#: `2026-12-24`, or with a time and perhaps an offset: `2026-12-24T18:00`, `2026-12-24T18:00:00+01:00`.
Moment = Annotated[
    str,
    Field(
        pattern=(
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
            r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$"
        ),
    ),
    AfterValidator(_checked_moment),
]


class DateRange(Closed):
    """From the first moment to before the second; a date without a time begins at 00:00 in the zone.

    A `until` without a time includes that whole day.
    """

    start: Moment = Field(alias="from")
    until: Moment
    because: Sentence

    @model_validator(mode="after")
    def _has_a_length(self) -> DateRange:
        start, until = datetime.fromisoformat(self.start), datetime.fromisoformat(self.until)
        if (start.tzinfo is None) != (until.tzinfo is None):
            raise ValueError("needs an offset in both `from` and `until`, or in neither")
        if "T" not in self.until:
            until += timedelta(days=1)
        if start >= until:
            raise ValueError("ends before it begins")
        return self


# Cron


def _checked_cron(expression: str) -> str:
    from datetime import UTC

    from cronsim import CronSim, CronSimError

    if len(expression.split()) != 5:
        raise ValueError(
            "needs the five fields of cron (minute, hour, day, month, weekday), "
            f"not {quoted(expression)}"
        )
    try:
        next(CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC)))
    except CronSimError as problem:
        told = f"{str(problem)[:1].lower()}{str(problem)[1:]}"
        raise ValueError(f"is no cron expression: {told} in {quoted(expression)}") from None
    except StopIteration:
        raise ValueError(f"never names a time: {quoted(expression)}") from None
    return expression


#: Five fields, local to the read's zone: `0 18 * * 5`.
Cron = Annotated[str, Field(max_length=120), AfterValidator(_checked_cron)]


class CronWindow(Closed):
    """From each time that `start` names (five cron fields, local to the zone) to the next of `end`."""

    start: Cron
    end: Cron
    because: Sentence


# Countries


@cache
def known_countries() -> dict[str, tuple[str, ...]]:
    """Every country (ISO 3166, two letters) whose holidays are known, with its subdivisions."""
    from holidays import list_supported_countries

    found = list_supported_countries(include_aliases=True)
    return {code: tuple(parts) for code, parts in found.items() if len(code) == 2}


def checked_country(code: str) -> str:
    """The same code. Raises UnknownWord where no holidays are known for it."""
    if code not in known_countries():
        raise UnknownWord(f"names a country without known holidays: {quoted(code)}", code)
    return code


def checked_subdivision(code: str, country: str) -> str:
    """The same subdivision. Raises UnknownWord where the country has none of that name."""
    parts = known_countries().get(country, ())
    if code not in parts:
        message = f"names an unknown part of {quoted(country)}: {quoted(code)}"
        raise UnknownWord(message, code, parts, "it is one of ")
    return code
