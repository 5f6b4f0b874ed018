"""Running commands under judgement: `agentic run`, the shims in front of programs, the git hooks."""
