"""What a shell knows at one point of a line: the folders it may be in, its variables, open scopes.

A state is never changed in place: what follows `&&`, `||`, a branch or a subshell starts from the state
that it would really see. Where the line may have gone two ways, the state holds both.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.shell.steps import GROUP, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Command

#: Kinds of operations whose output comes from another machine.
FETCHING = ("network.", "cloud.", "forge.", "kubernetes.", "mcp.", "container.pull")
#: What a file holds is no more than a name or a version up to this length.
MAX_SHORT = 64
#: Folders a shell may be in at once; beyond it the folder counts as computed.
MAX_FOLDERS = 4
#: Values one variable may have at once; beyond it the value counts as computed.
MAX_VALUES = 16
#: Characters of a value; beyond it the value counts as computed.
MAX_TEXT = 65_536


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
    if len(first.text) + len(second.text) > MAX_TEXT:
        return Word(second.text, literal=False, fetched=first.fetched or second.fetched)
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
        only = second if first is None else first if second is None else None
        return (computed_value(name),) if only is None else only
    unset = (computed_value(name),)
    merged = tuple(dict.fromkeys((first or unset) + (second or unset)))
    return merged if len(merged) <= MAX_VALUES else (*merged[:MAX_VALUES], computed_value(name))


def texts_of(state: State) -> dict[str, str]:
    """Each variable with all that it may hold in one text, for judging environments by name."""
    return {
        name: values[0].text if len(values) == 1 else " ".join([value.text for value in values])
        for name, values in state.variables.items()
    }


class Frame:
    """One open scope: the line itself, a subshell, a group, a branch, a loop, a substitution."""

    __slots__ = tuple(
        "else_state fail feed finished has_else is_capturing is_fetched is_item_fetched is_negated"
        " item_ran item_trail list_start now ok opened output outputs passes pending pipe_start"
        " reachable skipped start stdin step".split()
    )

    def __init__(self, now: State, stdin: Stdin, step: Step | None, start: int) -> None:
        self.step = step
        self.start = start
        self.opened = self.now = self.list_start = self.reachable = now
        self.ok: State | None = now
        self.fail: State | None = now
        self.pending = ""
        self.skipped: State | None = None
        self.pipe_start: State | None = None
        self.is_negated = False
        self.stdin = stdin
        self.feed: Stdin | None = None
        self.item_trail = self.item_ran = 0
        self.is_fetched = self.is_item_fetched = False
        self.is_capturing = False
        self.output: str | None = None
        self.outputs: list[str | None] = []
        self.finished: State | None = None
        self.else_state: State | None = None
        self.has_else = False
        self.passes = 0


def is_apart(frame: Frame) -> bool:
    """Whether what stands in this frame may not run, or not in the shell itself."""
    return frame.step is not None and frame.step.text != GROUP


_PRINTERS = frozenset(("echo", "printf"))


def may_show_variables(command: Command, stdin: Stdin) -> bool:
    """Whether a variable may come into this command's arguments, heredoc or pipe."""
    return (
        any(word.parts for word in command.words[1:])
        or any(redirect.target.parts for redirect in command.redirects)
        or any(words[0] in _PRINTERS for words in stdin.upstream if words)
    )


def holds_content(output: str | None, kinds: Sequence[str]) -> bool:
    """Whether a substitution stands for what a file holds, beyond a name or a version."""
    return (output is None or len(output) > MAX_SHORT) and "file.read" in kinds


def judge_indexes(context: Context, fields: Sequence[Word]) -> None:
    """Note a command in the index of an array, which the shell runs when it computes the index."""
    for word in fields[1:]:
        if "[$(" in word.text or "[`" in word.text:
            context.unknown("a command hides in the index of an array", target=word.text)
