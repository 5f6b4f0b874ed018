"""One generated file before it is written, and the few ways in which hosts want files written.

A draft holds its whole text with an open mark (`agentic.instructions.marks`). Front matter is a small
subset of YAML that every host's parser reads alike: plain or double-quoted scalars, lists, one level of
keys. Nothing here knows a host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from agentic.admission.patterns import Tool, parse_tool
from agentic.instructions.documents import Argument, Judged, McpServer, Role
from agentic.instructions.marks import mark
from agentic.instructions.sources import Corpus, Item
from agentic.instructions.text import TURBO


class Limit(NamedTuple):
    """How large a host takes a file; `because` names the host and what it does with more."""

    most: int
    unit: Literal["characters", "lines", "bytes"]
    because: str


class Draft(NamedTuple):
    """A file that sync would write; `source` is what a person edits instead."""

    path: str
    text: str
    source: str
    limit: Limit | None = None


class Sheet(NamedTuple):
    """What a host's module writes from: the corpus, and what policy grants and says of each entry."""

    corpus: Corpus
    granted: Mapping[tuple[str, int], tuple[Tool, ...]]
    notes: Mapping[tuple[str, int], str]

    def of(self, section: str, host: str) -> Iterator[Item]:
        """The items of a section that are for a host."""
        for item in self.corpus.of(section):
            if item.entry.hosts is None or host in item.entry.hosts:
                yield item

    def commands(self, host: str) -> Iterator[Item]:
        """What a person starts by name: workflows, prompts and automations."""
        for section in ("workflows", "prompts", "automations"):
            yield from self.of(section, host)

    def body(self, item: Item, arguments: str = "", *, keeps_turbo: bool = False) -> str:
        """An item's body, with the host's own place for arguments and what policy says of the item.

        Marks that run a command unasked are left out but where the host is the one that knows them.
        """
        text = item.body if keeps_turbo else TURBO.sub("", item.body)
        entry = item.entry
        if isinstance(entry, Judged) and entry.arguments:
            rows = "\n".join(f"- `{a.name}`: {a.description}" for a in entry.arguments)
            given = f"\nGiven: {arguments}\n" if arguments and "$ARGUMENTS" not in text else ""
            text = f"{text}\n## Arguments\n\n{rows}\n{given}"
        if arguments:
            text = text.replace("$ARGUMENTS", arguments)
        note = self.notes.get((item.section, item.position), "")
        return f"{text}\n{note}" if note else text

    def allowed(self, item: Item) -> tuple[Tool, ...]:
        """The patterns of an item that may run unasked."""
        return self.granted.get((item.section, item.position), ())

    @property
    def servers(self) -> Sequence[McpServer]:
        """The MCP servers of the manifest."""
        return self.corpus.manifest.mcp


class Native(NamedTuple):
    """One host: where its generated files may lie, what it shares below `.agents/`, and its drafts.

    `shares` are the sections that the host has no format of its own for (`rules`, `roles`, `commands`) or
    reads from the common place (`skills`).
    """

    host: str
    folders: tuple[str, ...]
    files: tuple[str, ...]
    shares: frozenset[str]
    drafts: Callable[[Sheet], Iterator[Draft]]


class Raw(str):
    """Front matter text that a host wants exactly so."""

    __slots__ = ()


#: Scalars that no YAML parser takes for anything but themselves.
_PLAIN = re.compile(
    r"[A-Za-z/_(][^\x00-\x1f:#\"'`\[\]{}&*!|>%@\\]*[^\x00-\x1f:#\"'`\[\]{}&*!|>%@\\\s]\Z"
)
_WORDS = frozenset("true false yes no on off null y n".split())


def scalar(value: Any) -> str:
    """A YAML scalar of a text or a truth value, plain where it can be."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if isinstance(value, Raw):
        return text
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def front_matter(fields: Mapping[str, Any], source: str, *, has_mark: bool) -> str:
    """YAML front matter with the mark as its last line; fields that are None or empty lists are left out."""
    lines = ["---"]
    for key, value in fields.items():
        if value is None or value == []:
            continue
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {scalar(row)}" for row in value)]
        elif isinstance(value, dict):
            lines += [f"{key}:", *(f"  {name}: {scalar(inner)}" for name, inner in value.items())]
        else:
            lines.append(f"{key}: {scalar(value)}")
    if has_mark:
        lines.append(f"# {mark(source)}")
    return "\n".join([*lines, "---", ""])


def page(
    path: str,
    source: str,
    body: str,
    fields: Mapping[str, Any] | None = None,
    limit: Limit | None = None,
    *,
    has_yaml_comments: bool = True,
) -> Draft:
    """A Markdown file. The mark is a YAML comment where there is front matter, else an HTML comment.

    `has_yaml_comments` is false for hosts whose front matter parser is not known to skip comments.
    """
    used = {
        key: value for key, value in (fields or {}).items() if value is not None and value != []
    }
    if used and has_yaml_comments:
        text = front_matter(used, source, has_mark=True) + "\n" + body
    else:
        front = front_matter(used, source, has_mark=False) if used else ""
        text = f"{front}<!-- {mark(source)} -->\n\n{body}"
    return Draft(path, text, source, limit)


def skill(path: str, sheet: Sheet, item: Item, *, has_yaml_comments: bool = True) -> Draft:
    """A skill of the open standard: its folder is its name.

    Source: https://agentskills.io/specification (checked 2026-11-21)
    """
    front = {"name": item.id, "description": description_with_when(item)}
    path = f"{path}/{item.id}/SKILL.md"
    body = sheet.body(item)
    return page(path, item.name, body, front, has_yaml_comments=has_yaml_comments)


def description_with_when(item: Item) -> str:
    """What a skill is and what brings it up, for hosts that know one field for both."""
    when = getattr(item.entry, "when", None)
    told = item.entry.description
    if not when:
        return told
    stop = "" if told.endswith((".", "!", "?")) else "."
    return f"{told}{stop} Use when {when[:1].lower()}{when[1:]}"


def argument_hint(item: Item) -> str | None:
    """`<service> [environment]`, or None where an entry takes no arguments."""
    given: list[Argument] = item.entry.arguments if isinstance(item.entry, Judged) else []
    words = [f"<{a.name}>" if a.required else f"[{a.name}]" for a in given]
    return " ".join(words) or None


def tools_of(item: Item) -> list[Tool]:
    """The tools that a role works with."""
    texts = item.entry.tools if isinstance(item.entry, Role) else []
    return [tool for tool in map(parse_tool, texts) if tool is not None]


def host_tools(tools: Sequence[Tool], names: Mapping[str, str]) -> list[str]:
    """A host's own tool names for neutral ones, each once; what the host does not have is left out."""
    found = [name for tool in tools for name in names.get(tool.name, "").split()]
    return list(dict.fromkeys(found))


def only_reads(tools: Sequence[Tool]) -> bool:
    """Whether none of the tools writes or runs anything."""
    return all(tool.name in ("read", "search", "fetch", "browse") for tool in tools)


def toml_text(text: str) -> str:
    """A TOML string: literal over several lines where that is possible."""
    if "'''" in text or "\n" not in text:
        return json.dumps(text, ensure_ascii=False)
    return f"'''\n{text}'''"


def json_example(path: str, source: str, content: Mapping[str, Any]) -> Draft:
    """An example in JSON, which has no comments: the mark is its first member."""
    text = json.dumps({"//": mark(source), **content}, indent=2, ensure_ascii=False) + "\n"
    return Draft(path, text, source)


def server_settings(server: McpServer, reference: str, **fields: Any) -> dict[str, Any]:
    """One server as most hosts write it; `reference` is their form for a variable, like `${env:%s}`."""
    settings: dict[str, Any] = dict(fields)
    if server.command is not None:
        settings |= {"command": server.command, "args": list(server.args)}
        if server.env:
            settings["env"] = {name: reference % name for name in server.env}
    else:
        settings["url"] = server.url or ""
        if server.env:
            settings["headers"] = {"Authorization": "Bearer " + reference % server.env[0]}
    return settings


def mcp_example(
    sheet: Sheet, path: str, reference: str, root: str = "mcpServers", **by_kind: str
) -> Iterator[Draft]:
    """The manifest's servers as an example of a host's MCP file, when there are any.

    `by_kind` are the values of `type` for a `local` and a `remote` server where the host wants one.
    """
    if not sheet.servers:
        return
    servers = {}
    for server in sheet.servers:
        kind = by_kind.get("local" if server.command is not None else "remote")
        servers[server.id] = server_settings(server, reference, **({"type": kind} if kind else {}))
    yield json_example(path, sheet.corpus.path, {root: servers})
