"""Whatever a manifest holds, it is a document or a list of what is wrong with it, never a crash."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agentic.admission.judge import Judge
from agentic.errors import InvalidDocument
from agentic.instructions.documents import parse_manifest
from agentic.instructions.engine import prepared
from agentic.instructions.plan import changes
from tests.instructions.generated import synced
from tests.instructions.sample import CONTENT, write_manifest

WRONG = {
    "nothing": b"",
    "a text": b"hello\n",
    "a list": b"- version: 1\n",
    "not YAML": b"version: [1\n",
    "not text": b"\xff\xfe\x00",
    "no version": b"hosts: [cursor]\n",
    "another version": b"version: 2\nhosts: [cursor]\n",
    "a truth value as version": b"version: true\nhosts: [cursor]\n",
    "no hosts": b"version: 1\n",
    "no host": b"version: 1\nhosts: []\n",
    "an anchor": b"version: 1\nhosts: &h [cursor]\n",
    "a tag": b"version: 1\nhosts: !!python/object:os.system [cursor]\n",
    "a key twice": b"version: 1\nhosts: [cursor]\nhosts: [codex]\n",
    "two documents": b"version: 1\nhosts: [cursor]\n---\nversion: 1\n",
    "rules that are a text": b"version: 1\nhosts: [cursor]\nrules: all\n",
    "a rule that is a text": b"version: 1\nhosts: [cursor]\nrules: [all]\n",
    "a source with a comment's end": (
        b"version: 1\nhosts: [cursor]\nrules:\n"
        b"  - {id: a, source: 'a-->b.md', description: d, trigger: manual}\n"
    ),
    "depth": b"version: " + b"[" * 100 + b"]" * 100,
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_place(data: bytes) -> None:
    with pytest.raises(InvalidDocument) as told:
        parse_manifest(data, "manifest.yaml")
    for problem in told.value.diagnostics:
        assert problem.code.startswith("instructions.")
        assert problem.where.startswith("manifest.yaml:")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(CONTENT)), inner),
    )
)
def test_any_content_is_a_document_or_a_diagnostic(content: object) -> None:
    try:
        manifest, _ = parse_manifest(yaml.safe_dump(content).encode(), "manifest.yaml")
    except InvalidDocument:
        return
    assert manifest.version == 1


def test_a_mark_in_a_description_does_not_end_a_table(root: Path, judge: Judge) -> None:
    content = copy.deepcopy(CONTENT)
    content["rules"][0]["description"] = "Ends <!-- end --> | early"  # type: ignore[index]
    write_manifest(root, content)
    synced(root, judge)
    page = (root / "AGENTS.md").read_text()
    assert "Ends &lt;!-- end --> \\| early" in page
    assert changes(prepared(str(root), judge).steps) == ()
