"""From a command line that acts on some environment to operations in that environment.

1. The words are read by the program's `Spec`.
2. Help and version are inert; a computed or uncertain subcommand is said.
3. The environment: options, then what the surroundings tell (`ambient`), the strictest of all.
4. `refine` may name another kind, or add operations itself and return an empty text.
5. Options that mean more (`Spec.flags`) add their kinds.

An option that relaxes (`--help`, `--dry-run`) counts only where it cannot be the value of an option
that the grammar does not list.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.grammar import Parsed, Spec, parse, subcommand_table
from agentic.recognize.surroundings import option_candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.interface import Invocation, Word

    Ambient = Callable[[Parsed, Invocation, Context], Sequence[Candidate]]
    Refine = Callable[["Call", str], str]
    Handler = Callable[[Invocation, Context], None]

#: Kinds that never act on an environment of the platform: `unknown` is not written for them.
_PLACELESS_FAMILIES = (
    "shell. file. code. container. image. network. unknown. privilege. package. docs. incident. "
    "service. forge. process. git. machine. mcp. agent."
).split()
_PLACELESS = frozenset(
    (
        "kubernetes.configure kubernetes.diff terraform.read terraform.init terraform.workspace "
        "cloud.configure cloud.cost model.train model.evaluate model.register model.alias "
        "model.archive model.transition-staging model.transition-production model.serve-local "
        "data.profile data.version data.pull experiment.log observe.read alert.change secret.scan"
    ).split()
)

#: Ends of kinds that only look: there a computed operand is as good as any.
_LOOKS = (".read", ".diff", ".plan", ".query", "-secret")
_OFF = ("false", "0", "f", "no", "none", "off")
_tables: dict[int, dict[str, str]] = {}


def acts_somewhere(kind: str) -> bool:
    """Whether a kind acts on one environment, so that not knowing which must be said."""
    return kind not in _PLACELESS and not kind.startswith(tuple(_PLACELESS_FAMILIES))


class Call(NamedTuple):
    """One command line, read and placed: what `refine` works with."""

    spec: Spec
    parsed: Parsed
    invocation: Invocation
    context: Context
    environment: str
    told_by: str
    target: str

    def add(
        self,
        kind: str,
        target: str | None = None,
        inputs: tuple[tuple[str, str], ...] = (),
        because: str = "",
        way: str = "",
    ) -> None:
        """Add an operation in this call's environment."""
        environment, told_by = self.environment, self.told_by
        if environment == "unknown" and not told_by and not acts_somewhere(kind):
            environment = ""
        shown = self.target if target is None else target
        self.context.add(kind, shown, environment, told_by, because=because, inputs=inputs, way=way)

    def unknown(self, because: str, kind: str = "unknown.subcommand") -> None:
        """Add what could not be understood of this call."""
        self.context.unknown(because, kind, f"{self.invocation.name} {self.target}".strip())

    @property
    def words(self) -> tuple[str, ...]:
        """The texts of the operands after the subcommand."""
        return tuple(word.text for word in self.parsed.operands)

    def on(self, *names: str) -> bool:
        """Whether an option is given and not switched off by `=false`; any one is enough."""
        return any(
            name in names and (word is None or word.text.lower() not in _OFF)
            for name, word in self.parsed.options
        )

    def surely_on(self, *names: str) -> bool:
        """Whether the last of these options is on and cannot be another option's value."""
        found = False
        for name, word in self.parsed.options:
            if name in names:
                found = word is None or word.text.lower() not in _OFF
        return found and is_own_word(self.invocation.args, self.spec, names)


def is_own_word(args: Sequence[Word], spec: Spec, names: Sequence[str]) -> bool:
    """Whether one of these options stands where no unlisted option can have taken it as its value."""
    for position, word in enumerate(args):
        if word.text == "--":
            return False
        if word.text.partition("=")[0] not in names:
            continue
        before = args[position - 1].text if position else ""
        if len(before) < 2 or before[0] != "-" or "=" in before:
            return True
        if before in spec.switches.split() or before in spec.harmless.split():
            return True
    return False


def may_be_option(word: Word) -> bool:
    """Whether an operand's start is computed, so that at run time it may be an option."""
    return not word.literal and word.text[:1] in ("$", "`")


def place_of(
    parsed: Parsed,
    spec: Spec,
    invocation: Invocation,
    context: Context,
    ambient: Ambient | None = None,
) -> tuple[str, str]:
    """The strictest environment that options, surroundings and variables tell, and what told it."""
    candidates = option_candidates(context, parsed, spec.environment)  # type: ignore[arg-type]  # read only
    source = spec.positional.get(parsed.subcommand, spec.positional.get("*", ""))
    if source:
        for word in parsed.operands:
            candidates.append((source if word.literal else "computed", word.text, word.text))
    for name, variable_source in spec.variables.items():
        value = context.variable(invocation, name)
        if value and not any(variable_source == known for known, _, _ in candidates):
            candidates.append((variable_source, value, f"{name}={value}"))
    if ambient is not None:
        candidates.extend(ambient(parsed, invocation, context))
    return context.environment_of(candidates)


def evaluate(
    spec: Spec,
    invocation: Invocation,
    context: Context,
    ambient: Ambient | None = None,
    refine: Refine | None = None,
) -> None:
    """Recognise one call of a program that acts on an environment."""
    table = _tables.get(id(spec))
    if table is None:
        table = _tables[id(spec)] = subcommand_table(spec.kinds)
    parsed = parse(invocation.args, spec, table)
    shown = (parsed.subcommand,) if "*" in table and parsed.subcommand else ()
    subject = " ".join((*shown, *(word.text for word in parsed.operands[: spec.target])))
    if asks_help(parsed, spec, invocation):
        context.add(spec.safe, subject)
        return
    environment, told_by = place_of(parsed, spec, invocation, context, ambient)
    call = Call(spec, parsed, invocation, context, environment, told_by, subject)
    if parsed.computed:
        call.unknown(
            f"the subcommand of `{invocation.name}` is computed at run time", "unknown.shell"
        )
    if parsed.uncertain:
        call.unknown(f"`{parsed.uncertain}` is not known, so the subcommand is uncertain")
    kind = table.get(parsed.subcommand, table.get("*", ""))
    if (
        not kind.endswith(_LOOKS)
        and acts_somewhere(kind)
        and any(map(may_be_option, parsed.operands))
    ):
        call.unknown("a word that is computed at run time may be an option", "unknown.shell")
    if refine is not None:
        kind = refine(call, kind)
        if kind:
            call.add(kind)
    elif kind:
        call.add(kind)
    else:
        not_in_tables(call)
    for option, _ in parsed.options:
        for flag in (option, f"{parsed.subcommand} {option}"):
            flagged = spec.flags.get(flag)
            if flagged is not None and call.on(option):
                add_flagged(call, flagged, option)


def add_flagged(call: Call, kind: str, option: str) -> None:
    """Add the kind that an option means; without verification towards loopback is the lesser one."""
    if kind == "network.insecure" and call.environment == "local":
        kind = "network.insecure-local"
    call.add(kind, f"{call.invocation.name} {option}")


def not_in_tables(call: Call) -> None:
    """Say that a subcommand is not known."""
    shown = f"{call.invocation.name} {call.parsed.subcommand}".strip()
    call.context.unknown(f"`{shown}` is not in agentic's tables", "unknown.subcommand", shown)


def asks_help(parsed: Parsed, spec: Spec, invocation: Invocation) -> bool:
    """Whether the call only prints help or a version."""
    harmless = spec.harmless.split()
    if not any(name in harmless and word is None for name, word in parsed.options):
        return False
    return not parsed.uncertain and is_own_word(invocation.args, spec, harmless)


def placed(spec: Spec, ambient: Ambient | None = None, refine: Refine | None = None) -> Handler:
    """A handler for `PROGRAMS` that evaluates a Spec in its place."""

    def handle(invocation: Invocation, context: Context) -> None:
        evaluate(spec, invocation, context, ambient, refine)

    return handle
