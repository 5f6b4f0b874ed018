"""Makes a manifest and bodies from the files that a repository keeps for single hosts.

1. standing pages: one becomes AGENTS.md where there is none, the others rules;
2. rules, agents, skills and commands, each body once, however many hosts keep a copy;
3. modes as policy gives them to the commands found in a text; what shows no command is unknown, CONSULT;
4. a note for everything that could not be carried.

Nothing is taken away: the old files are in the way of the next sync, which says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from agentic.admission.judge import Judge, strictest_environment
from agentic.admission.patterns import HOST_NAMES, Tool, host_tool, reach_of
from agentic.core.values import AUTO, RANK
from agentic.errors import Diagnostic, quoted
from agentic.instructions.beginning import TABLES, Begun, manifest_bytes, with_marks
from agentic.instructions.documents import SECTIONS
from agentic.instructions.foreign import (
    Foreign,
    foreign_files,
    listed,
    standing_pages,
    trigger_of,
)
from agentic.instructions.limits import DESCRIPTION
from agentic.instructions.native import NATIVES
from agentic.instructions.policy_check import turbo_problems
from agentic.instructions.sources import AGENTS
from agentic.instructions.text import TURBO, anchor, blocks, commands, is_copy, text_problems
from agentic.instructions.tree import read_file

#: What stands for an operation that no text tells.
UNTOLD = "unknown.shell"

#: Front matter that a manifest has a place for; the rest is told.
_CARRIED = frozenset(
    """name description globs glob paths applyTo alwaysApply trigger inclusion fileMatchPattern
    allowed-tools tools when_to_use argument-hint arguments disable-model-invocation mode agent
    kind readonly permission""".split()
)
_POINTER = re.compile(r"^@\S+$|^.{0,80}\bAGENTS\.md\b.{0,80}$")
_PATTERN = re.compile(r"[A-Za-z_][\w-]*(?:\([^()]*\))?")
_HINT = re.compile(r"([<\[])([A-Za-z][\w -]{0,38})[>\]]")
_ALL_TOOLS = ["read", "search", "write", "edit", "shell", "fetch"]


class Carried(NamedTuple):
    """One entry as it will stand in the manifest, its body, and where it came from."""

    section: str
    entry: dict[str, Any]
    body: str
    path: str
    host: str


class _Basket:
    """What has been carried so far; the first of several copies counts."""

    def __init__(self) -> None:
        self.carried: list[Carried] = []
        self.notes: list[str] = []
        self.hosts: dict[str, None] = {}

    def refused(self, path: str, body: str) -> bool:
        """Whether a text must not be given on, with a note that says why."""
        problem = next(text_problems(body, path), None)
        if problem is not None:
            self.notes.append(f"not carried: {Diagnostic(*problem)._replace(help='')}")
        return problem is not None

    def not_carried(self, path: str, why: str) -> None:
        """Note a file that stays behind."""
        told = why if why.startswith(quoted(path)) else f"{quoted(path)}: {why}"
        self.notes.append(f"not carried: {told}")

    def holds_copy(self, section: str, path: str, body: str) -> bool:
        """Whether the same is carried already, with a note; rules and pages count as one section."""
        for other in self.carried:
            if other.section == section and is_copy(body, other.body):
                self.notes.append(
                    f"{quoted(path)} says what {quoted(other.path)} says; one is kept"
                )
                return True
        return False

    def free_id(self, section: str, name: str, host: str) -> str:
        """An id that no other entry has, and that every host takes."""
        wanted = (
            re.sub(r"-{2,}", "-", anchor(name).replace("_", "-")).strip("-")[:56] or section[:-1]
        )
        wanted = "".join(c for c in wanted if c.isascii()).strip("-") or section[:-1]
        is_role = section == "roles"
        taken = {c.entry["id"] for c in self.carried if (c.section == "roles") == is_role}
        found, number = wanted, 1
        while found in taken:
            number += 1
            found = f"{wanted}-{host if number == 2 else number}"
        return found


def import_files(root: str, path: str, judge: Judge, hosts: Sequence[str]) -> Begun:
    """A manifest at `path`, the bodies beside it, perhaps AGENTS.md, and the notes.

    Raises Unavailable where a folder is a link or unreadable.
    """
    basket = _Basket()
    folder = path.rpartition("/")[0]
    page = read_file(root, AGENTS)
    agents = _standing(root, basket, None if page is None else page.decode("utf-8", "replace"))
    for file in foreign_files(root):
        _carry(basket, file, judge)
    content: dict[str, Any] = {
        "version": 1,
        "hosts": list(hosts) or [host for host in NATIVES if host in basket.hosts] or list(NATIVES),
    }
    for section in SECTIONS:
        content[section] = [c.entry for c in basket.carried if c.section == section]
    files = [(path, manifest_bytes(content))]
    files += [(f"{folder}/{c.entry['source']}", c.body.encode()) for c in basket.carried]
    if page is None:
        text = agents or "# Instructions for coding agents\n"
        files.append((AGENTS, with_marks(text, [s for s in TABLES if content.get(s)]).encode()))
    kept = sorted({c.path for c in basket.carried})
    if not basket.hosts:
        basket.notes.append(
            "no host's files are here; `agentic sync --init` begins with what ships"
        )
    if kept:
        basket.notes.append(
            f"{_old_files(len(kept))} still there and in the way: `agentic sync --force` replaces "
            "what is in the way and keeps copies"
        )
    return Begun(tuple(files), tuple(basket.notes))


def _old_files(count: int) -> str:
    return "the old file is" if count == 1 else f"the {count} old files are"


def _standing(root: str, basket: _Basket, agents: str | None) -> str | None:
    """The text for AGENTS.md (given, or the first page found); the other pages become rules."""
    for host, path, text, fault in standing_pages(root):
        basket.hosts[host] = None
        if fault:
            basket.not_carried(path, fault)
            continue
        lines = [line for line in text.split("\n") if not _POINTER.match(line.strip())]
        body = "\n".join(lines).strip("\n") + "\n"
        if not body.strip() or not any(line.strip("#-*_ \t") for line in lines):
            continue  # it only leads to AGENTS.md
        if basket.refused(path, body):
            continue
        if agents is None:
            agents = body
            basket.notes.append(f"{quoted(path)} becomes {quoted(AGENTS)}")
        elif is_copy(body, agents):
            basket.notes.append(f"{quoted(path)} says what {quoted(AGENTS)} says; one is kept")
        elif not basket.holds_copy("rules", path, body):
            chosen = basket.free_id(
                "rules", path.rpartition("/")[2].removesuffix(".md").strip("."), host
            )
            entry = {
                "id": chosen,
                "source": f"rules/{chosen}.md",
                "description": _description({}, body, chosen),
                "trigger": "always",
            }
            basket.carried.append(Carried("rules", entry, body, path, host))
    return agents


def _carry(basket: _Basket, file: Foreign, judge: Judge) -> None:
    section: str = file.place.section
    basket.hosts[file.place.host] = None
    if file.fault or not file.body.strip():
        basket.not_carried(file.path, file.fault or "it has no text")
        return
    body = file.body.strip("\n").replace("{{args}}", "$ARGUMENTS") + "\n"
    if basket.refused(file.path, body) or basket.holds_copy(section, file.path, body):
        return
    named = str(file.front.get("name") or file.name)
    chosen = basket.free_id(section, named, file.place.host)
    source = f"skills/{chosen}/SKILL.md" if section == "skills" else f"{section}/{chosen}.md"
    entry: dict[str, Any] = {
        "id": chosen,
        "source": source,
        "description": _description(file.front, body, chosen),
    }
    lost = sorted(set(file.front) - _CARRIED)
    if lost:
        told = ", ".join(map(quoted, lost))
        verb = "has" if len(lost) == 1 else "have"
        basket.notes.append(f"{quoted(file.path)}: {told} {verb} no place in a manifest")
    if section == "rules":
        trigger, globs = trigger_of(file)
        entry |= {"trigger": trigger} | ({"globs": globs} if globs else {})
    elif section == "roles":
        if not _add_role(basket, entry, file, judge):
            return
    else:
        _add_judged(basket, entry, file, body, judge)
        body = _without_turbo(basket, file, body, entry.get("environments"), judge)
    basket.carried.append(Carried(section, entry, body, file.path, file.place.host))


def _without_turbo(
    basket: _Basket, file: Foreign, body: str, environments: Sequence[str] | None, judge: Judge
) -> str:
    """A body without the marks that run commands unasked, where policy refuses one of them."""
    problem = next(turbo_problems(body, file.path, environments, judge), None)
    if problem is None:
        return body
    basket.notes.append(f"its marks are left out: {problem._replace(help='')}")
    return TURBO.sub("", body)


def _add_role(basket: _Basket, entry: dict[str, Any], file: Foreign, judge: Judge) -> bool:
    """Whether policy knows the agent's name as a role; the role and its tools go into the entry."""
    role = judge.policy.role_aliases.get(entry["id"], entry["id"])
    if role not in judge.policy.roles:
        basket.notes.append(
            f"not carried: {quoted(file.path)}: policy knows no role for an agent called "
            f"{quoted(entry['id'])}; give it the name of one, or add the name to a role's aliases"
        )
        return False
    named = [HOST_NAMES.get(word.lower()) for word in _words(file.front.get("tools"))]
    tools = list(dict.fromkeys(name for name in named if name is not None))
    entry |= {"layer": "operate", "role": role, "tools": tools or _ALL_TOOLS}
    basket.notes.append(f"{quoted(file.path)}: look at its layer, which is put down as `operate`")
    return True


def _add_judged(
    basket: _Basket, entry: dict[str, Any], file: Foreign, body: str, judge: Judge
) -> None:
    """Operations and mode as policy gives them to what the text shows; tools as far as they are safe."""
    front = file.front
    if isinstance(front.get("when_to_use"), str) and front["when_to_use"]:
        entry["when"] = _one_line(front["when_to_use"], DESCRIPTION // 2)
    patterns = [host_tool(word) for word in _words(front.get("allowed-tools"))]
    tools = [tool for tool in patterns if tool is not None]
    kinds, environments = _operations(body, [t for t in tools if _is_known(t, judge)], judge)
    if not kinds:
        kinds = [UNTOLD]
        basket.notes.append(
            f"{quoted(file.path)}: its text shows no command, so it is {quoted(UNTOLD)} and CONSULT "
            "until you name its operations"
        )
    mode = judge.operations(kinds, environments or None)
    entry |= {"operations": kinds, "mode": mode}
    if environments:
        entry["environments"] = environments
    kept: list[str] = []
    for tool in tools:
        reach = reach_of(tool, judge, strictest_environment(environments))
        if tool.name == "mcp" or RANK[reach.mode] > RANK[mode]:
            why = (
                "declare its server" if tool.name == "mcp" else f"it admits {quoted(reach.example)}"
            )
            basket.notes.append(f"{quoted(file.path)}: {quoted(tool)} is left out: {why}")
        else:
            kept.append(str(tool))
    if kept:
        entry["tools"] = list(dict.fromkeys(kept))
    arguments = _arguments(str(front.get("argument-hint", "")))
    if arguments:
        entry["arguments"] = arguments
    basket.notes.append(f"{quoted(file.path)}: {mode} is proposed, from {', '.join(kinds)}")


def _is_known(tool: Tool, judge: Judge) -> bool:
    """Whether a pattern tells what an entry does: one with an open end tells only what it begins with."""
    return not tool.is_open or reach_of(tool, judge).mode == AUTO


def _arguments(hint: str) -> list[dict[str, Any]]:
    """The arguments that a hint like `<service> [environment]` names."""
    found: dict[str, dict[str, Any]] = {}
    for one in _HINT.finditer(hint):
        name = anchor(one[2]).replace("_", "-")
        optional = {"required": False} if one[1] == "[" else {}
        found.setdefault(name, {"name": name, "description": one[2], **optional})
    return [row for name, row in found.items() if name[:1].isalpha()]


def _operations(body: str, tools: Iterable[Tool], judge: Judge) -> tuple[list[str], list[str]]:
    """(kinds, environments) of the commands that a text shows and its tools name."""
    texts = [commands(block) for block in blocks(body)]
    texts += [tool.argument.rstrip("* ") for tool in tools if tool.name == "shell"]
    kinds: dict[str, None] = {}
    environments: dict[str, None] = {}
    for text in filter(None, texts):
        told = judge.command(text)
        kinds.update(dict.fromkeys(told.kinds))
        environments.update(dict.fromkeys(e for e in told.environments if e != "unknown"))
    return list(kinds), list(environments)


def _words(value: Any) -> list[str]:
    """The tools of a field: a list, or words that commas or blanks part outside of parentheses."""
    if isinstance(value, str):
        return _PATTERN.findall(value)
    return [found[0] for row in listed(value) if (found := _PATTERN.match(row))]


def _description(front: dict[str, Any], body: str, name: str) -> str:
    """What a file says it is: its own description, else its heading, else its name."""
    told = front.get("description")
    if isinstance(told, str) and told.strip():
        return _one_line(told, DESCRIPTION)
    heading = next((line.strip("# ") for line in body.split("\n") if line.startswith("#")), "")
    return _one_line(heading or name.replace("-", " "), DESCRIPTION)


def _one_line(text: str, most: int) -> str:
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"
