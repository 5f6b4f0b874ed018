"""Writes every generated file and block, or checks that they are current.

Usage: python -m scripts.generate [--check | --check-claims]

A generated file is one function's whole output. A generated block stands in a page that people
write, between `<!-- generated: NAME -->` and `<!-- end: NAME -->`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from agentic import exit_codes
from scripts import claims

ROOT = Path(__file__).resolve().parent.parent


def operations() -> list[dict[str, object]]:
    """The rows of the catalogue."""
    rows: list[dict[str, object]] = yaml.safe_load((ROOT / "policies/operations.yaml").read_text())[
        "operations"
    ]
    return rows


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


BLOCKS: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {"exit-codes": exit_codes_table},
}

FILES: dict[str, Callable[[], str]] = {
    "docs/COVERAGE.md": lambda: claims.coverage_markdown(claims.read_claims()),
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
    for name, blocks in BLOCKS.items():
        yield ROOT / name, with_blocks((ROOT / name).read_text(), blocks)


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
    elif not arguments:
        problems = []
        for path, text in wanted_files():
            path.write_text(text)
    else:
        print("usage: python -m scripts.generate [--check | --check-claims]", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
