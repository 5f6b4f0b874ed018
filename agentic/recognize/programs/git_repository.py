"""What a clone says about itself: its folder, configuration, current branch and references.

Read through the workspace port only, and only when a command's meaning depends on it (`git push`
without a refspec, an alias, `git checkout NAME`). An empty answer means that it cannot be told.
Source: https://git-scm.com/docs/gitrepository-layout (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.paths import folder_of, joined
from agentic.core.patterns import matches
from agentic.core.record_type import NamedTuple
from agentic.recognize.options import Options, read_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation, Word

    Handler = Callable[["Call", Sequence[Word]], None]

MAX_CLIMB = 32
MAX_CONFIG_BYTES = 131_072


class Call(NamedTuple):
    """One git subcommand about to run.

    `settings` are the (key, value) pairs of `-c` with lower-cased keys; `elsewhere` is true when the
    folder of the clone is computed at run time.
    """

    context: Context
    invocation: Invocation
    name: str
    git_dir: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    elsewhere: bool = False

    def options(self, args: Sequence[Word], valued: str = "", switches: str = "") -> Options:
        """The subcommand's words, read the way git does: clusters, shortened long options, `--`."""
        return read_options(args, valued, switches, abbreviates=True)

    def add(self, kind: str, target: str = "") -> None:
        """Add an operation named by the subcommand and its target."""
        self.context.add(kind, f"{self.name} {target}".rstrip())


def pathspec(word: Word) -> Word:
    """The path inside a pathspec (`:(top)x`, `:/x`)."""
    text = word.text
    if text[:2] == ":(":
        return word._replace(text=text.partition(")")[2] or ".")
    return word._replace(text=text.lstrip(":/") or ".") if text[:1] == ":" else word


def skips_hooks(call: Call, options: Options, *names: str) -> None:
    """Add that hooks are skipped when one of these options is given."""
    if options.has(*names):
        call.add("git.skip-hooks", options.target())


def may_hide_option(call: Call, options: Options) -> None:
    """Add that a computed word may turn into an option that changes what is done."""
    if options.computed:
        why = f"`{options.computed}` may turn into an option of `git {call.name}`"
        call.context.unknown(why, "unknown.shell", f"git {call.name} {options.target()}")


def commands(handlers: dict[Handler, str]) -> dict[str, Handler]:
    """A table of handlers turned around: subcommand -> handler."""
    return {name: handler for handler, names in handlers.items() for name in names.split()}


def clone_of(call: Call) -> str:
    """The clone's own folder (`.git`, or the linked work tree's), else empty."""
    if call.elsewhere:
        return ""
    if call.git_dir:
        return call.context.path(call.git_dir)
    workspace = call.context.workspace
    folder = call.context.cwd
    for _ in range(MAX_CLIMB):
        candidate = joined(folder, ".git")
        kind = workspace.kind(candidate)
        if kind == "directory":
            return candidate
        if kind == "file":
            text = (workspace.read(candidate, 4096) or b"").decode("utf-8", "replace")
            return joined(folder, text[8:].strip()) if text.startswith("gitdir: ") else ""
        if folder == "/":
            break
        folder = folder_of(folder)
    return ""


def shared_folder(context: Context, clone: str) -> str:
    """The folder that all linked work trees share: configuration and references."""
    text = _text(context, clone + "/commondir", 4096)
    return joined(clone, text.strip()) if text else clone


def current_branch(call: Call) -> tuple[str, ...]:
    """The branches that HEAD may name when the command runs; empty when that cannot be told.

    An earlier command of the same call that switches branches has left a note.
    """
    clone = clone_of(call)
    if not clone:
        return ()
    noted = call.context.notes.get("git-branch " + clone)
    if noted is not None:
        return tuple(noted.split())
    head = _text(call.context, clone + "/HEAD", 4096).strip()
    return (head[16:],) if head.startswith("ref: refs/heads/") else ()


def note_branch(call: Call, branch: str, *, certain: bool) -> None:
    """Remember that this command switches to `branch`; uncertain keeps the old one possible too."""
    clone = clone_of(call)
    if not clone:
        return
    possible = () if certain else current_branch(call)
    call.context.notes["git-branch " + clone] = " ".join((*possible, branch))


def has_reference(call: Call, reference: str) -> bool:
    """Whether the clone has this full reference (`refs/heads/x`), loose or packed."""
    clone = clone_of(call)
    if not clone:
        return False
    shared = shared_folder(call.context, clone)
    if call.context.workspace.kind(f"{shared}/{reference}") == "file":
        return True
    packed = _text(call.context, shared + "/packed-refs", MAX_CONFIG_BYTES)
    return f" {reference}\n" in packed


def is_protected(context: Context, branch: str) -> bool:
    """Whether policy's patterns protect a branch name."""
    name = branch.removeprefix("refs/heads/")
    lowered = name.lower()
    for pattern in context.facts.protected_branches:
        if matches(pattern, name) or matches(pattern, lowered):
            return True
    return False


def settings_of(call: Call) -> list[tuple[str, str]]:
    """Every (key, value) the command will see: the user's, the clone's, and `-c`, in that order."""
    context = call.context
    home = context.workspace.home
    found: list[tuple[str, str]] = []
    for path in (home + "/.config/git/config", home + "/.gitconfig"):
        found.extend(parse_config(_text(context, path, MAX_CONFIG_BYTES)))
    clone = clone_of(call)
    if clone:
        shared = shared_folder(context, clone)
        found.extend(parse_config(_text(context, shared + "/config", MAX_CONFIG_BYTES)))
    found.extend(call.settings)
    return found


def last_setting(settings: Sequence[tuple[str, str]], key: str) -> str:
    """The value that wins for a key (lower-cased section and name), else empty."""
    found = ""
    for name, value in settings:
        if name == key:
            found = value
    return found


def parse_config(text: str) -> list[tuple[str, str]]:
    """The (key, value) pairs of a git configuration file; `a "B".c` becomes `a.B.c`.

    Source: https://git-scm.com/docs/git-config#_syntax (checked 2026-11-21)
    """
    pairs: list[tuple[str, str]] = []
    section = ""
    lines = iter(text.split("\n"))
    for line in lines:
        line = line.strip()
        while line.endswith("\\"):
            line = line[:-1] + next(lines, "").strip()
        if line[:1] == "[":
            head, _, line = line[1:].partition("]")
            name, quote, sub = head.strip().partition('"')
            section = name.strip().lower()
            if quote:
                section += "." + sub.rpartition('"')[0].replace('\\"', '"').replace("\\\\", "\\")
            line = line.strip()
        if not line or line[0] in "#;" or not section:
            continue
        name, equals, value = line.partition("=")
        pairs.append((f"{section}.{name.strip().lower()}", _value(value) if equals else "true"))
    return pairs


def _value(text: str) -> str:
    """A configuration value with quotes, escapes and a trailing comment taken out."""
    out: list[str] = []
    quoted = False
    at, count = 0, len(text)
    while at < count:
        letter = text[at]
        at += 1
        if letter == '"':
            quoted = not quoted
        elif letter == "\\" and at < count:
            out.append({"n": "\n", "t": "\t", "b": "\b"}.get(text[at], text[at]))
            at += 1
        elif letter in "#;" and not quoted:
            break
        else:
            out.append(letter)
    return "".join(out).strip()


def _text(context: Context, path: str, max_bytes: int) -> str:
    return (context.workspace.read(path, max_bytes) or b"").decode("utf-8", "replace")
