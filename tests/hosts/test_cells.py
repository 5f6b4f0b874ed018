"""What each host module says of itself is whole, dated, and where it says *seen* there is a test."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from agentic.adapters import ADAPTERS
from agentic.hosts.interface import COLUMNS, SCOPES
from agentic.hosts.registry import HOSTS

ROOT = Path(__file__).parents[2]
CELLS = [(name, column) for name in HOSTS for column in COLUMNS]


def test_every_adapter_has_its_host_and_the_other_way_round() -> None:
    assert set(HOSTS) == set(ADAPTERS)
    assert all(name == host.HOST for name, host in HOSTS.items())


@pytest.mark.parametrize("name", HOSTS)
def test_a_host_tells_every_column_and_no_other(name: str) -> None:
    assert list(HOSTS[name].CELLS) == list(COLUMNS)
    assert HOSTS[name].SCOPES
    assert set(HOSTS[name].SCOPES) <= set(SCOPES)


@pytest.mark.parametrize(("name", "column"), CELLS)
def test_a_fact_is_dated_and_what_was_seen_is_tested(name: str, column: str) -> None:
    cell = HOSTS[name].CELLS[column]
    assert cell.text
    assert dt.date.fromisoformat(cell.date) >= dt.date(2026, 1, 1)
    assert re.match(r"https://\S+|[@a-z][^\n]+", cell.source), "where it was read"
    if cell.seen:
        path, _, test = cell.seen.partition("::")
        text = (ROOT / path).read_text()
        assert re.search(rf"^(async )?def {re.escape(test)}\(", text, re.MULTILINE)
