"""Our hot-path records behave like `typing.NamedTuple`, except that they load faster."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core import record_type, values


class Ours(record_type.NamedTuple):
    """A point with a name."""

    x: int
    y: int = 2
    name: str = ""

    def moved(self, by: int) -> Ours:
        return self._replace(x=self.x + by)

    @property
    def total(self) -> int:
        return self.x + self.y


class Theirs(typing.NamedTuple):
    """A point with a name."""

    x: int
    y: int = 2
    name: str = ""

    def moved(self, by: int) -> Theirs:
        return self._replace(x=self.x + by)

    @property
    def total(self) -> int:
        return self.x + self.y


arguments = st.tuples(
    st.lists(st.integers(), max_size=4),
    st.dictionaries(st.sampled_from(("x", "y", "name", "z")), st.integers(), max_size=4),
)


def outcome(make: Any, positional: list[int], named: dict[str, int]) -> Any:
    try:
        return tuple(make(*positional, **named))
    except TypeError:
        return TypeError


@given(arguments)
def test_construction_accepts_and_refuses_the_same(
    given_arguments: tuple[list[int], dict[str, int]],
) -> None:
    assert outcome(Ours, *given_arguments) == outcome(Theirs, *given_arguments)


@given(st.integers(), st.integers(), st.text())
def test_values_behave_alike(x: int, y: int, name: str) -> None:
    ours, theirs = Ours(x, y, name), Theirs(x, y, name)
    assert ours == theirs == (x, y, name)
    assert hash(ours) == hash(theirs)
    assert repr(ours).removeprefix("Ours") == repr(theirs).removeprefix("Theirs")
    assert ours._asdict() == theirs._asdict()
    assert tuple(ours._replace(y=9)) == tuple(theirs._replace(y=9))
    assert ours.moved(1) == theirs.moved(1)
    assert (ours.x, ours.y, ours.name, ours.total) == (x, y, name, x + y)
    assert isinstance(ours, tuple)
    assert ours[1:] == (y, name)
    assert tuple(Ours._make([x, y, name])) == tuple(Theirs._make([x, y, name]))


def test_class_level_attributes_are_alike() -> None:
    assert Ours._fields == Theirs._fields == Ours.__match_args__
    assert Ours.__doc__ == Theirs.__doc__
    match Ours(1, 2, "a"):
        case Ours(x, y, name):
            assert (x, y, name) == (1, 2, "a")


def test_records_are_immutable_and_carry_no_dictionary() -> None:
    ours = Ours(1)
    with pytest.raises(AttributeError):
        ours.x = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ours.other = 5  # type: ignore[attr-defined]
    assert not hasattr(ours, "__dict__")


def test_replace_refuses_an_unknown_field() -> None:
    with pytest.raises(ValueError, match="z"):
        Ours(1)._replace(z=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_records_survive_copy_and_pickle(protocol: int) -> None:
    ours = Ours(1, 3, "a")
    assert copy.copy(ours) == copy.deepcopy(ours) == ours
    assert type(copy.copy(ours)) is Ours
    again = pickle.loads(pickle.dumps(ours, protocol))
    assert again == ours
    assert type(again) is Ours


def test_every_value_of_the_core_keeps_its_fields_in_annotation_order() -> None:
    records = [
        item
        for item in vars(values).values()
        if item is not record_type.NamedTuple and hasattr(item, "_fields")
    ]
    assert len(records) >= 8
    for record in records:
        assert record._fields == tuple(record.__annotations__), record  # type: ignore[attr-defined]


def test_loading_the_values_loads_neither_typing_nor_collections() -> None:
    code = (
        "import sys; sys.path.insert(0, '.'); import agentic.core.values;"
        "print(*sorted({'typing', 'collections', 're', 'enum', 'os'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_a_record_class_is_made_when_it_is_first_used() -> None:
    program = (
        "from agentic.core import values\n"
        "from agentic.core.record_type import _Record\n"
        "before = len(_Record.__subclasses__())\n"
        "values.Reading('s', 'CLEAR', 'b')\n"
        "assert len(_Record.__subclasses__()) == before + 1\n"
        "assert isinstance(values.Reading, type)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_union_of_records_needs_neither_to_be_made_first() -> None:
    program = (
        "from agentic.core import values\n"
        "made, left = values.Grant, values.Judged\n"
        "both = values.Reading | values.TraceStep\n"
        "values.Grant(*'abcdef', 1, 2)\n"
        "assert isinstance(values.Grant, type)\n"
        "mixed = values.Grant | left\n"
        "assert isinstance(values.Reading('s', 'CLEAR', 'b'), both)\n"
        "assert isinstance(values.Grant(*'abcdef', 1, 2), mixed)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
