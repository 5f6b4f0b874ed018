"""JSON text edited in place: what is not ours keeps every byte."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentic.errors import InvalidDocument
from agentic.json_text import (
    parsed,
    with_appended,
    with_member,
    with_value,
    without_comments,
    without_item,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
STYLES = st.sampled_from((None, 0, 1, 2, 4, "\t"))


@given(VALUES, STYLES, st.booleans())
def test_positions_cut_out_each_value(value: Any, indent: Any, ascii_only: bool) -> None:
    text = "\n " + json.dumps(value, indent=indent, ensure_ascii=ascii_only) + "\n"
    node = parsed(text, "it")
    assert node.value == value
    assert json.loads(text[node.start : node.end]) == value
    for key, _, child in node.members:
        assert json.loads(text[child.start : child.end]) == value[key]


@given(
    st.dictionaries(st.text(max_size=6), VALUES, max_size=4), STYLES, st.text(max_size=5), VALUES
)
def test_appending_and_taking_out_again_restores_the_values(
    value: dict[str, Any], indent: Any, key: str, element: Any
) -> None:
    assume(key not in value and "hooks" not in value)
    text = json.dumps(value, indent=indent)
    added = with_appended(text, ("hooks", key), element)
    assert json.loads(added) == {**value, "hooks": {key: [element]}}
    twice = with_appended(added, ("hooks", key), element)
    assert json.loads(twice) == {**value, "hooks": {key: [element, element]}}
    back = without_item(without_item(twice, ("hooks", key, 0)), ("hooks", key, 0))
    assert json.loads(without_item(back, ("hooks",))) == value


@given(st.lists(VALUES, min_size=1, max_size=5), st.integers(0, 4), STYLES)
def test_taking_out_one_item_leaves_the_others(
    items: list[Any], position: int, indent: Any
) -> None:
    assume(position < len(items))
    text = json.dumps({"a": items}, indent=indent)
    left = [item for number, item in enumerate(items) if number != position]
    assert json.loads(without_item(text, ("a", position))) == {"a": left}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}\n", '{\n  "a": [\n    1\n  ]\n}\n'),
        ('{"x":1}', '{"x":1,"a":[1]}'),
        ('{"x": 1}', '{"x": 1, "a": [1]}'),
        ('{\n\t"x": 1\n}', '{\n\t"x": 1,\n\t"a": [\n\t\t1\n\t]\n}'),
        ('{\r\n  "x": 1\r\n}\r\n', '{\r\n  "x": 1,\r\n  "a": [\r\n    1\r\n  ]\r\n}\r\n'),
        ('{\n    "a": []\n}', '{\n    "a": [\n        1\n    ]\n}'),
        ('{\n  "a": [\n    0\n  ],\n  "z": 2\n}', '{\n  "a": [\n    0,\n    1\n  ],\n  "z": 2\n}'),
        ('{\n  "a": [0]\n}', '{\n  "a": [0, 1]\n}'),
    ],
)
def test_the_files_own_style_is_kept(before: str, after: str) -> None:
    assert with_appended(before, ("a",), 1) == after


@pytest.mark.parametrize(
    ("text", "where"),
    [('{"a": 1,}', "1:9"), ('{\n  "a" 1\n}', "2:7"), ("{} x", "1:3"), ("", "1:1")],
)
def test_what_is_not_json_is_refused_with_its_place(text: str, where: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        parsed(text, "the file")
    assert refused.value.diagnostics[0].where == where


COMMENTED = """{
  // the "first" one, with a brace }
  "url": "https://a.example//b", /* several
  lines, "quoted" */ "args": ["/*", "//", ],
  "last": {"a": 1,},
}
"""


def test_comments_and_trailing_commas_are_blanked_in_place() -> None:
    blanked = without_comments(COMMENTED)
    assert len(blanked) == len(COMMENTED)
    assert blanked.count("\n") == COMMENTED.count("\n")
    node = parsed(blanked, "the text")
    assert node.value == {"url": "https://a.example//b", "args": ["/*", "//"], "last": {"a": 1}}
    args = node.member("args")
    assert args is not None
    assert COMMENTED[args.start : args.end] == '["/*", "//", ]'


@given(VALUES, STYLES)
def test_a_text_without_comments_stays_as_it_is(value: Any, indent: Any) -> None:
    text = json.dumps(value, indent=indent)
    assert without_comments(text) == text


@given(st.text(alphabet='"\\/*,[]{} \n\tab', max_size=40))
def test_any_text_keeps_its_length_and_its_lines(text: str) -> None:
    blanked = without_comments(text)
    assert len(blanked) == len(text)
    assert blanked.count("\n") == text.count("\n")


def test_a_value_is_replaced_and_comments_stay() -> None:
    text = with_value(COMMENTED, ("args", 1), "new")
    assert text == COMMENTED.replace('"//", ]', '"new", ]')
    assert with_value(text, ("args", 1), "new") == text
    with pytest.raises(KeyError):
        with_value(COMMENTED, ("nothing", "here"), 1)


NOTED = """{
  // what we like
  "model": "opus", // the big one
  "hooks": {
    /* ours */
    "Stop": [
      1, // one
      2 // two
    ]
  } // no more
}
"""


def notes(text: str) -> list[str]:
    return sorted(re.findall(r"// [\w ]+|/\* [\w ]+ \*/", text))


def values(text: str) -> Any:
    return json.loads(without_comments(text))


def test_comments_stay_when_something_comes_and_goes() -> None:
    more = with_appended(NOTED, ("hooks", "Stop"), 3)
    assert values(more)["hooks"]["Stop"] == [1, 2, 3]
    more = with_appended(more, ("hooks", "Start"), {"a": 1})
    more = with_member(more, "version", 1)
    assert notes(more) == notes(NOTED)
    assert values(more)["version"] == 1
    less = without_item(more, ("version",))
    less = without_item(less, ("hooks", "Start"))
    less = without_item(less, ("hooks", "Stop", 2))
    assert values(less) == values(NOTED)
    assert notes(less) == notes(NOTED)


@pytest.mark.parametrize("position", [0, 1])
def test_comments_of_others_stay_when_an_item_goes(position: int) -> None:
    less = without_item(NOTED, ("hooks", "Stop", position))
    assert values(less)["hooks"]["Stop"] == [2 - position]
    assert "// no more" in less
    assert "/* ours */" in less


@pytest.mark.parametrize("text", ["{ // none yet\n}", "{ /* none */ }", '{"a": [1,], /* x */}'])
def test_odd_places_of_comments(text: str) -> None:
    more = with_member(text, "b", [True])
    assert values(more)["b"] == [True]
    assert notes(more) == notes(text)
    assert values(without_item(more, ("b",))) == values(text)
