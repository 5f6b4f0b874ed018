"""What Codex does with hooks, fact by fact: the rows of docs/HOSTS.md."""

from __future__ import annotations

from agentic.hosts.interface import Cell

_DOCS = "https://developers.openai.com/codex/hooks.md"
_MANAGED = "https://developers.openai.com/codex/enterprise/managed-configuration"
_E2E = "tests/e2e/test_codex.py"
_READ = "2026-11-21"

CELLS: dict[str, Cell] = {
    "events": Cell(
        "`PreToolUse` and `PermissionRequest` before a call (commands, patches, images, MCP, sub-agents), "
        "`PostToolUse` after it, `SessionStart`; sub-agents' calls as well. No hook sees web searches of "
        "the provider and text typed into a program that runs already (`write_stdin`)",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_sub_agents_calls_are_judged_one_by_one",
    ),
    "deny": Cell(
        "exit code 2 with the reason on standard error, which the model reads; text of a login shell does "
        "not void it, as it voids a JSON reply",
        _DOCS,
        _READ,
        f"{_E2E}::test_what_is_refused_leaves_nothing_and_the_model_is_told_why",
    ),
    "ask": Cell(
        "no: a hook that answers `ask` lets the call run, so CONSULT is a block with the next step; a "
        "person's grant lets the same call through once",
        _DOCS,
        _READ,
        f"{_E2E}::test_what_the_client_makes_of_a_hook",
    ),
    "change-input": Cell("yes, `allow` with `updatedInput`", _DOCS, _READ),
    "crash": Cell(
        "exit code 1, a kill, a missing program and exit code 2 without a text let the call run; our "
        "command turns each into exit code 2 with a text",
        _DOCS,
        _READ,
        f"{_E2E}::test_whatever_ends_the_hook_our_command_blocks",
    ),
    "time-out": Cell(
        "the call runs (600 s where nothing is set, 60 s in our entries); our own deadline of 25 s comes "
        "first and blocks",
        _DOCS,
        _READ,
        f"{_E2E}::test_what_the_client_makes_of_a_hook",
    ),
    "switched-off-by": Cell(
        "`--disable hooks`, `features.hooks = false`, a hook whose definition is not pinned in the user's "
        "config.toml (skipped without a word), a login profile that ends the shell",
        _DOCS,
        _READ,
        f"{_E2E}::test_a_hook_that_is_not_pinned_is_skipped_and_doctor_says_so",
    ),
    "escape": Cell(
        "hooks.json, config.toml, rules and requirements.toml, and the hook's own files: each is STOP to "
        "write, also by a patch",
        _DOCS,
        _READ,
        f"{_E2E}::test_what_is_refused_leaves_nothing_and_the_model_is_told_why",
    ),
    "answer": Cell(
        "`hosts install` pins our hooks by the hash that the client itself tells; requirements.toml with "
        "`features.hooks = true` holds against every switch; doctor asks the client what it would run",
        _MANAGED,
        _READ,
        f"{_E2E}::test_a_switch_turns_user_hooks_off_and_managed_ones_not",
    ),
}
