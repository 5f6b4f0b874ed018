"""What sed and awk scripts do besides printing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.recognize.programs.stream_editors import MAX_SCRIPT, awk_effects, sed_effects


@pytest.mark.parametrize(
    "script",
    [
        "s/a/b/g",
        "s|/w x|/e|",
        "s/[/w]/x/",
        "s/[]/w]/x/",
        "s/[[:alpha:]/w]/x/",
        "s/a\\/w b/c/",
        "/foo/,/bar/{s/a/b/;d}",
        "1!G;h;$!d",
        "a\\\nw file",
        "i text e x",
        "y/abc/wer/",
        ":a;N;$!ba;s/\\n/ /g",
        "\\,w x,d",
        "# w file",
        "/w x/p",
    ],
)
def test_sed_that_only_prints(script: str) -> None:
    effects = sed_effects(script)
    assert (effects.writes, effects.reads, effects.runs, effects.unclear) == ([], [], [], "")


@pytest.mark.parametrize(
    ("script", "writes", "reads", "runs"),
    [
        ("w out", ["out"], [], []),
        ("/x/w out", ["out"], [], []),
        ("1,3{p;w out\n}", ["out"], [], []),
        ("s/a/b/gw out", ["out"], [], []),
        ("s/a/[/;s/b/]/w out", ["out"], [], []),
        ("r in", [], ["in"], []),
        ("1e rm x", [], [], ["rm x"]),
        ("p;s/[^/]*$/x/w a b", ["a b"], [], []),
    ],
)
def test_sed_that_does_more(
    script: str, writes: list[str], reads: list[str], runs: list[str]
) -> None:
    effects = sed_effects(script)
    assert (effects.writes, effects.reads, effects.runs) == (writes, reads, runs)


@pytest.mark.parametrize("script", ["s/a/b/e", "s/a/b/ge", "e", "1e", "s/a", "s/[/b/"])
def test_sed_that_is_unclear(script: str) -> None:
    assert sed_effects(script).unclear


@pytest.mark.parametrize(
    "program",
    [
        "{print $1}",
        "$1 > 3",
        "{ if ($1 > 3) print $2 }",
        "{ print ($1 > 3) }",
        "{ x = $1 > 3; print x }",
        '{ print "a > b | c system(x)" }',
        "/a|b>c/ { print }",
        "{ print $1 / 2 / 3 }",
        "# print > x\n{ print }",
        "NR % 2 || /x/ { n++ } END { print n / NR }",
        '{ print ENVIRON["HOME"] }',
    ],
)
def test_awk_that_only_prints(program: str) -> None:
    effects = awk_effects(program)
    assert (effects.writes, effects.runs, effects.unclear) == ([], [], "")
    assert not effects.shows_environment


@pytest.mark.parametrize(
    ("program", "writes", "runs"),
    [
        ('{print > "out"}', ["out"], []),
        ('{print $1, $2 >> "out"}', ["out"], []),
        ('{printf("%s", $1) > "out"}', ["out"], []),
        ('BEGIN{system("rm x")}', [], ["rm x"]),
        ('BEGIN { system ( "rm x" ) }', [], ["rm x"]),
        ('{print | "sh"}', [], ["sh"]),
        ('BEGIN{"id" | getline x; print x}', [], ["id"]),
        ('BEGIN{print "x" |& "/inet/tcp/0/h/9"}', [], ["/inet/tcp/0/h/9"]),
    ],
)
def test_awk_that_does_more(program: str, writes: list[str], runs: list[str]) -> None:
    effects = awk_effects(program)
    assert (effects.writes, effects.runs) == (writes, runs)


@pytest.mark.parametrize(
    "program",
    [
        "{print > $1}",
        "{system($0)}",
        '{system("rm " $1)}',
        "{print | cmd}",
        "{cmd | getline}",
        "BEGIN{@f()}",
    ],
)
def test_awk_that_is_unclear(program: str) -> None:
    assert awk_effects(program).unclear


def test_awk_that_shows_the_environment() -> None:
    assert awk_effects("BEGIN{for (k in ENVIRON) print k, ENVIRON[k]}").shows_environment


def test_long_scripts_are_not_followed() -> None:
    assert sed_effects("p;" * MAX_SCRIPT).unclear
    assert awk_effects("/[" * MAX_SCRIPT).unclear


@given(st.text(alphabet='swerp/\\[]{};\n"|>@$1 ,!', max_size=40))
def test_any_script_is_scanned_and_nothing_raises(script: str) -> None:
    sed_effects(script)
    awk_effects(script)
