"""All problems of a policy at once, each with its place and what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentic.authoring.build import shipped_documents
from agentic.authoring.compile import compile_policy, shipped_problems
from agentic.authoring.review import check_files, check_policies
from agentic.authoring.validate import ParsedFile, parse_policy, reference_problems, vocabulary_of
from agentic.errors import Diagnostic, InvalidDocument
from agentic.shipped import POLICIES, shipped_folder
from tests.authoring.conftest import Place


@pytest.fixture(scope="module")
def shipped() -> list[ParsedFile]:
    return shipped_documents(shipped_folder(POLICIES))


def checked(tmp_path: Path, text: str) -> list[Diagnostic]:
    file = tmp_path / "p.yaml"
    file.write_text("version: 1\n" + text)
    found = check_files([str(file)])
    here = f"{tmp_path}/"
    return [
        d._replace(where=d.where.replace(here, ""), help=d.help.replace(here, "")) for d in found
    ]


def entry(kinds: str = "terraform.apply", mode: str = "STOP", more: str = "") -> str:
    return f"modes:\n  - kinds: [{kinds}]\n    mode: {mode}\n    because: it matters a lot\n{more}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            entry("terraform.aply"),
            (
                "p.yaml:3:13: unknown operation `terraform.aply` [policy.unknown-kind]\n"
                "  help: did you mean `terraform.apply`? the catalogue is policies/operations.yaml"
            ),
        ),
        (
            entry("zzz.qqq"),
            (
                "p.yaml:3:13: unknown operation `zzz.qqq` [policy.unknown-kind]\n"
                "  help: the catalogue is policies/operations.yaml"
            ),
        ),
        (
            entry("terrafrm.*"),
            (
                "p.yaml:3:13: the pattern `terrafrm.*` matches no operation [policy.empty-pattern]\n"
                "  help: the catalogue is policies/operations.yaml"
            ),
        ),
        (
            entry(mode="STOPP"),
            "p.yaml:4:11: unknown mode `STOPP` [policy.unknown-mode]\n  help: did you mean `STOP`?",
        ),
        (
            entry(mode="stop"),
            "p.yaml:4:11: unknown mode `stop` [policy.unknown-mode]\n  help: did you mean `STOP`?",
        ),
        (
            entry(mode="ASK"),
            (
                "p.yaml:4:11: unknown mode `ASK` [policy.unknown-mode]\n"
                "  help: it is one of `AUTO`, `CONSULT`, `STOP`"
            ),
        ),
        (
            entry(more="    environments: [prodution]\n"),
            (
                "p.yaml:6:20: unknown environment `prodution` [policy.unknown-environment]\n"
                "  help: did you mean `production`?"
            ),
        ),
        (
            entry(more="    environmnts: [dev]\n"),
            (
                "p.yaml:6:5: unknown key `environmnts` [policy.unknown-key]\n"
                "  help: did you mean `environments`?"
            ),
        ),
        (
            "modess: []\n",
            "p.yaml:2:1: unknown key `modess` [policy.unknown-key]\n  help: did you mean `modes`?",
        ),
        (
            "modes:\n  - kinds: [terraform.apply]\n    mode: STOP\n",
            "p.yaml:3:5: the key `because` is missing [policy.missing-key]",
        ),
        (
            entry(more="    environments: []\n"),
            "p.yaml:6:19: `environments` is empty, so it could never hold [policy.wrong-value]",
        ),
        (
            "modes:\n  - kinds: terraform.apply\n    mode: STOP\n    because: it matters a lot\n",
            "p.yaml:3:12: `kinds` must be a list, not `terraform.apply` [policy.wrong-value]",
        ),
        (
            (
                "escalation:\n  - id: acme.night\n    signal: clock.of-hours\n    to: climb\n"
                "    because: nobody is awake\n"
            ),
            (
                "p.yaml:4:13: unknown signal `clock.of-hours` [policy.unknown-signal]\n"
                "  help: did you mean `clock.off-hours`? the list is policies/signals.yaml"
            ),
        ),
        (
            "escalation:\n  - id: acme.night\n    to: climb\n    because: nobody is awake\n",
            (
                "p.yaml:3:5: an escalator is about one `signal` or about `at_least` so many, "
                "not both or none [policy.escalator]"
            ),
        ),
        (
            (
                "escalation:\n  - id: acme.one\n    at_least: 1\n    to: climb\n"
                "    because: nobody is awake\n"
            ),
            "p.yaml:4:15: `at_least` is too small [policy.wrong-value]",
        ),
        (
            (
                "signals:\n  - signal: clock.off-hours\n    meaning: nobody is awake\n    reads:\n"
                '      - {kind: clock, zone: UTC, days: [Mon], start: "18:00", end: "08:00"}\n'
            ),
            "p.yaml:6:54: the hours 18:00-08:00 are empty [policy.clock]",
        ),
        (
            "sensitive_paths:\n  - pattern: vault/*\n    path_class: secrets\n    because: it holds keys\n",
            (
                "p.yaml:4:17: unknown value of `path_class` `secrets` [policy.wrong-value]\n"
                "  help: did you mean `secret`?"
            ),
        ),
        (
            (
                "environments:\n  - name: production\n    because: it is the real one\n"
                "    names: {contxt: [x]}\n"
            ),
            (
                "p.yaml:5:13: unknown value of `contxt` `contxt` [policy.wrong-value]\n"
                "  help: did you mean `context`?"
            ),
        ),
        (
            (
                "operations: [{kind: a.b, meaning: something new, effects: [read], reversible: 'no', "
                "example: x}]\n"
            ),
            "p.yaml:2:1: `operations` belong to the shipped policy alone [policy.shipped-only]",
        ),
        (
            (
                "escalation:\n  - id: escalation.off-hours\n    signal: incident.active\n    to: climb\n"
                "    because: nobody is awake\n"
            ),
            (
                "p.yaml:3:9: the rule `escalation.off-hours` is a shipped one [policy.duplicate-rule]\n"
                "  help: give the rule an id of its own; it joins the shipped one, the stricter wins"
            ),
        ),
        (
            entry(mode="CONSULT", more="    environments: [production]\n"),
            (
                "p.yaml:4:11: `terraform.apply` in production is STOP already, and a layer may not "
                "loosen it to CONSULT [policy.looser-mode]\n  help: remove the entry, or make it stricter"
            ),
        ),
        (
            entry("terraform.*", "AUTO"),
            (
                "p.yaml:4:11: `terraform.apply` in staging is STOP already, and a layer may not loosen "
                "it to AUTO [policy.looser-mode]\n  help: remove the entry, or make it stricter"
            ),
        ),
        (
            entry(more="    environments: [dev]\n")
            + "  - {kinds: [terraform.apply], environments: [dev], mode: CONSULT, because: once more}\n",
            (
                "p.yaml:7:5: the rule `layer.terraform-apply-dev` is given twice [policy.duplicate-rule]\n"
                "  help: first at p.yaml:3:5"
            ),
        ),
    ],
)
def test_a_problem_is_told_with_its_place_and_its_mending(
    tmp_path: Path, text: str, expected: str
) -> None:
    (found,) = checked(tmp_path, text)
    assert str(found) == expected


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = entry("terraform.aply, kubernetes.aply", more="    way: x\n") + "rols: []\nprograms: 3\n"
    shape = checked(tmp_path, text)
    assert [d.code for d in shape] == ["policy.wrong-value", "policy.unknown-key"]
    references = checked(tmp_path, entry("terraform.aply, kubernetes.aply"))
    assert [d.code for d in references] == ["policy.unknown-kind", "policy.unknown-kind"]


def test_text_that_would_move_a_terminal_is_refused(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, entry().replace("a lot", '"\\e[2J"').replace("it matters", ""))
    assert found.code == "policy.wrong-value"
    assert "\x1b" not in str(found)


def test_a_missing_version_is_told(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("modes: []\n")
    (found,) = check_files([str(file)])
    assert (found.code, found.message) == ("policy.missing-key", "the key `version` is missing")


def test_a_file_that_holds_no_keys_is_told(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("- a\n- b\n")
    (found,) = check_files([str(file)])
    assert (found.code, found.message) == ("policy.syntax", "the file must hold keys with values")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (found,) = check_files([str(tmp_path / "gone.yaml")])
    assert found.code == "policy.unreadable"


def test_no_message_names_a_python_type(tmp_path: Path) -> None:
    for text in ("modes: 3\n", "modes: [3]\n", "settings: []\n", "version: x\n", "workspace: 1\n"):
        for found in checked(tmp_path, text):
            assert not any(
                word in found.message
                for word in ("str", "int", "dict", "NoneType", "Model", "valid dict")
            ), found


def test_the_shipped_policy_is_valid_with_its_cases_and_its_reference(place: Place) -> None:
    assert check_policies(str(place.root), str(place.state), str(place.config)) == ()


# The shipped documents themselves


def changed(shipped: list[ParsedFile], name: str, before: str, after: str) -> list[ParsedFile]:
    text = (Path(shipped_folder(POLICIES)) / name).read_text()
    assert before in text
    new = parse_policy(text.replace(before, after, 1).encode(), f"policies/{name}")
    return [new if file.name == f"policies/{name}" else file for file in shipped]


def test_a_kind_without_a_mode_is_a_gap_that_is_named(shipped: list[ParsedFile]) -> None:
    files = changed(shipped, "modes.yaml", "kinds: [git.push]", "kinds: [git.fetch]")
    messages = [d.message for d in shipped_problems(files, vocabulary_of(files))]
    assert "the operation `git.push` has no mode for local, dev, staging, production" in messages
    with pytest.raises(InvalidDocument):
        compile_policy(files)


def test_a_kind_without_a_mode_in_one_environment_is_a_gap(shipped: list[ParsedFile]) -> None:
    files = changed(
        shipped,
        "modes.yaml",
        "  - kinds: [file.write-manifest]\n    environments: [staging]",
        "  - kinds: [file.write-manifest]\n    environments: [unknown]",
    )
    messages = [d.message for d in shipped_problems(files, vocabulary_of(files))]
    assert messages == ["the operation `file.write-manifest` has no mode for staging"]


def test_a_rule_given_twice_is_told_with_both_places(shipped: list[ParsedFile]) -> None:
    files = changed(shipped, "modes.yaml", "kinds: [git.push]", "kinds: [git.push, git.fetch]")
    (found,) = shipped_problems(files, vocabulary_of(files))
    assert found.message == "the rule `modes.git-fetch` is given twice"
    assert found.help.startswith("first at policies/modes.yaml:")


def test_a_kind_given_twice_is_told(shipped: list[ParsedFile]) -> None:
    files = changed(shipped, "operations.yaml", "kind: git.fetch", "kind: git.read")
    messages = [d.message for d in shipped_problems(files, vocabulary_of(files))]
    assert "the kind `git.read` is given twice" in messages


def test_an_unknown_operation_in_an_escalator_and_a_role_is_told(shipped: list[ParsedFile]) -> None:
    files = changed(shipped, "escalation.yaml", "- helm.apply", "- helm.aply")
    (found,) = reference_problems(files, vocabulary_of(files))
    assert found.message == "unknown operation `helm.aply`"
    files = changed(shipped, "permissions.yaml", "- helm.apply", "- helm.aply")
    (found,) = reference_problems(files, vocabulary_of(files))
    assert found.help.startswith("did you mean `helm.apply`?")
