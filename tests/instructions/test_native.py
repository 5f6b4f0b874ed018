"""Each host's files are what the host documents: names, front matter, formats, tools."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import yaml

from agentic.admission.judge import Judge
from agentic.instructions.foreign import front_fields
from agentic.instructions.native import NATIVES, native_of
from agentic.instructions.native.draft import Raw, scalar
from agentic.instructions.native.shared import FOLDERS
from agentic.instructions.text import parted
from tests.instructions.generated import front, synced
from tests.instructions.sample import CONTENT


@pytest.fixture(scope="module")
def files(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Everything that the sample becomes."""
    from tests.instructions.sample import repository

    return synced(repository(tmp_path_factory.mktemp("native") / "repository"), judge)


def test_every_host_of_the_commands_has_a_module() -> None:
    assert list(NATIVES) == CONTENT["hosts"]
    for host in NATIVES:
        assert native_of(host).host == host
    modules = {
        path.stem for path in Path(__file__).parents[2].glob("agentic/instructions/native/*.py")
    }
    assert modules - {"__init__", "draft", "shared"} == {
        m.rpartition(".")[2] for m in NATIVES.values()
    }


def test_every_file_lies_where_its_host_says(files: dict[str, str]) -> None:
    natives = [native_of(host) for host in NATIVES]
    folders = [*FOLDERS, *(folder for native in natives for folder in native.folders)]
    singles = {"AGENTS.md", *(path for native in natives for path in native.files)}
    for path in files:
        assert path in singles or any(path.startswith(folder + "/") for folder in folders), path
    assert singles <= set(files)


def test_every_format_parses(files: dict[str, str]) -> None:
    for path, text in files.items():
        if path.endswith((".json.example",)):
            assert json.loads(text)
        elif path.endswith((".toml", ".toml.example")):
            assert tomllib.loads(text)
        elif not path.startswith(".windsurf/rules/"):  # written as that editor writes: no YAML
            assert isinstance(front(text), dict)


def test_pointers_lead_to_agents(files: dict[str, str]) -> None:
    assert files["CLAUDE.md"].endswith("\n\n@AGENTS.md\n")
    assert "@./AGENTS.md\n@./.agents/rules/01-conventions.md\n" in files["GEMINI.md"]
    assert "@./AGENTS.md\n@./.agents/rules/01-conventions.md\n" in files["QWEN.md"]
    assert "02-kubernetes" not in files["GEMINI.md"]
    assert "`AGENTS.md`" in files[".github/copilot-instructions.md"]


def test_claude_rules(files: dict[str, str]) -> None:
    assert front(files[".claude/rules/01-conventions.md"]) == {}
    assert front(files[".claude/rules/02-kubernetes.md"]) == {"paths": ["k8s/**/*.yaml", "helm/**"]}
    assert front(files[".claude/skills/03-reports/SKILL.md"]) == {
        "name": "03-reports",
        "description": "How reports on incidents are written",
    }
    assert front(files[".claude/skills/04-history/SKILL.md"])["disable-model-invocation"] is True


def test_claude_skills_commands_and_agents(files: dict[str, str]) -> None:
    skill = front(files[".claude/skills/drift-detection/SKILL.md"])
    assert skill == {
        "name": "drift-detection",
        "description": "Measures drift of features and predictions",
        "when_to_use": "A drift alert fires, or somebody asks whether the data has changed",
        "argument-hint": "<service>",
        "allowed-tools": "Read Grep Glob Bash(kubectl get pods *) Bash(git status)",
    }
    command = front(files[".claude/commands/release.md"])
    assert command["argument-hint"] == "<version> [note]"
    assert command["allowed-tools"] == "Bash(helm list) Read"
    assert command["disable-model-invocation"] is True
    assert "Given: $ARGUMENTS" in files[".claude/commands/release.md"]
    agent = front(files[".claude/agents/ml-trainer.md"])
    assert agent["tools"] == "Read, Edit, Write, Bash, mcp__prometheus"


def test_cursor(files: dict[str, str]) -> None:
    always = front(files[".cursor/rules/01-conventions.mdc"])
    assert always == {"description": "Conventions that hold everywhere", "alwaysApply": True}
    by_path = front(files[".cursor/rules/02-kubernetes.mdc"])
    assert by_path["globs"] == ["k8s/**/*.yaml", "helm/**"]
    assert by_path["alwaysApply"] is False
    assert front(files[".cursor/rules/04-history.mdc"]) == {"alwaysApply": False}
    assert front(files[".cursor/agents/drift-monitor.md"])["readonly"] is True
    assert "readonly" not in front(files[".cursor/agents/ml-trainer.md"])
    assert front(files[".cursor/commands/release.md"]) == {}


def test_codex(files: dict[str, str]) -> None:
    reader = tomllib.loads(files[".codex/agents/drift-monitor.toml"])
    assert reader == {
        "name": "drift-monitor",
        "description": "Watches predictions for drift and reports",
        "sandbox_mode": "read-only",
        "developer_instructions": "You watch for drift.\n\nReport what you measured.\n",
    }
    assert "sandbox_mode" not in tomllib.loads(files[".codex/agents/ml-trainer.toml"])
    assert ".agents/commands/release.md" in files


def test_gemini(files: dict[str, str]) -> None:
    agent = front(files[".gemini/agents/ml-trainer.md"])
    assert set(agent) == {"name", "description", "kind", "tools"}  # its schema is closed
    assert agent["tools"] == [
        "read_file",
        "read_many_files",
        "replace",
        "write_file",
        "run_shell_command",
    ]
    command = tomllib.loads(files[".gemini/commands/release.toml"])
    assert set(command) == {"description", "prompt"}
    assert "Given: {{args}}" in command["prompt"]
    assert "$ARGUMENTS" not in command["prompt"]


def test_windsurf(files: dict[str, str]) -> None:
    rows = {
        "01-conventions": {"trigger": "always_on"},
        "02-kubernetes": {"trigger": "glob", "globs": "k8s/**/*.yaml,helm/**"},
        "03-reports": {"trigger": "model_decision"},
        "04-history": {"trigger": "manual"},
    }
    for name, wanted in rows.items():
        found = front_fields(parted(files[f".windsurf/rules/{name}.md"])[0])
        assert found.pop("description")
        assert found == wanted
    assert "// turbo\n" in files[".windsurf/workflows/release.md"]


def test_marks_that_run_commands_stay_with_the_editor_that_knows_them(
    files: dict[str, str],
) -> None:
    assert [path for path, text in files.items() if "// turbo" in text] == [
        ".windsurf/workflows/release.md"
    ]


def test_copilot(files: dict[str, str]) -> None:
    assert front(files[".github/instructions/01-conventions.instructions.md"])["applyTo"] == "**"
    by_path = front(files[".github/instructions/02-kubernetes.instructions.md"])
    assert by_path["applyTo"] == "k8s/**/*.yaml,helm/**"
    assert "applyTo" not in front(files[".github/instructions/03-reports.instructions.md"])
    agent = front(files[".github/agents/ml-trainer.agent.md"])
    assert agent["tools"] == ["read", "edit", "execute", "prometheus/*"]
    assert front(files[".github/prompts/release.prompt.md"])["agent"] == "agent"


def test_opencode_only_ever_denies(files: dict[str, str]) -> None:
    agent = front(files[".opencode/agents/drift-monitor.md"])
    assert agent["mode"] == "subagent"
    assert agent["permission"] == dict.fromkeys(
        ("edit", "bash", "webfetch", "websearch", "task"), "deny"
    )
    assert set(front(files[".opencode/agents/ml-trainer.md"])["permission"]) == {
        "webfetch",
        "websearch",
        "task",
    }
    assert "Given: $ARGUMENTS" in files[".opencode/commands/release.md"]


def test_kiro_qwen_and_cline(files: dict[str, str]) -> None:
    assert front(files[".kiro/steering/01-conventions.md"]) == {"inclusion": "always"}
    assert front(files[".kiro/steering/02-kubernetes.md"]) == {
        "inclusion": "fileMatch",
        "fileMatchPattern": ["k8s/**/*.yaml", "helm/**"],
    }
    assert front(files[".kiro/steering/03-reports.md"])["inclusion"] == "auto"
    assert front(files[".kiro/steering/release.md"]) == {"inclusion": "manual"}
    assert front(files[".qwen/agents/drift-monitor.md"])["tools"][0] == "read_file"
    assert front(files[".clinerules/02-kubernetes.md"]) == {"paths": ["k8s/**/*.yaml", "helm/**"]}
    assert front(files[".clinerules/01-conventions.md"]) == {}
    assert ".cline/skills/03-reports/SKILL.md" in files


def test_every_skill_is_one_of_the_open_standard(files: dict[str, str]) -> None:
    skills = {path: text for path, text in files.items() if path.endswith("/SKILL.md")}
    assert len(skills) == 11
    for path, text in skills.items():
        fields = front(text)
        assert fields["name"] == path.split("/")[-2]
        assert 1 <= len(fields["description"]) <= 1024


def test_only_claude_gets_permissions_and_only_those_of_policy(files: dict[str, str]) -> None:
    granting = [path for path, text in files.items() if "allowed-tools" in parted(text)[0]]
    assert sorted(granting) == [
        ".claude/commands/release.md",
        ".claude/skills/drift-detection/SKILL.md",
    ]


def test_examples_of_servers_name_variables_and_hold_no_values(files: dict[str, str]) -> None:
    examples = {path: text for path, text in files.items() if path.endswith(".example")}
    assert set(examples) == {
        ".mcp.json.example",
        ".cursor/mcp.json.example",
        ".codex/config.toml.example",
        ".gemini/settings.json.example",
        ".windsurf/mcp_config.json.example",
        ".vscode/mcp.json.example",
        ".kiro/settings/mcp.json.example",
        ".qwen/settings.json.example",
        "opencode.json.example",
    }
    for path, text in examples.items():
        assert "PROMETHEUS_TOKEN" in text, path
    claude = json.loads(examples[".mcp.json.example"])["mcpServers"]
    assert claude["prometheus"] == {
        "type": "stdio",
        "command": "prometheus-mcp",
        "args": ["--read-only"],
        "env": {"PROMETHEUS_TOKEN": "${PROMETHEUS_TOKEN}"},
    }
    codex = tomllib.loads(examples[".codex/config.toml.example"])["mcp_servers"]
    assert codex["tickets"]["bearer_token_env_var"] == "TICKETS_TOKEN"
    opencode = json.loads(examples["opencode.json.example"])["mcp"]
    assert opencode["prometheus"]["environment"] == {"PROMETHEUS_TOKEN": "{env:PROMETHEUS_TOKEN}"}


def test_what_policy_says_stands_in_every_skill_and_command(files: dict[str, str]) -> None:
    for path in (
        ".claude/skills/drift-detection/SKILL.md",
        ".agents/skills/drift-detection/SKILL.md",
    ):
        assert "| `kubernetes.read` | AUTO | AUTO |" in files[path]
    assert "| `helm.apply` | CONSULT |" in files[".windsurf/workflows/release.md"]


def test_tables_of_agents_name_everything(files: dict[str, str]) -> None:
    page = files["AGENTS.md"]
    assert (
        "| `/release` | CONSULT | Releases a version to staging | `.agents/commands/release.md` |"
        in page
    )
    assert "| `drift-detection` | AUTO |" in page
    assert "| `03-reports` | when it fits |" in page
    assert page.startswith("# Instructions\n\n## Modes\n\nAsk before acting.\n")


@pytest.mark.parametrize(
    "text",
    [
        "plain words",
        "with: colon",
        "#hash",
        "yes",
        "1.5",
        "- dash",
        "'quoted'",
        'dou"ble',
        "é ü",
        "a\\b",
        "{x}",
        "x #y",
        " lead",
    ],
)
def test_a_scalar_is_read_back_as_it_was(text: str) -> None:
    assert yaml.safe_load(f"key: {scalar(text)}\n") == {"key": text}


def test_raw_text_stays_as_it_is() -> None:
    assert scalar(Raw("**/*.py")) == "**/*.py"
    assert scalar(True) == "true"
