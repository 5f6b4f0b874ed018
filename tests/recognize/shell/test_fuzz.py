"""Hostile lines: nothing raises, nothing takes long, nothing that was understood is lost.

Lines come from nowhere (random text), from below (deep nesting) and from near (the conformance cases,
changed here and there).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentic.core.values import Operation, ToolCall
from agentic.recognize.recognize import recognize
from tests.fakes import FACTS, ROOT, FakeWorkspace

EXAMPLES = 5000 if os.environ.get("AGENTIC_CAMPAIGN") == "whole" else 400
#: Far above what any line needs: a line that is quadratic in the parser takes minutes.
LIMIT_S = 20
CASES: list[dict[str, Any]] = [
    case
    for path in sorted((Path(__file__).parents[2] / "conformance").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text())
    if "command" in case
]
COMMANDS = [case["command"] for case in CASES]
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def _limit() -> Iterator[None]:
    """A test that hangs is ended."""
    signal.alarm(LIMIT_S * 60)
    yield
    signal.alarm(0)


def operations(line: str, files: dict[str, bytes] | None = None) -> tuple[Operation, ...]:
    """What recognition says of a line; it may take `LIMIT_S` and must not fail inside."""
    call = ToolCall("shell", {"command": line}, ROOT)
    left = signal.alarm(LIMIT_S)
    found = recognize(call, FACTS, FakeWorkspace(files)).operations
    signal.alarm(left)
    assert found
    faults = [operation.because for operation in found if operation.kind == "unknown.fault"]
    assert not faults, (line, faults)
    return found


def kinds(line: str) -> set[str]:
    """The kinds of a line, without what only says that nothing happens."""
    return {operation.kind for operation in operations(line)} - {"shell.inert"}


@SETTINGS
@given(line=st.text(max_size=200))
def test_random_text(line: str) -> None:
    operations(line)


@SETTINGS
@given(data=st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    operations(data.decode("utf-8", "surrogateescape"))


SHARDS = st.sampled_from(
    ["(", ")", "{", "}", "$(", "`", '"', "'", "\\", "|", "&", ";", "\n", "<<", "E", "<", ">", "$", "${",
     "((", "))", "[[", "]]", "if ", "then ", "fi", "for x in ", "do ", "done", "case ", "esac", "while ",
     "f()", "rm ", "git ", "x", " ", "=", "~", "*", "#", "!", "$'", "<(", "é", "\0", "\x07", "\ud800",
     "a{1..9}", "{a,b}", "eval ", "sudo ", "xargs ", "find . -exec ", "sh -c ", "cd ", "=(", "+="]
)  # fmt: skip


@SETTINGS
@given(line=st.lists(SHARDS, max_size=40).map("".join))
def test_random_syntax(line: str) -> None:
    operations(line)


@SETTINGS
@given(data=st.data())
def test_changed_commands(data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(COMMANDS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(line)))
        width = data.draw(st.integers(0, 4))
        line = line[:at] + data.draw(st.one_of(st.just(""), SHARDS)) + line[at + width :]
    operations(line)


WRAPPINGS = (
    "git status; {}",
    "git status && {}",
    "git status || {}",
    "git status\n{}",
    "if git status; then\n{}\nfi",
    "for x in 1; do\n{}\ndone",
    "(\n{}\n)",
    "{{\n{}\n}}",
    "while git status; do\n{}\ndone",
)


@SETTINGS
@given(case=st.sampled_from(CASES), wrapping=st.sampled_from(WRAPPINGS))
def test_a_command_is_found_wherever_it_stands(case: dict[str, Any], wrapping: str) -> None:
    line = case["command"]
    alone = kinds(line)
    if "unknown.shell" in alone:  # text that is not whole swallows what is written around it
        return
    wrapped = kinds(wrapping.format(line))
    # Where the parser cannot read the words (`{git,push}` below `then`), that is said: a person is asked.
    assert alone <= wrapped or "unknown.shell" in wrapped, wrapping.format(line)


@SETTINGS
@given(first=st.sampled_from(COMMANDS), second=st.sampled_from(COMMANDS))
def test_what_is_added_takes_nothing_away(first: str, second: str) -> None:
    alone = kinds(first)
    if "unknown.shell" in alone:
        return
    assert alone <= kinds(f"{first}\n{second}")


@pytest.mark.parametrize("depth", [50, 5_000])
@pytest.mark.parametrize(
    "shape",
    ["( {} )", "{{ {}; }}", "echo $( {} )", 'echo "$( {} )"', "if a; then {}; fi", "! {}", "f() {{ {}; }}",
     "for x in a; do {}; done", "case a in a) {};; esac", "echo <( {} )", "while a; do {}; done",
     "eval {}", "sudo {}", "xargs {}", "find . -exec {} \\;", "env {}", "a | {}", "a && {}"],
)  # fmt: skip
def test_deep_nesting(shape: str, depth: int) -> None:
    before, after = shape.split("{}")
    line = (
        (before * depth + "git push --force" + after * depth).replace("{{", "{").replace("}}", "}")
    )
    found = {operation.kind for operation in operations(line)}
    assert found & {"git.force-push-protected", "unknown.shell"}


@pytest.mark.parametrize(
    "line",
    [
        "a|" * 30_000,
        "a|" * 490 + "git push --force",
        "a&&" * 30_000,
        "a;" * 30_000,
        "(" * 30_000,
        "$(" * 30_000,
        "`" * 30_001,
        '"' * 30_001,
        "'" * 30_001,
        "{" * 30_000,
        "{a,b}" * 5_000,
        "{1..9}" * 5_000,
        "\\" * 30_001,
        "<<E " * 3_000,
        "<<E\n" * 3_000,
        "a=(" * 5_000,
        "${x:-" * 5_000,
        "$((" * 5_000,
        "x" * 900_000,
        "echo " + "x " * 60_000,
        "if a; then " * 3_000,
        "f() { f; }; f;" * 300,
        "for i in 1 2; do " * 300 + "cd ..; " + "done; " * 300,
        "cd a; " * 2_000,
        "".join(f"X{i}=$X{i - 1}$X{i - 1}; " for i in range(60)) + "echo $X59",
        "".join(f"X{i}=a; [ a ] && X{i}=b; " for i in range(50))
        + "echo "
        + "$X1 $X2 $X3 $X4 " * 12,
        "cat <<E\n" + "$(a) " * 3_000 + "\nE",
        "git push --force; " + "'",
        "\n".join(f"f{i}() {{ f{i + 1}; f{i + 1}; }}" for i in range(40)) + "\nf0",
    ],
    ids=lambda line: f"{line[:12]}-{len(line)}",
)
def test_lines_beyond_all_measure(line: str) -> None:
    operations(line)


def test_a_script_that_calls_itself() -> None:
    files = {
        f"{ROOT}/a.sh": b"sh b.sh; sh b.sh",
        f"{ROOT}/b.sh": b"sh a.sh; sh a.sh; git push --force",
    }
    found = {operation.kind for operation in operations("sh a.sh", files)}
    assert "git.force-push-protected" in found
