"""What the documentation shows is what happens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docs.examples import (
    LIVE_PAGES,
    OMITTED,
    PAGES,
    TOLD_PAGES,
    Example,
    Ran,
    Stage,
    agrees,
    examples_in,
    performed,
    run,
    settled,
)
from tests.docs.stages import stage_of

EXAMPLES = [example for page in PAGES for example in examples_in(page)]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with stage_of("README.md") as made:
        yield made


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.page}: {e.command}")
def test_the_example_is_what_happens(example: Example, stage: Stage) -> None:
    output, status = run(example, stage)
    assert status == example.status, output
    if example.output != OMITTED:
        assert settled(output) == settled(example.output)


@pytest.mark.parametrize("page", LIVE_PAGES)
def test_a_page_with_live_examples_is_what_happens(page: str) -> None:
    count = 0
    with stage_of(page) as stage:
        for ran in performed(page, stage):
            count += 1
            assert ran.status == ran.example.status, f"{ran.example.command}\n{ran.output}"
            if not agrees(ran, is_live=True):
                shown = settled(ran.example.output, is_live=True)
                assert settled(ran.output, is_live=True) == shown, ran.example.command
    assert count >= 20


@pytest.mark.parametrize("page", TOLD_PAGES)
def test_a_page_is_what_happens_from_its_first_example_to_its_last(page: str) -> None:
    count = 0
    with stage_of(page) as stage:
        for ran in performed(page, stage):
            count += 1
            assert ran.status == ran.example.status, f"{ran.example.command}\n{ran.output}"
            if not agrees(ran, is_live=False):
                assert settled(ran.output) == settled(ran.example.output), ran.example.command
    assert count >= 5


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5
    assert any(example.output != OMITTED for example in EXAMPLES)


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("CLEAR  2s   since 2026-11-21T05:54:49Z", "CLEAR  12s  since 2026-11-22T05:54Z", True),
        ("it is Sat 05:54 UTC", "it is Mon 23:10 UTC", True),
        ("answers in 5 ms", "answers in 41 ms", True),
        ("rules.yaml:3:5: wrong", "rules.yaml:40:7: wrong", True),
        ("incident.active  CLEAR", "incident.active  UNKNOWN", False),
        ("0.001 of predictions", "0.002 of predictions", False),
        ("a clear holds 5m", "a clear holds 2m", False),
        ("none of the 1 events", "none of the 2 events", False),
    ],
)
def test_only_what_passes_may_differ(first: str, second: str, *, is_same: bool) -> None:
    example = Example("docs/SIGNALS.md", "x", second, 0)
    assert agrees(Ran(example, first, 0), is_live=True) is is_same
    assert not agrees(Ran(example, first, 0), is_live=False)
