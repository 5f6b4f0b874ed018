"""Pages for agents: which fields make them more than text, in every spelling of a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.recognize.agent_pages import governing_fields, names_server


@pytest.mark.parametrize(
    "text",
    [
        "---\nhooks:\n  Stop: []\n---\n",
        "---\nname: x\n  hooks: {Stop: []}\n---\n",
        "---\r\nname: x\r\nhooks:\r\n---\r\n",
        "\ufeff\n---\n'hooks': 1\n---\n",
        '---\n"hooks" : 1\n---\n',
        "---\n? hooks\n: 1\n---\n",
        "---\n!!str hooks: 1\n---\n",
        "---\n&a !!str hooks: 1\n---\n",
        "---\n{name: x, hooks: {Stop: []}}\n---\n",
        "name = 'x'\n[hooks]\n",
        "[[hooks.PreToolUse]]\n",
        'hooks.Stop = ["x"]\n',
        "a piece\nhooks: 1\n",
    ],
)
def test_hooks_are_found_in_every_spelling(text: str) -> None:
    assert governing_fields(text) == ("hooks",)


def test_an_escaped_key_counts_as_one_that_is_hidden() -> None:
    assert governing_fields('---\n"\\x68ooks": 1\n---\n')
    assert not governing_fields("a path like C:\\x: y\n\\alpha: b\n")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("---\npermissionMode: bypassPermissions\n---\n", ("permissionMode",)),
        ("---\npermissionMode: >-\n  bypassPermissions\n---\n", ("permissionMode",)),
        ('---\npermissionMode: "bypass\\x50ermissions"\n---\n', ("permissionMode",)),
        ("---\npermissionMode: plan\n---\nnot bypassPermissions\n", ()),
        ("sandbox_mode = 'danger-full-access'\napproval_policy = 'never'", (
            "sandbox_mode",
            "approval_policy",
        )),
        ("sandbox_mode = 'read-only'", ()),
        ("---\nname: x\n---\nhooks: are told of\n", ()),
        ("# Title\n\n```yaml\nhooks: 1\n```\n", ()),
        ("---\ndescription: explains git hooks\n---\n", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_only_what_loosens_counts(text: str, found: tuple[str, ...]) -> None:
    assert governing_fields(text) == found


@pytest.mark.parametrize("key", ["mcpServers:", "mcp-servers:", "[mcp_servers.x]"])
def test_servers_are_found(key: str) -> None:
    assert names_server(f"{key}\n")
    assert not names_server(f"---\nname: x\n---\n{key}\n")


@given(st.text(alphabet="-hoks:{}[]?!&\\\"' \n\r\ufeff=."))
def test_any_text_is_read_and_nothing_raises(text: str) -> None:
    governing_fields(text)
    names_server(text)


@given(st.text(), st.text())
def test_whatever_stands_around_it_a_plain_field_is_found(before: str, after: str) -> None:
    text = "---\n" + before.replace("---", "") + "\nhooks: 1\n" + after
    assert "hooks" in governing_fields(text)
