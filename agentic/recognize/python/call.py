"""One call in Python code, as its judges see it, and the plain names of what may be called."""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.python.values import (
    Value,
    is_text,
    word_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentic.recognize.context import Context
    from agentic.recognize.python.walk import Walk

    Handler = Callable[["Call"], Value | None]


class Call(NamedTuple):
    """One call: its name in plain form, the function as a value, and its arguments."""

    walk: Walk
    name: str
    function: Value
    args: tuple[Value, ...]
    named: tuple[tuple[str, Value], ...]

    @property
    def context(self) -> Context:
        """The context of the recognition."""
        return self.walk.context

    def arg(self, position: int, *names: str) -> Value | None:
        """An argument by position or by one of its names."""
        for key, value in self.named:
            if key in names:
                return value
        return self.args[position] if 0 <= position < len(self.args) else None

    def text(self, position: int, *names: str) -> str:
        """An argument's text as far as it is known, else empty."""
        value = self.arg(position, *names)
        return word_of(value).text if value is not None and is_text(value) else ""

    def is_set(self, name: str) -> bool:
        """Whether a switch is given and not plainly off."""
        value = self.arg(-1, name)
        return value is not None and not (value.sort == "constant" and not value.data)

    @property
    def method(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    def chain(self) -> list[Value]:
        """The results that the method was got from, nearest first, the first call of all last."""
        found: list[Value] = []
        value = self.function.base
        while value is not None and len(found) < 32:
            found.append(value)
            value = value.base
        return found

    def shown(self) -> str:
        """The call as a target: its name and the first arguments that are known."""
        texts = [word_of(value).text for value in self.args[:3] if is_text(value)]
        return " ".join((self.name.replace("()", ""), *texts))[:200]

    def add(self, kind: str, place: tuple[str, str] = ("", "")) -> None:
        """Add an operation of this call; an environment only where the kind acts on one."""
        from agentic.recognize.placement import acts_somewhere

        if not place[1] and not acts_somewhere(kind):
            place = ("", "")
        self.context.add(kind, self.shown(), *place)

    @property
    def receiver(self) -> Value | None:
        """The value that the method was got from."""
        return self.function.base


#: Other names of the same thing: beginning -> plain beginning.
_SAME = {
    "posix": "os",
    "nt": "os",
    "__builtins__": "",
    "builtins": "",
    "commands": "subprocess",
    "subprocess32": "subprocess",
    "urllib2": "urllib.request",
    "cPickle": "pickle",
    "_pickle": "pickle",
    "_io": "io",
    "sh": "sh",
    "posixpath": "os.path",
}


#: Modules that other modules hold under their own name (`shutil.os.system`, `tempfile._os`).
_HELD = (".os.", "._os.", ".subprocess.", ".shutil.", ".posix.", ".builtins.", ".pty.")


def plain_name(dotted: str) -> str:
    """A dotted name under the name that the tables know."""
    for held in _HELD:
        at = dotted.rfind(held)
        if at >= 0:
            dotted = dotted[at:].lstrip("._")
    dotted = dotted.removeprefix("six.moves.")
    first, dot, rest = dotted.partition(".")
    if dot and first in _SAME:
        return f"{_SAME[first]}.{rest}".lstrip(".")
    return dotted
