"""What a shell knows at one point of a line: the folders it may be in and its variables.

A state is never changed in place: what follows `&&`, `||`, a branch or a subshell starts from the state
that it would really see. Where the line may have gone two ways, the state holds both.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Folders a shell may be in at once; beyond it the folder counts as computed.
MAX_FOLDERS = 4
#: Values one variable may have at once; beyond it the value counts as computed.
MAX_VALUES = 16


class State(NamedTuple):
    """`variables` maps a name to its possible values; `stack` is what `pushd` keeps.

    The name of an array ends with `[@]`, and its values are its elements in order.
    """

    cwds: tuple[str, ...]
    variables: Mapping[str, tuple[Word, ...]] = {}
    is_cwd_computed: bool = False
    previous: str = ""
    stack: tuple[str, ...] = ()


def with_variable(state: State, name: str, values: tuple[Word, ...]) -> State:
    """The state after an assignment."""
    return state._replace(variables={**state.variables, name: values})


def computed_value(name: str) -> Word:
    """The value of a variable of which nothing is known."""
    return Word("$" + name, literal=False)


def joined(first: Word, second: Word) -> Word:
    """Two values one after the other, as `A+=b` makes them."""
    return Word(
        first.text + second.text,
        literal=first.literal and second.literal,
        fetched=first.fetched or second.fetched,
    )


def union(first: State | None, second: State | None) -> State | None:
    """What is known when the line may be in either state; None is a state that cannot be reached."""
    if first is second or second is None:
        return first
    if first is None:
        return second
    cwds = first.cwds
    if cwds != second.cwds:
        cwds = tuple(dict.fromkeys(first.cwds + second.cwds))
    variables = first.variables
    if variables is not second.variables:
        names = dict.fromkeys((*first.variables, *second.variables))
        variables = {
            name: _either(name, first.variables.get(name), second.variables.get(name))
            for name in names
        }
    return State(
        cwds[:MAX_FOLDERS],
        variables,
        first.is_cwd_computed or second.is_cwd_computed or len(cwds) > MAX_FOLDERS,
        first.previous if first.previous == second.previous else "",
        first.stack if first.stack == second.stack else (),
    )


def _either(
    name: str, first: tuple[Word, ...] | None, second: tuple[Word, ...] | None
) -> tuple[Word, ...]:
    """The values a variable may have after two ways; one that never set it leaves the session's."""
    if first == second and first is not None:
        return first
    if name.endswith("[@]"):  # an array's values are its elements, not alternatives
        return (computed_value(name),)
    unset = (computed_value(name),)
    merged = tuple(dict.fromkeys((first or unset) + (second or unset)))
    return merged if len(merged) <= MAX_VALUES else (*merged[:MAX_VALUES], computed_value(name))


def texts_of(state: State) -> dict[str, str]:
    """Each variable with all that it may hold in one text, for judging environments by name."""
    return {
        name: values[0].text if len(values) == 1 else " ".join([value.text for value in values])
        for name, values in state.variables.items()
    }
