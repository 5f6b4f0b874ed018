"""A host is never told to run unasked what policy does not call AUTO."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.admission.judge import Judge
from agentic.admission.patterns import NAMES, Tool, parse_tool, reach_of
from agentic.core.values import AUTO
from agentic.instructions.grants import is_granted

GRANTED = [
    "read",
    "search",
    "shell(git status)",
    "shell(kubectl get pods *)",
    "shell(kubectl logs *)",
    "shell(agentic check *)",
    "shell(helm list)",
    "shell(pytest -q)",
]
#: (pattern, a word of what it admits)
REFUSED = [
    ("shell(kubectl *)", "delete"),
    ("shell(kubectl get *)", "secret"),
    ("shell(kubectl:*)", ""),
    ("shell(aws *)", ""),
    ("shell(gcloud *)", ""),
    ("shell(terraform *)", ""),
    ("shell(terraform apply *)", ""),
    ("shell(git *)", ""),
    ("shell(git push *)", ""),
    ("shell(git diff *)", "--output"),
    ("shell(cat *)", ".env"),
    ("shell(find *)", ""),
    ("shell(curl *)", "169.254"),
    ("shell(bash *)", ""),
    ("shell(rm *)", ""),
    ("shell(unheard-of-program *)", ""),
    ("shell(*)", ""),
    ("shell(kubectl delete pod x)", ""),
    ("shell(agentic *)", ""),
]


@pytest.mark.parametrize("text", GRANTED)
def test_reading_is_granted(text: str, judge: Judge) -> None:
    tool = parse_tool(text)
    assert tool is not None
    assert is_granted(tool, judge, "production")


@pytest.mark.parametrize(("text", "word"), REFUSED)
def test_what_reaches_further_is_not(text: str, word: str, judge: Judge) -> None:
    tool = parse_tool(text)
    assert tool is not None
    assert not is_granted(tool, judge, "")
    reach = reach_of(tool, judge, "")
    assert reach.mode != AUTO
    assert word in reach.example


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"read", "search"}))
def test_a_bare_tool_that_does_more_than_read_stays_the_hosts_own_question(
    name: str, judge: Judge
) -> None:
    assert not is_granted(Tool(name), judge, "")


def test_a_tool_of_a_server_is_judged_as_a_call(judge: Judge) -> None:
    assert not is_granted(Tool("mcp", "github/merge_pull_request"), judge, "")
    assert not is_granted(Tool("mcp", "anything"), judge, "")
    assert not is_granted(Tool("mcp", "anything/*"), judge, "")


@given(data=st.data())
def test_nothing_above_auto_is_ever_granted(data: st.DataObject, judge: Judge) -> None:
    """INVARIANT: whatever a granted pattern covers of the catalogue's examples is AUTO."""
    example = data.draw(st.sampled_from(judge.examples))
    words = example.split()
    length = data.draw(st.integers(min_value=1, max_value=len(words)))
    is_open = data.draw(st.booleans())
    argument = " ".join(words[:length]) + (" *" if is_open else "")
    if is_granted(Tool("shell", argument), judge, ""):
        covered = [t for t in judge.examples if t.startswith(" ".join(words[:length]) + " ")]
        for text in covered if is_open else [" ".join(words[:length])]:
            assert judge.command(text).mode == AUTO, (argument, text)
