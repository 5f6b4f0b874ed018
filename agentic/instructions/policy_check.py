"""What policy says against a manifest: kinds and roles, modes, tools, and commands run unasked.

A declared mode must equal the strictest that the rules give the entry's operations in its environments: a
lower one would promise too much, a higher one would send people for approvals that nobody needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentic.admission.judge import ANYWHERE, Judge, strictest_environment
from agentic.admission.patterns import NAMES, parse_tool, reach_of
from agentic.authoring.validate import meant
from agentic.core.values import AUTO, RANK
from agentic.errors import Diagnostic, quoted
from agentic.instructions.documents import Judged, Role
from agentic.instructions.sources import Corpus, Item
from agentic.instructions.text import TURBO, Block, blocks, commands, place


def policy_problems(corpus: Corpus, judge: Judge) -> Iterator[Diagnostic]:
    """Everything that policy says against the entries."""
    for item in corpus.items:
        entry = item.entry
        if isinstance(entry, Role):
            yield from _role_problems(corpus, item, entry, judge)
        if isinstance(entry, Judged):
            unknown = list(_kind_problems(corpus, item, entry, judge))
            yield from unknown
            if not unknown:
                yield from _mode_problems(corpus, item, entry, judge)
            yield from _tool_problems(corpus, item, entry, judge)
        environments = entry.environments if isinstance(entry, Judged) else None
        yield from turbo_problems(item.body, item.name, environments, judge)


def _role_problems(corpus: Corpus, item: Item, role: Role, judge: Judge) -> Iterator[Diagnostic]:
    known = list(judge.policy.roles)
    if role.role not in known:
        yield Diagnostic(
            "instructions.unknown-role",
            f"unknown role {quoted(role.role)}",
            corpus.where(item, "role"),
            meant(role.role, known, source="policies/permissions.yaml"),
        )
        return
    told = judge.policy.role_aliases.get(item.id, item.id)
    if told != role.role:
        named = f"as {quoted(told)}" if told in known else "as no role at all"
        yield Diagnostic(
            "instructions.role-name",
            f"an agent called {quoted(item.id)} would be judged {named}, not as {quoted(role.role)}",
            corpus.where(item),
            f"give it a name that policy knows for {quoted(role.role)}, or add it to the role's aliases",
        )


def _kind_problems(corpus: Corpus, item: Item, entry: Judged, judge: Judge) -> Iterator[Diagnostic]:
    for number, kind in enumerate(entry.operations):
        if kind not in judge.policy.kinds:
            yield Diagnostic(
                "instructions.unknown-kind",
                f"unknown operation {quoted(kind)}",
                corpus.tree.where((item.section, item.position, "operations", number)),
                meant(kind, judge.policy.kinds, source="policies/operations.yaml"),
            )


def _mode_problems(corpus: Corpus, item: Item, entry: Judged, judge: Judge) -> Iterator[Diagnostic]:
    mode = judge.operations(entry.operations, entry.environments)
    if mode == entry.mode:
        return
    kind, environment = next(
        (kind, environment)
        for kind in entry.operations
        for environment in entry.environments or ANYWHERE
        if judge.operation(kind, environment) == mode
    )
    named = f" in {environment}" if environment else ""
    is_lower = RANK[entry.mode] < RANK[mode]
    code = "instructions.mode-too-low" if is_lower else "instructions.mode-too-high"
    yield Diagnostic(
        code,
        f"{quoted(item.id)} says {entry.mode}, and policy says {mode}: {quoted(kind)} is {mode}{named}",
        corpus.where(item, "mode"),
        f"write `mode: {mode}`" + (", or leave the operation to another entry" if is_lower else ""),
    )


def _tool_problems(corpus: Corpus, item: Item, entry: Judged, judge: Judge) -> Iterator[Diagnostic]:
    """Patterns that admit something stricter than the entry's own mode."""
    environment = strictest_environment(entry.environments)
    for number, text in enumerate(entry.tools):
        tool = parse_tool(text)
        if tool is None or tool.name not in NAMES:
            continue
        where = corpus.tree.where((item.section, item.position, "tools", number))
        reach = reach_of(tool, judge, environment)
        if RANK[reach.mode] > RANK[entry.mode]:
            yield Diagnostic(
                "instructions.tool-too-wide",
                f"{quoted(text)} admits {quoted(reach.example)}, which is {reach.mode}, "
                f"and {quoted(item.id)} is {entry.mode}",
                where,
                "name the subcommand and the object, like `shell(kubectl get pods *)`",
            )


def turbo_problems(
    body: str, name: str, environments: Sequence[str] | None, judge: Judge
) -> Iterator[Diagnostic]:
    """Marks that let an editor run a command unasked which policy does not call AUTO."""
    found = blocks(body)
    environment = strictest_environment(environments)
    for mark in TURBO.finditer(body):
        line = body.count("\n", 0, mark.start()) + 1
        where = place(body, mark.start(1), name)
        concerned = found if mark[1] == "turbo-all" else _beside(found, line)
        if not concerned:
            message = f"`// {mark[1]}` stands before no command"
            yield Diagnostic("instructions.turbo", message, where, "take the mark away")
        for block in concerned:
            yield from _turbo_block(mark[1], block, judge, environment, where)


def _turbo_block(
    mark: str, block: Block, judge: Judge, environment: str, where: str
) -> Iterator[Diagnostic]:
    text = commands(block)
    told = judge.command(text, environment) if text else None
    if told is None or told.mode != AUTO:
        named = (
            "it is no shell command" if told is None else f"policy says {told.mode}: {told.because}"
        )
        shown = quoted((text or block.text).strip().partition("\n")[0])
        yield Diagnostic(
            "instructions.turbo",
            f"`// {mark}` lets an editor run {shown} unasked, and {named}",
            where,
            "take the mark away, or put it before reading commands only",
        )


def _beside(found: list[Block], line: int) -> list[Block]:
    """The blocks that a mark on a line is about: the next one, and one that ends right before it.

    Editors of one family have read the mark both ways, so both must be harmless.
    """
    following = [block for block in found if block.start > line][:1]
    preceding = [block for block in found if 0 < line - block.end <= 2]
    return preceding + following
