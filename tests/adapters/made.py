"""What the tests of several adapters make: decisions, odd payloads, and a reading of recorded ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from agentic.core.values import Decision, Judged

if TYPE_CHECKING:
    from agentic.core.values import Grant, Mode, Permission

PAYLOADS = Path(__file__).with_name("payloads")
KINDS = {"call", "permission", "outcome", "session", "none"}

#: Any JSON value.
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def changes_to(payload: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Other values for some of a payload's fields."""
    odd = st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=3))
    return st.fixed_dictionaries({}, optional=dict.fromkeys(payload, odd))


def recorded(host: str) -> list[Path]:
    """The payloads that were recorded of a host."""
    return sorted((PAYLOADS / host).rglob("*.json"))


def read(path: Path) -> dict[str, Any]:
    """One of them."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def decision(
    mode: Mode, permission: Permission, *effects: str, grant: Grant | None = None, **more: Any
) -> Decision:
    """A decision on one operation."""
    judged = Judged("git.discard", "", "local", effects, "stash drop", base_mode=mode)
    fields = {
        "trace": (),
        "rules": ("modes.x",),
        "readings": (),
        "because": "uncommitted work would be lost",
        "way": "commit it first",
        "waiting_for": "",
        **more,
    }
    return Decision(
        mode=mode,
        base_mode=mode,
        permission=permission,
        operations=(judged,),
        call_digest="c" * 64,
        action_digest="a" * 64,
        policy_digest="p" * 64,
        purpose="ACT",
        grant=grant,
        **fields,
    )
