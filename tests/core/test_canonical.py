"""Canonical bytes: RFC 8785 where it reaches, our own three limits beside it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.canonical import LARGEST_INTEGER, canonical, digest, exact
from agentic.core.native import parse_json
from agentic.core.values import Operation
from agentic.errors import AgenticError

integers = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
# Letters on both sides of the surrogates, where UTF-16 order and code point order differ.
texts = st.text(max_size=12) | st.text(alphabet="a\ue000\uffff\U00010000\U0010ffff", max_size=4)
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(texts, inner, max_size=6),
    max_leaves=25,
)


@given(values)
def test_equals_the_reference_implementation(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(values)
def test_reads_back_and_is_stable(value: Any) -> None:
    again = parse_json(canonical(value).decode())
    assert again == value
    assert canonical(again) == canonical(value)


@given(st.dictionaries(texts, integers, max_size=8))
def test_the_order_of_keys_is_irrelevant(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_keys_sort_by_utf16_code_units() -> None:
    assert canonical({"\ue000": 1, "\U00010000": 2, "a": 3}) == (
        '{"a":3,"\U00010000":2,"\ue000":1}'.encode()
    )


def test_strings_as_the_rfc_writes_them() -> None:
    """The example of section 3.2.2.2, without its numbers."""
    value = {"string": '€$\x0f\nA\'B"\\\\"/', "literals": [None, True, False]}
    assert canonical(value) == (
        b'{"literals":[null,true,false],"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_tuples_and_records_are_arrays() -> None:
    assert canonical((1, ("a",))) == b'[1,["a"]]'
    assert canonical(Operation("git.read")) == b'["git.read","","","","","",[],[],"",""]'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\udcff", b'"\\udcff"'),
        ("a\ud800b", b'"a\\ud800b"'),
        ("\\udcff", b'"\\\\udcff"'),
        ("\ud83d\ude00", '"\U0001f600"'.encode()),
    ],
)
def test_lone_surrogates_are_escaped(text: str, expected: bytes) -> None:
    assert canonical(text) == expected
    assert canonical(json.loads(expected)) == expected


@given(st.text(st.characters(categories=("Cs", "Ll"), include_characters="\U0001f600"), max_size=6))
def test_any_text_has_bytes_that_read_back_to_the_same_bytes(text: str) -> None:
    data = canonical({text: text})
    assert canonical(parse_json(data.decode())) == data


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.0, "canonical.float"),
        ([float("nan")], "canonical.float"),
        (LARGEST_INTEGER + 1, "canonical.integer"),
        (-LARGEST_INTEGER - 1, "canonical.integer"),
        ({1: 2}, "canonical.key"),
        ({None: 2}, "canonical.key"),
        (b"x", "canonical.type"),
        ({"a": {1, 2}}, "canonical.type"),
        (object(), "canonical.type"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any, code: str) -> None:
    with pytest.raises(AgenticError) as refused:
        canonical(value)
    assert refused.value.code == code
    assert "\n" not in refused.value.message


@pytest.mark.parametrize("work", [canonical, exact], ids=["canonical", "exact"])
def test_endless_nesting_is_refused(work: Any) -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(AgenticError, match="nested too deeply"):
        work(value)


def test_digest_is_the_sha256_of_the_bytes() -> None:
    assert digest({"b": 1, "a": "ü"}) == hashlib.sha256('{"a":"ü","b":1}'.encode()).hexdigest()


any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["$number", "$$number", "1.5", "1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["$number", "$$number", "$", "a"]) | texts, inner, max_size=4
        )
    ),
    max_leaves=10,
)


def shape(value: Any) -> Any:
    """A value in which 1, 1.0 and True differ, as they do to a tool."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return (type(value).__name__, repr(value))


@given(any_json, any_json)
def test_different_inputs_have_different_exact_bytes(first: Any, second: Any) -> None:
    same = canonical(exact(first)) == canonical(exact(second))
    assert same == (shape(first) == shape(second))


@given(values)
def test_exact_changes_only_what_it_must(value: Any) -> None:
    assert exact(value) == value or "$" in canonical(value).decode()
