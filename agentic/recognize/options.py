"""Command lines cut into options and operands, for programs whose options decide what they do.

A `Spec` describes programs that a table can describe; a handler function that must tell `push -n` from
`commit -n` reads its words here: `--name value`, `--name=value`, `-n value`, `-nvalue`, clusters such
as `-xfd`, `--`, and shortened long options where the program accepts them. Pure; never raises.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.interface import Word


#: Values that take an option back.
_FALSE = ("false", "0", "no", "none", "off")


class Options(NamedTuple):
    """One command line, cut.

    `given` are the options in order as (name, value word or None), `operands` the other words,
    `separator` how many operands stood before `--` (-1 without one), `computed` the first word that is
    computed at run time and stood where it may turn into an option.
    """

    given: tuple[tuple[str, Word | None], ...]
    operands: tuple[Word, ...]
    separator: int = -1
    computed: str = ""

    def has(self, *names: str) -> bool:
        """Whether one of these options is given."""
        return any(name in names for name, _ in self.given)

    def word(self, *names: str) -> Word | None:
        """The last value of these options as a word, or None."""
        found = None
        for name, value in self.given:
            if name in names and value is not None:
                found = value
        return found

    def value(self, *names: str) -> str:
        """The last value of these options, else empty."""
        word = self.word(*names)
        return "" if word is None else word.text

    def words(self, *names: str) -> tuple[Word, ...]:
        """Every value of these options, in order."""
        return tuple(value for name, value in self.given if name in names and value is not None)

    def relaxed(self, *names: str) -> bool:
        """Whether an option that makes the call harmless is given and not taken back.

        A relaxing option counts only when it is certain, so any negation (`--no-x`, `--x=false`) wins.
        """
        values = [value for name, value in self.given if name in names]
        if not values or any(value is not None and value.text in _FALSE for value in values):
            return False
        return not self.has(*("--no-" + name[2:] for name in names if name.startswith("--")))

    def target(self, limit: int = 3) -> str:
        """The first operands as text, to name what is acted on."""
        return " ".join(word.text for word in self.operands[:limit])


def read_options(
    args: Sequence[Word],
    valued: str = "",
    switches: str = "",
    *,
    abbreviates: bool = False,
    stop_at_operand: bool = False,
    single_dash: bool = False,
) -> Options:
    """The options and operands of a command line.

    `valued` are the options that take a value, `switches` those that take none, both blank-separated;
    a trailing `?` on a short option marks a value that is only taken when attached (`-S?`). With
    `abbreviates` an unlisted long option stands for the one listed option that it begins;
    `stop_at_operand` ends the options at the first operand; `single_dash` reads `-name` as one option
    instead of a cluster.
    """
    takes = valued.split()
    known = takes + switches.split() if abbreviates else takes
    given: list[tuple[str, Word | None]] = []
    operands: list[Word] = []
    separator = -1
    computed = ""
    index, count = 0, len(args)
    while index < count:
        word = args[index]
        text = word.text
        index += 1
        if text == "--":
            separator = len(operands)
            operands.extend(args[index:])
            break
        if len(text) < 2 or text[0] != "-":
            if not word.literal and not computed and text[:1] in ("$", "`"):
                computed = text
            operands.append(word)
            if stop_at_operand:
                operands.extend(args[index:])
                break
            continue
        if not word.literal and not computed and text.lstrip("-")[:1] in ("$", "`", ""):
            computed = text
        if text[1] == "-" or single_dash:
            name, equals, attached = text.partition("=")
            if name not in known:
                name = _full_name(name, known) if abbreviates else name
            if equals:
                given.append((name, word._replace(text=attached)))
            elif name in takes and index < count:
                given.append((name, args[index]))
                index += 1
            else:
                given.append((name, None))
            continue
        index += _cluster(word, args, index, takes, given)
    return Options(tuple(given), tuple(operands), separator, computed)


def _full_name(name: str, known: Sequence[str]) -> str:
    """The one listed option that a shortened name begins, else the name as it is."""
    found = ""
    for option in known:
        if option.startswith(name):
            if found and found != option:
                return name
            found = option
    return found or name


def _cluster(
    word: Word,
    args: Sequence[Word],
    index: int,
    takes: Sequence[str],
    given: list[tuple[str, Word | None]],
) -> int:
    """Read `-abc` letter by letter; how many further words were used as a value."""
    text = word.text
    at, count = 1, len(text)
    while at < count:
        name = "-" + text[at]
        at += 1
        if name in takes:
            if at < count:
                attached = text[at + 1 :] if text[at] == "=" else text[at:]
                given.append((name, word._replace(text=attached)))
                return 0
            if index < len(args):
                given.append((name, args[index]))
                return 1
        elif name + "?" in takes and at < count:
            given.append((name, word._replace(text=text[at:])))
            return 0
        if not given or given[-1] != (name, None):  # a letter said again says no more
            given.append((name, None))
    return 0
