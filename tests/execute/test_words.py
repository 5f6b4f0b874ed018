"""A command's words reach recognition as exactly these words, and options are read as they are told."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentic.cli.app import run as command
from agentic.errors import AgenticError
from agentic.execute.words import (
    OPTIONS,
    Wanted,
    check_is_no_shell_line,
    shell_line,
    wanted_from,
)
from agentic.recognize.shell.lexer import lex

_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(_TEXTS, min_size=1, max_size=5))
@example(["A=b", "x"])
@example(["a", "it's", "$(id)", "`id`", "!!", "~", "*", "a\nb", "#", ""])
@example(["printf", "--x=$HOME", "{a,b}", "\\", '"', ">", "&", ";"])
def test_a_shell_reads_exactly_these_words(words: list[str]) -> None:
    line = shell_line(["printf", "%s\\0", *words])
    told = subprocess.run(
        ["bash", "--norc", "-c", line], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    ).stdout
    assert told.decode().split("\0")[:-1] == words


@given(st.lists(_TEXTS, min_size=1, max_size=5).filter(lambda words: words[0]))
@example(["A=b", "x"])
@example(["if", "true"])
@example(["time", "ls"])
@example(["!", "ls"])
@example(["{", "ls", "}"])
@example(["[[", "a", "]]"])
def test_no_first_word_means_more_than_a_name(words: list[str]) -> None:
    line = shell_line(words)
    steps = lex(line)
    if steps is None:  # the quick lexer leaves the line to the parser, which bash has checked above
        assert "\n" in line or not line.isascii() or any(not c.isprintable() for c in line)
        return
    assert len(steps) == 1
    found = steps[0].command
    assert found.assignments == ()
    assert found.redirects == ()
    assert [word.text for word in found.words] == words
    assert all(word.literal for word in found.words)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--", "ls", "-l"], Wanted(("ls", "-l"))),
        (["ls", "--env", "dev"], Wanted(("ls", "--env", "dev"))),
        (["--env", "staging", "--", "ls"], Wanted(("ls",), environment="staging")),
        (
            ["--env=staging", "--agent=x", "--deadline=1s", "--status=f", "ls"],
            Wanted(("ls",), "staging", "x", "1s", "f"),
        ),
        (["--", "--env"], Wanted(("--env",))),
        (["ls", "--", "x"], Wanted(("ls", "--", "x"))),
    ],
)
def test_the_options_stand_before_the_command(arguments: list[str], wanted: Wanted) -> None:
    assert wanted_from(arguments) == wanted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no command"),
        (["--"], "no command"),
        (["--env"], "needs a value"),
        (["--status="], "is empty"),
        (["--stat", "x", "ls"], "unknown option `--stat`"),
        (["-x", "ls"], "unknown option `-x`"),
        ([""], "name is empty"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(AgenticError, match=message) as caught:
        wanted_from(arguments)
    assert caught.value.code == "usage"


@pytest.mark.parametrize("word", ["ls -l", "a | b", "rm\t-rf x", "ls\n"])
def test_a_whole_line_in_one_word_is_refused(word: str) -> None:
    with pytest.raises(AgenticError, match="without a shell"):
        check_is_no_shell_line([word])
    check_is_no_shell_line(["echo", word])


def test_the_help_lists_the_options_that_are_read() -> None:
    described = set(command.__annotations__) - {"command", "return"}
    assert {f"--{name}" for name in described} == set(OPTIONS)
