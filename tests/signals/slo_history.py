"""A Prometheus with a month of history that never happened: services with traffic and errors as tests need.

Written as OpenMetrics and turned into blocks by promtool, so that windows of 30 days are real ones. The data
goes on for a while after now, so that a slow machine still finds it fresh.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.signals.servers import free_port, program, prometheus_command, running

MINUTE, HOUR, DAY = 60, 3600, 86_400
#: (until how old, how many seconds between samples): coarse long ago, fine lately
GRID = ((3 * DAY, HOUR), (3 * HOUR, 600), (-15 * MINUTE, 30))
OLDEST = 31 * DAY


class Service(NamedTuple):
    """What happened: requests a second and the share that failed, by age in seconds.

    `until` is the age of its last sample. Without `errors` there never was a series of failed requests.
    """

    errors: Callable[[float], float] | None = None
    requests: Callable[[float], float] = lambda _age: 1.0
    until: float = GRID[-1][0]
    labels: str = ""


SERVICES: dict[str, Service] = {
    "healthy": Service(),
    "fast": Service(lambda age: 0.02 if age < 2 * HOUR else 0),
    "slow": Service(lambda age: 0.004 if age < 3.5 * DAY else 0),
    "exhausted": Service(lambda _age: 0.0015),
    "recovered": Service(lambda age: 0.1 if 9 * DAY < age < 10 * DAY else 0),
    "over": Service(lambda age: 0.05 if 10 * MINUTE < age < 70 * MINUTE else 0),
    "down": Service(lambda age: 1.0 if age < 7 * HOUR else 0),
    "idle": Service(lambda _age: 0.0, lambda _age: 0.0),
    "night": Service(lambda _age: 0.0, lambda age: 0.0 if age < 40 * MINUTE else 1.0),
    "asleep": Service(lambda _age: 0.0, lambda age: 0.0 if age < 2 * HOUR else 1.0),
    "vanished": Service(lambda _age: 0.0, until=20 * MINUTE),
    "low": Service(lambda age: 0.05 if age < 2 * HOUR else 0, lambda _age: 20 / HOUR),
    "checkout": Service(lambda _age: 0.006),
    "search": Service(lambda _age: 0.002),
}


def _ages() -> list[int]:
    ages: list[int] = []
    age = OLDEST
    for until, step in GRID:
        while age > until:
            ages.append(age)
            age -= step
    return ages


def _counter(
    name: str, labels: str, per_s: Callable[[float], float], until: float, now: int
) -> str:
    lines: list[str] = []
    value = 0.0
    before = OLDEST
    for age in _ages():
        value += per_s(age) * (before - age)
        before = age
        if age >= until:
            lines.append(f"{name}{{{labels}}} {value:.6f} {now - age}")
    return "\n".join(lines)


def _history(now: int) -> str:
    parts = ["# TYPE http_requests counter"]
    for name, service in SERVICES.items():
        labels = f'job="api",service="{name}",environment="prod"'
        errors, requests = service.errors, service.requests
        share = errors or (lambda _age: 0.0)
        for code, part in (
            ("200", lambda age, r=requests, e=share: r(age) * (1 - e(age))),
            ("500", lambda age, r=requests, e=share: r(age) * e(age)),
        ):
            if code == "200" or errors is not None:
                told = f'{labels},code="{code}"'
                parts.append(_counter("http_requests_total", told, part, service.until, now))
    # Pods of one service: one is gone, one took over.
    parts.append("# TYPE pod_requests counter")
    for pod, until in (("gone", HOUR), ("alive", -900)):
        told = f'service="pods",pod="{pod}"'
        parts.append(_counter("pod_requests_total", told, lambda _age: 1.0, until, now))
    # What a Sloth document asks for.
    parts.append("# TYPE search_requests counter")
    for code, rate in (("200", 0.998), ("503", 0.002)):
        told = f'code="{code}"'
        parts.append(_counter("search_requests_total", told, lambda _a, r=rate: r, -900, now))
    parts.append("# TYPE search_index_fresh gauge")
    parts.extend(f"search_index_fresh 1 {now - age}" for age in _ages())
    parts.append("# EOF")
    return "\n".join(parts) + "\n"


@contextmanager
def history_in(folder: Path) -> Iterator[str]:
    """The URL of a Prometheus that holds the history, until the block ends."""
    (folder / "history").write_text(_history(int(time.time())))
    made = subprocess.run(
        [
            program("promtool"), "tsdb", "create-blocks-from", "openmetrics",
            "--max-block-duration=1000h", str(folder / "history"), str(folder / "data"),
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (folder / "config.yml").write_text("global: {}\n")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        *prometheus_command(folder),
        "--storage.tsdb.retention.time=1y",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(command, url, folder):
        yield url
