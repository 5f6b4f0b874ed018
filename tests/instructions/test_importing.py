"""Scattered files of ten hosts become one manifest, each body once, and what is lost is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agentic.admission.judge import Judge
from agentic.errors import CheckFailed
from agentic.instructions.beginning import Begun, imported
from agentic.instructions.engine import prepared
from agentic.instructions.foreign import PLACES, front_fields
from agentic.instructions.tree import write_file
from tests.instructions.sample import MANIFEST

RULE = "# Kubernetes\n\nProbes on every container.\nLimits on every container.\n"
COMMAND = "# Status\n\n```bash\nkubectl get pods\ngit status\n```\n"
DEPLOY = "# Deploy\n\n```bash\nkubectl --context acme-staging apply -k k8s/overlays/staging\n```\n"


def put(root: Path, **files: str) -> None:
    """Write files by path."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def manifest_of(start: Begun) -> dict[str, Any]:
    """The manifest that an import would write."""
    return dict(yaml.safe_load(dict(start.files)[MANIFEST]))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


def test_one_rule_kept_for_five_hosts_is_carried_once(here: Path, judge: Judge) -> None:
    fronts = {
        ".claude/rules/k8s.md": "---\npaths:\n  - k8s/**\n---\n",
        ".cursor/rules/k8s.mdc": "---\nglobs: k8s/**\nalwaysApply: false\n---\n",
        ".windsurf/rules/kubernetes.md": "---\ntrigger: glob\nglobs: k8s/**\n---\n",
        ".github/instructions/k8s.instructions.md": '---\napplyTo: "k8s/**"\n---\n',
        ".kiro/steering/k8s.md": "---\ninclusion: fileMatch\nfileMatchPattern: 'k8s/**'\n---\n",
    }
    put(here, **{path: front + RULE for path, front in fronts.items()})
    start = imported(str(here), MANIFEST, judge, ())
    content = manifest_of(start)
    assert content["rules"] == [
        {
            "id": "k8s",
            "source": "rules/k8s.md",
            "description": "Kubernetes",
            "trigger": "globs",
            "globs": ["k8s/**"],
        }
    ]
    assert content["hosts"] == ["claude-code", "cursor", "windsurf", "copilot", "kiro"]
    assert sum("one is kept" in note for note in start.notes) == 4
    assert dict(start.files)[".agentic/instructions/rules/k8s.md"].decode() == RULE


@pytest.mark.parametrize(
    ("path", "front", "wanted"),
    [
        (".cursor/rules/a.mdc", "alwaysApply: true", "always"),
        (".cursor/rules/a.mdc", "description: Reports", "description"),
        (".cursor/rules/a.mdc", "alwaysApply: false", "manual"),
        (".windsurf/rules/a.md", "trigger: model_decision", "description"),
        (".windsurf/rules/a.md", "trigger: always_on", "always"),
        (".kiro/steering/a.md", "inclusion: auto", "description"),
        (".github/instructions/a.instructions.md", 'applyTo: "**"', "always"),
        (".clinerules/a.md", "paths: [src/**]", "globs"),
        (".claude/rules/a.md", "", "always"),
    ],
)
def test_every_hosts_word_for_a_trigger(
    path: str, front: str, wanted: str, here: Path, judge: Judge
) -> None:
    put(here, **{path: f"---\n{front}\n---\n{RULE}"})
    (rule,) = manifest_of(imported(str(here), MANIFEST, judge, ()))["rules"]
    assert rule["trigger"] == wanted


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".claude/commands/status.md", f"---\ndescription: Status\n---\n{COMMAND}"),
        (".windsurf/workflows/status.md", f"---\ndescription: Status\n---\n{COMMAND}"),
        (".gemini/commands/status.toml", f"description = 'Status'\nprompt = '''\n{COMMAND}'''\n"),
        (".github/prompts/status.prompt.md", f"---\ndescription: Status\n---\n{COMMAND}"),
        (".opencode/command/status.md", f"---\ndescription: Status\n---\n{COMMAND}"),
    ],
)
def test_a_mode_is_proposed_from_what_policy_says_of_the_commands(
    path: str, text: str, here: Path, judge: Judge
) -> None:
    put(here, **{path: text})
    start = imported(str(here), MANIFEST, judge, ())
    (found,) = manifest_of(start)["workflows"]
    assert found["id"] == "status"
    assert found["mode"] == "AUTO"
    assert found["operations"][:2] == ["kubernetes.read", "git.read"]
    assert any("AUTO is proposed" in note for note in start.notes)


def test_a_proposed_mode_is_as_strict_as_the_command(here: Path, judge: Judge) -> None:
    put(here, **{".claude/skills/deploy/SKILL.md": f"---\nname: deploy\n---\n{DEPLOY}"})
    (skill,) = manifest_of(imported(str(here), MANIFEST, judge, ()))["skills"]
    assert skill["operations"] == ["kubernetes.apply"]
    assert skill["environments"] == ["staging"]
    assert skill["mode"] == "CONSULT"


def test_a_text_that_shows_no_command_is_unknown_and_never_auto(here: Path, judge: Judge) -> None:
    put(here, **{".cursor/commands/think.md": "Think about it.\n"})
    start = imported(str(here), MANIFEST, judge, ())
    (found,) = manifest_of(start)["workflows"]
    assert found["mode"] == "CONSULT"
    assert any("until you name its operations" in note for note in start.notes)


def test_allowed_tools_that_are_too_wide_are_left_out_and_told(here: Path, judge: Judge) -> None:
    front = (
        "---\nallowed-tools: Bash(kubectl:*), Read, Bash(git status)\nmodel: opus\nhooks: x\n---\n"
    )
    put(here, **{".claude/commands/status.md": front + COMMAND})
    start = imported(str(here), MANIFEST, judge, ())
    (found,) = manifest_of(start)["workflows"]
    assert found["tools"] == ["read", "shell(git status)"]
    told = "\n".join(start.notes)
    assert "`shell(kubectl *)` is left out: it admits `kubectl delete x`" in told
    assert "`hooks`, `model` have no place in a manifest" in told


def test_arguments_come_from_the_hint(here: Path, judge: Judge) -> None:
    front = '---\nargument-hint: "<service> [target env]"\n---\n'
    put(here, **{".claude/commands/status.md": front + COMMAND})
    (found,) = manifest_of(imported(str(here), MANIFEST, judge, ()))["workflows"]
    assert found["arguments"] == [
        {"name": "service", "description": "service"},
        {"name": "target-env", "description": "target env", "required": False},
    ]


def test_an_agent_that_policy_knows_is_carried_and_another_is_told(
    here: Path, judge: Judge
) -> None:
    put(
        here,
        **{
            ".claude/agents/drift-monitor.md": "---\nname: drift-monitor\ntools: Read, Grep\n---\nWatch.\n",
            ".claude/agents/jester.md": "---\nname: jester\n---\nJoke.\n",
            ".codex/agents/ml-trainer.toml": "name = 'ml-trainer'\ndeveloper_instructions = 'Train.'\n",
        },
    )
    start = imported(str(here), MANIFEST, judge, ())
    roles = {role["id"]: role for role in manifest_of(start)["roles"]}
    assert roles["drift-monitor"]["role"] == "DriftMonitor"
    assert roles["drift-monitor"]["tools"] == ["read", "search"]
    assert set(roles) == {"drift-monitor", "ml-trainer"}
    assert any("no role for an agent called `jester`" in note for note in start.notes)


def test_the_first_standing_page_becomes_agents_and_others_rules(here: Path, judge: Judge) -> None:
    put(
        here,
        **{
            "CLAUDE.md": "# Project\n\nRun the tests.\nKeep it small.\nPin versions.\n",
            ".cursorrules": "# Project\n\nRun the tests.\nKeep it small.\nPin versions.\n",
            ".github/copilot-instructions.md": "# Other\n\nWrite docs.\nMeasure first.\nAsk.\n",
            "GEMINI.md": "@./AGENTS.md\n",
        },
    )
    start = imported(str(here), MANIFEST, judge, ())
    page = dict(start.files)["AGENTS.md"].decode()
    assert page.startswith("# Project\n\nRun the tests.\n")
    assert "<!-- agentic: rules -->" in page
    (rule,) = manifest_of(start)["rules"]
    assert rule["id"] == "copilot-instructions"
    assert rule["trigger"] == "always"


def test_an_agents_page_that_is_there_is_not_touched(here: Path, judge: Judge) -> None:
    put(here, **{"AGENTS.md": "# Mine\n", "CLAUDE.md": "# Project\n\nRun the tests.\n"})
    start = imported(str(here), MANIFEST, judge, ())
    assert "AGENTS.md" not in dict(start.files)
    assert [rule["id"] for rule in manifest_of(start)["rules"]] == ["claude"]


def test_a_text_with_a_credential_or_hidden_characters_is_not_carried(
    here: Path, judge: Judge
) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2
    put(
        here,
        **{
            ".cursor/rules/a.mdc": f"# A\n\nUse {token}.\n",
            ".cursor/rules/b.mdc": "# B\n\nHidden\u200b.\n",
            ".claude/commands/c.md": "Now: !`id`\n",
        },
    )
    start = imported(str(here), MANIFEST, judge, ())
    assert "rules" not in manifest_of(start)
    told = "\n".join(start.notes)
    assert token not in told
    for code in (
        "instructions.secret",
        "instructions.hidden-character",
        "instructions.runs-on-load",
    ):
        assert code in told


def test_files_beside_a_skill_and_broken_toml_are_told(here: Path, judge: Judge) -> None:
    put(
        here,
        **{
            ".claude/skills/x/SKILL.md": "---\nname: x\n---\nText.\n",
            ".claude/skills/x/reference.md": "More.\n",
            ".claude/skills/x/scripts/run.py": "pass\n",
            ".gemini/commands/y.toml": "prompt = '''\n",
        },
    )
    told = "\n".join(imported(str(here), MANIFEST, judge, ()).notes)
    assert "not carried: `.claude/skills/x`: 2 files beside SKILL.md; keep by hand" in told
    assert "`.gemini/commands/y.toml`: it cannot be parsed" in told


def test_different_texts_of_one_name_are_both_kept(here: Path, judge: Judge) -> None:
    put(
        here,
        **{
            ".claude/commands/status.md": COMMAND,
            ".cursor/commands/status.md": "Entirely different words here.\n",
        },
    )
    found = manifest_of(imported(str(here), MANIFEST, judge, ()))["workflows"]
    assert [row["id"] for row in found] == ["status", "status-cursor"]


def test_what_was_imported_is_in_order(here: Path, judge: Judge) -> None:
    """The manifest passes every check; only the old files are in the way."""
    put(
        here,
        **{
            "CLAUDE.md": "# Project\n\nRun the tests.\n",
            ".cursor/rules/k8s.mdc": f"---\nglobs: k8s/**\n---\n{RULE}",
            ".claude/commands/status.md": COMMAND,
            ".windsurf/skills/deploy/SKILL.md": f"---\nname: deploy\n---\n{DEPLOY}",
            ".claude/agents/drift-monitor.md": "---\nname: drift-monitor\n---\nWatch.\n",
        },
    )
    for path, data in imported(str(here), MANIFEST, judge, ()).files:
        write_file(str(here), path, data)
    steps = prepared(str(here), judge).steps
    assert {step.action for step in steps} <= {"create", "update", "foreign", "copy", "keep"}


def test_a_manifest_that_is_there_is_never_replaced(root: Path, judge: Judge) -> None:
    with pytest.raises(CheckFailed):
        imported(str(root), MANIFEST, judge, ())


def test_nothing_to_import_is_an_empty_manifest(here: Path, judge: Judge) -> None:
    start = imported(str(here), MANIFEST, judge, ("cursor",))
    assert manifest_of(start) == {"version": 1, "hosts": ["cursor"]}
    assert "no host's files are here" in start.notes[0]


def test_places_are_each_named_once() -> None:
    assert len({place.folder for place in PLACES}) == len(PLACES)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("globs: **/*.py,src/**", {"globs": "**/*.py,src/**"}),
        ("a: [x, 'y']", {"a": ["x", "y"]}),
        ('a:\n  - x\n  - "y"', {"a": ["x", "y"]}),
        ("a: >\n  one\n  two", {"a": "one two"}),
        ("a: true\nb: false", {"a": True, "b": False}),
        ("a: 'it''s'", {"a": "it's"}),
        ("# comment\n\nno key here", {}),
        ('a: "x\\ny"', {"a": "x\ny"}),
        ('a: "x', {"a": '"x'}),
    ],
)
def test_front_matter_is_read_as_editors_write_it(text: str, wanted: dict[str, Any]) -> None:
    assert front_fields(text) == wanted


def test_marks_that_policy_refuses_are_left_out_and_told(here: Path, judge: Judge) -> None:
    text = "# Deploy\n\n// turbo\n```bash\nkubectl apply -f k8s --context prod\n```\n"
    put(here, **{".windsurf/workflows/deploy.md": text})
    start = imported(str(here), MANIFEST, judge, ())
    body = dict(start.files)[".agentic/instructions/workflows/deploy.md"].decode()
    assert "turbo" not in body
    assert "kubectl apply" in body
    assert any(note.startswith("its marks are left out: ") for note in start.notes)


def test_a_pattern_that_admits_anything_proposes_nothing(here: Path, judge: Judge) -> None:
    text = "---\nallowed-tools: Bash(kubectl:*)\n---\nLook at the cluster.\n"
    put(here, **{".claude/commands/look.md": text})
    (entry,) = manifest_of(imported(str(here), MANIFEST, judge, ()))["workflows"]
    assert (entry["operations"], entry["mode"]) == (["unknown.shell"], "CONSULT")


def test_a_byte_order_mark_and_windows_line_ends_are_taken_off(here: Path, judge: Judge) -> None:
    path = here / ".github/prompts/plan.prompt.md"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xef\xbb\xbf---\r\ndescription: Plans\r\n---\r\nPlan.\r\n")
    start = imported(str(here), MANIFEST, judge, ())
    assert dict(start.files)[".agentic/instructions/workflows/plan.md"] == b"Plan.\n"
    assert manifest_of(start)["workflows"][0]["description"] == "Plans"


@pytest.mark.parametrize(
    ("data", "why"), [(b"x\n" * 600_000, "is larger than"), (b"\xff\xfe", "it is not UTF-8 text")]
)
def test_a_standing_page_that_cannot_be_read_is_told(
    data: bytes, why: str, here: Path, judge: Judge
) -> None:
    (here / "CLAUDE.md").write_bytes(data)
    (note, *_) = imported(str(here), MANIFEST, judge, ()).notes
    assert note.startswith("not carried: `CLAUDE.md`")
    assert why in note
    assert note.count("CLAUDE.md") == 1
