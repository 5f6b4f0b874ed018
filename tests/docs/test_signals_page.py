"""docs/SIGNALS.md: every piece of policy is valid, every document is accepted, nothing is left out."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from agentic.authoring.build import shipped_documents
from agentic.authoring.layers import read_files
from agentic.authoring.signal_documents import Connection, Source
from agentic.authoring.sources import WORKSPACE, LayerFiles
from agentic.authoring.validate import parse_policy
from agentic.cli.signals import signals_app
from agentic.shipped import POLICIES, shipped_folder
from agentic.signals.live.documents import Closed, parse_document
from agentic.signals.live.drift_report import DriftReport
from agentic.signals.live.gate_report import GateReport
from agentic.signals.live.incident_file import IncidentFile
from agentic.signals.registry import HOT, LIVE
from tests.docs.examples import examples_in

PAGE = "docs/SIGNALS.md"
ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / PAGE).read_text()
_BLOCK = re.compile(r"^```(yaml|json)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(kind, file, text) for kind, file, text in _BLOCK.findall(TEXT)]
POLICIES_SHOWN = [(file, text) for kind, file, text in BLOCKS if kind == "yaml"]
DOCUMENTS = [text for kind, file, text in BLOCKS if kind == "json" and not file]
MODELS: dict[str, type[Closed]] = {
    "gate-report": GateReport,
    "drift-report": DriftReport,
    "incidents": IncidentFile,
}
#: What `agentic init` has declared by the time that the page adds a file to its folder.
DECLARED = (
    "version: 1\nsources:\n  - {source: prometheus, kind: prometheus, url: 'http://localhost'}\n"
)


def layer(texts: list[str]) -> LayerFiles:
    files = tuple((f"{i}.yaml", text.encode()) for i, text in enumerate(texts))
    return LayerFiles(WORKSPACE, ".agentic", files, "shown")


def test_all_policy_of_the_page_is_valid_together() -> None:
    shipped = shipped_documents(shipped_folder(POLICIES))
    texts = [DECLARED, *(text for _, text in POLICIES_SHOWN)]
    read, problems = read_files(shipped, layer(texts))
    assert problems == []
    assert len(read) == len(texts)


def test_a_mistake_in_the_page_would_be_found() -> None:
    shipped = shipped_documents(shipped_folder(POLICIES))
    wrong = [text.replace("source: metrics", "source: metricks") for _, text in POLICIES_SHOWN]
    _, problems = read_files(shipped, layer(wrong[1:]))
    assert any("metricks" in problem.message for problem in problems)


@pytest.mark.parametrize("text", DOCUMENTS, ids=lambda text: json.loads(text)["kind"])
def test_a_document_is_accepted_by_its_own_parser(text: str) -> None:
    model = MODELS[json.loads(text)["kind"]]
    assert parse_document(model, text.encode(), PAGE)


def test_every_kind_of_document_is_shown() -> None:
    assert sorted(json.loads(text)["kind"] for text in DOCUMENTS) == sorted(MODELS)


def test_every_kind_of_read_and_of_source_is_shown() -> None:
    reads, sources = set(), set()
    for file, text in POLICIES_SHOWN:
        document = parse_policy(text.encode(), file or PAGE).document
        reads |= {read.kind for signal in document.signals for read in signal.reads}
        sources |= {source.kind for source in document.sources}
    assert reads == {*HOT, *LIVE}
    models = get_args(get_args(Source)[0])
    assert sources == {get_args(model.model_fields["kind"].annotation)[0] for model in models}


def test_every_setting_of_a_connection_is_named() -> None:
    own = set(Connection.model_fields) - {"source"}
    assert sorted(name for name in own if f"`{name}`" not in TEXT) == []


def command_names() -> list[str]:
    return [
        command.name or _called(command.callback) for command in signals_app.registered_commands
    ]


def _called(function: Any) -> str:
    name: str = function.__name__
    return name


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_an_executed_example(name: str) -> None:
    assert any(f"agentic signals {name}" in example.command for example in examples_in(PAGE))


#: What would send something else than GET, or let the caller choose, on a session or a client.
SENDING = {"delete", "options", "patch", "post", "put", "request", "send"}
_SENDER = re.compile(r"session|client|requests|connection")


def sending_calls(source: str) -> list[str]:
    """Such calls in a module's source, as they are written."""
    return [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SENDING
        and _SENDER.search(ast.unparse(node.func.value))
    ]


def test_nothing_but_get_is_ever_sent() -> None:
    modules = sorted((ROOT / "agentic/signals/live").glob("*.py"))
    assert len(modules) > 20
    found = {path.name: sending_calls(path.read_text()) for path in modules}
    assert {name: calls for name, calls in found.items() if calls} == {}
    assert sending_calls("self.session.post(u); client.request('GET', u); queue.put(1)") == [
        "self.session.post",
        "client.request",
    ]
