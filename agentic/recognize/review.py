"""A second look at one command, for what no table of options can list completely.

1. A builder, downloader or scaffolder that is pointed at a governed place writes there, whatever the
   option is called; one that is given a file with credentials shows it in its product or its errors.
2. What installs or removes agentic itself is governance, whichever package manager does it.
3. A program that this very call fetched, cloned or unpacked is not there yet: nobody has seen it.

Only commands that build, run, fetch or install come here (dispatch.py).
"""

from __future__ import annotations

from agentic.core.paths import base_name
from agentic.recognize import paths
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

#: Kinds whose command writes where its words say.
_WRITERS = frozenset(
    """code.build network.download git.clone git.branch service.scaffold package.install-declared
    package.install-new package.publish model.train data.pull cloud.download""".split()
)
#: Kinds whose command reads its operands into what it makes or sends.
_CONSUMERS = frozenset(("code.build", "forge.release"))
_RUNNERS = frozenset(("code.run", "code.build", "code.test", "package.install-declared"))

#: What pointing a writer at a path may turn out to be.
_GOVERNED = ("governance.change", "waiver.grant", "file.write-git-internals", "agent.instruct")
#: Kinds after which a file may be there that nobody has looked at.
_BRINGING = frozenset(("git.clone", "network.download", "cloud.download", "network.copy"))
#: Options with which a formatter or linter writes what it is pointed at.
_FIXING = frozenset(("--fix", "--write", "-w", "-i", "--in-place", "--inplace", "-u", "--update"))
#: How the names of files end that tests and builds run unasked.
_CODE_ENDINGS = (
    ".py", ".js", ".cjs", ".mjs", ".ts", ".sh", ".mk", ".toml", ".cfg", ".ini", ".gradle", ".kts", ".rs",
    ".go", ".rb", ".pth", "makefile", "package.json", "cmakelists.txt", "pom.xml", "dockerfile",
)  # fmt: skip
_OWN_PACKAGE = "agentic-governance"
_MAKES = frozenset(("make", "gmake", "remake"))
#: Options whose value is a program that the tool starts.
_STARTED_BY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("gcc", "g++", "cc", "c++"), ("-wrapper",)),
    "pandoc": ("--filter", "-F", "--lua-filter", "-L"),
}


def review(invocation: Invocation, context: Context, kinds: frozenset[str]) -> None:
    """Add what a command's words mean beside the `kinds` that its own table has told."""
    if kinds & _WRITERS or ("code.test" in kinds and _FIXING.intersection(invocation.texts)):
        _review_targets(invocation, context)
    if kinds & _CONSUMERS:
        _review_secrets(invocation, context)
    if "code.build" in kinds or "code.test" in kinds:
        _review_started(invocation, context)
    if any(kind.startswith(("package.", "code.execute-package")) for kind in kinds):
        _review_package(invocation, context, kinds)
    if kinds & _RUNNERS and not context.remote:
        _review_origin(context)


def _review_targets(invocation: Invocation, context: Context) -> None:
    """A word that names a governed place is taken for the place that is written to."""
    for word in invocation.args:
        text = word.text
        if ("." not in text and "/" not in text) or "://" in text:
            continue
        for candidate in _values(text):
            for kind, target, *_ in paths.operations(
                "write-tree", Word(candidate), context.cwd, context.workspace, context.facts
            ):
                if kind in _GOVERNED:
                    context.add(kind, target)


def _values(text: str) -> list[str]:
    """The paths that a word may hold: itself, or what is attached to an option."""
    if text[:1] != "-":
        return [text]
    name, equals, value = text.partition("=")
    if equals:
        return [value]
    return [text[2:]] if not name.startswith("--") and len(text) > 2 else []


def _review_secrets(invocation: Invocation, context: Context) -> None:
    """An operand that is a file with credentials; options that load one into a program do not show it."""
    before = ""
    for word in invocation.args:
        text = word.text
        is_loaded = before[:1] == "-" and "env" in before.lower()
        if (
            word.literal
            and text[:1] != "-"
            and not is_loaded
            and paths.is_secret(context.path(text))
        ):
            context.read_path(word)
        before = text


def _review_started(invocation: Invocation, context: Context) -> None:
    """Programs that a builder starts because an option or a variable of make says so."""
    wanted = _STARTED_BY.get(invocation.name, ())
    for before, word in zip((Word(""), *invocation.args), invocation.args, strict=False):
        name, equals, value = word.text.partition("=")
        if before.text in wanted:
            words = [Word(text) for text in word.text.split(",")] if word.literal else [word]
            context.run_words(words, Stdin("closed"))
        elif equals and name in wanted:
            context.run_words([Word(value)], Stdin("closed"))
        elif name == "-fplugin" or word.text.startswith("-fplugin="):
            context.unknown("the compiler loads a plugin", target=word.text)
        elif (
            invocation.name in _MAKES
            and equals
            and name.isidentifier()
            and any(mark in value for mark in (";", "`", "$(", "&&", "| "))
        ):
            context.run_script(value, Stdin("closed"))


def _review_package(invocation: Invocation, context: Context, kinds: frozenset[str]) -> None:
    """agentic's own package, installed, replaced or removed."""
    for word in invocation.args:
        name = word.text.lower().replace("_", "-")
        if name.startswith(_OWN_PACKAGE) and not name[len(_OWN_PACKAGE) :][:1].isalnum():
            is_removal = "package.remove" in kinds or any(
                text in {"uninstall", "remove", "rm"} for text in invocation.texts
            )
            context.add("governance.disable" if is_removal else "governance.change", word.text)


def _review_origin(context: Context) -> None:
    """What is run may have come with an earlier part of this call."""
    fetched = [path for path, written in context.written.items() if written.fetched]
    if any(path.lower().endswith(_CODE_ENDINGS) for path in fetched):
        context.unknown("this call has fetched code that may be run here", target=fetched[-1])
        return
    if not _BRINGING.intersection(context.trail):
        return
    ran = [operation.target for operation in context.operations if operation.kind == "code.run"]
    places = [place for place in ran if place[:1] == "/" and place not in context.written]
    for place in places or [context.cwd]:
        if place not in context.workspace.roots and context.workspace.kind(place) == "":
            context.unknown(f"`{base_name(place)}` came with this very call", target=place)
            return
