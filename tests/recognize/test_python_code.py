"""Python code as it is read: values, folding, bounds, and that hiding a call never makes it vanish."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.recognize.context import Context
from agentic.recognize.dispatch import run_words
from agentic.recognize.interface import Word
from agentic.recognize.programs.interpreters import Start, python_start
from agentic.recognize.python import values
from agentic.recognize.python.call import plain_name
from agentic.recognize.python.calls import CALLS, DANGEROUS
from agentic.recognize.python.nodes import EXPRESSIONS, STATEMENTS
from agentic.recognize.python.scripts import source_encoding
from agentic.recognize.python.tree import MAX_CODE_CHARACTERS, parsed
from agentic.recognize.python.values import Value, combined, constant, folded, joined_path, word_of
from agentic.recognize.python.walk import MAX_NODES, judge_code
from agentic.recognize.shell.interpret import run_script
from tests.fakes import FACTS, ROOT, FakeWorkspace


def found_in(code: str, *, is_kept: bool = False, arguments: tuple[str, ...] = ()) -> set[str]:
    """The kinds of operations in code."""
    context = Context(FACTS, FakeWorkspace(), ROOT, run_words, run_script)
    words = [Word(text) for text in arguments]
    judge_code(context, code, arguments=words, is_kept=is_kept)
    return {operation.kind for operation in context.operations}


def words(text: str) -> list[Word]:
    """An argument vector."""
    return [Word(part) for part in text.split()]


# The command line


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("-c x a b", Start("code", Word("x"), (Word("a"), Word("b")))),
        ("-cx", Start("code", Word("x"))),
        ("-IBc x", Start("code", Word("x"))),
        ("-W ignore -c x", Start("code", Word("x"))),
        ("-Wignore -X dev -c x", Start("code", Word("x"))),
        ("-m a.b -c", Start("module", Word("a.b"), (Word("-c"),))),
        ("-uma.b", Start("module", Word("a.b"))),
        (
            "--check-hash-based-pycs never f.py -c x",
            Start("file", Word("f.py"), (Word("-c"), Word("x"))),
        ),
        ("-i f.py", Start("file", Word("f.py"))),
        ("-- f.py", Start("file", Word("f.py"))),
        ("- a", Start("stdin", Word("-"), (Word("a"),))),
        ("-u", Start("stdin", Word("-"))),
        ("", Start("stdin", Word("-"))),
        ("-VV", Start("inform", Word("-VV"))),
        ("-sV", Start("inform", Word("-sV"))),
    ],
)
def test_a_command_line_says_what_runs(line: str, start: Start) -> None:
    assert python_start(words(line)) == start


# Values


def test_texts_fold_as_python_folds_them() -> None:
    for code in (
        "'a' + 'b'",
        "'%s-%s' % ('a', 'b')",
        "f'{1}x{2!s}'",
        "'{}/{}'.format('a', 'b')",
        "'ab'[::-1]",
        "' '.join(['a', 'b'])",
        "'ab' * 3",
        "'a b'.split()[1]",
        "'aXb'.replace('X', '')",
    ):
        context = Context(FACTS, FakeWorkspace(), ROOT, run_words, run_script)
        from agentic.recognize.interface import Stdin
        from agentic.recognize.python.walk import Walk

        walk = Walk(context, (), "", Stdin(), is_kept=False)
        expression = ast.parse(code, mode="eval").body
        assert values.known_text(walk.value(expression)) == ast.literal_eval(repr(eval(code))), code


def test_what_is_not_known_stays_visible_in_a_text() -> None:
    text = combined("Add", constant("rm -rf "), values.UNKNOWN)
    assert word_of(text) == Word("rm -rf ${value}", literal=False)


def test_an_absolute_part_begins_a_path_anew() -> None:
    assert word_of(joined_path((constant("a"), constant("/etc"), constant("x")))).text == "/etc/x"
    assert word_of(joined_path((constant("a"), constant("~/x")))).text == "~/x"


@pytest.mark.parametrize("trait", sorted(values.TAINTS))
def test_a_taint_survives_what_is_done_with_a_value(trait: str) -> None:
    tainted = Value("computed", traits=frozenset((trait,)))
    assert trait in combined("Add", constant("a"), tainted).traits
    assert trait in values.joined_text((constant("a"), tainted)).traits
    assert trait in values.listed((tainted,)).traits
    assert trait in values.choice((tainted, constant("a"))).traits
    assert trait in values.element(values.listed((tainted,)), values.UNKNOWN).traits


@pytest.mark.parametrize(
    "code",
    [
        "'a' * 10**9",
        "'a'.replace('', 'b' * 60000)",
        "'{:>999999999}'.format('a')",
        "'%999999999s' % 'a'",
        "9 ** 9 ** 9",
    ],
)
def test_folding_is_not_lured_into_work(code: str) -> None:
    assert found_in(f"x = {code}") == set()


def test_folding_refuses_unknown_codecs() -> None:
    result = folded("decode", constant(b"x"), [constant("utf-7")])
    assert result is not None
    assert values.DECODED in result.traits


# Bounds


@pytest.mark.parametrize(
    "code",
    [
        "(" * 30_000,
        "-" * 60_000 + "1",
        "a" + ".b" * 30_000,
        "1" + "+1" * 30_000,
        "not " * 15_000 + "1",
        "if 1:pass\n" + "elif 1:pass\n" * 5_000,
        "\0",
        "\ud800",
        "x" * (MAX_CODE_CHARACTERS + 1),
        "def",
        "\\",
        "a if b else " * 5_000 + "c",
        "lambda:" * 8_000 + "1",
        "'" * 3,
        "match x:\n case",
    ],
    ids=range(15),
)
def test_code_that_cannot_be_read_is_unknown(code: str) -> None:
    assert found_in(code) == {"unknown.shell"}


@pytest.mark.parametrize(
    "code",
    [
        "x = y = 1\n" + "x = [x, x]\ny = [y, y]\n" * 60 + "if 1: x = y\n",
        "x = y = 1\n" + "x = f(x, x)\ny = f(y, y)\n" * 60 + "if 1: x = y\n",
        "x = y = 1\n" + "x = {'a': x, 'b': x}\n" * 60,
        "".join(f"def f{i}(a):\n f{i + 1}(a); f{i + 1}(a); f{i + 1}(a)\n" for i in range(40))
        + "f0(1)",
        "def f(): f()\nf()",
        "a = 'x' * 1000\n" + "a = a + a\n" * 2_000,
        "for a in b:\n for c in d:\n  for e in f:\n   " + "g(a, c, e);" * 3_000,
    ],
    ids=range(7),
)
def test_hostile_growth_ends(code: str) -> None:
    assert found_in(code) <= {"unknown.shell"}


def test_code_longer_than_the_bound_of_nodes_is_said() -> None:
    code = "import os\n" + "a(1,2,3,4,5,6,7,8,9,0)\n" * 2_800
    assert len(code) < MAX_CODE_CHARACTERS
    calls = "\n".join(["def f(n):", *["    a(1,2,3,4)"] * 300, *["f(1)"] * 300])
    assert found_in(calls) == {"unknown.shell"}
    assert MAX_NODES > 12 * 2_800 or found_in(code) == {"unknown.shell"}


@pytest.mark.parametrize(
    "path", sorted(Path(ast.__file__).parent.glob("[a-h]*.py")), ids=lambda path: path.name
)
def test_real_modules_are_read_without_a_fault(path: Path) -> None:
    text = path.read_text()[:MAX_CODE_CHARACTERS]
    found_in(text, is_kept=True)
    found_in(text)


# Hiding


CALL = "os.system('git push --force origin main')"
SHAPES = (
    "{}",
    "if x:\n    {}",
    "for i in y:\n    {}",
    "while x:\n    {}",
    "with z as w:\n    {}",
    "try:\n    {}\nfinally:\n    pass",
    "try:\n    pass\nexcept E:\n    {}",
    "def f():\n    {}",
    "class A:\n    def m(self):\n        {}",
    "async def g():\n    {}",
    "match x:\n    case 1:\n        {}",
    "def f():\n    def g():\n        {}\n    return 1",
    "h = lambda: {}",
    "k = [{} for i in y]",
    "k = {{1: {}}}",
    "print({})",
    "x = {}",
    "x: int = {}",
    "x += {}",
    "assert {}",
    "raise E({})",
    "del a[{}]",
    "a[{}] = 1",
    "y if {} else z",
    "({}, 1)",
    "not {}",
    "1 < {}",
    "f'''{{{}}}'''",
    "f'''{{x:{{{}}}}}'''",
    "try:\n    pass\nexcept {}:\n    pass",
    "def f(a: {}): pass",
    "def f(*a: {}): pass",
    "(x := {})",
    "f(*{})",
    "f(**{})",
    "a and {}",
    "@d({})\ndef f(): pass",
    "class A(B, metaclass={}): pass",
    "def f(a={}): pass",
    "yield_ = ({} for i in y)",
    "global q\n{}",
    "x[{}:1]",
    "-{}",
    "lambda a={}: a",
    "try:\n    pass\nexcept* E:\n    {}",
    "async def g():\n    async for i in {}: pass",
    "return_ = await_({})",
    "if {}: pass",
    "def f() -> {}: pass",
    "x: {} = 1",
    "{}.attr",
    "while {}: pass",
    "for i in {}: pass",
    "with {}: pass",
    "k = {{{}: 1}}",
    "k = {{{}}}",
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_call_is_found_wherever_it_stands(shape: str, is_kept: bool) -> None:
    code = "import os\n" + shape.format(CALL)
    ast.parse(code)
    assert "git.force-push-protected" in found_in(code, is_kept=is_kept)


@given(st.lists(st.sampled_from(SHAPES[:12]), min_size=1, max_size=5), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_call_is_found_below_any_nesting(shapes: list[str], is_kept: bool) -> None:
    code = CALL
    for shape in shapes:
        before, _, after = shape.partition("{}")
        indent = before.rpartition("\n")[2]
        code = before + code.replace("\n", "\n" + indent) + after
    code = "import os\n" + code
    ast.parse(code)
    assert "git.force-push-protected" in found_in(code, is_kept=is_kept)


@given(
    st.text(
        alphabet="abc()[]{}.,:=+*'\"\n #@lambda import os system exec eval def if for in",
        max_size=120,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_text_is_answered(code: str) -> None:
    kinds = found_in(code)
    if parsed(code) is None:
        assert "unknown.shell" in kinds


@given(
    st.sampled_from(sorted(DANGEROUS)),
    st.sampled_from(
        [
            "x = [{}]",
            "x = {{'a': {}}}",
            "f({})",
            "f(a={})",
            "a.b = {}",
            "def g(): return {}",
            "a['x'] = {}",
        ]
    ),
)
def test_a_function_that_is_handed_on_is_unknown(name: str, shape: str) -> None:
    assert "unknown.shell" in found_in(
        "import os, subprocess, shutil, pty, importlib\n" + shape.format(name)
    )


@pytest.mark.parametrize("name", sorted(DANGEROUS))
def test_a_dangerous_function_never_passes_with_arguments_that_are_not_known(name: str) -> None:
    if name in {"os.dup2", "getattr"}:  # judged by what follows
        return
    assert found_in(f"import os, subprocess, shutil\n{name}(input(), input())") != set()


def test_kept_code_may_compute_but_not_say() -> None:
    assert found_in("import subprocess\nsubprocess.run(x)", is_kept=True) == set()
    assert found_in("import subprocess\nsubprocess.run(x)") == {"unknown.shell"}
    assert found_in("import os\nos.remove('/home/ada/x')", is_kept=True) == {"file.delete-outside"}


# Tables


def test_handlers_stand_under_plain_names() -> None:
    assert [name for name in CALLS if plain_name(name) != name] == []


def test_nodes_of_the_tables_exist() -> None:
    newer = {"TryStar", "Match"}
    missing = [
        name for name in (*STATEMENTS, *EXPRESSIONS) if name not in newer and not hasattr(ast, name)
    ]
    assert missing == []


def test_what_is_dangerous_is_judged() -> None:
    assert set(CALLS) >= DANGEROUS


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("# -*- coding: utf-8 -*-\n", "utf-8"),
        ("#!/usr/bin/python\n# vim: set fileencoding=rot13 :\n", "rot13"),
        ("#coding=UTF_7\n", "utf-7"),
        ("x = 1\n# coding: rot13\n", ""),
        ("\n# coding: rot13\n", "rot13"),
        ("\n\n# coding: rot13\n", ""),
        ("'coding: rot13'\n", ""),
    ],
)
def test_an_encoding_is_declared_in_the_first_two_lines(text: str, encoding: str) -> None:
    assert source_encoding(text) == encoding


def test_reading_code_leaves_the_filters_of_warnings_alone() -> None:
    import warnings

    before = list(warnings.filters)
    assert parsed(r"'\d' is 1") is not None
    assert list(warnings.filters) == before
