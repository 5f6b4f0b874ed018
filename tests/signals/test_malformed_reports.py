"""Malformed documents and odd files: never clear, whatever they are, and told in plain words."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agentic.core.values import CLEAR, RAISED, UNKNOWN
from agentic.errors import InvalidDocument
from agentic.signals.live.gate_report import parse_gate_report
from agentic.signals.live.interface import Read
from tests.signals.report_files import (
    HEARTBEAT,
    INCIDENTS,
    SCHEMAS,
    SEVERE,
    Reports,
    above,
    bounded,
    drift,
    incidents,
    read_of,
    report,
    sample,
)


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(tmp_path)


CLEARING = {
    "gate-report": (above(), report(0.5)),
    "drift-report": (SEVERE, drift(("age", 0.1, 0.25))),
    "incident-file": (INCIDENTS, incidents()),
}
DUPLICATE = {
    "gate-report": b'"results"',
    "drift-report": b'"features"',
    "incident-file": b'"incidents"',
}


def _nested(kind: str, data: bytes) -> bytes:
    return data[:-1] + b', "x": ' + b"[" * 5000 + b"]" * 5000 + b"}"


BROKEN: dict[str, Callable[[str, bytes], bytes]] = {
    "empty": lambda kind, data: b"",
    "truncated": lambda kind, data: data[: len(data) // 2],
    "truncated by one": lambda kind, data: data[:-1],
    "html": lambda kind, data: b"<!doctype html><title>502 Bad Gateway</title>",
    "a list": lambda kind, data: b"[" + data + b"]",
    "null": lambda kind, data: b"null",
    "two documents": lambda kind, data: data + data,
    "not utf-8": lambda kind, data: data.replace(b"churn", b"ch\xffrn")[:-1] + b',"\xff":1}',
    "utf-16": lambda kind, data: data.decode().encode("utf-16"),
    "byte order mark": lambda kind, data: b"\xef\xbb\xbf" + data,
    "deep nesting": _nested,
    "duplicate key": lambda kind, data: data[:-1] + b", " + DUPLICATE[kind] + b": []}",
    "other version": lambda kind, data: data.replace(b'"version": 1', b'"version": 2'),
    "version as text": lambda kind, data: data.replace(b'"version": 1', b'"version": "1"'),
    "version true": lambda kind, data: data.replace(b'"version": 1', b'"version": true'),
    "version 1.0": lambda kind, data: data.replace(b'"version": 1', b'"version": 1.0'),
    "other kind": lambda kind, data: data.replace(b'"kind": "', b'"kind": "x-'),
    "unknown key": lambda kind, data: data[:-1] + b', "active": "false"}',
    "no moment": lambda kind, data: data.replace(b"2026-11-21T0", b"2026-11-31T0"),
    "no offset": lambda kind, data: data.replace(b':00Z"', b':00"'),
    "moment as number": lambda kind, data: data.replace(b'"2026-11-21T0', b'1795000000, "x": "'),
    "arabic digits": lambda kind, data: data.replace(b"2026-", "٢٠٢٦-".encode()),
}


@pytest.mark.parametrize("kind", CLEARING)
def test_the_intact_document_is_clear(reports: Reports, kind: str) -> None:
    read, document = CLEARING[kind]
    reports.put(document)
    assert reports.state(read) == CLEAR


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("kind", CLEARING)
def test_a_broken_document_is_unknown(reports: Reports, kind: str, broken: str) -> None:
    read, document = CLEARING[kind]
    intact = json.dumps(document).encode()
    data = BROKEN[broken](kind, intact)
    assert data != intact
    reports.put(data)
    assert reports.state(read) == UNKNOWN


RESULT: tuple[tuple[str, Any], ...] = (
    ("value", "0.5"),
    ("value", True),
    ("value", [0.5]),
    ("value", ...),
    ("verdict", "PASS"),
    ("verdict", "warning"),
    ("verdict", ...),
    ("measurement", ""),
    ("measurement", ["m"]),
    ("gate", "two words"),
    ("gate", ...),
    ("unit", 3),
    ("unit", "a\u202eb"),
    ("samples", -1),
    ("samples", 1.5),
    ("bound", {}),
    ("bound", {"above": 1, "below": 2}),
    ("bound", {"between": [2, 1]}),
    ("bound", {"between": [1]}),
    ("bound", {"over": 1}),
    ("slice", {"country": 49}),
    ("slice", ["DE"]),
    ("slice", {str(number): "x" for number in range(9)}),
    ("explanation", "fine"),
    ("explanation", {"text": "it is fine, believe me", "by": "A", "at": "2026-11-21T07:00:00Z"}),
    ("explanation", {"text": "it is fine, believe me", "at": "2026-11-21T07:00:00Z"}),
    ("because", "x"),
    ("note", "unknown key"),
)


@pytest.mark.parametrize(("key", "value"), RESULT)
def test_a_malformed_result_is_refused_by_parser_and_schema(
    reports: Reports, key: str, value: Any
) -> None:
    document = report(0.5)
    if value is ...:
        del document["results"][0][key]
    else:
        document["results"][0][key] = value
    reports.put(document)
    assert reports.state(above()) == UNKNOWN
    schema = json.loads((SCHEMAS / "gate-report.schema.json").read_text())
    is_beyond_schemas = key == "bound" and value == {"between": [2, 1]}
    assert bool(list(Draft202012Validator(schema).iter_errors(document))) != is_beyond_schemas


@pytest.mark.parametrize(
    "text", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1" * 400, b"1" * 5000]
)
@pytest.mark.parametrize("kind", ["gate-report", "drift-report"])
def test_only_finite_numbers_are_numbers(reports: Reports, kind: str, text: bytes) -> None:
    read, document = CLEARING[kind]
    data = json.dumps(document).encode()
    number = b'"value": 0.5' if kind == "gate-report" else b'"value": 0.1'
    assert number in data
    reports.put(data.replace(number, b'"value": ' + text))
    assert reports.state(read) == UNKNOWN


@pytest.mark.parametrize(
    "features",
    [
        [],
        [{"feature": "age", "value": 0.1, "threshold": 0}],
        [{"feature": "age", "value": 0.1, "threshold": -0.25}],
        [{"feature": "age", "value": -0.1, "threshold": 0.25}],
        [{"feature": "age", "value": None, "threshold": 0.25}],
        [{"feature": "age", "value": 0.1}],
        [{"feature": "", "value": 0.1, "threshold": 0.25}],
        {"age": 0.1},
        None,
    ],
)
@pytest.mark.parametrize("read", [SEVERE, HEARTBEAT], ids=["severe", "heartbeat"])
def test_malformed_features_are_unknown(reports: Reports, features: Any, read: Read) -> None:
    reports.put({**sample("drift"), "features": features})
    assert reports.state(read) == UNKNOWN


@pytest.mark.parametrize(
    "incident",
    [
        {"active": "false"},
        {"until": "2026-11-20T00:00:00Z"},  # before it began
        {"until": False},
        {"severity": 1},
        {"since": None},
        {"title": ""},
    ],
)
def test_a_malformed_incident_is_unknown(reports: Reports, incident: dict[str, Any]) -> None:
    reports.put(incidents(incident))
    assert reports.state(INCIDENTS) == UNKNOWN


def test_a_pass_that_contradicts_its_own_bound_is_refused(reports: Reports) -> None:
    reports.put(report(0.7, bound={"at_least": 0.8}))
    (reading,) = reports.ask(above())
    assert reading.state == UNKNOWN
    assert "its value does not meet its bound" in reading.because
    reports.put(report(None, bound={"at_least": 0.8}))
    assert reports.state(read_of("gate.failed")) == UNKNOWN


@pytest.mark.parametrize("kind", CLEARING)
@pytest.mark.parametrize("odd", ["fifo", "world-writable", "huge", "link out", "folder", "absent"])
def test_an_odd_file_is_unknown(reports: Reports, kind: str, odd: str) -> None:
    read, document = CLEARING[kind]
    path = reports.put(document, in_workspace=True)
    options: dict[str, Any] = {"path": "a.json", "may_clear": {"because": "it may"}}
    assert reports.state(read, **options) == CLEAR
    if odd == "world-writable":
        path.chmod(0o646)
    elif odd == "huge":
        options["max_bytes"] = path.stat().st_size - 1
    else:
        path.unlink()
        if odd == "fifo":
            os.mkfifo(path, 0o600)
        elif odd == "link out":
            path.symlink_to(reports.put(document))
        elif odd == "folder":
            path.mkdir()
    assert reports.state(read, **options) == UNKNOWN


@pytest.mark.parametrize("kind", CLEARING)
def test_one_broken_file_is_unknown_beside_the_others(reports: Reports, kind: str) -> None:
    read, document = CLEARING[kind]
    reports.put(document, "a.json")
    reports.put(b"<html>", "b.json")
    readings = reports.ask(read)
    assert UNKNOWN in {reading.state for reading in readings if not reading.service}


def test_a_broken_file_does_not_silence_a_raised_one(reports: Reports) -> None:
    reports.put(report(0.995), "a.json")
    reports.put(b"{", "b.json")
    assert {reading.state for reading in reports.ask(above())} == {RAISED, UNKNOWN}


def test_all_problems_are_told_in_one_line_each() -> None:
    document = deepcopy(sample("evaluation"))
    document["producer"]["nam"] = document["producer"].pop("name")
    document["results"][0]["verdict"] = "PASS"
    document["results"][1]["value"] = "high"
    document["results"][2]["slice"] = {"a b": "x"}
    with pytest.raises(InvalidDocument) as caught:
        parse_gate_report(json.dumps(document).encode(), "evaluation.json")
    problems = {d.message: d.help for d in caught.value.diagnostics}
    assert problems == {
        "the key `producer.name` is missing": "",
        "unknown key `producer.nam`": "did you mean `name`?",
        "`results[0].verdict` is not `PASS`": "it is `pass`, `fail`, `inconclusive` or `error`",
        "`results[1].value` must be a number, not `high`": "",
        "`results[2].slice.a b` is not valid here": "",
    }
    assert all("\n" not in d.message and d.where for d in caught.value.diagnostics)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_the_bytes_are_a_parser_refuses_or_accepts(data: bytes) -> None:
    with pytest.raises(InvalidDocument):
        parse_gate_report(data, "x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(["version", "kind", "produced_at", "producer", "subject", "results"]), JSON)
def test_any_part_replaced_is_refused_or_still_a_report(key: str, value: Any) -> None:
    document = {**report(0.5), key: value}
    if key == "version" and value == 1:
        return
    with pytest.raises(InvalidDocument):
        parse_gate_report(json.dumps(document).encode(), "x")


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_value_raises_exactly_beyond_its_bound(value: float, limit: float) -> None:
    from agentic.signals.live.bounds import meets

    assert meets(bounded(above=limit), value) == (value > limit)
    assert meets(bounded(at_least=limit), value) == (value >= limit)
    assert meets(bounded(below=limit), value) == (value < limit)
    assert meets(bounded(at_most=limit), value) == (value <= limit)
    low, high = sorted((value, limit))
    assert meets(bounded(between=[low, high]), value)
    with pytest.raises(ValueError, match="without a limit"):
        meets(bounded(), value)
