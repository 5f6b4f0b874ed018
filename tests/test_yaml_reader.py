"""Untrusted YAML: what is accepted, where things stood, and that nothing grows or hangs."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agentic.errors import InvalidDocument
from agentic.yaml_reader import MAX_BYTES, MAX_DOCUMENTS, parse_yaml, parse_yaml_documents


def refused(text: str | bytes) -> list[tuple[str, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(InvalidDocument) as caught:
        parse_yaml(data, "p.yaml")
    return [(d.code, d.where) for d in caught.value.diagnostics]


def test_values_and_where_they_stood() -> None:
    tree = parse_yaml(b"version: 1\nmodes:\n  - kinds: [a.b, c.d]\n    mode: AUTO\n", "p.yaml")
    assert tree.value == {"version": 1, "modes": [{"kinds": ["a.b", "c.d"], "mode": "AUTO"}]}
    assert tree.where(("modes", 0, "kinds", 1)) == "p.yaml:3:18"
    assert tree.where(("modes", 0, "mode"), key=True) == "p.yaml:4:5"
    assert tree.where(("modes", 7, "mode")) == "p.yaml:3:3"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: yes", {"a": "yes"}),
        ("a: on", {"a": "on"}),
        ("a: 2026-11-18", {"a": "2026-11-18"}),
        ("a: 010", {"a": "010"}),
        ("a: 0x10", {"a": "0x10"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 12", {"a": 12}),
        ("a: -1.5", {"a": -1.5}),
        ("a: '12'", {"a": "12"}),
        ("a: true", {"a": True}),
        ("a: null", {"a": None}),
        ("a:", {"a": None}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("", None),
        ("# nothing\n", None),
    ],
)
def test_only_plain_forms_are_more_than_text(text: str, value: object) -> None:
    assert parse_yaml(text.encode(), "p.yaml").value == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x 1\nb: *x\n", "policy.anchor"),
        ("a: &x 1\n", "policy.anchor"),
        ("a: [1\n", "policy.syntax"),
        ("a: 1\n---\nb: 2\n", "policy.syntax"),
        ("a: !!python/object/apply:os.system [ls]\n", "policy.tag"),
        ("a: !thing x\n", "policy.tag"),
        ("!!python/name:os a: 1\n", "policy.tag"),
        ("1: a\n", "policy.syntax"),
        ("true: a\n", "policy.syntax"),
        ("[a, b]: c\n", "policy.syntax"),
        ("{a: b}: c\n", "policy.syntax"),
        ("a: \x01\n", "policy.syntax"),
        ("\ta: 1\n", "policy.syntax"),
        (b"a: \xff\xfe\n", "policy.syntax"),
        ("[" * 40 + "]" * 40, "policy.depth"),
        ("[" * 100_000, "policy.depth"),
        ("a: {" * 33 + "}" * 33, "policy.depth"),
        (b"#" * (MAX_BYTES + 1), "policy.too-large"),
    ],
)
def test_everything_else_is_refused(text: str | bytes, code: str) -> None:
    assert [c for c, _ in refused(text)] == [code]


def test_all_duplicate_keys_are_told_at_once() -> None:
    text = "a: 1\nb: 2\na: 3\nc:\n  d: 1\n  d: 2\n"
    assert refused(text) == [
        ("policy.duplicate-key", "p.yaml:3:1"),
        ("policy.duplicate-key", "p.yaml:6:3"),
    ]


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30)]
    assert refused("\n".join(lines)) == [("policy.anchor", "p.yaml:1:5")]


def test_a_file_of_many_documents_is_a_list_of_trees() -> None:
    trees = parse_yaml_documents(b"a: 1\n---\nb:\n  c: 2\n---\n", "p.yaml")
    assert [tree.value for tree in trees] == [{"a": 1}, {"b": {"c": 2}}, None]
    assert trees[1].where(("b", "c")) == "p.yaml:4:6"
    assert parse_yaml_documents(b"", "p.yaml") == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a: 1\n---\na: &x 2\n", [("policy.anchor", "p.yaml:3:4")]),
        ("a: 1\n---\n" + "[" * 40, [("policy.depth", "p.yaml:3:33")]),
        ("a: 1\n---\na: [1\n", [("policy.syntax", "p.yaml:4:1")]),
        (
            "a: 1\na: 2\n---\nb: 1\nb: 2\n",
            [("policy.duplicate-key", "p.yaml:2:1"), ("policy.duplicate-key", "p.yaml:5:1")],
        ),
        (
            "---\nx\n" * (MAX_DOCUMENTS + 1),
            [("policy.syntax", f"p.yaml:{2 * MAX_DOCUMENTS + 1}:1")],
        ),
    ],
)
def test_the_same_bounds_hold_in_every_document(text: str, codes: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_yaml_documents(text.encode(), "p.yaml")
    assert [(d.code, d.where) for d in caught.value.diagnostics] == codes


def test_messages_are_one_line_without_a_period() -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_yaml(b"a: [1\n  b: ]", "p.yaml")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message.startswith("not valid YAML: ")
    assert "\n" not in diagnostic.message
    assert not diagnostic.message.endswith(".")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_tree_or_an_invalid_document(data: bytes) -> None:
    try:
        parse_yaml(data, "p.yaml")
    except InvalidDocument as invalid:
        assert invalid.diagnostics  # noqa: PT017 - either outcome is right


_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


@given(_PLAIN)
def test_what_pyyaml_writes_reads_back_the_same(value: object) -> None:
    text = yaml.dump(value, Dumper=_NoAliases)
    assert parse_yaml(text.encode(), "p.yaml").value == value
