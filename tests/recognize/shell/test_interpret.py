"""The interpreter's own rules: states after success and failure, scopes, loops, what is carried on."""

from __future__ import annotations

from typing import Any

import pytest

from agentic.core.values import Operation, ToolCall
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.recognize import MAX_COMMAND_CHARACTERS, recognize
from agentic.recognize.shell.state import MAX_FOLDERS, MAX_VALUES, State, union, with_variable
from tests.fakes import FACTS, ROOT, FakeWorkspace


def recognised(line: str, **files: str) -> tuple[Operation, ...]:
    """What recognition says of a line, with files of the workspace."""
    workspace = FakeWorkspace({f"{ROOT}/{name}": text.encode() for name, text in files.items()})
    return recognize(ToolCall("shell", {"command": line}, ROOT), FACTS, workspace).operations


def targets(line: str, kind: str) -> list[str]:
    """The targets of all operations of a kind."""
    return [operation.target for operation in recognised(line) if operation.kind == kind]


# States


def test_a_union_keeps_both_values() -> None:
    first = with_variable(State(("/a",)), "X", (Word("1"),))
    second = with_variable(State(("/b",)), "X", (Word("2"),))
    both = union(first, second)
    assert both is not None
    assert both.cwds == ("/a", "/b")
    assert both.variables["X"] == (Word("1"), Word("2"))


def test_a_variable_set_on_one_way_only_may_be_anything() -> None:
    both = union(with_variable(State(("/a",)), "X", (Word("1"),)), State(("/a",)))
    assert both is not None
    assert both.variables["X"] == (Word("1"), Word("$X", literal=False))


def test_an_unreachable_state_adds_nothing() -> None:
    state = State(("/a",))
    assert union(None, state) is state
    assert union(state, None) is state
    assert union(None, None) is None


def test_too_many_folders_are_computed() -> None:
    state: State | None = State(("/0",))
    for number in range(1, MAX_FOLDERS + 2):
        state = union(state, State((f"/{number}",)))
    assert state is not None
    assert len(state.cwds) == MAX_FOLDERS
    assert state.is_cwd_computed


def test_too_many_values_are_computed() -> None:
    state: State | None = with_variable(State(("/a",)), "X", (Word("0"),))
    for number in range(1, MAX_VALUES + 2):
        state = union(state, with_variable(State(("/a",)), "X", (Word(str(number)),)))
    assert state is not None
    assert not state.variables["X"][-1].literal


@pytest.mark.parametrize(
    ("line", "folders"),
    [
        ("cd /gone && frob", ["/gone"]),
        ("cd /gone; frob", ["/gone", ROOT]),
        ("cd /gone || exit; frob", ["/gone"]),
        ("cd /gone || cd /lost; frob", ["/gone", "/lost", ROOT]),
        ("cd /gone && true || frob", [ROOT]),
        ("! cd /gone && frob", [ROOT]),
        ("if cd /gone; then frob; fi", ["/gone"]),
        ("if cd /gone; then :; else frob; fi", [ROOT]),
        ("if ! cd /gone; then exit; fi; frob", ["/gone"]),
        ("(cd /gone); frob", [ROOT]),
        ("cd /gone & frob", [ROOT]),
        ("{ cd /gone; } && frob", ["/gone"]),
        ("while cd /gone; do break; done; frob", ["/gone", ROOT]),
        ("f() { cd /gone; }; f && frob", ["/gone"]),
        ("x=$(cd /gone); frob", [ROOT]),
        ("eval 'cd /gone' && frob", ["/gone"]),
        ("f() { cd /gone || return 1; }; f; frob", ["/gone", ROOT]),
        ("f() { cd /gone; return; cd /lost; }; f && frob", ["/gone", "/lost", ROOT]),
        ("while x; do cd /gone && break; cd /lost; done; frob", ["/gone", "/lost", ROOT]),
        ("false && cd /gone; frob", ["/gone", ROOT]),  # what seems unreachable counts all the same
        ("set -e; cd /gone; frob", ["/gone"]),
        ("set -e; set +e; cd /gone; frob", ["/gone", ROOT]),
    ],
)
def test_folders(line: str, folders: list[str]) -> None:
    written = targets(line.replace("frob", "touch here"), "file.write-outside")
    inside = targets(line.replace("frob", "touch here"), "file.write")
    found = {target.rpartition("/")[0] for target in (*written, *inside)}
    assert found == set(folders)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('X="a b"; frob $X', ["frob a b"]),
        ('X="a b"; frob "$X"', ["frob a b"]),
        ("X=a; frob ${X}b", ["frob ab"]),
        ("X=; frob $X c", ["frob c"]),
        ('X=; frob "$X" c', ["frob  c"]),
        ("for X in a b; do frob $X; done", ["frob a", "frob b"]),
        ("X=a; [ y ] && X=b; frob $X", ["frob a", "frob b"]),
        ("X=a; (X=b); frob $X", ["frob a"]),
        ("X=a; echo b | read X; frob $X", ["frob a", "frob b"]),
        ("X=a Y=b; frob $X$Y", ["frob ab"]),
        ("X=a frob $X", ["frob $X"]),
        ("f() { frob $1 $2; }; f a b", ["frob a b"]),
        ('f() { frob "$@"; }; f a "b c"', ["frob a b c"]),
        ("f() { shift; frob $1; }; f a b", ["frob b"]),
        ("set -- a b; frob $2", ["frob b"]),
        ("frob $(printf 'a b')", ["frob a b"]),
        ("frob $(basename /x/y.py .py)", ["frob y"]),
        ("frob ${X:-a}", ["frob a", "frob ${X:-a}"]),
        ("X=b; frob ${X:-a}", ["frob b"]),
        ("frob $((1 + 2))", ["frob 12345"]),
        ("a=(x 'y z'); frob \"${a[@]}\"", ["frob x y z"]),
        ("X=a; X+=b; frob $X", ["frob ab"]),
        ("while read -r L; do frob $L; done < list", ["frob $L"]),
        ("export X=a; frob $X", ["frob a"]),
        ("IFS=,; X=a,b; frob $X", ["frob a,b"]),
    ],
)
def test_what_words_become(line: str, words: list[str]) -> None:
    assert sorted(targets(line, "unknown.program")) == sorted(words)


def test_a_loop_forgets_what_its_body_sets() -> None:
    line = 'X=a; while true; do frob "$X"; X=$(date); done'
    assert targets(line, "unknown.program") == ["frob a", "frob $X"]


def test_a_script_goes_on_in_the_folder_it_was_started_in() -> None:
    found = recognised("sh a.sh && touch here", **{"a.sh": "cd /gone\n"})
    assert {o.target for o in found if o.kind == "file.write"} == {f"{ROOT}/here"}


def test_inputs_are_the_files_that_were_read() -> None:
    found = recognised("./a.sh", **{"a.sh": "#!/bin/sh\ngit push --force\n"})
    push = next(operation for operation in found if operation.kind == "git.force-push-protected")
    assert [path for path, _ in push.inputs] == [f"{ROOT}/a.sh"]
    assert all(len(digest) == 64 for _, digest in push.inputs)


def test_reads_are_told() -> None:
    workspace = FakeWorkspace({f"{ROOT}/a.sh": b"git status"})
    found = recognize(ToolCall("shell", {"command": "sh a.sh"}, ROOT), FACTS, workspace)
    assert f"{ROOT}/a.sh" in found.reads


# The entry


class Broken(FakeWorkspace):
    """A workspace whose port fails in a way that nobody foresaw."""

    def kind(self, path: str) -> str:
        raise ZeroDivisionError("broken")


def test_a_fault_is_an_operation() -> None:
    call = ToolCall("shell", {"command": "frob; cd x; git status"}, ROOT)
    found = recognize(call, FACTS, Broken()).operations
    assert found[0].kind == "unknown.program"
    assert found[-1].kind == "unknown.fault"
    assert "broken" in found[-1].because


@pytest.mark.parametrize("given", [{}, {"command": None}, {"command": 3}, {"command": ["git"]}])
def test_a_call_without_text(given: dict[str, Any]) -> None:
    found = recognize(ToolCall("shell", given, ROOT), FACTS, FakeWorkspace()).operations
    assert [operation.kind for operation in found] == ["unknown.shell"]


def test_a_line_beyond_all_measure_is_not_read() -> None:
    found = recognised("x" * (MAX_COMMAND_CHARACTERS + 1))
    assert [operation.kind for operation in found] == ["unknown.shell"]


def test_a_call_without_a_folder_is_in_the_workspace() -> None:
    call = ToolCall("shell", {"command": "touch x"}, "")
    found = recognize(call, FACTS, FakeWorkspace()).operations
    assert [(o.kind, o.target) for o in found] == [("file.write", f"{ROOT}/x")]


def test_there_is_always_an_operation() -> None:
    assert [operation.kind for operation in recognised("")] == ["shell.inert"]


def test_no_stdin_is_shared() -> None:
    assert Stdin() == Stdin("inherit")
