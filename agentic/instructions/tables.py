"""The tables of AGENTS.md: generated between marks, and the numbers that its prose states.

`<!-- agentic: skills -->` … `<!-- end -->` holds the table of a section; everything outside of such marks
is the people's own and is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agentic.authoring.validate import meant
from agentic.errors import Diagnostic, quoted
from agentic.instructions.documents import Automation, Judged, Role, Rule
from agentic.instructions.native import native_of
from agentic.instructions.sources import AGENTS, SHIPPED, Corpus, Item
from agentic.instructions.text import place

_TABLE = re.compile(r"<!-- agentic: ([a-z-]+) -->\r?\n(.*?)<!-- end -->", re.DOTALL)
_OPEN = re.compile(r"<!-- agentic: ([a-z-]+) -->")

_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
#: What people call the entries of a section when they count them.
_CALLED = {
    "rules": "rules",
    "roles": "roles|sub-agents|subagents",
    "skills": "skills",
    "workflows": "workflows",
    "prompts": "prompts",
    "automations": "automations",
    "mcp": "MCP servers",
}
_COUNTS = {
    section: re.compile(rf"\b(\d+|{'|'.join(_NUMBERS)}) (?:{called})\b", re.IGNORECASE)
    for section, called in _CALLED.items()
}


def with_tables(corpus: Corpus) -> str | None:
    """AGENTS.md with its tables as they should be, in its own line ends; None where there is none."""
    if corpus.agents is None:
        return None
    line_end = "\r\n" if "\r\n" in corpus.agents else "\n"

    def replaced(found: re.Match[str]) -> str:
        if found[1] not in _SECTIONS:
            return found[0]
        text = f"<!-- agentic: {found[1]} -->\n{table(corpus, found[1])}<!-- end -->"
        return text.replace("\n", line_end)

    return _TABLE.sub(replaced, corpus.agents)


def table(corpus: Corpus, section: str) -> str:
    """The table of one section, in Markdown."""
    headings, cells = _SECTIONS[section]
    rows = list(cells(corpus))
    if not rows:
        return "\nNone.\n\n"
    lines = [_row(headings), _row(["---"] * len(headings)), *map(_row, rows)]
    return "\n" + "\n".join(lines) + "\n\n"


def count_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    """Numbers in the prose of AGENTS.md that are not so, and marks that are not closed or unknown."""
    if corpus.agents is None:
        return
    text = corpus.agents
    closed = {found.start() for found in _TABLE.finditer(text)}
    for found in _OPEN.finditer(text):
        where = place(text, found.start(), AGENTS)
        if found[1] not in _SECTIONS:
            message = f"there is no table {quoted(found[1])}"
            help_text = meant(found[1], _SECTIONS, "it is one of ")
            yield Diagnostic("instructions.table", message, where, help_text)
        elif found.start() not in closed:
            message = f"the table {quoted(found[1])} has no end"
            yield Diagnostic("instructions.table", message, where, "close it with `<!-- end -->`")
    prose = _TABLE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for section, pattern in _COUNTS.items():
        there = len(getattr(corpus.manifest, section))
        for found in pattern.finditer(prose):
            told = int(found[1]) if found[1].isdigit() else _NUMBERS.index(found[1].lower())
            if told != there:
                yield Diagnostic(
                    "instructions.count",
                    f"{quoted(found[0])}: the manifest has {there}",
                    place(prose, found.start(), AGENTS),
                    "mend the number, or leave it out: the tables say it",
                )


def _row(cells: list[str]) -> str:
    # A mark in a description would end the table, or begin another one.
    shown = [
        " ".join(cell.split()).replace("|", "\\|").replace("<!--", "&lt;!--") for cell in cells
    ]
    return f"| {' | '.join(shown)} |"


def _text_path(corpus: Corpus, item: Item) -> str:
    """Where an agent of any host finds the body: its shared copy, else its source."""
    folder = {"rules": "rules", "roles": "roles"}.get(item.section, "commands")
    if item.section == "skills":
        folder = "skills"
    natives = [native_of(host) for host in corpus.manifest.hosts]
    hosts = [native.host for native in natives if folder in native.shares]
    if any(item.entry.hosts is None or host in item.entry.hosts for host in hosts):
        end = f"{item.id}/SKILL.md" if folder == "skills" else f"{item.id}.md"
        return f"`.agents/{folder}/{end}`"
    return "" if item.entry.source.startswith(SHIPPED) else f"`{item.name}`"


def _rules(corpus: Corpus) -> Iterator[list[str]]:
    for item in corpus.of("rules"):
        rule = item.entry
        if isinstance(rule, Rule):
            when = ", ".join(f"`{glob}`" for glob in rule.globs) or _WHEN[rule.trigger]
            yield [f"`{item.id}`", when, rule.description, _text_path(corpus, item)]


_WHEN = {"always": "always", "description": "when it fits", "manual": "on request", "globs": ""}


def _roles(corpus: Corpus) -> Iterator[list[str]]:
    for item in corpus.of("roles"):
        role = item.entry
        if isinstance(role, Role):
            named = [f"`{item.id}`", role.layer, role.role, role.description]
            yield [*named, _text_path(corpus, item)]


def _judged(section: str) -> Callable[[Corpus], Iterator[list[str]]]:
    def rows(corpus: Corpus) -> Iterator[list[str]]:
        for item in corpus.of(section):
            entry = item.entry
            if isinstance(entry, Judged):
                name = f"`{item.id}`" if section == "skills" else f"`/{item.id}`"
                schedule = [f"`{entry.schedule}`"] if isinstance(entry, Automation) else []
                told = [name, entry.mode, *schedule, entry.description]
                yield [*told, _text_path(corpus, item)]

    return rows


def _servers(corpus: Corpus) -> Iterator[list[str]]:
    for server in corpus.manifest.mcp:
        needed = ", ".join(
            f"`{item.id}`"
            for item in corpus.items
            if server.id in getattr(item.entry, "requires_mcp", ())
        )
        access = "reads only" if server.read_only else "writes"
        yield [f"`{server.id}`", access, needed, server.because]


_SECTIONS: dict[str, tuple[list[str], Callable[[Corpus], Iterator[list[str]]]]] = {
    "rules": (["rule", "applies to", "what it holds", "text"], _rules),
    "roles": (["agent", "layer", "role in policy", "what it does", "text"], _roles),
    "skills": (["skill", "mode", "what it does", "text"], _judged("skills")),
    "workflows": (["command", "mode", "what it does", "text"], _judged("workflows")),
    "prompts": (["command", "mode", "what it does", "text"], _judged("prompts")),
    "automations": (
        ["command", "mode", "schedule", "what it does", "text"],
        _judged("automations"),
    ),
    "mcp": (["server", "access", "needed by", "why"], _servers),
}
