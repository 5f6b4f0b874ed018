"""What holds for every test: a scrubbed environment, no network but loopback, campaigns by share,
and a report of the run that the coverage check reads."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# Whoever starts the tests in the background or under `nohup` leaves these signals ignored, and so would
# every command that a test starts.
for _number, _ordinary in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _ordinary)

#: What could change a decision, a place or a message, and what an agent's own session sets.
SCRUBBED_PREFIXES = (
    "AGENTIC_HOOK", "ANTHROPIC_", "AWS_", "AZURE_", "CI", "CLAUDE", "CLOUDSDK_", "DOCKER_", "GIT_",
    "GITHUB_", "GOOGLE_", "HELM_", "KUBE", "MLFLOW_", "PYTHONPATH", "TF_", "XDG_CONFIG", "XDG_DATA",
    "XDG_STATE",
)  # fmt: skip

for _name in list(os.environ):
    if _name.startswith(SCRUBBED_PREFIXES):
        del os.environ[_name]
os.environ["LC_ALL"] = "C.UTF-8"
os.environ["TZ"] = "UTC"
time.tzset()

#: `make test` runs a tenth of each campaign, `make test-long` the whole.
IS_WHOLE = os.environ.get("AGENTIC_CAMPAIGN") == "whole"

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
# The same examples in every run of `make test`, so that red means changed code; `make test-long` searches.
settings.register_profile(
    "tenth", deadline=None, derandomize=True, suppress_health_check=_SLOW, print_blob=True
)
settings.register_profile(
    "whole", parent=settings.get_profile("tenth"), derandomize=False, max_examples=1000
)
settings.load_profile("whole" if IS_WHOLE else "tenth")


@pytest.fixture(scope="session")
def campaign() -> Callable[[int], int]:
    """How many of a campaign's steps to run now: all of them, or a tenth and at least one."""
    return lambda steps: steps if IS_WHOLE else max(1, steps // 10)


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """A test that talks to anything but this machine fails at the connect."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(
            ("127.", "::1", "localhost")
        ):
            raise AssertionError(f"a test may not talk to {address!r}: only loopback is there")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `long` run in whole campaigns only: elsewhere they are left out, not skipped."""
    if IS_WHOLE:
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


# What ran, how it went and how long it took: written by the process that the reports arrive at.

_outcomes: dict[str, str] = {}
_seconds: dict[str, float] = {}
_started = time.monotonic()


def room_of(nodeid: str) -> str:
    """The top-level folder of a test, or `root` for files beside the folders."""
    parts = nodeid.partition("::")[0].split("/")
    return parts[1] if len(parts) > 2 else "root"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    room = room_of(report.nodeid)
    _seconds[room] = _seconds.get(room, 0.0) + report.duration
    if report.when == "call" or report.outcome != "passed":
        worst = _outcomes.get(report.nodeid, "passed")
        _outcomes[report.nodeid] = report.outcome if worst == "passed" else worst


def pytest_sessionfinish(session: pytest.Session) -> None:
    target = os.environ.get("AGENTIC_TEST_REPORT")
    if not target or hasattr(session.config, "workerinput"):
        return
    report = {"tests": dict(sorted(_outcomes.items())), "seconds": _seconds}
    Path(target).write_text(json.dumps(report, indent=0, sort_keys=True) + "\n")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Each room's time beside its written budget. Over budget is told, never a failure: machines differ."""
    if not os.environ.get("AGENTIC_TEST_REPORT"):
        return
    budgets = yaml.safe_load((ROOT / "tests/budgets.yaml").read_text())
    elapsed = time.monotonic() - _started
    terminalreporter.section("time by room (seconds of work, all processes)")
    for room in sorted({*_seconds, *budgets["rooms"]}):
        budget = budgets["rooms"].get(room)
        spent = _seconds.get(room, 0.0)
        verdict = "no budget written" if budget is None else "met" if spent <= budget else "OVER"
        terminalreporter.line(f"{room:14} {spent:8.1f} of {budget or 0:5} {verdict}")
    whole = budgets["whole"]
    verdict = "met" if elapsed <= whole else "OVER"
    terminalreporter.line(f"{'whole run':14} {elapsed:8.1f} of {whole:5} {verdict}")
