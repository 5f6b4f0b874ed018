"""Bounds as policy and gate reports write them: a mapping in which one key is not None."""

from __future__ import annotations

from collections.abc import Mapping
from operator import ge, gt, le, lt
from typing import Any

#: The bounds with one limit; `between` has two, both included.
COMPARISONS = {"above": gt, "at_least": ge, "below": lt, "at_most": le}


def meets(bound: Mapping[str, Any], value: float) -> bool:
    """Whether a value meets a bound; NaN meets none. Raises ValueError when the bound has no limit."""
    for name, limit in bound.items():
        if name == "between" and limit is not None:
            return bool(limit[0] <= value <= limit[1])
        if limit is not None:
            return bool(COMPARISONS[name](value, limit))
    raise ValueError("a bound without a limit")
