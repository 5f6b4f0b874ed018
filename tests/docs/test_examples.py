"""What the documentation shows is what happens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.sandbox import Sandbox, sandbox
from tests.docs.examples import OMITTED, PAGES, Example, examples_in, run, settled

EXAMPLES = [example for page in PAGES for example in examples_in(page)]


@pytest.fixture(scope="module")
def machine() -> Iterator[Sandbox]:
    with sandbox() as made:
        yield made


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.page}: {e.command}")
def test_the_example_is_what_happens(example: Example, machine: Sandbox) -> None:
    output, status = run(example, machine)
    assert status == example.status, output
    if example.output != OMITTED:
        assert settled(output) == settled(example.output)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5
    assert any(example.output != OMITTED for example in EXAMPLES)
