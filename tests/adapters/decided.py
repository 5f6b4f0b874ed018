"""Decisions and payloads that the tests of every adapter share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from agentic.core.values import AUTO, CONSULT, RUN, STOP, Decision, Judged, Reading

if TYPE_CHECKING:
    from agentic.core.values import Mode, Permission

FOLDER = Path(__file__).with_name("payloads")
PROJECT = "/home/ada/churn"
KINDS = {"call", "permission", "outcome", "session", "none"}


def payloads_of(host: str) -> dict[str, dict[str, Any]]:
    """Name -> payload of every file that is kept for a host."""
    found = {path.stem: json.loads(path.read_text()) for path in (FOLDER / host).glob("*.json")}
    assert found, host
    return dict(sorted(found.items()))


def decision(mode: Mode, permission: Permission, because: str = "work would be lost") -> Decision:
    """A decision on one operation, as far as a reply tells of it."""
    operation = Judged("git.discard", "", "local", ("read",), "stash drop", base_mode=mode)
    readings = (Reading("clock", "UNKNOWN", because),)
    return Decision(
        mode=mode,
        base_mode=mode,
        permission=permission,
        operations=(operation,),
        trace=(),
        rules=("modes.x",),
        readings=readings,
        because=because,
        way="commit it first",
        waiting_for="a person's yes",
        call_digest="c" * 64,
        action_digest="a" * 64,
        policy_digest="p" * 64,
        purpose="ACT",
    )


RUNS = decision(AUTO, RUN)
ASKS = decision(CONSULT, "ASK")
WAITS = decision(CONSULT, "BLOCK")
STOPS = decision(STOP, "BLOCK")

#: Any JSON value.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def changes_to(payload: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Other values for any fields of a payload."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(payload, JSON))
