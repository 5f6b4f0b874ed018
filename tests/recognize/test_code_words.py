"""Code of languages that are not parsed: how calls and their arguments are found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.recognize.code_vocabulary import VOCABULARIES
from agentic.recognize.code_words import MAX_CHARACTERS, judge_text
from agentic.recognize.context import Context
from agentic.recognize.dispatch import run_words
from agentic.recognize.interface import Word
from agentic.recognize.shell.interpret import run_script
from tests.fakes import FACTS, ROOT, FakeWorkspace

PUSH = "git push --force origin main"
#: One way of running a shell command in each language that has one.
RUNS = {
    "javascript": "require('child_process').execSync('{}')",
    "ruby": "system('{}')",
    "perl": "system('{}');",
    "php": "shell_exec('{}');",
    "r": "system('{}')",
    "lua": "os.execute('{}')",
    "julia": "run(`{}`)",
    "applescript": 'do shell script "{}"',
}


def found_in(
    language: str, code: str, *, args: tuple[str, ...] = (), is_kept: bool = False
) -> set[str]:
    """The kinds of operations in code."""
    context = Context(FACTS, FakeWorkspace(), ROOT, run_words, run_script)
    judge_text(context, language, code, [Word(text) for text in args], is_kept=is_kept)
    return {operation.kind for operation in context.operations}


def test_every_language_has_a_case() -> None:
    assert set(RUNS) == set(VOCABULARIES)


@pytest.mark.parametrize("language", sorted(RUNS))
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_command_is_judged_as_shell_text(language: str, is_kept: bool) -> None:
    code = RUNS[language].format(PUSH)
    assert "git.force-push-protected" in found_in(language, code, is_kept=is_kept)
    assert "git.force-push-protected" in found_in(
        language, f"x = 1\n  {code}\ny = 2", is_kept=is_kept
    )


@pytest.mark.parametrize("language", sorted(set(RUNS) - {"julia", "applescript"}))
def test_a_command_that_is_not_literal_is_unknown(language: str) -> None:
    code = RUNS[language].replace("'{}'", "x" if language in {"javascript", "r", "lua"} else "$x")
    assert found_in(language, code) == {"unknown.shell"}
    assert found_in(language, code, is_kept=True) == set()


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("javascript", "require('child_process').execSync('git push ' + x)"),
        ("javascript", "require('child_process').execSync(`git push ${x}`)"),
        ("ruby", 'system("git push #{x}")'),
        ("perl", 'system("git push $x")'),
        ("perl", "system('git push ' . $x)"),
        ("php", "system('git push ' . $x)"),
        ("lua", "os.execute('git push ' .. x)"),
    ],
)
def test_what_is_joined_to_a_command_makes_it_computed(language: str, code: str) -> None:
    assert "unknown.shell" in found_in(language, code)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("javascript", "/exec/.exec(x); spawnPoint(1); respawn('x')"),
        ("javascript", "const systemic = 1; console.log('unlink')"),
        ("ruby", "puts :system; @exec = 1; x.subsystem('a')"),
        ("perl", "print if /system/; my $exec = 1; $h{unlink} = 1"),
        ("php", "$system = 1; echo 'x';"),
        ("r", "mysystem('x'); print(1)"),
        ("lua", "print(execute)"),
    ],
)
def test_a_word_that_is_no_call_means_nothing(language: str, code: str) -> None:
    assert found_in(language, code) == set()


def test_arguments_of_the_line_are_known() -> None:
    outside = ("/home/ada/other",)
    assert found_in("javascript", "fs.unlinkSync(process.argv[1])", args=outside) == {
        "file.delete-outside"
    }
    assert found_in("ruby", "File.delete(ARGV[0])", args=outside) == {"file.delete-outside"}
    assert found_in("perl", "unlink($ARGV[0])", args=outside) == {"file.delete-outside"}
    assert found_in("perl", "unlink($ARGV[1])", args=outside) == {"unknown.shell"}


def test_comments_are_no_code() -> None:
    assert found_in("javascript", "// fs.rmSync('/home/ada/x', {recursive: true})") == set()
    assert found_in("ruby", "# system('git push')") == set()


def test_code_that_is_too_long_is_unknown() -> None:
    assert found_in("ruby", "x" * (MAX_CHARACTERS + 1)) == {"unknown.shell"}


@given(
    st.sampled_from(sorted(VOCABULARIES)),
    st.text(alphabet="abx'\"`$@#{}()[].,:;=+\\\n <>|%qx-", max_size=80),
)
@settings(max_examples=200, deadline=None)
def test_any_text_is_answered_and_hides_nothing(language: str, noise: str) -> None:
    found_in(language, noise)
    code = noise.replace(VOCABULARIES[language].comments, "") + "\n" + RUNS[language].format(PUSH)
    kinds = found_in(language, code)
    assert kinds & {"git.force-push-protected", "unknown.shell"}
