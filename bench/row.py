"""One line of the benchmark's report."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One measurement. `bar` is None for a row that only informs; `at_most` tells its direction."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    at_most: bool = True
    note: str = ""
