"""Report files as tests write them, and what the readers make of them.

`reports/` holds one good document of each producer and `signals.yaml`, the policy that reads them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agentic.authoring.signals import read_settings
from agentic.authoring.validate import parse_policy
from agentic.core.values import Reading
from agentic.signals.live.documents import unix_s
from agentic.signals.live.drift_report import DriftReport, read_drift_reports
from agentic.signals.live.gate_report import GateReport
from agentic.signals.live.incident_file import IncidentFile, read_incident_file
from agentic.signals.live.interface import Read, Round, SourceFailed
from agentic.signals.live.reports import read_gate_reports

SAMPLES = Path(__file__).parent / "reports"
SCHEMAS = Path(__file__).parent.parent.parent / "docs/schemas"
NOW = unix_s("2026-11-21T08:00:00Z")
WORDS = {"prod": "production", "production": "production", "staging": "staging", "dev": "dev"}
READERS: dict[str, Callable[[Read, Round], Any]] = {
    "gate-report": read_gate_reports,
    "drift-report": read_drift_reports,
    "incident-file": read_incident_file,
}
POLICY = parse_policy((SAMPLES / "signals.yaml").read_bytes(), "signals.yaml")
MODELS = {
    "gate-report": GateReport,
    "drift-report": DriftReport,
    "incident-file": IncidentFile,
}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def read_of(signal: str, **settings: Any) -> Read:
    """The read of one signal as the example policy holds it, perhaps with other settings."""
    entry = next(entry for entry in POLICY.document.signals if entry.signal == signal)
    told = {**read_settings(entry.reads[0]), **settings}
    return Read(signal, told, entry.severity, entry.max_age)


def bounded(**limit: Any) -> dict[str, Any]:
    return {**dict.fromkeys(("above", "at_least", "below", "at_most", "between")), **limit}


class Reports:
    """Report files, in a folder that may clear or in a workspace, and the answers of reads of them."""

    def __init__(self, folder: Path) -> None:
        self.outside, self.workspace = folder / "reports", folder / "work"
        self.outside.mkdir()
        self.workspace.mkdir()

    def put(self, document: Any, name: str = "a.json", *, in_workspace: bool = False) -> Path:
        path = (self.workspace if in_workspace else self.outside) / name
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        path.write_bytes(data)
        path.chmod(0o644)
        return path

    def ask(self, read: Read, *, now: int = NOW, **source: Any) -> list[Reading]:
        """What `ask` makes of a reader: a failed source is one UNKNOWN reading."""
        settings = {"kind": "file", "path": f"{self.outside}/*.json", **source}
        sources = {read.settings["source"]: settings}
        deadline = time.monotonic() + 10
        this = Round(now, deadline, sources, _no_network, str(self.workspace), WORDS)
        try:
            readings = list(READERS[read.settings["kind"]](read, this))
        except SourceFailed as failure:
            readings = [read.unknown(str(failure), this)]
        for reading in readings:
            assert reading.because
            assert "\n" not in reading.because
            assert len(reading.because) <= 300
            assert reading.signal == read.signal
            assert reading.observed_at > 0
        assert readings
        return readings

    def state(self, read: Read, **options: Any) -> str:
        """The state of the only reading."""
        (reading,) = self.ask(read, **options)
        return reading.state


def _no_network(name: str) -> Any:
    raise AssertionError(f"a file source asked for the connection {name!r}")


def report(
    value: Any = 0.5,
    measurement: str = "m",
    verdict: str = "pass",
    *,
    at: str = "2026-11-21T06:00:00Z",
    service: str = "churn",
    environment: str | None = "production",
    producer: str = "p",
    model: str | None = None,
    **result: Any,
) -> dict[str, Any]:
    return {
        "version": 1,
        "kind": "gate-report",
        "produced_at": at,
        "producer": {"name": producer},
        "subject": {"service": service, "environment": environment, "model": model},
        "results": [
            {
                "gate": "g",
                "measurement": measurement,
                "value": value,
                "verdict": verdict,
                **result,
            }
        ],
    }


ABOVE = {"measurement": "m", "raised_when": bounded(above=0.99)}


def above(**settings: Any) -> Read:
    return read_of("quality.suspicious", **{**ABOVE, **settings})


def drift(*features: tuple[str, Any, Any], **top: Any) -> dict[str, Any]:
    listed = [{"feature": n, "value": v, "threshold": t} for n, v, t in features]
    return {**sample("drift"), "features": listed, **top}


def incidents(*listed: dict[str, Any], updated_at: str = "2026-11-21T07:55:00Z") -> dict[str, Any]:
    entries = [
        {"id": "INC-7", "title": "502", "severity": "P1", "since": updated_at, **one}
        for one in listed
    ]
    return {"version": 1, "kind": "incidents", "updated_at": updated_at, "incidents": entries}


SEVERE = read_of("drift.severe")
HEARTBEAT = read_of("drift.heartbeat-missing")
INCIDENTS = read_of("incident.active")
