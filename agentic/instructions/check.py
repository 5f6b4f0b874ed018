"""Everything that must hold of a repository's instructions before a file is written.

Each invariant has its own code, and all problems are told at once with file, line and column. What depends
on policy is asked of a `Judge`; what depends on git is given as the list of tracked paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from agentic.admission.judge import Judge
from agentic.admission.patterns import NAMES, parse_tool
from agentic.authoring.validate import meant
from agentic.errors import AgenticError, Diagnostic, quoted
from agentic.instructions.documents import Automation, Judged, Role, Rule
from agentic.instructions.limits import field_problems
from agentic.instructions.native import NATIVES
from agentic.instructions.policy_check import policy_problems
from agentic.instructions.sources import AGENTS, Corpus
from agentic.instructions.tables import count_problems
from agentic.instructions.text import headings, text_problems
from agentic.instructions.tree import read_file

#: Files with a person's own context: never in a repository's history.
LOCAL_CONTEXT = (
    "*.local.yaml",
    "*.local.yml",
    "*_context.local*",
    "CLAUDE.local.md",
    "AGENTS.local.md",
    "AGENTS.override.md",
    "GEMINI.local.md",
    "settings.local.json",
)

#: Source: https://agentskills.io/specification (checked 2026-11-21)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_LONGEST_ID = 64
#: What an id may not be called, because a host has a command or an agent of that name.
_TAKEN = frozenset("help clear config init login logout exit quit model agents hooks mcp".split())


def problems(corpus: Corpus, judge: Judge, tracked: Iterable[str]) -> list[Diagnostic]:
    """Everything that is wrong, in the order of the manifest."""
    found = [
        *_host_problems(corpus),
        *_id_problems(corpus),
        *_rule_problems(corpus),
        *_tool_problems(corpus),
        *_server_problems(corpus),
        *_authority_problems(corpus),
        *_schedule_problems(corpus),
        *field_problems(corpus),
        *_text_problems(corpus),
        *_tracked_problems(tracked),
        *count_problems(corpus),
    ]
    # Modes of unknown kinds, roles and tools cannot be judged, so these come last and leave them out.
    return [*found, *policy_problems(corpus, judge)]


def _host_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    for number, host in enumerate(corpus.manifest.hosts):
        yield from _unknown(host, NATIVES, "host", corpus.tree.where(("hosts", number)))
    for item in corpus.items:
        for number, host in enumerate(item.entry.hosts or ()):
            where = corpus.tree.where((item.section, item.position, "hosts", number))
            if host not in corpus.manifest.hosts and host in NATIVES:
                message = f"{quoted(host)} is not among the manifest's hosts"
                yield Diagnostic("instructions.unused-host", message, where)
            yield from _unknown(host, NATIVES, "host", where)


def _unknown(word: str, known: Iterable[str], what: str, where: str) -> Iterator[Diagnostic]:
    words = list(known)
    if word not in words:
        yield Diagnostic(
            f"instructions.unknown-{what}",
            f"unknown {what} {quoted(word)}",
            where,
            meant(word, words, "it is one of "),
        )


def _id_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    seen: dict[tuple[str, str], str] = {}
    for item in corpus.items:
        where = corpus.where(item)
        if not _ID.match(item.id) or len(item.id) > _LONGEST_ID:
            message = f"{quoted(item.id)} is no name that every host takes"
            help_text = "1 to 64 small letters, digits and single hyphens, none at either end"
            yield Diagnostic("instructions.id", message, where, help_text)
        elif item.section != "rules" and item.id in _TAKEN:
            message = f"{quoted(item.id)} is the name of a command that hosts have"
            yield Diagnostic("instructions.id", message, where, "choose another name")
        # Rules, skills and commands share folders and slash commands in several hosts; one would hide
        # the other.
        space = "role" if item.section == "roles" else "rule, skill or command"
        first = seen.setdefault((space, item.id), where)
        if first != where:
            message = f"the {space} {quoted(item.id)} is there already, at {first}"
            yield Diagnostic(
                "instructions.duplicate-id", message, where, "one would hide the other"
            )
    names: dict[str, str] = {}
    for number, server in enumerate(corpus.manifest.mcp):
        where = corpus.tree.where(("mcp", number, "id"))
        if not _ID.match(server.id) or len(server.id) > _LONGEST_ID:
            message = f"{quoted(server.id)} is no name that every host takes"
            yield Diagnostic("instructions.id", message, where)
        if names.setdefault(server.id, where) != where:
            message = f"the server {quoted(server.id)} is there already, at {names[server.id]}"
            yield Diagnostic("instructions.duplicate-id", message, where)


def _rule_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    for item in corpus.of("rules"):
        rule = item.entry
        if not isinstance(rule, Rule):
            continue
        if (rule.trigger == "globs") != bool(rule.globs):
            message = "`globs` go with `trigger: globs`, and it with them"
            yield Diagnostic("instructions.trigger", message, corpus.where(item, "trigger"))
        for number, glob in enumerate(rule.globs):
            if "," in glob or glob.startswith(("/", "../")):
                where = corpus.tree.where((item.section, item.position, "globs", number))
                message = f"{quoted(glob)} is no pattern that every host reads alike"
                help_text = (
                    "write it relative to the repository and without a comma or braces with one"
                )
                yield Diagnostic("instructions.glob", message, where, help_text)


def _tool_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    servers = [server.id for server in corpus.manifest.mcp]
    for item in corpus.items:
        entry = item.entry
        if not isinstance(entry, Judged | Role):
            continue
        for number, text in enumerate(entry.tools):
            where = corpus.tree.where((item.section, item.position, "tools", number))
            tool = parse_tool(text)
            if tool is None:
                message = f"{quoted(text)} is not written like a tool"
                help_text = "write `read`, `shell(kubectl get pods *)` or `mcp(prometheus/query)`"
                yield Diagnostic("instructions.tool", message, where, help_text)
                continue
            yield from _unknown(tool.name, NAMES, "tool", where)
            if tool.argument and tool.name not in ("shell", "mcp"):
                message = f"{quoted(tool.name)} takes nothing in parentheses"
                yield Diagnostic("instructions.tool", message, where)
            elif "*" in tool.argument[:-1]:
                message = f"in {quoted(text)} a `*` stands before the end"
                help_text = "hosts differ in what it means there; write the words out"
                yield Diagnostic("instructions.tool", message, where, help_text)
            elif tool.name == "mcp" and tool.argument:
                yield from _unknown(tool.argument.partition("/")[0], servers, "server", where)


def _server_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    servers = [server.id for server in corpus.manifest.mcp]
    for number, server in enumerate(corpus.manifest.mcp):
        where = corpus.tree.where(("mcp", number))
        if (server.command is None) == (server.url is None):
            message = f"the server {quoted(server.id)} has a `command` or a `url`, not both or none"
            yield Diagnostic("instructions.server", message, where)
        if server.url is not None and not server.url.startswith("https://"):
            message = f"the server {quoted(server.id)} is not reached over https"
            yield Diagnostic("instructions.server", message, where)
        told = " ".join([server.command or "", *server.args, server.url or ""])
        yield from text_problems(told, where.rpartition(":")[0].rpartition(":")[0])
    for item in corpus.items:
        for number, name in enumerate(getattr(item.entry, "requires_mcp", ())):
            where = corpus.tree.where((item.section, item.position, "requires_mcp", number))
            yield from _unknown(name, servers, "server", where)


def _authority_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    for item in corpus.items:
        authority = item.entry.authority
        if authority is None:
            continue
        missing = _missing_authority(corpus, authority)
        if missing:
            yield Diagnostic(
                "instructions.authority",
                f"the authority {quoted(authority)} does not resolve: {missing}",
                corpus.where(item, "authority"),
                "name a heading like `AGENTS.md#modes`, or a file of the repository",
            )


def _missing_authority(corpus: Corpus, authority: str) -> str:
    """Why an authority cannot be found, or empty."""
    path, _, heading = authority.partition("#")
    if path == AGENTS:
        text = corpus.agents
    else:
        try:
            data = read_file(corpus.root, path)
        except AgenticError as problem:
            return problem.message
        text = None if data is None else data.decode("utf-8", "replace")
    if text is None:
        return f"there is no {quoted(path)}"
    if heading and heading not in headings(text):
        return f"{quoted(path)} has no heading {quoted(heading)}"
    return ""


def _schedule_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    from datetime import UTC, datetime

    from cronsim import CronSim, CronSimError

    for item in corpus.of("automations"):
        entry = item.entry
        if not isinstance(entry, Automation):
            continue
        try:
            CronSim(entry.schedule, datetime(2026, 1, 1, tzinfo=UTC))
        except CronSimError:
            yield Diagnostic(
                "instructions.schedule",
                f"{quoted(entry.schedule)} is not five fields of cron",
                corpus.where(item, "schedule"),
                "write it like `0 2 * * 1-5`; times are UTC",
            )


def _text_problems(corpus: Corpus) -> Iterator[Diagnostic]:
    read: set[str] = set()
    for item in corpus.items:
        if item.name not in read:
            read.add(item.name)
            yield from text_problems(item.body, item.name)
        for key in ("description", "when"):
            told = getattr(item.entry, key, None)
            for problem in text_problems(told, "") if told else ():
                yield problem._replace(where=corpus.where(item, key))
    if corpus.agents is not None:
        page = corpus.agents.removeprefix("\ufeff").replace("\r\n", "\n")
        for problem in text_problems(page, AGENTS):
            if problem.code != "instructions.runs-on-load":  # it is read, never expanded
                yield problem


def _tracked_problems(tracked: Iterable[str]) -> Iterator[Diagnostic]:
    for path in tracked:
        name = path.rpartition("/")[2]
        if any(fnmatchcase(name, pattern) for pattern in LOCAL_CONTEXT):
            yield Diagnostic(
                "instructions.local-context",
                f"{quoted(path)} is one person's context and is in git",
                f"{path}:1:1",
                f"run `git rm --cached {path}` and add it to .gitignore",
            )
