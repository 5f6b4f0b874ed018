"""The live scene of the demo: one command before, during and after an incident, on real monitoring.

A service exports its error ratio; a real Prometheus scrapes it, a rule of its fires, a real Alertmanager
gets the alert, `agentic signals refresh` asks both, and one deployment is judged three times. The servers
are taken from PATH, or from where `make test` fetches them; without them the scene is left out, and said.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.request import ProxyHandler, build_opener

from demo.sandbox import Sandbox, shortened

#: Where `make test` keeps the servers that it fetched (tests/signals/fetch_servers.sh).
CACHE = Path(
    os.environ.get("AGENTIC_TEST_SERVERS")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentic-tests/servers"
)
PATIENCE_S = 60.0
HEALTHY, FAILING = 0.001, 0.2

CONFIG = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{folder}/rules.yml]
scrape_configs: [{{job_name: churn, static_configs: [{{targets: ["{service}"]}}]}}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
"""
RULES = """\
groups:
  - name: churn
    rules:
      - {alert: Watchdog, expr: vector(1), labels: {severity: none}}
      - alert: ChurnPredictionsFail
        expr: churn_error_ratio > 0.05
        labels: {severity: page, service: churn, environment: staging}
"""
ROUTES = (
    "route: {receiver: nobody, group_wait: 0s, group_interval: 1s}\nreceivers: [{name: nobody}]\n"
)
#: This team watches around the clock, so that the hour at which the demo runs does not decide.
AROUND_THE_CLOCK = """\
version: 1
signals:
  - signal: clock.off-hours
    reads:
      - kind: clock
        zone: UTC
        days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
        start: "00:00"
        end: "24:00"
"""

#: Says a problem unless the first is true.
Unless = Callable[[object, str], None]


class Programs(NamedTuple):
    """The two servers' programs."""

    prometheus: str
    alertmanager: str


class Monitoring(NamedTuple):
    """Running servers, and the error ratio that the service tells them: a list of one number."""

    prometheus: str
    alertmanager: str
    error_ratio: list[float]


def programs_found() -> Programs | None:
    """Prometheus and Alertmanager, or None when one of them is missing."""
    found = [
        next((path for name in names if (path := _program(name))), "")
        for names in (("prometheus",), ("alertmanager", "prometheus-alertmanager"))
    ]
    return Programs(*found) if all(found) else None


def _program(name: str) -> str:
    unpacked = CACHE / "debian/usr/bin" / name
    return shutil.which(name) or (str(unpacked) if unpacked.is_file() else "")


@contextmanager
def monitoring(programs: Programs, folder: Path) -> Iterator[Monitoring]:
    """A service with metrics, Prometheus and Alertmanager on loopback until the block ends."""
    ratio = [HEALTHY]
    (folder / "rules.yml").write_text(RULES)
    (folder / "routes.yml").write_text(ROUTES)
    with ExitStack() as stack:
        service = stack.enter_context(_service(ratio))
        ports = [_free_port() for _ in Programs._fields]
        prometheus, alertmanager = (f"127.0.0.1:{port}" for port in ports)
        (folder / "config.yml").write_text(
            CONFIG.format(folder=folder, service=service, alertmanager=alertmanager)
        )
        for command, address in (
            (
                [
                    programs.alertmanager,
                    f"--config.file={folder}/routes.yml",
                    f"--storage.path={folder}/alerts",
                    "--cluster.listen-address=",
                ],
                alertmanager,
            ),
            (
                [
                    programs.prometheus,
                    f"--config.file={folder}/config.yml",
                    f"--storage.tsdb.path={folder}/metrics",
                    "--rules.alert.resend-delay=1s",
                ],
                prometheus,
            ),
        ):
            told = [*command, f"--web.listen-address={address}"]
            stack.enter_context(_running(told, f"http://{address}", folder))
        yield Monitoring(f"http://{prometheus}", f"http://{alertmanager}", ratio)


@contextmanager
def _service(ratio: list[float]) -> Iterator[str]:
    """A service that tells its error ratio at /metrics; gives its host and port."""

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"churn_error_ratio {ratio[0]}\n".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads its log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Metrics) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@contextmanager
def _running(command: list[str], url: str, folder: Path) -> Iterator[None]:
    """A server until the block ends, ready when it begins.

    It works in the folder of its package, where a fetched Alertmanager looks for its templates.
    """
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=Path(command[0]).parents[2],
        )
    try:
        _wait_for(lambda: _answers(f"{url}/-/ready"), f"{command[0]} is ready")
        yield
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bytes:
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=5) as reply:
            return bytes(reply.read()) or b"ready"
    except OSError:
        return b""


def _wait_for(look: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not look():
        if time.monotonic() > ends:
            raise RuntimeError(f"within {PATIENCE_S:g} s not: {what}")
        time.sleep(0.1)


def alert_names(where: Monitoring) -> set[str]:
    """The names of the alerts that Alertmanager holds now."""
    body = _answers(f"{where.alertmanager}/api/v2/alerts?active=true") or b"[]"
    return {alert["labels"]["alertname"] for alert in json.loads(body)}


def show_live(machine: Sandbox, deploy: tuple[str, ...], unless: Unless) -> None:
    """The scene; says so and does nothing when the servers are not here."""
    programs = programs_found()
    if programs is None:
        print("left out: no prometheus and alertmanager on PATH (`make test` fetches its own)")
        return
    folder = machine.home / "monitoring"
    folder.mkdir()
    with monitoring(programs, folder) as servers:
        _wait_for(lambda: "Watchdog" in alert_names(servers), "the Watchdog alert arrives")
        _declare(machine, servers, unless)
        for told, ratio, status in (
            ("before: nothing is wrong", HEALTHY, 10),
            (f"during: {FAILING:.0%} of the predictions fail", FAILING, 20),
            ("after: the service is healthy again", HEALTHY, 10),
        ):
            servers.error_ratio[0] = ratio
            is_firing = ratio == FAILING
            _wait_for(
                lambda: ("ChurnPredictionsFail" in alert_names(servers)) is is_firing,  # noqa: B023
                "the alert follows its metric",
            )
            print(f"-- {told}\n")
            _ask(machine, deploy, status, is_firing=is_firing, unless=unless)


def _declare(machine: Sandbox, servers: Monitoring, unless: Unless) -> None:
    layer = machine.project / ".agentic"
    layer.mkdir(exist_ok=True)
    (layer / "hours.yaml").write_text(AROUND_THE_CLOCK)
    machine.agentic("policy", "trust", "--yes")
    arguments = (
        "init",
        "--host",
        "claude-code",
        "--scope",
        "local",
        "--prometheus",
        servers.prometheus,
        "--alertmanager",
        servers.alertmanager,
    )
    done = machine.agentic(*arguments)
    print(f"$ agentic {' '.join(arguments)}\n{shortened(machine, done.stdout)}\n")
    unless("monitoring.yaml" in done.stdout, "init does not say which file it wrote")


def _ask(
    machine: Sandbox, deploy: tuple[str, ...], status: int, *, is_firing: bool, unless: Unless
) -> None:
    for arguments, wanted in (
        (("signals", "refresh"), 0),
        (("check", "--env", "staging", "--", *deploy), status),
    ):
        done = machine.agentic(*arguments, check=False)
        told = shortened(machine, done.stdout)
        print(f"$ agentic {' '.join(arguments)}\n{told}\n[exit {done.returncode}]\n")
        unless(
            done.returncode == wanted,
            f"exit {done.returncode} instead of {wanted}: {done.stderr.strip()}",
        )
    named = "ChurnPredictionsFail" in done.stdout
    unless(named is is_firing, "the answer names the alert exactly while it fires")
