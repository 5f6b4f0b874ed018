"""What a project declares: dependencies and scripts of pyproject.toml, requirements files, package.json.

Read line by line without a full TOML parser (which would cost the hook its time budget); what such
reading cannot see is taken as not declared, the stricter side.
Sources: https://packaging.python.org/en/latest/specifications/pyproject-toml/,
https://docs.npmjs.com/cli/configuring-npm/package-json (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.native import parse_json
from agentic.core.paths import folder_of, joined
from agentic.errors import InvalidDocument
from agentic.recognize.interface import Stdin
from agentic.recognize.project import add_task, found_upwards, read_text, run_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Word

_PYTHON_FILES = ("pyproject.toml", "requirements.txt", "setup.cfg", "setup.py", "Pipfile")
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
#: What may follow a package's name in a requirement.
_AFTER_NAME = ("", "<", ">", "=", "!", "~", ";", "[", "@", "(", ",", "#")
#: The installer's own parts, which every environment has.
_INSTALLER = frozenset({"pip", "setuptools", "wheel"})


def requirement_name(text: str) -> str:
    """The normalised package name that a requirement begins with, else empty."""
    text = text.strip()
    end = 0
    while end < len(text) and text[end] in _NAME:
        end += 1
    if not end or text[end:].strip()[:1] not in _AFTER_NAME:
        return ""
    return "-".join(text[:end].lower().replace("_", "-").replace(".", "-").split("-"))


def is_declared_in_python(context: Context, requirement: str) -> bool:
    """Whether the project declares the package that a requirement names."""
    name = requirement_name(requirement)
    if name in _INSTALLER:
        return True
    near = found_upwards(context, _PYTHON_FILES)
    if not name or not near:
        return False
    folder = folder_of(near)
    for entry in context.workspace.list(folder):
        if entry.endswith(".txt") and "require" in entry:
            declared = requirements_in(read_text(context, joined(folder, entry)) or "")
        elif entry in ("pyproject.toml", "Pipfile"):
            declared = toml_dependencies(read_text(context, joined(folder, entry)) or "")
        else:
            continue
        if name in declared:
            return True
    return False


def requirements_in(text: str) -> set[str]:
    """The names in a requirements file."""
    names = {requirement_name(line) for line in text.split("\n") if line[:1] not in ("#", "-", "")}
    return names - {""}


def toml_dependencies(text: str) -> set[str]:
    """The names in the dependency tables and lists of a pyproject.toml or a Pipfile."""
    names: set[str] = set()
    section = ""
    in_list = False
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped[:1] == "[" and not in_list:
            section = stripped.strip("[]").lower()
            continue
        if not stripped or stripped[0] == "#":
            continue
        key, equals, value = stripped.partition("=")
        key = key.strip().strip('"').lower()
        tabled = "dependenc" in section or section in ("packages", "dev-packages")
        listed = section.startswith(("project", "build-system", "tool.", "dependency-groups"))
        named = key in ("dependencies", "requires", "dev-dependencies") or (
            tabled or section.endswith("dependency-groups")
        )
        if not in_list and equals and listed and named and value.strip().startswith("["):
            in_list = True
            stripped = value
        elif tabled and equals and not in_list:
            names.add(requirement_name(key))
            continue
        if in_list:
            names.update(requirement_name(part) for part in quoted_texts(stripped))
            in_list = not stripped.rstrip(", ").endswith("]")
    return names - {""}


def quoted_texts(text: str) -> list[str]:
    """Every quoted piece of a line."""
    found: list[str] = []
    at = 0
    while at < len(text):
        quote = text[at]
        at += 1
        if quote in "\"'":
            end = text.find(quote, at)
            if end < 0:
                break
            found.append(text[at:end])
            at = end + 1
    return found


def toml_scripts(text: str, suffix: str) -> dict[str, list[str]]:
    """The tasks of the tables whose name ends with `suffix`: name -> commands, empty when not plain."""
    scripts: dict[str, list[str]] = {}
    inside, open_name = False, ""
    for line in text.split("\n"):
        stripped = line.strip()
        if open_name:
            scripts[open_name].extend(quoted_texts(stripped))
            open_name = "" if stripped.startswith("]") or stripped.endswith("]") else open_name
        elif stripped[:1] == "[":
            section = stripped.strip("[]")
            inside = section.startswith("tool.") and section.endswith(suffix)
        elif inside and "=" in stripped and stripped[0] != "#":
            name, _, value = stripped.partition("=")
            name, value = name.strip().strip("\"'"), value.strip()
            if value[:1] == "{":
                lead = value[1:].strip()
                plain = lead.startswith(("cmd", "shell")) and "[" not in lead
                scripts[name] = quoted_texts(value)[:1] if plain else []
            elif value[:3] in ('"""', "'''"):
                scripts[name] = []
            else:
                scripts[name] = quoted_texts(value)
                open_name = name if value[:1] == "[" and not value.endswith("]") else ""
    return scripts


def package_json(context: Context) -> tuple[str, str, dict[str, Any] | None]:
    """The nearest package.json: its path, its text and its object; None when it cannot be read."""
    path = found_upwards(context, ("package.json",))
    text = read_text(context, path) if path else None
    if text is None:
        return path, "", None
    try:
        value = parse_json(text)
    except InvalidDocument:
        return path, text, None
    return path, text, value if isinstance(value, dict) else None


def is_declared_in_node(context: Context, name: str) -> bool:
    """Whether package.json declares a package."""
    _, _, value = package_json(context)
    for key, table in (value or {}).items():
        if key.lower().endswith("dependencies") and isinstance(table, dict) and name in table:
            return True
    return False


def run_package_script(context: Context, name: str, args: Sequence[Word] = ()) -> bool:
    """Judge a script of package.json with its `pre` and `post`; false when there is no such script."""
    path, text, value = package_json(context)
    if value is None:
        if path:
            context.unknown("package.json cannot be read, so its scripts are unknown", target=name)
            return True
        return False
    table = value.get("scripts")
    scripts = table if isinstance(table, dict) else {}
    if not isinstance(scripts.get(name), str):
        return False
    tail = "".join(" " + quoted(word) for word in args)
    texts = [scripts.get("pre" + name), scripts[name] + tail, scripts.get("post" + name)]
    run_texts(context, path, text, [each for each in texts if isinstance(each, str)])
    return True


def run_texts(context: Context, path: str, text: str, scripts: Sequence[str]) -> None:
    """Judge scripts that a project file holds, from the file's folder, noting the file as an input."""
    folder = context.cwd
    context.cwd = folder_of(path)
    before = len(context.operations)

    def judge() -> None:
        first = len(context.operations)
        for script in scripts:
            context.run_script(script, Stdin())
        _know_local_programs(context, first)

    run_kept(context, path, text, judge)
    if len(context.operations) == before:
        context.add("code.run", path)
    context.cwd = folder


def _know_local_programs(context: Context, first: int) -> None:
    """A program that the project's own dependencies installed is a program of the workspace."""
    for index in range(first, len(context.operations)):
        operation = context.operations[index]
        if operation.kind == "unknown.program":
            name = operation.target.split(" ")[0]
            if local_binary(context, name):
                context.operations[index] = operation._replace(kind="code.run", because="")


def local_binary(context: Context, name: str) -> str:
    """The path of a program that the project's node dependencies installed, else empty."""
    if not name or "/" in name or "@" in name:
        return ""
    return found_upwards(context, ("node_modules/.bin/" + name,))


def quoted(word: Word) -> str:
    """A word as shell text again: exact when it is literal, otherwise as it was written."""
    return "'" + word.text.replace("'", "'\\''") + "'" if word.literal else word.text


def run_script_or_task(context: Context, name: str, args: Sequence[Word], ordinary: str) -> None:
    """Judge a package script; without one, by its name."""
    if not run_package_script(context, name, args):
        add_task(context, name, ordinary, *(word.text for word in args))
