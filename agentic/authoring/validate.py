"""Policy files judged: shape, closed vocabularies, references; every problem at once.

In: the bytes of files. Out: parsed documents and diagnostics with `file:line:column` and, for every
closed vocabulary, what was probably meant. Nothing here decides which layer counts.
"""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from agentic.authoring.documents import PolicyDocument
from agentic.authoring.mcp import mcp_kind_uses
from agentic.authoring.times import UnknownWord
from agentic.core.native import sha256_hex
from agentic.errors import Diagnostic, InvalidDocument, quoted
from agentic.yaml_reader import YamlTree, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentic.authoring.signal_documents import AnyRead
    from agentic.yaml_reader import Path

CATALOGUE_FILE = "policies/operations.yaml"
SIGNALS_FILE = "policies/signals.yaml"

_Model = TypeVar("_Model", bound=BaseModel)


class ParsedFile(NamedTuple):
    """One policy file of valid shape: its document, where everything stood, and its sha256."""

    name: str
    document: PolicyDocument
    tree: YamlTree
    sha256: str


class Vocabulary(NamedTuple):
    """The closed words that documents may use: kinds with their effects, signals, roles, sources by kind."""

    effects_of: dict[str, tuple[str, ...]]
    signals: frozenset[str]
    roles: frozenset[str]
    sources: dict[str, str] = {}
    meanings: frozenset[str] = frozenset()

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The kinds that a name or a glob stands for; empty when there is none."""
        if pattern in self.effects_of:
            return (pattern,)
        if "*" not in pattern:
            return ()
        return tuple(kind for kind in self.effects_of if fnmatchcase(kind, pattern))


def parse_policy(data: bytes, name: str) -> ParsedFile:
    """One policy file. Raises: InvalidDocument with all problems of its shape."""
    tree = parse_yaml(data, name)
    return ParsedFile(name, shaped(PolicyDocument, tree), tree, sha256_hex(data))


def parse_policies(files: Iterable[tuple[str, bytes]]) -> tuple[list[ParsedFile], list[Diagnostic]]:
    """All files that have a valid shape, and the problems of the others. Never raises."""
    parsed: list[ParsedFile] = []
    problems: list[Diagnostic] = []
    for name, data in files:
        try:
            parsed.append(parse_policy(data, name))
        except InvalidDocument as invalid:
            problems.extend(invalid.diagnostics)
    return parsed, problems


# Shape


def shaped(model: type[_Model], tree: YamlTree) -> _Model:
    """The document that a tree spells. Raises: InvalidDocument with all problems of its shape."""
    if not isinstance(tree.value, dict):
        message = "the file must hold keys with values"
        raise InvalidDocument((Diagnostic("policy.syntax", message, f"{tree.name}:1:1"),))
    try:
        return model.model_validate(tree.value)
    except ValidationError as error:
        raise InvalidDocument(
            [_shape_problem(problem, model, tree) for problem in error.errors()]
        ) from None


#: The code of a value outside a closed vocabulary, by the key that holds it.
_VOCABULARY_CODES = {
    "mode": "policy.unknown-mode",
    "to": "policy.unknown-mode",
    "environments": "policy.unknown-environment",
    "name": "policy.unknown-environment",
    "effects": "policy.unknown-effect",
}

_PLAIN_WORDS = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must hold keys with values",
    "model_type": "must hold keys with values",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "too_short": "is empty, so it could never hold",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
}


def _shape_problem(problem: Any, model: type[BaseModel], tree: YamlTree) -> Diagnostic:
    location = _location_in(tree.value, problem["loc"])
    is_key = "[key]" in problem["loc"]
    kind: str = problem["type"]
    last = str(location[-1]) if location else ""
    shown = quoted(problem["input"])
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        where = tree.where(location, key=True)
        return Diagnostic(
            "policy.unknown-key", f"unknown key {quoted(last)}", where, meant(last, known)
        )
    if kind == "missing":
        message = f"the key {quoted(last)} is missing"
        return Diagnostic("policy.missing-key", message, tree.where(location[:-1]))
    where = tree.where(location, key=is_key)
    if kind == "union_tag_not_found":
        return Diagnostic("policy.missing-key", "the key `kind` is missing", where)
    if kind == "union_tag_invalid":
        tag = problem["ctx"]["tag"]
        known = problem["ctx"]["expected_tags"].replace("'", "").split(", ")
        where = tree.where((*location, "kind"))
        return Diagnostic(
            "policy.wrong-value", f"unknown kind {quoted(tag)}", where, meant(tag, known)
        )
    if kind == "value_error":
        subject = "this" if last.isdigit() or not last else quoted(last)
        told = problem["ctx"]["error"]
        is_word = isinstance(told, UnknownWord)
        help_text = meant(told.word, told.known, told.otherwise) if is_word else ""
        return Diagnostic("policy.wrong-value", f"{subject} {told}", where, help_text)
    if kind == "literal_error":
        key = next((part for part in reversed(location) if isinstance(part, str)), "")
        code = _VOCABULARY_CODES.get(key, "policy.wrong-value")
        words = _literals_at(model, location)
        noun = code.rpartition("unknown-")[2] if "unknown-" in code else f"value of {quoted(key)}"
        return Diagnostic(
            code,
            f"unknown {noun} {shown}",
            where,
            meant(str(problem["input"]), words, "it is one of "),
        )
    if kind == "string_pattern_mismatch":
        message = f"{shown} is not a valid {last if not last.isdigit() else 'value'}"
        return Diagnostic("policy.wrong-value", message, where)
    what = _PLAIN_WORDS.get(kind, "is not valid here")
    subject = quoted(last) if last and not last.isdigit() else "this"
    told = f", not {shown}" if what.startswith("must") else ""
    return Diagnostic("policy.wrong-value", f"{subject} {what}{told}", where)


def _location_in(value: Any, location: Sequence[str | int]) -> Path:
    """A problem's place as a path in the document: without the marks that pydantic puts between."""
    path: list[str | int] = []
    tagged: Any = None
    for part in location:
        if part == "[key]":
            continue
        if isinstance(value, dict) and value is not tagged and value.get("kind") == part:
            tagged = value  # the tag that chose one of several shapes; a key may have the same name
            continue
        path.append(part)
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
    return tuple(path)


def meant(word: str, known: Iterable[str], otherwise: str = "", source: str = "") -> str:
    """Help for a word outside a closed vocabulary: what was probably meant, or what there is."""
    words = sorted(known)
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    if not close:
        lowered = {w.lower(): w for w in words}
        close = [lowered[word.lower()]] if word.lower() in lowered else []
    tail = f"the list is {source}" if source else ""
    if close:
        return f"did you mean {quoted(close[0])}?" + (f" {tail}" if tail else "")
    if otherwise and words:
        return otherwise + ", ".join(quoted(w) for w in words)
    return tail


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _annotation_at(model: type[BaseModel], path: Path) -> Any:
    """The annotation of what a path leads to; list positions and dictionary keys are stepped over."""
    annotation: Any = model
    for part in path:
        if isinstance(part, int):
            continue
        for candidate in _models_in(annotation):
            if part in candidate.model_fields:
                annotation = candidate.model_fields[part].annotation
                break
    return annotation


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    return [
        field.alias or name
        for candidate in _models_in(_annotation_at(model, path))
        for name, field in candidate.model_fields.items()
    ]


def _literals_at(model: type[BaseModel], path: Path) -> list[str]:
    return list(_literals_in(_annotation_at(model, path)))


def _literals_in(annotation: Any) -> Iterator[str]:
    origin = get_origin(annotation)
    if origin is Literal:
        yield from (str(value) for value in get_args(annotation))
    elif origin in (list, dict, Annotated, UnionType) or origin is not None:
        for argument in get_args(annotation):
            yield from _literals_in(argument)


# References


def vocabulary_of(shipped: Iterable[ParsedFile], layers: Iterable[ParsedFile] = ()) -> Vocabulary:
    """The closed words: kinds come from the shipped catalogue alone, signals and roles also from layers."""
    shipped = list(shipped)
    everything = [*shipped, *layers]
    return Vocabulary(
        {o.kind: tuple(o.effects) for file in shipped for o in file.document.operations},
        frozenset(s.signal for file in everything for s in file.document.signals),
        frozenset(r.role for file in everything for r in file.document.roles),
        {s.source: s.kind for file in everything for s in file.document.sources},
        frozenset(s.signal for file in everything for s in file.document.signals if s.meaning),
    )


def reference_problems(files: Iterable[ParsedFile], words: Vocabulary) -> list[Diagnostic]:
    """Unknown kinds, signals and sources, hours that are empty, rules without a scope, in all files."""
    problems: list[Diagnostic] = []
    for file in files:
        problems.extend(_kind_problems(file, words))
        problems.extend(_signal_problems(file, words))
    return problems


def _kind_uses(file: ParsedFile) -> Iterator[tuple[Path, str]]:
    document = file.document
    for i, mode in enumerate(document.modes):
        yield from ((("modes", i, "kinds", j), kind) for j, kind in enumerate(mode.kinds))
    for i, role in enumerate(document.roles):
        for c, cell in enumerate(role.cells):
            for j, kind in enumerate(cell.kinds):
                yield ("roles", i, "cells", c, "kinds", j), kind
    for i, escalator in enumerate(document.escalation):
        for key in ("kinds", "except_kinds"):
            for j, kind in enumerate(getattr(escalator, key) or ()):
                yield ("escalation", i, key, j), kind
    for i, program in enumerate(document.programs):
        yield ("programs", i, "kind"), program.kind
    for i, tool in enumerate(document.mcp_tools):
        yield ("mcp_tools", i, "kind"), tool.kind
    yield from mcp_kind_uses(file)


def _kind_problems(file: ParsedFile, words: Vocabulary) -> Iterator[Diagnostic]:
    for path, kind in _kind_uses(file):
        if kind in words.effects_of:
            continue
        if (
            "*" in kind
            and path[0] not in ("programs", "mcp_tools", "mcp_servers")
            and words.matching(kind)
        ):
            continue
        where = file.tree.where(path)
        if "*" in kind:
            message = f"the pattern {quoted(kind)} matches no operation"
            yield Diagnostic(
                "policy.empty-pattern", message, where, f"the catalogue is {CATALOGUE_FILE}"
            )
        else:
            help_text = meant(kind, words.effects_of)
            catalogue = f"the catalogue is {CATALOGUE_FILE}"
            yield Diagnostic(
                "policy.unknown-kind",
                f"unknown operation {quoted(kind)}",
                where,
                f"{help_text} {catalogue}".strip(),
            )


def _signal_problems(file: ParsedFile, words: Vocabulary) -> Iterator[Diagnostic]:
    for i, escalator in enumerate(file.document.escalation):
        at: Path = ("escalation", i)
        if (escalator.signal is None) == (escalator.at_least is None):
            message = (
                "an escalator is about one `signal` or about `at_least` so many, not both or none"
            )
            yield Diagnostic("policy.escalator", message, file.tree.where(at))
        if escalator.signal is not None and escalator.signal not in words.signals:
            help_text = (
                f"{meant(escalator.signal, words.signals)} the list is {SIGNALS_FILE}".strip()
            )
            message = f"unknown signal {quoted(escalator.signal)}"
            yield Diagnostic(
                "policy.unknown-signal", message, file.tree.where((*at, "signal")), help_text
            )
    for i, signal in enumerate(file.document.signals):
        if signal.meaning is None and signal.signal not in words.meanings:
            message = f"the signal {quoted(signal.signal)} has no `meaning`"
            yield Diagnostic("policy.missing-key", message, file.tree.where(("signals", i)))
        for j, read in enumerate(signal.reads):
            yield from _read_problems(file, words, ("signals", i, "reads", j), read)


def _read_problems(
    file: ParsedFile, words: Vocabulary, at: Path, read: AnyRead
) -> Iterator[Diagnostic]:
    if read.kind == "clock" and read.start >= read.end:
        message = f"the hours {read.start}-{read.end} are empty"
        yield Diagnostic("policy.clock", message, file.tree.where((*at, "start")))
    for key, kinds in (("source", read.FROM), ("definition", ("file",))):
        name = getattr(read, key, None)
        if name is None:
            continue
        where = file.tree.where((*at, key))
        if name not in words.sources:
            message = f"unknown source {quoted(name)}"
            help_text = meant(name, words.sources) or "declare it under `sources`"
            yield Diagnostic("policy.unknown-source", message, where, help_text)
        elif words.sources[name] not in kinds:
            needed = " or ".join(quoted(kind) for kind in kinds)
            message = (
                f"the source {quoted(name)} is of kind {quoted(words.sources[name])}, "
                f"and {quoted(read.kind)} needs {needed}"
            )
            yield Diagnostic("policy.wrong-source", message, where)


def kinds_in_scope(
    patterns: Sequence[str] | None, effects: Sequence[str] | None, words: Vocabulary
) -> list[str]:
    """The kinds that both match a pattern and have an effect; an absent restriction lets all through."""
    matching = (
        set(words.effects_of)
        if patterns is None
        else {kind for pattern in patterns for kind in words.matching(pattern)}
    )
    return [
        kind
        for kind, its_effects in words.effects_of.items()
        if kind in matching and (effects is None or not set(effects).isdisjoint(its_effects))
    ]
