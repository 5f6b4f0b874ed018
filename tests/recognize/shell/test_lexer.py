"""The fast lexer: what it accepts, what it leaves to the parser, and that the two never disagree."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agentic.recognize.shell.heredocs import prepare
from agentic.recognize.shell.lexer import lex
from agentic.recognize.shell.steps import Step
from agentic.recognize.shell.walk import steps_of

EXAMPLES = 5000 if os.environ.get("AGENTIC_CAMPAIGN") == "whole" else 500


def shape(steps: tuple[Step, ...] | list[Step]) -> list[object]:
    """Steps as plain values: words, assignments and redirections of every command."""
    found: list[object] = []
    for step in steps:
        if step.op != "run":
            found.append(step.op)
            continue
        command = step.command
        found.append(
            (
                [(word.text, word.literal, word.glob) for word in command.words],
                [(name, word.text, word.literal) for name, word in command.assignments],
                [(r.operator, r.target.text, r.descriptor) for r in command.redirects],
            )
        )
    return found


def words(line: str) -> list[str]:
    """The words of a line that is one command."""
    steps = lex(line)
    assert steps is not None
    assert [step.op for step in steps] == ["run"]
    return [word.text for word in steps[0].command.words]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("git status", ["git", "status"]),
        ("  git\tstatus  ", ["git", "status"]),
        ("echo 'a b' \"c d\" e\\ f", ["echo", "a b", "c d", "e f"]),
        ("echo a'b'\"c\"d", ["echo", "abcd"]),
        ("echo ''", ["echo", ""]),
        ('echo "\\$x \\a \\" \\\\"', ["echo", '$x \\a " \\']),
        ("echo a\\\nb", ["echo", "ab"]),
        ("echo \\\n a", ["echo", "a"]),
        ("echo a#b # c", ["echo", "a#b"]),
        ("find . -exec rm {} \\;", ["find", ".", "-exec", "rm", "{}", ";"]),
        ("echo ~/x a~b", ["echo", "~/x", "a~b"]),
        ("[ -f x ]", ["[", "-f", "x", "]"]),
        ("echo a!b", ["echo", "a!b"]),
        ("echo naïve 日本", ["echo", "naïve", "日本"]),
    ],
)
def test_words(line: str, expected: list[str]) -> None:
    assert words(line) == expected


@pytest.mark.parametrize(
    "line",
    ["echo $(ls)", "echo `ls`", "cat <<E", "cat <<< x", "(a)", "{ a; }", "if a", "f() { a; }", "! a",
     "[[ a ]]", "((a))", "echo $((1))", "a=(b)", "echo $'x'", 'echo $"x"', "echo {a,b}", "echo @(a|b)",
     "a <(b)", "echo ${x:-y}", "a[0]=b", "A+=b", "echo ~user", "a && ", "&& a", "a ;; b", "a | | b",
     "a;;", "; a", "a & ; b", "a >", "a > ;", "a >| | b", "echo 'a", 'echo "a', "a \\", "a\0b", "a\x07",
     "git\u00a0push", "a >&-b", "> [x", "2>2>&1", "time a", "coproc a", "function f", "a\r"]
)  # fmt: skip
def test_left_to_the_parser(line: str) -> None:
    assert lex(line) is None


@pytest.mark.parametrize("line", ["", "   ", "\n\n", "# rm -rf /", "\\\n"])
def test_nothing_to_run(line: str) -> None:
    assert lex(line) == ()


def test_operators() -> None:
    steps = lex("a && b || c; d | e |& f & g\n\nh;")
    assert steps is not None
    assert [step.op for step in steps if step.op != "run"] == ["&&", "||", ";", "|", "|&", "&", ";"]
    assert sum(step.op == "run" for step in steps) == 8


def test_background() -> None:
    steps = lex("a & b")
    assert steps is not None
    assert [step.command.background for step in steps if step.op == "run"] == [True, False]


def test_assignments_and_redirections() -> None:
    steps = lex('A=1 B="x y" cmd 2>&1 >>log <in &>all -x')
    assert steps is not None
    assert shape(steps) == [
        (
            [("cmd", True, False), ("-x", True, False)],
            [("A", "1", True), ("B", "x y", True)],
            [(">&", "1", 2), (">>", "log", -1), ("<", "in", -1), ("&>", "all", -1)],
        )
    ]


def test_what_is_computed_is_marked() -> None:
    steps = lex('echo $A "${B}c" *.py \'*\' "$?"')
    assert steps is not None
    found = [(word.text, word.literal, word.glob) for word in steps[0].command.words[1:]]
    assert found == [
        ("$A", False, False),
        ("${B}c", False, False),
        ("*.py", False, True),
        ("*", True, False),
        ("$?", False, False),
    ]


PIECES = st.sampled_from(
    ["a", "b1", "-x", "--foo=bar", " ", "  ", "'q s'", '"d $X"', "\\ ", "$X", "${Y}", "*", "?", "[ab]",
     "|", "&&", "||", ";", "\n", "&", ">", " > f", "2>&1", "<g", ">>h", " # c", "#", "~", "~/x", "=",
     "A=1 ", 'B="x" ', "{}", "é", "\\\\", "''", '""', "$?", "$1", "!", "%", "^", "@", "+", "|&", "2>",
     "&>", "&>>f", ">|", "\\;", "\\n", ",", ":", "]", "[", "1", '"a\\"b"', '"\\n"', "/", "if", "time",
     "in", "$$", "<>", "-", "\t", "\\\n"]
)  # fmt: skip


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(line=st.lists(PIECES, max_size=9).map("".join))
@example(line="a <g b &>h")
@example(line="--foo=bar & x")
def test_the_parser_agrees_or_says_that_it_cannot_tell(line: str) -> None:
    fast = lex(line)
    if fast is None:
        return
    prepared = prepare(line)
    assert prepared is not None
    slow = steps_of(prepared.text, "", is_joined=True)
    if not any(step.op == "unknown" for step in slow):
        assert shape(fast) == shape(slow)


PLAIN = st.sampled_from(
    ["git status", "ls -la", "grep -n 'a b' *.py", 'echo "x $HOME"', "A=1 make test", "cat < in > out",
     "pytest -q 2>&1", "find . -name '*.py'", "cd src", "rm -rf build/", "echo done # now", "true"]
)  # fmt: skip


@settings(max_examples=200, deadline=None, database=None)
@given(
    parts=st.lists(PLAIN, min_size=1, max_size=5),
    joints=st.lists(
        st.sampled_from([" && ", " || ", "; ", " | ", "\n", " |& "]), min_size=4, max_size=4
    ),
)
def test_the_parser_agrees_on_ordinary_lines(parts: list[str], joints: list[str]) -> None:
    line = parts[0]
    for joint, part in zip(joints, parts[1:], strict=False):
        line = (line.partition(" #")[0] if joint != "\n" else line) + joint + part
    fast = lex(line)
    assert fast is not None
    slow = shape(steps_of(line, "", is_joined=True))
    # The grammar gives up on some long lists of pipes; then that is said, and a person is asked.
    assert slow == shape(fast) or "unknown" in slow
