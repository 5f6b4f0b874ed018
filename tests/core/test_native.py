"""The C modules and their public fallbacks give the same answers, on whatever Python runs this."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core import native
from agentic.errors import InvalidDocument

C_MODULES = ("_json", "_sha2", "_sha256")


def fallback_module() -> ModuleType:
    """A second copy of the module, loaded where the C modules cannot be imported."""
    spec = importlib.util.spec_from_file_location("native_fallback", native.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    hidden = {name: sys.modules.pop(name, None) for name in C_MODULES}
    try:
        for name in C_MODULES:
            sys.modules[name] = None  # type: ignore[assignment]
        spec.loader.exec_module(module)
    finally:
        for name, known in hidden.items():
            if known is None:
                del sys.modules[name]
            else:
                sys.modules[name] = known
    return module


BOTH = pytest.mark.parametrize(
    "module", [native, fallback_module()], ids=["C modules", "public modules"]
)

ACCEPTED = {
    " {} ": {},
    "\t\n\r [1, -0, 2.5e1]\n": [1, 0, 25.0],
    '"\\ud83d\\ude00"': "\U0001f600",
    '"\\ud800 \\u0000"': "\ud800 \x00",
    "null": None,
    "true": True,
    '{"a":{"a":1}}': {"a": {"a": 1}},
    "9007199254740993": 9007199254740993,
}

REFUSED = {
    "": ("json.syntax", "1:1"),
    "  \n ": ("json.syntax", ""),
    '{"a":1,"a":2}': ("json.duplicate-key", ""),
    '{"b":{"\\u0061":1,"a":2}}': ("json.duplicate-key", ""),
    "NaN": ("json.number", ""),
    "[-Infinity]": ("json.number", ""),
    "[1e999]": ("json.number", ""),
    "1" * 5000: ("json.number", ""),
    "[1] x": ("json.syntax", "1:4"),
    '{"a":\n "b\x01"}': ("json.syntax", "2:4"),
    "\ufeff{}": ("json.syntax", "1:1"),
    "{1:2}": ("json.syntax", "1:2"),
    "[1,,2]": ("json.syntax", "1:4"),
    "'a'": ("json.syntax", "1:1"),
    "[": ("json.syntax", ""),
    "01": ("json.syntax", "1:2"),
    '"abc': ("json.syntax", "1:1"),
    '"\\x"': ("json.syntax", ""),
    "[" * 129 + "]" * 129: ("json.depth", ""),
    "[" * 100_000: ("json.depth", ""),
    '{"a":' * 129 + "1" + "}" * 129: ("json.depth", ""),
}


@BOTH
@pytest.mark.parametrize("text", ACCEPTED, ids=lambda text: repr(text)[:30])
def test_accepted(module: ModuleType, text: str) -> None:
    value = module.parse_json(text)
    assert value == ACCEPTED[text]
    assert type(value) is type(ACCEPTED[text])


@BOTH
@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text)[:30])
def test_refused_with_one_line_and_a_place(module: ModuleType, text: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        module.parse_json(text, what="the payload")
    code, where = REFUSED[text]
    error = refused.value
    assert error.code == code
    assert error.where.startswith(where)
    assert error.message.startswith("the payload is not valid JSON: ")
    assert "\n" not in error.message
    assert not error.message.endswith(".")


@BOTH
@pytest.mark.parametrize("depth", [127, 128])
def test_depth_counts_nested_containers(module: ModuleType, depth: int) -> None:
    module.parse_json("[" * depth + "1" + "]" * depth)
    module.parse_json("[[1],[2]]" if depth < 128 else "[" + "[],[1,{}]," * 200 + "3]")


def test_wide_values_are_not_deep() -> None:
    wide = json.dumps([[[]]] * 500)
    assert native.parse_json(wide, max_depth=3) == json.loads(wide)
    with pytest.raises(InvalidDocument, match="deeper than 2"):
        native.parse_json(wide, max_depth=2)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@BOTH
@given(value=plain)
def test_reads_what_json_writes(module: ModuleType, value: Any) -> None:
    assert module.parse_json(json.dumps(value)) == value
    assert module.parse_own_json(json.dumps(value)) == value


@BOTH
@given(text=st.text() | st.text(alphabet='{}[]",:0123456789.eE-+truefalsn \\u'))
def test_an_own_text_that_is_none_is_refused(module: ModuleType, text: str) -> None:
    try:
        value = module.parse_own_json(text)
    except (ValueError, StopIteration, RecursionError):
        return
    assert value == json.loads(text)


@BOTH
@given(text=st.text() | st.text(alphabet='{}[]",:0123456789.eE-+truefalsn \\u'))
def test_agrees_with_json_or_refuses(module: ModuleType, text: str) -> None:
    try:
        value = module.parse_json(text)
    except InvalidDocument:
        return
    assert value == json.loads(text)


@BOTH
@given(text=st.text())
def test_encoded_strings_read_back(module: ModuleType, text: str) -> None:
    assert json.loads(module.encode_string(text)) == text


@BOTH
@pytest.mark.parametrize("size", [0, 1, 63, 64, 1000, 2_000_001])
def test_sha256(module: ModuleType, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert module.sha256_hex(data[:size]) == hashlib.sha256(data[:size]).hexdigest()


@pytest.mark.parametrize(
    "work",
    [
        "native.parse_json('{\"a\": [1, 2.5]}')",
        "native.sha256_hex(b'x')",
        "native.encode_string('x')",
    ],
)
def test_good_input_loads_no_public_module(work: str) -> None:
    code = f"""
import sys
sys.path.insert(0, '.')
from agentic.core import native
{work}
print(sorted({{'json', 're', 'hashlib', 'os', 'enum', 'typing'}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_syntax_error_is_told_in_a_process_without_json() -> None:
    """Some releases cannot raise it before `json.decoder` is loaded."""
    code = """
import sys
sys.path.insert(0, '.')
from agentic.core.native import parse_json
from agentic.errors import InvalidDocument
for text in ('[1 2]', '{"a" 1}', '"abc'):
    try:
        parse_json(text)
    except InvalidDocument as error:
        print(error.code, error.where)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["json.syntax 1:4", "json.syntax 1:6", "json.syntax 1:1"]
