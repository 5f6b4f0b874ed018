"""Options and operands in the GNU and BSD manner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.recognize.arguments import read_arguments
from agentic.recognize.interface import Word


def read(line: str, **keys: object) -> tuple[list[tuple[str, str | None]], list[str]]:
    arguments = read_arguments([Word(text) for text in line.split()], **keys)  # type: ignore[arg-type]
    options = [(name, None if word is None else word.text) for name, word in arguments.options]
    return options, [word.text for word in arguments.operands]


@pytest.mark.parametrize(
    ("line", "options", "operands"),
    [
        ("a b", [], ["a", "b"]),
        ("-rf a", [("-r", None), ("-f", None)], ["a"]),
        ("a -rf", [("-r", None), ("-f", None)], ["a"]),
        ("-n 5 a", [("-n", "5")], ["a"]),
        ("-n5 a", [("-n", "5")], ["a"]),
        ("-n=5 a", [("-n", "5")], ["a"]),
        ("-rn 5 a", [("-r", None), ("-n", "5")], ["a"]),
        ("--lines 5 a", [("--lines", "5")], ["a"]),
        ("--lines=5 a", [("--lines", "5")], ["a"]),
        ("--line=5 a", [("--lines", "5")], ["a"]),
        ("--lin 5 a", [("--lines", "5")], ["a"]),
        ("--recurs a", [("--recursive", None)], ["a"]),
        ("--re a", [("--re", None)], ["a"]),
        ("-i a", [("-i", None)], ["a"]),
        ("-i.bak a", [("-i", ".bak")], ["a"]),
        ("-- -r a", [], ["-r", "a"]),
        ("- a", [], ["-", "a"]),
        ("-n", [("-n", None)], []),
        ("--unknown=x a", [("--unknown", "x")], ["a"]),
    ],
)
def test_reading(line: str, options: list[tuple[str, str | None]], operands: list[str]) -> None:
    read_as = read(line, values="-n --lines", attached="-i", switches="--recursive --regular")
    assert read_as == (options, operands)


def test_options_end_at_the_first_operand() -> None:
    assert read("-a b -c d", stops=True) == ([("-a", None)], ["b", "-c", "d"])


def test_single_dash_names() -> None:
    assert read("-cmd x -readonly a", values="-cmd", single_dash=True) == (
        [("-cmd", "x"), ("-readonly", None)],
        ["a"],
    )


def test_an_absurd_cluster_stays_cheap() -> None:
    assert len(read("-" + "a" * 100_000)[0]) < 100


@given(st.lists(st.text(alphabet="-=ab n", max_size=6), max_size=8))
def test_no_word_is_lost(texts: list[str]) -> None:
    arguments = read_arguments([Word(text) for text in texts], "-n --long", "-a")
    kept = "".join(
        name + ("" if word is None else word.text) for name, word in arguments.options
    ) + "".join(word.text for word in arguments.operands)
    for text in texts:
        assert all(letter in kept for letter in text if letter not in "-=")
