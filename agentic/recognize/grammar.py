"""Command-line grammars as data: a `Spec` says what a program's subcommands and options mean.

Adding a program is one entry in the `PROGRAMS` table of a module below `programs/`::

    "terraform": Spec(
        kinds={"terraform.plan": "plan", "terraform.apply": "apply, import", "terraform.destroy": "destroy"},
        values="-chdir -var-file -target -out",
        environment={"-chdir": "path", "-var-file": "path"},
        variables={"TF_WORKSPACE": "workspace"},
    ),

`kinds` maps an operation kind to a comma-separated list of subcommands (several words allowed, longest
match wins; `*` is any other subcommand, an empty text means no subcommand at all). Options that are not
listed and stand before the subcommand make it uncertain, which adds `unknown.subcommand`.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation, Word


class Spec(NamedTuple):
    """The grammar of one program.

    values       options that take a value, separated by blanks (`-n --namespace`)
    switches     options without a value that may stand before the subcommand
    flags        "option" or "subcommand option" -> kind: the option turns the call into that kind too
    environment  option -> source name (see Facts.environment_names): its value tells the environment
    variables    environment variable -> source name, used when no option told it
    positional   which positional after the subcommand tells the environment: {subcommand: source}
    harmless     options that turn every kind of this program into `safe` (`--dry-run=client`, `--help`)
    safe         the kind used when a harmless option is present
    refine       function(parsed, invocation, context) -> bool: true when it has added the operations itself
    target       how many positionals after the subcommand make the target (default 3)
    no_subcommand  the program takes no subcommand: every call is kinds[""]
    """

    kinds: Mapping[str, str]
    values: str = ""
    switches: str = ""
    flags: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}
    positional: Mapping[str, str] = {}
    harmless: str = "--help -h --version"
    safe: str = "shell.inert"
    refine: Callable[[Parsed, Invocation, Context], bool] | None = None
    target: int = 3
    no_subcommand: bool = False


class Parsed(NamedTuple):
    """One command line read by a Spec.

    `options` holds every option in order as (name, value word or None); `positionals` the rest, the
    subcommand's own words included; `uncertain` is the unlisted option that stood before the
    subcommand, if any; `rest` are the words after `--`.
    """

    subcommand: str
    operands: tuple[Word, ...]
    options: tuple[tuple[str, Word | None], ...]
    rest: tuple[Word, ...] = ()
    uncertain: str = ""
    computed: bool = False

    def has(self, *names: str) -> bool:
        """Whether one of these options is present."""
        return any(name in names for name, _ in self.options)

    def value(self, *names: str) -> str:
        """The last value of these options, else empty."""
        found = ""
        for name, word in self.options:
            if name in names and word is not None:
                found = word.text
        return found

    def all_values(self, *names: str) -> tuple[str, ...]:
        """Every value of these options, in order."""
        return tuple(word.text for name, word in self.options if name in names and word is not None)


def subcommand_table(kinds: Mapping[str, str]) -> dict[str, str]:
    """The kinds of a Spec turned around: subcommand text -> kind."""
    table: dict[str, str] = {}
    for kind, texts in kinds.items():
        for text in texts.split(","):
            table[" ".join(text.split())] = kind
    return table


def parse(args: Sequence[Word], spec: Spec, table: Mapping[str, str] | None = None) -> Parsed:
    """Read a command line by its grammar. Never raises; what is computed at run time is marked."""
    if table is None:
        table = subcommand_table(spec.kinds)
    deepest = max((text.count(" ") + 1 for text in table), default=0)
    values = frozenset(spec.values.split())
    switches = frozenset(spec.switches.split())
    harmless = frozenset(spec.harmless.split())
    options: list[tuple[str, Word | None]] = []
    positionals: list[Word] = []
    rest: tuple[Word, ...] = ()
    uncertain = ""
    computed = False
    subcommand_known = spec.no_subcommand
    index, count = 0, len(args)
    while index < count:
        word = args[index]
        text = word.text
        index += 1
        if text == "--":
            rest = tuple(args[index:])
            break
        if len(text) > 1 and text[0] == "-":
            name, value, used = _option(word, args, index, values)
            index += used
            options.append((name, value))
            is_known = name in switches or name in values or name in harmless
            if not subcommand_known and value is None and not positionals and not is_known:
                uncertain = uncertain or name
            if not word.literal and not subcommand_known:
                computed = True
            continue
        if not word.literal and not subcommand_known and len(positionals) < max(deepest, 1):
            computed = True
        positionals.append(word)
        subcommand_known = subcommand_known or bool(positionals)
    if spec.no_subcommand:
        return Parsed("", tuple(positionals), tuple(options), rest, "", computed)
    for length in range(min(deepest, len(positionals)), 0, -1):
        text = " ".join(word.text for word in positionals[:length])
        if text in table:
            return Parsed(
                text, tuple(positionals[length:]), tuple(options), rest, uncertain, computed
            )
    subcommand = positionals[0].text if positionals else ""
    return Parsed(subcommand, tuple(positionals[1:]), tuple(options), rest, uncertain, computed)


def _option(
    word: Word, args: Sequence[Word], index: int, values: frozenset[str]
) -> tuple[str, Word | None, int]:
    """One option's name, its value, and how many further words the value took."""
    text = word.text
    equals = text.find("=")
    if equals > 0:
        return text[:equals], word._replace(text=text[equals + 1 :]), 0
    if text in values:
        return (text, args[index], 1) if index < len(args) else (text, None, 0)
    if text[1] != "-" and len(text) > 2 and text[:2] in values:
        return text[:2], word._replace(text=text[2:]), 0
    return text, None, 0
