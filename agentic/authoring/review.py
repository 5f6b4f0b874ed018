"""What people ask about their policies: is it valid, what holds here and why, what is trusted.

Pure of output: values come back, the command line prints them. Reads the policy folders; only
`trust_here` and `distrust_here` write, and only into the state directory.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from agentic.authoring.build import shipped_documents
from agentic.authoring.cases import read_cases
from agentic.authoring.compile import (
    SHIPPED_LAYER,
    UNREADABLE_BECAUSE,
    UNREADABLE_RULE,
    UNREADABLE_WAY,
    expanded_modes,
    is_unsafe_when_unreadable,
    layer_problems,
    shipped_problems,
)
from agentic.authoring.effective import found_layers
from agentic.authoring.layers import layers_of, read_files, relaxing_sections
from agentic.authoring.reference import read_reference
from agentic.authoring.sources import MAX_FILE_BYTES, ORGANISATION, WORKSPACE, read_bounded
from agentic.authoring.trust import distrust_layer, trust_layer
from agentic.authoring.validate import parse_policies, reference_problems, vocabulary_of
from agentic.core.values import ENVIRONMENTS, RANK
from agentic.errors import CheckFailed, Diagnostic, InvalidDocument, quoted
from agentic.shipped import POLICIES, shipped_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentic.authoring.trust import Trusted
    from agentic.authoring.validate import ParsedFile


class ShownRule(NamedTuple):
    """One rule that holds for one kind in one environment. `decides` marks the strictest of them."""

    kind: str
    environment: str
    mode: str
    rule: str
    layer: str
    because: str
    way: str
    decides: bool


class TrustResult(NamedTuple):
    """A layer that was trusted, and the sections that count because of it."""

    layer: str
    trusted: Trusted
    sections: tuple[str, ...]


def check_policies(workspace_root: str, state_dir: str, config_dir: str) -> tuple[Diagnostic, ...]:
    """Every problem of the shipped policy with its cases and reference, and of both layers.

    Raises: Unavailable when the shipped policy is missing.
    """
    folder = shipped_folder(POLICIES)
    try:
        shipped = shipped_documents(folder)
        words = vocabulary_of(shipped)
        problems = [*reference_problems(shipped, words), *shipped_problems(shipped, words)]
        cases = read_cases(f"{folder}/cases", words.effects_of)
        read_reference(f"{folder}/reference.yaml", {found.case.id: found.case for found in cases})
    except InvalidDocument as invalid:
        return invalid.diagnostics
    lower: list[ParsedFile] = []
    for layer, _ in found_layers(workspace_root, state_dir, config_dir):
        if layer.fault:
            problems.append(Diagnostic("policy.unreadable", layer.fault, layer.path))
        read, found = read_files(shipped, layer, lower)
        lower.extend(read)
        problems.extend(found)
    return tuple(problems)


def check_files(paths: Iterable[str]) -> tuple[Diagnostic, ...]:
    """Every problem of the given files, judged as files of one layer."""
    shipped = shipped_documents(shipped_folder(POLICIES))
    problems: list[Diagnostic] = []
    files: list[tuple[str, bytes]] = []
    for path in paths:
        content = read_bounded(path, MAX_FILE_BYTES)
        if content is None:
            message = f"not a readable file of at most {MAX_FILE_BYTES} bytes"
            problems.append(Diagnostic("policy.unreadable", message, path))
        else:
            files.append((path, content))
    parsed, shape_problems = parse_policies(files)
    problems.extend(shape_problems)
    words = vocabulary_of(shipped, parsed)
    problems.extend(reference_problems(parsed, words))
    problems.extend(problem for _, problem in layer_problems(parsed, shipped, words))
    return tuple(problems)


def shown_rules(
    workspace_root: str,
    state_dir: str,
    config_dir: str,
    kinds: str = "*",
    environment: str = "",
) -> list[ShownRule]:
    """The rules in force for kinds (a name or a glob), strictest first, with the layer of each.

    Raises: InvalidDocument when the shipped policy is invalid, CheckFailed when no kind matches.
    """
    shipped = shipped_documents(shipped_folder(POLICIES))
    words = vocabulary_of(shipped)
    wanted = [kind for kind in words.effects_of if fnmatchcase(kind, kinds)]
    if not wanted:
        raise CheckFailed("policy.unknown-kind", f"no operation matches {quoted(kinds)}")
    layers = layers_of(shipped, found_layers(workspace_root, state_dir, config_dir), state_dir)
    sources: list[tuple[str, str, ParsedFile]] = [(SHIPPED_LAYER, "modes", f) for f in shipped]
    sources += [(part.layer, part.layer, file) for part in layers.parts for file in part.files]
    found: dict[tuple[str, str], list[ShownRule]] = {}
    unknown = ENVIRONMENTS[-1]
    for layer, prefix, file in sources:
        for kind, where, (rule, mode, because, way), _ in expanded_modes(file, words, prefix):
            row = ShownRule(kind, where, mode, rule, layer, because, way, decides=False)
            found.setdefault((kind, where), []).append(row)
            if where == "production":  # what nobody can tell is judged as production
                row = row._replace(environment=unknown)
                found.setdefault((kind, unknown), []).append(row)
    if layers.unreadable:
        layer = layers.unreadable[0]
        for kind in wanted:
            if is_unsafe_when_unreadable(words.effects_of[kind]):
                for where in ENVIRONMENTS:
                    found[kind, where].append(
                        ShownRule(
                            kind,
                            where,
                            "CONSULT",
                            UNREADABLE_RULE,
                            layer,
                            UNREADABLE_BECAUSE,
                            UNREADABLE_WAY,
                            decides=False,
                        )
                    )
    shown: list[ShownRule] = []
    for kind in wanted:
        for where in (environment,) if environment else ENVIRONMENTS[:-1]:
            rows = list(dict.fromkeys(found.get((kind, where), ())))
            rows.sort(key=lambda row: (-RANK[row.mode], row.rule))  # type: ignore[index]
            shown.extend(row._replace(decides=row.mode == rows[0].mode) for row in rows)
    return shown


def trust_here(
    workspace_root: str, state_dir: str, config_dir: str, now: int, layers: Iterable[str] = ()
) -> list[TrustResult]:
    """Trust the layers that are there (or only those named), as they are now. `now` is Unix seconds.

    Raises: InvalidDocument when a layer is invalid, CheckFailed when there is none or it cannot be read,
    Unavailable when the trust cannot be kept.
    """
    shipped = shipped_documents(shipped_folder(POLICIES))
    wanted = tuple(layers) or (ORGANISATION, WORKSPACE)
    there = [
        layer
        for layer, _ in found_layers(workspace_root, state_dir, config_dir)
        if layer.digest or layer.fault
    ]
    chosen = [layer for layer in there if layer.name in wanted]
    if not chosen:
        raise CheckFailed("trust.empty", "there is no policy file to trust here")
    sections: dict[str, tuple[str, ...]] = {}
    lower: list[ParsedFile] = []
    for layer in there:
        read, problems = read_files(shipped, layer, lower)
        lower.extend(read)
        if problems and layer in chosen:
            raise InvalidDocument(problems)
        held = {section for file in read for section in relaxing_sections(file.document)}
        sections[layer.name] = tuple(sorted(held))
    return [
        TrustResult(layer.name, trust_layer(state_dir, layer, now), sections[layer.name])
        for layer in chosen
    ]


def distrust_here(
    workspace_root: str, state_dir: str, config_dir: str, layers: Iterable[str] = ()
) -> tuple[str, ...]:
    """Forget the trust of the layers here (or only those named); the names of those that had any."""
    wanted = tuple(layers) or (ORGANISATION, WORKSPACE)
    return tuple(
        layer.name
        for layer, _ in found_layers(workspace_root, state_dir, config_dir)
        if layer.name in wanted and distrust_layer(state_dir, layer.name, layer.path)
    )
