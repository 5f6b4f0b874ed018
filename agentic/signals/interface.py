"""The signals room's contract: names in, readings out, never an exception.

A source that fails gives an UNKNOWN reading that says why. A signal that policy has not configured gives
no reading at all. Each kind of source is a module with
`read(signal, settings, now) -> Reading`, registered in `KINDS`.
"""

from __future__ import annotations

from marshal import loads
from sys import modules

from agentic.core.values import UNKNOWN, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentic.core.policy import Policy

#: kind of source -> module that reads it
KINDS: dict[str, str] = {"clock": "agentic.signals.clock"}


def read_signals(policy: Policy, names: Iterable[str], now: int) -> tuple[Reading, ...]:
    """One reading for each named signal that policy has configured. `now` is Unix seconds. Never raises."""
    return tuple(_read(policy, name, now) for name in names if name in policy.signals)


def _read(policy: Policy, name: str, now: int) -> Reading:
    try:
        settings = loads(policy.signals[name])
        module = KINDS[settings["kind"]]
        __import__(module)
        reading: Reading = modules[module].read(name, settings, now)
        return reading
    except Exception:  # noqa: BLE001 - whatever happens is UNKNOWN; FAIL-SAFE: tests/signals/test_signals.py::test_any_failure_is_unknown
        return Reading(name, UNKNOWN, "its source could not be read", observed_at=now)
