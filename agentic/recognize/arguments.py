"""Command lines in the GNU and BSD manner: clusters (`-rfv`), attached values, abbreviated long options.

`grammar` reads programs that have subcommands; this reads the ones that have only options and operands.
Never raises. An option that is not listed is a switch: list every option that takes a value.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.context import Written
from agentic.recognize.options import read_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation, Word

    Handler = Callable[[Invocation, Context], None]


#: Names of a copied folder that are looked at.
MAX_NAMES = 256
#: What a copied folder must not bring along unseen.
_BROUGHT = frozenset(
    """governance.change waiver.grant mcp.install-server file.write-sensitive file.write-ci
    file.write-git-internals agent.instruct""".split()
)


#: How the names of files end that may be run under another name.
_SCRIPTS = (".sh", ".bash", ".zsh", ".py", ".js", ".rb", ".pl", ".mk", "akefile")


class Arguments(NamedTuple):
    """One command line: `options` in order as (name, value or None), and the operands."""

    options: tuple[tuple[str, Word | None], ...]
    operands: tuple[Word, ...]

    def has(self, names: str) -> bool:
        """Whether one of these options (separated by blanks) is present."""
        wanted = names.split()
        return any(name in wanted for name, _ in self.options)

    def value(self, names: str) -> Word | None:
        """The last value of these options, or None."""
        found = None
        wanted = names.split()
        for name, word in self.options:
            if name in wanted and word is not None:
                found = word
        return found

    def values(self, names: str) -> list[Word]:
        """Every value of these options, in order."""
        wanted = names.split()
        return [word for name, word in self.options if name in wanted and word is not None]


def read_arguments(
    args: Sequence[Word],
    values: str = "",
    attached: str = "",
    switches: str = "",
    *,
    stops: bool = False,
    single_dash: bool = False,
) -> Arguments:
    """Options and operands of a command line.

    `values` take the next word unless one is attached; `attached` take only an attached value
    (`-i.bak`, `--color=auto`); `switches` are listed where an abbreviation must be told from them.
    `stops` ends options at the first operand; `single_dash` reads `-name` as one option, not a cluster.
    """
    glued = attached.split()
    valued = [*values.split(), *(name + "?" for name in glued if name[1] != "-")]
    found = read_options(
        args,
        " ".join(valued),
        " ".join([*switches.split(), *(name for name in glued if name[1] == "-")]),
        abbreviates=True,
        stop_at_operand=stops,
        single_dash=single_dash,
    )
    return Arguments(found.given, found.operands)


def judge_path(context: Context, action: str, word: Word, content: str | None = None) -> None:
    """Add the operations of any action that `paths` knows on a path."""
    context._path_operation(action, word, content)


def judge_linked(context: Context, word: Word, *, tree: bool = False) -> None:
    """Add what a second name for a governed or secret file could do: whoever writes it writes the file."""
    from agentic.recognize import paths

    action = "delete-tree" if tree else "write"  # what deleting a folder would reach lies in it
    for found in paths.operations(
        action, word, context.cwd, context.workspace, context.facts, None, context.remote
    ):
        if found[0].startswith("governance.") or found[0] == "file.write-secret":
            context.add(*found)


def judge_target(
    context: Context, sources: Sequence[Word], target: Word, *, tree: bool = False
) -> None:
    """Add the writes of copying or moving sources to a target, which may be a folder that takes them.

    `cp settings.json .claude/` writes `.claude/settings.json`; of a folder that is copied whole, what
    lies in it counts too, so that `cp -r /tmp/x/. .` is no way to bring a `.claude` along.
    """
    action = "write-tree" if tree else "write"
    into_folder = len(sources) > 1 or target.text.endswith("/")
    if target.literal and not into_folder and not context.remote:
        path = context.workspace.resolve(context.path(target.text))
        into_folder = context.workspace.kind(path) == "directory"
    if not into_folder:
        judge_path(context, action, target)
    for source in sources:
        inner = target
        if into_folder:
            name = source.text.rstrip("/").rpartition("/")[2]
            text = target.text.rstrip("/") + "/" + ("" if name in {".", ".."} else name)
            is_literal = source.literal and target.literal
            inner = target._replace(text=text, literal=is_literal, glob=source.glob)
            judge_path(context, action, inner)
        if tree and source.literal and inner.literal and not context.remote:
            _judge_contents(context, source, inner)


def _judge_contents(context: Context, source: Word, target: Word) -> None:
    """Add the writes of what a copied folder holds, as far as they are more than ordinary."""
    folder = context.path(source.text)
    names = set(context.workspace.list(folder))
    below = folder.rstrip("/") + "/"
    names.update(path[len(below) :] for path in context.written if path.startswith(below))
    before = len(context.operations)
    for name in sorted(names)[:MAX_NAMES]:
        judge_path(context, "write-tree", target._replace(text=f"{target.text.rstrip('/')}/{name}"))
    context.operations[before:] = [
        operation for operation in context.operations[before:] if operation.kind in _BROUGHT
    ]


def note_written(
    context: Context, target: Word, text: str | None = None, *, fetched: bool = False
) -> None:
    """Remember what this call put into a file, for a later command that may run it."""
    if target.literal:
        context.written[context.path(target.text)] = Written(text, fetched and text is None)


def carry_written(context: Context, source: Word, target: Word) -> None:
    """Remember that a file which this call wrote has got another name."""
    if not target.literal or not source.literal or context.remote:
        return
    known = context.written.get(context.path(source.text)) or _kept(context, source)
    if known is None:
        return
    path = context.path(target.text)
    if target.text.endswith("/") or context.workspace.kind(path) == "directory":
        path += "/" + source.text.rstrip("/").rpartition("/")[2]
    context.written[path] = known


def _kept(context: Context, source: Word) -> Written | None:
    """What a script of the workspace holds, for when it is run under its new name."""
    from agentic.recognize.project import read_text

    if not source.text.endswith(_SCRIPTS):
        return None
    text = read_text(context, context.path(source.text))
    return None if text is None else Written(text)


def ensure(context: Context, count: int, kind: str = "shell.inert", target: str = "") -> None:
    """Add a kind when nothing was added since there were `count` operations."""
    if len(context.operations) == count:
        context.add(kind, target)


def by_name(rows: Iterable[tuple[Handler, str]]) -> dict[str, Handler]:
    """A PROGRAMS table from (handler, names separated by blanks)."""
    return {name: handler for handler, names in rows for name in names.split()}
