"""`watch` as a process: `python -m tests.signals.watch_process STATE LAYER.yaml`."""

from __future__ import annotations

import sys
from pathlib import Path

from agentic.errors import AgenticError
from agentic.signals.live.watch import watch
from tests.signals.configured import policy_of

if __name__ == "__main__":
    _, state, layer = sys.argv
    try:
        watch(lambda: policy_of(Path(layer).read_text()), state=state, workspace="")
    except AgenticError as problem:
        print(problem, file=sys.stderr)
        sys.exit(5)
