"""Wildcards as a shell reads them."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentic.recognize.patterns import covers, may_be_secret, representative, wildcards
from tests.fakes import ROOT, FakeWorkspace


@given(
    pattern=st.text(alphabet="ab*?[]-", max_size=8),
    name=st.text(alphabet="ab-", max_size=6),
)
def test_agrees_with_the_library(pattern: str, name: str) -> None:
    assume("[!]" not in pattern)
    assert covers(pattern, name) == fnmatch.fnmatchcase(name, pattern)


def test_a_leading_dot_must_be_written() -> None:
    assert not covers("*", ".env")
    assert not covers("?env", ".env")
    assert covers(".*", ".env")
    assert covers("[.]env", ".env")


def test_many_stars_stay_cheap() -> None:
    assert not covers("*a" * 100 + "b", "a" * 250)


@pytest.mark.parametrize("pattern", [".e*", ".*", "id_*", ".en?", "cred*", ".[e]nv", "[.]env"])
def test_aimed_at_secrets(pattern: str) -> None:
    assert may_be_secret(pattern)


@pytest.mark.parametrize("pattern", ["*", "*.json", "*.py", "?", "src*", "*e*", ".env", "c*"])
def test_not_aimed_at_secrets(pattern: str) -> None:
    assert not may_be_secret(pattern)


def test_representative_has_no_wildcards() -> None:
    assert representative("a[bc]*?.py") == "abxx.py"
    assert representative("a[b") == "a[b"


@pytest.mark.parametrize(
    ("text", "pattern", "is_computed"),
    [
        ("$HOME/a", "/home/ada/a", False),
        ("${X}/a", "*/a", True),
        ("a$(cat x)b", "a*b", True),
        ("a`cat x`b", "a*b", True),
        ("$((1+2))", "*", True),
        ("{a,b}.py", "*.py", False),
        ("{}", "*", True),
        ("a$", "a*", True),
    ],
)
def test_computed_parts_are_wildcards(text: str, pattern: str, is_computed: bool) -> None:
    assert wildcards(text, ROOT, FakeWorkspace(), glob=True) == (pattern, is_computed)
