"""Recognition against the real shell: what bash runs, we must have seen.

Random scripts are run by bash with no program on its search path, so that every command ends in
`command_not_found_handle`, which writes down its words. Each of them must be among what recognition
found, and a word that is called literal must be the word that bash passes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agentic.core.values import ToolCall
from agentic.recognize.recognize import recognize
from agentic.recognize.shell.commands import lex_widely
from agentic.recognize.shell.lexer import lex
from tests.fakes import FACTS, ROOT, FakeWorkspace

EXAMPLES = 3000 if os.environ.get("AGENTIC_CAMPAIGN") == "whole" else 300
BASH = shutil.which("bash") or "/bin/bash"
HOOK = 'command_not_found_handle() { printf "%s\\0" "$*" >&9; return $((${#1} % 2)); }\n'
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

Run = Callable[[str], set[str]]


@pytest.fixture
def run_by_bash(tmp_path: Path) -> Run:
    """What bash runs for a script: the words of each command, joined by blanks."""

    def run(script: str) -> set[str]:
        reading, writing = os.pipe()  # ends only when every process that bash started has ended
        bash = subprocess.Popen(
            [BASH, "--norc", "-c", f"exec 9>&{writing} {writing}>&-\n{HOOK}{script}"],
            cwd=tmp_path,
            env={"PATH": "/nonexistent", "HOME": "~", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(writing,),
        )
        os.close(writing)
        with os.fdopen(reading, "rb") as trace:
            ran = trace.read().decode().split("\0")
        bash.wait(timeout=20)
        return {words.strip() for words in ran if words.strip()}

    return run


def seen(script: str) -> tuple[set[str], set[str]]:
    """The commands that recognition found, and the kinds of operations."""
    call = ToolCall("shell", {"command": script}, ROOT)
    operations = recognize(call, FACTS, FakeWorkspace()).operations
    found = {" ".join(o.target.split()) for o in operations if o.kind == "unknown.program"}
    return found, {o.kind for o in operations}


WORDS = st.sampled_from(
    ["a", "-x", "b=c", "'q r'", '"s t"', "u\\ v", "w'x'\"y\"", "{d,e}", "$'f\\x67'", "''", "h#i",
     '"$V"', "$V", "${V}j", "~/k", "l:m", "'$(n)'", '"\\$o"', "p\\\nq", "%", "+", "é"]
)  # fmt: skip
NAMES = st.sampled_from(["zz1", "zz2", "'zz3'", "zz\\4", '"zz5"', "zz6"])
REDIRECTS = st.sampled_from(["", "", " >/dev/null", " 2>&1", " </dev/null", " <<< 'x y'"])


def command() -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, words, redirect: " ".join([name, *words]) + redirect,
        NAMES,
        st.lists(WORDS, max_size=3),
        REDIRECTS,
    )


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} && {}".format, inner, inner),
        st.builds("{} || {}".format, inner, inner),
        st.builds("{}; {}".format, inner, inner),
        st.builds("{}\n{}".format, inner, inner),
        st.builds("{} | {}".format, inner, inner),
        st.builds("( {} )".format, inner),
        st.builds("{{ {}; }}".format, inner),
        st.builds("! {}".format, command()),
        st.builds("if {}; then {}; else {}; fi".format, inner, inner, inner),
        st.builds("if {}\nthen {}\nelif {}; then {}\nfi".format, inner, inner, inner, inner),
        st.builds("for V in x 'y z'; do {}; done".format, inner),
        st.builds("while {}; do {}; break; done".format, inner, inner),
        st.builds("until {}; do {}; break; done".format, inner, inner),
        st.builds("case $V in (a|v) {};; *) {} ;; esac".format, inner, inner),
        st.builds("f() {{ {}; }}; f".format, inner),
        st.builds("zz7 $({})".format, inner),
        st.builds('zz8 "x$({})y"'.format, inner),
        st.builds("zz9 < <({})".format, inner),
        st.builds("W=$({}); {}".format, inner, inner),
        st.builds("{} <<E\nt $V\nE\n{}".format, command(), inner),
        st.builds("{} <<'E' && {}\n$(no)\nE\n{}".format, command(), inner, inner),
        st.builds("eval '{}'".format, inner.filter(lambda text: "'" not in text)),
        st.builds("{{ {}; }} >/dev/null".format, inner),
    )


SCRIPTS = st.recursive(command(), compound, max_leaves=6).filter(lambda text: len(text) < 1_500)


@SETTINGS
@given(script=SCRIPTS)
@example(script="zz1 a <<E\nx\nE\nc2")
@example(script="if zz1; then zz2; fi | zz3")
@example(script="V='a b'; zz1 $V \"$V\"; { zz2; } >/dev/null")
def test_what_bash_runs_is_seen(script: str, run_by_bash: Run) -> None:
    script = f"V=v\n{script}"
    found, kinds = seen(script)
    ran = {" ".join(words.split()) for words in run_by_bash(script) if len(words) < 180}
    missing = {
        words for words in ran if words not in found and not words.startswith(("zz7", "zz8"))
    }
    assert not missing or "unknown.shell" in kinds, (script, missing, found)
    if "unknown.shell" not in kinds:
        assert {words.split()[0] for words in ran} <= {words.split()[0] for words in found}


PIECES = st.sampled_from(
    ["a", "B9", "-", "_", ".", "/", ":", "=", ",", "+", "@", "%", "^", "]", "'x y'", '"z w"', '"a\'b"',
     "'c\"d'", "\\ ", "\\\\", "\\'", '\\"', "\\$", "\\*", "\\n", "''", '""', '"\\n"', '"\\$x"', '"\\\\"',
     '"#"', "#", "!", "~", "é", "ß", "{}", "\\\n", '"\\\n"', "'*'", '"?"', "\\~", "1", '"a\nb"']
)  # fmt: skip
WIDE_PIECES = st.one_of(
    PIECES,
    st.sampled_from(
        [
            "{a,b}",
            "{1..3}",
            "{c..a}",
            "{x,{y,z}}",
            "{q",
            "p}",
            "{,r}",
            "{01..3}",
            "{s}",
            "$'\\t'",
            "$'\\x41'",
            "$'\\101'",
            "$'it\\'s'",
            '$"v"',
            "$'\\u00e9'",
            "{a,'b c'}",
            "{1..5..2}",
            "{a,}",
        ]
    ),
)


def passed(line: str, folder: Path) -> list[str]:
    """The words that bash passes to the command of a line."""
    answer = subprocess.run(
        [BASH, "--norc", "-c", line],
        cwd=folder,
        env={"PATH": "/nonexistent", "HOME": "~", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        timeout=20,
        check=True,
    )
    return answer.stdout.decode().split("\0")[:-1]


@SETTINGS
@given(
    words=st.lists(st.lists(PIECES, min_size=1, max_size=5).map("".join), min_size=1, max_size=4)
)
def test_literal_words_are_what_bash_passes(words: list[str], tmp_path: Path) -> None:
    line = "printf '%s\\0' . " + " ".join(words)
    steps = lex(line)
    if steps is None or len(steps) != 1 or not all(w.literal for w in steps[0].command.words):
        return
    assert [w.text for w in steps[0].command.words[2:]] == passed(line, tmp_path), line


@SETTINGS
@given(words=st.lists(st.lists(WIDE_PIECES, min_size=1, max_size=4).map("".join), max_size=3))
@example(words=["{a,b}{1..2}"])
@example(words=["~root", "$'a\\'b'"])
def test_words_with_braces_are_what_bash_passes(words: list[str], tmp_path: Path) -> None:
    line = "printf '%s\\0' . " + " ".join(words)
    steps = lex_widely(line)
    if steps is None or len(steps) != 1 or not all(w.literal for w in steps[0].command.words):
        return
    assert [w.text for w in steps[0].command.words[2:]] == passed(line, tmp_path), line


LINES = st.lists(
    st.sampled_from(
        ["a", "b1", "-x", "--foo=bar", " ", "  ", "'q s'", '"d $X"', "\\ ", "$X", "${Y}", "*", "?",
         "[ab]", "|", "&&", "||", ";", "\n", "&", ">", " > f", "2>&1", "<g", ">>h", " # c", "#", "~",
         "~/x", "=", "A=1 ", 'B="x" ', "{}", "é", "\\\\", "''", '""', "$?", "$1", "!", "%", "|&", "2>",
         "&>", "&>>f", ">|", "\\;", "\\n", ",", ":", "]", "[", '"a\\"b"', "/", "if", "time", "in", "$$",
         "<>", "-", "\t", "\\\n", "{", "}", "(", ")", "`", "$(", "<<E", "[[", "function", "\r", "\0"]
    ),
    max_size=9,
).map("".join)  # fmt: skip


@SETTINGS
@given(line=LINES)
@example(line="a <g b")
@example(line="2>2>&1")
def test_bash_parses_what_the_lexer_accepts(line: str) -> None:
    if lex(line) is None:
        return
    answer = subprocess.run([BASH, "-n"], input=line.encode(), capture_output=True, check=False)
    assert answer.returncode == 0, (line, answer.stderr)
