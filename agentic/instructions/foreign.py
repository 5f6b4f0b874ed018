"""Reads instruction files that people keep for single hosts: where they lie, what front matter says.

The text is somebody's: nothing of it is trusted, run or expanded. Front matter is read line by line,
because hosts' own editors write what no YAML parser takes (`globs: **/*.py`).
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from agentic.errors import AgenticError
from agentic.instructions.documents import Trigger
from agentic.instructions.marks import state_of
from agentic.instructions.text import parted, unix_text
from agentic.instructions.tree import files_below, is_link, read_file

Section = Literal["rules", "roles", "skills", "workflows"]


class Place(NamedTuple):
    """One folder of one host: what its files are, and how their names end."""

    host: str
    folder: str
    section: Section
    suffix: str = ".md"


PLACES = (
    Place("claude-code", ".claude/rules", "rules"),
    Place("claude-code", ".claude/agents", "roles"),
    Place("claude-code", ".claude/skills", "skills"),
    Place("claude-code", ".claude/commands", "workflows"),
    Place("cursor", ".cursor/rules", "rules", ".mdc"),
    Place("cursor", ".cursor/agents", "roles"),
    Place("cursor", ".cursor/skills", "skills"),
    Place("cursor", ".cursor/commands", "workflows"),
    Place("codex", ".agents/skills", "skills"),
    Place("codex", ".codex/skills", "skills"),
    Place("codex", ".codex/agents", "roles", ".toml"),
    Place("codex", ".codex/prompts", "workflows"),
    Place("gemini-cli", ".gemini/agents", "roles"),
    Place("gemini-cli", ".gemini/skills", "skills"),
    Place("gemini-cli", ".gemini/commands", "workflows", ".toml"),
    Place("windsurf", ".windsurf/rules", "rules"),
    Place("windsurf", ".windsurf/skills", "skills"),
    Place("windsurf", ".windsurf/workflows", "workflows"),
    Place("copilot", ".github/instructions", "rules", ".instructions.md"),
    Place("copilot", ".github/agents", "roles", ".agent.md"),
    Place("copilot", ".github/skills", "skills"),
    Place("copilot", ".github/prompts", "workflows", ".prompt.md"),
    Place("opencode", ".opencode/agent", "roles"),
    Place("opencode", ".opencode/agents", "roles"),
    Place("opencode", ".opencode/skill", "skills"),
    Place("opencode", ".opencode/skills", "skills"),
    Place("opencode", ".opencode/command", "workflows"),
    Place("opencode", ".opencode/commands", "workflows"),
    Place("qwen-code", ".qwen/agents", "roles"),
    Place("qwen-code", ".qwen/skills", "skills"),
    Place("qwen-code", ".qwen/commands", "workflows"),
    Place("cline", ".clinerules/workflows", "workflows"),
    Place("cline", ".clinerules", "rules"),
    Place("cline", ".cline/skills", "skills"),
    Place("kiro", ".kiro/steering", "rules"),
    Place("kiro", ".kiro/skills", "skills"),
)

#: Files that hold standing instructions as a whole, the one that others copy from first.
PAGES = (
    ("claude-code", "CLAUDE.md"),
    ("claude-code", ".claude/CLAUDE.md"),
    ("copilot", ".github/copilot-instructions.md"),
    ("gemini-cli", "GEMINI.md"),
    ("qwen-code", "QWEN.md"),
    ("cursor", ".cursorrules"),
    ("windsurf", ".windsurfrules"),
    ("cline", ".clinerules"),
)


class Foreign(NamedTuple):
    """One file of somebody's: `front` is its front matter, `fault` why it cannot be read, else empty."""

    place: Place
    path: str
    name: str
    front: dict[str, Any]
    body: str
    fault: str = ""


class Page(NamedTuple):
    """One file with standing instructions; `fault` is why it cannot be read, else empty."""

    host: str
    path: str
    text: str
    fault: str = ""


def foreign_files(root: str) -> Iterator[Foreign]:
    """Every file in a host's folder that sync did not write, in the order of `PLACES`.

    Raises Unavailable where a folder is a link or cannot be read.
    """
    seen: set[str] = set()
    for place in PLACES:
        if is_link(root, place.folder) or not _is_folder(root, place.folder):
            continue
        beside: Counter[str] = Counter()
        for path in files_below(root, place.folder):
            if path in seen:
                continue
            seen.add(path)
            skill = _skill_of(place, path)
            if skill and not path.endswith(f"{skill}/SKILL.md"):
                beside[skill] += 1
            elif path.endswith(place.suffix):
                found = _foreign(root, place, path, skill.rpartition("/")[2])
                if found is not None:
                    yield found
        for skill, count in beside.items():
            named = "1 file" if count == 1 else f"{count} files"
            yield Foreign(place, skill, skill, {}, "", f"{named} beside SKILL.md; keep by hand")


def standing_pages(root: str) -> Iterator[Page]:
    """Every file with standing instructions that sync did not write.

    Raises Unavailable where a folder on the way is a link.
    """
    for host, path in PAGES:
        if is_link(root, path) or _is_folder(root, path):
            continue
        try:
            data = read_file(root, path)
            if data is not None and state_of(data) == "foreign":
                yield Page(host, path, unix_text(data))
        except AgenticError as problem:
            yield Page(host, path, "", problem.message)
        except UnicodeDecodeError:
            yield Page(host, path, "", _NO_TEXT)


def _is_folder(root: str, path: str) -> bool:
    return os.path.isdir(os.path.join(root, path))


def _skill_of(place: Place, path: str) -> str:
    """The folder of the skill that a file belongs to, or empty."""
    name, slash, _ = path.removeprefix(place.folder + "/").partition("/")
    return f"{place.folder}/{name}" if slash and place.section == "skills" else ""


_NO_TEXT = "it is not UTF-8 text"


def _foreign(root: str, place: Place, path: str, skill: str) -> Foreign | None:
    """What a file says; `skill` is the name of the folder that it is the page of, or empty."""
    name = skill or path.rpartition("/")[2].removesuffix(place.suffix)
    try:
        data = read_file(root, path)
    except AgenticError as problem:
        return Foreign(place, path, name, {}, "", problem.message)
    if data is None or state_of(data) != "foreign":
        return None
    try:
        text = unix_text(data)
        front, body = _toml(text) if place.suffix == ".toml" else _markdown(text)
    except UnicodeDecodeError:
        return Foreign(place, path, name, {}, "", _NO_TEXT)
    except tomllib.TOMLDecodeError as problem:
        return Foreign(place, path, name, {}, "", f"it cannot be parsed: {problem}")
    return Foreign(place, path, name, front, body)


def _toml(text: str) -> tuple[dict[str, Any], str]:
    content = tomllib.loads(text)
    for key in ("prompt", "developer_instructions"):
        if isinstance(content.get(key), str):
            return content, content.pop(key)
    return content, ""


def _markdown(text: str) -> tuple[dict[str, Any], str]:
    front, body = parted(text)
    return front_fields(front), body


_KEY = re.compile(r"([A-Za-z][\w-]*):[ \t]*(.*)\Z")


def front_fields(front: str) -> dict[str, Any]:
    """Front matter read line by line: texts, truth values and lists of texts. Never raises."""
    fields: dict[str, Any] = {}
    key = ""
    for line in front.split("\n"):
        found = _KEY.match(line)
        stripped = line.strip()
        if found:
            key = found[1]
            fields[key] = _value(found[2].strip())
        elif not key or not stripped or stripped.startswith("#"):
            continue
        elif stripped.startswith("- "):
            held = fields[key] if isinstance(fields[key], list) else []
            fields[key] = [*held, _unquoted(stripped[2:].strip())]
        elif isinstance(fields[key], str):
            fields[key] = f"{fields[key]} {stripped}".strip()
    return fields


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if text in ("|", ">", "|-", ">-"):
        return ""
    if text.startswith("[") and text.endswith("]"):
        return [_unquoted(part.strip()) for part in text[1:-1].split(",") if part.strip()]
    return _unquoted(text)


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def listed(value: Any) -> list[str]:
    """A field that is a list, or a text with commas."""
    if isinstance(value, list):
        return [str(row) for row in value]
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else []
    )


#: Windsurf's and Kiro's own words.
_TRIGGERS: dict[str, Trigger] = {
    "always_on": "always",
    "glob": "globs",
    "model_decision": "description",
    "manual": "manual",
    "always": "always",
    "fileMatch": "globs",
    "auto": "description",
}


def trigger_of(file: Foreign) -> tuple[Trigger, list[str]]:
    """(trigger, globs) of a rule, from whichever words its host uses."""
    front = file.front
    globs: list[str] = []
    for key in ("globs", "paths", "applyTo", "fileMatchPattern", "glob"):
        globs += listed(front.get(key))
    told = front.get("trigger") or front.get("inclusion")
    trigger: Trigger = "manual"
    if isinstance(told, str) and told in _TRIGGERS:
        trigger = _TRIGGERS[told]
    elif front.get("alwaysApply") is True or set(globs) & {"**", "**/*", "*"}:
        trigger = "always"
    elif globs:
        trigger = "globs"
    elif file.place.host in ("claude-code", "cline", "kiro"):
        trigger = "always"  # these load a rule without conditions every time
    elif front.get("description"):
        trigger = "description"
    if trigger == "globs" and not globs:
        trigger = "manual"
    return trigger, globs if trigger == "globs" else []
