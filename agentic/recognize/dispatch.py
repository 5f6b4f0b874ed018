"""From an argument vector to operations: find the program's entry and let its grammar speak.

1. A bare name, and a path in a folder of programs, is the program of that name; another path is a file
   to be run (executables.py); a computed name is `unknown.shell`.
2. Its entry comes from the registry, else from policy's taught programs, else `unknown.program`.
3. A `Spec` is evaluated here; a handler function does its own work.
"""

from __future__ import annotations

from sys import modules

from agentic.core.paths import base_name, is_below
from agentic.recognize.grammar import Spec, parse, subcommand_table
from agentic.recognize.interface import Invocation
from agentic.recognize.programs import REGISTRY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Redirect, Stdin, Word

_tables: dict[int, dict[str, str]] = {}
#: Kinds whose command gets a second look (review.py); reading and listing cost nothing.
_REVIEWED = frozenset(
    """code.build code.run code.test network.download cloud.download git.clone git.branch service.scaffold
    package.install-declared package.install-new package.install-global package.remove package.publish
    package.install-untrusted-source code.execute-package model.train data.pull forge.release""".split()
)


def run_words(
    context: Context,
    words: Sequence[Word],
    stdin: Stdin,
    variables: Mapping[str, str],
    redirects: tuple[Redirect, ...] = (),
) -> None:
    """Recognise one argument vector."""
    if not words:
        return
    first = words[0]
    if not first.literal:
        context.unknown("the program's name is computed at run time", target=first.text)
        return
    invocation = Invocation(
        base_name(first.text) or first.text,
        first.text,
        tuple(words[1:]),
        stdin,
        variables,
        redirects,
    )
    context.program = invocation.name
    start = len(context.trail)
    if "/" not in first.text or _is_named_by_path(invocation, context, first):
        entry = entry_of(invocation.name)
        if entry is None:
            unregistered(invocation, context)
        elif isinstance(entry, Spec):
            evaluate(entry, invocation, context)
        else:
            entry(invocation, context)
    if not _REVIEWED.isdisjoint(context.trail[start:]):
        from agentic.recognize.review import review

        context.program = invocation.name
        review(invocation, context, frozenset(context.trail[start:]))


def _is_named_by_path(invocation: Invocation, context: Context, word: Word) -> bool:
    """Whether a path stands for the program of its base name; else it is recognised here."""
    from agentic.recognize.executables import place_of, run_path
    from agentic.recognize.paths import area_of

    path = context.path(word.text)
    module = REGISTRY.get(invocation.name)
    if place_of(path, invocation.name, module, context.workspace.home):
        return True
    run_path(invocation, context, word)
    is_inside = any(is_below(path, root) for root in context.workspace.roots)
    if (is_inside and not context.remote) or path in context.written:
        return False
    if not module and area_of(path, context.workspace) == "temporary" and not context.remote:
        return False
    # A tool of that name in a folder of which nothing is known: what it is called is judged as well.
    context.unknown("a program outside the folders of programs", "unknown.program", path)
    return bool(module)


def entry_of(name: str) -> Spec | Callable[[Invocation, Context], None] | None:
    """The registered entry of a program, or None."""
    module = REGISTRY.get(name)
    if not module:
        return None
    full = "agentic.recognize.programs." + module
    __import__(full)
    entry: Spec | Callable[[Invocation, Context], None] = modules[full].PROGRAMS[name]
    return entry


def unregistered(invocation: Invocation, context: Context) -> None:
    """A program without an entry: taught by policy, or unknown."""
    taught = context.facts.programs
    texts = invocation.texts
    for length in (2, 1, 0):
        kind = taught.get(" ".join((invocation.name, *texts[:length])))
        if kind is not None:
            context.add(kind, " ".join(texts)[:200])
            return
    why = "this program is not in agentic's tables"
    context.unknown(why, "unknown.program", " ".join((invocation.name, *texts))[:200])


def evaluate(spec: Spec, invocation: Invocation, context: Context) -> None:
    """Recognise one call of a program that is described by a Spec."""
    table = _tables.get(id(spec))
    if table is None:
        table = _tables[id(spec)] = subcommand_table(spec.kinds)
    parsed = parse(invocation.args, spec, table)
    if spec.refine is not None and spec.refine(parsed, invocation, context):
        return
    harmless = spec.harmless.split()
    if any(name in harmless for name, _ in parsed.options) and not parsed.uncertain:
        context.add(spec.safe, _target(parsed, spec))
        return
    kind = table.get(parsed.subcommand, table.get("*", ""))
    place, told_by = environment_of(spec, parsed, invocation, context)
    if not told_by:
        place = (
            ""  # nothing told: a kind that acts on an environment is judged as production anyway
        )
    target = _target(parsed, spec)
    if parsed.computed:
        context.unknown(
            f"the subcommand of `{invocation.name}` is computed at run time", target=target
        )
    if parsed.uncertain:
        why = f"`{parsed.uncertain}` is not known, so the subcommand of `{invocation.name}` is uncertain"
        context.unknown(why, "unknown.subcommand", target)
    if kind:
        context.add(kind, target, place, told_by)
    else:
        why = f"`{invocation.name} {parsed.subcommand}` is not in agentic's tables".replace(
            " `", "`"
        )
        context.unknown(why, "unknown.subcommand", f"{invocation.name} {parsed.subcommand}")
    for option, _ in parsed.options:
        for flag in (option, f"{parsed.subcommand} {option}"):
            if flag in spec.flags:
                context.add(spec.flags[flag], target, place, told_by)


def environment_of(
    spec: Spec, parsed: Parsed, invocation: Invocation, context: Context
) -> tuple[str, str]:
    """The environment that options, positionals and variables of a call tell, and what told it."""
    candidates: list[tuple[str, str, str]] = []
    for option, word in parsed.options:
        source = spec.environment.get(option)
        if source and word is not None:
            candidates.append((source, word.text, f"{option} {word.text}"))
    source = spec.positional.get(parsed.subcommand, spec.positional.get("*", ""))
    if source:
        candidates.extend((source, word.text, word.text) for word in parsed.operands)
    place = context.environment_of(candidates)
    if place[1]:
        return place
    for name, source in spec.variables.items():
        value = context.variable(invocation, name)
        candidates.append((source, value, f"{name}={value}"))
    return context.environment_of(candidates)


def _target(parsed: Parsed, spec: Spec) -> str:
    return " ".join(word.text for word in parsed.operands[: spec.target])
