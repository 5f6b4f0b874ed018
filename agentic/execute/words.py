"""The command line of `agentic run`, and its words as the one line that recognition reads.

No shell ever sees that line. It is quoted so that every word stays exactly the word that the program gets.
"""

from __future__ import annotations

import posix

from agentic.core.record_type import NamedTuple
from agentic.errors import AgenticError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: The code of errors that mean a wrong command line: the process ends with 2.
USAGE = "usage"


class Wanted(NamedTuple):
    """What is to be run, and how it is to be judged.

    `words` is the program and its arguments. `environment`, `role`, `deadline` and `status` are the
    options' texts, empty where not given.
    """

    words: tuple[str, ...]
    environment: str = ""
    role: str = ""
    deadline: str = ""
    status: str = ""


#: option -> field of `Wanted`; each takes one value, behind a blank or `=`.
OPTIONS = {
    "--env": "environment",
    "--agent": "role",
    "--deadline": "deadline",
    "--status": "status",
}

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+:,./-")
#: Words that mean something to a shell where a command begins.
_RESERVED = frozenset(
    "if then else elif fi do done case esac while until for in function select time coproc".split()
)


def wanted_from(arguments: Sequence[str]) -> Wanted:
    """What a command line asks for. Raises AgenticError with the code `usage`."""
    given: dict[str, str] = {}
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name not in OPTIONS:
            listed = ", ".join(OPTIONS)
            raise AgenticError(
                USAGE,
                f"unknown option {quoted(name)}",
                f"it is one of {listed}; then `-- COMMAND…`",
            )
        if not equals:
            if not rest:
                raise AgenticError(USAGE, f"`{name}` needs a value")
            value = rest.pop(0)
        if not value:
            raise AgenticError(USAGE, f"the value of `{name}` is empty")
        given[OPTIONS[name]] = value
    if not rest:
        raise AgenticError(USAGE, "there is no command to run", "write it behind `--`")
    if not rest[0]:
        raise AgenticError(USAGE, "the program's name is empty")
    return Wanted(tuple(rest), **given)


def _is_file(path: str) -> bool:
    try:
        return "/" in path and posix.stat(path).st_mode & 0o170000 == 0o100000
    except (OSError, ValueError):
        return False


def check_is_no_shell_line(words: Sequence[str]) -> None:
    """Refuse a whole command line given as one word. Raises AgenticError with the code `usage`.

    A program's own path may have a blank: one that leads to a file is no command line.
    """
    is_spaced = len(words) == 1 and any(letter.isspace() for letter in words[0])
    if is_spaced and not _is_file(words[0]):
        raise AgenticError(
            USAGE,
            f"{quoted(words[0])} is one word, and `run` starts a program without a shell",
            "leave the quotes out; what needs a shell names it: `agentic run -- sh -c 'a | b'`",
        )


def shell_line(words: Sequence[str]) -> str:
    """The words as one line of shell text that means exactly these words."""
    first, *rest = words
    is_bare = first not in _RESERVED and _is_plain(first)
    return " ".join([first if is_bare else quoted_word(first), *[_shown(word) for word in rest]])


def _shown(word: str) -> str:
    return word if _is_plain(word.replace("=", "")) else quoted_word(word)


def _is_plain(word: str) -> bool:
    return bool(word) and _PLAIN.issuperset(word)


def quoted_word(word: str) -> str:
    """A word as shell text that means exactly this word."""
    return "'" + word.replace("'", "'\"'\"'") + "'"
