"""The parser behind the lexer: heredocs, words, guard rails, and how it is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tree_sitter

from agentic.recognize.interface import Word
from agentic.recognize.shell.heredocs import MARK, Heredoc, prepare
from agentic.recognize.shell.output import unescaped
from agentic.recognize.shell.parser import MAX_BYTES, MAX_OPERATORS, parse
from agentic.recognize.shell.steps import Step
from agentic.recognize.shell.words import decoded

REPOSITORY = Path(__file__).parents[3]


def commands(line: str) -> list[str]:
    """Every command that a line holds, its words joined."""
    return [
        " ".join(word.text for word in step.command.words)
        for step in parse(line, "")
        if step.op == "run"
    ]


def reasons(line: str) -> list[str]:
    """What the parser could not tell."""
    return [step.text for step in parse(line, "") if step.op == "unknown"]


# Heredocs


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("cat <<E\nx\nE\n", [Heredoc("x\n", False)]),
        ("cat <<'E'\n$x\nE", [Heredoc("$x\n", True)]),
        ('cat <<"E F"\nx\nE F\n', [Heredoc("x\n", True)]),
        ("cat <<\\E\nx\nE\n", [Heredoc("x\n", True)]),
        ("cat <<-E\n\tx\n\t\tE\n", [Heredoc("x\n", False)]),
        ("cat <<A <<B\na\nA\nb\nB\n", [Heredoc("a\n", False), Heredoc("b\n", False)]),
        ("cat <<E\nnever ends", [Heredoc("never ends\n", False)]),
        ('x "$(cat <<E\n")\nE\n)"', [Heredoc('")\n', False)]),
        ("echo $((1<<2)) '<<E' \"<<E\" # <<E", []),
        ("case x in a) cat <<E\nx\nE\n;; esac", [Heredoc("x\n", False)]),
        ("cat <<< x", []),
    ],
)
def test_heredocs_are_taken_out(text: str, bodies: list[Heredoc]) -> None:
    prepared = prepare(text)
    assert prepared is not None
    assert list(prepared.bodies) == bodies
    assert prepared.text.count(MARK) == len(bodies)


@pytest.mark.parametrize(
    "text",
    ["cat <<$E\nx\n$E", "`cat <<E\nx\nE\n`", "(cat <<E\nx", "((a <<E\nx\nE\n))", f"cat <<E {MARK}0\nE",
     "cat <<E\nx\nE\n'"]
)  # fmt: skip
def test_uncertain_heredocs_stay(text: str) -> None:
    assert prepare(text) is None


def test_lines_are_joined_only_where_bash_joins_them() -> None:
    prepared = prepare("a\\\nb 'c\\\nd' \"e\\\nf\" # g\\\nh")
    assert prepared is not None
    assert prepared.text == "ab 'c\\\nd' \"ef\" # g\\\nh"


# Words


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("$'a\\tb\\x41\\101\\''", ["a\tbAA'"]),
        ("{a,b}c", ["ac", "bc"]),
        ("{a,{b,c}}", ["a", "b", "c"]),
        ("{1..3}", ["1", "2", "3"]),
        ("{3..1}", ["3", "2", "1"]),
        ("{01..03}", ["01", "02", "03"]),
        ("{a..c}", ["a", "b", "c"]),
        ("{a}", ["{a}"]),
        ("'{a,b}'", ["{a,b}"]),
        ("a{b", ["a{b"]),
        ('$"x"', ["x"]),
        ("{}", ["{}"]),
    ],
)
def test_decoded_words(source: str, texts: list[str]) -> None:
    assert [word.text for word in decoded(source, 0, len(source), {})] == texts


def test_too_many_braces_are_computed() -> None:
    source = "{1..9}" * 5
    assert decoded(source, 0, len(source), {}) == (
        Word(source, literal=False, parts=decoded(source, 0, len(source), {})[0].parts),
    )


def test_escapes() -> None:
    assert unescaped("a\\n\\x41\\0101\\u00e9") == ("a\nAAé", False)
    assert unescaped("a\\cb") == ("a", True)
    assert unescaped("\\q\\") == ("\\q\\", False)


# Structure


def test_substitutions_come_before_their_command() -> None:
    assert commands('a "$(b `c`)" <(d) > "$(e)"') == ["c", "b `c`", "d", "e", "a $(b `c`) <(d)"]


def test_every_open_knows_its_close() -> None:
    steps = parse("if a; then ( b | { c; } ); fi; for x in 1; do d; done", "")
    for index, step in enumerate(steps):
        if step.op == "open":
            inner = steps[index + 1 : step.to]
            assert steps[step.to].op == "close"
            assert sum(s.op == "open" for s in inner) == sum(s.op == "close" for s in inner)


def test_a_loop_knows_what_its_body_sets() -> None:
    opened = next(s for s in parse("while a; do X=1; for Y in b; do read Z; done; done", ""))
    assert {name for name, _ in opened.command.assignments} == {"X", "Y", "Z"}


@pytest.mark.parametrize(
    "line",
    ["rm <x -rf /", ">f rm -rf /", "rm 2>&1 -rf /", "(>f rm -rf /)", "{ rm <x -rf /; }"],
)
def test_words_behind_redirections_are_arguments(line: str) -> None:
    assert "rm -rf /" in commands(line)


@pytest.mark.parametrize(
    "line", ["if a", "a (", "$(a", "`a", "a )", "for", "case x in", "(a\\ b", "a <<E | (\nx\nE"]
)
def test_what_is_broken_is_said(line: str) -> None:
    assert reasons(line)


@pytest.mark.parametrize(
    "line",
    ["(a; b)", "a $(b)", "f() { a; }", "[[ a ]]", "for x in a; do b; done", "case x in a) b;; esac",
     "exec 3<>/dev/tcp/h/1; (a)", "cat <<A <<B\na\nA\n$(b)\nB", "x=(a b)", "a <<< b", "a <(b)", "((a++))",
     "a{b,c}", "time (a)", "until a; do b; done", "! a | b", "a &> b; (c)", "select x in a; do b; done"]
)  # fmt: skip
def test_what_is_whole_is_not_doubted(line: str) -> None:
    assert not reasons(line)


def test_letters_beyond_ascii_do_not_reach_the_grammar() -> None:
    # tree-sitter-bash 0.25.1 reads outside a table on this text and ends the process
    assert commands("Wp\U0002a41b{\U000c9604g; (a é)")[-1] == "a é"
    assert commands("(echo \u00a0x a\rb)") == ["echo \u00a0x a\rb"]


# Guard rails


def test_a_pipeline_that_never_ends_is_not_parsed() -> None:
    line = "git push --force; (" + "a|" * (MAX_OPERATORS + 1)
    assert reasons(line)
    assert "git push --force" in commands(line)


def test_long_text_is_not_parsed_and_not_lost() -> None:
    line = "git push --force\n( " + "x" * MAX_BYTES + " )"
    assert reasons(line)
    assert "git push --force" in commands(line)


def test_a_long_heredoc_is_no_reason_to_doubt() -> None:
    line = "cat > f <<'EOF'\n" + "a | b && c\n" * 20_000 + "EOF\ngit status"
    assert not reasons(line)
    assert commands(line) == ["cat", "git status"]


# Loading


def _python(code: str, *folders: str) -> str:
    """What a bare interpreter prints: no site-packages, only these folders."""
    lead = f"import sys; sys.path[:0] = {[str(REPOSITORY), *folders]!r}\n"
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", lead + code], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


PARSE = (
    "from agentic.recognize.shell.parser import parse\nsteps = parse('(git push --force)', '')\n"
)


def test_the_binding_is_loaded_without_its_package() -> None:
    installed = str(Path(tree_sitter.__file__).parents[1])
    code = (
        PARSE
        + "print([s.op for s in steps], 'tree_sitter' in sys.modules, 'typing' in sys.modules)"
    )
    assert _python(code, installed) == "['open', 'run', 'close'] False False"


def test_without_the_binding_the_line_is_unknown_and_not_lost() -> None:
    code = PARSE.replace("(git push --force)", "git push --force\\n(a)") + (
        "print([s.op for s in steps], [w.text for w in steps[0].command.words])"
    )
    assert _python(code) == "['run', ';', 'unknown'] ['git', 'push', '--force']"


def test_steps_are_values() -> None:
    assert Step("&&") == Step("&&")
