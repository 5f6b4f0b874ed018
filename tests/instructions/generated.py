"""The generated files of the sample, and their front matter as the hosts' own parsers see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from agentic.admission.judge import Judge
from agentic.instructions.engine import prepared
from agentic.instructions.plan import apply


def synced(root: Path, judge: Judge) -> dict[str, str]:
    """Sync a repository; the content of every file that was written or kept, by path."""
    steps = prepared(str(root), judge).steps
    apply(str(root), steps)
    paths = [step.path for step in steps if step.action in ("create", "update", "keep")]
    return {path: (root / path).read_text() for path in paths}


def front(text: str) -> dict[str, Any]:
    """Front matter as YAML; empty when there is none."""
    if not text.startswith("---\n"):
        return {}
    found = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(found, dict)
    return found
