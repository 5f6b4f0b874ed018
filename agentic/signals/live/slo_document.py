"""What SLO definition documents of every format are read with: the SLO itself, places, expressions.

Nothing here looks at the world. A `Place` is a value that remembers where it stood, so that every refusal
says file, line and reason.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from agentic.errors import quoted
from agentic.signals.live.interface import SourceFailed
from agentic.yaml_reader import Path, YamlTree

#: What stands for the window in the expressions of an `Slo`.
WINDOW = "$window"
MIN_PERIOD_S = 60
MAX_PERIOD_S = 366 * 86_400
MAX_QUERY = 4000
UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}

#: Sloth renders its queries as Go templates; other actions than this one cannot be known here.
_TEMPLATE_WINDOW = re.compile(r"\{\{\s*\.window\s*\}\}")
_SELECTOR = (
    r"[a-zA-Z_:][a-zA-Z0-9_:]*"
    r"(?:\s*\{(?:[^\"'`{}]|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`)*\})?"
)
_PLAIN_SELECTOR = re.compile(rf"\s*({_SELECTOR})\s*\Z", re.DOTALL)
_GROUPING = r"((?:by|without)\s*\([\w\s,]*\))?"
_SUM = re.compile(rf"\s*sum\s*{_GROUPING}\s*\(\s*({_SELECTOR})\s*\)\s*{_GROUPING}\s*\Z", re.DOTALL)


class Slo(NamedTuple):
    """One objective as plain values.

    `objective` is in (0, 1). `errors` and `total` are PromQL in which `$window` stands for a duration; where
    only their ratio is known, both are empty and `ratio` is set. `since` is when the current calendar-aligned
    period began (Unix seconds), 0 for a rolling one. `where` is its place in a file.
    """

    name: str
    service: str
    objective: float
    period_s: int
    errors: str = ""
    total: str = ""
    ratio: str = ""
    since: int = 0
    where: str = ""


class Place(NamedTuple):
    """A value of a document with its place: every look at it that fails says where."""

    tree: YamlTree
    path: Path
    value: Any

    @property
    def where(self) -> str:
        """`file:line:column`."""
        return self.tree.where(self.path)

    def refused(self, why: str) -> SourceFailed:
        """The failure that names this place."""
        return SourceFailed(f"{self.where}: {why}")

    def fields(self, known: str) -> dict[str, Place]:
        """The fields of a mapping that are set; a key that is not `known` is refused."""
        if not isinstance(self.value, dict):
            raise self.refused(f"{quoted(self.last)} should be a mapping")
        for key in self.value:
            if key not in known.split():
                at = self.tree.where((*self.path, key), key=True)
                raise SourceFailed(f"{at}: the key {quoted(key)} is not known here")
        return {k: self.at(k) for k, value in self.value.items() if value is not None}

    def at(self, key: str | int) -> Place:
        """An inner value."""
        return Place(self.tree, (*self.path, key), self.value[key])

    @property
    def last(self) -> str:
        """What this value is called."""
        return str(self.path[-1]) if self.path else "document"

    def items(self) -> list[Place]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.refused(f"{quoted(self.last)} should be a list")
        return [self.at(number) for number in range(len(self.value))]

    def text(self) -> str:
        """Text that is not blank and not endless."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.refused(f"{quoted(self.last)} should be text")
        if len(self.value) > MAX_QUERY:
            raise self.refused(f"{quoted(self.last)} is longer than {MAX_QUERY} characters")
        return self.value

    def number(self) -> Decimal:
        """A number, exact as it was written; also one in quotes."""
        if isinstance(self.value, (int, float, str)) and not isinstance(self.value, bool):
            try:
                number = Decimal(str(self.value))
            except InvalidOperation:
                number = Decimal("NaN")
            if number.is_finite():
                return number
        raise self.refused(f"{quoted(self.last)} should be a number")


def needed(fields: dict[str, Place], name: str, around: Place) -> Place:
    """A field that must be there."""
    if name not in fields:
        raise around.refused(f"{quoted(name)} is missing")
    return fields[name]


def one_of(fields: dict[str, Place], names: tuple[str, ...], around: Place) -> str:
    """The one of these names that is given; none and more than one are refused."""
    given = [name for name in names if name in fields]
    if len(given) != 1:
        raise around.refused(f"needs exactly one of {', '.join(quoted(name) for name in names)}")
    return given[0]


def objective(place: Place, scale: int) -> float:
    """An objective in (0, 1), from a number in [0, `scale`]; computed in decimals, so 99.9 is 0.999."""
    ratio = place.number() / scale
    if not 0 < ratio < 1:
        raise place.refused(f"the objective {quoted(place.value)} leaves no error budget to judge")
    return float(ratio)


def period(seconds: int, place: Place) -> int:
    """The length of a period in seconds, within sane bounds."""
    if not MIN_PERIOD_S <= seconds <= MAX_PERIOD_S:
        raise place.refused(f"the period {quoted(place.value)} is not between 1m and 366d")
    return seconds


def resource(document: Place) -> tuple[str, Place]:
    """Name and spec of a document in the shape of Kubernetes."""
    fields = document.fields("apiVersion kind metadata spec status")
    metadata = needed(fields, "metadata", document)
    if not isinstance(metadata.value, dict) or "name" not in metadata.value:
        raise metadata.refused("`name` is missing")
    return metadata.at("name").text(), needed(fields, "spec", document)


# Expressions


def with_window(query: Place) -> str:
    """A query in which `$window` stands for its window, also where Sloth's template did."""
    text = _TEMPLATE_WINDOW.sub(lambda _match: WINDOW, query.text())
    if "{{" in text:
        raise query.refused("only `{{.window}}` can be known of the template's actions")
    return text


def selector(query: Place) -> str:
    """A plain metric with label matchers; anything else is refused."""
    found = _PLAIN_SELECTOR.match(query.text())
    if not found:
        raise query.refused(f"{quoted(query.value, 60)} is not a plain metric with label matchers")
    return found[1]


def increase_of(counter: str) -> str:
    """The increase over `$window` of a counter or of the `sum` of one; empty for anything else.

    The increase goes inside the sum: resets of single counters are invisible in their sum.
    """
    if plain := _PLAIN_SELECTOR.match(counter):
        return f"sum(increase({plain[1]}[{WINDOW}]))"
    summed = _SUM.match(counter)
    if not summed or (summed[1] and summed[3]):
        return ""
    grouping = " ".join((summed[1] or summed[3] or "").split())
    space = f" {grouping} " if grouping else ""
    return f"sum{space}(increase({summed[2]}[{WINDOW}]))"


def not_good(good: str, total: str) -> str:
    """The expression for errors where good events are counted; without any good one, all are errors."""
    return f"{bracketed(total)} - ({bracketed(good)} or 0 * {bracketed(total)})"


def bracketed(expression: str) -> str:
    """An expression as one operand; a comment at its end must not swallow the bracket."""
    return f"({expression}\n)" if "#" in expression else f"({expression})"
