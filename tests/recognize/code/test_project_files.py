import pytest

from agentic.core.native import sha256_hex
from agentic.core.values import Operation, ToolCall
from agentic.recognize.programs.declarations import (
    requirement_name,
    requirements_in,
    toml_dependencies,
    toml_scripts,
)
from agentic.recognize.programs.makefiles import (
    COMPUTED,
    immediate_commands,
    read_justfile,
    read_makefile,
    recipe_lines,
)
from agentic.recognize.project import task_kind
from agentic.recognize.recognize import recognize
from tests.fakes import FACTS, ROOT, FakeWorkspace, kinds


def recognised(command: str, files: dict[str, str]) -> tuple[Operation, ...]:
    held = {f"{ROOT}/{path}": text.encode() for path, text in files.items()}
    return recognize(
        ToolCall("shell", {"command": command}, ROOT), FACTS, FakeWorkspace(held)
    ).operations


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Requests>=2", "requests"),
        ("zope.interface [x]; python_version < '3'", "zope-interface"),
        ("a_b", "a-b"),
        ("x @ https://example.com", "x"),
        ("two words", ""),
        ("", ""),
    ],
)
def test_a_requirement_begins_with_its_name(text: str, name: str) -> None:
    assert requirement_name(text) == name


def test_a_requirements_file_declares_its_lines() -> None:
    assert requirements_in("# c\n-r x.txt\nFlask==2 # why\n\nrich\n") == {"flask", "rich"}


def test_dependencies_of_every_table_are_declared_and_nothing_else() -> None:
    text = (
        '[project]\nname = "me"\ndescription = "uses leftpad"\ndependencies = ["a>=1", "b"]\n'
        'keywords = ["c"]\n[project.optional-dependencies]\ndev = [\n  "d",\n  "e[x]",\n]\n'
        '[build-system]\nrequires = ["hatchling"]\n[dependency-groups]\ntest = ["f"]\n'
        '[tool.poetry.dependencies]\ng = "^1"\n[tool.ruff]\nline-length = 100\n'
    )
    assert toml_dependencies(text) == {"a", "b", "d", "e", "hatchling", "f", "g"}


def test_tasks_are_read_as_text_or_not_at_all() -> None:
    text = (
        '[project.scripts]\nconsole = "pkg:main"\n[tool.pdm.scripts]\none = "pytest -q"\n'
        'two = {cmd = "ruff check"}\nthree = {call = "pkg:main"}\nfour = [\n  "a b",\n  "c",\n]\n'
    )
    assert toml_scripts(text, "scripts") == {
        "one": ["pytest -q"],
        "two": ["ruff check"],
        "three": [],
        "four": ["a b", "c"],
    }


def lines_of(text: str, goal: str, given: dict[str, str] | None = None) -> list[str]:
    return recipe_lines(read_makefile(text), [goal], given or {}, "/w")[0]


def test_variables_are_put_in_wherever_they_are_set() -> None:
    text = "x:\n\t$(A) ${B} $$HOME $@\nA = one\nB := $(A) two\n"
    assert lines_of(text, "x") == ["one one two $HOME x"]


def test_the_line_wins_over_the_file() -> None:
    assert lines_of("A = one\nx:\n\techo $(A)\n", "x", {"A": "two"}) == ["echo two"]


def test_two_possible_values_are_computed() -> None:
    text = "ifdef CI\nA = one\nelse\nA = two\nendif\nx:\n\techo $(A)\n"
    assert lines_of(text, "x") == [f"echo {COMPUTED}"]


def test_commands_of_shell_functions_come_first() -> None:
    assert lines_of("A = $(shell id)\nx:\n\techo $(A)\n", "x") == ["id", f"echo {COMPUTED}"]
    assert immediate_commands(read_makefile("A := $(shell id)\nB = $(shell no)\n"), {}, "/w") == [
        "id"
    ]


def test_a_variable_that_holds_itself_ends() -> None:
    assert COMPUTED in lines_of("A = $(A)\nx:\n\techo $(A)\n", "x")[0]


def test_needs_run_first_and_once() -> None:
    text = "x: a b\n\tlast\na: b\n\tfirst-a\nb:\n\tfirst-b\n"
    assert lines_of(text, "x") == ["first-b", "first-a", "last"]


def test_a_circle_of_needs_ends() -> None:
    assert lines_of("a: b\n\tone\nb: a\n\ttwo\n", "a") == ["two", "one"]


def test_marks_before_a_recipe_line_are_no_part_of_it() -> None:
    assert lines_of("x:\n\t@-+ echo a\n", "x") == ["echo a"]


def test_a_recipe_may_stand_on_the_rule_itself() -> None:
    assert lines_of("x: ; echo a\n\techo b\n", "x") == ["echo a", "echo b"]


def test_a_goal_without_a_rule_is_missing() -> None:
    assert recipe_lines(read_makefile("x:\n\ty\n"), ["z"], {}, "/w") == ([], ["z"])


def test_a_justfile_has_parameters_and_aliases() -> None:
    recipes = read_justfile(
        'd := "dev"\nalias s := ship\nship where=d: lint\n    run {{ where }} $HOME\nlint:\n    ruff\n'
    )
    assert recipes.default == "ship"
    assert recipes.rules["ship"].parameters == ("where=d",)
    assert recipe_lines(recipes, ["s"], {"where": "prod"}, "/w")[0] == ["ruff", "run prod $HOME"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("deploy-staging", "deploy.run"),
        ("roll", ""),
        ("publish:docs", "package.publish"),
        ("rollback_and_deploy", "deploy.rollback"),
        ("redeploy", ""),
        ("test", ""),
    ],
)
def test_a_task_is_told_by_the_words_of_its_name(name: str, kind: str) -> None:
    assert task_kind(name) == kind


def test_a_file_that_shapes_an_operation_is_an_input_of_it() -> None:
    text = "ship:\n\tgit push --force origin main\n"
    (operation,) = recognised("make ship", {"Makefile": text})
    assert operation.inputs == ((f"{ROOT}/Makefile", sha256_hex(text.encode())),)


def test_a_script_of_package_json_is_bound_to_its_text() -> None:
    text = '{"scripts":{"ship":"git push --force origin main"}}'
    (operation,) = recognised("npm run ship", {"package.json": text})
    assert operation.inputs == ((f"{ROOT}/package.json", sha256_hex(text.encode())),)


def test_a_makefile_written_in_the_same_call_is_judged_as_written() -> None:
    command = "printf 'x:\\n\\tgit push --force origin main\\n' > Makefile && make x"
    assert "git.force-push-protected" in kinds(recognised(command, {"Makefile": "x:\n\techo\n"}))


def test_a_broken_package_json_is_not_taken_as_empty() -> None:
    assert kinds(recognised("npm run x", {"package.json": "{"})) == ["unknown.shell"]


def test_a_makefile_that_calls_itself_ends() -> None:
    assert kinds(recognised("make x", {"Makefile": "x:\n\t$(MAKE) x\n"}))


def test_computed_words_of_a_kept_recipe_are_what_building_stands_for() -> None:
    files = {"Makefile": "x:\n\t$(shell which tool) --all\n"}
    assert kinds(recognised("make x", files)) == ["shell.read-system"]
