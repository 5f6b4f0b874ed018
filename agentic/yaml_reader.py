"""Untrusted YAML text to plain values that remember where they stood.

A small, strict dialect: text keys, no anchors, aliases or tags, no duplicate keys, bounded size and depth,
one document where not told otherwise. `yes`, `no`, `on` and `off` are text (YAML 1.1 would make them
booleans), and so are dates. Built from parser events, so that nothing in the text can construct an object
or grow by reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import yaml

from agentic.errors import Diagnostic, InvalidDocument, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 16_777_216
MAX_DEPTH = 32
#: Documents in one file, where a format allows more than one.
MAX_DOCUMENTS = 200

Path = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}


class YamlTree(NamedTuple):
    """A value with the 1-based (line, column) of every value and every key, by path."""

    value: Any
    name: str
    values: dict[Path, tuple[int, int]]
    keys: dict[Path, tuple[int, int]]

    def where(self, path: Path, *, key: bool = False) -> str:
        """`file:line:column` of a value (or of its key), or of the nearest thing around it."""
        positions = self.keys if key else self.values
        at = positions.get(path) or self.values.get(path)
        while at is None and path:
            path = path[:-1]
            at = self.values.get(path)
        line, column = at or (1, 1)
        return f"{self.name}:{line}:{column}"


class _Open:
    """A mapping or sequence that is being filled."""

    def __init__(self, container: dict[str, Any] | list[Any], path: Path) -> None:
        self.container = container
        self.path = path
        self.key: str | None = None


def parse_yaml(data: bytes, name: str) -> YamlTree:
    """The one document in `data`; `name` is how messages call the file.

    Raises: InvalidDocument with all duplicate keys, or with the first thing that ends the parse.
    """
    trees = _parsed(data, name, most=1)
    return trees[0] if trees else YamlTree(None, name, {}, {})


def parse_yaml_documents(data: bytes, name: str) -> list[YamlTree]:
    """All documents in `data`, as a multi-document file (`---`) holds them; an empty file has none.

    Raises: InvalidDocument as `parse_yaml`, and for more than `MAX_DOCUMENTS`.
    """
    return _parsed(data, name, most=MAX_DOCUMENTS)


def _parsed(data: bytes, name: str, most: int) -> list[YamlTree]:
    if len(data) > MAX_BYTES:
        _refuse(f"{name}:1:1", "policy.too-large", f"larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _refuse(f"{name}:{line}:1", "policy.syntax", "is not UTF-8 text")
    try:
        return _trees(_events(text), name, most)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = (error.problem or "not valid YAML").rstrip(".")
        _refuse(f"{name}:{line}:{column}", "policy.syntax", _one_line(problem))
    except yaml.YAMLError as error:
        _refuse(f"{name}:1:1", "policy.syntax", _one_line(str(error)))


def _one_line(problem: str) -> str:
    text = " ".join(problem.split())
    return "not valid YAML: " + text[:1].lower() + text[1:200]


def _refuse(where: str, code: str, message: str, help: str = "") -> NoReturn:
    raise InvalidDocument((Diagnostic(code, message, where, help),)) from None


def _events(text: str) -> Iterator[Any]:
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _trees(events: Iterator[Any], name: str, most: int) -> list[YamlTree]:
    trees: list[YamlTree] = []
    problems: list[Diagnostic] = []
    for event in events:
        if type(event).__name__ == "DocumentStartEvent":
            if len(trees) >= most:
                line, column = _position(event)
                count = "a second document" if most == 1 else f"more than {most} documents"
                _refuse(f"{name}:{line}:{column}", "policy.syntax", f"{count} in one file")
            trees.append(_tree(events, name, problems))
    if problems:
        raise InvalidDocument(problems)
    return trees


def _position(event: Any) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _tree(events: Iterator[Any], name: str, problems: list[Diagnostic]) -> YamlTree:
    """The document whose start was just seen; takes the events up to its end, adds to `problems`."""
    values: dict[Path, tuple[int, int]] = {}
    keys: dict[Path, tuple[int, int]] = {}
    stack: list[_Open] = []
    root: list[Any] = []
    for event in events:
        kind = type(event).__name__
        at = _position(event)
        where = f"{name}:{at[0]}:{at[1]}"
        if kind == "DocumentEndEvent":
            break
        if kind == "AliasEvent" or getattr(event, "anchor", None):
            _refuse(
                where,
                "policy.anchor",
                "anchors and aliases are not used in policies",
                "write the value out where it is needed",
            )
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            if event.tag is not None and not event.implicit:
                _refuse(where, "policy.tag", f"the tag {quoted(event.tag)} is not used in policies")
            if len(stack) >= MAX_DEPTH:
                _refuse(where, "policy.depth", f"nested deeper than {MAX_DEPTH} levels")
            container: dict[str, Any] | list[Any] = {} if kind.startswith("M") else []
            path = _placed(container, stack, root, where)
            values[path] = at
            stack.append(_Open(container, path))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            stack.pop()
        elif kind == "ScalarEvent":
            top = stack[-1] if stack else None
            if top is not None and isinstance(top.container, dict) and top.key is None:
                key = _key(event, where)
                if key in top.container:
                    message = f"the key {quoted(key)} appears twice"
                    problems.append(Diagnostic("policy.duplicate-key", message, where))
                top.key = key
                keys[(*top.path, key)] = at
            else:
                values[_placed(_scalar(event, where), stack, root, where)] = at
    return YamlTree(root[0] if root else None, name, values, keys)


def _placed(value: Any, stack: list[_Open], root: list[Any], where: str) -> Path:
    """Put a value into the container that is open, and say its path."""
    if not stack:
        root.append(value)
        return ()
    top = stack[-1]
    if isinstance(top.container, list):
        top.container.append(value)
        return (*top.path, len(top.container) - 1)
    if top.key is None:
        _refuse(where, "policy.syntax", "a key must be plain text")
    key, top.key = top.key, None
    top.container[key] = value
    return (*top.path, key)


def _key(event: Any, where: str) -> str:
    if event.tag is not None and not event.implicit[0] and not event.implicit[1]:
        _refuse(where, "policy.tag", f"the tag {quoted(event.tag)} is not used in policies")
    value = _scalar(event, where)
    if not isinstance(value, str):
        _refuse(where, "policy.syntax", f"the key {quoted(event.value)} must be text", "quote it")
    return value


def _scalar(event: Any, where: str) -> Any:
    if event.tag is not None and not any(event.implicit):
        _refuse(where, "policy.tag", f"the tag {quoted(event.tag)} is not used in policies")
    text: str = event.value
    if not event.implicit[0]:  # quoted or block text
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
