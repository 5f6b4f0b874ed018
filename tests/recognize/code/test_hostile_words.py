"""Whatever the words are, a handler answers with operations and never raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.recognize.context import Context
from agentic.recognize.dispatch import run_words
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.programs import MODULES
from agentic.recognize.shell.interpret import run_script
from tests.fakes import FACTS, ROOT, FakeWorkspace

OWN = (
    "agents",
    "build",
    "git",
    "github",
    "languages",
    "node_packages",
    "packages",
    "python_projects",
    "servers",
)
PROGRAMS = [name for module in OWN for name in MODULES[module].split()]
FILES = {
    ROOT + "/.git/HEAD": b"ref: refs/heads/\xff\n",
    ROOT + "/.git/config": b"[alias]\n\tx = !x\n\ty = y\n[",
    ROOT + "/package.json": b'{"scripts":{"a":1,"b":"c $","test":null},"dependencies":[]}',
    ROOT + "/pyproject.toml": b"[tool.pdm.scripts]\na = [\n\xff",
    ROOT + "/Makefile": b"a: b\nb: a\n\t$(x\nx = $(x)\ndefine y\n",
    ROOT + "/justfile": b"a b=:\n {{\n",
    ROOT + "/composer.json": b"[]",
}
PIECES = (
    "- -- -c -f -n --force --dry-run --no- = a=b a b x run add push api mcp install -C .. / ~ : + +: $X @ "
    "https://h/x config exec ' é repos/o/r -e --config core.pager= --= -= test --call refs/heads/*:* "
    "graphql query=@- -X pr workflow dlx pip stash remote env --with submodule foreach \0"
).split(" ")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_without_words_has_an_answer(name: str) -> None:
    assert operations([Word(name)])


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(PROGRAMS),
    st.lists(
        st.tuples(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), st.booleans()),
        max_size=8,
    ),
)
def test_any_words_have_an_answer(name: str, texts: list[tuple[str, bool]]) -> None:
    assert operations([Word(name), *(Word(text, literal) for text, literal in texts)])


def operations(words: list[Word]) -> list[str]:
    context = Context(FACTS, FakeWorkspace(FILES), ROOT, run_words, run_script)
    run_words(context, words, Stdin(), {})
    assert context.cwd == ROOT
    return [operation.kind for operation in context.operations]
