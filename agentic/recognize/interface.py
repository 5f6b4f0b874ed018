"""What recognition exchanges: facts from policy, the workspace port, shell words and commands.

Recognition is pure: it sees the world only through the `Workspace` that is passed in, never raises on
hostile input (`unknown.*` is an answer), and never executes anything.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    class Workspace(Protocol):
        """A bounded read-only view of the world; every read is noted in `reads`.

        `roots` are the absolute folders that make up the workspace (the first is the main one), `home`
        the user's home, `governed` the absolute paths that hold agentic's own state, trust, grants and
        journal. Each method returns an empty answer when the thing is absent or the budget is spent.
        """

        roots: tuple[str, ...]
        home: str
        governed: tuple[str, ...]
        reads: list[str]

        def variable(self, name: str) -> str:
            """The value of an environment variable that policy lets recognition see, else empty."""

        def read(self, path: str, max_bytes: int = 65536) -> bytes | None:
            """The first bytes of a regular file, or None."""

        def resolve(self, path: str) -> str:
            """The path with symbolic links followed as far as they exist."""

        def kind(self, path: str) -> str:
            """`file`, `directory`, `other` or empty when absent; does not follow a last link."""

        def list(self, path: str) -> tuple[str, ...]:
            """Names in a folder (bounded), or empty."""


class McpTools(NamedTuple):
    """What policy knows of MCP tools; `agentic.authoring.mcp` lays the rows out.

    `words`  word in a server's name -> numbers of rows
    `places` argument in lower case -> what its value is a name of
    `added`  "server/tool" patterns -> kind, from layers that nobody has trusted
    """

    words: dict[str, tuple[int, ...]]
    rows: tuple[tuple[Any, ...], ...]
    places: dict[str, str]
    added: tuple[tuple[str, str], ...]


def _no_tools() -> tuple[Any, ...]:
    return {}, (), {}, ()


class Facts(NamedTuple):
    """What policy tells recognition. Patterns may hold `*`; compare lower-cased where it says so.

    `environment_words`  token -> environment, e.g. {"prod": "production", "pre-prod": "staging"}
    `environment_names`  source -> ((pattern, environment), ...); sources: context, namespace, cluster,
                         workspace, project, account, profile, region, branch, host, path, name
    `programs`           taught programs: "tool" or "tool subcommand" -> kind
    `mcp_tools`          "server/tool" patterns -> kind
    `paths`              further path classes: ((pattern, class), ...), classes as in paths.py
    `mcp`                gives the fields of `McpTools`; only a call of an MCP tool pays for decoding them
    """

    environment_words: dict[str, str]
    environment_names: dict[str, tuple[tuple[str, str], ...]]
    protected_branches: tuple[str, ...]
    programs: dict[str, str]
    mcp_tools: tuple[tuple[str, str], ...]
    paths: tuple[tuple[str, str], ...]
    also_roots: tuple[str, ...]
    variables: tuple[str, ...]
    mcp: Callable[[], tuple[Any, ...]] = _no_tools


class Part(NamedTuple):
    """A piece of a word that holds something computed.

    `kind` is `text` (as it is), `variable` (`name` is the parameter), `substitution` or `process`
    (`name` is the number of the substitution in its line), `number` (arithmetic), `home` (`~user`), or
    `computed` (anything else). `text` is the piece as written, `quoted` whether it stands in quotes,
    `default` what `${name:-default}` says.
    """

    kind: str
    text: str
    name: str = ""
    quoted: bool = False
    default: str | None = None


class Word(NamedTuple):
    """One shell word after quote removal.

    `literal` is true when `text` is exactly what the program will get; otherwise some part (`$x`,
    `$(…)`, a glob) is computed at run time and `text` shows it as written. `glob` is true when an
    unquoted `*`, `?` or `[` may expand to several words. `parts` holds the pieces of a word that is
    computed, until the shell has filled in what it knows. `fetched` is true when some of it came over
    the network (`"$(curl …)"`).
    """

    text: str
    literal: bool = True
    glob: bool = False
    parts: tuple[Part, ...] = ()
    fetched: bool = False


class Redirect(NamedTuple):
    """`operator` is one of `>` `>>` `>|` `<` `<>` `&>` `&>>` `>&` `<&` `<<` `<<<`.

    The target of `<<` is the body of the heredoc.
    """

    operator: str
    target: Word
    descriptor: int = -1


class Stdin(NamedTuple):
    """What a command reads on standard input.

    `origin` is `inherit`, `pipe`, `file` (`path` names it), `text` (heredoc or here-string), `closed`.
    `text` is the exact text where it is known (`known`), also through a pipe, else empty. `upstream`
    are the words of the simple commands that feed the pipe, nearest last; `fetched` is true when one
    of them asked the network.
    """

    origin: str = "inherit"
    text: str = ""
    known: bool = False
    upstream: tuple[tuple[str, ...], ...] = ()
    fetched: bool = False
    path: str = ""


class Command(NamedTuple):
    """One simple command of a line. `words` may be empty when there are only assignments or redirects."""

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    stdin: Stdin = Stdin()
    background: bool = False


class Invocation(NamedTuple):
    """A program about to be started: what a program's handler gets.

    `name` is the base name (`/usr/bin/git` -> `git`), `path` the word as written, `args` the words after
    it, `variables` the literal environment given on the line (`AWS_PROFILE=prod aws …`).
    """

    name: str
    path: str
    args: tuple[Word, ...]
    stdin: Stdin
    variables: Mapping[str, str]
    redirects: tuple[Redirect, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The argument texts."""
        return tuple(word.text for word in self.args)
