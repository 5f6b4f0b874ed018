"""One module per host: its payload in, neutral values out, a decision back in the host's own words.

Every adapter holds `HOST`, `event_of(payload, environment)`, `answer_of(decision, auto_reply)`,
`reply_of(decision, answer)`, `session_reply(text)` and `unrecorded_reply(problem)`, all pure. The
registry below is the only list of hosts that the hook serves.
"""

from __future__ import annotations

#: host name -> module of its adapter
ADAPTERS: dict[str, str] = {"claude-code": "agentic.adapters.claude_code"}
