"""Patches in the `apply_patch` format: every file that one of the clients could touch is named."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.adapters.patches import changes_of
from agentic.core.values import ToolCall
from agentic.errors import HostPayloadInvalid
from agentic.recognize.recognize import recognize
from tests.fakes import FACTS, ROOT, FakeWorkspace

WHOLE = """*** Begin Patch
*** Add File: src/new.py
+import os
+*** Delete File: not-this.py
*** Update File: src/old.py
*** Move to: src/moved.py
@@ def f():
 ***
-    return 1
+    return 2
*** End of File
*** Delete File: src/gone.py
*** End Patch
"""


def test_every_section_is_a_change() -> None:
    assert changes_of(WHOLE) == [
        {"change": "write", "path": "src/new.py", "content": "import os\n*** Delete File: not-this.py"},
        {"change": "delete", "path": "src/old.py"},
        {"change": "write", "path": "src/moved.py", "content": "    return 2"},
        {"change": "delete", "path": "src/gone.py"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "patch",
    [
        "  *** Delete File: a.py  ",
        "***Delete File: a.py\r",
        "cat <<'EOF'\n*** Begin Patch\n*** Delete File: a.py\n*** End Patch\nEOF",
        "*** Begin Patch\n *** Delete File: a.py\n*** End Patch",
    ],
)
def test_whatever_a_lenient_client_takes_for_a_header_counts(patch: str) -> None:
    assert changes_of(patch) == [{"change": "delete", "path": "a.py"}]


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        ("", "names no file"),
        ("*** Begin Patch\n*** End Patch", "names no file"),
        ("*** Add File: \n+x", "without a name"),
        ("*** Add File: a\n*** Copy File: b", "not known"),
        ("*** Move to: b", "does not update"),
        ("*** Delete File: a\n*** Move to: b", "does not update"),
    ],
)
def test_what_cannot_be_told_is_refused(patch: str, told: str) -> None:
    with pytest.raises(HostPayloadInvalid, match=told):
        changes_of(patch)


@given(st.text(max_size=200))
def test_a_file_that_is_named_is_never_missed(noise: str) -> None:
    patch = f"*** Begin Patch\n{noise}\n*** Delete File: .env\n*** End Patch"
    with contextlib.suppress(HostPayloadInvalid):
        assert {"change": "delete", "path": ".env"} in changes_of(patch)


def kinds(changes: object) -> list[str]:
    call = ToolCall("edit", {"changes": changes}, ROOT)
    return [operation.kind for operation in recognize(call, FACTS, FakeWorkspace()).operations]


def test_each_change_is_judged_by_its_own_path() -> None:
    assert kinds(changes_of(WHOLE)) == ["file.write", "file.delete", "file.write", "file.delete"]
    assert any(kind.startswith("governance.") for kind in kinds(
        [{"change": "write", "path": "a.py", "content": ""},
         {"change": "delete", "path": ".claude/settings.json"}]
    ))  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [[], None, 5, "x", [5], [{}], [{"change": "delete"}], [{"change": "copy", "path": "a"}],
     [{"change": "write", "path": f"{n}.py", "content": ""} for n in range(101)]],
)  # fmt: skip
def test_changes_that_are_not_understood_are_unknown(changes: object) -> None:
    assert "unknown.tool" in kinds(changes)
