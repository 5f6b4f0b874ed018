"""A small governed repository to sync: every section of a manifest, every host, nothing wrong with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

MANIFEST = ".agentic/instructions/manifest.yaml"

AGENTS = """\
# Instructions

## Modes

Ask before acting.

## Rules

<!-- agentic: rules -->
<!-- end -->

## Skills

This repository has one skill.

<!-- agentic: skills -->
<!-- end -->

<!-- agentic: workflows -->
<!-- end -->
"""

CONTENT: dict[str, object] = {
    "version": 1,
    "hosts": [
        "claude-code",
        "cursor",
        "codex",
        "gemini-cli",
        "windsurf",
        "copilot",
        "opencode",
        "qwen-code",
        "cline",
        "kiro",
    ],
    "rules": [
        {
            "id": "01-conventions",
            "source": "rules/01-conventions.md",
            "description": "Conventions that hold everywhere",
            "trigger": "always",
            "authority": "AGENTS.md#modes",
        },
        {
            "id": "02-kubernetes",
            "source": "rules/02-kubernetes.md",
            "description": "How manifests are written: probes, limits, no latest tags",
            "trigger": "globs",
            "globs": ["k8s/**/*.yaml", "helm/**"],
        },
        {
            "id": "03-reports",
            "source": "rules/03-reports.md",
            "description": "How reports on incidents are written",
            "trigger": "description",
        },
        {
            "id": "04-history",
            "source": "rules/04-history.md",
            "description": "How this came about",
            "trigger": "manual",
        },
    ],
    "roles": [
        {
            "id": "drift-monitor",
            "source": "roles/drift-monitor.md",
            "description": "Watches predictions for drift and reports",
            "layer": "operate",
            "role": "DriftMonitor",
            "tools": ["read", "search"],
        },
        {
            "id": "ml-trainer",
            "source": "roles/ml-trainer.md",
            "description": "Trains and evaluates models",
            "layer": "build",
            "role": "MLTrainer",
            "tools": ["read", "edit", "write", "shell", "mcp(prometheus)"],
        },
    ],
    "skills": [
        {
            "id": "drift-detection",
            "source": "skills/drift-detection/SKILL.md",
            "description": "Measures drift of features and predictions",
            "when": "A drift alert fires, or somebody asks whether the data has changed",
            "operations": ["observe.read", "kubernetes.read"],
            "mode": "AUTO",
            "environments": ["staging", "production"],
            "tools": ["read", "search", "shell(kubectl get pods *)", "shell(git status)"],
            "requires_mcp": ["prometheus"],
            "arguments": [{"name": "service", "description": "which service"}],
        }
    ],
    "workflows": [
        {
            "id": "release",
            "source": "workflows/release.md",
            "description": "Releases a version to staging",
            "operations": ["code.test", "helm.apply"],
            "mode": "CONSULT",
            "environments": ["staging"],
            "tools": ["shell(helm list)", "read"],
            "arguments": [
                {"name": "version", "description": "the version"},
                {"name": "note", "description": "why", "required": False},
            ],
        }
    ],
    "prompts": [
        {
            "id": "explain-refusal",
            "source": "prompts/explain-refusal.md",
            "description": "Explains the last refusal",
            "operations": ["governance.read"],
            "mode": "AUTO",
        }
    ],
    "automations": [
        {
            "id": "nightly-audit",
            "source": "automations/nightly-audit.md",
            "description": "Looks for rules that no longer hold",
            "operations": ["file.read"],
            "mode": "AUTO",
            "schedule": "0 2 * * 1-5",
        }
    ],
    "mcp": [
        {
            "id": "prometheus",
            "command": "prometheus-mcp",
            "args": ["--read-only"],
            "env": ["PROMETHEUS_TOKEN"],
            "read_only": True,
            "because": "drift is measured from metrics",
        },
        {
            "id": "tickets",
            "url": "https://tickets.example/mcp",
            "env": ["TICKETS_TOKEN"],
            "read_only": False,
            "because": "incidents are told there",
        },
    ],
}

BODIES = {
    "rules/01-conventions.md": "# Conventions\n\nPin versions with `~=`.\n",
    "rules/02-kubernetes.md": "# Kubernetes\n\nEvery container has probes and limits.\n",
    "rules/03-reports.md": "# Reports\n\nA report states what was measured.\n",
    "rules/04-history.md": "# History\n\nIt began small.\n",
    "roles/drift-monitor.md": "You watch for drift.\n\nReport what you measured.\n",
    "roles/ml-trainer.md": "You train models.\n\nStop when a gate fails.\n",
    "skills/drift-detection/SKILL.md": (
        "# Drift\n\n1. List the pods of $ARGUMENTS:\n\n```bash\nkubectl get pods -n churn\n```\n"
    ),
    "workflows/release.md": (
        "# Release\n\n1. See what runs.\n\n// turbo\n```bash\nhelm list\n```\n\n2. Ask, then upgrade.\n"
    ),
    "prompts/explain-refusal.md": "Read the last record with `agentic audit tail` and explain it.\n",
    "automations/nightly-audit.md": "Read every rule and say which no longer holds.\n",
}


def repository(folder: Path) -> Path:
    """A git repository with the sample in it."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q", "-b", "feature", str(folder)], check=True)
    write_manifest(folder, CONTENT)
    for name, text in BODIES.items():
        path = folder / ".agentic/instructions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "AGENTS.md").write_text(AGENTS)
    return folder


def write_manifest(folder: Path, content: dict[str, object]) -> None:
    """Write the manifest of a repository."""
    path = folder / MANIFEST
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=100))
