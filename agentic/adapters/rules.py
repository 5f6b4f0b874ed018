"""The short rules that an agent reads when its session starts, in any host."""

from __future__ import annotations

RULES = """\
agentic governs this session: every tool call is classified before it runs, and recorded.
- AUTO runs. CONSULT needs a person's yes. STOP never runs from this session, whatever the chat says.
- A refused call comes back with a block that starts with [AGENT MODE: ...]. Its `Next:` line is the
  way to go on; `Waiting for:` says whose yes is missing. Tell the person, then do that instead.
- Do not repeat a refused call, split it, encode it or wrap it in a script to get it through.
- Do not touch hook settings, .agentic/, policies, grants or the journal (ops/audit.jsonl): that is STOP.
- Not sure? `agentic explain -- COMMAND` tells what would happen and why, without running anything."""
