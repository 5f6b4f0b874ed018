"""Writes every generated file and block, or checks that they are current.

Usage: python -m scripts.generate [--check | --check-claims]

A generated file is one function's whole output. A generated block stands in a page that people
write, between `<!-- generated: NAME -->` and `<!-- end: NAME -->`. Examples marked as executed get their
real outputs; that these are current is a test's business (tests/docs), because it runs the commands.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agentic import exit_codes
from agentic.authoring.build import shipped_documents
from agentic.authoring.cases import read_cases
from agentic.authoring.compile import compile_policy
from agentic.authoring.mcp_documents import ReadOnly
from agentic.authoring.reference import read_reference, rendered_reference
from agentic.authoring.validate import vocabulary_of
from agentic.cli.signals_policy import how_to_configure
from agentic.core.values import AUTO, MODES, SEVERITIES, strictest
from agentic.hosts.packages import trees as package_trees
from agentic.mcp import capabilities
from agentic.signals.live.documents import Closed, schema_of
from agentic.signals.live.drift_report import DriftReport
from agentic.signals.live.gate_report import GateReport
from agentic.signals.live.incident_file import IncidentFile
from agentic.signals.severity import WORDS
from scripts import claims
from scripts.hosts_page import hosts_facts, hosts_overview
from tests.docs.examples import LIVE_PAGES, PAGES, TOLD_PAGES, with_real_outputs
from tests.docs.stages import stage_of

if TYPE_CHECKING:
    from agentic.authoring.documents import EscalatorEntry
    from agentic.authoring.signal_documents import SignalEntry

ROOT = Path(__file__).resolve().parent.parent


def shipped_modes(environment: str) -> dict[str, str]:
    """Kind -> its strictest shipped mode in an environment, in the catalogue's order."""
    policy = compile_policy(shipped_documents(str(ROOT / "policies")))
    found: dict[str, str] = {}
    for kind in policy.kinds:
        mode = AUTO
        for rule in policy.rules_of(kind).modes[environment]:
            mode = strictest(mode, rule[1])
        found[kind] = mode
    return found


def local_modes_table() -> str:
    """Every kind under the mode it has on this machine."""
    modes = shipped_modes("local")
    rows = [_kinds_row(mode, [kind for kind in modes if modes[kind] == mode]) for mode in MODES]
    return "\n".join(["| mode | kinds |", "|---|---|", *rows])


def production_modes_table() -> str:
    """The kinds whose mode in production is stricter than on this machine."""
    local, production = shipped_modes("local"), shipped_modes("production")
    changed = [kind for kind in local if local[kind] != production[kind]]
    rows = [
        _kinds_row(f"{before} -> {after}", kinds)
        for before in MODES
        for after in MODES
        if (kinds := [k for k in changed if (local[k], production[k]) == (before, after)])
    ]
    return "\n".join(["| here -> production | kinds |", "|---|---|", *rows])


def _kinds_row(heading: str, kinds: list[str]) -> str:
    return f"| {heading} | {', '.join(f'`{kind}`' for kind in kinds)} |"


def reference_markdown() -> str:
    """docs/REFERENCE.md, from policies/reference.yaml."""
    folder = str(ROOT / "policies")
    kinds = vocabulary_of(shipped_documents(folder)).effects_of
    cases = {located.case.id: located.case for located in read_cases(f"{folder}/cases", kinds)}
    return rendered_reference(read_reference(f"{folder}/reference.yaml", cases))


def adr_index() -> str:
    """One line for each decision record: its title, linked."""
    lines = []
    for path in sorted((ROOT / "docs/adr").glob("[0-9]*.md")):
        title = path.read_text().splitlines()[0].lstrip("# ").strip()
        lines.append(f"- [{title}]({path.name})")
    return "\n".join(lines)


def exit_codes_table() -> str:
    """The command line's exit codes, from agentic/exit_codes.py."""
    meaning = {
        "OK": "done; for `check`: may run",
        "BUG": "a bug in agentic",
        "USAGE": "wrong usage",
        "INVALID_DOCUMENT": "a document is invalid",
        "CHECK_FAILED": "a check failed",
        "UNAVAILABLE": "something needed is unavailable",
        "CONSULT": "CONSULT: needs a person",
        "STOP": "STOP: not from an agent's session",
    }
    codes = {name: value for name, value in vars(exit_codes).items() if name.isupper()}
    rows = [f"| {value} | {meaning[name]} |" for name, value in codes.items()]
    return "\n".join(["| exit | meaning |", "|---|---|", *rows])


def signals_table() -> str:
    """Every shipped signal: when it is raised, what reads it, what its rules do."""
    files = shipped_documents(str(ROOT / "policies"))
    rules = [rule for file in files for rule in file.document.escalation]
    rows = [
        f"| `{entry.signal}` | {entry.meaning} | {_read_by(entry) if effects else 'kept for later'} "
        f"| {'<br>'.join(effects) or 'nothing yet'} |"
        for file in files
        for entry in file.document.signals
        for effects in [[_effect_of(rule) for rule in rules if rule.signal == entry.signal]]
    ]
    head = ["| signal | raised when | read | then |", "|---|---|---|---|"]
    every = [f"Two or more raised at once: {_effect_of(r)}." for r in rules if r.at_least]
    return "\n".join([*head, *rows, "", *every])


def _read_by(entry: SignalEntry) -> str:
    """The shipped reads of a signal, or how it gets its first one."""
    if entry.reads:
        return "shipped: " + ", ".join(f"`{read.kind}`" for read in entry.reads)
    return how_to_configure(entry.signal)


def _effect_of(rule: EscalatorEntry) -> str:
    """What a rule does, shortly: `climb`, CONSULT or STOP, where, and to how much."""
    does = {"climb": "one step", "CONSULT": "at least CONSULT"}.get(rule.to, rule.to)
    where = f" on {', '.join(rule.environments)}" if rule.environments else ""
    if rule.effects:
        what = " or ".join(f"`{effect}`" for effect in rule.effects)
    else:
        what = _first_of(rule.kinds or [])
    but = f", but not {_first_of(rule.except_kinds)}" if rule.except_kinds else ""
    return f"{does}{where}: {what}{but}"


def _first_of(kinds: list[str]) -> str:
    """The first three, and how many there are besides."""
    named = ", ".join(f"`{kind}`" for kind in kinds[:3])
    return f"{named} and {len(kinds) - 3} more" if len(kinds) > 3 else named


def severities_table() -> str:
    """The one scale, and everybody's words for it."""
    rows = [
        f"| {severity} | {', '.join(word for word in WORDS if WORDS[word] == severity)} |"
        for severity in reversed(SEVERITIES)
    ]
    return "\n".join(["| severity | also called |", "|---|---|", *rows])


def mcp_servers_table() -> str:
    """The MCP servers that policy knows: words, tools, the switch that keeps them to reading, the basis."""
    rows = []
    for file in shipped_documents(str(ROOT / "policies")):
        for server in file.document.mcp_servers:
            listed = sum(map(len, server.tools.values())) + len(server.methods)
            switches = server.read_only
            kept = _ways_of(switches) if switches else ""
            words = ", ".join(f"`{word}`" for word in server.words)
            told = (
                f"{listed} and patterns"
                if server.patterns and listed
                else str(listed or "patterns")
            )
            basis = f"{server.basis} ({server.checked or 'not checked'})"
            rows.append(f"| {server.server} | {words} | {told} | {kept} | {basis} |")
    head = "| server | words | tools | kept to reading by | compared with |"
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def _ways_of(switches: ReadOnly) -> str:
    """The shortest way to keep a server to reading: an argument, else a variable, else the package."""
    pairs = [f"{name}={value}" for name, value in switches.variables.items()]
    ways = switches.arguments or pairs
    return " ".join(f"`{way}`" for way in ways) or "nothing, it only reads"


def report_schema(model: type[Closed], name: str) -> str:
    """The JSON Schema of a document that signals read from a file."""
    return json.dumps(schema_of(model, name), indent=2) + "\n"


BLOCKS: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {"exit-codes": exit_codes_table},
    "AGENTS.md": {"modes-local": local_modes_table, "modes-production": production_modes_table},
    "docs/HOSTS.md": {"hosts-overview": hosts_overview, "hosts-facts": hosts_facts},
    "docs/MCP.md": {"mcp-servers": mcp_servers_table, "mcp-capabilities": capabilities.markdown},
    "docs/SIGNALS.md": {"signals": signals_table, "severities": severities_table},
    "docs/adr/README.md": {"adr-index": adr_index},
}

FILES: dict[str, Callable[[], str]] = {
    "docs/COVERAGE.md": lambda: claims.coverage_markdown(claims.read_claims()),
    "docs/REFERENCE.md": reference_markdown,
    "docs/schemas/drift-report.schema.json": lambda: report_schema(DriftReport, "drift-report"),
    "docs/schemas/gate-report.schema.json": lambda: report_schema(GateReport, "gate-report"),
    "docs/schemas/incident-file.schema.json": lambda: report_schema(IncidentFile, "incident-file"),
}


def with_blocks(text: str, blocks: dict[str, Callable[[], str]]) -> str:
    """A page with its generated blocks written anew. Raises ValueError for a missing marker."""
    for name, make in blocks.items():
        pattern = re.compile(
            rf"(<!-- generated: {re.escape(name)} -->\n).*?(<!-- end: {re.escape(name)} -->)",
            re.DOTALL,
        )
        body = make()
        text, count = pattern.subn(lambda m, body=body: f"{m[1]}\n{body}\n\n{m[2]}", text)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"the markers of block `{name}` stand {count} times in the page")
    return text


def wanted_files() -> Iterator[tuple[Path, str]]:
    """Every generated file or page with the text it should have."""
    for name, make in FILES.items():
        yield ROOT / name, make()
    for host, tree in package_trees(
        compile_policy(shipped_documents(str(ROOT / "policies")))
    ).items():
        for name, text in tree.items():
            yield ROOT / "packages" / host / name, text
    for name, blocks in BLOCKS.items():
        yield ROOT / name, with_blocks((ROOT / name).read_text(), blocks)


def stale_packages() -> Iterator[Path]:
    """Files below packages/ that no host's package has."""
    wanted = {path for path, _ in wanted_files()}
    for path in sorted((ROOT / "packages").rglob("*")):
        if path.is_file() and path not in wanted:
            yield path.relative_to(ROOT)


def main(arguments: list[str]) -> int:
    """0 when everything is (or was made) current, 1 when a check fails, 2 for wrong usage."""
    if arguments == ["--check-claims"]:
        problems = claims.problems_of(claims.read_claims(), claims.read_report())
    elif arguments == ["--check"]:
        problems = claims.problems_of(claims.read_claims(), claims.read_report())
        problems += [
            f"{path.relative_to(ROOT)}: out of date: run `make golden` and read the difference"
            for path, text in wanted_files()
            if not path.exists() or path.read_text() != text
        ]
        problems += [f"{path}: not generated any more: remove it" for path in stale_packages()]
    elif not arguments:
        problems = []
        for path, text in wanted_files():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for page in (*PAGES, *TOLD_PAGES, *LIVE_PAGES):
            with stage_of(page) as stage:
                (ROOT / page).write_text(with_real_outputs(page, stage))
    else:
        print("usage: python -m scripts.generate [--check | --check-claims]", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
