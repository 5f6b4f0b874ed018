"""The state of one recognition: where we are, what was found, and the ways to go deeper.

A `Context` is made per call and thrown away. Handlers of programs get it to add operations, to judge
paths and environments, and to hand nested commands back (`bash -c`, `sudo`, `xargs`, `ssh`).
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.core.values import Operation
from agentic.recognize import environment, paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agentic.recognize.interface import Facts, Invocation, Stdin, Word, Workspace
    from agentic.recognize.shell.interpret import Shell

#: Nesting of shells, wrappers and scripts that is still followed.
MAX_DEPTH = 12
#: Operations of one call; beyond it the rest is `unknown.shell`.
MAX_OPERATIONS = 500


class Written(NamedTuple):
    """What an earlier part of the call left in a file: its text where that is known."""

    text: str | None
    fetched: bool = False


class Context:
    """Everything a handler may use.

    `cwd` follows `cd`, and `is_cwd_computed` says that some `cd` could not be followed; `remote` names
    the machine inside ssh. `trail` holds the kind of every operation in order, repeated ones too;
    `written` the files that this call wrote; `shell` the shell that is being interpreted.
    """

    def __init__(
        self,
        facts: Facts,
        workspace: Workspace,
        cwd: str,
        run_words: Callable[[Context, Sequence[Word], Stdin, Mapping[str, str]], None],
        run_script: Callable[[Context, str, Stdin], None],
    ) -> None:
        self.facts = facts
        self.workspace = workspace
        self.cwd = cwd
        self.depth = 0
        self.remote = ""
        self.is_cwd_computed = False
        self.variables: dict[str, str] = {}
        self.operations: list[Operation] = []
        self.trail: list[str] = []
        self.written: dict[str, Written] = {}
        self.shell: Shell | None = None
        self.program = ""
        #: What an earlier command of this call changed for later ones (the branch it switched to).
        self.notes: dict[str, str] = {}
        self._run_words = run_words
        self._run_script = run_script

    def add(
        self,
        kind: str,
        target: str = "",
        environment: str = "",
        told_by: str = "",
        because: str = "",
        parameters: tuple[tuple[str, str], ...] = (),
        inputs: tuple[tuple[str, str], ...] = (),
        way: str = "",
    ) -> None:
        """Add one operation; identical ones are kept once."""
        self.trail.append(kind)
        folder = self.cwd if self.program else ""
        operation = Operation(
            kind, target[:512], environment, told_by, self.program, because, inputs, parameters, way,
            folder,
        )  # fmt: skip
        if operation in self.operations:
            return
        if len(self.operations) < MAX_OPERATIONS:
            self.operations.append(operation)
        elif len(self.operations) == MAX_OPERATIONS:
            why = f"more than {MAX_OPERATIONS} operations in one call"
            self.operations.append(Operation("unknown.shell", because=why))

    def unknown(self, because: str, kind: str = "unknown.shell", target: str = "") -> None:
        """Add what could not be understood; it never erases what was."""
        self.add(kind, target, because=because)

    # Nested commands

    def run_words(
        self, words: Sequence[Word], stdin: Stdin, variables: Mapping[str, str] | None = None
    ) -> None:
        """Recognise a nested argument vector: `sudo X`, `env A=b X`, `timeout 5 X`, `xargs X`."""
        if self.depth >= MAX_DEPTH:
            self.unknown(f"commands nested deeper than {MAX_DEPTH}")
            return
        outer = self.program
        self.depth += 1
        try:
            self._run_words(self, words, stdin, variables or {})
        finally:
            self.depth -= 1
            self.program = outer

    def run_script(self, text: str, stdin: Stdin) -> None:
        """Recognise nested shell text: `bash -c TEXT`, `eval TEXT`, a script file, `ssh host TEXT`."""
        if self.depth >= MAX_DEPTH:
            self.unknown(f"shells nested deeper than {MAX_DEPTH}")
            return
        outer, cwd = self.program, self.cwd
        self.depth += 1
        try:
            self._run_script(self, text, stdin)
        finally:
            self.depth -= 1
            self.program, self.cwd = outer, cwd

    # Paths

    def path(self, text: str) -> str:
        """A path operand made absolute and normalised (`~`, `.` and `..` done, links not followed)."""
        return paths.absolute(text, self.cwd, self.workspace.home)

    def read_path(self, word: Word) -> None:
        """Add the operation of reading a file."""
        self._path_operation("read", word)

    def write_path(self, word: Word, content: str | None = None) -> None:
        """Add the operation of creating or changing a file; `content` where it is known."""
        self._path_operation("write", word, content)

    def delete_path(self, word: Word, *, tree: bool = False) -> None:
        """Add the operation of deleting a file (`tree`: a folder with all below it)."""
        self._path_operation("delete-tree" if tree or word.glob else "delete", word)

    def permissions_path(self, word: Word) -> None:
        """Add the operation of changing a file's mode or owner."""
        self._path_operation("permissions", word)

    def _path_operation(self, action: str, word: Word, content: str | None = None) -> None:
        if self.is_cwd_computed and action != "read" and word.text[:1] not in {"/", "~"}:
            self.unknown("a path below a folder that is computed at run time", target=word.text)
        for operation in paths.operations(
            action, word, self.cwd, self.workspace, self.facts, content, self.remote
        ):
            self.add(*operation)

    # Environments

    def environment_of(self, candidates: Sequence[tuple[str, str, str]]) -> tuple[str, str]:
        """The strictest environment that (source, name, shown) candidates tell, and what told it.

        `("context", "prod-eu", "--context prod-eu")` -> `("production", "--context prod-eu")`.
        Nothing told: `("unknown", "")`.
        """
        return environment.strictest_named(candidates, self.facts)

    def variable(self, invocation: Invocation, name: str) -> str:
        """An environment variable as this command will see it.

        Set on its own line, else by an earlier assignment of the same call, else in the session.
        """
        if name in invocation.variables:
            return invocation.variables[name]
        if name in self.variables:
            return self.variables[name]
        return self.workspace.variable(name)
