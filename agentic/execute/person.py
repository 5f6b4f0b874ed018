"""Whether a person sits at this terminal: streams that are one, and no sign of an agent's session.

A sign is what a coding agent puts into the environment of what it starts. It can only keep us from asking
here; taking the signs away gives an agent no more than the same user's `agentic requests approve`, whose
yes is `local` too: evident, not proof.

Sources: what the clients were seen to set when run; https://docs.claude.com/en/docs/claude-code/hooks,
https://geminicli.com/docs/hooks/reference/, https://opencode.ai/docs/ (checked 2026-11-21)
"""

from __future__ import annotations

import posix

#: How the names of such variables begin.
SIGNS = (
    "AGENT",
    "AIDER_",
    "AI_AGENT",
    "AMP_",
    "AUGMENT_",
    "CI",
    "CLAUDECODE",
    "CLAUDE_CODE_",
    "CLINE_",
    "CODEX_",
    "COPILOT_",
    "CURSOR_",
    "FACTORY_",
    "GEMINI_CLI",
    "GEMINI_SESSION_ID",
    "GOOSE_",
    "KIRO_",
    "OPENCODE",
    "QWEN_",
    "WINDSURF_",
)
#: Of these the whole name counts: longer ones are other people's.
_WHOLE = ("AGENT", "CI")


def is_person_here() -> bool:
    """Whether standard input and error are a terminal, and nothing says that an agent started us."""
    return posix.isatty(0) and posix.isatty(2) and not agent_sign()


def agent_sign() -> str:
    """The variable of this process's environment that tells of an agent's session, else empty."""
    for raw in posix.environ:
        name = raw.decode("utf-8", "replace")
        for sign in SIGNS:
            if name == sign or (name.startswith(sign) and sign not in _WHOLE):
                return name
    return ""
