"""Every program of the file, text, machine, network and data modules, on words that mean nothing."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.core.values import ToolCall
from agentic.recognize.context import Context
from agentic.recognize.dispatch import run_words
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.recognize import recognize
from agentic.recognize.shell.interpret import run_script
from tests.fakes import FACTS, ROOT, FakeWorkspace

MODULES = "archives databases files migrations network stream_editors system text transfer".split()
PROGRAMS = sorted(
    name
    for module in MODULES
    for name in import_module(f"agentic.recognize.programs.{module}").PROGRAMS
)

_TEXTS = st.one_of(
    st.sampled_from(
        "-r -f -x -c -i -e -o -d -t -a -T -K -X --delete --help -- - a.txt .env $x *.py x=y @.env "
        "http://h/ host:/x {} ; . / ~ select /dev/sda =".split()
    ),
    st.text(alphabet="-=ab/.:@$*'\"{}\0\n ", max_size=8),
)
_WORDS = st.lists(
    st.tuples(_TEXTS, st.booleans(), st.booleans()).map(lambda made: Word(*made)), max_size=6
)
_STDIN = st.sampled_from(
    (
        Stdin(),
        Stdin("pipe"),
        Stdin("text", "select 1;\n!ls\n\\! ls", known=True),
        Stdin("file", path=".env"),
        Stdin("pipe", fetched=True),
    )
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_without_arguments_something_is_recognised(name: str, catalogue: set[str]) -> None:
    context = Context(FACTS, FakeWorkspace(), ROOT, run_words, run_script)
    run_words(context, [Word(name)], Stdin(), {})
    kinds = {operation.kind for operation in context.operations}
    assert kinds <= catalogue


@settings(max_examples=1500, deadline=None)
@given(name=st.sampled_from(PROGRAMS), words=_WORDS, stdin=_STDIN)
def test_any_words_are_recognised_and_nothing_raises(
    name: str, words: list[Word], stdin: Stdin
) -> None:
    context = Context(FACTS, FakeWorkspace(), ROOT, run_words, run_script)
    run_words(context, [Word(name), *words], stdin, {})
    assert all(operation.kind.count(".") == 1 for operation in context.operations)


_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_FIELDS = (
    "path paths content new edits url urls prompt query agent name input server tool arguments glob"
).split()


@settings(max_examples=600, deadline=None)
@given(
    tool=st.sampled_from(
        "read write edit delete search fetch browse notebook agent mcp other x".split()
    ),
    given_input=st.dictionaries(st.sampled_from(_FIELDS), _VALUES, max_size=5),
)
def test_any_input_of_any_tool_is_recognised(tool: str, given_input: dict[str, object]) -> None:
    found = recognize(ToolCall(tool, given_input, ROOT), FACTS, FakeWorkspace()).operations
    assert found
    assert "unknown.fault" not in {operation.kind for operation in found}


def test_every_program_is_registered_where_it_is_written() -> None:
    from agentic.recognize.programs import REGISTRY

    assert [name for name in PROGRAMS if name not in REGISTRY] == []
