"""Hypothesis strategies for compiled policies, operations and readings: small alphabets, so that
rules, operations and readings really meet."""

from __future__ import annotations

from marshal import dumps
from typing import Any

from hypothesis import strategies as st

from agentic.core.policy import Policy
from agentic.core.values import CLEAR, MODES, RAISED, UNKNOWN, Operation, Reading

KINDS = ("a.read", "b.write", "c.deploy", "d.drop")
JUDGED = ("local", "dev", "staging", "production")
SIGNALS = ("clock", "freeze", "alerts")
ROLES = ("trainer", "auditor")
EFFECTS = ("read", "write-shared", "destroy-shared")

modes = st.sampled_from(MODES)
kinds = st.sampled_from(KINDS)
environments = st.sampled_from(("", *JUDGED, "unknown"))
signals = st.sampled_from(SIGNALS)
sentences = st.sampled_from(("it is shared", "it cannot be undone", "nobody watches"))
ways = st.sampled_from(("", "ask first", "use the release workflow"))

operations = st.builds(
    Operation,
    kind=kinds,
    target=st.sampled_from(("", "x", "y")),
    environment=environments,
    way=ways,
)

readings = st.builds(
    Reading,
    signal=signals,
    state=st.sampled_from((CLEAR, RAISED, UNKNOWN)),
    because=st.sampled_from(("late", "no answer", "on fire")),
    environments=st.sampled_from(((), ("production",), ("staging", "production"))),
    effects=st.sampled_from(((), ("write-shared",), ("destroy-shared", "read"))),
    targets=st.sampled_from(((), ("x",), ("y", "z"))),
    service=st.sampled_from(("", "x", "fraud", "nobody")),
)

#: Services as policy declares them: one by its name alone, one by patterns of its targets.
services = st.sampled_from(((), (("x", ()),), (("x", ()), ("fraud", ("y*", "fraud-*")))))

rules = st.tuples(st.sampled_from([f"modes.{n}" for n in range(12)]), modes, sentences, ways)

escalators = st.one_of(
    st.tuples(
        st.sampled_from([f"escalation.{n}" for n in range(6)]),
        signals,
        st.sampled_from(("climb", "CONSULT", "STOP")),
        st.booleans(),
        st.just(0),
        sentences,
    ),
    st.tuples(
        st.just("escalation.several"),
        st.just(""),
        st.sampled_from(("climb", "CONSULT", "STOP")),
        st.just(False),
        st.integers(2, 3),
        sentences,
    ),
)


@st.composite
def kind_rows(draw: st.DrawFn) -> tuple[Any, ...]:
    """One kind as `agentic.core.policy` lays it out; every environment has at least one rule."""
    return (
        draw(st.lists(st.sampled_from(EFFECTS), min_size=1, unique=True).map(tuple)),
        draw(st.sampled_from(("yes", "no", "effort"))),
        "does something",
        draw(st.booleans()),
        {place: tuple(draw(st.lists(rules, min_size=1, max_size=3))) for place in JUDGED},
        {place: tuple(draw(st.lists(escalators, max_size=3))) for place in JUDGED},
    )


kind_tables = st.fixed_dictionaries({kind: kind_rows() for kind in KINDS})
cells = st.tuples(st.sampled_from(("permissions.x", "permissions.y")), modes, sentences)
role_tables = st.fixed_dictionaries(
    {
        role: st.dictionaries(kinds, st.dictionaries(st.sampled_from(JUDGED), cells), max_size=3)
        for role in ROLES
    }
)


def policy_of(kind_table: dict[str, Any], role_table: dict[str, Any] | None = None) -> Policy:
    """A compiled policy from plain tables."""
    return Policy(
        digest="0" * 64,
        kinds={kind: dumps(row) for kind, row in kind_table.items()},
        roles={role: dumps(row) for role, row in (role_table or {}).items()},
        role_aliases={"Agent-Trainer": "trainer"},
        signals={signal: dumps({"kind": "clock"}) for signal in SIGNALS},
        facts=dumps(()),
        settings={},
    )
