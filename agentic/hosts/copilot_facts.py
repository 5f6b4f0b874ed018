"""What GitHub Copilot does, for docs/HOSTS.md: the command line as it was seen, the rest as documented."""

from __future__ import annotations

from agentic.hosts.interface import Cell

_DOCS = "https://docs.github.com/en/copilot/reference/hooks-reference"
_E2E = "tests/e2e/test_copilot.py"
_READ = "2026-11-21"

CELLS: dict[str, Cell] = {
    "events": Cell(
        "preToolUse, postToolUse and postToolUseFailure for every tool, MCP and sub-agents' calls as well; "
        "permissionRequest before the client's own question; sessionStart for the short rules. It reads "
        "Claude Code's settings, too: one call stays one decision",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "deny": Cell(
        "exit code 2 with a JSON refusal: the reason reaches the model, and noise on standard output costs "
        "the reason only. VS Code reads the reason from standard error",
        _DOCS,
        _READ,
        f"{_E2E}::test_noise_does_not_undo_a_refusal",
    ),
    "ask": Cell(
        "at a terminal, and in VS Code (documented); without a person, in the coding agent and for "
        "sub-agents CONSULT is a block with the next step",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_question_appears_at_a_terminal",
    ),
    "change-input": Cell("yes, `modifiedArgs`", _DOCS, _READ),
    "crash": Cell(
        "any exit code but 0, a kill and a missing program block; in VS Code only exit code 2 does, which "
        "is what our command ends with",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_harmed_guard_blocks",
    ),
    "time-out": Cell(
        "the call goes through, whatever the scope (60 s in our entries); our own deadline is 25 s",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_hook_that_never_ends_lets_the_call_through",
    ),
    "switched-off-by": Cell(
        "`disableAllHooks` in a repository's settings drops the user's hooks as well; policy files hold; "
        "a repository's own hooks need a trusted folder",
        _DOCS,
        _READ,
        f"{_E2E}::test_what_switches_hooks_off",
    ),
    "escape": Cell(
        "its hook and settings files, those of Claude Code, the hook's own files: each is STOP to write",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_session_of_every_tool",
    ),
    "answer": Cell(
        "a policy file holds against every switch; the user's hooks run without trust; the doctor finds "
        "switches, broken files and missing trust",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_policy_file_holds_against_every_switch",
    ),
}
